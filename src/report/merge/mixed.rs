//! Merging what reports say of one file, whose formats number branches in different ways.
//!
//! Lines have numbers in every format, so their hits are added. Branches do not: LCOV numbers them
//! through a file, Cobertura states how many of a line were taken, coverage.py names the line they
//! lead to. Merged by position, one branch would become several. So for each line the list that has
//! most branches counts; lists whose branches have the same numbers on a line are added. Functions
//! have other names and ends in each format, too: the list that has most counts, and takes the hits
//! of the same functions from the others.
//!
//! [`same_format`] merges the reports of each format first.

use std::collections::BTreeMap;

use crate::report::merge::lists::{Lists, Numbering};
use crate::report::merge::{FileCoverage, same_format};
use crate::report::{Arm, Branch};

/// Merges what reports say of one file, each with its format (or its set of formats), of which
/// `numbering` tells how it identifies branches. Also returns whether branches were numbered in
/// different ways. The order of the reports does not matter.
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

/// Whether all branches of a file may have been made from two counts for each line: numbered from
/// 0, those taken first, the others by number or by name.
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

/// Drops what tools made up of the file if a report has measured it.
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
        // Line 3: both ways were taken in the run of the second report. Line 9: it is known which
        // way was.
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
