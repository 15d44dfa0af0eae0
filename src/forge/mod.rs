//! What CI services say about the job that is running: commits, branch, change request, and the
//! job's identity.
//!
//! One file per service, and one entry each in [`SERVICES`]. The readers are pure: they see the
//! variables of an [`Environment`], which the command fills. Each cites the page that documents its
//! variables. What a service says is a claim: whether the clone agrees is decided elsewhere.

mod azure;
mod bitbucket;
mod buildkite;
mod circleci;
mod github;
mod gitlab;
mod jenkins;

use std::collections::BTreeMap;

use serde_json::Value;

/// A CI service: its name, and how its jobs are recognised and read.
pub struct Service {
    /// The service's name.
    pub name: &'static str,
    /// Reads what the environment says, or returns `None` if it is not that of this service.
    pub detect: fn(&Environment) -> Option<CiRun>,
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
];

/// What a CI service says about the job that is running.
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
    /// What distinguishes this job from its siblings, and is the same when it runs again.
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

/// What the environment says, if it is that of a known CI service.
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
