//! Work that reads many objects, on two threads, in a fixed order.
//!
//! In: jobs, and a function that makes something of one with its own handle on the repository. Out: the results, one at
//! a time, in the order of the jobs. Few results wait at a time, so that memory stays bounded.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use super::{Objects, Sources};
use crate::{Error, Result};

/// Threads that make results; the caller's own takes them.
const THREADS: usize = 2;
/// Results that wait a thread.
const WAITING: usize = 4;
/// Fewer jobs than this are not worth a second handle.
const FEW: usize = 8;

/// Makes something of each job on two threads and hands it to `put` in the order of the jobs.
pub fn in_order<J: Sync, T: Send>(
    objects: &Objects,
    jobs: &[J],
    make: impl Fn(&Sources, &J) -> Result<T> + Sync,
    mut put: impl FnMut(&J, T) -> Result<()>,
) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    if jobs.len() < FEW {
        return objects.with(|sources| jobs.iter().try_for_each(|job| put(job, make(sources, job)?)));
    }
    thread::scope(|scope| {
        let start = |lane| {
            let (send, receive) = sync_channel(WAITING);
            let make = &make;
            let own = jobs.iter().skip(lane).step_by(THREADS);
            scope.spawn(move || {
                // A closed channel means that the caller has failed and nobody waits any more.
                let send = |made| send.send(made).is_ok();
                let done = objects.with(|sources| {
                    own.map(|job| make(sources, job)).all(send);
                    Ok(())
                });
                if let Err(error) = done {
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

/// Makes something of each job on two threads, in the order of the jobs, where nothing has to be read.
pub fn map<J: Sync, T: Send>(jobs: &[J], make: impl Fn(&J) -> T + Sync) -> Vec<T> {
    let (first, second) = jobs.split_at(jobs.len() / 2);
    thread::scope(|scope| {
        let first = scope.spawn(|| first.iter().map(&make).collect::<Vec<T>>());
        let second: Vec<T> = second.iter().map(&make).collect();
        match first.join() {
            Ok(first) => first.into_iter().chain(second).collect(),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
