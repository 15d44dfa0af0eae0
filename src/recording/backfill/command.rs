//! Runs the user's command in a worktree, and ends it when the backfill is stopped.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{io, thread};

use crate::error::Context as _;
use crate::git::{Id, without_repository};
use crate::{Error, Result};

/// How often a running command is checked.
const PAUSE: Duration = Duration::from_millis(10);
/// How long a command may take to end before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// A request to stop, which another thread can make.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicUsize>);

impl Stop {
    /// Requests the end: no further commit is begun, and running commands are terminated. After a
    /// second request they are killed. Returns the number of earlier requests.
    pub fn ask(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether the end was requested.
    pub fn is_asked(&self) -> bool {
        self.times() > 0
    }

    fn times(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A command and where to run it.
pub(super) struct Run<'a> {
    pub(super) command: &'a [String],
    pub(super) folder: &'a Path,
    pub(super) log: &'a Path,
    pub(super) commit: Id,
}

impl Run<'_> {
    /// Runs the command, and sends its output to the log. Returns how it failed, if it did.
    ///
    /// # Errors
    /// If it cannot be run at all.
    pub(super) fn execute(&self, stop: &Stop) -> Result<std::result::Result<(), String>> {
        let (program, arguments) =
            self.command.split_first().ok_or_else(|| Error::new("no command was given"))?;
        let mut process = Command::new(program);
        process
            .args(arguments)
            .current_dir(self.folder)
            .env("COVATLAS_COMMIT", self.commit.to_string());
        without_repository(&mut process);
        self.log_output(&mut process).during(|| format!("cannot write {}", self.log.display()))?;
        in_a_group(&mut process);

        match process.spawn().and_then(|child| wait(child, stop)) {
            Ok(status) if status.success() => Ok(Ok(())),
            Ok(status) => Ok(Err(format!("the command ended with {status}"))),
            // A program in the repository itself may not exist yet at this commit.
            Err(cause) if program.contains(['/', '\\']) => {
                Ok(Err(format!("could not run `{program}`: {cause}")))
            }
            Err(cause) => {
                Err(Error::new(format!("could not run `{program}`")).because(cause).hint(
                    "the command is a program and its arguments; for more, give it a shell: `-- sh \
                     -c 'a && b'`",
                ))
            }
        }
    }

    /// Sends the output to the log. The command inherits the log's lock, which shows that it is
    /// running even if this process was killed.
    fn log_output(&self, process: &mut Command) -> io::Result<()> {
        let log = File::create(self.log)?;
        // A server that an earlier command left running may still have it.
        let _ = log.try_lock();
        process.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(())
    }
}

/// Waits for a command, and ends it if requested.
fn wait(mut child: Child, stop: &Stop) -> io::Result<ExitStatus> {
    let mut told: Option<Instant> = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        match (stop.times(), told) {
            (0, _) => {}
            (1, None) => {
                signal(&mut child, Signal::Terminate);
                told = Some(Instant::now());
            }
            (1, Some(time)) if time.elapsed() < GRACE => {}
            _ => {
                signal(&mut child, Signal::Kill);
                return child.wait();
            }
        }
        thread::sleep(PAUSE);
    }
}

#[derive(Clone, Copy)]
enum Signal {
    Terminate,
    Kill,
}

/// Puts the command, and everything that it starts, into a process group, to which a signal can be
/// sent.
#[cfg(unix)]
fn in_a_group(process: &mut Command) {
    std::os::unix::process::CommandExt::process_group(process, 0);
}

#[cfg(unix)]
fn signal(child: &mut Child, signal: Signal) {
    use rustix::process::{Pid, Signal as Name, kill_process_group};
    let name = match signal {
        Signal::Terminate => Name::TERM,
        Signal::Kill => Name::KILL,
    };
    // The process has not been waited for, so its id cannot have been reused.
    let _ = kill_process_group(Pid::from_child(child), name);
}

#[cfg(not(unix))]
fn in_a_group(_: &mut Command) {}

#[cfg(not(unix))]
fn signal(child: &mut Child, _: Signal) {
    let _ = child.kill();
}
