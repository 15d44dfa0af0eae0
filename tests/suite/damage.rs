//! Tests damaged repositories: every command ends, names what is damaged, and uses the rest.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::harness::{EPOCH, Project, section};

/// A repository with three commits, each with a snapshot, whose objects are all loose.
fn project() -> Project {
    let project = Project::new();
    for count in 1..=3 {
        project
            .write("src/a.rs", format!("fn a() {{}}\n// {count}\n"))
            .write("src/b.rs", "fn b() {}\n");
        project.commit(&format!("commit {count}"));
        let report = [section("src/a.rs", &format!("{count}0")), section("src/b.rs", "1")].concat();
        fs::write(project.beside("a.info"), report).expect("a report can be written");
        record(&project, "default");
    }
    unpack(&project);
    project
}

fn record(project: &Project, suite: &str) {
    let report = project.beside("a.info");
    project.covatlas(["record", "--suite", suite, report.to_str().expect("UTF-8")]).succeeds();
}

/// Makes all packed objects loose.
fn unpack(project: &Project) {
    let folder = project.path(".git/objects/pack");
    for entry in fs::read_dir(&folder).expect("it can be listed").flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "pack") {
            let aside = project.beside("aside.pack");
            fs::rename(&path, &aside).expect("it can be moved");
            fs::remove_file(path.with_extension("idx")).expect("it has an index");
            let mut unpack = Command::new("git");
            unpack.args(["unpack-objects", "-q"]).current_dir(project.root());
            let status = unpack
                .stdin(fs::File::open(&aside).expect("it is there"))
                .status()
                .expect("git runs");
            assert!(status.success());
        }
    }
}

fn object(project: &Project, revision: &str) -> (String, PathBuf) {
    let id = project.rev(revision);
    let path = project.path(&format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    (id, path)
}

/// Truncates an object, as by a crash or a full disk, and returns its id.
fn cut(project: &Project, revision: &str, length: usize) -> String {
    let (id, path) = object(project, revision);
    let bytes = fs::read(&path).expect("it is loose");
    assert!(bytes.len() > length, "{revision} has {} bytes", bytes.len());
    fs::remove_file(&path).expect("it can be removed");
    fs::write(&path, &bytes[..length]).expect("it can be written");
    id
}

/// The folder of the snapshot of the second commit.
fn second(project: &Project) -> String {
    let commit = project.rev("main~1");
    format!("covatlas:snapshots/{}/{}/default@default", &commit[..2], &commit[2..])
}

/// Whether a command names what it left out, or why it failed, and says what to do.
fn is_named(said: &str, id: &str) -> bool {
    said.contains(id) && said.contains("git fsck")
}

/// The output of a command, and whether it succeeded. It must end by itself.
fn said(project: &Project, arguments: &[&str]) -> (bool, String) {
    let mut command = project.command();
    let mut child = command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let start = Instant::now();
    while child.try_wait().expect("it can be waited for").is_none() {
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().expect("it can be killed");
            panic!("{arguments:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().expect("it has ended");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(!text.contains("class=") && !text.contains("panicked"), "{text}");
    (output.status.success(), text)
}

const READING: [&[&str]; 5] = [
    &["log"],
    &["build", "--out", "../site"],
    &["show", "src/a.rs@main"],
    &["export", "--format", "lcov"],
    &["prune", "--dry-run"],
];

#[test]
fn a_damaged_part_costs_only_itself() {
    // What is damaged, and how many bytes of it remain.
    for (inside, length) in [
        ("", 20),
        ("/run.json", 30),
        ("/files", 20),
        ("/files/src/a.rs", 30),
        ("/files/src/a.rs", 0),
    ] {
        let project = project();
        let id = cut(&project, &format!("{}{inside}", second(&project)), length);
        for command in READING {
            let (succeeded, said) = said(&project, command);
            assert!(succeeded, "{command:?} with {inside} damaged: {said}");
            // `prune` does not look into parts that it does not need, and neither do commands that
            // only need the newest snapshot.
            let looks = command[0] != "prune" || inside.is_empty();
            assert!(!looks || is_named(&said, &id), "{command:?}: {inside} is not named: {said}");
        }
        record(&project, "unit");
    }
}

/// Commands that read the snapshot of the second commit itself.
const READING_SECOND: [&[&str]; 6] = [
    &["show", "src/b.rs@main~1"],
    &["show", "src/b.rs@main~1", "--json"],
    &["export", "--format", "lcov", "--commit", "main~1"],
    &["compare", "main~2", "main~1"],
    &["compare", "main~1", "main"],
    &["compare", "main~1", "main", "--json"],
];

#[test]
fn every_command_names_what_it_leaves_out_of_a_snapshot() {
    for inside in ["/run.json", "/files/src/a.rs"] {
        let project = project();
        let id = cut(&project, &format!("{}{inside}", second(&project)), 30);
        for command in READING_SECOND {
            let (succeeded, said) = said(&project, command);
            assert!(succeeded && is_named(&said, &id), "{command:?} with {inside} damaged: {said}");
        }
    }

    // Without the part, or its list of files, there may be no result.
    for inside in ["", "/files"] {
        let project = project();
        let id = cut(&project, &format!("{}{inside}", second(&project)), 20);
        for command in READING_SECOND {
            let (_, said) = said(&project, command);
            assert!(is_named(&said, &id), "{command:?} with {inside} damaged: {said}");
        }
    }
}

#[test]
fn the_rest_of_a_snapshot_beside_the_timeline_is_used() {
    let project = project();
    project.branch("side").write("src/a.rs", "fn side() {}\n").commit("aside");
    record(&project, "default");
    project.switch("main");
    unpack(&project);
    let commit = project.rev("side");
    let part = format!("covatlas:snapshots/{}/{}/default@default", &commit[..2], &commit[2..]);
    let id = cut(&project, &format!("{part}/files/src/a.rs"), 30);

    for command in
        [&["export", "--format", "lcov", "--commit", "side"][..], &["compare", "main", "side"]]
    {
        let (succeeded, said) = said(&project, command);
        assert!(succeeded && is_named(&said, &id), "{command:?}: {said}");
    }
    let (succeeded, said) = said(&project, &["show", "src/a.rs@side"]);
    assert!(!succeeded && is_named(&said, &id), "{said}");
}

#[test]
fn recording_again_repairs_a_damaged_record() {
    let project = project();
    let commit = project.rev("main");
    let path = format!(
        "covatlas:snapshots/{}/{}/default@default/files/src/a.rs",
        &commit[..2],
        &commit[2..]
    );
    cut(&project, &path, 30);
    record(&project, "default");
    assert!(!said(&project, &["log"]).1.contains("left out"));
    // The damaged copy is still there, beside a good one in a pack.
    project.git(["cat-file", "-p", &path]);
}

#[test]
fn damage_to_the_history_is_named_with_what_to_do() {
    for revision in ["main", "covatlas", "covatlas:snapshots"] {
        let project = project();
        let id = cut(&project, revision, 15);
        let (succeeded, said) = said(&project, &["log"]);
        assert!(!succeeded && said.contains("git fsck"), "{revision}: {said}");
        assert!(said.contains(&id), "{revision}: {said}");
    }

    // As with `git log`, everything after a damaged commit can be read.
    let cut_off = project();
    let id = cut(&cut_off, "main~1", 15);
    for command in READING.into_iter().filter(|command| command[0] != "prune") {
        let (succeeded, said) = said(&cut_off, command);
        assert!(succeeded && is_named(&said, &id), "{command:?}: {said}");
    }
    let (_, log) = said(&cut_off, &["log", "--json"]);
    assert_eq!(log.matches("\"commit\"").count(), 1, "the newest snapshot alone: {log}");
    // It is unknown which snapshots are of the default branch.
    let (succeeded, prune) = said(&cut_off, &["prune"]);
    assert!(!succeeded && is_named(&prune, &id), "{prune}");

    // A tree in the middle of history costs the snapshot of that commit.
    let damaged = project();
    let id = cut(&damaged, "main~1:src", 15);
    for command in READING {
        let (succeeded, said) = said(&damaged, command);
        assert!(succeeded, "{command:?}: {said}");
        assert!(command[0] != "log" || said.contains(&id), "{said}");
    }
}

#[test]
fn an_old_commit_of_the_store_that_is_damaged_hinders_nobody() {
    let project = project();
    cut(&project, "covatlas~1", 30);
    for command in READING {
        let (succeeded, said) = said(&project, command);
        assert!(succeeded, "{command:?}: {said}");
    }
    record(&project, "unit");
}

#[test]
fn a_damaged_format_file_is_known_by_its_id_and_repaired() {
    let project = project();
    cut(&project, "covatlas:FORMAT", 5);
    for command in READING {
        let (succeeded, said) = said(&project, command);
        assert!(succeeded, "{command:?}: {said}");
    }
    record(&project, "unit");
    assert_eq!(project.git(["show", "covatlas:FORMAT"]), "covatlas 1");
}

#[test]
fn a_damaged_head_is_named() {
    for content in ["", "garbage", "\u{1}\u{2}", "ref: refs/heads/", "ref: refs/heads/../../x"] {
        let project = project();
        project.write(".git/HEAD", content);
        let (succeeded, text) = said(&project, &["record", "../a.info"]);
        assert!(
            !succeeded && text.contains("the file HEAD of the repository is damaged"),
            "{content:?}: {text}"
        );
        assert!(text.contains("git symbolic-ref HEAD"), "{content:?}: {text}");
    }
}

#[test]
fn lost_objects_and_refs_are_not_taken_for_an_empty_repository() {
    let damaged = project();
    damaged.git(["repack", "-a", "-d", "-q"]);
    fs::remove_dir_all(damaged.path(".git/objects/pack")).expect("it can be removed");
    let (_, text) = said(&damaged, &["record", "../a.info"]);
    assert!(text.contains("git fsck") && !text.contains("commit something first"), "{text}");

    let garbled = project();
    garbled.write(".git/refs/heads/covatlas", "garbage\n");
    let (_, text) = said(&garbled, &["log"]);
    assert!(
        text.contains("could not read refs/heads/covatlas") && text.contains("git fsck"),
        "{text}"
    );

    let edited = project();
    edited.switch("covatlas").remove("FORMAT").commit("remove FORMAT");
    edited.switch("main");
    let (_, text) = said(&edited, &["log"]);
    assert!(
        text.contains("its file FORMAT is missing") && !text.contains("name another branch"),
        "{text}"
    );
}

/// Imports commits with `git fast-import`.
fn import(project: &Project, stream: &str) {
    let mut import = Command::new("git");
    import
        .args(["fast-import", "--quiet", "--force"])
        .current_dir(project.root())
        .stdin(Stdio::piped());
    let mut child = import.spawn().expect("git runs");
    child.stdin.take().expect("it is piped").write_all(stream.as_bytes()).expect("git reads");
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn folders_nested_without_end_cost_only_their_part() {
    let project = project();
    let commit = project.rev("main");
    let run = project.git(["rev-parse", &format!("{}/run.json", second(&project))]);
    let part = format!("snapshots/{}/{}/deep@default", &commit[..2], &commit[2..]);
    let deep = "a/".repeat(1500);
    import(
        &project,
        &format!(
            "commit refs/heads/covatlas\ncommitter A <a@x.example> {EPOCH} +0000\ndata 1\nx\nfrom refs/heads/covatlas^0\n\
             M 100644 {run} {part}/run.json\nM 100644 inline {part}/files/{deep}f\ndata 1\nx\n\n"
        ),
    );
    for command in READING {
        let (succeeded, said) = said(&project, command);
        assert!(succeeded, "{command:?}: {said}");
        assert!(
            command[0] == "prune" || said.contains("nested deeper than 512"),
            "{command:?}: {said}"
        );
    }
}

/// Replaces a file of the second commit's snapshot, on the branch.
fn replace(project: &Project, inside: &str, content: &str) {
    let second = second(project);
    let part = second.strip_prefix("covatlas:").expect("it is of the branch");
    let length = content.len();
    import(
        project,
        &format!(
            "commit refs/heads/covatlas\ncommitter A <a@x.example> {EPOCH} +0000\ndata 1\nx\n\
             from refs/heads/covatlas^0\nM 100644 inline {part}/{inside}\ndata {length}\n{content}\n\n"
        ),
    );
}

#[test]
fn numbers_of_a_record_without_bounds_cost_only_the_record() {
    let header = "covatlas-file 1\nsource -\nlines\n";
    let rows = [
        "+1 1 x9223372036854775807\n",
        "+1 1 x1099511627776\n",
        "+1 1 x4294967295\n",
        "+4294967296 1\n",
        "+4294967295 1\n+1 1\n",
        "+1 99999999999999999999999999\n",
    ];
    let damaged = project();
    for row in rows {
        replace(&damaged, "files/src/a.rs", &format!("{header}{row}"));
        for command in READING_SECOND {
            let (succeeded, said) = said(&damaged, command);
            assert!(
                succeeded && said.contains("of a file's record is not in the form"),
                "{row}: {command:?}: {said}"
            );
        }
    }
}

#[test]
fn files_of_the_store_beyond_the_limit_cost_only_their_part() {
    let (large, nested) = ("x".repeat((64 << 20) + 1), format!("{{\"x\":{}", "[".repeat(1 << 20)));
    for (inside, content) in
        [("files/src/a.rs", large.as_str()), ("run.json", &large), ("run.json", &nested)]
    {
        let project = project();
        replace(&project, inside, content);
        let expected =
            if content.starts_with('x') { "at most 67108864" } else { "EOF while parsing" };
        for command in READING_SECOND {
            let (succeeded, said) = said(&project, command);
            assert!(
                succeeded && said.contains(expected),
                "{command:?}: {}",
                &said[..said.len().min(600)]
            );
        }
    }
}

/// A few trees that list more files than fit into memory.
fn bomb(project: &Project) -> String {
    let file = project.git(["rev-parse", "main:src/b.rs"]);
    let mut tree = format!("100644 blob {file}");
    for _ in 0..12 {
        let entries: Vec<String> =
            (0..16).map(|number| format!("{tree}\t{}{number}\n", "n".repeat(200))).collect();
        let mut make = Command::new("git");
        make.arg("mktree").current_dir(project.root()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = make.spawn().expect("git runs");
        child
            .stdin
            .take()
            .expect("it is piped")
            .write_all(entries.concat().as_bytes())
            .expect("git reads");
        let output = child.wait_with_output().expect("it ends");
        tree = format!("040000 tree {}", String::from_utf8_lossy(&output.stdout).trim());
    }
    tree.rsplit(' ').next().expect("an id").to_owned()
}

#[test]
fn trees_that_list_files_without_end_cost_only_their_part() {
    let project = project();
    let commit = project.rev("main~1");
    let part = format!("snapshots/{}/{}/bomb@default", &commit[..2], &commit[2..]);
    let (run, tree) = (project.rev(&format!("{}/run.json", second(&project))), bomb(&project));
    import(
        &project,
        &format!(
            "commit refs/heads/covatlas\ncommitter A <a@x.example> {EPOCH} +0000\ndata 1\nx\nfrom refs/heads/covatlas^0\n\
             M 100644 {run} {part}/run.json\nM 040000 {tree} {part}/files\n\n"
        ),
    );
    for command in [&["log"][..], &["show", "src/a.rs@main~1"], &["compare", "main~1", "main"]] {
        let (succeeded, said) = said(&project, command);
        assert!(succeeded && said.contains("more than 256 MiB"), "{command:?}: {said}");
    }
}
