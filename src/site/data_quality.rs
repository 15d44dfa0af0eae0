//! Facts about the data behind the figures that several pages show: the runs that were merged, the
//! paths that match no file, and all warnings.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::analysis::People;
use crate::history::{SuiteSource, SuiteState};
use crate::site::{Context, format, message};
use crate::store::{self, Run};

/// A path that matches no file, the reason, and the file that it may have meant.
#[derive(Serialize)]
pub struct Unmatched {
    path: String,
    reason: Option<String>,
    nearest: Option<String>,
    nearest_href: Option<String>,
    suite: String,
}

/// Something that went wrong, and where.
#[derive(Serialize)]
pub struct Warning {
    place: String,
    message: String,
}

/// The runs of the newest point with the point they were measured at: for a carried or missing
/// suite, an earlier one.
pub fn runs<'a>(context: &'a Context) -> impl Iterator<Item = (&'a SuiteState, usize, &'a Run)> {
    let points = &context.atlas.history.points;
    context.latest.suites.iter().flat_map(move |suite| {
        let at = match suite.source {
            SuiteSource::Measured => points.len() - 1,
            SuiteSource::Carried { from, .. } => from,
            SuiteSource::Missing { last } => last,
        };
        let there = points
            .get(at)
            .and_then(|point| point.suites.iter().find(|there| there.name == suite.name));
        there.into_iter().flat_map(move |there| there.runs.iter().map(move |run| (there, at, run)))
    })
}

/// The runs that are part of the figures: those of missing suites are not.
pub fn counted<'a>(context: &'a Context) -> impl Iterator<Item = (&'a SuiteState, usize, &'a Run)> {
    let latest = &context.latest.suites;
    let missing = |name: &str| {
        latest
            .iter()
            .any(|suite| suite.name == name && matches!(suite.source, SuiteSource::Missing { .. }))
    };
    runs(context).filter(move |(suite, _, _)| !missing(&suite.name))
}

/// Every path once that matches no file and is no dependency's, with the suites whose reports name
/// it, and links from the page `from`.
pub fn unmatched(context: &Context, from: &str) -> Vec<Unmatched> {
    let mut paths: BTreeMap<&str, (Option<&store::Unmatched>, BTreeSet<&str>)> = BTreeMap::new();
    for (suite, _, run) in counted(context) {
        for unmatched in run.unmatched.iter().filter(|path| !path.is_foreign()) {
            let (first, suites) = paths.entry(&unmatched.path).or_default();
            *first = first.filter(|first| first.nearest.is_some()).or(Some(unmatched));
            suites.insert(&suite.name);
        }
    }

    let measured = context.atlas.history.files_at(context.atlas.history.points.len() - 1);
    let path = |(path, (first, suites)): (&str, (Option<&store::Unmatched>, BTreeSet<&str>))| {
        let nearest = first.and_then(|first| first.nearest.as_deref());
        let page = nearest.filter(|nearest| measured.contains_key(nearest));
        Unmatched {
            path: path.to_owned(),
            reason: first.and_then(|first| first.reason.clone()),
            nearest: nearest.map(str::to_owned),
            nearest_href: page.and_then(|nearest| context.file_link(from, nearest)),
            suite: Vec::from_iter(suites).join(", "),
        }
    };
    paths.into_iter().map(path).collect()
}

/// The warnings about the timeline and the reports.
pub fn warnings(context: &Context) -> Vec<Warning> {
    let timeline = context.atlas.history.problems().into_iter();
    let timeline = timeline.map(|message| Warning { place: "timeline".to_owned(), message });
    let measured = counted(context).map(|(suite, _, run)| (suite.name.as_str(), run));
    let tested =
        context.latest.tested.iter().map(|tested| (tested.part.key.suite.as_str(), &tested.run));
    let reports = measured.chain(tested).flat_map(|(suite, run)| {
        run.warnings.iter().map(move |warning| Warning {
            place: match warning.line {
                Some(line) => format!("{suite}, line {} of the report", format::count(line)),
                None => suite.to_owned(),
            },
            message: warning.message.clone(),
        })
    });
    let analyses = &context.atlas.analyses;
    let groups =
        analyses.grouping.warnings(&analyses.components).into_iter().map(|(file, warning)| {
            Warning {
                place: warning
                    .line
                    .map_or(file.clone(), |line| format!("{file}, line {}", format::count(line))),
                message: message::without_addresses(&warning.message),
            }
        });
    let unknown = match &analyses.contributors {
        People::Unknown(why) => Some(why),
        People::Hidden | People::Known(_) => None,
    };
    let unknown = unknown.map(|why| Warning {
        place: "contributors".to_owned(),
        message: message::without_addresses(&format!("cannot tell who changed the lines: {why}")),
    });
    let beyond = analyses.contributors.known().map(|known| known.beyond).filter(|lines| *lines > 0);
    let beyond = beyond.map(|lines| Warning {
        place: "contributors".to_owned(),
        message: format!(
            "{} may be older, and by someone else, than this shallow clone shows; run `git fetch --unshallow` to get the whole history \
             (in GitHub Actions: `fetch-depth: 0`)",
            format::counted(lines, "line")
        ),
    });
    timeline.chain(reports).chain(groups).chain(unknown).chain(beyond).collect()
}
