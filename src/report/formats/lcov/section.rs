//! Parses the records between `SF` and `end_of_record`.

use std::collections::BTreeMap;

use memchr::{memchr, memrchr};

use crate::report::formats::lcov::functions;
use crate::report::formats::{coveragepy, istanbul};
use crate::report::reading::number::{self, Count};
use crate::report::{
    Arm, Branch, Condition, Dimension, FileCoverage, Function, Hits, Line, Tallies, Tally,
};

/// The records of a section.
#[derive(Default)]
pub(super) struct Section {
    pub(super) path: String,
    pub(super) coverage: FileCoverage,
    /// The number of functions that have their `FNDA`. Writers usually keep the order of the `FN`
    /// records.
    counted_functions: usize,
    /// Every `FNDA` from the first one on that is not in that order.
    function_counts: Vec<(Box<str>, Hits)>,
    groups: BTreeMap<u64, Group>,
    /// The line and number of the last of coverage.py's exits.
    last_exit: (u32, u32),
    /// The line and number of the last of Bazel's branches.
    last_bazel: (u32, u32),
    /// The declared found and hit counts, in the order of [`STATED`].
    stated: [(Option<u64>, Option<u64>); STATED.len()],
}

/// The declared totals of a section, by their keys for found and hit.
const STATED: [(&[u8], &[u8], Dimension); 4] = [
    (b"LF", b"LH", Dimension::Lines),
    (b"FNF", b"FNH", Dimension::Functions),
    (b"BRF", b"BRH", Dimension::Branches),
    (b"MCF", b"MCH", Dimension::Conditions),
];
/// The index of functions in [`STATED`].
const FUNCTIONS: usize = 1;

/// The aliases of one function.
#[derive(Default)]
struct Group {
    start: u32,
    end: Option<u32>,
    name: Option<Box<str>>,
    hits: Hits,
}

/// A remark about a record that was used.
pub(super) enum Note {
    Fine,
    Negative,
}

impl Note {
    /// The hits of a count, and a remark if needed.
    fn of(count: Count) -> (Hits, Self) {
        match count {
            Count::Hits(hits) => (hits, Self::Fine),
            Count::Negative => (Hits::ZERO, Self::Negative),
        }
    }
}

/// Each function reads the value of one record, and returns `None` if it is malformed.
impl Section {
    /// `DA:line,count[,checksum]`
    pub(super) fn line(&mut self, value: &[u8]) -> Option<Note> {
        let (line, rest) = split(value)?;
        let count = split(rest).map_or(rest, |(count, _checksum)| count);
        let (hits, note) = Note::of(number::count(count)?);
        self.coverage.lines.push(Line { number: number::line(line)?, hits });
        Some(note)
    }

    /// `FN:line,[end,]name`
    pub(super) fn function(&mut self, value: &[u8]) -> Option<Note> {
        let (start, rest) = split(value)?;
        let start = number::line(start).or((start == b"0").then_some(0))?;
        let ended = split(rest)
            .and_then(|(end, name)| Some((digits(end).filter(|&end| end >= start)?, name)));
        let (end, name) = ended.map_or((None, rest), |(end, name)| (Some(end), name));
        self.coverage.functions.push(Function { start, name: text(name), end, hits: Hits::ZERO });
        Some(Note::Fine)
    }

    /// `FNDA:count,name`
    pub(super) fn function_hits(&mut self, value: &[u8]) -> Option<Note> {
        let (count, name) = split(value)?;
        let (hits, note) = Note::of(number::count(count)?);
        let next = self.coverage.functions.get_mut(self.counted_functions);
        match next.filter(|next| self.function_counts.is_empty() && next.name.as_bytes() == name) {
            Some(next) => {
                next.hits = hits;
                self.counted_functions += 1;
            }
            None => self.function_counts.push((text(name), hits)),
        }
        Some(note)
    }

    /// `FNL:index,start[,end]`
    pub(super) fn group(&mut self, value: &[u8]) -> Option<Note> {
        let (index, rest) = split(value)?;
        let (start, end) = split(rest).map_or((rest, None), |(start, end)| (start, Some(end)));
        let group = self.groups.entry(index_of(index)?).or_default();
        group.start = digits(start)?;
        group.end = end.and_then(digits);
        Some(Note::Fine)
    }

    /// `FNA:index,count,name`
    pub(super) fn alias(&mut self, value: &[u8]) -> Option<Note> {
        let (index, rest) = split(value)?;
        let (count, name) = split(rest)?;
        let (hits, note) = Note::of(number::count(count)?);
        let group = self.groups.entry(index_of(index)?).or_default();
        group.hits = group.hits.plus(hits);
        let name = text(name);
        group.name = Some(match group.name.take() {
            Some(other) => other.min(name),
            None => name,
        });
        Some(note)
    }

    /// `BRDA:line,[e][f][U]block,branch,taken`
    pub(super) fn branch(&mut self, value: &[u8]) -> Option<Note> {
        let (line, rest) = split(value)?;
        let (block, rest) = split(rest)?;
        let comma = memrchr(b',', rest)?;
        let (arm, taken) = (&rest[..comma], &rest[comma + 1..]);
        let line = number::line(line)?;
        let (marks, block) = marked(block);
        let block = digits(block)?;
        let (hits, note) =
            if taken == b"-" { (Hits::ZERO, Note::Fine) } else { Note::of(number::count(taken)?) };
        let arm = self.arm(line, arm);
        if marks.contains(&UNREACHABLE) {
            return Some(note);
        }
        self.coverage.branches.push(Branch { line, block, arm, hits });
        Some(note)
    }

    /// `BA:line,value`, where the value is 2 for a branch that was taken, 1 for one that was not,
    /// and 0 for one that was not reached
    pub(super) fn bazel_branch(&mut self, value: &[u8]) -> Option<Note> {
        let (line, value) = split(value)?;
        let line = number::line(line)?;
        let hits = if digits(value)? == 2 { Hits::at_least(1) } else { Hits::ZERO };
        let ordinal = if self.last_bazel.0 == line { self.last_bazel.1 + 1 } else { 0 };
        self.last_bazel = (line, ordinal);
        self.coverage.branches.push(Branch { line, block: 0, arm: Arm::Index(ordinal), hits });
        Some(Note::Fine)
    }

    fn arm(&mut self, line: u32, words: &[u8]) -> Arm {
        if let Some(index) = digits(words) {
            return Arm::Index(index);
        }
        if let Some(target) = words.strip_prefix(b"jump to line ").and_then(number::line) {
            return Arm::Jump(target);
        }
        if !coveragepy::is_exit(words) {
            return Arm::Text(text(words));
        }
        let ordinal = if self.last_exit.0 == line { self.last_exit.1 + 1 } else { 1 };
        self.last_exit = (line, ordinal);
        coveragepy::exit(ordinal)
    }

    /// `MCDC:line,[U]conditions,sense,taken,index,expression`
    pub(super) fn condition(&mut self, value: &[u8]) -> Option<Note> {
        let (line, rest) = split(value)?;
        let (size, rest) = split(rest)?;
        let (sense, rest) = split(rest)?;
        let (taken, rest) = split(rest)?;
        let (index, words) = split(rest).unwrap_or((rest, b""));
        let line = number::line(line)?;
        let (marks, size) = marked(size);
        let (decision, index) = (digits(size)?, digits(index)?);
        let sense = match sense {
            b"t" => true,
            b"f" => false,
            _ => return None,
        };
        let (hits, note) =
            if taken == b"-" { (Hits::ZERO, Note::Fine) } else { Note::of(number::count(taken)?) };
        if !marks.contains(&UNREACHABLE) {
            let condition =
                Condition { line, decision, index, sense: Some(sense), words: text(words), hits };
            self.coverage.conditions.push(condition);
        }
        Some(note)
    }

    /// `LF:found`, `LH:hit` and their like
    pub(super) fn states(&mut self, key: &[u8], value: &[u8]) -> Option<Note> {
        let (count, note) = Note::of(number::count(value)?);
        for ((found, hit), (found_key, hit_key, _)) in self.stated.iter_mut().zip(STATED) {
            if key == found_key {
                *found = Some(count.count());
            } else if key == hit_key {
                *hit = Some(count.count());
            }
        }
        Some(note)
    }

    /// Sorts the records, and adds the declared totals and the corresponding counts to the sums.
    /// Returns the names of the dimensions that have totals but no records; their totals are used.
    pub(super) fn finish(
        &mut self,
        stated: &mut Tallies,
        counted: &mut Tallies,
    ) -> Vec<&'static str> {
        self.finish_functions();
        self.coverage.placeholder = istanbul::is_empty_report(&self.coverage.functions);
        self.coverage.tidy();
        let mut bare = Tallies::default();
        for (claim, (_, _, dimension)) in self.stated.into_iter().zip(STATED) {
            let (Some(total), Some(covered)) = claim else { continue };
            if covered > total {
                continue; // declares nothing
            }
            let claim = Tally { covered, total };
            let own = self.own(dimension);
            stated.add(dimension, claim);
            if own.total == 0 && total > 0 {
                counted.add(dimension, claim);
                bare.set(dimension, claim);
            } else {
                counted.add(dimension, own);
            }
        }
        self.coverage.summarise(&bare);
        bare.iter().map(|(dimension, _)| dimension.name()).collect()
    }

    fn own(&self, dimension: Dimension) -> Tally {
        let coverage = &self.coverage;
        match dimension {
            Dimension::Lines => Tally::of(&coverage.lines, |line| line.hits.is_hit()),
            Dimension::Functions => {
                Tally::of(&coverage.functions, |function| function.hits.is_hit())
            }
            Dimension::Branches => Tally::of(&coverage.branches, |branch| branch.hits.is_hit()),
            _ => Tally::of(&coverage.conditions, |condition| condition.hits.is_hit()),
        }
    }

    /// Clears everything but the coverage, which the caller has replaced.
    pub(super) fn reset(&mut self) {
        self.counted_functions = 0;
        self.last_exit = (0, 0);
        self.last_bazel = (0, 0);
        self.stated = Default::default();
    }

    /// Gives each function its count, and joins each group of aliases into one function.
    fn finish_functions(&mut self) {
        let listed = std::mem::take(&mut self.coverage.functions);
        let counts = std::mem::take(&mut self.function_counts);
        let stated = self.stated[FUNCTIONS].0;
        self.coverage.functions = functions::paired(listed, self.counted_functions, counts, stated);
        self.coverage.functions.iter_mut().for_each(coveragepy::strip_line);
        let named = std::mem::take(&mut self.groups).into_values().filter_map(|group| {
            let Group { start, end, name, hits } = group;
            Some(Function { start, name: name?, end, hits })
        });
        self.coverage.functions.extend(named);
    }
}

/// A record that consists only of numbers, like nearly all records.
pub(super) enum Plain {
    /// `DA:line,count`
    Line(Line),
    /// `BRDA:line,block,branch,taken`
    Branch(Branch),
}

/// Reads a record of numbers with up to 18 digits. Returns `None` for any other, which may still be
/// valid.
pub(super) fn plain(row: &[u8]) -> Option<Plain> {
    if let Some(values) = row.strip_prefix(b"DA:") {
        let [number, hits] = numbers(values)?;
        let number = u32::try_from(number).ok().filter(|&number| number > 0)?;
        return Some(Plain::Line(Line { number, hits: Hits::exactly(hits) }));
    }
    let [line, block, arm, taken] = numbers(row.strip_prefix(b"BRDA:")?)?;
    let line = u32::try_from(line).ok().filter(|&line| line > 0)?;
    let (block, arm) = (u32::try_from(block).ok()?, Arm::Index(u32::try_from(arm).ok()?));
    Some(Plain::Branch(Branch { line, block, arm, hits: Hits::exactly(taken) }))
}

/// Exactly `COUNT` numbers, separated by commas.
fn numbers<const COUNT: usize>(mut text: &[u8]) -> Option<[u64; COUNT]> {
    const MAX_DIGITS: usize = 18; // this many digits always fit
    let mut numbers = [0; COUNT];
    for (at, number) in numbers.iter_mut().enumerate() {
        let mut digits = 0;
        while let Some(digit) =
            text.get(digits).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10)
        {
            *number = *number * 10 + u64::from(digit);
            digits += 1;
            if digits > MAX_DIGITS {
                return None;
            }
        }
        text = &text[digits..];
        if digits == 0 {
            return None;
        }
        if at + 1 < COUNT {
            text = text.strip_prefix(b",")?;
        }
    }
    text.is_empty().then_some(numbers)
}

/// The mark of a branch or condition that no test can reach.
const UNREACHABLE: u8 = b'U';

/// The letters before a number (`e`, `f` and `U` of lcov 2), and the number.
fn marked(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count())
}

/// Splits at the first comma.
fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    memchr(b',', value).map(|comma| (&value[..comma], &value[comma + 1..]))
}

fn digits(text: &[u8]) -> Option<u32> {
    let all = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    all.then(|| std::str::from_utf8(text).ok()?.parse().ok()).flatten()
}

fn index_of(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn text(bytes: &[u8]) -> Box<str> {
    String::from_utf8_lossy(bytes).into()
}
