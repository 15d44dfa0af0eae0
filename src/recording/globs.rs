//! Finds files by patterns. One walk serves all patterns that begin at the same folder.
//!
//! * `*` and `?` match within a name, `**` any number of folders, `[a-z]` one character, `{a,b}`
//!   either word. The rules within a name are those of the `globset` crate.
//! * Names that begin with a dot are matched like any other, but nothing below a `.git` is.
//! * A link to a file is a file. A link to a folder is not followed unless the pattern spells out
//!   its name, because the packages of a workspace link to each other, and following these links
//!   would never end.
//! * Only folders that can match a pattern are read, and at most [`MAX_ENTRIES`] entries of them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use walkdir::{DirEntry, WalkDir};

use crate::error::Context as _;
use crate::{Error, Result};

/// The largest number of files and folders to visit for the patterns of one call.
const MAX_ENTRIES: usize = 1 << 21;

/// Patterns by the folder at which their walk begins.
#[derive(Debug, Default)]
pub(super) struct Globs {
    walks: BTreeMap<PathBuf, Vec<Pattern>>,
    /// Patterns without a wildcard, each of which names one file.
    plain: Vec<PathBuf>,
}

/// The part of a pattern from its first wildcard on, split into names.
type Pattern = Vec<Name>;

#[derive(Debug)]
enum Name {
    /// `**`
    Any,
    Like(GlobMatcher),
}

impl Globs {
    /// Adds a pattern below a folder. The folder's own name is taken literally; an empty one is the
    /// current folder.
    pub(super) fn add(&mut self, folder: &Path, pattern: &str) -> Result<()> {
        let mut base = folder.to_owned();
        let mut names = Pattern::new();
        for component in Path::new(pattern).components() {
            match component {
                Component::Normal(name) => {
                    let text = name.to_string_lossy();
                    match literal(&text).filter(|_| names.is_empty()) {
                        Some(literal) => base.push(literal),
                        None => names.push(
                            name_like(&text).during(|| format!("cannot use the glob {pattern}"))?,
                        ),
                    }
                }
                Component::CurDir => {}
                other if names.is_empty() => base.push(other),
                _ => {
                    return Err(Error::new(format!(
                        "cannot use the glob {pattern}: `..` comes after a wildcard"
                    )));
                }
            }
        }
        if names.is_empty() {
            self.plain.push(base);
        } else {
            self.walks.entry(base).or_default().push(names);
        }
        Ok(())
    }

    /// The regular files that match, and links to files, sorted and without duplicates.
    pub(super) fn files(&self) -> Result<Vec<PathBuf>> {
        let mut found: Vec<PathBuf> =
            self.plain.iter().filter(|path| path.is_file()).cloned().collect();
        let mut left = MAX_ENTRIES;
        for (base, patterns) in &self.walks {
            walk(base, patterns, &mut left, &mut found)?;
        }
        found.sort();
        found.dedup();
        Ok(found)
    }
}

/// Adds the matching files below a folder.
fn walk(
    base: &Path,
    patterns: &[Pattern],
    left: &mut usize,
    found: &mut Vec<PathBuf>,
) -> Result<()> {
    let root = if base.as_os_str().is_empty() { Path::new(".") } else { base };
    // The matched part of each pattern, by the depth of the folder that the walk is in.
    let mut matched: Vec<Vec<Positions>> =
        vec![patterns.iter().map(|names| Positions::start(names)).collect()];
    let mut entries = WalkDir::new(root).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        // A folder that cannot be read is skipped.
        let Ok(entry) = entry else { continue };
        let depth = entry.depth();
        let Some(above) = depth.checked_sub(1) else { continue };
        *left = left.checked_sub(1).ok_or_else(|| too_many(root))?;
        matched.truncate(depth);
        let here: Vec<Positions> = patterns
            .iter()
            .zip(&matched[above])
            .map(|(names, at)| at.step(names, entry.file_name()))
            .collect();
        if entry.file_type().is_dir() {
            let leads_on =
                here.iter().any(|positions| !positions.0.is_empty()) && entry.file_name() != ".git";
            if leads_on {
                matched.push(here);
            } else {
                entries.skip_current_dir();
            }
        } else if patterns.iter().zip(&here).any(|(names, at)| at.0.contains(&names.len()))
            && is_file(&entry)
        {
            let path = entry.path();
            found.push(
                path.strip_prefix(".").ok().filter(|_| base != root).unwrap_or(path).to_owned(),
            );
        }
    }
    Ok(())
}

fn too_many(root: &Path) -> Error {
    let message =
        format!("a glob covers more than {MAX_ENTRIES} files and folders below {}", root.display());
    Error::new(message)
        .hint("start it with the folders that contain the reports, or name the reports")
}

/// Whether it is a regular file or a link to one.
fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_file() || entry.path_is_symlink() && entry.path().is_file()
}

/// The indices of a pattern's names that the names of a path may have reached, in ascending order.
#[derive(Debug)]
struct Positions(Vec<usize>);

impl Positions {
    fn start(names: &[Name]) -> Self {
        let mut positions = Self(Vec::new());
        positions.reach(names, 0);
        positions
    }

    /// The positions after one more name of the path.
    fn step(&self, names: &[Name], name: &OsStr) -> Self {
        let mut next = Self(Vec::new());
        for &at in &self.0 {
            match names.get(at) {
                Some(Name::Any) => next.reach(names, at),
                Some(Name::Like(glob)) if glob.is_match(name) => next.reach(names, at + 1),
                _ => {}
            }
        }
        // `a/**` matches everything below `a`.
        if matches!(names.last(), Some(Name::Any)) && next.0.contains(&(names.len() - 1)) {
            next.reach(names, names.len());
        }
        next
    }

    /// Adds an index, and the next ones as long as `**` may match no folder at all.
    fn reach(&mut self, names: &[Name], at: usize) {
        if !self.0.contains(&at) {
            self.0.push(at);
        }
        if matches!(names.get(at), Some(Name::Any)) && at + 1 < names.len() {
            self.reach(names, at + 1);
        }
    }
}

fn name_like(name: &str) -> Result<Name> {
    if name == "**" {
        return Ok(Name::Any);
    }
    let glob = GlobBuilder::new(name).literal_separator(true).backslash_escape(false).build();
    let glob = glob
        .map_err(|cause| Error::new(format!("`{name}` is not a valid pattern")).because(cause))?;
    Ok(Name::Like(glob.compile_matcher()))
}

/// The text of a name without wildcards. `[*]` is the character `*`.
fn literal(name: &str) -> Option<String> {
    let mut text = String::with_capacity(name.len());
    let mut rest = name.chars();
    while let Some(char) = rest.next() {
        match char {
            '*' | '?' => return None,
            '[' => {
                text.push(rest.next()?);
                rest.next().filter(|&end| end == ']')?;
            }
            other => text.push(other),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let names: Pattern =
            pattern.split('/').map(|name| name_like(name).expect("a pattern")).collect();
        let end = path
            .split('/')
            .fold(Positions::start(&names), |at, name| at.step(&names, OsStr::new(name)));
        end.0.contains(&names.len())
    }

    #[test]
    fn stars_match_a_name_and_two_of_them_any_folders() {
        for (pattern, path, wanted) in [
            ("*.info", "a.info", true),
            ("*.info", ".hidden.info", true),
            ("*.info", "a/b.info", false),
            ("**/a.info", "a.info", true),
            ("**/a.info", "x/y/a.info", true),
            ("**/b/**/a.info", "b/a.info", true),
            ("**/b/**/a.info", "x/b/y/z/a.info", true),
            ("**/b/**/a.info", "x/y/a.info", false),
            ("a/**", "a/b/c", true),
            ("a/**", "b/c", false),
            ("a/*/c", "a/b/c", true),
            ("a/*/c", "a/c", false),
            ("{a,b}.info", "b.info", true),
            ("[a-c]?", "bx", true),
            ("[!a]", "a", false),
        ] {
            assert_eq!(matches(pattern, path), wanted, "{pattern} {path}");
        }
    }

    #[test]
    fn a_name_without_wildcards_is_literal() {
        assert_eq!(literal("odd[[]1].info").as_deref(), Some("odd[1].info"));
        assert_eq!(literal("a.info").as_deref(), Some("a.info"));
        assert_eq!(
            [literal("a*"), literal("[ab]"), literal("?"), literal("[")],
            [None, None, None, None]
        );
    }
}
