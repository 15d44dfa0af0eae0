//! Selects the reports that count: a run that is reported in several formats counts once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::recording::inputs::Input;
use crate::report::formats::coveragepy;
use crate::report::one_run::{Measured, merge_counted, repeats};
use crate::report::{FileCoverage, Warning};
use crate::store::SameRun;

/// Reports with their coverage of tracked files.
#[derive(Default)]
pub struct Runs {
    reports: Vec<Measured>,
    names: Vec<String>,
    digests: Vec<String>,
    /// For each report, whether its lines still differ from its declared totals after docstrings
    /// were removed with the help of the sources.
    docstrings_left: Vec<bool>,
}

/// The coverage of the reports that count.
pub struct Counted {
    /// The merged coverage by path.
    pub files: BTreeMap<String, FileCoverage>,
    /// For each report, in order, whether it counts.
    pub counts: Vec<bool>,
    /// For each report, whether it has docstrings that could not be removed for lack of the source.
    pub docstrings_left: Vec<bool>,
    /// The reports that do not count, each with the one that counts instead, sorted.
    pub same_run: Vec<SameRun>,
    /// A warning about branches that formats number in different ways.
    pub warning: Option<Warning>,
}

impl Runs {
    /// Adds a report with its coverage of tracked files. Their texts are read only if a report
    /// needs them.
    pub fn add(
        &mut self,
        input: &Input,
        mut files: BTreeMap<String, FileCoverage>,
        text: impl Fn(&str) -> Option<String>,
    ) {
        self.docstrings_left.push(has_docstrings_left(input.report.format, &mut files, text));
        let (format, has_contexts) = (input.report.format, !input.report.contexts.is_empty());
        self.reports.push(Measured { format, folder: folder(&input.path), files, has_contexts });
        self.names.push(name(&input.path));
        self.digests.push(input.digest.clone());
    }

    /// Merges the reports that count.
    pub fn finish(self) -> Counted {
        let Self { mut reports, names, digests, docstrings_left } = self;
        let copies = copies(&reports, &digests);
        for (report, _) in reports.iter_mut().zip(&copies).filter(|(_, copy)| copy.is_some()) {
            report.files.clear();
        }
        let repeats = with_copies(&repeats(&reports), &copies);
        let same_run = (0..).zip(&repeats).filter_map(|(at, counted): (usize, _)| {
            let (report, counted) = (names[at].clone(), names[(*counted)?].clone());
            Some(SameRun { report, counted })
        });
        let mut same_run: Vec<SameRun> = same_run.collect();
        same_run.sort();
        let (files, differ) = merge_counted(reports, &repeats);
        let counts = repeats.iter().map(Option::is_none).collect();
        Counted { files, counts, docstrings_left, same_run, warning: mixed(&differ) }
    }
}

/// For each coverage report, the index of the report of which it is a byte-by-byte copy, if any.
fn copies(reports: &[Measured], digests: &[String]) -> Vec<Option<usize>> {
    let mut originals: BTreeMap<&str, usize> = BTreeMap::new();
    let mut copies = vec![None; reports.len()];
    let mut order: Vec<usize> =
        (0..reports.len()).filter(|&at| !reports[at].files.is_empty()).collect();
    order.sort_by_key(|&at| &reports[at].folder);
    for at in order {
        let original = *originals.entry(&digests[at]).or_insert(at);
        copies[at] = Some(original).filter(|&original| original != at);
    }
    copies
}

/// The reports that count instead of others. A copy counts as the report that it is a copy of.
fn with_copies(repeats: &[Option<usize>], copies: &[Option<usize>]) -> Vec<Option<usize>> {
    let counted = |original: usize| repeats[original].unwrap_or(original);
    repeats.iter().zip(copies).map(|(repeat, copy)| copy.map(counted).or(*repeat)).collect()
}

/// Removes the docstrings that old versions of coverage.py list. Returns whether some are left.
fn has_docstrings_left(
    format: &str,
    files: &mut BTreeMap<String, FileCoverage>,
    text: impl Fn(&str) -> Option<String>,
) -> bool {
    let listed = files
        .iter_mut()
        .filter(|(_, file)| format == coveragepy::FORMAT.name && coveragepy::has_docstrings(file));
    let right = listed.map(|(path, file)| {
        text(path).is_some_and(|text| coveragepy::drop_docstrings(file, &text))
    });
    right.filter(|right| !right).count() > 0 // visits every file
}

fn mixed(differ: &[String]) -> Option<Warning> {
    let first = differ.first()?;
    let files = if differ.len() == 1 {
        format!("`{first}`")
    } else {
        format!("{} files, for example `{first}`,", differ.len())
    };
    let message = format!(
        "the reports number the branches of {files} in different ways, so they cannot be added: on \
         each line, the report that lists most of them counts"
    );
    Some(Warning { line: None, message })
}

/// The name of a report's file. Its folder may differ in the next recording.
pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The folder of a report, in one spelling.
pub(super) fn folder(path: &Path) -> PathBuf {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.parent().map(Path::to_owned).unwrap_or_default()
}
