//! Adds up the sections of each file, on a thread of its own.
//!
//! The result has the files, and the lines that each test ran. Half of the time for a large report
//! is spent on the first use of new memory. So one thread parses into lists that it reuses, and the
//! other one keeps the content of these lists.

use std::collections::BTreeMap;
use std::mem;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use crate::report::merge::GatheredFiles;
use crate::report::{Contexts, FileCoverage, Summary};
use crate::{Result, parallel};

/// The number of records to send at once. It is large enough to make the cost of waking a thread
/// negligible.
const BATCH: usize = 1 << 14;
/// The number of batches that may wait.
const WAITING: usize = 2;

/// The content of a closed section.
pub(super) struct Closed {
    pub(super) path: String,
    /// The test that produced these hits.
    pub(super) test: Option<Arc<str>>,
    pub(super) coverage: FileCoverage,
}

/// The sum of all sections.
#[derive(Default)]
pub(super) struct Sum {
    pub(super) files: BTreeMap<String, FileCoverage>,
    pub(super) contexts: Contexts,
}

/// The sender's side of the thread that adds up sections.
pub(super) struct Gatherer<'scope> {
    batch: Vec<Closed>,
    records: usize,
    full: SyncSender<Vec<Closed>>,
    /// Emptied lists that the thread returns so that their memory can be reused.
    emptied: Receiver<Vec<FileCoverage>>,
    spare: Vec<FileCoverage>,
    thread: ScopedJoinHandle<'scope, Sum>,
}

impl<'scope> Gatherer<'scope> {
    /// Starts the thread.
    pub(super) fn start(scope: &'scope Scope<'scope, '_>) -> Result<Self> {
        let (full, batches) = sync_channel(WAITING);
        let (give_back, emptied) = channel();
        let thread = parallel::start(scope, move || sum(&batches, &give_back))?;
        Ok(Self { batch: Vec::new(), records: 0, full, emptied, spare: Vec::new(), thread })
    }

    /// Returns empty lists for the next section.
    pub(super) fn lists(&mut self) -> FileCoverage {
        if self.spare.is_empty() {
            self.spare = self.emptied.try_recv().unwrap_or_default();
        }
        self.spare.pop().unwrap_or_default()
    }

    /// Adds a section.
    pub(super) fn add(&mut self, section: Closed) {
        self.records += 1 + section.coverage.size();
        self.batch.push(section);
        if self.records >= BATCH {
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        self.records = 0;
        // This fails only if the thread has panicked, and `finish` passes the panic on.
        let _ = self.full.send(mem::take(&mut self.batch));
    }

    /// Waits for the sum of all sections.
    pub(super) fn finish(mut self) -> Sum {
        self.hand_over();
        drop(self.full);
        self.thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    }
}

fn sum(batches: &Receiver<Vec<Closed>>, give_back: &Sender<Vec<FileCoverage>>) -> Sum {
    let mut contexts = Contexts::default();
    let mut files = GatheredFiles::default();
    for batch in batches {
        let emptied = batch.into_iter().map(|section| {
            let Closed { path, test, mut coverage } = section;
            if let Some(test) = test {
                let test = contexts.test(&test);
                let hit = coverage.lines.iter().filter(|line| line.hits.is_hit());
                contexts.add_lines(&path, hit.map(|line| line.number), test);
            }
            files.absorb(path, &mut coverage);
            coverage.summary = Summary::default();
            coverage.placeholder = false;
            coverage
        });
        let emptied = emptied.collect();
        let _ = give_back.send(emptied); // fails if the reader has stopped
    }
    let files = files.finish();
    Sum { files, contexts }
}
