//! Encodes the tests of a snapshot as canonical texts, and decodes them: up to 256 blobs of the
//! store, and one with their durations.
//!
//! ```text
//! covatlas-tests 1
//! suite "test_shapes.TestArea"        the suite of the tests below
//! file "tests/test_shapes.py"         their file in the repository, if known; none at a new suite
//! passed 2 "test_flaky"               two attempts failed before this one
//! failed "test_large" "9 is not 8"    and why, in the tool's words
//! + "requirement" "R-1"               a property of the test above
//! passed "test_square"
//! ```
//! A suite is entirely in one shard, whose name is the start of the suite's digest, so a test with
//! another result changes one small blob. Durations differ from run to run, so they are stored
//! separately, by shard and in the order of the tests, in microseconds:
//! ```text
//! covatlas-durations 1
//! 3f 1200 - 20                        three tests, of which the second has no duration
//! ```
//! A list of tests has exactly one text, whatever order the tests ran in. [`decode`] and
//! [`decode_durations`] refuse any other.

mod durations;
mod read;
mod write;

use std::collections::BTreeMap;
use std::time::Duration;

pub use durations::{decode as decode_durations, encode as encode_durations};
pub use read::decode;
pub use write::encode;

use crate::report::Test;

const HEADER: &str = "covatlas-tests 1";

/// Tests by shard, each list sorted.
pub type Shards = BTreeMap<Shard, Vec<Test>>;

/// One of the 256 blobs over which tests are distributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard(u8);

impl Shard {
    /// The shard of a suite: the first byte of its name's BLAKE3 digest.
    pub fn of(suite: &str) -> Self {
        Self(blake3::hash(suite.as_bytes()).as_bytes()[0])
    }

    /// The shard with a name: two lower-case hex digits.
    pub fn named(name: &str) -> Option<Self> {
        let shard = Self(u8::from_str_radix(name, 16).ok()?);
        (shard.to_string() == name).then_some(shard)
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02x}", self.0)
    }
}

/// Distributes tests over the shards, in storage order.
pub fn shards(cases: impl IntoIterator<Item = Test>) -> Shards {
    let mut shards = Shards::new();
    for case in cases {
        shards.entry(Shard::of(&case.suite)).or_default().push(case);
    }
    for cases in shards.values_mut() {
        cases.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.duration.cmp(&b.duration)));
    }
    shards
}

/// Orders tests by everything but their duration, so that a duration never moves a test.
fn place(case: &Test) -> impl Ord + '_ {
    let Test { suite, name, file, status, retries, duration: _, message, properties } = case;
    (suite, file, name, *status, *retries, message, properties)
}

/// Rounds a duration for storage: to two digits in microseconds, or to one digit below a tenth of a
/// second. Clocks are not more precise than that, and digits of noise would be most of a snapshot's
/// size.
#[must_use]
pub fn kept(duration: Duration) -> Duration {
    let exact = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    let digits = if exact < 100_000 { 1 } else { 2 };
    let unit = 10u64.pow((exact.checked_ilog10().unwrap_or_default() + 1).saturating_sub(digits));
    Duration::from_micros(exact / unit * unit)
}
