//! GitLab CI: <https://docs.gitlab.com/ci/variables/predefined_variables/>.

use super::{
    CiRun, Environment, MergeOrder, OwnersFile, OwnersSyntax, Service, WebPaths, owner_and_name,
};

/// GitLab CI.
pub(super) const SERVICE: Service =
    Service { web: Some(&WEB), code_owners: Some(&OWNERS), ..Service::new("GitLab CI", detect) };

/// Where its pages are.
const WEB: WebPaths = WebPaths {
    hosts: &["gitlab.com"],
    labels: &["gitlab"],
    repository: owner_and_name,
    commit: "/-/commit/{id}",
    file: "/-/blob/{id}/{path}",
    line: "#L{line}",
    change: "/-/merge_requests/{number}",
};

/// <https://docs.gitlab.com/user/project/codeowners/>
const OWNERS: OwnersFile = OwnersFile {
    forge: "GitLab",
    paths: &["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"],
    syntax: OwnersSyntax::GitLab,
    limit: None,
};

/// `CI_COMMIT_SHA` is the merge in a merged results pipeline and in a merge train, and only there
/// is `CI_MERGE_REQUEST_SOURCE_BRANCH_SHA` set. `CI_JOB_NAME` contains the values of a matrix.
fn detect(environment: &Environment) -> Option<CiRun> {
    environment.flag("GITLAB_CI")?;
    let request = |name: &str| {
        let names = ["CI_MERGE_REQUEST_", "CI_EXTERNAL_PULL_REQUEST_"]
            .map(|prefix| format!("{prefix}{name}"));
        names.iter().find_map(|name| environment.get(name))
    };
    let change = request("IID").and_then(|number| number.parse().ok());
    let merges = environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").is_some();
    Some(CiRun {
        tested: environment.get("CI_COMMIT_SHA"),
        head: request("SOURCE_BRANCH_SHA"),
        base: request("TARGET_BRANCH_SHA"),
        // That of the head, whatever was tested.
        merge_base: environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA").filter(|_| !merges),
        branch: request("SOURCE_BRANCH_NAME").or_else(|| environment.get("CI_COMMIT_BRANCH")),
        target: request("TARGET_BRANCH_NAME"),
        default_branch: environment.get("CI_DEFAULT_BRANCH"),
        change,
        is_change: change.is_some(),
        test_merge: merges.then_some(MergeOrder::BaseFirst),
        job: environment.identity(&["CI_JOB_NAME", "COVATLAS_MATRIX"]),
        link: environment.get("CI_JOB_URL"),
        ..CiRun::default()
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{detected, some};

    #[test]
    fn gitlab_in_a_merged_results_pipeline() {
        let ci = detected(
            &[
                ("GITLAB_CI", "true"),
                ("CI_COMMIT_SHA", "aaa"),
                ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "bbb"),
                ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "ccc"),
                ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "ddd"),
                ("CI_MERGE_REQUEST_IID", "5"),
                ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "fix"),
                ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
                ("CI_DEFAULT_BRANCH", "main"),
                ("CI_JOB_NAME", "test: [3.12, linux]"),
                ("CI_JOB_URL", "https://gitlab.com/g/p/-/jobs/42"),
            ],
            None,
        );
        assert_eq!((ci.tested, ci.head, ci.base), (some("aaa"), some("bbb"), some("ccc")));
        assert_eq!((ci.branch, ci.target, ci.change), (some("fix"), some("main"), Some(5)));
        assert_eq!(ci.job, ["CI_JOB_NAME=test: [3.12, linux]"]);
        assert_eq!(ci.link, some("https://gitlab.com/g/p/-/jobs/42"));
    }

    #[test]
    fn gitlab_on_a_branch() {
        let pairs = [("GITLAB_CI", "true"), ("CI_COMMIT_SHA", "aaa"), ("CI_COMMIT_BRANCH", "main")];
        let ci =
            detected(&[&pairs[..], &[("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "")]].concat(), None);
        assert_eq!(
            (ci.tested, ci.head, ci.branch, ci.change),
            (some("aaa"), None, some("main"), None)
        );
    }
}
