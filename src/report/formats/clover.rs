//! Clover XML (`clover.xsd`), as Clover and `OpenClover`, Istanbul (nyc, Jest), `PHPUnit` and gcovr
//! write it.
//!
//! It gives lines, branches and functions by the `path` of a file, else its `name`. The rules:
//! * `<line type="stmt">` and `type="cond"` are lines; several on one line are one line, which ran
//!   as often as the one that ran most. `type="method"` is a function and no line.
//! * A `cond` of Clover counts how often it was true and false: two branches. One with a `count` is
//!   Istanbul's: its `truecount` of `truecount + falsecount` branches were taken.
//! * `statements` of a `<metrics>` are lines to Istanbul, `PHPUnit` and gcovr, and statements to
//!   Clover, which is told by a `clover` version; 3.2.0 is what Istanbul claims to be.
//! * The `<metrics>` of a file stand where its lines give another number: branches that Istanbul
//!   loses on lines without a statement, functions that Istanbul does not list and that `PHPUnit`
//!   calls covered once all of their lines ran, statements of Clover. The lines themselves count,
//!   unless there are none, or some stand on the line of a method, where `PHPUnit` writes the
//!   method alone.
//! * The tests' own sources, in `<testproject>`, are left out, as they are from the tool's totals.
//! * The `<metrics>` of the project are what the report states.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::BufRead;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::merge::Gathered;
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
            rule: "several statements on one line are one line, which ran as often as the one that ran most",
            source: "OpenClover, XMLReporter.java: an element a statement",
        },
        Quirk {
            rule: "the line of a method is no line that can be covered",
            source: "OpenClover, clover.xsd; a run of PHPUnit 9.6",
        },
        Quirk {
            rule: "`statements` are lines to Istanbul, PHPUnit and gcovr, and statements to Clover",
            source: "istanbul-reports, lib/clover/index.js: `statements: metrics.lines.total`",
        },
        Quirk {
            rule: "a condition that has a `count` is Istanbul's: its true and false counts are branches taken and not",
            source: "istanbul-reports, lib/clover/index.js",
        },
        Quirk {
            rule: "a file's own totals of branches, functions and statements stand where its lines do not give them",
            source: "istanbul-reports, lib/clover/index.js: no method has a line",
        },
        Quirk {
            rule: "PHPUnit calls a method covered once all of its lines ran, and writes no statement on a method's line",
            source: "php-code-coverage, Report/Clover.php",
        },
        Quirk {
            rule: "the sources of tests, `<testproject>`, are left out",
            source: "OpenClover, clover.xsd; gcovr, formats/clover/write.py, which writes a dummy there",
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
    let files =
        reader.files.into_iter().map(|(path, gathered)| (path, gathered.finish())).collect();
    let report = Report { format: FORMAT.name, files, stated: reader.stated, ..Report::default() };
    Ok(declared_totals::checked(report, reader.warnings))
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, Gathered>,
    /// Whether the statements that the totals count are lines.
    statements_are_lines: bool,
    /// Whether it is among the tests' own sources.
    tests: bool,
    /// Whether it is in a package.
    package: bool,
    file: Option<File>,
    stated: DeclaredTotals,
    arms: BranchCounts,
    warnings: Warnings,
}

#[derive(Default)]
struct File {
    /// Empty where it has none.
    path: String,
    /// Whether it is in a class.
    class: bool,
    coverage: FileCoverage,
    /// The line of the last condition of Clover, and how many were on it.
    conditions: (u32, u32),
    /// Its totals, lines apart.
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

    /// Totals of a file or of the project; those of packages and classes repeat them.
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
        let ran = count.or_else(|| Some(met?.plus(unmet?))); // Clover gives conditions no count of their own
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

    /// The branches of a line by how many of them were taken and not.
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
        self.files.entry(file.path).or_default().absorb(&mut file.coverage);
    }
}

impl File {
    /// A condition of Clover: two branches.
    fn condition(&mut self, line: u32, met: Hits, unmet: Hits) {
        let (last, block) = self.conditions;
        let block = if last == line { block + 1 } else { 0 };
        self.conditions = (line, block);
        for (words, hits) in [("true", met), ("false", unmet)] {
            self.coverage.branches.push(Branch { line, block, arm: Arm::Text(words.into()), hits });
        }
    }

    /// Whether it is what c8 makes up for a file that no test loaded: every physical line is listed
    /// and none ran, not even the first, which runs in any file that is loaded; and it has one
    /// function and one branch.
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

    /// Whether the lines of the file can be as many as it states: there are none, or those that are
    /// missing can stand on the lines of methods.
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

/// Whether a version is that of Clover itself: not a time (gcovr), nor the one that Istanbul
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

/// The name of a method: `signature` (Clover), `name` (`PHPUnit`); Clover 1 has none.
fn name_of(element: &Element<'_>) -> Result<Box<str>> {
    let name = element.attribute("signature")?;
    let name = name.map_or_else(|| element.attribute("name"), |name| Ok(Some(name)))?;
    Ok(name.filter(|name| !name.is_empty()).unwrap_or(Cow::Borrowed("method")).into())
}

fn malformed(warnings: &mut Warnings, element: &Element<'_>) {
    let message = || format!("a <{}> without sound numbers: skipped", element.name());
    warnings.add("malformed elements", Some(element.line()), message);
}
