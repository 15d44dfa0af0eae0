//! The part of a source page that needs the source: its lines, gaps and functions, or the reason
//! why they cannot be shown.

use std::collections::BTreeMap;

use serde::Serialize;

use super::facts::Place;
use super::gaps::{self, Gaps};
use crate::Error;
use crate::analysis::gaps::Gap;
use crate::analysis::line_history::LineHistory;
use crate::analysis::{self, Sources};
use crate::error::Kind;
use crate::history::{History, Merged};
use crate::report::{Function, LineView};
use crate::site::code::{self, Counts, Listing, Text};
use crate::site::format;
use crate::site::templates::Markup;

/// Functions that are listed; the uncovered ones come first.
const MAX_FUNCTIONS: usize = 100;
/// Gaps that are named where the lines cannot be shown.
const MAX_GAPS: usize = 100;

/// The part of the view that needs the source and its records.
#[derive(Serialize)]
pub(super) struct Body {
    /// Whether nothing is left out because it cannot be read.
    #[serde(skip)]
    pub(super) is_whole: bool,
    language: Option<&'static str>,
    html: Option<Markup>,
    counts: Counts,
    gaps: String,
    /// The same as a list, with the history of each.
    listed: Option<Gaps>,
    notes: Vec<Note>,
    /// At the last line that is shown, if the page ends before the file does.
    cut: Option<String>,
    missing: Option<Missing>,
    functions: Vec<FunctionRow>,
    more_functions: usize,
    uncovered_functions: usize,
}

/// Something a reader has to know before trusting the lines.
#[derive(Serialize)]
struct Note {
    title: String,
    text: String,
}

/// Why there are no lines, and which they would have been.
#[derive(Serialize)]
struct Missing {
    title: &'static str,
    text: String,
    gaps: Vec<String>,
    more: usize,
}

#[derive(Serialize)]
struct FunctionRow {
    name: String,
    line: Option<u32>,
    hits: String,
    ran: bool,
}

/// Reads and draws a file. What cannot be read becomes a page that says so: one lost blob must not
/// cost the site.
pub(super) fn body(
    sources: &Sources,
    history: &History,
    lines: &BTreeMap<u32, LineHistory>,
    place: &Place,
) -> Body {
    let state = place.state;
    let merged = match sources.merged(state) {
        Ok(merged) => merged,
        Err(error) => return unread(&error),
    };
    let views: Vec<LineView> = merged.views().collect();
    let gaps = analysis::gaps::find(&views, &merged.coverage.functions);
    let source = sources.source(state);
    let mut body = Body {
        language: code::language(&state.path),
        counts: Counts::of(&views),
        gaps: gaps.iter().copied().map(range).collect::<Vec<_>>().join(" "),
        listed: Some(gaps::list(&gaps, &views, lines, history, &place.page)),
        ..unmeasured()
    };
    body.missing = None;
    body.is_whole = source.is_ok();
    match source.as_ref().map(|source| source.as_deref().map(Text::decode)) {
        Ok(Some(Some(text))) => body.draw(code::listing(&text, &views), &merged),
        Ok(Some(None)) => body.missing = Some(missing(BINARY, &gaps)),
        Ok(None) => body.missing = Some(missing(NOT_TRACKED, &gaps)),
        Err(error) if error.kind() == Kind::NotFound => {
            body.missing = Some(missing(NOT_HERE, &gaps));
        }
        Err(error) => {
            body.missing = Some(Missing { text: because(error), ..missing(DAMAGED, &gaps) });
        }
    }
    body.list_functions(merged.coverage.functions);
    body
}

const BINARY: (&str, &str) = (
    "This is a binary file",
    "It contains NUL bytes, so its lines cannot be shown. The figures above come from the reports.",
);
const NOT_HERE: (&str, &str) = (
    "The source is not in this clone",
    "The clone is partial, and the content of this file was never fetched. Run `git fetch --refetch --no-filter`, then build again. The figures above come from the reports.",
);
const DAMAGED: (&str, &str) = ("The source cannot be read", "");
const NOT_TRACKED: (&str, &str) = (
    "There is no source to show",
    "Git does not track this file at the commit. It may be generated, or its path may have changed. The figures above come from the reports.",
);
const NOT_READ: (&str, &str) = (
    "The records of this file cannot be read",
    "They are missing from the store, whose branch may have been fetched only in part. The figures above come from an earlier build.",
);

/// The page of a file whose records cannot be read.
fn unread(error: &Error) -> Body {
    let mut body = unmeasured();
    if let Some(missing) = body.missing.as_mut().filter(|_| error.kind() != Kind::NotFound) {
        missing.text = because(error);
    }
    body
}

/// Why something cannot be read, and what to do.
fn because(error: &Error) -> String {
    let why = error.chain().join(": ");
    format!(
        "{why}. `git fsck --full` lists what is broken. The figures above come from an earlier build."
    )
}

fn unmeasured() -> Body {
    Body {
        is_whole: false,
        language: None,
        html: None,
        counts: Counts::default(),
        gaps: String::new(),
        listed: None,
        notes: Vec::new(),
        cut: None,
        missing: Some(missing(NOT_READ, &[])),
        functions: Vec::new(),
        more_functions: 0,
        uncovered_functions: 0,
    }
}

fn missing((title, text): (&'static str, &str), gaps: &[Gap]) -> Missing {
    let named = gaps.iter().copied().take(MAX_GAPS).map(range).collect();
    Missing { title, text: text.to_owned(), gaps: named, more: gaps.len().saturating_sub(MAX_GAPS) }
}

/// `12-14`, or `12`.
fn range(gap: Gap) -> String {
    if gap.first == gap.last {
        gap.first.to_string()
    } else {
        format!("{}-{}", gap.first, gap.last)
    }
}

impl Body {
    fn draw(&mut self, listing: Listing, merged: &Merged) {
        let unknown = u64::from(self.counts.unknown);
        if unknown > 0 {
            self.note(
                &format!("{} of unknown coverage.", format::counted(unknown, "line")),
                "Only a suite that is carried forward measured them, and they changed since. They count neither as covered nor as uncovered.",
            );
        }
        if listing.drawn < listing.lines {
            let left = (listing.drawn + 1)..=listing.lines;
            let left: Vec<LineView> =
                merged.views().filter(|view| left.contains(&view.line.number)).collect();
            let counts = Counts::of(&left);
            let end = format!(
                "The page ends at line {} of {}.",
                count(listing.drawn),
                count(listing.lines)
            );
            self.cut = Some(end.clone());
            self.note(
                &end,
                &format!(
                    "A longer page would be slow to open. Of the lines left out, {} are uncovered and {} partial.",
                    count(counts.uncovered),
                    count(counts.partial)
                ),
            );
        }
        if listing.beyond > 0 {
            self.note(
                &format!(
                    "{} beyond the end of the file.",
                    format::counted(u64::from(listing.beyond), "measured line")
                ),
                "The report was made from another version of the file, so lines may be off.",
            );
        }
        if listing.lines == 0 {
            self.missing = Some(Missing {
                title: "The file is empty",
                text: "There are no lines to show.".to_owned(),
                gaps: Vec::new(),
                more: 0,
            });
        } else {
            self.html = Some(Markup(listing.html));
        }
    }

    fn note(&mut self, title: &str, text: &str) {
        self.notes.push(Note { title: title.to_owned(), text: text.to_owned() });
    }

    /// Lists the functions, uncovered ones first, each kind by its place.
    fn list_functions(&mut self, mut functions: Vec<Function>) {
        functions.sort_by_key(|function| (function.hits.is_hit(), function.start));
        self.uncovered_functions =
            functions.iter().filter(|function| !function.hits.is_hit()).count();
        self.more_functions = functions.len().saturating_sub(MAX_FUNCTIONS);
        self.functions = functions.into_iter().take(MAX_FUNCTIONS).map(row).collect();
    }
}

fn row(function: Function) -> FunctionRow {
    let mut hits = String::new();
    code::push_hits(&mut hits, function.hits);
    FunctionRow {
        name: function.name.into(),
        line: (function.start > 0).then_some(function.start),
        hits,
        ran: function.hits.is_hit(),
    }
}

fn count(number: u32) -> String {
    format::count(u64::from(number))
}
