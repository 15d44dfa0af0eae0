//! What went wrong on the walk, said once a point and kind: a broken store must not drown the page in sentences.

use std::collections::BTreeMap;

use crate::Error;
use crate::git::Id;

/// Problems of one point, by kind.
#[derive(Default)]
pub(super) struct Troubles {
    unreadable: Vec<String>,
    /// Files by suite.
    foreign: BTreeMap<String, Vec<String>>,
}

impl Troubles {
    /// A file's record that could not be read or mapped.
    pub(super) fn unreadable(&mut self, path: &str, error: &Error) {
        self.unreadable.push(format!("{path}: {}", error.chain().join(": ")));
    }

    /// A file that a suite measured in a text which is not the commit's.
    pub(super) fn foreign(&mut self, suite: &str, path: &str) {
        self.foreign.entry(suite.to_owned()).or_default().push(path.to_owned());
    }

    /// Whether something could not be read, which may be there the next time.
    pub(super) fn any_unreadable(&self) -> bool {
        !self.unreadable.is_empty()
    }

    /// The sentences.
    pub(super) fn warnings(self, commit: Id) -> impl Iterator<Item = String> {
        let commit = commit.short();
        let lost = group(&self.unreadable).map(|what| format!("left out of snapshot {commit}: {what}"));
        let foreign = self.foreign.into_iter().filter_map(move |(suite, paths)| {
            let what = group(&paths)?;
            Some(format!("suite `{suite}` at {commit} measured a text that is not the commit's, used as it is: {what}"))
        });
        lost.into_iter().chain(foreign)
    }
}

/// The first of several things, and how many more there are.
fn group(things: &[String]) -> Option<String> {
    let first = things.first()?;
    Some(if things.len() == 1 { first.clone() } else { format!("{first} (and {} more)", things.len() - 1) })
}
