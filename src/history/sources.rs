//! Read-only access to what a page or an analysis needs beyond the timeline: texts, records, and
//! where the lines of one text are in another.
//!
//! Line diffs are cached, since a commit's page compares the same texts as the pages of its files.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Result;
use crate::git::{Hunk, Id, Place, Recent, Repo};
use crate::history::merged::merged_of;
use crate::history::{FileState, Mapping, Merged};
use crate::parallel::{self, Batches, SendBatch};
use crate::report::FileCoverage;
use crate::store::Store;

/// Line diffs that are kept: some 8 MB where they are small, as most are.
const DIFFS: usize = 50_000;

/// Diffs of more hunks than this are made again.
const HUNKS: usize = 16;

/// The hunks between texts, by their blobs; clones share them, in other threads too.
#[derive(Clone, Default)]
struct Diffs(Arc<Mutex<Known>>);

type Known = HashMap<(Id, Id), Box<[Hunk]>>;

impl Diffs {
    fn get(&self, old: Id, new: Id) -> Option<Vec<Hunk>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(old, new)).map(|hunks| hunks.to_vec())
    }

    fn keep(&self, old: Id, new: Id, hunks: &[Hunk]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if hunks.len() <= HUNKS && known.len() < DIFFS {
            known.insert((old, new), hunks.into());
        }
    }
}

/// Bytes of texts, and of records, that a handle keeps: what a page compares it draws too.
const LATELY: usize = 1 << 20;

/// Fewer jobs than this are not worth more handles.
const FEW_JOBS: usize = 8;

/// Estimated per-entry overhead, in bytes.
const OVERHEAD: usize = 256;

/// Recently read objects.
#[derive(Default)]
struct Lately {
    texts: RefCell<Recent<Rc<[u8]>>>,
    records: RefCell<Recent<Rc<FileCoverage>>>,
}

/// Where texts and records are, for any thread to open handles of its own.
#[derive(Clone)]
pub struct Objects {
    place: Place,
    branch: String,
    diffs: Diffs,
}

impl Objects {
    /// Opens the repository and its store, and has `look` read from them.
    pub fn with<T>(&self, look: impl FnOnce(&Sources<'_>) -> Result<T>) -> Result<T> {
        let repo = Repo::at_place(&self.place)?;
        let store = Store::open(&repo, &self.branch)?;
        look(&Sources {
            repo: &repo,
            store: &store,
            diffs: self.diffs.clone(),
            lately: Lately::default(),
        })
    }

    /// Makes a result of each job on all cores, each thread with handles of its own, and passes it
    /// to `put` in the order of the jobs. `batch` is the largest number of results that wait
    /// together: [`BATCH_IO`](parallel::BATCH_IO), or 1 where a result is large.
    ///
    /// # Errors
    /// The first error of `make` or `put`, in the order of the jobs.
    pub fn map_ordered<J: Sync, T: Send>(
        &self,
        jobs: &[J],
        batch: usize,
        make: impl Fn(&Sources<'_>, &J) -> Result<T> + Sync,
        mut put: impl FnMut(&J, T) -> Result<()>,
    ) -> Result<()> {
        if jobs.len() < FEW_JOBS {
            return self
                .with(|sources| jobs.iter().try_for_each(|job| put(job, make(sources, job)?)));
        }
        let work = |batches: Batches<'_, J>, send: SendBatch<'_, T>| {
            self.with(|sources| {
                batches.map(|batch| batch.iter().map(|job| make(sources, job)).collect()).all(send);
                Ok(())
            })
        };
        parallel::map_batches(jobs, batch, work, put)
    }
}

/// Reads texts and records.
pub struct Sources<'repo> {
    /// The repository of the sources.
    pub repo: &'repo Repo,
    /// The store of the records.
    pub store: &'repo Store<'repo>,
    diffs: Diffs,
    lately: Lately,
}

impl<'repo> Sources<'repo> {
    /// Reads from a repository and its store.
    pub fn new(repo: &'repo Repo, store: &'repo Store<'repo>) -> Self {
        Self { repo, store, diffs: Diffs::default(), lately: Lately::default() }
    }

    /// The same for other threads; what is found out of texts is shared.
    pub fn objects(&self) -> Objects {
        Objects {
            place: self.repo.place(),
            branch: self.store.branch().to_owned(),
            diffs: self.diffs.clone(),
        }
    }

    /// The coverage of a file at a point of a timeline: all its records merged, carried ones mapped
    /// to the current text. That each record is as this program writes it was made sure of by the
    /// walk; other states are merged by [`super::merged()`].
    pub fn merged(&self, state: &FileState) -> Result<Merged> {
        merged_of(self.repo, state, |blob| self.record(blob).map(Rc::unwrap_or_clone))
    }

    /// Where the lines of one text are in another. A text that is not there has no line.
    pub fn mapping(&self, old: Option<Id>, new: Option<Id>) -> Result<Mapping> {
        let Some((before, after)) = old.zip(new) else {
            return self.compared(old, new).map(Mapping::new);
        };
        if before == after {
            return Ok(Mapping::default());
        }
        if let Some(hunks) = self.diffs.get(before, after) {
            return Ok(Mapping::new(hunks));
        }
        let hunks = self.compared(old, new)?;
        self.diffs.keep(before, after, &hunks);
        Ok(Mapping::new(hunks))
    }

    fn compared(&self, old: Option<Id>, new: Option<Id>) -> Result<Vec<Hunk>> {
        let text =
            |blob: Option<Id>| blob.map_or_else(|| Ok(Rc::default()), |blob| self.text(blob));
        self.repo.diff_lines(&text(old)?, &text(new)?)
    }

    /// The bytes of a file's source at a point, or `None` if the point's commit does not hold the
    /// file.
    ///
    /// # Errors
    /// [`crate::error::Kind::NotFound`] when the blob is missing (a partial clone).
    pub fn source(&self, state: &FileState) -> Result<Option<Rc<[u8]>>> {
        state.source.map(|blob| self.text(blob)).transpose()
    }

    fn text(&self, blob: Id) -> Result<Rc<[u8]>> {
        recently(&self.lately.texts, blob, || {
            let text: Rc<[u8]> = self.repo.blob(blob)?.into();
            Ok((Rc::clone(&text), text.len()))
        })
    }

    /// A record of the timeline: the walk has read all of them.
    fn record(&self, blob: Id) -> Result<Rc<FileCoverage>> {
        recently(&self.lately.records, blob, || {
            let (record, length) = self.store.record_again(blob)?;
            let size = length + 32 * record.coverage.size();
            Ok((Rc::new(record.coverage), size))
        })
    }
}

/// A recently read value, or the result of `read` with its size. It is kept unless it would take
/// the place of all others.
fn recently<T: Clone>(
    kept: &RefCell<Recent<T>>,
    id: Id,
    read: impl FnOnce() -> Result<(T, usize)>,
) -> Result<T> {
    if let Some(known) = kept.borrow().get(id) {
        return Ok(known);
    }
    let (new, size) = read()?;
    if size < LATELY / 8 {
        kept.borrow_mut().keep(id, new.clone(), size + OVERHEAD, LATELY);
    }
    Ok(new)
}
