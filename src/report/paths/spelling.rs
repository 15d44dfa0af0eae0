//! The spellings of a path in reports: separators, URLs, bundlers' prefixes, queries, and
//! alternative names of one folder.
//!
//! A path has one canonical spelling, which is used to find the root that several paths share. It
//! removes what a tool put around the path: `file:///home/u/My%20Proj/a.ts`,
//! `webpack:///./src/a.vue?vue&type=script`, `C:\proj\a.cs` and `/mnt/c/proj/a.cs`,
//! `/private/var/x/a.swift`. The other spellings, from the most literal, are other names that a
//! tracked file may have in git, where `?`, `%` and `\` are ordinary characters.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

use crate::path;

/// Where a path starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// At an unnamed folder: the path is relative.
    Relative,
    /// At the root of a file system, a drive, or a development server of this machine.
    Absolute,
    /// At another site, or it is not a file at all (`<string>`, `node:fs`).
    Elsewhere(&'static str),
}

/// A reported path in its spellings.
#[derive(Clone, Debug)]
pub(super) struct Spelling {
    /// Where the path starts.
    pub(super) start: Start,
    /// The spellings to look up, the most literal first and the canonical one last.
    pub(super) forms: Vec<String>,
}

impl Spelling {
    /// Parses a path as a report writes it (text as in [`crate::path`]).
    pub(super) fn of(reported: &str) -> Self {
        let slashed = with_slashes(reported);
        let bare = without_bundler(&slashed);
        if let Some(elsewhere) = elsewhere(bare) {
            return Self { start: Start::Elsewhere(elsewhere), forms: vec![tidy(reported)] };
        }
        let canonical = canonical(bare);
        let start = if is_absolute(&canonical) { Start::Absolute } else { Start::Relative };
        let mut forms =
            vec![tidy(reported), tidy(&slashed), tidy(bare), tidy(without_query(bare)), canonical];
        forms.extend(built(&forms[4]));
        // The canonical spelling comes last, so an earlier copy of it is removed.
        let last = forms.pop().unwrap_or_default();
        forms.retain(|form| *form != last && !form.is_empty());
        forms.dedup();
        forms.push(last);
        Self { start, forms }
    }

    /// The canonical spelling.
    pub(super) fn canonical(&self) -> &str {
        self.forms.last().map_or("", String::as_str)
    }
}

/// The canonical spelling of a folder that a report or the system names.
pub(super) fn folder(text: &str) -> String {
    let slashed = with_slashes(text);
    let clean = canonical(without_bundler(&slashed));
    if clean == "/" { clean } else { clean.trim_end_matches('/').to_owned() }
}

/// Whether a canonical path starts at a root.
pub(super) fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || has_drive(path)
}

/// Whether a canonical path starts with a drive letter. It is then from Windows, where letter case
/// is ignored.
pub(super) fn has_drive(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':'
}

/// Converts a folder of WSL or MSYS (`/mnt/c/proj`, `/c/proj`) to the Windows spelling (`c:/proj`).
pub(super) fn as_drive(path: &str) -> Option<String> {
    let rest = path.strip_prefix("/mnt/").or_else(|| path.strip_prefix('/'))?;
    let (letter, below) = rest.split_once('/')?;
    let is_letter = letter.len() == 1 && letter.as_bytes()[0].is_ascii_alphabetic();
    is_letter.then(|| format!("{}:/{below}", letter.to_ascii_lowercase()))
}

fn with_slashes(text: &str) -> String {
    let slashed: Vec<u8> =
        path::to_bytes(text).iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect();
    path::from_bytes(&slashed)
}

/// Removes a bundler's prefix: `webpack://<name>/./src/a.ts`, `/app/webpack:/src/a.ts`,
/// `/@fs/home/u/a.ts`.
fn without_bundler(path: &str) -> &str {
    const SCHEMES: [&str; 5] = ["webpack-internal:", "webpack:", "turbopack:", "ng:", "vite:"];
    for scheme in SCHEMES {
        let Some(at) = path.find(scheme).filter(|&at| at == 0 || path[..at].ends_with('/')) else {
            continue;
        };
        let rest = &path[at + scheme.len()..];
        let rest = match rest.strip_prefix("//") {
            // In `webpack://name/./src/a.ts`, the name is that of the bundle.
            Some(named) => named.split_once('/').map_or(named, |(_, rest)| rest),
            None => rest,
        };
        let rest = rest.trim_start_matches('/');
        // Next.js adds the layer of a module: `webpack-internal:///(rsc)/./app/page.tsx`.
        let layer = rest.strip_prefix('(').and_then(|rest| rest.split_once(")/./"));
        return layer.map_or(rest, |(_, rest)| rest);
    }
    path.strip_prefix("/@fs").filter(|rest| rest.starts_with('/')).unwrap_or(path)
}

/// The reason why a path cannot be a file of a checked-out repository, if so.
fn elsewhere(path: &str) -> Option<&'static str> {
    const OWN_HOSTS: [&str; 5] =
        ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "host.docker.internal"];
    let site = path.strip_prefix("http://").or_else(|| path.strip_prefix("https://"));
    if let Some(site) = site {
        let authority = site.split('/').next().unwrap_or(site);
        let host = if authority.starts_with('[') {
            authority.split_inclusive(']').next()
        } else {
            authority.split(':').next()
        };
        let is_own = OWN_HOSTS.contains(&host.unwrap_or_default()) || is_source_link(site);
        return (!is_own).then_some("another web site");
    }
    let scheme = [
        "node:",
        "npm:",
        "jsr:",
        "data:",
        "blob:",
        "phar://",
        "jar:",
        "chrome-extension:",
        "evalmachine.",
    ];
    if scheme.iter().any(|scheme| path.starts_with(scheme)) {
        return Some("the runtime, or an archive");
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let made_up =
        name.starts_with('<') && name.ends_with('>') || path.starts_with('<') && path.contains('>');
    (made_up || name.starts_with("(eval")).then_some("code that is in no file")
}

/// Whether a URL names a file at a commit, as in .NET's `SourceLink`: one of its folders is a full
/// id.
fn is_source_link(site: &str) -> bool {
    site.split('/').any(|folder| {
        matches!(folder.len(), 40 | 64) && folder.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// The path without the query and the fragment that loaders append:
/// `Cart.vue?vue&type=script&lang=ts&`.
fn without_query(path: &str) -> &str {
    path.split('?').next().filter(|plain| !plain.is_empty()).unwrap_or(path)
}

fn canonical(slashed: &str) -> String {
    let plain = without_query(slashed);
    let local = local(plain);
    let mut clean = tidy(&local);
    // Before modules, Go named packages outside of GOPATH by an underscore and their absolute
    // folder.
    if clean.starts_with("_/") && !clean.starts_with("_/..") {
        clean.remove(0);
    }
    if has_drive(&clean) {
        clean[..1].make_ascii_lowercase();
    }
    composed(&virtual_folder(&one_name(&clean))).into_owned()
}

/// The text in Unicode normal form C, since macOS decomposes file names.
pub(super) fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// The decoded path of a URL on this machine. Any other path is returned unchanged.
fn local(path: &str) -> String {
    let rest =
        path.strip_prefix("file://").map(|rest| rest.strip_prefix("localhost").unwrap_or(rest));
    let rest = rest.or_else(|| {
        let site = path.strip_prefix("http://").or_else(|| path.strip_prefix("https://"))?;
        if is_source_link(site) {
            return Some(&path[path.len() - site.len() - 1..]);
        }
        let path = site.find('/').map_or("/", |at| &site[at..]);
        Some(path.strip_prefix("/@fs").filter(|rest| rest.starts_with('/')).unwrap_or(path))
    });
    let Some(rest) = rest else { return path.to_owned() };
    let decoded = decoded(rest);
    // `file:///C:/proj` names a drive.
    let drive = decoded.strip_prefix('/').filter(|rest| has_drive(rest)).map(str::to_owned);
    drive.unwrap_or(decoded)
}

/// Decodes `%20` and the like in a URL's path to bytes (RFC 3986, section 2.1).
fn decoded(path: &str) -> String {
    let bytes = path::to_bytes(path);
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits
            .filter(|_| bytes[at] == b'%')
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        plain.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    path::from_bytes(&plain)
}

/// Gives folders that a system or a CI server names in several ways a single name: macOS'
/// `/private/var` and `/var`, and the numbered copies of a Jenkins workspace (`ws@2`) and of
/// Bazel's sandboxes.
fn one_name(path: &str) -> String {
    let path = ["/private/var/", "/private/tmp/", "/private/etc/"]
        .iter()
        .find(|start| path.starts_with(**start))
        .map_or(path, |_| &path["/private".len()..]);
    if !is_absolute(path) || !path.contains(['@']) && !path.contains("/sandbox/") {
        return path.to_owned();
    }
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        let numbered =
            segment.split_once('@').filter(|(name, number)| !name.is_empty() && is_number(number));
        let sandbox =
            is_number(segment) && segments.len() > 1 && segments[segments.len() - 2] == "sandbox";
        if !sandbox {
            segments.push(numbered.map_or(segment, |(name, _)| name));
        }
    }
    segments.join("/")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Resolves Yarn's virtual folders: `<folder>/__virtual__/<hash>/<n>/rest` is `rest` below the
/// folder `n` levels above `<folder>` (<https://yarnpkg.com/advanced/lexicon#virtual-package>).
/// `$$virtual` is the older name.
fn virtual_folder(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').collect();
    let marker =
        segments.iter().position(|&segment| segment == "__virtual__" || segment == "$$virtual");
    let resolved = marker.and_then(|at| {
        // A scoped name takes two segments: `@acme/notes-virtual-<hash>` is written
        // `@acme-notes-virtual-<hash>`.
        let levels: usize = segments.get(at + 2)?.parse().ok()?;
        let above = &segments[..at.checked_sub(levels)?];
        Some([above, segments.get(at + 3..)?].concat().join("/"))
    });
    resolved.unwrap_or_else(|| path.to_owned())
}

/// The source of a file that a build copied: Perl's `./Build` runs the tests below `blib/`.
fn built(path: &str) -> Option<String> {
    let at = if path.starts_with("blib/lib/") { 0 } else { path.find("/blib/lib/")? + 1 };
    Some(format!("{}{}", &path[..at], &path[at + "blib/".len()..]))
}

/// Removes `.` and empty segments, and resolves each `..` if there is a segment before it. A
/// relative path keeps leading `..` segments.
pub(super) fn tidy(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." if segments.last().is_some_and(|last| *last != "..") => {
                segments.pop();
            }
            ".." if absolute => {}
            segment => segments.push(segment),
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, segments.join("/"))
}

/// The rest of a canonical path below a folder, or `Some("")` for the folder itself.
pub(super) fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return (!is_absolute(path)).then_some(path);
    }
    let rest = path.strip_prefix(folder)?;
    if folder.ends_with('/') || rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// A path below a folder, tidied.
pub(super) fn join(folder: &str, path: &str) -> String {
    match folder {
        "" => tidy(path),
        folder if folder.ends_with('/') => tidy(&format!("{folder}{path}")),
        folder => tidy(&format!("{folder}/{path}")),
    }
}

/// The extension of a file name, or empty if it has none.
pub(super) fn ending(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, ending)| ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_canonical_spelling() {
        let expected = [
            ("./src//a.c", "src/a.c"),
            ("../src/a.c", "../src/a.c"),
            ("/w/build/gcc/../../src/a.c", "/w/src/a.c"),
            ("C:\\proj\\a.cs", "c:/proj/a.cs"),
            ("file:///home/u/My%20Proj/a.ts", "/home/u/My Proj/a.ts"),
            ("file:///C:/proj/a.ts", "c:/proj/a.ts"),
            ("http://localhost:5173/src/main.ts?t=17", "/src/main.ts"),
            ("webpack://shop/./src/a.ts", "src/a.ts"),
            ("/app/webpack:/src/Foo.vue?vue&type=script&", "src/Foo.vue"),
            ("/private/var/x/a.swift", "/var/x/a.swift"),
            ("/jenkins/ws@2/src/a.c", "/jenkins/ws/src/a.c"),
            ("/x/sandbox/linux-sandbox/12/execroot/a.c", "/x/sandbox/linux-sandbox/execroot/a.c"),
            ("_/builds/shop/a.go", "/builds/shop/a.go"),
            ("/w/.yarn/__virtual__/@a-b-virtual-1f/1/packages/b/i.ts", "/w/packages/b/i.ts"),
            ("blib/lib/Shop.pm", "lib/Shop.pm"),
        ];
        for (reported, canonical) in expected {
            assert_eq!(Spelling::of(reported).canonical(), canonical, "{reported}");
        }
    }

    #[test]
    fn what_is_no_file_here_is_elsewhere() {
        for path in [
            "https://deno.land/std/path/mod.ts",
            "node:fs",
            "<string>",
            "<frozen importlib>",
            "(eval at x)",
        ] {
            assert!(matches!(Spelling::of(path).start, Start::Elsewhere(_)), "{path}");
        }
        assert_eq!(Spelling::of("http://[::1]:80/a.js").start, Start::Absolute);
    }

    #[test]
    fn drives_are_found_below_their_mounts() {
        assert_eq!(as_drive("/mnt/c/Users/dev").as_deref(), Some("c:/Users/dev"));
        assert_eq!(as_drive("/c/Users/dev").as_deref(), Some("c:/Users/dev"));
        assert_eq!(as_drive("/cc/Users"), None);
    }
}
