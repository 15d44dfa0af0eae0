//! What a source page shows of the source itself: lines, gaps, functions, and why something is not shown.

use std::collections::BTreeMap;

use serde::Serialize;

use super::facts::Place;
use super::gaps::{self, Gaps};
use crate::Result;
use crate::analysis::Sources;
use crate::analysis::line_history::LineHistory;
use crate::error::Kind;
use crate::history::{History, Merged};
use crate::report::{Function, LineView};
use crate::site::code::{self, Counts, Gap, Listing, Text};
use crate::site::figures;
use crate::site::templates::Markup;

/// Functions that are listed; the uncovered ones come first.
const MOST_FUNCTIONS: usize = 100;
/// Gaps that are named where the lines cannot be shown.
const MOST_GAPS: usize = 100;

/// The part of the view that needs the source and its records.
#[derive(Serialize)]
pub(super) struct Body {
    language: Option<&'static str>,
    html: Option<Markup>,
    counts: Counts,
    gaps: String,
    /// The same as a list, with the history of each.
    listed: Option<Gaps>,
    notes: Vec<Note>,
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

/// Reads and draws a file. What cannot be read becomes a page that says so: one lost blob must not cost the site.
pub(super) fn body(
    sources: &Sources,
    history: &History,
    lines: &BTreeMap<u32, LineHistory>,
    place: &Place,
) -> Result<Body> {
    let state = place.state;
    let merged = match sources.merged(state) {
        Ok(merged) => merged,
        Err(error) if error.kind() == Kind::NotFound => return Ok(unmeasured()),
        Err(error) => return Err(error),
    };
    let views: Vec<LineView> = merged.views().collect();
    let gaps = code::gaps(&views, &merged.coverage.functions);
    let source = match sources.source(state) {
        Err(error) if error.kind() == Kind::NotFound => None,
        other => other?,
    };
    let mut body = Body {
        language: code::language(&state.path),
        counts: Counts::of(&views),
        gaps: gaps.iter().copied().map(range).collect::<Vec<_>>().join(" "),
        listed: Some(gaps::list(&gaps, &views, lines, history, &place.page)),
        ..unmeasured()
    };
    body.missing = None;
    match source.as_deref().map(Text::decode) {
        Some(Some(text)) => body.draw(code::listing(&text, &views), &merged),
        Some(None) => body.missing = Some(missing(BINARY, &gaps)),
        None if state.source.is_some() => body.missing = Some(missing(NOT_HERE, &gaps)),
        None => body.missing = Some(missing(NOT_TRACKED, &gaps)),
    }
    body.list_functions(merged.coverage.functions);
    Ok(body)
}

const BINARY: (&str, &str) = (
    "This is not a text file",
    "It holds NUL bytes, so its lines cannot be drawn. The figures above come from the reports.",
);
const NOT_HERE: (&str, &str) = (
    "The source is not in this clone",
    "The commit knows the file, but its content was never fetched: the clone is partial. Run `git fetch --refetch --no-filter`, then build again. The figures above come from the reports.",
);
const NOT_TRACKED: (&str, &str) = (
    "There is no source to show",
    "The report names this file, but git does not track it at the commit: it may be generated, or its path may have changed. The figures above come from the report.",
);
const NOT_READ: (&str, &str) = (
    "The records of this file cannot be read",
    "The store names them, but they are missing: the branch of the store may be fetched only in part. The figures above were summed up before.",
);

fn unmeasured() -> Body {
    Body {
        language: None,
        html: None,
        counts: Counts::default(),
        gaps: String::new(),
        listed: None,
        notes: Vec::new(),
        missing: Some(missing(NOT_READ, &[])),
        functions: Vec::new(),
        more_functions: 0,
        uncovered_functions: 0,
    }
}

fn missing((title, text): (&'static str, &str), gaps: &[Gap]) -> Missing {
    let named = gaps.iter().copied().take(MOST_GAPS).map(range).collect();
    Missing { title, text: text.to_owned(), gaps: named, more: gaps.len().saturating_sub(MOST_GAPS) }
}

/// `12-14`, or `12`.
fn range(gap: Gap) -> String {
    if gap.first == gap.last { gap.first.to_string() } else { format!("{}-{}", gap.first, gap.last) }
}

impl Body {
    fn draw(&mut self, listing: Listing, merged: &Merged) {
        let unknown = u64::from(self.counts.unknown);
        if unknown > 0 {
            self.note(
                &format!("{} of unknown coverage.", figures::counted(unknown, "line")),
                "Only a carried suite measured them, and their text changed since. They count neither as covered nor as uncovered.",
            );
        }
        if listing.drawn < listing.lines {
            let left = (listing.drawn + 1)..=listing.lines;
            let left: Vec<LineView> = merged.views().filter(|view| left.contains(&view.line.number)).collect();
            let counts = Counts::of(&left);
            self.note(
                &format!("The page ends at line {} of {}.", count(listing.drawn), count(listing.lines)),
                &format!(
                    "A longer one would be slow to open. {} of the lines left out are uncovered, {} partial.",
                    count(counts.uncovered),
                    count(counts.partial)
                ),
            );
        }
        if listing.beyond > 0 {
            self.note(
                &format!(
                    "{} beyond the end of the file.",
                    figures::counted(u64::from(listing.beyond), "measured line")
                ),
                "The report was made from another text than the one at this commit, so lines may be off.",
            );
        }
        if listing.lines == 0 {
            self.missing = Some(Missing {
                title: "The file is empty",
                text: "It has no line to show.".to_owned(),
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
        self.uncovered_functions = functions.iter().filter(|function| !function.hits.is_hit()).count();
        self.more_functions = functions.len().saturating_sub(MOST_FUNCTIONS);
        self.functions = functions.into_iter().take(MOST_FUNCTIONS).map(row).collect();
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
    figures::count(u64::from(number))
}
