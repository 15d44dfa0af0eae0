//! How a report's paths find tracked files. The expected values are what a reader of the two lists
//! would say.

use std::collections::{BTreeMap, BTreeSet};

use covatlas::report::paths::{
    Ecosystem, Evidence, How, Match, Matching, Naming, Package, Repository, Tracked, Why,
};
use covatlas::report::{FileCoverage, Hits, Line};
use proptest::prelude::*;

fn index(tracked: &[&str]) -> Tracked {
    Tracked::new(tracked.iter().map(|&path| path.to_owned()))
}

fn find(tracked: &[&str], reported: &[&str], evidence: &Evidence<'_>) -> Matching {
    index(tracked).find(reported.iter().copied(), evidence)
}

fn led(found: &Matching, reported: &str) -> String {
    match &found.files[reported] {
        Match::Tracked { path, .. } => path.clone(),
        Match::Unmatched { .. } => String::new(),
    }
}

fn why(found: &Matching, reported: &str) -> Why {
    match &found.files[reported] {
        Match::Unmatched { why, .. } => why.clone(),
        Match::Tracked { path, .. } => panic!("{reported} led to {path}"),
    }
}

/// Asserts where each path leads; an empty text is "nowhere".
fn check(tracked: &[&str], evidence: &Evidence<'_>, expected: &[(&str, &str)]) {
    check_all(&index(tracked), evidence, expected);
}

fn check_all(tracked: &Tracked, evidence: &Evidence<'_>, expected: &[(&str, &str)]) {
    let found = tracked.find(expected.iter().map(|(reported, _)| *reported), evidence);
    for (reported, own) in expected {
        assert_eq!(led(&found, reported), *own, "{reported}: {:?}", found.files[*reported]);
    }
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|&text| text.to_owned()).collect()
}

/// A repository whose files state just this.
#[derive(Default)]
struct DeclaredTotals {
    packages: Vec<(Ecosystem, &'static str, &'static str)>,
    texts: BTreeMap<&'static str, &'static str>,
}

impl Repository for DeclaredTotals {
    fn packages(&self, ecosystem: Ecosystem) -> Vec<Package> {
        let own = self.packages.iter().filter(|(of, ..)| *of == ecosystem);
        own.map(|(_, name, folder)| Package {
            name: (*name).to_owned(),
            folder: (*folder).to_owned(),
        })
        .collect()
    }

    fn texts(&self, paths: &[&str]) -> Vec<String> {
        paths
            .iter()
            .map(|path| self.texts.get(path).copied().unwrap_or_default().to_owned())
            .collect()
    }
}

const PYTHON: &[&str] = &[
    "README.md",
    "src/app/__init__.py",
    "src/app/core.py",
    "tests/__init__.py",
    "tests/test_core.py",
];

#[test]
fn a_path_of_the_repository_is_itself() {
    let expected =
        [("src/app/core.py", "src/app/core.py"), ("./tests//test_core.py", "tests/test_core.py")];
    check(PYTHON, &Evidence::default(), &expected);
    check(PYTHON, &Evidence::default(), &[("src/x/../app/core.py", "src/app/core.py")]);
}

#[test]
fn a_name_that_git_tracks_is_taken_as_it_is() {
    check(&["odd\\name.c", "odd/name.c"], &Evidence::default(), &[("odd\\name.c", "odd\\name.c")]);
    check(&["a/what?.js", "a/what"], &Evidence::default(), &[("a/what?.js", "a/what?.js")]);
    check(&["a/50%25.c", "a/50%.c"], &Evidence::default(), &[("a/50%25.c", "a/50%25.c")]);
}

#[test]
fn the_root_that_most_paths_share_is_replaced() {
    let ci = [
        ("/home/ci/build/src/app/core.py", "src/app/core.py"),
        ("/home/ci/build/src/app/__init__.py", "src/app/__init__.py"),
        ("/home/ci/build/tests/__init__.py", "tests/__init__.py"),
        ("/usr/lib/python3/core.py", ""),
    ];
    check(PYTHON, &Evidence::default(), &ci);
    let reported: Vec<&str> = ci.iter().map(|(path, _)| *path).collect();
    let found = find(PYTHON, &reported, &Evidence::default()).found();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].by, found[0].from.as_str(), found[0].files),
        (How::Root, "/home/ci/build/", 3)
    );
}

#[test]
fn paths_of_a_subfolder_find_their_folder_together() {
    // `index.ts` alone is ambiguous; what is beside it in the report says which package is meant.
    let tracked =
        &["web/a/index.ts", "web/a/one.ts", "web/a/two.ts", "web/b/index.ts", "web/b/three.ts"];
    let expected =
        [("index.ts", "web/a/index.ts"), ("one.ts", "web/a/one.ts"), ("two.ts", "web/a/two.ts")];
    check(tracked, &Evidence::default(), &expected);
    check(tracked, &Evidence::default(), &[("index.ts", "")]);
}

#[test]
fn a_tie_leaves_a_path_unmatched_and_names_the_candidates() {
    let tracked = &["packages/api/src/index.ts", "packages/web/src/index.ts"];
    let found = find(tracked, &["src/index.ts"], &Evidence::default());
    assert_eq!(why(&found, "src/index.ts"), Why::Ambiguous(texts(tracked)));
    // A folder that is no part of the evidence does not decide; one that is, does.
    let folders = texts(&["docs"]);
    let elsewhere = Evidence { folders: &folders, ..Evidence::default() };
    check(tracked, &elsewhere, &[("src/index.ts", "")]);
    let folders = texts(&["packages/web/coverage"]);
    let below = Evidence { folders: &folders, ..Evidence::default() };
    check(tracked, &below, &[("src/index.ts", "packages/web/src/index.ts")]);
}

#[test]
fn two_folders_measured_together_are_in_doubt_where_both_have_a_file() {
    let tracked = &["api/index.ts", "api/server.ts", "web/index.ts", "web/page.ts", "web/view.ts"];
    let expected = [
        ("/ci/index.ts", ""),
        ("/ci/server.ts", ""), // one segment is no evidence
        ("/ci/page.ts", ""),
        ("/ci/view.ts", ""),
    ];
    check(tracked, &Evidence::default(), &expected);
    let tracked = &[
        "api/src/index.ts",
        "api/src/server.ts",
        "web/src/index.ts",
        "web/src/page.ts",
        "web/src/view.ts",
    ];
    let expected = [
        ("src/index.ts", ""),
        ("src/server.ts", "api/src/server.ts"),
        ("src/page.ts", "web/src/page.ts"),
        ("src/view.ts", "web/src/view.ts"),
    ];
    check(tracked, &Evidence::default(), &expected);
}

#[test]
fn the_nearest_folder_that_explains_all_paths_is_the_start() {
    let tracked =
        &["lib/main.dart", "core/lib/main.dart", "core/lib/a.dart", "core/example/lib/main.dart"];
    let at = |folders: &[&str], expected: &[(&str, &str)]| {
        let folders = texts(folders);
        check(tracked, &Evidence { folders: &folders, ..Evidence::default() }, expected);
    };
    at(&["coverage"], &[("lib/main.dart", "lib/main.dart")]);
    at(&["core/coverage"], &[("lib/main.dart", "core/lib/main.dart")]);
    at(&["core/example/coverage"], &[("lib/main.dart", "core/example/lib/main.dart")]);
    // A generated file that nobody tracks says nothing; one of another folder does.
    at(&["core/coverage"], &[("lib/main.dart", "core/lib/main.dart"), ("lib/a.g.dart", "")]);
    at(
        &["core/example/coverage"],
        &[("lib/main.dart", "core/lib/main.dart"), ("lib/a.dart", "core/lib/a.dart")],
    );
    at(&["", "core"], &[("lib/main.dart", "lib/main.dart")]);
    at(&["core"], &[("../lib/main.dart", "lib/main.dart")]);
    at(&[], &[("../lib/main.dart", "")]);
}

#[test]
fn a_change_that_explains_all_paths_beats_a_folder_that_explains_some() {
    let tracked = &["src/index.ts", "packages/web/src/index.ts", "packages/web/src/app.ts"];
    let expected =
        [("src/index.ts", "packages/web/src/index.ts"), ("src/app.ts", "packages/web/src/app.ts")];
    check(tracked, &Evidence::default(), &expected);
    // Not where a third path is explained by no folder at all.
    let third = [("src/index.ts", "src/index.ts"), ("src/app.ts", ""), ("src/old.ts", "")];
    check(tracked, &Evidence::default(), &third);
}

#[test]
fn bundlers_servers_and_builds_name_the_repository() {
    let tracked = &[
        "app/page.tsx",
        "app/main.tsx",
        "src/Shop/Cart.cs",
        "src/Shop/Pay.cs",
        "lib/Compiler.js",
        "lib/Module.js",
    ];
    let commit = "90b35a6239c3d8bdabc530a6a0816f7ff89a0aaf";
    let link = |file: &str| format!("https://raw.githubusercontent.com/acme/shop/{commit}/{file}");
    let links = [link("src/Shop/Cart.cs"), link("src/Shop/Pay.cs")];
    check(
        tracked,
        &Evidence::default(),
        &[("webpack-internal:///(rsc)/./app/page.tsx", "app/page.tsx")],
    );
    check(
        tracked,
        &Evidence::default(),
        &[(&links[0], "src/Shop/Cart.cs"), (&links[1], "src/Shop/Pay.cs")],
    );
    let mixed = [
        ("/_/src/Shop/Cart.cs", "src/Shop/Cart.cs"),
        ("C:\\p\\app\\page.tsx", "app/page.tsx"),
        ("C:\\p\\app\\main.tsx", "app/main.tsx"),
    ];
    check(tracked, &Evidence::default(), &mixed);
    let mount = [
        ("/webpack/lib/Compiler.js", "lib/Compiler.js"),
        ("/webpack/lib/Module.js", "lib/Module.js"),
    ];
    check(tracked, &Evidence::default(), &mount);
}

#[test]
fn what_git_does_not_track_below_a_known_root_is_not_looked_for_elsewhere() {
    let tracked =
        &["src/app.ts", "src/cart.ts", "packages/legacy/src/old.ts", "templates/src/gen.ts"];
    let relative = [("src/app.ts", "src/app.ts"), ("src/old.ts", ""), ("src/gen.ts", "")];
    check(tracked, &Evidence::default(), &relative);
    let absolute =
        [("/w/src/app.ts", "src/app.ts"), ("/w/src/cart.ts", "src/cart.ts"), ("/w/src/old.ts", "")];
    check(tracked, &Evidence::default(), &absolute);
    let found =
        find(tracked, &["/w/src/app.ts", "/w/src/cart.ts", "/w/src/old.ts"], &Evidence::default());
    assert_eq!(why(&found, "/w/src/old.ts"), Why::Untracked);
    let trees = texts(&["/home/u/shop"]);
    let here = Evidence { work_trees: &trees, ..Evidence::default() };
    check(
        tracked,
        &here,
        &[("/home/u/shop/src/app.ts", "src/app.ts"), ("/home/u/shop/legacy/src/old.ts", "")],
    );
}

#[test]
fn another_checkout_of_the_same_shape_is_outside() {
    let tracked = &["src/io.c", "src/net.c", "src/log.c"];
    let expected = [
        ("/b/shop/src/io.c", "src/io.c"),
        ("/b/shop/src/net.c", "src/net.c"),
        ("/b/common/src/log.c", ""),
    ];
    check(tracked, &Evidence::default(), &expected);
    let reported: Vec<&str> = expected.iter().map(|(path, _)| *path).collect();
    assert_eq!(
        why(&find(tracked, &reported, &Evidence::default()), "/b/common/src/log.c"),
        Why::Outside
    );
    // As many paths below each of two roots: nobody can say which is the checkout.
    let both = [
        ("/b/shop/src/io.c", ""),
        ("/b/shop/src/net.c", ""),
        ("/b/common/src/io.c", ""),
        ("/b/common/src/net.c", ""),
    ];
    check(&["src/io.c", "src/net.c"], &Evidence::default(), &both);
}

#[test]
fn of_two_roots_for_one_place_that_explain_as_much_neither_is_known() {
    let tracked = ["a.c", "b.c", "lib/c.c", "lib/d.c", "sub/lib/d.c"];
    // The shorter root is no better than the other one. What is left is how the paths end, and
    // `lib/d.c` ends two files.
    let reported = [
        ("/home/ci/app/a.c", "a.c"),
        ("/home/ci/app/b.c", "b.c"),
        ("/opt/x/lib/c.c", "lib/c.c"),
        ("/opt/x/lib/d.c", ""),
    ];
    check(&tracked, &Evidence::default(), &reported);
}

#[test]
fn several_mounts_of_different_folders_are_several_roots() {
    let tracked = &["backend/app/a.py", "backend/app/b.py", "ui/src/c.ts", "ui/src/d.ts"];
    let expected = [
        ("/srv/app/a.py", "backend/app/a.py"),
        ("/srv/app/b.py", "backend/app/b.py"),
        ("/web/src/c.ts", "ui/src/c.ts"),
        ("/web/src/d.ts", "ui/src/d.ts"),
    ];
    check(tracked, &Evidence::default(), &expected);
}

#[test]
fn windows_paths_lose_their_drive_and_their_case() {
    let tracked = &["src/Main.cs", "src/xunit/Test.cs"];
    let expected = [
        ("C:\\proj\\src\\Main.cs", "src/Main.cs"),
        ("c:/PROJ/SRC/MAIN.CS", "src/Main.cs"),
        ("C:\\proj\\src\\x5cxunit\\Test.cs", "src/xunit/Test.cs"), // `\x` as text: `path`
    ];
    for (reported, own) in expected {
        check(tracked, &Evidence::default(), &[(reported, own)]);
    }
    // Elsewhere letter case tells files apart.
    check(&["src/a.c", "src/A.c"], &Evidence::default(), &[("src/a.C", "")]);
    check(&["src/Pay.py"], &Evidence::default(), &[("src/pay.py", "")]);
    let trees = texts(&["C:\\proj"]);
    let tree = Evidence { work_trees: &trees, ..Evidence::default() };
    check(tracked, &tree, &[("c:\\PROJ\\src\\Main.cs", "src/Main.cs")]);
}

#[test]
fn the_several_names_of_one_folder_are_one_root() {
    let tracked = &["src/a.ts", "src/b.ts", "src/c.ts"];
    let expected = [
        ("/mnt/c/dev/shop/src/a.ts", "src/a.ts"),
        ("/c/dev/shop/src/b.ts", "src/b.ts"),
        ("C:\\dev\\shop\\src\\c.ts", "src/c.ts"),
    ];
    check(tracked, &Evidence::default(), &expected);
    let copies = [
        ("/jenkins/shop/src/a.ts", "src/a.ts"),
        ("/jenkins/shop@2/src/b.ts", "src/b.ts"),
        ("/jenkins/shop@3/src/a.ts", "src/a.ts"),
    ];
    check(tracked, &Evidence::default(), &copies);
    let trees = texts(&["/var/folders/shop"]);
    let private = Evidence { work_trees: &trees, ..Evidence::default() };
    check(tracked, &private, &[("/private/var/folders/shop/src/a.ts", "src/a.ts")]);
}

#[test]
fn a_rule_comes_before_everything_else() {
    let tracked = &["app/a.js", "src/a.js", "src/deep/a.js"];
    let rules = pairs(&[("/srv", "app"), ("/srv/deep", "src/deep"), ("webpack:///", "src/")]);
    let led_by = Evidence { rules: &rules, ..Evidence::default() };
    let expected = [
        ("/srv/a.js", "app/a.js"),
        ("/srv/deep/a.js", "src/deep/a.js"),
        ("webpack:///./a.js", "src/a.js"),
        ("src/a.js", "src/a.js"),
    ];
    check(tracked, &led_by, &expected);
    check(tracked, &led_by, &[("/srvx/a.js", "")]); // a rule's prefix ends where a segment ends
    // It beats a literal file too, and what it leads nowhere is looked for nowhere else.
    let rules = pairs(&[("src", "app")]);
    let led_by = Evidence { rules: &rules, ..Evidence::default() };
    check(tracked, &led_by, &[("src/a.js", "app/a.js"), ("src/deep/a.js", "")]);
}

#[test]
fn a_given_root_is_where_relative_paths_start() {
    let tracked = &[
        "src/index.ts",
        "packages/web/src/index.ts",
        "packages/api/src/index.ts",
        "packages/api/src/a.ts",
    ];
    let given = Evidence { root: Some("packages/web"), ..Evidence::default() };
    check(tracked, &given, &[("src/index.ts", "packages/web/src/index.ts"), ("src/a.ts", "")]);
    check(tracked, &given, &[("/app/src/index.ts", "packages/web/src/index.ts")]);
}

#[test]
fn the_roots_of_a_report_say_where_its_files_are() {
    let named = |roots: &[&str], expected: &[(&str, &str)]| {
        let roots = texts(roots);
        check(PYTHON, &Evidence { roots: &roots, ..Evidence::default() }, expected);
    };
    named(&["src/app"], &[("__init__.py", "src/app/__init__.py"), ("core.py", "src/app/core.py")]);
    // Two roots that both have the file: which one was measured cannot be known.
    let both = [
        ("__init__.py", ""),
        ("core.py", "src/app/core.py"),
        ("test_core.py", "tests/test_core.py"),
    ];
    named(&["src/app", "tests"], &both);
    named(&["/ci/ws/src/app", "/ci/ws/tests"], &both);
    named(&["/ci/ws/tests", "/ci/ws/src/app"], &both);
    // Roots of the machine that ran the tests, and ones that are no folder.
    let one = [("__init__.py", "src/app/__init__.py"), ("core.py", "src/app/core.py")];
    named(&["--source", "/home/ci/build/src/app"], &one);
    named(&["--source"], &[("src/app/core.py", "src/app/core.py")]);
    named(
        &["/"],
        &[
            ("home/ci/src/app/core.py", "src/app/core.py"),
            ("home/ci/tests/test_core.py", "tests/test_core.py"),
        ],
    );
}

#[test]
fn import_paths_are_found_by_module_or_by_ending() {
    let tracked =
        &["go.mod", "pkg/db/db.go", "tools/gen/main.go", "cmd/main.go", "errors/errors.go"];
    let repository = DeclaredTotals {
        packages: vec![
            (Ecosystem::Go, "example.com/app", ""),
            (Ecosystem::Go, "example.com/app/gen", "tools/gen"),
        ],
        ..DeclaredTotals::default()
    };
    let go = Evidence { repository: &repository, naming: Naming::Imports, ..Evidence::default() };
    let expected = [
        ("example.com/app/cmd/main.go", "cmd/main.go"),
        ("example.com/app/gen/main.go", "tools/gen/main.go"),
        ("example.com/app/pkg/db/db.go", "pkg/db/db.go"),
        ("example.com/app-tools/pkg/db/db.go", ""),
        ("errors/errors.go", ""),                   // the standard library's
        ("./errors/errors.go", "errors/errors.go"), // relative to where Go ran
    ];
    check(tracked, &go, &expected);
    let unknown = Evidence { naming: Naming::Imports, ..Evidence::default() };
    check(tracked, &unknown, &[expected[0], expected[2]]);
}

#[test]
fn names_of_packages_lead_to_their_folders() {
    let tracked = &[
        "packages/ui/package.json",
        "packages/ui/src/button.ts",
        "lib/money/src/Money.php",
        "lib/a/b.dart",
    ];
    let repository = DeclaredTotals {
        packages: vec![
            (Ecosystem::Npm, "@acme/ui", "packages/ui"),
            (Ecosystem::Composer, "acme/money", "lib/money"),
            (Ecosystem::Dart, "shop", ""),
        ],
        ..DeclaredTotals::default()
    };
    let stated = Evidence { repository: &repository, ..Evidence::default() };
    let expected = [
        ("/w/node_modules/@acme/ui/src/button.ts", "packages/ui/src/button.ts"),
        ("/w/node_modules/@acme/ui-kit/src/button.ts", ""),
        ("/w/node_modules/.pnpm/@acme+ui@1.0.0/node_modules/@acme/ui/src/button.ts", ""),
        ("/w/vendor/acme/money/src/Money.php", "lib/money/src/Money.php"),
        ("package:shop/a/b.dart", "lib/a/b.dart"),
        ("package:async/a/b.dart", ""),
    ];
    check(tracked, &stated, &expected);
}

#[test]
fn links_that_the_commit_tracks_are_followed() {
    let links = [
        ("link", "real"),
        ("up/one", "../real/m.py"),
        ("out", "/etc"),
        ("far", "../.."),
        ("loop", "loop"),
    ];
    let links = links.map(|(link, target)| (link.to_owned(), target.to_owned()));
    let tracked = index(&["real/m.py", "real/n.py"]).with_links(links.into());
    let expected =
        [("link/m.py", "real/m.py"), ("up/one", "real/m.py"), ("real/n.py", "real/n.py")];
    check_all(&tracked, &Evidence::default(), &expected);
    // Below the root of another machine too, beside the file's own name.
    let moved = [
        ("/w/link/m.py", "real/m.py"),
        ("/w/real/m.py", "real/m.py"),
        ("/w/real/n.py", "real/n.py"),
    ];
    check_all(&tracked, &Evidence::default(), &moved);
    let found =
        tracked.find(["real/n.py", "out/m.py", "far/real/m.py", "loop/m.py"], &Evidence::default());
    for path in ["out/m.py", "far/real/m.py", "loop/m.py"] {
        assert_eq!(why(&found, path), Why::Link);
    }
}

#[test]
fn the_files_of_submodules_are_not_ours() {
    let tracked = index(&["src/a.c", "src/b.c", "list/list.c"]).with_submodules(texts(&["dep"]));
    let found = tracked.find(["src/a.c", "dep/list/list.c"], &Evidence::default());
    assert_eq!(why(&found, "dep/list/list.c"), Why::Submodule);
    let found =
        tracked.find(["/w/src/a.c", "/w/src/b.c", "/w/dep/list/list.c"], &Evidence::default());
    assert_eq!(why(&found, "/w/dep/list/list.c"), Why::Submodule);
}

#[test]
fn decomposed_and_composed_names_are_one() {
    let moved =
        [("/w/caf\u{e9}/a.py", "cafe\u{301}/a.py"), ("/w/caf\u{e9}/b.py", "cafe\u{301}/b.py")];
    check(&["cafe\u{301}/a.py", "cafe\u{301}/b.py"], &Evidence::default(), &moved);
    let jvm = Evidence { naming: Naming::Packages, ..Evidence::default() };
    check(
        &["src/com/u\u{308}ber/App.java"],
        &jvm,
        &[("com/\u{fc}ber/App.java", "src/com/u\u{308}ber/App.java")],
    );
    check(
        &["src/Caf\u{e9}.py"],
        &Evidence::default(),
        &[("src/Cafe\u{301}.py", "src/Caf\u{e9}.py")],
    );
    check(
        &["src/Cafe\u{301}.py"],
        &Evidence::default(),
        &[("src/Caf\u{e9}.py", "src/Cafe\u{301}.py")],
    );
    check(
        &["src/Caf\u{e9}.py", "src/Cafe\u{301}.py"],
        &Evidence::default(),
        &[("src/Caf\u{e9}.py", "src/Caf\u{e9}.py")],
    );
}

#[test]
fn dependencies_are_left_out_and_named() {
    let tracked = &[
        "lib/util.c",
        "lib/src/utils.dart",
        "src/index.js",
        "io/mod.rs",
        "app/models/user.rb",
        "vendor/x/y.js",
    ];
    let dependencies = [
        (
            "/home/u/.cargo/registry/src/index.crates.io-6f17/csv-1.3.0/lib/util.c",
            "a crate in Cargo's registry",
        ),
        ("/rustc/90b35a6/library/std/src/io/mod.rs", "Rust's standard library"),
        ("/home/ci/.pub-cache/hosted/pub.dev/async-2.11.0/lib/src/utils.dart", "a package of pub"),
        ("/app/node_modules/foo/src/index.js", "an npm package"),
        ("/usr/lib/ruby/gems/3.2.0/gems/engine-1.2.0/app/models/user.rb", "a gem"),
        ("/usr/include/lib/util.c", "a header of the system"),
        ("/root/.conan2/p/b/fmt4a1c0d/b/lib/util.c", "a package of Conan"),
    ];
    for (path, whose) in dependencies {
        assert_eq!(
            why(&find(tracked, &[path], &Evidence::default()), path),
            Why::Dependency(whose)
        );
    }
    // A tracked file below such a folder that a path names literally is what it says.
    check(
        tracked,
        &Evidence::default(),
        &[("vendor/x/y.js", "vendor/x/y.js"), ("vendor/z/src/index.js", "")],
    );
    let absolute = [
        ("/w/vendor/x/y.js", "vendor/x/y.js"),
        ("/w/src/index.js", "src/index.js"),
        ("/w/io/mod.rs", "io/mod.rs"),
    ];
    check(tracked, &Evidence::default(), &absolute);
}

#[test]
fn the_projects_own_installed_package_is_ours() {
    let tracked = &[
        "src/shop/__init__.py",
        "src/shop/cart.py",
        "src/shop/attr/__init__.py",
        "src/six.py",
        "docs/conf.py",
    ];
    let expected = [
        (".tox/py39/lib/python3.9/site-packages/shop/cart.py", "src/shop/cart.py"),
        (".tox/py310/lib/python3.10/site-packages/shop/cart.py", "src/shop/cart.py"),
        ("src/shop/cart.py", "src/shop/cart.py"),
        (".tox/py39/lib/python3.9/site-packages/attr/__init__.py", ""), // another's package, not our subpackage
        (".tox/py39/lib/python3.9/site-packages/six.py", "src/six.py"),
        (".tox/py39/lib/python3.9/site-packages/conf.py", ""),
        (
            "/v/lib/python3.9/site-packages/shop-1.0-py3.9.egg/shop/__init__.py",
            "src/shop/__init__.py",
        ),
        ("/usr/lib/python3.9/cart.py", ""),
    ];
    check(tracked, &Evidence::default(), &expected);
}

#[test]
fn packages_of_the_jvm_are_found_whole() {
    let tracked = &[
        "api/src/main/java/com/acme/App.java",
        "core/src/main/java/com/acme/App.java",
        "core/src/main/java/com/acme/Core.java",
    ];
    let jvm = |folders: &[&str], groups: &[(&str, &str)], expected: &[(&str, &str)]| {
        let (folders, groups) = (texts(folders), pairs(groups).into_iter().collect());
        let evidence = Evidence {
            folders: &folders,
            groups: &groups,
            naming: Naming::Packages,
            ..Evidence::default()
        };
        check(tracked, &evidence, expected);
    };
    let whole =
        [("com/acme/App.java", ""), ("com/acme/Core.java", tracked[2]), ("x/acme/Core.java", "")];
    jvm(&[], &[], &whole);
    jvm(&["api/target/site/jacoco"], &[], &[("com/acme/App.java", tracked[0])]);
    jvm(&["build"], &[("api/com/acme/App.java", "api")], &[("api/com/acme/App.java", tracked[0])]);
    // A module's report whose other class is generated: another module's source of that name was
    // not measured.
    jvm(&["api/target"], &[], &[("com/acme/App.java", tracked[0]), ("com/acme/Core.java", "")]);
}

#[test]
fn a_package_line_stands_for_folders_that_are_left_out() {
    let tracked = &["src/main/kotlin/shop/Cart.kt", "src/main/kotlin/pay/Cart.kt"];
    let repository = DeclaredTotals {
        texts: [(tracked[0], "package com.acme.shop\n"), (tracked[1], "package com.acme.pay\n")]
            .into(),
        packages: vec![(Ecosystem::Maven, "shop-core", "core")],
    };
    let jvm = Evidence { repository: &repository, naming: Naming::Packages, ..Evidence::default() };
    let expected = [
        ("com/acme/shop/Cart.kt", tracked[0]),
        ("com/acme/pay/Cart.kt", tracked[1]),
        ("com/acme/x/Cart.kt", ""),
    ];
    check(tracked, &jvm, &expected);
    // A group may be named by its artifact, whose folder has another name.
    let tracked = &["core/src/main/java/com/acme/App.java", "web/src/main/java/com/acme/App.java"];
    let groups = pairs(&[("shop-core/com/acme/App.java", "shop-core")]).into_iter().collect();
    check(
        tracked,
        &Evidence { groups: &groups, ..jvm },
        &[("shop-core/com/acme/App.java", tracked[0])],
    );
}

#[test]
fn a_stranger_of_the_same_name_is_not_taken() {
    check(&["src/list.h"], &Evidence::default(), &[("/opt/include/list.h", "")]);
    check(&["src/util/list.h"], &Evidence::default(), &[("/opt/x/util/list.h", "src/util/list.h")]);
    let beside = [
        ("/ci/app/src/a.c", "src/a.c"),
        ("/ci/app/src/b.c", "src/b.c"),
        ("/opt/include/zlib.h", ""),
    ];
    check(&["src/a.c", "src/b.c", "zlib.h"], &Evidence::default(), &beside);
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
    check(&["src/a.c"], &Evidence::default(), &hostile);
    check(
        &["etc/passwd", "src/a.c"],
        &Evidence::default(),
        &[("src/a.c", "src/a.c"), ("../etc/passwd", "")],
    );
}

#[test]
fn the_nearest_file_is_named() {
    let nearest =
        |tracked: &[&str], reported: &str| match &find(tracked, &[reported], &Evidence::default())
            .files[reported]
        {
            Match::Unmatched { nearest, .. } => nearest.clone(),
            Match::Tracked { path, .. } => panic!("{reported} led to {path}"),
        };
    assert_eq!(nearest(&["a/x.py", "b/x.py", "c/y.py"], "x.py").as_deref(), Some("a/x.py"));
    assert_eq!(
        nearest(&["src/widget.rs", "src/gadget.rs"], "src/widgets.rs").as_deref(),
        Some("src/widget.rs")
    );
    assert_eq!(nearest(&["src/widget.rs"], "lib/left-pad/index.js"), None);
    assert_eq!(nearest(&["src/index.js"], "node_modules/left-pad/index.js"), None);
}

fn file(hits: u64) -> FileCoverage {
    FileCoverage {
        lines: vec![Line { number: 1, hits: Hits::exactly(hits) }],
        ..FileCoverage::default()
    }
}

#[test]
fn two_spellings_of_one_file_are_merged() {
    let files = [("./src/a.c".to_owned(), file(1)), ("src/a.c".to_owned(), file(2))];
    let found = find(&["src/a.c"], &["./src/a.c", "src/a.c"], &Evidence::default());
    assert_eq!(found.apply(files.into()), [("src/a.c".to_owned(), file(3))].into());
}

#[test]
fn two_files_are_never_merged_into_one() {
    // Both end like the tracked file: neither is better.
    let found = find(&["lib/x.c"], &["/a/lib/x.c", "/b/lib/x.c"], &Evidence::default());
    for path in ["/a/lib/x.c", "/b/lib/x.c"] {
        assert_eq!(led(&found, path), "", "{path}");
    }
}

fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec("[ab\\\\.:/é]{1,3}", 1..5).prop_map(|segments| segments.join("/"))
}

/// Paths of few names, so that they often end alike.
fn likely() -> impl Strategy<Value = String> {
    ("(|/ci/|/ws/x/|lib/|src/|vendor/)", "[ab]", "[ab]", "[cd]\\.(c|py)")
        .prop_map(|(root, one, two, name)| format!("{root}{one}/{two}/{name}"))
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
        let evidence = Evidence { roots: &roots, work_trees: &roots, folders: &roots, ..Evidence::default() };
        let found = index.find(reported.iter().map(String::as_str), &evidence);
        for path in &reported {
            match &found.files[path] {
                Match::Tracked { path: own, .. } | Match::Unmatched { nearest: Some(own), .. } => {
                    prop_assert!(tracked.contains(own));
                }
                Match::Unmatched { nearest: None, .. } => {}
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
        let found = index.find(reported.iter().map(String::as_str), &Evidence::default());
        for (path, name) in reported.iter().zip(&names) {
            prop_assert_eq!(&led(&found, path), name);
        }
    }

    #[test]
    fn a_file_that_is_removed_leaves_its_path_unmatched_or_found_by_weaker_evidence_that_is_reported(
        tracked in proptest::collection::btree_set(likely(), 2..12),
        reported in proptest::collection::btree_set(likely(), 1..8),
    ) {
        let find = |tracked: &BTreeSet<String>| {
            Tracked::new(tracked.iter().cloned()).find(reported.iter().map(String::as_str), &Evidence::default())
        };
        let before = find(&tracked);
        for (path, answer) in &before.files {
            let Match::Tracked { path: own, how, .. } = answer else { continue };
            let mut without = tracked.clone();
            without.remove(own);
            // Changes of root and endings are listed with what was replaced: in the record's
            // output, in `run.json` and on the site.
            if let Match::Tracked { how: other, .. } = &find(&without).files[path] {
                // A path that is tracked literally is so whatever else is, and weaker than a root
                // that explains all paths.
                let weaker = match other {
                    How::Root | How::Ending => *how != How::Rule,
                    How::Repository => *how == How::Root,
                    _ => false,
                };
                prop_assert!(weaker, "{path} was {own} by {how:?}, then by {other:?}");
            }
        }
    }

    #[test]
    fn an_unrelated_file_moves_no_coverage(
        tracked in proptest::collection::btree_set(likely(), 1..12),
        reported in proptest::collection::btree_set(likely(), 1..8),
        unrelated in "[xyz]/[pq]/[a-d]/other\\.(c|py)",
    ) {
        let find = |tracked: &BTreeSet<String>| {
            Tracked::new(tracked.iter().cloned()).find(reported.iter().map(String::as_str), &Evidence::default())
        };
        let mut more = tracked.clone();
        more.insert(unrelated);
        let (before, after) = (find(&tracked), find(&more));
        for path in &reported {
            prop_assert_eq!(led(&before, path), led(&after, path));
        }
    }

    #[test]
    fn a_file_that_is_added_moves_no_coverage_to_another_silently(
        tracked in proptest::collection::btree_set(likely(), 1..12),
        reported in proptest::collection::btree_set(likely(), 1..8),
        added in likely(),
    ) {
        let find = |tracked: &BTreeSet<String>| {
            Tracked::new(tracked.iter().cloned()).find(reported.iter().map(String::as_str), &Evidence::default())
        };
        let mut more = tracked.clone();
        more.insert(added.clone());
        let (before, after) = (find(&tracked), find(&more));
        for path in &reported {
            let (one, other) = (led(&before, path), led(&after, path));
            // It may be what a path meant all along, or make a path ambiguous: coverage of two
            // other files is not swapped.
            let fine = one == other || other.is_empty() || other == added || one.is_empty();
            let by_root = matches!(&after.files[path], Match::Tracked { how: How::Root | How::Folder | How::Repository, .. });
            prop_assert!(fine || by_root, "{path} was {one}, and is {other} since {added} is tracked");
        }
    }
}
