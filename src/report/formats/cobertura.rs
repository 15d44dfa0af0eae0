//! Reads Cobertura XML as written by cobertura, coverage.py, gcovr, coverlet, dotnet-coverage, nyc,
//! `PHPUnit` and many others (coverage-04.dtd, which is never fetched): lines, branches and
//! functions by `filename`.
//!
//! The root's totals (`lines-valid`, …) are compared with the lines but never used, and rates are
//! not read. The rules:
//! * A class's own `<lines>` count. Its methods repeat them, so their lines count only if the class
//!   has none (Swift writers).
//! * Classes of one file (inner, generic and asynchronous ones) are merged line by line. So is a
//!   file under two `<source>` roots, because the format cannot distinguish this.
//! * `condition-coverage="50% (1/2)"` makes two branches, of which the first was taken at least
//!   once. It says how many were taken but not which, so merged reports may understate coverage.
//!   coverage.py names the missing ones (`missing-branches="7,exit"`), so its reports are merged
//!   exactly.
//! * A method is a function. Its signature is part of the name, since overloads may start on the
//!   same line. It starts at its first line. It was entered as often as its `hits` (nyc), or
//!   otherwise as often as the first of its lines that ran.
//! * `<source>` texts become the report's roots. Some are not folders (`--source`), which is for
//!   matching to find out.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use crate::report::formats::{Format, Kind, Quirk, Sources, coveragepy, holds, istanbul};
use crate::report::merge::GatheredFiles;
use crate::report::reading::branch_counts::BranchCounts;
use crate::report::reading::declared_totals;
use crate::report::reading::number::{self, Count};
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::reading::xml::{self, Element, Piece};
use crate::report::{
    Arm, Branch, DeclaredTotals, Dimension, FileCoverage, Function, Hits, Line, Report,
};
use crate::{Result, path};

/// Cobertura XML.
pub const FORMAT: Format = Format {
    name: "cobertura",
    title: "Cobertura XML",
    kind: Kind::Coverage,
    tools: &[
        "cobertura",
        "coverage.py",
        "gcovr",
        "coverlet",
        "dotnet-coverage",
        "nyc",
        "PHPUnit",
        "OpenCppCoverage",
    ],
    sign: "has a `<coverage>` root with rates, totals, sources or packages",
    quirks: &[
        Quirk {
            rule: "The lines of a class count. Those of its methods repeat them, and count only if \
                   the class has none.",
            source: "coverage-04.dtd; the reports of Swift's writers, which have lines only in \
                     methods",
        },
        Quirk {
            rule: "Classes of one file (inner, generic, asynchronous) are merged line by line. So \
                   a file under two `<source>` roots counts once, although the report's totals \
                   count it twice.",
            source: "a run of coverlet; coverage.py's coverage/xmlreport.py, which names files \
                     relative to a root",
        },
        Quirk {
            rule: "`condition-coverage` says how many branches of a line were taken, not which. \
                   The first ones count as taken, and merged reports may understate coverage.",
            source: "coverage-04.dtd",
        },
        Quirk {
            rule: "coverage.py names the lines to which a line never jumped (`missing-branches`), \
                   so in merged reports a branch is missing if every report misses it.",
            source: "coverage.py, coverage/xmlreport.py",
        },
        Quirk {
            rule: "Branches on a line without a statement are lost: nyc's totals count them, its \
                   lines do not.",
            source: "a run of nyc 17: istanbul-reports, lib/cobertura/index.js",
        },
        Quirk {
            rule: "scoverage lists statements as lines; several on one line become one line here.",
            source: "scalac-scoverage-plugin, CoberturaXmlWriter.scala",
        },
    ],
    sniff,
    read,
};

/// Clover and SonarQube's generic format have a root with the same name.
fn sniff(head: &[u8]) -> bool {
    let signs = ["line-rate", "branch-rate", "lines-valid", "<packages", "<sources"];
    holds(head, "<coverage")
        && signs.iter().any(|sign| holds(head, sign))
        && !holds(head, "<project")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    xml::each(input, "coverage", |piece| reader.piece(piece))?;
    let mut files: BTreeMap<String, FileCoverage> = reader.files.finish();
    for (path, lines) in &reader.missing {
        files.entry(path.clone()).and_modify(|file| name_missing(file, lines));
    }
    let report = Report {
        format: FORMAT.name,
        files,
        roots: reader.roots,
        stated: reader.stated,
        ..Report::default()
    };
    Ok(declared_totals::checked(report, reader.warnings))
}

#[derive(Default)]
struct Reader {
    files: GatheredFiles,
    /// The branches that coverage.py names as missing, by file and line. Empty for lines that are
    /// listed twice.
    missing: BTreeMap<String, BTreeMap<u32, Vec<Arm>>>,
    roots: Vec<String>,
    warnings: Warnings,
    source: Option<String>,
    class: Option<Class>,
    method: Option<Method>,
    arms: BranchCounts,
    stated: DeclaredTotals,
}

#[derive(Default)]
struct Class {
    path: String,
    /// The class's own lines, and its methods as functions.
    own: FileCoverage,
    /// The lines of its methods.
    methods: FileCoverage,
    /// The missing branches that the report names, by line.
    missing: Vec<(u32, Vec<Arm>)>,
}

#[derive(Default)]
struct Method {
    name: String,
    stated: Option<Hits>,
    first: u32,
    /// The first line that ran, and its hits.
    ran: Option<(u32, Hits)>,
}

impl Reader {
    fn piece(&mut self, piece: Piece<'_>) -> Result<()> {
        match piece {
            Piece::Start(element) => match element.name() {
                "coverage" => self.claims(&element)?,
                "source" => self.source = Some(String::new()),
                "class" => self.start_class(&element)?,
                "method" => self.start_method(&element)?,
                "line" => self.line(&element)?,
                _ => {}
            },
            Piece::Text(text) => {
                if let Some(source) = &mut self.source {
                    source.push_str(text);
                }
            }
            Piece::End("source") => self.end_source(),
            Piece::End("class") => self.end_class(),
            Piece::End("method") => self.end_method(),
            Piece::End(_) => {}
        }
        Ok(())
    }

    /// Reads the root's totals, which old versions do not have.
    fn claims(&mut self, element: &Element<'_>) -> Result<()> {
        for (dimension, covered, valid) in [
            (Dimension::Lines, "lines-covered", "lines-valid"),
            (Dimension::Branches, "branches-covered", "branches-valid"),
        ] {
            self.stated.claim(dimension, element.total(covered)?, element.total(valid)?);
        }
        Ok(())
    }

    fn end_source(&mut self) {
        let root = self.source.take().unwrap_or_default();
        if !root.trim().is_empty() {
            self.roots.push(path::from_bytes(root.trim().as_bytes()));
        }
    }

    fn start_class(&mut self, element: &Element<'_>) -> Result<()> {
        self.class = None;
        self.method = None;
        if let Some(name) = element.attribute("filename")?.filter(|name| !name.is_empty()) {
            self.class =
                Some(Class { path: path::from_bytes(name.as_bytes()), ..Class::default() });
        } else {
            let name = element.attribute("name")?.unwrap_or_default();
            let message =
                || format!("the class `{}` names no file: skipped", excerpt(name.as_bytes()));
            self.warnings.add("classes without a file", Some(element.line()), message);
        }
        Ok(())
    }

    fn start_method(&mut self, element: &Element<'_>) -> Result<()> {
        let mut name = element.attribute("name")?.unwrap_or_default().into_owned();
        let signature = element
            .attribute("signature")?
            .filter(|signature| signature != NO_SIGNATURE)
            .unwrap_or_default();
        if !signature.is_empty() && !signature.starts_with(['(', '<']) {
            name.push(' '); // `altcover` writes `System.Void System.String)`
        }
        name.push_str(&signature);
        let stated = element.attribute("hits")?.and_then(|hits| number::count(hits.as_bytes()));
        let stated = stated.map(|count| match count {
            Count::Hits(hits) => hits,
            Count::Negative => Hits::ZERO,
        });
        self.method = Some(Method { name, stated, ..Method::default() });
        Ok(())
    }

    fn line(&mut self, element: &Element<'_>) -> Result<()> {
        let Some(class) = &mut self.class else { return Ok(()) };
        let number =
            element.attribute("number")?.and_then(|number| number::line(number.as_bytes()));
        let count = element.attribute("hits")?.and_then(|hits| number::count(hits.as_bytes()));
        let (Some(number), Some(count)) = (number, count) else {
            let message = || "a <line> without a sound number and hits: skipped".to_owned();
            self.warnings.add("malformed lines", Some(element.line()), message);
            return Ok(());
        };
        let hits = match count {
            Count::Hits(hits) => hits,
            Count::Negative => {
                let message = || {
                    format!("line {number} of `{}` has a negative count, taken as 0", class.path)
                };
                self.warnings.add("negative counts", Some(element.line()), message);
                Hits::ZERO
            }
        };
        let list = if let Some(method) = &mut self.method {
            method.line(number, hits);
            &mut class.methods
        } else {
            &mut class.own
        };
        list.lines.push(Line { number, hits });
        if let Some(names) = element.attribute("missing-branches")? {
            class.missing.push((number, names.split(',').filter_map(arm_of).collect()));
        }
        if let Some(conditions) = element.attribute("condition-coverage")? {
            let counts = taken_of(&conditions);
            let sound = counts.is_some_and(|(taken, total)| {
                self.arms.add(&mut list.branches, number, taken, total)
            });
            if !sound {
                let message = || {
                    format!(
                        "`{}` is no condition coverage: skipped",
                        excerpt(conditions.as_bytes())
                    )
                };
                self.warnings.add("malformed conditions", Some(element.line()), message);
            }
        }
        Ok(())
    }

    fn end_method(&mut self) {
        let (Some(method), Some(class)) = (self.method.take(), &mut self.class) else { return };
        class.own.functions.push(method.function());
    }

    fn end_class(&mut self) {
        let Some(mut class) = self.class.take() else { return };
        if class.own.lines.is_empty() {
            class.own.lines = class.methods.lines;
            class.own.branches = class.methods.branches;
        }
        class.own.placeholder = istanbul::is_empty_report(&class.own.functions);
        if !class.missing.is_empty() {
            let known = self.missing.entry(class.path.clone()).or_default();
            for (line, names) in class.missing {
                known.entry(line).and_modify(Vec::clear).or_insert(names);
            }
        }
        self.files.absorb(class.path, &mut class.own);
    }
}

/// The signature that nyc writes for every function, and Java's compilers for a method without
/// parameters.
const NO_SIGNATURE: &str = "()V";

impl Method {
    fn line(&mut self, number: u32, hits: Hits) {
        if self.first == 0 || number < self.first {
            self.first = number;
        }
        if hits.is_hit() && self.ran.is_none_or(|(first, _)| number < first) {
            self.ran = Some((number, hits));
        }
    }

    fn function(self) -> Function {
        let ran = self.ran.map_or(Hits::ZERO, |(_, hits)| hits);
        Function {
            start: self.first,
            name: self.name.into(),
            end: None,
            hits: self.stated.unwrap_or(ran),
        }
    }
}

/// A branch as coverage.py names it: the target line of a jump, or the exit of the code object.
fn arm_of(name: &str) -> Option<Arm> {
    match name.trim() {
        "exit" => Some(coveragepy::exit(1)),
        line => number::line(line.as_bytes()).map(Arm::Jump),
    }
}

/// Names the branches that were not taken, on lines for which all of them are named.
fn name_missing(file: &mut FileCoverage, lines: &BTreeMap<u32, Vec<Arm>>) {
    for here in file.branches.chunk_by_mut(|one, next| one.line == next.line) {
        let names: BTreeSet<&Arm> = lines.get(&here[0].line).into_iter().flatten().collect();
        let missed: Vec<&mut Branch> =
            here.iter_mut().filter(|branch| !branch.hits.is_hit()).collect();
        if names.len() == missed.len() {
            missed.into_iter().zip(names).for_each(|(branch, name)| branch.arm = name.clone());
        }
    }
    file.tidy();
}

/// Parses `50% (1/2)` into the taken branches and the total.
fn taken_of(conditions: &str) -> Option<(u32, u32)> {
    let (_, fraction) = conditions.split_once('(')?;
    let (taken, total) = fraction.split_once(')')?.0.split_once('/')?;
    Some((taken.trim().parse().ok()?, total.trim().parse().ok()?))
}
