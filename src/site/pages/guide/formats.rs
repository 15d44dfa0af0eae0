//! The guide's page of formats, made from the slice that reads them: it cannot fall behind.

use std::fmt::Write as _;

use crate::report::formats::{Format, Kind};

/// The page as Markdown.
pub(super) fn markdown() -> String {
    let mut text = String::from(INTRODUCTION);
    for kind in Kind::ALL.into_iter().filter(|kind| !kind.formats().is_empty()) {
        put(&mut text, format_args!("\n## {}\n", kind.title()));
        kind.formats().into_iter().for_each(|format| section(&mut text, format));
    }
    text
}

const INTRODUCTION: &str = "# Formats\n\n\
These reports are read. A format is recognised by content, not by file name; `--format NAME` overrides that. Gzip, byte order marks and\n\
UTF-16 are taken off first. What a report claims as its totals is compared with what its records give, and said where the two differ.\n";

fn section(text: &mut String, format: &Format) {
    let Format { name, title, tools, sign, quirks, .. } = format;
    put(
        text,
        format_args!(
            "\n### {title}\n\n`{name}`: a file that {sign}. Written by {}.\n",
            tools.join(", ")
        ),
    );
    if !quirks.is_empty() {
        text.push('\n');
    }
    for quirk in *quirks {
        put(text, format_args!("- {} *({})*\n", quirk.rule, quirk.source));
    }
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("writing to a String cannot fail");
}
