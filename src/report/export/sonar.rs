//! Writes SonarQube's generic coverage XML: the lines that ran, and how many of their branches were
//! taken.

use std::io::{self, Write};

use crate::report::export::{Attribute, Export, Files, branches, name};

/// SonarQube's generic coverage XML.
pub const EXPORT: Export =
    Export { name: "sonar", title: "SonarQube generic coverage", whole: false, write };

fn write(files: &Files, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<coverage version=\"1\">")?;
    for (path, file) in files {
        writeln!(out, "  <file path=\"{}\">", Attribute(&name(path)))?;
        for view in file.views() {
            let (number, covered) = (view.line.number, view.line.hits.is_hit());
            write!(out, "    <lineToCover lineNumber=\"{number}\" covered=\"{covered}\"")?;
            if let Some((taken, total)) = branches(&view) {
                write!(out, " branchesToCover=\"{total}\" coveredBranches=\"{taken}\"")?;
            }
            writeln!(out, "/>")?;
        }
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</coverage>")
}
