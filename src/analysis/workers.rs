//! Work that reads many objects, on two threads, in a fixed order.
//!
//! In: jobs, and a function that makes something of one with its own handle on the repository. Out: the results, one at
//! a time, in the order of the jobs. Few results wait at a time, so that memory stays bounded.

use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use super::{Diffs, Sources};
use crate::git::Repo;
use crate::store::Store;
use crate::{Error, Result};

/// Threads that make results; the caller's own takes them.
const THREADS: usize = 2;
/// Results that wait a thread.
const WAITING: usize = 4;
/// Fewer jobs than this are not worth a second handle.
const FEW: usize = 8;

/// Makes something of each job on two threads and hands it to `put` in the order of the jobs.
pub fn in_order<J: Sync, T: Send>(
    sources: &Sources,
    jobs: &[J],
    make: impl Fn(&Sources, &J) -> Result<T> + Sync,
    mut put: impl FnMut(&J, T) -> Result<()>,
) -> Result<()> {
    if jobs.len() < FEW {
        return jobs.iter().try_for_each(|job| put(job, make(sources, job)?));
    }
    // A handle cannot change its thread, so each thread opens the repository for itself.
    let (folder, branch, diffs) = (&sources.repo.folder(), sources.store.branch(), &sources.diffs);
    thread::scope(|scope| {
        let start = |lane| {
            let (send, receive) = sync_channel(WAITING);
            let make = &make;
            let own = jobs.iter().skip(lane).step_by(THREADS);
            scope.spawn(move || {
                // A closed channel means that the caller has failed and nobody waits any more.
                let send = |made| send.send(made).is_ok();
                if let Err(error) = each(folder, branch, diffs, own, make, &send) {
                    send(Err(error));
                }
            });
            receive
        };
        let lanes: Vec<Receiver<Result<T>>> = (0..THREADS).map(start).collect();
        for (job, lane) in jobs.iter().zip(lanes.iter().cycle()) {
            put(job, lane.recv().map_err(|_| Error::new("a thread that makes pages has stopped"))??)?;
        }
        Ok(())
    })
}

/// Makes the jobs of one thread until `send` says that nobody wants more.
fn each<'j, J: 'j, T>(
    folder: &Path,
    branch: &str,
    diffs: &Diffs,
    jobs: impl Iterator<Item = &'j J>,
    make: &impl Fn(&Sources, &J) -> Result<T>,
    send: &impl Fn(Result<T>) -> bool,
) -> Result<()> {
    let repo = Repo::discover(folder)?;
    let store = Store::open(&repo, branch)?;
    let sources = Sources { diffs: diffs.clone(), ..Sources::new(&repo, &store) };
    for job in jobs {
        if !send(make(&sources, job)) {
            break;
        }
    }
    Ok(())
}
