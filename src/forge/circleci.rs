//! CircleCI: <https://circleci.com/docs/reference/variables/>.

use super::{CiRun, Environment, Service};

/// CircleCI.
pub(super) const SERVICE: Service = Service::new("CircleCI", detect);

/// It tests the head itself. The branch of a fork is called `pull/<number>`. `CIRCLE_JOB` contains
/// the values of a matrix, `CIRCLE_NODE_INDEX` counts parallel containers.
fn detect(environment: &Environment) -> Option<CiRun> {
    environment.flag("CIRCLECI")?;
    let branch = environment.get("CIRCLE_BRANCH");
    let link = ["CIRCLE_PULL_REQUEST", "CIRCLE_PULL_REQUESTS"]
        .into_iter()
        .find_map(|name| environment.get(name));
    let from_link = || link?.split(',').next()?.rsplit('/').next()?.parse().ok();
    let from_branch = || branch.as_deref()?.strip_prefix("pull/")?.split('/').next()?.parse().ok();
    let change = environment.number("CIRCLE_PR_NUMBER").or_else(from_link).or_else(from_branch);
    Some(CiRun {
        tested: environment.get("CIRCLE_SHA1"),
        branch,
        change,
        is_change: change.is_some(),
        job: environment.identity(&["CIRCLE_JOB", "CIRCLE_NODE_INDEX", "COVATLAS_MATRIX"]),
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
