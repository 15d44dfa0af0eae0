//! Reads dotCover's detailed XML (`ReportType="DetailedXml"`): statements, the lines they span, and
//! functions by file.
//!
//! The input is `<File Index Name>` elements, and `<Statement FileIndex Line … Covered>` in methods
//! of nested types. The rules:
//! * A statement is covered or not; its number of hits is unknown. A line is covered if any
//!   statement on it is.
//! * Merged reports contain an assembly more than once, but a statement of the same method counts
//!   once. Statements with the same extent in several methods (generated ones) each count, as in
//!   the tool's total.
//! * A method with statements of its own is a function. It was entered if one of them is covered.

use std::collections::BTreeMap;
use std::io::BufRead;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::reading::limits::Allowance;
use crate::report::reading::warnings::Warnings;
use crate::report::reading::xml::{self, Element, Piece};
use crate::report::reading::{declared_totals, number};
use crate::report::{Block, Dimension, FileCoverage, Function, Hits, Line, Report, Tallies, Tally};
use crate::{Error, Result, path};

/// dotCover XML.
pub const FORMAT: Format = Format {
    name: "dotcover",
    title: "dotCover detailed XML",
    kind: Kind::Coverage,
    tools: &["JetBrains dotCover"],
    sign: "has a `<Root>` with `DotCoverVersion`, or with `CoveredStatements` and `FileIndices`",
    quirks: &[Quirk {
        rule: "Statements are counted. A line is covered if any statement that spans it is.",
        source: "dotCover's documentation of DetailedXML; ReportGenerator's reading of it",
    }],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    holds(head, "<Root")
        && (holds(head, "DotCoverVersion")
            || (holds(head, "CoveredStatements") && holds(head, "<FileIndices")))
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    xml::each(input, "Root", |piece| reader.piece(piece))?;
    reader.finish()
}

#[derive(Default)]
struct Reader {
    paths: BTreeMap<String, String>,
    files: BTreeMap<String, FileCoverage>,
    /// The open methods; anonymous ones are nested.
    methods: Vec<Method>,
    /// The names of the open elements.
    names: Vec<String>,
    /// How often a statement has occurred in this assembly so far. Methods of the same name may
    /// contain equal statements.
    repeats: BTreeMap<(String, String, Extent), u32>,
    /// The statements by file, method and extent, and whether they ran.
    statements: BTreeMap<String, BTreeMap<Statement, bool>>,
    allowance: Allowance,
    report: Report,
    warnings: Warnings,
}

/// The names around a statement, its extent, and its ordinal among equal ones.
type Statement = (String, Extent, u32);

/// The first line and column, and the last line and column.
type Extent = ((u32, u32), (u32, u32));

struct Method {
    name: String,
    /// The file and line of its first statement.
    place: Option<(String, u32)>,
    ran: bool,
}

impl Reader {
    fn piece(&mut self, piece: Piece<'_>) -> Result<()> {
        match piece {
            Piece::Start(element) => {
                self.names.push(element.attribute("Name")?.unwrap_or_default().into_owned());
                self.start(&element)?;
            }
            Piece::End(name) => {
                self.names.pop();
                if matches!(name, "Method" | "AnonymousMethod") {
                    self.end_method();
                }
            }
            Piece::Text(_) => {}
        }
        Ok(())
    }

    fn start(&mut self, element: &Element<'_>) -> Result<()> {
        match element.name() {
            "Assembly" => self.repeats.clear(),
            "Root" => self.root(element)?,
            "File" => {
                if let (Some(index), Some(name)) =
                    (element.attribute("Index")?, element.attribute("Name")?)
                {
                    self.paths.insert(index.into_owned(), path::from_bytes(name.as_bytes()));
                }
            }
            "Method" | "AnonymousMethod" => {
                let name = element.attribute("Name")?.unwrap_or_default().into_owned();
                self.methods.push(Method { name, place: None, ran: false });
            }
            "Statement" => self.statement(element)?,
            _ => {}
        }
        Ok(())
    }

    fn root(&mut self, element: &Element<'_>) -> Result<()> {
        let count =
            |name| Ok::<_, Error>(element.attribute(name)?.and_then(|text| text.parse().ok()));
        self.report.stated.claim(
            Dimension::Statements,
            count("CoveredStatements")?,
            count("TotalStatements")?,
        );
        Ok(())
    }

    fn statement(&mut self, element: &Element<'_>) -> Result<()> {
        let at = |name| {
            Ok::<_, Error>(element.attribute(name)?.and_then(|text| number::line(text.as_bytes())))
        };
        let file =
            element.attribute("FileIndex")?.and_then(|index| self.paths.get(&*index).cloned());
        let (line, last) = (at("Line")?, at("EndLine")?);
        let place = file.zip(line).filter(|(_, line)| {
            self.allowance.grants(u64::from(last.unwrap_or(*line).saturating_sub(*line)) + 1, 1)
        });
        let Some((file, line)) = place else {
            let message = || "a <Statement> without a sound file and line: skipped".to_owned();
            self.warnings.add("malformed statements", Some(element.line()), message);
            return Ok(());
        };
        let last = last.unwrap_or(line).max(line);
        let covered =
            element.attribute("Covered")?.is_some_and(|word| word.eq_ignore_ascii_case("true"));
        let hits = if covered { Hits::at_least(1) } else { Hits::ZERO };
        let coverage = self.files.entry(file.clone()).or_default();
        let (start, end) =
            ((line, at("Column")?.unwrap_or(0)), (last, at("EndColumn")?.unwrap_or(0)));
        coverage.blocks.push(Block { start, end, statements: 1, hits });
        let own = (file.clone(), self.names.join("\0"), (start, end));
        let ordinal = self.repeats.entry(own).and_modify(|count| *count += 1).or_default();
        let own = (self.names.join("\0"), (start, end), *ordinal);
        *self.statements.entry(file.clone()).or_default().entry(own).or_default() |= covered;
        coverage.lines.extend((line..=last).map(|number| Line { number, hits }));
        if let Some(method) = self.methods.last_mut() {
            method.place.get_or_insert((file, line));
            method.ran |= covered;
        }
        Ok(())
    }

    fn end_method(&mut self) {
        let Some(Method { name, place: Some((file, start)), ran }) = self.methods.pop() else {
            return;
        };
        let hits = if ran { Hits::at_least(1) } else { Hits::ZERO };
        let function = Function { start, name: name.into(), end: None, hits };
        self.files.entry(file).or_default().functions.push(function);
    }

    fn finish(self) -> Result<Report> {
        let Self { mut files, statements, mut report, warnings, .. } = self;
        if files.is_empty() {
            let hint = "write it with the report type DetailedXML: the summary has no statements";
            return Err(Error::new("the report has no statements").hint(hint));
        }
        files.values_mut().for_each(FileCoverage::tidy);
        for (path, statements) in &statements {
            let covered = statements.values().filter(|covered| **covered).count() as u64;
            let mut own = Tallies::default();
            own.set(Dimension::Statements, Tally { covered, total: statements.len() as u64 });
            files.entry(path.clone()).or_default().summarise(&own);
        }
        report.format = FORMAT.name;
        report.files = files;
        Ok(declared_totals::checked(report, warnings))
    }
}
