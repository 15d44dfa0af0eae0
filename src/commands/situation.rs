//! What `record` records: which commit was tested, as part of what, from its arguments, the CI environment and HEAD.
//!
//! The tested commit is what lies in the work tree, since that is what the tests ran on. For a change request CI often
//! checks out a merge that was made for the test only: then the head is kept apart from it, and so is the merge base.

use jiff::Timestamp;

use super::terminal::Terminal;
use crate::forge::CiRun;
use crate::git::{Id, Repo};
use crate::recording::Occasion;
use crate::store::{Key, Provenance};
use crate::{Error, Monitor, Result, cli};

/// The occasion, with warnings about what could not be found out.
pub(super) fn of(
    args: &cli::Record,
    ci: Option<&CiRun>,
    monitor: &Monitor,
    now: Timestamp,
    terminal: &Terminal,
) -> Result<Occasion> {
    let commit = tested(args, ci, monitor)?;
    refuse_snapshots(monitor, commit)?;
    let here = args.commit.is_none(); // what CI and HEAD say is about the commit that is checked out
    let ci_here = ci.filter(|_| here);
    let part = args.part.clone().or_else(|| ci.map(CiRun::part)).unwrap_or_else(|| "default".to_owned());
    let key = Key::new(commit, args.suite.as_str(), part)?;
    let own_branch = || if here { monitor.repo().current_branch() } else { None };
    let branch = args.branch.clone().or_else(|| ci_here?.branch.clone()).or_else(own_branch);
    let change = args.change.or_else(|| ci_here?.change);
    let head = ci_here.and_then(|ci| ci.head.as_ref()?.parse().ok()).filter(|head| *head != commit);
    let found = monitor.merge_base(
        commit,
        timeline_branch(branch.as_deref(), change),
        ci_here.and_then(|ci| ci.target.as_deref()),
    )?;
    let merge_base = match (found, change.and(ci_here)) {
        (None, Some(ci)) => stated_base(ci, commit, monitor.repo())?,
        _ => found,
    };
    if change.is_some() && merge_base.is_none() {
        warn_of_missing_base(monitor, terminal);
    }
    let provenance = Provenance { recorded_at: now.to_string(), ci: ci.and_then(|ci| ci.link.clone()) };
    Ok(Occasion { key, head, merge_base, branch, change, provenance })
}

/// The commits of the store itself hold no source.
fn refuse_snapshots(monitor: &Monitor, commit: Id) -> Result<()> {
    if !monitor.store()?.is_own(commit)? {
        return Ok(());
    }
    let branch = &monitor.config().store.branch;
    let error = format!("the commit {} holds snapshots, and no source that was tested", commit.short());
    Err(Error::new(error).hint(format!(
        "`{branch}` is the branch of the snapshots: switch to the one that was tested, or name --commit"
    )))
}

fn warn_of_missing_base(monitor: &Monitor, terminal: &Terminal) {
    terminal.warn(
        "where the change left its target branch is not known in this clone: its own lines cannot be told from others",
    );
    if monitor.repo().is_shallow() {
        terminal.note("the clone is shallow: fetch all of history (`fetch-depth: 0` in GitHub Actions, `GIT_DEPTH: 0` in GitLab CI)");
    }
}

/// The commit that was tested.
fn tested(args: &cli::Record, ci: Option<&CiRun>, monitor: &Monitor) -> Result<Id> {
    let repo = monitor.repo();
    match (&args.commit, repo.work_tree(), ci.and_then(|ci| ci.tested.as_deref())) {
        (Some(revision), ..) => repo.resolve(revision),
        (None, Some(_), _) => repo.resolve("HEAD"),
        (None, None, Some(stated)) => repo.resolve(stated),
        (None, None, None) => Err(Error::new("a bare repository has nothing checked out that could have been tested")
            .hint("name the commit: `covatlas record --commit <revision> …`")),
    }
}

/// A change request from a branch that is called like the default branch (of a fork) is not on the timeline.
fn timeline_branch(branch: Option<&str>, change: Option<u64>) -> Option<&str> {
    branch.filter(|_| change.is_none())
}

/// The commit of the target branch that CI merged the change with: the merge base of what was tested, where that is
/// the merge. The merge itself names it even where a shallow clone lacks it; what CI says may be older or newer. Where the
/// head itself was tested, the merge base may be older.
fn stated_base(ci: &CiRun, commit: Id, repo: &Repo) -> Result<Option<Id>> {
    let stated = |text: &Option<String>| text.as_ref()?.parse::<Id>().ok();
    let Some(head) = stated(&ci.head).filter(|head| *head != commit && stated(&ci.tested) == Some(commit)) else {
        return Ok(None);
    };
    Ok(match repo.named_parents(commit)?.as_slice() {
        [base, second] if *second == head => Some(*base),
        _ => stated(&ci.base),
    })
}
