//! The project's benchmark: generates a large repository from a seed, runs the real program on it,
//! and prints a table.
//!
//! ```text
//! cargo bench -- --files 10000 --snapshots 1000      the size of the budgets
//! cargo bench -- --files 1000 --snapshots 100        a quick look (the default)
//! cargo bench -- --keep DIR                          keep (and reuse) what was generated
//! cargo bench -- scaling --files 1000                the cost of 250, 500, 1,000 and 2,000 snapshots
//! cargo bench -- formats --mb 100                    how fast each format is read
//! ```
//! The Markdown table has the time, peak memory and bytes of each step. If `genhtml` and `grcov`
//! are installed, they are run on the same report. `README.md` in this folder explains the table.

mod formats;
mod generate;
mod inputs;
mod measure;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use generate::{Project, Sizes};
use measure::{Row, bytes_below, print, run};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let Some(("formats", rest)) =
        arguments.split_first().map(|(first, rest)| (first.as_str(), rest))
    {
        return formats::bench(&formats::Options::parse(rest)?);
    }
    if let Some(("scaling", rest)) =
        arguments.split_first().map(|(first, rest)| (first.as_str(), rest))
    {
        return scaling(&Options::parse(rest)?);
    }
    let options = Options::parse(&arguments)?;
    let temporary = tempfile::tempdir()?;
    let root = options.keep.clone().unwrap_or_else(|| temporary.path().to_owned());
    fs::create_dir_all(&root)?;
    let bench = Bench { root, sizes: options.sizes };
    bench.clean(&["site", "site-single"])?;
    bench.generate()?;
    println!("{}\n\n{}", bench.sizes, measure::HEAD);
    bench.parse()?;
    bench.first()?;
    bench.single()?;
    bench.history()?;
    if !options.without_peers {
        bench.peers()?;
    }
    Ok(())
}

/// Measures the same project with longer and longer histories: the fixed cost, and the cost of each
/// further snapshot.
fn scaling(options: &Options) -> Result<(), Box<dyn Error>> {
    let temporary = tempfile::tempdir()?;
    let root = options.keep.as_deref().unwrap_or(temporary.path());
    println!("{}", measure::HEAD);
    for snapshots in [250, 500, 1000, 2000] {
        let bench = Bench {
            root: root.join(snapshots.to_string()),
            sizes: Sizes { snapshots, ..options.sizes.clone() },
        };
        fs::create_dir_all(&bench.root)?;
        bench.clean(&["site"])?;
        bench.generate()?;
        bench.start_over()?;
        print(&bench.build(&format!("{snapshots} snapshots: build, cold"), "site")?);
        bench.one_more(&format!("{snapshots} snapshots: "))?;
    }
    Ok(())
}

struct Options {
    sizes: Sizes,
    keep: Option<PathBuf>,
    without_peers: bool,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, Box<dyn Error>> {
        let mut options = Self { sizes: Sizes::default(), keep: None, without_peers: false };
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            if name == "--without-peers" {
                options.without_peers = true;
                continue;
            }
            let value = rest.next().ok_or_else(|| format!("{name} takes a value"))?;
            match name.as_str() {
                "--files" => options.sizes.files = value.parse()?,
                "--lines" => options.sizes.lines_a_file = value.parse()?,
                "--snapshots" => options.sizes.snapshots = value.parse()?,
                "--authors" => options.sizes.authors = value.parse()?,
                "--changed" => options.sizes.changed = value.parse()?,
                "--seed" => options.sizes.seed = value.parse()?,
                "--keep" => options.keep = Some(PathBuf::from(value)),
                _ => {
                    return Err(format!(
                        "{name} is not an option of this bench: see tests/bench/main.rs"
                    )
                    .into());
                }
            }
        }
        Ok(options)
    }
}

struct Bench {
    root: PathBuf,
    sizes: Sizes,
}

impl Bench {
    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn covatlas(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_covatlas"));
        command.args(arguments).current_dir(self.path("repo"));
        for (name, _) in
            std::env::vars().filter(|(name, _)| name == "CI" || name.starts_with("GITHUB_"))
        {
            command.env_remove(name);
        }
        command
    }

    /// Generates the repository with its snapshots, and the reports. With `--keep` they are reused.
    fn generate(&self) -> Result<(), Box<dyn Error>> {
        let done = self.path("generated");
        if fs::read_to_string(&done).is_ok_and(|text| text == self.sizes.to_string()) {
            eprintln!("reusing {}", self.root.display());
            return Ok(());
        }
        eprintln!("generating {}", self.sizes);
        let mut project = Project::new(&self.sizes);
        project.import(&self.path("repo"))?;
        // fast-import makes a delta of each object against the one before it, whatever that is. So
        // pack again, like git itself would.
        self.git(&["repack", "-adfq"])?;
        fs::write(self.path("head.info"), project.lcov(1))?;
        let once = fs::metadata(self.path("head.info"))?.len().max(1);
        fs::write(self.path("100mb.info"), project.lcov(100_000_000_u64.div_ceil(once)))?;
        project.step();
        project.import_step(&self.path("repo"))?;
        fs::write(self.path("next.info"), project.lcov(1))?;
        fs::write(done, self.sizes.to_string())?;
        Ok(())
    }

    fn parse(&self) -> Result<(), Box<dyn Error>> {
        for (what, file) in [
            ("parse a 100 MB LCOV file", "100mb.info"),
            ("parse the head's LCOV file", "head.info"),
        ] {
            let path = self.path(file);
            // Loads the file into the cache, since the disk should not be measured.
            let bytes = fs::read(&path)?.len() as u64;
            let mut row =
                run(what, self.covatlas(&["--quiet", "inspect", &path.to_string_lossy()]))?;
            row.bytes = Some(bytes);
            print(&row);
        }
        Ok(())
    }

    /// Measures a CI job, which records into a clone without snapshots, so that every record is
    /// new.
    fn first(&self) -> Result<(), Box<dyn Error>> {
        self.check_out("refs/bench/head")?;
        let clone = self.path("clone");
        if clone.exists() {
            fs::remove_dir_all(&clone)?;
        }
        self.git(&[
            "clone",
            "-q",
            "--single-branch",
            "--branch",
            "main",
            "--no-local",
            ".",
            &clone.to_string_lossy(),
        ])?;
        let report = self.path("head.info");
        let mut command =
            self.covatlas(&["--quiet", "record", &report.to_string_lossy(), "--suite", "unit"]);
        command.current_dir(&clone);
        let mut row = run("record the head's report into a fresh clone", command)?;
        row.bytes = Some(bytes_below(&clone.join(".git"))?);
        print(&row);
        Ok(())
    }

    /// Measures the work of the peers: one report and no history. They do not blame, so the time
    /// without blame has a row of its own.
    fn single(&self) -> Result<(), Box<dyn Error>> {
        self.check_out("refs/bench/head")?;
        self.git(&["update-ref", "-d", "refs/heads/covatlas"])?;
        print(&self.record("record the head's report, its records stored before", "head.info")?);
        self.forget("")?;
        print(&self.build("build the site of that one snapshot, cold", "site-single")?);
        self.clean(&["site-single"])?;
        for name in ["contributors", "lines", "timeline"] {
            self.forget(name)?;
        }
        print(&self.build("build the site of that one snapshot, blame cached", "site-single")?);
        Ok(())
    }

    fn history(&self) -> Result<(), Box<dyn Error>> {
        self.start_over()?;
        print(&run("log --json of all snapshots, cold", self.covatlas(&["log", "--json"]))?);
        self.forget("timeline")?;
        print(&run("blame of all files, cold", self.covatlas(&["--quiet", "blame", "src"]))?);
        print(&self.build("build the site of all snapshots, cold, blame cached", "site")?);
        self.one_more("")
    }

    /// Measures all snapshots in a fresh clone, without anything cached by an earlier run.
    fn start_over(&self) -> Result<(), Box<dyn Error>> {
        self.check_out("refs/bench/head")?;
        self.git(&["update-ref", "refs/heads/covatlas", "refs/bench/store"])?;
        self.forget("")
    }

    /// Removes a cache of an earlier run, or all of them.
    fn forget(&self, name: &str) -> Result<(), Box<dyn Error>> {
        let kept = self.path("repo/.git/covatlas").join(name);
        match if kept.is_dir() { fs::remove_dir_all(kept) } else { fs::remove_file(kept) } {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Measures a build without changes, and one after one more snapshot.
    fn one_more(&self, when: &str) -> Result<(), Box<dyn Error>> {
        print(&self.rebuild(&format!("{when}build again, nothing new"))?);
        self.check_out("refs/bench/next")?;
        print(&self.record(&format!("{when}record one more snapshot"), "next.info")?);
        print(&self.rebuild(&format!("{when}build after one more snapshot"))?);
        Ok(())
    }

    /// Records a report of HEAD. The bytes are those of the whole repository afterwards.
    fn record(&self, what: &str, report: &str) -> Result<Row, Box<dyn Error>> {
        let report = self.path(report);
        let arguments =
            ["--quiet", "record", &report.to_string_lossy(), "--suite", "unit", "--branch", "main"];
        let mut row = run(what, self.covatlas(&arguments))?;
        row.bytes = Some(bytes_below(&self.path("repo/.git"))?);
        Ok(row)
    }

    /// Removes the folders of an earlier run, long enough before new ones are written. A file
    /// system may check each inode that was just freed for a while (ext4 does so for five seconds,
    /// which doubled the time of a build).
    fn clean(&self, folders: &[&str]) -> Result<(), Box<dyn Error>> {
        for folder in
            folders.iter().map(|folder| self.path(folder)).filter(|folder| folder.exists())
        {
            fs::remove_dir_all(folder)?;
        }
        let status = Command::new("sync").status()?;
        std::thread::sleep(Duration::from_secs(10));
        if status.success() { Ok(()) } else { Err("sync failed".into()) }
    }

    /// Builds into an empty folder. The bytes are those of the site.
    fn build(&self, what: &str, folder: &str) -> Result<Row, Box<dyn Error>> {
        let site = self.path(folder);
        let mut row =
            run(what, self.covatlas(&["--quiet", "build", "--out", &site.to_string_lossy()]))?;
        row.bytes = Some(bytes_below(&site)?);
        Ok(row)
    }

    fn rebuild(&self, what: &str) -> Result<Row, Box<dyn Error>> {
        run(
            what,
            self.covatlas(&["--quiet", "build", "--out", &self.path("site").to_string_lossy()]),
        )
    }

    fn check_out(&self, reference: &str) -> Result<(), Box<dyn Error>> {
        self.git(&["update-ref", "refs/heads/main", reference])?;
        self.git(&["reset", "-q", "--hard"])
    }

    fn git(&self, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
        let status = Command::new("git").args(arguments).current_dir(self.path("repo")).status()?;
        if status.success() { Ok(()) } else { Err(format!("git {arguments:?} failed").into()) }
    }

    /// Runs the peers' HTML writers on the same report and the checked-out sources.
    fn peers(&self) -> Result<(), Box<dyn Error>> {
        self.check_out("refs/bench/head")?;
        for (name, arguments) in [
            ("grcov", &["../head.info", "-t", "html", "-s", ".", "-o", "../peer-grcov"][..]),
            ("genhtml", &["../head.info", "-q", "-o", "../peer-genhtml"][..]),
        ] {
            if !installed(name) {
                eprintln!("{name} is not installed: left out");
                continue;
            }
            let out = self.path(&format!("peer-{name}"));
            if out.exists() {
                fs::remove_dir_all(&out)?;
            }
            let mut command = Command::new(name);
            command.args(arguments).current_dir(self.path("repo"));
            let mut row = run(&format!("{name}, HTML of the head"), command)?;
            row.bytes = Some(bytes_below(&out)?);
            print(&row);
        }
        Ok(())
    }
}

fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
}
