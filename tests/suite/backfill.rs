//! Tests `backfill`: old commits are measured as they were, one after another, and the user's own
//! work tree is not touched.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::cli::parsed;
use super::harness::{Project, Ran, clean, eventually, run};

/// Measures `src/a.rs`: a line with an `x` ran. Paths are relative to the current folder.
const MEASURE: &str = r#"
    echo "measuring $COVATLAS_COMMIT"
    test ! -e broken || { echo "it is broken" >&2; exit 3; }
    echo "SF:$PWD/src/a.rs" > lcov.info
    awk '{ print "DA:" NR "," (/x/ ? 1 : 0) }' src/a.rs >> lcov.info
    echo end_of_record >> lcov.info
"#;

/// Four commits, the third of which cannot be measured. Covered and all lines: 1 of 1, 1 of 2, -, 2
/// of 3.
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

/// `(commit, covered lines, all lines)` in `log`, oldest first.
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
    let before =
        [project.git(["status", "--porcelain=v2", "--branch"]), project.git(["worktree", "list"])];
    let answer = parsed(&backfill(&project, &["--json"], MEASURE).succeeds());
    assert_eq!(
        (&answer["schema"], &answer["result"]),
        (&json!("covatlas/backfill/1"), &json!("recorded"))
    );
    assert_eq!(commits(&answer["recorded"]), [&*all[3], &all[1], &all[0]], "newest first");
    assert_eq!(commits(&answer["failed"]), [&*all[2]]);
    assert_eq!(answer["failed"][0]["reason"], "the command ended with exit status: 3");
    assert_eq!(
        answer["failed"][0]["output"],
        json!([format!("measuring {}", all[2]), "it is broken"])
    );
    assert_eq!(
        log(&project),
        [(all[0].clone(), 1, 1), (all[1].clone(), 1, 2), (all[3].clone(), 2, 3)]
    );
    let show =
        parsed(&project.covatlas(["show", "--json", &format!("src/a.rs@{}", all[1])]).succeeds());
    assert_eq!(show["lines"][1]["state"], "uncovered");

    assert_eq!(
        [project.git(["status", "--porcelain=v2", "--branch"]), project.git(["worktree", "list"])],
        before
    );
    assert_eq!(project.read("src/a.rs"), "edited\n");
    let run: Value = serde_json::from_str(&project.git([
        "show",
        &format!("covatlas:snapshots/{}/{}/default@default/run.json", &all[3][..2], &all[3][2..]),
    ]))
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
    assert_eq!(
        (&answer["result"], &answer["skipped"]),
        (&json!("unchanged"), &json!({ "recorded": 3, "failed": 1 }))
    );
    // A different command is tried again, and so is any command with --retry. If nothing is
    // recorded, the exit code says so.
    let mended = MEASURE.replace("exit 3", "true");
    let ran = backfill(&project, &["--retry"], MEASURE).exits(2);
    assert!(ran.stderr.contains("the command failed at 1 commit"), "{ran:?}");
    let answer = parsed(&backfill(&project, &["--json"], &mended).succeeds());
    assert_eq!(commits(&answer["recorded"]), [&*all[2]]);
    // Another suite starts from the beginning.
    let answer = parsed(&backfill(&project, &["--json", "--suite", "unit"], MEASURE).succeeds());
    assert_eq!(answer["recorded"].as_array().map(Vec::len), Some(3));
}

#[test]
fn commits_are_chosen_by_number_date_and_revision() {
    let project = Project::new();
    let mut all: Vec<String> =
        (0..7).map(|number| project.write("a", number.to_string()).commit("on main")).collect();
    project.branch("side").commit("beside");
    project.switch("main");
    all.push(project.commit("on main"));
    all.reverse();
    let chosen = |options: &[&str]| -> Vec<usize> {
        let answer = parsed(
            &backfill(&project, &[&["--dry-run", "--json"], options].concat(), "exit 1").succeeds(),
        );
        let listed = answer["commits"].as_array().expect("a list").iter();
        listed
            .map(|id| all.iter().position(|commit| id == commit).expect("of the branch"))
            .collect()
    };
    assert_eq!(chosen(&[]), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(chosen(&["--every", "3"]), [1, 4, 7], "counted from the oldest");
    assert_eq!(chosen(&["--since", &all[2]]), [0, 1, 2]);
    assert_eq!(chosen(&["--since", "side"]), [0, 1], "back to where it left");
    assert_eq!(
        chosen(&["--since", "2024-01-01T05:00:00Z"]),
        [0, 1, 2],
        "commits at 6, 5 and before that at 4 o'clock"
    );
    assert_eq!(chosen(&["--since", "2024-01-01"]).len(), 8);
    assert_eq!(chosen(&["--since", "2024-01-02", "--every", "2"]), [0; 0]);
    let ran = backfill(&project, &["--since", "nowhere"], "true").exits(2);
    assert!(ran.stderr.contains("--since takes a date"), "{ran:?}");
    project.try_git(["rev-parse", "--verify", "covatlas"]).exits(128);
}

#[test]
fn several_at_a_time_lose_nothing() {
    let project = Project::new();
    let all: Vec<String> = (1..=12)
        .map(|lines| project.write("src/a.rs", "x\n".repeat(lines)).commit("more"))
        .collect();
    let answer = parsed(&backfill(&project, &["--json", "--jobs", "3"], MEASURE).succeeds());
    assert_eq!(answer["recorded"].as_array().map(Vec::len), Some(12));
    let expected: Vec<_> =
        all.iter().zip(1..).map(|(commit, lines)| (commit.clone(), lines, lines)).collect();
    assert_eq!(log(&project), expected);
    assert_eq!(project.git(["worktree", "list"]).lines().count(), 1);
    project.git(["fsck", "--strict", "--full"]);
}

#[test]
fn reports_that_the_commit_holds_itself_are_none_and_others_can_be_named() {
    let project = Project::new();
    project
        .write("src/a.rs", "x\n")
        .write("lcov.info", "SF:src/a.rs\nDA:1,0\nend_of_record\n")
        .commit("one");
    let ran = backfill(&project, &[], "true").exits(2);
    assert!(ran.stderr.contains("wrote no report in the usual places"), "{ran:?}");
    let elsewhere = "mkdir -p 'out [1]' && printf 'SF:src/a.rs\\nDA:1,5\\nend_of_record\\n' > 'out [1]/own.lcov'";
    backfill(&project, &["--report", "out*/*.lcov"], elsewhere).succeeds();
    assert_eq!(log(&project), [(project.rev("HEAD"), 1, 1)]);
}

#[test]
fn a_program_that_is_not_there_ends_it_at_once_and_a_younger_one_does_not() {
    let (project, all) = project();
    let ran = project.covatlas(["backfill", "--", "no-such-program-here"]).exits(2);
    assert!(
        ran.stderr.contains("could not run `no-such-program-here`") && ran.stderr.contains("sh -c"),
        "{ran:?}"
    );
    assert_eq!(
        fs::exists(project.path(".git/covatlas/backfill.json")).ok(),
        Some(false),
        "nothing failed at a commit"
    );
    project.write("measure.sh", format!("#!/bin/sh\n{MEASURE}"));
    fs::set_permissions(project.path("measure.sh"), Permissions::from_mode(0o755))
        .expect("it is ours");
    let newest = project.commit("a script of its own");
    let answer = parsed(&project.covatlas(["backfill", "--json", "--", "./measure.sh"]).succeeds());
    assert_eq!(
        (commits(&answer["recorded"]), commits(&answer["failed"]).len()),
        (vec![newest], all.len())
    );
}

#[test]
fn what_an_interrupted_one_left_is_removed_and_the_users_worktrees_stay() {
    let (project, _) = project();
    let temporary =
        tempfile::Builder::new().prefix("covatlas-backfill-").tempdir().expect("a folder");
    let gone = tempfile::Builder::new().prefix("covatlas-backfill-").tempdir().expect("a folder");
    let (stale, missing, own) =
        (temporary.path().join("job-0"), gone.path().join("job-0"), project.beside("mine"));
    for folder in [&stale, &missing, &own] {
        project.git([
            &"worktree".as_ref(),
            &"add".as_ref(),
            &"--detach".as_ref(),
            &folder.as_os_str(),
        ]);
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

/// Measures the first commit. At the next one it waits for a process of its own, whose id it writes
/// to `begun`.
fn measure_once_then_wait(project: &Project) -> String {
    let (first, begun) = (project.beside("first"), project.beside("begun"));
    let wait =
        format!("sleep 1000 & echo $! > '{0}.new'; mv '{0}.new' '{0}'; wait", begun.display());
    format!("if mkdir '{}' 2>/dev/null; then {MEASURE} else {wait}; fi", first.display())
}

/// The command, with its temporary files in a folder beside the repository.
fn in_own_temporary_folder(project: &Project, script: &str) -> Command {
    fs::create_dir_all(project.beside("tmp")).expect("a folder can be made");
    let mut command = project.command();
    command.env("TMPDIR", project.beside("tmp")).args(["backfill", "--", "sh", "-c", script]);
    command
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn signal(name: &str, process: &str) -> bool {
    Command::new("kill")
        .args([name, process])
        .stderr(Stdio::null())
        .status()
        .expect("kill runs")
        .success()
}

/// Whether these tests run with a signal ignored, like a background command of a script. Their
/// child processes ignore it too.
fn is_ignored(name: &str) -> bool {
    let child = Command::new("sh").args(["-c", &format!("kill {name} $$; exit 0")]).status();
    child.expect("sh runs").success()
}

#[test]
fn a_signal_ends_it_and_its_command_keeps_what_is_recorded_and_leaves_nothing() {
    for name in ["-INT", "-TERM", "-HUP"].into_iter().filter(|name| !is_ignored(name)) {
        let (project, all) = project();
        let begun = project.beside("begun");
        let mut command = in_own_temporary_folder(&project, &measure_once_then_wait(&project));
        let child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        eventually("the second command", || begun.exists());
        assert!(signal(name, &child.id().to_string()));

        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {said}");
        assert!(said.contains("interrupted after 1 commit"), "{name}: {said}");
        let waiting = fs::read_to_string(&begun).expect("an id");
        eventually("the end of the command", || !signal("-0", waiting.trim()));
        assert_eq!(log(&project), [(all[3].clone(), 2, 3)], "{name}");
        assert_eq!(names_in(&project.beside("tmp")), [""; 0], "{name}");
        assert_eq!(project.git(["worktree", "list"]).lines().count(), 1, "{name}");
        assert!(!project.path(".git/covatlas/backfill.json").exists(), "{name}: no commit failed");
        backfill(&project, &[], MEASURE).succeeds();
        assert_eq!(log(&project).len(), 3);
    }
}

#[test]
fn a_signal_that_was_ignored_when_it_began_stays_ignored() {
    for name in ["INT", "TERM", "HUP"] {
        let (project, _) = project();
        let [begun, go] = ["begun", "go"].map(|file| project.beside(file));
        let wait = format!(
            "touch '{}'; while [ ! -e '{}' ]; do sleep 0.02; done",
            begun.display(),
            go.display()
        );
        let script = format!("{wait}\n{MEASURE}");

        let program = project.command().get_program().to_owned();
        let mut command = clean(Command::new("sh"));
        command
            .current_dir(project.root())
            .args(["-c", &format!("trap '' {name}; exec \"$0\" \"$@\"")])
            .arg(program);
        command.args(["backfill", "--", "sh", "-c", &script]);
        let child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        eventually("the first command", || begun.exists());
        assert!(signal(&format!("-{name}"), &child.id().to_string()));
        std::thread::sleep(std::time::Duration::from_millis(200));
        File::create(&go).expect("it can be made");

        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(log(&project).len(), 3, "{name}");
    }
}

#[test]
fn a_command_that_ignores_the_first_signal_is_killed_at_the_second() {
    let (project, _) = project();
    let begun = project.beside("begun");
    let stubborn =
        format!("trap '' TERM; echo $$ > '{0}'; while :; do sleep 0.05; done", begun.display());
    let mut command = in_own_temporary_folder(&project, &stubborn);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    eventually("the command", || fs::read_to_string(&begun).is_ok_and(|id| id.ends_with('\n')));
    let id = child.id().to_string();
    assert!(signal("-TERM", &id));
    // Signals of one kind that arrive at the same time are one signal, so they are sent until it
    // has ended.
    let ended = std::thread::scope(|scope| {
        let waited = scope.spawn(|| child.wait_with_output().expect("it ends"));
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert!(signal("-INT", &id));
        waited.join().expect("no panic")
    });
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    assert_eq!(names_in(&project.beside("tmp")), [""; 0]);
    assert!(!signal("-0", fs::read_to_string(&begun).expect("an id").trim()));
}

#[test]
fn a_killed_one_whose_git_goes_on_hinders_no_other_and_is_cleaned_up_after() {
    let (project, _) = project();
    let (block, begun, go) =
        (project.beside("block"), project.beside("begun"), project.beside("go"));
    project
        .write(".gitattributes", "*.slow filter=slow\n")
        .write("a.slow", "text\n")
        .commit("a slow checkout");
    let wait = format!("while ! test -e '{}'; do sleep 0.01; done", go.display());
    let smudge = format!(
        "if mv '{}' '{}' 2>/dev/null; then {wait}; fi; cat",
        block.display(),
        begun.display()
    );
    project.git(["config", "filter.slow.smudge", &smudge]);
    fs::write(&block, "").expect("a file can be written");

    let mut child = in_own_temporary_folder(&project, MEASURE).spawn().expect("it starts");
    eventually("the slow checkout", || begun.exists());
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    let left = names_in(&project.beside("tmp"));
    assert_eq!(left.len(), 2, "a folder and its owner: {left:?}");

    let ran = |script: &str| run(&mut in_own_temporary_folder(&project, script));
    ran(MEASURE).succeeds();
    assert_eq!(names_in(&project.beside("tmp")), left, "its git lives");
    assert_eq!(log(&project).len(), 4);
    fs::write(&go, "").expect("a file can be written");
    eventually("its git to end and what it left to go", || {
        ran(MEASURE).succeeds();
        names_in(&project.beside("tmp")).is_empty()
    });
    assert_eq!(project.git(["worktree", "list"]).lines().count(), 1);
    assert!(!project.path(".git/worktrees").exists());
}

#[test]
fn a_killed_one_whose_command_goes_on_keeps_its_folder_until_that_ends() {
    let (project, _) = project();
    let begun = project.beside("begun");
    fs::create_dir(project.beside("first")).expect("a folder can be made");
    let mut child = in_own_temporary_folder(&project, &measure_once_then_wait(&project))
        .spawn()
        .expect("it starts");
    eventually("the command", || begun.exists());
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");

    let left = names_in(&project.beside("tmp"));
    run(&mut in_own_temporary_folder(&project, MEASURE)).succeeds();
    assert_eq!(names_in(&project.beside("tmp")), left);
    assert!(signal("-KILL", fs::read_to_string(&begun).expect("an id").trim()));
    eventually("what it left to go", || {
        run(&mut in_own_temporary_folder(&project, MEASURE)).succeeds();
        names_in(&project.beside("tmp")).is_empty()
    });
}

#[test]
fn notes_of_worktrees_that_were_never_completed_are_removed() {
    let (project, _) = project();
    let notes = project.path(".git/worktrees/covatlas-backfill-Abc123-0");
    fs::create_dir_all(&notes).expect("a folder can be made");
    fs::write(notes.join("locked"), "initializing\n").expect("a file can be written");
    fs::write(notes.join("commondir"), "").expect("a file can be written");
    fs::write(notes.join("gitdir"), project.beside("gone/.git").display().to_string())
        .expect("a file can be written");
    project.try_git(["worktree", "list"]).exits(128);
    run(&mut in_own_temporary_folder(&project, MEASURE)).succeeds();
    assert!(!notes.exists());
    assert_eq!(project.git(["worktree", "list"]).lines().count(), 1);
}

#[test]
fn only_abandoned_folders_of_the_same_repository_are_removed() {
    let (project, _) = project();
    let folder = project.beside("tmp");
    let leave = |name: &str, owner: Option<&Path>| {
        let left = folder.join(format!("covatlas-backfill-{name}"));
        fs::create_dir_all(left.join("half")).expect("a folder can be made");
        fs::write(left.join("half/file"), "").expect("a file can be written");
        let named = owner.map(|owner| {
            fs::write(left.with_extension("owner"), owner.as_os_str().as_encoded_bytes())
        });
        named.transpose().expect("a file can be written");
    };
    let own = project.path(".git");
    leave("dead", Some(&own));
    leave("alive", Some(&own));
    leave("foreign", Some(Path::new("/another/.git")));
    leave("unknown", None);
    fs::write(folder.join("covatlas-backfill-begun.owner"), "").expect("a file can be written");
    let alive = File::open(folder.join("covatlas-backfill-alive.owner")).expect("it exists");
    alive.lock().expect("it can be locked");

    run(&mut in_own_temporary_folder(&project, MEASURE)).succeeds();
    let all = ["alive", "alive.owner", "foreign", "foreign.owner", "unknown"];
    assert_eq!(names_in(&folder), all.map(|name| format!("covatlas-backfill-{name}")));
}
