//! Reads xUnit.net's own XML, version 2 (`dotnet test --logger xunit`, `xunit.console -xml`):
//! <https://xunit.net/docs/format-xml-v2>.

use std::io::BufRead;

use crate::Result;
use crate::report::formats::{Format, Kind, Quirk, Sources};
use crate::report::reading::dotnet_tests::{Gathering, count, duration, text, within};
use crate::report::reading::xml::{self, Element, Piece};
use crate::report::{Report, TestStatus, TestTotals};

/// xUnit.net's XML.
pub const FORMAT: Format = Format {
    name: "xunit",
    title: "xUnit.net v2 XML",
    kind: Kind::Tests,
    tools: &["xUnit.net", "dotnet test (`--logger xunit`)"],
    sign: "has an `<assemblies>` or `<assembly>` root",
    quirks: &[Quirk {
        rule: "A test's suite is its `type`, and its name does not repeat it.",
        source: "https://xunit.net/docs/format-xml-v2",
    }],
    sniff,
    read,
};

const ROOTS: [&str; 2] = ["assemblies", "assembly"];

fn sniff(head: &[u8]) -> bool {
    xml::root(head).is_some_and(|root| ROOTS.contains(&root))
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut gathering = Gathering::default();
    xml::each_of(input, &ROOTS, |piece| {
        match piece {
            Piece::Start(element) => {
                gathering.clear_text();
                match element.name() {
                    "assembly" => gathering.claim(totals(&element)?),
                    "test" => start(&element, &mut gathering)?,
                    _ => {}
                }
            }
            Piece::Text(text) => gathering.text(text),
            Piece::End("message" | "reason") => gathering.message(),
            Piece::End("test") => gathering.end(),
            Piece::End(_) => {}
        }
        Ok(())
    })?;
    Ok(gathering.finish(FORMAT.name))
}

fn totals(element: &Element<'_>) -> Result<TestTotals> {
    let of = |name| count(element, name);
    Ok(TestTotals {
        tests: of("total")?,
        failures: of("failed")?,
        errors: 0,
        skipped: of("skipped")?,
        other: 0,
    })
}

fn start(element: &Element<'_>, gathering: &mut Gathering) -> Result<()> {
    let status = match text(element, "result")?.as_str() {
        "Pass" => TestStatus::Passed,
        "Skip" | "NotRun" => TestStatus::Skipped,
        _ => TestStatus::Failed,
    };
    let class = text(element, "type")?;
    let name = within(text(element, "name")?, &class);
    let time = duration(element, "time")?;
    gathering.start(class, name, status, time);
    Ok(())
}
