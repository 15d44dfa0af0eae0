//! Reads Visual Studio's coverage XML (`.coveragexml`) as written by `dotnet-coverage`,
//! `CodeCoverage.exe` and `vstest`: lines, functions and regions by file.
//!
//! The input is `<module>`s with `<function>`s of `<range source_id covered start_line …>`,
//! followed by the `<source_file>`s of these ids. The rules:
//! * A range is covered (`yes`), not covered (`no`) or partially covered (`partial`). So is a line,
//!   which is partial if its ranges differ. The tool does not count a partial line as covered, so
//!   the file's total does not either, although the line ran. A line of two functions counts in
//!   both, as in the totals of the tool.
//! * The headline counts blocks, which are not listed: the functions' `blocks_covered` and
//!   `blocks_not_covered` are the file's total of regions. When reports are merged, the ranges are
//!   used instead.
//! * A file that merges several reports may have a `<results>` for each of them inside another
//!   root. They are merged, and their headlines are not checked, because it is unknown how much of
//!   the code is the same.
//! * `source_id`s are local to a module.

use std::collections::BTreeMap;
use std::io::BufRead;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::merge::GatheredFiles;
use crate::report::reading::limits::Allowance;
use crate::report::reading::warnings::Warnings;
use crate::report::reading::xml::{self, Element, Piece};
use crate::report::reading::{declared_totals, number};
use crate::report::{
    Dimension, FileCoverage, Function, Hits, Line, Region, Report, Tallies, Tally,
};
use crate::{Error, Result, path};

/// Visual Studio's coverage XML.
pub const FORMAT: Format = Format {
    name: "vs-coverage",
    title: "Visual Studio coverage XML",
    kind: Kind::Coverage,
    tools: &[
        "dotnet-coverage",
        "Microsoft.CodeCoverage",
        "Visual Studio (`CodeCoverage.exe analyze`)",
    ],
    sign: "has `<results>` with `<modules>`, as the root or inside it",
    quirks: &[
        Quirk {
            rule: "Partially covered lines are not counted as covered.",
            source: "the totals of the tool's own modules (`lines_partially_covered`)",
        },
        Quirk {
            rule: "Several `<results>` inside one root are merged.",
            source: "ReportGenerator, CoverageReportParser.cs and its MultiDynamicCodeCoverage.xml",
        },
        Quirk {
            rule: "Blocks are shown as regions.",
            source: "the attributes `blocks_covered` and `blocks_not_covered`",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    holds(head, "<results") && holds(head, "<modules")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    xml::each_in_any(input, |piece| reader.piece(piece))?;
    reader.finish()
}

#[derive(Default)]
struct Reader {
    files: GatheredFiles,
    module: Module,
    function: Option<Stated>,
    allowance: Allowance,
    /// The number of `<results>`.
    results: usize,
    report: Report,
    lines: Tally,
    blocks: Tally,
    warnings: Warnings,
}

/// The records of a module by the ids of its sources, whose paths come last.
#[derive(Default)]
struct Module {
    sources: BTreeMap<String, Source>,
    paths: BTreeMap<String, String>,
}

#[derive(Default)]
struct Source {
    lines: BTreeMap<u32, State>,
    regions: Vec<Region>,
    functions: Vec<Function>,
    line_count: Tally,
    blocks: Tally,
}

/// Whether something on a line is covered, and whether something is not.
#[derive(Clone, Copy, Default)]
struct State {
    yes: bool,
    no: bool,
}

/// The attributes of a `<function>`, kept until its ranges give its position.
struct Stated {
    name: String,
    lines: Tally,
    blocks: Tally,
    place: Option<(String, u32)>,
}

impl Reader {
    fn piece(&mut self, piece: Piece<'_>) -> Result<()> {
        match piece {
            Piece::Start(element) => match element.name() {
                "results" => self.results += 1,
                "module" => self.claims(&element)?,
                "function" => self.start_function(&element)?,
                "range" => self.range(&element)?,
                "source_file" => {
                    if let (Some(id), Some(name)) =
                        (element.attribute("id")?, element.attribute("path")?)
                    {
                        self.module
                            .paths
                            .insert(id.into_owned(), path::from_bytes(name.as_bytes()));
                    }
                }
                _ => {}
            },
            Piece::End("function") => self.end_function(),
            Piece::End("module") => self.end_module(),
            Piece::End(_) | Piece::Text(_) => {}
        }
        Ok(())
    }

    fn claims(&mut self, element: &Element<'_>) -> Result<()> {
        self.lines = self.lines + lines(element)?;
        self.blocks = self.blocks + blocks(element)?;
        Ok(())
    }

    fn start_function(&mut self, element: &Element<'_>) -> Result<()> {
        let [class, name] = [element.attribute("type_name")?, element.attribute("name")?]
            .map(Option::unwrap_or_default);
        let name = if class.is_empty() { name.into_owned() } else { format!("{class}.{name}") };
        self.function =
            Some(Stated { name, lines: lines(element)?, blocks: blocks(element)?, place: None });
        Ok(())
    }

    fn range(&mut self, element: &Element<'_>) -> Result<()> {
        let at = |name| {
            Ok::<_, Error>(element.attribute(name)?.and_then(|text| number::line(text.as_bytes())))
        };
        let state = match element.attribute("covered")?.as_deref() {
            Some("yes") => Some(State { yes: true, no: false }),
            Some("partial") => Some(State { yes: true, no: true }),
            Some("no") => Some(State { yes: false, no: true }),
            _ => None,
        };
        let (first, last) = (at("start_line")?, at("end_line")?);
        let known =
            element.attribute("source_id")?.zip(first).zip(state).filter(|((_, first), _)| {
                self.allowance
                    .grants(u64::from(last.unwrap_or(*first).saturating_sub(*first)) + 1, 1)
            });
        let Some(((id, first), state)) = known else {
            let message = || "a <range> without a sound source, line and state: skipped".to_owned();
            self.warnings.add("malformed ranges", Some(element.line()), message);
            return Ok(());
        };
        let source = self.module.sources.entry(id.clone().into_owned()).or_default();
        for line in first..=last.unwrap_or(first) {
            let here = source.lines.entry(line).or_default();
            *here = State { yes: here.yes || state.yes, no: here.no || state.no };
        }
        let hits = if state.no { Hits::ZERO } else { Hits::at_least(1) };
        source.regions.push(Region { start: (first, at("start_column")?.unwrap_or(0)), hits });
        if let Some(function) = &mut self.function {
            function.place.get_or_insert((id.into_owned(), first));
        }
        Ok(())
    }

    fn end_function(&mut self) {
        let Some(Stated { name, lines, blocks, place: Some((id, start)) }) = self.function.take()
        else {
            return;
        };
        let source = self.module.sources.entry(id).or_default();
        source.blocks = source.blocks + blocks;
        source.line_count = source.line_count + lines;
        let hits = if blocks.covered > 0 { Hits::at_least(1) } else { Hits::ZERO };
        source.functions.push(Function { start, name: name.into(), end: None, hits });
    }

    fn end_module(&mut self) {
        let Module { sources, paths } = std::mem::take(&mut self.module);
        for (id, source) in sources {
            if let Some(path) = paths.get(&id) {
                self.files.absorb(path.clone(), &mut source.coverage());
            } else {
                let message = || "a source of the module has no <source_file>: skipped".to_owned();
                self.warnings.add("sources without a file", None, message);
            }
        }
    }

    fn finish(self) -> Result<Report> {
        let Self { files, results, mut report, lines, blocks, warnings, .. } = self;
        if files.is_empty() {
            let hint = "convert the binary report again: `dotnet-coverage merge -f xml`, with the \
                        .pdb files beside the assemblies";
            return Err(Error::new("the report has no ranges of source files")
                .with_kind(crate::error::Kind::Empty)
                .hint(hint));
        }
        let claims = [(Dimension::Lines, lines), (Dimension::Regions, blocks)];
        for (dimension, claim) in
            claims.into_iter().filter(|(_, claim)| results == 1 && claim.total > 0)
        {
            report.stated.claim(dimension, Some(claim.covered), Some(claim.total));
        }
        report.format = FORMAT.name;
        report.files = files.finish();
        Ok(declared_totals::checked(report, warnings))
    }
}

impl Source {
    fn coverage(self) -> FileCoverage {
        let full = self.lines.values().filter(|state| !state.no).count() as u64;
        let distinct = Tally { covered: full, total: self.lines.len() as u64 };
        let mut stated = Tallies::default();
        stated.set(
            Dimension::Lines,
            if self.line_count.total > 0 { self.line_count } else { distinct },
        );
        stated.set(Dimension::Regions, self.blocks);
        let hits = |state: State| if state.yes { Hits::at_least(1) } else { Hits::ZERO };
        let lines = self
            .lines
            .into_iter()
            .map(|(number, state)| Line { number, hits: hits(state) })
            .collect();
        let (functions, regions) = (self.functions, self.regions);
        let mut coverage = FileCoverage { lines, functions, regions, ..FileCoverage::default() };
        coverage.tidy();
        coverage.summarise(&stated);
        coverage
    }
}

fn count(element: &Element<'_>, name: &str) -> Result<u64> {
    let count = element.attribute(name)?.and_then(|text| text.parse().ok());
    Ok(count.filter(|count| u32::try_from(*count).is_ok()).unwrap_or(0))
}

fn lines(element: &Element<'_>) -> Result<Tally> {
    let covered = count(element, "lines_covered")?;
    let others = count(element, "lines_partially_covered")? + count(element, "lines_not_covered")?;
    Ok(Tally { covered, total: covered + others })
}

fn blocks(element: &Element<'_>) -> Result<Tally> {
    let covered = count(element, "blocks_covered")?;
    Ok(Tally { covered, total: covered + count(element, "blocks_not_covered")? })
}
