//! Reads `JaCoCo` XML (`report.dtd` 1.0 and 1.1) as written by `JaCoCo`, Kover, gcovr and
//! converters for other languages: lines, branches, functions and instructions by package and
//! source file.
//!
//! The rules:
//! * `<class>` and `<sourcefile>` repeat the same counts. Those of the source file are used, and
//!   only the methods of classes, as functions. The source file of a class is given by
//!   `sourcefilename`, which DTD 1.0 does not have, or else by the name of its outermost class.
//! * A line ran if one of its instructions did (`ci`); `JaCoCo` does not count runs. `mb` and `cb`
//!   make that many branches, the taken ones first. It is unknown which branches were taken and
//!   which instructions ran, so merged reports may understate coverage.
//! * gcovr does not write `mi` and `ci`. These lines are left out, because it is unknown whether
//!   they ran, and the counters of the file give the totals.
//! * The counters of a source file are used where its records add up to other numbers: for methods
//!   that have no element of their own, and for Kover's lines that several classes share. Kover
//!   writes no METHOD counter for source files, so its methods are counted.
//! * A path is the package and the name of the source file. A package with dots (from gcovr, which
//!   turns slashes into dots) is turned into folders. Kover writes a class as its own package if it
//!   has none. Apex converters put the whole path into the file name.
//! * `<group>`s are modules, which may have files with the same path. Only then is the group's name
//!   put in front of the path.
//! * The counters of the root are the declared totals. Those of groups, packages and classes are
//!   not read, except for classes whose source file is not in the report.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::BufRead;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::merge::Gathered;
use crate::report::reading::branch_counts::BranchCounts;
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::reading::xml::{self, Element, Piece};
use crate::report::reading::{declared_totals, number};
use crate::report::{
    DeclaredTotals, Dimension, FileCoverage, Function, Hits, Instructions, Line, Report, Tallies,
    Tally,
};
use crate::{Result, path};

/// `JaCoCo` XML.
pub const FORMAT: Format = Format {
    name: "jacoco",
    title: "JaCoCo XML",
    kind: Kind::Coverage,
    tools: &["JaCoCo", "Kover", "gcovr (`--jacoco`)", "apex-code-coverage-transformer"],
    sign: "has a `<report>` root with sessions, groups, packages or the name of JaCoCo's DTD",
    quirks: &[
        Quirk {
            rule: "The counters of source files are the totals, not those of classes, which count \
                   a line twice if two classes share it.",
            source: "JaCoCo, XMLCoverageWriter.java",
        },
        Quirk {
            rule: "A line ran if one of its instructions did; how often is not counted.",
            source: "JaCoCo, report.dtd: `mi` and `ci` are instructions",
        },
        Quirk {
            rule: "It is known how many branches and instructions of a line ran, but not which, so \
                   merged reports may understate coverage.",
            source: "JaCoCo, report.dtd",
        },
        Quirk {
            rule: "gcovr does not say which lines ran, so lines are left out and its counters give \
                   the totals.",
            source: "gcovr, formats/jacoco/write.py: lines without `mi` and `ci`",
        },
        Quirk {
            rule: "A package with dots is turned into folders.",
            source: "gcovr, formats/jacoco/write.py: `package_name.replace(\"/\", \".\")`",
        },
        Quirk {
            rule: "A group's name is put in front of the path only if several groups have a file \
                   with that path.",
            source: "JaCoCo's manual, report-aggregate: one group per module",
        },
        Quirk {
            rule: "A class that is its own package has none.",
            source: "intellij-coverage, XMLCoverageReport.java: `useClassNameIfEmpty`",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let signs = ["JACOCO//DTD", "<sessioninfo", "<package ", "<group ", "<sourcefile "];
    holds(head, "<report") && signs.iter().any(|sign| holds(head, sign))
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    xml::each(input, "report", |piece| reader.piece(piece))?;
    Ok(reader.finish())
}

#[derive(Default)]
struct Reader {
    /// By path, then by group.
    files: BTreeMap<String, BTreeMap<String, Gathered>>,
    groups: Vec<String>,
    /// Counters belong to the innermost open package, class, method or source file.
    package: Option<Package>,
    class: Option<Class>,
    method: Option<Method>,
    source: Option<Source>,
    arms: BranchCounts,
    stated: DeclaredTotals,
    /// Whether a line does not say whether it ran.
    silent: bool,
    warnings: Warnings,
}

/// A package. Its classes find their source files when it ends.
#[derive(Default)]
struct Package {
    name: String,
    classes: Vec<Class>,
    sources: BTreeMap<String, Source>,
}

#[derive(Default)]
struct Class {
    /// The name without the package.
    name: String,
    source: Option<String>,
    methods: Vec<Function>,
    counters: Tallies,
}

struct Method {
    name: String,
    start: u32,
    /// Whether a counter says that any of it ran.
    ran: bool,
}

#[derive(Default)]
struct Source {
    name: String,
    coverage: FileCoverage,
    counters: Tallies,
    /// Whether it is not in the report, so that its counters are the sum of its classes'.
    missing: bool,
}

impl Reader {
    fn piece(&mut self, piece: Piece<'_>) -> Result<()> {
        match piece {
            Piece::Start(element) => match element.name() {
                "group" => self.groups.push(text(&element, "name")?),
                "package" => {
                    let name = text(&element, "name")?.replace('.', "/");
                    self.package = Some(Package { name, ..Package::default() });
                }
                "class" => self.start_class(&element)?,
                "method" => self.start_method(&element)?,
                "sourcefile" => {
                    self.source =
                        Some(Source { name: text(&element, "name")?, ..Source::default() });
                }
                "line" => self.line(&element)?,
                "counter" => self.counter(&element)?,
                _ => {}
            },
            Piece::End("method") => self.end_method(),
            Piece::End("class") => self.end_class(),
            Piece::End("sourcefile") => self.end_source(),
            Piece::End("package") => self.end_package(),
            Piece::End("group") => {
                self.groups.pop();
            }
            Piece::End(_) | Piece::Text(_) => {}
        }
        Ok(())
    }

    fn start_class(&mut self, element: &Element<'_>) -> Result<()> {
        let name = text(element, "name")?;
        let package = self.package.get_or_insert_default();
        if name.replace('.', "/") == package.name {
            package.name.clear();
        }
        let name = name.rsplit_once(['/', '.']).map_or(&*name, |(_, own)| own).to_owned();
        let source = element.attribute("sourcefilename")?.filter(|name| !name.is_empty());
        self.class = Some(Class { name, source: source.map(Into::into), ..Class::default() });
        Ok(())
    }

    fn start_method(&mut self, element: &Element<'_>) -> Result<()> {
        let class = self.class.as_ref().map_or("", |class| &class.name);
        let name = format!("{class}.{}{}", text(element, "name")?, text(element, "desc")?);
        let start = element
            .attribute("line")?
            .and_then(|line| number::line(line.as_bytes()))
            .unwrap_or_default();
        self.method = Some(Method { name, start, ran: false });
        Ok(())
    }

    fn line(&mut self, element: &Element<'_>) -> Result<()> {
        let Some(source) = &mut self.source else { return Ok(()) };
        let Some(line) =
            element.attribute("nr")?.and_then(|number| number::line(number.as_bytes()))
        else {
            let message = || "a <line> without a sound number: skipped".to_owned();
            self.warnings.add("malformed lines", Some(element.line()), message);
            return Ok(());
        };
        match counts(element, ("mi", "ci"))? {
            Counts::Sound((_, 0)) => {} // written by Kover if it lost the line's method
            Counts::Sound((covered, total)) => {
                let hits = if covered > 0 { Hits::at_least(1) } else { Hits::ZERO };
                source.coverage.lines.push(Line { number: line, hits });
                source.coverage.instructions.push(Instructions { line, covered, total });
            }
            Counts::Absent => self.silent = true,
            Counts::Wrong => malformed(&mut self.warnings, element),
        }
        match counts(element, ("mb", "cb"))? {
            Counts::Sound((covered, total)) => {
                if !self.arms.add(&mut source.coverage.branches, line, covered, total) {
                    malformed(&mut self.warnings, element);
                }
            }
            Counts::Absent => {}
            Counts::Wrong => malformed(&mut self.warnings, element),
        }
        Ok(())
    }

    fn counter(&mut self, element: &Element<'_>) -> Result<()> {
        let kind = element.attribute("type")?;
        let dimension = match kind.as_deref() {
            Some("INSTRUCTION") => Dimension::Instructions,
            Some("BRANCH") => Dimension::Branches,
            Some("LINE") => Dimension::Lines,
            Some("METHOD") => Dimension::Functions,
            _ => return Ok(()), // COMPLEXITY and CLASS
        };
        let Counts::Sound((covered, total)) = counts(element, ("missed", "covered"))? else {
            malformed(&mut self.warnings, element);
            return Ok(());
        };
        let tally = Tally { covered: covered.into(), total: total.into() };
        if let Some(method) = &mut self.method {
            method.ran |= tally.covered > 0;
        } else if let Some(class) = &mut self.class {
            class.counters.set(dimension, tally);
        } else if let Some(source) = &mut self.source {
            source.counters.set(dimension, tally);
        } else if self.package.is_none() && self.groups.is_empty() {
            self.stated.claim(dimension, Some(tally.covered), Some(tally.total));
        }
        Ok(())
    }

    fn end_method(&mut self) {
        let (Some(method), Some(class)) = (self.method.take(), &mut self.class) else { return };
        let hits = if method.ran { Hits::at_least(1) } else { Hits::ZERO };
        class.methods.push(Function {
            start: method.start,
            name: method.name.into(),
            end: None,
            hits,
        });
    }

    fn end_class(&mut self) {
        if let (Some(class), Some(package)) = (self.class.take(), &mut self.package) {
            package.classes.push(class);
        }
    }

    fn end_source(&mut self) {
        let Some(source) = self.source.take() else { return };
        let alone = self.package.is_none();
        self.package.get_or_insert_default().add(source);
        if alone {
            self.end_package();
        }
    }

    fn end_package(&mut self) {
        let Some(mut package) = self.package.take() else { return };
        for class in std::mem::take(&mut package.classes) {
            if let Some(lost) = package.place(class) {
                let message = || {
                    format!(
                        "the class `{}` names no source file: left out",
                        excerpt(lost.as_bytes())
                    )
                };
                self.warnings.add("classes without a source file", None, message);
            }
        }
        let group = self.groups.join("/");
        for source in package.sources.into_values() {
            let mut coverage = source.coverage;
            coverage.tidy();
            coverage.summarise(&source.counters);
            let path = path_of(&package.name, &source.name);
            self.files
                .entry(path)
                .or_default()
                .entry(group.clone())
                .or_default()
                .absorb(&mut coverage);
        }
    }

    fn finish(mut self) -> Report {
        self.end_package();
        let mut report = Report { format: FORMAT.name, stated: self.stated, ..Report::default() };
        for (path, groups) in self.files {
            let alone = groups.len() == 1;
            for (group, gathered) in groups {
                let path = if alone || group.is_empty() {
                    path.clone()
                } else {
                    format!("{group}/{path}")
                };
                if !group.is_empty() {
                    report.groups.insert(path.clone(), group);
                }
                report.files.entry(path).or_default().merge(gathered.finish());
            }
        }
        if self.silent {
            let message = || {
                "the report states how many lines ran, but not which: they are left out".to_owned()
            };
            self.warnings.add("lines that do not say whether they ran", None, message);
        }
        if report.files.is_empty() {
            self.warnings
                .add("empty reports", None, || "the report holds no source files".to_owned());
        }
        declared_totals::checked(report, self.warnings)
    }
}

impl Package {
    fn add(&mut self, source: Source) {
        let known = self.sources.entry(source.name.clone()).or_default();
        let mut coverage = source.coverage;
        coverage.tidy();
        if known.coverage.is_empty() {
            *known = Source { coverage, ..source };
        } else {
            // Its counters cover only a part of the file, so the records count.
            known.coverage.merge(coverage);
            known.counters = Tallies::default();
        }
    }

    /// Adds the methods of a class to its source file. Returns the name of the class if it has
    /// methods but no file.
    fn place(&mut self, class: Class) -> Option<String> {
        let found = match &class.source {
            Some(name) => self.sources.contains_key(name).then(|| name.clone()),
            None => self.by_outermost(&class.name),
        };
        let source = match (found, class.source) {
            (Some(name), _) => self.sources.get_mut(&name)?,
            (None, Some(name)) if !class.counters.is_empty() => {
                let missing = Source { name: name.clone(), missing: true, ..Source::default() };
                self.sources.entry(name).or_insert(missing)
            }
            _ if class.methods.is_empty() => return None,
            _ => return Some(class.name),
        };
        source.coverage.functions.extend(class.methods);
        if source.missing {
            source.counters.add_all(&class.counters);
        }
        None
    }

    /// `Outer$Inner` is in `Outer.java`, `OuterKt` in `Outer.kt`.
    fn by_outermost(&self, class: &str) -> Option<String> {
        let outermost = class.split('$').next().filter(|name| !name.is_empty()).unwrap_or(class);
        let stems = [Some(outermost), outermost.strip_suffix("Kt")];
        stems.into_iter().flatten().find_map(|stem| {
            let start = format!("{stem}.");
            let (name, _) = self.sources.range(start.clone()..).next()?;
            name.starts_with(&start).then(|| name.clone())
        })
    }
}

/// Two counts of an element.
enum Counts {
    /// The covered and the total number. One of the two counts may be missing.
    Sound((u32, u32)),
    Absent,
    Wrong,
}

#[inline]
fn counts(element: &Element<'_>, (missed, covered): (&str, &str)) -> Result<Counts> {
    let (missed, covered) = (element.attribute(missed)?, element.attribute(covered)?);
    if missed.is_none() && covered.is_none() {
        return Ok(Counts::Absent);
    }
    let count = |count: Option<Cow<'_, str>>| {
        count.map_or(Some(0), |count| number::total(count.as_bytes()))
    };
    Ok(match (count(missed), count(covered)) {
        (Some(missed), Some(covered)) => {
            match (u32::try_from(covered), u32::try_from(missed + covered)) {
                (Ok(covered), Ok(total)) => Counts::Sound((covered, total)),
                _ => Counts::Wrong,
            }
        }
        _ => Counts::Wrong,
    })
}

fn malformed(warnings: &mut Warnings, element: &Element<'_>) {
    let message = || format!("a <{}> without sound counts: skipped", element.name());
    warnings.add("malformed counts", Some(element.line()), message);
}

fn text(element: &Element<'_>, name: &str) -> Result<String> {
    Ok(element.attribute(name)?.unwrap_or_default().into_owned())
}

/// Joins package and name. A name that contains folders is the whole path.
fn path_of(package: &str, name: &str) -> String {
    let whole = package.is_empty() || name.contains(['/', '\\']);
    let text = if whole { name.to_owned() } else { format!("{package}/{name}") };
    path::from_bytes(text.as_bytes())
}
