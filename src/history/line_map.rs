//! Maps the lines of an old text to those of a new one by the hunks of a line diff, and moves
//! coverage along.
//!
//! The map is exact: a line is mapped only if the diff says that its text is unchanged.

use crate::git::Hunk;
use crate::report::{
    Arm, Block, Branch, Condition, FileCoverage, Function, Instructions, Line, Mutant, Region,
    Summary,
};

/// The lines of an old text in a new one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    hunks: Vec<Hunk>,
}

impl Mapping {
    /// The mapping that the hunks of a diff describe, in the order of the text; without hunks the
    /// texts are equal.
    pub fn new(hunks: Vec<Hunk>) -> Self {
        Self { hunks }
    }

    /// The hunks it was made from.
    pub fn hunks(&self) -> &[Hunk] {
        &self.hunks
    }

    /// The number in the new text of a line of the old one, or `None` if its text was changed or
    /// deleted. 0, which means "not stated", stays 0.
    pub fn new_line(&self, old: u32) -> Option<u32> {
        let after = self.hunks.partition_point(|hunk| hunk.old_start <= old);
        let sides =
            |hunk: &Hunk| ((hunk.old_start, hunk.old_count), (hunk.new_start, hunk.new_count));
        shifted(old, self.hunks[..after].last().map(sides))
    }

    /// The number in the old text of a line of the new one, or `None` if it was added or its text
    /// changed.
    pub fn old_line(&self, new: u32) -> Option<u32> {
        let after = self.hunks.partition_point(|hunk| hunk.new_start <= new);
        let sides =
            |hunk: &Hunk| ((hunk.new_start, hunk.new_count), (hunk.old_start, hunk.old_count));
        shifted(new, self.hunks[..after].last().map(sides))
    }

    /// The lines of the new text that were added or whose text changed, in order.
    pub fn changed(&self) -> impl Iterator<Item = u32> + '_ {
        self.hunks
            .iter()
            .flat_map(|hunk| hunk.new_start..hunk.new_start.saturating_add(hunk.new_count))
    }

    /// Coverage of the old text as coverage of the new one: what is on changed lines is left
    /// out.
    pub fn coverage(&self, old: FileCoverage) -> FileCoverage {
        FileCoverage {
            lines: old.lines.into_iter().filter_map(|line| self.line(line)).collect(),
            branches: old.branches.into_iter().filter_map(|branch| self.branch(branch)).collect(),
            functions: old
                .functions
                .into_iter()
                .filter_map(|function| self.function(function))
                .collect(),
            conditions: old
                .conditions
                .into_iter()
                .filter_map(|condition| self.condition(condition))
                .collect(),
            blocks: old.blocks.into_iter().filter_map(|block| self.block(block)).collect(),
            regions: old.regions.into_iter().filter_map(|region| self.region(region)).collect(),
            instructions: old
                .instructions
                .into_iter()
                .filter_map(|line| self.instructions(line))
                .collect(),
            mutants: old.mutants.into_iter().filter_map(|mutant| self.mutant(mutant)).collect(),
            excluded: old.excluded.into_iter().filter_map(|line| self.new_line(line)).collect(),
            summary: Summary::default(), // totals of a text that is gone
            placeholder: old.placeholder,
        }
    }

    fn line(&self, line: Line) -> Option<Line> {
        Some(Line { number: self.new_line(line.number)?, ..line })
    }

    /// A jump whose target changed is another branch than before, so it is left out too.
    fn branch(&self, branch: Branch) -> Option<Branch> {
        let arm = match branch.arm {
            Arm::Jump(target) => Arm::Jump(self.new_line(target)?),
            other => other,
        };
        Some(Branch { line: self.new_line(branch.line)?, arm, ..branch })
    }

    /// A function is where its first line is; an end that changed is not known.
    fn function(&self, function: Function) -> Option<Function> {
        let end = function.end.and_then(|end| self.new_line(end));
        Some(Function { start: self.new_line(function.start)?, end, ..function })
    }

    fn condition(&self, condition: Condition) -> Option<Condition> {
        Some(Condition { line: self.new_line(condition.line)?, ..condition })
    }

    /// A block stays where none of its lines changed and none came between them.
    fn block(&self, block: Block) -> Option<Block> {
        let (start, end) = self.extent(block.start.0, block.end.0)?;
        Some(Block { start: (start, block.start.1), end: (end, block.end.1), ..block })
    }

    fn region(&self, region: Region) -> Option<Region> {
        Some(Region { start: (self.new_line(region.start.0)?, region.start.1), ..region })
    }

    fn instructions(&self, instructions: Instructions) -> Option<Instructions> {
        Some(Instructions { line: self.new_line(instructions.line)?, ..instructions })
    }

    /// A mutant stays where the code it changes did.
    fn mutant(&self, mutant: Mutant) -> Option<Mutant> {
        let (start, end) = self.extent(mutant.start.0, mutant.end.0)?;
        Some(Mutant { start: (start, mutant.start.1), end: (end, mutant.end.1), ..mutant })
    }

    /// Where the first and the last line of a stretch are, or `None` if a line of it changed or
    /// came between them.
    fn extent(&self, first: u32, last: u32) -> Option<(u32, u32)> {
        let touches = |hunk: &Hunk| hunk.old_start > first && hunk.old_start <= last;
        let whole = !self.hunks.iter().any(touches);
        whole.then(|| Some((self.new_line(first)?, self.new_line(last)?))).flatten()
    }
}

/// A line moved by the last hunk that begins at or before it, whose sides are given as start and
/// count: this line's side, then the other's. None inside the hunk.
fn shifted(line: u32, hunk: Option<((u32, u32), (u32, u32))>) -> Option<u32> {
    let Some((own, other)) = hunk.filter(|_| line > 0) else { return Some(line) };
    let past = (line - own.0).checked_sub(own.1)?;
    other.0.checked_add(other.1)?.checked_add(past)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Hits;

    const HIT: Hits = Hits::ZERO;

    fn hunk(old: (u32, u32), new: (u32, u32)) -> Hunk {
        Hunk { old_start: old.0, old_count: old.1, new_start: new.0, new_count: new.1 }
    }

    /// Old a b c d e f; new a X Y b d e F G: two lines before b, c deleted, f replaced by two.
    fn sample() -> Mapping {
        Mapping::new(vec![hunk((2, 0), (2, 2)), hunk((3, 1), (5, 0)), hunk((6, 1), (7, 2))])
    }

    #[test]
    fn lines_go_both_ways() {
        let new: Vec<_> = (1..=6).map(|old| sample().new_line(old)).collect();
        assert_eq!(new, [Some(1), Some(4), None, Some(5), Some(6), None]);
        let old: Vec<_> = (1..=8).map(|new| sample().old_line(new)).collect();
        assert_eq!(old, [Some(1), None, None, Some(2), Some(4), Some(5), None, None]);
        assert_eq!(sample().changed().collect::<Vec<_>>(), [2, 3, 7, 8]);
        assert_eq!((sample().new_line(0), sample().new_line(u32::MAX)), (Some(0), None));
        assert_eq!(Mapping::default().new_line(u32::MAX), Some(u32::MAX));
    }

    #[test]
    fn an_insertion_at_the_top_and_a_cut_at_the_end() {
        let mapping = Mapping::new(vec![hunk((1, 0), (1, 3)), hunk((2, 2), (5, 0))]);
        assert_eq!([1, 2, 3].map(|old| mapping.new_line(old)), [Some(4), None, None]);
        assert_eq!([1, 3, 4].map(|new| mapping.old_line(new)), [None, None, Some(1)]);
    }

    #[test]
    fn branches_functions_and_blocks_on_changed_lines_are_left_out() {
        let branch = |line, arm| Branch { line, block: 0, arm, hits: HIT };
        let function = |start, end| Function { start, name: "f".into(), end, hits: HIT };
        let block =
            |start, end| Block { start: (start, 1), end: (end, 9), statements: 1, hits: HIT };
        let old = FileCoverage {
            lines: [1, 3, 4, 6].map(|number| Line { number, hits: HIT }).to_vec(),
            branches: vec![
                branch(3, Arm::Index(0)),
                branch(4, Arm::Jump(5)),
                branch(4, Arm::Jump(6)),
            ],
            functions: vec![
                function(0, None),
                function(2, Some(4)),
                function(3, Some(4)),
                function(5, Some(6)),
            ],
            blocks: vec![block(1, 1), block(1, 2), block(2, 4), block(4, 5), block(5, 6)],
            ..FileCoverage::default()
        };
        let new = FileCoverage {
            lines: [1, 5].map(|number| Line { number, hits: HIT }).to_vec(),
            branches: vec![branch(5, Arm::Jump(6))],
            functions: vec![function(0, None), function(4, Some(5)), function(6, None)],
            blocks: vec![block(1, 1), block(5, 6)],
            ..FileCoverage::default()
        };
        assert_eq!(sample().coverage(old), new);
    }
}
