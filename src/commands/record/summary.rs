//! Prints what `record` did, for people and as JSON.

use std::collections::BTreeMap;

use serde_json::json;

use crate::commands::terminal::{self, BOLD, Terminal};
use crate::git::without_credentials;
use crate::report::paths::{Found, How};
use crate::store::{ByEnding, Put, Snapshot, Unmatched};
use crate::{Monitor, Result, cli};

/// The number of changes of root that are printed; `--json` has all of them.
const MOVED: usize = 3;

/// The result of a recording.
pub(crate) struct Summary<'a> {
    pub(crate) args: &'a cli::Record,
    pub(crate) snapshot: &'a Snapshot,
    /// `None` for a dry run.
    pub(crate) put: Option<&'a Put>,
}

impl Summary<'_> {
    /// `recorded`, `unchanged` (it was stored already) or `dry-run`.
    fn word(&self) -> &'static str {
        match self.put {
            None => "dry-run",
            Some(put) if put.written.is_empty() => "unchanged",
            Some(_) => "recorded",
        }
    }

    /// The result for `--json`.
    pub(crate) fn json(&self, reports: &[serde_json::Value]) -> serde_json::Value {
        let Snapshot { key, run, files, .. } = self.snapshot;
        let mut value = json!({
            "schema": "covatlas/record/1",
            "result": self.word(),
            "commit": key.commit,
            "suite": key.suite,
            "part": key.part,
            "reports": reports,
            "files": files.len(),
            "dimensions": run.totals,
            "unmatched": run.unmatched,
            "found": run.found,
            "by_ending": run.by_ending,
            "dirty": run.dirty,
            "warnings": run.warnings,
        });
        let optional = [
            ("head", json!(run.head)),
            ("merge_base", json!(run.merge_base)),
            ("branch", json!(run.branch)),
            ("change", json!(run.change)),
            ("tests", json!(run.tests)),
            ("same_run", json!((!run.same_run.is_empty()).then_some(&run.same_run))),
            (
                "pushed",
                json!(self.put.and(self.args.push.remote.as_deref()).map(without_credentials)),
            ),
        ];
        let given = optional.into_iter().filter(|(_, field)| !field.is_null());
        value
            .as_object_mut()
            .expect("created as an object above")
            .extend(given.map(|(name, field)| (name.to_owned(), field)));
        value
    }

    /// Prints warnings, what was recorded, and its totals.
    pub(crate) fn say(&self, monitor: &Monitor, terminal: &Terminal) -> Result<()> {
        let Snapshot { key, run, files, .. } = self.snapshot;
        for warning in &run.warnings {
            terminal.warn(terminal::warning(warning));
        }
        for same in terminal::same_runs(&run.same_run) {
            terminal.progress_note(same);
        }
        self.say_unmatched(terminal);
        if !run.dirty.is_empty() {
            let names = listed(run.dirty.iter().map(|path| terminal::plain(path)));
            let files = terminal::count(run.dirty.len(), "measured file");
            let differ = if run.dirty.len() == 1 { "differs" } else { "differ" };
            terminal.warn(format_args!(
                "{files} {differ} from the commit in the work tree, and the report is applied to \
                 the lines of the commit:{names}"
            ));
        }
        let verb = match self.word() {
            "dry-run" => "would record",
            "unchanged" => "was already recorded:",
            _ => "recorded",
        };
        let subject = terminal::plain(&monitor.repo().commit(key.commit)?.subject);
        let place = format!("suite {}, part {}", key.suite, key.part);
        terminal.status(format_args!(
            "{verb} {BOLD}{}{BOLD:#} {subject} ({place})",
            key.commit.short()
        ));
        for line in terminal::tallies(&run.totals) {
            terminal.status(line);
        }
        if let Some(tests) = &run.tests {
            terminal.status(format_args!("  {}", terminal::tests(tests)));
        }
        let files = if files.is_empty() {
            "no coverage".to_owned()
        } else {
            terminal::count(files.len(), "file")
        };
        terminal.status(format_args!("  {files}"));
        if let (Some(_), Some(remote)) = (self.put, &self.args.push.remote) {
            terminal.status(format_args!("pushed to {}", without_credentials(remote)));
        }
        Ok(())
    }

    /// Prints what was left out and why, and which files are only a guess.
    fn say_unmatched(&self, terminal: &Terminal) {
        let (foreign, unmatched): (Vec<&Unmatched>, Vec<&Unmatched>) =
            self.snapshot.run.unmatched.iter().partition(|path| path.is_foreign());
        if !unmatched.is_empty() {
            let paths = terminal::count(unmatched.len(), "path");
            let verb = if unmatched.len() == 1 { "matches" } else { "match" };
            let shown = listed(unmatched.into_iter().map(described));
            terminal
                .warn(format_args!("{paths} of the reports {verb} no file of the commit:{shown}"));
        }
        if !foreign.is_empty() {
            terminal.status(format_args!("left out: {}", kinds(&foreign).join(", ")));
        }
        let moved = self.snapshot.run.found.iter().filter(|way| way.by == How::Root);
        for Found { from, to, files, .. } in moved.take(MOVED) {
            let from = if from.is_empty() { "the start".to_owned() } else { terminal::plain(from) };
            let files = terminal::count(*files, "file");
            let to = if to.is_empty() {
                "the repository's root".to_owned()
            } else {
                terminal::plain(to)
            };
            terminal.status(format_args!("paths: {from} in the reports is {to} ({files})"));
        }
        let by_ending = &self.snapshot.run.by_ending;
        if !by_ending.is_empty() {
            let is = |found: &ByEnding| {
                format!("{} is {}", terminal::plain(&found.path), terminal::plain(&found.file))
            };
            let files = terminal::count(by_ending.len(), "file");
            let verb = if by_ending.len() == 1 { "was" } else { "were" };
            let shown = listed(by_ending.iter().map(is));
            terminal
                .warn(format_args!("{files} {verb} found only by the ending of the path:{shown}"));
        }
    }
}

/// An unmatched path with the reason, and the file that it may have meant.
fn described(path: &Unmatched) -> String {
    let reason = path
        .reason
        .as_ref()
        .map(|reason| format!(": {}", terminal::plain(reason)))
        .unwrap_or_default();
    let nearest = path.nearest.as_ref().filter(|_| path.why.as_deref() != Some("ambiguous"));
    let nearest = nearest
        .map(|nearest| format!(" (did you mean {}?)", terminal::plain(nearest)))
        .unwrap_or_default();
    format!("{}{reason}{nearest}", terminal::plain(&path.path))
}

/// Paths that are rightly no files of the repository, counted by what they are, each kind with its
/// first path.
fn kinds(foreign: &[&Unmatched]) -> Vec<String> {
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in foreign {
        kinds.entry(path.reason.as_deref().unwrap_or_default()).or_default().push(&path.path);
    }
    let kind = |(reason, paths): (&str, Vec<&str>)| {
        let first = terminal::plain(paths[0]);
        format!("{} ({reason}, for example {first})", terminal::count(paths.len(), "path"))
    };
    kinds.into_iter().map(kind).collect()
}

/// The first few of a list, and how many more there are; `--json` has them all.
fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    const SHOWN: usize = 10;
    let more = items.len().saturating_sub(SHOWN);
    let mut lines: Vec<String> = items.take(SHOWN).map(|item| format!("\n  {item}")).collect();
    if more > 0 {
        lines.push(format!("\n  and {more} more"));
    }
    lines.concat()
}
