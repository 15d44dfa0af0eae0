//! The site's folder on disk: a [`Sink`] that writes only what changed, and removes what an earlier
//! build left behind.
//!
//! A manifest, `.covatlas-site`, lists what was written. A file whose bytes did not change keeps
//! its modification time, so that uploaders and caches see what is new.
//!
//! The manifest is a journal too: a build first marks it as unfinished and notes every new path
//! before it is written, so that a killed build leaves no unknown page behind, and no half-written
//! file is trusted.
//!
//! Only the manifest is flushed to disk; flushing 10,000 pages would take longer than making them.
//! After a power loss pages may be empty or full of zeros although the manifest lists them. So a
//! build that finds a manifest older than the system's last start reads every page that it would
//! keep, and writes again those that differ from the manifest.

mod disk;
mod manifest;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io, thread};

use disk::{Flush, WRITING, cannot_write, is_since_start, replace};
use manifest::{Entry, HEADER, UNFINISHED, manifest_line, manifest_text, read_manifest};

use crate::error::Context as _;
use crate::site::Sink;
use crate::{Error, Result};

/// The manifest's name, in the folder.
const MANIFEST: &str = ".covatlas-site";

/// The changes that a build made to the folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// Files of the site.
    pub files: usize,
    /// Those that were written.
    pub written: usize,
    /// Files of an earlier build that were removed.
    pub removed: usize,
    /// Bytes of the site.
    pub bytes: u64,
}

/// A folder that a site is written to.
pub struct Folder {
    root: PathBuf,
    /// The manifest of the last build.
    before: BTreeMap<String, Entry>,
    /// The files of this build.
    after: BTreeMap<String, Entry>,
    /// Whether files are read before they are trusted: power may have been lost since they were
    /// written.
    suspicious: bool,
    /// Folders that exist and are no symlinks.
    safe: BTreeSet<PathBuf>,
    journal: fs::File,
    /// Held while the build lasts; given back by the system when the process ends, however it ends.
    _lock: Option<fs::File>,
    written: usize,
}

impl Folder {
    /// Opens a folder for a build: a new one, an empty one, or one that an earlier build wrote.
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
        folder.put(".nojekyll", "", b"")?; // GitHub Pages otherwise drops files that begin with `_`
        Ok(folder)
    }

    /// Removes what an earlier build wrote and this one did not, and writes the manifest.
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
        // After a build that finished all entries have a hash.
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

    /// Removes a file of an earlier build, and the folders that it leaves empty. False where it is
    /// gone already.
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

    /// Makes the folders above a file. None of them may be a symlink: the site is never written
    /// outside its folder.
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
                    return Err(Error::new(format!("cannot write below {}: it is not a folder", folder.display()))
                        .hint("the site is never written through a symlink or over a foreign file: remove it"));
                }
                Err(_) => fs::create_dir(&folder).during(|| cannot_write(&folder))?,
            }
            self.safe.insert(folder.clone());
        }
        self.clear_folder(path)
    }

    /// Removes the earlier build's files from a folder that stands where a file has to go.
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

    /// Whether the file on disk is the one that the entry describes, as far as can be told without
    /// reading it.
    fn stands(&mut self, path: &str, entry: &Entry) -> bool {
        let file = self.root.join(path);
        let found = fs::symlink_metadata(&file);
        found.is_ok_and(|found| found.is_file() && found.len() == entry.size)
            && !self.is_linked(&file)
    }

    /// Whether a file of that size has the entry's bytes. It is read only if a power loss may have
    /// damaged it.
    fn is_whole(&self, path: &str, entry: &Entry) -> bool {
        let has_hash = |bytes: Vec<u8>| *blake3::hash(&bytes).to_hex() == *entry.hash;
        !self.suspicious || fs::read(self.root.join(path)).is_ok_and(has_hash)
    }

    /// Whether a symlink leads to a file of the site: what is behind it is none of ours.
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

impl Sink for Folder {
    fn keep(&mut self, path: &str, key: &str) -> bool {
        let known = self.before.get(path).filter(|entry| entry.key == key && !key.is_empty());
        let known =
            known.cloned().filter(|entry| self.stands(path, entry) && self.is_whole(path, entry));
        let Some(entry) = known else { return false };
        self.after.insert(path.to_owned(), entry);
        true
    }

    fn put(&mut self, path: &str, key: &str, bytes: &[u8]) -> Result<()> {
        check_path(path)?;
        let hash = blake3::hash(bytes).to_hex().to_string();
        let entry = Entry { key: key.to_owned(), hash, size: bytes.len() as u64 };
        let known = !self.suspicious
            && self.before.get(path).is_some_and(|before| before.hash == entry.hash);
        self.make_way(path)?;
        let file = self.root.join(path);
        if !(self.stands(path, &entry)
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

/// A path that stays inside the folder and on one line of the manifest.
fn check_path(path: &str) -> Result<()> {
    let named =
        path.split('/').all(|name| !matches!(name, "" | "." | ".." | MANIFEST | WRITING | ".git"));
    if named && !path.contains(|c: char| c.is_control() || c == '\\') {
        return Ok(());
    }
    Err(Error::new(format!("cannot write the page {path:?}: it is no path inside the site")))
}

/// Claims the folder, since two builds at once would take each other's pages for stale. None where
/// the system cannot lock a folder.
fn lock(root: &Path) -> Result<Option<fs::File>> {
    /// A process that is being started holds the locks of its parent for a moment: the number of
    /// tries, and the time between.
    const TRIES: (usize, Duration) = (25, Duration::from_millis(20));

    let Ok(folder) = fs::File::open(root) else { return Ok(None) };
    let mut tried = folder.try_lock();
    for _ in 1..TRIES.0 {
        if !matches!(tried, Err(fs::TryLockError::WouldBlock)) {
            break;
        }
        thread::sleep(TRIES.1);
        tried = folder.try_lock();
    }
    match tried {
        Ok(()) => Ok(Some(folder)),
        Err(fs::TryLockError::WouldBlock) => {
            Err(Error::new(format!("another build is writing the site to {}", root.display()))
                .hint("wait for it to end, or name another folder with --out"))
        }
        Err(fs::TryLockError::Error(_)) => Ok(None),
    }
}

/// An error unless the folder holds nothing but, at most, what git keeps there (a worktree of a
/// pages branch).
fn refuse_foreign(root: &Path) -> Result<()> {
    let entries =
        fs::read_dir(root).during(|| format!("cannot read the folder {}", root.display()))?;
    let mut names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
    match names.find(|name| name != ".git" && name != WRITING) {
        None => Ok(()),
        Some(name) => Err(Error::new(format!(
            "cannot write the site to {}: it holds `{}`, and no earlier site of covatlas",
            root.display(),
            name.to_string_lossy()
        ))
        .hint("name an empty or a new folder with --out, or empty this one yourself")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn build(root: &Path, files: &[(&str, &str)]) -> Result<Published> {
        let mut folder = Folder::open(root)?;
        for (path, text) in files {
            folder.put(path, "", text.as_bytes())?;
        }
        folder.finish()
    }

    fn names(root: &Path) -> Vec<String> {
        let all = walkdir::WalkDir::new(root)
            .sort_by_file_name()
            .into_iter()
            .filter_map(std::result::Result::ok);
        let files = all.filter(|entry| !entry.file_type().is_dir());
        files
            .map(|entry| entry.path().strip_prefix(root).expect("inside").display().to_string())
            .collect()
    }

    fn temp() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    #[test]
    fn what_did_not_change_is_not_written_and_what_is_gone_is_removed() {
        let dir = temp();
        let first =
            build(dir.path(), &[("index.html", "a"), ("files/b.html", "bb"), ("c.html", "c")])
                .expect("builds");
        assert_eq!(first, Published { files: 4, written: 4, removed: 0, bytes: 4 });
        let old = fs::metadata(dir.path().join("index.html"))
            .and_then(|found| found.modified())
            .expect("there");
        let second = build(dir.path(), &[("index.html", "a"), ("c.html", "d")]).expect("builds");
        assert_eq!(second, Published { files: 3, written: 1, removed: 1, bytes: 2 });
        let new = fs::metadata(dir.path().join("index.html"))
            .and_then(|found| found.modified())
            .expect("there");
        assert_eq!(old, new);
        assert_eq!(names(dir.path()), [".covatlas-site", ".nojekyll", "c.html", "index.html"]);
    }

    #[test]
    fn a_file_is_kept_by_its_key_only_while_it_stands() {
        let dir = temp();
        let mut folder = Folder::open(dir.path()).expect("opens");
        assert!(!folder.keep("a.html", "k"));
        folder.put("a.html", "k", b"text").expect("writes");
        folder.finish().expect("finishes");
        let mut folder = Folder::open(dir.path()).expect("opens");
        assert!(folder.keep("a.html", "k") && !folder.keep("a.html", "other"));
        assert_eq!(folder.finish().expect("finishes").files, 2);
        fs::remove_file(dir.path().join("a.html")).expect("removes");
        assert!(!Folder::open(dir.path()).expect("opens").keep("a.html", "k"));
    }

    #[test]
    fn a_killed_build_is_repeated_without_leftovers() {
        let dir = temp();
        build(dir.path(), &[("a.html", "one"), ("old.html", "x")]).expect("builds");
        let mut killed = Folder::open(dir.path()).expect("opens");
        killed.put("a.html", "", b"two").expect("writes");
        killed.put("b.html", "", b"b").expect("writes");
        drop(killed);
        let again = build(dir.path(), &[("a.html", "one")]).expect("builds");
        assert_eq!(again, Published { files: 2, written: 1, removed: 2, bytes: 3 });
        assert_eq!(
            fs::read(dir.path().join("a.html")).expect("there"),
            b"one",
            "same size, but not believed"
        );
        assert_eq!(names(dir.path()), [".covatlas-site", ".nojekyll", "a.html"]);
    }

    #[test]
    fn what_a_killed_build_was_writing_is_removed_wherever_it_is() {
        let dir = temp();
        build(dir.path(), &[("files/a.html", "one")]).expect("builds");
        let mut killed = Folder::open(dir.path()).expect("opens");
        killed.put("gaps/deep/b.html", "", b"two").expect("writes");
        drop(killed);
        let places = ["", "files", "gaps/deep"];
        for place in places {
            fs::write(dir.path().join(place).join(WRITING), "half").expect("writes");
        }
        build(dir.path(), &[("files/a.html", "one")]).expect("builds");
        assert_eq!(names(dir.path()), [".covatlas-site", ".nojekyll", "files/a.html"]);
    }

    #[test]
    fn pages_that_a_power_loss_damaged_are_written_anew() {
        let dir = temp();
        let mut folder = Folder::open(dir.path()).expect("opens");
        folder.put("kept.html", "k", b"kept").expect("writes");
        folder.put("lost.html", "k", b"lost").expect("writes");
        folder.put("put.html", "", b"put").expect("writes");
        folder.finish().expect("finishes");
        for (name, zeros) in [("lost.html", "\0\0\0\0"), ("put.html", "\0\0\0")] {
            fs::write(dir.path().join(name), zeros).expect("writes");
        }
        // Written before the system was started.
        let manifest =
            fs::OpenOptions::new().write(true).open(dir.path().join(MANIFEST)).expect("opens");
        manifest.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1)).expect("sets");

        let mut folder = Folder::open(dir.path()).expect("opens");
        assert!(folder.keep("kept.html", "k") && !folder.keep("lost.html", "k"));
        folder.put("lost.html", "k", b"lost").expect("writes");
        folder.put("put.html", "", b"put").expect("writes");
        assert_eq!(folder.finish().expect("finishes").written, 2);
        assert_eq!(fs::read(dir.path().join("put.html")).expect("there"), b"put");
    }

    #[test]
    fn a_folder_may_become_a_file_and_back() {
        let dir = temp();
        build(dir.path(), &[("a/b", "1"), ("a/c/d", "2")]).expect("builds");
        build(dir.path(), &[("a", "3")]).expect("a file over a folder");
        build(dir.path(), &[("a/b", "4")]).expect("a folder over a file");
        assert_eq!(names(dir.path()), [".covatlas-site", ".nojekyll", "a/b"]);
    }

    #[test]
    fn a_foreign_folder_or_file_is_refused() {
        let dir = temp();
        fs::write(dir.path().join("thesis.txt"), "x").expect("writes");
        let error = build(dir.path(), &[("index.html", "a")]).expect_err("foreign");
        assert!(error.to_string().contains("thesis.txt"), "{error}");
        assert!(error.hints()[0].contains("--out"));
        assert_eq!(names(dir.path()), ["thesis.txt"]);
        let error = build(&dir.path().join("thesis.txt"), &[]).expect_err("a file");
        assert!(error.to_string().contains("thesis.txt"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn two_builds_at_once_do_not_share_a_folder() {
        let dir = temp();
        let first = Folder::open(dir.path()).expect("opens");
        let error = Folder::open(dir.path()).err().expect("taken");
        assert!(error.to_string().contains("another build"), "{error}");
        first.finish().expect("finishes");
        Folder::open(dir.path()).expect("free again");
    }

    #[test]
    fn a_newer_manifest_is_refused() {
        let dir = temp();
        fs::write(dir.path().join(MANIFEST), "covatlas-site 2\n").expect("writes");
        let error = Folder::open(dir.path()).err().expect("newer");
        assert!(error.chain()[1].contains("covatlas-site 2"), "{:?}", error.chain());
    }

    #[test]
    fn no_path_leaves_the_folder() {
        let dir = temp();
        let mut folder = Folder::open(dir.path()).expect("opens");
        for path in [
            "",
            "/etc/x",
            "../x",
            "a/../../x",
            "a//b",
            "a\tb",
            "a\nb",
            "a\\b",
            MANIFEST,
            ".git/config",
        ] {
            assert!(folder.put(path, "", b"x").is_err(), "{path:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn no_symlink_is_followed() {
        let (dir, outside) = (temp(), temp());
        build(dir.path(), &[("files/a.html", "a"), ("b.html", "b")]).expect("builds");
        fs::remove_dir_all(dir.path().join("files")).expect("removes");
        fs::remove_file(dir.path().join("b.html")).expect("removes");
        fs::write(outside.path().join("a.html"), "mine").expect("writes");
        std::os::unix::fs::symlink(outside.path(), dir.path().join("files")).expect("links");
        std::os::unix::fs::symlink(outside.path().join("a.html"), dir.path().join("b.html"))
            .expect("links");
        let error = build(dir.path(), &[("files/a.html", "new")]).expect_err("through a link");
        assert!(error.to_string().contains("files"), "{error}");
        build(dir.path(), &[("b.html", "new")])
            .expect("replaces the link, forgets the page behind the other");
        assert_eq!(fs::read(outside.path().join("a.html")).expect("there"), b"mine");
        assert_eq!(fs::read(dir.path().join("b.html")).expect("there"), b"new");
        assert!(!dir.path().join("b.html").is_symlink());
    }
}
