//! What the sections of a file add up to, on a thread of its own.
//!
//! The input is closed sections, in the order of the report. It gives the files, and which test ran
//! which of their lines. Half of the time of a large report goes to memory that is handed out for
//! the first time: so one thread parses into lists that it uses again and again, and the other one
//! keeps what they hold.

use std::collections::BTreeMap;
use std::mem;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use crate::report::merge::Gathered;
use crate::report::{Contexts, FileCoverage, Summary};
use crate::{Result, parallel};

/// Records that are handed over at once: so many that waking a thread for them costs nothing beside
/// them.
const BATCH: usize = 1 << 14;
/// Batches that wait.
const WAITING: usize = 2;

/// The content of a section, in order.
pub(super) struct Closed {
    pub(super) path: String,
    /// The test whose hits these are.
    pub(super) test: Option<Arc<str>>,
    pub(super) coverage: FileCoverage,
}

/// The sum of all sections.
#[derive(Default)]
pub(super) struct Sum {
    pub(super) files: BTreeMap<String, FileCoverage>,
    pub(super) contexts: Contexts,
}

/// The thread's end that takes sections.
pub(super) struct Gatherer<'scope> {
    batch: Vec<Closed>,
    records: usize,
    full: SyncSender<Vec<Closed>>,
    /// Emptied lists that come back, for the memory they have.
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

    /// Empty lists for the next section.
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
        // It fails only when the thread has panicked, which `finish` passes on.
        let _ = self.full.send(mem::take(&mut self.batch));
    }

    /// The sum of all sections.
    pub(super) fn finish(mut self) -> Sum {
        self.hand_over();
        drop(self.full);
        self.thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    }
}

fn sum(batches: &Receiver<Vec<Closed>>, give_back: &Sender<Vec<FileCoverage>>) -> Sum {
    let mut contexts = Contexts::default();
    let mut files: BTreeMap<String, Gathered> = BTreeMap::new();
    for batch in batches {
        let emptied = batch.into_iter().map(|section| {
            let Closed { path, test, mut coverage } = section;
            if let Some(test) = test {
                let test = contexts.test(&test);
                let hit = coverage.lines.iter().filter(|line| line.hits.is_hit());
                contexts.add_lines(&path, hit.map(|line| line.number), test);
            }
            files.entry(path).or_default().absorb(&mut coverage);
            coverage.summary = Summary::default();
            coverage.placeholder = false;
            coverage
        });
        let emptied = emptied.collect();
        let _ = give_back.send(emptied); // it fails when the reader has stopped
    }
    let files = files.into_iter().map(|(path, gathered)| (path, gathered.finish())).collect();
    Sum { files, contexts }
}
