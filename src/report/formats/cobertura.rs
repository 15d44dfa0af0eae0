//! Cobertura XML, as cobertura, coverage.py, gcovr, coverlet, dotnet-coverage, nyc, `PHPUnit` and many others write it
//! (coverage-04.dtd, which is never fetched).
//!
//! In: elements. Out: lines, branches and functions by `filename`; nothing stated (`line-rate`, `lines-valid`, …) is
//! believed. The rules:
//! * A class's own `<lines>` count. Its methods repeat them, so theirs count only where the class has none (Swift
//!   writers).
//! * Classes of one file (inner, generic and asynchronous ones) are merged line by line, and so is a file that stands
//!   under two `<source>` roots: the format cannot tell the two apart.
//! * `condition-coverage="50% (1/2)"` makes branches 0 to 2, the first one taken at least once. It says how many were
//!   taken, not which: merged reports may therefore understate.
//! * A method is a function; its signature is part of the name, since overloads may start on one line. It starts at
//!   its first line, and was entered as often as it states (`hits`, nyc), else as often as the first of its lines
//!   that ran.
//! * `<source>` texts become the report's roots; some are not folders (`--source`), which matching finds out.

use std::collections::BTreeMap;
use std::io::BufRead;

use super::{
    super::{
        Arm, Branch, FileCoverage, Function, Hits, Line, Report,
        merge::Gathered,
        number::{self, Count},
        path,
        warnings::{Warnings, excerpt},
        xml::{self, Element, Piece},
    },
    Format, Kind, Sources, holds,
};
use crate::Result;

/// Cobertura XML.
pub const FORMAT: Format = Format {
    name: "cobertura",
    title: "Cobertura XML",
    kind: Kind::Coverage,
    tools: &["cobertura", "coverage.py", "gcovr", "coverlet", "dotnet-coverage", "nyc", "PHPUnit", "OpenCppCoverage"],
    sign: "has a `<coverage>` root with rates, totals, sources or packages",
    quirks: &[],
    sniff,
    read,
};

/// Clover and SonarQube's generic format have a root of the same name.
fn sniff(head: &[u8]) -> bool {
    let signs = ["line-rate", "branch-rate", "lines-valid", "<packages", "<sources"];
    holds(head, "<coverage") && signs.iter().any(|sign| holds(head, sign)) && !holds(head, "<project")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    xml::each(input, "coverage", |piece| reader.piece(piece))?;
    let files = reader.files.into_iter().map(|(path, gathered)| (path, gathered.finish())).collect();
    Ok(Report {
        format: FORMAT.name,
        files,
        roots: reader.roots,
        warnings: reader.warnings.finish(),
        ..Report::default()
    })
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, Gathered>,
    roots: Vec<String>,
    warnings: Warnings,
    source: Option<String>,
    class: Option<Class>,
    method: Option<Method>,
    /// How many branches were made, of how many lines with conditions.
    branches: u64,
    conditions: u64,
}

#[derive(Default)]
struct Class {
    path: String,
    /// The class's own lines, and its methods as functions.
    own: FileCoverage,
    /// The lines of its methods.
    methods: FileCoverage,
}

#[derive(Default)]
struct Method {
    name: String,
    stated: Option<Hits>,
    first: u32,
    /// The first line that ran, and how often.
    ran: Option<(u32, Hits)>,
}

impl Reader {
    fn piece(&mut self, piece: Piece<'_>) -> Result<()> {
        match piece {
            Piece::Start(element) => match element.name() {
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
            self.class = Some(Class { path: path::from_bytes(name.as_bytes()), ..Class::default() });
        } else {
            let name = element.attribute("name")?.unwrap_or_default();
            let message = || format!("the class `{}` names no file: skipped", excerpt(name.as_bytes()));
            self.warnings.add("classes without a file", Some(element.line), message);
        }
        Ok(())
    }

    fn start_method(&mut self, element: &Element<'_>) -> Result<()> {
        let mut name = element.attribute("name")?.unwrap_or_default().into_owned();
        let signature =
            element.attribute("signature")?.filter(|signature| signature != NO_SIGNATURE).unwrap_or_default();
        if !signature.is_empty() && !signature.starts_with(['(', '<']) {
            name.push(' '); // altcover: `System.Void System.String)`
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
        let number = element.attribute("number")?.and_then(|number| number::line(number.as_bytes()));
        let count = element.attribute("hits")?.and_then(|hits| number::count(hits.as_bytes()));
        let (Some(number), Some(count)) = (number, count) else {
            let message = || "a <line> without a sound number and hits: skipped".to_owned();
            self.warnings.add("malformed lines", Some(element.line), message);
            return Ok(());
        };
        let hits = match count {
            Count::Hits(hits) => hits,
            Count::Negative => {
                let message = || format!("line {number} of `{}` has a negative count, taken as 0", class.path);
                self.warnings.add("negative counts", Some(element.line), message);
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
        if let Some(conditions) = element.attribute("condition-coverage")? {
            self.conditions += 1;
            let most = MOST_BRANCHES + MOST_BRANCHES_A_LINE * self.conditions;
            let fits = |&(_, total): &(u32, u32)| self.branches + u64::from(total) <= most;
            if let Some((taken, total)) = taken_of(&conditions).filter(fits) {
                self.branches += u64::from(total);
                list.branches.extend(arms(number, taken, total));
            } else {
                let message = || format!("`{}` is no condition coverage: skipped", excerpt(conditions.as_bytes()));
                self.warnings.add("malformed conditions", Some(element.line), message);
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
        self.files.entry(class.path).or_default().absorb(&mut class.own);
    }
}

/// What nyc writes for every function, and Java's compilers for a method without parameters.
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
        Function { start: self.first, name: self.name.into(), end: None, hits: self.stated.unwrap_or(ran) }
    }
}

/// The most branches that are made of the counts in a report, and how many more a line with conditions: real ones have two
/// to four on average, a large `switch` hundreds. It keeps a short hostile file from taking all memory.
const MOST_BRANCHES: u64 = 1 << 16;
const MOST_BRANCHES_A_LINE: u64 = 64;

/// `50% (1/2)` as taken and total.
fn taken_of(conditions: &str) -> Option<(u32, u32)> {
    let (_, fraction) = conditions.split_once('(')?;
    let (taken, total) = fraction.split_once(')')?.0.split_once('/')?;
    let (taken, total) = (taken.trim().parse().ok()?, total.trim().parse().ok()?);
    (taken <= total).then_some((taken, total))
}

fn arms(line: u32, taken: u32, total: u32) -> impl Iterator<Item = Branch> {
    (0..total).map(move |index| {
        let hits = if index < taken { Hits::at_least(1) } else { Hits::ZERO };
        Branch { line, block: 0, arm: Arm::Index(index), hits }
    })
}
