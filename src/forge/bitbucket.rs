//! Bitbucket Pipelines:
//! <https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/>.

use super::{CiRun, Environment, MergeOrder, Service, WebPaths, owner_and_name};

/// Bitbucket Pipelines.
pub(super) const SERVICE: Service =
    Service { web: Some(&WEB), ..Service::new("Bitbucket Pipelines", detect) };

/// Where the pages of Bitbucket Cloud are; Data Center has other addresses.
const WEB: WebPaths = WebPaths {
    hosts: &["bitbucket.org"],
    labels: &[],
    repository: owner_and_name,
    commit: "/commits/{id}",
    file: "/src/{id}/{path}",
    line: "#lines-{line}",
    change: "/pull-requests/{number}",
};

/// For a pull request the destination is merged into the head before the job runs:
/// `BITBUCKET_COMMIT` is the head. Steps have no name in the environment: only parallel ones are
/// counted.
fn detect(environment: &Environment) -> Option<CiRun> {
    let build = environment.get("BITBUCKET_BUILD_NUMBER")?;
    let change = environment.number("BITBUCKET_PR_ID");
    let commit = environment.get("BITBUCKET_COMMIT");
    let link = || {
        let repository = environment.get("BITBUCKET_REPO_FULL_NAME")?;
        Some(format!("https://bitbucket.org/{repository}/pipelines/results/{build}"))
    };
    let job = ["BITBUCKET_PARALLEL_STEP", "BITBUCKET_DEPLOYMENT_ENVIRONMENT", "COVATLAS_MATRIX"];
    Some(CiRun {
        head: commit.clone().filter(|_| change.is_some()),
        tested: commit,
        base: environment.get("BITBUCKET_PR_DESTINATION_COMMIT"),
        branch: environment.get("BITBUCKET_BRANCH"),
        target: environment.get("BITBUCKET_PR_DESTINATION_BRANCH"),
        change,
        is_change: change.is_some(),
        test_merge: change.map(|_| MergeOrder::HeadFirst),
        job: [environment.identity(&job), environment.axes()].concat(),
        link: link(),
        ..CiRun::default()
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{detected, some};

    const PULL: &[(&str, &str)] = &[
        ("BITBUCKET_BUILD_NUMBER", "9"),
        ("BITBUCKET_COMMIT", "aaa"),
        ("BITBUCKET_BRANCH", "fix"),
        ("BITBUCKET_PR_ID", "7"),
        ("BITBUCKET_PR_DESTINATION_BRANCH", "main"),
        ("BITBUCKET_REPO_FULL_NAME", "ada/shop"),
        ("BITBUCKET_PARALLEL_STEP", "0"),
    ];

    #[test]
    fn bitbucket_names_the_head_of_a_pull_request() {
        let ci = detected(PULL, None);
        assert_eq!((ci.head.clone(), ci.change, ci.is_change), (some("aaa"), Some(7), true));
        assert_eq!((ci.branch.clone(), ci.target.clone()), (some("fix"), some("main")));
        assert_eq!(ci.link, some("https://bitbucket.org/ada/shop/pipelines/results/9"));
        let sibling = [PULL, &[("BITBUCKET_PARALLEL_STEP", "1")]].concat();
        assert_ne!(ci.part(), detected(&sibling, None).part());
        let again = [PULL, &[("BITBUCKET_BUILD_NUMBER", "10")]].concat();
        assert_eq!(ci.part(), detected(&again, None).part());
    }
}
