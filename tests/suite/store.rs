//! The store: what goes in comes out, nothing is written twice, and nobody's snapshot is lost.

use std::{collections::BTreeMap, path::Path, thread};

use covatlas::{
    error::Kind,
    git::{Id, Repo},
    report::{Arm, Branch, FileCoverage, Function, Hits, Line, Tallies},
    store::{FileRecord, HitsKept, Key, Provenance, Run, Snapshot, Source, Store},
};

use super::harness::{Project, git_in, run};

/// When the store's commits are made.
const WHEN: i64 = 1_700_000_000;

pub fn run_of(tested: Id) -> Run {
    Run {
        tool: "covatlas 0.1.0".to_owned(),
        inputs: Vec::new(),
        tested,
        head: None,
        merge_base: None,
        branch: None,
        change: None,
        root: None,
        unmatched: Vec::new(),
        dirty: Vec::new(),
        warnings: Vec::new(),
        totals: Tallies::default(),
    }
}

fn record(hits: u64) -> FileRecord {
    let lines = (1..=3).map(|number| Line { number, hits: Hits::exactly(hits) }).collect();
    FileRecord { source: None, coverage: FileCoverage { lines, ..FileCoverage::default() } }
}

fn snapshot(commit: &str, suite: &str, part: &str, files: &[(&str, u64)]) -> Snapshot {
    let commit: Id = commit.parse().expect("a full id");
    Snapshot {
        key: Key { commit, suite: suite.to_owned(), part: part.to_owned() },
        run: run_of(commit),
        provenance: Provenance { recorded_at: "2024-01-01T00:00:00Z".to_owned(), ci: None },
        files: files.iter().map(|(path, hits)| ((*path).to_owned(), record(*hits))).collect(),
        sources: BTreeMap::new(),
    }
}

/// A project with one commit, and a store in it.
fn project() -> (Project, String) {
    let project = Project::new();
    let commit = project.write("src/a.rs", "fn a() {}\n").commit("one");
    (project, commit)
}

fn open(project: &Project) -> Repo {
    Repo::discover(project.root()).expect("the project is a repository")
}

fn put(project: &Project, snapshots: &[Snapshot]) -> covatlas::store::Put {
    let repo = open(project);
    let store = Store::open(&repo, "covatlas").expect("the store can be opened");
    store.put(snapshots, HitsKept::Magnitude, WHEN).expect("the snapshot can be recorded")
}

fn keys(root: &Path) -> Vec<String> {
    let repo = Repo::discover(root).expect("a repository");
    let store = Store::open(&repo, "covatlas").expect("a store");
    store
        .list()
        .expect("it can be listed")
        .into_iter()
        .map(|part| format!("{}@{}", part.key.suite, part.key.part))
        .collect()
}

/// git itself finds no fault with the objects, and no object that nothing refers to.
fn fsck(project: &Project) {
    let checked = project.try_git(["fsck", "--strict", "--full"]).succeeds();
    assert_eq!((checked.stdout.as_str(), checked.stderr.as_str()), ("", ""), "git fsck complains");
}

#[test]
fn a_snapshot_comes_back_as_it_was() {
    let (project, commit) = project();
    let mut given = snapshot(&commit, "unit", "linux", &[]);
    let coverage = FileCoverage {
        lines: vec![Line { number: 2, hits: Hits::exactly(7) }, Line { number: 9, hits: Hits::ZERO }],
        branches: vec![
            Branch { line: 2, block: 0, arm: Arm::Jump(9), hits: Hits::exactly(1) },
            Branch { line: 2, block: 0, arm: Arm::Text("a \"b\"\n\0\\".into()), hits: Hits::ZERO },
        ],
        functions: vec![Function { start: 1, name: "täst<T, U>".into(), end: Some(9), hits: Hits::exactly(4) }],
        blocks: Vec::new(),
    };
    let source = Some(project.rev("HEAD:src/a.rs").parse().expect("an id"));
    given.files.insert("src/a.rs".to_owned(), FileRecord { source, coverage });
    given.sources.insert("src/a.rs".to_owned(), Source::Bytes(b"fn a() {}\n".to_vec()));

    let repo = open(&project);
    let store = Store::open(&repo, "covatlas").expect("opens");
    let put = store.put(std::slice::from_ref(&given), HitsKept::Exact, WHEN).expect("recorded");
    assert_eq!(put.written, std::slice::from_ref(&given.key));
    let [stored] = store.list().expect("listed").try_into().expect("one part");
    assert_eq!(stored.key, given.key);
    assert_eq!(store.run(&stored).expect("read"), given.run);
    assert_eq!(store.provenance(&stored).expect("read"), given.provenance);
    let files = store.files(&stored).expect("read");
    assert_eq!(store.record(files["src/a.rs"]).expect("read"), given.files["src/a.rs"]);
    assert_eq!(repo.blob(store.sources(&stored).expect("read")["src/a.rs"]).expect("read"), b"fn a() {}\n");

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
