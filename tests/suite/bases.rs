//! Tests which snapshot is used for a commit, and what it is compared with, on random histories.
//! Expected commits and lines are git's own, and expected figures are counted from what was
//! recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use covatlas::Monitor;
use covatlas::git::{Id, Repo};
use covatlas::monitor::Compared;
use covatlas::report::{Dimension, FileCoverage, Hits, Line};
use covatlas::store::{FileRecord, Key};
use fastrand::Rng;

use super::histories;
use crate::harness::{Project, put, snapshot};

/// The histories.
const SEEDS: Range<u64> = 5..10;
const COMPARISONS: usize = 12;

/// Whether a line ran, by path and number.
type Report = BTreeMap<String, BTreeMap<u32, bool>>;

/// A random history with snapshots of a third of its commits.
struct Measured {
    project: Project,
    commits: Vec<Id>,
    reports: BTreeMap<Id, Report>,
}

impl Measured {
    fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let project = histories::random(seed, &[]);
        let repo = Repo::discover(project.root()).expect("a repository");
        let commits = ids(&project.git(["rev-list", "--all"]));
        let chosen: Vec<Id> = commits.iter().copied().filter(|_| random.u8(..3) == 0).collect();
        let reports = chosen.iter().map(|&commit| (commit, report(&repo, commit, &mut random)));
        // An empty snapshot is not used for any commit.
        let reports: BTreeMap<Id, Report> =
            reports.filter(|(_, report)| !report.is_empty()).collect();
        let snapshots: Vec<_> = reports
            .iter()
            .map(|(&commit, report)| {
                snapshot(
                    Key::new(commit, "unit", "1").expect("a key"),
                    records(&repo, commit, report),
                )
            })
            .collect();
        put(&project, &snapshots);
        Self { project, commits, reports }
    }

    /// The commit whose snapshot is used for another, and its distance in commits.
    fn answer(&self, commit: Id) -> Option<(usize, Id)> {
        let chain = ids(&self.project.git(["rev-list", "--first-parent", &commit.to_string()]));
        chain.into_iter().enumerate().find(|(_, commit)| self.reports.contains_key(commit))
    }

    fn merge_base(&self, one: Id, other: Id) -> Option<Id> {
        let ran = self.project.try_git(["merge-base", &one.to_string(), &other.to_string()]);
        ids(&ran.stdout).first().copied()
    }

    fn is_ancestor(&self, one: Id, other: Id) -> bool {
        let ran = self.project.try_git([
            "merge-base",
            "--is-ancestor",
            &one.to_string(),
            &other.to_string(),
        ]);
        ran.code == Some(0)
    }

    /// The expected comparison: the base, the measured commit, and the added lines with their
    /// coverage.
    fn expected(&self, from: Id, to: Id) -> Option<(Id, Id, (u64, u64))> {
        let (before, head) = self.answer(to)?;
        let base = self.merge_base(from, head)?;
        let fork = self.merge_base(from, to);
        // An older snapshot has no information about lines added since.
        let is_older = before > 0
            && from != to
            && fork != Some(to)
            && fork.is_some_and(|fork| self.is_ancestor(head, fork));
        if is_older {
            return None;
        }
        let added = self.added(base, head);
        let ran: Vec<bool> = self.reports[&head]
            .iter()
            .flat_map(|(path, lines)| lines.iter().map(move |(line, ran)| (path, *line, *ran)))
            .filter(|(path, line, _)| added.get(*path).is_some_and(|lines| lines.contains(line)))
            .map(|(_, _, ran)| ran)
            .collect();
        Some((base, head, (ran.iter().filter(|ran| **ran).count() as u64, ran.len() as u64)))
    }

    /// The lines that a commit has and its base does not.
    fn added(&self, base: Id, head: Id) -> BTreeMap<String, BTreeSet<u32>> {
        let options = ["diff-tree", "-r", "-p", "-U0", "-M50%", "--text", "--no-color"];
        let diff =
            self.project.git([&options[..], &[&base.to_string(), &head.to_string()]].concat());
        let (mut added, mut path) = (BTreeMap::<String, BTreeSet<u32>>::new(), String::new());
        for row in diff.lines() {
            if let Some(name) = row.strip_prefix("+++ b/") {
                name.trim_end().clone_into(&mut path);
            } else if let Some(hunk) =
                row.strip_prefix("@@ -").and_then(|row| row.split(" +").nth(1))
            {
                let range = hunk.split(' ').next().expect("a range");
                let (first, count) = range.split_once(',').unwrap_or((range, "1"));
                let (first, count): (u32, u32) =
                    (first.parse().expect("a line"), count.parse().expect("a count"));
                added.entry(path.clone()).or_default().extend(first..first + count);
            }
        }
        added
    }
}

fn ids(text: &str) -> Vec<Id> {
    text.lines().map(|line| line.parse().expect("an id")).collect()
}

/// Most lines of most files, some of them covered.
fn report(repo: &Repo, commit: Id, random: &mut Rng) -> Report {
    let files = repo.files(commit).expect("a tree").into_iter().filter(|_| random.u8(..4) > 0);
    let files: Vec<_> = files.collect();
    let lines = |blob: Id, random: &mut Rng| {
        let count = repo.blob(blob).expect("a text").split_inclusive(|byte| *byte == b'\n').count();
        let numbers = 1..=u32::try_from(count).expect("it is small");
        let chosen: Vec<u32> = numbers.filter(|_| random.u8(..8) > 0).collect();
        chosen.into_iter().map(|number| (number, random.bool())).collect::<BTreeMap<u32, bool>>()
    };
    files
        .into_iter()
        .map(|file| (file.path, lines(file.blob, random)))
        .filter(|(_, lines)| !lines.is_empty())
        .collect()
}

fn records(repo: &Repo, commit: Id, report: &Report) -> BTreeMap<String, FileRecord> {
    let record = |(path, lines): (&String, &BTreeMap<u32, bool>)| {
        let line =
            |(&number, &ran): (&u32, &bool)| Line { number, hits: Hits::exactly(u64::from(ran)) };
        let coverage =
            FileCoverage { lines: lines.iter().map(line).collect(), ..FileCoverage::default() };
        (path.clone(), FileRecord { source: repo.at(commit, path).expect("a tree"), coverage })
    };
    report.iter().map(record).collect()
}

/// The base, the head and the patch coverage of a comparison.
fn said(compared: &Compared) -> (Id, Id, (u64, u64)) {
    let patch = compared.comparison.counts.patch();
    let lines = patch.get(&Dimension::Lines).map_or((0, 0), |tally| (tally.covered, tally.total));
    (compared.base, compared.head, lines)
}

#[test]
fn bases_and_patches_are_those_of_git() {
    let mut counts = (0, 0);
    for seed in SEEDS {
        let measured = Measured::new(seed);
        let monitor = Monitor::open(measured.project.root()).expect("a repository");
        let mut random = Rng::with_seed(seed + 1000);
        for _ in 0..COMPARISONS {
            let [from, to] =
                [(), ()].map(|()| measured.commits[random.usize(..measured.commits.len())]);
            let compared = monitor.compare(&from.to_string(), Some(&to.to_string()));
            let expected = measured.expected(from, to);
            let found = compared.as_ref().ok().map(said);
            assert_eq!(found, expected, "seed {seed}, {from}..{to}: {:?}", compared.err());
            if expected.is_some() { counts.0 += 1 } else { counts.1 += 1 }
        }
    }
    assert!(counts.0 > 20 && counts.1 > 5, "both kinds were met: {counts:?}");
}

#[test]
fn the_timeline_is_the_measured_part_of_the_first_parent_chain() {
    for seed in SEEDS {
        let measured = Measured::new(seed);
        let monitor = Monitor::open(measured.project.root()).expect("a repository");
        let chain = ids(&measured.project.git(["rev-list", "--first-parent", "--reverse", "main"]));
        let expected: Vec<Id> =
            chain.into_iter().filter(|commit| measured.reports.contains_key(commit)).collect();
        let history = monitor.history().expect("a history");
        let points: Vec<Id> = history.points.iter().map(|point| point.commit.id).collect();
        assert_eq!(points, expected, "seed {seed}");
        for point in &history.points {
            let report = &measured.reports[&point.commit.id];
            let ran = report.values().flat_map(BTreeMap::values);
            let expected = (ran.clone().filter(|ran| **ran).count() as u64, ran.count() as u64);
            let lines =
                point.totals.get(&Dimension::Lines).map(|tally| (tally.covered, tally.total));
            assert_eq!(lines.unwrap_or_default(), expected, "seed {seed}, {}", point.commit.id);
        }
    }
}
