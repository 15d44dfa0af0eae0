//! Merges what reports of one format say about one file.
//!
//! Records are merged by position, but the same record does not always have the same position. LCOV
//! numbers blocks through a file, and a tool that reads V8's profiles lists only the branches that
//! it saw, so that the same branch has a different number in every shard. Also, nyc, c8, lcov and
//! gcovr each number and name things in their own way. So these rules apply:
//! * Branches of a line that differ only in their block numbers are the same branches.
//! * If lists have the same number of branches on a line but other numbers, only one of them
//!   counts.
//! * If branches were only counted, the list with the most branches gives their number. coverage.py
//!   names the missing ones, and a branch is missing if every report misses it.
//! * If the reports have different branches on most of the lines that they share, or different
//!   functions, they were made by different tools. Then the longest list of branches counts on each
//!   line, and the longest list of everything else.

use std::collections::BTreeMap;

use crate::report::merge::lists::{Numbering, branches, have_same_places, merge_lists};
use crate::report::merge::{FileCoverage, Record, unify};
use crate::report::{Arm, Branch, Function, Hits};

/// Merges reports of one format. Also returns whether they number branches in different ways.
pub(super) fn merge(files: Vec<FileCoverage>, numbering: Numbering) -> (FileCoverage, bool) {
    let is_same = |pair: &[FileCoverage]| {
        have_same_places(&pair[0].branches, &pair[1].branches)
            && have_same_places(&pair[0].functions, &pair[1].functions)
    };
    let is_simple = files.len() < 2 || files.windows(2).all(is_same);
    if is_simple {
        return (sum(files), false);
    }
    let mut lists: Vec<Vec<Branch>> = files.iter().map(|file| file.branches.clone()).collect();
    let by_position = numbering == Numbering::Own && most_are_alike(&lists, |branch| branch.line);
    if numbering == Numbering::Own {
        align(&mut lists);
    }
    let is_one_tool = most_are_alike(&lists, |branch| branch.line)
        && most_are_alike(&functions_of(&files), |function| function.start);
    let (branches, differ) = if numbering == Numbering::Counted {
        (count_branches(&lists), false)
    } else if by_position && is_one_tool {
        (add_branches(&lists), false)
    } else {
        branches(lists.into_iter().map(|list| (numbering, list)).collect())
    };
    let merged = if is_one_tool { sum(files) } else { merge_lists(files) };
    (FileCoverage { branches, ..merged }, differ)
}

fn functions_of(files: &[FileCoverage]) -> Vec<Vec<Function>> {
    files.iter().map(|file| file.functions.clone()).collect()
}

fn sum(files: Vec<FileCoverage>) -> FileCoverage {
    let add = |mut sum: FileCoverage, file| {
        sum.merge(file);
        sum
    };
    files.into_iter().reduce(add).unwrap_or_default()
}

/// Merges branches of which only the number taken is known, and possibly the names of the others. A
/// branch is missing if every list misses it. Without names, the list with the most branches taken
/// counts.
fn count_branches(lists: &[Vec<Branch>]) -> Vec<Branch> {
    let mut lines: BTreeMap<u32, Vec<&[Branch]>> = BTreeMap::new();
    for here in lists.iter().flat_map(|list| list.chunk_by(|one, next| one.line == next.line)) {
        let known = lines.entry(here[0].line).or_default();
        let most = known.first().map_or(0, |list| list.len());
        if here.len() > most {
            known.clear();
        }
        if here.len() >= most {
            known.push(here);
        }
    }
    lines.into_values().flat_map(|lists| merge_counts(&lists)).collect()
}

/// Does the same for one line, with lists of the same length.
fn merge_counts(lists: &[&[Branch]]) -> Vec<Branch> {
    let missed = |list: &[Branch]| {
        list.iter().filter(|branch| !branch.hits.is_hit()).cloned().collect::<Vec<_>>()
    };
    let all: Vec<Vec<Branch>> = lists.iter().map(|list| missed(list)).collect();
    let are_named = all.iter().flatten().all(|branch| !matches!(branch.arm, Arm::Index(_)));
    let fewest =
        all.iter().min_by_key(|missed| (missed.len(), *missed)).cloned().unwrap_or_default();
    let is_missed = |branch: &Branch| {
        all.iter().all(|missed| missed.iter().any(|other| other.arm == branch.arm))
    };
    let missing: Vec<Branch> =
        fewest.into_iter().filter(|branch| !are_named || is_missed(branch)).collect();
    let Some(any) = lists.first().and_then(|list| list.first()) else { return missing };
    let taken = lists[0].len() - missing.len();
    let hits = Hits::at_least(1);
    let taken = (0..taken as u32).map(|index| Branch {
        line: any.line,
        block: any.block,
        arm: Arm::Index(index),
        hits,
    });
    taken.chain(missing).collect()
}

/// Adds the branches of each line by position. Lists of the same length with other positions are
/// the same branches numbered by another tool; the list with the most branches taken counts.
fn add_branches(lists: &[Vec<Branch>]) -> Vec<Branch> {
    let mut lines: BTreeMap<u32, Vec<Vec<Branch>>> = BTreeMap::new();
    for here in lists.iter().flat_map(|list| list.chunk_by(|one, next| one.line == next.line)) {
        let known = lines.entry(here[0].line).or_default();
        match known.iter_mut().find(|known| have_same_places(known, here)) {
            Some(known) => known.iter_mut().zip(here).for_each(|(sum, again)| sum.absorb(again)),
            None => known.push(here.to_vec()),
        }
    }
    let mut added = Vec::new();
    for lists in lines.into_values() {
        let (mut numbered, named): (Vec<_>, Vec<_>) =
            lists.into_iter().partition(|list| are_numbered(list));
        let taken = |list: &[Branch]| list.iter().filter(|branch| branch.hits.is_hit()).count();
        numbered.sort_by(|one, other| {
            (one.len(), taken(other), other).cmp(&(other.len(), taken(one), one))
        });
        numbered.dedup_by_key(|list| list.len());
        added.extend(numbered.into_iter().chain(named).flatten());
    }
    unify(&mut added);
    added
}

/// Whether branches have only numbers, and no text or target that would distinguish them.
fn are_numbered(branches: &[Branch]) -> bool {
    branches.iter().all(|branch| matches!(branch.arm, Arm::Index(_)))
}

/// Whether the lists have the same records on at least half of the lines on which two or more of
/// them have any.
fn most_are_alike<T: Record>(lists: &[Vec<T>], line: impl Fn(&T) -> u32) -> bool {
    let mut lines: BTreeMap<u32, (&[T], usize, bool)> = BTreeMap::new();
    for here in lists.iter().flat_map(|list| list.chunk_by(|one, next| line(one) == line(next))) {
        let (first, count, alike) = lines.entry(line(&here[0])).or_insert((here, 0, true));
        *count += 1;
        *alike &= have_same_places(first, here);
    }
    let shared = lines.into_iter().filter(|&(line, (_, count, _))| line > 0 && count > 1);
    let (alike, other): (Vec<bool>, Vec<bool>) =
        shared.map(|(_, (_, _, alike))| alike).partition(|&alike| alike);
    alike.len() >= other.len()
}

/// Gives branches of a line that differ only in their block numbers the same numbers, the smallest
/// ones.
fn align(lists: &mut [Vec<Branch>]) {
    let mut shapes: BTreeMap<u32, Vec<Vec<Branch>>> = BTreeMap::new();
    for here in lists.iter().flat_map(|list| list.chunk_by(|one, next| one.line == next.line)) {
        shapes.entry(here[0].line).or_default().push(here.to_vec());
    }
    for here in shapes.values_mut() {
        here.sort();
    }
    for list in lists {
        for here in list.chunk_by_mut(|one, next| one.line == next.line) {
            let smallest = shapes
                .get(&here[0].line)
                .and_then(|all| all.iter().find(|other| has_shape(other, here)));
            for (branch, other) in here.iter_mut().zip(smallest.into_iter().flatten()) {
                branch.block = other.block;
            }
        }
    }
}

/// Whether two lists of branches of a line differ only in their block numbers.
fn has_shape(one: &[Branch], other: &[Branch]) -> bool {
    let same_arms =
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.arm == other.arm);
    let ends = |list: &[Branch]| {
        list.windows(2).map(|pair| pair[0].block != pair[1].block).collect::<Vec<_>>()
    };
    same_arms && ends(one) == ends(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(branches: &[(u32, u32, u32, u64)], functions: &[(u32, &str, u64)]) -> FileCoverage {
        let branch = |&(line, block, index, hits): &(u32, u32, u32, u64)| Branch {
            line,
            block,
            arm: Arm::Index(index),
            hits: Hits::exactly(hits),
        };
        let function = |&(start, name, hits): &(u32, &str, u64)| Function {
            start,
            name: name.into(),
            end: None,
            hits: Hits::exactly(hits),
        };
        let mut file = FileCoverage {
            branches: branches.iter().map(branch).collect(),
            functions: functions.iter().map(function).collect(),
            ..FileCoverage::default()
        };
        file.tidy();
        file
    }

    fn merged(
        one: &FileCoverage,
        other: &FileCoverage,
        numbering: Numbering,
    ) -> (FileCoverage, bool) {
        let merged = merge(vec![one.clone(), other.clone()], numbering);
        let turned = merge(vec![other.clone(), one.clone()], numbering);
        assert_eq!(merged, turned, "the order does not matter");
        assert!(merged.0.is_tidy());
        merged
    }

    fn taken(file: &FileCoverage) -> (usize, usize) {
        (file.branches.iter().filter(|branch| branch.hits.is_hit()).count(), file.branches.len())
    }

    /// The second shard saw a branch on line 3 that the first one did not, which shifts the numbers
    /// of all later branches.
    #[test]
    fn shards_with_other_block_numbers_are_added() {
        let one = file(&[(2, 0, 0, 1), (5, 1, 0, 0), (7, 2, 0, 1), (7, 3, 0, 0)], &[]);
        let other =
            file(&[(2, 0, 0, 1), (3, 1, 0, 1), (5, 2, 0, 4), (7, 3, 0, 0), (7, 4, 0, 2)], &[]);
        let (file, differ) = merged(&one, &other, Numbering::Own);
        assert_eq!((taken(&file), differ), ((5, 5), false));
    }

    #[test]
    fn tools_that_number_in_different_ways_do_not_add_up() {
        let one = file(
            &[(2, 0, 0, 1), (2, 0, 1, 0), (4, 1, 0, 3), (4, 1, 1, 1)],
            &[(1, "pick", 1), (6, "sign", 0)],
        );
        let other = file(&[(2, 5, 0, 1), (4, 6, 0, 2)], &[(1, "_Z4pickv", 2), (6, "_Z4signv", 3)]);
        let (file, differ) = merged(&one, &other, Numbering::Own);
        assert_eq!((taken(&file), differ), ((3, 4), true));
        let functions: Vec<u64> =
            file.functions.iter().map(|function| function.hits.count()).collect();
        assert_eq!(functions, [3, 3]);
    }

    /// One additional function or branch on a line, for example from a template, is not a sign of
    /// another tool.
    #[test]
    fn reports_of_one_tool_are_added_by_position() {
        let one = file(
            &[(2, 0, 0, 1), (2, 0, 1, 0), (4, 0, 0, 3), (4, 0, 1, 0)],
            &[(1, "f<int>", 1), (6, "g", 1)],
        );
        let other = file(
            &[(2, 0, 0, 0), (2, 0, 1, 1), (4, 0, 0, 1), (4, 0, 1, 0), (4, 1, 0, 1)],
            &[(1, "f<int>", 1), (1, "f<long>", 0), (6, "g", 0)],
        );
        let (file, differ) = merged(&one, &other, Numbering::Own);
        assert_eq!((taken(&file), file.functions.len(), differ), ((4, 5), 3, false));
    }

    /// coverage.py's XML of two runs: each took one way on line 4, and neither left the loop on
    /// line 9.
    #[test]
    fn a_branch_is_missing_if_every_report_misses_it() {
        let jumps = |missing: [(u32, u32); 2]| {
            let mut file = file(&[(4, 0, 0, 1), (4, 0, 1, 0), (9, 0, 0, 1), (9, 0, 1, 0)], &[]);
            for (line, to) in missing {
                let missed = |branch: &&mut Branch| branch.line == line && !branch.hits.is_hit();
                file.branches
                    .iter_mut()
                    .filter(missed)
                    .for_each(|branch| branch.arm = Arm::Jump(to));
            }
            file
        };
        let (one, other) = (jumps([(4, 7), (9, 12)]), jumps([(4, 5), (9, 12)]));
        let (file, differ) = merged(&one, &other, Numbering::Counted);
        assert_eq!((taken(&file), differ), ((3, 4), false));
        assert_eq!(file.branches[3].arm, Arm::Jump(12));
        let counted = self::file(&[(4, 0, 0, 1), (4, 0, 1, 0)], &[]);
        assert_eq!(
            taken(&merged(&one, &counted, Numbering::Counted).0),
            (2, 4),
            "which one is missing is unknown"
        );
    }
}
