//! A whole source as `<ol class="src">` blocks of at most [`LINES_A_BLOCK`] lines.
//!
//! Each block has its exact number of lines in `--n`, so that a browser can skip blocks that are
//! off screen and `#L900` still leads to its line.

use std::fmt::Write as _;

use super::{Text, class, markup, push_chip, push_hits_attribute};
use crate::report::{LineState, LineView};

/// The lines of a block: more lay out slowly, fewer cost bytes.
pub const LINES_A_BLOCK: u32 = 200;
/// Lines per page. A browser opens this many in 0.2 s.
const MAX_LINES: u32 = 20_000;
/// Bytes of HTML of a page, for sources with long lines.
const MAX_BYTES: usize = 8 << 20;

/// A drawn source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The blocks.
    pub html: String,
    /// Lines that are drawn.
    pub drawn: u32,
    /// Lines that the source has.
    pub lines: u32,
    /// The drawn lines by state.
    pub counts: Counts,
    /// Measured lines beyond the end of the source: the report is about another text.
    pub beyond: u32,
}

/// Lines by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Ran, with every branch.
    pub covered: u32,
    /// Ran, but not with every branch.
    pub partial: u32,
    /// Did not run.
    pub uncovered: u32,
    /// A carried suite measured an older text.
    pub unknown: u32,
}

impl Counts {
    /// Counts the states of some lines.
    pub fn of<'a>(views: impl IntoIterator<Item = &'a LineView>) -> Self {
        let mut counts = Self::default();
        for view in views {
            *match view.state {
                LineState::Covered => &mut counts.covered,
                LineState::Partial => &mut counts.partial,
                LineState::Uncovered => &mut counts.uncovered,
                LineState::Unknown => &mut counts.unknown,
            } += 1;
        }
        counts
    }
}

/// Draws a source. `views` are sorted by line number.
pub fn listing(text: &Text<'_>, views: &[LineView]) -> Listing {
    let mut html = String::new();
    let (mut number, mut drawn, mut next) = (0, 0, 0);
    let mut block = Block::default();
    for line in text.lines() {
        number += 1;
        if number > MAX_LINES || html.len() + block.html.len() > MAX_BYTES {
            continue; // only counted
        }
        drawn = number;
        let view = views.get(next).filter(|view| view.line.number == number);
        next += usize::from(view.is_some());
        block.push(number, view, line);
        if block.lines == LINES_A_BLOCK {
            block.close(&mut html);
        }
    }
    block.close(&mut html);
    let end = |last| views.partition_point(|view| view.line.number <= last);
    let beyond = (views.len() - end(number)) as u32;
    Listing { html, drawn, lines: number, counts: Counts::of(&views[..end(drawn)]), beyond }
}

/// The block being filled.
#[derive(Default)]
struct Block {
    html: String,
    before: u32,
    lines: u32,
}

impl Block {
    fn push(&mut self, number: u32, view: Option<&LineView>, line: &str) {
        let out = &mut self.html;
        write!(out, "<li id=L{number}").expect("writing to a String cannot fail");
        if let Some(view) = view {
            out.push_str(" class=");
            out.push_str(class(view.state));
            push_hits_attribute(out, view);
        }
        out.push('>');
        markup::push_line(out, line);
        if let Some(view) = view {
            push_chip(out, view.branches);
        }
        self.lines += 1; // HTML lets the end tag of an item out: a tenth of a page
    }

    fn close(&mut self, html: &mut String) {
        if self.lines > 0 {
            let (from, n) = (self.before, self.lines);
            write!(html, "<ol class=\"src\" style=\"--from:{from};--n:{n}\">\n{}</ol>", self.html)
                .expect("writing to a String cannot fail");
            self.html.clear();
            self.before += self.lines;
            self.lines = 0;
        }
    }
}
