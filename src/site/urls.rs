//! The address of each page: the one rule that makes file names from paths, and relative links
//! between pages.
//!
//! The input is paths of the repository, which may hold any byte. It gives names of the site,
//! relative to its root, made of `A-Z a-z 0-9 - _ . @ = , ( ) ~ /` only: no URL has to encode them,
//! and every file system takes them.
//!
//! The rule, a component at a time (`/` stays):
//! 1. Any other byte becomes `~` and two hex digits; so do `~` itself, a dot at the start (hidden
//!    files are left out by some servers and uploads) and a dot at the end (Windows drops it).
//! 2. A name Windows keeps for a device (`con`, `nul`, `com1`, …, with any extension) gets `~`
//!    before it, and so does a file called `index`, whose page would take the place of its
//!    directory's.
//! 3. A directory whose name ends in `.html` has that dot escaped, so that it never meets the page
//!    of a file.
//! 4. A page whose name is longer than [`LONGEST`] bytes, or differs from another's by case alone,
//!    is cut and given a hash of the path; of those that differ by case, the first in byte order
//!    keeps its name.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

use crate::git::Id;

/// The longest name of a page in bytes, from the site's root: Windows takes 260 characters for the
/// whole path.
pub const LONGEST: usize = 200;

/// The page that compares any two snapshots: `compare/index.html#<id>..<id>`, without the second
/// the newest.
pub const COMPARE: &str = "compare/index.html";

/// The names of all pages of files and directories.
#[derive(Clone, Debug, Default)]
pub struct Urls {
    /// What the plain rule begins the names in each directory with: a page is asked for its links
    /// again and again.
    folders: HashMap<String, String>,
    /// The pages whose names the plain rule does not give, by path.
    files: BTreeMap<String, String>,
    directories: BTreeMap<String, String>,
}

impl Urls {
    /// The names for these paths of files and for all directories above them. Give every path that
    /// has a page in the site: which names collide depends on all of them.
    pub fn of<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut files: Vec<&str> = paths.into_iter().collect();
        files.dedup(); // the states of one file follow one another
        files.sort_unstable();
        files.dedup();
        let directories: BTreeSet<&str> = files.iter().flat_map(|path| parents(path)).collect();
        let mut taken = HashSet::new();
        let folders = directories.iter().filter(|path| !path.is_empty());
        let folders = folders.map(|&path| (path.to_owned(), folder_url(path))).collect();
        let mut urls = Self { folders, ..Self::default() };
        for path in directories {
            let plain = urls.directory(path);
            if plain.len() > LONGEST || !taken.insert(plain.to_ascii_lowercase()) {
                urls.directories.insert(path.to_owned(), hashed(path, &Kind::Directory));
            }
        }
        for path in files {
            let plain = urls.file(path);
            if plain.len() > LONGEST || !taken.insert(plain.to_ascii_lowercase()) {
                urls.files.insert(path.to_owned(), hashed(path, &Kind::File));
            }
        }
        urls
    }

    /// The page of a source file: `files/src/core.rs.html`.
    pub fn file(&self, path: &str) -> String {
        if let Some(name) = self.files.get(path) {
            return name.clone();
        }
        let known = path
            .rsplit_once('/')
            .and_then(|(folder, name)| Some((self.folders.get(folder)?, name)));
        known.map_or_else(|| plain_file(path), |(folder, name)| file_url(folder.clone(), name))
    }

    /// The page of a directory: `files/src/index.html`; the root is the empty path.
    pub fn directory(&self, path: &str) -> String {
        if let Some(name) = self.directories.get(path) {
            return name.clone();
        }
        if path.is_empty() {
            return "files/index.html".to_owned();
        }
        self.folders.get(path).cloned().unwrap_or_else(|| folder_url(path)) + "index.html"
    }
}

/// The page of a commit with a snapshot.
pub fn commit(id: Id) -> String {
    format!("commits/{id}.html")
}

/// The pages of named things in a folder, by name: `owners/@octo-org~2foctocats.html`. The rule of
/// file names holds, with `/` as any other character; names whose pages would be one are told apart
/// by a hash, but for the first in byte order.
pub fn named<'n>(
    folder: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> BTreeMap<&'n str, String> {
    let names: BTreeSet<&str> = names.into_iter().collect();
    let mut taken = BTreeSet::new();
    let page = |name| {
        let mut url = format!("{folder}/");
        if str::eq_ignore_ascii_case(name, "index") {
            url.push('~');
        }
        push_component(&mut url, name);
        if url.len() + 5 > LONGEST || !taken.insert(url.to_ascii_lowercase()) {
            url.truncate(100); // all of it is ASCII
            url = format!("{url}~-{}", &blake3::hash(name.as_bytes()).to_hex()[..16]);
        }
        (name, url + ".html")
    };
    names.into_iter().map(page).collect()
}

/// The page of a guide's Markdown file, by its path without `.md`; the rule of file names holds
/// here too.
pub fn guide(stem: &str) -> String {
    let file = plain_file(stem);
    format!("guide/{}", file.strip_prefix("files/").unwrap_or(&file))
}

/// The way from a page to the site's root: empty, `../`, `../../`, …
pub fn root(page: &str) -> String {
    "../".repeat(page.matches('/').count())
}

/// The relative link from one page to another; `to` may end in a fragment.
pub fn relative(from: &str, to: &str) -> String {
    let folder = from.rfind('/').map_or("", |at| &from[..=at]);
    let path = &to[..to.find('#').unwrap_or(to.len())];
    let common = folder.bytes().zip(path.bytes()).take_while(|(a, b)| a == b).count();
    let common = folder[..common].rfind('/').map_or(0, |at| at + 1);
    root(&folder[common..]) + &to[common..]
}

enum Kind {
    File,
    Directory,
}

/// The directories above a path, the root (empty) included.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    std::iter::once("").chain(path.match_indices('/').map(|(at, _)| &path[..at]))
}

fn plain_file(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((folder, name)) => file_url(folder_url(folder), name),
        None => file_url("files/".to_owned(), path),
    }
}

/// The page of a file in a folder.
fn file_url(mut url: String, name: &str) -> String {
    if name.eq_ignore_ascii_case("index") {
        url.push('~');
    }
    push_component(&mut url, name);
    url + ".html"
}

/// `files/src/click/`
fn folder_url(path: &str) -> String {
    let mut url = "files/".to_owned();
    for component in path.split('/') {
        let from = url.len();
        push_component(&mut url, component);
        let at = url.len().saturating_sub(5);
        if at >= from && url[at..].eq_ignore_ascii_case(".html") {
            url.replace_range(at..=at, "~2e");
        }
        url.push('/');
    }
    url
}

fn push_component(url: &mut String, component: &str) {
    if component.is_empty() {
        url.push_str("~_"); // git has no empty names; a report may
        return;
    }
    if is_device(component) {
        url.push('~');
    }
    let last = component.len() - 1;
    for (at, byte) in component.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric()
            || b"-_@=,()".contains(&byte)
            || (byte == b'.' && at != 0 && at != last);
        if plain {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "~{byte:02x}"); // writing to a String cannot fail
        }
    }
}

/// The device names of Windows ("Naming Files, Paths, and Namespaces"), with or without an
/// extension.
fn is_device(component: &str) -> bool {
    let stem = component.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = || {
        stem.strip_prefix("com")
            .or_else(|| stem.strip_prefix("lpt"))
            .is_some_and(|n| n.len() == 1 && n.as_bytes()[0].is_ascii_digit())
    };
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || numbered()
}

/// `files/<start of the folder>/<start of the name>~-<hash>.html`, well below [`LONGEST`].
fn hashed(path: &str, kind: &Kind) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut url = "files/".to_owned();
    for component in folder.split('/').filter(|_| !folder.is_empty()) {
        let next = folder_url(component);
        let next = next.strip_prefix("files/").unwrap_or(&next);
        if url.len() + next.len() > 100 {
            break;
        }
        url.push_str(next);
    }
    let mut escaped = String::new();
    push_component(&mut escaped, name);
    escaped.truncate(60); // all of it is ASCII
    let hash = &blake3::hash(path.as_bytes()).to_hex()[..16];
    match kind {
        Kind::File => format!("{url}{escaped}~-{hash}.html"),
        Kind::Directory => format!("{url}{escaped}~-{hash}/index.html"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn usual_paths_stay_readable() {
        let urls = Urls::of(["src/click/core.py", "Makefile", "src/index.js"]);
        assert_eq!(urls.file("src/click/core.py"), "files/src/click/core.py.html");
        assert_eq!(urls.file("Makefile"), "files/Makefile.html");
        assert_eq!(urls.file("src/index.js"), "files/src/index.js.html");
        assert_eq!(urls.directory("src/click"), "files/src/click/index.html");
        assert_eq!(urls.directory(""), "files/index.html");
    }

    #[test]
    fn dangerous_names_are_escaped() {
        let file = |path| Urls::of([path]).file(path);
        assert_eq!(file("a b/c#d?.rs"), "files/a~20b/c~23d~3f.rs.html");
        assert_eq!(file("src/index"), "files/src/~index.html");
        assert_eq!(file("Con.txt"), "files/~Con.txt.html");
        assert_eq!(file("lpt1/x"), "files/~lpt1/x.html");
        assert_eq!(file("../../etc/passwd"), "files/~2e~2e/~2e~2e/etc/passwd.html");
        assert_eq!(file("/etc"), "files/~_/etc.html");
        assert_eq!(file(".github/run."), "files/~2egithub/run~2e.html");
        assert_eq!(file("é~"), "files/~c3~a9~7e.html");
    }

    #[test]
    fn a_directory_never_meets_a_page() {
        let urls = Urls::of(["a", "a.html/b", "index.html/c", "index"]);
        assert_eq!(urls.file("a"), "files/a.html");
        assert_eq!(urls.file("a.html/b"), "files/a~2ehtml/b.html");
        assert_eq!(urls.directory("index.html"), "files/index~2ehtml/index.html");
        assert_eq!(urls.file("index"), "files/~index.html");
    }

    #[test]
    fn names_that_differ_by_case_get_a_hash() {
        let urls = Urls::of(["src/a.rs", "src/A.rs", "SRC/b.rs"]);
        assert_eq!(urls.file("src/A.rs"), "files/src/A.rs.html");
        assert!(urls.file("src/a.rs").starts_with("files/src/a.rs~-"), "{}", urls.file("src/a.rs"));
        assert_eq!(urls.directory("SRC"), "files/SRC/index.html");
        assert!(urls.directory("src").starts_with("files/src~-"), "{}", urls.directory("src"));
    }

    #[test]
    fn named_things_have_a_page_each() {
        let urls = named("owners", ["@octo-org/octocats", "index", "@A", "@a", "con"]);
        assert_eq!(urls["@octo-org/octocats"], "owners/@octo-org~2foctocats.html");
        assert_eq!(
            (urls["index"].as_str(), urls["con"].as_str()),
            ("owners/~index.html", "owners/~con.html")
        );
        assert_eq!(urls["@A"], "owners/@A.html");
        assert!(urls["@a"].starts_with("owners/@a~-"), "{}", urls["@a"]);
        let long = "é".repeat(90);
        assert!(named("components", [long.as_str()])[long.as_str()].len() <= LONGEST);
    }

    #[test]
    fn links_are_relative() {
        assert_eq!(relative("index.html", "trends/index.html"), "trends/index.html");
        assert_eq!(relative("files/src/a.html", "index.html"), "../../index.html");
        assert_eq!(relative("files/src/a.html", "files/src/b.html#L3"), "b.html#L3");
        assert_eq!(relative("files/srca/a.html", "files/src/b.html"), "../src/b.html");
        assert_eq!(relative("files/a/index.html", "files/a/index.html"), "index.html");
        assert_eq!(relative("guide/a.html", "guide/b.html#x/y"), "b.html#x/y");
    }

    /// Components that provoke: reserved, dotted, cased, long, and any character.
    fn component() -> impl Strategy<Value = String> {
        prop_oneof![
            "(?i)(con|nul|aux|com1|index|a|b)(\\.(html|txt|h))?",
            "[.~ A-Ca-c#%:\\\\]{0,6}",
            "[aé☃]{60,90}",
            "\\PC{0,8}",
        ]
    }

    fn path() -> impl Strategy<Value = String> {
        prop::collection::vec(component(), 1..5).prop_map(|components| components.join("/"))
    }

    fn is_legal(component: &str) -> bool {
        let stem = component.split('.').next().unwrap_or_default().to_ascii_lowercase();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.@=,()~".contains(c);
        !component.is_empty()
            && component.chars().all(allowed)
            && !component.starts_with('.')
            && !component.ends_with('.')
            && !["con", "prn", "aux", "nul", "com1", "lpt9"].contains(&stem.as_str())
    }

    proptest! {
        #[test]
        fn every_path_has_a_page_of_its_own(paths in prop::collection::btree_set(path(), 1..12)) {
            let urls = Urls::of(paths.iter().map(String::as_str));
            let directories: BTreeSet<&str> = paths.iter().flat_map(|path| parents(path)).collect();
            let mut pages = BTreeSet::new();
            let mut folders = BTreeSet::new();
            let all = paths.iter().map(|path| urls.file(path)).chain(directories.iter().map(|path| urls.directory(path)));
            for url in all {
                prop_assert!(url.starts_with("files/") && url.strip_suffix(".html").is_some(), "{url}");
                prop_assert!(url.len() <= LONGEST, "{} bytes: {url}", url.len());
                prop_assert!(url.split('/').all(is_legal), "{url}");
                folders.extend(url.match_indices('/').map(|(at, _)| url[..at].to_lowercase()));
                prop_assert!(pages.insert(url.to_lowercase()), "twice: {url}");
            }
            prop_assert!(pages.is_disjoint(&folders), "a page and a folder of one name");
        }

        #[test]
        fn relative_links_lead_there(from in path(), to in path()) {
            let urls = Urls::of([from.as_str(), to.as_str()]);
            let (from, to) = (urls.file(&from), urls.directory(to.rsplit_once('/').map_or("", |(folder, _)| folder)));
            let mut at: Vec<&str> = from.split('/').collect();
            at.pop();
            let link = relative(&from, &to);
            for step in link.split('/') {
                if step == ".." { at.pop(); } else { at.push(step); }
            }
            prop_assert_eq!(at.join("/"), to);
        }
    }
}
