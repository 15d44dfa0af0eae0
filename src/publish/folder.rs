//! The folder of a site while it is built.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::Published;
use super::claim::{lock, refuse_foreign};
use super::disk::{Flush, WRITING, cannot_write, is_since_start, replace};
use super::manifest::{
    Entry, HEADER, MANIFEST, UNFINISHED, check_path, manifest_line, manifest_text, read_manifest,
};
use crate::error::Context as _;
use crate::site::Sink;
use crate::{Error, Result, program};

/// A folder to write a site to.
pub struct Folder {
    root: PathBuf,
    /// The manifest of the last build.
    before: BTreeMap<String, Entry>,
    /// The files of this build.
    after: BTreeMap<String, Entry>,
    /// Whether files are read before they are trusted, because power may have been lost since they
    /// were written.
    suspicious: bool,
    /// Folders that are known to exist and not to be symlinks.
    safe: BTreeSet<PathBuf>,
    journal: fs::File,
    /// Locked during the build. The system releases the lock when the process ends in any way.
    _lock: Option<fs::File>,
    written: usize,
}

impl Folder {
    /// Opens a folder for a build. It must be new, empty, or written by an earlier build.
    pub fn open(root: &Path) -> Result<Self> {
        fs::create_dir_all(root).during(|| format!("cannot make the folder {}", root.display()))?;
        let lock = lock(root)?;
        let manifest = root.join(MANIFEST);
        let suspicious = !is_since_start(&manifest);
        let before = match fs::read_to_string(&manifest) {
            Ok(text) => {
                read_manifest(&text).during(|| format!("cannot use {}", manifest.display()))?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                refuse_foreign(root)?;
                BTreeMap::new()
            }
            Err(error) => {
                return Err(error).during(|| format!("cannot read {}", manifest.display()));
            }
        };
        let untrusted = before.iter().map(|(path, entry)| (path.as_str(), entry));
        replace(&manifest, manifest_text(UNFINISHED, untrusted).as_bytes(), Flush::Disk)?;
        let journal = fs::OpenOptions::new().append(true).open(&manifest);
        let journal = journal.during(|| format!("cannot write {}", manifest.display()))?;
        let mut folder = Self {
            root: root.to_owned(),
            before,
            after: BTreeMap::new(),
            suspicious,
            safe: BTreeSet::new(),
            journal,
            _lock: lock,
            written: 0,
        };
        folder.remove_unfinished();
        // Otherwise GitHub Pages drops files that begin with `_`.
        folder.put(".nojekyll", "", b"")?;
        Ok(folder)
    }

    /// Removes the files of an earlier build that this one did not write, and writes the manifest.
    pub fn finish(mut self) -> Result<Published> {
        let stale: Vec<String> =
            self.before.keys().filter(|path| !self.after.contains_key(*path)).cloned().collect();
        let mut removed = 0;
        for path in &stale {
            removed += usize::from(self.remove(path)?);
        }
        let entries = self.after.iter().map(|(path, entry)| (path.as_str(), entry));
        replace(&self.root.join(MANIFEST), manifest_text(HEADER, entries).as_bytes(), Flush::Disk)?;
        let bytes = self.after.values().map(|entry| entry.size).sum();
        Ok(Published { files: self.after.len(), written: self.written, removed, bytes })
    }

    /// Removes the file that a killed build was writing.
    fn remove_unfinished(&mut self) {
        // After a finished build, all entries have a hash.
        let unfinished = self.before.iter().filter(|(_, entry)| entry.hash.is_empty());
        let folders =
            unfinished.map(|(path, _)| path.rsplit_once('/').map_or("", |(folder, _)| folder));
        let folders: BTreeSet<PathBuf> =
            folders.chain([""]).map(|folder| self.root.join(folder)).collect();
        for folder in folders {
            let beside = folder.join(WRITING);
            if fs::symlink_metadata(&beside).is_ok_and(|found| !found.is_dir())
                && !self.is_linked(&beside)
            {
                let _ = fs::remove_file(beside);
            }
        }
    }

    /// Removes a file of an earlier build, and the folders that this leaves empty. Returns false if
    /// the file does not exist.
    fn remove(&mut self, path: &str) -> Result<bool> {
        let file = self.root.join(path);
        let folders = file.ancestors().skip(1).take_while(|folder| *folder != self.root);
        let through_link = folders.clone().any(Path::is_symlink);
        if through_link || !matches!(fs::symlink_metadata(&file), Ok(found) if !found.is_dir()) {
            return Ok(false);
        }
        fs::remove_file(&file)
            .during(|| format!("cannot remove the stale page {}", file.display()))?;
        for folder in folders {
            if fs::remove_dir(folder).is_err() {
                break; // not empty
            }
            self.safe.remove(folder);
        }
        Ok(true)
    }

    /// Creates the folders above a file. None of them may be a symlink, since the site must not be
    /// written outside of its folder.
    fn make_way(&mut self, path: &str) -> Result<()> {
        let mut folder = self.root.clone();
        let parents = path.rsplit_once('/').map_or("", |(parents, _)| parents);
        let mut walked = String::new();
        for name in parents.split('/').filter(|name| !name.is_empty()) {
            folder.push(name);
            walked = if walked.is_empty() { name.to_owned() } else { format!("{walked}/{name}") };
            if self.safe.contains(&folder) {
                continue;
            }
            match fs::symlink_metadata(&folder) {
                Ok(found) if found.is_dir() => {}
                Ok(found) if found.is_file() && self.before.contains_key(&walked) => {
                    fs::remove_file(&folder)
                        .and_then(|()| fs::create_dir(&folder))
                        .during(|| cannot_write(&folder))?;
                }
                Ok(_) => {
                    return Err(Error::new(format!(
                        "cannot write below {}: it is not a folder",
                        folder.display()
                    ))
                    .hint(
                        "the site is never written through a symlink or over a foreign file: \
                         remove it",
                    ));
                }
                Err(_) => fs::create_dir(&folder).during(|| cannot_write(&folder))?,
            }
            self.safe.insert(folder.clone());
        }
        self.clear_folder(path)
    }

    /// Removes the earlier build's files from a folder at a path where a file has to go.
    fn clear_folder(&mut self, path: &str) -> Result<()> {
        if matches!(fs::symlink_metadata(self.root.join(path)), Ok(found) if found.is_dir()) {
            let below = format!("{path}/");
            let inside: Vec<String> =
                self.before.keys().filter(|earlier| earlier.starts_with(&below)).cloned().collect();
            for earlier in inside {
                self.remove(&earlier)?;
            }
        }
        Ok(())
    }

    /// Whether the file on disk is probably the one that the entry describes, judging without
    /// reading it.
    fn is_unchanged(&mut self, path: &str, entry: &Entry) -> bool {
        let file = self.root.join(path);
        let found = fs::symlink_metadata(&file);
        found.is_ok_and(|found| found.is_file() && found.len() == entry.size)
            && !self.is_linked(&file)
    }

    /// Whether a file of the right size has the entry's bytes. It is read only if a power loss may
    /// have damaged it.
    fn is_whole(&self, path: &str, entry: &Entry) -> bool {
        let has_hash = |bytes: Vec<u8>| *blake3::hash(&bytes).to_hex() == *entry.hash;
        !self.suspicious || fs::read(self.root.join(path)).is_ok_and(has_hash)
    }

    /// Whether a symlink leads to a file of the site. Nothing behind a symlink belongs to the site.
    fn is_linked(&mut self, file: &Path) -> bool {
        let above = file
            .ancestors()
            .skip(1)
            .take_while(|folder| *folder != self.root && !self.safe.contains(*folder));
        let above: Vec<PathBuf> = above.map(Path::to_owned).collect();
        let linked = above.iter().any(|folder| folder.is_symlink());
        self.safe.extend(above.into_iter().filter(|_| !linked));
        linked
    }
}

/// A page's key, bound to this build of the program, since another build may draw the page
/// differently. An empty key belongs to a page that is always drawn, and stays empty.
fn own_key(key: &str) -> String {
    if key.is_empty() {
        return String::new();
    }
    let digest = blake3::keyed_hash(program::digest(), key.as_bytes());
    digest.to_hex()[..16].to_owned()
}

impl Sink for Folder {
    fn keep(&mut self, path: &str, key: &str) -> bool {
        let key = own_key(key);
        let known = self.before.get(path).filter(|entry| entry.key == key && !key.is_empty());
        let known = known
            .cloned()
            .filter(|entry| self.is_unchanged(path, entry) && self.is_whole(path, entry));
        let Some(entry) = known else { return false };
        self.after.insert(path.to_owned(), entry);
        true
    }

    fn put(&mut self, path: &str, key: &str, bytes: &[u8]) -> Result<()> {
        check_path(path)?;
        let hash = blake3::hash(bytes).to_hex().to_string();
        let entry = Entry { key: own_key(key), hash, size: bytes.len() as u64 };
        let known = !self.suspicious
            && self.before.get(path).is_some_and(|before| before.hash == entry.hash);
        self.make_way(path)?;
        let file = self.root.join(path);
        if !(self.is_unchanged(path, &entry)
            && (known || fs::read(&file).is_ok_and(|found| found == bytes)))
        {
            if !self.before.contains_key(path) {
                let line = manifest_line(
                    path,
                    &Entry { key: String::new(), hash: String::new(), size: 0 },
                );
                self.journal
                    .write_all(line.as_bytes())
                    .during(|| cannot_write(&self.root.join(MANIFEST)))?;
            }
            replace(&file, bytes, Flush::Later)?;
            self.written += 1;
        }
        self.after.insert(path.to_owned(), entry);
        Ok(())
    }
}
