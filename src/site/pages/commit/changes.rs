//! The data that a commit page reads: the patch with its code, what was lost and gained elsewhere,
//! and the one thing to notice.

use std::borrow::Cow;

use serde::Serialize;

use super::balance::{self, Row};
use super::categories;
use crate::Result;
use crate::analysis::Sources;
use crate::analysis::differential::Category;
use crate::analysis::patch::{self, FilePatch, Patch};
use crate::error::Kind;
use crate::history::{FileState, History, SuiteSource};
use crate::report::{Dimension, Function, LineView, Tally};
use crate::site::code::{self, Excerpt, Piece, Text};
use crate::site::format;
use crate::site::templates::Markup;
use crate::site::urls::{self, Urls};

/// Lines of code of the changes on the pages of the newest commits.
const MAX_CHANGED: u32 = 400;
/// Lines of code of the changes on older pages: a thousand commits of thirty files each would fill
/// a quarter of what GitHub Pages publishes.
const MAX_CHANGED_OLDER: u32 = 100;
/// How many commits are the newest ones.
const NEWEST: usize = 250;
/// Lines of code of what was lost elsewhere.
const MAX_LOST: u32 = 150;
/// Files that are named.
const MAX_FILES: usize = 200;

/// The page that is being made.
pub(super) struct Page<'p> {
    pub(super) history: &'p History,
    pub(super) point: usize,
    pub(super) urls: &'p Urls,
    pub(super) place: &'p str,
}

/// The part of the view that needs sources and records.
#[derive(Default, Serialize)]
pub(super) struct Changes {
    /// Why there is no comparison.
    nothing: Option<Cow<'static, str>>,
    /// Whether there is none because something cannot be read, which may be there the next time.
    #[serde(skip)]
    pub(super) is_unread: bool,
    lines: Tally,
    branches: Tally,
    lost: u64,
    lost_files: usize,
    note: Option<Note>,
    files: Vec<FileView>,
    more_files: usize,
    left_out: u32,
    lost_code: Vec<LostView>,
    lost_left: u64,
    gained: Vec<GainedView>,
    gained_left: u64,
    balance: Vec<Row>,
    categories: Vec<categories::Row>,
}

#[derive(Serialize)]
struct Note {
    title: String,
    text: String,
}

#[derive(Serialize)]
struct FileView {
    path: String,
    href: Option<String>,
    renamed_from: Option<String>,
    lines: Tally,
    language: Option<&'static str>,
    hunks: Vec<HunkView>,
    word: Option<String>,
}

#[derive(Serialize)]
struct HunkView {
    title: String,
    label: String,
    html: Markup,
    /// Changed lines at its end that are not shown.
    cut: u32,
}

#[derive(Serialize)]
struct LostView {
    path: String,
    href: Option<String>,
    title: String,
    language: Option<&'static str>,
    html: Markup,
}

#[derive(Serialize)]
struct GainedView {
    path: String,
    href: Option<String>,
    count: u64,
    ranges: String,
}

/// How many lines of changed code the page of a point has room for.
pub(super) fn room(history: &History, point: usize) -> u32 {
    if point + NEWEST >= history.points.len() { MAX_CHANGED } else { MAX_CHANGED_OLDER }
}

/// Compares a point with the one before.
pub(super) fn changes(sources: &Sources, page: &Page) -> Changes {
    let nothing = |why: Cow<'static, str>| Changes { nothing: Some(why), ..Changes::default() };
    if page.point == 0 {
        return nothing(
            "This is the first snapshot. From the next one on, this page shows what each commit changed.".into(),
        );
    }
    compared(sources, page).unwrap_or_else(|error| {
        let why = match error.kind() {
            Kind::NotFound => {
                "This clone lacks the sources of this commit, so it cannot be compared with the one before.".into()
            }
            _ => format!("The sources or records cannot be read: {}.", error.chain().join(": ")).into(),
        };
        Changes { is_unread: true, ..nothing(why) }
    })
}

fn compared(sources: &Sources, page: &Page) -> Result<Changes> {
    let patch = patch::patch(sources, page.history, page.point)?;
    let missed = |point: usize| {
        page.history.points[point].totals.get(&Dimension::Lines).unwrap_or_default().missed()
    };
    let mut changes = Changes {
        lines: patch.lines,
        branches: patch.branches,
        lost: patch.counts.lines.get(Category::LostBaseline),
        lost_files: patch.files.iter().filter(|file| !file.lost.is_empty()).count(),
        note: note(page, &patch),
        balance: balance::rows(&patch.counts.lines, missed(page.point - 1), missed(page.point)),
        categories: categories::rows(&patch.counts),
        ..Changes::default()
    };
    changes.draw_files(sources, page, &patch)?;
    changes.draw_lost(sources, page, &patch)?;
    changes.list_gained(page, &patch);
    Ok(changes)
}

/// The one surprising thing, if there is one.
fn note(page: &Page, patch: &Patch) -> Option<Note> {
    let gone = suites_gone(page);
    let lost = format::counted(patch.counts.lines.get(Category::LostBaseline), "line");
    if !gone.is_empty() && patch.counts.lines.get(Category::LostBaseline) > 0 {
        let names = gone.join(", ");
        return Some(Note {
            title: format!("{names} did not report here."),
            text: format!(
                "That may be why {lost} of unchanged code lost coverage, rather than the commit."
            ),
        });
    }
    if patch.counts.lines.get(Category::LostBaseline) > 0 {
        return Some(Note {
            title: "Tests stopped running code that did not change.".to_owned(),
            text: format!(
                "{lost} elsewhere lost coverage, although the commit did not change them."
            ),
        });
    }
    (!gone.is_empty()).then(|| Note {
        title: format!("{} did not report here.", gone.join(", ")),
        text: "Their older results are used, unless they are too old.".to_owned(),
    })
}

/// The suites that were measured at the point before, and are missing or carried here.
fn suites_gone<'p>(page: &Page<'p>) -> Vec<&'p str> {
    let measured_before = |name: &str| {
        let before = &page.history.points[page.point - 1].suites;
        before.iter().any(|suite| suite.name == name && suite.source == SuiteSource::Measured)
    };
    let suites = page.history.points[page.point].suites.iter();
    let gone = suites
        .filter(|suite| suite.source != SuiteSource::Measured && measured_before(&suite.name));
    gone.map(|suite| suite.name.as_str()).collect()
}

/// A file read for drawing.
struct Drawn<'d> {
    old: Option<&'d Text<'d>>,
    new: Vec<&'d str>,
    views: Vec<LineView>,
    functions: Vec<Function>,
}

impl Page<'_> {
    fn state(&self, file: &FilePatch) -> Option<&FileState> {
        self.history.files[file.file].at(self.point)
    }

    /// The link to the page of a file, where it still has one.
    fn href(&self, file: &FilePatch) -> Option<String> {
        let newest = self.history.files[file.file].at(self.history.points.len() - 1)?;
        Some(urls::relative(self.place, &self.urls.file(&newest.path)))
    }
}

/// Calls `draw` with the texts and coverage of a file; not at all where it is gone or no text.
fn with_drawn<T>(
    sources: &Sources,
    page: &Page,
    file: &FilePatch,
    draw: impl FnOnce(&Drawn) -> T,
) -> Result<Option<T>> {
    let Some(state) = page.state(file) else { return Ok(None) };
    let merged = sources.merged(state)?;
    let new = sources.source(state)?.unwrap_or_default();
    let before = page.history.files[file.file].at(page.point - 1);
    let old =
        before.map(|before| sources.source(before)).transpose()?.flatten().unwrap_or_default();
    let (Some(new), old) = (Text::decode(&new), Text::decode(&old)) else { return Ok(None) };
    let drawn = Drawn {
        old: old.as_ref(),
        new: new.lines().collect(),
        views: merged.views().collect(),
        functions: merged.coverage.functions,
    };
    Ok(Some(draw(&drawn)))
}

impl Changes {
    /// Draws the changed files, those with uncovered added lines first, until the page is full.
    fn draw_files(&mut self, sources: &Sources, page: &Page, patch: &Patch) -> Result<()> {
        // A file that is gone has no hunk, but much to say.
        let told = |file: &&FilePatch| !file.hunks.is_empty() || page.state(file).is_none();
        let mut files: Vec<&FilePatch> = patch.files.iter().filter(told).collect();
        files.sort_by_key(|file| {
            (
                file.counts.lines.get(Category::UncoveredNew) == 0,
                file.lines.total == 0,
                file.path.as_str(),
            )
        });
        self.more_files = files.len().saturating_sub(MAX_FILES);
        let mut room = room(page.history, page.point);
        for file in files.into_iter().take(MAX_FILES) {
            let hunks = if room > 0 {
                with_drawn(sources, page, file, |drawn| drawn.hunks(file, &mut room))?
            } else {
                None
            };
            let changed: u32 = file.hunks.iter().map(|hunk| hunk.new_count + hunk.old_count).sum();
            if hunks.is_none() {
                self.left_out += changed;
            }
            let (hunks, left) = hunks.unwrap_or_default();
            self.left_out += left;
            self.files.push(FileView {
                path: file.path.clone(),
                href: page.href(file),
                renamed_from: file.renamed_from.clone(),
                lines: file.lines,
                language: code::language(&file.path),
                hunks,
                word: word(page, file),
            });
        }
        Ok(())
    }

    /// Draws what was lost in code that did not change.
    fn draw_lost(&mut self, sources: &Sources, page: &Page, patch: &Patch) -> Result<()> {
        let mut room = MAX_LOST;
        for file in patch.files.iter().filter(|file| !file.lost.is_empty()) {
            let left = file.lost.len() as u64;
            let drawn = if room > 0 {
                with_drawn(sources, page, file, |drawn| drawn.lost(page, file, &mut room))?
            } else {
                None
            };
            let (views, shown) = drawn.unwrap_or_default();
            self.lost_left += left - shown;
            self.lost_code.extend(views);
        }
        Ok(())
    }

    fn list_gained(&mut self, page: &Page, patch: &Patch) {
        let gained: Vec<&FilePatch> =
            patch.files.iter().filter(|file| !file.gained.is_empty()).collect();
        let view = |file: &&FilePatch| GainedView {
            path: file.path.clone(),
            href: page.href(file),
            count: file.gained.len() as u64,
            ranges: ranges(&file.gained),
        };
        self.gained = gained.iter().take(MAX_FILES).map(view).collect();
        self.gained_left = gained.iter().skip(MAX_FILES).map(|file| file.gained.len() as u64).sum();
    }
}

/// The change of a file as a whole.
fn word(page: &Page, file: &FilePatch) -> Option<String> {
    let before = page.history.files[file.file].at(page.point - 1).is_some();
    let removed = file.counts.lines.removed();
    match (before, page.state(file).is_some()) {
        (_, false) => Some(format!(
            "no longer measured; {} of its {} {} covered",
            format::count(removed.covered),
            format::counted(removed.total, "line"),
            if removed.covered == 1 { "was" } else { "were" }
        )),
        (false, true) => Some("new".to_owned()),
        (true, true) => None,
    }
}

impl Drawn<'_> {
    /// The hunks that have something to say, and how many changed lines there was no room for.
    fn hunks(&self, file: &FilePatch, room: &mut u32) -> (Vec<HunkView>, u32) {
        let (mut hunks, mut left) = (Vec::new(), 0);
        for piece in code::windows(&file.hunks, self.new.len() as u32) {
            if !self.is_telling(&piece) {
                continue;
            }
            if piece.height() > *room && !hunks.is_empty() || *room == 0 {
                left += piece.hunks.iter().map(|hunk| hunk.new_count + hunk.old_count).sum::<u32>();
                continue;
            }
            // The first hunk of a file may be longer than the page: a new file is one hunk.
            let (piece, cut) = piece.first_lines(*room);
            left += cut;
            *room = room.saturating_sub(piece.height());
            hunks.push(self.hunk(&piece, cut));
        }
        (hunks, left)
    }

    /// Whether a piece holds an added line that can be covered, or removes lines.
    fn is_telling(&self, piece: &Piece) -> bool {
        piece.hunks.iter().any(|hunk| {
            let from = self.views.partition_point(|view| view.line.number < hunk.new_start);
            let measured = self
                .views
                .get(from)
                .is_some_and(|view| view.line.number < hunk.new_start + hunk.new_count);
            hunk.old_count > 0 || measured
        })
    }

    fn hunk(&self, piece: &Piece, cut: u32) -> HunkView {
        let (first, last) = (piece.first, piece.last.max(piece.first));
        let at = piece.hunks.first().map_or(first, |hunk| hunk.new_start);
        let label = format!("Lines {first} to {last}");
        let html = Markup(code::diff(piece, self.old, &self.new, &self.views));
        HunkView {
            title: format!("{first}–{last} {}", self.function(at)).trim_end().to_owned(),
            label,
            html,
            cut,
        }
    }

    /// What a file lost, as excerpts, and how many of its lines they show.
    fn lost(&self, page: &Page, file: &FilePatch, room: &mut u32) -> (Vec<LostView>, u64) {
        let (mut views, mut shown) = (Vec::new(), 0);
        for excerpt in code::excerpt(&file.lost, 1, self.new.len() as u32) {
            let height = excerpt.last + 1 - excerpt.first;
            if height > *room {
                break;
            }
            *room -= height;
            let inside = |number: &&u32| (excerpt.first..=excerpt.last).contains(*number);
            let lost: Vec<u32> = file.lost.iter().filter(inside).copied().collect();
            shown += lost.len() as u64;
            views.push(self.lost_view(page, file, excerpt, &lost));
        }
        (views, shown)
    }

    fn lost_view(&self, page: &Page, file: &FilePatch, excerpt: Excerpt, lost: &[u32]) -> LostView {
        let function = self.function(lost.first().copied().unwrap_or(excerpt.first));
        LostView {
            path: file.path.clone(),
            href: page.href(file),
            title: format!("{} {}", ranges(lost), function).trim_end().to_owned(),
            language: code::language(&file.path),
            html: Markup(excerpt.html(&self.new, &self.views)),
        }
    }

    /// The innermost function around a line; empty where none is known.
    fn function(&self, line: u32) -> &str {
        let around = self
            .functions
            .iter()
            .filter(|f| f.start > 0 && f.start <= line && f.end.is_none_or(|end| line <= end));
        around.max_by_key(|function| function.start).map_or("", |function| &function.name)
    }
}

/// `3–5, 9`, at most eight runs.
fn ranges(numbers: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let written = runs.iter().take(8).map(|(first, last)| {
        if first == last { first.to_string() } else { format!("{first}–{last}") }
    });
    let text = written.collect::<Vec<_>>().join(", ");
    if runs.len() > 8 { text + ", …" } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_as_runs() {
        assert_eq!(ranges(&[3, 4, 5, 9]), "3–5, 9");
        assert_eq!(ranges(&[]), "");
        assert_eq!(ranges(&[1, 3, 5, 7, 9, 11, 13, 15, 17]), "1, 3, 5, 7, 9, 11, 13, 15, …");
    }
}
