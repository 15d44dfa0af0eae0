//! What the CI environment says about the job: commits, branch, change request, and the job's identity.
//!
//! In: the variables of the process and, for GitHub, the text of the event. Out: a [`Ci`]. Pure: [`detect`] reads
//! nothing itself. Each reader cites the page that documents its variables.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a CI service says about the job that is running.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ci {
    /// The service's name.
    pub name: &'static str,
    /// The commit that was checked out: for a change request often a merge that exists nowhere else.
    pub tested: Option<String>,
    /// The head of the change request, where it differs from what was tested or may.
    pub head: Option<String>,
    /// The commit of the target branch that the change request is compared with.
    pub base: Option<String>,
    /// The branch that the commit is from.
    pub branch: Option<String>,
    /// The branch that the change request goes into.
    pub target: Option<String>,
    /// The default branch, where the service names it.
    pub default_branch: Option<String>,
    /// The change request's number.
    pub change: Option<u64>,
    /// What tells this job from its siblings, and is the same when it is run again.
    pub job: Vec<String>,
    /// A link to the job.
    pub link: Option<String>,
}

impl Ci {
    /// The name of the part that this job records without `--part`: a digest of its identity, so that a job that runs
    /// again replaces its part and a sibling never does.
    pub fn part(&self) -> String {
        let identity = [self.name].into_iter().chain(self.job.iter().map(String::as_str)).collect::<Vec<_>>();
        blake3::hash(identity.join("\0").as_bytes()).to_hex()[..12].to_owned()
    }
}

type Vars = BTreeMap<String, String>;

/// How each service is recognised, and read.
type Reader = fn(&Vars, Option<&Value>) -> Option<Ci>;
const READERS: &[Reader] = &[github, gitlab, azure, circle, buildkite, jenkins];

/// What the variables of a process say, where they are those of a CI service. `event` is the text of the file that
/// GitHub names in `GITHUB_EVENT_PATH`.
pub fn detect(vars: &Vars, event: Option<&str>) -> Option<Ci> {
    let event: Option<Value> = event.and_then(|text| serde_json::from_str(text).ok());
    READERS.iter().find_map(|read| read(vars, event.as_ref()))
}

/// A variable that is set and not empty.
fn var(vars: &Vars, name: &str) -> Option<String> {
    vars.get(name).filter(|value| !value.is_empty()).cloned()
}

fn flag(vars: &Vars, name: &str) -> Option<()> {
    var(vars, name).filter(|value| value.eq_ignore_ascii_case("true")).map(|_| ())
}

/// `name=value` for each variable that is set.
fn identity(vars: &Vars, names: &[&str]) -> Vec<String> {
    names.iter().filter_map(|name| Some(format!("{name}={}", var(vars, name)?))).collect()
}

fn number(text: Option<String>) -> Option<u64> {
    text?.parse().ok()
}

fn short(reference: Option<String>) -> Option<String> {
    reference.map(|name| name.strip_prefix("refs/heads/").map(str::to_owned).unwrap_or(name))
}

/// GitHub Actions: <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>. For a pull request
/// `GITHUB_SHA` is the merge that was made for the test; its head and base stand in the event. The values of a matrix
/// are in no documented variable. Runners since January 2026 set `ACTIONS_ORCHESTRATION_ID`, `<uuid of the run>.<job>.<leg of the
/// matrix>` (<https://github.com/actions/runner/pull/4178>); for others a workflow hands on `COVATLAS_MATRIX: ${{ toJSON(matrix) }}`.
fn github(vars: &Vars, event: Option<&Value>) -> Option<Ci> {
    flag(vars, "GITHUB_ACTIONS")?;
    let event = event.unwrap_or(&Value::Null);
    let pull = &event["pull_request"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let reference = var(vars, "GITHUB_REF").unwrap_or_default();
    let from_ref = || reference.strip_prefix("refs/pull/")?.split('/').next()?.parse().ok();
    let on_branch = reference.starts_with("refs/heads/").then(|| var(vars, "GITHUB_REF_NAME")).flatten();
    let names = ["GITHUB_WORKFLOW", "GITHUB_JOB", "RUNNER_OS", "RUNNER_ARCH", "COVATLAS_MATRIX"];
    let leg = || -> Vec<String> {
        let id = var(vars, "ACTIONS_ORCHESTRATION_ID").unwrap_or_default();
        id.split_once('.').map(|(_, leg)| format!("leg={leg}")).into_iter().collect()
    };
    let run = || {
        let at = |name| var(vars, name);
        Some(format!("{}/{}/actions/runs/{}", at("GITHUB_SERVER_URL")?, at("GITHUB_REPOSITORY")?, at("GITHUB_RUN_ID")?))
    };
    Some(Ci {
        name: "GitHub Actions",
        tested: var(vars, "GITHUB_SHA"),
        head: text(&pull["head"]["sha"]),
        base: text(&pull["base"]["sha"]),
        branch: var(vars, "GITHUB_HEAD_REF").or(on_branch),
        target: var(vars, "GITHUB_BASE_REF"),
        default_branch: text(&event["repository"]["default_branch"]),
        change: pull["number"].as_u64().or_else(from_ref),
        job: [identity(vars, &names), leg()].concat(),
        link: run(),
    })
}

/// GitLab CI: <https://docs.gitlab.com/ci/variables/predefined_variables/>. `CI_COMMIT_SHA` is the merge in a merged
/// results pipeline, and only there is `CI_MERGE_REQUEST_SOURCE_BRANCH_SHA` set. `CI_JOB_NAME` holds the values of a matrix.
fn gitlab(vars: &Vars, _: Option<&Value>) -> Option<Ci> {
    flag(vars, "GITLAB_CI")?;
    let base = var(vars, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA").or_else(|| var(vars, "CI_MERGE_REQUEST_DIFF_BASE_SHA"));
    Some(Ci {
        name: "GitLab CI",
        tested: var(vars, "CI_COMMIT_SHA"),
        head: var(vars, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"),
        base,
        branch: var(vars, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME").or_else(|| var(vars, "CI_COMMIT_BRANCH")),
        target: var(vars, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        default_branch: var(vars, "CI_DEFAULT_BRANCH"),
        change: number(var(vars, "CI_MERGE_REQUEST_IID")),
        job: identity(vars, &["CI_JOB_NAME"]),
        link: var(vars, "CI_JOB_URL"),
    })
}

/// Azure Pipelines: <https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables>. `BUILD_SOURCEVERSION` is
/// the merge of a pull request; `SYSTEM_JOBNAME` holds the name of the matrix's leg.
fn azure(vars: &Vars, _: Option<&Value>) -> Option<Ci> {
    flag(vars, "TF_BUILD")?;
    let change = ["SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID"];
    let branch = short(var(vars, "SYSTEM_PULLREQUEST_SOURCEBRANCH").or_else(|| var(vars, "BUILD_SOURCEBRANCH")));
    let link = || {
        let at = |name| var(vars, name);
        let (server, project) = (at("SYSTEM_COLLECTIONURI")?, at("SYSTEM_TEAMPROJECT")?);
        Some(format!("{server}{}/_build/results?buildId={}", project.replace(' ', "%20"), at("BUILD_BUILDID")?))
    };
    Some(Ci {
        name: "Azure Pipelines",
        tested: var(vars, "BUILD_SOURCEVERSION"),
        head: var(vars, "SYSTEM_PULLREQUEST_SOURCECOMMITID"),
        branch: branch.filter(|name| !name.starts_with("refs/")),
        target: short(var(vars, "SYSTEM_PULLREQUEST_TARGETBRANCH")),
        change: change.iter().find_map(|name| number(var(vars, name))),
        job: identity(vars, &["SYSTEM_STAGENAME", "SYSTEM_PHASENAME", "SYSTEM_JOBNAME", "SYSTEM_JOBPOSITIONINPHASE"]),
        link: link(),
        ..Ci::default()
    })
}

/// CircleCI: <https://circleci.com/docs/reference/variables/>. It tests the head itself; `CIRCLE_JOB` holds the values of a
/// matrix, `CIRCLE_NODE_INDEX` tells parallel containers apart.
fn circle(vars: &Vars, _: Option<&Value>) -> Option<Ci> {
    flag(vars, "CIRCLECI")?;
    let from_link = || var(vars, "CIRCLE_PULL_REQUEST")?.rsplit('/').next().map(str::to_owned);
    Some(Ci {
        name: "CircleCI",
        tested: var(vars, "CIRCLE_SHA1"),
        branch: var(vars, "CIRCLE_BRANCH"),
        change: number(var(vars, "CIRCLE_PR_NUMBER").or_else(from_link)),
        job: identity(vars, &["CIRCLE_JOB", "CIRCLE_NODE_INDEX"]),
        link: var(vars, "CIRCLE_BUILD_URL"),
        ..Ci::default()
    })
}

/// Buildkite: <https://buildkite.com/docs/pipelines/configure/environment-variables>. `BUILDKITE_PULL_REQUEST` is `false`
/// outside one; `BUILDKITE_COMMIT` may be the word `HEAD`. The job's id changes when it is run again, its label does not.
fn buildkite(vars: &Vars, _: Option<&Value>) -> Option<Ci> {
    flag(vars, "BUILDKITE")?;
    let link = || Some(format!("{}#{}", var(vars, "BUILDKITE_BUILD_URL")?, var(vars, "BUILDKITE_JOB_ID")?));
    let names = ["BUILDKITE_PIPELINE_SLUG", "BUILDKITE_STEP_KEY", "BUILDKITE_LABEL", "BUILDKITE_PARALLEL_JOB"];
    Some(Ci {
        name: "Buildkite",
        tested: var(vars, "BUILDKITE_COMMIT").filter(|commit| commit != "HEAD"),
        branch: var(vars, "BUILDKITE_BRANCH"),
        target: var(vars, "BUILDKITE_PULL_REQUEST_BASE_BRANCH"),
        default_branch: var(vars, "BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
        change: number(var(vars, "BUILDKITE_PULL_REQUEST")),
        job: identity(vars, &names),
        link: link(),
        ..Ci::default()
    })
}

/// Jenkins: <https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables>, with the `CHANGE_` variables
/// of multibranch pipelines. `GIT_BRANCH` is `origin/main`, and `BRANCH_NAME` is `PR-12` in a change request.
fn jenkins(vars: &Vars, _: Option<&Value>) -> Option<Ci> {
    var(vars, "JENKINS_URL")?;
    let plain = || Some(var(vars, "GIT_BRANCH")?.trim_start_matches("origin/").to_owned());
    Some(Ci {
        name: "Jenkins",
        tested: var(vars, "GIT_COMMIT"),
        branch: var(vars, "CHANGE_BRANCH").or_else(|| var(vars, "BRANCH_NAME")).or_else(plain),
        target: var(vars, "CHANGE_TARGET"),
        change: number(var(vars, "CHANGE_ID")),
        job: identity(vars, &["JOB_NAME", "STAGE_NAME"]),
        link: var(vars, "BUILD_URL"),
        ..Ci::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(pairs: &[(&str, &str)], event: Option<&str>) -> Ci {
        let vars = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        detect(&vars, event).expect("a known service")
    }

    #[allow(clippy::unnecessary_wraps)] // what is expected is an option
    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    const GITHUB: &[(&str, &str)] = &[
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_WORKFLOW", "CI"),
        ("GITHUB_JOB", "test"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "octocat/Hello-World"),
        ("GITHUB_RUN_ID", "1658821493"),
        ("RUNNER_OS", "Linux"),
    ];

    #[test]
    fn outside_ci_nothing_is_found() {
        let vars = [("CI".to_owned(), "true".to_owned()), ("GITHUB_ACTIONS".to_owned(), String::new())];
        assert_eq!(detect(&vars.into(), None), None);
    }

    #[test]
    fn a_push_on_github_tests_the_commit_itself() {
        let own = [("GITHUB_SHA", "ffac53"), ("GITHUB_REF", "refs/heads/topic/a"), ("GITHUB_REF_NAME", "topic/a")];
        let ci = detected(&[GITHUB, &own].concat(), Some(r#"{"repository": {"default_branch": "trunk"}}"#));
        assert_eq!((ci.tested, ci.head, ci.base, ci.change), (some("ffac53"), None, None, None));
        assert_eq!((ci.branch, ci.target, ci.default_branch), (some("topic/a"), None, some("trunk")));
        assert_eq!(ci.link, some("https://github.com/octocat/Hello-World/actions/runs/1658821493"));
    }

    #[test]
    fn a_pull_request_on_github_keeps_merge_head_and_base_apart() {
        let own = [
            ("GITHUB_SHA", "3e7e9e"),
            ("GITHUB_REF", "refs/pull/17/merge"),
            ("GITHUB_REF_NAME", "17/merge"),
            ("GITHUB_HEAD_REF", "fix"),
            ("GITHUB_BASE_REF", "main"),
        ];
        let event = r#"{"pull_request": {"number": 17, "head": {"sha": "ec26c3"}, "base": {"sha": "f95f85"}}}"#;
        let ci = detected(&[GITHUB, &own].concat(), Some(event));
        assert_eq!((ci.tested, ci.head, ci.base), (some("3e7e9e"), some("ec26c3"), some("f95f85")));
        assert_eq!((ci.branch, ci.target, ci.change), (some("fix"), some("main"), Some(17)));
        let blind = detected(&[GITHUB, &own].concat(), None);
        assert_eq!((blind.head, blind.change), (None, Some(17)), "the number is in the ref too");
    }

    #[test]
    fn the_part_follows_the_job_and_its_matrix_but_not_the_run() {
        let part = |pairs: &[(&str, &str)]| detected(&[GITHUB, pairs].concat(), None).part();
        let matrix = part(&[("COVATLAS_MATRIX", r#"{"python": "3.12"}"#)]);
        assert_ne!(matrix, part(&[("COVATLAS_MATRIX", r#"{"python": "3.13"}"#)]));
        assert_ne!(part(&[]), part(&[("RUNNER_OS", "Windows")]));
        let leg = |id| part(&[("ACTIONS_ORCHESTRATION_ID", id)]);
        assert_ne!(leg("89c72d20-71e7.test.ubuntu_3"), leg("89c72d20-71e7.test.ubuntu_4"));
        assert_eq!(leg("89c72d20-71e7.test.ubuntu_3"), leg("11111111-2222.test.ubuntu_3"), "another run of it");
        assert_ne!(part(&[]), part(&[("GITHUB_JOB", "lint")]));
        assert_eq!(part(&[]), part(&[("GITHUB_RUN_ID", "2"), ("GITHUB_RUN_ATTEMPT", "2"), ("GITHUB_SHA", "a")]));
        assert_eq!(part(&[]).len(), 12);
    }

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
        let ci = detected(&[&pairs[..], &[("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "")]].concat(), None);
        assert_eq!((ci.tested, ci.head, ci.branch, ci.change), (some("aaa"), None, some("main"), None));
    }

    #[test]
    fn azure_tests_the_merge_and_names_the_leg_of_the_matrix() {
        let ci = detected(
            &[
                ("TF_BUILD", "True"),
                ("BUILD_SOURCEVERSION", "aaa"),
                ("BUILD_SOURCEBRANCH", "refs/pull/1/merge"),
                ("SYSTEM_PULLREQUEST_SOURCECOMMITID", "bbb"),
                ("SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/users/raisa/new-feature"),
                ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
                ("SYSTEM_PULLREQUEST_PULLREQUESTID", "17"),
                ("SYSTEM_JOBNAME", "linux_py3"),
                ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/fabrikamfiber/"),
                ("SYSTEM_TEAMPROJECT", "My Project"),
                ("BUILD_BUILDID", "7"),
            ],
            None,
        );
        assert_eq!((ci.tested, ci.head, ci.change), (some("aaa"), some("bbb"), Some(17)));
        assert_eq!((ci.branch, ci.target), (some("users/raisa/new-feature"), some("main")));
        assert_eq!(ci.link, some("https://dev.azure.com/fabrikamfiber/My%20Project/_build/results?buildId=7"));
        let push = [("TF_BUILD", "True"), ("BUILD_SOURCEBRANCH", "refs/tags/v1")];
        assert_eq!(detected(&push, None).branch, None, "a tag is no branch");
    }

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
    }

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
