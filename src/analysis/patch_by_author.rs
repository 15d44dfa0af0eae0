//! Patch coverage by commit, and through the authors of the commits by person: who wrote the lines
//! that each snapshot's change added, and how many of them are covered.
//!
//! A point includes all commits since the point before, those of side branches too, so each line is
//! traced to the commit that wrote it.

use std::collections::{BTreeMap, BTreeSet};

use crate::Result;
use crate::analysis::Sources;
use crate::analysis::cache::{self, Cache, Digest};
use crate::analysis::patch::patch;
use crate::error::Context as _;
use crate::git::{Credit, Id};
use crate::history::History;
use crate::report::Tally;

/// Of so many of the newest points the patches are looked at: those further back say little of how
/// people write tests today.
pub const POINTS: usize = 250;

/// Added code lines, by the commit that wrote them.
pub type Patches = BTreeMap<Id, Tally>;

/// The patches of the newest points, by point.
pub fn authored(
    sources: &Sources<'_>,
    history: &History,
    ignored: &BTreeSet<Id>,
    known: &mut Cache<Patches>,
) -> Result<BTreeMap<usize, Patches>> {
    let first = history.points.len().saturating_sub(POINTS).max(1); // before the first point nothing is known
    let points: Vec<(usize, Digest)> =
        (first..history.points.len()).map(|at| (at, digest(history, at, ignored))).collect();
    known.fill(&sources.objects(), points.iter().copied(), |sources, &at| {
        patches(sources, history, at, ignored).map(Some)
    })?;
    Ok(points
        .into_iter()
        .filter_map(|(at, digest)| Some((at, known.get(&digest)?.clone())))
        .collect())
}

/// A digest of all that a point's patches are made from.
fn digest(history: &History, at: usize, ignored: &BTreeSet<Id>) -> Digest {
    let (before, point) = (&history.points[at - 1], &history.points[at]);
    cache::digest(|field| {
        [before.commit.id, point.commit.id].iter().chain(ignored).for_each(|id| field(id.as_raw()));
        for track in point.changed.iter().map(|&file| &history.files[file]) {
            let (before, after) = track.around(at);
            cache::list_state(field, before);
            cache::list_state(field, after);
        }
    })
}

fn patches(
    sources: &Sources<'_>,
    history: &History,
    at: usize,
    ignored: &BTreeSet<Id>,
) -> Result<Patches> {
    let attempt = || {
        format!("finding who wrote what snapshot {} added", history.points[at].commit.id.short())
    };
    let mut added: BTreeMap<String, Vec<(u32, u32)>> = BTreeMap::new();
    let mut hits: BTreeMap<String, BTreeMap<u32, bool>> = BTreeMap::new();
    for file in patch(sources, history, at)?.files.into_iter().filter(|file| file.lines.total > 0) {
        let Some(state) = history.files[file.file].at(at).filter(|state| state.source.is_some())
        else {
            continue;
        };
        let runs = file
            .hunks
            .iter()
            .filter(|hunk| hunk.new_count > 0)
            .map(|hunk| (hunk.new_start, hunk.new_count));
        added.insert(state.path.clone(), runs.collect());
        let lines = sources.merged(state)?.coverage.lines;
        hits.insert(
            state.path.clone(),
            lines.iter().map(|line| (line.number, line.hits.is_hit())).collect(),
        );
    }
    if added.is_empty() {
        return Ok(Patches::new());
    }
    let credits =
        sources.repo.credit(history.points[at].commit.id, &added, ignored).during(attempt)?;
    let mut patches = Patches::new();
    for (path, credits) in credits {
        for Credit { line, count, commit } in credits {
            let lines = hits[&path].range(line..line.saturating_add(count));
            let tally = lines.fold(Tally::default(), |sum, (_, &hit)| {
                sum + Tally { covered: hit.into(), total: 1 }
            });
            if tally.total > 0 {
                let sum = patches.entry(commit).or_default();
                *sum = *sum + tally;
            }
        }
    }
    Ok(patches)
}
