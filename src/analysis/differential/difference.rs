//! Finds the category of each line, branch and function of one file, from the coverage of two texts
//! and the line map between them.

use std::collections::BTreeMap;

use crate::analysis::differential::{Categories, Category, Differential, Text};
use crate::history::Mapping;
use crate::report::{Arm, Branch, FileCoverage, Function};

/// The categories of all lines, branches and functions of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// The counts.
    pub counts: Differential,
    /// The lines of the head that are [`Category::UncoveredNew`], in order.
    pub uncovered: Vec<u32>,
    /// Those that are [`Category::LostBaseline`].
    pub lost: Vec<u32>,
    /// Those that are [`Category::GainedBaseline`].
    pub gained: Vec<u32>,
}

/// Compares the coverage of two texts of a file. A branch is the same one where its line, its block
/// and its arm are, or its place among those that are left over of its decision; a function where
/// its name and first line are, or its name alone where only one on each side has it.
pub fn difference(before: &FileCoverage, after: &FileCoverage, mapping: &Mapping) -> Difference {
    let mut difference = Difference::default();
    lines(before, after, mapping, &mut difference);
    difference.counts.branches = branches(before, after, mapping);
    difference.counts.functions = functions(before, after, mapping);
    difference
}

fn lines(
    before: &FileCoverage,
    after: &FileCoverage,
    mapping: &Mapping,
    difference: &mut Difference,
) {
    let at = |coverage: &FileCoverage, number: u32| {
        let at = coverage.lines.binary_search_by_key(&number, |line| line.number).ok()?;
        Some(coverage.lines[at].hits.is_hit())
    };
    for line in &after.lines {
        let hit = line.hits.is_hit();
        let old = mapping.old_line(line.number);
        let category =
            old.map_or_else(|| Category::added(hit), |old| Category::kept(at(before, old), hit));
        difference.counts.lines.count(category, 1);
        match category {
            Category::UncoveredNew => difference.uncovered.push(line.number),
            Category::LostBaseline => difference.lost.push(line.number),
            Category::GainedBaseline => difference.gained.push(line.number),
            _ => {}
        }
    }
    for line in &before.lines {
        let text = match mapping.new_line(line.number) {
            Some(new) if at(after, new).is_some() => continue,
            Some(_) => Text::Same,
            None => Text::Changed,
        };
        difference.counts.lines.count(Category::gone(line.hits.is_hit(), text), 1);
    }
}

fn branches(before: &FileCoverage, after: &FileCoverage, mapping: &Mapping) -> Categories {
    let mut categories = Categories::default();
    let mut decisions: BTreeMap<(u32, u32), [Vec<&Branch>; 2]> = BTreeMap::new();
    for branch in &before.branches {
        match mapping.new_line(branch.line) {
            Some(line) => decisions.entry((line, branch.block)).or_default()[0].push(branch),
            None => categories.count(Category::gone(branch.hits.is_hit(), Text::Changed), 1),
        }
    }
    for branch in &after.branches {
        match mapping.old_line(branch.line) {
            Some(_) => decisions.entry((branch.line, branch.block)).or_default()[1].push(branch),
            None => categories.count(Category::added(branch.hits.is_hit()), 1),
        }
    }
    for [old, new] in decisions.into_values() {
        decision(old, new, mapping, &mut categories);
    }
    categories
}

/// The branches of one decision before and after. Those left over by their arms are paired in
/// order: what a condition jumps to may have changed while it did not.
fn decision(old: Vec<&Branch>, new: Vec<&Branch>, mapping: &Mapping, categories: &mut Categories) {
    let mut kept = |old: Option<&Branch>, new: &Branch| {
        categories.count(Category::kept(old.map(|old| old.hits.is_hit()), new.hits.is_hit()), 1);
    };
    let (mut placed, mut unplaced) = (BTreeMap::new(), Vec::new());
    for branch in old {
        match moved(&branch.arm, mapping) {
            Some(arm) => drop(placed.insert(arm, branch)),
            None => unplaced.push(branch),
        }
    }
    let mut rest = Vec::new();
    for branch in new {
        match placed.remove(&branch.arm) {
            Some(old) => kept(Some(old), branch),
            None => rest.push(branch),
        }
    }
    unplaced.extend(placed.into_values());
    unplaced.sort_unstable();
    let mut before = unplaced.into_iter();
    for branch in rest {
        kept(before.next(), branch);
    }
    for branch in before {
        categories.count(Category::gone(branch.hits.is_hit(), Text::Same), 1);
    }
}

/// An arm of the old text in the new one, or `None` if it jumps to a line that is not there.
fn moved(arm: &Arm, mapping: &Mapping) -> Option<Arm> {
    match arm {
        Arm::Jump(target) => mapping.new_line(*target).map(Arm::Jump),
        other => Some(other.clone()),
    }
}

fn functions(before: &FileCoverage, after: &FileCoverage, mapping: &Mapping) -> Categories {
    let mut categories = Categories::default();
    // By name, those that are not where they were: before and after.
    let mut rest: BTreeMap<&str, (Vec<&Function>, Vec<&Function>)> = BTreeMap::new();
    let mut placed = BTreeMap::new();
    for function in &before.functions {
        match mapping.new_line(function.start) {
            Some(start) => drop(placed.insert((&*function.name, start), function)),
            None => rest.entry(&function.name).or_default().0.push(function),
        }
    }
    for function in &after.functions {
        match placed.remove(&(&*function.name, function.start)) {
            Some(before) => categories
                .count(Category::kept(Some(before.hits.is_hit()), function.hits.is_hit()), 1),
            None => rest.entry(&function.name).or_default().1.push(function),
        }
    }
    for function in placed.into_values() {
        rest.entry(&function.name).or_default().0.push(function);
    }
    for (before, after) in rest.into_values() {
        if let ([before], [after]) = (&before[..], &after[..]) {
            categories.count(Category::kept(Some(before.hits.is_hit()), after.hits.is_hit()), 1);
            continue;
        }
        for function in after {
            let (hit, old) = (function.hits.is_hit(), mapping.old_line(function.start));
            categories.count(
                if old.is_none() { Category::added(hit) } else { Category::kept(None, hit) },
                1,
            );
        }
        for function in before {
            let text =
                if mapping.new_line(function.start).is_some() { Text::Same } else { Text::Changed };
            categories.count(Category::gone(function.hits.is_hit(), text), 1);
        }
    }
    categories
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Category::*;
    use super::*;
    use crate::git::Hunk;
    use crate::report::{Hits, Line, Tally};

    fn coverage(lines: &[(u32, u64)]) -> FileCoverage {
        let lines = lines
            .iter()
            .map(|&(number, hits)| Line { number, hits: Hits::exactly(hits) })
            .collect();
        FileCoverage { lines, ..FileCoverage::default() }
    }

    #[test]
    fn each_state_is_counted_once() {
        // Old lines 1..=8; lines 3 and 4 became one line, and a line came before 8.
        let mapping = Mapping::new(vec![
            Hunk { old_start: 3, old_count: 2, new_start: 3, new_count: 1 },
            Hunk { old_start: 8, old_count: 0, new_start: 7, new_count: 1 },
        ]);
        let before = coverage(&[(1, 1), (2, 0), (3, 1), (4, 0), (5, 1), (6, 0), (8, 1)]);
        let after = coverage(&[(1, 0), (2, 1), (3, 1), (6, 1), (7, 0), (8, 1)]);
        // 1 lost, 2 gained, 3 added and covered, old 3 and 4 deleted, old 5 and 6 no longer code,
        // old 7 is new 6: newly covered; 7 added and uncovered; 8 as before.
        let found = difference(&before, &after, &mapping);
        let counts: Vec<_> = found
            .counts
            .lines
            .iter()
            .map(|(category, count)| (category.letters(), count))
            .collect();
        // Old 5 is new 4 and old 6 is new 5: neither is code now.
        let wanted = [
            ("UNC", 1),
            ("LBC", 1),
            ("GBC", 1),
            ("GIC", 1),
            ("GNC", 1),
            ("CBC", 1),
            ("EUB", 1),
            ("ECB", 1),
            ("DUB", 1),
            ("DCB", 1),
        ];
        assert_eq!(counts, wanted);
        assert_eq!((found.uncovered, found.lost, found.gained), (vec![7], vec![1], vec![2]));
    }

    /// Old lines 1 to 4; line 2 changed and a line came before it: old 3 is new 4, old 4 is new 5.
    fn moved() -> Mapping {
        Mapping::new(vec![Hunk { old_start: 2, old_count: 1, new_start: 2, new_count: 2 }])
    }

    fn counted(categories: &Categories) -> Vec<(&'static str, u64)> {
        categories.iter().map(|(category, count)| (category.letters(), count)).collect()
    }

    #[test]
    fn branches_are_the_same_where_line_block_and_arm_are() {
        let branch = |(line, arm, hits)| Branch { line, block: 0, arm, hits: Hits::exactly(hits) };
        let of = |list: Vec<(u32, Arm, u64)>| FileCoverage {
            branches: list.into_iter().map(branch).collect(),
            ..FileCoverage::default()
        };
        let (index, jump) = (Arm::Index, Arm::Jump);
        // Old line 1 jumps to 3, which is 4 now, and to 2, which is gone; a branch of the changed
        // line 2 is deleted.
        let before = of(vec![
            (1, jump(2), 1),
            (1, jump(3), 0),
            (2, index(0), 0),
            (3, index(0), 1),
            (3, index(1), 1),
        ]);
        let after = of(vec![(1, jump(4), 1), (2, index(0), 1), (4, index(0), 0), (4, index(2), 0)]);
        let counts = difference(&before, &after, &moved()).counts;
        // Lost: the first arm of old 3, and its second, for which there is a third now. Excluded:
        // the jump to 2.
        assert_eq!(
            counted(&counts.branches),
            [("LBC", 2), ("GBC", 1), ("GNC", 1), ("ECB", 1), ("DUB", 1)]
        );
        assert_eq!(counts.branches.added(), Tally { covered: 1, total: 1 });
    }

    #[test]
    fn functions_are_the_same_by_place_or_by_a_name_of_their_own() {
        let function = |(start, name, hits): (u32, &str, u64)| Function {
            start,
            name: name.into(),
            end: None,
            hits: Hits::exactly(hits),
        };
        let of = |list: &[(u32, &str, u64)]| FileCoverage {
            functions: list.iter().map(|&it| function(it)).collect(),
            ..FileCoverage::default()
        };
        // `changed` got another first line, `kept` moved, `gone` is deleted, `new` is added, one of
        // two `twin`s moved.
        let before = of(&[
            (1, "twin", 1),
            (2, "changed", 1),
            (2, "gone", 0),
            (3, "kept", 0),
            (4, "twin", 1),
        ]);
        let after =
            of(&[(2, "new", 0), (3, "changed", 0), (4, "kept", 1), (5, "twin", 1), (6, "twin", 0)]);
        let counts = difference(&before, &after, &moved()).counts;
        // The `twin` on line 6 is the only one left on its side, as is that of old line 1.
        assert_eq!(
            counted(&counts.functions),
            [("UNC", 1), ("LBC", 2), ("GBC", 1), ("CBC", 1), ("DUB", 1)]
        );
    }

    #[test]
    fn json_has_the_letters_of_what_there_is() {
        let mut counts = Differential::default();
        counts.lines.count(LostBaseline, 2);
        assert_eq!(serde_json::to_string(&counts).expect("plain values"), r#"{"lines":{"LBC":2}}"#);
    }

    fn some_coverage() -> impl Strategy<Value = FileCoverage> {
        proptest::collection::btree_map(1u32..40, 0u64..2, 0..30)
            .prop_map(|lines| coverage(&lines.into_iter().collect::<Vec<_>>()))
    }

    /// Hunks as a diff has them: in order, apart from each other, empty on at most one side.
    fn some_mapping() -> impl Strategy<Value = Mapping> {
        proptest::collection::vec((1u32..5, 0u32..4, 0u32..4), 0..6).prop_map(|runs| {
            let (mut old, mut new) = (1, 1);
            let hunks = runs.into_iter().filter(|&(_, old, new)| old + new > 0).map(
                |(gap, old_count, new_count)| {
                    let hunk =
                        Hunk { old_start: old + gap, old_count, new_start: new + gap, new_count };
                    (old, new) = (hunk.old_start + old_count, hunk.new_start + new_count);
                    hunk
                },
            );
            Mapping::new(hunks.collect())
        })
    }

    proptest! {
        #[test]
        fn the_counts_add_up(before in some_coverage(), after in some_coverage(), mapping in some_mapping()) {
            let missed = |coverage: &FileCoverage| coverage.lines.iter().filter(|line| !line.hits.is_hit()).count() as u64;
            let hit = |coverage: &FileCoverage| coverage.lines.len() as u64 - missed(coverage);
            let counts = difference(&before, &after, &mapping).counts.lines;
            let of = |categories: &[Category]| categories.iter().map(|&category| counts.get(category)).sum::<u64>();
            prop_assert_eq!(missed(&after), of(&[UncoveredNew, LostBaseline, UncoveredIncluded, UncoveredBaseline]));
            prop_assert_eq!(hit(&after), of(&[GainedNew, GainedBaseline, GainedIncluded, CoveredBaseline]));
            prop_assert_eq!(missed(&before), of(&[GainedBaseline, UncoveredBaseline, ExcludedUncovered, DeletedUncovered]));
            prop_assert_eq!(hit(&before), of(&[LostBaseline, CoveredBaseline, ExcludedCovered, DeletedCovered]));
        }
    }
}
