//! Finds the default branch, whose commits are the timeline. All commands use this answer.

use crate::error::Kind;
use crate::forge::CiRun;
use crate::git::{Id, Repo};
use crate::history::checked_out;
use crate::{Error, Result};

/// The default branch, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultBranch {
    /// Its name without `refs/heads/`; `HEAD` if no branch is known.
    pub name: String,
    /// How it was found: `config`, `CI`, `remote HEAD`, `main`, `master` or `current branch`.
    pub how: &'static str,
    /// Its tip: of the local branch or of a remote-tracking one, whichever is ahead.
    pub tip: Id,
    /// The reason to doubt the answer.
    pub warning: Option<String>,
}

/// Finds the default branch: the configured one, else the one that CI names in this run, else that
/// of a remote's HEAD, else `main` or `master`, else the current one.
///
/// # Errors
/// [`Kind::NotFound`] if the configured branch, or the one that CI names, is not in this clone, if
/// nothing says which branch it is and the current one is that of a change request, and if the
/// repository has no commit.
pub fn default_branch(
    repo: &Repo,
    config: Option<&str>,
    ci: Option<&CiRun>,
) -> Result<DefaultBranch> {
    let search = Search { repo, ci };
    if let Some(name) = config {
        return search.found(name, "config")?.ok_or_else(|| {
            Error::new(format!("the configured default branch `{name}` does not exist here"))
                .with_kind(Kind::NotFound)
                .hint(format!("correct `branch` in covatlas.toml, or run `{}`", fetch(name)))
        });
    }
    let stated = ci.and_then(|ci| ci.default_branch.as_deref());
    if let Some(found) = stated.map(|name| search.found(name, "CI")).transpose()?.flatten() {
        return Ok(found);
    }
    let remote_head = search.remote_head()?;
    if let Some(name) = stated {
        let message = format!("the default branch `{name}`, as CI names it, is not in this clone");
        let Some(found) = remote_head else {
            let error = Error::new(message).with_kind(Kind::NotFound);
            return Err(error.hint(format!(
                "`{}` brings it; `branch` in covatlas.toml names another",
                fetch(name)
            )));
        };
        let warning = format!("{message}: that of the remote's HEAD is used, `{}`", found.name);
        return Ok(DefaultBranch { warning: Some(warning), ..found });
    }
    if let Some(found) = remote_head {
        return Ok(found);
    }
    for name in ["main", "master"] {
        if let Some(found) = search.found(name, name)? {
            return Ok(found);
        }
    }
    search.current()
}

fn fetch(name: &str) -> String {
    format!("git fetch origin {name}:refs/remotes/origin/{name}")
}

struct Search<'a> {
    repo: &'a Repo,
    ci: Option<&'a CiRun>,
}

impl Search<'_> {
    /// A branch of this clone. In a run for that branch the checked-out commit is its tip if there
    /// is no ref of that name, and if the ref is behind: a runner that keeps its clone fetches what
    /// it tests, and not always the branch.
    fn found(&self, name: &str, how: &'static str) -> Result<Option<DefaultBranch>> {
        let tip = match (self.repo.branch_tip(name)?, self.checked_out(name)) {
            (Some(tip), Some(newer)) if self.repo.is_ancestor(tip, newer).unwrap_or(false) => {
                Some(newer)
            }
            (tip, checked_out) => tip.or(checked_out),
        };
        Ok(tip.map(|tip| DefaultBranch { name: name.to_owned(), how, tip, warning: None }))
    }

    /// The checked-out commit, if this is a run for that branch and the commit is from it.
    fn checked_out(&self, name: &str) -> Option<Id> {
        let ci = self.ci.filter(|ci| ci.own_branch() == Some(name))?;
        self.repo.resolve("HEAD").ok().filter(|head| checked_out::is_of_run(self.repo, ci, *head))
    }

    fn remote_head(&self) -> Result<Option<DefaultBranch>> {
        let remotes = self.repo.remotes()?;
        let name = remotes.iter().find_map(|remote| self.repo.remote_head(&remote.name));
        Ok(name.map(|name| self.found(&name, "remote HEAD")).transpose()?.flatten())
    }

    fn current(&self) -> Result<DefaultBranch> {
        let tip = self.repo.resolve("HEAD")?;
        if self.ci.is_some_and(|ci| ci.is_change) {
            return Err(Error::new("nothing in this clone says which branch is the default one")
                .with_kind(Kind::NotFound)
                .hint("set `branch` in covatlas.toml, and fetch that branch"));
        }
        let name = self.repo.current_branch().unwrap_or_else(|| "HEAD".to_owned());
        let is_doubtful = self.ci.is_some() || !self.repo.remotes()?.is_empty();
        let warning = format!(
            "nothing says which branch is the default one: the current one is used, `{name}`; `branch` in covatlas.toml sets it"
        );
        Ok(DefaultBranch {
            name,
            how: "current branch",
            tip,
            warning: is_doubtful.then_some(warning),
        })
    }
}
