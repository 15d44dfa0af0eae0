//! Tests who the covered and uncovered lines belong to, on real repositories. Expected figures are
//! arithmetic on paper.

use std::collections::{BTreeMap, BTreeSet};

use covatlas::analysis::Sources;
use covatlas::analysis::ages::Ages;
use covatlas::analysis::contributors::{Authors, Cached, Contributor, Contributors, Shown, blame};
use covatlas::analysis::line_histories::LineHistories;
use covatlas::git::Repo;
use covatlas::history::{self, Options};
use covatlas::report::{Arm, Branch, Dimension, FileCoverage, Function, Hits, Line, Tally};
use covatlas::store::{FileRecord, Key, Store};

use crate::harness::{self, EPOCH, Project, put};

const DAY: i64 = 24 * 60 * 60;

/// Lines from line 1 by their hits. Those in `partial` have a branch that was taken and one that
/// was not.
fn coverage(hits: &[u64], partial: &[u32]) -> FileCoverage {
    let branch = |line, index, hits| Branch {
        line,
        block: 0,
        arm: Arm::Index(index),
        hits: Hits::exactly(hits),
    };
    FileCoverage {
        lines: (1..)
            .zip(hits)
            .map(|(number, &hits)| Line { number, hits: Hits::exactly(hits) })
            .collect(),
        branches: partial
            .iter()
            .flat_map(|&line| [branch(line, 0, 1), branch(line, 1, 0)])
            .collect(),
        functions: vec![Function { start: 1, name: "f".into(), end: None, hits: Hits::exactly(1) }],
        ..FileCoverage::default()
    }
}

fn record(project: &Project, commit: &str, files: &[(&str, FileCoverage)]) {
    let repo = Repo::discover(project.root()).expect("it is a repository");
    let commit = commit.parse().expect("git prints full ids");
    let record = |path: &str, coverage: &FileCoverage| FileRecord {
        source: repo.at(commit, path).expect("the commit is there"),
        coverage: coverage.clone(),
    };
    let files =
        files.iter().map(|(path, coverage)| ((*path).to_owned(), record(path, coverage))).collect();
    put(
        project,
        &[harness::snapshot(
            Key::new(commit, "unit", "default").expect("the names are fine"),
            files,
        )],
    );
}

fn of(project: &Project, shown: &Shown<'_>) -> Contributors {
    let repo = Repo::discover(project.root()).expect("it is a repository");
    let store = Store::open(&repo, "covatlas").expect("the store can be opened");
    let tip = repo.resolve("HEAD").expect("there is a commit");
    let options = Options {
        branch: "main".to_owned(),
        branch_from: String::new(),
        tip,
        suites: BTreeMap::new(),
    };
    let history = history::load(&repo, &store, &options).expect("there is a timeline");
    let sources = Sources::new(&repo, &store);
    let lines = LineHistories::find(&sources, &history, None).expect("all can be read");
    let look = |known: &mut Cached| {
        let blame = blame(&repo, &history, &BTreeSet::new(), None).expect("all can be blamed");
        let patches =
            known.patches(&sources, &history, &BTreeSet::new()).expect("all can be compared");
        Contributors::find(&sources, &history, &lines, Authors { blame, patches }, known, shown)
            .expect("all can be read")
    };
    let mut known = Cached::default();
    let found = look(&mut known);
    let mut kept = Cached::read(&known.to_bytes().expect("something was found out"));
    assert_eq!(look(&mut kept), found, "what was kept of the first look gives the same again");
    assert_eq!(kept.to_bytes(), None, "and is all that there is to keep");
    found
}

fn everyone(anonymous: bool) -> Shown<'static> {
    Shown { is_bot: &|name| name.ends_with("[bot]"), anonymous }
}

fn lines(person: &Contributor) -> (u64, u64) {
    let Tally { covered, total } = person.tallies.get(&Dimension::Lines).unwrap_or_default();
    (covered, total)
}

/// Ada writes six lines. 40 days later Bob rewrites two of them together with Cleo, and 100 days
/// after the start a bot rewrites one more.
fn project() -> Project {
    let project = Project::new();
    project.at(EPOCH).write("a.py", "one\ntwo\nthree\nfour\nfive\nsix\n").write("b.py", "x\n");
    project.commit_by("Ada <ada@example.com>", "first");
    project.at(EPOCH + 40 * DAY).write("a.py", "one\nTWO\nthree\nFOUR\nfive\nsix\n");
    project.commit_by("Bob <bob@example.com>", "second\n\nCo-authored-by: Cleo <cleo@example.com>");
    project.at(EPOCH + 100 * DAY).write("a.py", "one\nTWO\nthree\nFOUR\nfive\nSIX\n");
    let tip = project.commit_by("upgrade[bot] <bot@example.com>", "third");
    record(
        &project,
        &tip,
        &[("a.py", coverage(&[1, 0, 0, 5, 0, 0], &[4])), ("b.py", coverage(&[1], &[]))],
    );
    project
}

#[test]
fn lines_belong_to_whom_last_touched_them() {
    let found = of(&project(), &everyone(false));
    let names: Vec<_> = found.people.iter().map(|person| person.name.as_str()).collect();
    assert_eq!(names, ["Ada", "Bob"]);
    let [ada, bob] = found.people.as_slice() else { unreachable!() };
    // Ada: lines 1, 3 and 5 of a.py, of which 1 ran, and b.py. Both functions begin on lines of
    // hers.
    assert_eq!((lines(ada), ada.partial, ada.files.len()), ((2, 4), 0, 2));
    assert_eq!(ada.tallies.get(&Dimension::Functions), Some(Tally { covered: 2, total: 2 }));
    assert_eq!(ada.files[0].first, Some(3));
    // Bob: lines 2 and 4; 4 ran and has a branch that was not taken.
    assert_eq!((lines(bob), bob.partial), ((1, 2), 1));
    assert_eq!(bob.tallies.get(&Dimension::Branches), Some(Tally { covered: 1, total: 2 }));
    assert_eq!(bob.files[0].first, Some(2));
    assert_eq!(found.bots, Tally { covered: 0, total: 1 });
    assert_eq!(found.beyond, 0);
}

#[test]
fn uncovered_lines_are_as_old_as_their_last_change() {
    let found = of(&project(), &everyone(false));
    // At the newest point Ada's lines are 100 days old and Bob's 60.
    assert_eq!(found.people[0].ages, Ages { bins: [0, 0, 2, 0] });
    assert_eq!(found.people[1].ages, Ages { bins: [0, 1, 0, 0] });
}

#[test]
fn lines_of_today_are_followed_back_to_when_they_came() {
    let project = Project::new();
    project.at(EPOCH).write("a.py", "one\ntwo\nthree\n");
    let tip = project.commit_by("Ada <ada@example.com>", "first");
    record(&project, &tip, &[("a.py", coverage(&[1, 0, 1], &[]))]);
    project.at(EPOCH + DAY).write("a.py", "one\nTWO\nthree\nfour\n");
    let tip = project.commit_by("Bob <bob@example.com>", "second");
    record(&project, &tip, &[("a.py", coverage(&[1, 0, 0, 1], &[]))]);
    project.at(EPOCH + 2 * DAY).write("b.py", "x\n");
    let tip = project.commit_by("Bob <bob@example.com>", "third");
    record(
        &project,
        &tip,
        &[("a.py", coverage(&[1, 1, 1, 1], &[])), ("b.py", coverage(&[0], &[]))],
    );
    let found = of(&project, &everyone(false));
    let series = |at: usize| -> Vec<Option<(u64, u64)>> {
        let series = found.people[at].series(3).into_iter();
        series.map(|tally| tally.map(|tally| (tally.covered, tally.total))).collect()
    };
    // Ada has `one` and `three`; `three` was lost at the second snapshot and gained at the third.
    assert_eq!(series(0), [Some((2, 2)), Some((1, 2)), Some((2, 2))]);
    // Bob has `TWO`, gained at the third snapshot, and `four`; then the line of b.py.
    assert_eq!(series(1), [None, Some((1, 2)), Some((2, 3))]);
}

#[test]
fn whom_a_commit_names_shares_its_lines_in_a_view_of_its_own() {
    let found = of(&project(), &everyone(false));
    let shares: Vec<_> =
        found.together.iter().map(|person| (person.name.as_str(), lines(person))).collect();
    assert_eq!(shares, [("Ada", (2, 4)), ("Bob", (1, 2)), ("Cleo", (1, 2))]);
}

#[test]
fn anonymous_people_have_a_number_that_is_the_same_in_both_views() {
    let found = of(&project(), &everyone(true));
    let text = format!("{found:?}");
    assert!(
        !["Ada", "Bob", "Cleo", "example.com"].iter().any(|name| text.contains(name)),
        "{text}"
    );
    let name_of = |list: &[Contributor], total| {
        list.iter()
            .find(|person| lines(person).1 == total && !person.files.is_empty())
            .map(|person| person.name.clone())
    };
    assert_eq!(found.people.len(), 2);
    assert_eq!(name_of(&found.people, 4), name_of(&found.together, 4));
}

#[test]
fn an_anonymous_site_names_nobody() {
    let project = project();
    project.covatlas(["build", "--out", "site"]).succeeds();
    let names = |project: &Project| -> Vec<String> {
        let files = walkdir::WalkDir::new(project.path("site")).into_iter().filter_map(Result::ok);
        let files = files.filter(|file| !file.path().starts_with(project.path("site/guide"))); // its examples name an Ada
        let texts = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
        let people = ["Ada", "Bob", "Cleo", "upgrade[bot]"];
        let named =
            |text: String| people.into_iter().find(|name| text.contains(name)).map(str::to_owned);
        let mut named: Vec<String> = texts.filter_map(named).collect();
        named.dedup();
        named
    };
    assert!(!names(&project).is_empty(), "the pages name people");
    project.write("covatlas.toml", "contributors = \"anonymous\"\n");
    project.covatlas(["build", "--out", "site"]).succeeds();
    assert_eq!(names(&project), Vec::<String>::new());
    assert!(project.read("site/contributors/index.html").contains("Contributor 1"));
}

#[test]
fn lines_beyond_a_shallow_boundary_are_said() {
    let project = project();
    let clone = Project::clone_of(&project.address(), &["--depth=2"]);
    clone.git(["fetch", "--quiet", "origin", "covatlas:covatlas"]);
    let found = of(&clone, &everyone(false));
    // Bob's commit is the boundary, so everything but the bot's line is attributed to him.
    assert_eq!((lines(&found.people[0]), found.people[0].name.as_str()), ((3, 6), "Bob"));
    assert_eq!(found.beyond, 6);
}

/// A merged branch of two people is one snapshot. Each has the lines added in their own commits.
#[test]
fn patch_coverage_is_of_whom_wrote_the_lines_not_of_whom_merged_them() {
    let project = Project::new();
    let first = project.write("a.py", "one\ntwo\n").commit_by("Ada <ada@example.com>", "first");
    record(&project, &first, &[("a.py", coverage(&[1, 1], &[]))]);
    project.branch("topic").write("a.py", "one\ntwo\nthree\nfour\n");
    project.commit_by("Bob <bob@example.com>", "second");
    project.write("a.py", "zero\none\ntwo\nthree\nfour\n");
    project.commit_by("Cleo <cleo@example.com>", "third\n\nCo-authored-by: Bob <bob@example.com>");
    project.switch("main");
    let merge = project.merge("topic");
    record(&project, &merge, &[("a.py", coverage(&[0, 1, 1, 1, 0], &[]))]);
    let found = of(&project, &everyone(false));
    let patches = |list: &[Contributor]| {
        let all = list.iter().map(|person| (person.name.clone(), person.patches.clone()));
        all.filter(|(_, patches)| !patches.is_empty()).collect::<Vec<_>>()
    };
    let of = |name: &str, covered, total| {
        (name.to_owned(), BTreeMap::from([(1, Tally { covered, total })]))
    };
    assert_eq!(patches(&found.people), [of("Bob", 1, 2), of("Cleo", 0, 1)]);
    assert_eq!(patches(&found.together), [of("Bob", 1, 3), of("Cleo", 0, 1)]);
    assert_eq!(found.people[1].patch_since(1), Tally { covered: 1, total: 2 });
    assert_eq!(found.people[1].patch_since(2), Tally::default());
}
