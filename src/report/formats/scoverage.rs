//! Reads scoverage XML as written by the plugins of Scala's build tools (`scoverage.xml`,
//! `scoverage-debug.xml`): lines, branches, functions and the totals of statements by `source`, or
//! by the `filename` of the class.
//!
//! The input is `<statement>`s. The rules:
//! * scoverage counts statements, of which there may be several on a line. A line has the hits of
//!   the statement that ran most.
//! * A statement with `branch="true"` is the start of a branch. The branches of a line are numbered
//!   by where they start.
//! * A method is a function, which starts at the first line of its statements and was entered if
//!   one of them ran. Overloads are one function. Code outside of methods has the method `<none>`.
//! * An ignored statement does not count.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::BufRead;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::reading::declared_totals;
use crate::report::reading::number::{self, Count};
use crate::report::reading::warnings::Warnings;
use crate::report::reading::xml::{self, Element, Piece};
use crate::report::{
    Arm, Branch, DeclaredTotals, Dimension, FileCoverage, Function, Hits, Line, Report, Tallies,
    Tally,
};
use crate::{Result, path};

/// scoverage XML.
pub const FORMAT: Format = Format {
    name: "scoverage",
    title: "scoverage XML",
    kind: Kind::Coverage,
    tools: &["scoverage (sbt, Maven, Gradle, Mill)"],
    sign: "has a `<scoverage>` root",
    quirks: &[
        Quirk {
            rule: "A line has the hits of its statement that ran most.",
            source: "scalac-scoverage-plugin, ScoverageXmlWriter.scala: one element per statement",
        },
        Quirk {
            rule: "A statement that is the start of a branch is a branch.",
            source: "scalac-scoverage-plugin, CoverageMetrics.scala: `statements.filter(_.branch)`",
        },
        Quirk {
            rule: "The file of a statement is its `source`: a class names only that of its first \
                   statement.",
            source: "scalac-scoverage-plugin, CoverageMetrics.scala: `statements.head.source`",
        },
        Quirk {
            rule: "Overloaded methods are one function.",
            source: "scalac-scoverage-plugin, ScoverageXmlWriter.scala: a method has a name and no \
                     signature",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    holds(head, "<scoverage")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    xml::each(input, "scoverage", |piece| reader.piece(piece))?;
    if reader.files.is_empty() {
        reader.warnings.add("empty reports", None, || "the report holds no statements".to_owned());
    }
    let files = reader.files.into_iter().map(|(path, file)| (path, file.coverage())).collect();
    let report = Report { format: FORMAT.name, files, stated: reader.stated, ..Report::default() };
    Ok(declared_totals::checked(report, reader.warnings))
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, File>,
    /// The file of the class.
    file: Option<String>,
    stated: DeclaredTotals,
    warnings: Warnings,
}

#[derive(Default)]
struct File {
    statements: Vec<Statement>,
    /// The first line of each function, and whether it was entered.
    functions: BTreeMap<String, (u32, bool)>,
}

struct Statement {
    line: u32,
    /// The start, in characters from the start of the file.
    start: u64,
    branch: bool,
    hits: Hits,
}

impl Reader {
    fn piece(&mut self, piece: Piece<'_>) -> Result<()> {
        let Piece::Start(element) = piece else { return Ok(()) };
        match element.name() {
            "scoverage" => self.claim(&element)?,
            "class" => self.file = element.attribute("filename")?.map(Cow::into_owned),
            "statement" => self.statement(&element)?,
            _ => {}
        }
        Ok(())
    }

    fn claim(&mut self, element: &Element<'_>) -> Result<()> {
        let [invoked, count] =
            ["statements-invoked", "statement-count"].map(|name| element.total(name));
        self.stated.claim(Dimension::Statements, invoked?, count?);
        Ok(())
    }

    fn statement(&mut self, element: &Element<'_>) -> Result<()> {
        if is_true(element, "ignored")? {
            return Ok(());
        }
        let line = element.attribute("line")?.and_then(|line| number::line(line.as_bytes()));
        let count = element
            .attribute("invocation-count")?
            .and_then(|count| number::count(count.as_bytes()));
        let source = element.attribute("source")?.filter(|source| !source.is_empty());
        let file = source.as_deref().or(self.file.as_deref()).filter(|file| !file.is_empty());
        let (Some(line), Some(Count::Hits(hits)), Some(file)) = (line, count, file) else {
            let message =
                || "a <statement> without a sound line, count and file: skipped".to_owned();
            self.warnings.add("malformed statements", Some(element.line()), message);
            return Ok(());
        };
        let file = self.files.entry(path::from_bytes(file.as_bytes())).or_default();
        let start = element.total("start")?.unwrap_or_default();
        file.statements.push(Statement { line, start, branch: is_true(element, "branch")?, hits });
        let method =
            element.attribute("method")?.filter(|method| !method.is_empty() && method != "<none>");
        if let Some(method) = method {
            let class = element.attribute("class")?.unwrap_or_default();
            file.enter(format!("{class}.{method}"), line, hits);
        }
        Ok(())
    }
}

impl File {
    /// Records a statement of a function.
    fn enter(&mut self, name: String, line: u32, hits: Hits) {
        let ran = hits.is_hit();
        let (start, entered) = self.functions.entry(name).or_insert((line, ran));
        *start = line.min(*start);
        *entered |= ran;
    }

    fn coverage(mut self) -> FileCoverage {
        self.statements.sort_by_key(|statement| (statement.line, statement.start));
        let mut coverage = FileCoverage::default();
        coverage.functions.extend(self.functions.into_iter().map(|(name, (start, entered))| {
            let hits = if entered { Hits::at_least(1) } else { Hits::ZERO };
            Function { start, name: name.into(), end: None, hits }
        }));
        for line in self.statements.chunk_by(|one, next| one.line == next.line) {
            let number = line[0].line;
            let hits = line.iter().map(|statement| statement.hits).max_by_key(|hits| hits.count());
            coverage.lines.push(Line { number, hits: hits.unwrap_or(Hits::ZERO) });
            let branches = line.iter().filter(|statement| statement.branch).zip(0..);
            coverage.branches.extend(branches.map(|(statement, index)| Branch {
                line: number,
                block: 0,
                arm: Arm::Index(index),
                hits: statement.hits,
            }));
        }
        coverage.tidy();
        let mut totals = Tallies::default();
        totals.set(
            Dimension::Statements,
            Tally::of(&self.statements, |statement| statement.hits.is_hit()),
        );
        coverage.summarise(&totals);
        coverage
    }
}

fn is_true(element: &Element<'_>, name: &str) -> Result<bool> {
    Ok(element.attribute(name)?.is_some_and(|value| value == "true"))
}
