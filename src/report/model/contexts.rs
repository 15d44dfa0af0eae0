//! Per-test contexts: which test ran which line.
//!
//! Everything is stored once: each test's name, each set of lines and each set of tests. A file has
//! a list of notes, and each note says that every line of one set was run by every test of another
//! set. This keeps both orders in which tools write cheap: line by line with its tests
//! (coverage.py), and test by test with its lines (LCOV). Tens of thousands of tests over thousands
//! of files take a few megabytes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::report::model::line_sets::{Set, Sets};

/// A test in the dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TestId(u32);

/// The tests that ran each line of each file.
#[derive(Clone, Debug, Default)]
pub struct Contexts {
    names: Vec<Box<str>>,
    ids: HashMap<Box<str>, TestId>,
    sets: Sets,
    files: BTreeMap<String, Notes>,
    /// The number of sets that were left after the last sweep.
    swept: usize,
}

/// The notes of one file.
#[derive(Clone, Debug, Default)]
struct Notes {
    list: Vec<Note>,
    /// The number of notes after they were last joined.
    joined: usize,
}

/// Says that each of these lines was run by each of these tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Note {
    tests: Set,
    lines: Set,
}

impl Contexts {
    /// Returns the test with this name, and adds it to the dictionary if it is new.
    pub fn test(&mut self, name: &str) -> TestId {
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        let id = TestId(self.names.len() as u32);
        self.names.push(name.into());
        self.ids.insert(name.into(), id);
        id
    }

    /// Records that `tests` ran a line of a file, in addition to what was recorded before.
    pub fn add(&mut self, path: &str, line: u32, tests: &[TestId]) {
        let tests = ascending(tests.iter().map(|test| test.0));
        self.note(path, [line], tests);
    }

    /// Records that a test ran lines of a file, in addition to what was recorded before. Fastest
    /// when the lines are in ascending order.
    pub fn add_lines(&mut self, path: &str, lines: impl Iterator<Item = u32>, test: TestId) {
        self.note(path, ascending(lines), [test.0]);
    }

    /// Whether no test is known to have run any line.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The names of the tests.
    pub fn tests(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// The files with at least one known line, in order.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The tests that ran a line, in the order in which they were added to the dictionary.
    pub fn of(&self, path: &str, line: u32) -> impl Iterator<Item = &str> {
        let notes = self.files.get(path).map_or(&[][..], |notes| &notes.list);
        let here = notes.iter().filter(|note| self.sets.holds(note.lines, line));
        let tests: BTreeSet<u32> = here.flat_map(|note| self.sets.numbers(note.tests)).collect();
        tests.into_iter().map(|test| &*self.names[test as usize])
    }

    fn note(&mut self, path: &str, lines: impl AsRef<[u32]>, tests: impl AsRef<[u32]>) {
        let (lines, tests) = (lines.as_ref(), tests.as_ref());
        if lines.is_empty() || tests.is_empty() {
            return;
        }
        let note = Note {
            tests: self.sets.of(tests.iter().copied()),
            lines: self.sets.of(lines.iter().copied()),
        };
        if !self.files.contains_key(path) {
            self.files.insert(path.to_owned(), Notes::default());
        }
        let notes = self.files.get_mut(path).expect("inserted above");
        notes.list.push(note);
        if notes.list.len() > notes.joined * 2 + FEW {
            notes.join(&mut self.sets);
            if self.sets.len() > self.swept * 2 + FEW {
                self.sweep();
            }
        }
    }

    /// Drops the sets that no note uses any more, and renumbers the others.
    fn sweep(&mut self) {
        let used = self
            .files
            .values()
            .flat_map(|notes| &notes.list)
            .flat_map(|note| [note.tests, note.lines]);
        let new = self.sets.keep(used);
        for note in self.files.values_mut().flat_map(|notes| &mut notes.list) {
            *note = Note { tests: new[&note.tests], lines: new[&note.lines] };
        }
        self.swept = self.sets.len();
    }
}

/// Lists of up to this length are not worth tidying up.
const FEW: usize = 64;

impl Notes {
    /// Joins the notes that have the same tests, so that a test that is added again and again takes
    /// no more room. This runs each time the list has doubled, so each note is joined a constant
    /// number of times.
    fn join(&mut self, sets: &mut Sets) {
        self.list.sort_unstable();
        self.list.dedup();
        let groups = self.list.chunk_by(|one, next| one.tests == next.tests);
        let joined = groups.map(|group| match group {
            [note] => *note,
            group => {
                let lines = ascending(group.iter().flat_map(|note| sets.numbers(note.lines)));
                Note { lines: sets.of(lines), ..group[0] }
            }
        });
        self.list = joined.collect();
        self.list.shrink_to_fit();
        self.joined = self.list.len();
    }
}

/// Sorts the numbers and removes duplicates.
fn ascending(numbers: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Two are equal if the same tests ran the same lines, in whatever order they were added.
impl PartialEq for Contexts {
    fn eq(&self, other: &Self) -> bool {
        let same = |path: &str| {
            let lines = [self, other].map(|contexts| {
                let notes = contexts.files[path].list.iter();
                ascending(notes.flat_map(|note| contexts.sets.numbers(note.lines)))
            });
            let tests = |contexts: &Self, line| {
                contexts.of(path, line).map(str::to_owned).collect::<BTreeSet<_>>()
            };
            lines[0] == lines[1]
                && lines[0].iter().all(|&line| tests(self, line) == tests(other, line))
        };
        self.files().eq(other.files()) && self.files().all(same)
    }
}

impl Eq for Contexts {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Model = BTreeMap<(String, u32), BTreeSet<String>>;

    fn model(contexts: &Contexts) -> Model {
        let mut model = Model::new();
        for path in contexts.files() {
            for line in 0..70 {
                let tests: BTreeSet<String> = contexts.of(path, line).map(str::to_owned).collect();
                if !tests.is_empty() {
                    model.insert((path.to_owned(), line), tests);
                }
            }
        }
        model
    }

    /// The arguments of one call: a file, lines, and tests.
    fn call() -> impl Strategy<Value = (String, Vec<u32>, Vec<u8>)> {
        ("[ab]", proptest::collection::vec(1..60u32, 0..8), proptest::collection::vec(0..9u8, 0..4))
    }

    proptest! {
           #[test]
           fn every_test_of_every_line_is_known(
               calls in proptest::collection::vec((call(), any::<bool>()), 0..400),
               swap in any::<bool>()
           ) {
               let (mut contexts, mut wanted) = (Contexts::default(), Model::new());
               for ((path, lines, tests), by_line) in &calls {
                   let tests: Vec<String> =
                       tests.iter().map(|test| format!("test {test}")).collect();
                   let ids: Vec<TestId> = tests.iter().map(|test| contexts.test(test)).collect();
                   if *by_line {
                       for &line in lines {
    contexts.add(path, line, &ids);
    }
                   } else {
                       for &id in &ids {
    contexts.add_lines(path, lines.iter().copied(), id);
    }
                   }
                   for &line in lines.iter().filter(|_| !tests.is_empty()) {
                       let known = wanted.entry((path.clone(), line)).or_default();
                       known.extend(tests.iter().cloned());
                   }
               }
               prop_assert_eq!(model(&contexts), wanted.clone());
               let mut again = Contexts::default();
               let mut pairs: Vec<_> = wanted.iter().collect();
               if swap {
                   pairs.reverse();
               }
               for ((path, line), tests) in pairs {
                   let ids: Vec<TestId> = tests.iter().map(|test| again.test(test)).collect();
                   again.add(path, *line, &ids);
               }
               prop_assert!(contexts == again);
               if !wanted.is_empty() {
                   let id = again.test("another");
                   again.add("a", 3, &[id]);
                   prop_assert!(contexts != again);
               }
           }
       }

    /// The estimated size of the sets and the notes, in bytes.
    fn size(contexts: &Contexts) -> usize {
        let notes: usize =
            contexts.files.values().map(|notes| notes.list.capacity() * size_of::<Note>()).sum();
        notes + contexts.sets.size()
    }

    #[test]
    fn a_test_that_is_met_over_and_over_again_takes_no_more_room() {
        let mut contexts = Contexts::default();
        let test = contexts.test("the only one");
        for section in 0..20_000u32 {
            contexts.add_lines("a.c", (section % 7..90).step_by(1 + section as usize % 11), test);
        }
        assert!(size(&contexts) < 10_000, "{}", size(&contexts));
        assert!((0..90).all(|line| contexts.of("a.c", line).eq(["the only one"])));
    }

    #[test]
    fn many_tests_of_a_line_in_any_order_are_cheap() {
        let mut contexts = Contexts::default();
        let ids: Vec<TestId> = (0..20_000).map(|test| contexts.test(&test.to_string())).collect();
        for &id in &ids {
            contexts.add_lines("a.c", 1..50, id);
        }
        for &id in ids.iter().rev() {
            contexts.add_lines("b.c", 1..50, id);
        }
        assert_eq!(
            (contexts.of("a.c", 7).count(), contexts.of("b.c", 7).count()),
            (20_000, 20_000)
        );
        assert!(size(&contexts) < 2 << 20, "{}", size(&contexts));
    }

    #[test]
    fn lines_of_a_function_share_their_tests() {
        let mut contexts = Contexts::default();
        let ids: Vec<TestId> =
            (0..26_000).map(|test| contexts.test(&format!("tests::case_{test}"))).collect();
        // A fiftieth of a large project: 250 lines and 25 functions per file, 100 tests per
        // function.
        let files = 25;
        for file in 0..files {
            for function in 0..25usize {
                let tests: Vec<TestId> = (0..100)
                    .map(|test| ids[(file * 7919 + function * 271 + test * 257) % ids.len()])
                    .collect();
                for line in 0..10 {
                    contexts.add(
                        &format!("src/{file}.py"),
                        (function * 10 + line + 1) as u32,
                        &tests,
                    );
                }
            }
        }
        assert!(size(&contexts) * 50 < 25 << 20, "{}", size(&contexts) * 50);
    }
}
