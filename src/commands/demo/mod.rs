//! `demo`: writes a made-up project with its coverage history, and its site.
//!
//! The sample is embedded. `tests/demo/make.py` makes it: a pack, and its refs as lines `<object
//! id> <full ref>`. The commit at `refs/demo/reports` has the tree `<tested
//! commit>/<suite>/coverage.json`. The snapshots are recorded in the same way as by `record`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::commands::build;
use crate::commands::terminal::{BOLD, Terminal};
use crate::error::Context as _;
use crate::git::{Id, RepoWriter};
use crate::recording::{RunContext, inputs};
use crate::store::{Key, Provenance};
use crate::{Error, Monitor, Result, cli};

const PACK: &[u8] = include_bytes!("history.pack");
const REFS: &str = include_str!("refs");
const CONFIG: &str = include_str!("covatlas.toml");
const REPORTS: &str = "refs/demo/reports";
/// Marks the folder as a demo, so that it may be replaced. Git ignores files in `.git`.
const MARK: &str = ".git/covatlas-demo";

/// Writes the project, records its reports, writes its site, and prints what to look at.
pub(super) fn run(args: &cli::Demo, terminal: &Terminal) -> Result<()> {
    let folder = &args.folder;
    clear(folder)?;
    let reports =
        project(folder).during(|| format!("cannot write the demo to {}", folder.display()))?;
    let monitor = Monitor::open(folder)?;
    record(&reports, &monitor, terminal)?;
    let site = folder.join("site");
    let published = build::site(&site, &monitor, terminal)?;
    build::say(&published, &site, terminal);
    guide(folder, terminal);
    Ok(())
}

/// Removes an earlier demo. Anything else is refused.
fn clear(folder: &Path) -> Result<()> {
    let empty = || fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    if fs::symlink_metadata(folder).is_err() || empty() {
        return Ok(());
    }
    if !folder.join(MARK).is_file() {
        return Err(Error::new(format!(
            "cannot write the demo to {}: it exists and is not an earlier demo",
            folder.display()
        ))
        .hint("name a folder that does not exist: `covatlas demo <folder>`"));
    }
    fs::remove_dir_all(folder)
        .during(|| format!("cannot replace the earlier demo in {}", folder.display()))
}

/// Makes the repository and returns its reports.
fn project(folder: &Path) -> Result<Reports> {
    let repo = RepoWriter::init(folder)?;
    for (name, text) in
        [(MARK, ""), (".git/info/exclude", "/site/\n/covatlas.toml\n"), ("covatlas.toml", CONFIG)]
    {
        fs::write(folder.join(name), text)
            .during(|| format!("cannot write {name} in {}", folder.display()))?;
    }
    repo.take_pack(PACK)?;
    let mut reports = None;
    for line in REFS.lines() {
        let (id, name) = line
            .split_once(' ')
            .ok_or_else(|| Error::new(format!("`{line}` is not a line of refs")))?;
        if name == REPORTS { reports = Some(id.parse()?) } else { repo.new_ref(name, id.parse()?)? }
    }
    repo.check_out()?;
    let commit = reports.ok_or_else(|| Error::new("the sample names no reports"))?;
    Ok(Reports { repo, commit })
}

/// The sample's reports. No ref names them, so that users do not find them by accident.
struct Reports {
    repo: RepoWriter,
    commit: Id,
}

/// A report of the sample.
struct Report {
    tested: Id,
    suite: String,
    path: String,
    blob: Id,
}

impl Reports {
    fn list(&self) -> Result<Vec<Report>> {
        let files = self.repo.files(self.commit)?.into_iter();
        files
            .filter(|file| file.path.ends_with("/coverage.json"))
            .map(|file| {
                let mut names = file.path.split('/');
                let (tested, suite) =
                    (names.next().unwrap_or_default(), names.next().unwrap_or_default());
                Ok(Report {
                    tested: tested.parse()?,
                    suite: suite.to_owned(),
                    blob: file.blob,
                    path: file.path,
                })
            })
            .collect()
    }
}

/// Records every report at its commit. The times are those of the commits, so that a demo is always
/// the same.
fn record(reports: &Reports, monitor: &Monitor, terminal: &Terminal) -> Result<()> {
    let reports_listed = reports.list()?;
    let bar = terminal.progress("recording", Some(reports_listed.len() as u64));
    let mut snapshots = Vec::new();
    for Report { tested, suite, path, blob } in reports_listed {
        let input = inputs::read_from(
            &PathBuf::from(path),
            None,
            reports.repo.blob(blob)?.as_slice().by_ref(),
        )?;
        let when = Timestamp::from_second(monitor.repo().commit(tested)?.time)
            .unwrap_or(Timestamp::UNIX_EPOCH);
        snapshots.push(monitor.snapshot(vec![input], occasion(tested, &suite, when)?)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let newest = monitor.repo().commit(monitor.default_branch()?.tip)?.time;
    monitor.store_writer()?.put(&snapshots, monitor.config().store.hits, newest)?;
    Ok(())
}

fn occasion(tested: Id, suite: &str, when: Timestamp) -> Result<RunContext> {
    Ok(RunContext {
        key: Key::new(tested, suite, "default")?,
        head: None,
        merge_base: None,
        branch: Some("main".to_owned()),
        change: None,
        root: None,
        provenance: Provenance { recorded_at: when.to_string(), ci: None },
    })
}

/// Prints what to open and what to try.
fn guide(folder: &Path, terminal: &Terminal) {
    let folder = folder.display();
    terminal.status(format_args!(
        "
Open {BOLD}{folder}/site/index.html{BOLD:#} in a browser; no server is needed.
The project, `stillvoice`, is a small audio library with 36 commits and two recorded suites, `unit`
and `scenarios`. Worth a look:
  - the dashboard: the drop when slow tests were left out by default, and the recovery
  - src/stillvoice/cli.py: untested until \"Test the command line\"
  - the commit \"Leave the slow tests out by default\": lines lost in files that it does not touch
  - owners, components, and any two snapshots side by side under \"Compare\"
  - suite `scenarios`, measured at every third commit and carried forward in between
Try: covatlas -C {folder} log     covatlas -C {folder} show src/stillvoice/cli.py"
    ));
}
