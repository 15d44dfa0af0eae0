//! The answer: which file each path means and how that was found, or why none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::report::FileCoverage;

/// Where all of a report's paths lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// By the path as the report writes it.
    pub files: BTreeMap<String, Match>,
}

/// Where a report's path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// To a tracked file.
    Tracked {
        /// The file's path in the repository.
        path: String,
        /// The evidence that decided.
        how: How,
        /// The beginning that was removed from the reported path.
        from: String,
        /// Its replacement.
        to: String,
    },
    /// Nowhere, or to no single file.
    Unmatched {
        /// Why.
        why: Why,
        /// The tracked path that it may have meant.
        nearest: Option<String>,
    },
}

/// The evidence by which a file was found, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// A rule of the user, or a root that the user gave for the report.
    Rule,
    /// A name that the repository states: a Go module, a package, a group, a tracked link.
    Name,
    /// The path lies in the work tree.
    WorkTree,
    /// A root that the report names.
    NamedRoot,
    /// A folder at or above that of the report or of the command.
    Folder,
    /// A change of root that explains all paths that share the root.
    Root,
    /// It is the path from the repository's root, literally.
    Repository,
    /// The project's own package, installed in an environment.
    Installed,
    /// An ending that no other tracked file has.
    Ending,
}

impl How {
    /// Whether the path is another name of the file, by its nature or by the user's word, so that
    /// both may be in one report.
    pub(super) fn is_alias(self) -> bool {
        matches!(self, Self::Rule | Self::Name | Self::Installed)
    }
}

/// Why a path leads to no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A rule of the user leads it to a file that git does not track.
    Rule,
    /// A dependency's file: whose.
    Dependency(&'static str),
    /// A tool generated it: which.
    Generated(&'static str),
    /// It is in a submodule.
    Submodule,
    /// A tracked link leads it out of the repository.
    Link,
    /// It is in another Go module.
    Module,
    /// It is below a root that is known, and git does not track it there.
    Untracked,
    /// It is outside of every root that is known.
    Outside,
    /// Several tracked files fit equally well.
    Ambiguous(Vec<String>),
    /// Another path of the report leads to the same file, by better evidence or as good.
    SameFile(String),
    /// No tracked file is like it.
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

    /// Whether the path is rightly no file of the repository, as far as can be known.
    pub fn is_foreign(&self) -> bool {
        is_foreign(self.name())
    }

    /// The reason as people read it.
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

/// Whether a reason of this name ([`Why::name`]) says that the path is rightly no file of the
/// repository.
pub fn is_foreign(why: &str) -> bool {
    ["dependency", "generated", "submodule", "link", "module"].contains(&why)
}

/// The first few of some paths, in a sentence.
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

/// How many files of a report were found in one way: the beginning `from` of a reported path
/// replaced by `to`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Found {
    /// The evidence.
    pub by: How,
    /// The prefix that was removed from the reported paths.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// Its replacement.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// How many files.
    pub files: usize,
}

impl Matching {
    /// The coverage of the tracked files; what several of the report's paths say of one file is
    /// merged.
    pub fn apply(&self, files: BTreeMap<String, FileCoverage>) -> BTreeMap<String, FileCoverage> {
        let mut tracked: BTreeMap<String, FileCoverage> = BTreeMap::new();
        for (path, coverage) in files {
            if let Some(Match::Tracked { path: own, .. }) = self.files.get(&path) {
                tracked.entry(own.clone()).or_default().merge(coverage);
            }
        }
        tracked
    }

    /// The paths that lead nowhere, each with the reason and the tracked path that it may have
    /// meant.
    pub fn unmatched(&self) -> impl Iterator<Item = (&str, &Why, Option<&str>)> {
        self.files.iter().filter_map(|(path, found)| match found {
            Match::Tracked { .. } => None,
            Match::Unmatched { why, nearest } => Some((path.as_str(), why, nearest.as_deref())),
        })
    }

    /// How the files were found: the ways, each with how many files it found.
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
