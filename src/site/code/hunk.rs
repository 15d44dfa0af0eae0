//! Parts of a source: hunks of a change with what was removed, and excerpts. [`windows`] chooses
//! which lines to show; [`diff`] and [`excerpt`] draw them.

use std::fmt::Write as _;

use super::{Text, class, markup, push_chip, push_hits_attribute, view_of};
use crate::git::Hunk;
use crate::report::LineView;

/// Lines of context around what changed.
const CONTEXT: u32 = 3;

/// Neighbouring hunks that are drawn as one, with their context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The hunks in it.
    pub hunks: Vec<Hunk>,
    /// First new line shown.
    pub first: u32,
    /// Last new line shown; `first - 1` where the new text has no line here.
    pub last: u32,
}

impl Piece {
    /// The lines it takes on a page.
    pub fn height(&self) -> u32 {
        let removed: u32 = self.hunks.iter().map(|hunk| hunk.old_count).sum();
        (self.last + 1).saturating_sub(self.first) + removed
    }
}

impl Piece {
    /// Its beginning, so that it takes at most `room` lines, and how many changed lines that leaves
    /// out. A new file is one hunk, so a hunk itself may have to be cut.
    #[must_use]
    pub fn first_lines(&self, room: u32) -> (Self, u32) {
        let changed = |piece: &Self| {
            piece.hunks.iter().map(|hunk| hunk.old_count + hunk.new_count).sum::<u32>()
        };
        let mut cut = self.clone();
        while cut.height() > room && cut.hunks.len() > 1 {
            cut.hunks.pop();
            let end = cut.hunks.last().map_or(cut.first, |hunk| hunk.new_start + hunk.new_count);
            cut.last = cut.last.min((end + CONTEXT).saturating_sub(1));
        }
        if let Some(over) = cut.height().checked_sub(room).filter(|&over| over > 0)
            && let Some(hunk) = cut.hunks.first_mut()
        {
            let removed = over.min(hunk.old_count);
            hunk.old_count -= removed;
            let added = (over - removed).min(cut.last + 1 - cut.first);
            cut.last -= added;
            hunk.new_count = hunk.new_count.min((cut.last + 1).saturating_sub(hunk.new_start));
        }
        let left = changed(self) - changed(&cut);
        (cut, left)
    }
}

/// Lines of a source to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// First line.
    pub first: u32,
    /// Last line.
    pub last: u32,
}

/// Groups hunks whose contexts touch. `lines` is the number of lines of the new text.
pub fn windows(hunks: &[Hunk], lines: u32) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for &hunk in hunks {
        let first = hunk.new_start.saturating_sub(CONTEXT).max(1);
        // An empty new side is before line `new_start`, so its context continues with that line.
        let last = (hunk.new_start + hunk.new_count + CONTEXT).saturating_sub(1).min(lines);
        match pieces.last_mut() {
            Some(piece) if first <= piece.last + 1 => {
                piece.hunks.push(hunk);
                piece.last = piece.last.max(last);
            }
            _ => pieces.push(Piece { hunks: vec![hunk], first, last }),
        }
    }
    pieces
}

/// Groups lines (sorted) into excerpts with `around` lines of context. `lines` is the number of
/// lines of the text.
pub fn excerpt(numbers: &[u32], around: u32, lines: u32) -> Vec<Excerpt> {
    let mut excerpts: Vec<Excerpt> = Vec::new();
    for &number in numbers.iter().filter(|&&number| number <= lines) {
        let (first, last) = (number.saturating_sub(around).max(1), (number + around).min(lines));
        match excerpts.last_mut() {
            Some(excerpt) if first <= excerpt.last + 1 => excerpt.last = last,
            _ => excerpts.push(Excerpt { first, last }),
        }
    }
    excerpts
}

impl Excerpt {
    /// Draws the lines as a list without anchors.
    pub fn html(&self, lines: &[&str], views: &[LineView]) -> String {
        let (from, n) = (self.first - 1, self.last + 1 - self.first);
        let mut out = format!("<ol class=\"src\" style=\"--from:{from};--n:{n}\">\n");
        for number in self.first..=self.last {
            let view = view_of(views, number);
            out.push_str("<li");
            if let Some(view) = view {
                write!(out, " class={}", class(view.state))
                    .expect("writing to a String cannot fail");
                push_hits_attribute(&mut out, view);
            }
            finish(&mut out, line_at(lines, number), view);
        }
        out + "</ol>"
    }
}

/// Draws a piece of a diff: context and added lines with their coverage, removed lines without.
pub fn diff(piece: &Piece, old: Option<&Text<'_>>, new: &[&str], views: &[LineView]) -> String {
    let old: Vec<&str> = old.map(|text| text.lines().collect()).unwrap_or_default();
    let mut out = "<ol class=\"src diff\">\n".to_owned();
    let mut number = piece.first;
    for hunk in &piece.hunks {
        number = push_context(&mut out, number..hunk.new_start, new, views);
        for removed in hunk.old_start..hunk.old_start + hunk.old_count {
            out.push_str("<li class=del");
            finish(&mut out, line_at(&old, removed), None);
        }
        for added in hunk.new_start..hunk.new_start + hunk.new_count {
            let view = view_of(views, added);
            let state = view.map_or(String::new(), |view| format!("{} ", class(view.state)));
            write!(out, "<li data-l={added} class=\"{state}add\"")
                .expect("writing to a String cannot fail");
            if let Some(view) = view {
                push_hits_attribute(&mut out, view);
            }
            finish(&mut out, line_at(new, added), view);
        }
        number = number.max(hunk.new_start + hunk.new_count);
    }
    push_context(&mut out, number..piece.last + 1, new, views);
    out + "</ol>"
}

fn push_context(
    out: &mut String,
    numbers: std::ops::Range<u32>,
    new: &[&str],
    views: &[LineView],
) -> u32 {
    for number in numbers.clone() {
        let view = view_of(views, number);
        write!(out, "<li data-l={number}").expect("writing to a String cannot fail");
        if let Some(view) = view {
            write!(out, " class={}", class(view.state)).expect("writing to a String cannot fail");
            push_hits_attribute(out, view);
        }
        finish(out, line_at(new, number), view);
    }
    numbers.start.max(numbers.end)
}

fn finish(out: &mut String, line: &str, view: Option<&LineView>) {
    out.push('>');
    markup::push_line(out, line);
    if let Some(view) = view {
        push_chip(out, view.branches);
    }
    out.push_str("</li>\n");
}

/// A line by its number; empty where the text is shorter than a record says.
fn line_at<'a>(lines: &[&'a str], number: u32) -> &'a str {
    number.checked_sub(1).and_then(|at| lines.get(at as usize)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hunk(old_start: u32, old_count: u32, new_start: u32, new_count: u32) -> Hunk {
        Hunk { old_start, old_count, new_start, new_count }
    }

    #[test]
    fn hunks_whose_contexts_touch_are_one_piece() {
        let pieces = windows(&[hunk(10, 1, 10, 2), hunk(17, 0, 18, 1), hunk(40, 1, 42, 1)], 43);
        let shown: Vec<_> =
            pieces.iter().map(|piece| (piece.first, piece.last, piece.height())).collect();
        assert_eq!(shown, [(7, 21, 16), (39, 43, 6)]);
    }

    #[test]
    fn removed_lines_stand_where_they_were() {
        let old = Text::decode(b"a\nb\nc\n").expect("text");
        let pieces = windows(&[hunk(2, 1, 2, 0)], 2);
        let html = diff(&pieces[0], Some(&old), &["a", "c"], &[]);
        let lines: Vec<_> = html.lines().collect();
        assert_eq!(
            lines[1..],
            ["<li data-l=1>a</li>", "<li class=del>b</li>", "<li data-l=2>c</li>", "</ol>"]
        );
    }

    #[test]
    fn a_file_that_became_empty_has_only_removed_lines() {
        let old = Text::decode(b"a\nb\n").expect("text");
        let pieces = windows(&[hunk(1, 2, 1, 0)], 0);
        assert_eq!(pieces[0].height(), 2);
        let html = diff(&pieces[0], Some(&old), &[], &[]);
        assert_eq!(
            html,
            "<ol class=\"src diff\">\n<li class=del>a</li>\n<li class=del>b</li>\n</ol>"
        );
    }

    #[test]
    fn a_piece_is_cut_to_the_room_there_is() {
        let piece = windows(&[hunk(1, 0, 1, 900)], 900).remove(0);
        let (cut, left) = piece.first_lines(400);
        assert_eq!((cut.height(), cut.last, left), (400, 400, 500));
        let piece = windows(&[hunk(10, 2, 10, 2), hunk(14, 1, 14, 90)], 200).remove(0);
        // Lines 7 to 106 and three removed ones; the first hunk alone takes 7 to 14 and two
        // removed.
        assert_eq!(piece.height(), 103);
        let (cut, left) = piece.first_lines(50);
        assert_eq!((cut.hunks.len(), cut.last, cut.height(), left), (1, 14, 10, 91));
        assert_eq!(piece.first_lines(103), (piece.clone(), 0));
    }

    #[test]
    fn excerpts_join_and_stay_inside_the_text() {
        assert_eq!(
            excerpt(&[2, 3, 9, 30], 2, 10),
            [Excerpt { first: 1, last: 5 }, Excerpt { first: 7, last: 10 }]
        );
    }
}
