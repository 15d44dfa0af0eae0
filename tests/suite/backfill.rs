//! `backfill`: old commits are measured as they were, one after another, and the user's own work tree stays as it is.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::cli::parsed;
use super::harness::{Project, Ran, eventually};

/// Measures `src/a.rs`: a line that holds an `x` ran. Paths are those of the folder that it runs in.
const MEASURE: &str = r#"
    echo "measuring $COVATLAS_COMMIT"
    test ! -e broken || { echo "it is broken" >&2; exit 3; }
    echo "SF:$PWD/src/a.rs" > lcov.info
    awk '{ print "DA:" NR "," (/x/ ? 1 : 0) }' src/a.rs >> lcov.info
    echo end_of_record >> lcov.info
"#;

/// Four commits, the third of which cannot be measured. Lines with an `x` of all lines: 1 of 1, 1 of 2, -, 2 of 3.
fn project() -> (Project, Vec<String>) {
    let project = Project::new();
    let mut commits = vec![project.write("src/a.rs", "x\n").commit("one")];
    commits.push(project.write("src/a.rs", "x\ny\n").commit("two"));
    commits.push(project.write("broken", "").commit("three"));
    commits.push(project.remove("broken").write("src/a.rs", "x\ny\nx\n").commit("four"));
    (project, commits)
}

fn backfill(project: &Project, options: &[&str], script: &str) -> Ran {
    project.covatlas([&["backfill"], options, &["--", "sh", "-c", script]].concat())
}

/// `(commit, covered lines, all lines)` of what `log` shows, oldest first.
fn log(project: &Project) -> Vec<(String, u64, u64)> {
    let log = parsed(&project.covatlas(["log", "--json"]).succeeds());
    let points = log["snapshots"].as_array().expect("a list").iter().map(|point| {
        let lines = &point["dimensions"]["lines"];
        let count = |name: &str| lines[name].as_u64().expect("a number");
        (point["commit"].as_str().expect("an id").to_owned(), count("covered"), count("total"))
    });
    points.collect()
}

fn commits(list: &Value) -> Vec<String> {
    let entries = list.as_array().expect("a list").iter();
    entries.map(|entry| entry["commit"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn old_commits_are_measured_as_they_were_and_the_work_tree_stays() {
    let (project, all) = project();
    project.write("src/a.rs", "edited\n").write("untracked.txt", "");
    let before = [project.git(["status", "--porcelain=v2", "--branch"]), project.git(["worktree", "list"])];
    let answer = parsed(&backfill(&project, &["--json"], MEASURE).succeeds());
    assert_eq!((&answer["schema"], &answer["result"]), (&json!("covatlas/backfill/1"), &json!("recorded")));
    assert_eq!(commits(&answer["recorded"]), [&*all[3], &all[1], &all[0]], "newest first");
    assert_eq!(commits(&answer["failed"]), [&*all[2]]);
    assert_eq!(answer["failed"][0]["reason"], "the command ended with exit status: 3");
    assert_eq!(answer["failed"][0]["output"], json!([format!("measuring {}", all[2]), "it is broken"]));
    assert_eq!(log(&project), [(all[0].clone(), 1, 1), (all[1].clone(), 1, 2), (all[3].clone(), 2, 3)]);
    let show = parsed(&project.covatlas(["show", "--json", &format!("src/a.rs@{}", all[1])]).succeeds());
    assert_eq!(show["lines"][1]["state"], "uncovered");

    assert_eq!([project.git(["status", "--porcelain=v2", "--branch"]), project.git(["worktree", "list"])], before);
    assert_eq!(project.read("src/a.rs"), "edited\n");
    let run: Value = serde_json::from_str(
        &project
            .git(["show", &format!("covatlas:snapshots/{}/{}/default@default/run.json", &all[3][..2], &all[3][2..])]),
    )
    .expect("JSON");
    assert_eq!(
        (&run["branch"], &run["unmatched"], &run["dirty"], &run["merge_base"]),
        (&json!("main"), &Value::Null, &Value::Null, &Value::Null)
    );
}

#[test]
fn it_goes_on_where_it_ended_and_fails_only_once() {
    let (project, all) = project();
    let ran = backfill(&project, &["--since", &all[2]], MEASURE).succeeds();
    assert!(ran.stdout.contains("recorded 1 commit in the suite default, 1 failed"), "{ran:?}");
    assert!(ran.stderr.contains("it is broken"), "{ran:?}");
    let answer = parsed(&backfill(&project, &["--json"], MEASURE).succeeds());
    assert_eq!(commits(&answer["recorded"]), [&*all[1], &all[0]]);
    assert_eq!(answer["skipped"], json!({ "recorded": 1, "failed": 1 }));
    let answer = parsed(&backfill(&project, &["--json"], MEASURE).succeeds());
    assert_eq!((&answer["result"], &answer["skipped"]), (&json!("unchanged"), &json!({ "recorded": 3, "failed": 1 })));
    // Another command is another try, and so is --retry; where nothing at all is recorded the exit code says so.
    let mended = MEASURE.replace("exit 3", "true");
    let ran = backfill(&project, &["--retry"], MEASURE).exits(2);
    assert!(ran.stderr.contains("the command failed at 1 commit"), "{ran:?}");
    let answer = parsed(&backfill(&project, &["--json"], &mended).succeeds());
    assert_eq!(commits(&answer["recorded"]), [&*all[2]]);
    // Another suite begins anew.
    let answer = parsed(&backfill(&project, &["--json", "--suite", "unit"], MEASURE).succeeds());
    assert_eq!(answer["recorded"].as_array().map(Vec::len), Some(3));
}

#[test]
fn commits_are_chosen_by_number_date_and_revision() {
    let project = Project::new();
    let mut all: Vec<String> = (0..7).map(|number| project.write("a", number.to_string()).commit("on main")).collect();
    project.branch("side").commit("beside");
    project.switch("main");
    all.push(project.commit("on main"));
    all.reverse();
    let chosen = |options: &[&str]| -> Vec<usize> {
        let answer = parsed(&backfill(&project, &[&["--dry-run", "--json"], options].concat(), "exit 1").succeeds());
        let listed = answer["commits"].as_array().expect("a list").iter();
        listed.map(|id| all.iter().position(|commit| id == commit).expect("of the branch")).collect()
    };
    assert_eq!(chosen(&[]), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(chosen(&["--every", "3"]), [1, 4, 7], "counted from the oldest");
    assert_eq!(chosen(&["--since", &all[2]]), [0, 1, 2]);
    assert_eq!(chosen(&["--since", "side"]), [0, 1], "back to where it left");
    assert_eq!(chosen(&["--since", "2024-01-01T05:00:00Z"]), [0, 1, 2], "commits at 6, 5 and before that at 4 o'clock");
    assert_eq!(chosen(&["--since", "2024-01-01"]).len(), 8);
    assert_eq!(chosen(&["--since", "2024-01-02", "--every", "2"]), [0; 0]);
    let ran = backfill(&project, &["--since", "nowhere"], "true").exits(2);
    assert!(ran.stderr.contains("--since takes a date"), "{ran:?}");
    project.try_git(["rev-parse", "--verify", "covatlas"]).exits(128);
}

#[test]
fn several_at_a_time_lose_nothing() {
    let project = Project::new();
    let all: Vec<String> =
        (1..=12).map(|lines| project.write("src/a.rs", "x\n".repeat(lines)).commit("more")).collect();
    let answer = parsed(&backfill(&project, &["--json", "--jobs", "3"], MEASURE).succeeds());
    assert_eq!(answer["recorded"].as_array().map(Vec::len), Some(12));
    let expected: Vec<_> = all.iter().zip(1..).map(|(commit, lines)| (commit.clone(), lines, lines)).collect();
    assert_eq!(log(&project), expected);
    assert_eq!(project.git(["worktree", "list"]).lines().count(), 1);
    project.git(["fsck", "--strict", "--full"]);
}

#[test]
fn reports_that_the_commit_holds_itself_are_none_and_others_can_be_named() {
    let project = Project::new();
    project.write("src/a.rs", "x\n").write("lcov.info", "SF:src/a.rs\nDA:1,0\nend_of_record\n").commit("one");
    let ran = backfill(&project, &[], "true").exits(2);
    assert!(ran.stderr.contains("left no report in the usual places"), "{ran:?}");
    let elsewhere = "mkdir -p 'out [1]' && printf 'SF:src/a.rs\\nDA:1,5\\nend_of_record\\n' > 'out [1]/own.lcov'";
    backfill(&project, &["--report", "out*/*.lcov"], elsewhere).succeeds();
    assert_eq!(log(&project), [(project.rev("HEAD"), 1, 1)]);
}

#[test]
fn a_program_that_is_not_there_ends_it_at_once_and_a_younger_one_does_not() {
    let (project, all) = project();
    let ran = project.covatlas(["backfill", "--", "no-such-program-here"]).exits(2);
    assert!(ran.stderr.contains("could not run `no-such-program-here`") && ran.stderr.contains("sh -c"), "{ran:?}");
    assert_eq!(fs::exists(project.path(".git/covatlas/backfill.json")).ok(), Some(false), "nothing failed at a commit");
    project.write("measure.sh", format!("#!/bin/sh\n{MEASURE}"));
    fs::set_permissions(project.path("measure.sh"), Permissions::from_mode(0o755)).expect("it is ours");
    let newest = project.commit("a script of its own");
    let answer = parsed(&project.covatlas(["backfill", "--json", "--", "./measure.sh"]).succeeds());
    assert_eq!((commits(&answer["recorded"]), commits(&answer["failed"]).len()), (vec![newest], all.len()));
}

#[test]
fn what_an_interrupted_one_left_is_removed_and_the_users_worktrees_stay() {
    let (project, _) = project();
    let temporary = tempfile::Builder::new().prefix("covatlas-backfill-").tempdir().expect("a folder");
    let gone = tempfile::Builder::new().prefix("covatlas-backfill-").tempdir().expect("a folder");
    let (stale, missing, own) = (temporary.path().join("job-0"), gone.path().join("job-0"), project.beside("mine"));
    for folder in [&stale, &missing, &own] {
        project.git([&"worktree".as_ref(), &"add".as_ref(), &"--detach".as_ref(), &folder.as_os_str()]);
    }
    gone.close().expect("it can be removed");
    backfill(&project, &[], MEASURE).succeeds();
    assert!(!stale.exists() && own.join("src/a.rs").exists());
    let listed = project.git(["worktree", "list", "--porcelain"]);
    assert!(!listed.contains("covatlas-backfill-") && listed.contains("mine"), "{listed}");
}

#[test]
fn one_backfill_at_a_time_runs_in_a_repository() {
    let (project, _) = project();
    fs::create_dir_all(project.path(".git/covatlas")).expect("a folder");
    let lock = File::create(project.path(".git/covatlas/backfill.lock")).expect("a file");
    lock.lock().expect("it can be locked");
    let ran = backfill(&project, &[], MEASURE).exits(2);
    assert!(ran.stderr.contains("another backfill is running"), "{ran:?}");
    drop(lock);
    backfill(&project, &[], MEASURE).succeeds();
}

#[test]
fn a_bare_repository_is_measured_too_and_its_snapshots_are_pushed() {
    let (project, all) = project();
    let bare = Project::clone_of(&project.address(), &["--bare"]);
    let ran = backfill(&bare, &["--every", "3", "--push", "--json"], MEASURE).succeeds();
    assert_eq!(parsed(&ran)["pushed"], "origin");
    assert_eq!(log(&project), log(&bare));
    assert_eq!(log(&bare), [(all[0].clone(), 1, 1), (all[3].clone(), 2, 3)]);
}

#[test]
fn an_interrupted_one_records_what_it_has_removes_its_worktree_and_notes_no_failure() {
    let (project, all) = project();
    let (begun, go) = (project.beside("begun"), project.beside("go"));
    let wait =
        format!("touch '{}'; while ! test -e '{}'; do sleep 0.01; done; sleep 0.2", begun.display(), go.display());
    let mut command = project.command();
    command.args(["backfill", "--", "sh", "-c", &format!("{wait}; {MEASURE}")]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    eventually("the first command", || begun.exists());
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(interrupted.success());
    fs::write(&go, "").expect("it can be written");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("interrupted after "), "{said}");
    // On a machine that is slow to deliver the signal another commit may have been begun.
    let recorded = log(&project);
    assert_eq!(recorded.last(), Some(&(all[3].clone(), 2, 3)));
    assert!(recorded.len() < 3, "{recorded:?}");
    assert_eq!(project.git(["worktree", "list"]).lines().count(), 1);
    assert!(!project.path(".git/covatlas/backfill.json").exists());
    backfill(&project, &[], MEASURE).succeeds();
    assert_eq!(log(&project).len(), 3);
}
