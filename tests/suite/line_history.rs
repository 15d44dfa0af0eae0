//! Tests since when lines have been covered or not, on real repositories. Expected results are read
//! off the histories on paper.

use std::collections::BTreeMap;
use std::fs;

use covatlas::analysis::Sources;
use covatlas::analysis::ages::{Ages, Uncovered};
use covatlas::analysis::line_histories::LineHistories;
use covatlas::analysis::line_history::{LineHistory, line_history};
use covatlas::git::Repo;
use covatlas::history::{self, History, Options};
use covatlas::store::Store;
use serde_json::json;

use super::cli::parsed;
use crate::harness::{EPOCH, Project, numbered, section};

/// Commits these files and records their coverage: hits from line 1, or `-` for a line without
/// code.
fn snapshot(project: &Project, files: &[(&str, &str, &str)]) {
    let mut report = String::new();
    for (path, text, hits) in files {
        project.write(path, text);
        report += &section(path, hits);
    }
    project.commit("a snapshot");
    let path = project.beside("report.info");
    fs::write(&path, report).expect("writable");
    project.covatlas(["record", path.to_str().expect("UTF-8")]).succeeds();
}

/// Calls a function with the timeline of a project.
fn with<T>(project: &Project, look: impl FnOnce(&Sources<'_>, &History) -> T) -> T {
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
    look(&Sources::new(&repo, &store), &history)
}

/// The history of each line of a file at the newest point.
fn lines(project: &Project, path: &str) -> BTreeMap<u32, LineHistory> {
    with(project, |sources, history| {
        let newest = history.points.len() - 1;
        let file = history.files_at(newest)[path].0;
        line_history(sources, history, file, newest).expect("all can be read")
    })
}

fn line(covered: bool, since: usize, born: usize, flips: &[usize]) -> LineHistory {
    LineHistory { covered, since, born, flips: flips.to_vec() }
}

#[test]
fn lines_are_followed_through_edits_above_them_and_begin_anew_with_their_own() {
    let project = Project::new();
    snapshot(&project, &[("a.py", "one\ntwo\nthree\nfour\n", "101-")]);
    snapshot(&project, &[("a.py", "zero\none\ntwo\nTHREE\nfour\n", "1110-")]);
    snapshot(&project, &[("a.py", "zero\none\ntwo\nTHREE\nfour\n", "10101")]);
    let expected = BTreeMap::from([
        (1, line(true, 1, 1, &[])),   // `zero` came with the second snapshot
        (2, line(false, 2, 0, &[2])), // `one` was covered twice, then lost
        (3, line(true, 1, 0, &[1])),  // `two` was won and stayed
        (4, line(false, 1, 1, &[])),  // `THREE` is another line than `three`
        (5, line(true, 2, 2, &[])),   // `four` was no code before
    ]);
    assert_eq!(lines(&project, "a.py"), expected);
    assert!(lines(&project, "a.py").values().all(|line| !line.is_flaky()));
    assert_eq!(lines(&project, "a.py").values().filter(|line| !line.ever_covered()).count(), 1);
}

#[test]
fn a_renamed_file_and_one_that_was_not_measured_for_a_while_keep_their_lines() {
    let project = Project::new();
    let text = numbered(20);
    snapshot(&project, &[("a.py", &text, "10"), ("b.py", "b\n", "1")]);
    fs::create_dir(project.path("lib")).expect("writable");
    project.git(["mv", "a.py", "lib/a.py"]);
    snapshot(&project, &[("lib/a.py", &text, "11"), ("b.py", "b\n", "1")]);
    assert_eq!(
        lines(&project, "lib/a.py"),
        BTreeMap::from([(1, line(true, 0, 0, &[])), (2, line(true, 1, 0, &[1]))])
    );
    snapshot(&project, &[("b.py", "b\n", "1")]);
    snapshot(&project, &[("lib/a.py", &text, "01"), ("b.py", "b\n", "1")]);
    let expected = BTreeMap::from([(1, line(false, 3, 0, &[3])), (2, line(true, 1, 0, &[1]))]);
    assert_eq!(lines(&project, "lib/a.py"), expected);
}

#[test]
fn a_line_that_flips_twice_within_ten_snapshots_is_flaky() {
    let project = Project::new();
    for hits in ["11", "10", "11"] {
        snapshot(&project, &[("a.py", "one\ntwo\n", hits)]);
    }
    let found = lines(&project, "a.py");
    assert_eq!(found[&2], line(true, 2, 0, &[1, 2]));
    assert!(found[&2].is_flaky() && !found[&1].is_flaky());
    // After an edit between two flips it is a different line.
    let project = Project::new();
    snapshot(&project, &[("a.py", "one\ntwo\n", "11")]);
    snapshot(&project, &[("a.py", "one\ntwo\n", "10")]);
    snapshot(&project, &[("a.py", "one\nTWO\n", "11")]);
    assert_eq!(lines(&project, "a.py")[&2], line(true, 2, 2, &[]));
    assert!(!line(true, 20, 0, &[1, 12]).is_flaky(), "eleven snapshots lie between");
    assert!(line(true, 20, 0, &[1, 11]).is_flaky());
}

#[test]
fn uncovered_lines_are_as_old_as_what_they_are_now() {
    const DAY: i64 = 24 * 60 * 60;
    let project = Project::new();
    let text = "one\ntwo\nthree\nfour\n";
    project.at(EPOCH);
    snapshot(&project, &[("a.py", text, "1110")]);
    project.at(EPOCH + 10 * DAY);
    snapshot(&project, &[("a.py", text, "1010")]);
    project.at(EPOCH + 100 * DAY);
    snapshot(&project, &[("a.py", text, "1000"), ("b.py", "x\ny\n", "01")]);
    project.at(EPOCH + 140 * DAY);
    snapshot(
        &project,
        &[("a.py", text, "1000"), ("b.py", "x\ny\nz\n", "010"), ("c.py", "c\n", "1")],
    );
    with(&project, |sources, history| {
        let found = LineHistories::find(sources, history, None).expect("all can be read");
        let expected = Uncovered {
            never: Ages { bins: [1, 1, 0, 0] }, // `z` is new, `x` 40 days old
            lost: Ages { bins: [0, 1, 1, 0] },  // `three` was lost 40 days ago, `two` 130 days ago
            before: 1,                          // `four`
        };
        assert_eq!(Uncovered::of(history, &found), expected);
        let kept = found.to_bytes().expect("all is new");
        let again = LineHistories::find(sources, history, Some(&kept)).expect("all can be read");
        assert_eq!((Uncovered::of(history, &again), again.to_bytes()), (expected, None));
    });
    project.covatlas(["build", "--out", "site"]).succeeds();
    let page = project.read("site/trends/index.html");
    let rows = page
        .split("id=\"ages-title\"")
        .nth(1)
        .expect("the panel")
        .split("</section>")
        .next()
        .expect("its end");
    let row = |label: &str| {
        rows.split(&format!("<th scope=\"row\">{label}"))
            .nth(1)
            .map(|row| row.split("</tr>").next())
    };
    assert!(rows.contains("5 uncovered lines"), "{rows}");
    assert!(
        row("30 to 90 days").flatten().is_some_and(|row| row.matches(">1</td>").count() == 2),
        "{rows}"
    );
    assert!(row("since records began, 1 Jan 2024").is_some(), "{rows}");
}

#[test]
fn show_says_it_with_commits() {
    let project = Project::new();
    snapshot(&project, &[("a.py", "one\ntwo\n", "10")]);
    snapshot(&project, &[("a.py", "one\ntwo\n", "11")]);
    snapshot(&project, &[("a.py", "one\ntwo\n", "10")]);
    let shown = parsed(&project.covatlas(["show", "a.py", "--history", "--json"]).succeeds());
    let (first, second) = (&shown["lines"][0], &shown["lines"][1]);
    assert_eq!(first["since"]["commit"], json!(project.rev("HEAD~2")));
    assert_eq!(
        (&first["flips"], &first["flaky"], &first["ever_covered"]),
        (&json!(0), &json!(false), &json!(true))
    );
    assert_eq!(second["since"]["commit"], json!(project.rev("HEAD")));
    assert_eq!(
        (&second["flips"], &second["flaky"], &second["ever_covered"]),
        (&json!(2), &json!(true), &json!(true))
    );
    let plain = parsed(&project.covatlas(["show", "a.py", "--json"]).succeeds());
    assert!(plain["lines"][0].get("since").is_none(), "only where it was asked for");
    let text = project.covatlas(["show", "a.py", "--history"]).succeeds().stdout;
    let short = &project.rev("HEAD")[..7];
    assert!(text.contains(&format!("since {short} 2024-01-01, flaky, 2 flips")), "{text}");
}

#[test]
fn the_source_page_says_where_its_file_is_going() {
    let project = Project::new();
    let text = "a\nb\nc\nd\ne\n";
    for hits in ["10000", "11000", "11000", "11100", "11110", "11111"] {
        snapshot(&project, &[("a.py", text, hits), ("b.py", "b\n", "1")]);
    }
    project.covatlas(["build", "--out", "site"]).succeeds();
    // If five values all rise, so do all ten pairs: (10 − 1) / √(5·4·15 / 18) = 2.2 standard
    // deviations.
    let page = project.read("site/files/a.py.html");
    assert!(page.contains("<span class=\"up\">↗ rising</span> over the last 4 changes"), "{page}");
    assert!(!project.read("site/files/b.py.html").contains("over the last"));
}

#[test]
fn the_source_page_lists_its_gaps_with_their_history() {
    let project = Project::new();
    snapshot(&project, &[("a.py", "one\ntwo\nthree\nfour\nfive\n", "10110")]);
    snapshot(&project, &[("a.py", "one\ntwo\nthree\nfour\nfive\n", "10010")]);
    project.covatlas(["build", "--out", "site"]).succeeds();
    let page = project.read("site/files/a.py.html");
    let list = page
        .split("<h2>Gaps</h2>")
        .nth(1)
        .expect("the list")
        .split("</section>")
        .next()
        .expect("its end");
    let newer = project.rev("HEAD");
    let groups: Vec<&str> = list.split("class=\"chip").skip(1).collect();
    assert!(
        groups[0].contains("#L2-L3") && groups[0].contains("lost") && groups[0].contains(&newer),
        "{list}"
    );
    assert!(
        groups[1].contains("#L5")
            && groups[1].contains("uncovered</span> <span class=\"s\">since records began, "),
        "{list}"
    );
}
