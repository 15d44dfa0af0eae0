//! Work spread over all cores, with results in a fixed order.
//!
//! The jobs are cut into batches. Thread `n` of `N` works on every `N`th batch, and the caller
//! takes the results in the order of the jobs. Only a few batches wait per thread, so memory stays
//! bounded however many jobs there are.
//!
//! A thread that the system refuses to start (a limit on processes or memory) is an error with a
//! reason, not a panic.

use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, Builder, Scope, ScopedJoinHandle};

use crate::{Error, Result};

/// Jobs per batch where each job reads objects. Waking a thread costs as much as a small job.
pub const BATCH_IO: usize = 4;

/// Jobs per batch where each job only computes.
pub const BATCH_CPU: usize = 64;

/// Finished batches that wait per thread.
const WAITING: usize = 2;

/// Batches per thread at least, so that all threads have work until the end.
const BATCHES_PER_THREAD: usize = 8;

static THREADS: OnceLock<usize> = OnceLock::new();

/// The number of threads that work is spread over: by default, one per core that the process may
/// use (its CPU affinity and its container's limit count).
pub fn threads() -> usize {
    *THREADS.get_or_init(|| thread::available_parallelism().map_or(1, NonZeroUsize::get))
}

/// Sets the number of threads for the whole process. Has no effect once work has begun.
pub fn set_threads(threads: NonZeroUsize) {
    // The first call that sets or reads it decides.
    let _: std::result::Result<(), usize> = THREADS.set(threads.get());
}

/// The batches that one thread works on.
pub type Batches<'b, J> = &'b mut dyn Iterator<Item = &'b [J]>;

/// Sends the results of a batch to the caller. Returns whether the caller wants more.
pub type SendBatch<'s, T> = &'s dyn Fn(Result<Vec<T>>) -> bool;

/// Makes a result of each job and passes it to `put`, in the order of the jobs.
///
/// # Errors
/// The first error of `make` or `put`, in the order of the jobs; or a thread that cannot start.
pub fn map_ordered<J: Sync, T: Send>(
    jobs: &[J],
    batch: usize,
    make: impl Fn(&J) -> Result<T> + Sync,
    put: impl FnMut(&J, T) -> Result<()>,
) -> Result<()> {
    let work = |batches: Batches<'_, J>, send: SendBatch<'_, T>| {
        batches.map(|batch| batch.iter().map(&make).collect()).all(send);
        Ok(())
    };
    map_batches(jobs, batch, work, put)
}

/// Like [`map_ordered`], but a thread works through its batches on its own: it can open something
/// first (such as a repository) and use it for all of them. `batch` is the largest size of a batch.
///
/// # Errors
/// Like [`map_ordered`], and any error that `work` returns.
pub fn map_batches<J: Sync, T: Send>(
    jobs: &[J],
    batch: usize,
    work: impl Fn(Batches<'_, J>, SendBatch<'_, T>) -> Result<()> + Sync,
    mut put: impl FnMut(&J, T) -> Result<()>,
) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let size = (jobs.len() / (BATCHES_PER_THREAD * threads())).clamp(1, batch);
    let batches = || jobs.chunks(size);
    let lanes = threads().min(batches().len());

    thread::scope(|scope| {
        let start_lane = |lane| {
            let (sender, receiver) = sync_channel(WAITING);
            let work = &work;
            start(scope, move || {
                // A closed channel means that the caller has failed and wants no more.
                let send = |results| sender.send(results).is_ok();
                if let Err(error) = work(&mut batches().skip(lane).step_by(lanes), &send) {
                    send(Err(error));
                }
            })?;
            Ok(receiver)
        };
        let receivers =
            (0..lanes).map(start_lane).collect::<Result<Vec<Receiver<Result<Vec<T>>>>>>()?;

        for (batch, receiver) in batches().zip(receivers.iter().cycle()) {
            let results =
                receiver.recv().map_err(|_| Error::new("a worker thread stopped early"))??;
            batch.iter().zip(results).try_for_each(|(job, result)| put(job, result))?;
        }
        Ok(())
    })
}

/// Makes a result of each job, all at once. For a few large jobs.
pub fn map<J: Sync, T: Send>(jobs: &[J], make: impl Fn(&J) -> T + Sync) -> Vec<T> {
    let make_all = |jobs: &[J]| jobs.iter().map(&make).collect::<Vec<T>>();
    let mut shares = jobs.chunks(jobs.len().div_ceil(threads()).max(1));
    // The calling thread takes the first share.
    let Some(own) = shares.next() else { return Vec::new() };

    thread::scope(|scope| {
        let make_all = &make_all;
        let others: Vec<_> =
            shares.map(|share| (share, start(scope, move || make_all(share)))).collect();
        let mut results = make_all(own);
        for (share, thread) in others {
            results.extend(thread.map_or_else(|_| make_all(share), join));
        }
        results
    })
}

/// Starts a thread in a scope.
///
/// # Errors
/// If the system refuses to start one.
pub fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>> {
    Builder::new().spawn_scoped(scope, work).map_err(|cause| {
        Error::new("cannot start a thread").because(cause).hint(
            "is there a limit on processes or memory (`ulimit -u`, `ulimit -v`, a container's)? \
             Raise it",
        )
    })
}

/// Waits for a thread and returns its result. A panic in the thread continues in the caller.
pub fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        for count in [0, 1, 7, 1000] {
            let jobs: Vec<usize> = (0..count).collect();
            let mut seen = Vec::new();
            let put = |_: &usize, square| {
                seen.push(square);
                Ok(())
            };
            map_ordered(&jobs, BATCH_IO, |job| Ok(job * job), put).expect("no job fails");

            let squares: Vec<usize> = jobs.iter().map(|job| job * job).collect();
            assert_eq!(seen, squares);
            assert_eq!(map(&jobs, |job| job * job), squares);
        }
    }

    #[test]
    fn the_first_error_in_the_order_of_the_jobs_is_returned() {
        let jobs: Vec<usize> = (0..100).collect();
        let make = |&job: &usize| match job {
            30 | 60 => Err(Error::new(format!("job {job}"))),
            job => Ok(job),
        };
        let mut last = 0;
        let put = |_: &usize, job| {
            last = job;
            Ok(())
        };
        let error = map_ordered(&jobs, 1, make, put).expect_err("two jobs fail");
        assert_eq!((error.to_string().as_str(), last), ("job 30", 29));
    }

    #[test]
    fn the_caller_can_stop() {
        let jobs: Vec<usize> = (0..10_000).collect();
        let put = |_: &usize, job| if job == 5 { Err(Error::new("enough")) } else { Ok(()) };
        let error = map_ordered(&jobs, BATCH_IO, |&job| Ok(job), put).expect_err("put fails");
        assert_eq!(error.to_string(), "enough");
    }
}
