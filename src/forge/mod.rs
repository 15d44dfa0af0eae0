//! Facts about forges and CI services: what they say about the job that is running (commits,
//! branch, change request, the job's identity), where they have the pages of a repository, where
//! they look for CODEOWNERS, and how large a site they publish.
//!
//! One file per service, and one entry each in [`SERVICES`]. Each file states the facts of its own
//! service; everything else iterates over the entries.
//!
//! The readers of CI variables are pure: they see the variables of an [`Environment`], which the
//! command fills. Each cites the page that documents its variables. What a service says is a claim:
//! whether the clone agrees is decided elsewhere.

mod azure;
mod bitbucket;
mod buildkite;
mod circleci;
mod gitea;
mod github;
mod gitlab;
mod jenkins;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

/// A CI service: its name, and how its jobs are recognised and read.
pub struct Service {
    /// The service's name.
    pub name: &'static str,
    /// Reads what the environment says, or returns `None` if it is not that of this service.
    pub detect: fn(&Environment) -> Option<CiRun>,
    /// Where its pages are, for those that host repositories.
    pub web: Option<&'static WebPaths>,
    /// How it reads CODEOWNERS, for those that do.
    pub code_owners: Option<&'static OwnersFile>,
    /// Where it publishes sites, for those that do and state a limit.
    pub hosting: Option<&'static Hosting>,
}

impl Service {
    /// A CI service that hosts nothing.
    const fn new(name: &'static str, detect: fn(&Environment) -> Option<CiRun>) -> Self {
        Self { name, detect, web: None, code_owners: None, hosting: None }
    }
}

/// How a forge reads CODEOWNERS.
#[derive(Debug, PartialEq, Eq)]
pub struct OwnersFile {
    /// The name of the forge.
    pub forge: &'static str,
    /// The paths of the file; the first that exists is used.
    pub paths: &'static [&'static str],
    /// The syntax of its lines.
    pub syntax: OwnersSyntax,
    /// A file of this many MiB or more is not read.
    pub limit: Option<usize>,
}

/// The syntaxes of CODEOWNERS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OwnersSyntax {
    /// One list of patterns, the last match wins.
    #[default]
    GitHub,
    /// Sections, of which each has a last match of its own.
    GitLab,
}

impl OwnersSyntax {
    /// Its name on pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::GitHub => "GitHub",
            Self::GitLab => "GitLab",
        }
    }
}

/// The forges that read CODEOWNERS.
pub fn owners_files() -> impl Iterator<Item = &'static OwnersFile> {
    SERVICES.iter().filter_map(|service| service.code_owners)
}

/// A place where a forge publishes sites.
#[derive(Debug, PartialEq, Eq)]
pub struct Hosting {
    /// Its name.
    pub name: &'static str,
    /// The largest site that it publishes, in bytes.
    pub limit: u64,
}

/// The places that publish sites up to a limit.
pub fn hostings() -> impl Iterator<Item = &'static Hosting> {
    SERVICES.iter().filter_map(|service| service.hosting)
}

/// All services, in the order in which they are tried.
pub const SERVICES: &[Service] = &[
    github::SERVICE,
    gitlab::SERVICE,
    azure::SERVICE,
    bitbucket::SERVICE,
    circleci::SERVICE,
    buildkite::SERVICE,
    jenkins::SERVICE,
    gitea::SERVICE,
];

/// The job that is running, as its CI service describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CiRun {
    /// The service's name.
    pub service: &'static str,
    /// The commit that the service checks out unless the job checks out another: for a change
    /// request often a merge that exists nowhere else.
    pub tested: Option<String>,
    /// The commit that another run tested, whose reports this job publishes (`workflow_run` of
    /// GitHub).
    pub published: Option<String>,
    /// The head of the change request, where it differs from what was tested or may.
    pub head: Option<String>,
    /// The commit of the target branch that the change request is merged or compared with.
    pub base: Option<String>,
    /// Where the change request left its target branch.
    pub merge_base: Option<String>,
    /// The branch that the commit is from.
    pub branch: Option<String>,
    /// The branch that the change request goes into.
    pub target: Option<String>,
    /// The default branch, where the service names it.
    pub default_branch: Option<String>,
    /// The change request's number.
    pub change: Option<u64>,
    /// Whether the run is for a change request; the number of one from a fork may be unknown.
    pub is_change: bool,
    /// The parents of the merge that the service makes for the test, if it may have made one.
    pub test_merge: Option<MergeOrder>,
    /// Distinguishes this job from its siblings; the same when it runs again.
    pub job: Vec<String>,
    /// A link to the job.
    pub link: Option<String>,
}

/// The order of the parents of a merge that was made for a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeOrder {
    /// The head was merged into the target branch.
    BaseFirst,
    /// The target branch was merged into the head, in the job's own clone.
    HeadFirst,
}

impl CiRun {
    /// The branch that this run tests, if it is a run for a branch and not for a change request.
    pub fn own_branch(&self) -> Option<&str> {
        self.branch.as_deref().filter(|_| !self.is_change && self.published.is_none())
    }

    /// The name of the part that this job records without `--part`: a digest of its identity, so
    /// that a job that runs again replaces its part and a sibling never does.
    pub fn part(&self) -> String {
        let identity = [self.service]
            .into_iter()
            .chain(self.job.iter().map(String::as_str))
            .collect::<Vec<_>>();
        blake3::hash(identity.join("\0").as_bytes()).to_hex()[..12].to_owned()
    }
}

/// The job that the environment describes, if it is that of a known CI service.
pub fn detect(environment: &Environment) -> Option<CiRun> {
    SERVICES.iter().find_map(|service| {
        let run = (service.detect)(environment)?;
        Some(CiRun { service: service.name, ..run })
    })
}

/// The variables of a process, by name.
pub type Variables = BTreeMap<String, String>;

/// The variables of a job and the event that started it.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: Variables,
    event: Value,
}

impl Environment {
    /// `event` is the text of the file that GitHub names in `GITHUB_EVENT_PATH`; one that is no
    /// JSON says nothing.
    pub fn new(variables: Variables, event: Option<&str>) -> Self {
        let event = event.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        Self { variables, event }
    }

    /// The event, `null` if there is none.
    pub fn event(&self) -> &Value {
        &self.event
    }

    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<String> {
        self.variables.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// `Some` if a variable is `true`, in any case of letters.
    pub fn flag(&self, name: &str) -> Option<()> {
        self.get(name).filter(|value| value.eq_ignore_ascii_case("true")).map(|_| ())
    }

    /// A variable that is a number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }

    /// `name=value` for each of these variables that is set.
    pub fn identity(&self, names: &[&str]) -> Vec<String> {
        names.iter().filter_map(|name| Some(format!("{name}={}", self.get(name)?))).collect()
    }
}

/// Names of variables that set what a cell of a matrix tests, as words between underscores
/// (`PYTHON_VERSION`).
const AXES: &[&str] = &[
    "ARCH",
    "AXIS",
    "BROWSER",
    "CELL",
    "COMPILER",
    "DATABASE",
    "DB",
    "DISTRO",
    "FLAVOR",
    "FLAVOUR",
    "GO",
    "JAVA",
    "JDK",
    "MATRIX",
    "NODEJS",
    "OS",
    "PHP",
    "PLATFORM",
    "PROFILE",
    "PYTHON",
    "RUBY",
    "RUST",
    "SHARD",
    "TOOLCHAIN",
    "TOXENV",
    "VARIANT",
    "VERSION",
];

/// Words of variables that services and machines set for purposes of their own.
const NOT_AXES: &[&str] = &[
    "BITBUCKET",
    "BRANCH",
    "BUILD",
    "BUILDKITE",
    "CHANGE",
    "CI",
    "DIR",
    "GIT",
    "HOME",
    "JENKINS",
    "JOB",
    "KEY",
    "PASSWORD",
    "PATH",
    "RUN",
    "SECRET",
    "TAG",
    "TOKEN",
    "URL",
];

impl Environment {
    /// `name=value` for each variable that looks like an axis of a matrix, for the services that do
    /// not say which cell of a matrix a job is. Words like these are the same in every run of a
    /// cell.
    fn axes(&self) -> Vec<String> {
        let is_axis = |name: &str| {
            let is_among = |words: &[&str]| name.split('_').any(|word| words.contains(&word));
            is_among(AXES) && !is_among(NOT_AXES)
        };
        self.variables
            .iter()
            .filter(|(name, _)| is_axis(name))
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }
}

/// A branch's name out of a full ref (`refs/heads/main`); a name stays as it is.
fn branch_name(reference: &str) -> String {
    reference.strip_prefix("refs/heads/").unwrap_or(reference).to_owned()
}

/// The addresses of a forge's pages, below that of a repository. In each form, `{id}` is a full
/// commit id, `{path}` an escaped path, `{line}` and `{number}` are numbers.
#[derive(Debug)]
pub struct WebPaths {
    /// The hosts of the service itself.
    hosts: &'static [&'static str],
    /// Labels by which other hosts are known (`gitlab.example.org`).
    labels: &'static [&'static str],
    /// The path of a repository's page, from the host of a remote and the parts of its path.
    repository: fn(&str, &[&str]) -> Option<String>,
    commit: &'static str,
    file: &'static str,
    /// What is appended to the address of a file for a line.
    line: &'static str,
    change: &'static str,
}

/// The pages of a repository on its forge, known from the address of a remote.
///
/// The address may be anything that a user or an attacker put into the configuration of git. Only a
/// host and path of plain characters become a link, always without credentials; a forge that is
/// unknown has none.
#[derive(Clone, Debug)]
pub struct WebPages {
    /// The address of the repository: `https://github.com/pallets/click`.
    base: String,
    host: String,
    paths: &'static WebPaths,
}

impl WebPages {
    /// The pages of the repository at the address of a remote (`https://…`, `ssh://…` or
    /// `git@host:path`), or `None` if its forge is unknown.
    pub fn of_remote(url: &str) -> Option<Self> {
        let (host, path) = host_and_path(url)?;
        let mut paths = SERVICES.iter().filter_map(|service| service.web);
        let paths = paths.find(|paths| paths.is_at(host))?;
        let parts: Vec<&str> = path.split('/').collect();
        let path = (paths.repository)(host, &parts)?;
        let host = host.strip_prefix("ssh.").unwrap_or(host).to_owned();
        Some(Self { base: format!("https://{host}/{path}"), host, paths })
    }

    /// The host, as the name of the forge.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The page of a commit, by its full id.
    pub fn commit(&self, id: &str) -> String {
        self.base.clone() + &self.paths.commit.replace("{id}", id)
    }

    /// The page of a file as it is at a commit.
    pub fn file(&self, id: &str, path: &str) -> String {
        let file = self.paths.file.replace("{id}", id);
        self.base.clone() + &file.replace("{path}", &escaped(path))
    }

    /// What is appended to the page of a file for one of its lines, with `{line}` for the number.
    pub fn line_suffix(&self) -> &'static str {
        self.paths.line
    }

    /// The page of a change request.
    pub fn change(&self, number: u64) -> String {
        self.base.clone() + &self.paths.change.replace("{number}", &number.to_string())
    }
}

impl WebPaths {
    fn is_at(&self, host: &str) -> bool {
        let has_label = host.split('.').any(|label| self.labels.contains(&label));
        self.hosts.contains(&host) || has_label
    }
}

/// The host and path of an address, or `None` if it is not one of a server, or has characters that
/// no forge uses.
fn host_and_path(url: &str) -> Option<(&str, &str)> {
    let (authority, path) = match url.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => rest.split_once('/')?,
        Some(_) => return None,
        // As git has it: without a scheme, a colon before any slash ends the host.
        None => url.split_once(':').filter(|(host, _)| !host.contains('/'))?,
    };
    let host = authority.rsplit('@').next()?;
    let host = host.split_once(':').map_or(host, |(host, _port)| host);
    let is_host = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
    let is_path = |c: char| c.is_ascii_alphanumeric() || "/._~%-".contains(c);
    let path = path.trim_matches('/');
    let is_plain = host.contains('.') && host.chars().all(is_host) && path.chars().all(is_path);
    let stays_below = path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    (is_plain && stays_below).then_some((host, path))
}

/// The path of a repository's page where it is that of the remote: an owner and a name at least.
fn owner_and_name(_host: &str, parts: &[&str]) -> Option<String> {
    let path = parts.join("/");
    (parts.len() >= 2).then(|| path.strip_suffix(".git").unwrap_or(&path).to_owned())
}

/// The name of the repository at the address of a remote, which may be a path on disk.
pub fn repository_name(url: &str) -> Option<String> {
    let last = url.trim_end_matches('/').rsplit(['/', ':']).next()?;
    Some(last.trim_end_matches(".git").to_owned()).filter(|name| !name.is_empty())
}

/// A path with everything escaped that has a meaning in an address.
fn escaped(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._~-".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a String cannot fail");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn detected(pairs: &[(&str, &str)], event: Option<&str>) -> CiRun {
        let variables =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        detect(&Environment::new(variables, event)).expect("a known service")
    }

    #[allow(clippy::unnecessary_wraps)] // the expected values are options
    pub(super) fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn outside_ci_nothing_is_found() {
        let variables =
            [("CI".to_owned(), "true".to_owned()), ("GITHUB_ACTIONS".to_owned(), String::new())];
        assert_eq!(detect(&Environment::new(variables.into(), None)), None);
    }
}
