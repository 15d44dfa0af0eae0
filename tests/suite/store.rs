//! Tests the store: it returns what was stored, nothing is written twice, and nobody's snapshot is
//! lost.

use std::path::Path;
use std::thread;

use covatlas::error::Kind;
use covatlas::git::{Id, RepoWriter, Trees};
use covatlas::report::{Arm, Block, Branch, Dimension, FileCoverage, Function, Hits, Line, Tally};
use covatlas::store::{self, FileRecord, HitsKept, Key, Provenance, Snapshot, Source, StoreWriter};

use super::harness::{Project, git_in, run};

/// The time of the store's commits.
const WHEN: i64 = 1_700_000_000;

fn record(hits: u64) -> FileRecord {
    let lines = (1..=3).map(|number| Line { number, hits: Hits::exactly(hits) }).collect();
    FileRecord { source: None, coverage: FileCoverage { lines, ..FileCoverage::default() } }
}

fn snapshot(commit: &str, suite: &str, part: &str, files: &[(&str, u64)]) -> Snapshot {
    let commit: Id = commit.parse().expect("a full id");
    let key = Key { commit, suite: suite.to_owned(), part: part.to_owned() };
    let files = files.iter().map(|(path, hits)| ((*path).to_owned(), record(*hits))).collect();
    let provenance = Provenance { recorded_at: "2024-01-01T00:00:00Z".to_owned(), ci: None };
    let mut snapshot = Snapshot::new(key, files);
    snapshot.provenance = provenance;
    snapshot
}

/// A project with one commit, and a store in it.
fn project() -> (Project, String) {
    let project = Project::new();
    let commit = project.write("src/a.rs", "fn a() {}\n").commit("one");
    (project, commit)
}

fn open(project: &Project) -> RepoWriter {
    RepoWriter::discover(project.root()).expect("the project is a repository")
}

fn put(project: &Project, snapshots: &[Snapshot]) -> store::Put {
    let repo = open(project);
    let store = StoreWriter::open(&repo, "covatlas").expect("the store can be opened");
    store.put(snapshots, HitsKept::Magnitude, WHEN).expect("the snapshot can be recorded")
}

fn keys(root: &Path) -> Vec<String> {
    let repo = RepoWriter::discover(root).expect("a repository");
    let store = StoreWriter::open(&repo, "covatlas").expect("a store");
    store
        .list()
        .expect("it can be listed")
        .into_iter()
        .map(|part| format!("{}@{}", part.key.suite, part.key.part))
        .collect()
}

/// git itself finds no fault with the objects, and no unreferenced object.
fn fsck(project: &Project) {
    let checked = project.try_git(["fsck", "--strict", "--full"]).succeeds();
    let said = checked.stdout + &checked.stderr;
    let faults: Vec<&str> = said
        .lines()
        .filter(|line| !line.starts_with("notice: HEAD points to an unborn branch"))
        .collect();
    assert_eq!(faults, [""; 0], "git fsck complains");
}

#[test]
fn a_snapshot_comes_back_as_it_was() {
    let (project, commit) = project();
    let mut given = snapshot(&commit, "unit", "linux", &[]);
    let coverage = FileCoverage {
        lines: vec![
            Line { number: 2, hits: Hits::exactly(7) },
            Line { number: 9, hits: Hits::ZERO },
        ],
        branches: vec![
            Branch { line: 2, block: 0, arm: Arm::Jump(9), hits: Hits::exactly(1) },
            Branch { line: 2, block: 0, arm: Arm::Text("a \"b\"\n\0\\".into()), hits: Hits::ZERO },
        ],
        functions: vec![Function {
            start: 1,
            name: "täst<T, U>".into(),
            end: Some(9),
            hits: Hits::exactly(4),
        }],
        ..FileCoverage::default()
    };
    let source = Some(project.rev("HEAD:src/a.rs").parse().expect("an id"));
    given.files.insert("src/a.rs".to_owned(), FileRecord { source, coverage });
    given.sources.insert("src/a.rs".to_owned(), Source::Bytes(b"fn a() {}\n".to_vec()));

    let repo = open(&project);
    let store = StoreWriter::open(&repo, "covatlas").expect("opens");
    let put = store.put(std::slice::from_ref(&given), HitsKept::Exact, WHEN).expect("recorded");
    assert_eq!(put.written, std::slice::from_ref(&given.key));
    let [stored] = store.list().expect("listed").try_into().expect("one part");
    assert_eq!(stored.key, given.key);
    assert_eq!(store.run(&stored).expect("read"), given.run);
    assert_eq!(store.provenance(&stored).expect("read"), given.provenance);
    let files = store.files(&stored).expect("read");
    assert_eq!(store.record(files["src/a.rs"]).expect("read"), given.files["src/a.rs"]);
    assert_eq!(
        repo.blob(store.sources(&stored).expect("read")["src/a.rs"]).expect("read"),
        b"fn a() {}\n"
    );

    let folder = format!("covatlas:snapshots/{}/{}/unit@linux", &commit[..2], &commit[2..]);
    let names = project.git(["ls-tree", "-r", "--name-only", &folder]);
    assert_eq!(names, "files/src/a.rs\nprovenance.json\nrun.json\nsource/src/a.rs");
    assert_eq!(project.git(["show", "covatlas:FORMAT"]), "covatlas 1");
    assert_eq!(
        project.git(["log", "--format=%an %at %s", "covatlas"]),
        format!("Ada {WHEN} record unit@linux at {}", &commit[..7])
    );
    assert_eq!(
        project.git(["count-objects"]),
        "4 objects, 16 kilobytes",
        "no loose object but those of the project's own commit"
    );
    fsck(&project);
}

#[test]
fn recording_the_same_again_makes_no_commit() {
    let (project, commit) = project();
    let first = put(&project, &[snapshot(&commit, "unit", "1", &[("src/a.rs", 1)])]);
    let tip = project.rev("covatlas");
    assert_eq!(first.commit.map(|id| id.to_string()), Some(tip.clone()));

    let mut later = snapshot(&commit, "unit", "1", &[("src/a.rs", 1)]);
    later.provenance.recorded_at = "2030-01-01T00:00:00Z".to_owned();
    let again = put(&project, &[later]);
    assert_eq!((again.commit, again.written.len(), again.unchanged.len()), (None, 0, 1));
    assert_eq!(project.rev("covatlas"), tip);

    // The same input elsewhere gives the same tree, except for the provenance.
    let (other, _) = self::project();
    put(&other, &[snapshot(&commit, "unit", "1", &[("src/a.rs", 1)])]);
    assert_eq!(other.rev("covatlas^{tree}"), project.rev("covatlas^{tree}"));
    assert_eq!(
        other.rev("covatlas"),
        tip,
        "and at the same time by the same user, the same commit"
    );
}

#[test]
fn a_snapshot_is_replaced_only_by_its_own_key() {
    let (project, commit) = project();
    let both = [
        snapshot(&commit, "unit", "1", &[("src/a.rs", 0), ("gone.rs", 1)]),
        snapshot(&commit, "unit", "2", &[("src/a.rs", 1)]),
    ];
    put(&project, &both);
    let sibling =
        project.rev(&format!("covatlas:snapshots/{}/{}/unit@2", &commit[..2], &commit[2..]));
    let rerun = put(&project, &[snapshot(&commit, "unit", "1", &[("src/a.rs", 1)])]);
    assert_eq!(rerun.written.len(), 1);
    assert_eq!(keys(project.root()), ["unit@1", "unit@2"]);
    assert_eq!(
        project.rev(&format!("covatlas:snapshots/{}/{}/unit@2", &commit[..2], &commit[2..])),
        sibling
    );
    let files = project.git(["ls-tree", "-r", "--name-only", "covatlas"]);
    assert!(!files.contains("gone.rs"), "the re-run replaces the whole snapshot: {files}");
    assert_eq!(project.git(["rev-list", "--count", "covatlas"]), "2");
    let twice = StoreWriter::open(&open(&project), "covatlas").expect("opens").put(
        &[both[0].clone(), both[0].clone()],
        HitsKept::Exact,
        WHEN,
    );
    assert!(twice.expect_err("the same key twice").to_string().contains("given twice"));
    fsck(&project);
}

#[test]
fn hits_are_kept_as_magnitudes_unless_asked_for() {
    let (project, commit) = project();
    let given = [0, 1, 3, 10, 12_345].map(|hits| (format!("f{hits}.rs"), hits));
    let given: Vec<(&str, u64)> = given.iter().map(|(path, hits)| (path.as_str(), *hits)).collect();
    let repo = open(&project);
    let store = StoreWriter::open(&repo, "covatlas").expect("opens");
    let kept = |hits| {
        store.put(&[snapshot(&commit, "unit", "1", &given)], hits, WHEN).expect("recorded");
        let stored = store.list().expect("listed").remove(0);
        let files = store.files(&stored).expect("read");
        let shown = given.iter().map(|(path, _)| {
            store.record(files[*path]).expect("read").coverage.lines[0].hits.to_string()
        });
        shown.collect::<Vec<_>>()
    };
    assert_eq!(kept(HitsKept::Magnitude), ["0", "1", "2+", "10+", "10000+"]);
    assert_eq!(kept(HitsKept::Exact), ["0", "1", "3", "10", "12345"]);
}

#[test]
fn hostile_paths_are_stored_and_come_back() {
    let (project, commit) = project();
    let paths = [
        "../../etc/passwd",
        ".git/config",
        "a/.GIT/hooks/x",
        "git~1/x",
        "a/./b",
        "/abs/x",
        "a//b",
        "x ",
        "con",
        "dir/",
        ".gitmodules",
        "a\\b",
        "caf\u{e9}.rs",
        "\\xff.rs",
        "new\nline",
        "100%",
        "%41",
        "both",
        "both/inside",
        "both%",
        ".g\u{200c}it/x",
        "",
        "..",
        "a\0b",
    ];
    let given: Vec<(&str, u64)> = paths.iter().map(|path| (*path, 1)).collect();
    put(&project, &[snapshot(&commit, "unit", "1", &given)]);
    let repo = open(&project);
    let store = StoreWriter::open(&repo, "covatlas").expect("opens");
    let stored = store.list().expect("listed").remove(0);
    let mut expected = paths.map(str::to_owned);
    expected.sort();
    assert_eq!(store.files(&stored).expect("read").into_keys().collect::<Vec<_>>(), expected);
    let added = store::changes(&Trees::new(&repo), None, stored.files).expect("compared");
    let mut paths: Vec<String> =
        added.into_iter().filter_map(|change| Some(change.new?.path)).collect();
    paths.sort();
    assert_eq!(paths, expected);
    fsck(&project);
    // A server that checks what it receives accepts it, and a work tree can be made of it.
    let strict = Project::init(&["--bare"]);
    strict.git(["config", "receive.fsckObjects", "true"]);
    project.git(["push", "--quiet", &strict.address(), "covatlas"]);
    project.git([
        "worktree",
        "add",
        "--quiet",
        project.beside("store").to_str().expect("UTF-8"),
        "covatlas",
    ]);
    assert!(project.beside("store/FORMAT").exists());
}

#[test]
fn names_that_would_leave_their_folder_are_refused() {
    let (project, commit) = project();
    let repo = open(&project);
    let store = StoreWriter::open(&repo, "covatlas").expect("opens");
    for (suite, part) in
        [("a/b", "1"), ("unit", "../x"), ("a@b", "1"), ("", "1"), ("unit", "."), ("un\nit", "1")]
    {
        let refused = store.put(&[snapshot(&commit, suite, part, &[])], HitsKept::Exact, WHEN);
        assert!(refused.is_err(), "{suite:?} {part:?}");
    }
    assert_eq!(project.git(["branch", "--list", "covatlas"]), "", "nothing was written");
}

#[test]
fn unsorted_coverage_is_refused_with_its_path_and_nothing_is_written() {
    let (project, commit) = project();
    let mut wrong = snapshot(&commit, "unit", "1", &[("good.rs", 1), ("wrong.rs", 1)]);
    wrong.files.get_mut("wrong.rs").expect("just put in").coverage.lines.reverse();
    let error = StoreWriter::open(&open(&project), "covatlas").expect("opens").put(
        &[wrong],
        HitsKept::Exact,
        WHEN,
    );
    let chain = error.expect_err("unsorted").chain().join("; ");
    assert!(chain.contains("wrong.rs") && chain.contains("not sorted"), "{chain}");
    assert_eq!(project.git(["branch", "--list", "covatlas"]), "");
}

#[test]
fn a_newer_format_and_a_branch_of_something_else_are_refused() {
    let (project, commit) = project();
    put(&project, &[snapshot(&commit, "unit", "1", &[])]);
    let repo = open(&project);
    let store = StoreWriter::open(&repo, "covatlas").expect("opens");
    project.git(["switch", "--quiet", "covatlas"]);
    project.write("FORMAT", "covatlas 2\n").commit("a newer version was here");
    project.switch("main");
    let refused = StoreWriter::open(&repo, "covatlas").err().expect("format 2");
    assert!(refused.to_string().contains("format 2, written by a newer covatlas"), "{refused}");
    assert!(refused.hints()[0].contains("newest covatlas"), "{refused:?}");
    let refused = store.put(&[snapshot(&commit, "unit", "2", &[])], HitsKept::Exact, WHEN);
    assert!(refused.expect_err("format 2").to_string().contains("newer covatlas"));
    let refused = StoreWriter::open(&repo, "main").err().expect("main is no store");
    assert!(refused.to_string().contains("has no snapshots"), "{refused}");
}

#[test]
fn the_store_of_a_fresh_clone_is_the_remotes() {
    let (project, commit) = project();
    put(&project, &[snapshot(&commit, "unit", "1", &[])]);
    let clone = Project::clone_of(&project.address(), &[]);
    assert_eq!(keys(clone.root()), ["unit@1"]);
    put(&clone, &[snapshot(&commit, "unit", "2", &[])]);
    assert_eq!(keys(clone.root()), ["unit@1", "unit@2"]);
    assert_eq!(
        clone.rev("covatlas~1"),
        project.rev("covatlas"),
        "the local branch goes on where the remote's stands"
    );
    // Both move on, and both are read.
    put(&project, &[snapshot(&commit, "e2e", "1", &[])]);
    clone.git(["fetch", "--quiet"]);
    assert_eq!(keys(clone.root()), ["e2e@1", "unit@1", "unit@2"]);
}

#[test]
fn the_store_can_be_in_another_repository_bare_linked_or_sha256() {
    let (sources, commit) = project();
    sources.write("only-here", "not in the store\n").commit("two");
    let bare = Project::init(&["--bare"]);
    let modern = Project::init(&["--object-format=sha256"]);
    let linked = Project::new();
    linked.commit("one");
    linked.git([
        "worktree",
        "add",
        "--quiet",
        "--detach",
        linked.beside("linked").to_str().expect("UTF-8"),
    ]);
    for root in [bare.root(), modern.root(), &linked.beside("linked")] {
        let repo = RepoWriter::discover(root).expect("a repository");
        let store = StoreWriter::open(&repo, "covatlas").expect("opens");
        let mut given = snapshot(&commit, "unit", "1", &[("src/a.rs", 1)]);
        given.sources.insert("src/a.rs".to_owned(), Source::Bytes(b"fn a() {}\n".to_vec()));
        store
            .put(std::slice::from_ref(&given), HitsKept::Exact, WHEN)
            .unwrap_or_else(|error| panic!("{:?}", error.chain()));
        let stored = store.list().expect("listed").remove(0);
        assert_eq!(store.run(&stored).expect("read").tested.to_string(), commit);
        given.sources.insert(
            "only-here".to_owned(),
            Source::Blob(sources.rev("HEAD:only-here").parse().expect("an id")),
        );
        let absent = store
            .put(&[given], HitsKept::Exact, WHEN)
            .expect_err("the blob is in the other repository");
        assert!(
            absent.chain().join("; ").contains("not in this repository"),
            "{:?}",
            absent.chain()
        );
    }
    for project in [&bare, &modern, &linked] {
        fsck(project);
        assert_eq!(project.git(["show", "covatlas:FORMAT"]), "covatlas 1");
    }
    assert_eq!(modern.rev("covatlas").len(), 64);
    assert!(modern.git(["count-objects"]).starts_with("0 objects"), "a pack is written there too");
}

#[test]
fn a_sha256_repository_keeps_and_pushes_its_own_snapshots() {
    let project = Project::init(&["--object-format=sha256"]);
    let commit = project.write("src/a.rs", "fn a() {}\n").commit("one");
    let remote = Project::init(&["--bare", "--object-format=sha256"]);
    project.git(["remote", "add", "origin", &remote.address()]);
    for part in ["1", "2"] {
        put(&project, &[snapshot(&commit, "unit", part, &[("src/a.rs", 1)])]);
        let repo = open(&project);
        let store = StoreWriter::open(&repo, "covatlas").expect("opens");
        store.push("origin", WHEN).unwrap_or_else(|error| panic!("{:?}", error.chain()));
    }
    assert_eq!(keys(remote.root()), ["unit@1", "unit@2"]);
    fsck(&remote);
    fsck(&project);
}

#[test]
fn a_partial_clone_fetches_the_store_in_one_batch_and_can_record() {
    let (project, commit) = project();
    project.git(["config", "uploadpack.allowFilter", "true"]);
    project.git(["config", "uploadpack.allowAnySHA1InWant", "true"]);
    put(&project, &[snapshot(&commit, "unit", "1", &[("src/a.rs", 1), ("src/b.rs", 0)])]);
    let partial = Project::clone_of(&project.address(), &["--filter=blob:none", "--no-checkout"]);
    let repo = open(&partial);
    let store = StoreWriter::open(&repo, "covatlas").expect("opens");
    let stored = store.list().expect("listed").remove(0);
    let error = store.run(&stored).expect_err("run.json is not here");
    assert!(error.hints().iter().any(|hint| hint.contains("partial clone")), "{:?}", error.hints());
    assert_eq!(store.fetch_missing().expect("the remote has them"), 4);
    assert_eq!(store.fetch_missing().expect("nothing to do"), 0);
    store.run(&stored).expect("read");
    assert_eq!(
        store.record(store.files(&stored).expect("read")["src/b.rs"]).expect("read"),
        record(0)
    );

    let mut given = snapshot(&commit, "unit", "2", &[("src/a.rs", 1)]);
    given.sources.insert(
        "src/a.rs".to_owned(),
        Source::Blob(project.rev("HEAD:src/a.rs").parse().expect("an id")),
    );
    put(&partial, &[given]);
    assert_eq!(keys(partial.root()), ["unit@1", "unit@2"]);
}

#[test]
fn without_a_user_the_commit_is_by_the_program() {
    let (project, commit) = project();
    project.git(["config", "user.name", ""]);
    project.git(["config", "user.email", ""]);
    put(&project, &[snapshot(&commit, "unit", "1", &[])]);
    assert_eq!(
        project.git(["log", "-1", "--format=%an <%ae> %cn <%ce>", "covatlas"]),
        "covatlas <covatlas@localhost> covatlas <covatlas@localhost>"
    );
}

#[test]
fn a_blob_of_the_same_repository_is_kept_as_source() {
    let (project, commit) = project();
    let mut given = snapshot(&commit, "unit", "1", &[("src/a.rs", 1)]);
    given.sources.insert(
        "src/a.rs".to_owned(),
        Source::Blob(project.rev("HEAD:src/a.rs").parse().expect("an id")),
    );
    put(&project, &[given]);
    let kept =
        format!("covatlas:snapshots/{}/{}/unit@1/source/src/a.rs", &commit[..2], &commit[2..]);
    assert_eq!(project.rev(&kept), project.rev("HEAD:src/a.rs"));
}

#[test]
fn recorders_in_one_repository_lose_nothing() {
    let (project, commit) = project();
    thread::scope(|scope| {
        for writer in 0..4 {
            let (project, commit) = (project.root(), &commit);
            scope.spawn(move || {
                let repo = RepoWriter::discover(project).expect("a repository");
                let store = StoreWriter::open(&repo, "covatlas").expect("opens");
                for part in 0..5 {
                    let given = snapshot(
                        commit,
                        &format!("suite{writer}"),
                        &part.to_string(),
                        &[("a.rs", writer)],
                    );
                    store
                        .put(&[given], HitsKept::Exact, WHEN)
                        .unwrap_or_else(|error| panic!("{:?}", error.chain()));
                }
            });
        }
    });
    assert_eq!(keys(project.root()).len(), 20);
    assert_eq!(project.git(["rev-list", "--count", "covatlas"]), "20");
    // The objects of a lost race remain as garbage for `git gc`: unreachable, but never broken.
    project.git(["fsck", "--strict", "--full", "--no-dangling"]);
}

#[test]
fn recorders_that_push_to_one_remote_lose_nothing() {
    for suites in [["unit"; 4], ["unit", "e2e", "windows", "mac"]] {
        let (origin, commit) = project();
        let remote = Project::clone_of(&origin.address(), &["--bare"]);
        let clones: Vec<Project> =
            (0..4).map(|_| Project::clone_of(&remote.address(), &["--depth=1"])).collect();
        thread::scope(|scope| {
            for (number, (clone, suite)) in clones.iter().zip(suites).enumerate() {
                let (root, commit) = (clone.root(), &commit);
                scope.spawn(move || {
                    let repo = RepoWriter::discover(root).expect("a repository");
                    let store = StoreWriter::open(&repo, "covatlas").expect("opens");
                    for round in 0..3 {
                        let given = snapshot(
                            commit,
                            suite,
                            &format!("part{number}-{round}"),
                            &[("src/a.rs", round)],
                        );
                        store
                            .put(&[given], HitsKept::Exact, WHEN)
                            .unwrap_or_else(|error| panic!("{:?}", error.chain()));
                        store
                            .push("origin", WHEN)
                            .unwrap_or_else(|error| panic!("{:?}", error.chain()));
                    }
                });
            }
        });
        let mut expected: Vec<String> = (0..4)
            .flat_map(|number| (0..3).map(move |round| (number, round)))
            .map(|(number, round)| format!("{}@part{number}-{round}", suites[number]))
            .collect();
        expected.sort();
        assert_eq!(keys(remote.root()), expected);
        remote.git(["fsck", "--strict", "--full", "--no-dangling"]);
        let merges = remote.git(["rev-list", "--merges", "--count", "covatlas"]);
        assert_eq!(merges, "0", "the store's history is a line");
    }
}

#[test]
fn a_push_after_the_remote_was_rewritten_brings_back_nothing_old() {
    let (origin, commit) = project();
    let remote = Project::clone_of(&origin.address(), &["--bare"]);
    let clone = Project::clone_of(&remote.address(), &[]);
    put(&clone, &[snapshot(&commit, "old", "1", &[]), snapshot(&commit, "kept", "1", &[])]);
    let push = |project: &Project| {
        let repo = open(project);
        let store = StoreWriter::open(&repo, "covatlas").expect("opens");
        store.push("origin", WHEN).unwrap_or_else(|error| panic!("{:?}", error.chain()))
    };
    assert!(!push(&clone).up_to_date);
    assert!(push(&clone).up_to_date, "a second push has nothing to do");
    // The branch is squashed to one commit without `old`, as `prune --rewrite` does.
    let folder = format!("snapshots/{}/{}", &commit[..2], &commit[2..]);
    let other = Project::clone_of(&remote.address(), &["--branch=covatlas"]);
    other.git(["rm", "-r", "--quiet", &format!("{folder}/old@1")]);
    let tree = other.git(["write-tree"]);
    let squashed = other.git(["commit-tree", "-m", "squash", &tree]);
    other.git(["push", "--quiet", "--force", "origin", &format!("{squashed}:refs/heads/covatlas")]);

    put(&clone, &[snapshot(&commit, "new", "1", &[])]);
    push(&clone);
    assert_eq!(keys(remote.root()), ["kept@1", "new@1"]);
    assert_eq!(remote.rev("covatlas~1"), squashed);
    assert_eq!(clone.rev("covatlas"), remote.rev("covatlas"));
    assert_eq!(
        clone.git(["log", "--format=%s", "-1", "covatlas"]),
        format!("record new@1 at {}", &commit[..7])
    );
}

#[test]
fn several_recordings_are_pushed_at_once_to_an_address_too() {
    let (origin, commit) = project();
    let remote = Project::clone_of(&origin.address(), &["--bare"]);
    let clones =
        [Project::clone_of(&remote.address(), &[]), Project::clone_of(&remote.address(), &[])];
    for (number, clone) in clones.iter().enumerate() {
        put(clone, &[snapshot(&commit, "unit", &format!("{number}a"), &[])]);
        put(clone, &[snapshot(&commit, "unit", &format!("{number}b"), &[])]);
        let repo = open(clone);
        let store = StoreWriter::open(&repo, "covatlas").expect("opens");
        store.push(&remote.address(), WHEN).unwrap_or_else(|error| panic!("{:?}", error.chain()));
    }
    assert_eq!(keys(remote.root()), ["unit@0a", "unit@0b", "unit@1a", "unit@1b"]);
}

#[test]
fn a_remote_that_refuses_is_quoted_and_not_asked_again() {
    let (origin, commit) = project();
    let remote = Project::clone_of(&origin.address(), &["--bare"]);
    remote.write(
        "hooks/pre-receive",
        "#!/bin/sh\necho protected branch >&2\necho x >> asked\nexit 1\n",
    );
    run(git_in(remote.root()).args(["config", "core.hooksPath", "hooks"])).succeeds();
    make_executable(&remote.path("hooks/pre-receive"));
    let clone = Project::clone_of(&remote.address(), &[]);
    put(&clone, &[snapshot(&commit, "unit", "1", &[])]);
    let repo = open(&clone);
    let store = StoreWriter::open(&repo, "covatlas").expect("opens");
    let error = store.push("origin", WHEN).expect_err("the hook refuses");
    assert_eq!(error.kind(), Kind::Failed);
    let chain = error.chain().join("; ");
    assert!(
        chain.contains("could not push refs/heads/covatlas to `origin`")
            && chain.contains("protected branch"),
        "{chain}"
    );
    assert!(error.hints().iter().any(|hint| hint.contains("contents: write")));
    assert_eq!(remote.read("asked"), "x\n");
    let error = store.push("nowhere", WHEN).expect_err("no such remote");
    assert!(error.chain().join("; ").contains("could not fetch"), "{:?}", error.chain());
}

#[test]
fn a_remote_that_cannot_store_a_push_is_named_as_the_cause() {
    let (origin, commit) = project();
    let remote = Project::clone_of(&origin.address(), &["--bare"]);
    run(git_in(remote.root()).args(["config", "receive.maxInputSize", "1"])).succeeds();
    let clone = Project::clone_of(&origin.address(), &[]);
    put(&clone, &[snapshot(&commit, "unit", "1", &[])]);
    let repo = open(&clone);

    let error = StoreWriter::open(&repo, "covatlas")
        .expect("opens")
        .push(&remote.address(), WHEN)
        .expect_err("one byte is too few");

    assert_eq!(error.kind(), Kind::Failed);
    let hints = error.hints().join("; ");
    assert!(
        hints.contains("could not store it") && hints.contains("*.keep"),
        "{hints} {:?}",
        error.chain()
    );
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
}

#[cfg(not(unix))]
fn make_executable(_: &Path) {}

#[test]
fn a_locked_branch_is_given_up_with_the_name_of_the_lock() {
    let (project, commit) = project();
    put(&project, &[snapshot(&commit, "unit", "1", &[])]);
    let tip = project.rev("covatlas");
    project.write(".git/refs/heads/covatlas.lock", "");
    let repo = open(&project);
    let store = StoreWriter::open(&repo, "covatlas").expect("opens");
    let error = store
        .put(&[snapshot(&commit, "unit", "2", &[])], HitsKept::Exact, WHEN)
        .expect_err("locked");
    assert_eq!(error.kind(), Kind::RefMoved);
    assert!(error.hints().iter().any(|hint| hint.contains("covatlas.lock")), "{:?}", error.hints());
    project.remove(".git/refs/heads/covatlas.lock");
    assert_eq!(project.rev("covatlas"), tip);
    store
        .put(&[snapshot(&commit, "unit", "2", &[])], HitsKept::Exact, WHEN)
        .expect("no longer locked");
}

#[test]
fn damaged_files_of_a_store_are_errors_that_name_them() {
    let (project, commit) = project();
    put(&project, &[snapshot(&commit, "unit", "1", &[("a.rs", 1)])]);
    let folder = format!("snapshots/{}/{}/unit@1", &commit[..2], &commit[2..]);
    project.switch("covatlas");
    project.write(&format!("{folder}/run.json"), "{").write(
        &format!("{folder}/files/a.rs"),
        "covatlas-file 1\nsource -\nlines\n+1 1 x4000000000\n",
    );
    project.write("snapshots/zz/nothing/readme", "x").write("README", "x").commit("damage");
    let repo = open(&project);
    let store = StoreWriter::open(&repo, "covatlas").expect("opens");
    let stored = store.list().expect("what is not ours is passed over").remove(0);
    let error = store.run(&stored).expect_err("damaged");
    assert!(error.to_string().contains("run.json of unit@1"), "{error}");
    let error = store.record(store.files(&stored).expect("read")["a.rs"]).expect_err("damaged");
    assert!(error.chain()[1].contains("line 4"), "{:?}", error.chain());
}

/// A store as written by covatlas 0.1.0: two parts of one commit, in the form of `git fast-export`.
/// It stays readable for ever, and the fixture is never rewritten; a new format gets a fixture of
/// its own.
#[test]
fn format_1_stays_readable() {
    let project = Project::new();
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/store-1/store.fast-export");
    let fixture = std::fs::File::open(fixture).expect("the fixture is there");
    run(git_in(project.root()).args(["fast-import", "--quiet"]).stdin(fixture)).succeeds();
    let repo = open(&project);
    let store = StoreWriter::open(&repo, "covatlas").expect("format 1 is read");
    let [exact, rounded] = store.list().expect("listed").try_into().expect("two parts");
    assert_eq!((exact.key.suite.as_str(), exact.key.part.as_str()), ("e2e", "1"));
    assert_eq!((rounded.key.suite.as_str(), rounded.key.part.as_str()), ("unit", "linux-3.12"));
    assert_eq!(rounded.key.commit.to_string(), "1".repeat(40));

    let run = store.run(&rounded).expect("read");
    assert_eq!(
        (run.tool.as_str(), run.branch.as_deref(), run.change),
        ("covatlas 0.1.0", Some("topic/x"), Some(7))
    );
    assert_eq!(run.head.map(|id| id.to_string()), Some("2".repeat(40)));
    assert_eq!(run.merge_base.map(|id| id.to_string()), Some("3".repeat(40)));
    assert_eq!(
        (run.inputs[0].format.as_str(), run.inputs[0].digest.as_str()),
        ("lcov", "ab".repeat(32).as_str())
    );
    assert_eq!(
        (run.root.as_deref(), run.dirty, run.unmatched[0].nearest.as_deref()),
        (Some("/build/"), vec!["src/a.rs".to_owned()], Some("src/x.rs"))
    );
    assert_eq!((run.warnings[0].line, run.warnings[0].message.as_str()), (Some(3), "odd"));
    assert_eq!(run.totals.get(&Dimension::Branches), Some(Tally { covered: 3, total: 4 }));
    let provenance = store.provenance(&rounded).expect("read");
    assert_eq!(
        (provenance.recorded_at.as_str(), provenance.ci.as_deref()),
        ("2026-01-02T03:04:05Z", Some("https://ci.example/7"))
    );
    assert_eq!(
        repo.blob(store.sources(&rounded).expect("read")["src/a.rs"]).expect("read"),
        b"fn main() {}\n"
    );

    let record = |stored| {
        let files = store.files(stored).expect("read");
        assert_eq!(files.keys().collect::<Vec<_>>(), [".git/100%", "src/a.rs"]);
        store.record(files["src/a.rs"]).expect("read")
    };
    let [exact, rounded] = [record(&exact), record(&rounded)];
    assert_eq!(exact.source.map(|id| id.to_string()), Some("4".repeat(40)));
    let lines = |record: &FileRecord| {
        let lines =
            record.coverage.lines.iter().map(|line| format!("{}:{}", line.number, line.hits));
        lines.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(lines(&exact), "1:1 2:1 4:12 5:0 6:0 9:1234");
    assert_eq!(lines(&rounded), "1:1 2:1 4:10+ 5:0 6:0 9:1000+");
    let branch = |line, block, arm, hits| Branch { line, block, arm, hits: Hits::exactly(hits) };
    let expected = [
        branch(4, 0, Arm::Index(0), 12),
        branch(4, 0, Arm::Index(1), 0),
        branch(4, 1, Arm::Jump(9), 3),
        branch(9, 0, Arm::Text("return from function 'n\u{e9}\n\"w\"'".into()), 1),
    ];
    assert_eq!(exact.coverage.branches, expected);
    let function = |start, name: &str, end, hits| Function {
        start,
        name: name.into(),
        end,
        hits: Hits::exactly(hits),
    };
    assert_eq!(
        exact.coverage.functions,
        [function(1, "main", Some(6), 1), function(9, "T<\"a\\b\">", None, 1234)]
    );
    assert_eq!(
        exact.coverage.blocks,
        [Block { start: (4, 3), end: (6, 10), statements: 2, hits: Hits::ZERO }]
    );

    let next = snapshot(&"5".repeat(40), "unit", "1", &[("src/a.rs", 1)]);
    store.put(&[next], HitsKept::Magnitude, WHEN).expect("and it can be written on");
    assert_eq!(keys(project.root()), ["e2e@1", "unit@linux-3.12", "unit@1"]);
    fsck(&project);
}

/// A clone must not pay for the history of coverage: 250 KiB for 60 snapshots of a real project
/// after `git gc`.
#[test]
fn sixty_snapshots_of_a_real_history_stay_small() {
    let histories = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/histories/click");
    let Ok(listed) = std::fs::read_dir(&histories) else {
        println!("skipped: no history beside the project");
        return;
    };
    let mut reports: Vec<_> = listed.map(|entry| entry.expect("readable").path()).collect();
    reports.retain(|path| path.file_name().is_some_and(|name| name.len() == 45)); // <commit>.info
    reports.sort();
    assert!(reports.len() >= 60, "the history has {} reports", reports.len());
    let project = Project::init(&["--bare"]);
    let repo = open(&project);
    let store = StoreWriter::open(&repo, "covatlas").expect("opens");
    for report in reports.iter().take(60) {
        let commit = report.file_stem().expect("named by its commit").to_str().expect("hex");
        let mut given = snapshot(commit, "unit", "1", &[]);
        let mut bytes = std::io::BufReader::new(std::fs::File::open(report).expect("readable"));
        for (path, coverage) in
            covatlas::report::formats::read(&mut bytes, None, &covatlas::report::formats::NoSources)
                .expect("LCOV")
                .files
        {
            // The sources are not available. An id that changes with the coverage costs as much as
            // theirs.
            let digest = blake3::hash(format!("{coverage:?}").as_bytes());
            let source = Some(Id::from_raw(&digest.as_bytes()[..20]));
            given.files.insert(path, FileRecord { source, coverage });
        }
        store.put(&[given], HitsKept::Magnitude, WHEN).expect("recorded");
    }
    project.git(["gc", "--quiet"]);
    let counted = project.git(["count-objects", "--verbose"]);
    let size =
        counted.lines().find_map(|line| line.strip_prefix("size-pack: ")).expect("git says it");
    let kib: u32 = size.parse().expect("a number of KiB");
    assert!(kib <= 250, "60 snapshots cost {kib} KiB");
    println!("60 snapshots cost {kib} KiB");
}
