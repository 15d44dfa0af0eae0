//! Reads Clover XML (`clover.xsd`) as written by Clover and `OpenClover`, Istanbul (nyc, Jest),
//! `PHPUnit` and gcovr: lines, branches and functions by the `path` of a file, or by its `name` if
//! it has no path.
//!
//! The rules:
//! * `<line type="stmt">` and `type="cond"` are lines. Several elements for one line are one line,
//!   with the hits of the one that ran most. `type="method"` is a function and not a line.
//! * A `cond` of Clover counts how often it was true and how often false: two branches. One with a
//!   `count` is Istanbul's: `truecount` of `truecount + falsecount` branches were taken.
//! * `statements` of a `<metrics>` are lines for Istanbul, `PHPUnit` and gcovr, and statements for
//!   Clover. A `clover` version marks the latter, except for 3.2.0, which Istanbul always writes.
//! * The `<metrics>` of a file are used where its lines add up to other numbers: branches that
//!   Istanbul drops because their line has no statement, functions that Istanbul does not list and
//!   that `PHPUnit` calls covered only once all of their lines ran, and statements of Clover. Lines
//!   are counted themselves, unless there are none, or some may be on the line of a method, for
//!   which `PHPUnit` writes only the method.
//! * The tests' own sources, in `<testproject>`, are left out, as in the tool's totals.
//! * The `<metrics>` of the project are the totals that the report declares.

use std::borrow::Cow;
use std::io::BufRead;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::merge::GatheredFiles;
use crate::report::reading::branch_counts::BranchCounts;
use crate::report::reading::declared_totals;
use crate::report::reading::number::{self, Count};
use crate::report::reading::warnings::Warnings;
use crate::report::reading::xml::{self, Element, Piece};
use crate::report::{
    Arm, Branch, DeclaredTotals, Dimension, FileCoverage, Function, Hits, Line, Report, Tallies,
    Tally,
};
use crate::{Result, path};

/// Clover XML.
pub const FORMAT: Format = Format {
    name: "clover",
    title: "Clover XML",
    kind: Kind::Coverage,
    tools: &[
        "OpenClover",
        "Clover",
        "PHPUnit (`--coverage-clover`)",
        "nyc",
        "Jest",
        "gcovr (`--clover`)",
    ],
    sign: "has a `<coverage>` root with a `<project>` or a `clover` version",
    quirks: &[
        Quirk {
            rule: "Several statements on one line are one line, with the hits of the statement \
                   that ran most.",
            source: "OpenClover, XMLReporter.java: one element per statement",
        },
        Quirk {
            rule: "The line of a method is not coverable.",
            source: "OpenClover, clover.xsd; a run of PHPUnit 9.6",
        },
        Quirk {
            rule: "`statements` are lines for Istanbul, PHPUnit and gcovr, and statements for \
                   Clover.",
            source: "istanbul-reports, lib/clover/index.js: `statements: metrics.lines.total`",
        },
        Quirk {
            rule: "A condition with a `count` is Istanbul's: its true and false counts are the \
                   branches taken and not taken.",
            source: "istanbul-reports, lib/clover/index.js",
        },
        Quirk {
            rule: "A file's own totals of branches, functions and statements are used if its lines \
                   do not give them.",
            source: "istanbul-reports, lib/clover/index.js: no method has a line",
        },
        Quirk {
            rule: "PHPUnit calls a method covered only once all of its lines ran, and writes no \
                   statement on a method's line.",
            source: "php-code-coverage, Report/Clover.php",
        },
        Quirk {
            rule: "The sources of tests, `<testproject>`, are left out.",
            source: "OpenClover, clover.xsd; gcovr, formats/clover/write.py, which writes a dummy \
                     there",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    holds(head, "<coverage")
        && (holds(head, "<project") || holds(head, " clover=\""))
        && !holds(head, "line-rate")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    xml::each(input, "coverage", |piece| reader.piece(piece))?;
    if reader.files.is_empty() {
        reader.warnings.add("empty reports", None, || "the report holds no files".to_owned());
    }
    let files = reader.files.finish();
    let report = Report { format: FORMAT.name, files, stated: reader.stated, ..Report::default() };
    Ok(declared_totals::checked(report, reader.warnings))
}

#[derive(Default)]
struct Reader {
    files: GatheredFiles,
    /// Whether the `statements` of the totals are lines.
    statements_are_lines: bool,
    /// Whether the reader is among the tests' own sources.
    tests: bool,
    /// Whether the reader is in a package.
    package: bool,
    file: Option<File>,
    stated: DeclaredTotals,
    arms: BranchCounts,
    warnings: Warnings,
}

#[derive(Default)]
struct File {
    /// The path, or empty if it has none.
    path: String,
    /// Whether the reader is in a class.
    class: bool,
    coverage: FileCoverage,
    /// The line of Clover's last condition, and the number of conditions on that line.
    conditions: (u32, u32),
    /// The totals, without lines.
    metrics: Tallies,
    lines: Option<Tally>,
}

impl Reader {
    fn piece(&mut self, piece: Piece<'_>) -> Result<()> {
        match piece {
            Piece::Start(element) => match element.name() {
                "coverage" => {
                    self.statements_are_lines = !is_clover(element.attribute("clover")?.as_deref());
                }
                "testproject" => self.tests = true,
                _ if self.tests => {}
                "package" => self.package = true,
                "class" => self.enter_class(true),
                "file" => self.start_file(&element)?,
                "metrics" => self.metrics(&element)?,
                "line" => self.line(&element)?,
                _ => {}
            },
            Piece::End("testproject") => self.tests = false,
            Piece::End(_) if self.tests => {}
            Piece::End("package") => self.package = false,
            Piece::End("class") => self.enter_class(false),
            Piece::End("file") => self.end_file(),
            Piece::End(_) | Piece::Text(_) => {}
        }
        Ok(())
    }

    fn start_file(&mut self, element: &Element<'_>) -> Result<()> {
        let path = element.attribute("path")?.filter(|path| !path.is_empty());
        let path = path.map_or_else(|| element.attribute("name"), |path| Ok(Some(path)))?;
        let path = path::from_bytes(path.unwrap_or_default().as_bytes());
        if path.is_empty() {
            let message = || "a <file> without a path or name: skipped".to_owned();
            self.warnings.add("files without a name", Some(element.line()), message);
        }
        self.file = Some(File { path, ..File::default() });
        Ok(())
    }

    fn enter_class(&mut self, class: bool) {
        if let Some(file) = &mut self.file {
            file.class = class;
        }
    }

    /// Reads the totals of a file or of the project. Those of packages and classes repeat them.
    fn metrics(&mut self, element: &Element<'_>) -> Result<()> {
        if self.file.as_ref().map_or(self.package, |file| file.class) {
            return Ok(());
        }
        let statements =
            if self.statements_are_lines { Dimension::Lines } else { Dimension::Statements };
        for (dimension, covered, total) in [
            (statements, "coveredstatements", "statements"),
            (Dimension::Branches, "coveredconditionals", "conditionals"),
            (Dimension::Functions, "coveredmethods", "methods"),
        ] {
            let (Some(covered), Some(total)) = (element.total(covered)?, element.total(total)?)
            else {
                continue;
            };
            let Some(file) = &mut self.file else {
                self.stated.claim(dimension, Some(covered), Some(total));
                continue;
            };
            let tally = Tally { covered, total };
            match dimension {
                _ if covered > total => malformed(&mut self.warnings, element),
                Dimension::Lines => file.lines = Some(tally),
                dimension => file.metrics.set(dimension, tally),
            }
        }
        Ok(())
    }

    fn line(&mut self, element: &Element<'_>) -> Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let number = element.attribute("num")?.and_then(|number| number::line(number.as_bytes()));
        let kind = element.attribute("type")?;
        let [count, met, unmet] =
            ["count", "truecount", "falsecount"].map(|name| hits(element, name));
        let (count, met, unmet) = (count?, met?, unmet?);
        // Clover gives conditions no count of their own.
        let ran = count.or_else(|| Some(met?.plus(unmet?)));
        let (Some(number), Some(ran)) = (number, ran) else {
            malformed(&mut self.warnings, element);
            return Ok(());
        };
        if kind.as_deref() == Some("method") {
            file.coverage.functions.push(Function {
                start: number,
                name: name_of(element)?,
                end: None,
                hits: ran,
            });
            return Ok(());
        }
        file.coverage.lines.push(Line { number, hits: ran });
        if let (Some("cond"), Some(met), Some(unmet)) = (kind.as_deref(), met, unmet) {
            if count.is_none() {
                file.condition(number, met, unmet);
            } else if !self.taken(number, met, unmet) {
                malformed(&mut self.warnings, element);
            }
        }
        Ok(())
    }

    /// Adds the branches of a line, given how many of them were taken and not taken.
    fn taken(&mut self, line: u32, taken: Hits, missed: Hits) -> bool {
        let Some(file) = &mut self.file else { return true };
        let (taken, missed) = (u32::try_from(taken.count()), u32::try_from(missed.count()));
        let (Ok(taken), Ok(missed)) = (taken, missed) else { return false };
        let total = taken.checked_add(missed);
        total.is_some_and(|total| self.arms.add(&mut file.coverage.branches, line, taken, total))
    }

    fn end_file(&mut self) {
        let Some(mut file) = self.file.take().filter(|file| !file.path.is_empty()) else { return };
        let lines = &mut file.coverage.lines;
        lines.sort_by_key(|line| (line.number, std::cmp::Reverse(line.hits.count())));
        lines.dedup_by_key(|line| line.number);
        file.coverage.tidy();
        if let Some(stated) = file.lines.filter(|&stated| file.bears_out(stated)) {
            file.metrics.set(Dimension::Lines, stated);
        }
        file.coverage.placeholder = file.is_placeholder();
        file.coverage.summarise(&file.metrics);
        self.files.absorb(file.path, &mut file.coverage);
    }
}

impl File {
    /// Adds a condition of Clover, which has two branches.
    fn condition(&mut self, line: u32, met: Hits, unmet: Hits) {
        let (last, block) = self.conditions;
        let block = if last == line { block + 1 } else { 0 };
        self.conditions = (line, block);
        for (words, hits) in [("true", met), ("false", unmet)] {
            self.coverage.branches.push(Branch { line, block, arm: Arm::Text(words.into()), hits });
        }
    }

    /// Whether it is the placeholder that c8 writes for a file that no test loaded. Then every
    /// physical line is listed and none ran, not even the first, which runs in any loaded file; and
    /// there is one function and one branch.
    fn is_placeholder(&self) -> bool {
        let lines = &self.coverage.lines;
        let every_line = lines.last().is_some_and(|last| last.number as usize == lines.len());
        let one_missed =
            |dimension| self.metrics.get(&dimension) == Some(Tally { covered: 0, total: 1 });
        let none_ran = lines.iter().all(|line| !line.hits.is_hit());
        every_line
            && none_ran
            && one_missed(Dimension::Functions)
            && one_missed(Dimension::Branches)
    }

    /// Whether the file may have as many lines as it declares: it lists none, or the missing ones
    /// may be on the lines of methods.
    fn bears_out(&self, stated: Tally) -> bool {
        let lines = &self.coverage.lines;
        let listed = Tally::of(lines, |line| line.hits.is_hit());
        let missing = |function: &&Function| {
            lines.binary_search_by_key(&function.start, |line| line.number).is_err()
        };
        let spare = self.coverage.functions.iter().filter(missing).count() as u64;
        let more = stated.total.checked_sub(listed.total);
        let ran = stated.covered.checked_sub(listed.covered);
        lines.is_empty() || more.zip(ran).is_some_and(|(more, ran)| ran <= more && more <= spare)
    }
}

/// Whether a version is one of Clover itself, and not a time (gcovr) or the version that Istanbul
/// writes.
fn is_clover(version: Option<&str>) -> bool {
    version.is_some_and(|version| version.contains('.') && version != "3.2.0")
}

fn hits(element: &Element<'_>, name: &str) -> Result<Option<Hits>> {
    let count = element.attribute(name)?.and_then(|count| number::count(count.as_bytes()));
    Ok(count.map(|count| match count {
        Count::Hits(hits) => hits,
        Count::Negative => Hits::ZERO,
    }))
}

/// The name of a method: `signature` (Clover) or `name` (`PHPUnit`). Clover 1 has none.
fn name_of(element: &Element<'_>) -> Result<Box<str>> {
    let name = element.attribute("signature")?;
    let name = name.map_or_else(|| element.attribute("name"), |name| Ok(Some(name)))?;
    Ok(name.filter(|name| !name.is_empty()).unwrap_or(Cow::Borrowed("method")).into())
}

fn malformed(warnings: &mut Warnings, element: &Element<'_>) {
    let message = || format!("a <{}> without sound numbers: skipped", element.name());
    warnings.add("malformed elements", Some(element.line()), message);
}
