//! Reads `ReportGenerator`'s history: one file `<date>_CoverageHistory.xml` per run in the folder
//! of `-historydir`.
//!
//! The input is `<coverage date="2021-10-07_08-02-07" tag="…"><assembly><class name coveredlines
//! coverablelines …/>`. The result has totals of lines, branches and functions. Classes have names
//! but no files, so nothing is known of single files.

use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::report::formats::Quirk;
use crate::report::histories::{Document, History, Measured, holds, totals};
use crate::report::reading::xml::{self, Element, Piece};
use crate::report::{DeclaredTotals, Dimension, Report};
use crate::{Error, Result};

/// `ReportGenerator`'s history.
pub const HISTORY: History = History {
    name: "reportgenerator",
    title: "ReportGenerator history",
    kept: "the files `*_CoverageHistory.xml` in the folder of `-historydir`",
    quirks: &[
        Quirk {
            rule: "The time is the machine's local time without a zone, and is taken as UTC. If \
                   the tag is a commit id, it names the commit; any other tag (such as a build \
                   number) is ignored.",
            source: "ReportGenerator, Reporting/History/HistoryReportGenerator.cs",
        },
        Quirk {
            rule: "Code elements (methods and properties) count as functions; older files have \
                   none. A dimension whose totals are all 0 was not measured.",
            source: "ReportGenerator, Reporting/History/HistoryReportGenerator.cs",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    xml::root(head) == Some("coverage")
        && holds(head, " date=\"")
        && (holds(head, "coverablelines=") || holds(head, " tag="))
}

/// `(covered, total)` by dimension.
#[derive(Default)]
struct Sums {
    lines: (u64, u64),
    branches: (u64, u64),
    elements: (u64, u64),
}

fn read(document: &Document<'_>) -> Result<Vec<Measured>> {
    let (mut sums, mut time, mut tag) = (Sums::default(), None, None);
    let mut text = document.text;
    xml::each(&mut text, "coverage", |piece| {
        match piece {
            Piece::Start(element) if element.name() == "coverage" => {
                time = Some(date(&element)?);
                tag = element.attribute("tag")?.map(|tag| tag.trim().to_owned());
            }
            Piece::Start(element) if element.name() == "class" => sums.add(&element)?,
            _ => {}
        }
        Ok(())
    })?;
    let Sums { lines, branches, elements } = sums;
    let dimensions = [
        (Dimension::Lines, lines),
        (Dimension::Branches, branches),
        (Dimension::Functions, elements),
    ];
    let dimensions =
        totals(dimensions.map(|(dimension, (covered, total))| (dimension, covered, total)));
    let stated = DeclaredTotals { dimensions, ..DeclaredTotals::default() };
    let commit =
        tag.filter(|tag| tag.len() >= 7 && tag.bytes().all(|byte| byte.is_ascii_hexdigit()));
    Ok(vec![Measured {
        commit,
        time,
        branch: None,
        report: Report { stated, ..Report::default() },
    }])
}

fn date(element: &Element<'_>) -> Result<i64> {
    let written = element.attribute("date")?.unwrap_or_default();
    let time = DateTime::strptime("%Y-%m-%d_%H-%M-%S", written.trim());
    let time = time.ok().and_then(|time| Offset::UTC.to_timestamp(time).ok());
    time.map(jiff::Timestamp::as_second).ok_or_else(|| {
        Error::new(format!(
            "line {}: `{written}` is not a date in ReportGenerator's format",
            element.line()
        ))
        .hint("the format is `2021-10-07_08-02-07`")
    })
}

impl Sums {
    fn add(&mut self, class: &Element<'_>) -> Result<()> {
        for (sum, covered, total) in [
            (&mut self.lines, "coveredlines", "coverablelines"),
            (&mut self.branches, "coveredbranches", "totalbranches"),
            (&mut self.elements, "coveredcodeelements", "totalcodeelements"),
        ] {
            sum.0 = sum.0.saturating_add(class.total(covered)?.unwrap_or_default());
            sum.1 = sum.1.saturating_add(class.total(total)?.unwrap_or_default());
        }
        Ok(())
    }
}
