//! The harness of the suite: a repository in a temporary folder, with git and covatlas isolated
//! from this machine.
//!
//! ```ignore
//! let project = Project::new();
//! let first = project.write("src/a.rs", "fn a() {}\n").commit("one");
//! project.covatlas(["record", "lcov.info"]).succeeds();
//! ```
//! No configuration of the user or the system is read, no CI variables are visible, and every
//! author and date is fixed. The same calls make the same commit ids.
#![allow(dead_code, unreachable_pub)] // not every feature uses all of it; each may

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use covatlas::git::RepoWriter;
use covatlas::store::{FileRecord, HitsKept, Key, Snapshot, StoreWriter};

/// The time of a project's first commit, 2024-01-01T00:00:00Z. Each further commit is an hour
/// later.
pub const EPOCH: i64 = 1_704_067_200;

/// A repository in a temporary folder, which is removed on drop.
pub struct Project {
    folder: tempfile::TempDir,
    root: PathBuf,
    clock: Cell<i64>,
}

impl Project {
    /// An empty repository without a commit, on branch `main`.
    pub fn new() -> Self {
        Self::init(&[])
    }

    /// An empty repository made by `git init` with these options (`--bare`,
    /// `--object-format=sha256`).
    pub fn init(options: &[&str]) -> Self {
        let project = Self::folder();
        fs::create_dir(&project.root).expect("the temporary folder is writable");
        project.git([&["init", "--quiet", "--initial-branch=main"], options].concat());
        project.user();
        project
    }

    /// A `git clone` with these options of the repository at a URL.
    pub fn clone_of(address: &str, options: &[&str]) -> Self {
        let project = Self::folder();
        let target = project.root.to_str().expect("temporary folders are UTF-8");
        let command = [&["clone", "--quiet"], options, &[address, target]].concat();
        run(git_in(project.folder.path()).args(command)).succeeds();
        project.user();
        project
    }

    /// Sets the user in the repository's own configuration, which tests that call the library read
    /// before this machine's.
    fn user(&self) {
        self.git(["config", "user.name", "Ada"]);
        self.git(["config", "user.email", "ada@example.com"]);
    }

    /// A project whose folder does not exist yet.
    fn folder() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        // macOS names its temporary folder through a symlink, but git gives the real path.
        let real = folder.path().canonicalize().expect("the temporary folder exists");
        Self { folder, root: real.join("repo"), clock: Cell::new(EPOCH) }
    }

    /// The repository's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path inside the repository's folder.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// A path beside the repository, for a linked worktree or an output folder.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.root.with_file_name(name)
    }

    /// A `file://` URL of the repository, which git treats as remote, so that `--depth` has an
    /// effect.
    pub fn address(&self) -> String {
        format!("file://{}", self.root.display())
    }

    /// Writes a file, and creates its folders.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("folders can be made");
        fs::write(&path, text).expect("a file can be written");
        self
    }

    /// Deletes a file.
    pub fn remove(&self, path: &str) -> &Self {
        fs::remove_file(self.path(path)).expect("the file exists");
        self
    }

    /// Reads a file as text.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("the file exists and is text")
    }

    /// Sets the time of the next commit, in seconds since 1970.
    pub fn at(&self, time: i64) -> &Self {
        self.clock.set(time);
        self
    }

    /// Commits everything in the work tree, one hour after the commit before, and returns the
    /// commit's full id.
    pub fn commit(&self, message: &str) -> String {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "--message", message]);
        self.rev("HEAD")
    }

    /// Like [`Self::commit`], by another author.
    pub fn commit_by(&self, author: &str, message: &str) -> String {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "--author", author, "--message", message]);
        self.rev("HEAD")
    }

    /// Makes a branch here and switches to it.
    pub fn branch(&self, name: &str) -> &Self {
        self.git(["switch", "--quiet", "--create", name]);
        self
    }

    /// Switches to a branch.
    pub fn switch(&self, name: &str) -> &Self {
        self.git(["switch", "--quiet", name]);
        self
    }

    /// Merges a branch with a merge commit, and returns its full id.
    pub fn merge(&self, name: &str) -> String {
        self.git(["merge", "--quiet", "--no-ff", "--message", &format!("Merge {name}"), name]);
        self.rev("HEAD")
    }

    /// The full id of a revision.
    pub fn rev(&self, revision: &str) -> String {
        self.git(["rev-parse", "--verify", revision])
    }

    /// Runs git in the repository. It must succeed. Returns its output without the last line break.
    pub fn git<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        let output = self.try_git(arguments).succeeds();
        output.stdout.strip_suffix('\n').unwrap_or(&output.stdout).to_owned()
    }

    /// Runs git in the repository, whether or not it succeeds. Commits that it makes advance the
    /// clock.
    pub fn try_git<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        let mut command = git_in(&self.root);
        command.args(arguments);
        if command
            .get_args()
            .any(|argument| matches!(argument.to_str(), Some("commit" | "merge" | "tag")))
        {
            let date = format!("{} +0000", self.clock.get());
            command.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
            self.clock.set(self.clock.get() + 3600);
        }
        run(&mut command)
    }

    /// Runs the program in the repository's folder.
    pub fn covatlas<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        run(self.command().args(arguments))
    }

    /// The program as a command in the repository's folder, for tests that add variables, input or
    /// another folder.
    pub fn command(&self) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_covatlas"))
    }

    /// Another program as a command in the repository's folder.
    pub fn command_of(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = clean(Command::new(program));
        command.current_dir(&self.root);
        command
    }
}

/// A snapshot of these files, with no further information about its run.
pub fn snapshot(key: Key, files: BTreeMap<String, FileRecord>) -> Snapshot {
    Snapshot::new(key, files)
}

/// An LCOV section with hits from line 1, one digit per line, or `-` for a line without code.
pub fn section(path: &str, hits: &str) -> String {
    let lines = (1..).zip(hits.chars()).filter(|(_, hits)| *hits != '-');
    let records: Vec<String> =
        lines.map(|(number, hits)| format!("DA:{number},{hits}\n")).collect();
    format!("SF:{path}\n{}end_of_record\n", records.concat())
}

/// A text with this number of lines, all different.
pub fn numbered(count: usize) -> String {
    let lines: Vec<String> = (1..=count).map(|line| format!("line {line}\n")).collect();
    lines.concat()
}

/// Stores snapshots in a project, all in one commit of 1970.
pub fn put(project: &Project, snapshots: &[Snapshot]) {
    let repo = RepoWriter::discover(project.root()).expect("it is a repository");
    let store = StoreWriter::open(&repo, "covatlas").expect("the store can be opened");
    store.put(snapshots, HitsKept::Magnitude, 0).expect("snapshots can be stored");
}

/// The result of a program.
#[derive(Debug)]
pub struct Ran {
    /// The exit code, or `None` if a signal ended it.
    pub code: Option<i32>,
    /// The output on stdout.
    pub stdout: String,
    /// The output on stderr.
    pub stderr: String,
    command: String,
}

impl Ran {
    /// Expects exit code 0.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.exits(0)
    }

    /// Expects an exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        let Self { command, stdout, stderr, .. } = &self;
        assert_eq!(self.code, Some(code), "{command}\nstdout: {stdout}\nstderr: {stderr}");
        self
    }
}

/// Runs a command to its end and returns its output.
pub fn run(command: &mut Command) -> Ran {
    let shown = format!("{command:?}");
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{shown}: {error}"));
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr), command: shown }
}

/// Git in a folder, with a fixed author and without this machine's configuration.
pub fn git_in(folder: &Path) -> Command {
    let mut command = clean(Command::new("git"));
    command.current_dir(folder);
    command
}

/// A command that inherits only what a program needs to start (`PATH`, temporary folders): no CI
/// variables, no locale, no configuration.
pub fn clean(mut command: Command) -> Command {
    const KEPT: [&str; 5] = ["PATH", "TMPDIR", "SYSTEMROOT", "TEMP", "LLVM_PROFILE_FILE"];
    let kept = KEPT.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    let kept: Vec<_> = kept.collect();
    command.env_clear().envs(kept);
    command.envs([
        ("HOME", "/nonexistent"),
        ("LC_ALL", "C"),
        ("TZ", "UTC"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_AUTHOR_NAME", "Ada"),
        ("GIT_AUTHOR_EMAIL", "ada@example.com"),
        ("GIT_COMMITTER_NAME", "Ada"),
        ("GIT_COMMITTER_EMAIL", "ada@example.com"),
        // Submodules in local folders need a protocol that git otherwise refuses.
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "protocol.file.allow"),
        ("GIT_CONFIG_VALUE_0", "always"),
    ]);
    command
}

/// Waits until a condition is true, for at most ten seconds.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what} did not come about within ten seconds");
}

#[test]
fn a_project_makes_the_same_commits_every_time() {
    let make = || Project::new().write("a.txt", "one\n").commit("first");
    assert_eq!(make(), make());

    let project = Project::new();
    project.write("a.txt", "one\n").commit("first");
    assert_eq!(
        project.git(["log", "-1", "--format=%an %ae %at %s"]),
        "Ada ada@example.com 1704067200 first"
    );
}
