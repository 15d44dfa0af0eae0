//! Measures how fast each format is read, and how much memory it takes: `cargo bench -- formats`.
//!
//! Prints a Markdown table with one row per input: the time of the whole program, megabytes per
//! second, and peak memory. If `grcov` and `lcov` are installed, they are timed on the same LCOV
//! file.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use covatlas::report::formats::FORMATS;

use crate::inputs::{self, INPUTS, Out};
use crate::installed;
use crate::measure::{Row, best};

/// The number of runs per input. The fastest one counts.
const RUNS: u32 = 5;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// How large the inputs are, where they are kept, and whether the peers are run.
pub(crate) struct Options {
    megabytes: u32,
    keep: Option<PathBuf>,
    without_peers: bool,
}

impl Options {
    /// Parses the arguments after `formats`.
    pub(crate) fn parse(arguments: &[String]) -> Outcome<Self> {
        let mut options = Self { megabytes: 100, keep: None, without_peers: false };
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            if name == "--without-peers" {
                options.without_peers = true;
                continue;
            }
            let value = rest.next().ok_or_else(|| format!("{name} takes a value"))?;
            match name.as_str() {
                "--mb" => options.megabytes = value.parse()?,
                "--keep" => options.keep = Some(PathBuf::from(value)),
                _ => {
                    return Err(format!(
                        "{name} is no option of `formats`: see tests/bench/README.md"
                    )
                    .into());
                }
            }
        }
        Ok(options)
    }
}

/// Generates each input, reads it with the real program, and prints its row.
pub(crate) fn bench(options: &Options) -> Outcome {
    let temporary = tempfile::tempdir()?;
    let root = options.keep.clone().unwrap_or_else(|| temporary.path().to_owned());
    fs::create_dir_all(&root)?;
    println!(
        "| input | size | time | speed | peak memory | budget |\n|---|---:|---:|---:|---:|---:|"
    );
    let bench = Bench { root, megabytes: options.megabytes, keep: options.keep.is_some() };
    for input in INPUTS {
        if !FORMATS.iter().any(|format| format.name == input.format) {
            eprintln!("{} is not read: left out", input.format);
            continue;
        }
        let path = bench.input(&format!("{}.{}", input.format, input.ending), input.write)?;
        read(input.format, &path, Budget::Speed(100))?;
        if input.format == "lcov" && !options.without_peers {
            bench.peers(&path)?;
        }
        bench.done(&path)?;
    }
    let (files, tests) = (bench.scaled(20_000), 50);
    let path = bench.input("recurring.info", |out| inputs::recurring(out, files, tests))?;
    read(&format!("lcov, {files} files over {tests} tests"), &path, Budget::Memory(200))?;
    bench.done(&path)?;
    let (files, tests) = (bench.scaled(1_250), bench.scaled(26_000));
    let path = bench.input("contexts.json", |out| inputs::contexts(out, files, tests))?;
    read(&format!("coveragepy, {tests} contexts over {files} files"), &path, Budget::Memory(100))?;
    bench.done(&path)
}

/// The budget of a row: a minimum of megabytes per second, or a maximum of memory.
#[derive(Clone, Copy)]
enum Budget {
    Speed(u32),
    Memory(u32),
}

struct Bench {
    root: PathBuf,
    megabytes: u32,
    keep: bool,
}

impl Bench {
    /// Scales a number for inputs of 100 MB to the size of this run.
    fn scaled(&self, number: u32) -> u32 {
        (u64::from(number) * u64::from(self.megabytes) / 100).max(1) as u32
    }

    /// The path of an input, which is generated unless it was kept.
    fn input(
        &self,
        name: &str,
        write: impl FnOnce(&mut Out) -> io::Result<()>,
    ) -> Outcome<PathBuf> {
        let path = self.root.join(format!("{}mb-{name}", self.megabytes));
        if !path.exists() {
            eprintln!("generating {}", path.display());
            let partial = path.with_extension("partial");
            let mut out = Out::create(&partial, u64::from(self.megabytes) * 1_000_000)?;
            write(&mut out)?;
            io::Write::flush(&mut out)?;
            fs::rename(partial, &path)?;
        }
        Ok(path)
    }

    /// Removes an input that should not be kept, before the next one is made.
    fn done(&self, path: &Path) -> Outcome {
        if !self.keep {
            fs::remove_file(path)?;
        }
        Ok(())
    }

    fn peers(&self, path: &Path) -> Outcome {
        let out = self.root.join("peer.info");
        let grcov = || {
            let mut command = Command::new("grcov");
            command.arg(path).args(["-t", "lcov", "--branch", "-o"]).arg(&out);
            command
        };
        let listing = || {
            let mut command = Command::new("grcov");
            command.arg(path).args(["-t", "files", "--branch", "-o"]).arg(&out);
            command
        };
        let lcov = || {
            let mut command = Command::new("lcov");
            command.args(["--rc", "lcov_branch_coverage=1", "--summary"]).arg(path);
            command
        };
        let peers: [(&str, &str, &dyn Fn() -> Command); 3] = [
            ("grcov", "grcov, LCOV to LCOV", &grcov),
            ("grcov", "grcov, LCOV to a list of its files", &listing),
            ("lcov", "lcov --summary", &lcov),
        ];
        for (name, what, command) in peers {
            match installed(name).then(|| best(RUNS, what, command)) {
                Some(Ok(row)) => print(&row, path, None)?,
                Some(Err(error)) => eprintln!("{error}: left out"),
                None => eprintln!("{name} is not installed: left out"),
            }
        }
        Ok(())
    }
}

fn read(what: &str, path: &Path, budget: Budget) -> Outcome {
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_covatlas"));
        command.args(["--quiet", "inspect"]).arg(path);
        command
    };
    print(&best(RUNS, what, command)?, path, Some(budget))
}

/// Prints a row as soon as it has been measured, and marks it if it exceeds its budget.
fn print(row: &Row, input: &Path, budget: Option<Budget>) -> Outcome {
    let size = fs::metadata(input)?.len() as f64 / 1e6;
    let speed = size / row.time.as_secs_f64();
    let memory = row.memory.map(|bytes| bytes as f64 / 1e6);
    let (budget, kept) = match budget {
        Some(Budget::Speed(least)) => (format!("≥ {least} MB/s"), speed >= f64::from(least)),
        Some(Budget::Memory(most)) => {
            (format!("≤ {most} MB"), memory.is_none_or(|memory| memory <= f64::from(most)))
        }
        None => (String::new(), true),
    };
    let memory = memory.map_or(String::new(), |memory| format!("{memory:.1} MB"));
    let missed = if kept { "" } else { ", **missed**" };
    let time = row.time.as_secs_f64();
    println!(
        "| {} | {size:.1} MB | {time:.2} s | {speed:.0} MB/s | {memory} | {budget}{missed} |",
        row.what
    );
    Ok(())
}
