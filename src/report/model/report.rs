//! The model that every format is read into: what a test run says about each source file.
//!
//! Lists are sorted by position and free of duplicates. Parsers may push records in any order;
//! [`FileCoverage::tidy`] then sorts them and sums the hits of equal records.

use std::collections::BTreeMap;

use crate::report::model::dimension::Dimension;
use crate::report::model::tally::{Tallies, Tally};
use crate::report::model::warning::Warning;
use crate::report::{Contexts, Hits, Mutant, MutationTotals, TestTotals, Tests};

/// A coverable line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The line number, from 1.
    pub number: u32,
    /// How often it ran.
    pub hits: Hits,
}

/// Distinguishes the branches of one line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arm {
    /// The n-th branch, as compilers number them.
    Index(u32),
    /// A jump to this line, as in coverage.py's arcs.
    Jump(u32),
    /// The tool's own text, such as an expression.
    Text(Box<str>),
}

/// One way out of a decision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Branch {
    /// The line of the decision, from 1.
    pub line: u32,
    /// The block on the line, if the tool numbers blocks.
    pub block: u32,
    /// The branch within the block.
    pub arm: Arm,
    /// How often it was taken.
    pub hits: Hits,
}

/// A function, method or lambda.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    /// The first line, from 1, or 0 if the tool does not give it.
    pub start: u32,
    /// The tool's name for it.
    pub name: Box<str>,
    /// The last line, if the tool gives it.
    pub end: Option<u32>,
    /// How often it was entered.
    pub hits: Hits,
}

/// A block of statements that run together, the unit of Go's cover profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    /// First line and column, from 1.
    pub start: (u32, u32),
    /// Last line and the column after it.
    pub end: (u32, u32),
    /// The number of statements in it.
    pub statements: u32,
    /// How often it ran.
    pub hits: Hits,
}

/// A condition of a decision, for MC/DC: whether it was shown to decide the outcome on its own.
/// Some tools have one record for each outcome of the condition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// The line of the decision, from 1.
    pub line: u32,
    /// The decision on the line: its ordinal, or the number of its conditions (LCOV).
    pub decision: u32,
    /// The condition within the decision, from 0.
    pub index: u32,
    /// The outcome that this record is about, if the tool counts true and false separately (LCOV,
    /// gcov), or `None` if it counts both together (llvm-cov).
    pub sense: Option<bool>,
    /// The source text of the condition, if the tool gives it.
    pub words: Box<str>,
    /// How often it was shown to decide the outcome.
    pub hits: Hits,
}

/// A region of code that runs from its start whenever it is entered, the unit of llvm-cov.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    /// The first line and column, from 1.
    pub start: (u32, u32),
    /// How often it was entered.
    pub hits: Hits,
}

/// The instructions of one line, the unit of `JaCoCo`, which says how many ran but not which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instructions {
    /// The line, from 1.
    pub line: u32,
    /// The number of instructions that ran.
    pub covered: u32,
    /// The number of instructions.
    pub total: u32,
}

impl Instructions {
    /// Covered instructions of all instructions.
    pub fn tally(self) -> Tally {
        Tally { covered: self.covered.into(), total: self.total.into() }
    }
}

/// The state of a coverable line, with everything measured on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineState {
    /// It ran, and every branch on it was taken.
    Covered,
    /// It ran, and at least one branch on it was not taken.
    Partial,
    /// It did not run.
    Uncovered,
    /// A suite that was carried forward measured an older text of the line.
    Unknown,
}

/// The tool's own summary of a file, used where its records give no total or a different one:
/// reports that contain only totals, and dimensions that a tool counts by rules that its records do
/// not show (such as llvm-cov's lines of macros).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The dimensions that the summary gives.
    pub tallies: Tallies,
    /// Whether several runs were merged. Then the records are counted instead, if there are any.
    pub merged: bool,
}

/// The coverage of one source file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCoverage {
    /// The coverable lines, by number.
    pub lines: Vec<Line>,
    /// The branches, by line, block and arm.
    pub branches: Vec<Branch>,
    /// The functions, by first line and name.
    pub functions: Vec<Function>,
    /// The conditions, by line, decision, index and outcome.
    pub conditions: Vec<Condition>,
    /// The blocks of statements, by extent.
    pub blocks: Vec<Block>,
    /// The regions, by start.
    pub regions: Vec<Region>,
    /// The instructions, by line.
    pub instructions: Vec<Instructions>,
    /// The mutants, by position, mutator and replacement.
    pub mutants: Vec<Mutant>,
    /// The lines that the tool was told to leave out, in order. They are not coverable.
    pub excluded: Vec<u32>,
    /// The tool's own totals, for dimensions that its records do not give.
    pub summary: Summary,
    /// Whether no test loaded the file, so that the tool derived these records from its text (c8's
    /// `(empty-report)`, Istanbul's `all`, `SimpleCov`'s `track_files`). The records of a run that
    /// loaded the file replace them.
    pub placeholder: bool,
}

/// A line with its state and the total of its branches.
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
    /// The tallies of all dimensions that were measured in this file. A dimension that was not
    /// measured is absent.
    pub fn tallies(&self) -> Tallies {
        let mut tallies = self.counted();
        for (dimension, tally) in self.summary.tallies.iter() {
            if !self.summary.merged || tallies.get(dimension).is_none() {
                tallies.set(*dimension, tally);
            }
        }
        tallies
    }

    /// The tallies of the records alone, without the summary.
    pub fn counted(&self) -> Tallies {
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
        add(Dimension::Regions, Tally::of(&self.regions, |region| region.hits.is_hit()));
        add(
            Dimension::Instructions,
            self.instructions.iter().fold(Tally::default(), |sum, line| sum + line.tally()),
        );
        add(
            Dimension::Conditions,
            Tally::of(&self.conditions, |condition| condition.hits.is_hit()),
        );
        add(Dimension::Mutation, self.mutation().tally());
        tallies
    }

    /// Keeps those of the tool's own totals for this file that differ from its records.
    pub fn summarise(&mut self, stated: &Tallies) {
        let counted = self.counted();
        for (dimension, tally) in stated.iter().filter(|(dimension, tally)| {
            let none = tally.total == 0;
            !none && counted.get(dimension) != Some(*tally)
        }) {
            self.summary.tallies.set(*dimension, tally);
        }
    }

    /// All hit counts of the file.
    pub fn hits_mut(&mut self) -> impl Iterator<Item = &mut Hits> {
        let lines = self.lines.iter_mut().map(|line| &mut line.hits);
        let branches = self.branches.iter_mut().map(|branch| &mut branch.hits);
        let functions = self.functions.iter_mut().map(|function| &mut function.hits);
        let conditions = self.conditions.iter_mut().map(|condition| &mut condition.hits);
        let blocks = self.blocks.iter_mut().map(|block| &mut block.hits);
        let regions = self.regions.iter_mut().map(|region| &mut region.hits);
        lines.chain(branches).chain(functions).chain(conditions).chain(blocks).chain(regions)
    }

    /// The mutants and their results.
    pub fn mutation(&self) -> MutationTotals {
        self.mutants.iter().map(|mutant| mutant.status).collect()
    }

    fn statements(&self) -> Tally {
        self.blocks.iter().fold(Tally::default(), |sum, block| {
            let total = u64::from(block.statements);
            sum + Tally { covered: if block.hits.is_hit() { total } else { 0 }, total }
        })
    }

    /// Every coverable line with its state and the tally of its branches, in order.
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

/// The totals that a report declares itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct DeclaredTotals {
    /// The totals by dimension.
    #[serde(flatten)]
    pub dimensions: Tallies,
    /// The totals of mutants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutation: Option<MutationTotals>,
    /// The totals of tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests: Option<TestTotals>,
}

impl DeclaredTotals {
    /// Whether the report declares no totals.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds a declared total of a dimension. It is ignored if the denominator is missing or smaller
    /// than the number covered.
    pub(crate) fn claim(&mut self, dimension: Dimension, covered: Option<u64>, total: Option<u64>) {
        if let (Some(covered), Some(total)) = (covered, total)
            && covered <= total
        {
            self.dimensions.set(dimension, Tally { covered, total });
        }
    }
}

/// The content of one report file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The name of the format in [`FORMATS`](crate::report::formats::FORMATS).
    pub format: &'static str,
    /// The source files, by their path as the report writes it.
    pub files: BTreeMap<String, FileCoverage>,
    /// Source roots that the report names (such as Cobertura's `<source>`), in report order.
    pub roots: Vec<String>,
    /// The group of each path that has one: the module, in JaCoCo's aggregate reports. If several
    /// groups have the same path, the name of the group is put in front of the path.
    pub groups: BTreeMap<String, String>,
    /// The tests that ran, if the report lists tests.
    pub tests: Option<Tests>,
    /// The tests that ran each line, if the report says.
    pub contexts: Contexts,
    /// The totals that the report declares itself.
    pub stated: DeclaredTotals,
    /// Problems that did not stop the rest from being used.
    pub warnings: Vec<Warning>,
}

impl Report {
    /// The sum over all files.
    pub fn tallies(&self) -> Tallies {
        self.files.values().map(FileCoverage::tallies).sum()
    }

    /// The totals of the mutants of all files, or `None` if the report has none.
    pub fn mutation(&self) -> Option<MutationTotals> {
        let mutants = self.files.values().any(|file| !file.mutants.is_empty());
        mutants.then(|| self.files.values().map(FileCoverage::mutation).sum())
    }
}
