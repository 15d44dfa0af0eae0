//! Merges what reports of different formats say about one file.
//!
//! Lines have the same numbers in every format, so their hits are added. Branches do not: LCOV
//! numbers them through a file, Cobertura gives the number taken per line, and coverage.py names
//! the line that each leads to. If they were merged by position, one branch would become several.
//! So for each line, only the list with the most branches counts, and lists with the same branch
//! numbers are added to it. Functions have different names and ends in each format too: the list
//! with the most functions counts, and takes the hits of the same functions from the others.
//!
//! [`same_format`] first merges the reports of each format.

use std::collections::BTreeMap;

use crate::report::merge::lists::{Lists, Numbering};
use crate::report::merge::{FileCoverage, same_format};
use crate::report::{Arm, Branch};

/// Merges what reports say about one file, each given with its format (or its set of formats).
/// `numbering` tells how a format identifies branches. Also returns whether branches were numbered
/// in different ways. The order of the reports does not matter.
pub fn merge_formats<F: Ord + Copy>(
    reports: impl IntoIterator<Item = (F, FileCoverage)>,
    numbering: impl Fn(F) -> Numbering,
) -> (FileCoverage, bool) {
    let mut reports: Vec<(F, FileCoverage)> = reports.into_iter().collect();
    drop_placeholders(&mut reports);
    let mut by_format: BTreeMap<(F, Numbering), Vec<FileCoverage>> = BTreeMap::new();
    for (format, file) in reports {
        let numbering = match numbering(format) {
            Numbering::Unknown if looks_counted(&file.branches) => Numbering::Counted,
            Numbering::Unknown => Numbering::Own,
            known => known,
        };
        by_format.entry((format, numbering)).or_default().push(file);
    }
    if by_format.len() < 2 {
        let only = by_format
            .pop_first()
            .map(|((_, numbering), files)| same_format::merge(files, numbering));
        return only.unwrap_or_default();
    }
    let mut differ = false;
    let mut lists = Lists::default();
    let mut merged = FileCoverage::default();
    for ((_, numbering), files) in by_format {
        let (mut file, mixed) = same_format::merge(files, numbering);
        differ |= mixed;
        lists.take(numbering, &mut file);
        merged.merge(file);
    }
    differ |= lists.give(&mut merged);
    (merged, differ)
}

/// Whether all branches of a file may have been made from two counts per line: numbered from 0,
/// with the taken ones first and the others by number or by name.
fn looks_counted(branches: &[Branch]) -> bool {
    let is_made = |(at, branch): (u32, &Branch)| match branch.arm {
        Arm::Index(index) => index == at,
        _ => !branch.hits.is_hit(),
    };
    branches.chunk_by(|one, next| one.line == next.line).all(|here| {
        let is_first_taken = here.is_sorted_by_key(|branch| !branch.hits.is_hit());
        is_first_taken
            && here.iter().all(|branch| branch.block == 0)
            && (0..).zip(here).all(is_made)
    })
}

/// Drops placeholder records if another report has measured the file.
fn drop_placeholders<F>(reports: &mut Vec<(F, FileCoverage)>) {
    if reports.iter().any(|(_, file)| !file.placeholder && file.is_executed()) {
        reports
            .iter_mut()
            .filter(|(_, file)| file.placeholder)
            .for_each(|(_, file)| file.forget_execution());
        reports.retain(|(_, file)| !file.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Hits;
    use crate::report::merge::numbering;

    fn branch(line: u32, block: u32, index: u32, hits: u64) -> Branch {
        Branch { line, block, arm: Arm::Index(index), hits: Hits::exactly(hits) }
    }

    fn file(branches: Vec<Branch>) -> FileCoverage {
        FileCoverage { branches, ..FileCoverage::default() }
    }

    #[test]
    fn branches_count_once_whatever_their_numbers_are() {
        let lcov = file(vec![
            branch(3, 0, 0, 1),
            branch(3, 0, 1, 0),
            branch(9, 1, 0, 0),
            branch(9, 1, 1, 2),
        ]);
        let cobertura = file(vec![
            branch(3, 0, 0, 1),
            branch(3, 0, 1, 1),
            branch(9, 0, 0, 1),
            branch(9, 0, 1, 0),
        ]);
        let (merged, differ) =
            merge_formats([("lcov", lcov.clone()), ("cobertura", cobertura.clone())], numbering);
        // Line 3: the second report's run took both ways. Line 9: it is known which way was taken.
        let wanted =
            [branch(3, 0, 0, 1), branch(3, 0, 1, 1), branch(9, 1, 0, 0), branch(9, 1, 1, 2)];
        assert_eq!((merged.branches.as_slice(), differ), (&wanted[..], true));
        assert_eq!(
            merge_formats([("cobertura", cobertura), ("lcov", lcov.clone())], numbering).0,
            merged
        );
        let (sum, differ) = merge_formats([("lcov", lcov.clone()), ("istanbul", lcov)], numbering);
        assert_eq!((sum.branches[3].hits, differ), (Hits::exactly(4), false), "the same numbers");
    }

    /// Parts in LCOV and Cobertura: the format of a file is unknown, but a first branch that was
    /// not taken shows that its branches have numbers of their own.
    #[test]
    fn what_branches_look_like_tells_their_numbering() {
        let merged = |one: &FileCoverage, other: &FileCoverage| {
            let parts = [one, other].map(|file| ("lcov and cobertura", file.clone()));
            let turned = [other, one].map(|file| ("lcov and cobertura", file.clone()));
            let merged = merge_formats(parts, |_| Numbering::Unknown).0;
            assert_eq!(
                merged,
                merge_formats(turned, |_| Numbering::Unknown).0,
                "the order does not matter"
            );
            merged.branches.iter().filter(|branch| branch.hits.is_hit()).count()
        };
        let second = |line| [branch(line, 0, 0, 0), branch(line, 0, 1, 1)];
        let first = |line| [branch(line, 0, 0, 1), branch(line, 0, 1, 0)];
        let numbered = file([second(2), first(4)].concat());
        assert_eq!(merged(&numbered, &file([first(2), second(4)].concat())), 4, "both by number");
        assert_eq!(
            merged(&numbered, &file([first(2), first(4)].concat())),
            2,
            "the other one may be counted"
        );
        assert_eq!(
            merged(&file(first(2).to_vec()), &file(first(2).to_vec())),
            1,
            "both may be counted"
        );
    }
}
