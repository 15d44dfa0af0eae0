//! Determines what `record` records, from its arguments, the claims of CI, and the repository.

use std::env;
use std::path::{Component, Path};

use jiff::Timestamp;

use crate::commands::terminal::{self, Terminal};
use crate::git::Id;
use crate::recording::RunContext;
use crate::recording::context::Request;
use crate::store::Provenance;
use crate::{Error, Monitor, Result, cli};

/// The context of the run. Warns about what could not be found out.
pub(crate) fn of(
    args: &cli::Record,
    monitor: &Monitor,
    now: Timestamp,
    terminal: &Terminal,
) -> Result<RunContext> {
    let request = Request {
        commit: args.commit.clone(),
        suite: args.suite.clone(),
        part: args.part.clone(),
        branch: args.branch.clone(),
        change: args.change,
    };
    let link = monitor.ci().and_then(|ci| ci.link.clone());
    let provenance = Provenance { recorded_at: now.to_string(), ci: link };
    let (occasion, warnings) = monitor.occasion(request, provenance)?;
    refuse_snapshots(monitor, occasion.key.commit)?;
    for warning in warnings {
        terminal.warn(terminal::plain(&warning));
    }
    Ok(RunContext { root: root(args, monitor)?, ..occasion })
}

/// Refuses commits of the store itself, which have no sources.
fn refuse_snapshots(monitor: &Monitor, commit: Id) -> Result<()> {
    if !monitor.store()?.is_own(commit)? {
        return Ok(());
    }
    let branch = &monitor.config().store.branch;
    let error = format!("the commit {} contains snapshots, and no sources", commit.short());
    Err(Error::new(error).hint(format!(
        "`{branch}` is the branch of the snapshots; switch to the tested branch, or use --commit"
    )))
}

/// The folder of `--root` as a path of the repository.
fn root(args: &cli::Record, monitor: &Monitor) -> Result<Option<String>> {
    let Some(given) = &args.root else { return Ok(None) };
    let whole = env::current_dir().map(|here| here.join(given));
    let tree = monitor.repo().work_tree().map(|tree| tree.canonicalize().unwrap_or(tree));
    let inside = match (whole, tree) {
        (Ok(whole), Some(tree)) => {
            let whole = whole.canonicalize().unwrap_or(whole);
            whole.strip_prefix(&tree).ok().map(Path::to_owned)
        }
        _ => Some(given.clone()).filter(|given| given.is_relative()),
    };
    let inside = inside
        .filter(|inside| inside.components().all(|part| matches!(part, Component::Normal(_))));
    inside.map(|inside| Some(inside.to_string_lossy().into_owned())).ok_or_else(|| {
        Error::new(format!(
            "cannot use --root {}: it is not a folder of the repository",
            given.display()
        ))
        .hint("name a folder of the work tree, such as `--root packages/web`")
    })
}
