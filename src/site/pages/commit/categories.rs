//! The changes of a commit in the twelve categories of differential coverage, as a table.

use serde::Serialize;

use crate::analysis::differential::{Category, Differential};

/// A row: a category of which there is something.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    letters: &'static str,
    words: &'static str,
    lines: u64,
    branches: u64,
    functions: u64,
}

/// The rows of what is otherwise than it was; the rest is the same in files that the page does not
/// look at, too.
pub(super) fn rows(counts: &Differential) -> Vec<Row> {
    let same = [Category::CoveredBaseline, Category::UncoveredBaseline];
    let changed = Category::ALL.into_iter().filter(|category| !same.contains(category));
    let row = |category: Category| Row {
        letters: category.letters(),
        words: category.words(),
        lines: counts.lines.get(category),
        branches: counts.branches.get(category),
        functions: counts.functions.get(category),
    };
    changed.map(row).filter(|row| row.lines + row.branches + row.functions > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stayed_as_it_was_is_no_row() {
        let mut counts = Differential::default();
        counts.lines.count(Category::CoveredBaseline, 7);
        counts.lines.count(Category::LostBaseline, 2);
        counts.functions.count(Category::GainedNew, 1);
        let rows: Vec<_> =
            rows(&counts).iter().map(|row| (row.letters, row.lines, row.functions)).collect();
        assert_eq!(rows, [("LBC", 2, 0), ("GNC", 0, 1)]);
    }
}
