//! Tests which branch is the default one.

use std::path::Path;

use covatlas::forge::CiRun;
use covatlas::git::Repo;
use covatlas::history::default_branch;

use super::harness::Project;

fn open(root: &Path) -> Repo {
    Repo::discover(root).expect("a repository")
}

fn said<T: std::fmt::Debug>(result: covatlas::Result<T>) -> String {
    result.expect_err("refused").chain().join("; ")
}

/// Two commits on `main` with a branch merged between them.
fn history() -> Project {
    let project = Project::new();
    project.write("a", "one\n").commit("first");
    project.branch("topic").write("b", "b\n").commit("topic");
    project.switch("main").write("a", "two\n").commit("second");
    project.merge("topic");
    project
}

#[test]
fn the_default_branch_is_found_in_order() {
    let project = history();
    let find = |root: &Path, config: Option<&str>, ci: Option<&str>| {
        let run = |name: &str| CiRun { default_branch: Some(name.to_owned()), ..CiRun::default() };
        let found = default_branch(&open(root), config, ci.map(run).as_ref()).expect("found");
        (found.name, found.how, found.tip.to_string())
    };
    let expected = |name: &str, how, rev: &str| (name.to_owned(), how, project.rev(rev));
    assert_eq!(find(project.root(), None, None), expected("main", "main", "main"));
    assert_eq!(find(project.root(), None, Some("topic")), expected("topic", "CI", "topic"));
    assert_eq!(find(project.root(), Some("topic"), None), expected("topic", "config", "topic"));
    let error = said(default_branch(&open(project.root()), Some("gone"), None));
    assert!(error.contains("configured default branch `gone`"), "{error}");

    let clone = Project::clone_of(&project.address(), &[]);
    assert_eq!(find(clone.root(), None, None), expected("main", "remote HEAD", "main"));
    assert_eq!(find(clone.root(), None, Some("topic")), expected("topic", "CI", "topic"));
    assert_eq!(find(clone.root(), None, Some("gone")), expected("main", "remote HEAD", "main"));
    // What CI checks out: a detached HEAD and remote-tracking branches.
    clone.git(["switch", "--quiet", "--detach", "HEAD~1"]);
    clone.git(["branch", "--quiet", "--delete", "--force", "main"]);
    clone.git(["remote", "set-head", "origin", "--delete"]);
    assert_eq!(find(clone.root(), None, None), expected("main", "main", "main"));
    assert_eq!(find(clone.root(), Some("topic"), None), expected("topic", "config", "topic"));
    // If the local branch is behind, the remote one is used; if it is ahead, the local one.
    clone.git(["branch", "--quiet", "main", "origin/main~1"]);
    assert_eq!(find(clone.root(), None, None), expected("main", "main", "main"));
    clone.switch("main").git(["reset", "--quiet", "--hard", "origin/main"]);
    let ahead = clone.commit("ahead");
    assert_eq!(find(clone.root(), None, None).2, ahead);

    let other = Project::new();
    let commit = other.commit("one");
    other.git(["branch", "--quiet", "--move", "trunk"]);
    assert_eq!(
        find(other.root(), None, None),
        ("trunk".to_owned(), "current branch", commit.clone())
    );
    other.git(["branch", "master"]);
    assert_eq!(find(other.root(), None, None), ("master".to_owned(), "master", commit));
}

#[test]
fn a_dangling_head_of_the_remote_says_nothing() {
    let project = history();
    project.git(["branch", "old"]);
    let clone = Project::clone_of(&project.address(), &[]);
    clone.git(["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/old"]);
    clone.git(["branch", "--quiet", "old", "main~1"]);
    clone.git(["update-ref", "-d", "refs/remotes/origin/old"]);
    let found = default_branch(&open(clone.root()), None, None).expect("found");
    assert_eq!((found.name.as_str(), found.how), ("main", "main"));
}

#[test]
fn a_branch_that_ci_names_and_the_clone_lacks_is_never_another_one() {
    let project = history();
    let ci = |default: Option<&str>, branch: Option<&str>, is_change| CiRun {
        default_branch: default.map(str::to_owned),
        branch: branch.map(str::to_owned),
        is_change,
        ..CiRun::default()
    };
    let find = |run: CiRun| default_branch(&open(project.root()), None, Some(&run));
    let error = said(find(ci(Some("develop"), None, false)));
    assert!(error.contains("`develop`, as CI names it"), "{error}");
    // A run for that branch in a clone without its ref: its tip is checked out.
    let found = find(ci(Some("develop"), Some("develop"), false)).expect("found");
    assert_eq!((found.name.as_str(), found.tip.to_string()), ("develop", project.rev("HEAD")));
    said(find(ci(Some("develop"), Some("develop"), true))); // the branch of a fork
    project.git(["branch", "--quiet", "--move", "main", "feature"]);
    let error = said(find(ci(None, Some("feature"), true)));
    assert!(error.contains("which branch is the default one"), "{error}");
}
