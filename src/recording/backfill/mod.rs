//! Runs a command that measures coverage at old commits, each in a worktree of its own.
//!
//! Each commit gives a [`Snapshot`] that is not stored yet, or a [`Failure`]. The user's work tree
//! is not touched, and what an interrupted process left behind is removed before the next one
//! starts.

mod command;
mod commits;
mod failures;
mod folder;
mod run;

use std::collections::VecDeque;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

pub use command::Stop;
pub use commits::wanted;
pub use failures::Failures;
use folder::Folder;
use jiff::Timestamp;
use run::{Place, Work};

use crate::config::Config;
use crate::error::Context as _;
use crate::git::{Id, RepoWriter};
use crate::store::Snapshot;
use crate::{Error, Result, parallel};

/// The command to run at each commit.
#[derive(Clone, Debug)]
pub struct Task {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The reports that it writes, as paths or globs in the worktree. If empty, reports in their
    /// usual places are used.
    pub reports: Vec<String>,
    /// The suite that it measures.
    pub suite: String,
    /// The name of the default branch.
    pub branch: String,
    /// The time of the recording.
    pub now: Timestamp,
    /// The number of commits to measure at the same time.
    pub jobs: usize,
    /// Can be set from elsewhere. Then no further commit is begun, and failures are no longer
    /// attributed to their commits.
    pub stop: Stop,
}

/// Why there is no snapshot of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The reason.
    pub reason: String,
    /// The last lines of the command's output.
    pub output: Vec<String>,
}

/// The result at a commit.
pub type Outcome = std::result::Result<Box<Snapshot>, Failure>;

/// The folder for temporary worktrees of a repository, used by one process at a time.
pub struct Workplace {
    repository: PathBuf,
    folder: Folder,
    /// Locked while this exists. The system releases the lock when the process ends in any way.
    _lock: File,
}

impl Workplace {
    /// Locks the folder, and removes what an interrupted process left in it. `own` is covatlas's
    /// folder in the repository.
    ///
    /// # Errors
    /// If another process has locked it, or if no temporary folder can be created.
    pub fn take(repo: &RepoWriter, own: &Path) -> Result<Self> {
        let lock = lock(own)?;
        folder::remove_abandoned(repo);
        Failures::remove_unfinished(own);
        let folder = Folder::new(repo);
        let folder = folder.during(|| {
            format!(
                "cannot make a folder for temporary worktrees in {}",
                std::env::temp_dir().display()
            )
        })?;
        Ok(Self { repository: repo.folder(), folder, _lock: lock })
    }

    /// Runs the task at each commit, in order. `each` receives every result as soon as it is known.
    ///
    /// # Errors
    /// If the command cannot be run at all, a worktree cannot be made, or `each` fails. Then no
    /// further commit is begun.
    pub fn run(
        &self,
        task: &Task,
        config: &Config,
        commits: Vec<Id>,
        mut each: impl FnMut(Id, Outcome) -> Result<()>,
    ) -> Result<()> {
        let queue = Mutex::new(VecDeque::from(commits));
        let (sender, receiver) = mpsc::channel();
        let work = Work { task, config };
        thread::scope(|scope| {
            for job in 0..task.jobs.max(1) {
                let (sender, queue) = (sender.clone(), &queue);
                let worker = parallel::start(scope, move || self.work(job, work, queue, &sender));
                match worker {
                    Ok(_) => {}
                    Err(error) if job == 0 => return Err(error),
                    Err(_) => break, // the threads that did start do all the work
                }
            }
            drop(sender);
            let mut failed = Ok(());
            for (commit, outcome) in receiver {
                // The command was terminated, so its failure says nothing about the commit.
                let interrupted = task.is_stopped() && !matches!(&outcome, Ok(Ok(_)));
                if interrupted {
                    continue;
                }
                let done =
                    outcome.and_then(
                        |outcome| if failed.is_ok() { each(commit, outcome) } else { Ok(()) },
                    );
                if let Err(error) = done {
                    take(&queue, VecDeque::clear);
                    failed = failed.and(Err(error));
                }
            }
            failed
        })
    }

    /// Takes one commit after the other, until none is left or the receiver is gone.
    fn work(
        &self,
        job: usize,
        work: Work<'_>,
        queue: &Mutex<VecDeque<Id>>,
        sender: &mpsc::Sender<(Id, Result<Outcome>)>,
    ) {
        let place = Place { folder: self.folder.of_job(job), lock: self.folder.lock() };
        while let Some(commit) =
            take(queue, VecDeque::pop_front).filter(|_| !work.task.is_stopped())
        {
            // A repository cannot be sent to another thread.
            let outcome = RepoWriter::discover(&self.repository)
                .and_then(|repo| run::at(&repo, &place, commit, &work));
            if sender.send((commit, outcome)).is_err() {
                return;
            }
        }
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        self.folder.remove();
        // A git process that was still running when this backfill began may have ended by now.
        if let Ok(repo) = RepoWriter::discover(&self.repository) {
            folder::remove_abandoned(&repo);
        }
    }
}

impl Task {
    /// Whether it was told to stop.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_asked()
    }
}

fn take<T>(queue: &Mutex<VecDeque<Id>>, how: impl FnOnce(&mut VecDeque<Id>) -> T) -> T {
    how(&mut queue.lock().unwrap_or_else(PoisonError::into_inner))
}

fn lock(own: &Path) -> Result<File> {
    let path = own.join("backfill.lock");
    let attempt = || format!("cannot lock {}", path.display());
    fs::create_dir_all(own).during(attempt)?;
    let file = File::create(&path).during(attempt)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Error::new("another backfill is running in this repository").hint(
                "wait for it to end, or stop it and start it again with more `--jobs`; what it has \
                 recorded is kept",
            ))
        }
        Err(TryLockError::Error(cause)) => Err(cause).during(attempt),
    }
}
