//! Computes all analyses of a timeline. The commands, the library and the tests call this one
//! function, so that they cannot differ.

use std::collections::{BTreeMap, BTreeSet};
use std::thread::{self, ScopedJoinHandle};

use crate::analysis::ages::Uncovered;
use crate::analysis::change_requests::{self, ChangeRequest};
use crate::analysis::contributors::{self, Authors, Contributors, Shown};
use crate::analysis::groups::rules::Grouping;
use crate::analysis::groups::series::Groups;
use crate::analysis::line_histories::LineHistories;
use crate::analysis::patch_by_author::Patches;
use crate::analysis::{Analyses, People, Sources, biggest_changes, tree, trend};
use crate::git::{Blame, Id};
use crate::history::History;
use crate::{Result, parallel};

/// The inputs of the analyses that do not come from the timeline.
#[derive(Default)]
pub struct Request<'a> {
    /// How files are grouped.
    pub grouping: Grouping,
    /// Commits that a blame looks through.
    pub ignored: BTreeSet<Id>,
    /// The contributors to show, or `None` for no contributors.
    pub contributors: Option<Shown<'a>>,
}

/// Results of earlier runs, as bytes by the name of the cache.
#[derive(Debug, Default)]
pub struct Caches(pub BTreeMap<&'static str, Vec<u8>>);

impl Caches {
    /// The names of all caches.
    pub const NAMES: [&'static str; 4] = [LINES, CHANGE_REQUESTS, CONTRIBUTORS, BLAME];

    fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// Adds bytes that differ from those of the earlier run.
    fn extend(&mut self, name: &'static str, changed: Option<Vec<u8>>) {
        self.0.extend(changed.map(|bytes| (name, bytes)));
    }
}

/// The histories of lines.
const LINES: &str = "lines";

/// The files of snapshots beside the timeline.
const CHANGE_REQUESTS: &str = "branched";

/// The contributors.
const CONTRIBUTORS: &str = "contributors";

/// The blame of the newest files; `covatlas blame` shares it.
pub const BLAME: &str = "blame";

/// The number of files to list as the biggest changes; with fewer, the window is longer.
const MOVERS: usize = 8;

/// Computes the analyses of a timeline with at least one snapshot, from the results of an earlier
/// run where they still apply. Returns the caches that changed, for the next run.
///
/// Analyses that need no object run while the objects are read, and so does the blame.
pub fn assemble(
    sources: &Sources<'_>,
    history: &History,
    request: Request<'_>,
    caches: &Caches,
) -> Result<(Analyses, Caches)> {
    let Request { grouping, ignored, contributors: shown } = request;
    let mut changed = Caches::default();
    let kept = caches.get(CONTRIBUTORS).filter(|_| shown.is_some());
    let mut known = kept.map(contributors::Cached::read).unwrap_or_default();
    let objects = sources.objects();

    let (timeline, lines, branched, authors) = thread::scope(|scope| -> Result<_> {
        let timeline = parallel::start(scope, || OfTimeline::compute(history, grouping))?;
        let blame = || {
            let known = caches.get(BLAME);
            objects.with(|sources| contributors::blame(sources.repo, history, &ignored, known))
        };
        let blame = shown.as_ref().map(|_| parallel::start(scope, blame)).transpose()?;

        let lines = LineHistories::find(sources, history, caches.get(LINES));
        let branched = branched(sources, history, caches, &mut changed);
        let patches = || known.patches(sources, history, &ignored);
        let authors = blame.map(|blame| authors(blame, patches, history));
        Ok((parallel::join(timeline), lines, branched, authors))
    })?;
    let (lines, branched) = (lines?, branched?);
    changed.extend(LINES, lines.to_bytes());

    let mut people = |authors: Result<Authors>, shown: &Shown<'_>| -> Result<Contributors> {
        let mut authors = authors?;
        changed.extend(BLAME, authors.blame.cache.take());
        let found = Contributors::find(sources, history, &lines, authors, &mut known, shown)?;
        changed.extend(CONTRIBUTORS, known.to_bytes());
        Ok(found)
    };
    let contributors = match authors.zip(shown).map(|(authors, shown)| people(authors, &shown)) {
        None => People::Hidden,
        Some(Ok(contributors)) => People::Known(contributors),
        // A site without contributors is better than none, and has a warning.
        Some(Err(error)) => People::Unknown(error.chain().join(": ")),
    };
    let uncovered = Uncovered::of(history, &lines);
    let OfTimeline { trends, events, tree, movers, owners, components, grouping } = timeline;
    let analyses = Analyses {
        trends,
        events,
        tree,
        movers,
        owners,
        components,
        grouping,
        lines,
        uncovered,
        branched,
        contributors,
    };
    Ok((analyses, changed))
}

/// The analyses that need nothing but the timeline.
struct OfTimeline {
    trends: Vec<trend::Trend>,
    events: Vec<trend::Event>,
    tree: tree::Directory,
    movers: biggest_changes::Movers,
    owners: Groups,
    components: Groups,
    grouping: Grouping,
}

impl OfTimeline {
    fn compute(history: &History, grouping: Grouping) -> Self {
        Self {
            trends: trend::trends(history),
            events: trend::events(history),
            tree: tree::root(history),
            movers: biggest_changes::movers(history, MOVERS),
            owners: grouping.by_owner(history),
            components: grouping.by_component(history),
            grouping,
        }
    }
}

/// Waits for the blame, and finds the authors of patches in the meantime. In a partial clone it
/// waits first: the blame fetches in one batch what the patches need too.
fn authors(
    blame: ScopedJoinHandle<'_, Result<Blame>>,
    patches: impl FnOnce() -> Result<BTreeMap<usize, Patches>>,
    history: &History,
) -> Result<Authors> {
    if history.partial {
        let blame = parallel::join(blame)?;
        return Ok(Authors { blame, patches: patches()? });
    }
    let patches = patches();
    Ok(Authors { blame: parallel::join(blame)?, patches: patches? })
}

/// The snapshots beside the timeline.
fn branched(
    sources: &Sources<'_>,
    history: &History,
    caches: &Caches,
    changed: &mut Caches,
) -> Result<Vec<ChangeRequest>> {
    let mut known = change_requests::Cached::read(caches.get(CHANGE_REQUESTS));
    let found = change_requests::branched(sources, history, &mut known)?;
    changed.extend(CHANGE_REQUESTS, known.to_bytes());
    Ok(found)
}
