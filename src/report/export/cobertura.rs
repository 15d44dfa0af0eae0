//! Writes Cobertura XML (coverage-04.dtd), with one package per folder and one class per file.
//!
//! Each line is written with the share of its branches that were taken. Functions become methods
//! with a single line, their first. A branch on a line that is not coverable is left out. The
//! timestamp is 0, so that the same coverage always gives the same bytes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::report::export::{Attribute, Export, Files, branches, name};
use crate::report::{Dimension, FileCoverage, LineView, Tallies, Tally};

/// Cobertura XML.
pub const EXPORT: Export =
    Export { name: "cobertura", title: "Cobertura XML", whole: false, write };

fn write(files: &Files, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<!DOCTYPE coverage SYSTEM \"http://cobertura.sourceforge.net/xml/coverage-04.dtd\">"
    )?;
    let totals: Tallies = files.values().map(shown).sum();
    let [lines, taken] =
        [Dimension::Lines, Dimension::Branches].map(|of| totals.get(&of).unwrap_or_default());
    writeln!(
        out,
        "<coverage {} lines-covered=\"{}\" lines-valid=\"{}\" branches-covered=\"{}\" \
         branches-valid=\"{}\" complexity=\"0\" version=\"covatlas {}\" timestamp=\"0\">",
        rates(&totals),
        lines.covered,
        lines.total,
        taken.covered,
        taken.total,
        env!("CARGO_PKG_VERSION"),
    )?;
    writeln!(out, "  <sources>\n    <source>.</source>\n  </sources>\n  <packages>")?;
    for (folder, files) in packages(files) {
        let sum = files.iter().map(|(_, file)| shown(file)).sum();
        let package = if folder.is_empty() { ".".to_owned() } else { folder.replace('/', ".") };
        writeln!(
            out,
            "    <package name=\"{}\" {} complexity=\"0\">",
            Attribute(&package),
            rates(&sum)
        )?;
        writeln!(out, "      <classes>")?;
        for (path, file) in files {
            class(&path, file, out)?;
        }
        writeln!(out, "      </classes>\n    </package>")?;
    }
    writeln!(out, "  </packages>\n</coverage>")
}

/// The totals of what is written: lines, and the branches on them.
fn shown(file: &FileCoverage) -> Tallies {
    let mut all = Tallies::default();
    for view in file.views() {
        all.add(Dimension::Lines, Tally { covered: view.line.hits.is_hit().into(), total: 1 });
        if view.branches.total > 0 {
            all.add(Dimension::Branches, view.branches);
        }
    }
    all
}

/// Groups the files by folder.
fn packages(files: &Files) -> BTreeMap<String, Vec<(String, &FileCoverage)>> {
    let mut packages: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (path, file) in files {
        let path = name(path);
        let folder = path.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder).to_owned();
        packages.entry(folder).or_default().push((path, file));
    }
    packages
}

fn class(path: &str, file: &FileCoverage, out: &mut dyn Write) -> io::Result<()> {
    let class = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let (class, path, rates) = (Attribute(class), Attribute(path), rates(&shown(file)));
    writeln!(out, "        <class name=\"{class}\" filename=\"{path}\" {rates} complexity=\"0\">")?;
    writeln!(out, "          <methods>")?;
    for function in &file.functions {
        let (name, hits) = (Attribute(&function.name), function.hits.count());
        let rate = if function.hits.is_hit() { "1.0" } else { "0.0" };
        write!(
            out,
            "            <method name=\"{name}\" signature=\"\" line-rate=\"{rate}\" \
             branch-rate=\"1.0\" complexity=\"0\""
        )?;
        match function.start {
            // nyc writes it like this, although the DTD does not allow it. A line here would add a
            // line that the class does not have.
            0 => writeln!(out, " hits=\"{hits}\"><lines/></method>")?,
            _ if file.lines.is_empty() => writeln!(out, " hits=\"{hits}\"><lines/></method>")?,
            start => writeln!(
                out,
                "><lines><line number=\"{start}\" hits=\"{hits}\"/></lines></method>"
            )?,
        }
    }
    writeln!(out, "          </methods>\n          <lines>")?;
    for view in file.views() {
        line(&view, out)?;
    }
    writeln!(out, "          </lines>\n        </class>")
}

fn line(view: &LineView, out: &mut dyn Write) -> io::Result<()> {
    let (number, hits) = (view.line.number, view.line.hits.count());
    let Some((taken, total)) = branches(view) else {
        return writeln!(
            out,
            "            <line number=\"{number}\" hits=\"{hits}\" branch=\"false\"/>"
        );
    };
    let percent = taken * 100 / total;
    writeln!(
        out,
        "            <line number=\"{number}\" hits=\"{hits}\" branch=\"true\" \
         condition-coverage=\"{percent}% ({taken}/{total})\"><conditions><condition number=\"0\" \
         type=\"jump\" coverage=\"{percent}%\"/></conditions></line>"
    )
}

/// `line-rate` and `branch-rate`. They are 1 if there is nothing to cover, as in the tools that
/// write Cobertura.
fn rates(tallies: &Tallies) -> String {
    let rate = |dimension| match tallies.get(&dimension) {
        None | Some(Tally { total: 0, .. }) => "1.0".to_owned(),
        Some(tally) => format!("{:?}", tally.covered as f64 / tally.total as f64),
    };
    format!(
        "line-rate=\"{}\" branch-rate=\"{}\"",
        rate(Dimension::Lines),
        rate(Dimension::Branches)
    )
}
