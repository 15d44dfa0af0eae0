//! Determines what is recorded: the tested commit, and the suite, part, branch and change request
//! it belongs to.
//!
//! This information comes from the request, from what CI says about the run, and from the
//! repository, which has the last word: claims of CI about another commit than the tested one are
//! not recorded.
//!
//! The tested commit is the one that is checked out, since the tests ran on it. For a change
//! request, CI often checks out a merge that was made only for the test; then its head and its
//! merge base are recorded too.

use crate::error::Kind;
use crate::forge::{CiRun, MergeOrder};
use crate::git::{Id, Repo};
use crate::history::{self, DefaultBranch};
use crate::recording::RunContext;
use crate::store::{Key, Provenance};
use crate::{Error, Result};

/// Options given by the user. Anything else is taken from CI or the repository.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The revision that was tested.
    pub commit: Option<String>,
    /// The suite.
    pub suite: String,
    /// The part of the suite.
    pub part: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The change request's number.
    pub change: Option<u64>,
}

/// Where a recording takes place.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// The CI run, if there is one.
    pub ci: Option<&'a CiRun>,
    /// The default branch, if it is in this clone.
    pub default: Option<&'a DefaultBranch>,
}

/// A merge that was made for a test.
#[derive(Clone, Copy)]
struct TestMerge {
    head: Id,
    base: Id,
}

impl Surroundings<'_> {
    /// The context to record, with warnings about claims of CI that do not fit the commit, and
    /// about what could not be found out.
    pub fn occasion(
        &self,
        request: Request,
        provenance: Provenance,
    ) -> Result<(RunContext, Vec<String>)> {
        let commit = self.tested(request.commit.as_deref())?;
        let (ci, mut warnings) = self.claims(commit, &request);
        warnings.extend(self.published_elsewhere(commit, &request));
        let part = request
            .part
            .or_else(|| self.ci.map(CiRun::part))
            .unwrap_or_else(|| "default".to_owned());
        let key = Key::new(commit, request.suite, part)?;
        let is_current = request.commit.is_none() && self.repo.resolve("HEAD").ok() == Some(commit);
        let current = || self.repo.current_branch().filter(|_| is_current);
        let stated = || history::stated_branch(self.repo, ci?, commit);
        let branch = request.branch.or_else(stated).or_else(current);
        let change = request.change.or_else(|| ci?.change);
        let merge = ci.and_then(|ci| self.test_merge(ci, commit));
        let head = merge.map(|merge| merge.head).or_else(|| self.head(ci?, commit, &mut warnings));
        let is_change = change.is_some() || ci.is_some_and(|ci| ci.is_change);
        let on_timeline = self.is_on_timeline(commit, branch.as_deref().filter(|_| !is_change));
        let found = || if on_timeline { None } else { self.merge_base(ci, commit) };
        let merge_base = merge.map(|merge| merge.base).or_else(found);
        if is_change && merge_base.is_none() && !on_timeline {
            warnings.push(self.no_merge_base());
        }
        Ok((RunContext { key, head, merge_base, branch, change, root: None, provenance }, warnings))
    }

    /// The commit that was tested.
    fn tested(&self, revision: Option<&str>) -> Result<Id> {
        let repo = self.repo;
        if let Some(revision) = revision {
            return repo.resolve(revision);
        }
        let stated = self.ci.and_then(|ci| ci.tested.as_deref());
        let Some(checked_out) = repo.work_tree().map(|_| repo.resolve("HEAD")).transpose()? else {
            let error = || {
                Error::new("a bare repository has nothing checked out that could have been tested")
                    .hint("name the commit: `covatlas record --commit <revision> …`")
            };
            return repo.resolve(stated.ok_or_else(error)?);
        };
        let published = self.ci.and_then(|ci| id(ci.published.as_ref()));
        match published {
            Some(published) if id(stated.map(str::to_owned).as_ref()) == Some(checked_out) => {
                self.published(published)
            }
            _ => Ok(checked_out),
        }
    }

    /// The commit that another run tested, and whose reports this run publishes.
    fn published(&self, commit: Id) -> Result<Id> {
        if self.repo.commit(commit).is_ok() {
            return Ok(commit);
        }
        let message = format!(
            "according to CI the reports are of the commit {commit}, which is not in this clone"
        );
        Err(Error::new(message).with_kind(Kind::NotFound).hint(format!(
            "fetch it with `git fetch origin {commit}`, or name another commit with `--commit`"
        )))
    }

    /// The CI run, if its claims are about this commit, or a warning.
    fn claims(&self, commit: Id, request: &Request) -> (Option<&CiRun>, Vec<String>) {
        let Some(ci) = self.ci else { return (None, Vec::new()) };
        let tested = ci.tested.as_ref().filter(|_| ci.published.is_none());
        let stated: Vec<Id> =
            [tested, ci.published.as_ref(), ci.head.as_ref()].into_iter().filter_map(id).collect();
        if self.are_true(ci, &stated, commit, request) {
            return (Some(ci), Vec::new());
        }
        let Some(stated) = stated.last().filter(|_| request.commit.is_none()) else {
            return (None, Vec::new());
        };
        let why =
            if self.contains(commit, *stated) { "is not that one" } else { "does not contain it" };
        let warning = format!(
            "CI runs this job for the commit {}, and the checked-out commit {} {why}: the branch \
             and the change request that CI names are not recorded",
            stated.short(),
            commit.short()
        );
        // The job checked out a branch by its name, and that branch is recorded.
        let is_clear = !ci.is_change && self.repo.current_branch().is_some();
        (None, if is_clear { Vec::new() } else { vec![warning] })
    }

    /// Whether the claims of CI are about a commit: the commit is one of those that CI names, or
    /// was made from one in the job.
    fn are_true(&self, ci: &CiRun, stated: &[Id], commit: Id, request: &Request) -> bool {
        if stated.contains(&commit) {
            return true;
        }
        if !ci.is_change && ci.published.is_none() {
            let is_about_it = request.commit.is_none() || ci.tested.is_some();
            return is_about_it && history::is_of_run(self.repo, ci, commit);
        }
        // No commit of a change request is on the timeline, unless CI names that very commit.
        let is_made_of = stated.iter().any(|&stated| self.contains(commit, stated));
        let is_unknown = stated.is_empty() && request.commit.is_none();
        (is_made_of || is_unknown) && !(ci.is_change && self.is_on_timeline(commit, None))
    }

    fn contains(&self, commit: Id, other: Id) -> bool {
        history::contains(self.repo, commit, other)
    }

    /// Warns if CI publishes the reports of another commit than the recorded one.
    fn published_elsewhere(&self, commit: Id, request: &Request) -> Option<String> {
        let published = id(self.ci?.published.as_ref()).filter(|_| request.commit.is_none())?;
        let parents = self.repo.named_parents(commit).unwrap_or_default();
        let is_test_merge = parents.len() > 1 && parents.contains(&published);
        let is_elsewhere =
            commit != published && !is_test_merge && self.contains(commit, published);
        is_elsewhere.then(|| {
            format!(
                "this run was started by one that tested {published}, and {} is checked out: the \
                 reports are recorded for the latter; `--commit {}` records them for the former",
                commit.short(),
                published.short()
            )
        })
    }

    /// The head and the base, if the commit is a merge that was made for the test.
    fn test_merge(&self, ci: &CiRun, commit: Id) -> Option<TestMerge> {
        let parents = self.repo.named_parents(commit).ok()?;
        let &[first, second] = parents.as_slice() else { return None };
        let head = id(ci.head.as_ref()).or_else(|| id(ci.published.as_ref()));
        match head {
            Some(head) if head == first => Some(TestMerge { head, base: second }),
            Some(head) if head == second => Some(TestMerge { head, base: first }),
            Some(_) => None,
            None if self.is_named_by_its_subject(commit, (first, second)) => {
                Some(TestMerge { head: second, base: first })
            }
            None => self.unnamed_merge(ci, commit, (first, second)),
        }
    }

    /// Whether a merge has the subject that GitHub gives to those of `refs/pull/<number>/merge`.
    fn is_named_by_its_subject(&self, commit: Id, (base, head): (Id, Id)) -> bool {
        self.repo
            .commit(commit)
            .is_ok_and(|commit| commit.subject == format!("Merge {head} into {base}"))
    }

    /// Does the same if CI names no head. The base is the parent that the target branch contains.
    fn unnamed_merge(
        &self,
        ci: &CiRun,
        commit: Id,
        (first, second): (Id, Id),
    ) -> Option<TestMerge> {
        let order = ci.test_merge?;
        // A merge made in this clone has no ref. A merge with a ref was pushed by its author and is
        // the head itself.
        if order == MergeOrder::HeadFirst && !self.repo.branches_at(commit).is_empty() {
            return None;
        }
        let in_target = |parent: Id| {
            self.target(ci).is_some_and(|tip| self.contains(tip, parent) || tip == parent)
        };
        let base_first = match (in_target(first), in_target(second)) {
            (true, false) => true,
            (false, true) => false,
            _ => order == MergeOrder::BaseFirst,
        };
        let (base, head) = if base_first { (first, second) } else { (second, first) };
        Some(TestMerge { head, base })
    }

    /// The head that CI names, if it is not the tested commit itself.
    fn head(&self, ci: &CiRun, commit: Id, warnings: &mut Vec<String>) -> Option<Id> {
        let head = id(ci.head.as_ref()).filter(|head| *head != commit)?;
        let is_unknown = self.repo.is_shallow() && self.repo.commit(head).is_err();
        let is_merge = self.repo.named_parents(commit).is_ok_and(|parents| parents.len() > 1);
        if self.contains(commit, head) || is_unknown && !is_merge {
            return Some(head);
        }
        warnings.push(format!(
            "CI names {} as the head of the change request, which the tested commit {} does not \
             contain: it is not recorded",
            head.short(),
            commit.short()
        ));
        None
    }

    /// Whether a commit is on the timeline: it is on the first-parent chain of the default branch,
    /// or checked out as that branch.
    fn is_on_timeline(&self, commit: Id, branch: Option<&str>) -> bool {
        let Some(default) = self.default else { return false };
        branch == Some(default.name.as_str())
            || self.repo.first_parents(default.tip).is_ok_and(|chain| chain.contains(&commit))
    }

    /// The tip of the target branch of the change, if it is in this clone.
    fn target(&self, ci: &CiRun) -> Option<Id> {
        match (&ci.target, self.default) {
            (Some(target), Some(default)) if *target == default.name => Some(default.tip),
            (Some(target), _) => self.repo.branch_tip(target).ok().flatten(),
            (None, default) => Some(default?.tip),
        }
    }

    /// The merge base of a commit with its target branch.
    fn merge_base(&self, ci: Option<&CiRun>, commit: Id) -> Option<Id> {
        let tip = ci.map_or_else(|| Some(self.default?.tip), |ci| self.target(ci));
        let found = |other: Id| self.repo.merge_base(commit, other).ok().flatten();
        let Some(ci) = ci else { return found(tip?) };
        // The commit that CI names is newer than a branch of this clone that has not been fetched
        // lately.
        let is_newer = |stated: &Id| {
            tip.is_none_or(|tip| self.repo.is_ancestor(tip, *stated).unwrap_or(false))
        };
        let base = id(ci.base.as_ref());
        let stated = [id(ci.merge_base.as_ref()), base]
            .into_iter()
            .flatten()
            .filter(is_newer)
            .find_map(found);
        let unseen = || id(ci.merge_base.as_ref()).filter(|base| self.repo.commit(*base).is_err());
        let parent = || {
            base.filter(|base| self.repo.named_parents(commit).is_ok_and(|all| all.contains(base)))
        };
        stated.or_else(|| found(tip?)).or_else(unseen).or_else(parent)
    }

    fn no_merge_base(&self) -> String {
        let message = "the merge base with the target branch is not known in this clone, so the \
                       change's own lines cannot be distinguished from those of others";
        let shallow = if self.repo.is_shallow() {
            ": the clone is shallow; fetch the whole history (`fetch-depth: 0` in GitHub Actions, \
             `GIT_DEPTH: 0` in GitLab CI)"
        } else {
            ": fetch the target branch too"
        };
        format!("{message}{shallow}")
    }
}

/// An id as CI gives it.
fn id(text: Option<&String>) -> Option<Id> {
    text?.parse().ok()
}
