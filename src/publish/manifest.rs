//! Reads and writes the manifest of a site: each file with its key, its hash and its size, one per
//! line.

use std::collections::BTreeMap;

use super::disk::WRITING;
use crate::{Error, Result};

/// The manifest's name in the folder.
pub(super) const MANIFEST: &str = ".covatlas-site";

pub(super) const HEADER: &str = "covatlas-site 1";
pub(super) const UNFINISHED: &str = "covatlas-site 1 unfinished";

/// A file as listed in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) hash: String,
    pub(super) size: u64,
}

pub(super) fn manifest_line(path: &str, entry: &Entry) -> String {
    format!("{path}\t{}\t{}\t{}\n", entry.key, entry.hash, entry.size)
}

pub(super) fn manifest_text<'a>(
    header: &str,
    entries: impl Iterator<Item = (&'a str, &'a Entry)>,
) -> String {
    let lines = entries.map(|(path, entry)| manifest_line(path, entry));
    [format!("{header}\n")].into_iter().chain(lines).collect()
}

/// Parses a manifest. An unfinished build's manifest gives only names, since its keys and hashes
/// cannot be trusted.
pub(super) fn read_manifest(text: &str) -> Result<BTreeMap<String, Entry>> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    if header != HEADER && header != UNFINISHED {
        return Err(Error::new(format!(
            "its first line is `{header}`, and this version writes `{HEADER}`"
        ))
        .hint("a newer covatlas wrote this folder: use that one, or another folder"));
    }
    let entry = |line: &str| {
        let mut fields = line.split('\t');
        let (path, key, hash) = (fields.next()?, fields.next()?, fields.next()?);
        let size = fields.next()?.parse().ok()?;
        check_path(path).ok()?; // even a manipulated manifest must not remove other files
        let trusted = header == HEADER;
        let field = |text: &str| if trusted { text.to_owned() } else { String::new() };
        Some((path.to_owned(), Entry { key: field(key), hash: field(hash), size }))
    };
    Ok(lines.filter_map(entry).collect()) // the last line may be truncated by a killed build
}

/// Checks that a path stays inside the folder and on one line of the manifest.
pub(super) fn check_path(path: &str) -> Result<()> {
    let named =
        path.split('/').all(|name| !matches!(name, "" | "." | ".." | MANIFEST | WRITING | ".git"));
    if named && !path.contains(|c: char| c.is_control() || c == '\\') {
        return Ok(());
    }
    Err(Error::new(format!("cannot write the page {path:?}: it is not a path inside the site")))
}
