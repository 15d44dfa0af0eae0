//! A treemap made at build time: area is what can be covered, the tint is the level, the hatched
//! height is the share that is not covered. Squarified (Bruls, Huizing, van Wijk 2000), directories
//! first, so that neighbours belong together.

use crate::report::Tally;

/// A rectangle in % of the map.
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

/// The whole map. A map is about twice as wide as it is high, and rectangles are made square on the
/// screen, not in %.
pub const MAP: Rect = Rect { x: 0.0, y: 0.0, w: 100.0, h: 100.0 };
const ASPECT: f64 = 2.4;

/// A file, or a directory with what is in it; a directory that is not opened has no children.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<T> {
    /// What it stands for.
    pub item: T,
    /// Its figures: the total is its area.
    pub tally: Tally,
    /// What is drawn in its place.
    pub children: Vec<Node<T>>,
}

/// The rectangles of all nodes without children, in the order of the map.
pub fn layout<T>(nodes: Vec<Node<T>>, within: Rect) -> Vec<(Node<T>, Rect)> {
    let mut nodes: Vec<Node<T>> = nodes.into_iter().filter(|node| node.tally.total > 0).collect();
    nodes.sort_by_key(|node| std::cmp::Reverse(node.tally.total)); // stable: equals stay in their order
    let areas: Vec<f64> = nodes.iter().map(|node| node.tally.total as f64).collect();
    let mut placed = Vec::with_capacity(nodes.len());
    for (mut node, rect) in nodes.into_iter().zip(squarify(&areas, within)) {
        match std::mem::take(&mut node.children) {
            children if children.is_empty() => placed.push((node, rect)),
            children => placed.extend(layout(children, rect)),
        }
    }
    placed
}

/// Rectangles for areas that fall in size: rows are filled along the shorter side as long as their
/// worst aspect ratio gets better.
fn squarify(areas: &[f64], within: Rect) -> Vec<Rect> {
    let total: f64 = areas.iter().sum();
    let mut rects = Vec::with_capacity(areas.len());
    // Work in units where the map has the shape that it has on the screen.
    let mut free = Rect { x: within.x * ASPECT, w: within.w * ASPECT, ..within };
    let scale = if total > 0.0 { free.w * free.h / total } else { 0.0 };
    let mut rest: Vec<f64> = areas.iter().map(|area| area * scale).collect();
    while !rest.is_empty() {
        let side = free.w.min(free.h);
        let mut count = 1;
        while count < rest.len() && worst(&rest[..=count], side) <= worst(&rest[..count], side) {
            count += 1;
        }
        let row: Vec<f64> = rest.drain(..count).collect();
        let thick = if side > 0.0 { row.iter().sum::<f64>() / side } else { 0.0 };
        let mut along = 0.0;
        for area in row {
            let long = if thick > 0.0 { area / thick } else { 0.0 };
            rects.push(if free.w >= free.h {
                Rect { x: free.x, y: free.y + along, w: thick, h: long }
            } else {
                Rect { x: free.x + along, y: free.y, w: long, h: thick }
            });
            along += long;
        }
        if free.w >= free.h {
            (free.x, free.w) = (free.x + thick, (free.w - thick).max(0.0));
        } else {
            (free.y, free.h) = (free.y + thick, (free.h - thick).max(0.0));
        }
    }
    rects.into_iter().map(|rect| Rect { x: rect.x / ASPECT, w: rect.w / ASPECT, ..rect }).collect()
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

    fn node(
        item: &'static str,
        total: u64,
        children: Vec<Node<&'static str>>,
    ) -> Node<&'static str> {
        Node { item, tally: Tally { covered: 0, total }, children }
    }

    #[test]
    fn areas_are_shares_and_nothing_overlaps() {
        let inner = vec![node("a", 30, vec![]), node("b", 10, vec![])];
        let nodes = vec![
            node("c", 20, vec![]),
            node("none", 0, vec![]),
            node("dir", 40, inner),
            node("d", 40, vec![]),
        ];
        let placed = layout(nodes, MAP);
        let names: Vec<_> = placed.iter().map(|(node, _)| node.item).collect();
        assert_eq!(names, ["a", "b", "d", "c"]);
        for (node, rect) in &placed {
            let share = node.tally.total as f64 / 100.0;
            assert!(
                (rect.w * rect.h / 10_000.0 - share).abs() < 1e-9,
                "{} has {rect:?}",
                node.item
            );
            assert!(rect.x > -1e-9 && rect.x + rect.w < 100.0 + 1e-9, "{} has {rect:?}", node.item);
            assert!(rect.y > -1e-9 && rect.y + rect.h < 100.0 + 1e-9, "{} has {rect:?}", node.item);
        }
        for (at, (one, a)) in placed.iter().enumerate() {
            for (other, b) in &placed[at + 1..] {
                let wide = (a.x + a.w).min(b.x + b.w) - a.x.max(b.x);
                let high = (a.y + a.h).min(b.y + b.h) - a.y.max(b.y);
                assert!(wide < 1e-9 || high < 1e-9, "{} and {} overlap", one.item, other.item);
            }
        }
    }

    #[test]
    fn the_papers_example() {
        // Bruls et al. 2000, figure 4: 6 6 4 3 2 2 1 in a 6 × 4 rectangle begins with two of 3 × 2
        // above each other.
        let rects = squarify(
            &[6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0],
            Rect { x: 0.0, y: 0.0, w: 6.0 / ASPECT, h: 4.0 },
        );
        let (first, second) = (rects[0], rects[1]);
        assert!((first.w * ASPECT - 3.0).abs() < 1e-9 && (first.h - 2.0).abs() < 1e-9, "{first:?}");
        assert!((second.y - 2.0).abs() < 1e-9 && second.x.abs() < 1e-9, "{second:?}");
    }
}
