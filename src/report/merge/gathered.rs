//! Collects records of files while a report is being read.

use std::collections::BTreeMap;

use crate::report::FileCoverage;

/// The coverage of a file while its reader still finds records of it, in any order and any number
/// of times.
///
/// Memory stays within a factor of the *unique* records: pending records are unified whenever they
/// outgrow the unified ones, so the number of passes does not depend on the number of sections.
#[derive(Debug, Default)]
pub(in crate::report) struct Gathered {
    coverage: FileCoverage,
    unified: usize,
}

impl Gathered {
    /// Adds a section's records and empties the section, so that its memory can be reused.
    pub(in crate::report) fn absorb(&mut self, section: &mut FileCoverage) {
        section.tidy();
        let first = self.coverage.size() == 0;
        if first {
            self.coverage.lines.reserve_exact(section.lines.len());
            self.coverage.branches.reserve_exact(section.branches.len());
            self.coverage.functions.reserve_exact(section.functions.len());
        }
        self.coverage.append(section);
        let size = self.coverage.size();
        if first {
            self.unified = size;
        } else if size > self.unified + self.unified / 2 + 64 {
            self.coverage.tidy();
            self.unified = self.coverage.size();
        }
    }

    /// The unified records.
    pub(in crate::report) fn finish(mut self) -> FileCoverage {
        self.coverage.tidy();
        self.coverage.compact();
        self.coverage
    }
}

/// The files of a report while its reader still finds records of them, by path.
#[derive(Debug, Default)]
pub(in crate::report) struct GatheredFiles(BTreeMap<String, Gathered>);

impl GatheredFiles {
    /// Adds records of a file and empties `section`, as [`Gathered::absorb`] does.
    pub(in crate::report) fn absorb(&mut self, path: String, section: &mut FileCoverage) {
        self.0.entry(path).or_default().absorb(section);
    }

    /// Whether there is no file.
    pub(in crate::report) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The files with their unified records.
    pub(in crate::report) fn finish(self) -> BTreeMap<String, FileCoverage> {
        self.0.into_iter().map(|(path, gathered)| (path, gathered.finish())).collect()
    }
}
