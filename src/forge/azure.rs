//! Azure Pipelines: <https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables>.

use super::{CiRun, Environment, Service, branch_name};

/// Azure Pipelines.
pub(super) const SERVICE: Service = Service { name: "Azure Pipelines", detect };

/// `BUILD_SOURCEVERSION` is the merge of a pull request; `SYSTEM_JOBNAME` is the name of the matrix's leg.
fn detect(environment: &Environment) -> Option<CiRun> {
    environment.flag("TF_BUILD")?;
    let names = ["SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID"];
    let branches = ["SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH"];
    let branch = branches.into_iter().find_map(|name| environment.get(name)).map(|name| branch_name(&name));
    let job = ["SYSTEM_STAGENAME", "SYSTEM_PHASENAME", "SYSTEM_JOBNAME", "SYSTEM_JOBPOSITIONINPHASE"];
    Some(CiRun {
        tested: environment.get("BUILD_SOURCEVERSION"),
        head: environment.get("SYSTEM_PULLREQUEST_SOURCECOMMITID"),
        branch: branch.filter(|name| !name.starts_with("refs/")),
        target: environment.get("SYSTEM_PULLREQUEST_TARGETBRANCH").map(|name| branch_name(&name)),
        change: names.into_iter().find_map(|name| environment.number(name)),
        job: environment.identity(&job),
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
        assert_eq!(ci.link, some("https://dev.azure.com/fabrikamfiber/My%20Project/_build/results?buildId=7"));
        let push = [("TF_BUILD", "True"), ("BUILD_SOURCEBRANCH", "refs/tags/v1")];
        assert_eq!(detected(&push, None).branch, None, "a tag is no branch");
    }
}
