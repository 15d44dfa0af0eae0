//! Jenkins: <https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables>, with the `CHANGE_`
//! variables of multibranch pipelines.

use super::{CiRun, Environment, MergeOrder, Service, branch_name};

/// Jenkins.
pub(super) const SERVICE: Service = Service { name: "Jenkins", detect };

/// The variables of a change request: those of multibranch pipelines, of the GitHub pull request builder, and of the GitLab
/// plugin. Each is its number, its branch and the branch that it goes into.
const CHANGES: &[[&str; 3]] = &[
    ["CHANGE_ID", "CHANGE_BRANCH", "CHANGE_TARGET"],
    ["ghprbPullId", "ghprbSourceBranch", "ghprbTargetBranch"],
    ["gitlabMergeRequestIid", "gitlabSourceBranch", "gitlabTargetBranch"],
];

/// `GIT_BRANCH` is `origin/main`, and `BRANCH_NAME` is `PR-12` in a change request, and the tag's name in the build of one.
/// A change request may be tested as a merge that the job made, which no variable says. All cells of a declarative matrix
/// have one `STAGE_NAME`: only the variables of the axes differ.
fn detect(environment: &Environment) -> Option<CiRun> {
    environment.get("JENKINS_URL")?;
    let change = CHANGES.iter().find(|[number, ..]| environment.get(number).is_some());
    let [number, source, target] = change.map_or([None, None, None], |names| names.map(|name| environment.get(name)));
    let is_tag = environment.get("TAG_NAME").is_some();
    Some(CiRun {
        tested: environment.get("GIT_COMMIT"),
        head: environment.get("ghprbActualCommit"),
        branch: source.or_else(|| branch(environment)).filter(|_| !is_tag),
        target,
        change: number.and_then(|number| number.parse().ok()),
        is_change: change.is_some(),
        test_merge: change.map(|_| MergeOrder::HeadFirst),
        job: [environment.identity(&["JOB_NAME", "STAGE_NAME", "COVATLAS_MATRIX"]), environment.axes()].concat(),
        link: environment.get("BUILD_URL"),
        ..CiRun::default()
    })
}

fn branch(environment: &Environment) -> Option<String> {
    let name = environment.get("BRANCH_NAME").or_else(|| environment.get("GIT_BRANCH"))?;
    let name = branch_name(&name);
    Some(name.strip_prefix("origin/").map(str::to_owned).unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{detected, some};

    #[test]
    fn jenkins_in_a_multibranch_pipeline() {
        let pairs = [
            ("JENKINS_URL", "https://ci.example.org/"),
            ("GIT_COMMIT", "aaa"),
            ("BRANCH_NAME", "PR-12"),
            ("CHANGE_ID", "12"),
            ("CHANGE_BRANCH", "fix"),
            ("CHANGE_TARGET", "main"),
            ("JOB_NAME", "folder/app/PR-12"),
            ("BUILD_URL", "https://ci.example.org/job/app/15/"),
        ];
        let ci = detected(&pairs, None);
        assert_eq!((ci.tested, ci.branch, ci.target, ci.change), (some("aaa"), some("fix"), some("main"), Some(12)));
        let plain = detected(&[("JENKINS_URL", "https://ci.example.org/"), ("GIT_BRANCH", "origin/main")], None);
        assert_eq!(plain.branch, some("main"));
    }
}
