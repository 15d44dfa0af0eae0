//! Reads `NUnit`'s XML, version 3 (`nunit3-console`, `dotnet test --logger nunit`):
//! <https://docs.nunit.org/articles/nunit/technical-notes/usage/Test-Result-XML-Format.html>.

use std::io::BufRead;

use crate::Result;
use crate::report::formats::{Format, Kind, Quirk, Sources};
use crate::report::reading::dotnet_tests::{Gathering, duration, text, within};
use crate::report::reading::xml::{self, Element, Piece};
use crate::report::{Report, TestStatus};

/// `NUnit`'s XML.
pub const FORMAT: Format = Format {
    name: "nunit",
    title: "NUnit 3 XML",
    kind: Kind::Tests,
    tools: &["NUnit 3 and 4", "dotnet test (`--logger nunit`)", "Unity's test runner"],
    sign: "has a `<test-run>` root",
    quirks: &[
        Quirk {
            rule: "A failed test with the label `Error` or `Invalid` is an error. An inconclusive \
                   test was skipped, and a warning is a test that passed.",
            source: "NUnit docs, Test Result XML Format",
        },
        Quirk {
            rule: "Suites repeat the numbers of their tests, so only test cases count.",
            source: "NUnit docs, Test Result XML Format",
        },
    ],
    sniff,
    read,
};

fn sniff(head: &[u8]) -> bool {
    xml::root(head) == Some("test-run")
}

fn read(input: &mut dyn BufRead, _: &dyn Sources) -> Result<Report> {
    let mut gathering = Gathering::default();
    xml::each(input, "test-run", |piece| {
        match piece {
            Piece::Start(element) => {
                gathering.clear_text();
                if element.name() == "test-case" {
                    start(&element, &mut gathering)?;
                }
            }
            Piece::Text(text) => gathering.text(text),
            Piece::End("message") => gathering.message(),
            Piece::End("test-case") => gathering.end(),
            Piece::End(_) => {}
        }
        Ok(())
    })?;
    Ok(gathering.finish(FORMAT.name))
}

fn start(element: &Element<'_>, gathering: &mut Gathering) -> Result<()> {
    let label = text(element, "label")?;
    let status = match text(element, "result")?.as_str() {
        "Passed" | "Warning" => TestStatus::Passed,
        "Failed" if label == "Error" || label == "Invalid" => TestStatus::Error,
        "Failed" => TestStatus::Failed,
        _ => TestStatus::Skipped,
    };
    let class = text(element, "classname")?;
    let full = text(element, "fullname")?;
    let name = if full.is_empty() { text(element, "name")? } else { within(full, &class) };
    let time = duration(element, "duration")?;
    gathering.start(class, name, status, time);
    Ok(())
}
