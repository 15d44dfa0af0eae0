//! Reads ahead what the walk along the timeline will need. The walk itself is sequential, and
//! reading is most of its work.
//!
//! What cannot be read here is left out; the walk then reads it itself, and reports what is wrong
//! with it.

use std::collections::{BTreeMap, HashMap};

use crate::git::{Change, Id, Renames, Trees};
use crate::history::Sources;
use crate::history::off_timeline::Timeline;
use crate::report::Tallies;
use crate::store::{self, Stored};

/// The trees of a part at the measurement before (none: there is none) and at this one.
pub(crate) type Pair = (Option<Id>, Option<Id>);

/// The objects that were read for a point.
#[derive(Default)]
pub(crate) struct Ahead {
    /// The sources that differ from those of the point before.
    pub(crate) sources: Option<Vec<Change>>,
    /// The records that differ between the trees of parts.
    pub(crate) records: HashMap<Pair, Vec<Change>>,
    /// The figures of those that came.
    pub(crate) figures: HashMap<Id, Figures>,
}

/// The totals of a record on its own.
#[derive(Clone)]
pub(crate) struct Figures {
    /// The text that was measured, where it is known.
    pub(crate) source: Option<Id>,
    pub(crate) tallies: Tallies,
}

/// A point to read for.
pub(crate) struct Wanted {
    pub(crate) place: usize,
    before: Option<usize>,
    parts: Vec<Pair>,
}

impl Wanted {
    /// The points after a place, or all, in order. `on` is what was recorded at each.
    pub(crate) fn after(place: Option<usize>, on: &BTreeMap<usize, Vec<Stored>>) -> Vec<Self> {
        let (mut before, mut last) = (None, BTreeMap::<&str, BTreeMap<&str, Option<Id>>>::new());
        let mut wanted = Vec::new();
        for (&at, stored) in on {
            let mut now = BTreeMap::<&str, BTreeMap<&str, Option<Id>>>::new();
            for Stored { key, files, .. } in stored.iter().filter(|part| part.files.is_some()) {
                now.entry(&key.suite).or_default().insert(&key.part, *files);
            }
            let tree_before =
                |suite: &str, part: &str| last.get(suite)?.get(part).copied().flatten();
            let pairs = now.iter().flat_map(|(suite, parts)| {
                parts.iter().map(move |(part, tree)| (suite, part, *tree))
            });
            let parts = pairs.map(|(suite, part, tree)| (tree_before(suite, part), tree)).collect();
            if place.is_none_or(|place| at > place) {
                wanted.push(Self { place: at, before, parts });
            }
            last.extend(now);
            before = Some(at);
        }
        wanted
    }
}

/// Reads for points that follow one another.
pub(crate) fn read(sources: &Sources<'_>, timeline: &Timeline, wanted: &[Wanted]) -> Vec<Ahead> {
    let trees = Trees::new(sources.repo);
    let ahead = |wanted: &Wanted| {
        let mut ahead = Ahead::default();
        let (old, new) =
            (wanted.before.map(|place| timeline.commit(place)), timeline.commit(wanted.place));
        ahead.sources = trees.diff(old, Some(new), Renames::Ignore).ok();
        for &(old, new) in &wanted.parts {
            let Ok(changes) = store::changes(&trees, old, new) else { continue };
            for blob in
                changes.iter().filter_map(|change| change.new.as_ref()).map(|file| file.blob)
            {
                if let Ok(record) = sources.store.record(blob) {
                    let figures =
                        Figures { source: record.source, tallies: record.coverage.tallies() };
                    ahead.figures.insert(blob, figures);
                }
            }
            ahead.records.insert((old, new), changes);
        }
        ahead
    };
    wanted.iter().map(ahead).collect()
}
