//! The layout of the store's tree, and the conversion of names to names that git accepts.
//!
//! A source path keeps its form: `src/a.rs` becomes `files/src/a.rs`. Only names that git or a file
//! system refuses are escaped, and every escape can be reversed: it begins with `%`, so a literal
//! `%` is `%25`.

use super::Key;
use crate::git::Id;
use crate::path::{from_bytes, to_bytes};
use crate::{Error, Result};

/// The folder of all snapshots.
pub(super) const SNAPSHOTS: &str = "snapshots";
/// The file that gives the store's format.
pub(super) const FORMAT: &str = "FORMAT";
/// The description of the run.
pub(super) const RUN: &str = "run.json";
/// The author and the time of the recording.
pub(super) const PROVENANCE: &str = "provenance.json";
/// The folder of records, by source path.
pub(super) const FILES: &str = "files";
/// The folder of source texts stored with a snapshot, by source path.
pub(super) const SOURCE: &str = "source";
/// The folder of tests.
pub(super) const TESTS: &str = "tests";
/// The folder of results by shard, in [`TESTS`].
pub(super) const CASES: &str = "cases";
/// The file of durations, in [`TESTS`].
pub(super) const DURATIONS: &str = "durations";

/// The longest name of a suite or a part, in bytes. Both together in one file name must stay below
/// the limit of 255 of file systems.
const NAME: usize = 100;

impl Key {
    /// Makes a key, if the store accepts the names.
    ///
    /// # Errors
    /// If the name of the suite or part is empty, `.` or `..`, longer than 100 bytes, or contains
    /// `/`, `\`, `@` or a control character.
    pub fn new(commit: Id, suite: impl Into<String>, part: impl Into<String>) -> Result<Self> {
        let key = Self { commit, suite: suite.into(), part: part.into() };
        key.check()?;
        Ok(key)
    }

    pub(super) fn check(&self) -> Result<()> {
        check_name("suite", &self.suite)?;
        check_name("part", &self.part)
    }

    /// The names of the folders that lead to a part inside [`SNAPSHOTS`].
    pub(super) fn folder(&self) -> [Vec<u8>; 3] {
        let id = self.commit.to_string();
        let (head, rest) = id.split_at(2);
        [head.into(), rest.into(), format!("{}@{}", self.suite, self.part).into()]
    }

    /// The key of a part's folder, or `None` for a folder that the store did not write.
    pub(super) fn of_folder(head: &str, rest: &str, name: &str) -> Option<Self> {
        let (suite, part) = name.split_once('@')?;
        let key = Self {
            commit: format!("{head}{rest}").parse().ok()?,
            suite: suite.to_owned(),
            part: part.to_owned(),
        };
        key.check().ok().map(|()| key)
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{} at {}", self.suite, self.part, self.commit.short())
    }
}

fn check_name(what: &str, name: &str) -> Result<()> {
    let wrong = if name.is_empty() {
        "is empty".to_owned()
    } else if matches!(name, "." | "..") {
        "is a name that file systems reserve".to_owned()
    } else if name.len() > NAME {
        format!("is longer than {NAME} bytes")
    } else if let Some(char) =
        name.chars().find(|char| matches!(char, '/' | '\\' | '@') || char.is_control())
    {
        format!("has the character {char:?}")
    } else {
        return Ok(());
    };
    Err(Error::new(format!("the {what}'s name {name:?} {wrong}")).hint(format!(
        "a {what} may be named with letters, digits, spaces and `-_.+`, such as `unit` or \
         `linux-3.12`"
    )))
}

/// The names that a source path has in the tree. `is_folder` tells whether a source path is that of
/// a folder. A file and a folder cannot have the same path within one commit, but two reports may
/// still say so.
pub(super) fn names(path: &str, is_folder: impl Fn(&str) -> bool) -> Vec<Vec<u8>> {
    let bytes = to_bytes(path);
    let mut names: Vec<Vec<u8>> = bytes.split(|&byte| byte == b'/').map(escape).collect();
    if is_folder(path) {
        names.last_mut().expect("a split has at least one piece").push(b'%');
    }
    names
}

/// The source path of a path below `files/` or `source/`, or `None` if the store did not write it.
pub fn source_path(stored: &str) -> Option<String> {
    let bytes = to_bytes(stored);
    let names: Option<Vec<Vec<u8>>> = bytes.split(|&byte| byte == b'/').map(unescape).collect();
    Some(from_bytes(&names?.join(&b'/')))
}

/// Escapes a name so that git accepts it: `%`, `\` and NUL everywhere, and the first byte of a
/// reserved name. An empty name becomes `%`.
fn escape(name: &[u8]) -> Vec<u8> {
    if name.is_empty() {
        return b"%".to_vec();
    }
    let mut escaped = Vec::with_capacity(name.len());
    for (index, &byte) in name.iter().enumerate() {
        if matches!(byte, b'%' | b'\\' | 0) || index == 0 && is_reserved(name) {
            escaped.extend_from_slice(format!("%{byte:02X}").as_bytes());
        } else {
            escaped.push(byte);
        }
    }
    escaped
}

fn unescape(name: &[u8]) -> Option<Vec<u8>> {
    if name == b"%" {
        return Some(Vec::new());
    }
    // A `%` at the end distinguishes a file from the folder with the same name.
    let name = name.strip_suffix(b"%").unwrap_or(name);
    if name == b"%" {
        return Some(Vec::new());
    }
    let mut plain = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            plain.push(byte);
            rest = after;
            continue;
        }
        let hex = std::str::from_utf8(after.get(..2)?).ok()?;
        plain.push(u8::from_str_radix(hex, 16).ok()?);
        rest = &after[2..];
    }
    (escape(&plain) == name).then_some(plain)
}

/// Whether git may refuse a name: `.`, `..`, `.git` and the files that configure git
/// (`.gitmodules`, …) in any case, in the forms that Windows takes for them (`git~1`, trailing dots
/// and spaces, `:stream`) and with the invisible characters that macOS ignores. This is broader
/// than git's own rule, because an unnecessary escape does no harm.
fn is_reserved(name: &[u8]) -> bool {
    const HARMLESS: [&str; 3] = [".github", ".gitlab", ".gitea"];
    let text = String::from_utf8_lossy(name);
    let seen: String =
        text.chars().filter(|char| !is_ignored(*char)).flat_map(char::to_lowercase).collect();
    if HARMLESS.contains(&text.as_ref()) {
        return false;
    }
    seen.starts_with(".git")
        || seen.starts_with("gi") && seen.contains('~')
        || seen.trim_end_matches(['.', ' ']).is_empty()
}

/// The characters that HFS+ ignores in names, as git lists them.
fn is_ignored(char: char) -> bool {
    matches!(
        char,
        '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(path: &str) -> String {
        from_bytes(&names(path, |_| false).join(&b'/'))
    }

    #[test]
    fn usual_paths_keep_their_form() {
        for path in [
            "src/a.rs",
            ".github/workflows/x.py",
            "a b/ü.c",
            "node_modules/@x/y.js",
            "a:b",
            "giant.c",
            "..a",
            "con",
        ] {
            assert_eq!(stored(path), path);
        }
    }

    #[test]
    fn refused_names_are_escaped_and_come_back() {
        let pairs = [
            ("../x", "%2E./x"),
            ("a/./b", "a/%2E/b"),
            (".git/config", "%2Egit/config"),
            (".GIT ", "%2EGIT "),
            (".g\u{200c}it", "%2Eg\u{200c}it"),
            ("git~1", "%67it~1"),
            ("GI7EBA~1", "%47I7EBA~1"),
            (".gitmodules", "%2Egitmodules"),
            ("/abs//x", "%/abs/%/x"),
            ("", "%"),
            ("100%", "100%25"),
            ("a\\b", "a%5Cb"),
            ("a\0b", "a%00b"), // valid UTF-8, so no escape in the text
            ("\\xff", "\\xff"),
            ("...", "%2E.."),
        ];
        for (path, expected) in pairs {
            assert_eq!(stored(path), expected);
            assert_eq!(source_path(expected).as_deref(), Some(path));
        }
    }

    #[test]
    fn a_file_beside_a_folder_of_its_name_has_another_name() {
        assert_eq!(names("a/b", |path| path == "a/b").join(&b'/'), b"a/b%");
        assert_eq!(source_path("a/b%").as_deref(), Some("a/b"));
        assert_eq!(names("", |_| true).join(&b'/'), b"%%");
        assert_eq!(source_path("%%").as_deref(), Some(""));
    }

    #[test]
    fn names_that_the_store_does_not_write_are_none() {
        for stored in ["%zz", "%2", "%41", "a%2fb", ".git"] {
            assert_eq!(source_path(stored), None, "{stored}");
        }
    }

    #[test]
    fn names_of_suites_are_checked() {
        let id = Id::from_raw(&[7; 20]);
        for name in ["", ".", "..", "a/b", "a@b", "a\nb", "a\\b", &"x".repeat(101)] {
            assert!(
                Key::new(id, name, "1").is_err() && Key::new(id, "unit", name).is_err(),
                "{name:?}"
            );
        }
        let key = Key::new(id, "unit tests", "linux-3.12").expect("a good name");
        let [head, rest, name] = key.folder().map(|name| from_bytes(&name));
        assert_eq!((head.as_str(), name.as_str()), ("07", "unit tests@linux-3.12"));
        assert_eq!(Key::of_folder(&head, &rest, &name), Some(key));
    }
}
