//! Codecov's custom coverage JSON.
//!
//! A line with branches is written as Codecov itself holds it, the branches that were taken of all,
//! `"1/2"`: a line of which a part ran is then partial, and Codecov counts it as not covered. Any
//! other line has its hits.

use std::io::{self, Write};

use crate::report::export::{Export, Files, branches, json_text, name};

/// Codecov's custom coverage JSON.
pub const EXPORT: Export = Export { name: "codecov", title: "Codecov JSON", whole: false, write };

fn write(files: &Files, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\"coverage\": {{")?;
    let mut between = "\n";
    for (path, file) in files {
        write!(out, "{between}  {}: {{", json_text(&name(path))?)?;
        between = ",\n";
        let mut comma = "";
        for view in file.views() {
            write!(out, "{comma}\"{}\": ", view.line.number)?;
            comma = ", ";
            match branches(&view) {
                Some((taken, total)) => {
                    // What did not run took no branch, whatever else is said.
                    let taken = if view.line.hits.is_hit() { taken } else { 0 };
                    write!(out, "\"{taken}/{total}\"")?;
                }
                None => write!(out, "{}", view.line.hits.count())?,
            }
        }
        write!(out, "}}")?;
    }
    writeln!(out, "\n}}}}")
}
