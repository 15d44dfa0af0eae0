//! GitHub Actions: <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>.

use serde_json::Value;

use super::{
    CiRun, Environment, Hosting, MergeOrder, OwnersFile, OwnersSyntax, Service, WebPaths,
    branch_name, owner_and_name,
};

/// GitHub Actions.
pub(super) const SERVICE: Service = Service {
    web: Some(&WEB),
    code_owners: Some(&OWNERS),
    hosting: Some(&PAGES),
    ..Service::new("GitHub Actions", detect)
};

/// Where its pages are.
const WEB: WebPaths = WebPaths {
    hosts: &["github.com"],
    labels: &["github"],
    repository: owner_and_name,
    commit: "/commit/{id}",
    file: "/blob/{id}/{path}",
    line: "#L{line}",
    change: "/pull/{number}",
};

/// <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>
const OWNERS: OwnersFile = OwnersFile {
    forge: "GitHub",
    paths: &[".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"],
    syntax: OwnersSyntax::GitHub,
    limit: Some(3),
};

/// <https://docs.github.com/en/pages/getting-started-with-github-pages/github-pages-limits>
const PAGES: Hosting = Hosting { name: "GitHub Pages", limit: 1_000_000_000 };

/// For a pull request `GITHUB_SHA` is the merge that was made for the test; its head and base are
/// in the event.
fn detect(environment: &Environment) -> Option<CiRun> {
    environment.flag("GITHUB_ACTIONS")?;
    let event = environment.event();
    let run = CiRun {
        tested: environment.get("GITHUB_SHA"),
        default_branch: text(&event["repository"]["default_branch"]),
        job: job(environment),
        link: link(environment),
        ..CiRun::default()
    };
    Some(match environment.get("GITHUB_EVENT_NAME").as_deref() {
        Some("workflow_run") => workflow_run(&event["workflow_run"], run),
        Some("merge_group") => {
            merge_group(&event["merge_group"], CiRun { branch: branch(environment), ..run })
        }
        Some("issue_comment") if !event["issue"]["pull_request"].is_null() => {
            comment(&event["issue"], run)
        }
        _ if is_merged(environment) => merged(environment, run),
        // There `GITHUB_SHA` is the tip of the target branch, and not of the change.
        Some("pull_request_target") => pull_request(environment, CiRun { tested: None, ..run }),
        _ => pull_request(environment, run),
    })
}

/// A run for a pull request; for a push nothing of it is there.
fn pull_request(environment: &Environment, run: CiRun) -> CiRun {
    let pull = &environment.event()["pull_request"];
    let reference = environment.get("GITHUB_REF").unwrap_or_default();
    let number = || reference.strip_prefix("refs/pull/")?.split('/').next()?.parse().ok();
    let is_merge = reference.starts_with("refs/pull/") && reference.ends_with("/merge");
    let change = pull["number"].as_u64().or_else(number);
    let head_ref = environment.get("GITHUB_HEAD_REF");
    CiRun {
        head: text(&pull["head"]["sha"]),
        base: text(&pull["base"]["sha"]),
        is_change: change.is_some() || head_ref.is_some(),
        branch: head_ref.or_else(|| text(&pull["head"]["ref"])).or_else(|| branch(environment)),
        target: environment.get("GITHUB_BASE_REF").or_else(|| text(&pull["base"]["ref"])),
        change,
        test_merge: is_merge.then_some(MergeOrder::BaseFirst),
        ..run
    }
}

/// Whether the run is for a pull request that was merged, and tests its target branch.
fn is_merged(environment: &Environment) -> bool {
    let is_pull =
        environment.get("GITHUB_REF").is_some_and(|reference| reference.starts_with("refs/pull/"));
    environment.event()["pull_request"]["merged"] == true && !is_pull
}

/// Such a run: `GITHUB_SHA` is what the target branch is now.
fn merged(environment: &Environment, run: CiRun) -> CiRun {
    let target = || text(&environment.event()["pull_request"]["base"]["ref"]);
    CiRun { branch: branch(environment).or_else(target), ..run }
}

/// A run that a comment on a pull request started. `GITHUB_SHA` is the tip of the default branch;
/// what the job checks out instead is said nowhere.
fn comment(pull: &Value, run: CiRun) -> CiRun {
    CiRun { tested: None, change: pull["number"].as_u64(), is_change: true, ..run }
}

/// A run that was started by the end of another one, whose reports it publishes. `GITHUB_SHA` is
/// the tip of the default branch. GitHub lists no pull request here when it comes from a fork.
fn workflow_run(other: &Value, run: CiRun) -> CiRun {
    let pull = &other["pull_requests"][0];
    CiRun {
        published: text(&other["head_sha"]),
        branch: text(&other["head_branch"]),
        target: text(&pull["base"]["ref"]),
        base: text(&pull["base"]["sha"]),
        change: pull["number"].as_u64(),
        is_change: other["event"].as_str().is_some_and(|event| event.starts_with("pull_request")),
        ..run
    }
}

/// A merge queue tests what the target branch will be if the group passes.
fn merge_group(group: &Value, run: CiRun) -> CiRun {
    let target = text(&group["base_ref"]).map(|name| branch_name(&name));
    CiRun { base: text(&group["base_sha"]), target, ..run }
}

/// The branch that was pushed; a tag is none.
fn branch(environment: &Environment) -> Option<String> {
    let reference = environment.get("GITHUB_REF")?;
    reference.strip_prefix("refs/heads/").map(str::to_owned)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The values of a matrix are in no documented variable. Runners since January 2026 set
/// `ACTIONS_ORCHESTRATION_ID`, `<uuid of the run>.<job>.<leg of the matrix>`
/// (<https://github.com/actions/runner/pull/4178>); for others a workflow passes on
/// `COVATLAS_MATRIX: ${{ toJSON(matrix) }}`.
fn job(environment: &Environment) -> Vec<String> {
    let names = ["GITHUB_WORKFLOW", "GITHUB_JOB", "RUNNER_OS", "RUNNER_ARCH", "COVATLAS_MATRIX"];
    let mut job = environment.identity(&names);
    let id = environment.get("ACTIONS_ORCHESTRATION_ID").unwrap_or_default();
    job.extend(id.split_once('.').map(|(_, leg)| format!("leg={leg}")));
    job
}

fn link(environment: &Environment) -> Option<String> {
    let server = environment.get("GITHUB_SERVER_URL")?;
    let repository = environment.get("GITHUB_REPOSITORY")?;
    let run = environment.get("GITHUB_RUN_ID")?;
    Some(format!("{server}/{repository}/actions/runs/{run}"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{detected, some};

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
    fn a_push_on_github_tests_the_commit_itself() {
        let own = [
            ("GITHUB_SHA", "ffac53"),
            ("GITHUB_REF", "refs/heads/topic/a"),
            ("GITHUB_REF_NAME", "topic/a"),
        ];
        let ci = detected(
            &[GITHUB, &own].concat(),
            Some(r#"{"repository": {"default_branch": "trunk"}}"#),
        );
        assert_eq!((ci.tested, ci.head, ci.base, ci.change), (some("ffac53"), None, None, None));
        assert_eq!(
            (ci.branch, ci.target, ci.default_branch),
            (some("topic/a"), None, some("trunk"))
        );
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
    fn a_pull_request_that_was_merged_is_tested_as_its_target() {
        let event = r#"{"pull_request": {"number": 17, "merged": true, "head": {"sha": "b", "ref": "fix"},
            "base": {"sha": "c", "ref": "main"}}}"#;
        let own = [("GITHUB_SHA", "a"), ("GITHUB_HEAD_REF", "fix"), ("GITHUB_BASE_REF", "main")];
        // Until September 2023 the ref was the branch's name alone.
        for reference in ["refs/heads/main", "main"] {
            let ci = detected(&[GITHUB, &own, &[("GITHUB_REF", reference)]].concat(), Some(event));
            assert_eq!((ci.tested, ci.branch, ci.is_change), (some("a"), some("main"), false));
            assert_eq!((ci.head, ci.change), (None, None));
        }
        let unmerged = event.replace("true", "false");
        let ci = detected(
            &[GITHUB, &own, &[("GITHUB_REF", "refs/pull/17/merge")]].concat(),
            Some(&unmerged),
        );
        assert_eq!((ci.branch, ci.change, ci.is_change), (some("fix"), Some(17), true));
    }

    #[test]
    fn events_without_variables_of_a_pull_request_name_it_all_the_same() {
        let review = r#"{"pull_request": {"number": 17, "head": {"sha": "b", "ref": "fix"}, "base": {"ref": "main"}}}"#;
        let own = [("GITHUB_SHA", "a"), ("GITHUB_REF", "refs/pull/17/merge")];
        let ci = detected(&[GITHUB, &own].concat(), Some(review));
        assert_eq!(
            (ci.branch, ci.target, ci.head, ci.change),
            (some("fix"), some("main"), some("b"), Some(17))
        );

        let own = [
            ("GITHUB_EVENT_NAME", "issue_comment"),
            ("GITHUB_SHA", "a"),
            ("GITHUB_REF", "refs/heads/main"),
        ];
        let pull = r#"{"issue": {"number": 17, "pull_request": {"url": "…"}}}"#;
        let ci = detected(&[GITHUB, &own].concat(), Some(pull));
        assert_eq!((ci.tested, ci.branch, ci.change, ci.is_change), (None, None, Some(17), true));
        let ci = detected(&[GITHUB, &own].concat(), Some(r#"{"issue": {"number": 18}}"#));
        assert_eq!((ci.tested, ci.branch, ci.change), (some("a"), some("main"), None));
    }

    #[test]
    fn the_part_follows_the_job_and_its_matrix_but_not_the_run() {
        let part = |pairs: &[(&str, &str)]| detected(&[GITHUB, pairs].concat(), None).part();
        let matrix = part(&[("COVATLAS_MATRIX", r#"{"python": "3.12"}"#)]);
        assert_ne!(matrix, part(&[("COVATLAS_MATRIX", r#"{"python": "3.13"}"#)]));
        assert_ne!(part(&[]), part(&[("RUNNER_OS", "Windows")]));
        let leg = |id| part(&[("ACTIONS_ORCHESTRATION_ID", id)]);
        assert_ne!(leg("89c72d20-71e7.test.ubuntu_3"), leg("89c72d20-71e7.test.ubuntu_4"));
        assert_eq!(
            leg("89c72d20-71e7.test.ubuntu_3"),
            leg("11111111-2222.test.ubuntu_3"),
            "another run of it"
        );
        assert_ne!(part(&[]), part(&[("GITHUB_JOB", "lint")]));
        assert_eq!(
            part(&[]),
            part(&[("GITHUB_RUN_ID", "2"), ("GITHUB_RUN_ATTEMPT", "2"), ("GITHUB_SHA", "a")])
        );
        assert_eq!(part(&[]).len(), 12);
    }
}
