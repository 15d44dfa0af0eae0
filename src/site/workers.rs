//! Work that reads many objects, on two threads, in a fixed order.
//!
//! In: jobs, and a function that makes something of one with its own handle on the repository. Out: the results, one at
//! a time, in the order of the jobs. Few results wait at a time, so that memory stays bounded.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use crate::analysis::Sources;
use crate::git::Repo;
use crate::store::Store;
use crate::{Error, Result};

/// Threads that make results; the caller's own takes them.
const THREADS: usize = 2;
/// Results that wait a thread.
const WAITING: usize = 4;
/// Fewer jobs than this are not worth a second handle.
const FEW: usize = 8;

/// Makes something of each job on two threads and hands it to `put` in the order of the jobs. `branch` is the store's.
pub fn in_order<J: Sync, T: Send>(
    sources: &Sources,
    branch: &str,
    jobs: &[J],
    make: impl Fn(&Sources, &J) -> Result<T> + Sync,
    mut put: impl FnMut(&J, T) -> Result<()>,
) -> Result<()> {
    if jobs.len() < FEW {
        return jobs.iter().try_for_each(|job| put(job, make(sources, job)?));
    }
    let repos = (0..THREADS).map(|_| sources.repo.reopen()).collect::<Result<Vec<_>>>()?;
    thread::scope(|scope| {
        let make = &make;
        let lanes: Vec<Receiver<Result<T>>> = repos
            .into_iter()
            .enumerate()
            .map(|(lane, repo)| {
                let (send, receive) = sync_channel(WAITING);
                let own = jobs.iter().skip(lane).step_by(THREADS);
                scope.spawn(move || {
                    // A closed channel means that the caller has failed and nobody waits any more.
                    let _ = each(&repo, branch, own, make, |made| send.send(made).is_ok());
                });
                receive
            })
            .collect();
        for (job, lane) in jobs.iter().zip(lanes.iter().cycle()) {
            put(job, lane.recv().map_err(|_| Error::new("a thread that makes pages has stopped"))??)?;
        }
        Ok(())
    })
}

/// Makes the jobs of one thread until `send` says that nobody wants more.
fn each<'j, J: 'j, T>(
    repo: &Repo,
    branch: &str,
    jobs: impl Iterator<Item = &'j J>,
    make: &impl Fn(&Sources, &J) -> Result<T>,
    send: impl Fn(Result<T>) -> bool,
) -> Option<()> {
    let store = match Store::open(repo, branch) {
        Ok(store) => store,
        Err(error) => return send(Err(error)).then_some(()),
    };
    let sources = Sources { repo, store: &store };
    for job in jobs {
        send(make(&sources, job)).then_some(())?;
    }
    Some(())
}
