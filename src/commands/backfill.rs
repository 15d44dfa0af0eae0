//! `backfill`: measures old commits of the default branch, and records each as soon as it has been
//! measured.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::commands::terminal::{self, BOLD, DIM, RED, Terminal};
use crate::commands::{Exit, signals};
use crate::error::Context as _;
use crate::git::{Id, without_credentials};
use crate::recording::backfill::{self, Failure, Failures, Stop, Task, Workplace};
use crate::store::{Snapshot, Survey};
use crate::{Error, Monitor, Result, cli};

/// The commits to measure, and the number of those that are skipped.
struct Work {
    commits: Vec<Id>,
    /// The number of commits that have a snapshot of the suite.
    recorded: usize,
    /// The number of commits at which the command failed before.
    failed: usize,
}

/// The result.
#[derive(Default)]
struct Done {
    recorded: Vec<Value>,
    failed: Vec<(Id, Failure)>,
}

/// Finds the commits, measures them, and finally lists the failures.
pub(super) fn run(
    args: &cli::Backfill,
    monitor: &Monitor,
    terminal: &Terminal,
    exit: Exit,
) -> Result<()> {
    let work = work(args, monitor, terminal)?;
    if args.dry_run.is_set {
        return plan(args, &work, monitor, terminal);
    }
    let task = task(args, monitor, interruption(exit)?)?;
    let done = measure(&task, &work, monitor, terminal)?;
    crate::commands::push(args.push.remote.as_deref(), monitor, Timestamp::now())?;
    if args.output.json {
        terminal.json(&json(args, &work, &done))?;
    } else {
        say(args, &work, &done, terminal);
    }
    if done.recorded.is_empty() && !done.failed.is_empty() {
        let commits = terminal::count(done.failed.len(), "commit");
        return Err(Error::new(format!("nothing was recorded: the command failed at {commits}"))
            .hint("try it in your own work tree, or at one commit with `--since HEAD --retry`"));
    }
    Ok(())
}

/// covatlas's folder in the repository.
fn own(monitor: &Monitor) -> PathBuf {
    monitor.repo().folder().join("covatlas")
}

/// The selected commits that have not been measured.
fn work(args: &cli::Backfill, monitor: &Monitor, terminal: &Terminal) -> Result<Work> {
    let failures = Failures::load(&own(monitor));
    let tip = monitor.default_branch()?.tip;
    let wanted = backfill::wanted(monitor.repo(), tip, args.every, args.since.as_deref())?;
    let Survey { parts, damage } = monitor.store()?.survey()?;
    terminal.warn_all(&damage.sentences());
    let stored = parts.into_iter().filter(|part| part.key.suite == args.suite);
    let stored: BTreeSet<Id> = stored.map(|part| part.key.commit).collect();
    let (recorded, open): (Vec<Id>, Vec<Id>) =
        wanted.into_iter().partition(|commit| stored.contains(commit));
    let gave_up = |commit: &Id| !args.retry && failures.has(&args.suite, *commit, &args.command);
    let (failed, commits): (Vec<Id>, Vec<Id>) = open.into_iter().partition(gave_up);
    Ok(Work { commits, recorded: recorded.len(), failed: failed.len() })
}

fn plan(args: &cli::Backfill, work: &Work, monitor: &Monitor, terminal: &Terminal) -> Result<()> {
    if args.output.json {
        let mut value = json(args, work, &Done::default());
        value["commits"] = json!(work.commits);
        return terminal.json(&value);
    }
    for commit in &work.commits {
        let known = monitor.repo().commit(*commit)?;
        let (date, subject) = (terminal::time(known.time), terminal::plain(&known.subject));
        terminal.stdout(format_args!("{BOLD}{}{BOLD:#} {} {subject}", commit.short(), &date[..10]));
    }
    terminal.status(format_args!(
        "would measure {}{}",
        terminal::count(work.commits.len(), "commit"),
        passed_over(work)
    ));
    Ok(())
}

fn task(args: &cli::Backfill, monitor: &Monitor, stop: Stop) -> Result<Task> {
    Ok(Task {
        command: args.command.clone(),
        reports: args.reports.clone(),
        suite: args.suite.clone(),
        branch: monitor.default_branch()?.name,
        now: Timestamp::now(),
        jobs: args.jobs,
        stop,
    })
}

fn measure(task: &Task, work: &Work, monitor: &Monitor, terminal: &Terminal) -> Result<Done> {
    let own = own(monitor);
    let place = Workplace::take(monitor.repo(), &own)?;
    let mut failures = Failures::load(&own);

    let mut done = Done::default();
    let bar = terminal.progress("measuring", Some(work.commits.len() as u64));
    let ran = place.run(task, monitor.config(), work.commits.clone(), |commit, outcome| {
        match outcome {
            Ok(snapshot) => {
                monitor.put(&snapshot, Timestamp::now())?;
                failures.forget(&task.suite, commit)?;
                bar.suspend(|| terminal.progress_note(recorded(&snapshot)));
                done.recorded.push(entry(&snapshot));
            }
            Err(failure) => {
                failures.add(&task.suite, commit, &task.command)?;
                let reason = terminal::plain(&failure.reason);
                bar.suspend(|| {
                    terminal.progress_note(format_args!("{} failed: {reason}", commit.short()));
                });
                done.failed.push((commit, failure));
            }
        }
        bar.inc(1);
        Ok(())
    });
    bar.finish_and_clear();
    ran?;
    if task.is_stopped() {
        let recorded = terminal::count(done.recorded.len(), "commit");
        return Err(Error::new(format!("interrupted after {recorded}, which are recorded"))
            .hint("run the same command again to continue"));
    }
    Ok(done)
}

/// Makes Ctrl-C, SIGTERM and SIGHUP end the commands and remove the worktrees. The second signal
/// kills the commands, and the third one ends this process at once.
fn interruption(exit: Exit) -> Result<Stop> {
    let stop = Stop::default();
    let asked = stop.clone();
    let handler = move || {
        if asked.ask() > 1 {
            exit(130);
        }
    };
    signals::listen(handler).during(|| "cannot listen for Ctrl-C".to_owned())?;
    Ok(stop)
}

/// Formats `1f2e3d4 lines 85.6%, branches 70.1%`.
fn recorded(snapshot: &Snapshot) -> String {
    let totals = snapshot.run.totals.iter();
    let figures: Vec<String> =
        totals.map(|(name, tally)| format!("{name} {}", terminal::percent(tally))).collect();
    format!("{} {}", snapshot.key.commit.short(), figures.join(", "))
}

fn entry(snapshot: &Snapshot) -> Value {
    json!({
        "commit": snapshot.key.commit,
        "dimensions": snapshot.run.totals,
        "files": snapshot.files.len(),
        "unmatched": snapshot.run.unmatched.len(),
        "warnings": snapshot.run.warnings,
    })
}

fn passed_over(work: &Work) -> String {
    let said = |count: usize, why: &str| (count > 0).then(|| format!("; {count} {why}"));
    let recorded = said(work.recorded, "recorded before").unwrap_or_default();
    recorded + &said(work.failed, "failed before (--retry)").unwrap_or_default()
}

fn say(args: &cli::Backfill, work: &Work, done: &Done, terminal: &Terminal) {
    for (commit, failure) in &done.failed {
        terminal.warn(format_args!(
            "{RED}{}{RED:#} failed: {}",
            commit.short(),
            terminal::plain(&failure.reason)
        ));
        for line in &failure.output {
            terminal.progress_note(format_args!("  {DIM}{}{DIM:#}", terminal::plain(line)));
        }
    }
    let (recorded, failed) = (terminal::count(done.recorded.len(), "commit"), done.failed.len());
    let suite = terminal::plain(&args.suite);
    terminal.status(format_args!(
        "recorded {recorded} in the suite {suite}, {failed} failed{}",
        passed_over(work)
    ));
    crate::commands::say_pushed(args.push.remote.as_deref(), terminal);
}

fn json(args: &cli::Backfill, work: &Work, done: &Done) -> Value {
    let failed = done.failed.iter().map(|(commit, failure)| {
        json!({
            "commit": commit,
            "reason": failure.reason,
            "output": failure.output,
        })
    });
    let result = match (args.dry_run.is_set, done.recorded.is_empty(), done.failed.is_empty()) {
        (true, ..) => "dry-run",
        (_, false, _) => "recorded",
        (_, true, false) => "failed",
        (_, true, true) => "unchanged",
    };
    let mut answer = json!({
        "schema": "covatlas/backfill/1",
        "result": result,
        "suite": args.suite,
        "recorded": done.recorded,
        "failed": failed.collect::<Vec<_>>(),
        "skipped": { "recorded": work.recorded, "failed": work.failed },
        "warnings": [],
    });
    if let Some(remote) = args.push.remote.as_ref().filter(|_| !args.dry_run.is_set) {
        answer["pushed"] = json!(without_credentials(remote));
    }
    answer
}
