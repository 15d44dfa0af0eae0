//! Lines of source as HTML, with the [`LineView`]s of their coverage: whole files in blocks,
//! excerpts, and hunks of a change.
//!
//! The markup is built here and not in a template, since a template engine is several times slower
//! and a site has millions of lines. The one place that escapes source text is [`markup`].

mod hunk;
mod language;
mod listing;
pub mod markup;
mod text;

use std::fmt::Write as _;

pub use hunk::{Excerpt, Piece, diff, excerpt, windows};
pub use language::language;
pub use listing::{Counts, LINES_A_BLOCK, Listing, listing};
pub use text::Text;

use crate::report::{Hits, LineState, LineView, Tally};

/// The class of a line's state, as the style sheet knows it.
pub fn class(state: LineState) -> &'static str {
    match state {
        LineState::Covered => "h",
        LineState::Partial => "p",
        LineState::Uncovered => "m",
        LineState::Unknown => "u",
    }
}

/// Hits as they are printed beside a line: `1`, `2+`, `40`, `10+`, `3k+`, `1M+`. At most six
/// characters, so that the gutter has one width; a count that is cut becomes a lower bound.
pub fn push_hits(out: &mut String, hits: Hits) {
    let (count, plus) = (hits.count(), if hits.is_exact() { "" } else { "+" });
    let (number, unit) = match count {
        0..10_000 if hits.is_exact() || count < 1_000 => (count, plus),
        0..1_000_000 => (count / 1_000, "k+"),
        1_000_000..1_000_000_000 => (count / 1_000_000, "M+"),
        _ => (1, "G+"),
    };
    write!(out, "{number}{unit}").expect("writing to a String cannot fail");
}

/// `data-n=…` for the states whose hits are printed.
fn push_hits_attribute(out: &mut String, view: &LineView) {
    if matches!(view.state, LineState::Covered | LineState::Partial) {
        out.push_str(" data-n=");
        push_hits(out, view.line.hits);
    }
}

/// The chip after a line that branches: `1/2`.
fn push_chip(out: &mut String, branches: Tally) {
    let kind = match branches {
        Tally { total: 0, .. } => return,
        Tally { covered: 0, .. } => " class=z",
        Tally { covered, total } if covered == total => " class=a",
        Tally { .. } => "",
    };
    write!(out, "<b{kind}>{}/{}</b>", branches.covered, branches.total)
        .expect("writing to a String cannot fail");
}

/// The view of a line, where it can be covered; `views` are sorted by number.
fn view_of(views: &[LineView], number: u32) -> Option<&LineView> {
    views.binary_search_by_key(&number, |view| view.line.number).ok().map(|at| &views[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_printed_in_six_characters() {
        let printed = |hits| {
            let mut out = String::new();
            push_hits(&mut out, hits);
            out
        };
        for (hits, expected) in [
            (Hits::exactly(1), "1"),
            (Hits::at_least(2), "2+"),
            (Hits::exactly(9_999), "9999"),
            (Hits::exactly(10_000), "10k+"),
            (Hits::at_least(1_000), "1k+"),
            (Hits::at_least(999_999), "999k+"),
            (Hits::at_least(1_000_000), "1M+"),
            (Hits::exactly(u64::MAX), "1G+"),
        ] {
            assert_eq!(printed(hits), expected);
        }
    }
}
