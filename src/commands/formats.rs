//! `formats`: which reports are read.

use serde_json::json;

use super::terminal::{BOLD, Terminal};
use crate::Result;
use crate::cli;
use crate::report::formats::FORMATS;

/// Lists the slice of formats.
pub(super) fn run(args: &cli::Formats, terminal: &Terminal) -> Result<()> {
    if args.json {
        let formats: Vec<_> =
            FORMATS.iter().map(|format| json!({ "name": format.name, "title": format.title })).collect();
        return terminal.json(&json!({ "schema": "covatlas/formats/1", "formats": formats, "warnings": [] }));
    }
    let width = FORMATS.iter().map(|format| format.name.len()).max().unwrap_or_default();
    for format in FORMATS {
        terminal.answer(format_args!("{BOLD}{:<width$}{BOLD:#}  {}", format.name, format.title));
    }
    Ok(())
}
