//! Makes a repository from a pack, for the embedded sample of `covatlas demo`.

use std::io::Write as _;
use std::path::Path;

use git2::build::CheckoutBuilder;
use git2::{Repository, RepositoryInitOptions};

use crate::error::Context;
use crate::git::open::oid;
use crate::git::options::WINDOW;
use crate::git::{Id, RepoWriter};
use crate::{Error, Result};

impl RepoWriter {
    /// Creates an empty repository in a folder, independent of the user's configuration, with the
    /// unborn branch `main`.
    pub fn init(folder: &Path) -> Result<Self> {
        let mut options = RepositoryInitOptions::new();
        options.initial_head("main").external_template(false).no_reinit(true);
        let made = Repository::init_opts(folder, &options);
        made.during(|| format!("could not make a repository in {}", folder.display()))?;
        Self::discover(folder)
    }

    /// Adds the objects of a small pack.
    ///
    /// # Errors
    /// If the pack is larger than a window of libgit2, whose indexer fails on some of those.
    pub fn take_pack(&self, pack: &[u8]) -> Result<()> {
        if pack.len() > WINDOW {
            return Err(Error::new(format!(
                "a pack of {} bytes is too large for libgit2's indexer",
                pack.len()
            )));
        }
        self.index_with_libgit2(pack)
    }

    /// Indexes a pack with libgit2, including deltas. See [`super::write`] for packs that it cannot
    /// index.
    pub(super) fn index_with_libgit2(&self, pack: &[u8]) -> Result<()> {
        let attempt = || "could not take in the pack".to_owned();
        let odb = self.inner.odb().during(attempt)?;
        let mut writer = odb.packwriter().during(attempt)?;
        writer.write_all(pack).during(attempt)?;
        writer.commit().during(attempt)?;
        Ok(())
    }

    /// Creates a ref to an object, which for a tag need not be a commit.
    pub fn new_ref(&self, reference: &str, to: Id) -> Result<()> {
        let made = self.inner.reference(reference, oid(to), false, "sample");
        made.map(|_| ()).during(|| format!("could not make {reference}"))
    }

    /// Checks out the files of HEAD into the work tree.
    pub fn check_out(&self) -> Result<()> {
        let mut options = CheckoutBuilder::new();
        options.force();
        self.inner
            .checkout_head(Some(&mut options))
            .during(|| "could not check out HEAD".to_owned())
    }
}
