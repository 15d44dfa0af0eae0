//! Runs a command as a separate process, reads its wall time and peak memory, and prints the table.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use walkdir::WalkDir;

/// One step of the benchmark.
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: String,
    /// Wall time.
    pub(crate) time: Duration,
    /// Peak resident memory in bytes, if the system reports it (Linux).
    pub(crate) memory: Option<u64>,
    /// The bytes read or written, depending on the step.
    pub(crate) bytes: Option<u64>,
}

/// Runs the command. Its peak memory is the kernel's high-water mark, which is read while the
/// command runs. The mark only grows, so the last reading misses at most the growth of a few
/// milliseconds.
pub(crate) fn run(what: &str, mut command: Command) -> Result<Row, Box<dyn Error>> {
    eprintln!("{what}");
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut memory = None;
    let status = loop {
        memory = high_water(&status_file).or(memory);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    if !status.success() {
        return Err(format!("{what}: {command:?} ended with {status}").into());
    }
    Ok(Row { what: what.to_owned(), time: start.elapsed(), memory, bytes: None })
}

/// The fastest of several runs, which is the time the work takes if nothing interferes. Peak memory
/// is the largest.
pub(crate) fn best(
    runs: u32,
    what: &str,
    command: impl Fn() -> Command,
) -> Result<Row, Box<dyn Error>> {
    let mut best = run(what, command())?;
    for _ in 1..runs {
        let next = run(what, command())?;
        best.memory = best.memory.max(next.memory);
        best.time = best.time.min(next.time);
    }
    Ok(best)
}

fn high_water(status_file: &str) -> Option<u64> {
    let text = fs::read_to_string(status_file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The bytes of all files below a folder.
pub(crate) fn bytes_below(folder: &Path) -> Result<u64, Box<dyn Error>> {
    let mut sum = 0;
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        if entry.file_type().is_file() {
            sum += entry.metadata()?.len();
        }
    }
    Ok(sum)
}

/// The head of the table whose rows [`print`] writes.
pub(crate) const HEAD: &str = "| step | time | peak memory | bytes |\n|---|---:|---:|---:|";

/// Prints a row of a Markdown table as soon as it has been measured, so that an interrupted run
/// keeps its rows.
pub(crate) fn print(row: &Row) {
    let megabytes = |bytes: Option<u64>| {
        bytes.map_or(String::new(), |bytes| format!("{:.1} MB", bytes as f64 / 1e6))
    };
    let (memory, bytes) = (megabytes(row.memory), megabytes(row.bytes));
    println!("| {} | {:.2} s | {memory} | {bytes} |", row.what, row.time.as_secs_f64());
}
