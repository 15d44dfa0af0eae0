//! Reads `covatlas.toml`, the settings of a project. Unknown keys are errors; `default.toml` lists
//! every default.
//!
//! The file is read from the root of the work tree, or from `HEAD` if there is no work tree. An
//! error names the line and the nearest known key.

mod globs;

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

pub use globs::Globs;
use globset::GlobBuilder;
use serde::Deserialize;

use crate::error::Context as _;
use crate::git::Repo;
use crate::report::{Dimension, Kind};
use crate::store::HitsKept;
use crate::{Error, Result, files};

/// The name of the file, at the root of the repository.
const FILE: &str = "covatlas.toml";

/// Every setting with its default and a description, as a file to start from.
pub const DEFAULT: &str = include_str!("default.toml");

/// All settings of a project.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// The project's name. By default that of the remote's repository or of the folder.
    pub name: Option<String>,
    /// The default branch. Detected if absent.
    pub branch: Option<String>,
    /// The store of snapshots.
    pub store: StoreConfig,
    /// Prefixes of paths in reports, and their replacements in the repository. The longest matching
    /// prefix applies.
    pub paths: BTreeMap<String, String>,
    /// The folders at which the paths of some reports start.
    pub reports: Vec<ReportConfig>,
    /// The target of each dimension: a percentage, or the value of a custom metric.
    pub targets: BTreeMap<Dimension, f64>,
    /// Settings of each suite, by name.
    pub suites: BTreeMap<String, SuiteConfig>,
    /// Whether and how contributors are shown.
    pub contributors: ShownContributors,
    /// Settings of blame.
    pub blame: BlameConfig,
    /// Named sets of files; a file may be in several.
    pub components: BTreeMap<String, Globs>,
    /// The site.
    pub site: SiteConfig,
}

/// `[store]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct StoreConfig {
    /// The branch that contains the snapshots.
    pub branch: String,
    /// How hit counts are stored.
    pub hits: HitsKept,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { branch: "covatlas".to_owned(), hits: HitsKept::Magnitude }
    }
}

/// `[suites.<name>]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct SuiteConfig {
    /// The number of parts that make the suite complete.
    pub parts: Option<usize>,
    /// The number of snapshots for which its result may be carried forward; 10 by default.
    pub carry: Option<usize>,
    /// The folder of the repository at which the relative paths of its reports start.
    pub root: Option<String>,
}

/// `[[reports]]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReportConfig {
    /// The report files, as globs of paths from the repository's root.
    pub files: Globs,
    /// The folder of the repository at which their relative paths start.
    pub root: String,
}

/// `contributors`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShownContributors {
    /// By name.
    #[default]
    Named,
    /// By a number each.
    Anonymous,
    /// Not at all.
    Off,
}

/// `[blame]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct BlameConfig {
    /// A file with commits to look through, in addition to those of git's setting
    /// `blame.ignoreRevsFile`.
    pub ignore_revs: Option<String>,
    /// The author names to treat as bots. `*` is any text, `?` any character, and case is ignored.
    pub bots: Vec<String>,
}

impl Default for BlameConfig {
    fn default() -> Self {
        let bots = ["*[bot]", "dependabot*", "renovate*", "github-actions*"];
        Self { ignore_revs: None, bots: bots.map(str::to_owned).to_vec() }
    }
}

impl BlameConfig {
    /// Returns a function that tells whether an author name is that of a bot.
    pub fn is_bot(&self) -> impl Fn(&str) -> bool + use<> {
        // Builds globs in which only `*` and `?` are special. A name that cannot be a glob matches
        // nothing.
        let glob =
            |pattern: &String| globset::escape(pattern).replace("[*]", "*").replace("[?]", "?");
        let built = |glob: String| GlobBuilder::new(&glob).case_insensitive(true).build().ok();
        let matchers: Vec<_> = self
            .bots
            .iter()
            .map(glob)
            .filter_map(built)
            .map(|glob| glob.compile_matcher())
            .collect();
        move |name| matchers.iter().any(|matcher| matcher.is_match(name))
    }
}

/// `[site]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct SiteConfig {
    /// A folder whose files override those of the theme.
    pub theme: Option<String>,
    /// A folder of Markdown pages that are added to the guide.
    pub content: Option<String>,
    /// The URL of the repository on its forge, for links. By default that of the first remote.
    pub repository: Option<String>,
    /// The folder to write the site to; `site` by default.
    pub out: Option<String>,
}

impl Config {
    /// Loads the configuration of a repository from its work tree, or else from the commit `HEAD`.
    /// Uses the defaults if there is no file.
    pub fn load(repo: &Repo) -> Result<Self> {
        match text(repo)? {
            Some(text) => Self::parse(&text),
            None => Ok(Self::default()),
        }
    }

    /// Parses the text of the file.
    pub fn parse(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text).map_err(|error| explain(text, &error))?;
        for (dimension, target) in &config.targets {
            let is_possible = match dimension.facts().kind {
                Kind::Tally => (0.0..=100.0).contains(target),
                Kind::Value { .. } => target.is_finite(),
            };
            if !is_possible {
                return Err(Error::new(format!(
                    "cannot use {FILE}: targets.{dimension} = {target}"
                ))
                .hint("a target is a percentage from 0 to 100, or a number for a custom metric"));
            }
        }
        let roots = config.reports.iter().map(|report| ("reports", report.root.as_str()));
        let suites = config
            .suites
            .iter()
            .filter_map(|(name, suite)| Some((name.as_str(), suite.root.as_deref()?)));
        for (owner, root) in roots.chain(suites) {
            refuse_outside(owner, root)?;
        }
        Ok(config)
    }

    /// The folder at which the relative paths of a report start, by the first rule of `[[reports]]`
    /// with a glob that matches the report's path.
    pub fn root_of(&self, report: &str) -> Option<&str> {
        self.reports.iter().find(|rule| rule.files.is_match(report)).map(|rule| rule.root.as_str())
    }
}

/// Fails if a root is outside of the repository.
fn refuse_outside(owner: &str, root: &str) -> Result<()> {
    let inside =
        !root.starts_with(['/', '\\']) && !root.split(['/', '\\']).any(|folder| folder == "..");
    if inside {
        return Ok(());
    }
    Err(Error::new(format!(
        "cannot use {FILE}: {owner}: root = \"{root}\" is outside of the repository"
    ))
    .hint("a root is a folder of the repository, from its own root: `packages/web`"))
}

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// The text of the file, if it exists.
fn text(repo: &Repo) -> Result<Option<String>> {
    if repo.work_tree().is_some() {
        let path = repo.inside(FILE).during(|| format!("cannot read {FILE}"))?;
        return match files::read_up_to(LARGEST, &path) {
            Ok(bytes) => utf8(bytes).during(|| format!("cannot read {}", path.display())).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).during(|| format!("cannot read {}", path.display())),
        };
    }
    let Ok(head) = repo.resolve("HEAD") else { return Ok(None) };
    let Some(blob) = repo.at(head, FILE)? else { return Ok(None) };
    repo.fetch_missing(&[blob])?;
    utf8(repo.blob_up_to(LARGEST as usize, blob)?)
        .map(Some)
        .during(|| format!("cannot read {FILE} of the commit {}", head.short()))
}

fn utf8(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let from = error.utf8_error().valid_up_to();
        let line = line_of(&String::from_utf8_lossy(error.as_bytes()), &(from..from));
        Error::new(format!("line {line} is not UTF-8"))
            .hint("save the file as UTF-8: TOML has no other encoding")
    })
}

/// Turns an error of the TOML parser into one with its line and, for an unknown key, the nearest
/// known one.
fn explain(text: &str, error: &toml::de::Error) -> Error {
    let line = error.span().map(|span| line_of(text, &span));
    let place = line.map_or(FILE.to_owned(), |line| format!("{FILE} line {line}"));
    let Some((key, known)) = unknown_key(error.message()) else {
        return Error::new(format!("cannot read {place}: {}", error.message()));
    };
    let explained = Error::new(format!("cannot read {place}: unknown key `{key}`"));
    match nearest(key, known.iter().copied()) {
        Some(name) => explained.hint(format!("did you mean `{name}`?")),
        None => explained.hint(format!("known here: {}", known.join(", "))),
    }
}

fn line_of(text: &str, span: &Range<usize>) -> usize {
    text.as_bytes().iter().take(span.start).filter(|&&byte| byte == b'\n').count() + 1
}

/// Extracts the key and the known ones from serde's sentence "unknown field `a`, expected one of
/// `b`, `c`".
fn unknown_key(message: &str) -> Option<(&str, Vec<&str>)> {
    let mut quoted = message.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    Some((quoted.next()?, quoted.collect()))
}

/// The candidate that a mistyped word most likely means. At most a third of its letters may differ.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let measured =
        candidates.into_iter().map(|candidate| (strsim::osa_distance(word, candidate), candidate));
    let (distance, candidate) = measured.min()?;
    (distance * 3 <= candidate.chars().count().max(3)).then_some(candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_file_states_the_defaults() {
        let stated = Config::parse(DEFAULT).expect("the embedded file is well-formed");
        let site = SiteConfig { out: Some("site".to_owned()), ..SiteConfig::default() };
        assert_eq!(stated, Config { site, ..Config::default() });
    }

    #[test]
    fn every_setting_of_the_default_file_is_known() {
        let setting =
            |line: &str| line.contains(" = ") && !line.ends_with('.') || line.starts_with("# [");
        let all: Vec<&str> = DEFAULT
            .lines()
            .map(|line| if setting(line) { line.trim_start_matches("# ") } else { line })
            .collect();
        let config =
            Config::parse(&all.join("\n")).expect("what is commented out is well-formed too");
        assert!(config.targets[&Dimension::Branches] > 69.0);
        assert_eq!(
            config.suites["unit"],
            SuiteConfig { parts: Some(4), carry: Some(10), root: Some("packages/web".to_owned()) }
        );
        assert_eq!(config.paths["dist/"], "src/");
        assert!(config.components["api"].is_match("src/api/v1/users.rs"));
        assert!(config.name.is_some() && config.branch.is_some());
        assert!(config.blame.ignore_revs.is_some());
        assert!(config.site.theme.is_some() && config.site.content.is_some());
    }

    #[test]
    fn bots_are_told_by_their_names() {
        let is_bot = BlameConfig::default().is_bot();
        for bot in ["dependabot[bot]", "pre-commit-ci[bot]", "Renovate Bot", "github-actions"] {
            assert!(is_bot(bot), "{bot}");
        }
        for person in ["Abbot", "Ada Lovelace", "bot", ""] {
            assert!(!is_bot(person), "{person}");
        }
        let own = BlameConfig { bots: vec!["Ro?ot*".to_owned()], ..BlameConfig::default() };
        assert!(own.is_bot()("robot 7") && !own.is_bot()("root"));
    }

    #[test]
    fn a_custom_metric_may_have_a_target() {
        let config = Config::parse("[targets]\n\"metric:latency\" = 250.5").expect("it is a name");
        let latency = Dimension::metric("latency").expect("it is a name");
        assert_eq!(config.targets[&latency].to_bits(), 250.5f64.to_bits());
    }

    #[test]
    fn an_unknown_key_names_its_line_and_the_nearest_known_one() {
        let error =
            Config::parse("name = \"x\"\n\n[store]\nbrunch = \"y\"\n").expect_err("unknown");
        assert!(error.to_string().contains("covatlas.toml line 4"), "{error}");
        assert_eq!(error.hints(), ["did you mean `branch`?"]);
        let error = Config::parse("colour = 1").expect_err("unknown");
        assert!(error.hints()[0].starts_with("known here: name, branch"), "{:?}", error.hints());
    }

    #[test]
    fn a_value_that_cannot_be_is_an_error() {
        assert!(Config::parse("[targets]\nlines = 101").is_err());
        assert!(Config::parse("[targets]\nlnes = 10").is_err());
        assert!(Config::parse("[targets]\n\"metric:latency\" = nan").is_err());
        let error = Config::parse("[targets]\n\"metric:../x\" = 1").expect_err("no name");
        assert!(error.to_string().contains("line 2"), "{error}");
        let error =
            Config::parse("[components]\na = [\"x\"]\nb = [\"src/[a\"]").expect_err("no glob");
        assert!(error.to_string().contains("line 3: `src/[a` is not a valid glob"), "{error}");
        let error = Config::parse("[suites.unit]\nparts = -1").expect_err("negative");
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
