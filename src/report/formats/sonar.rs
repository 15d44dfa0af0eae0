//! Reads SonarQube's generic coverage XML (`sonar.coverageReportPaths`): lines and branches.
//!
//! The input is `<coverage version="1">` with `<file path>` and `<lineToCover>`. The rules:
//! * `covered` says whether a line ran, not how often.
//! * `branchesToCover` and `coveredBranches` say how many branches there are and how many were
//!   taken, but not which. The writer chooses what they count: for gcovr it may be branches,
//!   conditions or decisions.
//! * Covered branches without branches to cover are ignored, as in SonarQube.

use std::io::BufRead;

use crate::report::formats::{Format, Kind, Quirk, Sources, holds};
use crate::report::merge::GatheredFiles;
use crate::report::reading::branch_counts::BranchCounts;
use crate::report::reading::number;
use crate::report::reading::warnings::{Warnings, excerpt};
use crate::report::reading::xml::{self, Element, Piece};
use crate::report::{FileCoverage, Hits, Line, Report};
use crate::{Result, path};

/// SonarQube's generic coverage XML.
pub const FORMAT: Format = Format {
    name: "sonar",
    title: "SonarQube generic coverage",
    kind: Kind::Coverage,
    tools: &["gcovr (`--sonarqube`)", "ReportGenerator", "converters to SonarQube"],
    sign: "has a `<coverage>` root with `<file path>` or `<lineToCover>`",
    quirks: &[
        Quirk {
            rule: "It is known how many branches of a line were taken, but not which. The first \
                   ones count as taken.",
            source: "SonarQube's documentation of generic test data, sonar-generic-coverage.xsd",
        },
        Quirk {
            rule: "`branchesToCover` may count branches, conditions or decisions, and is read as \
                   branches.",
            source: "gcovr, gcovr/formats/sonarqube/write.py (`--sonarqube-metric`)",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    let file = || holds(head, "<file path") && !holds(head, "<project");
    holds(head, "<coverage") && (holds(head, "<lineToCover") || file())
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut reader = Reader::default();
    xml::each(input, "coverage", |piece| reader.piece(piece))?;
    Ok(reader.finish())
}

#[derive(Default)]
struct Reader {
    files: GatheredFiles,
    file: Option<(String, FileCoverage)>,
    arms: BranchCounts,
    warnings: Warnings,
}

impl Reader {
    fn piece(&mut self, piece: Piece<'_>) -> Result<()> {
        match piece {
            Piece::Start(element) if element.name() == "file" => self.start_file(&element)?,
            Piece::Start(element) if element.name() == "lineToCover" => self.line(&element)?,
            Piece::End("file") => self.end_file(),
            Piece::Start(_) | Piece::End(_) | Piece::Text(_) => {}
        }
        Ok(())
    }

    fn start_file(&mut self, element: &Element<'_>) -> Result<()> {
        let name = element.attribute("path")?.filter(|name| !name.is_empty());
        if name.is_none() {
            let message = || "a <file> without a path: skipped".to_owned();
            self.warnings.add("files without a path", Some(element.line()), message);
        }
        self.file = name.map(|name| (path::from_bytes(name.as_bytes()), FileCoverage::default()));
        Ok(())
    }

    fn line(&mut self, element: &Element<'_>) -> Result<()> {
        let Some((_, coverage)) = &mut self.file else { return Ok(()) };
        let number =
            element.attribute("lineNumber")?.and_then(|number| number::line(number.as_bytes()));
        let hits = element.attribute("covered")?.and_then(|covered| ran(&covered));
        let (Some(number), Some(hits)) = (number, hits) else {
            let message =
                || "a <lineToCover> without a sound lineNumber and covered: skipped".to_owned();
            self.warnings.add("malformed lines", Some(element.line()), message);
            return Ok(());
        };
        coverage.lines.push(Line { number, hits });
        let Some(total) = element.attribute("branchesToCover")? else { return Ok(()) };
        let taken = element.attribute("coveredBranches")?.unwrap_or_else(|| "0".into());
        let sound = taken.trim().parse().ok().zip(total.trim().parse().ok());
        if !sound.is_some_and(|(taken, total)| {
            self.arms.add(&mut coverage.branches, number, taken, total)
        }) {
            let given = excerpt(format!("{taken} of {total}").as_bytes());
            let message = || format!("line {number} has {given} branches covered: skipped");
            self.warnings.add("malformed branches", Some(element.line()), message);
        }
        Ok(())
    }

    fn end_file(&mut self) {
        if let Some((path, mut coverage)) = self.file.take() {
            self.files.absorb(path, &mut coverage);
        }
    }

    fn finish(mut self) -> Report {
        if self.files.is_empty() {
            self.warnings.add("reports of no file", None, || "the report names no file".to_owned());
        }
        let files = self.files.finish();
        Report { format: FORMAT.name, files, warnings: self.warnings.finish(), ..Report::default() }
    }
}

/// Parses `covered`, an XML Schema Boolean. SonarQube accepts its words in any case.
fn ran(covered: &str) -> Option<Hits> {
    match covered.trim() {
        "1" => Some(Hits::at_least(1)),
        "0" => Some(Hits::ZERO),
        word if word.eq_ignore_ascii_case("true") => Some(Hits::at_least(1)),
        word if word.eq_ignore_ascii_case("false") => Some(Hits::ZERO),
        _ => None,
    }
}
