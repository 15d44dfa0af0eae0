//! Reads `OpenCover` XML as written by `OpenCover`, coverlet and `AltCover`: statements, lines,
//! branches and functions by file.
//!
//! The input is `<Module>`s with `<File uid fullPath>`, and `<Method>`s with `<SequencePoint>`s and
//! `<BranchPoint>`s. The rules:
//! * A sequence point is a statement, and the line it starts on is a line. `vc` is the number of
//!   visits.
//! * A branch point is a way out of the instruction at its `offset`. `OpenCover` counts one more
//!   for each method, but coverlet does not. A method's own `<Summary>` gives the number, which
//!   counts in the file's total.
//! * `uid`s of files are local to a module. Modules that are repeated (in several sessions) are
//!   merged method by method and point by point.
//! * Points with the same extent in several methods (generated ones) each count in the file's
//!   total, as in that of the session.
//! * There may be several sessions in one `<root>`.
//! * Skipped modules are empty. Points on the compiler's hidden line (0xFEEFEE) are not code.
//! * `<TrackedMethodRef>`s name the tests that visited a point.

use std::collections::BTreeMap;
use std::io::BufRead;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::merge::Gathered;
use crate::report::reading::declared_totals;
use crate::report::reading::number::{self, Count};
use crate::report::reading::warnings::Warnings;
use crate::report::reading::xml::{self, Element, Piece};
use crate::report::{
    Arm, Block, Branch, Contexts, Dimension, FileCoverage, Function, Hits, Line, Report, Tallies,
    Tally,
};
use crate::{Error, Result, path};

/// `OpenCover` XML.
pub const FORMAT: Format = Format {
    name: "opencover",
    title: "OpenCover XML",
    kind: Kind::Coverage,
    tools: &["OpenCover", "coverlet", "AltCover"],
    sign: "has a `<CoverageSession>`",
    quirks: &[
        Quirk {
            rule: "A sequence point is a statement, and the line it starts on is a line, so 199 \
                   points may be on 184 lines.",
            source: "OpenCover, wiki on its XML",
        },
        Quirk {
            rule: "The total of branches is that of the methods' summaries, in which OpenCover \
                   counts one more per method than there are branch points.",
            source: "OpenCover, InstrumentationModelBuilder; a run of it beside coverlet",
        },
    ],
    sniff,
    read,
};

/// The line number that the compiler gives to code without a source.
const HIDDEN: u32 = 0x00FE_EFEE;

fn sniff(head: &[u8]) -> bool {
    holds(head, "<CoverageSession")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    xml::each_of(input, &["CoverageSession", "root"], |piece| reader.piece(piece))?;
    reader.finish()
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, File>,
    module: Module,
    method: Option<Method>,
    /// The text of the open element.
    text: String,
    tests: BTreeMap<String, String>,
    /// The tests that visited each line of each file.
    visits: Vec<(String, u32, String)>,
    point: Option<(String, u32)>,
    report: Report,
    warnings: Warnings,
}

/// The files of a module by their number in it.
#[derive(Default)]
struct Module {
    paths: BTreeMap<String, String>,
    files: BTreeMap<String, Measured>,
}

/// The records of a file in one module: its sequence points, and the branches that its methods'
/// summaries declare.
#[derive(Default)]
struct Measured {
    coverage: FileCoverage,
    points: Tally,
    branches: Tally,
    entries: Entries,
}

/// Branches that the summaries of methods declare in addition to their branch points (the entry of
/// the method), by line and name.
type Entries = BTreeMap<(u32, Box<str>), Tally>;

/// The coverage of a file in all modules.
#[derive(Default)]
struct File {
    gathered: Gathered,
    entries: Entries,
    /// The sequence points and the declared branches, if only one module has the file.
    stated: Option<(Tally, Tally)>,
    modules: usize,
}

#[derive(Default)]
struct Method {
    name: String,
    hits: Hits,
    branches: Option<Tally>,
    /// The branch points.
    ways: Tally,
    file: Option<String>,
    first: Option<u32>,
    /// The lines by file, with the visits of the most visited point on each.
    lines: BTreeMap<(String, u32), Hits>,
}

impl Reader {
    fn piece(&mut self, piece: Piece<'_>) -> Result<()> {
        match piece {
            Piece::Start(element) => self.start(&element)?,
            Piece::Text(text) => self.text.push_str(text),
            Piece::End("Module") => self.end_module(),
            Piece::End("Method") => self.end_method(),
            Piece::End("Name") => {
                if let Some(method) = &mut self.method {
                    self.text.trim().clone_into(&mut method.name);
                }
            }
            Piece::End("SequencePoint") => self.point = None,
            Piece::End(_) => {}
        }
        Ok(())
    }

    fn start(&mut self, element: &Element<'_>) -> Result<()> {
        self.text.clear();
        match element.name() {
            "Summary" => self.summary(element)?,
            "File" => {
                if let (Some(uid), Some(name)) =
                    (element.attribute("uid")?, element.attribute("fullPath")?)
                {
                    self.module.paths.insert(uid.into_owned(), path::from_bytes(name.as_bytes()));
                }
            }
            "Method" => self.method = Some(Method::default()),
            "FileRef" => {
                if let (Some(method), Some(uid)) = (&mut self.method, element.attribute("uid")?) {
                    method.file = self.module.paths.get(&*uid).cloned();
                }
            }
            "SequencePoint" => self.sequence_point(element)?,
            "BranchPoint" => self.branch_point(element)?,
            "MethodPoint" => {
                let visits = visits(element)?;
                if let Some(method) = &mut self.method {
                    method.hits = visits;
                }
            }
            "TrackedMethod" => {
                if let (Some(uid), Some(name)) =
                    (element.attribute("uid")?, element.attribute("name")?)
                {
                    self.tests.insert(uid.into_owned(), name.into_owned());
                }
            }
            "TrackedMethodRef" => {
                if let (Some((path, line)), Some(uid)) = (&self.point, element.attribute("uid")?) {
                    self.visits.push((path.clone(), *line, uid.into_owned()));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads a method's summary, or that of the session.
    fn summary(&mut self, element: &Element<'_>) -> Result<()> {
        let branches = stated_tally(element, "visitedBranchPoints", "numBranchPoints")?;
        if let Some(method) = &mut self.method {
            method.branches = branches;
        } else if self.module.paths.is_empty() && self.report.stated.is_empty() {
            let points = stated_tally(element, "visitedSequencePoints", "numSequencePoints")?;
            let methods = stated_tally(element, "visitedMethods", "numMethods")?;
            let all = [
                (Dimension::Statements, points),
                (Dimension::Branches, branches),
                (Dimension::Functions, methods),
            ];
            let known = all.into_iter().filter_map(|(dimension, tally)| Some((dimension, tally?)));
            known
                .for_each(|(dimension, tally)| self.report.stated.dimensions.set(dimension, tally));
        }
        Ok(())
    }

    fn sequence_point(&mut self, element: &Element<'_>) -> Result<()> {
        let Some((file, line)) = self.place(element)? else { return Ok(()) };
        let hits = visits(element)?;
        let at = |name| {
            Ok::<_, Error>(
                element.attribute(name)?.and_then(|text| text.trim().parse().ok()).unwrap_or(0),
            )
        };
        let end = at("el")?.max(line);
        let block = Block { start: (line, at("sc")?), end: (end, at("ec")?), statements: 1, hits };
        let measured = self.module.files.entry(file.clone()).or_default();
        measured.coverage.blocks.push(block);
        measured.points = measured.points + Tally { covered: u64::from(hits.is_hit()), total: 1 };
        if let Some(method) = &mut self.method {
            method.first = method.first.or(Some(line));
            method.file.get_or_insert_with(|| file.clone());
            let most = method.lines.entry((file.clone(), line)).or_default();
            *most = hits.max(*most);
        }
        self.point = Some((file, line));
        Ok(())
    }

    fn branch_point(&mut self, element: &Element<'_>) -> Result<()> {
        let Some((file, line)) = self.place(element)? else { return Ok(()) };
        let hits = visits(element)?;
        let at = |name| {
            Ok::<_, Error>(element.attribute(name)?.and_then(|text| text.trim().parse().ok()))
        };
        let block = at("offset")?.unwrap_or(0);
        let arm = Arm::Index(at("path")?.or(at("ordinal")?).unwrap_or(0));
        if let Some(method) = &mut self.method {
            method.ways = method.ways + Tally { covered: u64::from(hits.is_hit()), total: 1 };
        }
        self.module.files.entry(file).or_default().coverage.branches.push(Branch {
            line,
            block,
            arm,
            hits,
        });
        Ok(())
    }

    /// The file and the line of a point, or `None` if it is not in the source.
    fn place(&mut self, element: &Element<'_>) -> Result<Option<(String, u32)>> {
        let line = element.attribute("sl")?.and_then(|line| number::line(line.as_bytes()));
        let own =
            element.attribute("fileid")?.and_then(|uid| self.module.paths.get(&*uid).cloned());
        let file = own.or_else(|| self.method.as_ref()?.file.clone());
        if let (Some(file), Some(line)) = (file, line) {
            return Ok(Some((file, line)).filter(|_| line != HIDDEN));
        }
        let message = || "a point without a known file and line: skipped".to_owned();
        self.warnings.add("points without a place", Some(element.line()), message);
        Ok(None)
    }

    fn end_method(&mut self) {
        let Some(method) = self.method.take() else { return };
        for ((file, number), hits) in &method.lines {
            let measured = self.module.files.entry(file.clone()).or_default();
            measured.coverage.lines.push(Line { number: *number, hits: *hits });
        }
        let (Some(file), Some(start)) = (method.file, method.first) else { return };
        let measured = self.module.files.entry(file).or_default();
        let name: Box<str> = method.name.into();
        measured.branches = measured.branches + method.branches.unwrap_or_default();
        if let Some(entry) = method.branches.and_then(|stated| beside(stated, method.ways)) {
            let known = measured.entries.entry((start, name.clone())).or_default();
            *known = *known + entry;
        }
        let ran = method.lines.values().copied().max().unwrap_or_default();
        let hits = if method.hits.is_hit() { method.hits } else { ran };
        measured.coverage.functions.push(Function { start, name, end: None, hits });
    }

    fn end_module(&mut self) {
        for (path, mut measured) in std::mem::take(&mut self.module).files {
            measured.coverage.tidy();
            let file = self.files.entry(path).or_default();
            file.gathered.absorb(&mut measured.coverage);
            file.modules += 1;
            file.stated = Some((measured.points, measured.branches)).filter(|_| file.modules == 1);
            for (method, entry) in measured.entries {
                let known = file.entries.entry(method).or_default();
                *known = Tally {
                    covered: known.covered.max(entry.covered),
                    total: known.total.max(entry.total),
                };
            }
        }
    }

    fn finish(self) -> Result<Report> {
        let Self { files, tests, visits, mut report, warnings, .. } = self;
        if files.is_empty() {
            return Err(Error::new("the report has no sequence points")
                .with_kind(crate::error::Kind::Empty)
                .hint(
                    "OpenCover skipped every module: are its filters right, and are there .pdb \
                       files?",
                ));
        }
        report.format = FORMAT.name;
        report.contexts = contexts(&tests, &visits);
        report.files = files.into_iter().map(|(path, file)| (path, file.finish())).collect();
        Ok(declared_totals::checked(report, warnings))
    }
}

impl File {
    fn finish(self) -> FileCoverage {
        let mut coverage = self.gathered.finish();
        let mut stated = Tallies::default();
        if let Some((points, branches)) = self.stated {
            stated.set(Dimension::Statements, points);
            stated.set(Dimension::Branches, branches);
        } else {
            let ways = coverage.counted().get(&Dimension::Branches).unwrap_or_default();
            stated.set(
                Dimension::Branches,
                self.entries.into_values().fold(ways, |sum, entry| sum + entry),
            );
        }
        coverage.summarise(&stated);
        coverage
    }
}

/// The branches that a method's summary declares in addition to its branch points, if any.
fn beside(stated: Tally, ways: Tally) -> Option<Tally> {
    let total = stated.total.checked_sub(ways.total).filter(|&total| total > 0)?;
    let covered = stated.covered.saturating_sub(ways.covered).min(total);
    Some(Tally { covered, total })
}

fn contexts(tests: &BTreeMap<String, String>, visits: &[(String, u32, String)]) -> Contexts {
    let mut contexts = Contexts::default();
    for (path, line, uid) in visits {
        let test = contexts.test(tests.get(uid).unwrap_or(uid));
        contexts.add(path, *line, &[test]);
    }
    contexts
}

fn visits(element: &Element<'_>) -> Result<Hits> {
    let count = element.attribute("vc")?.and_then(|count| number::count(count.as_bytes()));
    Ok(match count {
        Some(Count::Hits(hits)) => hits,
        Some(Count::Negative) | None => Hits::ZERO,
    })
}

fn stated_tally(element: &Element<'_>, covered: &str, total: &str) -> Result<Option<Tally>> {
    let [covered, total] = [covered, total]
        .map(|name| Ok::<_, Error>(element.attribute(name)?.and_then(|text| text.parse().ok())));
    let tally = covered?.zip(total?).map(|(covered, total): (u64, u64)| Tally { covered, total });
    Ok(tally.filter(|tally| tally.covered <= tally.total && u32::try_from(tally.total).is_ok()))
}
