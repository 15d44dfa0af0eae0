//! A treemap made at build time. The area of a box is its number of lines, its tint is the level,
//! and the height of its hatching is the share that is not covered.
//!
//! Boxes are squarified (Bruls, Huizing, van Wijk 2000). The smallest ones of a directory are
//! merged until each box is large enough for its name, a pointer and a finger.

use crate::report::Tally;

/// A rectangle in the pixels of its [`Canvas`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// The size that a map is laid out for. The page stretches the map to its own width.
#[derive(Clone, Copy, Debug)]
pub struct Canvas {
    /// The usual width.
    pub width: f64,
    /// The least width at which the map is shown. Boxes are large enough there too.
    pub least: f64,
    /// The height.
    pub height: f64,
}

impl Canvas {
    /// For panels as wide as the page.
    pub const WIDE: Self = Self { width: 1000.0, least: 620.0, height: 440.0 };
    /// For phones and narrow panels.
    pub const NARROW: Self = Self { width: 360.0, least: 256.0, height: 540.0 };

    /// The whole map.
    pub fn whole(&self) -> Rect {
        Rect { x: 0.0, y: 0.0, w: self.width, h: self.height }
    }

    /// Whether a box can be read and touched wherever the map is shown.
    pub fn has_room_for_name(&self, rect: &Rect) -> bool {
        self.is_at_least(rect, NAME)
    }

    /// Whether a directory is large enough to be opened.
    pub fn has_room_for_boxes(&self, rect: &Rect) -> bool {
        self.is_at_least(rect, OPENED)
    }

    fn is_at_least(&self, rect: &Rect, (width, height): (f64, f64)) -> bool {
        rect.w * self.least / self.width >= width && rect.h >= height
    }

    /// The part of a directory's rectangle that is left for its contents, below its name.
    pub fn inside(&self, rect: &Rect) -> Rect {
        let margin = MARGIN * self.width / self.least;
        Rect {
            x: rect.x + margin,
            y: rect.y + HEADER,
            w: (rect.w - 2.0 * margin).max(0.0),
            h: (rect.h - HEADER - MARGIN).max(0.0),
        }
    }
}

/// Least size of a box: room for a short name. The least size of a target in WCAG 2.2 is 24 × 24.
const NAME: (f64, f64) = (44.0, 30.0);
/// Least size of an opened directory.
const OPENED: (f64, f64) = (96.0, 88.0);
/// Shares of the area that a merged box may have where its own share is too small to be touched.
const MERGED: [f64; 5] = [0.0, 0.03, 0.05, 0.075, 0.1];
/// A merged box with less than this share is left out where it fits nowhere.
const LEFT_OUT: f64 = 0.02;
/// Height of the name of an opened directory, which is a target too.
const HEADER: f64 = 24.0;
/// Room between the frame of a directory and the boxes in it.
const MARGIN: f64 = 3.0;

/// A file, a directory, or several small ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<T> {
    /// The item that the box shows.
    pub item: T,
    /// Its figures. The total is its area.
    pub tally: Tally,
}

/// Lays out at most `limit` boxes, largest first. `merge` makes one node of the smallest, whose box
/// may be larger than its share, or left out if its share is tiny. Empty if nothing fits.
pub fn fit<T: Clone>(
    nodes: &[Node<T>],
    within: Rect,
    (canvas, limit): (&Canvas, usize),
    merge: impl Fn(&[Node<T>]) -> Node<T>,
) -> Vec<(Node<T>, Rect)> {
    let mut sorted: Vec<Node<T>> =
        nodes.iter().filter(|node| node.tally.total > 0).cloned().collect();
    sorted.sort_by_key(|node| std::cmp::Reverse(node.tally.total)); // stable: equals by name
    let placed = |weighed| {
        let boxes = place(weighed, within);
        boxes.iter().all(|(_, rect)| canvas.has_room_for_name(rect)).then_some(boxes)
    };
    if sorted.len() <= limit
        && let Some(boxes) = placed(weighed(&sorted))
    {
        return boxes;
    }

    let fewer = (0..sorted.len().min(limit)).rev().find_map(|kept| {
        let (large, small) = sorted.split_at(kept);
        let merged = if let [only] = small { only.clone() } else { merge(small) };
        let with = MERGED.iter().find_map(|&share| placed(with_merged(large, &merged, share)?));
        with.or_else(|| placed(weighed(large)).filter(|_| is_tiny(&merged, large)))
    });
    fewer.unwrap_or_default()
}

fn is_tiny<T>(merged: &Node<T>, large: &[Node<T>]) -> bool {
    let all = large.iter().map(|node| node.tally.total).sum::<u64>() + merged.tally.total;
    (merged.tally.total as f64) < LEFT_OUT * all as f64
}

/// A node with its share of the area.
struct Weighed<T> {
    node: Node<T>,
    weight: f64,
}

/// Nodes with the shares that their lines give them.
fn weighed<T: Clone>(nodes: &[Node<T>]) -> Vec<Weighed<T>> {
    let own = |node: &Node<T>| Weighed { node: node.clone(), weight: node.tally.total as f64 };
    nodes.iter().map(own).collect()
}

/// The large nodes, and the merged one with at least this share of the area; `None` if it would
/// outgrow one with more lines.
fn with_merged<T: Clone>(
    large: &[Node<T>],
    merged: &Node<T>,
    share: f64,
) -> Option<Vec<Weighed<T>>> {
    let others: u64 = large.iter().map(|node| node.tally.total).sum();
    let (own, least) = (merged.tally.total as f64, others as f64 * share / (1.0 - share));
    let may_grow = large.last().is_some_and(|smallest| least <= smallest.tally.total as f64);
    if least > own && !may_grow {
        return None;
    }
    let mut all = weighed(large);
    all.push(Weighed { node: merged.clone(), weight: own.max(least) });
    Some(all)
}

/// The nodes with their rectangles, largest first.
fn place<T>(mut nodes: Vec<Weighed<T>>, within: Rect) -> Vec<(Node<T>, Rect)> {
    nodes.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let weights: Vec<f64> = nodes.iter().map(|node| node.weight).collect();
    nodes.into_iter().map(|weighed| weighed.node).zip(squarify(&weights, within)).collect()
}

/// Rectangles for areas that fall in size: rows are filled along the shorter side as long as their
/// worst aspect ratio gets better.
fn squarify(areas: &[f64], within: Rect) -> Vec<Rect> {
    let total: f64 = areas.iter().sum();
    let scale = if total > 0.0 { within.w * within.h / total } else { 0.0 };
    let mut rest: Vec<f64> = areas.iter().map(|area| area * scale).collect();
    let mut free = within;
    let mut rects = Vec::with_capacity(areas.len());

    while !rest.is_empty() {
        let side = free.w.min(free.h);
        let mut count = 1;
        while count < rest.len() && worst(&rest[..=count], side) <= worst(&rest[..count], side) {
            count += 1;
        }
        let row: Vec<f64> = rest.drain(..count).collect();
        free = cut_row(&row, free, &mut rects);
    }
    rects
}

/// Places a row at the left or upper edge, and returns what is left.
fn cut_row(row: &[f64], free: Rect, rects: &mut Vec<Rect>) -> Rect {
    let side = free.w.min(free.h);
    let thick = if side > 0.0 { row.iter().sum::<f64>() / side } else { 0.0 };
    let is_column = free.w >= free.h;
    let mut along = 0.0;
    for area in row {
        let long = if thick > 0.0 { area / thick } else { 0.0 };
        rects.push(if is_column {
            Rect { x: free.x, y: free.y + along, w: thick, h: long }
        } else {
            Rect { x: free.x + along, y: free.y, w: long, h: thick }
        });
        along += long;
    }

    if is_column {
        Rect { x: free.x + thick, w: (free.w - thick).max(0.0), ..free }
    } else {
        Rect { y: free.y + thick, h: (free.h - thick).max(0.0), ..free }
    }
}

/// The largest ratio of the sides in a row of this length.
fn worst(row: &[f64], side: f64) -> f64 {
    let sum: f64 = row.iter().sum();
    let (most, least) = row
        .iter()
        .fold((0.0f64, f64::MAX), |(most, least), &area| (most.max(area), least.min(area)));
    (side * side * most / (sum * sum)).max(sum * sum / (side * side * least))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: Rect = Rect { x: 0.0, y: 0.0, w: 1000.0, h: 440.0 };

    fn nodes(totals: &[u64]) -> Vec<Node<usize>> {
        let node = |&total: &u64| Node { item: 1, tally: Tally { covered: 0, total } };
        totals.iter().map(node).collect()
    }

    /// The item is the number of nodes that a box is of.
    fn merge(small: &[Node<usize>]) -> Node<usize> {
        let tally = small.iter().fold(Tally::default(), |sum, node| sum + node.tally);
        Node { item: small.iter().map(|node| node.item).sum(), tally }
    }

    fn placed(totals: &[u64], canvas: &Canvas, limit: usize) -> Vec<(Node<usize>, Rect)> {
        fit(&nodes(totals), canvas.whole(), (canvas, limit), merge)
    }

    #[test]
    fn areas_are_shares_and_nothing_overlaps() {
        let boxes = placed(&[20, 0, 30, 10, 40], &Canvas::WIDE, 60);
        let totals: Vec<_> = boxes.iter().map(|(node, _)| node.tally.total).collect();
        assert_eq!(totals, [40, 30, 20, 10]);
        for (node, rect) in &boxes {
            let share = node.tally.total as f64 / 100.0;
            assert!((rect.w * rect.h / (MAP.w * MAP.h) - share).abs() < 1e-9, "{rect:?}");
            assert!(rect.x > -1e-9 && rect.x + rect.w < MAP.w + 1e-9, "{rect:?}");
            assert!(rect.y > -1e-9 && rect.y + rect.h < MAP.h + 1e-9, "{rect:?}");
        }
        for (at, (_, a)) in boxes.iter().enumerate() {
            for (_, b) in &boxes[at + 1..] {
                let wide = (a.x + a.w).min(b.x + b.w) - a.x.max(b.x);
                let high = (a.y + a.h).min(b.y + b.h) - a.y.max(b.y);
                assert!(wide < 1e-9 || high < 1e-9, "{a:?} and {b:?} overlap");
            }
        }
    }

    #[test]
    fn the_smallest_are_merged_until_each_can_be_touched() {
        let falling: Vec<u64> = (0..80).map(|at| 100_000 >> (at / 4)).collect();
        for totals in [vec![1000, 30, 20, 10], vec![7; 500], falling, vec![100, 100, 1], vec![1]] {
            for canvas in [Canvas::WIDE, Canvas::NARROW] {
                let boxes = placed(&totals, &canvas, 60);
                let shown: usize = boxes.iter().map(|(node, _)| node.item).sum();
                let tiny: u64 = totals.iter().rev().take(totals.len() - shown).sum();
                let all: u64 = totals.iter().sum();
                assert!(!boxes.is_empty() && boxes.len() <= 60 && tiny * 50 < all, "{totals:?}");
                for (_, rect) in &boxes {
                    let width = rect.w * canvas.least / canvas.width;
                    assert!(width >= 24.0 && rect.h >= 24.0, "{rect:?} of {totals:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_merged_may_be_larger_than_its_share() {
        let boxes = placed(&[980, 10, 10], &Canvas::WIDE, 60);
        let [(_, large), (small, merged)] = &boxes[..] else { panic!("two boxes: {boxes:?}") };
        assert_eq!((small.item, small.tally.total), (2, 20));
        assert!(merged.w * merged.h > 0.02 * MAP.w * MAP.h && large.w > merged.w, "{merged:?}");
    }

    #[test]
    fn nothing_is_drawn_where_nothing_fits() {
        let small = Rect { x: 0.0, y: 0.0, w: 40.0, h: 20.0 };
        assert_eq!(fit(&nodes(&[1, 1]), small, (&Canvas::WIDE, 60), merge), []);
        assert_eq!(placed(&[], &Canvas::WIDE, 60), []);
        assert_eq!(placed(&[0, 0], &Canvas::WIDE, 60), []);
    }

    #[test]
    fn a_limit_counts_the_merged_box() {
        let boxes = placed(&[5; 10], &Canvas::WIDE, 4);
        let items: Vec<_> = boxes.iter().map(|(node, _)| node.item).collect();
        assert_eq!(items, [7, 1, 1, 1]);
    }

    #[test]
    fn the_papers_example() {
        // Bruls et al. 2000, figure 4: 6 6 4 3 2 2 1 in a 6 × 4 rectangle begins with two of 3 × 2
        // above each other.
        let within = Rect { x: 0.0, y: 0.0, w: 6.0, h: 4.0 };
        let rects = squarify(&[6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0], within);
        let (first, second) = (rects[0], rects[1]);
        assert!((first.w - 3.0).abs() < 1e-9 && (first.h - 2.0).abs() < 1e-9, "{first:?}");
        assert!((second.y - 2.0).abs() < 1e-9 && second.x.abs() < 1e-9, "{second:?}");
    }
}
