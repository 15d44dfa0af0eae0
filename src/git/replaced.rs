//! Commits that are replaced by others (git-replace(1)), such as a first commit that was given a
//! parent. libgit2 ignores replacements.

use std::collections::BTreeMap;
use std::env;

use crate::git::open::id_of;
use crate::git::{Id, Repo};

const PREFIX: &str = "refs/replace/";

impl Repo {
    /// The commit to read for another one: the replacement, or the commit itself.
    pub(super) fn replacement(&self, commit: Id) -> Id {
        self.replaced().get(&commit).copied().unwrap_or(commit)
    }

    /// Whether any commit is replaced.
    pub(super) fn has_replacements(&self) -> bool {
        !self.replaced().is_empty()
    }

    /// The replacements, by the commits that they replace. Replaced trees, blobs and tags are
    /// ignored.
    fn replaced(&self) -> &BTreeMap<Id, Id> {
        self.replaced.get_or_init(|| {
            let is_used = self
                .inner
                .config()
                .and_then(|config| config.get_bool("core.useReplaceRefs"))
                .unwrap_or(true);
            if !is_used || env::var_os("GIT_NO_REPLACE_OBJECTS").is_some() {
                return BTreeMap::new();
            }
            let references =
                self.inner.references_glob(&format!("{PREFIX}*")).into_iter().flatten().flatten();
            let pairs = references.filter_map(|reference| {
                let commit: Id = reference.name().ok()?.strip_prefix(PREFIX)?.parse().ok()?;
                let replacement = id_of(reference.target()?);
                let is_commit = self.inner.find_commit(reference.target()?).is_ok();
                (is_commit && commit != replacement).then_some((commit, replacement))
            });
            pairs.collect()
        })
    }
}
