//! Tests repositories with unusual setups: covatlas finds, refuses and considers clean what git
//! does.

use std::fs;

use super::harness::{Project, Ran, git_in, run, section};

/// A project with one committed file, `src/a.rs`, and a report about it.
fn project() -> Project {
    with_report(Project::new())
}

fn with_report(project: Project) -> Project {
    project.write("src/a.rs", "fn a() {}\n").commit("one");
    fs::write(project.beside("a.info"), section("src/a.rs", "1")).expect("a report can be written");
    project
}

fn report(project: &Project) -> String {
    project.beside("a.info").to_str().expect("UTF-8").to_owned()
}

fn record(project: &Project) -> Ran {
    project.covatlas(["record", "--json", &report(project)])
}

fn dirty(ran: Ran) -> Vec<String> {
    let json: serde_json::Value = serde_json::from_str(&ran.succeeds().stdout).expect("it is JSON");
    serde_json::from_value(json["dirty"].clone()).expect("a list of paths")
}

fn branches(project: &Project) -> String {
    project.git(["for-each-ref", "--format=%(refname:short)", "refs/heads"])
}

#[test]
fn the_work_tree_is_where_the_git_directory_was_found() {
    for linked in [false, true] {
        let project = with_report(Project::new());
        project.write("covatlas.toml", "[store]\nbranch = \"data\"\n").commit("configuration");
        let elsewhere = project.beside("git").join("of-this");
        fs::create_dir_all(elsewhere.parent().expect("it has one")).expect("a folder can be made");
        if linked {
            fs::rename(project.path(".git"), &elsewhere).expect("a folder can be moved");
            make_link(&elsewhere, &project.path(".git"));
        } else {
            project.git([
                "init",
                "--quiet",
                "--separate-git-dir",
                elsewhere.to_str().expect("UTF-8"),
            ]);
        }
        assert_eq!(
            project.git(["rev-parse", "--show-toplevel"]),
            project.root().to_str().expect("UTF-8")
        );

        assert_eq!(dirty(record(&project)), [""; 0]);
        assert_eq!(branches(&project), "data\nmain");
    }
}

#[cfg(unix)]
fn make_link(to: &std::path::Path, link: &std::path::Path) {
    std::os::unix::fs::symlink(to, link).expect("a link can be made");
}

#[cfg(not(unix))]
fn make_link(to: &std::path::Path, link: &std::path::Path) {
    fs::write(link, format!("gitdir: {}\n", to.display())).expect("a file can be written");
}

#[test]
fn the_repository_that_the_environment_names_is_used() {
    let project = project();
    let (git, root) = (project.path(".git"), project.root());
    let elsewhere = project.beside("elsewhere");
    fs::create_dir(&elsewhere).expect("a folder can be made");

    let mut command = project.command();
    command.current_dir(&elsewhere).args(["record", &report(&project)]);
    assert!(run(&mut command).exits(2).stderr.contains("found no git repository"));
    run(command.env("GIT_DIR", &git).env("GIT_WORK_TREE", root)).succeeds();
    assert_eq!(branches(&project), "covatlas\nmain");

    // Without GIT_WORK_TREE, the current folder is the work tree, as in `git status`.
    let mut command = project.command();
    command.current_dir(project.path("src")).env("GIT_DIR", "../.git").args([
        "record",
        "--json",
        &report(&project),
    ]);
    let mut status = git_in(&project.path("src"));
    let status =
        run(status.env("GIT_DIR", "../.git").args(["status", "--short", "--untracked-files=no"]))
            .succeeds();
    assert_eq!(status.stdout, " D src/a.rs\n");
    assert_eq!(dirty(run(&mut command)), ["src/a.rs"]);
}

#[test]
fn a_work_tree_that_the_environment_names_is_used() {
    let project = project();
    let bare = project.beside("bare.git");
    project.git(["clone", "--quiet", "--bare", ".", bare.to_str().expect("UTF-8")]);
    run(git_in(&bare).args(["read-tree", "HEAD"])).succeeds();
    let above = project.root().parent().expect("it has one");
    let relative = project.root().strip_prefix(above).expect("it is below");
    let status = |git: &std::path::Path, tree: &std::path::Path| {
        let mut command = git_in(above);
        command.env("GIT_DIR", git).env("GIT_WORK_TREE", tree).args([
            "diff",
            "--name-only",
            "HEAD",
        ]);
        run(&mut command).succeeds().stdout
    };
    let recorded = |git: &std::path::Path, tree: &std::path::Path| {
        let mut command = project.command();
        command.current_dir(above).env("GIT_DIR", git).env("GIT_WORK_TREE", tree);
        dirty(run(command.args(["record", "--json", &report(&project)])))
    };
    // A bare repository beside its work tree, and both as paths from the current folder.
    let folders = [
        (bare.as_path(), project.root()),
        (bare.as_path(), relative),
        (&relative.join(".git"), relative),
    ];
    for (git, tree) in folders {
        assert_eq!(
            (status(git, tree).as_str(), recorded(git, tree)),
            ("", vec![]),
            "{}",
            git.display()
        );
    }
    project.write("src/a.rs", "fn other() {}\n");
    for (git, tree) in folders {
        assert_eq!(status(git, tree), "src/a.rs\n");
        assert_eq!(recorded(git, tree), ["src/a.rs"], "{}", git.display());
    }
}

#[test]
fn the_search_for_a_repository_ends_where_gits_does() {
    let project = project();
    let inside = project.path("src/deep");
    fs::create_dir_all(&inside).expect("a folder can be made");
    let found = |ceiling: &std::path::Path| {
        let mut git = git_in(&inside);
        let by_git =
            run(git.env("GIT_CEILING_DIRECTORIES", ceiling).args(["rev-parse", "--git-dir"])).code
                == Some(0);
        let mut command = project.command();
        command
            .current_dir(&inside)
            .env("GIT_CEILING_DIRECTORIES", ceiling)
            .args(["blame", "src/a.rs"]);
        (by_git, run(&mut command).code == Some(0))
    };
    let above = project.root().parent().expect("it has one");
    assert_eq!(found(above), (true, true));
    assert_eq!(found(project.root()), (false, false));
    assert_eq!(found(&inside), (true, true), "the current folder itself hides nothing above it");
}

#[test]
fn a_linked_worktree_that_was_moved_is_where_it_was_found() {
    let project = project();
    let [old, new] = ["old", "new"].map(|name| project.beside(name));
    project.git(["worktree", "add", "--quiet", "--detach", old.to_str().expect("UTF-8")]);
    fs::rename(&old, &new).expect("it can be moved");
    let shown =
        run(git_in(&new.join("src")).args(["rev-parse", "--show-toplevel"])).succeeds().stdout;
    assert_eq!(shown.trim_end(), new.to_str().expect("UTF-8"));
    let mut command = project.command();
    assert_eq!(
        dirty(run(command.current_dir(new.join("src")).args([
            "record",
            "--json",
            &report(&project)
        ]))),
        [""; 0]
    );
    fs::write(new.join("src/a.rs"), "fn other() {}\n").expect("writable");
    assert_eq!(dirty(run(&mut command)), ["src/a.rs"]);
}

#[test]
fn a_bare_repository_is_refused_where_git_refuses_it() {
    let project = project();
    record(&project).succeeds();
    let bare = project.beside("bare.git");
    project.git(["clone", "--quiet", "--bare", ".", bare.to_str().expect("UTF-8")]);
    let settings = project.beside("settings");
    fs::write(&settings, "[safe]\n\tbareRepository = explicit\n").expect("writable");
    let by = |mut command: std::process::Command, named: bool| {
        command.current_dir(&bare).env("GIT_CONFIG_GLOBAL", &settings).arg("log");
        if named {
            command.env("GIT_DIR", &bare);
        }
        run(&mut command)
    };
    for named in [false, true] {
        let is_opened = by(git_in(&bare), named).code == Some(0);
        let ran = by(project.command(), named);
        assert_eq!((is_opened, ran.code == Some(0)), (named, named), "{ran:?}");
        assert!(named || ran.stderr.contains("safe.bareRepository"), "{ran:?}");
    }
}

#[test]
fn extensions_that_change_nothing_are_accepted_and_others_named() {
    let project = project();
    project.git(["config", "core.repositoryFormatVersion", "1"]);
    for (name, value) in [("noop-v1", "true"), ("refStorage", "files"), ("objectFormat", "sha1")] {
        let key = format!("extensions.{name}");
        project.git(["config", &key, value]);
        project.covatlas(["blame", "src/a.rs"]).succeeds();
        project.git(["config", "--unset", &key]);
    }
    project.git(["config", "extensions.ours", "true"]);
    assert_ne!(project.try_git(["log"]).code, Some(0), "git refuses as well");
    let said = project.covatlas(["log"]).exits(2).stderr;
    assert!(said.contains("git's extension `ours`"), "{said}");
}

#[cfg(unix)] // the program is found without a PATH
#[test]
fn a_machine_without_git_records_with_a_warning() {
    let project = project();
    let nowhere = project.beside("nowhere");
    let without_git =
        |arguments: &[&str]| run(project.command().env("PATH", &nowhere).args(arguments));
    let said = without_git(&["record", &report(&project)]).succeeds().stderr;
    assert!(said.contains("is not known: `git` is not on the PATH"), "{said}");
    assert!(without_git(&["log"]).succeeds().stdout.contains("100.0%"));
    without_git(&["build", "--out", project.beside("site").to_str().expect("UTF-8")]).succeeds();
    let said = without_git(&["record", "--push", &report(&project)]).exits(2).stderr;
    assert!(said.contains("git must be installed"), "{said}");
}

#[cfg(unix)] // the command is a script of sh
#[test]
fn a_backfill_in_a_hook_leaves_the_index_alone() {
    let project = project();
    project.write("src/a.rs", "fn a() {}\nfn b() {}\n").commit("two");
    let linked = project.beside("linked");
    project.git(["worktree", "add", "--quiet", "-b", "topic", linked.to_str().expect("UTF-8")]);

    for (folder, git) in
        [(project.root().to_owned(), ".git"), (linked.clone(), "../repo/.git/worktrees/linked")]
    {
        let index = folder.join(git).join("index");
        let before = fs::read(&index).expect("there is an index");
        let mut command = project.command();
        command.current_dir(&folder).args([
            "backfill",
            "--suite",
            git.split('/').next_back().expect("one"),
        ]);
        command.args([
            "--",
            "sh",
            "-c",
            "printf 'SF:src/a.rs\\nDA:1,1\\nend_of_record\\n' > lcov.info",
        ]);
        // The variables in a hook of `git commit`.
        command
            .env("GIT_INDEX_FILE", format!("{git}/index"))
            .env("GIT_PREFIX", "")
            .env("GIT_DIR", git);
        let ran = run(&mut command).succeeds();
        assert!(ran.stderr.contains("2 commits") || ran.stdout.contains("2 commits"), "{ran:?}");
        assert!(
            fs::read(&index).expect("there is an index") == before,
            "the index of {} changed",
            folder.display()
        );
        assert_eq!(run(git_in(&folder).args(["status", "--short"])).succeeds().stdout, "");
    }
}

#[test]
fn a_data_branch_that_is_checked_out_is_not_moved() {
    let project = project();
    record(&project).succeeds();
    let linked = project.beside("data");
    project.git(["worktree", "add", "--quiet", linked.to_str().expect("UTF-8"), "covatlas"]);
    let tip = project.rev("covatlas");
    assert_eq!(
        project.try_git(["branch", "--force", "covatlas", "main"]).code,
        Some(128),
        "git refuses as well"
    );
    let said = project.covatlas(["record", "--suite", "unit", &report(&project)]).exits(2).stderr;
    assert!(
        said.contains("is checked out in") && said.contains(linked.to_str().expect("UTF-8")),
        "{said}"
    );
    assert_eq!(project.rev("covatlas"), tip);

    // Git returns to the branch when a rebase or a bisect ends.
    for (begin, end) in [
        (&["rebase", "--quiet", "--exec", "false", "--root"][..], &["rebase", "--abort"][..]),
        (&["bisect", "start"], &["bisect", "reset"]),
    ] {
        run(git_in(&linked).args(begin));
        run(git_in(&linked).args(["checkout", "--quiet", "--detach"]));
        assert_eq!(
            project.try_git(["branch", "--force", "covatlas", "main"]).code,
            Some(128),
            "git refuses: {begin:?}"
        );
        let said =
            project.covatlas(["record", "--suite", "unit", &report(&project)]).exits(2).stderr;
        assert!(said.contains("has to end first"), "{said}");
        run(git_in(&linked).args(end)).succeeds();
    }
    assert_eq!(project.rev("covatlas"), tip);

    // A deleted worktree protects nothing.
    fs::remove_dir_all(&linked).expect("it can be removed");
    project.covatlas(["record", "--suite", "unit", &report(&project)]).succeeds();

    let head = project.rev("main");
    project.git(["worktree", "prune"]);
    project.switch("covatlas");
    let said = project
        .covatlas(["record", "--suite", "e2e", "--commit", &head, &report(&project)])
        .exits(2)
        .stderr;
    assert!(said.contains("is checked out in"), "{said}");
}

#[test]
fn what_git_calls_clean_is_not_dirty() {
    let project = project();
    project.write("tests/b.rs", "fn b() {}\n").write("tests/c.rs", "fn c() {}\n").commit("two");
    let text =
        [section("src/a.rs", "1"), section("tests/b.rs", "1"), section("tests/c.rs", "1")].concat();
    fs::write(project.beside("a.info"), text).expect("a report can be written");
    for mode in ["--no-sparse-index", "--sparse-index"] {
        project.git(["sparse-checkout", "set", mode, "src"]);
        assert_eq!(project.git(["status", "--short"]), "");
        assert_eq!(dirty(record(&project)), [""; 0], "{mode}");
        project.write("src/a.rs", "fn other() {}\n");
        assert_eq!(project.git(["status", "--short"]), " M src/a.rs");
        assert_eq!(dirty(record(&project)), ["src/a.rs"], "{mode}");
        project.git(["checkout", "--quiet", "src/a.rs"]);
    }

    project.git(["sparse-checkout", "disable"]);
    project.git(["update-index", "--assume-unchanged", "tests/b.rs"]);
    project.write("tests/b.rs", "fn other() {}\n").remove("tests/c.rs");
    assert_eq!(project.git(["status", "--short"]), " D tests/c.rs");
    assert_eq!(dirty(record(&project)), ["tests/c.rs"]);
}

#[test]
fn a_branch_whose_name_is_in_the_way_is_named() {
    let project = project();
    project.git(["branch", "covatlas/old"]);
    let said = record(&project).exits(2).stderr;
    assert!(said.contains("branch covatlas cannot exist beside branch covatlas/old"), "{said}");
    assert!(said.contains("[store] branch"), "{said}");
    project.git(["branch", "--delete", "covatlas/old"]);
    record(&project).succeeds();

    project.write("covatlas.toml", "[store]\nbranch = \"main/data\"\n");
    let said = record(&project).exits(2).stderr;
    assert!(said.contains("branch main/data cannot exist beside branch main"), "{said}");
}

#[test]
fn a_branch_in_the_way_on_a_remote_is_named_too() {
    let remote = Project::init(&["--bare"]);
    let project = project();
    project.git(["remote", "add", "origin", &remote.address()]);
    project.git(["push", "--quiet", "origin", "main", "main:refs/heads/covatlas/old"]);
    let said = project.covatlas(["record", "--push", &report(&project)]).exits(2).stderr;
    assert!(said.contains("covatlas/old") && !said.contains("gave up"), "{said}");
}

#[test]
fn a_repository_with_a_reftable_is_refused_by_name() {
    let folder = Project::new();
    let made = folder.try_git(["init", "--quiet", "--ref-format=reftable", "sub"]);
    if made.code != Some(0) {
        return; // a git before 2.45
    }
    let mut command = folder.command();
    let said = run(command.current_dir(folder.path("sub")).arg("log")).exits(2).stderr;
    assert!(
        said.contains("reftable") && said.contains("git refs migrate --ref-format=files"),
        "{said}"
    );
    assert!(!said.contains("libgit2"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_repository_of_another_user_is_opened_where_git_opens_it() {
    let project = project();
    let owned =
        std::process::Command::new("chown").args(["-R", "12345"]).arg(project.root()).status();
    if !owned.is_ok_and(|status| status.success()) {
        return; // only root can give files away
    }
    let with = |variables: &[(&str, &str)]| {
        let mut command = project.command();
        command.args(["record", &report(&project)]).envs(variables.iter().copied());
        run(&mut command)
    };
    let said = with(&[]).exits(2).stderr;
    assert!(said.contains("belongs to another user"), "{said}");

    let (root, above) = (project.root().to_str().expect("UTF-8"), project.beside("*"));
    let parameters = format!("'safe.directory={root}'");
    let count = [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "safe.directory")];
    with(&[count[0], count[1], ("GIT_CONFIG_VALUE_0", root)]).succeeds();
    with(&[count[0], count[1], ("GIT_CONFIG_VALUE_0", above.to_str().expect("UTF-8"))]).succeeds();
    with(&[("GIT_CONFIG_PARAMETERS", &parameters)]).succeeds();
    with(&[count[0], count[1], ("GIT_CONFIG_VALUE_0", "/elsewhere/*")]).exits(2);
}

#[test]
fn commits_are_read_in_their_encoding() {
    let project = project();
    project.write(".mailmap", "Georg <g@x.example> Jörg <j@x.example>\n");
    let tree = project.rev("HEAD^{tree}");
    let texts: [(&str, &[u8], &[u8]); 4] = [
        ("ISO-8859-1", b"J\xf6rg", b"l\xf6tin"),
        ("Shift_JIS", b"\x83\x65\x83\x58\x83\x67", b"\x83\x65"),
        ("ISO-2022-JP", b"\x1b$B%F%9%H\x1b(B", b"\x1b$B%F\x1b(B"),
        ("x-unknown", "Jörg".as_bytes(), "lötin".as_bytes()),
    ];
    for (encoding, name, subject) in texts {
        let header =
            |role: &[u8]| [role, b" ", name, b" <j@x.example> 1700000000 +0000\n"].concat();
        let commit = [
            format!("tree {tree}\n").as_bytes(),
            &header(b"author"),
            &header(b"committer"),
            format!("encoding {encoding}\n\n").as_bytes(),
            subject,
            b"\n\nCo-authored-by: ",
            name,
            b" <j@x.example>\n",
        ]
        .concat();
        project.write("raw", commit);
        let id = project.git(["hash-object", "-t", "commit", "-w", "--literally", "raw"]);
        let repo = covatlas::git::Repo::discover(project.root()).expect("it opens");
        let read = repo.commit(id.parse().expect("an id")).expect("it can be read");
        let expected = project.git(["log", "-1", "--encoding=UTF-8", "--format=%aN|%s", &id]);
        assert_eq!(format!("{}|{}", read.author, read.subject), expected, "{encoding}");
        let (commits, people) = repo.authors(&[read.id]).expect("they can be read");
        assert!(commits[0].co_authors.is_empty() && people.len() == 1, "{encoding}: {people:?}");
    }
}

#[test]
fn replaced_commits_are_read_as_git_reads_them() {
    let project = Project::new();
    project.write("a", "1\n").commit("old");
    project.write("a", "1\n2\n").commit("old too");
    project.git(["switch", "--quiet", "--orphan", "new"]);
    project.write("a", "1\n2\n").commit("imported");
    project.write("a", "1\n2\n3\n").commit("new");
    project.git(["replace", "--graft", "new~1", "main"]);
    let open = || covatlas::git::Repo::discover(project.root()).expect("a repository");
    let commits = |arguments: &[&str]| {
        let listed = project.git(arguments);
        listed.lines().map(|line| line.parse().expect("an id")).collect::<Vec<covatlas::git::Id>>()
    };
    let repo = open();
    let [tip, old] = ["new", "main~1"].map(|name| repo.resolve(name).expect("a commit"));
    assert_eq!(
        repo.first_parents(tip).expect("a chain"),
        commits(&["rev-list", "--first-parent", "new"])
    );
    assert_eq!(repo.first_parents(tip).expect("a chain").len(), 4);
    assert_eq!(repo.merge_base(tip, old).expect("found"), Some(old));
    assert_eq!(repo.resolve("new~3").expect("a commit"), old);
    assert!(repo.is_ancestor(old, tip).expect("known"));
    let said = repo.resolve("gone").expect_err("it names nothing");
    assert!(said.hints().iter().all(|hint| !hint.contains("damaged")), "{said:?}");

    project.git(["config", "core.useReplaceRefs", "false"]);
    let repo = open();
    assert_eq!(
        repo.first_parents(tip).expect("a chain"),
        commits(&["rev-list", "--first-parent", "new"])
    );
    assert_eq!(repo.merge_base(tip, old).expect("found"), None);
}
