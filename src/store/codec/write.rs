//! Encodes records.

use super::super::FileRecord;
use super::row::{hits, number, put, quote, small};
use super::{HEADER, LINES};
use crate::report::{
    Arm, Block, Branch, Condition, FileCoverage, Function, Instructions, Line, Mutant, Region,
    Summary,
};
use crate::{Error, Result};

/// Encodes a record.
///
/// # Errors
/// If its lists are not sorted and free of duplicates (see [`FileCoverage::tidy`]), if a line has
/// the number 0, or if there are more than [`LINES`] lines.
pub fn encode(record: &FileRecord) -> Result<String> {
    let coverage = &record.coverage;
    check(coverage)?;
    // A run of lines takes about eight bytes, which is four per line on average.
    let mut text =
        String::with_capacity(128 + 4 * coverage.lines.len() + 8 * coverage.branches.len());
    put(&mut text, format_args!("{HEADER}\nsource "));
    match record.source {
        Some(id) => put(&mut text, format_args!("{id}\n")),
        None => text.push_str("-\n"),
    }
    section(&mut text, "lines", &coverage.lines, lines);
    section(&mut text, "branches", &coverage.branches, branches);
    section(&mut text, "functions", &coverage.functions, functions);
    section(&mut text, "blocks", &coverage.blocks, blocks);
    section(&mut text, "conditions", &coverage.conditions, conditions);
    section(&mut text, "regions", &coverage.regions, regions);
    section(&mut text, "instructions", &coverage.instructions, instructions);
    section(&mut text, "mutants", &coverage.mutants, mutants);
    section(&mut text, "excluded", &coverage.excluded, excluded);
    summary(&mut text, &coverage.summary);
    if coverage.placeholder {
        text.push_str("placeholder\n");
    }
    Ok(text)
}

fn check(coverage: &FileCoverage) -> Result<()> {
    if !coverage.is_tidy() {
        return Err(Error::new("the lists of a file's coverage are not sorted or have duplicates"));
    }
    let first = coverage.lines.first().map(|line| line.number);
    let first_branch = coverage.branches.first().map(|branch| branch.line);
    if first == Some(0) || first_branch == Some(0) {
        return Err(Error::new("a file's coverage has a line 0; lines count from 1"));
    }
    let most = coverage.lines.len().max(coverage.excluded.len()).max(coverage.instructions.len());
    if most > LINES {
        return Err(Error::new(format!(
            "a file's coverage has {most} lines; at most {LINES} are stored"
        )));
    }
    Ok(())
}

fn section<T>(text: &mut String, name: &str, list: &[T], rows: impl Fn(&mut String, &[T])) {
    if !list.is_empty() {
        put(text, format_args!("{name}\n"));
        rows(text, list);
    }
}

fn lines(text: &mut String, lines: &[Line]) {
    let runs = lines.chunk_by(|a, b| a.number + 1 == b.number && a.hits == b.hits);
    let mut last = 0;
    for run in runs {
        distance(text, run[0].number, &mut last);
        text.push(' ');
        hits(text, run[0].hits);
        times(text, run.len());
        last = run[run.len() - 1].number;
    }
}

fn branches(text: &mut String, branches: &[Branch]) {
    let mut last = 0;
    for here in branches.chunk_by(|a, b| a.line == b.line) {
        let line = here[0].line;
        distance(text, line, &mut last);
        for branch in here {
            text.push(' ');
            if branch.block != 0 {
                number(text, branch.block);
                text.push(':');
            }
            match &branch.arm {
                Arm::Index(index) => number(text, *index),
                Arm::Jump(to) => put(text, format_args!(">{:+}", i64::from(*to) - i64::from(line))),
                Arm::Text(words) => quote(text, words),
            }
            text.push('=');
            hits(text, branch.hits);
        }
        text.push('\n');
    }
}

fn functions(text: &mut String, functions: &[Function]) {
    let mut last = 0;
    for function in functions {
        distance(text, function.start, &mut last);
        text.push(' ');
        match function.end {
            Some(end) => number(text, i64::from(end) - i64::from(function.start)),
            None => text.push('?'),
        }
        text.push(' ');
        hits(text, function.hits);
        text.push(' ');
        quote(text, &function.name);
        text.push('\n');
    }
}

fn blocks(text: &mut String, blocks: &[Block]) {
    let mut last = 0;
    for Block { start, end, statements, hits } in blocks {
        let extent = i64::from(end.0) - i64::from(start.0);
        put(
            text,
            format_args!(
                "+{} {} {extent} {} {statements} {hits}\n",
                start.0 - last,
                start.1,
                end.1
            ),
        );
        last = start.0;
    }
}

fn conditions(text: &mut String, conditions: &[Condition]) {
    let mut last = 0;
    for here in conditions.chunk_by(|a, b| a.line == b.line) {
        distance(text, here[0].line, &mut last);
        for Condition { decision, index, sense, words, hits, .. } in here {
            let sense = sense.map_or("", |sense| if sense { "t" } else { "f" });
            put(text, format_args!(" {decision}.{index}{sense}"));
            if !words.is_empty() {
                quote(text, words);
            }
            put(text, format_args!("={hits}"));
        }
        text.push('\n');
    }
}

fn regions(text: &mut String, regions: &[Region]) {
    let mut last = 0;
    for here in regions.chunk_by(|a, b| a.start.0 == b.start.0) {
        distance(text, here[0].start.0, &mut last);
        for region in here {
            put(text, format_args!(" {}={}", region.start.1, region.hits));
        }
        text.push('\n');
    }
}

fn instructions(text: &mut String, instructions: &[Instructions]) {
    let mut last = 0;
    for run in instructions
        .chunk_by(|a, b| a.line.checked_add(1) == Some(b.line) && a.tally() == b.tally())
    {
        distance(text, run[0].line, &mut last);
        put(text, format_args!(" {}/{}", run[0].covered, run[0].total));
        times(text, run.len());
        last = run[run.len() - 1].line;
    }
}

fn mutants(text: &mut String, mutants: &[Mutant]) {
    let mut last = 0;
    for mutant in mutants {
        let Mutant { start, end, mutator, replacement, ordinal, status, killed_by } = mutant;
        distance(text, start.0, &mut last);
        let extent = i64::from(end.0) - i64::from(start.0);
        put(text, format_args!(" {} {extent} {} {ordinal} {} ", start.1, end.1, status.name()));
        quote(text, mutator);
        text.push(' ');
        quote(text, replacement);
        if !killed_by.is_empty() {
            text.push(' ');
            quote(text, killed_by);
        }
        text.push('\n');
    }
}

fn excluded(text: &mut String, lines: &[u32]) {
    let mut last = 0;
    for run in lines.chunk_by(|a, b| a.checked_add(1) == Some(*b)) {
        distance(text, run[0], &mut last);
        times(text, run.len());
        last = run[run.len() - 1];
    }
}

fn summary(text: &mut String, summary: &Summary) {
    if summary.tallies.is_empty() {
        return;
    }
    text.push_str(if summary.merged { "summary merged\n" } else { "summary\n" });
    for (dimension, tally) in summary.tallies.iter() {
        put(text, format_args!("{dimension} {}/{}\n", tally.covered, tally.total));
    }
}

/// Appends the distance of a line from the last one, and makes it the last one.
fn distance(text: &mut String, line: u32, last: &mut u32) {
    text.push('+');
    small(text, (line - *last).into());
    *last = line;
}

/// Appends the number of repetitions, and ends the row.
fn times(text: &mut String, count: usize) {
    if count > 1 {
        text.push_str(" x");
        small(text, count as u64);
    }
    text.push('\n');
}
