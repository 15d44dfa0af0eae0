//! The heat map: which boxes stand for files, which for directories that are not opened.

use serde::Serialize;

use crate::analysis::tree::{self, Directory};
use crate::report::{Dimension, Tally};
use crate::site::charts::treemap::{self, MAP, Node, Rect};
use crate::site::{Context, format};

/// At most about so many boxes: more could not be read.
const MOST: usize = 60;

#[derive(Serialize)]
pub(super) struct Tile {
    href: Option<String>,
    class: String,
    label: String,
    title: String,
    tally: Tally,
    x: String,
    y: String,
    w: String,
    h: String,
    uncovered: String,
}

/// What a box stands for.
enum Place {
    File(String),
    Directory {
        path: String,
        count: usize,
    },
    /// Small files of a directory with too many to show.
    Rest {
        path: String,
        count: usize,
    },
}

pub(super) fn tiles(context: &Context, page: &str) -> Vec<Tile> {
    let dimension = tree::headline(context.atlas.history);
    let nodes = open(&context.atlas.analyses.tree, dimension);
    treemap::layout(nodes, MAP)
        .into_iter()
        .map(|(node, rect)| tile(context, page, &node, rect))
        .collect()
}

/// Opens the largest directory again and again, as long as its contents fit.
fn open(root: &Directory, dimension: Dimension) -> Vec<Node<Place>> {
    let mut opened = vec![root];
    let mut boxes = entries(root);
    loop {
        let closed = opened.iter().flat_map(|directory| directory.directories.values());
        let closed =
            closed.filter(|directory| !opened.iter().any(|known| known.path == directory.path));
        let fits = closed.filter(|directory| boxes - 1 + entries(directory) <= MOST);
        let largest = fits.max_by_key(|directory| {
            (total(directory, dimension), std::cmp::Reverse(&directory.path))
        });
        let Some(largest) = largest else { break };
        boxes = boxes - 1 + entries(largest);
        opened.push(largest);
    }
    let opened: Vec<&str> = opened.iter().map(|directory| directory.path.as_str()).collect();
    contents(root, dimension, &opened)
}

fn entries(directory: &Directory) -> usize {
    directory.directories.len() + directory.files.len()
}

fn total(directory: &Directory, dimension: Dimension) -> u64 {
    directory.now.get(&dimension).unwrap_or_default().total
}

fn contents(directory: &Directory, dimension: Dimension, opened: &[&str]) -> Vec<Node<Place>> {
    let mut nodes: Vec<Node<Place>> = Vec::new();
    for below in directory.directories.values() {
        let item = Place::Directory { path: below.path.clone(), count: below.count };
        let inside = if opened.contains(&below.path.as_str()) {
            contents(below, dimension, opened)
        } else {
            Vec::new()
        };
        nodes.push(Node {
            item,
            tally: below.now.get(&dimension).unwrap_or_default(),
            children: inside,
        });
    }
    for (name, file) in &directory.files {
        let path = if directory.path.is_empty() {
            name.clone()
        } else {
            format!("{}/{name}", directory.path)
        };
        nodes.push(Node {
            item: Place::File(path),
            tally: file.now.get(&dimension).unwrap_or_default(),
            children: Vec::new(),
        });
    }
    nodes.sort_by_key(|node| std::cmp::Reverse(node.tally.total));
    if nodes.len() > MOST {
        let rest: Vec<Node<Place>> = nodes.split_off(MOST - 1);
        let tally = rest.iter().fold(Tally::default(), |sum, node| sum + node.tally);
        let item = Place::Rest { path: directory.path.clone(), count: rest.len() };
        nodes.push(Node { item, tally, children: Vec::new() });
    }
    nodes
}

fn tile(context: &Context, page: &str, node: &Node<Place>, rect: Rect) -> Tile {
    let (href, label, title) = match &node.item {
        Place::File(path) => (context.file_link(page, path), name(path).to_owned(), path.clone()),
        Place::Directory { path, count } => {
            let files = format::counted(*count as u64, "file");
            (
                context.directory_link(page, path),
                format!("{}/", name(path)),
                format!("{path}/, {files}"),
            )
        }
        Place::Rest { path, count } => {
            let more = format!("{} more", format::count(*count as u64));
            (context.directory_link(page, path), more.clone(), format!("{path}/: {more}"))
        }
    };
    let tally = node.tally;
    let missed = Tally { covered: tally.missed(), total: tally.total };
    let low = if missed.covered * 100 > missed.total * 60 { " lo" } else { "" };
    let all = if missed.covered == 0 { " z" } else { "" };
    let number = |value: f64| format!("{value:.2}");
    Tile {
        href,
        class: format!("l{}{low}{all}", format::level(tally)),
        label,
        title,
        tally,
        x: number(rect.x),
        y: number(rect.y),
        w: number(rect.w),
        h: number(rect.h),
        uncovered: format::drawn(missed),
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
