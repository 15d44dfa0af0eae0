//! `formats`: lists the report formats, and the rules by which they are read.

use serde_json::{Value, json};

use crate::commands::terminal::{BOLD, Terminal};
use crate::report::formats::{FORMATS, Format, Kind, named};
use crate::{Result, cli};

/// Lists all formats, or describes one with its rules.
pub(super) fn run(args: &cli::Formats, terminal: &Terminal) -> Result<()> {
    let one = args.name.as_deref().map(named).transpose()?;
    if args.output.json {
        let formats: Vec<Value> =
            one.map_or_else(|| FORMATS.iter().map(entry).collect(), |format| vec![entry(format)]);
        return terminal
            .json(&json!({ "schema": "covatlas/formats/1", "formats": formats, "warnings": [] }));
    }
    match one {
        Some(format) => explain(format, terminal),
        None => list(terminal),
    }
    Ok(())
}

fn entry(format: &Format) -> Value {
    let Format { name, title, kind, tools, sign, quirks, .. } = format;
    json!({
        "name": name,
        "title": title,
        "kind": kind,
        "tools": tools,
        "sign": sign,
        "quirks": quirks,
    })
}

fn list(terminal: &Terminal) {
    let width = FORMATS.iter().map(|format| format.name.len()).max().unwrap_or_default();
    for kind in Kind::ALL.into_iter().filter(|kind| !kind.formats().is_empty()) {
        terminal.stdout(format_args!("{}", kind.title()));
        for format in kind.formats() {
            let tools = format.tools.join(", ");
            terminal.stdout(format_args!(
                "  {BOLD}{:<width$}{BOLD:#}  {}: {tools}",
                format.name, format.title
            ));
        }
    }
}

fn explain(format: &Format, terminal: &Terminal) {
    let Format { name, title, tools, sign, quirks, .. } = format;
    terminal.stdout(format_args!("{BOLD}{name}{BOLD:#}  {title}"));
    terminal.stdout(format_args!("A file that {sign}. Written by {}.", tools.join(", ")));
    for quirk in *quirks {
        terminal.stdout(format_args!("- {} ({})", quirk.rule, quirk.source));
    }
}
