//! Per-test contexts: which test ran which line.
//!
//! A dictionary: each test's name once, each set of tests once. Lines that the same tests ran share a set, so that
//! tens of thousands of tests over thousands of files stay in megabytes.

use std::collections::{BTreeMap, HashMap};

/// A test in the dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TestId(u32);

/// Which test ran which line of which file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contexts {
    names: Vec<Box<str>>,
    ids: HashMap<Box<str>, TestId>,
    sets: Vec<Box<[TestId]>>,
    known: HashMap<Box<[TestId]>, u32>,
    files: BTreeMap<String, BTreeMap<u32, u32>>,
}

impl Contexts {
    /// The test of a name, added to the dictionary when it is new.
    pub fn test(&mut self, name: &str) -> TestId {
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        let id = TestId(self.names.len() as u32);
        self.names.push(name.into());
        self.ids.insert(name.into(), id);
        id
    }

    /// Notes that `tests` ran a line of a file, beside those that were noted before.
    pub fn add(&mut self, path: &str, line: u32, tests: &[TestId]) {
        if tests.is_empty() {
            return;
        }
        let file = self.files.entry(path.to_owned()).or_default();
        let mut all = tests.to_vec();
        if let Some(&set) = file.get(&line) {
            all.extend_from_slice(&self.sets[set as usize]);
        }
        all.sort_unstable();
        all.dedup();
        let all = all.into_boxed_slice();
        let set = if let Some(&set) = self.known.get(&all) {
            set
        } else {
            let set = self.sets.len() as u32;
            self.sets.push(all.clone());
            self.known.insert(all, set);
            set
        };
        file.insert(line, set);
    }

    /// Notes that a test ran lines of a file, beside what was noted before. They are best given in ascending order.
    pub fn add_lines(&mut self, path: &str, lines: impl Iterator<Item = u32>, test: TestId) {
        lines.for_each(|line| self.add(path, line, &[test]));
    }

    /// Whether no test is known to have run any line.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The names of the tests.
    pub fn tests(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// The files of which lines are known, in order.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The tests that ran a line.
    pub fn of(&self, path: &str, line: u32) -> impl Iterator<Item = &str> {
        let set = self.files.get(path).and_then(|lines| lines.get(&line));
        let tests = set.map_or(&[][..], |&set| &self.sets[set as usize]);
        tests.iter().map(|id| &*self.names[id.0 as usize])
    }
}
