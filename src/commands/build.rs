//! `build`: writes the site.

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use crate::commands::terminal::{self, BOLD, Terminal};
use crate::error::Context as _;
use crate::forge::{self, Hosting};
use crate::publish::{Folder, Published};
use crate::site::Sink;
use crate::{Error, Monitor, Result, cli};

/// Writes the site and prints what was written.
pub(super) fn run(args: &cli::Build, monitor: &Monitor, terminal: &Terminal) -> Result<()> {
    let out = folder(args, monitor)?;
    let published = site(&out, monitor, terminal)?;
    say(&published, &out, terminal);
    Ok(())
}

/// The folder: the one in the arguments, or the configured one (relative to the root of the
/// repository), or `site`.
fn folder(args: &cli::Build, monitor: &Monitor) -> Result<PathBuf> {
    let Some(configured) = &monitor.config().site.out else {
        return Ok(args.out.clone().unwrap_or_else(|| PathBuf::from("site")));
    };
    if let Some(out) = &args.out {
        return Ok(out.clone());
    }
    if monitor.repo().work_tree().is_none() {
        return Err(Error::new("`site.out` of covatlas.toml needs a work tree, and there is none")
            .hint("name the folder: `covatlas build --out site`"));
    }
    monitor.repo().inside(configured).during(|| "cannot use `site.out` of covatlas.toml".to_owned())
}

/// Reads the history and writes its site into a folder.
pub(super) fn site(out: &Path, monitor: &Monitor, terminal: &Terminal) -> Result<Published> {
    crate::commands::fetch_missing_objects(monitor, terminal)?;
    let reading = terminal.progress("reading the history", None);
    let history = monitor.measured_history();
    reading.finish_and_clear();
    let history = history?;
    terminal.warn_all(&history.problems());
    let mut folder = Folder::open(out)?;
    let bar = terminal.progress("writing pages", None);
    let built = monitor.build(&history, &mut Watched { inner: &mut folder, bar: &bar });
    bar.finish_and_clear();
    built?;
    folder.finish()
}

/// Counts the pages that are passed to the folder.
struct Watched<'a> {
    inner: &'a mut Folder,
    bar: &'a ProgressBar,
}

impl Sink for Watched<'_> {
    fn keep(&mut self, path: &str, key: &str) -> bool {
        let kept = self.inner.keep(path, key);
        self.bar.inc(u64::from(kept));
        kept
    }

    fn put(&mut self, path: &str, key: &str, bytes: &[u8]) -> Result<()> {
        self.bar.inc(1);
        self.inner.put(path, key, bytes)
    }
}

/// Prints counts and size, and warns if the size comes near the limit of a host.
pub(super) fn say(published: &Published, out: &Path, terminal: &Terminal) {
    let Published { files, written, removed, bytes } = *published;
    let files = terminal::count(files, "file");
    let size = terminal::size(bytes);
    terminal.status(format_args!(
        "{BOLD}{}{BOLD:#}: {files}, {size}; {written} written, {removed} removed",
        terminal::path(&out.join("index.html"))
    ));
    for Hosting { name, limit } in forge::hostings().filter(|place| bytes >= place.limit / 5 * 4) {
        let limit = terminal::size(*limit);
        terminal.warn(format_args!("the site has {size}, and {name} publishes at most {limit}"));
    }
}
