//! Checks loose objects before libgit2 reads them. If one was truncated by a crash or a full disk,
//! libgit2 tries to inflate it for ever.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use flate2::read::ZlibDecoder;

use crate::Result;
use crate::git::errors::damaged;
use crate::git::{Id, Repo};

/// How many levels of `objects/info/alternates` are followed: git's own limit.
const ALTERNATES: usize = 5;

/// Whether libgit2 may walk the commits of a repository, by its object folder. The answer is kept
/// for the process, since damage comes from crashes and not from other running commands.
static WALKS: Mutex<BTreeMap<PathBuf, bool>> = Mutex::new(BTreeMap::new());

/// The loose objects of a repository.
#[derive(Default)]
pub(super) struct Loose {
    files: HashMap<Id, PathBuf>,
    /// The objects that were checked, and whether they are damaged.
    seen: RefCell<HashMap<Id, bool>>,
}

impl Loose {
    fn list(objects: &Path) -> Self {
        let mut loose = Self::default();
        loose.add(objects, ALTERNATES);
        loose
    }

    fn add(&mut self, objects: &Path, depth: usize) {
        let folders = fs::read_dir(objects).into_iter().flatten().flatten();
        for folder in folders.filter(|folder| folder.file_name().len() == 2) {
            let head = folder.file_name().to_string_lossy().into_owned();
            for file in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
                let name = format!("{head}{}", file.file_name().to_string_lossy());
                if let Ok(id) = name.parse() {
                    self.files.entry(id).or_insert_with(|| file.path());
                }
            }
        }

        let alternates =
            fs::read_to_string(objects.join("info").join("alternates")).unwrap_or_default();
        if depth > 0 {
            alternates.lines().filter(|line| !line.starts_with('#')).for_each(|line| {
                self.add(&objects.join(line), depth - 1);
            });
        }
    }
}

impl Repo {
    /// Fails if the file of an object is damaged.
    pub(super) fn check_object(&self, what: &str, id: Id) -> Result<()> {
        if self.is_damaged(id) { Err(damaged(what, id)) } else { Ok(()) }
    }

    /// Whether the file of a loose object is damaged and no pack has the object.
    pub(super) fn is_damaged(&self, id: Id) -> bool {
        let loose = self.loose();
        let Some(path) = loose.files.get(&id) else { return false };
        if let Some(&known) = loose.seen.borrow().get(&id) {
            return known;
        }
        let is_damaged = !is_whole(path) && !self.git_reads(id);
        loose.seen.borrow_mut().insert(id, is_damaged);
        is_damaged
    }

    /// Whether libgit2 can walk over commits and tags by itself: none of them is replaced, and no
    /// loose one is damaged.
    pub(super) fn can_walk(&self) -> bool {
        if self.has_replacements() {
            return false;
        }
        let objects = self.inner.commondir().join("objects");
        let mut walks = WALKS.lock().unwrap_or_else(PoisonError::into_inner);
        *walks.entry(objects).or_insert_with(|| {
            let may_hang = |path: &PathBuf| {
                !kind(path).is_some_and(|kind| matches!(kind, Kind::Other)) && !is_whole(path)
            };
            !self.loose().files.values().any(may_hang)
        })
    }

    fn loose(&self) -> &Loose {
        self.loose.get_or_init(|| Loose::list(&self.inner.commondir().join("objects")))
    }

    /// Whether git can read the object. It looks into the packs first.
    fn git_reads(&self, id: Id) -> bool {
        self.git(&["cat-file", "-p", &id.to_string()], "")
            .is_ok_and(|output| output.status.success())
    }
}

enum Kind {
    /// A commit or a tag, which a walk reads.
    Walked,
    Other,
}

/// The kind of a loose object, or `None` if its file does not show it.
fn kind(path: &Path) -> Option<Kind> {
    let mut start = [0; 4];
    ZlibDecoder::new(File::open(path).ok()?).read_exact(&mut start).ok()?;
    match &start {
        b"comm" | b"tag " => Some(Kind::Walked),
        b"tree" | b"blob" => Some(Kind::Other),
        _ => None,
    }
}

/// Whether a loose object is as long as its header says.
fn is_whole(path: &Path) -> bool {
    let inflated = || -> io::Result<bool> {
        let mut content = BufReader::new(ZlibDecoder::new(File::open(path)?));
        let mut header = Vec::new();
        content.by_ref().take(64).read_until(0, &mut header)?;
        let size = header
            .strip_suffix(&[0])
            .and_then(|header| str::from_utf8(header).ok()?.split_once(' ')?.1.parse::<u64>().ok());
        let Some(size) = size else { return Ok(false) };
        // A small file may inflate for ever, so reading stops after one byte too many.
        let read = io::copy(&mut content.take(size + 1), &mut io::sink())?;
        Ok(size == read)
    };
    // If the system does not open the file, nothing is known about its content, and libgit2 will
    // report the reason.
    inflated().unwrap_or_else(|error| error.raw_os_error().is_some())
}
