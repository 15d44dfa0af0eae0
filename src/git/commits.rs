//! Commits: their data, the first-parent chain, merge bases, tags.

use git2::{ErrorCode, Signature};

use crate::error::Context;
use crate::git::command::refused;
use crate::git::errors::{FSCK, unlisted_refs};
use crate::git::open::{id_of, oid};
use crate::git::{Commit, Id, Repo, encoding};
use crate::{Error, Result};

impl Repo {
    /// Reads a commit.
    pub fn commit(&self, id: Id) -> Result<Commit> {
        let commit = self.raw_commit(id)?;
        let author = self.author(&commit)?;
        Ok(Commit {
            id,
            parents: self.parents(&commit),
            tree: id_of(commit.tree_id()),
            time: commit.time().seconds(),
            author: name_only(&String::from_utf8_lossy(author.name_bytes())),
            subject: message_part(&commit, commit.summary_bytes()),
            body: message_part(&commit, commit.body_bytes()),
        })
    }

    /// The parents that a commit names, including those beyond a shallow boundary.
    pub fn named_parents(&self, id: Id) -> Result<Vec<Id>> {
        // libgit2, like git, hides the parents of a commit at a shallow boundary, but they are in
        // its text.
        let odb = self.inner.odb().during(|| "could not open the object database".to_owned())?;
        self.check_object("commit", id)?;
        let text = odb
            .read(oid(self.replacement(id)))
            .map_err(|cause| self.unreadable("commit", id, &cause))?;
        let header = String::from_utf8_lossy(text.data()).into_owned();
        let lines = header.lines().take_while(|line| !line.is_empty());
        lines.filter_map(|line| line.strip_prefix("parent ")).map(str::parse).collect()
    }

    /// The first-parent chain from `tip` to the root (or the shallow boundary), newest first.
    pub fn first_parents(&self, tip: Id) -> Result<Vec<Id>> {
        let (chain, error) = self.readable_first_parents(tip);
        error.map_or(Ok(chain), Err)
    }

    /// The first-parent chain as far as it can be read, newest first, and the error that ended it
    /// before the root, if any.
    pub fn readable_first_parents(&self, tip: Id) -> (Vec<Id>, Option<Error>) {
        let (mut chain, mut next) = (Vec::new(), Some(tip));
        while let Some(id) = next {
            match self.raw_commit(id) {
                Ok(commit) => next = self.parents(&commit).first().copied(),
                Err(error) => return (chain, Some(error)),
            }
            chain.push(id);
        }
        (chain, None)
    }

    /// The best common ancestor of two commits.
    pub fn merge_base(&self, one: Id, other: Id) -> Result<Option<Id>> {
        if !self.can_walk() {
            return Ok(self.merge_bases_by_git(one, other)?.first().copied());
        }
        match self.inner.merge_base(oid(one), oid(other)) {
            Ok(base) => Ok(Some(id_of(base))),
            Err(cause) if cause.code() == ErrorCode::NotFound => {
                // libgit2 gives the same error if a commit is missing.
                self.raw_commit(one).and(self.raw_commit(other)).map(|_| None)
            }
            Err(cause) => {
                Err(Error::new(format!("could not find the merge base of {one} and {other}"))
                    .because(cause))
            }
        }
    }

    /// All best common ancestors of two commits, starting with the one that [`Self::merge_base`]
    /// returns. There are several after merges in both directions.
    pub fn merge_bases(&self, one: Id, other: Id) -> Result<Vec<Id>> {
        if !self.can_walk() {
            return self.merge_bases_by_git(one, other);
        }
        let Some(best) = self.merge_base(one, other)? else { return Ok(Vec::new()) };
        let all = self.inner.merge_bases(oid(one), oid(other));
        let all = all.during(|| format!("could not find the merge bases of {one} and {other}"))?;
        let others = all.iter().map(|id| id_of(*id)).filter(|id| *id != best);
        Ok([best].into_iter().chain(others).collect())
    }

    /// Finds the merge bases with git, which handles replaced commits and does not hang on a
    /// damaged object.
    fn merge_bases_by_git(&self, one: Id, other: Id) -> Result<Vec<Id>> {
        let output =
            self.git(&["merge-base", "--all", &one.to_string(), &other.to_string()], "")?;
        match output.status.code() {
            Some(0) => String::from_utf8_lossy(&output.stdout).lines().map(str::parse).collect(),
            Some(1) if output.stderr.is_empty() => Ok(Vec::new()),
            _ => {
                Err(refused(format!("could not find the merge base of {one} and {other}"), &output)
                    .hint(FSCK))
            }
        }
    }

    /// Whether `ancestor` is reachable from `commit`, or is the same commit.
    pub fn is_ancestor(&self, ancestor: Id, commit: Id) -> Result<bool> {
        Ok(ancestor == commit || self.merge_base(ancestor, commit)? == Some(ancestor))
    }

    /// The tags by the commit they point to: `(commit, name)`, sorted.
    pub fn tags(&self) -> Result<Vec<(Id, String)>> {
        let references = self
            .inner
            .references_glob("refs/tags/*")
            .map_err(|cause| unlisted_refs("the tags", &cause))?;
        let mut tags = Vec::new();
        for reference in references.flatten() {
            // A tag of a tree or a blob has no commit.
            let target = reference.resolve().ok().and_then(|found| found.target());
            if let Some(Ok(Some(commit))) = target.map(|target| self.peeled(id_of(target))) {
                let name = String::from_utf8_lossy(reference.shorthand_bytes()).into_owned();
                tags.push((commit, name));
            }
        }
        tags.sort();
        Ok(tags)
    }

    pub(super) fn raw_commit(&self, id: Id) -> Result<git2::Commit<'_>> {
        self.check_object("commit", id)?;
        self.check_size("commit", id)?;
        self.inner
            .find_commit(oid(self.replacement(id)))
            .map_err(|cause| self.unreadable("commit", id, &cause))
    }

    /// The author of a commit, through `.mailmap`.
    pub(super) fn author(&self, commit: &git2::Commit<'_>) -> Result<Signature<'static>> {
        self.mapped(decoded_author(commit))
    }

    pub(super) fn parents(&self, commit: &git2::Commit<'_>) -> Vec<Id> {
        if self.boundary().contains(&id_of(commit.id())) {
            return Vec::new();
        }
        commit.parent_ids().map(id_of).collect()
    }
}

/// A part of a commit's message, in UTF-8.
fn message_part(commit: &git2::Commit<'_>, part: Option<&[u8]>) -> String {
    encoding::text(part.unwrap_or_default(), commit.message_encoding().ok().flatten())
        .trim_end()
        .to_owned()
}

/// The author as the commit names them, in UTF-8.
fn decoded_author(commit: &git2::Commit<'_>) -> Signature<'static> {
    let author = commit.author();
    let encoding = commit.message_encoding().ok().flatten();
    // libgit2 takes the escape sequences of ISO-2022-JP at the ends of a name for blanks, but the
    // header has all of them.
    let header = encoding.and_then(|_| commit.header_field_bytes("author").ok());
    let Some(header) = header else { return author.to_owned() };

    let text = encoding::text(&header, encoding);
    let parts =
        text.rsplit_once('<').and_then(|(name, rest)| Some((name, rest.split_once('>')?.0)));
    let decoded = parts
        .and_then(|(name, email)| Signature::new(name.trim(), email.trim(), &author.when()).ok());
    decoded.unwrap_or_else(|| author.to_owned())
}

/// Removes e-mail addresses from a name. Some authors use an address as their name; of
/// `ada@example.com`, only `ada` remains.
pub(super) fn name_only(name: &str) -> String {
    let words = name.split_whitespace().map(|word| match word.split_once('@') {
        Some((user, host)) if !user.is_empty() && !host.is_empty() => {
            user.trim_start_matches(['<', '('])
        }
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::name_only;

    #[test]
    fn a_name_holds_no_address() {
        assert_eq!(name_only("Ada Lovelace"), "Ada Lovelace");
        assert_eq!(name_only("ada@example.com"), "ada");
        assert_eq!(name_only("Ada <ada@example.com>"), "Ada ada");
        assert_eq!(name_only("Ada @ work"), "Ada @ work");
    }
}
