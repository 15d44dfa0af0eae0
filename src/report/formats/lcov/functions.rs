//! Matches `FNDA` records to the `FN` records whose calls they count.
//!
//! LCOV identifies functions by name, without a number, and methods of different classes may share
//! a name. Node.js and Foundry then write one `FN` and one `FNDA` for each of them, in the same
//! order. So the n-th count of a name belongs to the n-th function of that name. If there are not
//! as many counts as functions, or the section declares (`FNF`) one function per name, all
//! functions of a name are one, as in lcov.
//!
//! Functions that share both name and line are numbered, if the section declares that it counts all
//! of them: Bun names a function only after its line.

use std::collections::BTreeMap;

use crate::report::{Function, Hits};

/// The functions of a section with their counts. The first `counted` of `listed` already have
/// theirs; `counts` are the others by name, in report order. `stated` is the number of functions
/// that the section declares.
pub(super) fn paired(
    listed: Vec<Function>,
    counted: usize,
    counts: Vec<(Box<str>, Hits)>,
    stated: Option<u64>,
) -> Vec<Function> {
    let all = listed.len();
    if all == counted && counts.is_empty() && stated.is_none_or(|stated| stated == all as u64) {
        return numbered(listed, stated); // the case for nearly every section
    }
    let names = Names::new(listed, counted, counts);
    let apart: usize = names
        .0
        .values()
        .map(|named| if named.is_paired() { named.functions.len() } else { 1 })
        .sum();
    let one_each = names.0.len() < apart && stated == Some(names.0.len() as u64);
    let functions = names.0.into_iter().flat_map(|(name, named)| {
        if named.is_paired() && !one_each { named.apart() } else { named.joined(name) }
    });
    numbered(functions.collect(), stated)
}

/// Appends `#2`, `#3`, … to names that are repeated on a line, if the section counts each of them.
fn numbered(mut functions: Vec<Function>, stated: Option<u64>) -> Vec<Function> {
    let in_order = functions.windows(2).all(|pair| pair[0].start < pair[1].start);
    if in_order || stated != Some(functions.len() as u64) {
        return functions;
    }
    let mut seen: BTreeMap<(u32, Box<str>), usize> = BTreeMap::new();
    for function in &mut functions {
        let times = seen.entry((function.start, function.name.clone())).or_default();
        *times += 1;
        if *times > 1 {
            function.name = format!("{}#{times}", function.name).into();
        }
    }
    functions
}

/// The records of each function name in a section.
struct Names(BTreeMap<Box<str>, Named>);

/// The functions with one name, and their counts, each in report order.
#[derive(Default)]
struct Named {
    functions: Vec<Function>,
    counts: Vec<Hits>,
}

impl Names {
    fn new(listed: Vec<Function>, counted: usize, counts: Vec<(Box<str>, Hits)>) -> Self {
        let mut by_name: BTreeMap<Box<str>, Named> = BTreeMap::new();
        for (at, function) in listed.into_iter().enumerate() {
            let named = by_name.entry(function.name.clone()).or_default();
            named.counts.extend((at < counted).then_some(function.hits));
            named.functions.push(function);
        }
        for (name, hits) in counts {
            by_name.entry(name).or_default().counts.push(hits);
        }
        Self(by_name)
    }
}

impl Named {
    fn is_paired(&self) -> bool {
        self.functions.len() == self.counts.len()
    }

    fn apart(self) -> Vec<Function> {
        let pairs = self.functions.into_iter().zip(self.counts);
        pairs.map(|(function, hits)| Function { hits, ..function }).collect()
    }

    /// One function at the earliest line, or at 0 if none is known.
    fn joined(self, name: Box<str>) -> Vec<Function> {
        let hits = self.counts.into_iter().fold(Hits::ZERO, Hits::plus);
        let places = self.functions.into_iter().map(|function| (function.start, function.end));
        let unknown_last = |place: &(u32, Option<u32>)| (place.0.wrapping_sub(1), place.1);
        let (start, end) = places.min_by_key(unknown_last).unwrap_or_default();
        vec![Function { start, name, end, hits }]
    }
}
