//! Tests the timeline on real repositories: what is carried forward, mapped, followed and counted.
//! Expected figures are arithmetic on paper.

use std::collections::BTreeMap;

use Category::*;
use LineState::{Covered, Uncovered, Unknown};
use SuiteSource::{Carried, Measured, Missing};
use covatlas::analysis::Sources;
use covatlas::analysis::differential::Category;
use covatlas::analysis::patch::patch;
use covatlas::git::{Id, Repo};
use covatlas::history::{self, History, Mapping, Options, SuiteOptions, SuiteSource, SuiteState};
use covatlas::report::{Dimension, FileCoverage, Hits, Line, LineState, Tallies, Tally};
use covatlas::store::{FileRecord, Key, Snapshot, Store};
use proptest::prelude::*;

use crate::harness::{self, Project, git_in, put, run};

/// The hits of a file's lines, from line 1, or `None` for a line without code.
type Hit<'a> = &'a [Option<u64>];

const C: Option<u64> = Some(1);
const U: Option<u64> = Some(0);
const N: Option<u64> = None;

fn coverage(lines: Hit<'_>) -> FileCoverage {
    let lines = lines.iter().enumerate().filter_map(|(at, hits)| Some((at as u32 + 1, (*hits)?)));
    let lines = lines.map(|(number, hits)| Line { number, hits: Hits::exactly(hits) }).collect();
    FileCoverage { lines, ..FileCoverage::default() }
}

/// A text of `count` lines that are all different.
fn text(name: &str, count: usize) -> String {
    let lines: Vec<String> = (1..=count).map(|line| format!("{name} line {line}\n")).collect();
    lines.concat()
}

/// The text with one line replaced.
fn edited(text: &str, line: usize) -> String {
    let edit = |(at, old): (usize, &str)| {
        if at + 1 == line { "edited\n".to_owned() } else { format!("{old}\n") }
    };
    text.lines().enumerate().map(edit).collect()
}

fn id(hex: &str) -> Id {
    hex.parse().expect("git prints full ids")
}

/// The key of a snapshot: commit, suite, part.
type At<'a> = (&'a str, &'a str, &'a str);

fn snapshot(
    project: &Project,
    (commit, suite, part): At<'_>,
    files: &[(&str, Hit<'_>)],
) -> Snapshot {
    let repo = Repo::discover(project.root()).expect("it is a repository");
    let commit = id(commit);
    let record = |path: &str, lines| FileRecord {
        source: repo.at(commit, path).expect("the commit is there"),
        coverage: coverage(lines),
    };
    let files =
        files.iter().map(|(path, lines)| ((*path).to_owned(), record(path, lines))).collect();
    harness::snapshot(Key::new(commit, suite, part).expect("the names are fine"), files)
}

fn record(project: &Project, at: At<'_>, files: &[(&str, Hit<'_>)]) {
    put(project, &[snapshot(project, at, files)]);
}

/// Loads the timeline of `main` and checks what must always be true.
fn load(project: &Project, suites: &[(&str, SuiteOptions)]) -> History {
    let repo = Repo::discover(project.root()).expect("it is a repository");
    let store = Store::open(&repo, "covatlas").expect("the store can be opened");
    let options = Options {
        branch: "main".to_owned(),
        branch_from: "test".to_owned(),
        tip: id(&project.rev("main")),
        suites: suites.iter().map(|(name, options)| ((*name).to_owned(), *options)).collect(),
    };
    let history = history::load(&repo, &store, &options).expect("there is a timeline");
    consistent(&Sources::new(&repo, &store), &history);
    goes_on_from_anywhere(&repo, &store, &options, &history);
    history
}

/// A walk that continues from the end of an earlier one gives the same timeline, from any point.
fn goes_on_from_anywhere(repo: &Repo, store: &Store<'_>, options: &Options, whole: &History) {
    for point in &whole.points {
        let earlier = Options { tip: point.commit.id, ..options.clone() };
        let (_, saved) = history::resume(repo, store, &earlier, None).expect("there is a timeline");
        let (history, _) =
            history::resume(repo, store, options, saved.as_deref()).expect("there is a timeline");
        assert_eq!(
            format!("{history:?}"),
            format!("{whole:?}"),
            "from {}",
            point.commit.id.short()
        );
    }
}

/// Running sums equal the sums, figures are those of the merged records, and every patch adds up.
fn consistent(sources: &Sources<'_>, history: &History) {
    for (at, point) in history.points.iter().enumerate() {
        let files = history.files_at(at);
        assert_eq!(point.measured, files.len());
        let sum: Tallies = files.values().map(|(_, state)| state.tallies.clone()).sum();
        assert_eq!(point.totals, sum, "the sum at point {at}");
        for (_, state) in files.values() {
            let merged = sources.merged(state).expect("records can be read");
            assert_eq!(merged.coverage.tallies(), state.tallies, "{} at point {at}", state.path);
        }
        let counts = patch(sources, history, at).expect("sources can be read").counts.lines;
        if let Some(before) = at.checked_sub(1) {
            let missed = |at: usize| tally(&history.points[at].totals).missed();
            let of = |category| counts.get(category);
            let more = of(UncoveredNew) + of(LostBaseline) + of(UncoveredIncluded);
            let fewer = of(GainedBaseline) + counts.removed().missed();
            assert_eq!(missed(at) + fewer, missed(before) + more, "the balance of point {at}");
        }
    }
}

fn tally(tallies: &Tallies) -> Tally {
    tallies.get(&Dimension::Lines).unwrap_or_default()
}

fn totals(history: &History) -> Vec<(u64, u64)> {
    let of = |tally: Tally| (tally.covered, tally.total);
    history.points.iter().map(|point| of(tally(&point.totals))).collect()
}

fn suite<'a>(history: &'a History, point: usize, name: &str) -> &'a SuiteState {
    history.points[point]
        .suites
        .iter()
        .find(|suite| suite.name == name)
        .expect("the suite is there")
}

fn states(project: &Project, history: &History, point: usize, path: &str) -> Vec<(u32, LineState)> {
    let repo = Repo::discover(project.root()).expect("it is a repository");
    let store = Store::open(&repo, "covatlas").expect("the store can be opened");
    let files = history.files_at(point);
    let merged = history::merged(&repo, &store, files[path].1).expect("records can be read");
    merged.views().map(|view| (view.line.number, view.state)).collect()
}

#[test]
fn a_saved_walk_is_believed_only_while_everything_is_as_it_was() {
    let project = Project::new();
    let mut commits = Vec::new();
    for (number, hits) in [[C, U], [C, C], [U, C]].iter().enumerate() {
        commits.push(project.write("a.py", text(&format!("v{number}"), 2)).commit("change"));
        record(&project, (&commits[number], "unit", "default"), &[("a.py", hits)]);
    }
    let repo = Repo::discover(project.root()).expect("it is a repository");
    let tip = |commit: &str| Options {
        branch: "main".to_owned(),
        branch_from: "test".to_owned(),
        tip: id(commit),
        suites: BTreeMap::new(),
    };
    let store = || Store::open(&repo, "covatlas").expect("the store can be opened");
    let resume = |options: &Options, saved: Option<&[u8]>| {
        let (history, new) =
            history::resume(&repo, &store(), options, saved).expect("there is a timeline");
        (format!("{history:?}"), new)
    };
    let (whole, saved) = resume(&tip(&commits[2]), None);
    let saved = saved.expect("three points were walked");
    let believed = |options: &Options, saved: &[u8]| resume(options, Some(saved)).1.is_none();
    assert!(believed(&tip(&commits[2]), &saved), "nothing new is walked");
    assert!(!believed(&tip(&commits[1]), &saved), "the branch was taken back");
    let carry = BTreeMap::from([("unit".to_owned(), SuiteOptions { parts: None, carry: 1 })]);
    assert!(!believed(&Options { suites: carry, ..tip(&commits[2]) }, &saved), "another setting");
    for at in (0..saved.len()).step_by(7) {
        assert!(!believed(&tip(&commits[2]), &saved[..at]), "cut at {at}");
    }
    assert_eq!(resume(&tip(&commits[2]), Some(&saved[1..])).0, whole);
    // A snapshot that comes late, before the newest point.
    record(&project, (&commits[1], "unit", "late"), &[("a.py", &[U, U])]);
    assert!(!believed(&tip(&commits[2]), &saved), "another part at an earlier point");
}

#[test]
fn points_are_the_measured_commits_in_the_order_of_the_graph() {
    let project = Project::new();
    let first = project.write("a", text("a", 3)).write("b", text("b", 2)).commit("one");
    project.write("README", "r\n").commit("two, not measured");
    project.git(["tag", "v1"]);
    // A clock that runs backwards does not change the order.
    let third = project.at(1_000_000_000).write("a", edited(&text("a", 3), 1)).commit("three");
    project.git(["tag", "v2"]);
    let last = project.commit("four, not measured");
    record(&project, (&third, "unit", "0"), &[("a", &[C, C, U]), ("b", &[U, U])]);
    record(&project, (&first, "unit", "0"), &[("a", &[C, U, U]), ("b", &[U, U])]);

    let history = load(&project, &[]);
    assert_eq!(
        history.points.iter().map(|point| point.commit.id).collect::<Vec<_>>(),
        [id(&first), id(&third)]
    );
    assert_eq!(totals(&history), [(1, 5), (2, 5)]);
    assert!(history.points[0].skipped.is_empty());
    assert_eq!(history.points[1].skipped, [id(&project.rev("main~2"))]);
    assert_eq!(history.points[1].releases, ["v1", "v2"]);
    assert_eq!(history.unmeasured, [id(&last)]);
    // Only what changed is kept: `b` has one state.
    let lives: Vec<_> =
        history.files.iter().map(|file| (file.path.as_str(), file.states.len())).collect();
    assert_eq!(lives, [("a", 2), ("b", 1)]);
    assert_eq!(history.points[1].changed.len(), 1);
    assert_eq!(history.warnings, [""; 0]);
}

#[test]
fn nothing_recorded_is_an_empty_timeline() {
    let project = Project::new();
    let only = project.write("a", "a\n").commit("one");
    let history = load(&project, &[]);
    assert!(history.points.is_empty() && history.files.is_empty() && history.warnings.is_empty());
    assert_eq!(history.unmeasured, [id(&only)]);
}

#[test]
fn overlapping_suites_are_merged() {
    let project = Project::new();
    let first = project.write("a", text("a", 4)).commit("one");
    record(&project, (&first, "unit", "0"), &[("a", &[C, U, U, N])]);
    record(&project, (&first, "e2e", "0"), &[("a", &[U, C, U, C])]);
    let history = load(&project, &[]);
    assert_eq!(totals(&history), [(3, 4)]);
    assert_eq!(tally(&suite(&history, 0, "unit").totals), Tally { covered: 1, total: 3 });
    assert_eq!(tally(&suite(&history, 0, "e2e").totals), Tally { covered: 2, total: 4 });
    assert_eq!(
        states(&project, &history, 0, "a"),
        [(1, Covered), (2, Covered), (3, Uncovered), (4, Covered)]
    );
}

#[test]
fn a_missing_suite_is_carried_with_its_age_and_expires() {
    let project = Project::new();
    let mut commits = vec![project.write("a", text("a", 3)).commit("0")];
    commits.extend((1..5).map(|n| project.commit(&n.to_string())));
    for commit in &commits {
        record(&project, (commit, "unit", "0"), &[("a", &[C, U, U])]);
    }
    record(&project, (&commits[0], "e2e", "0"), &[("a", &[U, C, U])]);
    record(&project, (&commits[4], "e2e", "0"), &[("a", &[U, C, C])]);

    let history = load(&project, &[("e2e", SuiteOptions { parts: None, carry: 2 })]);
    let sources: Vec<_> = (0..5).map(|point| suite(&history, point, "e2e").source).collect();
    let expected = [
        Measured,
        Carried { from: 0, age: 1 },
        Carried { from: 0, age: 2 },
        Missing { last: 0 },
        Measured,
    ];
    assert_eq!(sources, expected);
    assert_eq!(totals(&history), [(2, 3), (2, 3), (2, 3), (1, 3), (3, 3)]);
    assert_eq!(tally(&suite(&history, 1, "e2e").totals), Tally { covered: 1, total: 3 });
    assert!(
        suite(&history, 3, "e2e").totals.is_empty() && suite(&history, 1, "e2e").runs.is_empty()
    );
    assert!((0..5).all(|point| suite(&history, point, "unit").source == Measured));
    // Without a setting it is carried forward.
    assert_eq!(suite(&load(&project, &[]), 3, "e2e").source, Carried { from: 0, age: 3 });
}

#[test]
fn lines_that_changed_under_a_carried_suite_are_unknown() {
    let project = Project::new();
    let old = text("a", 6);
    let first = project.write("a", &old).write("b", text("b", 1)).commit("one");
    record(&project, (&first, "e2e", "0"), &[("a", &[C, U, C, U, C, U])]);
    record(&project, (&first, "unit", "0"), &[("b", &[C])]);
    // Line 2 is edited, line 5 deleted, two lines come before line 6, one of them blank.
    let new = edited(&old, 2).replace("a line 5\n", "new\n\n");
    let second = project.write("a", new).commit("two");
    record(&project, (&second, "unit", "0"), &[("b", &[C])]);
    // The edit is reverted, so the text is the measured one again.
    let third = project.write("a", &old).commit("three");
    record(&project, (&third, "unit", "0"), &[("b", &[C])]);

    let history = load(&project, &[]);
    let expected =
        [(1, Covered), (2, Unknown), (3, Covered), (4, Uncovered), (5, Unknown), (7, Uncovered)];
    assert_eq!(states(&project, &history, 1, "a"), expected);
    // 4 of 7 at first; then lines 1, 3, 4 and 7 of `a` are known.
    assert_eq!(totals(&history), [(4, 7), (3, 5), (4, 7)]);
    assert_eq!(tally(&suite(&history, 1, "e2e").totals), Tally { covered: 2, total: 4 });
    assert_eq!(history.files_at(0)["a"].1, history.files_at(2)["a"].1);
}

#[test]
fn a_fresh_suite_knows_the_lines_that_a_carried_one_does_not() {
    let project = Project::new();
    let first = project.write("a", text("a", 3)).commit("one");
    record(&project, (&first, "e2e", "0"), &[("a", &[C, C, C])]);
    record(&project, (&first, "unit", "0"), &[("a", &[U, U, U])]);
    let second = project.write("a", edited(&text("a", 3), 2)).commit("two");
    record(&project, (&second, "unit", "0"), &[("a", &[U, U, U])]);
    let history = load(&project, &[]);
    assert_eq!(states(&project, &history, 1, "a"), [(1, Covered), (2, Uncovered), (3, Covered)]);
}

#[test]
fn a_file_keeps_its_track_through_a_rename_with_edits() {
    let project = Project::new();
    let first = project.write("old/a", text("a", 10)).write("b", text("b", 2)).commit("one");
    record(&project, (&first, "unit", "0"), &[("old/a", &[C; 10]), ("b", &[C, U])]);
    project.git(["mv", "old/a", "new-a"]);
    project.write("new-a", edited(&text("a", 10), 4)).write("c", text("c", 2));
    let second = project.commit("two");
    let lines = [C, C, C, U, C, C, C, C, C, U];
    record(&project, (&second, "unit", "0"), &[("new-a", &lines), ("b", &[C, U]), ("c", &[U, C])]);

    let history = load(&project, &[]);
    let paths: Vec<_> = history.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["b", "new-a", "c"]);
    assert_eq!(history.files_at(0)["old/a"].0, history.files_at(1)["new-a"].0);

    let repo = Repo::discover(project.root()).expect("it is a repository");
    let store = Store::open(&repo, "covatlas").expect("the store can be opened");
    let patch = patch(&Sources::new(&repo, &store), &history, 1).expect("sources can be read");
    // Added are the edited line and the two lines of the new file. A renamed file is not new.
    assert_eq!(patch.lines, Tally { covered: 1, total: 3 });
    assert_eq!(
        (patch.counts.lines.get(LostBaseline), patch.counts.lines.removed().covered),
        (1, 1)
    );
    let renamed = patch.files.iter().find(|file| file.path == "new-a").expect("it is in the patch");
    assert_eq!(renamed.renamed_from.as_deref(), Some("old/a"));
    assert_eq!(renamed.lost, [10]);
}

#[test]
fn a_carried_file_is_followed_through_renames_and_dropped_when_deleted() {
    let project = Project::new();
    let first =
        project.write("a", text("a", 10)).write("gone", text("g", 3)).write("b", "b\n").commit("0");
    record(&project, (&first, "e2e", "0"), &[("a", &[C; 10]), ("gone", &[U, U, U])]);
    record(&project, (&first, "unit", "0"), &[("b", &[C])]);
    let next = |from: &str, to: &str, line: usize| {
        project.git(["mv", from, to]);
        let old = project.read(to);
        let commit = project.write(to, edited(&old, line)).commit(to);
        record(&project, (&commit, "unit", "0"), &[("b", &[C])]);
    };
    project.remove("gone");
    next("a", "c", 2);
    next("c", "d", 7);
    project.write("gone", text("g", 3)); // a file of that name comes back: nothing was measured of it
    next("d", "a", 9); // and the first one has its old name again
    let history = load(&project, &[]);
    assert_eq!(totals(&history), [(11, 14), (10, 10), (9, 9), (8, 8)]);
    assert_eq!(
        history.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
        ["a", "b", "gone"]
    );
    assert_eq!(history.files[0].states.len(), 4);
    assert_eq!(history.files_at(2)["d"].0, history.files_at(3)["a"].0);

    // The record of `gone` is the same as before, so a diff of records does not show that it counts
    // again.
    let commit = project.commit("measured again");
    record(&project, (&commit, "e2e", "0"), &[("a", &[U; 10]), ("gone", &[U, U, U])]);
    assert_eq!(totals(&load(&project, &[])).last(), Some(&(1, 14)));
}

#[test]
fn a_file_that_goes_and_comes_back_is_one_track() {
    let project = Project::new();
    let first = project.write("a", text("a", 2)).write("b", text("b", 3)).commit("one");
    record(&project, (&first, "unit", "0"), &[("a", &[C, C]), ("b", &[C, U, U])]);
    let second = project.remove("b").commit("two");
    record(&project, (&second, "unit", "0"), &[("a", &[C, C])]);
    let third = project.write("b", text("b", 3)).commit("three");
    record(&project, (&third, "unit", "0"), &[("a", &[C, C]), ("b", &[C, C, U])]);
    let history = load(&project, &[]);
    assert_eq!(totals(&history), [(3, 5), (2, 2), (4, 5)]);
    assert_eq!(history.files.len(), 2);
    let life: Vec<_> =
        history.files[1].states.iter().map(|(point, state)| (*point, state.is_some())).collect();
    assert_eq!(life, [(0, true), (1, false), (2, true)]);
}

#[test]
fn snapshots_of_other_branches_stand_beside_their_base() {
    let project = Project::new();
    let first = project.write("a", text("a", 4)).commit("one");
    record(&project, (&first, "unit", "0"), &[("a", &[C, U, U, U])]);
    project.branch("merged").write("a", edited(&text("a", 4), 1));
    let merged = project.commit("on a branch");
    record(&project, (&merged, "unit", "0"), &[("a", &[U, U, U, U])]);
    project.switch("main").write("b", text("b", 1));
    let second = project.commit("two");
    record(&project, (&second, "unit", "0"), &[("a", &[C, C, U, U])]);
    let merge = project.merge("merged");
    record(&project, (&merge, "unit", "0"), &[("a", &[C, C, C, U])]);
    project.branch("open").write("a", edited(&text("a", 4), 3));
    let open = project.commit("a change request");
    let mut change = snapshot(&project, (&open, "unit", "0"), &[("a", &[C, C, U, U])]);
    change.run.change = Some(7);
    change.run.branch = Some("open".to_owned());
    let lost = Id::from_raw(&[7; 20]);
    let mut gone = snapshot(&project, (&first, "unit", "0"), &[]);
    gone.key = Key::new(lost, "unit", "0").expect("the names are fine");
    gone.run.merge_base = Some(id(&second));
    put(
        &project,
        &[change, snapshot(&project, (&open, "e2e", "0"), &[("a", &[U, U, U, C])]), gone],
    );
    project.switch("main");

    let history = load(&project, &[]);
    assert_eq!(totals(&history), [(1, 4), (2, 4), (3, 4)]);
    let aside: BTreeMap<_, _> = history.aside.iter().map(|aside| (aside.id, aside)).collect();
    assert_eq!(aside.len(), 3);
    assert_eq!(aside[&id(&merged)].base, Some(0)); // it left there, though it was merged since
    assert_eq!(tally(&aside[&id(&merged)].totals), Tally { covered: 0, total: 4 });
    let open = aside[&id(&open)];
    assert_eq!((open.base, open.change, open.branch.as_deref()), (Some(2), Some(7), Some("open")));
    assert_eq!(tally(&open.totals), Tally { covered: 3, total: 4 });
    assert!(aside[&lost].commit.is_none());
    assert_eq!(aside[&lost].base, Some(1));
}

#[test]
fn parts_make_a_suite_and_a_missing_one_is_said() {
    let project = Project::new();
    let first = project.write("a", text("a", 3)).commit("one");
    record(&project, (&first, "unit", "1"), &[("a", &[C, U, U])]);
    record(&project, (&first, "unit", "2"), &[("a", &[U, U, C])]);
    let second = project.commit("two");
    record(&project, (&second, "unit", "2"), &[("a", &[U, U, C])]);
    let history = load(&project, &[("unit", SuiteOptions { parts: Some(2), carry: 10 })]);
    assert_eq!(totals(&history), [(2, 3), (1, 3)]);
    assert!(suite(&history, 0, "unit").is_complete() && !suite(&history, 1, "unit").is_complete());
    let warning = format!("suite `unit` is incomplete once, at {} with 1 of 2 parts", &second[..7]);
    assert_eq!(history.warnings, [warning]);
}

#[test]
fn a_record_of_a_text_that_is_not_the_commits_is_used_as_it_is() {
    let project = Project::new();
    let first = project.write("a", text("a", 2)).write("b", text("b", 2)).commit("one");
    let mut dirty = snapshot(
        &project,
        (&first, "unit", "0"),
        &[("a", &[C, U, C]), ("b", &[C, U]), ("made", &[U])],
    );
    dirty.files.get_mut("a").expect("it was put in").source = dirty.files["b"].source;
    put(&project, &[dirty]);
    let history = load(&project, &[]);
    assert_eq!(totals(&history), [(3, 6)]);
    let warning = format!(
        "suite `unit` at {} measured a text that is not the commit's, used as it is: a (and 1 more)",
        &first[..7]
    );
    assert_eq!(history.warnings, [warning]);
}

#[test]
fn a_record_that_cannot_be_read_is_left_out_and_said() {
    let project = Project::new();
    let first = project.write("a", text("a", 2)).write("b", text("b", 2)).commit("one");
    record(&project, (&first, "unit", "0"), &[("a", &[C, C]), ("b", &[C, U])]);
    let tree = project.beside("store");
    let path = tree.to_str().expect("temporary folders are UTF-8");
    project.git(["worktree", "add", "--quiet", path, "covatlas"]);
    let folder = tree.join("snapshots").join(&first[..2]).join(&first[2..]).join("unit@0");
    std::fs::write(folder.join("files/a"), "no record\n").expect("the store is writable");
    std::fs::write(folder.join("run.json"), "{").expect("the store is writable");
    run(git_in(&tree).args(["commit", "--quiet", "--all", "--message", "broken"])).succeeds();
    let history = load(&project, &[]);
    assert_eq!(totals(&history), [(1, 2)]);
    assert_eq!(history.warnings, [""; 0]);
    let [left_out, hint] =
        history.damage.sentences().try_into().expect("a sentence, and what to do");
    assert!(left_out.starts_with(&format!("left out of snapshot {}: a: ", &first[..7])));
    assert!(left_out.ends_with("(and 1 more)") && hint.contains("git fsck"));
}

#[test]
fn a_patch_tells_added_from_newly_instrumented() {
    let project = Project::new();
    let first = project.write("a", text("a", 4)).write("quiet", text("q", 3)).commit("one");
    record(&project, (&first, "unit", "0"), &[("a", &[C, C, U, U])]);
    // `a` gains a line at its end and loses its first one. `quiet` is measured from now on, with
    // one line edited. `new` is new.
    let a = text("a", 4).replace("a line 1\n", "") + "added\n";
    project.write("a", a).write("quiet", edited(&text("q", 3), 3)).write("new", text("n", 2));
    let second = project.commit("two");
    let files: &[(&str, Hit<'_>)] =
        &[("a", &[U, C, U, C]), ("quiet", &[C, U, U]), ("new", &[C, U])];
    record(&project, (&second, "unit", "0"), files);

    let history = load(&project, &[]);
    let repo = Repo::discover(project.root()).expect("it is a repository");
    let store = Store::open(&repo, "covatlas").expect("the store can be opened");
    let patch = patch(&Sources::new(&repo, &store), &history, 1).expect("sources can be read");
    let of = |category| patch.counts.lines.get(category);
    // Added: line 4 of `a`, line 3 of `quiet`, both of `new`.
    assert_eq!(
        (patch.lines, of(GainedNew), of(UncoveredNew)),
        (Tally { covered: 2, total: 4 }, 2, 2)
    );
    assert_eq!((of(GainedIncluded), of(UncoveredIncluded)), (1, 1));
    assert_eq!((of(LostBaseline), of(GainedBaseline)), (1, 1));
    let removed = patch.counts.lines.removed();
    assert_eq!((removed.covered, removed.missed()), (1, 0));
    let paths: Vec<_> = patch
        .files
        .iter()
        .map(|file| (file.path.as_str(), &file.lost[..], &file.gained[..]))
        .collect();
    assert_eq!(paths, [("a", &[1][..], &[2][..]), ("new", &[], &[]), ("quiet", &[], &[])]);
}

/// A text with few different lines, so that a diff has choices, and random edits of it.
fn edits() -> impl Strategy<Value = (Vec<String>, Vec<String>)> {
    let line = || {
        prop_oneof![
            Just("}"),
            Just(""),
            Just("    x += 1"),
            Just("let x = 1;"),
            Just("return"),
            Just("caf\u{e9}\r")
        ]
    };
    let lines = |count| proptest::collection::vec(line().prop_map(str::to_owned), count);
    let edit = (0usize..60, 0usize..6, lines(0..6));
    (lines(0..60), proptest::collection::vec(edit, 0..6)).prop_map(|(old, edits)| {
        let mut new = old.clone();
        for (at, cut, insert) in edits {
            let at = at.min(new.len());
            let end = (at + cut).min(new.len());
            new.splice(at..end, insert);
        }
        (old, new)
    })
}

#[test]
fn mapping_is_exact() {
    let project = Project::new();
    let repo = Repo::discover(project.root()).expect("it is a repository");
    proptest!(ProptestConfig::with_cases(400), |((old, new) in edits(), ends in any::<bool>())| {
        let text = |lines: &[String]| lines.join("\n") + if ends { "\n" } else { "" };
        let (old, new) = (text(&old), text(&new));
        let mapping = Mapping::new(repo.diff_lines(old.as_bytes(), new.as_bytes()).expect("texts can be compared"));
        let (old, new): (Vec<_>, Vec<_>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
        let mut kept = 0;
        for (at, line) in old.iter().enumerate() {
            if let Some(number) = mapping.new_line(at as u32 + 1) {
                kept += 1;
                prop_assert_eq!(line, &new[number as usize - 1]);
                prop_assert_eq!(mapping.old_line(number), Some(at as u32 + 1));
            }
        }
        // Every new line is either mapped or changed.
        prop_assert_eq!(mapping.changed().count() + kept, new.len());
        prop_assert!(mapping.changed().all(|line| mapping.old_line(line).is_none()));
    });
}

/// A small random number generator that is the same on every machine (constants from Numerical
/// Recipes).
struct Dice(u32);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 16) % sides
    }
}

/// The result of a walk without any memory: which suites have a record of which path at each point.
/// A deleted file is no longer carried forward, and neither is one that comes back under its name.
fn naive(
    measured: &[BTreeMap<&str, Vec<String>>],
    tracked: &[Vec<String>],
    carry: usize,
) -> Vec<BTreeMap<String, Vec<String>>> {
    let at = |point: usize| {
        let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for suite in ["e2e", "unit"] {
            let Some(from) = (0..=point).rev().find(|from| measured[*from].contains_key(suite))
            else {
                continue;
            };
            let all_along =
                |path: &&String| tracked[from..=point].iter().all(|paths| paths.contains(*path));
            for path in
                measured[from][suite].iter().filter(all_along).filter(|_| point - from <= carry)
            {
                files.entry(path.clone()).or_default().push(suite.to_owned());
            }
        }
        files
    };
    (0..measured.len()).map(at).collect()
}

#[test]
fn the_walk_agrees_with_one_that_looks_at_everything() {
    for seed in 0..4 {
        let mut dice = Dice(seed);
        let project = Project::new();
        let (mut measured, mut tracked, mut snapshots) = (Vec::new(), Vec::new(), Vec::new());
        for step in 0..20 {
            for file in 0..5 {
                // Texts with other names are never similar, so that nothing is taken for a rename.
                let (name, lines) = (format!("f{file}"), 8);
                let exists = project.path(&name).exists();
                match dice.roll(6) {
                    0 if exists => drop(project.remove(&name)),
                    0 | 1 if !exists => {
                        project.write(&name, text(&format!("{name} of {step}"), lines));
                    }
                    2 | 3 if exists => {
                        let old = project.read(&name);
                        project.write(&name, edited(&old, dice.roll(8) as usize + 1));
                    }
                    _ => {}
                }
            }
            let commit = project.commit(&step.to_string());
            let paths: Vec<String> = project.git(["ls-files"]).lines().map(str::to_owned).collect();
            let mut here = BTreeMap::new();
            for (suite, odds) in [("unit", 3), ("e2e", 1)] {
                if dice.roll(4) >= odds {
                    continue;
                }
                let hits: Vec<_> = paths
                    .iter()
                    .map(|_| (0..8).map(|_| [C, U, N][dice.roll(3) as usize]).collect::<Vec<_>>())
                    .collect();
                let files: Vec<_> = paths.iter().zip(&hits).filter(|_| dice.roll(4) > 0).collect();
                let files: Vec<_> =
                    files.into_iter().map(|(path, hits)| (path.as_str(), &hits[..])).collect();
                snapshots.push(snapshot(&project, (&commit, suite, "0"), &files));
                here.insert(suite, files.iter().map(|(path, _)| (*path).to_owned()).collect());
            }
            if !here.is_empty() {
                measured.push(here);
                tracked.push(paths);
            }
        }
        put(&project, &snapshots);
        let carry = SuiteOptions { parts: None, carry: 3 };
        let history = load(&project, &[("unit", carry), ("e2e", carry)]);
        let seen = (0..history.points.len()).map(|point| {
            let suites = |records: &[history::RecordRef]| {
                records.iter().map(|record| record.suite.clone()).collect()
            };
            let files = history.files_at(point).into_iter();
            files.map(|(path, (_, state))| (path.to_owned(), suites(&state.records))).collect()
        });
        let seen: Vec<BTreeMap<String, Vec<String>>> = seen.collect();
        assert_eq!(seen, naive(&measured, &tracked, 3), "seed {seed}");
    }
}
