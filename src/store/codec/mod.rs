//! A file's record as canonical text, and back: one blob of the store.
//!
//! ```text
//! covatlas-file 1
//! source 3b18e512dba79e4c8300dd08aeb37f8e728b8dad     `-` where the source is unknown
//! lines
//! +1 1 x3                 lines 1 to 3 ran once: distance from the line before, hits, how many in a row
//! +2 10+                  line 5 ran ten times or more
//! branches
//! +5 0=1 1=0              line 5: branch 0 taken, branch 1 not
//! +2 2:>-3=0 2:>+1=1      line 7, block 2: a jump to line 4, a jump to line 8
//! +1 "x > 1"=0            line 8: a branch in the tool's words
//! functions
//! +1 8 1 "main"           starts at line 1, ends 8 lines further (`?` where unknown), hits, name
//! blocks
//! +5 12 3 2 4 1           starts at line 5 column 12, ends 3 lines further at column 2, 4 statements, hits
//! conditions
//! +5 2.0f=0 2.0t=1        line 5, decision 2, condition 0: its false sense never decided, its true one did once
//! regions
//! +5 3=1 14=0             line 5: the region at column 3 was entered, that at column 14 not
//! instructions
//! +5 3/4 x2               lines 5 and 6: 3 of 4 instructions ran
//! mutants
//! +5 3 0 9 0 killed "EqualityOperator" ">=" "test_it"
//!                         line 5 column 3, ends 0 lines further at column 9, ordinal, status, mutator, replacement, killed by
//! excluded
//! +7 x2                   lines 7 and 8 were left out
//! summary                 `summary merged` where several runs were merged
//! lines 437/787           the tool's own total, where the records do not give it
//! placeholder             no test loaded the file: the tool made the records up
//! ```
//! Numbers of lines are distances, so that a line inserted above changes one row of a section, and
//! git stores the new blob as a small delta of the old. Sections without rows are left out; the
//! later ones are newer than the first. A record has exactly one text: [`decode`] refuses any
//! other.

mod read;
pub(super) mod row;
mod write;

pub use read::{decode, decode_again};
pub use write::encode;

const HEADER: &str = "covatlas-file 1";

/// The most lines of a file: more than any source has, and few enough that a forged run-length
/// cannot fill the memory.
pub const LINES: usize = 1 << 22;
