//! `import`: turns the coverage history of another tool into snapshots.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::commands::terminal::{self, BOLD, DIM, Terminal};
use crate::git::without_credentials;
use crate::recording::import::{Imported, Matched, Origin};
use crate::report::histories;
use crate::store::{Put, Snapshot};
use crate::{Error, Monitor, Result, cli};

/// Reads the documents, stores new snapshots, and prints their origin.
pub(super) fn run(args: &cli::Import, monitor: &Monitor, terminal: &Terminal) -> Result<()> {
    let now = Timestamp::now();
    let imported = read(args, monitor, now, terminal)?;
    if imported.snapshots.is_empty() && imported.skipped.is_empty() {
        return Err(
            Error::new(format!("found no history in {}", args.paths.join(", "))).hint(known())
        );
    }
    let put =
        if args.dry_run.is_set { None } else { Some(monitor.put_all(&imported.snapshots, now)?) };
    if put.is_some() {
        crate::commands::push(args.push.remote.as_deref(), monitor, now)?;
    }
    if args.output.json {
        return terminal.json(&json(args, &imported, put.as_ref()));
    }
    say(args, &imported, put.as_ref(), terminal);
    Ok(())
}

fn read(
    args: &cli::Import,
    monitor: &Monitor,
    now: Timestamp,
    terminal: &Terminal,
) -> Result<Imported> {
    let mut import = monitor.import(histories::named(&args.history), &args.suite, now)?;
    let bar = terminal.progress("reading the history", None);
    for path in &args.paths {
        import.add(path, &mut || bar.inc(1))?;
    }
    bar.finish_and_clear();
    Ok(import.finish())
}

fn known() -> String {
    let each =
        histories::HISTORIES.iter().map(|history| format!("{} ({})", history.name, history.kept));
    format!("known histories: {}", each.collect::<Vec<_>>().join("; "))
}

/// The warning about commits that were found only by their time.
fn by_time(imported: &Imported) -> Option<String> {
    let count = imported.origins.iter().filter(|origin| origin.matched == Matched::Time).count();
    let snapshots = terminal::count(count, "snapshot");
    (count > 0).then(|| {
        format!(
            "{snapshots} of the history state no commit: each is taken for the newest commit of \
             the default branch at its time, which may be off by one"
        )
    })
}

fn say(args: &cli::Import, imported: &Imported, put: Option<&Put>, terminal: &Terminal) {
    for (from, reason) in &imported.skipped {
        terminal.warn(format_args!(
            "{} left out: {}",
            terminal::plain(from),
            terminal::plain(reason)
        ));
    }
    if let Some(warning) = by_time(imported) {
        terminal.warn(warning);
    }
    for (snapshot, Origin { from, time, .. }) in imported.snapshots.iter().zip(&imported.origins) {
        let time =
            time.map_or_else(|| " ".repeat(10), |time| terminal::time(time)[..10].to_owned());
        let totals = snapshot.run.totals.iter();
        let figures: Vec<String> =
            totals.map(|(name, tally)| format!("{name} {}", terminal::percent(tally))).collect();
        let (commit, figures) = (snapshot.key.commit.short(), figures.join(", "));
        terminal.status(format_args!(
            "{BOLD}{commit}{BOLD:#} {time} {figures}  {DIM}{}{DIM:#}",
            terminal::plain(from)
        ));
    }
    let (found, suite) =
        (terminal::count(imported.snapshots.len(), "snapshot"), terminal::plain(&args.suite));
    match put {
        None => terminal.status(format_args!("would import {found} into the suite {suite}")),
        Some(put) => {
            let (new, same) = (put.written.len(), put.unchanged.len());
            terminal.status(format_args!(
                "imported {new} of {found} into the suite {suite}; {same} were there already"
            ));
            crate::commands::say_pushed(args.push.remote.as_deref(), terminal);
        }
    }
}

fn json(args: &cli::Import, imported: &Imported, put: Option<&Put>) -> Value {
    let entry = |(snapshot, origin): (&Snapshot, &Origin)| {
        let mut entry = json!({
            "commit": snapshot.key.commit,
            "part": snapshot.key.part,
            "from": origin.from,
            "matched": match origin.matched { Matched::Id => "id", Matched::Time => "time" },
            "dimensions": snapshot.run.totals,
            "files": snapshot.files.len(),
            "unmatched": snapshot.run.unmatched.len(),
        });
        if let Some(time) = origin.time {
            entry["time"] = json!(terminal::time(time));
        }
        if let Some(put) = put {
            entry["result"] =
                json!(if put.unchanged.contains(&snapshot.key) { "unchanged" } else { "imported" });
        }
        entry
    };
    let result = match put {
        None => "dry-run",
        Some(put) if put.written.is_empty() => "unchanged",
        Some(_) => "imported",
    };
    let skipped =
        imported.skipped.iter().map(|(from, reason)| json!({ "from": from, "reason": reason }));
    let warnings = by_time(imported).into_iter();
    let mut answer = json!({
        "schema": "covatlas/import/1", "result": result, "suite": args.suite,
        "imported": imported.snapshots.iter().zip(&imported.origins).map(entry).collect::<Vec<_>>(),
        "skipped": skipped.collect::<Vec<_>>(), "warnings": warnings.collect::<Vec<_>>(),
    });
    if let (Some(_), Some(remote)) = (put, &args.push.remote) {
        answer["pushed"] = json!(without_credentials(remote));
    }
    answer
}
