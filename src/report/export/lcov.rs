//! An LCOV tracefile, as lcov 1 and 2 read it.
//!
//! Lines, branches and functions are written. Functions of one name are told apart by the line they start on, as
//! coverage.py does it (`name@12`), since lcov knows them by name. A line break in a name is written `\x0a`.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use super::{
    super::{Arm, Branch, FileCoverage, Function, path},
    Export, Files,
};

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
        // A name that starts like an end line needs one before it.
        let number = name.split_once(',').is_some_and(|(first, _)| first.parse::<u64>().is_ok());
        let end = if number { format!("{},", function.end.unwrap_or(function.start)) } else { String::new() };
        writeln!(out, "FN:{},{end}{name}", function.start)?;
    }
    for (function, name) in file.functions.iter().zip(&names) {
        writeln!(out, "FNDA:{},{name}", function.hits.count())?;
    }
    let hit = file.functions.iter().filter(|function| function.hits.is_hit()).count();
    writeln!(out, "FNF:{}\nFNH:{hit}", names.len())
}

/// The functions' names, each of them once.
fn names(functions: &[Function]) -> Vec<String> {
    let (mut seen, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for function in functions {
        if !seen.insert(&function.name) {
            twice.insert(&function.name);
        }
    }
    let name = |function: &Function| {
        let name = String::from_utf8_lossy(&row(function.name.as_bytes())).into_owned();
        let line = format!("@{}", function.start); // readers take off one that is the function's own
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
            Arm::Text(words) if &**words == "exit" => "exit 1".to_owned(), // readers number them: `exit 2`, …
            Arm::Text(words) => String::from_utf8_lossy(&row(words.as_bytes())).into_owned(),
        };
        writeln!(out, "BRDA:{line},{block},{arm},{}", hits.count())?;
    }
    let hit = file.branches.iter().filter(|branch| branch.hits.is_hit()).count();
    writeln!(out, "BRF:{}\nBRH:{hit}", file.branches.len())
}

/// A name that keeps to its row.
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
