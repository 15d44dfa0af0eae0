//! Work that reads many objects, on two threads, in a fixed order.
//!
//! The input is jobs, and a function that makes something of one with its own handle on the
//! repository. It gives the results, one at a time, in the order of the jobs. Few results wait at a
//! time, so that memory stays bounded.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, ScopedJoinHandle};

use crate::history::{Objects, Sources};
use crate::parallel::start;
use crate::{Error, Result};

/// Threads that make results; the caller's own takes them.
const THREADS: usize = 2;
/// Blocks of results that wait a thread.
const WAITING: usize = 2;
/// Fewer jobs than this are not worth a second handle.
const FEW: usize = 8;
/// Results are handed over in blocks, since waking a thread takes as long as a small job: so many
/// pages or values at a time, of which those of some six blocks are held …
pub const SMALL: usize = 4;
/// … or so many for which nothing had to be read.
const PURE: usize = 64;

/// Makes something of each job on two threads and hands it to `put` in the order of the jobs, at
/// most so many `together`: [`SMALL`], or 1 where a result is large.
pub fn in_order<J: Sync, T: Send>(
    objects: &Objects,
    jobs: &[J],
    together: usize,
    make: impl Fn(&Sources, &J) -> Result<T> + Sync,
    mut put: impl FnMut(&J, T) -> Result<()>,
) -> Result<()> {
    if jobs.len() < FEW {
        return objects
            .with(|sources| jobs.iter().try_for_each(|job| put(job, make(sources, job)?)));
    }
    let work = |own: &mut dyn Iterator<Item = &[J]>, send: &dyn Fn(Result<Vec<T>>) -> bool| {
        objects.with(|sources| {
            own.map(|block| block.iter().map(|job| make(sources, job)).collect()).all(send);
            Ok(())
        })
    };
    in_lanes(jobs, together, work, put)
}

/// The same as [`in_order`] where nothing has to be read.
pub fn stream<J: Sync, T: Send>(
    jobs: &[J],
    make: impl Fn(&J) -> Result<T> + Sync,
    put: impl FnMut(&J, T) -> Result<()>,
) -> Result<()> {
    let work = |own: &mut dyn Iterator<Item = &[J]>, send: &dyn Fn(Result<Vec<T>>) -> bool| {
        own.map(|block| block.iter().map(&make).collect()).all(send);
        Ok(())
    };
    in_lanes(jobs, PURE, work, put)
}

/// Has two threads `work` on every second block each, and takes what they send in the order of the
/// jobs.
fn in_lanes<J: Sync, T: Send>(
    jobs: &[J],
    most: usize,
    work: impl Fn(&mut dyn Iterator<Item = &[J]>, &dyn Fn(Result<Vec<T>>) -> bool) -> Result<()> + Sync,
    mut put: impl FnMut(&J, T) -> Result<()>,
) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    // Few jobs are small blocks, so that both threads have as much to do to the end.
    let blocks = || jobs.chunks((jobs.len() / (8 * THREADS)).clamp(1, most));
    thread::scope(|scope| {
        let lane = |lane| {
            let (send, receive) = sync_channel(WAITING);
            let work = &work;
            start(scope, move || {
                // A closed channel means that the caller has failed and nobody waits any more.
                let send = |made| send.send(made).is_ok();
                if let Err(error) = work(&mut blocks().skip(lane).step_by(THREADS), &send) {
                    send(Err(error));
                }
            })?;
            Ok(receive)
        };
        let lanes = (0..THREADS).map(lane).collect::<Result<Vec<Receiver<Result<Vec<T>>>>>>()?;
        for (block, lane) in blocks().zip(lanes.iter().cycle()) {
            let made =
                lane.recv().map_err(|_| Error::new("a thread that makes pages has stopped"))??;
            block.iter().zip(made).try_for_each(|(job, made)| put(job, made))?;
        }
        Ok(())
    })
}

/// Makes something of each job on two threads, all at once, where nothing has to be read.
pub fn map<J: Sync, T: Send>(jobs: &[J], make: impl Fn(&J) -> T + Sync) -> Vec<T> {
    let (first, second) = jobs.split_at(jobs.len() / 2);
    thread::scope(|scope| {
        let make_all = |jobs: &[J]| jobs.iter().map(&make).collect::<Vec<T>>();
        match start(scope, move || make_all(first)) {
            Ok(thread) => {
                let second = make_all(second);
                joined(thread).into_iter().chain(second).collect()
            }
            Err(_) => make_all(jobs),
        }
    })
}

/// What a thread has made. One that panics has found a fault of this program, and so does who waits
/// for it.
pub fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
