//! The front of the library: [`Monitor`]. The commands are written on it.
//!
//! The clock and the user's theme and pages are read here, so that the other stages need not. What
//! a library user calls is in this file; what only the commands and tests need is hidden in the
//! docs.

mod check;
mod compare;
mod parts;
mod site;

use std::path::Path;

use jiff::Timestamp;

pub use self::compare::Compared;
use crate::config::Config;
use crate::forge::CiRun;
use crate::git::RepoWriter;
use crate::publish::{Folder, Published};
use crate::recording::context::Request;
use crate::recording::inputs;
use crate::report::Tallies;
use crate::store::{Provenance, Snapshot};
use crate::{Error, Result};

/// Tracks coverage in a repository and writes reports of it.
///
/// ```
/// use covatlas::{Dimension, Monitor};
/// # let folder = tempfile::tempdir()?;
/// # let git = |args: &[&str]| {
/// #     let mut git = std::process::Command::new("git");
/// #     git.current_dir(&folder).args(args);
/// #     git.env("GIT_AUTHOR_NAME", "Ada").env("GIT_AUTHOR_EMAIL", "ada@example.com");
/// #     git.env("GIT_COMMITTER_NAME", "Ada").env("GIT_COMMITTER_EMAIL", "ada@example.com");
/// #     assert!(git.status().expect("git runs").success());
/// # };
/// # std::fs::write(folder.path().join("add.py"), "def add(a, b):\n    return a + b\n")?;
/// # let lcov = "SF:add.py\nDA:1,1\nDA:2,0\nend_of_record\n";
/// # std::fs::write(folder.path().join("lcov.info"), lcov)?;
/// # git(&["init", "--quiet"]);
/// # git(&["add", "add.py"]);
/// # git(&["commit", "--quiet", "--message", "Add"]);
/// let monitor = Monitor::open(&folder)?; // a repository with one commit
/// let report = folder.path().join("lcov.info"); // one of two lines was covered
/// let snapshot = monitor.track(&[report])?;
/// assert_eq!(snapshot.run.totals, monitor.coverage()?);
///
/// let lines = monitor.coverage()?.get(&Dimension::Lines).expect("lines were measured");
/// assert_eq!((lines.covered, lines.total), (1, 2));
///
/// let site = folder.path().join("site");
/// monitor.write_report(&site)?;
/// assert!(site.join("index.html").exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Monitor {
    repo: RepoWriter,
    config: Config,
    ci: Option<CiRun>,
}

impl Monitor {
    /// Opens the repository that contains a folder, and reads its configuration.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        Self::of(RepoWriter::discover(folder.as_ref())?)
    }

    fn of(repo: RepoWriter) -> Result<Self> {
        let config = Config::load(&repo)?;
        Ok(Self { repo, config, ci: None })
    }

    /// Records report files as a snapshot of `HEAD`, in suite and part `default`.
    pub fn track(&self, reports: &[impl AsRef<Path>]) -> Result<Snapshot> {
        let inputs = reports
            .iter()
            .map(|path| inputs::read(path.as_ref(), None))
            .collect::<Result<Vec<_>>>()?;
        let now = Timestamp::now();
        let provenance = Provenance { recorded_at: now.to_string(), ci: None };
        let part = Some("default".to_owned());
        let request = Request { suite: "default".to_owned(), part, ..Request::default() };
        let (occasion, _) = self.occasion(request, provenance)?;
        let snapshot = self.snapshot(inputs, occasion)?;
        self.put(&snapshot, now)?;
        Ok(snapshot)
    }

    /// The totals of the newest snapshot of the default branch, with all suites merged.
    pub fn coverage(&self) -> Result<Tallies> {
        let history = self.measured_history()?;
        Ok(history.latest().map(|point| point.totals.clone()).unwrap_or_default())
    }

    /// Writes the site into a folder.
    ///
    /// # Errors
    /// If the folder contains anything else. A `.html` file, one self-contained page, cannot be
    /// written yet.
    pub fn write_report(&self, path: impl AsRef<Path>) -> Result<Published> {
        let path = path.as_ref();
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("html")) {
            return Err(Error::new(format!(
                "cannot write {}: a report in one file is not supported yet",
                path.display()
            ))
            .hint("name a folder: the site in it needs no server"));
        }
        let history = self.measured_history()?;
        let mut folder = Folder::open(path)?;
        self.build(&history, &mut folder)?;
        folder.finish()
    }
}
