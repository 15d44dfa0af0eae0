//! Data that pages load late: classic scripts that call one function, so that they work from
//! `file://` and under a strict policy. `data/now.js` and `data/now.css` contain what changes with
//! every snapshot, `data/search.js` what the search box scans; all others are named by their
//! digest.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Context, Sink, assets, escape, format, message, urls};
use crate::analysis::groups::series::Groups;
use crate::analysis::tree::Directory;
use crate::report::Dimension;
use crate::{Error, Result, hidden};

/// What `data/now.js` holds: the contract is the theme's README.
#[derive(Serialize)]
struct Now<'a> {
    project: &'a str,
    branch: &'a str,
    commit: String,
    short: String,
    date: String,
    snapshots: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    href: Option<String>,
    counts: BTreeMap<&'static str, u64>,
}

/// What `data/search.js` holds: directories once, files by path, commits newest first.
#[derive(Serialize)]
struct Search {
    dirs: Vec<String>,
    /// Every directory with its page, if that has another name, and its lines.
    folders: Vec<(String, String, u64, u64)>,
    files: Vec<(usize, String, String, u64, u64)>,
    commits: Vec<(String, String, String)>,
}

/// Writes data under the digest of its own bytes. Out: the key that the script answers with; the
/// file is `data/<key>.js`.
pub fn put(sink: &mut dyn Sink, value: &impl Serialize) -> Result<String> {
    let json = json(value)?;
    let key = assets::short_digest(json.as_bytes());
    let path = format!("data/{key}.js");
    if !sink.keep(&path, &key) {
        sink.put(&path, &key, script(&key, &json).as_bytes())?;
    }
    Ok(key)
}

/// Writes `data/now.js`, `data/now.css` and `data/search.js`.
pub fn write(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    write_style(context, sink)?;
    named(sink, "now", &now(context))?;
    named(sink, "search", &search(context))
}

fn named(sink: &mut dyn Sink, name: &str, value: &impl Serialize) -> Result<()> {
    let json = json(value)?;
    let (path, key) = (format!("data/{name}.js"), assets::short_digest(json.as_bytes()));
    if sink.keep(&path, &key) {
        Ok(())
    } else {
        sink.put(&path, &key, script(name, &json).as_bytes())
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|cause| Error::new("writing the data of a page").because(cause))
}

fn script(key: &str, json: &str) -> String {
    format!("__cov(\"{key}\",{})\n", escape::script_json(json))
}

fn now<'a>(context: &'a Context) -> Now<'a> {
    let (history, latest) = (context.atlas.history, context.latest);
    let contributors = context.atlas.analyses.contributors.known();
    let people = contributors.map_or(0, |known| known.people.len() as u64);
    Now {
        project: &context.atlas.project,
        branch: &history.branch,
        commit: latest.commit.id.to_string(),
        short: latest.commit.id.short(),
        date: format::rfc3339(latest.commit.time),
        snapshots: history.points.len(),
        href: context.has("commits/").then(|| urls::commit(latest.commit.id)),
        counts: BTreeMap::from([
            ("files", latest.measured as u64),
            ("commits", history.points.len() as u64),
            ("owners", with_files(&context.atlas.analyses.owners)),
            ("components", with_files(&context.atlas.analyses.components)),
            ("contributors", people),
        ]),
    }
}

fn with_files(groups: &Groups) -> u64 {
    groups.groups.iter().filter(|group| !group.files.is_empty()).count() as u64
}

fn search(context: &Context) -> Search {
    let history = context.atlas.history;
    let files = if context.has("files/") {
        history.files_at(history.points.len() - 1)
    } else {
        BTreeMap::new()
    };
    let mut dirs: Vec<String> = Vec::new();
    let files = files.iter().map(|(path, (_, state))| {
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
        // In path order the files of a directory need not be neighbours (`a/b.c` between `a/b/…`),
        // so look it up.
        let dir = dirs.iter().rposition(|known| known == dir).unwrap_or_else(|| {
            dirs.push(dir.to_owned());
            dirs.len() - 1
        });
        let url = context.urls.file(path);
        let href = if url == format!("files/{path}.html") { String::new() } else { url };
        let lines = state.tallies.get(&Dimension::Lines).unwrap_or_default();
        (dir, name.to_owned(), href, lines.covered, lines.total)
    });
    let files = files.collect();
    let commits = history.points.iter().rev().filter(|_| context.has("commits/"));
    let commits = commits.map(|point| {
        (
            point.commit.id.short(),
            message::without_addresses(&point.commit.subject),
            urls::commit(point.commit.id),
        )
    });
    Search { dirs, folders: folders(context), files, commits: commits.collect() }
}

/// Writes a style sheet of what changes with every snapshot: what the top bar and a printed page
/// say about the newest one, and the width of a snapshot in a sparkline. So pages need no script
/// for it, and keep their bytes when there is another snapshot.
fn write_style(context: &Context, sink: &mut dyn Sink) -> Result<()> {
    let commit = &context.latest.commit;
    let text = format!(
        "{} at {}, {}",
        context.atlas.history.branch,
        commit.id.short(),
        format::day(commit.time)
    );
    let text = style_string(&text);
    let steps = context.atlas.history.points.len().saturating_sub(1).max(1);
    let style = format!(
        ".asof::before{{content:{text}}}.printed::after{{content:\", \" {text}}}\
         .spark{{--snapshot:{:.6}}}\n",
        100.0 / steps as f64
    );
    let (path, key) = ("data/now.css", assets::short_digest(style.as_bytes()));
    if sink.keep(path, &key) { Ok(()) } else { sink.put(path, &key, style.as_bytes()) }
}

/// A string of a style sheet. All but letters and digits are escaped, hidden characters by their
/// visible code points.
fn style_string(text: &str) -> String {
    let visible = hidden::shown(text);
    let escaped = visible.chars().map(|c| match c {
        ' ' => " ".to_owned(),
        c if c.is_ascii_alphanumeric() => c.to_string(),
        c => format!("\\{:x} ", u32::from(c)),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// Every directory below the root, by path.
fn folders(context: &Context) -> Vec<(String, String, u64, u64)> {
    let mut folders = Vec::new();
    if context.has("files/") {
        list_folders(context, &context.atlas.analyses.tree, &mut folders);
    }
    folders
}

fn list_folders(
    context: &Context,
    directory: &Directory,
    folders: &mut Vec<(String, String, u64, u64)>,
) {
    for below in directory.directories.values() {
        let url = context.urls.directory(&below.path);
        let href =
            if url == format!("files/{}/index.html", below.path) { String::new() } else { url };
        let lines = below.now.get(&Dimension::Lines).unwrap_or_default();
        folders.push((below.path.clone(), href, lines.covered, lines.total));
        list_folders(context, below, folders);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_of_a_style_sheet_cannot_end_early() {
        assert_eq!(style_string("main at 1a"), "\"main at 1a\"");
        assert_eq!(style_string("a\"}\\b"), "\"a\\22 \\7d \\5c b\"");
        assert_eq!(style_string("é\u{202e}"), "\"\\e9 \\5b U\\2b 202E\\5d \"");
    }
}
