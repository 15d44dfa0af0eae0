//! The result of matching: the file that each path refers to and how it was found, or why none was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::report::FileCoverage;

/// The files that the paths of a report refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// The results, by path as the report writes it.
    pub files: BTreeMap<String, Match>,
}

/// The file that a path of a report refers to, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// A tracked file.
    Tracked {
        /// The file's path in the repository.
        path: String,
        /// The evidence that decided.
        how: How,
        /// The beginning of the reported path that was replaced.
        from: String,
        /// The text that replaced it.
        to: String,
    },
    /// No file, or more than one.
    Unmatched {
        /// The reason.
        why: Why,
        /// The tracked path that may have been meant.
        nearest: Option<String>,
    },
}

/// The evidence by which a file was found, from the strongest to the weakest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// A rule of the user, or a root that the user gave for the report.
    Rule,
    /// A name that the repository declares: a Go module, a package, a group, a tracked symlink.
    Name,
    /// The path is in the work tree.
    WorkTree,
    /// A root that the report names.
    NamedRoot,
    /// The folder of the report or of the command, or one above it.
    Folder,
    /// One change of root that explains all paths that share the root.
    Root,
    /// The path is relative to the repository's root.
    Repository,
    /// The project's own package, installed in an environment.
    Installed,
    /// An ending that no other tracked file has.
    Ending,
}

impl How {
    /// Whether the path is an alternative name of the file by nature or by a user's rule. Then one
    /// report may contain both names.
    pub(super) fn is_alias(self) -> bool {
        matches!(self, Self::Rule | Self::Name | Self::Installed)
    }
}

/// The reason why a path matches no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A rule of the user maps it to a file that git does not track.
    Rule,
    /// It is a file of a dependency, described by the text.
    Dependency(&'static str),
    /// It was generated, as described by the text.
    Generated(&'static str),
    /// It is in a submodule.
    Submodule,
    /// A tracked symlink leads out of the repository.
    Link,
    /// It is in another Go module.
    Module,
    /// It is below a known root, and git does not track it there.
    Untracked,
    /// It is outside of every known root.
    Outside,
    /// These tracked files fit equally well.
    Ambiguous(Vec<String>),
    /// Another path of the report, with the same or better evidence, matches the same file.
    SameFile(String),
    /// No tracked file is similar to it.
    Unknown,
}

impl Why {
    /// The name in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Dependency(_) => "dependency",
            Self::Generated(_) => "generated",
            Self::Submodule => "submodule",
            Self::Link => "link",
            Self::Module => "module",
            Self::Untracked => "untracked",
            Self::Outside => "outside",
            Self::Ambiguous(_) => "ambiguous",
            Self::SameFile(_) => "same-file",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the path belongs to something else, so that no match is expected.
    pub fn is_foreign(&self) -> bool {
        is_foreign(self.name())
    }

    /// The reason as shown to users.
    pub fn text(&self) -> String {
        match self {
            Self::Rule => {
                "a rule in [paths] or a given root leads it to a file that git does not track"
                    .to_owned()
            }
            Self::Dependency(whose) => (*whose).to_owned(),
            Self::Generated(by) => (*by).to_owned(),
            Self::Submodule => "in a submodule".to_owned(),
            Self::Link => "behind a link that leads out of the repository".to_owned(),
            Self::Module => "in another Go module".to_owned(),
            Self::Untracked => "git does not track it".to_owned(),
            Self::Outside => "outside of the report's other sources".to_owned(),
            Self::Ambiguous(candidates) => format!("fits {} alike", listed(candidates)),
            Self::SameFile(path) => format!("another path of the report is {path}"),
            Self::Unknown => "no tracked file has this path".to_owned(),
        }
    }
}

/// Whether a reason with this name ([`Why::name`]) means that no match is expected.
pub fn is_foreign(why: &str) -> bool {
    ["dependency", "generated", "submodule", "link", "module"].contains(&why)
}

/// A list of the first few paths for use in a sentence.
fn listed(paths: &[String]) -> String {
    const SHOWN: usize = 3;
    let more = paths.len().saturating_sub(SHOWN);
    let mut shown: Vec<String> = paths.iter().take(SHOWN).cloned().collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    match shown.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => shown.join(""),
    }
}

/// The number of files that were found in one way, by replacing `from` at the beginning of a path
/// with `to`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Found {
    /// The evidence.
    pub by: How,
    /// The prefix of the reported paths that was replaced.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// The text that replaced it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// The number of files.
    pub files: usize,
}

impl Matching {
    /// The coverage of the tracked files. If several paths of the report match one file, their
    /// coverage is merged.
    pub fn apply(&self, files: BTreeMap<String, FileCoverage>) -> BTreeMap<String, FileCoverage> {
        let mut tracked: BTreeMap<String, FileCoverage> = BTreeMap::new();
        for (path, coverage) in files {
            if let Some(Match::Tracked { path: own, .. }) = self.files.get(&path) {
                tracked.entry(own.clone()).or_default().merge(coverage);
            }
        }
        tracked
    }

    /// The paths that match no file, each with the reason and the tracked path that may have been
    /// meant.
    pub fn unmatched(&self) -> impl Iterator<Item = (&str, &Why, Option<&str>)> {
        self.files.iter().filter_map(|(path, found)| match found {
            Match::Tracked { .. } => None,
            Match::Unmatched { why, nearest } => Some((path.as_str(), why, nearest.as_deref())),
        })
    }

    /// Summarises how the files were found: each way with its number of files.
    pub fn found(&self) -> Vec<Found> {
        let mut ways: BTreeMap<(How, &str, &str), usize> = BTreeMap::new();
        for found in self.files.values() {
            if let Match::Tracked { how, from, to, .. } = found {
                *ways.entry((*how, from, to)).or_default() += 1;
            }
        }
        let found = |((by, from, to), files): ((How, &str, &str), usize)| Found {
            by,
            from: from.to_owned(),
            to: to.to_owned(),
            files,
        };
        ways.into_iter().map(found).collect()
    }
}
