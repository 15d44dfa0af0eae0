//! What `record` says it did, to people and as JSON.

use serde_json::json;

use super::terminal::{self, BOLD, Terminal};
use crate::git::without_credentials;
use crate::store::{Put, Snapshot};
use crate::{Monitor, Result, cli};

/// What was done.
pub(super) struct Outcome<'a> {
    pub(super) args: &'a cli::Record,
    pub(super) snapshot: &'a Snapshot,
    /// None for a dry run.
    pub(super) put: Option<&'a Put>,
}

impl Outcome<'_> {
    /// `recorded`, `unchanged` (the store had it already) or `dry-run`.
    fn word(&self) -> &'static str {
        match self.put {
            None => "dry-run",
            Some(put) if put.written.is_empty() => "unchanged",
            Some(_) => "recorded",
        }
    }

    /// As `--json` has it.
    pub(super) fn json(&self, reports: &[serde_json::Value]) -> serde_json::Value {
        let Snapshot { key, run, files, .. } = self.snapshot;
        let mut value = json!({
            "schema": "covatlas/record/1", "result": self.word(), "commit": key.commit, "suite": key.suite, "part": key.part,
            "reports": reports, "files": files.len(), "dimensions": run.totals, "unmatched": run.unmatched,
            "dirty": run.dirty, "warnings": run.warnings,
        });
        let optional = [
            ("head", json!(run.head)),
            ("merge_base", json!(run.merge_base)),
            ("branch", json!(run.branch)),
            ("change", json!(run.change)),
            ("tests", json!(run.tests)),
            ("same_run", json!((!run.same_run.is_empty()).then_some(&run.same_run))),
            ("pushed", json!(self.put.and(self.args.push.as_deref()).map(without_credentials))),
        ];
        let given = optional.into_iter().filter(|(_, field)| !field.is_null());
        value
            .as_object_mut()
            .expect("it was made as an object")
            .extend(given.map(|(name, field)| (name.to_owned(), field)));
        value
    }

    /// For people: warnings, what was recorded, and its figures.
    pub(super) fn say(&self, monitor: &Monitor, terminal: &Terminal) -> Result<()> {
        let Snapshot { key, run, files, .. } = self.snapshot;
        for warning in &run.warnings {
            terminal.warn(terminal::warning(warning));
        }
        for same in &run.same_run {
            terminal.note(terminal::same_run(same));
        }
        self.say_unmatched(terminal);
        if !run.dirty.is_empty() {
            let names = listed(run.dirty.iter().map(|path| terminal::plain(path)));
            let files = terminal::count(run.dirty.len(), "measured file");
            let differ = if run.dirty.len() == 1 { "differs" } else { "differ" };
            terminal.warn(format_args!(
                "{files} {differ} in the work tree from the commit, to whose lines the report is applied:{names}"
            ));
        }
        let verb = match self.word() {
            "dry-run" => "would record",
            "unchanged" => "was recorded already:",
            _ => "recorded",
        };
        let subject = terminal::plain(&monitor.repo().commit(key.commit)?.subject);
        let place = format!("suite {}, part {}", key.suite, key.part);
        terminal.remark(format_args!("{verb} {BOLD}{}{BOLD:#} {subject} ({place})", key.commit.short()));
        for line in terminal::tallies(&run.totals) {
            terminal.remark(line);
        }
        if let Some(tests) = &run.tests {
            terminal.remark(format_args!("  {}", terminal::tests(tests)));
        }
        let files = if files.is_empty() { "no coverage".to_owned() } else { terminal::count(files.len(), "file") };
        terminal.remark(format_args!("  {files}"));
        if let (Some(_), Some(remote)) = (self.put, &self.args.push) {
            terminal.remark(format_args!("pushed to {}", without_credentials(remote)));
        }
        Ok(())
    }

    fn say_unmatched(&self, terminal: &Terminal) {
        let unmatched = &self.snapshot.run.unmatched;
        if unmatched.is_empty() {
            return;
        }
        let shown = unmatched.iter().map(|path| match &path.nearest {
            Some(nearest) => format!("{} (most alike: {})", terminal::plain(&path.path), terminal::plain(nearest)),
            None => terminal::plain(&path.path),
        });
        let paths = terminal::count(unmatched.len(), "path");
        let verb = if unmatched.len() == 1 { "matches" } else { "match" };
        terminal.warn(format_args!("{paths} of the reports {verb} no file of the commit:{}", listed(shown)));
    }
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
