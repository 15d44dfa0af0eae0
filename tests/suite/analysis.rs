//! Tests trends, biggest changes and the tree on a handmade timeline. Expected figures are
//! arithmetic on paper.

use covatlas::analysis::{biggest_changes, tree, trend};
use covatlas::git::{Commit, Id};
use covatlas::history::{FileState, FileTrack, History, Point};
use covatlas::report::{Dimension, Tallies, Tally};

const DAY: i64 = 24 * 60 * 60;

fn lines(covered: u64, total: u64) -> Tally {
    Tally { covered, total }
}

fn tallies(lines: Tally) -> Tallies {
    let mut tallies = Tallies::default();
    tallies.add(Dimension::Lines, lines);
    tallies
}

/// A point `day` days after the epoch, with figures by path.
type Day<'a> = (i64, &'a [(&'a str, (u64, u64))]);

/// A timeline with the figures of each point. A path is always the same file.
fn history(days: &[Day<'_>]) -> History {
    let mut history = History::default();
    for (at, (day, files)) in days.iter().enumerate() {
        let mut point = point(at, *day);
        for (path, (covered, total)) in *files {
            point.totals.add(Dimension::Lines, lines(*covered, *total));
            let state = FileState {
                path: (*path).to_owned(),
                source: None,
                records: Vec::new(),
                tallies: tallies(lines(*covered, *total)),
            };
            push(&mut history, &mut point, path, Some(state));
        }
        let gone = |track: &&FileTrack| !files.iter().any(|(path, _)| *path == track.path);
        let gone: Vec<String> =
            history.files.iter().filter(gone).map(|track| track.path.clone()).collect();
        for path in &gone {
            push(&mut history, &mut point, path, None);
        }
        history.points.push(point);
    }
    history
}

fn push(history: &mut History, point: &mut Point, path: &str, state: Option<FileState>) {
    let file = history.files.iter().position(|track| track.path == path).unwrap_or_else(|| {
        history.files.push(FileTrack { path: path.to_owned(), states: Vec::new() });
        history.files.len() - 1
    });
    let states = &mut history.files[file].states;
    if states.last().map(|(_, last)| last) != Some(&state) {
        states.push((history.points.len(), state));
        point.changed.push(file);
    }
}

fn point(at: usize, day: i64) -> Point {
    let id = Id::from_raw(&[at as u8 + 1; 20]);
    let commit = Commit {
        id,
        parents: Vec::new(),
        tree: id,
        time: day * DAY,
        author: "A".to_owned(),
        subject: format!("day {day}"),
        body: String::new(),
    };
    Point {
        commit,
        skipped: Vec::new(),
        releases: Vec::new(),
        suites: Vec::new(),
        totals: Tallies::default(),
        changed: Vec::new(),
        measured: 0,
        tested: Vec::new(),
    }
}

/// Four snapshots: `src/a` loses, `src/in/b` gains, `old` disappears, `new` appears.
fn sample() -> History {
    history(&[
        (0, &[("src/a", (9, 10)), ("src/in/b", (0, 10)), ("old", (1, 2))]),
        (50, &[("src/a", (10, 10)), ("src/in/b", (5, 10)), ("old", (1, 2))]),
        (70, &[("src/a", (7, 10)), ("src/in/b", (5, 10)), ("old", (1, 2))]),
        (80, &[("src/a", (7, 10)), ("src/in/b", (9, 10)), ("new", (3, 4))]),
    ])
}

#[test]
fn the_window_begins_at_the_newest_point_that_is_old_enough() {
    assert_eq!(trend::window_start(&sample()), Some(1)); // 80 − 50 is 30 days exactly
    assert_eq!(trend::window_start(&history(&[(0, &[]), (29, &[])])), Some(0)); // all are younger
    assert_eq!(trend::window_start(&History::default()), None);
    // A committer's clock that was fast does not change the order of the points.
    assert_eq!(
        trend::window_start(&history(&[(0, &[]), (90, &[]), (40, &[]), (80, &[])])),
        Some(2)
    );
}

#[test]
fn a_trend_states_now_before_and_the_window() {
    let trends = trend::trends(&sample());
    assert_eq!(trends.len(), 1);
    let trend = &trends[0];
    assert_eq!(trend.dimension, Dimension::Lines);
    assert_eq!(trend.now, lines(19, 24));
    assert_eq!(trend.before, Some(lines(13, 22)));
    assert_eq!(trend.window, Some((1, lines(16, 22))));
    assert_eq!(
        trend.series,
        [lines(10, 22), lines(16, 22), lines(13, 22), lines(19, 24)].map(Some)
    );
    assert!(trend::trends(&History::default()).is_empty());
}

#[test]
fn a_single_snapshot_has_no_past_and_no_direction() {
    let trend = &trend::trends(&history(&[(3, &[("a", (1, 3))])]))[0];
    assert_eq!(
        (trend.now, trend.before, trend.window, trend.word),
        (lines(1, 3), None, None, trend::Word::Young)
    );
}

#[test]
fn a_direction_is_about_lately() {
    // 12 rises a year ago, followed by a year without changes.
    let figures: Vec<[(&str, (u64, u64)); 1]> =
        (0..24).map(|n: u64| [("a", (50 + n.min(11), 100))]).collect();
    let days: Vec<Day<'_>> = (0..).zip(&figures).map(|(n, files)| (n * 40, &files[..])).collect();
    assert_eq!(trend::trends(&history(&days))[0].word, trend::Word::Flat);
    assert_eq!(trend::trends(&history(&days[..12]))[0].word, trend::Word::Rising);
}

#[test]
fn a_pace_is_of_thirty_days_where_two_weeks_were_judged() {
    // 11 points with one more line of 100 each. The last ten are judged, so the slope adds up to 9
    // points.
    let figures: Vec<[(&str, (u64, u64)); 1]> =
        (0..11).map(|n: u64| [("a", (50 + n, 100))]).collect();
    let pace = |apart: i64| {
        let days: Vec<Day<'_>> =
            (0..).zip(&figures).map(|(n, files)| (n * apart, &files[..])).collect();
        trend::trends(&history(&days))[0].pace.expect("it rises")
    };
    // One point every fourth day. The window of 30 days begins at day 8 of 40, so 9 points in 36
    // judged days are 7.5 in 30.
    let month = pace(4);
    assert!((month.points - 7.5).abs() < 1e-9 && month.over == trend::Over::Month, "{month:?}");
    // One point every day. 9 or 10 days are too few for a statement about a month. All 11 points
    // are in the window.
    let judged = pace(1);
    assert!(
        (judged.points - 10.0).abs() < 1e-9 && judged.over == trend::Over::Judged,
        "{judged:?}"
    );
}

#[test]
fn events_are_where_uncovered_lines_moved_most() {
    // Uncovered lines: 12, 6, 9, 5.
    let event = |point, uncovered, lines| trend::Event { point, uncovered, lines };
    assert_eq!(trend::events(&sample()), [event(1, -6, 0), event(2, 3, 0), event(3, -4, 2)]);

    let figures: Vec<[(&str, (u64, u64)); 1]> =
        [0u64, 1, 1, 4, 6, 12, 13, 20].iter().map(|missed| [("a", (100 - missed, 100))]).collect();
    let days: Vec<Day<'_>> = (0..).zip(&figures).map(|(n, files)| (n, &files[..])).collect();
    let events: Vec<_> = trend::events(&history(&days))
        .into_iter()
        .map(|event| (event.point, event.uncovered))
        .collect();
    // Steps of 1, 0, 3, 2, 6, 1, 7: the five largest, and of the two ones the newer.
    assert_eq!(events, [(3, 3), (4, 2), (5, 6), (6, 1), (7, 7)]);
}

#[test]
fn movers_are_ranked_by_what_they_lost() {
    let history = sample();
    let movers = biggest_changes::movers(&history, 1).files;
    let seen: Vec<_> = movers
        .iter()
        .map(|m| (history.files[m.file].path.as_str(), m.before, m.now, m.gained))
        .collect();
    let expected = [
        ("src/a", lines(10, 10), lines(7, 10), -3),
        ("new", lines(0, 0), lines(3, 4), -1),
        ("src/in/b", lines(5, 10), lines(9, 10), 4),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_tree_sums_its_directories_at_each_point() {
    let history = sample();
    let root = tree::root(&history);
    assert_eq!((root.path.as_str(), root.count), ("", 3));
    assert_eq!(root.now, tallies(lines(19, 24)));
    assert_eq!(root.window, tallies(lines(16, 22)));
    let points: Vec<_> =
        history.points.iter().map(|point| point.totals.get(&Dimension::Lines)).collect();
    assert_eq!(root.series.points(4), points);

    let src = &root.directories["src"];
    assert_eq!((src.path.as_str(), src.count, &src.now), ("src", 2, &tallies(lines(16, 20))));
    assert_eq!(
        src.series.points(4),
        [lines(9, 20), lines(15, 20), lines(12, 20), lines(16, 20)].map(Some)
    );
    let inner = &src.directories["in"];
    assert_eq!(
        (inner.path.as_str(), inner.count, &inner.window),
        ("src/in", 1, &tallies(lines(5, 10)))
    );
    // There are only three steps, because nothing changed at the third point.
    assert_eq!(inner.series.steps, [(0, lines(0, 10)), (1, lines(5, 10)), (3, lines(9, 10))]);
    assert_eq!(inner.series.at(2), Some(lines(5, 10)));

    assert_eq!(root.files.keys().collect::<Vec<_>>(), ["new"]);
    assert_eq!(root.files["new"].window, None);
    assert_eq!(inner.files["b"].window, Some(tallies(lines(5, 10))));
    assert_eq!(
        tree::series(&history, root.files["new"].file).points(4),
        [None, None, None, Some(lines(3, 4))]
    );
    assert!(tree::root(&History::default()).files.is_empty());
}
