//! What the figures rest on: what was merged, carried, missing, incomplete, unmatched, dirty, cut off; and the rules in words.

use serde::Serialize;

use super::{Nav, Page};
use crate::Result;
use crate::history::{SuiteSource, SuiteState};
use crate::site::suites::{self, Card};
use crate::site::{Context, Head, Scripts, Sink, figures, urls};
use crate::store::Run;

/// The trust page.
pub const PAGE: Page = Page {
    name: "trust",
    nav: Some(Nav { group: "About this report", href: PATH, label: "Trust", count: None }),
    render,
};

const PATH: &str = "trust/index.html";

/// Longer lists are cut, and say so.
const MOST: usize = 500;

#[derive(Serialize)]
struct View {
    first: String,
    rest: String,
    short: String,
    suites: Vec<Card>,
    parts_rows: Vec<Part>,
    unmatched: Vec<Path>,
    unmatched_more: usize,
    dirty: Vec<Dirty>,
    warnings: Vec<Warning>,
    warnings_more: usize,
    branch: String,
    branch_from: String,
    shallow: bool,
    snapshots: String,
    first_day: i64,
    last_day: i64,
    skipped: String,
    unmeasured: Option<String>,
    aside: String,
    method: String,
    recording: String,
}

/// A part of a suite, as it was recorded.
#[derive(Serialize)]
struct Part {
    suite: String,
    part: String,
    /// The commit it was measured at, abbreviated, with its page.
    short: String,
    href: Option<String>,
    tool: String,
    /// Formats and abbreviated digests of the reports.
    inputs: Vec<Input>,
    root: Option<String>,
    figures: String,
}

#[derive(Serialize)]
struct Input {
    format: String,
    digest: String,
    short: String,
}

#[derive(Serialize)]
struct Path {
    path: String,
    nearest: Option<String>,
    nearest_href: Option<String>,
    suite: String,
}

#[derive(Serialize)]
struct Dirty {
    path: String,
    suite: String,
}

#[derive(Serialize)]
struct Warning {
    place: String,
    message: String,
}

fn render(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    let head = Head {
        path: PATH,
        template: "trust.html",
        title: "Trust",
        kind: "trust",
        nav: PATH,
        scripts: Scripts::Plain,
        prev: None,
        next: None,
    };
    context.page(sink, &head, &view(context))
}

fn view(context: &Context) -> View {
    let (history, latest) = (context.atlas.history, context.latest);
    let mut unmatched = unmatched(context);
    let unmatched_count = unmatched.len();
    unmatched.truncate(MOST);
    let dirty: Vec<Dirty> = runs(context)
        .flat_map(|(suite, _, run)| {
            run.dirty.iter().map(|path| Dirty { path: path.clone(), suite: suite.name.clone() })
        })
        .collect();
    let mut warnings = warnings(context);
    let warnings_count = warnings.len();
    warnings.truncate(MOST);
    let skipped: usize = history.points.iter().map(|point| point.skipped.len()).sum();
    let (first, rest) =
        opening(context, &[(unmatched_count, "unmatched path"), (dirty.len(), "file"), (warnings_count, "warning")]);
    View {
        first,
        rest,
        short: latest.commit.id.short(),
        suites: suites::cards(context.atlas.config, history, latest),
        parts_rows: parts(context),
        unmatched,
        unmatched_more: unmatched_count.saturating_sub(MOST),
        dirty,
        warnings,
        warnings_more: warnings_count.saturating_sub(MOST),
        branch: history.branch.clone(),
        branch_from: history.branch_from.clone(),
        shallow: history.shallow,
        snapshots: figures::counted(history.points.len() as u64, "snapshot"),
        first_day: history.points[0].commit.time,
        last_day: latest.commit.time,
        skipped: figures::counted(skipped as u64, "commit"),
        unmeasured: (!history.unmeasured.is_empty())
            .then(|| figures::counted(history.unmeasured.len() as u64, "newer commit")),
        aside: figures::counted(history.aside.len() as u64, "snapshot"),
        method: urls::relative(PATH, "guide/method.html"),
        recording: urls::relative(PATH, "guide/recording.html"),
    }
}

/// What a reader has to know first, then the rest of it.
fn opening(context: &Context, counts: &[(usize, &str); 3]) -> (String, String) {
    let suites = &context.latest.suites;
    let measured: Vec<&SuiteState> = suites.iter().filter(|suite| suite.source == SuiteSource::Measured).collect();
    let others = suites.len() - measured.len();
    let incomplete = measured.iter().filter(|suite| !suite.is_complete()).count();
    let mut worries = Vec::new();
    if others > 0 {
        worries.push(format!(
            "{} of {} were not measured at this commit",
            others,
            figures::counted(suites.len() as u64, "suite")
        ));
    }
    if incomplete > 0 {
        worries.push(format!("{} not complete", is_are(incomplete, "suite")));
    }
    let [(unmatched, _), (dirty, _), (warnings, _)] = *counts;
    if unmatched > 0 {
        worries.push(format!(
            "{} no file",
            if unmatched == 1 {
                "1 path matches".to_owned()
            } else {
                format!("{} paths match", figures::count(unmatched as u64))
            }
        ));
    }
    if dirty > 0 {
        worries.push(format!("{} changed after the commit", is_are(dirty, "measured file")));
    }
    if context.atlas.history.shallow {
        worries.push("the history is cut off".to_owned());
    }
    if warnings > 0 {
        worries.push(format!("there {} to read", is_are_there(warnings)));
    }
    let commit = context.latest.commit.id.short();
    if worries.is_empty() {
        let first = "Every suite was measured at this commit, and every path was matched.".to_owned();
        return (first, format!("Nothing about snapshot {commit} was guessed, carried over or left out."));
    }
    let joined = match worries.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        all => all.join(""),
    };
    let first = joined[..1].to_uppercase() + &joined[1..] + ".";
    (first, format!("What this means for the figures of snapshot {commit} stands below, case by case."))
}

fn is_are(count: usize, unit: &str) -> String {
    format!("{} {}", figures::counted(count as u64, unit), if count == 1 { "is" } else { "are" })
}

fn is_are_there(warnings: usize) -> String {
    format!("{} {}", if warnings == 1 { "is" } else { "are" }, figures::counted(warnings as u64, "warning"))
}

/// The runs of the newest point with the point they were measured at: for a carried or missing suite, an earlier one.
fn runs<'a>(context: &'a Context) -> impl Iterator<Item = (&'a SuiteState, usize, &'a Run)> {
    let points = &context.atlas.history.points;
    context.latest.suites.iter().flat_map(move |suite| {
        let at = match suite.source {
            SuiteSource::Measured => points.len() - 1,
            SuiteSource::Carried { from, .. } => from,
            SuiteSource::Missing { last } => last,
        };
        let there = points.get(at).and_then(|point| point.suites.iter().find(|there| there.name == suite.name));
        there.into_iter().flat_map(move |there| there.runs.iter().map(move |run| (there, at, run)))
    })
}

fn parts(context: &Context) -> Vec<Part> {
    let mut number = (String::new(), 0);
    let part = |(suite, at, run): (&SuiteState, usize, &Run)| {
        if number.0 == suite.name {
            number.1 += 1
        } else {
            number = (suite.name.clone(), 0)
        }
        let commit = context.atlas.history.points[at].commit.id;
        Part {
            suite: suite.name.clone(),
            part: suite.parts.get(number.1).map_or_else(String::new, |stored| stored.key.part.clone()),
            short: commit.short(),
            href: context.commit_link(PATH, commit),
            tool: run.tool.clone(),
            inputs: run.inputs.iter().map(input).collect(),
            root: run.root.clone(),
            figures: run.totals.iter().next().map_or_else(String::new, |(dimension, tally)| {
                format!("{} of {}", figures::count(tally.covered), figures::counted(tally.total, dimension.unit()))
            }),
        }
    };
    runs(context).map(part).collect()
}

fn input(input: &crate::store::Input) -> Input {
    let short = input.digest.chars().take(12).collect();
    Input { format: input.format.clone(), digest: input.digest.clone(), short }
}

fn unmatched(context: &Context) -> Vec<Path> {
    let measured = context.atlas.history.files_at(context.atlas.history.points.len() - 1);
    let mut paths = Vec::new();
    for (suite, _, run) in runs(context) {
        for unmatched in &run.unmatched {
            let nearest = unmatched.nearest.clone();
            let known = nearest.as_deref().filter(|nearest| measured.contains_key(nearest));
            paths.push(Path {
                nearest_href: known.and_then(|nearest| context.file_link(PATH, nearest)),
                nearest,
                path: unmatched.path.clone(),
                suite: suite.name.clone(),
            });
        }
    }
    paths
}

fn warnings(context: &Context) -> Vec<Warning> {
    let timeline = context.atlas.history.warnings.iter();
    let timeline = timeline.map(|message| Warning { place: "timeline".to_owned(), message: message.clone() });
    let reports = runs(context).flat_map(|(suite, _, run)| {
        run.warnings.iter().map(|warning| Warning {
            place: match warning.line {
                Some(line) => format!("{}, line {} of the report", suite.name, figures::count(line)),
                None => suite.name.clone(),
            },
            message: warning.message.clone(),
        })
    });
    timeline.chain(reports).collect()
}
