//! Rows of files and directories, for the tables of directories and groups.

use serde::Serialize;

use crate::analysis::tree;
use crate::analysis::tree::{Directory, FileFigures};
use crate::analysis::trend::window_start;
use crate::history::FileIndex;
use crate::report::{Dimension, Tallies, Tally};
use crate::site::charts::spark;
use crate::site::format::{self, Delta};
use crate::site::templates::Markup;
use crate::site::{Context, urls};

/// The dimensions beside lines that have a column.
pub struct Columns(Vec<Dimension>);

/// Columns of dimensions beside lines.
const MAX_COLUMNS: usize = 2;

impl Columns {
    /// The first dimensions of a sum.
    pub fn of(sum: &Tallies) -> Self {
        let beside = sum.iter().map(|(dimension, _)| *dimension);
        Self(beside.filter(|dimension| *dimension != Dimension::Lines).take(MAX_COLUMNS).collect())
    }

    /// Their headings.
    pub fn words(&self) -> Vec<&'static str> {
        self.0.iter().map(Dimension::title).collect()
    }
}

/// A file or a directory.
#[derive(Serialize)]
pub struct Row {
    name: String,
    href: String,
    files: Option<u64>,
    lines: Tally,
    sort: String,
    others: Vec<Other>,
    delta: Delta,
    more: i64,
    tokens: String,
    /// Its coverage over time.
    pub spark: Option<Markup>,
}

/// A figure of another dimension.
#[derive(Serialize)]
struct Other {
    tally: Tally,
    sort: String,
}

impl Row {
    /// Whether a filter shows it.
    pub fn is_in(&self, token: &str) -> bool {
        self.tokens.split(' ').any(|own| own == token)
    }
}

/// The rows, lowest line coverage first, then most uncovered; what has no lines comes last.
pub fn rows(context: &Context, directory: &Directory, page: &str, columns: &Columns) -> Vec<Row> {
    let maker = Maker { context, page, columns };
    let folders = directory.directories.iter().map(|(name, below)| maker.folder(name, below));
    let mut rows: Vec<Row> = folders
        .chain(directory.files.iter().map(|(name, file)| {
            let path = if directory.path.is_empty() {
                name.clone()
            } else {
                format!("{}/{name}", directory.path)
            };
            maker.file(name, &path, file)
        }))
        .collect();
    rows.sort_by(|a, b| {
        // Compared as fractions, so that no two different coverages are equal by rounding.
        let product = |a: Tally, b: Tally| u128::from(a.covered) * u128::from(b.total);
        (a.lines.total == 0)
            .cmp(&(b.lines.total == 0))
            .then_with(|| product(a.lines, b.lines).cmp(&product(b.lines, a.lines)))
            .then_with(|| b.lines.missed().cmp(&a.lines.missed()))
            .then_with(|| a.name.cmp(&b.name))
    });
    rows
}

/// The rows of files from anywhere in the tree, by their paths, most uncovered lines first.
pub fn of_files(context: &Context, page: &str, columns: &Columns, files: &[FileIndex]) -> Vec<Row> {
    let maker = Maker { context, page, columns };
    let history = context.atlas.history;
    let (newest, start) = (history.points.len() - 1, window_start(history));
    let row = |&file: &FileIndex| {
        let track = &history.files[file];
        let window = start.and_then(|start| track.at(start)).map(|state| state.tallies.clone());
        let figures = FileFigures { file, now: track.at(newest)?.tallies.clone(), window };
        Some(maker.file(&track.path, &track.path, &figures))
    };
    let mut rows: Vec<Row> = files.iter().filter_map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.lines.missed())); // stable, and the files came by path
    rows
}

struct Maker<'m> {
    context: &'m Context<'m>,
    page: &'m str,
    columns: &'m Columns,
}

/// The data of a row.
struct Figures<'f> {
    now: &'f Tallies,
    window: Option<&'f Tallies>,
    steps: Vec<(usize, Tally)>,
}

impl Maker<'_> {
    /// A directory; a chain of single directories becomes one row that leads to its end.
    fn folder(&self, name: &str, directory: &Directory) -> Row {
        let (mut name, mut end) = (name.to_owned(), directory);
        while let (true, Some((own, below))) =
            (end.files.is_empty() && end.directories.len() == 1, end.directories.first_key_value())
        {
            name = format!("{name}/{own}");
            end = below;
        }
        let steps = end.series.steps.clone();
        let place = self.context.urls.directory(&end.path);
        let row = self.row(
            name + "/",
            &place,
            &Figures { now: &end.now, window: Some(&end.window), steps },
        );
        Row { files: Some(end.count as u64), ..row }
    }

    fn file(&self, name: &str, path: &str, file: &FileFigures) -> Row {
        let steps = tree::series(self.context.atlas.history, file.file).steps;
        let figures = Figures { now: &file.now, window: file.window.as_ref(), steps };
        self.row(name.to_owned(), &self.context.urls.file(path), &figures)
    }

    fn row(&self, name: String, place: &str, figures: &Figures) -> Row {
        let lines = figures.now.get(&Dimension::Lines).unwrap_or_default();
        let before = figures.window.map(|window| window.get(&Dimension::Lines).unwrap_or_default());
        let more = before.map_or(0, |before| format::difference(before.missed(), lines.missed()));
        let others = self.columns.0.iter().map(|dimension| {
            let tally = figures.now.get(dimension).unwrap_or_default();
            Other { tally, sort: format::sorted_by(tally) }
        });
        let delta = if before.is_some() {
            Delta::uncovered(more)
        } else {
            Delta { class: "same", text: "new".to_owned() }
        };
        Row {
            name,
            href: urls::relative(self.page, place),
            files: None,
            lines,
            sort: format::sorted_by(lines),
            others: others.collect(),
            tokens: self.tokens(lines, &delta),
            delta,
            more,
            spark: spark::coverage(&figures.steps),
        }
    }

    fn tokens(&self, lines: Tally, delta: &Delta) -> String {
        let target = self.context.atlas.config.targets.get(&Dimension::Lines);
        let below =
            target.is_some_and(|target| lines.percent().is_some_and(|percent| percent < *target));
        let mut tokens = Vec::new();
        tokens.extend(below.then_some("below"));
        tokens.extend((delta.text != "same").then_some("changed"));
        tokens.join(" ")
    }
}
