//! CircleCI: <https://circleci.com/docs/reference/variables/>.

use super::{CiRun, Environment, Service};

/// CircleCI.
pub(super) const SERVICE: Service = Service { name: "CircleCI", detect };

/// It tests the head itself. `CIRCLE_JOB` contains the values of a matrix, `CIRCLE_NODE_INDEX` counts parallel
/// containers.
fn detect(environment: &Environment) -> Option<CiRun> {
    environment.flag("CIRCLECI")?;
    let from_link = || environment.get("CIRCLE_PULL_REQUEST")?.rsplit('/').next()?.parse().ok();
    Some(CiRun {
        tested: environment.get("CIRCLE_SHA1"),
        branch: environment.get("CIRCLE_BRANCH"),
        change: environment.number("CIRCLE_PR_NUMBER").or_else(from_link),
        job: environment.identity(&["CIRCLE_JOB", "CIRCLE_NODE_INDEX"]),
        link: environment.get("CIRCLE_BUILD_URL"),
        ..CiRun::default()
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{detected, some};

    #[test]
    fn circle_names_the_change_in_its_link() {
        let ci = detected(
            &[
                ("CIRCLECI", "true"),
                ("CIRCLE_SHA1", "aaa"),
                ("CIRCLE_BRANCH", "fix"),
                ("CIRCLE_PULL_REQUEST", "https://github.com/o/r/pull/12"),
                ("CIRCLE_JOB", "test-3.12"),
                ("CIRCLE_NODE_INDEX", "1"),
                ("CIRCLE_BUILD_URL", "https://circleci.com/gh/o/r/22"),
            ],
            None,
        );
        assert_eq!((ci.tested, ci.branch, ci.change), (some("aaa"), some("fix"), Some(12)));
        assert_eq!(ci.job, ["CIRCLE_JOB=test-3.12", "CIRCLE_NODE_INDEX=1"]);
    }
}
