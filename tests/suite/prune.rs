//! Tests `prune`: which snapshots are kept, that no recorder loses anything, and that none brings
//! back what was dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::thread;

use covatlas::git::{Id, RepoWriter};
use covatlas::history::retention::{Dated, Reason, outdated};
use covatlas::store::{HitsKept, Key, Snapshot, StoreWriter, Stored};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::cli::parsed;
use super::harness::{self, Project, put, run};

const DAY: i64 = 24 * 3600;

/// Seconds since 1970 of a date and time in UTC.
fn at(time: &str) -> i64 {
    let time: Timestamp = format!("{time}:00Z").parse().expect("a time");
    time.as_second()
}

fn snapshot(commit: &str, suite: &str) -> Snapshot {
    let key = Key::new(commit.parse().expect("a full id"), suite, "default").expect("a good name");
    harness::snapshot(key, BTreeMap::new())
}

/// The commits of a store by git's own listing, as the subjects of the tested commits.
fn kept(project: &Project, reference: &str) -> Vec<String> {
    let listed = project.git(["ls-tree", "-r", "-d", "--name-only", reference, "snapshots/"]);
    let folders = listed.lines().filter(|path| path.split('/').count() == 4);
    let mut commits: Vec<String> = folders
        .map(|path| {
            let [_, head, rest, part] =
                path.split('/').collect::<Vec<_>>().try_into().expect("four");
            let suite = part.split('@').next().expect("one");
            format!(
                "{} {suite}",
                project.git(["log", "-1", "--format=%s", &format!("{head}{rest}")])
            )
        })
        .collect();
    commits.sort();
    commits
}

/// A history over two years, with one snapshot per commit. The subject of a commit is its time.
const TIMES: &[&str] = &[
    "2024-03-04T10:00", // one a month: a later one stays
    "2024-03-10T10:00", // a release
    "2024-03-28T10:00",
    "2024-04-02T10:00", // alone in its month
    "2025-06-02T09:00", // one a week: a Monday
    "2025-06-08T23:00", // the Sunday of that week
    "2025-06-09T00:00", // and the next Monday
    "2025-11-03T01:00", // one a day
    "2025-11-03T23:59",
    "2025-11-04T00:00",
    "2025-12-20T10:00", // within a month: all stay
    "2025-12-20T11:00",
    "2026-01-05T12:00",
];

/// The same on paper: what is dropped, and why.
const GOING: &[(&str, &str)] = &[
    ("2024-03-04T10:00", "one-a-month"),
    ("2025-06-02T09:00", "one-a-week"),
    ("2025-11-03T01:00", "one-a-day"),
];

fn project() -> Project {
    let project = Project::new();
    let commits: Vec<String> = TIMES.iter().map(|time| project.at(at(time)).commit(time)).collect();
    project.git(["tag", "v1", &commits[1]]);
    put(&project, &commits.iter().map(|commit| snapshot(commit, "unit")).collect::<Vec<_>>());
    project
}

fn staying() -> Vec<String> {
    let going = |time: &&&str| GOING.iter().any(|(gone, _)| gone == *time);
    TIMES.iter().filter(|time| !going(time)).map(|time| format!("{time} unit")).collect()
}

/// `(subject, reason)` of the snapshots that were dropped.
fn dropped(project: &Project, answer: &Value) -> Vec<(String, String)> {
    let entries = answer["dropped"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    entries
        .map(|entry| {
            (
                project.git(["log", "-1", "--format=%s", &text(&entry["commit"])]),
                text(&entry["reason"]),
            )
        })
        .collect()
}

#[test]
fn the_ladder_keeps_all_for_a_month_then_one_a_day_a_week_and_a_month() {
    let project = project();
    let before = project.rev("covatlas");
    let dry = parsed(&project.covatlas(["prune", "--dry-run", "--json"]).succeeds());
    let expected: Vec<_> =
        GOING.iter().map(|(time, why)| ((*time).to_owned(), (*why).to_owned())).collect();
    assert_eq!(dropped(&project, &dry), expected);
    assert_eq!((&dry["schema"], &dry["kept"]), (&json!("covatlas/prune/1"), &json!(10)));
    assert_eq!((&dry["result"], &dry["warnings"]), (&json!("dry-run"), &json!([])));
    assert_eq!(dry["dropped"][0]["parts"], json!(["unit@default"]));
    assert_eq!(project.rev("covatlas"), before, "a dry run drops nothing");

    let said = project.covatlas(["prune"]).succeeds().stdout;
    assert!(said.contains("dropping 3 snapshots, keeping 10"), "{said}");
    assert_eq!(kept(&project, "covatlas"), staying());
    assert_eq!(project.rev("covatlas~1"), before, "the history of the branch still has them");
    assert_eq!(project.git(["log", "-1", "--format=%s", "covatlas"]), "drop 3 parts");

    let again = parsed(&project.covatlas(["prune", "--json"]).succeeds());
    assert_eq!((&again["result"], &again["dropped"]), (&json!("unchanged"), &json!([])));
    assert_eq!(project.rev("covatlas~1"), before);
    project.git(["fsck", "--strict", "--full"]);
}

#[test]
fn all_suites_of_a_commit_stay_and_a_rare_suite_is_not_lost() {
    let project = Project::new();
    let times = ["2025-11-03T01:00", "2025-11-03T02:00", "2025-11-03T03:00", "2026-01-05T12:00"];
    let commits: Vec<String> = times.iter().map(|time| project.at(at(time)).commit(time)).collect();
    let mut snapshots: Vec<Snapshot> =
        commits.iter().map(|commit| snapshot(commit, "unit")).collect();
    snapshots.push(snapshot(&commits[1], "nightly"));
    put(&project, &snapshots);
    let answer = parsed(&project.covatlas(["prune", "--json"]).succeeds());
    assert_eq!(dropped(&project, &answer), [(times[0].to_owned(), "one-a-day".to_owned())]);
    let expected =
        ["02:00 nightly", "02:00 unit", "03:00 unit"].map(|end| format!("2025-11-03T{end}"));
    assert_eq!(
        kept(&project, "covatlas"),
        [&expected[..], &["2026-01-05T12:00 unit".to_owned()]].concat()
    );
}

#[test]
fn snapshots_beside_the_default_branch_stay_for_a_month_and_tagged_ones_for_ever() {
    let project = Project::new();
    project.at(at("2025-11-01T00:00")).commit("root");
    let mut snapshots = Vec::new();
    for time in ["2025-11-10T00:00", "2025-11-20T00:00", "2025-12-28T00:00"] {
        project.branch(time.split('T').next().expect("a date")).at(at(time));
        snapshots.push(snapshot(&project.commit(time), "unit"));
        project.switch("main");
    }
    project.git(["tag", "v0.9", "2025-11-10"]);
    snapshots.push(snapshot(&project.at(at("2026-01-05T12:00")).commit("newest"), "unit"));
    // Snapshots of a deleted branch are as old as their recording.
    for (id, time) in [("1", "2025-11-20T00:00:00Z"), ("2", "2025-12-28T00:00:00Z")] {
        let mut gone = snapshot(&id.repeat(40), "unit");
        gone.provenance.recorded_at = time.to_owned();
        snapshots.push(gone);
    }
    put(&project, &snapshots);
    let answer = parsed(&project.covatlas(["prune", "--json"]).succeeds());
    let commits: BTreeSet<&str> = answer["dropped"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|entry| entry["commit"].as_str())
        .collect();
    assert_eq!(commits, [&*project.rev("2025-11-20"), &"1".repeat(40)].into());
    assert_eq!(answer["kept"], 4);
}

#[test]
fn without_a_snapshot_of_the_default_branch_nothing_is_dropped() {
    let project = Project::new();
    project.at(at("2026-01-05T12:00")).commit("root");
    project.branch("old").at(at("2020-01-05T12:00"));
    put(&project, &[snapshot(&project.commit("aside"), "unit")]);
    let answer = parsed(&project.covatlas(["prune", "--json"]).succeeds());
    assert_eq!((&answer["dropped"], &answer["kept"]), (&json!([]), &json!(1)));
    assert!(
        answer["warnings"][0].as_str().expect("a text").contains("default branch `main`"),
        "{answer}"
    );
}

#[test]
fn the_default_branch_is_the_one_that_ci_names() {
    let project = Project::new();
    project.at(at("2024-01-05T12:00")).commit("root");
    project.branch("trunk");
    let old = project.at(at("2025-01-05T12:00")).commit("old");
    let new = project.at(at("2026-01-05T12:00")).commit("new");
    put(&project, &[snapshot(&old, "unit"), snapshot(&new, "unit")]);
    let mut command = project.command();
    command
        .args(["prune", "--dry-run", "--json"])
        .envs([("GITLAB_CI", "true"), ("CI_DEFAULT_BRANCH", "trunk")]);
    let answer = parsed(&run(&mut command).succeeds());
    assert_eq!(
        (&answer["dropped"], &answer["kept"], &answer["warnings"]),
        (&json!([]), &json!(2), &json!([]))
    );
}

#[test]
fn a_shallow_clone_is_refused() {
    let project = project();
    let clone = Project::clone_of(&project.address(), &["--depth=1", "--no-single-branch"]);
    let ran = clone.covatlas(["prune"]).exits(2);
    assert!(ran.stderr.contains("git fetch --unshallow"), "{ran:?}");
}

#[test]
fn rewriting_squashes_the_branch_to_one_commit_without_what_was_dropped() {
    let project = project();
    let old = project.rev("covatlas");
    let answer = parsed(&project.covatlas(["prune", "--rewrite", "--json"]).succeeds());
    assert_eq!(
        (&answer["result"], &answer["tip"]),
        (&json!("rewritten"), &json!(project.rev("covatlas")))
    );
    assert_eq!(project.git(["rev-list", "--count", "covatlas"]), "1");
    assert_eq!(kept(&project, "covatlas"), staying());
    assert_eq!(project.git(["show", "covatlas:FORMAT"]), "covatlas 1");
    let clone = Project::clone_of(&project.address(), &[]);
    clone.try_git(["cat-file", "-e", &old]).exits(1);
    let tip = project.rev("covatlas");
    let again = parsed(&project.covatlas(["prune", "--rewrite", "--json"]).succeeds());
    assert_eq!((&again["result"], project.rev("covatlas")), (&json!("unchanged"), tip));
}

#[test]
fn rewriting_here_alone_is_refused_where_a_remote_has_the_branch() {
    let origin = project();
    let clone = Project::clone_of(&origin.address(), &[]);
    let ran = clone.covatlas(["prune", "--rewrite"]).exits(2);
    assert!(ran.stderr.contains("prune --rewrite --push"), "{ran:?}");
    // A URL without a remote's name is remembered too.
    let (project, remote) = (project(), Project::init(&["--bare"]));
    project.write("src/a.rs", "a\n").write("a.info", "SF:src/a.rs\nDA:1,1\nend_of_record\n");
    project.at(at("2026-01-06T12:00")).commit("more");
    project.covatlas(["record", "a.info", &format!("--push={}", remote.address())]).succeeds();
    project.covatlas(["prune", "--rewrite"]).exits(2);
    project.covatlas(["prune", "--rewrite", &format!("--push={}", remote.address())]).succeeds();
    assert_eq!(
        (remote.rev("covatlas"), remote.git(["rev-list", "--count", "covatlas"])),
        (project.rev("covatlas"), "1".to_owned())
    );
}

/// A bare remote with the history, and a function that records one more part of its newest commit
/// in a clone.
fn served() -> Project {
    let origin = project();
    Project::clone_of(&origin.address(), &["--mirror"])
}

fn record(clone: &Project, suite: &str) {
    let head = clone.rev("main");
    put(clone, &[snapshot(&head, suite)]);
}

fn push(clone: &Project) {
    let repo = RepoWriter::discover(clone.root()).expect("a repository");
    let store = StoreWriter::open(&repo, "covatlas").expect("opens");
    store
        .push("origin", at("2026-01-06T00:00"))
        .unwrap_or_else(|error| panic!("{:?}", error.chain()));
}

fn with(more: &[&str]) -> Vec<String> {
    let mut all = staying();
    all.extend(more.iter().map(|suite| format!("2026-01-05T12:00 {suite}")));
    all.sort();
    all
}

/// The actions of a clone before the remote was rewritten.
type Prepare = fn(&Project);

/// How another clone got the branch before the remote was rewritten.
const CLONES: &[(&str, Prepare)] = &[
    ("recorded, and never pushed", |clone| record(clone, "own")),
    ("pushed before", |clone| {
        record(clone, "pushed");
        push(clone);
        record(clone, "own");
    }),
    ("has a local branch of old", |clone| {
        drop(clone.git(["branch", "covatlas", "origin/covatlas"]));
    }),
    ("fetched into the local branch", |clone| {
        drop(clone.git(["fetch", "--quiet", "origin", "covatlas:covatlas"]));
    }),
    ("pushed, then fetched what others recorded", |clone| {
        record(clone, "pushed");
        push(clone);
        let other = Project::clone_of(&clone.git(["remote", "get-url", "origin"]), &[]);
        record(&other, "others");
        push(&other);
        clone.git(["fetch", "--quiet", "origin"]);
        record(clone, "own");
    }),
];

#[test]
fn after_a_rewrite_a_recorder_elsewhere_loses_nothing_and_brings_nothing_back() {
    for (how, prepare) in CLONES {
        for fetches_first in [false, true] {
            let remote = served();
            let (pruner, recorder) = (
                Project::clone_of(&remote.address(), &[]),
                Project::clone_of(&remote.address(), &[]),
            );
            prepare(&recorder);
            pruner.covatlas(["prune", "--rewrite", "--push"]).succeeds();
            assert_eq!(remote.git(["rev-list", "--count", "covatlas"]), "1");
            assert_eq!(pruner.rev("covatlas"), remote.rev("covatlas"));
            let squashed = remote.rev("covatlas");
            if fetches_first {
                recorder.git(["fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*"]);
            }
            record(&recorder, "own");
            record(&recorder, "later");
            push(&recorder);
            let pushed: &[&str] = match *how {
                how if how.starts_with("pushed, then") => &["own", "later", "pushed", "others"],
                how if how.starts_with("pushed") => &["own", "later", "pushed"],
                _ => &["own", "later"],
            };
            let what = format!("{how}, fetches first: {fetches_first}");
            assert_eq!(kept(&remote, "covatlas"), with(pushed), "{what}");
            assert_eq!(remote.git(["rev-list", "--max-parents=0", "covatlas"]), squashed, "{what}");
            assert_eq!(recorder.rev("covatlas"), remote.rev("covatlas"), "{what}");
            // The clone that pruned goes on as before.
            record(&pruner, "more");
            push(&pruner);
            assert_eq!(kept(&remote, "covatlas"), with(&[pushed, &["more"]].concat()), "{what}");
            remote.git(["fsck", "--strict", "--full", "--no-dangling"]);
        }
    }
}

#[test]
fn a_clone_of_one_branch_that_fetched_the_snapshots_brings_nothing_back() {
    let remote = served();
    let job = Project::clone_of(&remote.address(), &["--single-branch", "--branch=main"]);
    job.git(["fetch", "--quiet", "origin", "covatlas:covatlas"]);
    let other = Project::clone_of(&remote.address(), &[]);
    record(&other, "others");
    push(&other);
    job.git(["fetch", "--quiet", "origin", "covatlas:covatlas"]);
    record(&job, "own");
    Project::clone_of(&remote.address(), &[]).covatlas(["prune", "--rewrite", "--push"]).succeeds();
    push(&job);
    assert_eq!(kept(&remote, "covatlas"), with(&["others", "own"]));
}

#[test]
fn pruning_by_a_commit_is_joined_with_what_others_record() {
    let remote = served();
    let (pruner, recorder) =
        (Project::clone_of(&remote.address(), &[]), Project::clone_of(&remote.address(), &[]));
    record(&recorder, "own");
    let old = remote.rev("covatlas");
    let answer = parsed(&pruner.covatlas(["prune", "--push", "--json"]).succeeds());
    assert_eq!((&answer["result"], &answer["pushed"]), (&json!("pruned"), &json!("origin")));
    assert_eq!(kept(&remote, "covatlas"), staying());
    push(&recorder);
    assert_eq!(kept(&remote, "covatlas"), with(&["own"]));
    // Dropped here, recorded elsewhere, and only then pushed.
    record(&recorder, "again");
    push(&recorder);
    pruner.covatlas(["prune", "--push"]).succeeds();
    assert_eq!(kept(&remote, "covatlas"), with(&["again", "own"]));
    remote.git(["merge-base", "--is-ancestor", &old, "covatlas"]);
}

#[test]
fn a_rewrite_drops_what_only_this_clone_has_not_pushed_yet_and_keeps_the_rest() {
    let remote = served();
    let clone = Project::clone_of(&remote.address(), &[]);
    record(&clone, "own");
    let other = Project::clone_of(&remote.address(), &[]);
    record(&other, "others");
    push(&other);
    clone.covatlas(["prune", "--rewrite", "--push"]).succeeds();
    assert_eq!(kept(&remote, "covatlas"), with(&["others", "own"]));
    assert_eq!(
        (clone.rev("covatlas"), remote.git(["rev-list", "--count", "covatlas"])),
        (remote.rev("covatlas"), "1".to_owned())
    );
}

#[test]
fn recorders_that_push_while_the_branch_is_rewritten_lose_nothing() {
    let remote = served();
    let clones: Vec<Project> = (0..3).map(|_| Project::clone_of(&remote.address(), &[])).collect();
    let pruner = Project::clone_of(&remote.address(), &[]);
    thread::scope(|scope| {
        for (number, clone) in clones.iter().enumerate() {
            let (root, head) = (clone.root(), clone.rev("main"));
            scope.spawn(move || {
                let repo = RepoWriter::discover(root).expect("a repository");
                let store = StoreWriter::open(&repo, "covatlas").expect("opens");
                for round in 0..4 {
                    let given = snapshot(&head, &format!("suite{number}-{round}"));
                    store
                        .put(&[given], HitsKept::Exact, at("2026-01-06T00:00"))
                        .unwrap_or_else(|error| panic!("{:?}", error.chain()));
                    store
                        .push("origin", at("2026-01-06T00:00"))
                        .unwrap_or_else(|error| panic!("{:?}", error.chain()));
                }
            });
        }
        pruner.covatlas(["prune", "--rewrite", "--push"]).succeeds();
    });
    let suites: Vec<String> =
        (0..3).flat_map(|clone| (0..4).map(move |round| format!("suite{clone}-{round}"))).collect();
    assert_eq!(
        kept(&remote, "covatlas"),
        with(&suites.iter().map(String::as_str).collect::<Vec<_>>())
    );
    remote.git(["fsck", "--strict", "--full", "--no-dangling"]);
}

#[test]
fn a_server_that_refuses_to_rewrite_keeps_all_and_is_quoted() {
    let remote = served();
    remote.git(["config", "receive.denyNonFastForwards", "true"]);
    let clone = Project::clone_of(&remote.address(), &[]);
    let before = remote.rev("covatlas");
    let ran = clone.covatlas(["prune", "--rewrite", "--push"]).exits(2);
    assert!(
        ran.stderr.contains("refuses forced pushes") && ran.stderr.contains("non-fast-forward"),
        "{ran:?}"
    );
    assert_eq!(remote.rev("covatlas"), before);
}

/// Snapshots of commits in the order of the default branch: days and hours before the newest,
/// suites, tags.
fn timelines() -> impl Strategy<Value = Vec<Dated>> {
    let one = (0i64..900 * 24, 0usize..3, prop::bool::weighted(0.05), prop::bool::weighted(0.9));
    prop::collection::vec(one, 1..120).prop_map(|mut all| {
        all.sort_by_key(|(hours, ..)| -hours);
        let newest = at("2026-01-05T12:00");
        let dated = |(place, (hours, suite, tagged, on)): (usize, (i64, usize, bool, bool))| {
            let raw: Vec<u8> = [(place as u32).to_be_bytes(), [0; 4]]
                .concat()
                .into_iter()
                .chain([7; 12])
                .collect();
            let commit = Id::from_raw(&raw);
            let key =
                Key::new(commit, ["unit", "e2e", "unit"][suite], "default").expect("a good name");
            let parts = vec![Stored { key, tree: commit, files: None }];
            Dated { commit, time: newest - hours * 3600, place: on.then_some(place), tagged, parts }
        };
        all.into_iter().enumerate().map(dated).collect()
    })
}

/// The name of a period, by its times.
type Named = fn(DateTime) -> String;

fn date(time: i64) -> DateTime {
    Offset::UTC.to_datetime(Timestamp::from_second(time).expect("in range"))
}

proptest! {
    #[test]
    fn thinning_keeps_one_of_every_period(all in timelines()) {
        let gone: BTreeMap<Id, Reason> = outdated(&all).into_iter().map(|(dated, reason)| (dated.commit, reason)).collect();
        let stays = |dated: &&Dated| !gone.contains_key(&dated.commit);
        let left: Vec<Dated> = all.iter().filter(stays).cloned().collect();
        prop_assert_eq!(outdated(&left), vec![], "thinning again drops nothing");
        let on = || all.iter().filter(|dated| dated.place.is_some());
        let Some(newest) = on().next_back() else { return Ok(()) };
        prop_assert!(!gone.contains_key(&newest.commit));
        for dated in &all {
            let age = newest.time - dated.time;
            prop_assert!(!(dated.tagged || age <= 30 * DAY) || !gone.contains_key(&dated.commit));
            prop_assert_eq!(dated.place.is_none() && !dated.tagged && age > 30 * DAY, gone.get(&dated.commit) == Some(&Reason::BranchSnapshot));
        }
        // Every month more than a year ago, every week since then, and every day of the last
        // quarter keeps one snapshot of each suite that it had.
        let keys: [(RangeInclusive<i64>, Named); 3] = [
            (365 * DAY + 1..=i64::MAX, |date| date.strftime("%Y-%m").to_string()),
            (0..=365 * DAY, |date| date.strftime("%G-%V").to_string()),
            (0..=91 * DAY, |date| date.strftime("%Y-%m-%d").to_string()),
        ];
        for (ages, period) in keys {
            let periods = |dated: &&Dated| ages.contains(&(newest.time - dated.time));
            let named = |dated: &Dated| (period(date(dated.time)), dated.parts[0].key.suite.clone());
            let had: BTreeSet<_> = on().filter(periods).map(named).collect();
            let has: BTreeSet<_> = on().filter(periods).filter(stays).map(named).collect();
            prop_assert_eq!(had, has);
        }
        // And no more than one of each, except for tags.
        let mut months = BTreeMap::new();
        for dated in on().filter(|dated| newest.time - dated.time > 366 * DAY && !dated.tagged).filter(stays) {
            *months.entry((date(dated.time).strftime("%Y-%m").to_string(), &dated.parts[0].key.suite)).or_insert(0) += 1;
        }
        prop_assert!(months.values().all(|count| *count == 1), "{:?}", months);
    }
}
