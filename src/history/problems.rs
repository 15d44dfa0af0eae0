//! Problems of the walk, reported once per point and kind: a broken store must not flood the page
//! in sentences.

use std::collections::BTreeMap;

use crate::Error;
use crate::git::Id;
use crate::history::History;

/// Problems of one point, by kind.
#[derive(Default)]
pub(crate) struct Problems {
    unreadable: Vec<String>,
    /// Files by suite.
    foreign: BTreeMap<String, Vec<String>>,
}

impl Problems {
    /// A file's record that could not be read or mapped.
    pub(crate) fn unreadable(&mut self, path: &str, error: &Error) {
        self.unreadable.push(format!("{path}: {}", error.chain().join(": ")));
    }

    /// A file that a suite measured in a text which is not the commit's.
    pub(crate) fn foreign(&mut self, suite: &str, path: &str) {
        self.foreign.entry(suite.to_owned()).or_default().push(path.to_owned());
    }

    /// Adds a sentence for each kind to those of the history.
    pub(crate) fn report(self, commit: Id, history: &mut History) {
        let commit = commit.short();
        if let Some(what) = group(&self.unreadable) {
            history.damage.add(format!("left out of snapshot {commit}: {what}"));
        }
        let foreign = self.foreign.into_iter().filter_map(|(suite, paths)| {
            let what = group(&paths)?;
            Some(format!("suite `{suite}` at {commit} measured a text that is not the commit's, used as it is: {what}"))
        });
        history.warnings.extend(foreign);
    }
}

/// The first of several things, and how many more there are.
fn group(things: &[String]) -> Option<String> {
    let first = things.first()?;
    Some(if things.len() == 1 {
        first.clone()
    } else {
        format!("{first} (and {} more)", things.len() - 1)
    })
}
