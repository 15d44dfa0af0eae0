//! Turns the patterns of CODEOWNERS files into globs of paths from the repository's root, or
//! explains why the forge rejects a pattern.
//!
//! In these globs `*` and `?` do not match `/`, and `**` as a whole component does.

use globset::{Glob, GlobBuilder};

/// Compiles a glob of this module.
pub(super) fn compile(glob: &str) -> Result<Glob, String> {
    let built = GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build();
    built.map_err(|error| format!("it is no glob: {}", error.kind()))
}

/// A pattern of GitHub: the rules of gitignore ("Pattern format"), but for the exceptions that
/// GitHub's "About code owners" lists: no escaped `#` at the start, no `!`, no `[ ]`; and `docs/*`
/// does not reach into directories below `docs`. Three asterisks are invalid (the example of the
/// REST endpoint "List CODEOWNERS errors").
pub(super) fn github(pattern: &str) -> Result<Vec<String>, String> {
    if pattern.starts_with('!') {
        return Err("GitHub has no `!` here: leave the owners out to take them away".to_owned());
    }
    if pattern.starts_with("\\#") {
        return Err("GitHub does not take an escaped `#` for the start of a pattern".to_owned());
    }
    if unescaped(pattern).any(|c| matches!(c, '[' | ']')) {
        return Err("GitHub has no character ranges: write `?` or escape the bracket".to_owned());
    }
    if pattern.contains("***") {
        return Err("three asterisks mean nothing: write `**`".to_owned());
    }
    let (path, directory) = pattern.strip_suffix('/').map_or((pattern, false), |path| (path, true));
    let body = path.strip_prefix('/').unwrap_or(path);
    if body.is_empty() {
        return Err("it names no file".to_owned());
    }
    let anchored = path.contains('/');
    let base = if anchored { components(body) } else { format!("**/{}", components(body)) };
    let below = format!("{base}/**");
    Ok(match body.rsplit('/').next() {
        _ if directory => vec![below],
        Some("**") => vec![base],
        Some("*") if anchored => vec![base],
        _ => vec![base, below],
    })
}

/// A pattern of GitLab: Ruby's `File.fnmatch` with `FNM_DOTMATCH` and `FNM_PATHNAME` ("Advanced
/// CODEOWNERS configuration"), in which `**` means directories only before a `/`. A path without
/// `/` at its start matches at any depth, one with `/` at its end everything below (GitLab's
/// "Syntax of CODEOWNERS file").
pub(super) fn gitlab(pattern: &str) -> Result<Vec<String>, String> {
    let body = pattern.strip_prefix('/');
    let anchored = body.is_some();
    let body = body.unwrap_or(pattern);
    let base = match body.strip_suffix('/') {
        Some("") => "**/*".to_owned(),
        Some(directory) => format!("{}/**/*", components(directory)),
        None if body.is_empty() => return Err("it names no file".to_owned()),
        None => components(body),
    };
    let base = base.strip_suffix("/**").map_or(base.clone(), |directory| format!("{directory}/*"));
    Ok(vec![if anchored || base.starts_with("**/") { base } else { format!("**/{base}") }])
}

/// A path in which braces stand for themselves and `**` is special as a whole component alone.
fn components(path: &str) -> String {
    let component = |part: &str| {
        let braces = part.replace('{', "\\{").replace('}', "\\}");
        if part == "**" { braces } else { collapsed(&braces) }
    };
    path.split('/').map(component).collect::<Vec<_>>().join("/")
}

/// Runs of asterisks as one: "other consecutive asterisks are considered regular asterisks"
/// (gitignore).
fn collapsed(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for c in part.chars() {
        if c != '*' || !out.ends_with('*') || out.ends_with("\\*") {
            out.push(c);
        }
    }
    out
}

/// The characters that follow no backslash.
fn unescaped(pattern: &str) -> impl Iterator<Item = char> + '_ {
    let mut escaped = false;
    pattern.chars().filter(move |&c| {
        let plain = !escaped && c != '\\';
        escaped = !escaped && c == '\\';
        plain
    })
}
