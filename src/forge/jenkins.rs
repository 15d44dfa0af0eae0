//! Jenkins: <https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables>, with the `CHANGE_`
//! variables of multibranch pipelines.

use super::{CiRun, Environment, Service};

/// Jenkins.
pub(super) const SERVICE: Service = Service { name: "Jenkins", detect };

/// `GIT_BRANCH` is `origin/main`, and `BRANCH_NAME` is `PR-12` in a change request.
fn detect(environment: &Environment) -> Option<CiRun> {
    environment.get("JENKINS_URL")?;
    let plain = || Some(environment.get("GIT_BRANCH")?.trim_start_matches("origin/").to_owned());
    let named = ["CHANGE_BRANCH", "BRANCH_NAME"].into_iter().find_map(|name| environment.get(name));
    Some(CiRun {
        tested: environment.get("GIT_COMMIT"),
        branch: named.or_else(plain),
        target: environment.get("CHANGE_TARGET"),
        change: environment.number("CHANGE_ID"),
        job: environment.identity(&["JOB_NAME", "STAGE_NAME"]),
        link: environment.get("BUILD_URL"),
        ..CiRun::default()
    })
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
