//! Tests blame: every line has the same commit, author and time as in `git blame`, both without a
//! cache and with that of an earlier blame.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use covatlas::git::{Blame, BlameOptions, Id, Repo};
use serde_json::Value;

use super::cli::parsed;
use super::harness::{EPOCH, Project};
use super::histories;

/// A line in git's terms: commit, author, author time.
type Line = (String, String, i64);

/// The lines of a file according to `git blame`.
fn by_git(project: &Project, revision: &str, path: &str, options: &[&str]) -> Vec<Line> {
    let output =
        project.git([&["blame", "--line-porcelain"], options, &[revision, "--", path]].concat());
    let (mut lines, mut line) = (Vec::new(), Line::default());
    for text in output.lines() {
        if text.starts_with('\t') {
            lines.push(std::mem::take(&mut line));
        } else if let Some(author) = text.strip_prefix("author ") {
            author.clone_into(&mut line.1);
        } else if let Some(time) = text.strip_prefix("author-time ") {
            line.2 = time.parse().expect("a number");
        } else if line.0.is_empty() {
            text.split(' ').next().expect("a commit").clone_into(&mut line.0);
        }
    }
    lines
}

/// The lines of files according to covatlas.
fn by_program(project: &Project, arguments: &[&str]) -> BTreeMap<String, Vec<Line>> {
    let answer = parsed(&project.covatlas([&["blame", "--json"], arguments].concat()).succeeds());
    assert_eq!(answer["schema"], "covatlas/blame/1");
    let files = answer["files"].as_object().expect("files").iter();
    files.map(|(path, lines)| (path.clone(), each(lines))).collect()
}

fn each(lines: &Value) -> Vec<Line> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let lines = lines.as_array().expect("lines");
    for (n, line) in (1..).zip(lines) {
        assert_eq!(line["n"], n);
    }
    let time =
        |value: &Value| text(value).parse::<jiff::Timestamp>().expect("RFC 3339").as_second();
    lines
        .iter()
        .map(|line| (text(&line["commit"]), text(&line["author"]), time(&line["time"])))
        .collect()
}

/// Compares every file of a commit, without a cache, in one call.
#[track_caller]
fn check(project: &Project, revision: &str, options: &[&str]) {
    let ours = by_program(project, &[".", "--commit", revision, "--no-cache"]);
    let listed = project.git(["ls-tree", "-r", "-z", revision]);
    let files: Vec<&str> = listed.split('\0').filter(|entry| entry.contains(" blob ")).collect();
    assert_eq!(files.len(), ours.len());
    for entry in files {
        let (_, path) = entry.split_once('\t').expect("a path");
        assert_eq!(ours[path], by_git(project, revision, path, options), "{path} at {revision}");
    }
}

/// Numbered lines, each ended by a line break.
fn numbered(from: usize, to: usize) -> String {
    (from..=to).map(|n| format!("line {n}")).chain([String::new()]).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_kind_of_file_is_blamed_as_git_does() {
    let library = Project::new();
    library.write("lib.rs", "fn lib() {}\n").commit("library");
    let project = Project::new();
    project
        .write("src/a.rs", numbered(1, 40))
        .write("empty.txt", "")
        .write("image.png", b"\x89PNG\r\n\0\x01\n\0\n");
    project
        .write("crlf.txt", "one\r\ntwo\r\nthree\r\n")
        .write("open.txt", "one\ntwo")
        .write("caf\u{e9}.txt", "un\n");
    project.git(["submodule", "add", "--quiet", &library.address(), "lib"]);
    std::os::unix::fs::symlink("src/a.rs", project.path("link")).expect("links can be made");
    project.commit("first");
    project
        .write("src/a.rs", numbered(1, 40).replace("line 7\n", "line seven\n"))
        .write("open.txt", "one\ntwo\n");
    project.write("crlf.txt", "one\r\n2\r\nthree\n").write("image.png", b"\x89PNG\r\n\0\x02\n\0\n");
    project.commit_by("Grace <grace@example.com>", "second");
    project.git(["update-index", "--chmod=+x", "open.txt"]);
    project.git(["commit", "--quiet", "--message", "mode"]);
    fs::remove_file(project.path("link")).expect("it was made above");
    project.write("link", "src/a.rs\nmore\n").commit("a file where a link was");
    check(&project, "HEAD", &[]);
    check(&project, "HEAD~1", &[]);

    let ran = parsed(&project.covatlas(["blame", "lib", "src", "--json"]).succeeds());
    assert_eq!(ran["files"].as_object().expect("files").keys().collect::<Vec<_>>(), ["src/a.rs"]);
    assert!(
        ran["warnings"][0].as_str().expect("a warning").contains("`lib` is a submodule"),
        "{}",
        ran["warnings"]
    );
}

#[test]
fn renames_are_followed_with_their_edits() {
    let project = Project::new();
    project
        .write("one/name.txt", numbered(1, 60))
        .write("one/other.txt", numbered(100, 160))
        .commit("first");
    project.git(["mv", "one", "two"]);
    project
        .write("two/name.txt", numbered(1, 60).replace("line 30\n", "line thirty\n"))
        .commit("a folder moves");
    project.git(["mv", "two/name.txt", "two/renamed.txt"]);
    project.write("two/renamed.txt", numbered(5, 66)).commit("a file is renamed and edited");
    // Two similar files are deleted. The one with the same name is the source, although the other
    // is more similar.
    project
        .write("x/same.txt", numbered(1, 80))
        .write("x/alike.txt", numbered(1, 100))
        .commit("two alike");
    project
        .remove("x/same.txt")
        .remove("x/alike.txt")
        .write("y/same.txt", numbered(1, 99))
        .commit("one of two");
    project.write("two/renamed.txt", numbered(200, 300)).commit("too little stays");
    check(&project, "HEAD", &[]);
}

#[test]
fn merges_are_blamed_as_git_does() {
    let project = Project::new();
    project.write("a.txt", numbered(1, 50)).write("b.txt", numbered(1, 50)).commit("first");
    project
        .branch("side")
        .write("a.txt", numbered(1, 50).replace("line 40\n", "side 40\n"))
        .commit("side");
    project
        .switch("main")
        .write("a.txt", numbered(1, 50).replace("line 10\n", "main 10\n"))
        .commit("main");
    project.git(["tag", "before"]);
    project.merge("side");
    // Criss-cross: each branch merges the other at its earlier state.
    project.git(["switch", "--quiet", "side"]);
    project.merge("before");
    project.write("a.txt", format!("{}end\n", project.read("a.txt"))).commit("side again");
    project.switch("main").write("b.txt", numbered(2, 50)).commit("main again");
    // Evil: the merge changes lines that neither side has.
    project.try_git(["merge", "--no-ff", "--no-commit", "side"]);
    project.write("b.txt", format!("evil\n{}", numbered(2, 49))).commit("an evil merge");
    check(&project, "HEAD", &[]);
    check(&project, "side", &[]);
}

#[test]
fn random_histories_are_blamed_as_git_does() {
    for seed in 1000..1024 {
        let project = histories::random(seed, &[]);
        let repo = Repo::discover(project.root()).expect("it is a repository");
        let (head, paths, blame) = cold(&repo);
        for path in &paths {
            let git = by_git(&project, &head.to_string(), path, &[]);
            let git: Vec<String> = git.into_iter().map(|(commit, ..)| commit).collect();
            assert_eq!(commits(&blame, path), git, "{path} of history {seed}");
        }
    }
}

/// The blame of all files of `HEAD` without a cache.
fn cold(repo: &Repo) -> (Id, Vec<String>, Blame) {
    let head = repo.resolve("HEAD").expect("there is a commit");
    let (paths, blame) = at(repo, head, None);
    (head, paths, blame)
}

/// The blame of all files of a commit, by what an earlier blame found.
fn at(repo: &Repo, commit: Id, known: Option<&[u8]>) -> (Vec<String>, Blame) {
    let files = repo.files_and_links(commit).expect("the tree is whole");
    let paths: Vec<String> = files.into_iter().map(|file| file.path).collect();
    let options = BlameOptions { known, ..BlameOptions::default() };
    let blame = repo.blame(commit, &paths, &options).expect("the history is whole");
    (paths, blame)
}

/// The commit of each line.
fn commits(blame: &Blame, path: &str) -> Vec<String> {
    let runs = blame.files[path].iter();
    runs.flat_map(|run| (0..run.count).map(|_| blame.commits[run.commit as usize].id.to_string()))
        .collect()
}

#[test]
fn a_start_from_any_commit_is_exact() {
    let (mut ancestors, mut strangers) = (0, 0);
    for seed in 100..104 {
        let project = histories::random(seed, &[]);
        let repo = Repo::discover(project.root()).expect("it is a repository");
        let (head, _, expected) = cold(&repo);
        let all = project.git(["rev-list", "--all", "--date-order"]);
        let mut random = fastrand::Rng::with_seed(seed);
        let olds = random.choose_multiple(all.lines(), 10);
        for old in olds {
            let old: Id = old.parse().expect("an id");
            let (_, earlier) = at(&repo, old, None);
            let (_, warm) = at(&repo, head, earlier.cache.as_deref());
            assert_eq!(warm.stats.known_at, Some(old));
            assert_eq!(
                (&warm.files, &warm.commits, &warm.people),
                (&expected.files, &expected.commits, &expected.people)
            );
            let is_ancestor = repo.is_ancestor(old, head).expect("both are here");
            *if is_ancestor { &mut ancestors } else { &mut strangers } += 1;
        }
    }
    assert!(ancestors >= 10 && strangers >= 1, "{ancestors} ancestors, {strangers} others");
}

#[test]
fn what_was_found_is_known_again() {
    let project = Project::new();
    project.write("a.txt", numbered(1, 9)).write("b.txt", numbered(1, 5)).commit("first");
    let stats = |arguments: &[&str]| {
        let answer = parsed(
            &project.covatlas([&["blame", "--json", "--stats"], arguments].concat()).succeeds(),
        );
        answer["stats"].clone()
    };
    assert_eq!(stats(&["a.txt"])["cache"], Value::Null);
    assert_eq!(stats(&["a.txt"])["cache"]["lines"], 9);
    assert_eq!(stats(&["."])["cache"]["lines"], 9, "the other file is new");
    assert_eq!(stats(&["a.txt"])["cache"]["lines"], 9);
    assert_eq!(stats(&["."])["cache"]["lines"], 14, "a blame of fewer files leaves those of more");
    assert_eq!(stats(&[".", "--no-cache"])["cache"], Value::Null);
    project.write("a.txt", numbered(2, 10)).commit("second");
    let after = stats(&["."]);
    assert_eq!((&after["cache"]["lines"], &after["lines"]), (&Value::from(13), &Value::from(14)));

    let file = project.path(".git/covatlas/blame");
    for damage in [&b""[..], b"covatlas blame 1\n", b"\xff\xff\xff\xff"] {
        fs::write(&file, damage).expect("the cache can be written");
        assert_eq!(stats(&["."])["cache"], Value::Null);
        assert_eq!(stats(&["."])["cache"]["lines"], 14, "it was made anew");
    }
    let left: Vec<_> =
        fs::read_dir(project.path(".git/covatlas")).expect("the folder").flatten().collect();
    assert_eq!(left.len(), 1, "no other file stays");
}

#[test]
fn the_cache_of_a_commit_that_is_gone_is_as_good_as_none() {
    let project = Project::new();
    project.write("a.txt", numbered(1, 9)).commit("first");
    project.write("a.txt", numbered(1, 10)).commit("second");
    by_program(&project, &["."]);
    project.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    project.git(["reflog", "expire", "--expire=now", "--all"]);
    project.git(["gc", "--quiet", "--prune=now"]);
    project.write("a.txt", numbered(0, 9)).commit("another second");
    assert_eq!(by_program(&project, &["."])["a.txt"], by_git(&project, "HEAD", "a.txt", &[]));
}

#[test]
fn sha_256_is_blamed_as_git_does() {
    let project = histories::random(7, &["--object-format=sha256"]);
    check(&project, "HEAD", &[]);
    by_program(&project, &["."]);
    assert_eq!(by_program(&project, &["."]), by_program(&project, &[".", "--no-cache"]));
}

#[test]
fn a_shallow_clone_marks_the_lines_whose_age_it_does_not_know() {
    let origin = Project::new();
    origin.write("a.txt", numbered(1, 3)).commit("first");
    origin.write("a.txt", numbered(1, 4)).commit("second");
    origin.write("a.txt", numbered(1, 5)).commit("third");
    let shallow = Project::clone_of(&origin.address(), &["--depth=2"]);
    check(&shallow, "HEAD", &[]);
    let answer = parsed(&shallow.covatlas(["blame", "a.txt", "--json"]).succeeds());
    let boundary = answer["files"]["a.txt"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| line["boundary"].clone());
    assert_eq!(boundary.collect::<Vec<_>>(), [true, true, true, true, false]);
    let warning = answer["warnings"][0].as_str().expect("a warning");
    assert!(
        warning.contains("git fetch --unshallow") && warning.contains("fetch-depth: 0"),
        "{warning}"
    );
    // A result found in the shallow clone is not reused for the complete one.
    shallow.git(["fetch", "--quiet", "--unshallow"]);
    assert_eq!(by_program(&shallow, &["."])["a.txt"], by_git(&shallow, "HEAD", "a.txt", &[]));
    let answer = parsed(&origin.covatlas(["blame", "a.txt", "--json"]).succeeds());
    assert_eq!(answer["files"]["a.txt"][0]["boundary"], false, "a first commit is no boundary");
    assert_eq!(answer["warnings"], Value::Array(Vec::new()));
}

#[test]
fn a_partial_clone_fetches_what_it_lacks() {
    let origin = histories::random(11, &[]);
    origin.git(["config", "uploadpack.allowFilter", "true"]);
    origin.git(["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let expected = by_program(&origin, &[".", "--no-cache"]);
    let partial = Project::clone_of(&origin.address(), &["--filter=blob:none", "--no-checkout"]);
    assert_eq!(by_program(&partial, &["."]), expected);
    partial.git(["remote", "set-url", "origin", "file:///nonexistent"]);
    assert_eq!(by_program(&partial, &[".", "--no-cache"]), expected, "nothing is fetched twice");
    let cut_off = Project::clone_of(&origin.address(), &["--filter=blob:none", "--no-checkout"]);
    cut_off.git(["remote", "set-url", "origin", "file:///nonexistent"]);
    let ran = cut_off.covatlas(["blame", "."]).exits(2);
    assert!(ran.stderr.contains("git fetch --refetch --no-filter origin"), "{}", ran.stderr);
}

#[test]
fn mailmap_decides_who_an_author_is() {
    let project = Project::new();
    project.write("a.txt", "one\n").commit_by("ada <ada@old.example>", "first");
    project.write("a.txt", "one\ntwo\n").commit_by("Ada <ada@example.com>", "second");
    project.write("a.txt", "one\ntwo\nthree\n").commit_by("Ada <other@example.com>", "third");
    let trailer =
        "fourth\n\nCo-authored-by: ada <ADA@old.example>\nCo-authored-by: Bob <bob@example.com>";
    project.write("a.txt", "one\ntwo\nthree\nfour\n").commit_by("Bob <bob@example.com>", trailer);
    project.write(
        ".mailmap",
        "Ada Lovelace <ada@example.com> <ada@old.example>\nAda Lovelace <ada@example.com>\n",
    );
    project.commit("mailmap");
    check(&project, "HEAD", &[]);
    let shown = project.covatlas(["blame", "a.txt"]).succeeds().stdout;
    assert!(shown.contains("Ada Lovelace") && !shown.contains('@'), "{shown}");

    let repo = Repo::discover(project.root()).expect("it is a repository");
    let blame = repo.blame(
        repo.resolve("HEAD").expect("a commit"),
        &["a.txt".to_owned()],
        &BlameOptions::default(),
    );
    let blame = blame.expect("the history is whole");
    let names: Vec<&str> = blame.people.iter().map(|person| person.name.as_str()).collect();
    assert_eq!(names, ["Ada Lovelace", "Ada", "Bob"], "two people of one name stay two");
    let authors: Vec<usize> = blame.commits.iter().map(|commit| commit.author).collect();
    assert_eq!(authors, [0, 0, 1, 2]);
    assert_eq!(blame.commits[3].co_authors, [0], "through .mailmap, and without the author");
}

/// A project with a commit that reformats, and the id of that commit.
fn reformatted() -> (Project, String) {
    let project = Project::new();
    project
        .write(
            "a.c",
            "int add(int a,int b){\nreturn a+b;\n}\n\nint twice(int n){\nreturn add(n,n);\n}\n",
        )
        .commit("first");
    project
        .write("a.c", project.read("a.c").replace("return add(n,n);", "return add(n,n); // same"))
        .commit("second");
    let formatted = "int add(int a, int b) {\n    return a + b;\n}\n\nint twice(int n) {\n    return add(n, n); // same\n}\n";
    let format = project.write("a.c", formatted).commit("format");
    project.write("a.c", project.read("a.c").replace("// same", "// both")).commit("fourth");
    (project, format)
}

#[test]
fn ignored_revisions_are_looked_through_as_git_does() {
    let (project, format) = reformatted();
    project
        .write(".git-blame-ignore-revs", format!("# formatting\n\n  {format} # all\nnonsense\n"));
    project
        .write("covatlas.toml", "[blame]\nignore-revs = \".git-blame-ignore-revs\"\n")
        .commit("ignore");
    let ours = by_program(&project, &["a.c"]);
    assert_eq!(ours["a.c"], by_git(&project, "HEAD", "a.c", &["--ignore-rev", &format]));
    assert_ne!(ours["a.c"], by_git(&project, "HEAD", "a.c", &[]), "it matters here");
    let warned = project.covatlas(["blame", "a.c"]).succeeds().stderr;
    assert!(
        warned.contains("line 4 of `.git-blame-ignore-revs` is not a full commit id")
            && !warned.contains("nonsense"),
        "{warned}"
    );

    project.write("covatlas.toml", "");
    assert_eq!(
        by_program(&project, &["a.c"])["a.c"],
        by_git(&project, "HEAD", "a.c", &[]),
        "another cache key"
    );
    project.write("list", format!("{format}\n")).git(["config", "blame.ignoreRevsFile", "list"]);
    assert_eq!(by_program(&project, &["a.c"]), ours, "git's own setting");
    assert_eq!(ours["a.c"], by_git(&project, "HEAD", "a.c", &[]));
    project.remove("list");
    let warned = project.covatlas(["blame", "a.c"]).succeeds().stderr;
    assert!(warned.contains("the file of ignored revisions `list` cannot be read"), "{warned}");
}

#[test]
fn a_line_that_an_ignored_revision_adds_stays_with_it() {
    let project = Project::new();
    project.write("a.txt", "aaaa\nbbbb\n").commit("first");
    let second = project.write("a.txt", "aaaa\n12345\nbbbb\n").commit("second");
    project.git(["config", "blame.ignoreRevsFile", "list"]);
    project.write("list", &second);
    assert_eq!(by_program(&project, &["a.txt"])["a.txt"], by_git(&project, "HEAD", "a.txt", &[]));
    assert_eq!(by_program(&project, &["a.txt"])["a.txt"][1].0, second);
}

#[test]
fn a_path_that_leads_nowhere_is_told_from_a_misspelt_one() {
    let project = Project::new();
    project.write("src/parser.rs", "fn a() {}\n").commit("first");
    let said = |path: &str| project.covatlas(["blame", path]).exits(2).stderr;
    assert!(said("src/praser.rs").contains("did you mean `src/parser.rs`?"));
    assert!(said("parser.rs").contains("did you mean `src/parser.rs`?"));
    assert!(said("nothing/like/it").contains("paths are relative to the root"));
    assert!(project.covatlas(["blame"]).exits(2).stderr.contains("PATH"));
    assert_eq!(by_program(&project, &["./src/"]).keys().collect::<Vec<_>>(), ["src/parser.rs"]);
}

#[test]
fn lines_are_printed_with_who_and_when() {
    let project = Project::new();
    let first = project.at(EPOCH).write("a.txt", "one\n\u{1b}[31mtwo\n").commit("first");
    let second = project
        .write("a.txt", "one\n\u{1b}[31mtwo\nthree")
        .commit_by("\u{1b}Gr\u{e4}ce <g@example.com>", "second");
    let shown = project.covatlas(["blame", "a.txt", "--stats"]).succeeds().stdout;
    let lines: Vec<&str> = shown.lines().collect();
    let (first, second) = (&first[..7], &second[..7]);
    assert_eq!(lines[0], format!(" {first} Ada   2024-01-01 1 one"));
    assert_eq!(lines[1], format!(" {first} Ada   2024-01-01 2 [U+001B][31mtwo"));
    assert!(
        lines[2].starts_with(&format!(" {second} ")) && lines[2].ends_with("2024-01-01 3 three"),
        "{shown}"
    );
    assert!(lines[3].contains("1 file in ") && lines[3].contains("2 commits visited"), "{shown}");
    assert!(!shown.contains('\u{1b}'), "nothing steers the terminal");
}

#[test]
fn every_line_has_one_commit_whatever_is_ignored() {
    let mut changed = 0;
    for seed in 0..6 {
        let project = histories::random(seed, &[]);
        let repo = Repo::discover(project.root()).expect("it is a repository");
        let (head, paths, plain) = cold(&repo);
        let reachable = project.git(["rev-list", "HEAD"]);
        let every_third = reachable.lines().step_by(3).map(|id| id.parse().expect("an id"));
        let options = BlameOptions { ignored: every_third.collect(), known: None, on_commit: None };
        let ignoring = repo.blame(head, &paths, &options).expect("the history is whole");
        changed += usize::from(plain.files != ignoring.files);
        let reachable: BTreeSet<&str> = reachable.lines().collect();
        for (blame, path) in paths.iter().flat_map(|path| [(&plain, path), (&ignoring, path)]) {
            let text = project.try_git(["cat-file", "blob", &format!("HEAD:{path}")]).stdout;
            let named = commits(blame, path);
            assert_eq!(named.len(), text.split_inclusive('\n').count(), "{path}");
            assert!(named.iter().all(|commit| reachable.contains(commit.as_str())));
        }
    }
    assert!(changed > 0, "ignoring matters in some of them");
}
