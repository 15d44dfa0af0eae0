//! Tells what is checked out in a CI job: a commit of the branch that the run is for, or another
//! one that the job chose.
//!
//! A nightly run of `main` may check out a release branch, and a comment may start a job that
//! checks out a change request. The variables of the service do not say so, but the clone does.

use crate::forge::CiRun;
use crate::git::{Id, Repo};

/// Whether a commit is from the branch that a run is for: it is the commit that CI names, or one
/// that the job made of it. A commit that the job made has no ref, or that branch's.
pub fn is_of_run(repo: &Repo, ci: &CiRun, commit: Id) -> bool {
    let Some(stated) = ci.tested.as_ref().and_then(|id| id.parse().ok()) else { return true };
    if stated == commit {
        return true;
    }
    let branches = repo.branches_at(commit);
    let is_own = |name: &String| Some(name) == ci.branch.as_ref();
    contains(repo, commit, stated) && (branches.is_empty() || branches.iter().any(is_own))
}

/// Whether a commit contains another, as far as this clone knows.
pub fn contains(repo: &Repo, commit: Id, other: Id) -> bool {
    let parents = repo.named_parents(commit).unwrap_or_default();
    parents.contains(&other) || repo.is_ancestor(other, commit).unwrap_or(false)
}

/// The branch that CI names for a commit, in the clone's own words: some services name a
/// remote-tracking branch (`upstream/main`), or a tag.
pub fn stated_branch(repo: &Repo, ci: &CiRun, commit: Id) -> Option<String> {
    let name = ci.branch.as_ref()?;
    let tip = |reference: String| repo.tip(&reference).ok().flatten();
    if repo.branch_tip(name).ok().flatten().is_some() {
        return Some(name.clone());
    }
    if let Some((_, branch)) = name.split_once('/')
        && tip(format!("refs/remotes/{name}")).is_some()
    {
        return Some(branch.to_owned());
    }
    (tip(format!("refs/tags/{name}")) != Some(commit)).then(|| name.clone())
}
