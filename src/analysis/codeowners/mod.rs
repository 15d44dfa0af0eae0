//! CODEOWNERS: who says that they can help with a file, in the syntax of GitHub and of GitLab.
//!
//! [`CodeOwners`] answers for any path, and has a warning for each line that its forge would
//! reject. No e-mail address is shown: an owner named by an address is called by the part before
//! the `@`.
//!
//! References: GitHub, "About code owners"; GitLab, "Syntax of CODEOWNERS file", "Advanced
//! CODEOWNERS configuration".

mod line;
mod pattern;

use std::collections::BTreeMap;

use globset::{Glob, GlobSet};

use crate::Result;
use crate::analysis::codeowners::line::{Line, Words};
use crate::error::Context as _;
pub use crate::forge::OwnersSyntax as Syntax;
use crate::forge::{self, OwnersFile};
use crate::git::{Id, Repo};
use crate::report::Warning;

/// The owners of paths.
#[derive(Clone, Debug)]
pub struct CodeOwners {
    /// The path of the file in the repository.
    pub path: String,
    /// The syntax of its lines.
    pub syntax: Syntax,
    /// What each owner is called on pages, in the order in which the file names them: `@name`,
    /// `@group/team`, `@@role`, or `name (by e-mail)`. Names that differ by case alone are one
    /// owner.
    pub owners: Vec<String>,
    /// Lines that were not used, or only in part.
    pub warnings: Vec<Warning>,
    rules: Vec<Rule>,
    globs: GlobSet,
    /// The rule of each glob.
    rule_of: Vec<usize>,
}

/// A line with a pattern.
#[derive(Clone, Debug)]
struct Rule {
    section: usize,
    /// Indexes into [`CodeOwners::owners`].
    owners: Vec<usize>,
    /// It takes the owners of its section away for good (GitLab's `!`).
    excludes: bool,
}

/// Every path at which some forge looks for the file, the first one first.
fn paths() -> Vec<&'static str> {
    let mut paths: Vec<&str> = Vec::new();
    for path in forge::owners_files().flat_map(|file| file.paths).copied() {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

/// The forge that reads the file: the only one that looks there, or else the one whose syntax the
/// content has. Headings of sections, roles and exclusions are GitLab's.
fn reader_of(path: &str, text: &str) -> Option<&'static OwnersFile> {
    let readers: Vec<_> = forge::owners_files().filter(|file| file.paths.contains(&path)).collect();
    let is_gitlab = |line: &str| {
        line::heading(line).is_some()
            || line.starts_with('!')
            || line.split_whitespace().any(|word| word.starts_with("@@"))
    };
    let mut lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let syntax = if lines.any(is_gitlab) { Syntax::GitLab } else { Syntax::GitHub };
    match readers.as_slice() {
        [only] => Some(only),
        _ => forge::owners_files().find(|file| file.syntax == syntax),
    }
}

/// The file of a commit, or `None` if it has none.
///
/// # Errors
/// When the objects of the commit cannot be read.
pub fn load(repo: &Repo, commit: Id) -> Result<Option<CodeOwners>> {
    let mut found = Vec::new();
    for place in paths() {
        found.extend(repo.at(commit, place)?.map(|blob| (place, blob)));
    }
    let Some(&(path, blob)) = found.first() else { return Ok(None) };
    repo.fetch_missing(&[blob])?;
    let bytes =
        repo.blob(blob).during(|| format!("reading {path} of the commit {}", commit.short()))?;
    let mut parsed = CodeOwners::parse(path, &String::from_utf8_lossy(&bytes));
    for (other, _) in &found[1..] {
        let message = format!("{other} is not used: {path} comes first");
        parsed.warnings.push(Warning { line: None, message });
    }
    Ok(Some(parsed))
}

impl CodeOwners {
    /// Reads the text of a file at a path of the repository.
    pub fn parse(path: &str, text: &str) -> Self {
        let file = reader_of(path, text);
        let syntax = file.map_or(Syntax::default(), |file| file.syntax);
        let mut reader = Reader { syntax, ..Reader::default() };
        let limit = file.and_then(|file| Some((file.forge, file.limit?)));
        if let Some((forge, limit)) = limit.filter(|(_, limit)| text.len() >= limit << 20) {
            reader.warn(None, format!("{forge} does not load a file of {limit} MB or more"));
        } else {
            for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
                reader.line(at as u64 + 1, line);
            }
        }
        reader.finish(path)
    }

    /// The owners of a path, as indexes into [`Self::owners`]; empty where nobody owns it.
    pub fn of(&self, path: &str) -> Vec<usize> {
        let mut last: BTreeMap<usize, &Rule> = BTreeMap::new();
        for rule in self.globs.matches(path).into_iter().map(|glob| &self.rules[self.rule_of[glob]])
        {
            let kept = last.entry(rule.section).or_insert(rule);
            if !kept.excludes {
                *kept = rule;
            }
        }
        let mut owners = Vec::new();
        for &owner in last.values().flat_map(|rule| &rule.owners) {
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        owners
    }
}

/// Reads line by line.
#[derive(Default)]
struct Reader {
    syntax: Syntax,
    /// The spelling that names each owner first, in order.
    spellings: Vec<String>,
    /// Owners by their spelling without case.
    known: BTreeMap<String, usize>,
    /// Sections by their name without case; that of lines before any heading is 0.
    sections: BTreeMap<String, usize>,
    /// The section that lines belong to, and the owners of those that name none.
    section: usize,
    defaults: Vec<usize>,
    rules: Vec<Rule>,
    globs: Vec<Glob>,
    rule_of: Vec<usize>,
    warnings: Vec<Warning>,
}

impl Reader {
    fn line(&mut self, number: u64, text: &str) {
        let line = match self.syntax {
            Syntax::GitHub => line::github(text),
            Syntax::GitLab => line::gitlab(text),
        };
        match line {
            Line::Blank => {}
            Line::Section { name, owners } => {
                self.others(number, &owners);
                let next = self.sections.len() + 1;
                self.section = *self.sections.entry(name.to_lowercase()).or_insert(next);
                self.defaults = self.named(&owners);
            }
            Line::Entry { pattern, owners } => self.entry(number, pattern, &owners),
        }
    }

    fn entry(&mut self, number: u64, pattern: &str, words: &Words) {
        let excluded = pattern.strip_prefix('!').filter(|_| self.syntax == Syntax::GitLab);
        if excluded.is_none() {
            self.others(number, words);
            if self.syntax == Syntax::GitHub && !words.others.is_empty() {
                return; // "if any line contains invalid syntax, that line is skipped"
            }
        }
        let globs = match self.syntax {
            Syntax::GitHub => pattern::github(pattern),
            Syntax::GitLab => pattern::gitlab(excluded.unwrap_or(pattern)),
        };
        let compiled =
            globs.and_then(|globs| globs.iter().map(|glob| pattern::compile(glob)).collect());
        let globs: Vec<Glob> = match compiled {
            Ok(globs) => globs,
            Err(why) => {
                return self
                    .warn(Some(number), format!("the pattern `{pattern}` is not used: {why}"));
            }
        };
        let owners = match self.named(words) {
            owners if owners.is_empty() => self.defaults.clone(),
            owners => owners,
        };
        if self.syntax == Syntax::GitLab && owners.is_empty() && excluded.is_none() {
            self.warn(Some(number), format!("the pattern `{pattern}` has no owner"));
        }
        self.rule_of.extend(globs.iter().map(|_| self.rules.len()));
        self.globs.extend(globs);
        let owners = if excluded.is_some() { Vec::new() } else { owners };
        self.rules.push(Rule { section: self.section, owners, excludes: excluded.is_some() });
    }

    /// Says which words are no owners. What could be an address is not repeated.
    fn others(&mut self, number: u64, words: &Words) {
        let Some(first) = words.others.first() else { return };
        let what = if first.contains('@') { "a word".to_owned() } else { format!("`{first}`") };
        let then = match self.syntax {
            Syntax::GitHub => "the line is not used",
            Syntax::GitLab => "it is ignored",
        };
        self.warn(
            Some(number),
            format!("{what} is no owner, {then}: owners are `@name`, `@group/team` or an address"),
        );
    }

    fn named(&mut self, words: &Words) -> Vec<usize> {
        let mut owners: Vec<usize> = Vec::new();
        for word in &words.owners {
            let next = self.spellings.len();
            let owner = *self.known.entry(word.to_lowercase()).or_insert(next);
            if owner == next {
                self.spellings.push((*word).to_owned());
            }
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        owners
    }

    fn warn(&mut self, line: Option<u64>, message: String) {
        self.warnings.push(Warning { line, message });
    }

    fn finish(mut self, path: &str) -> CodeOwners {
        let globs = GlobSet::new(std::mem::take(&mut self.globs)).unwrap_or_else(|error| {
            self.warn(None, format!("the file is not used: {error}"));
            GlobSet::empty()
        });
        CodeOwners {
            path: path.to_owned(),
            syntax: self.syntax,
            owners: labels(&self.spellings),
            warnings: self.warnings,
            rules: self.rules,
            globs,
            rule_of: self.rule_of,
        }
    }
}

/// What owners are called: `docs@example.com` is `docs (by e-mail)`, and a second `docs` is `docs
/// (by e-mail, 2)`.
fn labels(spellings: &[String]) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let label = |spelling: &String| {
        let local = spelling.split_once('@').map_or("", |(local, _)| local);
        if local.is_empty() {
            return spelling.clone();
        }
        let count = seen.entry(local.to_lowercase()).or_default();
        *count += 1;
        if *count == 1 {
            format!("{local} (by e-mail)")
        } else {
            format!("{local} (by e-mail, {count})")
        }
    };
    spellings.iter().map(label).collect()
}
