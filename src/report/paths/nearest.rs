//! Suggests the tracked file that an unmatched path may have meant: the one whose name differs in
//! the fewest characters.
//!
//! The work is bounded: only a fixed number of paths is looked up, and names of very different
//! lengths are skipped.

use std::collections::BTreeMap;

/// The number of paths to look up. A report with more unmatched paths has a different problem.
const LOOKUPS: usize = 50;

/// The file names of tracked paths, each with the first path that has it.
pub(super) struct Names<'t> {
    paths: &'t [String],
    by_name: Option<BTreeMap<&'t str, usize>>,
    left: usize,
}

impl<'t> Names<'t> {
    pub(super) fn new(paths: &'t [String]) -> Self {
        Self { paths, by_name: None, left: LOOKUPS }
    }

    /// The path with the most similar file name, in which at most a third of the characters differ.
    pub(super) fn nearest(&mut self, path: &str) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let paths = self.paths;
        let names = self.by_name.get_or_insert_with(|| {
            let named =
                paths.iter().enumerate().rev().map(|(index, path)| (file_name(path), index));
            named.collect() // in reverse, so that the first path wins
        });
        let name: Vec<char> = file_name(path).chars().take(LONGEST).collect();
        let most = name.len() / 3;
        let distances = names.iter().filter_map(|(other, &index)| {
            let other: Vec<char> = other.chars().take(LONGEST).collect();
            let near = name.len().abs_diff(other.len()) <= most;
            near.then(|| (distance(&name, &other), index))
        });
        distances.filter(|(distance, _)| *distance <= most).min().map(|(_, index)| index)
    }
}

/// The number of characters that are compared.
const LONGEST: usize = 64;

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The Levenshtein distance (Wagner and Fischer 1974), computed one row of the table at a time.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, a) in one.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_from_the_literature() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        for (one, other, edits) in
            [("kitten", "sitting", 3), ("", "abc", 3), ("flaw", "lawn", 2), ("same", "same", 0)]
        {
            assert_eq!(distance(&chars(one), &chars(other)), edits, "{one} {other}");
        }
    }
}
