//! Selects the commits of the default branch that a backfill measures.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use crate::Result;
use crate::git::{Id, Repo};

/// The selected commits of the default branch, newest first.
///
/// Selects every `every`-th commit, counted from the oldest, so that the selection does not change
/// when the branch grows. `since` is a date (`2024-01-31`, or a time in RFC 3339) or a revision,
/// which is included.
///
/// # Errors
/// If `since` is neither.
pub fn wanted(repo: &Repo, tip: Id, every: usize, since: Option<&str>) -> Result<Vec<Id>> {
    let chain = repo.first_parents(tip)?;
    let end = since.map(|since| end(repo, &chain, since)).transpose()?.unwrap_or(chain.len());
    let oldest = chain.len() - 1;
    let chosen = |(at, _): &(usize, &Id)| (oldest - at).is_multiple_of(every.max(1));
    Ok(chain[..end].iter().enumerate().filter(chosen).map(|(_, commit)| *commit).collect())
}

/// The number of commits, newest first, that are not older than a date or a revision.
fn end(repo: &Repo, chain: &[Id], since: &str) -> Result<usize> {
    if let Some(time) = time(since) {
        let mut end = 0;
        for (at, commit) in chain.iter().enumerate() {
            // Clocks may be wrong, so the list ends at the oldest commit that is young enough.
            if repo.commit(*commit)?.time >= time {
                end = at + 1;
            }
        }
        return Ok(end);
    }
    let revision = repo
        .resolve(since)
        .map_err(|error| error.hint("--since takes a date, 2024-01-31, or a revision"))?;
    if let Some(at) = chain.iter().position(|commit| *commit == revision) {
        return Ok(at + 1);
    }
    // For a commit beside the branch, the list ends where the two meet.
    for (at, commit) in chain.iter().enumerate() {
        if repo.is_ancestor(*commit, revision)? {
            return Ok(at + 1);
        }
    }
    Ok(chain.len())
}

fn time(text: &str) -> Option<i64> {
    let date = || Offset::UTC.to_timestamp(text.parse::<Date>().ok()?.at(0, 0, 0, 0)).ok();
    let time = if text.len() == 10 { date() } else { text.parse().ok() };
    time.map(Timestamp::as_second)
}
