//! Which of the reports count: a run that is reported in several formats counts once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::inputs::Input;
use crate::report::formats::coveragepy;
use crate::report::merge::{Measured, merge_counted, repeats};
use crate::report::{FileCoverage, Warning};
use crate::store::SameRun;

/// Reports with the coverage that they have of tracked files.
#[derive(Default)]
pub struct Runs {
    reports: Vec<Measured>,
    names: Vec<String>,
    /// For each report, whether its lines are those that it states, after what the sources tell of docstrings.
    docstrings_left: Vec<bool>,
}

/// What the reports that count say.
pub struct Counted {
    /// The merged coverage by path.
    pub files: BTreeMap<String, FileCoverage>,
    /// For each report, in their order, whether it counts.
    pub counts: Vec<bool>,
    /// For each report, whether docstrings are left that no source tells from code.
    pub docstrings_left: Vec<bool>,
    /// The reports that do not, with those that count in their place, sorted.
    pub same_run: Vec<SameRun>,
    /// A warning about branches that formats number in different ways.
    pub warning: Option<Warning>,
}

impl Runs {
    /// Adds a report with what it says of tracked files, whose texts are read only if a report needs them.
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
    }

    /// Merges those that count.
    pub fn finish(self) -> Counted {
        let Self { reports, names, docstrings_left } = self;
        let repeats = repeats(&reports);
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

/// Drops the docstrings that old versions of coverage.py list. Returns whether some are left.
fn has_docstrings_left(
    format: &str,
    files: &mut BTreeMap<String, FileCoverage>,
    text: impl Fn(&str) -> Option<String>,
) -> bool {
    let listed =
        files.iter_mut().filter(|(_, file)| format == coveragepy::FORMAT.name && coveragepy::has_docstrings(file));
    let right = listed.map(|(path, file)| text(path).is_some_and(|text| coveragepy::drop_docstrings(file, &text)));
    right.filter(|right| !right).count() > 0 // every file is looked at
}

fn mixed(differ: &[String]) -> Option<Warning> {
    let first = differ.first()?;
    let files = if differ.len() == 1 {
        format!("`{first}`")
    } else {
        format!("{} files, for example `{first}`,", differ.len())
    };
    let message = format!(
        "the formats of these reports number the branches of {files} in different ways, so they cannot be added: on each \
         line, the report that lists most of them counts"
    );
    Some(Warning { line: None, message })
}

/// The name of a report's file; its folder may be another at the next recording.
pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The folder of a report, in one spelling.
fn folder(path: &Path) -> PathBuf {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.parent().map(Path::to_owned).unwrap_or_default()
}
