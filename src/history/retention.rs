//! Selects the snapshots to keep when old ones are thinned out, with a reason for each one that is
//! dropped.
//!
//! Ages are counted from the commit time of the newest snapshot and never from a clock, so that
//! thinning again drops nothing.
//!
//! | age of the commit | snapshots of the default branch that are kept |
//! |---|---|
//! | up to a month (30 days) | all |
//! | up to a quarter (91 days) | one per day |
//! | up to a year (365 days) | one per week, Monday to Sunday |
//! | older | one per calendar month |
//!
//! Days are those of UTC. The last snapshot of a period is kept, and the last one that has each of
//! its suites, so that a suite that is rarely measured is not lost to one that is always measured.
//! The newest snapshot and those of tagged commits are kept. Off the default branch (change
//! requests, other branches), a snapshot is kept for a month.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Serialize;

use crate::Result;
use crate::git::{Id, Repo};
use crate::store::{Store, Stored};

const DAY: i64 = 24 * 3600;
/// For how many days every snapshot stays.
const ALL: i64 = 30;
/// For how many days one a day stays.
const DAILY: i64 = 91;
/// For how many days one a week stays.
const WEEKLY: i64 = 365;

/// The snapshots of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The commit.
    pub commit: Id,
    /// Its committer time, seconds since 1970 UTC; where the commit is not in this clone, when it
    /// was recorded.
    pub time: i64,
    /// Its place on the default branch, counted from the oldest commit; none beside it.
    pub place: Option<usize>,
    /// Whether a tag points to it.
    pub tagged: bool,
    /// Its parts.
    pub parts: Vec<Stored>,
}

/// Why a snapshot is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Over a month old, and not the last of its day.
    OneADay,
    /// Over a quarter old, and not the last of its week.
    OneAWeek,
    /// Over a year old, and not the last of its month.
    OneAMonth,
    /// Beside the default branch, and over a month old.
    BranchSnapshot,
}

/// A stretch of time of which the last snapshot stays.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Period {
    /// Days since 1970.
    Day(i64),
    /// Weeks since the Monday before 1970.
    Week(i64),
    /// Months since the year 0.
    Month(i64),
}

/// The commits that have snapshots, by place on the default branch up to `tip`, then those beside
/// it by id.
pub fn dated(repo: &Repo, store: &Store<'_>, tip: Id) -> Result<Vec<Dated>> {
    let chain = repo.first_parents(tip)?;
    let places: HashMap<Id, usize> =
        chain.iter().rev().enumerate().map(|(place, &commit)| (commit, place)).collect();
    let tagged: BTreeSet<Id> = repo.tags()?.into_iter().map(|(commit, _)| commit).collect();
    let mut commits: BTreeMap<Id, Vec<Stored>> = BTreeMap::new();
    for part in store.list()? {
        commits.entry(part.key.commit).or_default().push(part);
    }
    let dated = |(commit, parts): (Id, Vec<Stored>)| {
        let time =
            repo.commit(commit).map_or_else(|_| recorded(store, &parts), |commit| commit.time);
        Dated {
            commit,
            time,
            place: places.get(&commit).copied(),
            tagged: tagged.contains(&commit),
            parts,
        }
    };
    let mut all: Vec<Dated> = commits.into_iter().map(dated).collect();
    all.sort_by_key(|dated| (dated.place.is_none(), dated.place));
    Ok(all)
}

/// When the last of the parts was recorded, for a commit that is not in this clone. What nobody can
/// date is as new as can be.
fn recorded(store: &Store<'_>, parts: &[Stored]) -> i64 {
    let at = |part| store.provenance(part).ok()?.recorded_at.parse::<Timestamp>().ok();
    parts
        .iter()
        .map(|part| at(part).map_or(i64::MAX, Timestamp::as_second))
        .max()
        .unwrap_or(i64::MAX)
}

/// The commits whose snapshots are to be dropped, with the reason, in the order of the list; none
/// where the default branch has no snapshot, which is then most likely not the right one.
pub fn outdated(all: &[Dated]) -> Vec<(&Dated, Reason)> {
    let mut ordered: Vec<&Dated> = all.iter().filter(|dated| dated.place.is_some()).collect();
    ordered.sort_by_key(|dated| dated.place);
    let Some(newest) = ordered.last().copied() else { return Vec::new() };
    let mut last: HashMap<(Period, &str), Id> = HashMap::new();
    for dated in ordered {
        let Some(period) = period(dated.time, newest.time) else { continue };
        // A later one takes its place.
        last.extend(
            dated.parts.iter().map(|part| ((period, part.key.suite.as_str()), dated.commit)),
        );
    }
    let reason = |dated: &Dated| match (dated.place, period(dated.time, newest.time)?) {
        _ if dated.tagged || dated.commit == newest.commit => None,
        (None, _) => Some(Reason::BranchSnapshot),
        (Some(_), period) => {
            let is_last =
                |part: &Stored| last.get(&(period, part.key.suite.as_str())) == Some(&dated.commit);
            (!dated.parts.iter().any(is_last)).then(|| period.reason())
        }
    };
    all.iter().filter_map(|dated| Some((dated, reason(dated)?))).collect()
}

impl Period {
    fn reason(self) -> Reason {
        match self {
            Self::Day(_) => Reason::OneADay,
            Self::Week(_) => Reason::OneAWeek,
            Self::Month(_) => Reason::OneAMonth,
        }
    }
}

/// The period of which one snapshot stays; none while every one does.
fn period(time: i64, now: i64) -> Option<Period> {
    let day = time.div_euclid(DAY);
    match now.saturating_sub(time) {
        age if age <= ALL * DAY => None,
        age if age <= DAILY * DAY => Some(Period::Day(day)),
        age if age <= WEEKLY * DAY => Some(Period::Week((day + 3).div_euclid(7))), // 1970 began on a Thursday
        _ => Some(Period::Month(month(time))),
    }
}

/// Months since the year 0. What the calendar does not reach is one month.
fn month(time: i64) -> i64 {
    Timestamp::from_second(time).map_or(i64::MIN, |time| {
        let date = Offset::UTC.to_datetime(time);
        i64::from(date.year()) * 12 + i64::from(date.month())
    })
}
