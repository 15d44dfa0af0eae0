//! Buildkite: <https://buildkite.com/docs/pipelines/configure/environment-variables>.

use super::{CiRun, Environment, Service};

/// Buildkite.
pub(super) const SERVICE: Service = Service::new("Buildkite", detect);

/// Identifies a job. Its id changes when it runs again, its label does not.
const JOB: &[&str] = &[
    "BUILDKITE_PIPELINE_SLUG",
    "BUILDKITE_STEP_KEY",
    "BUILDKITE_LABEL",
    "BUILDKITE_PARALLEL_JOB",
    "COVATLAS_MATRIX",
];

/// `BUILDKITE_PULL_REQUEST` is `false` outside one; `BUILDKITE_COMMIT` may be the word `HEAD`. It
/// is the head of a pull request even where a merge is checked out. For a tag `BUILDKITE_BRANCH` is
/// its name.
fn detect(environment: &Environment) -> Option<CiRun> {
    environment.flag("BUILDKITE")?;
    let link = || {
        let (build, job) =
            (environment.get("BUILDKITE_BUILD_URL")?, environment.get("BUILDKITE_JOB_ID")?);
        Some(format!("{build}#{job}"))
    };
    let change = environment.number("BUILDKITE_PULL_REQUEST");
    let targets = ["BUILDKITE_PULL_REQUEST_BASE_BRANCH", "BUILDKITE_MERGE_QUEUE_BASE_BRANCH"];
    let is_tag = environment.get("BUILDKITE_TAG").is_some();
    let commit = environment.get("BUILDKITE_COMMIT").filter(|commit| commit != "HEAD");
    Some(CiRun {
        head: commit.clone().filter(|_| change.is_some()),
        tested: commit,
        branch: environment.get("BUILDKITE_BRANCH").filter(|_| !is_tag),
        base: environment.get("BUILDKITE_MERGE_QUEUE_BASE_COMMIT"),
        target: targets.into_iter().find_map(|name| environment.get(name)),
        default_branch: environment.get("BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
        change,
        is_change: change.is_some(),
        job: [environment.identity(JOB), environment.axes()].concat(),
        link: link(),
        ..CiRun::default()
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{detected, some};

    #[test]
    fn buildkite_says_false_where_there_is_no_change() {
        let pairs = [
            ("BUILDKITE", "true"),
            ("BUILDKITE_COMMIT", "HEAD"),
            ("BUILDKITE_BRANCH", "main"),
            ("BUILDKITE_PIPELINE_DEFAULT_BRANCH", "main"),
            ("BUILDKITE_PULL_REQUEST", "false"),
            ("BUILDKITE_LABEL", "test"),
            ("BUILDKITE_PARALLEL_JOB", "0"),
            ("BUILDKITE_BUILD_URL", "https://buildkite.com/o/p/builds/1"),
            ("BUILDKITE_JOB_ID", "e44f"),
        ];
        let ci = detected(&pairs, None);
        assert_eq!((ci.tested.clone(), ci.change, ci.branch.clone()), (None, None, some("main")));
        assert_eq!(ci.link, some("https://buildkite.com/o/p/builds/1#e44f"));
        let sibling = detected(&[&pairs[..], &[("BUILDKITE_PARALLEL_JOB", "1")]].concat(), None);
        assert_ne!(ci.part(), sibling.part());
        let change = detected(&[&pairs[..], &[("BUILDKITE_PULL_REQUEST", "123")]].concat(), None);
        assert_eq!(change.change, Some(123));
        let queue = [
            ("BUILDKITE_MERGE_QUEUE_BASE_BRANCH", "main"),
            ("BUILDKITE_MERGE_QUEUE_BASE_COMMIT", "bbb"),
        ];
        let queue = detected(&[&pairs[..], &queue].concat(), None);
        assert_eq!((queue.base, queue.target, queue.is_change), (some("bbb"), some("main"), false));
    }
}
