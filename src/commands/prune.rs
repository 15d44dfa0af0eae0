//! `prune`: thins out old snapshots, here and, if requested, on a remote.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::commands::terminal::{self, BOLD, DIM, Terminal};
use crate::error::Context as _;
use crate::git::{Id, without_credentials};
use crate::history::retention::{Dated, Reason, outdated};
use crate::store::{Key, Pruned};
use crate::{Monitor, Result, cli};

/// The dropped snapshots of a commit in JSON.
#[derive(Serialize)]
struct Entry {
    commit: Id,
    time: String,
    reason: Reason,
    /// `<suite>@<part>`
    parts: Vec<String>,
}

/// Determines what to drop, prints it, and drops it.
pub(super) fn run(args: &cli::Prune, monitor: &Monitor, terminal: &Terminal) -> Result<()> {
    if let Some(remote) = &args.push.remote {
        monitor.store_writer()?.fetch(remote)?;
    }
    crate::commands::fetch_missing_objects(monitor, terminal)?;
    let all = monitor.dated()?;
    let going = outdated(&all);
    let kept = all.len() - going.len();
    let mut warnings: Vec<String> = no_timeline(&all, monitor)?.into_iter().collect();
    warnings.extend(monitor.store()?.survey()?.damage.sentences());
    if !args.output.json {
        terminal.warn_all(&warnings);
        say_plan(&going, kept, args, terminal);
    }
    let pruned =
        if args.dry_run.is_set { None } else { Some(prune(args, &keys(&going), monitor)?) };
    if args.output.json {
        let mut value = json(args, &going, kept, pruned.as_ref());
        value["warnings"] = json!(warnings);
        return terminal.json(&value);
    }
    if let Some(pruned) = &pruned {
        say_done(args, pruned, monitor, terminal);
    }
    Ok(())
}

/// The warning if no snapshot is of the default branch. The configured branch is then most likely
/// wrong.
fn no_timeline(all: &[Dated], monitor: &Monitor) -> Result<Option<String>> {
    if all.is_empty() || all.iter().any(|dated| dated.place.is_some()) {
        return Ok(None);
    }
    let branch = monitor.default_branch()?.name;
    Ok(Some(format!(
        "nothing is dropped: ages are counted from the newest snapshot of the default branch \
         `{branch}`, and there is none"
    )))
}

fn keys(going: &[(&Dated, Reason)]) -> Vec<Key> {
    going.iter().flat_map(|(dated, _)| &dated.parts).map(|part| part.key.clone()).collect()
}

fn prune(args: &cli::Prune, keys: &[Key], monitor: &Monitor) -> Result<Pruned> {
    let (store, now) = (monitor.store_writer()?, Timestamp::now().as_second());
    match (args.rewrite, &args.push.remote) {
        (true, Some(remote)) => store.squash_with(remote, keys, now),
        (true, None) => store.squash(keys, now),
        (false, None) => store.prune(keys, now),
        (false, Some(remote)) => {
            let pruned = store.prune(keys, now)?;
            let pushed = store.push(remote, now);
            pushed.during(|| {
                format!("dropped in the local branch `{}`, but not pushed", store.branch())
            })?;
            Ok(pruned)
        }
    }
}

/// Prints what would be dropped.
fn say_plan(going: &[(&Dated, Reason)], kept: usize, args: &cli::Prune, terminal: &Terminal) {
    let verb = if args.dry_run.is_set { "would drop" } else { "dropping" };
    for (dated, reason) in going {
        let Dated { commit, time, parts, .. } = dated;
        let names: Vec<String> =
            parts.iter().map(|part| terminal::plain(&name(&part.key))).collect();
        let (date, why, names) = (terminal::time(*time), reason.words(), names.join(", "));
        terminal.status(format_args!(
            "{verb} {BOLD}{}{BOLD:#} {} {names}  {DIM}{why}{DIM:#}",
            commit.short(),
            &date[..10]
        ));
    }
    let snapshots = terminal::count(going.len(), "snapshot");
    terminal.status(format_args!("{verb} {snapshots}, keeping {kept}"));
}

fn say_done(args: &cli::Prune, pruned: &Pruned, monitor: &Monitor, terminal: &Terminal) {
    let branch = terminal::plain(&monitor.config().store.branch);
    match pruned.commit {
        _ if !pruned.moved => terminal.status(format_args!("the branch `{branch}` is unchanged")),
        Some(commit) if args.rewrite => {
            terminal.status(format_args!(
                "squashed the branch `{branch}` to the commit {}",
                commit.short()
            ));
            terminal.progress_note(
                "clones with the branch get the new one with their next push, or with",
            );
            terminal.progress_note(format_args!("  git fetch origin +{branch}:{branch}"));
        }
        Some(commit) => {
            terminal.status(format_args!("the branch `{branch}` is at {} now", commit.short()));
        }
        None => {}
    }
    crate::commands::say_pushed(args.push.remote.as_deref(), terminal);
}

fn json(
    args: &cli::Prune,
    going: &[(&Dated, Reason)],
    kept: usize,
    pruned: Option<&Pruned>,
) -> Value {
    let entry = |(dated, reason): &(&Dated, Reason)| Entry {
        commit: dated.commit,
        time: terminal::time(dated.time),
        reason: *reason,
        parts: dated.parts.iter().map(|part| name(&part.key)).collect(),
    };
    let result = match pruned {
        None => "dry-run",
        Some(pruned) if !pruned.moved => "unchanged",
        Some(_) if args.rewrite => "rewritten",
        Some(_) => "pruned",
    };
    let mut value = json!({
        "schema": "covatlas/prune/1",
        "result": result,
        "dropped": going.iter().map(entry).collect::<Vec<_>>(),
        "kept": kept,
    });
    if let Some(commit) = pruned.and_then(|pruned| pruned.commit) {
        value["tip"] = json!(commit);
    }
    if let (Some(_), Some(remote)) = (pruned, &args.push.remote) {
        value["pushed"] = json!(without_credentials(remote));
    }
    value
}

fn name(key: &Key) -> String {
    format!("{}@{}", key.suite, key.part)
}

impl Reason {
    fn words(self) -> &'static str {
        match self {
            Self::OneADay => "a later one of that day is kept",
            Self::OneAWeek => "a later one of that week is kept",
            Self::OneAMonth => "a later one of that month is kept",
            Self::BranchSnapshot => "on another branch for over a month",
        }
    }
}
