//! Whose file is it? How the files of reports were found, and which paths were left out, and why.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::MOST;
use crate::report::paths::{Found, How};
use crate::site::data_quality::counted;
use crate::site::{Context, format};
use crate::store::{ByEnding, Run};

/// Paths that are rightly no files of the repository, by what they are.
#[derive(Serialize)]
pub(super) struct Foreign {
    /// `an npm package`
    what: String,
    count: usize,
    /// The first of them.
    example: String,
}

/// How a part's files were found, most files first: `12 files by one change of root: /app/ is
/// backend/`.
pub(super) fn how_found(run: &Run) -> Vec<String> {
    const SHOWN: usize = 6;
    let mut ways: Vec<&Found> = run.found.iter().collect();
    ways.sort_by_key(|way| Reverse(way.files));

    let way = |way: &&Found| {
        let files = format::counted(way.files as u64, "file");
        format!("{files} {}{}", evidence(way.by), change(way))
    };
    let mut shown: Vec<String> = ways.iter().take(SHOWN).map(way).collect();
    if let Some(more) = ways.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        shown.push(format!("and in {} more", format::counted(more as u64, "way")));
    }
    if let (true, Some(root)) = (shown.is_empty(), &run.root) {
        shown.push(format!("without {root}"));
    }
    shown
}

/// The evidence by which files were found, in words.
fn evidence(how: How) -> &'static str {
    match how {
        How::Rule => "by your rule",
        How::Name => "by a name that the repository states",
        How::WorkTree => "in the work tree",
        How::NamedRoot => "by a root that the report names",
        How::Folder => "by the folder of the report or the command",
        How::Root => "by one change of root",
        How::Repository => "from the repository's root",
        How::Installed => "as an installed package",
        How::Ending => "by the ending of the path alone",
    }
}

/// What was replaced in the reported paths, in words.
fn change(way: &Found) -> String {
    match (way.from.as_str(), way.to.as_str()) {
        ("", "") => String::new(),
        ("", to) => format!(": below {to}"),
        (from, "") => format!(": without {from}"),
        (from, to) => format!(": {from} is {to}"),
    }
}

/// The paths that are a dependency's, generated or another repository's, counted by what they are.
pub(super) fn foreign(context: &Context) -> Vec<Foreign> {
    let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (_, _, run) in counted(context) {
        for path in run.unmatched.iter().filter(|path| path.is_foreign()) {
            kinds.entry(path.reason.as_deref().unwrap_or_default()).or_default().insert(&path.path);
        }
    }

    let kind = |(what, paths): (&str, BTreeSet<&str>)| Foreign {
        what: what.to_owned(),
        count: paths.len(),
        example: paths.first().copied().unwrap_or_default().to_owned(),
    };
    kinds.into_iter().map(kind).collect()
}

/// The files of all suites that the ending of a path alone found.
pub(super) fn by_ending(context: &Context) -> Vec<ByEnding> {
    let found: BTreeSet<&ByEnding> =
        counted(context).flat_map(|(_, _, run)| &run.by_ending).collect();
    found.into_iter().take(MOST).cloned().collect()
}
