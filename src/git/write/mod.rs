//! Writing: objects gather in memory, go to disk as one pack, and a ref moves last, compare-and-swap.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
};

use git2::{ErrorCode, FileMode, ObjectType, OdbLookupFlags, Oid, Repository, Signature, Time};

use super::{
    Id, Repo,
    failure::not_updated,
    open::{id_of, oid},
    trees::{Entry, entries, entry_kind},
};
use crate::{Error, Result, error::Context};

/// What happens to a name in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// A file with this blob stands there.
    File(Id),
    /// A folder with this tree stands there.
    Folder(Id),
    /// Nothing stands there.
    Remove,
    /// The folder there, or an empty one, is edited; a folder that becomes empty is removed.
    Inside(BTreeMap<Vec<u8>, Edit>),
}

/// Who a commit is by, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    name: String,
    email: String,
    /// Seconds since 1970 UTC.
    time: i64,
}

/// New objects on their way into a repository: readable here at once, on disk after [`Batch::store`].
pub struct Batch {
    repo: Repository,
    fresh: RefCell<BTreeSet<Oid>>,
}

impl Repo {
    /// The user as git knows them (`user.name`, `user.email`), or covatlas itself, at a time in seconds since 1970 UTC.
    pub fn signer(&self, time: i64) -> Signer {
        let known = self.inner.signature().ok();
        let known = known.as_ref().and_then(|user| Some((user.name().ok()?, user.email().ok()?)));
        let (name, email) = known.unwrap_or(("covatlas", "covatlas@localhost"));
        Signer { name: name.to_owned(), email: email.to_owned(), time }
    }

    /// Begins to write objects. Nothing is visible to others before [`Batch::store`].
    pub fn batch(&self) -> Result<Batch> {
        let repo = self.open_again()?;
        let attempt = || "could not prepare to write objects".to_owned();
        // A handle of its own: the backend stays in the handle's object database for its lifetime.
        repo.odb().during(attempt)?.add_new_mempack_backend(1000).during(attempt)?;
        Ok(Batch { repo, fresh: RefCell::default() })
    }

    /// Points a ref (`refs/heads/…`) to a commit, if it still points to `expected` (none: if it does not exist yet).
    ///
    /// # Errors
    /// [`Kind::RefMoved`](crate::error::Kind::RefMoved) when another process moved the ref or holds its lock.
    pub fn move_ref(&self, reference: &str, expected: Option<Id>, to: Id, reason: &str) -> Result<()> {
        let moved = match expected {
            Some(expected) => self.inner.reference_matching(reference, oid(to), true, oid(expected), reason),
            None => self.inner.reference(reference, oid(to), false, reason),
        };
        let lock = self.inner.commondir().join(format!("{reference}.lock"));
        match moved {
            Ok(_) => Ok(()),
            // The ref that should match is gone.
            Err(cause) if expected.is_some() && cause.code() == ErrorCode::NotFound => Err(not_updated(
                reference,
                &lock,
                git2::Error::new(ErrorCode::Modified, cause.class(), cause.message()),
            )),
            Err(cause) => Err(not_updated(reference, &lock, cause)),
        }
    }
}

impl Batch {
    /// Adds a blob.
    pub fn blob(&self, content: &[u8]) -> Result<Id> {
        self.add(ObjectType::Blob, content).during(|| "could not write a blob".to_owned()).map(id_of)
    }

    /// Adds the tree that edits make of a base tree (none: of an empty one), with the folders below; none where nothing
    /// is left in it.
    pub fn tree(&self, base: Option<Id>, edits: &BTreeMap<Vec<u8>, Edit>) -> Result<Option<Id>> {
        let tree = self.edited(base.map(oid), edits).during(|| "could not write a tree".to_owned())?;
        Ok(tree.map(id_of))
    }

    fn edited(&self, base: Option<Oid>, edits: &BTreeMap<Vec<u8>, Edit>) -> Result<Option<Oid>, git2::Error> {
        let base = base.map(|id| self.repo.find_tree(id)).transpose()?;
        let mut builder = self.repo.treebuilder(base.as_ref())?;
        for (name, edit) in edits {
            let known = base.as_ref().and_then(|tree| tree.get_name_bytes(name));
            let put = match edit {
                Edit::File(blob) => Some((oid(*blob), FileMode::Blob)),
                Edit::Folder(tree) => Some((oid(*tree), FileMode::Tree)),
                Edit::Remove => None,
                Edit::Inside(edits) => {
                    let folder = known.as_ref().filter(|entry| entry_kind(entry.filemode_raw()) == Entry::Folder);
                    self.edited(folder.map(git2::TreeEntry::id), edits)?.map(|tree| (tree, FileMode::Tree))
                }
            };
            match put {
                Some((id, mode)) => drop(builder.insert(name.as_slice(), id, mode.into())?),
                None if known.is_some() => builder.remove(name.as_slice())?,
                None => {}
            }
        }
        if builder.is_empty() {
            return Ok(None);
        }
        let id = builder.write()?;
        self.fresh.borrow_mut().insert(id);
        Ok(Some(id))
    }

    /// Adds a commit.
    pub fn commit(&self, tree: Id, parents: &[Id], signer: &Signer, message: &str) -> Result<Id> {
        self.committed(tree, parents, signer, message).during(|| "could not write a commit".to_owned()).map(id_of)
    }

    fn committed(&self, tree: Id, parents: &[Id], signer: &Signer, message: &str) -> Result<Oid, git2::Error> {
        let tree = self.repo.find_tree(oid(tree))?;
        let parents = parents.iter().map(|&id| self.repo.find_commit(oid(id))).collect::<Result<Vec<_>, _>>()?;
        let signature = Signature::new(&signer.name, &signer.email, &Time::new(signer.time, 0))?;
        let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
        let content = self.repo.commit_create_buffer(&signature, &signature, message, &tree, &parents)?;
        self.add(ObjectType::Commit, &content)
    }

    /// Adds an object unless the repository has it.
    fn add(&self, kind: ObjectType, content: &[u8]) -> Result<Oid, git2::Error> {
        let id = Oid::hash_object_ext(kind, content, self.repo.object_format())?;
        let odb = self.repo.odb()?;
        if !odb.exists_ext(id, OdbLookupFlags::NO_REFRESH) {
            odb.write(kind, content)?;
            self.fresh.borrow_mut().insert(id);
        }
        Ok(id)
    }

    /// The entries of a tree of this batch or of the repository, as [`Repo::entries`] has them.
    pub fn entries(&self, tree: Id) -> Result<Vec<(String, Id, bool)>> {
        let tree = self.repo.find_tree(oid(tree)).during(|| format!("could not read the new tree {tree}"))?;
        Ok(entries(&tree))
    }

    /// Writes the new objects into the repository, as one pack. The batch can go on afterwards.
    pub fn store(&self) -> Result<()> {
        self.packed().map_err(|cause| {
            Error::new("could not write the new objects into the repository")
                .because(cause)
                .hint("is the disk full, or the repository not writable for this user?")
        })?;
        self.fresh.borrow_mut().clear();
        Ok(())
    }

    fn packed(&self) -> Result<(), git2::Error> {
        // Trees come out of libgit2's builder whether they are new or not.
        let disk = Repository::open(self.repo.path())?;
        let known = disk.odb()?;
        let mut builder = self.repo.packbuilder()?;
        for &id in self.fresh.borrow().iter().filter(|&&id| !known.exists_ext(id, OdbLookupFlags::NO_REFRESH)) {
            builder.insert_object(id, None)?;
        }
        if builder.object_count() == 0 {
            return Ok(());
        }
        let mut pack = git2::Buf::new();
        builder.write_buf(&mut pack)?;
        let mut writer = known.packwriter()?;
        writer.write_all(&pack).map_err(|cause| git2::Error::from_str(&cause.to_string()))?;
        writer.commit()?;
        Ok(())
    }
}
