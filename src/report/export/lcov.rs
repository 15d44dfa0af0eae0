//! Writes an LCOV tracefile that lcov 1 and 2 can read.
//!
//! It contains lines, branches, functions and conditions. lcov identifies functions by name, so
//! functions with the same name get the line they start on (`name@12`), as in coverage.py. A line
//! break in a name is written as `\x0a`. lcov counts a condition once per sense, so a condition
//! that its tool counts once (llvm-cov) is written for both.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use crate::path;
use crate::report::export::{Export, Files};
use crate::report::{Arm, Branch, Condition, FileCoverage, Function};

/// LCOV.
pub const EXPORT: Export = Export { name: "lcov", title: "LCOV tracefile", whole: false, write };

fn write(files: &Files, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "TN:")?;
    for (path, file) in files {
        out.write_all(b"SF:")?;
        out.write_all(&row(&path::to_bytes(path)))?;
        out.write_all(b"\n")?;
        functions(file, out)?;
        branches(file, out)?;
        conditions(file, out)?;
        for line in &file.lines {
            writeln!(out, "DA:{},{}", line.number, line.hits.count())?;
        }
        let hit = file.lines.iter().filter(|line| line.hits.is_hit()).count();
        writeln!(out, "LF:{}\nLH:{hit}\nend_of_record", file.lines.len())?;
    }
    Ok(())
}

fn functions(file: &FileCoverage, out: &mut dyn Write) -> io::Result<()> {
    if file.functions.is_empty() {
        return Ok(());
    }
    let names = names(&file.functions);
    for (function, name) in file.functions.iter().zip(&names) {
        // A number at the start of a name would be read as the end line, so an end line is written
        // first.
        let number = name.split_once(',').is_some_and(|(first, _)| first.parse::<u64>().is_ok());
        let end = if number {
            format!("{},", function.end.unwrap_or(function.start))
        } else {
            String::new()
        };
        writeln!(out, "FN:{},{end}{name}", function.start)?;
    }
    for (function, name) in file.functions.iter().zip(&names) {
        writeln!(out, "FNDA:{},{name}", function.hits.count())?;
    }
    let hit = file.functions.iter().filter(|function| function.hits.is_hit()).count();
    writeln!(out, "FNF:{}\nFNH:{hit}", names.len())
}

/// The names of the functions, made unique.
fn names(functions: &[Function]) -> Vec<String> {
    let (mut seen, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for function in functions {
        if !seen.insert(&function.name) {
            twice.insert(&function.name);
        }
    }
    let name = |function: &Function| {
        let name = String::from_utf8_lossy(&row(function.name.as_bytes())).into_owned();
        // Readers remove one suffix that is the function's own line.
        let line = format!("@{}", function.start);
        if twice.contains(&function.name) || name.ends_with(&line) { name + &line } else { name }
    };
    functions.iter().map(name).collect()
}

fn branches(file: &FileCoverage, out: &mut dyn Write) -> io::Result<()> {
    if file.branches.is_empty() {
        return Ok(());
    }
    for Branch { line, block, arm, hits } in &file.branches {
        let arm = match arm {
            Arm::Index(index) => index.to_string(),
            Arm::Jump(target) => format!("jump to line {target}"),
            // Readers number repeated exits: `exit 2`, …
            Arm::Text(words) if &**words == "exit" => "exit 1".to_owned(),
            Arm::Text(words) => String::from_utf8_lossy(&row(words.as_bytes())).into_owned(),
        };
        writeln!(out, "BRDA:{line},{block},{arm},{}", hits.count())?;
    }
    let hit = file.branches.iter().filter(|branch| branch.hits.is_hit()).count();
    writeln!(out, "BRF:{}\nBRH:{hit}", file.branches.len())
}

/// Writes the records of the conditions, one group per decision.
fn conditions(file: &FileCoverage, out: &mut dyn Write) -> io::Result<()> {
    if file.conditions.is_empty() {
        return Ok(());
    }
    let (mut found, mut hit) = (0, 0);
    for group in
        file.conditions.chunk_by(|one, next| (one.line, one.decision) == (next.line, next.decision))
    {
        let (line, size) = (group[0].line, size(group));
        for ((index, sense), condition) in elements(group, size) {
            let sense = if sense { 't' } else { 'f' };
            let Some(Condition { words, hits, .. }) = condition else {
                writeln!(out, "MCDC:{line},U{size},{sense},0,{index},{index}")?;
                continue;
            };
            let words = if words.is_empty() { &*index.to_string() } else { &**words };
            write!(out, "MCDC:{line},{size},{sense},{},{index},", hits.count())?;
            out.write_all(&row(words.as_bytes()))?;
            out.write_all(b"\n")?;
            (found, hit) = (found + 1, hit + u64::from(hits.is_hit()));
        }
    }
    writeln!(out, "MCF:{found}\nMCH:{hit}")
}

/// The number of conditions of a decision, by which lcov distinguishes the decisions of a line.
/// Reports written by lcov give it themselves.
fn size(group: &[Condition]) -> u32 {
    let indexes = group.iter().map(|condition| condition.index.saturating_add(1));
    let stated = group
        .iter()
        .filter(|condition| condition.sense.is_some())
        .map(|condition| condition.decision);
    indexes.chain(stated).max().unwrap_or(0)
}

/// Every condition of a decision in each sense that it is counted for, by index and sense. lcov
/// rejects groups with gaps, so missing conditions are added as unreachable ones, which do not
/// count. A group with more conditions than real code has keeps its gaps.
fn elements(group: &[Condition], size: u32) -> BTreeMap<(u32, bool), Option<&Condition>> {
    const MAX_LINES: u32 = 1 << 10;
    const SENSES: [bool; 2] = [false, true];
    let gaps = 0..if size <= MAX_LINES { size } else { 0 };
    let mut elements: BTreeMap<_, _> =
        gaps.flat_map(|index| SENSES.map(|sense| ((index, sense), None))).collect();
    for condition in group {
        let counted =
            SENSES.into_iter().filter(|sense| condition.sense.is_none_or(|own| own == *sense));
        elements.extend(counted.map(|sense| ((condition.index, sense), Some(condition))));
    }
    elements
}

/// Escapes the line breaks of a name, so that it stays on its row.
fn row(name: &[u8]) -> Vec<u8> {
    let mut row = Vec::with_capacity(name.len());
    for &byte in name {
        match byte {
            b'\n' => row.extend_from_slice(b"\\x0a"),
            b'\r' => row.extend_from_slice(b"\\x0d"),
            _ => row.push(byte),
        }
    }
    row
}
