//! How a report's paths find tracked files. The expected values are what a reader of the two lists would say.

use covatlas::report::{
    FileCoverage, Hits, Line,
    paths::{Match, Matching, Places, Tracked},
};
use proptest::prelude::*;

fn find(tracked: &[&str], reported: &[&str], places: Places<'_>) -> Matching {
    Tracked::new(tracked.iter().map(|&path| path.to_owned())).find(reported.iter().copied(), places)
}

/// Asserts where each path leads; an empty text is "nowhere".
fn check(tracked: &[&str], places: Places<'_>, expected: &[(&str, &str)]) {
    let reported: Vec<&str> = expected.iter().map(|(reported, _)| *reported).collect();
    let found = find(tracked, &reported, places);
    for (reported, own) in expected {
        let led = match &found.files[*reported] {
            Match::Tracked(path) => path.as_str(),
            Match::Unmatched { .. } => "",
        };
        assert_eq!(led, *own, "{reported} among {tracked:?}");
    }
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

const PYTHON: &[&str] =
    &["README.md", "src/app/__init__.py", "src/app/core.py", "tests/__init__.py", "tests/test_core.py"];

#[test]
fn a_path_of_the_repository_is_itself() {
    let expected = [("src/app/core.py", "src/app/core.py"), ("./tests//test_core.py", "tests/test_core.py")];
    check(PYTHON, Places::default(), &expected);
    check(PYTHON, Places::default(), &[("src/x/../app/core.py", "src/app/core.py")]);
}

#[test]
fn a_name_that_git_tracks_is_taken_as_it_is() {
    check(&["odd\\name.c", "odd/name.c"], Places::default(), &[("odd\\name.c", "odd\\name.c")]);
}

#[test]
fn the_root_that_most_paths_share_is_taken_off() {
    let ci = [
        ("/home/ci/build/src/app/core.py", "src/app/core.py"),
        ("/home/ci/build/src/app/__init__.py", "src/app/__init__.py"),
        ("/home/ci/build/tests/__init__.py", "tests/__init__.py"),
        ("/usr/lib/python3/core.py", ""),
    ];
    check(PYTHON, Places::default(), &ci);
    let reported: Vec<&str> = ci.iter().map(|(path, _)| *path).collect();
    assert_eq!(find(PYTHON, &reported, Places::default()).root.as_deref(), Some("/home/ci/build/"));
}

#[test]
fn paths_of_a_subfolder_find_their_folder_together() {
    // `index.ts` alone is ambiguous; what stands beside it in the report says which package is meant.
    let tracked = &["web/a/index.ts", "web/a/one.ts", "web/a/two.ts", "web/b/index.ts", "web/b/three.ts"];
    let expected = [("index.ts", "web/a/index.ts"), ("one.ts", "web/a/one.ts"), ("two.ts", "web/a/two.ts")];
    check(tracked, Places::default(), &expected);
    check(tracked, Places::default(), &[("index.ts", "")]);
}

#[test]
fn windows_paths_lose_their_drive_and_case_comes_last() {
    let tracked = &["src/Main.cs", "src/xunit/Test.cs"];
    let expected = [
        ("C:\\proj\\src\\Main.cs", "src/Main.cs"),
        ("c:/PROJ/SRC/MAIN.CS", "src/Main.cs"),
        ("C:\\proj\\src\\x5cxunit\\Test.cs", "src/xunit/Test.cs"), // `\x` as text: `report::path`
    ];
    for (reported, own) in expected {
        check(tracked, Places::default(), &[(reported, own)]);
    }
    check(&["src/a.c", "src/A.c"], Places::default(), &[("src/a.C", "")]);
    let tree = Places { work_tree: Some("C:\\proj"), ..Places::default() };
    check(tracked, tree, &[("c:\\proj\\src\\Main.cs", "src/Main.cs")]);
}

#[test]
fn a_rule_comes_before_everything_else() {
    let tracked = &["app/a.js", "src/a.js", "src/deep/a.js"];
    let rules = pairs(&[("/srv", "app"), ("/srv/deep", "src/deep"), ("webpack:///", "src/")]);
    let places = Places { rules: &rules, ..Places::default() };
    let expected = [
        ("/srv/a.js", "app/a.js"),
        ("/srv/deep/a.js", "src/deep/a.js"),
        ("webpack:///./a.js", "src/a.js"),
        ("src/a.js", "src/a.js"),
    ];
    check(tracked, places, &expected);
    check(tracked, places, &[("/srvx/a.js", "")]); // a rule's prefix ends where a segment ends
}

#[test]
fn the_roots_of_a_report_say_where_its_files_are() {
    let roots = ["src/app".to_owned()];
    let places = Places { roots: &roots, ..Places::default() };
    check(PYTHON, places, &[("__init__.py", "src/app/__init__.py"), ("core.py", "src/app/core.py")]);
    // Two roots that both have the file: which one was measured cannot be known.
    let roots = ["src/app".to_owned(), "tests".to_owned()];
    let places = Places { roots: &roots, ..Places::default() };
    check(
        PYTHON,
        places,
        &[("__init__.py", ""), ("core.py", "src/app/core.py"), ("test_core.py", "tests/test_core.py")],
    );
    // Roots of the machine that ran the tests, and ones that are no folder.
    let roots = ["--source".to_owned(), "/home/ci/build/src/app".to_owned()];
    let places = Places { roots: &roots, ..Places::default() };
    check(PYTHON, places, &[("__init__.py", "src/app/__init__.py"), ("core.py", "src/app/core.py")]);
}

#[test]
fn import_paths_are_found_by_module_or_by_ending() {
    let tracked = &["go.mod", "pkg/db/db.go", "tools/gen/main.go", "cmd/main.go"];
    let modules = pairs(&[("example.com/app", ""), ("example.com/app/gen", "tools/gen")]);
    let places = Places { modules: &modules, ..Places::default() };
    let expected = [
        ("example.com/app/cmd/main.go", "cmd/main.go"),
        ("example.com/app/gen/main.go", "tools/gen/main.go"),
        ("example.com/app/pkg/db/db.go", "pkg/db/db.go"),
    ];
    check(tracked, places, &expected);
    check(tracked, Places::default(), &[expected[0], expected[2]]);
}

#[test]
fn a_stranger_of_the_same_name_is_not_taken() {
    check(&["src/list.h"], Places::default(), &[("/usr/include/list.h", "")]);
    check(&["src/util/list.h"], Places::default(), &[("/opt/x/util/list.h", "src/util/list.h")]);
    let beside = [("/ci/app/src/a.c", "src/a.c"), ("/ci/app/src/b.c", "src/b.c"), ("/usr/include/zlib.h", "")];
    check(&["src/a.c", "src/b.c", "zlib.h"], Places::default(), &beside);
}

#[test]
fn nothing_outside_of_the_repository_is_found() {
    let hostile = [
        ("../../../../etc/passwd", ""),
        ("/etc/passwd", ""),
        ("..", ""),
        ("", ""),
        ("/", ""),
        ("src/../../secret.c", ""),
    ];
    check(&["src/a.c"], Places::default(), &hostile);
}

#[test]
fn the_nearest_file_is_named() {
    let nearest =
        |tracked: &[&str], reported: &str| match &find(tracked, &[reported], Places::default()).files[reported] {
            Match::Unmatched { nearest } => nearest.clone(),
            Match::Tracked(path) => panic!("{reported} led to {path}"),
        };
    assert_eq!(nearest(&["a/x.py", "b/x.py", "c/y.py"], "x.py").as_deref(), Some("a/x.py"));
    assert_eq!(nearest(&["src/widget.rs", "src/gadget.rs"], "src/widgets.rs").as_deref(), Some("src/widget.rs"));
    assert_eq!(nearest(&["src/widget.rs"], "node_modules/left-pad/index.js"), None);
}

#[test]
fn two_spellings_of_one_file_are_merged() {
    let file =
        |hits| FileCoverage { lines: vec![Line { number: 1, hits: Hits::exactly(hits) }], ..FileCoverage::default() };
    let files = [("./src/a.c".to_owned(), file(1)), ("src/a.c".to_owned(), file(2))];
    let found = find(&["src/a.c"], &["./src/a.c", "src/a.c"], Places::default());
    assert_eq!(found.apply(files.into()), [("src/a.c".to_owned(), file(3))].into());
}

fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec("[ab\\\\.:/é]{1,3}", 1..5).prop_map(|segments| segments.join("/"))
}

proptest! {
    #[test]
    fn every_path_has_an_answer_and_every_answer_is_tracked(
        tracked in proptest::collection::vec(path(), 0..12),
        reported in proptest::collection::vec(path(), 0..12),
        root in path(),
    ) {
        let index = Tracked::new(tracked.clone());
        let roots = [root.clone()];
        let places = Places { roots: &roots, work_tree: Some(&root), ..Places::default() };
        let found = index.find(reported.iter().map(String::as_str), places);
        for path in &reported {
            match &found.files[path] {
                Match::Tracked(own) | Match::Unmatched { nearest: Some(own) } => prop_assert!(tracked.contains(own)),
                Match::Unmatched { nearest: None } => {}
            }
        }
    }

    #[test]
    fn a_common_root_is_always_found(
        names in proptest::collection::btree_set("[a-d]/[a-z]{3,6}\\.rs", 2..10),
        root in "/[x-z]{1,4}/[x-z]{1,4}/",
    ) {
        let index = Tracked::new(names.clone());
        let reported: Vec<String> = names.iter().map(|name| format!("{root}{name}")).collect();
        let found = index.find(reported.iter().map(String::as_str), Places::default());
        for (path, name) in reported.iter().zip(&names) {
            prop_assert_eq!(&found.files[path], &Match::Tracked(name.clone()));
        }
    }
}
