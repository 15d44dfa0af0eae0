//! Decodes records.

use std::ops::RangeInclusive;

use super::super::FileRecord;
use super::row::Row;
use super::{HEADER, LINES, encode};
use crate::git::Id;
use crate::report::{
    Arm, Block, Branch, Condition, Dimension, FileCoverage, Function, Instructions, LAST_LINE,
    Line, Mutant, MutantStatus, Region, Tally,
};
use crate::{Error, Result};

/// Decodes a record.
///
/// # Errors
/// If the text is not what [`encode`] would write. The error has the number of the line. Memory
/// stays in proportion to the text, except for at most [`LINES`] lines.
pub fn decode(bytes: &[u8]) -> Result<FileRecord> {
    let text = utf8(bytes)?;
    let record = parse(text)?;
    // A record has only one text, so encoding it again must give the same text.
    let again = encode(&record).map_err(|cause| wrong(0).because(cause))?;
    if again != text {
        let same = again.split('\n').zip(text.split('\n')).take_while(|(a, b)| a == b).count();
        // The last line may lack its line break.
        return Err(wrong(same.min(text.lines().count().saturating_sub(1))));
    }
    Ok(record)
}

/// Decodes a record that [`decode`] has accepted before, in half the time.
///
/// # Errors
/// If the record is invalid. Some texts that [`encode`] would not write are accepted.
pub fn decode_again(bytes: &[u8]) -> Result<FileRecord> {
    parse(utf8(bytes)?)
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes)
        .map_err(|cause| Error::new("a file's record is not UTF-8").because(cause))
}

fn parse(text: &str) -> Result<FileRecord> {
    let mut record = FileRecord { source: None, coverage: FileCoverage::default() };
    let mut rows = Rows { section: Section::Header, line: 0 };
    let (mut rest, mut index) = (text, 0);
    while !rest.is_empty() {
        // Rows are too short for a fast search to be worth it.
        let end = rest.bytes().position(|byte| byte == b'\n').unwrap_or(rest.len());
        rows.read(&rest[..end], &mut record).ok_or_else(|| wrong(index))?;
        (rest, index) = (rest.get(end + 1..).unwrap_or_default(), index + 1);
    }
    if matches!(rows.section, Section::Header | Section::Source) {
        return Err(wrong(index));
    }
    Ok(record)
}

fn wrong(index: usize) -> Error {
    Error::new(format!(
        "line {} of a file's record is not in the form that this version of covatlas writes",
        index + 1
    ))
    .hint("the store was changed by hand or is damaged; record the commit again")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Header,
    Source,
    Lines,
    Branches,
    Functions,
    Blocks,
    Conditions,
    Regions,
    Instructions,
    Mutants,
    Excluded,
    Summary,
}

/// The state of decoding: the section, and the number of the last line in it.
struct Rows {
    section: Section,
    line: u32,
}

impl Rows {
    fn read(&mut self, row: &str, record: &mut FileRecord) -> Option<()> {
        match self.section {
            Section::Header => {
                self.section = Section::Source;
                return (row == HEADER).then_some(());
            }
            Section::Source => {
                let id = row.strip_prefix("source ")?;
                record.source = if id == "-" { None } else { Some(id.parse::<Id>().ok()?) };
                self.section = Section::Lines;
                return Some(());
            }
            _ if row.starts_with('+') => return self.row(&mut Row(row), &mut record.coverage),
            _ => {}
        }
        let section = match row {
            "lines" => Section::Lines,
            "branches" => Section::Branches,
            "functions" => Section::Functions,
            "blocks" => Section::Blocks,
            "conditions" => Section::Conditions,
            "regions" => Section::Regions,
            "instructions" => Section::Instructions,
            "mutants" => Section::Mutants,
            "excluded" => Section::Excluded,
            "summary" | "summary merged" => {
                record.coverage.summary.merged = row == "summary merged";
                Section::Summary
            }
            "placeholder" => {
                record.coverage.placeholder = true;
                return Some(());
            }
            _ => return self.row(&mut Row(row), &mut record.coverage),
        };
        *self = Self { section, line: 0 };
        Some(())
    }

    fn row(&mut self, row: &mut Row<'_>, coverage: &mut FileCoverage) -> Option<()> {
        if self.section == Section::Summary {
            let (dimension, tally) = row.0.split_once(' ')?;
            *row = Row(tally);
            coverage.summary.tallies.set(dimension.parse::<Dimension>().ok()?, tally_of(row)?);
            return row.0.is_empty().then_some(());
        }
        row.eat("+")?;
        self.line = self.line.checked_add(row.number()?).filter(|line| *line <= LAST_LINE)?;
        match self.section {
            Section::Lines => self.lines(row, coverage)?,
            Section::Branches => self.branches(row, coverage)?,
            Section::Functions => coverage.functions.push(self.function(row)?),
            Section::Conditions => self.conditions(row, coverage)?,
            Section::Regions => self.regions(row, coverage)?,
            Section::Instructions => self.instructions(row, coverage)?,
            Section::Mutants => coverage.mutants.push(self.mutant(row)?),
            Section::Excluded => {
                let numbers = self.run(row, coverage.excluded.len())?;
                coverage.excluded.extend(numbers);
            }
            _ => coverage.blocks.push(self.block(row)?),
        }
        row.0.is_empty().then_some(())
    }

    fn lines(&mut self, row: &mut Row<'_>, coverage: &mut FileCoverage) -> Option<()> {
        row.eat(" ")?;
        let hits = row.hits()?;
        let numbers = self.run(row, coverage.lines.len())?;
        coverage.lines.extend(numbers.map(|number| Line { number, hits }));
        Some(())
    }

    /// The lines that a row encodes, after `before` lines that have been decoded already. The last
    /// one becomes the current line.
    fn run(&mut self, row: &mut Row<'_>, before: usize) -> Option<RangeInclusive<u32>> {
        let count = if row.eat(" x").is_some() { row.number()? } else { 1 };
        let first = self.line;
        self.line = first.checked_add(count.checked_sub(1)?).filter(|line| *line <= LAST_LINE)?;
        (count as usize <= LINES - before).then_some(first..=self.line)
    }

    fn branches(&mut self, row: &mut Row<'_>, coverage: &mut FileCoverage) -> Option<()> {
        while row.eat(" ").is_some() {
            let (block, arm) = self.arm(row)?;
            row.eat("=")?;
            coverage.branches.push(Branch { line: self.line, block, arm, hits: row.hits()? });
        }
        Some(())
    }

    fn arm(&self, row: &mut Row<'_>) -> Option<(u32, Arm)> {
        if row.0.starts_with(['>', '"']) {
            return Some((0, self.named_arm(row)?));
        }
        let number = row.number()?;
        if row.eat(":").is_none() {
            return Some((0, Arm::Index(number)));
        }
        let arm = if row.0.starts_with(['>', '"']) {
            self.named_arm(row)?
        } else {
            Arm::Index(row.number()?)
        };
        Some((number, arm))
    }

    fn named_arm(&self, row: &mut Row<'_>) -> Option<Arm> {
        if row.eat(">").is_some() {
            let sign = if row.eat("+").is_some() { 1 } else { row.eat("-").map(|()| -1)? };
            return Some(Arm::Jump(self.away(sign * i64::from(row.number()?))?));
        }
        Some(Arm::Text(row.quoted()?.into()))
    }

    fn function(&self, row: &mut Row<'_>) -> Option<Function> {
        row.eat(" ")?;
        let end = if row.eat("?").is_some() { None } else { Some(self.away(row.signed()?)?) };
        row.eat(" ")?;
        let hits = row.hits()?;
        row.eat(" ")?;
        Some(Function { start: self.line, name: row.quoted()?.into(), end, hits })
    }

    fn block(&self, row: &mut Row<'_>) -> Option<Block> {
        row.eat(" ")?;
        let column = row.number()?;
        row.eat(" ")?;
        let line = self.away(row.signed()?)?;
        row.eat(" ")?;
        let end = (line, row.number()?);
        row.eat(" ")?;
        let statements = row.number()?;
        row.eat(" ")?;
        Some(Block { start: (self.line, column), end, statements, hits: row.hits()? })
    }

    fn conditions(&self, row: &mut Row<'_>, coverage: &mut FileCoverage) -> Option<()> {
        while row.eat(" ").is_some() {
            let decision = row.number()?;
            row.eat(".")?;
            let index = row.number()?;
            let [yes, no] = ["t", "f"].map(|sense| row.eat(sense).is_some());
            let sense = (yes || no).then_some(yes);
            let words = if row.0.starts_with('"') { row.quoted()? } else { String::new() };
            row.eat("=")?;
            let (line, words) = (self.line, words.into());
            coverage.conditions.push(Condition {
                line,
                decision,
                index,
                sense,
                words,
                hits: row.hits()?,
            });
        }
        Some(())
    }

    fn regions(&self, row: &mut Row<'_>, coverage: &mut FileCoverage) -> Option<()> {
        while row.eat(" ").is_some() {
            let start = (self.line, row.number()?);
            row.eat("=")?;
            coverage.regions.push(Region { start, hits: row.hits()? });
        }
        Some(())
    }

    fn instructions(&mut self, row: &mut Row<'_>, coverage: &mut FileCoverage) -> Option<()> {
        row.eat(" ")?;
        let Tally { covered, total } = tally_of(row)?;
        let [covered, total] = [u32::try_from(covered).ok()?, u32::try_from(total).ok()?];
        let numbers = self.run(row, coverage.instructions.len())?;
        coverage.instructions.extend(numbers.map(|line| Instructions { line, covered, total }));
        Some(())
    }

    fn mutant(&self, row: &mut Row<'_>) -> Option<Mutant> {
        row.eat(" ")?;
        let start = (self.line, row.number()?);
        row.eat(" ")?;
        let line = self.away(row.signed()?)?;
        row.eat(" ")?;
        let end = (line, row.number()?);
        row.eat(" ")?;
        let ordinal = row.number()?;
        row.eat(" ")?;
        let status =
            MutantStatus::ALL.into_iter().find(|status| row.eat(status.name()).is_some())?;
        row.eat(" ")?;
        let mutator = row.quoted()?.into();
        row.eat(" ")?;
        let replacement = row.quoted()?.into();
        let killed_by = if row.eat(" ").is_some() { row.quoted()? } else { String::new() }.into();
        Some(Mutant { start, end, mutator, replacement, ordinal, status, killed_by })
    }

    /// The line at a distance from the current one.
    fn away(&self, distance: i64) -> Option<u32> {
        u32::try_from(i64::from(self.line).checked_add(distance)?)
            .ok()
            .filter(|line| *line <= LAST_LINE)
    }
}

fn tally_of(row: &mut Row<'_>) -> Option<Tally> {
    let covered = row.digits()?;
    row.eat("/")?;
    Some(Tally { covered, total: row.digits()? }).filter(|tally| tally.covered <= tally.total)
}
