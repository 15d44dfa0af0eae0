//! The heat map: files as boxes, grouped in a frame per directory.

use serde::Serialize;

use crate::analysis::tree::{self, Directory};
use crate::report::{Dimension, Tally};
use crate::site::charts::treemap::{self, Canvas, Node, Rect};
use crate::site::{Context, format};

/// The map for one width of panel.
#[derive(Serialize)]
pub(super) struct Map {
    class: &'static str,
    tiles: Vec<Tile>,
    /// Files in no box: they have no lines, or even together too few.
    left_out: u64,
}

/// A box, or the name of a directory above the boxes that follow.
#[derive(Serialize)]
struct Tile {
    href: Option<String>,
    /// An opened directory: a frame with its name.
    is_group: bool,
    /// The level, and `z` where all is covered.
    class: String,
    label: String,
    /// The whole path, and what else there is to say of it.
    path: String,
    note: String,
    tally: Tally,
    x: String,
    y: String,
    w: String,
    h: String,
    /// The height of the hatching, in %.
    uncovered: String,
    /// Where the tooltip is, so that it stays on the map: `below`, `above` or `on` the box.
    tip: &'static str,
}

/// The item that a box shows.
#[derive(Clone)]
enum Item<'a> {
    File(String),
    Directory(&'a Directory),
    /// Entries of a directory that are too small or too many for a box each.
    Rest {
        directory: &'a Directory,
        files: usize,
    },
}

impl Item<'_> {
    fn files(&self) -> usize {
        match self {
            Item::File(_) => 1,
            Item::Directory(directory) => directory.count,
            Item::Rest { files, .. } => *files,
        }
    }
}

/// The widths that a map is drawn for, with the boxes that each has room for.
const WIDTHS: [(&str, Canvas, usize); 2] =
    [("wide", Canvas::WIDE, 60), ("narrow", Canvas::NARROW, 24)];

/// The maps of all measured files; none if there is nothing to draw.
pub(super) fn maps(context: &Context, page: &str) -> Vec<Map> {
    let root = &context.atlas.analyses.tree;
    let dimension = tree::headline(context.atlas.history);
    let maps = WIDTHS.map(|(class, canvas, limit)| {
        let mut layout = Layout { canvas, limit, dimension, root, boxes: Vec::new() };
        layout.open_root();
        let drawn = layout.boxes.iter().filter(|placed| !placed.is_group);
        let drawn: usize = drawn.map(|placed| placed.node.item.files()).sum();
        let tile = |placed: &Placed| tile(context, page, placed, &canvas);
        Map {
            class,
            tiles: layout.boxes.iter().map(tile).collect(),
            left_out: (root.count - drawn) as u64,
        }
    });
    maps.into_iter().filter(|map| !map.tiles.is_empty()).collect()
}

/// A node with its rectangle.
struct Placed<'a> {
    node: Node<Item<'a>>,
    rect: Rect,
    /// The path that the boxes around it already name.
    above: String,
    is_group: bool,
}

/// A map while its directories are opened.
struct Layout<'a> {
    canvas: Canvas,
    limit: usize,
    dimension: Dimension,
    root: &'a Directory,
    boxes: Vec<Placed<'a>>,
}

impl<'a> Layout<'a> {
    fn open_root(&mut self) {
        let root = self.root;
        let opened = self.contents(root, self.canvas.whole());
        self.place(opened, &root.path);
    }

    /// The boxes of a directory. It has as large a part of all boxes as of all lines.
    fn contents(&self, directory: &'a Directory, within: Rect) -> Vec<(Node<Item<'a>>, Rect)> {
        let all = total(self.root, self.dimension).max(1);
        let share = total(directory, self.dimension) as f64 / all as f64;
        let limit = (self.limit as f64 * share).ceil() as usize;
        let merge = |small: &[Node<Item<'a>>]| Node {
            item: Item::Rest { directory, files: small.iter().map(|node| node.item.files()).sum() },
            tally: small.iter().fold(Tally::default(), |sum, node| sum + node.tally),
        };
        treemap::fit(&entries(directory, self.dimension), within, (&self.canvas, limit), merge)
    }

    /// Adds boxes, with the contents of the directories that have room for them.
    fn place(&mut self, boxes: Vec<(Node<Item<'a>>, Rect)>, above: &str) {
        for (node, rect) in boxes {
            let inside = match &node.item {
                Item::Directory(directory) if self.canvas.has_room_for_boxes(&rect) => {
                    let last = last_of_chain(directory);
                    let opened = self.contents(last, self.canvas.inside(&rect));
                    is_worth_opening(&opened).then_some((last, opened))
                }
                _ => None,
            };
            let above = above.to_owned();
            let Some((directory, opened)) = inside else {
                self.boxes.push(Placed { node, rect, above, is_group: false });
                continue;
            };
            let node = Node { item: Item::Directory(directory), tally: node.tally };
            self.boxes.push(Placed { node, rect, above, is_group: true });
            self.place(opened, &directory.path);
        }
    }
}

/// Whether the boxes with names are at least half of a directory.
fn is_worth_opening(boxes: &[(Node<Item>, Rect)]) -> bool {
    let lines = |node: &Node<Item>| node.tally.total;
    let all: u64 = boxes.iter().map(|(node, _)| lines(node)).sum();
    let named = boxes.iter().filter(|(node, _)| !matches!(node.item, Item::Rest { .. }));
    boxes.len() > 1 && named.map(|(node, _)| lines(node)).sum::<u64>() * 2 >= all
}

/// The directories and files in a directory.
fn entries(directory: &Directory, dimension: Dimension) -> Vec<Node<Item<'_>>> {
    let directories = directory.directories.values().map(|below| Node {
        item: Item::Directory(below),
        tally: below.now.get(&dimension).unwrap_or_default(),
    });
    let files = directory.files.iter().map(|(name, file)| Node {
        item: Item::File(joined(&directory.path, name)),
        tally: file.now.get(&dimension).unwrap_or_default(),
    });
    directories.chain(files).collect()
}

/// The directory itself, or the first below it that has more than one entry: `src` with nothing
/// but `click` in it is drawn as `src/click`.
fn last_of_chain(directory: &Directory) -> &Directory {
    match directory.directories.values().next() {
        Some(only) if directory.directories.len() == 1 && directory.files.is_empty() => {
            last_of_chain(only)
        }
        _ => directory,
    }
}

fn total(directory: &Directory, dimension: Dimension) -> u64 {
    directory.now.get(&dimension).unwrap_or_default().total
}

fn joined(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// A path without the directory that the frames around it name.
fn below<'p>(path: &'p str, above: &str) -> &'p str {
    path.strip_prefix(above).map_or(path, |rest| rest.trim_start_matches('/'))
}

fn tile(context: &Context, page: &str, placed: &Placed, canvas: &Canvas) -> Tile {
    let Placed { node, rect, above, is_group } = placed;
    let files = format::counted(node.item.files() as u64, "file");
    let (href, label, path, note) = match &node.item {
        Item::File(path) => {
            let label = below(path, above).to_owned();
            (context.file_link(page, path), label, path.clone(), String::new())
        }
        Item::Directory(directory) => {
            let href = context.directory_link(page, &directory.path);
            let label = format!("{}/", below(&directory.path, above));
            (href, label, format!("{}/", directory.path), files)
        }
        Item::Rest { directory, files: count } => {
            let href = context.directory_link(page, &directory.path);
            let path = joined(&directory.path, "");
            if *count == directory.count {
                (href, files.clone(), path, files)
            } else {
                (
                    href,
                    format!("{}\u{a0}more", format::count(*count as u64)),
                    path,
                    format!("{files} more"),
                )
            }
        }
    };
    let missed = Tally { covered: node.tally.missed(), total: node.tally.total };
    let percent = |part: f64, whole: f64| format!("{:.2}", part * 100.0 / whole);

    Tile {
        href,
        is_group: *is_group,
        class: format!(
            "l{}{}",
            format::level(node.tally),
            if missed.covered == 0 { " z" } else { "" }
        ),
        label,
        path,
        note,
        tally: node.tally,
        x: percent(rect.x, canvas.width),
        y: percent(rect.y, canvas.height),
        w: percent(rect.w, canvas.width),
        h: percent(rect.h, canvas.height),
        uncovered: format::drawn(missed),
        tip: tip_side(rect, canvas, *is_group),
    }
}

fn tip_side(rect: &Rect, canvas: &Canvas, is_group: bool) -> &'static str {
    let room = canvas.height / 5.0;
    if is_group {
        "on"
    } else if canvas.height - rect.y - rect.h >= room {
        "below"
    } else if rect.y >= room {
        "above"
    } else {
        "on"
    }
}
