//! The model every format is read into: what a test run says about each source file.
//!
//! Lists are sorted by position and free of duplicates; [`FileCoverage::tidy`] establishes that
//! after a parser has pushed records in any order, summing the hits of equal records.

use std::collections::BTreeMap;

use crate::report::model::dimension::Dimension;
use crate::report::model::tally::{Tallies, Tally};
use crate::report::model::warning::Warning;
use crate::report::{Contexts, Hits, Mutant, MutationTotals, TestTotals, Tests};

/// A line that can be covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The line's number, from 1.
    pub number: u32,
    /// How often it ran.
    pub hits: Hits,
}

/// Distinguishes the branches of a line.
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
    /// The branch within the block.
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

/// A condition of a decision, which MC/DC asks to decide the outcome on its own; or one sense of
/// it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// The line of the decision, from 1.
    pub line: u32,
    /// The decision within the line: its ordinal, or the number of its conditions (LCOV).
    pub decision: u32,
    /// The condition within the decision, from 0.
    pub index: u32,
    /// Being true or being false, where the tool counts the two apart (LCOV, gcov), or `None` if it
    /// counts once (llvm-cov).
    pub sense: Option<bool>,
    /// The condition's own words, where the tool gives them.
    pub words: Box<str>,
    /// How often it was shown to decide the outcome.
    pub hits: Hits,
}

/// A region of code that runs from its start whenever it is entered: the unit of llvm-cov.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    /// Its first line and column, from 1.
    pub start: (u32, u32),
    /// How often it was entered.
    pub hits: Hits,
}

/// The instructions of a line: the unit of `JaCoCo`, which says how many ran, not which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instructions {
    /// The line, from 1.
    pub line: u32,
    /// How many ran.
    pub covered: u32,
    /// How many there are.
    pub total: u32,
}

impl Instructions {
    /// How many of how many ran.
    pub fn tally(self) -> Tally {
        Tally { covered: self.covered.into(), total: self.total.into() }
    }
}

/// A line that can be covered, with everything measured on it.
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

/// The tool's own summary of a file, where its records say something else or nothing:
/// reports of totals alone, and dimensions that a tool counts by rules that its records do not show
/// (llvm-cov's lines of macros).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The dimensions it speaks of.
    pub tallies: Tallies,
    /// Whether several runs were merged: then records, where there are any, are counted instead.
    pub merged: bool,
}

/// The coverage of one source file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCoverage {
    /// The lines that can be covered, by number.
    pub lines: Vec<Line>,
    /// The branches, by line, block and arm.
    pub branches: Vec<Branch>,
    /// The functions, by start and name.
    pub functions: Vec<Function>,
    /// The conditions, by line, decision, index and sense.
    pub conditions: Vec<Condition>,
    /// The blocks of statements, by extent.
    pub blocks: Vec<Block>,
    /// The regions, by start.
    pub regions: Vec<Region>,
    /// The instructions, by line.
    pub instructions: Vec<Instructions>,
    /// The mutants, by place, mutator and replacement.
    pub mutants: Vec<Mutant>,
    /// The lines that the tool was told to leave out, in order. They are no lines that can be
    /// covered.
    pub excluded: Vec<u32>,
    /// The tool's own totals, where its records do not give them.
    pub summary: Summary,
    /// Whether no test loaded the file and the tool made these records up from its text (c8's
    /// `(empty-report)`, Istanbul's `all`, `SimpleCov`'s `track_files`). Such records give way to
    /// those of any run that loaded the file.
    pub placeholder: bool,
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
    /// The tallies of every dimension that this file measures; an absent dimension was not
    /// measured.
    pub fn tallies(&self) -> Tallies {
        let mut tallies = self.counted();
        for (dimension, tally) in self.summary.tallies.iter() {
            if !self.summary.merged || tallies.get(dimension).is_none() {
                tallies.set(*dimension, tally);
            }
        }
        tallies
    }

    /// The tallies of the records alone.
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

    /// Keeps of the tool's own totals for this file those that its records do not give.
    pub fn summarise(&mut self, stated: &Tallies) {
        let counted = self.counted();
        for (dimension, tally) in stated.iter().filter(|(dimension, tally)| {
            let none = tally.total == 0;
            !none && counted.get(dimension) != Some(*tally)
        }) {
            self.summary.tallies.set(*dimension, tally);
        }
    }

    /// Every count of hits it holds.
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

/// The totals that a report declares.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct DeclaredTotals {
    /// Its totals by dimension.
    #[serde(flatten)]
    pub dimensions: Tallies,
    /// Its totals of mutants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutation: Option<MutationTotals>,
    /// Its totals of tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests: Option<TestTotals>,
}

impl DeclaredTotals {
    /// Whether it claims nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Notes a claim about a dimension; one without a denominator, or with more covered than there
    /// is, claims nothing.
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
    /// The format's name in [`FORMATS`](crate::report::formats::FORMATS).
    pub format: &'static str,
    /// The source files by their path as the report writes it.
    pub files: BTreeMap<String, FileCoverage>,
    /// Source roots that the report names (Cobertura's `<source>`), in its order.
    pub roots: Vec<String>,
    /// The group of each path that is in one: the module, in JaCoCo's aggregate reports. The group
    /// of a path that several groups have leads the path.
    pub groups: BTreeMap<String, String>,
    /// The tests that ran, where it is a report of tests.
    pub tests: Option<Tests>,
    /// The tests that ran each line, if the report says.
    pub contexts: Contexts,
    /// The totals that it claims itself.
    pub stated: DeclaredTotals,
    /// Problems that did not stop the rest from being used.
    pub warnings: Vec<Warning>,
}

impl Report {
    /// The sum over all files.
    pub fn tallies(&self) -> Tallies {
        self.files.values().map(FileCoverage::tallies).sum()
    }

    /// The totals of the mutants of all files, or `None` if the report holds none.
    pub fn mutation(&self) -> Option<MutationTotals> {
        let mutants = self.files.values().any(|file| !file.mutants.is_empty());
        mutants.then(|| self.files.values().map(FileCoverage::mutation).sum())
    }
}
