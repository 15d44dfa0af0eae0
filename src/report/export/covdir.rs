//! Writes covdir, grcov's JSON: a tree of folders with their totals. It only has lines.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::report::export::{Export, Files, json_text, name};
use crate::report::{Dimension, FileCoverage, Line, Tally};

/// covdir.
pub const EXPORT: Export = Export { name: "covdir", title: "covdir JSON", whole: false, write };

/// The last line that can be written: a file has one element per line, and no real file is longer.
const LAST_LINE: u32 = 10_000_000;
/// The deepest folder that can be written. Each folder takes two nested objects, and JSON readers
/// limit nesting.
const DEEPEST: usize = 60;

fn write(files: &Files, out: &mut dyn Write) -> io::Result<()> {
    let mut root = Folder::default();
    for (path, file) in files {
        root.add(&name(path), file)?;
    }
    root.write("", out)?;
    writeln!(out)
}

#[derive(Default)]
struct Folder<'a> {
    folders: BTreeMap<String, Self>,
    files: BTreeMap<String, &'a [Line]>,
    lines: Tally,
}

impl<'a> Folder<'a> {
    fn add(&mut self, path: &str, file: &'a FileCoverage) -> io::Result<()> {
        if file.lines.last().is_some_and(|line| line.number > LAST_LINE)
            || path.matches('/').count() > DEEPEST
        {
            let message = format!(
                "covdir cannot represent {path}: it has too many lines or is nested too deeply"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let tally = file.counted().get(&Dimension::Lines).unwrap_or_default();
        let (folders, file_name) =
            path.rsplit_once('/').map_or((None, path), |(folder, name)| (Some(folder), name));
        let mut here = self;
        here.lines = here.lines + tally;
        if path.starts_with('/') {
            here = here.enter("/", tally);
        }
        for folder in folders
            .into_iter()
            .flat_map(|folders| folders.split('/'))
            .filter(|folder| !folder.is_empty())
        {
            here = here.enter(folder, tally);
        }
        here.files.insert(file_name.to_owned(), &file.lines);
        Ok(())
    }

    fn enter(&mut self, name: &str, tally: Tally) -> &mut Self {
        let folder = self.folders.entry(name.to_owned()).or_default();
        folder.lines = folder.lines + tally;
        folder
    }

    fn write(&self, name: &str, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{{\"children\":{{")?;
        let mut comma = "";
        for (name, lines) in &self.files {
            write!(out, "{comma}{}:", json_text(name)?)?;
            coverage(name, lines, out)?;
            comma = ",";
        }
        for (name, folder) in &self.folders {
            write!(out, "{comma}{}:", json_text(name)?)?;
            folder.write(name, out)?;
            comma = ",";
        }
        write!(out, "}},{}}}", totals(name, self.lines)?)
    }
}

fn coverage(name: &str, lines: &[Line], out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\"coverage\":[")?;
    let (mut next, mut comma) = (1, "");
    for line in lines {
        for _ in next..line.number {
            write!(out, "{comma}-1")?;
            comma = ",";
        }
        write!(out, "{comma}{}", line.hits.count())?;
        (next, comma) = (line.number + 1, ",");
    }
    write!(out, "],{}}}", totals(name, Tally::of(lines, |line| line.hits.is_hit()))?)
}

fn totals(name: &str, lines: Tally) -> io::Result<String> {
    let Tally { covered, total } = lines;
    let percent = (lines.percent().unwrap_or_default() * 100.0).round() / 100.0;
    Ok(format!(
        "\"coveragePercent\":{percent:?},\"linesCovered\":{covered},\"linesMissed\":{},\
         \"linesTotal\":{total},\"name\":{}",
        lines.missed(),
        json_text(name)?,
    ))
}
