//! The ranges of a function: nested, each with its own count, in text order. Ranges that repeat the
//! count of the range around them are left out, as in c8 (@bcoe/v8-coverage,
//! src/lib/range-tree.js).
//!
//! Nesting may be as deep as the file is long, so the tree is walked without recursion.

/// A range of UTF-16 code units that ran `count` times, except for the ranges inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) count: u64,
}

/// Sorts by start. Of two ranges with one start, the larger comes first, because it contains the
/// other.
pub(super) fn order(range: Range) -> (u32, std::cmp::Reverse<u32>) {
    (range.start, std::cmp::Reverse(range.end))
}

/// Joins neighbours with the same count. Of two ranges with the same extent, the inner one counts.
pub(super) fn normalised(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.sort_by_key(|&range| order(range));
    if ranges.len() < 2 {
        return ranges;
    }
    let mut tree = Tree::of(ranges);
    let order = tree.join();
    tree.collapse(&order);
    tree.walk()
}

/// Ranges, and the ranges directly inside each. The first is the root.
struct Tree {
    ranges: Vec<Range>,
    children: Vec<Vec<usize>>,
}

impl Tree {
    /// Builds the tree of ranges that are in order.
    fn of(ranges: Vec<Range>) -> Self {
        let mut children = vec![Vec::new(); ranges.len()];
        let mut around = vec![0];
        for (at, range) in ranges.iter().enumerate().skip(1) {
            while around.len() > 1
                && around.last().is_some_and(|&parent| range.start >= ranges[parent].end)
            {
                around.pop();
            }
            children[around[around.len() - 1]].push(at);
            around.push(at);
        }
        Self { ranges, children }
    }

    /// Joins neighbours with the same count, from the root on. Returns the remaining ranges,
    /// parents before children.
    fn join(&mut self) -> Vec<usize> {
        let mut order = vec![0];
        let mut next = 0;
        while let Some(&parent) = order.get(next) {
            next += 1;
            let mut joined: Vec<usize> = Vec::new();
            for child in std::mem::take(&mut self.children[parent]) {
                let range = self.ranges[child];
                match joined.last() {
                    Some(&head)
                        if self.ranges[head].end == range.start
                            && self.ranges[head].count == range.count =>
                    {
                        self.ranges[head].end = range.end;
                        let inner = std::mem::take(&mut self.children[child]);
                        self.children[head].extend(inner);
                    }
                    _ => joined.push(child),
                }
            }
            order.extend_from_slice(&joined);
            self.children[parent] = joined;
        }
        order
    }

    /// Replaces a range with its only child if that has the same extent, from the leaves on.
    fn collapse(&mut self, order: &[usize]) {
        for &parent in order.iter().rev() {
            if let [child] = self.children[parent][..]
                && (self.ranges[child].start, self.ranges[child].end)
                    == (self.ranges[parent].start, self.ranges[parent].end)
            {
                self.ranges[parent].count = self.ranges[child].count;
                self.children[parent] = std::mem::take(&mut self.children[child]);
            }
        }
    }

    fn walk(&self) -> Vec<Range> {
        let mut all = Vec::with_capacity(self.ranges.len());
        let mut stack = vec![0];
        while let Some(at) = stack.pop() {
            all.push(self.ranges[at]);
            stack.extend(self.children[at].iter().rev());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ranges: &[(u32, u32, u64)]) -> Vec<Range> {
        ranges.iter().map(|&(start, end, count)| Range { start, end, count }).collect()
    }

    #[test]
    fn neighbours_of_one_count_are_one() {
        let found =
            normalised(of(&[(0, 90, 1), (10, 20, 0), (20, 30, 0), (12, 15, 2), (30, 40, 5)]));
        assert_eq!(found, of(&[(0, 90, 1), (10, 30, 0), (12, 15, 2), (30, 40, 5)]));
    }

    #[test]
    fn the_inner_of_two_of_one_extent_stands() {
        assert_eq!(normalised(of(&[(0, 9, 1), (0, 9, 7), (2, 3, 0)])), of(&[(0, 9, 7), (2, 3, 0)]));
    }

    #[test]
    fn nesting_may_be_deep_or_broken() {
        let deep: Vec<_> = (0..100_000).map(|at| (at, 1_000_000 - at, u64::from(at))).collect();
        assert_eq!(normalised(of(&deep)).len(), deep.len());
        assert_eq!(normalised(of(&[(5, 6, 1), (9, 8, 1), (7, 20, 0)])).len(), 3);
    }
}
