//! The model every format is read into: what a test run says about each source file.
//!
//! Lists are sorted by position and free of duplicates; [`FileCoverage::tidy`] establishes that after a parser has
//! pushed records in any order, summing the hits of equal records.

use std::{collections::BTreeMap, fmt};

use super::tally::{Dimension, Tallies, Tally};

/// How often something ran: a count, or a lower bound of it.
///
/// The top bit says "at least"; a count beyond 63 bits saturates into a lower bound. Two halves keep the
/// alignment at four bytes, so that a [`Line`] takes 12 bytes: reports of ten million lines fit in memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hits {
    high: u32,
    low: u32,
}

impl Hits {
    /// Never ran.
    pub const ZERO: Self = Self { high: 0, low: 0 };
    /// The largest count that is kept exactly: 2⁶³ − 1.
    pub const MAX: u64 = u64::MAX >> 1;
    const AT_LEAST: u32 = 1 << 31;

    /// Exactly `count`, or at least 2⁶³ − 1 where it is larger.
    pub fn exactly(count: u64) -> Self {
        if count > Self::MAX { Self::at_least(Self::MAX) } else { Self::pack(count, 0) }
    }

    /// `count` or more; zero and below is exactly zero.
    pub fn at_least(count: u64) -> Self {
        if count == 0 { Self::ZERO } else { Self::pack(count.min(Self::MAX), Self::AT_LEAST) }
    }

    fn pack(count: u64, bound: u32) -> Self {
        Self { high: (count >> 32) as u32 | bound, low: count as u32 }
    }

    /// The count, or its lower bound.
    pub fn count(self) -> u64 {
        u64::from(self.high & !Self::AT_LEAST) << 32 | u64::from(self.low)
    }

    /// Whether [`Self::count`] is the count itself.
    pub fn is_exact(self) -> bool {
        self.high & Self::AT_LEAST == 0
    }

    /// Whether it ran at all.
    pub fn is_hit(self) -> bool {
        self != Self::ZERO
    }

    /// The sum: exact where both are, else the sum of the lower bounds.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let sum = self.count() + other.count(); // two 63-bit counts cannot overflow 64 bits
        if self.is_exact() && other.is_exact() { Self::exactly(sum) } else { Self::at_least(sum) }
    }

    /// The magnitude that a snapshot keeps by default: 0, 1, 2+, 10+, 100+, 1000+, … Raw counts differ from run to
    /// run and would cost a new object for every file at every snapshot.
    #[must_use]
    pub fn magnitude(self) -> Self {
        match self.count() {
            0 => Self::ZERO,
            1 if self.is_exact() => self,
            count @ 1..=9 => Self::at_least(count.min(2)),
            count => Self::at_least(10u64.pow(count.ilog10())),
        }
    }
}

impl fmt::Debug for Hits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `7`, or `10+` for a lower bound.
impl fmt::Display for Hits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.count(), if self.is_exact() { "" } else { "+" })
    }
}

/// A line that can be covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The line's number, from 1.
    pub number: u32,
    /// How often it ran.
    pub hits: Hits,
}

/// What tells one branch of a line from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arm {
    /// The n-th branch, as compilers number them.
    Index(u32),
    /// A jump to this line, as coverage.py's arcs have it.
    Jump(u32),
    /// The tool's own words, such as an expression.
    Text(Box<str>),
}

/// One way out of a decision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Branch {
    /// The line of the decision, from 1.
    pub line: u32,
    /// The block on the line, where the tool numbers them.
    pub block: u32,
    /// Which branch of the block.
    pub arm: Arm,
    /// How often it was taken.
    pub hits: Hits,
}

/// A function, method or lambda.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    /// The first line, from 1; 0 where the tool does not say.
    pub start: u32,
    /// The tool's name for it.
    pub name: Box<str>,
    /// The last line, where the tool says.
    pub end: Option<u32>,
    /// How often it was entered.
    pub hits: Hits,
}

/// A block of statements that run together: the unit of Go's cover profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    /// First line and column, from 1.
    pub start: (u32, u32),
    /// Last line and the column after it.
    pub end: (u32, u32),
    /// The statements in it.
    pub statements: u32,
    /// How often it ran.
    pub hits: Hits,
}

/// What is known of a line that can be covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineState {
    /// It ran, and every branch on it was taken.
    Covered,
    /// It ran, and some branch on it was not taken.
    Partial,
    /// It did not run.
    Uncovered,
    /// A carried suite measured an older text of it.
    Unknown,
}

/// What a run says about one source file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCoverage {
    /// The lines that can be covered, by number.
    pub lines: Vec<Line>,
    /// The branches, by line, block and arm.
    pub branches: Vec<Branch>,
    /// The functions, by start and name.
    pub functions: Vec<Function>,
    /// The blocks of statements, by extent.
    pub blocks: Vec<Block>,
}

/// The totals of a line's branches, and the line's own state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineView {
    /// The line and its hits.
    pub line: Line,
    /// Covered, partial or uncovered.
    pub state: LineState,
    /// The branches on it.
    pub branches: Tally,
}

impl FileCoverage {
    /// The tallies of every dimension that this file measures; an absent dimension was not measured.
    pub fn tallies(&self) -> Tallies {
        let mut tallies = Tallies::default();
        let mut add = |dimension, tally: Tally| {
            if tally.total > 0 {
                tallies.add(dimension, tally);
            }
        };
        add(Dimension::Lines, Tally::of(&self.lines, |line| line.hits.is_hit()));
        add(Dimension::Branches, Tally::of(&self.branches, |branch| branch.hits.is_hit()));
        add(Dimension::Functions, Tally::of(&self.functions, |function| function.hits.is_hit()));
        add(Dimension::Statements, self.statements());
        tallies
    }

    fn statements(&self) -> Tally {
        self.blocks.iter().fold(Tally::default(), |sum, block| {
            let total = u64::from(block.statements);
            sum + Tally { covered: if block.hits.is_hit() { total } else { 0 }, total }
        })
    }

    /// Every line that can be covered with its state and the tally of its branches, in order.
    pub fn views(&self) -> impl Iterator<Item = LineView> + '_ {
        let mut branches = self.branches.as_slice();
        self.lines.iter().map(move |&line| {
            let skip = branches.partition_point(|branch| branch.line < line.number);
            branches = &branches[skip..];
            let here = branches.partition_point(|branch| branch.line == line.number);
            let tally = Tally::of(&branches[..here], |branch| branch.hits.is_hit());
            let state = match (line.hits.is_hit(), tally.covered < tally.total) {
                (false, _) => LineState::Uncovered,
                (true, true) => LineState::Partial,
                (true, false) => LineState::Covered,
            };
            LineView { line, state, branches: tally }
        })
    }
}

/// Something wrong with an input that did not stop the rest from being used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Warning {
    /// The line of the input, from 1, where one is to blame.
    pub line: Option<u64>,
    /// What is wrong, and what was done about it.
    pub message: String,
}

/// What one report file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The format's name in [`super::formats::FORMATS`].
    pub format: &'static str,
    /// The source files by their path as the report writes it.
    pub files: BTreeMap<String, FileCoverage>,
    /// Source roots that the report names (Cobertura's `<source>`), in its order.
    pub roots: Vec<String>,
    /// What was wrong with it.
    pub warnings: Vec<Warning>,
}

impl Report {
    /// The sum over all files.
    pub fn tallies(&self) -> Tallies {
        self.files.values().map(FileCoverage::tallies).sum()
    }
}
