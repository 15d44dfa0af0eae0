//! Fetches and pushes with the user's own `git`, so that credentials, proxies and hosts work as
//! usual.

use std::process::Output;

use crate::error::{Context as _, Kind};
use crate::git::command::refused;
use crate::git::errors::blocked;
use crate::git::{Id, Repo, RepoWriter, without_credentials};
use crate::{Error, Result};

impl RepoWriter {
    /// Fetches a refspec (`+refs/heads/a:refs/remotes/origin/a`) from a remote.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if the remote has no such ref, [`Kind::RefMoved`] if another process is
    /// fetching too.
    pub fn fetch(&self, remote: &str, refspec: &str) -> Result<()> {
        Self::refuse_option(remote)?;
        // Without these options, `submodule.recurse` and `push.recurseSubmodules` would make git
        // visit other repositories.
        let own = [
            "fetch",
            "--recurse-submodules=no",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            remote,
            refspec,
        ];
        let output = self.git(&own, "")?;
        if output.status.success() {
            return Ok(());
        }
        let shown = without_credentials(remote);
        let error = refused(format!("could not fetch {refspec} from `{shown}`"), &output);
        if let Some(blocking) = blocking(&output) {
            let target = refspec.rsplit(':').next().unwrap_or(refspec);
            return Err(error.hint(format!(
                "{blocking} is in the way of {target}; if the remote has no such branch any more: \
                 `git remote prune {shown}`"
            )));
        }
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("couldn't find remote ref") {
            return Err(error.with_kind(Kind::NotFound));
        }
        if [
            "cannot lock ref",
            "unable to update local ref",
            "shallow.lock",
            "shallow file has changed",
        ]
        .iter()
        .any(|race| said.contains(race))
        {
            return Err(error
                .with_kind(Kind::RefMoved)
                .hint("another git process is writing in this repository"));
        }
        Err(error.hint(format!("does `git fetch {shown}` work in this environment?")))
    }

    /// Pushes a refspec (`<commit>:refs/heads/a`) to a remote. It must be a fast-forward.
    ///
    /// # Errors
    /// [`Kind::RefMoved`] if another process pushed first.
    pub fn push(&self, remote: &str, refspec: &str) -> Result<()> {
        self.pushed(remote, refspec, &[]).map_err(|error| match error.kind() {
            Kind::RefMoved => error,
            _ => error.hint("in GitHub Actions the job needs `permissions: contents: write`"),
        })
    }

    /// Replaces a ref of a remote with a commit, which need not be a descendant, if the ref is
    /// still at `expected`.
    ///
    /// # Errors
    /// [`Kind::RefMoved`] if the ref has moved.
    pub fn replace(&self, remote: &str, reference: &str, expected: Id, commit: Id) -> Result<()> {
        let lease = format!("--force-with-lease={reference}:{expected}");
        self.pushed(remote, &format!("{commit}:{reference}"), &[&lease]).map_err(
            |error| match error.kind() {
                Kind::RefMoved => error,
                _ => error.hint(
                    "a branch that is protected, or a server that refuses forced pushes, cannot be \
                     rewritten",
                ),
            },
        )
    }

    fn pushed(&self, remote: &str, refspec: &str, options: &[&str]) -> Result<()> {
        Self::refuse_option(remote)?;
        let target = refspec.rsplit(':').next().unwrap_or(refspec);
        let push = ["push", "--recurse-submodules=no", "--porcelain", "--no-verify"];
        let output = self.git(&[&push, options, &[remote, refspec]].concat(), "")?;
        if output.status.success() {
            return Ok(());
        }
        let shown = without_credentials(remote);
        let error = refused(format!("could not push {target} to `{shown}`"), &output);
        if let Some(blocking) = blocking(&output) {
            return Err(blocked(target, &blocking))
                .during(|| format!("could not push to `{shown}`"));
        }
        if lost_a_race(&output) {
            return Err(error
                .with_kind(Kind::RefMoved)
                .hint("another process pushed at the same time; try again"));
        }
        if remote_could_not_store(&output) {
            return Err(error.hint(
                "the remote could not store it: is its disk full, is the push larger than it \
                 allows, or did a push that was killed there leave a `*.keep` file in its \
                 objects/pack folder?",
            ));
        }
        Err(error.hint(format!("may this user push to {target}?")))
    }

    /// Refuses a remote that git would read as an option, such as `--receive-pack=…`, which runs a
    /// command.
    fn refuse_option(remote: &str) -> Result<()> {
        if remote.starts_with('-') || remote.is_empty() {
            return Err(Error::new(format!("`{remote}` is not a remote"))
                .hint("`git remote -v` lists the remotes; a URL also works"));
        }
        Ok(())
    }
}

impl Repo {
    /// In a partial clone, fetches the missing ones of these objects in one batch. Returns how many
    /// there were. In other clones it does nothing, and reading will report what is missing.
    pub fn fetch_missing(&self, ids: &[Id]) -> Result<usize> {
        let Some(remote) = self.promisor() else { return Ok(0) };
        let missing: Vec<String> =
            ids.iter().filter(|id| !self.has(**id)).map(Id::to_string).collect();
        if missing.is_empty() {
            return Ok(0);
        }
        let arguments = [
            "-c",
            "fetch.negotiationAlgorithm=noop",
            "fetch",
            &remote,
            "--no-tags",
            "--no-write-fetch-head",
            "--recurse-submodules=no",
            "--filter=blob:none",
            "--stdin",
        ];
        let output = self.git(&arguments, &(missing.join("\n") + "\n"))?;
        if !output.status.success() {
            let objects = if missing.len() == 1 {
                "an object"
            } else {
                &format!("{} objects", missing.len())
            };
            return Err(refused(
                format!("could not fetch {objects} that this partial clone leaves out"),
                &output,
            )
            .hint(format!("`git fetch --refetch --no-filter {remote}` makes the clone complete")));
        }
        Ok(missing.len())
    }
}

/// The ref whose name conflicts with another one, if that is what git reports. Retrying does not
/// help then.
fn blocking(output: &Output) -> Option<String> {
    let said =
        [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
    let before = said
        .split("' exists; cannot create '")
        .next()
        .filter(|before| before.len() < said.len())?;
    Some(before.rsplit('\'').next()?.to_owned())
}

/// Whether the remote accepted a push and then failed to write its objects, because of a full disk,
/// a size limit, or a leftover of a killed push.
fn remote_could_not_store(output: &Output) -> bool {
    let said = String::from_utf8_lossy(&output.stdout);
    let rejected =
        said.lines().filter(|line| line.starts_with('!') && line.contains("[remote rejected]"));
    let storing = ["unable to migrate objects", "unpacker error"];
    rejected.into_iter().any(|line| storing.iter().any(|failure| line.contains(failure)))
}

/// Whether a push was refused because the ref had moved, and not because of its sender or content.
fn lost_a_race(output: &Output) -> bool {
    const RACES: [&str; 8] = [
        "[rejected] (stale info)",
        "[rejected] (fetch first)",
        "[rejected] (non-fast-forward)",
        "cannot lock ref",
        "failed to update ref",
        "incorrect old value provided",
        "reference already exists",
        "failed to lock",
    ];
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines()
        .filter(|line| line.starts_with('!'))
        .any(|line| RACES.iter().any(|race| line.contains(race)))
}
