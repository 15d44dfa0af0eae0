//! Encodes a file's record as canonical text, and decodes it: one blob of the store.
//!
//! ```text
//! covatlas-file 1
//! source 3b18e512dba79e4c8300dd08aeb37f8e728b8dad     `-` if the source is unknown
//! lines
//! +1 1 x3                 lines 1 to 3 ran once: distance from the line before, hits, repetitions
//! +2 10+                  line 5 ran ten times or more
//! branches
//! +5 0=1 1=0              line 5: branch 0 taken, branch 1 not
//! +2 2:>-3=0 2:>+1=1      line 7, block 2: a jump to line 4, a jump to line 8
//! +1 "x > 1"=0            line 8: a branch in the tool's words
//! functions
//! +1 8 1 "main"           starts at line 1, ends 8 lines later (`?` if unknown), hits, name
//! blocks
//! +5 12 3 2 4 1           starts at line 5 column 12, ends 3 lines later at column 2,
//!                         4 statements, hits
//! conditions
//! +5 2.0f=0 2.0t=1        line 5, decision 2, condition 0: being false never decided,
//!                         being true did once
//! regions
//! +5 3=1 14=0             line 5: the region at column 3 was entered, that at column 14 was not
//! instructions
//! +5 3/4 x2               lines 5 and 6: 3 of 4 instructions ran
//! mutants
//! +5 3 0 9 0 killed "EqualityOperator" ">=" "test_it"
//!                         line 5 column 3, ends 0 lines later at column 9, ordinal, status,
//!                         mutator, replacement, killed by
//! excluded
//! +7 x2                   lines 7 and 8 were left out
//! summary                 `summary merged` if several runs were merged
//! lines 437/787           the tool's own total, if the records do not give it
//! placeholder             no test loaded the file: the tool derived the records from its text
//! ```
//! Line numbers are distances, so that a line inserted above changes only one row of a section, and
//! git stores the new blob as a small delta of the old one. Empty sections are left out; the later
//! sections were added after the first version. A record has exactly one text, and [`decode`]
//! refuses any other.

mod read;
pub(super) mod row;
mod write;

pub use read::{decode, decode_again};
pub use write::encode;

const HEADER: &str = "covatlas-file 1";

/// The largest number of lines of a file: more than any source has, and small enough that a forged
/// run-length cannot use up the memory.
pub const LINES: usize = 1 << 22;
