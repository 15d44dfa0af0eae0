//! Azure Pipelines: <https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables>.

use super::{CiRun, Environment, MergeOrder, Service, WebPaths, branch_name, owner_and_name};

/// Azure Pipelines.
pub(super) const SERVICE: Service =
    Service { web: Some(&WEB), ..Service::new("Azure Pipelines", detect) };

/// Where its pages are.
const WEB: WebPaths = WebPaths {
    hosts: &["dev.azure.com", "ssh.dev.azure.com"],
    labels: &[],
    repository,
    commit: "/commit/{id}",
    file: "?path=/{path}&version=GC{id}",
    line: "&line={line}&lineEnd={line}&lineStartColumn=1&lineEndColumn=999",
    change: "/pullrequest/{number}",
};

/// The address for SSH has the parts of the page's address in another order.
fn repository(host: &str, parts: &[&str]) -> Option<String> {
    match (host, parts) {
        ("ssh.dev.azure.com", ["v3", organization, project, name]) => {
            Some(format!("{organization}/{project}/_git/{name}"))
        }
        _ => owner_and_name(host, parts),
    }
}

/// Identifies a job: `SYSTEM_JOBNAME` is the name of the matrix's leg, `AGENT_JOBNAME` that
/// of a configuration.
const JOB: &[&str] = &[
    "BUILD_DEFINITIONNAME",
    "SYSTEM_STAGENAME",
    "SYSTEM_PHASENAME",
    "SYSTEM_JOBNAME",
    "AGENT_JOBNAME",
    "SYSTEM_JOBPOSITIONINPHASE",
    "COVATLAS_MATRIX",
];

/// `BUILD_SOURCEVERSION` is the merge of a pull request.
fn detect(environment: &Environment) -> Option<CiRun> {
    environment.flag("TF_BUILD")?;
    let names = ["SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID"];
    let source = environment.get("BUILD_SOURCEBRANCH").unwrap_or_default();
    let merged = source.strip_prefix("refs/pull/").and_then(|source| source.strip_suffix("/merge"));
    let number = names.into_iter().find_map(|name| environment.number(name));
    let change = number.or_else(|| merged?.parse().ok());
    let branch = branch_name(
        &environment.get("SYSTEM_PULLREQUEST_SOURCEBRANCH").unwrap_or_else(|| source.clone()),
    );
    Some(CiRun {
        tested: environment.get("BUILD_SOURCEVERSION"),
        head: environment.get("SYSTEM_PULLREQUEST_SOURCECOMMITID"),
        branch: Some(branch).filter(|name| !name.is_empty() && !name.starts_with("refs/")),
        target: environment.get("SYSTEM_PULLREQUEST_TARGETBRANCH").map(|name| branch_name(&name)),
        change,
        is_change: change.is_some(),
        test_merge: merged.map(|_| MergeOrder::BaseFirst),
        job: environment.identity(JOB),
        link: link(environment),
        ..CiRun::default()
    })
}

fn link(environment: &Environment) -> Option<String> {
    let server = environment.get("SYSTEM_COLLECTIONURI")?;
    let project = environment.get("SYSTEM_TEAMPROJECT")?.replace(' ', "%20");
    let build = environment.get("BUILD_BUILDID")?;
    Some(format!("{server}{project}/_build/results?buildId={build}"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{detected, some};

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
        assert_eq!(
            ci.link,
            some("https://dev.azure.com/fabrikamfiber/My%20Project/_build/results?buildId=7")
        );
        let push = [("TF_BUILD", "True"), ("BUILD_SOURCEBRANCH", "refs/tags/v1")];
        assert_eq!(detected(&push, None).branch, None, "a tag is no branch");
    }
}
