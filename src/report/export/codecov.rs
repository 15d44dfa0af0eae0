//! Writes Codecov's custom coverage JSON.
//!
//! A line with branches is written in Codecov's own notation, the branches taken of all branches:
//! `"1/2"`. Codecov treats a line with less than all of them as partial, and does not count it as
//! covered. Any other line has its hits.

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
                    // A line that did not run took no branch, whatever its branch records say.
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
