//! The command line as types. The doc comments here are `--help`; nothing is done here.
//!
//! The input is the arguments of the process. It gives a [`Cli`]. Wrong usage ends the process with
//! exit code 2, as clap does.

use std::io::Write;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, RangedU64ValueParser};
use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::report::export::EXPORTS;
use crate::report::histories::HISTORIES;

/// An atlas of a repository's coverage: snapshots in git, a self-contained static site out
///
/// `record` puts coverage reports as a snapshot into a branch of the repository itself; `build`
/// walks the history of those snapshots and writes a static site that needs no server.
#[derive(Parser, Debug)]
#[command(name = "covatlas", version, max_term_width = 100, after_help = OVERVIEW)]
pub struct Cli {
    /// Work as if started in this folder
    #[arg(short = 'C', long = "repository", global = true, value_name = "FOLDER")]
    pub repository: Option<PathBuf>,
    /// Print only what was asked for, warnings and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const OVERVIEW: &str = "\
Examples:
  covatlas demo                      see what it does, on a made-up project
  covatlas record                    find the reports in their usual places and record them
  covatlas record --suite unit --push coverage.xml
  covatlas build                     write the site to ./site

Exit codes: 0 fine, 1 a check failed, 2 could not run (bad input, bad usage)";

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Print what reports hold; store nothing
    Inspect(Inspect),
    /// Put reports into the repository as a snapshot of a commit
    Record(Record),
    /// List the snapshots of the default branch
    Log(Log),
    /// Print a source file with the state of its lines
    Show(Show),
    /// Say which commit last changed each line of files, and who made it
    Blame(Blame),
    /// Say what a change added and whether it is covered, and what was lost elsewhere
    Compare(Compare),
    /// Write the coverage of a snapshot, or of reports, in another format
    Export(Export),
    /// Write the site
    Build(Build),
    /// Measure old commits: run a command in a worktree of each and record its reports
    Backfill(Backfill),
    /// Take over the history that another tool kept
    Import(Import),
    /// Thin out old snapshots
    Prune(Prune),
    /// Write a made-up project with its coverage history, and its site
    Demo(Demo),
    /// List the report formats that are read
    Formats(Formats),
    /// Print a completion script for a shell
    Completions(Completions),
}

/// `inspect`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas inspect coverage.xml
  covatlas inspect 'build/**/jacoco*.xml' --json
  covatlas inspect --format lcov report.txt.gz
  covatlas inspect build              every file in the folder that looks like a report")]
pub struct Inspect {
    /// Report files, folders or globs
    #[arg(required = true, value_name = "REPORT")]
    pub reports: Vec<PathBuf>,
    /// Read them as this format, instead of the one that their content shows
    #[arg(long, value_name = "NAME")]
    pub format: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `record`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas record                                   find the reports in their usual places
  covatlas record --suite unit coverage.xml
  covatlas record --suite e2e --part linux --push 'out/**/*.info'
  covatlas record --commit 1f2e3d4 old/lcov.info    in a bare repository, or for an older commit
  covatlas record --dry-run                         say what would be recorded

In CI the commit, branch and change request are taken from its variables (GitHub Actions, GitLab CI, Jenkins, Azure
Pipelines, CircleCI, Buildkite), and the part is a digest of the job's identity: a re-run replaces, a sibling never
does. Older GitHub runners show a job no matrix: pass on `COVATLAS_MATRIX: ${{ toJSON(matrix) }}`, or use --part.")]
pub struct Record {
    /// Report files, folders or globs; found in their usual places when none is named
    #[arg(value_name = "REPORT")]
    pub reports: Vec<PathBuf>,
    /// The suite that wrote them: unit, e2e, windows, …
    #[arg(long, default_value = "default", value_name = "NAME")]
    pub suite: String,
    /// Which of the parallel jobs of the suite; a digest of the CI job's identity, or `default`
    /// outside CI
    #[arg(long, value_name = "NAME")]
    pub part: Option<String>,
    /// The commit that was tested; HEAD otherwise
    #[arg(long, value_name = "REVISION")]
    pub commit: Option<String>,
    /// The branch that was tested; from CI or HEAD otherwise
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// The number of the change request; from CI otherwise
    #[arg(long, value_name = "NUMBER")]
    pub change: Option<u64>,
    /// Push the data branch afterwards [default remote: origin]
    #[arg(long, value_name = "REMOTE", num_args = 0..=1, default_missing_value = "origin")]
    pub push: Option<String>,
    /// Say what would be recorded, and record nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Use the other reports where one cannot be read
    #[arg(long)]
    pub keep_going: bool,
    /// Read the reports as this format, instead of the one that their content shows
    #[arg(long, value_name = "NAME")]
    pub format: Option<String>,
    /// The folder at which the relative paths in the reports start, such as packages/web
    ///
    /// Without it: the nearest folder, from the report's own upwards and then from the current one,
    /// that explains all paths.
    #[arg(long, value_name = "FOLDER")]
    pub root: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `log`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas log              newest first, with what each snapshot changed
  covatlas log --patch      and with the patch coverage of each
  covatlas log --json       oldest first")]
pub struct Log {
    /// Say what each snapshot did: its patch coverage, and with --json the categories of all that
    /// it changed
    ///
    /// The changed files of every snapshot are read, which takes a while in a long history.
    #[arg(long)]
    pub patch: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `show`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas show src/parser.rs
  covatlas show src/parser.rs@v1.2.0
  covatlas show src/parser.rs --history     since which snapshot each line has been covered or not
  covatlas show src/parser.rs --json")]
pub struct Show {
    /// A source file, at the newest snapshot or at the one that answers for a commit, be it on the
    /// default branch or not
    #[arg(value_name = "PATH[@COMMIT]")]
    pub file: String,
    /// Say since which snapshot each line has been covered or uncovered, and which lines flip
    /// though nobody changed them
    #[arg(long)]
    pub history: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `blame`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas blame src/parser.rs
  covatlas blame src tests --json           every file in the folders
  covatlas blame . --commit v1.2.0 --stats  every file, at a tag

It agrees with `git blame` at its default settings, line by line, and takes as long for all files as git for a few. What
was found is kept in the repository's folder (.git/covatlas/): the next blame begins where this one ended.")]
pub struct Blame {
    /// Files or folders, from the root of the repository
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,
    /// The commit whose files they are; HEAD otherwise
    #[arg(long, value_name = "REVISION")]
    pub commit: Option<String>,
    /// Say how long it took, how many commits were visited and what an earlier blame saved
    #[arg(long)]
    pub stats: bool,
    /// Neither use what an earlier blame found nor keep what this one finds
    #[arg(long)]
    pub no_cache: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `compare`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas compare main               what this branch adds: patch coverage, and what was lost elsewhere
  covatlas compare v1.2.0 v1.3.0
  covatlas compare HEAD~1 --json

Lines, branches and functions are told apart as lcov's differential coverage does: UNC is new and not covered, LBC was
covered and is not any more though its text is the same, and so on. Patch coverage is that of added code; where none was
added there is none. The text of BASE is that of its merge base with HEAD. If
HEAD has no snapshot, that of the merge which CI tested for it answers, or of the nearest commit before; a warning names it.")]
pub struct Compare {
    /// The commit to compare with: a branch, a tag, an id
    #[arg(value_name = "BASE")]
    pub base: String,
    /// The commit that is looked at; HEAD otherwise
    #[arg(value_name = "HEAD")]
    pub head: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `export`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas export --format lcov > lcov.info          the newest snapshot
  covatlas export --format cobertura --commit v1.2.0 --output coverage.xml
  covatlas export --format codecov --suite unit
  covatlas export --format sonar coverage/lcov.info  convert a report; no repository is needed
  covatlas export --format lcov a.info b.xml         merge reports of any format

Each format holds what it has a place for; json holds everything.")]
pub struct Export {
    /// Report files, folders or globs to convert and merge; without any, a snapshot is written
    #[arg(value_name = "REPORT", conflicts_with_all = ["commit", "suite", "branch"])]
    pub reports: Vec<PathBuf>,
    /// The format to write
    #[arg(long, value_name = "NAME", value_parser = exports())]
    pub format: String,
    /// The file to write; the standard output otherwise
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The commit whose snapshot is written, or the one that answers for it; the newest of the
    /// default branch otherwise
    #[arg(long, value_name = "REVISION", conflicts_with = "branch")]
    pub commit: Option<String>,
    /// The suite that is written; all of them, merged, otherwise
    #[arg(long, value_name = "NAME")]
    pub suite: Option<String>,
    /// The branch whose newest snapshot is written; the default branch otherwise
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
}

/// The names of the formats that are written.
fn exports() -> PossibleValuesParser {
    EXPORTS
        .iter()
        .map(|export| PossibleValue::new(export.name).help(export.title))
        .collect::<Vec<_>>()
        .into()
}

/// `build`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas build
  covatlas build --out public         GitLab Pages
  open site/index.html                no server is needed")]
pub struct Build {
    /// The folder to write; only what changed is written [default: `site.out`, else site]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

/// `backfill`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas backfill -- make coverage
  covatlas backfill --every 20 --jobs 2 --suite unit -- cargo llvm-cov --lcov --output-path lcov.info
  covatlas backfill --since 2024-01-31 --report 'out/*.xml' -- sh -c 'pip install -e . && pytest --cov --cov-report=xml || true'
  covatlas backfill --dry-run -- true

The command runs in the root of a fresh worktree of each commit of the default branch, newest first, without a shell;
COVATLAS_COMMIT is the commit's full id. It has to end with 0: tests that fail and are to be recorded need `|| true`. Reports are
found as `record` finds them, but for those that the commit holds itself.

Each commit is recorded as soon as it is measured, so that it may be ended at any time and started again: commits that have a
snapshot of the suite are passed over, and those at which this very command failed, unless --retry. Your own work tree is not
touched; worktrees stand in the folder for temporary files (TMPDIR) and are removed.

Exit codes: 0 where a commit was recorded or none was left to do, 2 where the command succeeded at none.")]
pub struct Backfill {
    /// Go to every N-th commit, counted from the oldest
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub every: usize,
    /// How many commits are measured at a time
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub jobs: usize,
    /// Go back to this revision, or to this date (2024-01-31)
    #[arg(long, value_name = "REVISION|DATE")]
    pub since: Option<String>,
    /// The suite that the command measures
    #[arg(long, default_value = "default", value_name = "NAME")]
    pub suite: String,
    /// The reports that it leaves, as paths or globs in the worktree; found in their usual places
    /// otherwise
    #[arg(long = "report", value_name = "GLOB")]
    pub reports: Vec<String>,
    /// Run the command again where it failed before
    #[arg(long)]
    pub retry: bool,
    /// Push the data branch afterwards [default remote: origin]
    #[arg(long, value_name = "REMOTE", num_args = 0..=1, default_missing_value = "origin")]
    pub push: Option<String>,
    /// List the commits, and run nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// `import`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas import auto coveragehistory            the folder of ReportGenerator's -historydir
  covatlas import python-coverage-comment origin/python-coverage-comment-action-data
  covatlas import octocov origin/octocov:reports  the commits of a datastore in git
  covatlas import codecov-api commits-*.json      saved answers of the API
  covatlas import auto --push coveragehistory     and push the data branch to origin
  covatlas import auto --dry-run history/         say what would be imported

A commit is found by its id where one is stated, else it is the newest one of the default branch at the time. What belongs
to no commit of this clone is left out and said, as is a commit at which the suite was measured here.")]
pub struct Import {
    /// The tool that kept the history, or `auto`: what each document shows
    #[arg(value_name = "HISTORY", value_parser = histories())]
    pub history: String,
    /// Files, folders, or revisions of a data branch: REVISION or REVISION:PATH
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,
    /// The suite that the snapshots are of
    #[arg(long, default_value = "imported", value_name = "NAME")]
    pub suite: String,
    /// Push the data branch afterwards [default remote: origin]
    #[arg(long, value_name = "REMOTE", num_args = 0..=1, default_missing_value = "origin", require_equals = true)]
    pub push: Option<String>,
    /// Say what would be imported, and import nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The names of the histories that are read.
fn histories() -> PossibleValuesParser {
    let auto = PossibleValue::new("auto").help("What each document shows");
    let named = HISTORIES.iter().map(|history| PossibleValue::new(history.name).help(history.kept));
    [auto].into_iter().chain(named).collect::<Vec<_>>().into()
}

/// `prune`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas prune --dry-run            say what would be dropped
  covatlas prune --push               drop it here and on origin, with a commit of the data branch
  covatlas prune --rewrite --push     and squash the branch to one commit, so that new clones are smaller

What stays of the default branch: every snapshot for a month (30 days), one a day for a quarter (91 days), one a week for a
year (365 days), then one a month. It is the last one of the period, and the last one that has each suite. The newest snapshot
and those of tagged commits stay. Snapshots of change requests and other branches stay for a month. Ages are counted from the
commit of the newest snapshot, not from today, so that pruning again drops nothing.

All suites and parts of a commit stay or go together. Without --rewrite nothing is lost: the branch's history still has it.
Recorders that push meanwhile, or hold the branch as it was, lose nothing and bring back nothing that was dropped.")]
pub struct Prune {
    /// Say what would be dropped, and drop nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Squash the data branch to one fresh commit; where a remote has it too, this needs --push
    #[arg(long)]
    pub rewrite: bool,
    /// Fetch the data branch first and push it afterwards [default remote: origin]
    #[arg(long, value_name = "REMOTE", num_args = 0..=1, default_missing_value = "origin")]
    pub push: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `demo`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas demo
  covatlas demo somewhere/else")]
pub struct Demo {
    /// The folder to write; it must not exist, or be an earlier demo
    #[arg(default_value = "covatlas-demo", value_name = "FOLDER")]
    pub folder: PathBuf,
}

/// `formats`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas formats
  covatlas formats jacoco             how it is recognised, who writes it, by which rules it is read
  covatlas formats --json")]
pub struct Formats {
    /// Only this one, with its rules
    pub name: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `completions`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  covatlas completions bash > ~/.local/share/bash-completion/completions/covatlas
  covatlas completions fish > ~/.config/fish/completions/covatlas.fish")]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Reads the arguments of the process; `--help`, `--version` and wrong usage end it.
pub fn parse() -> Cli {
    Cli::parse()
}

/// Writes the completion script of a shell.
pub fn completions(shell: clap_complete::Shell, out: &mut dyn Write) {
    let mut out = out;
    clap_complete::generate(shell, &mut Cli::command(), "covatlas", &mut out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn push_takes_a_remote_or_none() {
        let push = |args: &[&str]| match Cli::parse_from(args).command {
            Command::Record(record) => record.push,
            other => panic!("{other:?}"),
        };
        assert_eq!(push(&["covatlas", "record"]), None);
        assert_eq!(push(&["covatlas", "record", "--push"]).as_deref(), Some("origin"));
        assert_eq!(
            push(&["covatlas", "record", "--push=upstream", "a.info"]).as_deref(),
            Some("upstream")
        );
    }
}
