//! Collects new objects in a batch, compressed, and writes them to disk as one pack, which is read
//! back before any ref points to it.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use git2::{ObjectFormat, ObjectType, OdbLookupFlags, Oid, Signature, Time};

use crate::error::Context;
use crate::git::open::{id_of, oid};
use crate::git::trees::{Entry, entry_kind};
use crate::git::write::object::{self, Packed};
use crate::git::write::{Edit, Signer, pack, temporary};
use crate::git::{Id, Repo, RepoWriter};
use crate::{Error, Result, path};

const FILE: i32 = 0o100_644;
const FOLDER: i32 = 0o040_000;

/// New objects on their way into a repository: readable here at once, and on disk after
/// [`Batch::store`].
pub struct Batch<'r> {
    repo: &'r Repo,
    format: ObjectFormat,
    fresh: RefCell<Vec<Packed>>,
    /// The ids of the new objects.
    known: RefCell<HashSet<Id>>,
    /// The trees that were made here, whether on disk or not.
    trees: RefCell<HashMap<Id, Entries>>,
}

/// The entries of a tree by name: mode and object.
type Entries = BTreeMap<Vec<u8>, (i32, Id)>;

impl RepoWriter {
    /// Starts a batch of objects. Nothing is visible to others before [`Batch::store`].
    pub fn batch(&self) -> Batch<'_> {
        Batch {
            repo: self,
            format: self.inner.object_format(),
            fresh: RefCell::default(),
            known: RefCell::default(),
            trees: RefCell::default(),
        }
    }
}

impl Batch<'_> {
    /// Adds a blob.
    pub fn blob(&self, content: &[u8]) -> Result<Id> {
        self.add(ObjectType::Blob, content)
    }

    /// Adds one blob per item, using all cores. The ids are in the order of the items.
    pub fn blobs<T: Sync>(
        &self,
        items: &[T],
        content: impl Fn(&T) -> Result<Vec<u8>> + Sync,
    ) -> Result<Vec<Id>> {
        let blobs = object::blobs(items, self.format, content)?;
        Ok(blobs.into_iter().map(|blob| self.keep(blob)).collect())
    }

    /// Applies edits to a base tree (`None` is an empty one) and adds the resulting tree with the
    /// folders below it. Returns `None` if nothing is left in it.
    pub fn tree(&self, base: Option<Id>, edits: &BTreeMap<Vec<u8>, Edit>) -> Result<Option<Id>> {
        let base = base.map(|base| self.entries_of(base)).transpose()?;
        let mut entries = base.unwrap_or_default();
        for (name, edit) in edits {
            let known = entries.remove(name);
            let put = match edit {
                Edit::File(blob) => Some((FILE, *blob)),
                Edit::Folder(tree) => Some((FOLDER, *tree)),
                Edit::Remove => None,
                Edit::Inside(edits) => {
                    let folder = known.filter(|(mode, _)| entry_kind(*mode) == Entry::Folder);
                    self.tree(folder.map(|(_, tree)| tree), edits)?.map(|tree| (FOLDER, tree))
                }
            };
            if let Some(entry) = put {
                check_name(name)?;
                entries.insert(name.clone(), entry);
            }
        }
        if entries.is_empty() {
            return Ok(None);
        }

        let id = self.add(ObjectType::Tree, &tree_content(&entries))?;
        self.trees.borrow_mut().insert(id, entries);
        Ok(Some(id))
    }

    /// Adds a commit.
    pub fn commit(&self, tree: Id, parents: &[Id], signer: &Signer, message: &str) -> Result<Id> {
        let attempt = || "could not write a commit".to_owned();
        for parent in parents {
            self.repo.raw_commit(*parent).during(attempt)?;
        }
        let signature = Signature::new(&signer.name, &signer.email, &Time::new(signer.time, 0))
            .during(attempt)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (name, email) = (text(signature.name_bytes()), text(signature.email_bytes()));

        let mut content = format!("tree {tree}\n");
        for parent in parents {
            let _ = writeln!(content, "parent {parent}");
        }
        for role in ["author", "committer"] {
            let _ = writeln!(content, "{role} {name} <{email}> {} +0000", signer.time);
        }
        content.push('\n');
        content.push_str(message);
        self.add(ObjectType::Commit, content.as_bytes())
    }

    /// The entries of a tree of this batch or of the repository, in the form of [`Repo::entries`].
    pub fn entries(&self, tree: Id) -> Result<Vec<(String, Id, bool)>> {
        let entries = self.entries_of(tree)?;
        let seen = entries
            .into_iter()
            .map(|(name, (mode, id))| (path::from_bytes(&name), id, entry_kind(mode)));
        let seen = seen.filter(|(.., kind)| matches!(kind, Entry::File | Entry::Folder));
        Ok(seen.map(|(name, id, kind)| (name, id, kind == Entry::Folder)).collect())
    }

    fn entries_of(&self, tree: Id) -> Result<Entries> {
        if let Some(entries) = self.trees.borrow().get(&tree) {
            return Ok(entries.clone());
        }
        let tree = self.repo.tree(tree)?;
        let entry = |entry: git2::TreeEntry<'_>| {
            (entry.name_bytes().to_vec(), (entry.filemode_raw(), id_of(entry.id())))
        };
        Ok(tree.iter().map(entry).collect())
    }

    fn add(&self, kind: ObjectType, content: &[u8]) -> Result<Id> {
        Ok(self.keep(Packed::new(kind, content, self.format)?))
    }

    /// Keeps an object unless the repository has it.
    fn keep(&self, object: Packed) -> Id {
        let id = object.id;
        if !self.known.borrow().contains(&id) && !self.is_stored(id) {
            self.known.borrow_mut().insert(id);
            self.fresh.borrow_mut().push(object);
        }
        id
    }

    /// Whether the repository has damaged copies of objects of this batch.
    pub fn repairs(&self) -> bool {
        self.fresh.borrow().iter().any(|object| self.repo.is_damaged(object.id))
    }

    fn is_stored(&self, id: Id) -> bool {
        // An object with a damaged file is written again. This repairs it, because git looks into
        // packs first.
        self.repo.inner.odb().is_ok_and(|odb| odb.exists_ext(oid(id), OdbLookupFlags::NO_REFRESH))
            && !self.repo.is_damaged(id)
    }

    /// Writes the new objects into the repository, as one pack, and reads them back. The batch can
    /// be used afterwards.
    pub fn store(&self) -> Result<()> {
        let objects = self.fresh.borrow();
        if objects.is_empty() {
            return Ok(());
        }
        let folder = self.pack_folder();
        temporary::remove_abandoned(&folder);

        let attempt =
            || format!("could not write {} new objects into {}", objects.len(), folder.display());
        let written =
            fs::create_dir_all(&folder).and_then(|()| pack::write(&folder, &objects, self.format));
        let files = written.map_err(|cause| {
            Error::new(attempt())
                .because(cause)
                .hint("is the disk full, or the repository not writable for this user?")
        })?;
        if let Err(error) = self.read_back(&objects) {
            files.remove();
            return Err(error.hint("nothing was recorded; is the disk damaged?")).during(attempt);
        }

        drop(objects);
        self.fresh.borrow_mut().clear();
        Ok(())
    }

    fn pack_folder(&self) -> PathBuf {
        self.repo.inner.commondir().join("objects").join("pack")
    }

    /// Reads every object of the new pack like any reader would, since a ref must never point to an
    /// object that cannot be read.
    fn read_back(&self, objects: &[Packed]) -> Result<()> {
        // A separate handle is needed to see the new pack.
        let repo = self.repo.open_again()?;
        let odb = repo.odb().during(|| "could not open the object database".to_owned())?;
        for object in objects {
            let attempt = || format!("could not read back the new object {}", object.id);
            let read = odb.read(oid(object.id)).during(attempt)?;
            let id = Oid::hash_object_ext(read.kind(), read.data(), self.format).during(attempt)?;
            if id_of(id) != object.id {
                return Err(Error::new(format!("its content is that of {id}"))).during(attempt);
            }
        }
        Ok(())
    }
}

/// Refuses a name that git refuses in a tree. The store escapes the names of source files.
fn check_name(name: &[u8]) -> Result<()> {
    let is_refused = name.is_empty()
        || matches!(name, b"." | b"..")
        || name.eq_ignore_ascii_case(b".git")
        || name.iter().any(|byte| matches!(byte, b'/' | 0));
    if is_refused {
        return Err(Error::new(format!(
            "git refuses {:?} as a name in a tree",
            String::from_utf8_lossy(name)
        )));
    }
    Ok(())
}

/// A tree as git stores it: sorted by name, with folders as if they ended with `/`.
fn tree_content(entries: &Entries) -> Vec<u8> {
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_by_cached_key(|(name, (mode, _))| {
        let slash: &[u8] = if entry_kind(*mode) == Entry::Folder { b"/" } else { b"" };
        [name, slash].concat()
    });
    let mut content = Vec::new();
    for (name, (mode, id)) in sorted {
        content.extend_from_slice(format!("{mode:o} ").as_bytes());
        content.extend_from_slice(name);
        content.push(0);
        content.extend_from_slice(id.as_raw());
    }
    content
}
