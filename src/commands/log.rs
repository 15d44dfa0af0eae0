//! `log`: lists the snapshots of the default branch.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::json;

use crate::analysis::differential::Differential;
use crate::analysis::{Sources, patch};
use crate::commands::terminal::{self, BOLD, DIM, GREEN, RED, Terminal};
use crate::git::Id;
use crate::history::{History, Point, SuiteSource};
use crate::report::{Dimension, Tallies, Tally, TestSummary};
use crate::store::Damage;
use crate::{Monitor, Result, cli, parallel};

/// A snapshot in JSON.
#[derive(Serialize)]
struct Entry<'a> {
    commit: Id,
    time: String,
    subject: &'a str,
    /// The suites that were recorded at this commit.
    suites: Vec<&'a str>,
    /// The suites whose older result was carried forward.
    carried: Vec<&'a str>,
    dimensions: &'a Tallies,
    /// The tests that ran at this commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    tests: Option<TestSummary>,
    /// What changed since the snapshot before, if requested and known.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    change: Option<Change<'a>>,
}

/// The change made by a snapshot.
#[derive(Serialize)]
struct Change<'a> {
    /// The coverage of the added code.
    patch: Tallies,
    /// The categories of everything in the files that it changed.
    categories: &'a Differential,
}

/// Lists the points of the timeline.
pub(super) fn run(args: &cli::Log, monitor: &Monitor, terminal: &Terminal) -> Result<()> {
    crate::commands::fetch_missing_objects(monitor, terminal)?;
    let mut history = monitor.history()?;
    let patches =
        if args.patch { patches(&mut history, monitor, terminal)? } else { BTreeMap::new() };
    if args.output.json {
        let entries: Vec<_> = history
            .points
            .iter()
            .enumerate()
            .map(|(at, point)| entry(point, patches.get(&at)))
            .collect();
        return terminal.json(&json!({
            "schema": "covatlas/log/1",
            "branch": history.branch,
            "snapshots": entries,
            "warnings": history.problems(),
        }));
    }
    if history.points.is_empty() {
        let branch = terminal::plain(&history.branch);
        terminal.progress_note(format_args!(
            "no snapshot of the branch `{branch}` yet: `covatlas record` makes one"
        ));
        if let Some(fetch) = monitor.fetch_command()? {
            terminal.progress_note(format_args!(
                "those that a remote may have come with `{}`",
                terminal::plain(&fetch)
            ));
        }
    }
    terminal.warn_all(&history.problems());
    for (at, point) in history.points.iter().enumerate().rev() {
        let before = at.checked_sub(1).map(|before| &history.points[before].totals);
        let patch = patches.get(&at).map(Differential::patch);
        terminal.stdout(line(point, before, patch.as_ref()));
    }
    Ok(())
}

/// The changes made by every snapshot but the first. A snapshot that cannot be read is left out,
/// with a warning.
fn patches(
    history: &mut History,
    monitor: &Monitor,
    terminal: &Terminal,
) -> Result<BTreeMap<usize, Differential>> {
    let store = monitor.store()?;
    let points: Vec<usize> = (1..history.points.len()).collect();
    let bar =
        terminal.progress("comparing each snapshot with the one before", Some(points.len() as u64));
    let (mut patches, mut damage) = (BTreeMap::new(), Damage::default());
    Sources::new(monitor.repo(), &store).objects().map_ordered(
        &points,
        parallel::BATCH_IO,
        |sources, &at| Ok(patch::patch(sources, history, at)),
        |&at, patch| {
            bar.inc(1);
            let what = format_args!("the patch of {}", history.points[at].commit.id.short());
            patches.extend(damage.readable(what, patch).map(|patch| (at, patch.counts)));
            Ok(())
        },
    )?;
    bar.finish_and_clear();
    history.damage.extend(&damage);
    Ok(patches)
}

fn entry<'a>(point: &'a Point, change: Option<&'a Differential>) -> Entry<'a> {
    Entry {
        change: change.map(|categories| Change { patch: categories.patch(), categories }),
        commit: point.commit.id,
        time: terminal::time(point.commit.time),
        subject: &point.commit.subject,
        suites: recorded(point),
        carried: suites(point, |source| matches!(source, SuiteSource::Carried { .. })).collect(),
        dimensions: &point.totals,
        tests: point.tests(),
    }
}

/// The suites for which coverage or tests were recorded.
fn recorded(point: &Point) -> Vec<&str> {
    let measured = suites(point, |source| matches!(source, SuiteSource::Measured));
    let tested = point.tested.iter().map(|tested| tested.part.key.suite.as_str());
    measured.chain(tested).collect::<BTreeSet<_>>().into_iter().collect()
}

fn suites(point: &Point, which: impl Fn(SuiteSource) -> bool) -> impl Iterator<Item = &str> {
    point.suites.iter().filter(move |suite| which(suite.source)).map(|suite| suite.name.as_str())
}

/// Formats `1f2e3d4 2024-01-01  lines 85.6% +0.3  branches …  patch 5 of 6  subject`.
fn line(point: &Point, before: Option<&Tallies>, patch: Option<&Tallies>) -> String {
    let date = terminal::time(point.commit.time);
    let measured = |dimension: &&Dimension| point.totals.get(dimension).is_some();
    let mut shown: Vec<&Dimension> =
        [&Dimension::Lines, &Dimension::Branches].into_iter().filter(measured).collect();
    if shown.is_empty() {
        // For example if there are only mutants.
        shown.extend(point.totals.iter().map(|(dimension, _)| dimension).take(2));
    }
    let figures: String = shown
        .into_iter()
        .filter_map(|dimension| {
            let now = point.totals.get(dimension)?;
            let change = before
                .and_then(|before| before.get(dimension))
                .map(|before| difference(before, now, *dimension));
            let name = dimension.name();
            Some(format!(
                "  {DIM}{name}{DIM:#} {:>6} {}",
                terminal::percent(now),
                change.unwrap_or_else(|| " ".repeat(11))
            ))
        })
        .collect();
    let figures =
        if figures.is_empty() { format!("  {DIM}{:<28}{DIM:#}", "no coverage") } else { figures };
    let tests = point.tests().map(|tests| format!("  {}", tested(&tests))).unwrap_or_default();
    let patch =
        patch.map(|patch| format!("  {DIM}patch{DIM:#} {:<12}", added(patch))).unwrap_or_default();
    let commit = point.commit.id.short();
    let subject = terminal::plain(&point.commit.subject);
    format!("{BOLD}{commit}{BOLD:#} {}{figures}{patch}{tests}  {subject}", &date[..10])
}

/// Formats the covered and all added lines: `5 of 6`.
fn added(patch: &Tallies) -> String {
    patch
        .get(&Dimension::Lines)
        .map_or("no code".to_owned(), |Tally { covered, total }| format!("{covered} of {total}"))
}

/// Formats `120 tests, 2 failed`. Tests that could not be run count as failed.
fn tested(tests: &TestSummary) -> String {
    let count = terminal::count(tests.totals.tests as usize, "test");
    match tests.totals.failures.saturating_add(tests.totals.errors) {
        0 => count,
        failed => format!("{count}, {RED}{failed} failed{RED:#}"),
    }
}

/// Formats a change, 11 wide: in percentage points, or, if these would be 0.0, as the change of
/// uncovered units.
fn difference(before: Tally, now: Tally, dimension: Dimension) -> String {
    let points = now.percent().unwrap_or_default() - before.percent().unwrap_or_default();
    let uncovered = i128::from(now.missed()) - i128::from(before.missed());
    let sign = |better: bool| if better { "+" } else { "−" };
    let (better, text) = if points.abs() >= 0.05 {
        (points > 0.0, format!("{}{:.1}", sign(points > 0.0), points.abs()))
    } else if uncovered != 0 {
        let unit = if uncovered.abs() == 1 { dimension.unit() } else { dimension.name() };
        (uncovered < 0, format!("{}{} {unit}", sign(uncovered < 0), uncovered.abs()))
    } else {
        return format!("{:<11}", "same");
    };
    let colour = if better { GREEN } else { RED };
    format!("{colour}{text:<11}{colour:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_differences_are_counts() {
        let shown = |before: (u64, u64), now: (u64, u64)| {
            let tally = |(covered, total)| Tally { covered, total };
            let text = difference(tally(before), tally(now), Dimension::Lines);
            anstream::adapter::strip_str(&text).to_string().trim_end().to_owned()
        };
        assert_eq!(shown((50, 100), (60, 100)), "+10.0");
        assert_eq!(shown((60, 100), (50, 100)), "−10.0");
        assert_eq!(shown((5000, 10_000), (5001, 10_000)), "+1 line");
        assert_eq!(shown((5000, 10_000), (4998, 10_000)), "−2 lines");
        assert_eq!(shown((5, 10), (5, 10)), "same");
    }
}
