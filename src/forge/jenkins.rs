//! Jenkins: <https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables>,
//! with the `CHANGE_` variables of multibranch pipelines.

use super::{CiRun, Environment, MergeOrder, Service, branch_name};

/// Jenkins.
pub(super) const SERVICE: Service = Service::new("Jenkins", detect);

/// The variables of a change request: those of multibranch pipelines, of the GitHub pull request
/// builder, and of the GitLab plugin. Each is its number, its branch and the branch that it goes
/// into.
const CHANGES: &[[&str; 3]] = &[
    ["CHANGE_ID", "CHANGE_BRANCH", "CHANGE_TARGET"],
    ["ghprbPullId", "ghprbSourceBranch", "ghprbTargetBranch"],
    ["gitlabMergeRequestIid", "gitlabSourceBranch", "gitlabTargetBranch"],
];

/// All cells of a declarative matrix have one `STAGE_NAME`: only the variables of the axes differ.
fn detect(environment: &Environment) -> Option<CiRun> {
    environment.get("JENKINS_URL")?;
    let run = CiRun {
        tested: environment.get("GIT_COMMIT"),
        job: [
            environment.identity(&["JOB_NAME", "STAGE_NAME", "COVATLAS_MATRIX"]),
            environment.axes(),
        ]
        .concat(),
        link: environment.get("BUILD_URL"),
        ..CiRun::default()
    };
    Some(if is_of_gerrit(environment) { gerrit(environment, run) } else { other(environment, run) })
}

/// Whether Gerrit Trigger started the run for a change that is not merged yet.
fn is_of_gerrit(environment: &Environment) -> bool {
    let is_merged =
        environment.get("GERRIT_EVENT_TYPE").is_some_and(|event| event == "change-merged");
    environment.get("GERRIT_CHANGE_NUMBER").is_some() && !is_merged
}

/// A change of Gerrit is tested as it is and has no branch of its own: `GIT_BRANCH` is what the
/// job's settings say.
fn gerrit(environment: &Environment, run: CiRun) -> CiRun {
    CiRun {
        head: environment.get("GERRIT_PATCHSET_REVISION"),
        target: environment.get("GERRIT_BRANCH"),
        change: environment.number("GERRIT_CHANGE_NUMBER"),
        is_change: true,
        ..run
    }
}

/// A branch, a tag or a change request. The latter may be tested as a merge that the job made,
/// which no variable says.
fn other(environment: &Environment, run: CiRun) -> CiRun {
    let change = CHANGES.iter().find(|[number, ..]| environment.get(number).is_some());
    let [number, source, target] =
        change.map_or([None, None, None], |names| names.map(|name| environment.get(name)));
    let is_tag = environment.get("TAG_NAME").is_some();
    CiRun {
        head: environment.get("ghprbActualCommit"),
        branch: source.or_else(|| branch(environment)).filter(|_| !is_tag),
        target,
        change: number.and_then(|number| number.parse().ok()),
        is_change: change.is_some(),
        test_merge: change.map(|_| MergeOrder::HeadFirst),
        ..run
    }
}

/// `BRANCH_NAME` is `PR-12` in a change request, and the tag's name in the build of a tag.
/// `GIT_BRANCH` is `origin/main`, or a ref as the job's settings write it, or the word `detached`
/// if they name a commit.
fn branch(environment: &Environment) -> Option<String> {
    let name = environment.get("BRANCH_NAME").or_else(|| environment.get("GIT_BRANCH"))?;
    let name = branch_name(&name);
    let name = ["refs/", "remotes/", "origin/"]
        .into_iter()
        .fold(name.as_str(), |name, prefix| name.strip_prefix(prefix).unwrap_or(name));
    Some(name.to_owned()).filter(|name| !matches!(name.as_str(), "detached" | "HEAD"))
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
        assert_eq!(
            (ci.tested, ci.branch, ci.target, ci.change),
            (some("aaa"), some("fix"), some("main"), Some(12))
        );
        let plain = detected(
            &[("JENKINS_URL", "https://ci.example.org/"), ("GIT_BRANCH", "origin/main")],
            None,
        );
        assert_eq!(plain.branch, some("main"));
    }

    #[test]
    fn jenkins_names_a_branch_in_several_ways() {
        let branch = |name| {
            detected(&[("JENKINS_URL", "https://ci.example.org/"), ("GIT_BRANCH", name)], None)
                .branch
        };
        for name in [
            "main",
            "origin/main",
            "remotes/origin/main",
            "refs/remotes/origin/main",
            "refs/heads/main",
        ] {
            assert_eq!(branch(name), some("main"), "{name}");
        }
        assert_eq!(branch("origin/topic/a"), some("topic/a"));
        assert_eq!((branch("detached"), branch("HEAD")), (None, None));
    }

    #[test]
    fn a_change_of_gerrit_has_no_branch_until_it_is_merged() {
        let pairs = [
            ("JENKINS_URL", "https://ci.example.org/"),
            ("GIT_COMMIT", "aaa"),
            ("GIT_BRANCH", "origin/main"),
            ("GERRIT_CHANGE_NUMBER", "4711"),
            ("GERRIT_PATCHSET_REVISION", "aaa"),
            ("GERRIT_BRANCH", "main"),
        ];
        let ci =
            detected(&[&pairs[..], &[("GERRIT_EVENT_TYPE", "patchset-created")]].concat(), None);
        assert_eq!(
            (ci.branch, ci.target, ci.change, ci.is_change),
            (None, some("main"), Some(4711), true)
        );
        let ci = detected(&[&pairs[..], &[("GERRIT_EVENT_TYPE", "change-merged")]].concat(), None);
        assert_eq!((ci.branch, ci.change, ci.is_change), (some("main"), None, false));
    }
}
