//! Tests the git module against git itself: every expected value is git's own.

use std::fs;
use std::path::Path;

use covatlas::error::Kind;
use covatlas::git::{Change, Hunk, Id, Renames, RepoWriter};
use covatlas::path;

use super::harness::{Project, git_in, run};

fn open(root: &Path) -> RepoWriter {
    RepoWriter::discover(root).unwrap_or_else(|error| panic!("{:?}", error.chain()))
}

fn id(text: &str) -> Id {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no id"))
}

/// Two commits on main with a branch merged between them, and an annotated and a lightweight tag.
fn history() -> Project {
    let project = Project::new();
    project
        .write("src/a.rs", "one\ntwo\n")
        .write("README.md", "# A\n")
        .commit("first\n\nWith a body.\nOf two lines.");
    project
        .branch("topic")
        .write("src/b.rs", "b\n")
        .commit_by("Grace <grace@example.com>", "topic");
    project.switch("main").write("src/a.rs", "one\nTWO\n").commit("second");
    project.git(["tag", "light"]);
    project.merge("topic");
    project.git(["tag", "--annotate", "--message", "t", "v1"]);
    project
}

#[test]
fn commits_read_as_git_log_shows_them() {
    let project = history();
    let repo = open(project.root());
    let tip = repo.resolve("HEAD").expect("resolves");
    let chain: Vec<String> =
        repo.first_parents(tip).expect("walks").iter().map(Id::to_string).collect();
    assert_eq!(chain.join("\n"), project.git(["log", "--first-parent", "--format=%H"]));
    for line in project.git(["log", "--format=%H|%P|%T|%ct|%an|%s"]).lines() {
        let commit = repo.commit(id(&line[..40])).expect("reads");
        let parents: Vec<String> = commit.parents.iter().map(Id::to_string).collect();
        let shown = [
            &commit.id.to_string(),
            &parents.join(" "),
            &commit.tree.to_string(),
            &commit.time.to_string(),
        ];
        let shown =
            shown.map(String::as_str).join("|") + &format!("|{}|{}", commit.author, commit.subject);
        assert_eq!(shown, line);
        assert_eq!(commit.body, project.git(["log", "-1", "--format=%b", &line[..40]]).trim_end());
    }
    for revision in ["HEAD~1", "topic", "v1", "light", &tip.to_string()[..9]] {
        let expected = project.rev(&format!("{revision}^{{commit}}"));
        assert_eq!(repo.resolve(revision).expect("resolves").to_string(), expected, "{revision}");
    }
    let (main, topic) =
        (repo.resolve("HEAD~1").expect("resolves"), repo.resolve("topic").expect("resolves"));
    let base = repo.merge_base(main, topic).expect("has one").expect("has one");
    assert_eq!(base.to_string(), project.git(["merge-base", "HEAD~1", "topic"]));
    let tags = repo.tags().expect("reads");
    let mut expected = [
        (id(&project.rev("light")), "light".to_owned()),
        (id(&project.rev("v1^{commit}")), "v1".to_owned()),
    ];
    expected.sort();
    assert_eq!(tags, expected);
}

#[test]
fn unrelated_commits_have_no_merge_base() {
    let project = history();
    project.git(["switch", "--quiet", "--orphan", "island"]);
    let island = id(&project.commit("island"));
    let repo = open(project.root());
    assert_eq!(
        repo.merge_base(island, repo.resolve("main").expect("resolves")).expect("compares"),
        None
    );
}

#[test]
fn author_names_go_through_mailmap() {
    let project = history();
    project.write(".mailmap", "Grace Hopper <grace@navy.example> <grace@example.com>\n");
    let topic = project.rev("topic");
    assert_eq!(project.git(["log", "-1", "--format=%aN", &topic]), "Grace Hopper");
    let commit = open(project.root()).commit(id(&topic)).expect("reads");
    assert_eq!(commit.author, "Grace Hopper");
    assert!(!format!("{commit:?}").contains('@'), "an address leaked: {commit:?}");
}

#[test]
fn mailmap_is_read_as_git_reads_it() {
    let project = Project::new();
    let people = [
        "ada <ada@old.example>",
        "ADA <Ada@OLD.example>",
        "Bob <bob@x.example>",
        "Cy <cy@x.example>",
        "Dee <d@x.example>",
    ];
    for (at, person) in people.iter().enumerate() {
        project.write("a.txt", at.to_string()).commit_by(person, "a commit");
    }
    let map = "Ada Lovelace <Ada@Example.com> <ADA@Old.Example>\nRobert <BOB@x.example>\n";
    project.write(".mailmap", map).write("more", "Cyrus <cy@x.example>\n").commit("map");
    project.git(["config", "mailmap.blob", "HEAD:more"]);
    let file = project.beside("mailmap");
    fs::write(&file, "Deirdre <D@x.example>\nBobby <bob@x.example>\n").expect("writable");
    project.git(["config", "mailmap.file", file.to_str().expect("UTF-8")]);
    let bare = Project::clone_of(&project.address(), &["--bare"]);
    for project in [&project, &bare] {
        let repo = open(project.root());
        let expected = project.git(["log", "--format=%H %aN"]);
        for (commit, name) in expected.lines().filter_map(|line| line.split_once(' ')) {
            assert_eq!(repo.commit(id(commit)).expect("reads").author, name);
        }
    }
    assert!(
        project.git(["log", "--format=%aN"]).contains("Bobby")
            && bare.git(["log", "--format=%aN"]).contains("Robert")
    );
}

#[test]
fn names_that_are_not_utf8_are_decoded_lossily() {
    let project = history();
    let raw = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor J\xfcrgen <j@x.example> 1 +0000\ncommitter J <j@x.example> 1 +0000\n\nM\xfcll\n";
    project.write("raw", raw);
    project.git(["hash-object", "-t", "tree", "-w", "/dev/null"]);
    let commit = project.git(["hash-object", "-t", "commit", "-w", "raw"]);
    let commit = open(project.root()).commit(id(&commit)).expect("reads");
    assert_eq!((commit.author.as_str(), commit.subject.as_str()), ("J\u{fffd}rgen", "M\u{fffd}ll"));
}

#[test]
fn files_are_those_of_ls_tree_without_links_and_submodules() {
    let project = history();
    project.write("dir/x", "x").write("dir.d/y", "y").write("caf\u{e9}", "c").write("a\\b", "b");
    project.commit("files");
    #[cfg(unix)]
    std::os::unix::fs::symlink("dir/x", project.path("link")).expect("links can be made");
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt as _;
        fs::write(project.root().join(std::ffi::OsStr::from_bytes(b"\xff.c")), "f")
            .expect("Linux takes any byte");
    }
    let other = history();
    project.git(["submodule", "--quiet", "add", &other.address(), "sub"]);
    let commit = id(&project.commit("link and submodule"));

    let listed = project.git(["ls-tree", "-r", "-z", "HEAD"]);
    let listed = listed.split_terminator('\0').filter_map(|line| line.strip_prefix("100644 blob "));
    let mut expected: Vec<String> = listed.map(|line| line.replace('\t', " ")).collect();
    expected.sort();
    let files = open(project.root()).files(commit).expect("lists");
    assert!(files.is_sorted());
    let name = |path: &str| String::from_utf8_lossy(&path::to_bytes(path)).into_owned();
    let mut shown: Vec<String> =
        files.iter().map(|file| format!("{} {}", file.blob, name(&file.path))).collect();
    shown.sort();
    assert_eq!(shown, expected);
    let repo = open(project.root());
    for file in &files {
        assert_eq!(
            repo.at(commit, &file.path).expect("looks up"),
            Some(file.blob),
            "{}",
            file.path
        );
    }
    assert_eq!(
        repo.at(commit, "dir").expect("looks up").map(|id| id.to_string()),
        Some(project.rev("HEAD:dir"))
    );
    for absent in ["link", "sub", "nothing", "dir/x/y", "dir/nothing"] {
        assert_eq!(repo.at(commit, absent).expect("looks up"), None, "{absent}");
    }
    assert_eq!(
        repo.blob(repo.at(commit, "src/a.rs").expect("looks up").expect("is there"))
            .expect("reads"),
        b"one\nTWO\n"
    );
}

/// `git diff --raw` in the form of [`shown`].
fn raw(project: &Project, old: &str, new: &str, renames: &str) -> Vec<String> {
    let raw = project.git(["diff", "--raw", "--no-abbrev", "-z", renames, old, new]);
    let mut fields = raw.split_terminator('\0');
    let mut changes = Vec::new();
    while let Some(head) = fields.next() {
        let parts: Vec<&str> = head.split(' ').collect();
        let first = fields.next().expect("a path follows");
        let second = if parts[4].starts_with('R') {
            fields.next().expect("two paths follow")
        } else {
            first
        };
        let side = |id: &str, path: &str| {
            if id.bytes().all(|byte| byte == b'0') {
                "-".to_owned()
            } else {
                format!("{path}:{id}")
            }
        };
        changes.push(format!("{} {}", side(parts[2], first), side(parts[3], second)));
    }
    changes
}

fn shown(changes: &[Change]) -> Vec<String> {
    let side = |file: &Option<covatlas::git::TreeFile>| {
        file.as_ref().map_or_else(|| "-".to_owned(), |file| format!("{}:{}", file.path, file.blob))
    };
    changes.iter().map(|change| format!("{} {}", side(&change.old), side(&change.new))).collect()
}

fn text(seed: u32, lines: u32) -> String {
    let lines: Vec<String> =
        (0..lines).map(|line| format!("line {} of {seed}\n", line * 7919 % 101)).collect();
    lines.concat()
}

#[test]
fn tree_diffs_are_those_of_git_diff() {
    let project = Project::new();
    for number in 0..6 {
        project
            .write(&format!("a/file{number}.txt"), text(number, 40))
            .write(&format!("b/x{number}/mod.rs"), text(100 + number, 30));
    }
    project.write("a/same.txt", "same\n").write("plain", "p").commit("one");
    project.write("a/file0.txt", text(0, 40) + "more\n"); // modified
    project.remove("a/file1.txt").write("c/file1.txt", text(1, 40)); // moved
    project
        .remove("a/file2.txt")
        .write("c/renamed.txt", text(2, 40).replace("line 0 ", "LINE 0 ") + "tail\n"); // renamed, edited
    project.remove("b/x1/mod.rs").write("d/y/mod.rs", text(101, 30) + "new\n"); // one of many files of its name
    project.remove("a/file3.txt").write("new.txt", "nothing alike\n"); // deleted, added
    project.remove("plain").write("plain/inside", "p2"); // a file becomes a folder
    project.remove("a/file4.txt").write("e/file4.txt", text(4, 22) + &text(900, 18)); // about half alike
    project.commit("two");
    let repo = open(project.root());
    let tips = [repo.resolve("HEAD~1").expect("resolves"), repo.resolve("HEAD").expect("resolves")];
    for (old, new) in [(0, 1), (1, 0)] {
        for (renames, option) in
            [(Renames::Ignore, "--no-renames"), (Renames::Follow, "--find-renames=50%")]
        {
            let ours =
                repo.diff_trees(Some(tips[old]), Some(tips[new]), renames).expect("compares");
            let mut expected =
                raw(&project, &tips[old].to_string(), &tips[new].to_string(), option);
            let mut ours = shown(&ours);
            ours.sort();
            expected.sort();
            assert_eq!(ours, expected, "{option}");
        }
    }
    let all = repo.diff_trees(None, Some(tips[0]), Renames::Follow).expect("compares");
    assert_eq!(all.len(), repo.files(tips[0]).expect("lists").len());
    assert!(all.iter().all(|change| change.old.is_none()));
    assert_eq!(
        repo.diff_trees(Some(tips[1]), Some(tips[1]), Renames::Follow).expect("compares"),
        []
    );
}

/// The hunks of `git diff -U0`, with the start of an empty side moved to the line after it.
fn git_hunks(project: &Project, old: &[u8], new: &[u8]) -> Vec<Hunk> {
    project.write("old", old).write("new", new);
    let diff = project.try_git(["diff", "--no-index", "--text", "-U0", "--", "old", "new"]);
    let headers = diff.stdout.lines().filter(|line| line.starts_with("@@ "));
    headers
        .map(|header| {
            let mut sides = header.split(' ').skip(1).take(2).map(|side| {
                let (start, count) = side[1..].split_once(',').unwrap_or((&side[1..], "1"));
                let (start, count): (u32, u32) =
                    (start.parse().expect("a number"), count.parse().expect("a number"));
                (if count == 0 { start + 1 } else { start }, count)
            });
            let (old, new) = (sides.next().expect("two sides"), sides.next().expect("two sides"));
            Hunk { old_start: old.0, old_count: old.1, new_start: new.0, new_count: new.1 }
        })
        .collect()
}

#[test]
fn line_diffs_are_those_of_git_diff_without_context() {
    let project = Project::new();
    let repo = open(project.root());
    let long = text(1, 900);
    let functions: Vec<String> =
        (0..60).map(|n| format!("fn f{n}() {{\n    body();\n}}\n\n")).collect();
    let functions = functions.concat();
    let pairs: Vec<(Vec<u8>, Vec<u8>)> = vec![
        ("".into(), "a\nb\n".into()),
        ("a\nb\n".into(), "".into()),
        ("a\n".into(), "a".into()),
        ("a\nb\nc\n".into(), "a\nx\nb\nc\ny\n".into()),
        ("a\r\nb\r\n".into(), "a\nb\n".into()),
        ("\0binary\na\n".into(), "\0binary\nb\n".into()),
        (b"\xff\xfe\na\n".to_vec(), b"\xff\xfe\nb\n".to_vec()),
        (long.clone().into(), long.replacen("line 50 ", "LINE 50 ", 3).into()),
        (long.clone().into(), ("top\n".to_owned() + &long).into()),
        (long.clone().into(), long[300..].into()),
        (
            functions.clone().into(),
            functions.replacen("fn f30", "fn g() {\n    body();\n}\n\nfn f30", 1).into(),
        ),
        (
            functions.clone().into(),
            functions.replacen("fn f31() {\n    body();\n}\n\n", "", 1).into(),
        ),
        (
            functions.clone().into(),
            functions
                .replacen("    body();\n}\n\nfn f9", "    body();\n    body();\n}\n\nfn f9", 1)
                .into(),
        ),
        ("}\n".repeat(2000).into(), "}\n".repeat(2003).into()),
        (vec![b'x'; 5000], [vec![b'x'; 5000], b"\ny".to_vec()].concat()),
        ("same".into(), "same".into()),
    ];
    for (old, new) in pairs {
        let ours = repo.diff_lines(&old, &new).expect("compares");
        let shown = |text: &[u8]| String::from_utf8_lossy(&text[..text.len().min(60)]).into_owned();
        assert_eq!(ours, git_hunks(&project, &old, &new), "{:?} {:?}", shown(&old), shown(&new));
    }
}

#[test]
fn dirty_files_are_those_of_git_diff_head() {
    let project = history();
    project.write("src/a.rs", "changed\n").write("README.md", "# staged\n").write("untracked", "u");
    project.git(["add", "README.md"]);
    project.remove("src/b.rs");
    let repo = open(project.root());
    let asked = ["src/a.rs", "README.md", "src/b.rs", "untracked", "nothing"];
    let expected: Vec<String> =
        project.git(["diff", "--name-only", "HEAD"]).lines().map(str::to_owned).collect();
    assert_eq!(repo.dirty(&asked).expect("compares"), expected);
    assert_eq!(repo.dirty(&["src/b.rs"]).expect("compares"), ["src/b.rs"]);
    project.git(["reset", "--quiet", "--hard"]);
    assert_eq!(open(project.root()).dirty(&asked).expect("compares"), Vec::<String>::new());
}

#[test]
fn a_repository_is_found_from_everywhere_inside() {
    let project = history();
    let head = project.rev("HEAD");
    let linked = project.beside("linked");
    project.git([
        "worktree",
        "add",
        "--quiet",
        "--detach",
        linked.to_str().expect("UTF-8"),
        "HEAD",
    ]);
    let outer = history();
    outer.git(["submodule", "--quiet", "add", &project.address(), "sub"]);
    let bare = Project::clone_of(&project.address(), &["--bare"]);
    let places = [
        project.path("src"),
        linked.join("src"),
        linked.clone(),
        outer.path("sub/src"),
        bare.root().to_owned(),
    ];
    for place in places {
        let repo = open(&place);
        assert_eq!(
            repo.resolve("HEAD").expect("resolves").to_string(),
            head,
            "{}",
            place.display()
        );
        let again = open(&repo.folder()); // as another thread does
        assert!(again.has(head.parse().expect("an id")), "{}", place.display());
    }
    assert_eq!(open(bare.root()).work_tree(), None);
    assert_eq!(
        open(bare.root()).dirty(&["src/a.rs"]).expect("nothing to compare"),
        Vec::<String>::new()
    );
    fs::write(linked.join("src/a.rs"), "changed").expect("writable");
    assert_eq!(open(&linked).dirty(&["src/a.rs"]).expect("compares"), ["src/a.rs"]);
    assert_eq!(open(project.root()).dirty(&["src/a.rs"]).expect("compares"), Vec::<String>::new());
    assert_eq!(open(&linked).folder(), open(project.root()).folder());
}

#[test]
fn sha256_repositories_are_read() {
    let project = Project::init(&["--object-format=sha256"]);
    let first = project.write("src/a.rs", "one\n").commit("one");
    let second = project.write("src/a.rs", "one\ntwo\n").commit("two");
    let repo = open(project.root());
    assert_eq!(second.len(), 64);
    let chain: Vec<String> =
        repo.first_parents(id(&second)).expect("walks").iter().map(Id::to_string).collect();
    assert_eq!(chain, [second.clone(), first.clone()]);
    assert_eq!(repo.resolve(&first[..10]).expect("resolves").to_string(), first);
    let changes =
        repo.diff_trees(Some(id(&first)), Some(id(&second)), Renames::Follow).expect("compares");
    assert_eq!(shown(&changes), raw(&project, &first, &second, "--find-renames"));
    assert_eq!(repo.dirty(&["src/a.rs"]).expect("compares"), Vec::<String>::new());
}

/// An error with its chain and its hints.
fn said<T>(result: covatlas::Result<T>) -> String {
    let error = result.err().expect("an error");
    format!("{}\n{}", error.chain().join("\n"), error.hints().join("\n"))
}

#[test]
fn errors_say_what_is_wrong_and_what_to_do() {
    let nowhere = tempfile::tempdir().expect("a folder");
    let error = said(RepoWriter::discover(nowhere.path()));
    assert!(error.contains("found no git repository at"), "{error}");

    let empty = Project::new();
    let error = said(open(empty.root()).resolve("HEAD"));
    assert!(error.contains("no commit yet") && error.contains("commit something first"), "{error}");

    let project = history();
    project.git(["switch", "--quiet", "--orphan", "fresh"]);
    let error = said(open(project.root()).resolve("HEAD"));
    assert!(error.contains("current branch `fresh` has no commit yet"), "{error}");
    project.switch("main");
    let error = open(project.root()).resolve("nothing").expect_err("unknown");
    assert_eq!(error.kind(), Kind::NotFound);
    assert!(said::<()>(Err(error)).contains("`nothing` does not name a commit here"));
    let error = said(open(project.root()).commit(id(&"1".repeat(40))));
    assert!(error.contains(&"1".repeat(40)), "{error}");
}

#[test]
fn a_repository_with_reftable_gets_a_hint() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = run(git_in(folder.path()).args(["init", "--quiet", "--ref-format=reftable"]));
    if made.code != Some(0) {
        return; // git before 2.45
    }
    let error = said(RepoWriter::discover(folder.path()));
    assert!(error.contains("git refs migrate --ref-format=files"), "{error}");
}

#[test]
fn a_shallow_clone_ends_at_its_boundary_and_says_so() {
    let project = history();
    let shallow = Project::clone_of(&project.address(), &["--depth=1"]);
    let linked = shallow.beside("linked");
    shallow.git([
        "worktree",
        "add",
        "--quiet",
        "--detach",
        linked.to_str().expect("UTF-8"),
        "HEAD",
    ]);
    for place in [shallow.root(), &linked] {
        let repo = open(place);
        assert!(repo.is_shallow());
        let tip = repo.resolve("HEAD").expect("resolves");
        assert_eq!(repo.first_parents(tip).expect("walks"), [tip]);
        assert_eq!(repo.commit(tip).expect("reads").parents, []);
        let error = said(repo.commit(id(&project.rev("HEAD~1"))));
        assert!(error.contains("fetch --unshallow"), "{error}");
        let error = said(repo.resolve(&project.rev("HEAD~1")));
        assert!(error.contains("fetch --unshallow"), "{error}");
        let base = repo.merge_base(tip, tip).expect("compares");
        assert_eq!(base, Some(tip));
    }
    assert!(!open(project.root()).is_shallow());
}

#[test]
fn a_partial_clone_names_the_command_and_can_fetch_what_it_lacks() {
    let project = history();
    project.git(["config", "uploadpack.allowFilter", "true"]);
    project.git(["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let partial = Project::clone_of(&project.address(), &["--filter=blob:none", "--no-checkout"]);
    let blobs = [id(&project.rev("HEAD:src/a.rs")), id(&project.rev("HEAD:src/b.rs"))];
    let repo = open(partial.root());
    assert!(!repo.has(blobs[0]));
    let error = said(repo.blob(blobs[0]));
    assert!(error.contains("git fetch --refetch --no-filter origin"), "{error}");
    assert_eq!(repo.fetch_missing(&blobs).expect("the remote has them"), 2);
    assert_eq!(repo.blob(blobs[0]).expect("fetched"), b"one\nTWO\n");
    assert_eq!(repo.fetch_missing(&blobs).expect("nothing to do"), 0);

    let partial = Project::clone_of(&project.address(), &["--filter=blob:none", "--no-checkout"]);
    partial.git(["fetch", "--quiet", "--refetch", "--no-filter", "origin"]); // the command that the hint names
    assert_eq!(open(partial.root()).blob(blobs[1]).expect("fetched"), b"b\n");
}

#[test]
fn remotes_are_named_without_credentials() {
    let project = history();
    project.git(["remote", "add", "fork", "https://ada:token@forge.example/ada/x.git"]);
    project.git(["remote", "add", "origin", "git@forge.example:team/x.git"]);
    let remotes = open(project.root()).remotes().expect("reads");
    let shown: Vec<String> =
        remotes.into_iter().map(|remote| format!("{} {}", remote.name, remote.url)).collect();
    assert_eq!(
        shown,
        ["origin git@forge.example:team/x.git", "fork https://forge.example/ada/x.git"]
    );
}

#[test]
fn a_ref_that_moved_or_is_locked_is_told_apart() {
    let project = history();
    let repo = open(project.root());
    let (old, new) =
        (repo.resolve("HEAD~1").expect("resolves"), repo.resolve("HEAD").expect("resolves"));
    let reference = "refs/heads/x";
    repo.move_ref(reference, None, old, "test").expect("it does not exist yet");
    let moved = |expected| repo.move_ref(reference, expected, new, "test");
    assert_eq!(moved(None).expect_err("it exists").kind(), Kind::RefMoved);
    assert_eq!(moved(Some(new)).expect_err("it is elsewhere").kind(), Kind::RefMoved);
    assert_eq!(
        repo.move_ref("refs/heads/gone", Some(old), new, "test").expect_err("it is gone").kind(),
        Kind::RefMoved
    );
    project.write(".git/refs/heads/x.lock", "");
    let error = moved(Some(old)).expect_err("it is locked");
    assert_eq!(error.kind(), Kind::RefMoved);
    assert!(said::<()>(Err(error)).contains("x.lock"), "the lock is named");
    project.remove(".git/refs/heads/x.lock");
    moved(Some(old)).expect("it is where it should be");
    assert_eq!(project.rev("x"), new.to_string());
}

#[test]
fn a_ref_moves_as_git_moves_it() {
    let project = history();
    let repo = open(project.root());
    let (old, new) =
        (repo.resolve("HEAD~1").expect("resolves"), repo.resolve("HEAD").expect("resolves"));
    let moves = |name: &str, expected, to| {
        repo.move_ref(&format!("refs/heads/{name}"), expected, to, "covatlas: record")
            .expect("it is there");
    };

    // The branch has a file as in git, and a log if git would keep one.
    project.git(["branch", "by-git", "HEAD~1"]);
    moves("team/a", None, old);
    let mode = |name: &str| {
        fs::metadata(project.path(&format!(".git/refs/heads/{name}"))).expect("a ref").permissions()
    };
    assert_eq!(project.read(".git/refs/heads/team/a"), project.read(".git/refs/heads/by-git"));
    assert_eq!(mode("team/a"), mode("by-git"));
    let log = || project.git(["reflog", "show", "--format=%H %gs", "team/a"]);
    assert_eq!(log(), format!("{old} covatlas: record"));

    // A symbolic ref is followed.
    project.git(["symbolic-ref", "refs/heads/link", "refs/heads/team/a"]);
    moves("link", Some(old), new);
    assert_eq!(project.git(["symbolic-ref", "refs/heads/link"]), "refs/heads/team/a");
    assert_eq!(log(), format!("{new} covatlas: record\n{old} covatlas: record"));

    // A packed ref is followed too, and folders of deleted branches are no obstacle.
    project.git(["pack-refs", "--all"]);
    moves("team/a", Some(new), old);
    assert_eq!(project.rev("team/a"), old.to_string());
    fs::create_dir_all(project.path(".git/refs/heads/gone/deep")).expect("a folder can be made");
    moves("gone", None, old);
    assert_eq!(project.rev("gone"), old.to_string());

    project.git(["config", "core.logAllRefUpdates", "false"]);
    moves("unlogged", None, old);
    assert!(!project.path(".git/logs/refs/heads/unlogged").exists());
    project.git(["fsck", "--strict"]);
}

#[test]
fn a_repository_of_another_user_gets_a_hint() {
    // libgit2 checks the owner of the folder. Only root can give a folder to another user, so other
    // users cannot run this.
    let project = history();
    let given = std::process::Command::new("chown")
        .args(["-R", "12345:12345"])
        .arg(project.root())
        .status();
    if !given.is_ok_and(|status| status.success()) {
        return;
    }
    let error = said(RepoWriter::discover(project.root()));
    assert!(
        error.contains("belongs to another user") && error.contains("safe.directory"),
        "{error}"
    );
}

#[test]
fn a_damaged_cache_is_as_good_as_none() {
    let project = Project::new();
    let repo = RepoWriter::discover(project.root()).expect("it is a repository");
    assert_eq!(repo.cached("timeline"), None);
    repo.cache("timeline", b"first");
    repo.cache("timeline", b"what was found");
    assert_eq!(repo.cached("timeline").as_deref(), Some(&b"what was found"[..]));
    let file = project.path(".git/covatlas/timeline");
    let whole = fs::read(&file).expect("it was written");
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        for bytes in [&damaged[..], &whole[..at]] {
            fs::write(&file, bytes).expect("writable");
            assert_eq!(repo.cached("timeline"), None, "byte {at}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_becomes_a_link_is_no_source_of_a_rename() {
    let project = Project::new();
    project.write("a", "1\n2\n3\n").commit("one");
    project.remove("a").write("b", "1\n2\n3\n");
    std::os::unix::fs::symlink("b", project.path("a")).expect("a link can be made");
    project.commit("two");
    project.remove("a").remove("b").write("a", "1\n2\n3\n").commit("three");
    let repo = open(project.root());
    for (pair, status) in [(["HEAD~2", "HEAD~1"], "T a A b"), (["HEAD~1", "HEAD"], "T a D b")] {
        let [old, new] = pair.map(|name| repo.resolve(name).expect("a commit"));
        let shown = project.git(["diff", "--name-status", "--find-renames", pair[0], pair[1]]);
        assert_eq!(shown.split_whitespace().collect::<Vec<_>>().join(" "), status);
        let changes = repo.diff_trees(Some(old), Some(new), Renames::Follow).expect("trees");
        let path =
            |file: &Option<covatlas::git::TreeFile>| file.as_ref().map(|file| file.path.clone());
        let paths: Vec<_> =
            changes.iter().map(|change| (path(&change.old), path(&change.new))).collect();
        assert!(paths.iter().all(|(old, new)| old.is_none() || new.is_none()), "{paths:?}");
        assert_eq!(paths.len(), 2);
    }
}
