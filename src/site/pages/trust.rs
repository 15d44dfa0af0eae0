//! Data quality: what was merged, carried forward, missing, incomplete, unmatched, changed or cut
//! off, and the rules in words.

mod paths;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Nav, Page, always};
use crate::Result;
use crate::history::{SuiteSource, SuiteState};
use crate::site::data_quality::{self, Unmatched, Warning, counted, runs, warnings};
use crate::site::suites::{self, Card};
use crate::site::{Context, Head, Scripts, Sink, format, urls};
use crate::store::{ByEnding, Run, SameRun};

/// The page on data quality; it keeps its first address, `trust/`.
pub const PAGE: Page = Page {
    name: "trust",
    nav: Some(Nav {
        group: "About this report",
        href: PATH,
        label: "Data quality",
        count: None,
        shown: always,
    }),
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
    unmatched: Vec<Unmatched>,
    unmatched_more: usize,
    foreign: Vec<paths::Foreign>,
    by_ending: Vec<ByEnding>,
    dirty: Vec<Dirty>,
    warnings: Vec<Warning>,
    warnings_more: usize,
    branch: String,
    branch_from: String,
    shallow: bool,
    partial: bool,
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
    name: String,
    /// The commit it was measured at, abbreviated, with its page.
    short: String,
    href: Option<String>,
    tool: String,
    /// Formats and abbreviated digests of the reports.
    inputs: Vec<Input>,
    /// The reports that did not count, since another one is of the same run.
    same_run: Vec<SameRun>,
    /// How the files were found, in words.
    found: Vec<String>,
    figures: String,
}

#[derive(Serialize)]
struct Input {
    format: String,
    digest: String,
    short: String,
}

#[derive(Serialize)]
struct Dirty {
    path: String,
    suite: String,
}

fn render(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    let head = Head {
        path: PATH,
        template: "trust.html",
        title: "Data quality",
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
    let mut unmatched = data_quality::unmatched(context, PATH);
    let unmatched_count = unmatched.len();
    unmatched.truncate(MOST);
    let dirty = dirty(context);
    let mut warnings = warnings(context);
    let warnings_count = warnings.len();
    warnings.truncate(MOST);
    let skipped: usize = history.points.iter().map(|point| point.skipped.len()).sum();
    let counts =
        Counts { unmatched: unmatched_count, dirty: dirty.len(), warnings: warnings_count };
    let (first, rest) = opening(context, &counts);
    View {
        first,
        rest,
        short: latest.commit.id.short(),
        suites: suites::cards(context.atlas.config, history, latest),
        parts_rows: parts(context),
        unmatched,
        unmatched_more: unmatched_count.saturating_sub(MOST),
        foreign: paths::foreign(context),
        by_ending: paths::by_ending(context),
        dirty,
        warnings,
        warnings_more: warnings_count.saturating_sub(MOST),
        branch: history.branch.clone(),
        branch_from: found(&history.branch_from),
        shallow: history.shallow,
        partial: history.partial,
        snapshots: format::counted(history.points.len() as u64, "snapshot"),
        first_day: history.points[0].commit.time,
        last_day: latest.commit.time,
        skipped: format::counted(skipped as u64, "commit"),
        unmeasured: (!history.unmeasured.is_empty())
            .then(|| format::counted(history.unmeasured.len() as u64, "newer commit")),
        aside: format::counted(history.aside.len() as u64, "snapshot"),
        method: urls::relative(PATH, "guide/method.html"),
        recording: urls::relative(PATH, "guide/recording.html"),
    }
}

/// What a reader has to know first, then the rest of it.
fn opening(context: &Context, counts: &Counts) -> (String, String) {
    let suites = &context.latest.suites;
    let old = suites.iter().filter(|suite| suite.source != SuiteSource::Measured).count();
    let incomplete = suites
        .iter()
        .filter(|suite| suite.source == SuiteSource::Measured && !suite.is_complete())
        .count();
    let say = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}.")),
        count => Some(format!("{} {many}.", format::count(count as u64))),
    };
    let all = format::counted(suites.len() as u64, "suite");
    let worries = [
        suites.is_empty().then(|| "No coverage was measured up to this commit.".to_owned()),
        (old > 0).then(|| {
            format!(
                "{old} of {all} {} not measured at this commit.",
                if old == 1 { "was" } else { "were" }
            )
        }),
        say(incomplete, "suite is not complete", "suites are not complete"),
        say(
            counts.unmatched,
            "path in the reports matches no file",
            "paths in the reports match no file",
        ),
        say(
            counts.dirty,
            "measured file differed from its commit",
            "measured files differed from their commit",
        ),
        context
            .atlas
            .history
            .shallow
            .then(|| "The clone is shallow: older history is missing.".to_owned()),
        say(counts.warnings, "warning", "warnings"),
    ];
    let mut worries = worries.into_iter().flatten();
    let commit = context.latest.commit.id.short();
    match worries.next() {
        Some(first) => (first, worries.collect::<Vec<_>>().join(" ")),
        None => (
            "Every suite was measured at this commit, and every path was matched.".to_owned(),
            format!("Nothing in snapshot {commit} was guessed, carried forward or left out."),
        ),
    }
}

/// How many things there are to know.
struct Counts {
    unmatched: usize,
    dirty: usize,
    warnings: usize,
}

/// How the default branch was found, in words.
fn found(how: &str) -> String {
    match how {
        "config" => "set in covatlas.toml".to_owned(),
        "remote HEAD" => "default branch of origin".to_owned(),
        "CI" => "named by CI".to_owned(),
        "main" | "master" => "usual name of the default branch".to_owned(),
        "current branch" => "currently checked out".to_owned(),
        other => other.to_owned(),
    }
}

fn parts(context: &Context) -> Vec<Part> {
    let mut number = (String::new(), 0);
    let latest = context.atlas.history.points.len() - 1;
    let of = |suite: &str, name: &str, at: usize, run: &Run| {
        let commit = context.atlas.history.points[at].commit.id;
        Part {
            suite: suite.to_owned(),
            name: name.to_owned(),
            short: commit.short(),
            href: context.commit_link(PATH, commit),
            tool: run.tool.clone(),
            inputs: run.inputs.iter().map(input).collect(),
            same_run: run.same_run.clone(),
            found: paths::how_found(run),
            figures: sums(run),
        }
    };
    let part = |(suite, at, run): (&SuiteState, usize, &Run)| {
        if number.0 == suite.name {
            number.1 += 1;
        } else {
            number = (suite.name.clone(), 0);
        }
        let name = suite.parts.get(number.1).map_or("", |stored| stored.key.part.as_str());
        of(&suite.name, name, at, run)
    };
    let measured: Vec<Part> = runs(context).map(part).collect();
    let tested = context.latest.tested.iter();
    let tested =
        tested.map(|tested| of(&tested.part.key.suite, &tested.part.key.part, latest, &tested.run));
    measured.into_iter().chain(tested).collect()
}

/// `4,219 of 4,924 lines, 120 tests`: the first dimension, and the tests.
fn sums(run: &Run) -> String {
    let dimension = run.totals.iter().next().map(|(dimension, tally)| {
        format!(
            "{} of {}",
            format::count(tally.covered),
            format::counted(tally.total, dimension.unit())
        )
    });
    let tests = run.tests.map(|tests| format::counted(tests.totals.tests, "test"));
    dimension.into_iter().chain(tests).collect::<Vec<_>>().join(", ")
}

fn input(input: &crate::store::Input) -> Input {
    let short = input.digest.chars().take(12).collect();
    Input { format: input.format.clone(), digest: input.digest.clone(), short }
}

/// Every changed file once, with the suites that measured it so.
fn dirty(context: &Context) -> Vec<Dirty> {
    let mut paths: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (suite, _, run) in counted(context) {
        for path in &run.dirty {
            paths.entry(path).or_default().insert(&suite.name);
        }
    }
    let dirty = |(path, suites): (&str, BTreeSet<&str>)| Dirty {
        path: path.to_owned(),
        suite: Vec::from_iter(suites).join(", "),
    };
    paths.into_iter().map(dirty).collect()
}
