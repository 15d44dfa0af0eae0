//! Generates a project of any size from a seed: sources, history, and the coverage of each commit.
//!
//! Both the branch of the sources and that of the store are imported with `git fast-import`, so
//! that a thousand snapshots take seconds. The store's branch has the content that the program
//! itself would have written, since every record goes through its own codec.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use covatlas::git::Id;
use covatlas::report::{Arm, Branch, FileCoverage, Function, Hits, Line as CoveredLine, Tallies};
use covatlas::store::{FileRecord, Input, Run, codec};
use fastrand::Rng;

/// The suite that every generated snapshot belongs to.
const SUITE: &str = "unit@default";

/// The size of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// The number of source files.
    pub(crate) files: usize,
    /// The number of lines per file, on average.
    pub(crate) lines_a_file: usize,
    /// The number of commits, each with a snapshot.
    pub(crate) snapshots: usize,
    /// The number of people who commit.
    pub(crate) authors: usize,
    /// The number of files that a commit changes, on average.
    pub(crate) changed: usize,
    /// The seed. The same sizes and seed make the same repository.
    pub(crate) seed: u64,
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { files, lines_a_file, snapshots, authors, changed, seed } = self;
        write!(
            f,
            "{files} files, {lines_a_file} lines a file, {snapshots} snapshots, {authors} authors, "
        )?;
        write!(f, "{changed} changed files a snapshot, seed {seed}")
    }
}

impl Default for Sizes {
    fn default() -> Self {
        Self { files: 1000, lines_a_file: 200, snapshots: 100, authors: 50, changed: 30, seed: 1 }
    }
}

/// The kind of a source line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    Comment,
    Function,
    Statement,
    Decision,
}

#[derive(Clone, Copy)]
struct Line {
    kind: Kind,
    /// Decides the text of the line.
    word: u32,
    hits: u16,
}

struct Source {
    path: String,
    lines: Vec<Line>,
}

/// The project at one commit, with the state to continue from there.
pub(crate) struct Project {
    sizes: Sizes,
    random: Rng,
    files: Vec<Source>,
    /// The files that differ from the last imported commit.
    touched: Vec<usize>,
    steps: usize,
}

impl Project {
    /// The project at its first commit.
    pub(crate) fn new(sizes: &Sizes) -> Self {
        let mut random = Rng::with_seed(sizes.seed);
        let files =
            (0..sizes.files).map(|number| Source::new(number, sizes, &mut random)).collect();
        Self { sizes: sizes.clone(), random, files, touched: (0..sizes.files).collect(), steps: 0 }
    }

    /// Makes the next commit: about `changed` files get new text, and a few lose or gain coverage
    /// without a change of their own.
    pub(crate) fn step(&mut self) {
        let count = self.random.usize(self.sizes.changed / 2..=self.sizes.changed * 3 / 2).max(1);
        let mut touched: Vec<usize> =
            (0..count).map(|_| self.random.usize(..self.files.len())).collect();
        touched.sort_unstable();
        touched.dedup();
        for &file in &touched {
            self.files[file].edit(&mut self.random);
        }
        self.touched = touched;
        self.steps += 1;
    }

    /// Creates the repository with all commits and snapshots, and the refs `refs/bench/head` and
    /// `refs/bench/store`.
    pub(crate) fn import(&mut self, repo: &Path) -> Result<(), Box<dyn Error>> {
        let init = Command::new("git").args(["init", "-q", "-b", "main"]).arg(repo).status()?;
        if !init.success() {
            return Err("git init failed".into());
        }
        let mut records = Vec::new();
        let mut import = Import::start(repo, Some("marks"))?;
        for snapshot in 0..self.sizes.snapshots {
            if snapshot > 0 {
                self.step();
            }
            import.commit(&self.commit_head("refs/heads/main"), &self.source_changes())?;
            records.push(self.records());
        }
        import.finish()?;
        let ids = marks(&repo.join(".git/marks"))?;
        let mut import = Import::start(repo, None)?;
        let mut before: Option<&str> = None;
        let mut totals = Running::default();
        for (snapshot, (records, id)) in records.iter().zip(&ids).enumerate() {
            let changes = snapshot_changes(id, before, records, &mut totals)?;
            import.commit(
                &head(
                    "refs/heads/covatlas",
                    "bench",
                    snapshot,
                    snapshot == 0,
                    "covatlas: record unit",
                ),
                &changes,
            )?;
            before = Some(id);
        }
        import.finish()?;
        save_refs(repo, "refs/heads/main", "refs/bench/head")?;
        save_refs(repo, "refs/heads/covatlas", "refs/bench/store")
    }

    /// Adds the commit of the last [`Project::step`] without a snapshot, as `refs/bench/next`.
    pub(crate) fn import_step(&mut self, repo: &Path) -> Result<(), Box<dyn Error>> {
        let mut import = Import::start(repo, None)?;
        let mut text = self.commit_head("refs/bench/next");
        text.push_str("from refs/bench/head^0\n");
        import.commit(&text, &self.source_changes())?;
        import.finish()
    }

    /// A report of the whole project, repeated `tests` times under as many test names, as several
    /// test binaries would write it.
    pub(crate) fn lcov(&self, tests: u64) -> String {
        let mut text = String::new();
        for test in 0..tests {
            for source in &self.files {
                source.lcov(test, &mut text);
            }
        }
        text
    }

    fn commit_head(&self, reference: &str) -> String {
        let author =
            format!("Author {:02}", (self.steps * 7 + self.steps / 3) % self.sizes.authors.max(1));
        head(reference, &author, self.steps, self.steps == 0, &format!("change {}", self.steps))
    }

    fn source_changes(&self) -> Vec<u8> {
        let mut changes = Vec::new();
        for source in self.touched.iter().map(|&file| &self.files[file]) {
            inline(&mut changes, &source.path, source.text().as_bytes());
        }
        changes
    }

    fn records(&self) -> Vec<(String, FileRecord)> {
        self.touched
            .iter()
            .map(|&file| (self.files[file].path.clone(), self.files[file].record()))
            .collect()
    }
}

impl Source {
    fn new(number: usize, sizes: &Sizes, random: &mut Rng) -> Self {
        let average = sizes.lines_a_file.max(10);
        let length = random.usize(average / 2..=average * 3 / 2);
        let tested = random.f32() > 0.05;
        let lines = (0..length).map(|line| Line::new(line, tested, random)).collect();
        let path =
            format!("src/area_{:02}/module_{:03}/file_{number:05}.py", number / 500, number / 25);
        Self { path, lines }
    }

    fn edit(&mut self, random: &mut Rng) {
        let at = random.usize(..self.lines.len());
        if random.u8(..) < 12 {
            // The tests changed, not the code: a run of lines flips.
            for line in self.lines[at..].iter_mut().take(8) {
                line.hits = u16::from(line.hits == 0);
            }
            return;
        }
        let removed = random.usize(0..=4).min(self.lines.len() - at);
        let added = random.usize(1..=6);
        let new: Vec<Line> =
            (0..added).map(|offset| Line::new(at + offset + 1, true, random)).collect();
        self.lines.splice(at..at + removed, new);
    }

    fn text(&self) -> String {
        let mut text = String::with_capacity(self.lines.len() * 36);
        for line in &self.lines {
            line.write(&mut text);
        }
        text
    }

    fn numbered(&self) -> impl Iterator<Item = (u32, &Line)> {
        (1..).zip(&self.lines)
    }

    fn coverage(&self) -> FileCoverage {
        let mut coverage = FileCoverage::default();
        for (number, line) in self.numbered().filter(|(_, line)| line.is_code()) {
            let hits = Hits::exactly(u64::from(line.hits)).magnitude();
            coverage.lines.push(CoveredLine { number, hits });
            match line.kind {
                Kind::Function => {
                    let name = format!("f_{}", line.word).into();
                    coverage.functions.push(Function { start: number, name, end: None, hits });
                }
                Kind::Decision => {
                    for arm in 0..2 {
                        let hits = Hits::exactly(line.taken(arm)).magnitude();
                        coverage.branches.push(Branch {
                            line: number,
                            block: 0,
                            arm: Arm::Index(arm),
                            hits,
                        });
                    }
                }
                _ => {}
            }
        }
        coverage
    }

    fn record(&self) -> FileRecord {
        let id = git2::Oid::hash_object(git2::ObjectType::Blob, self.text().as_bytes())
            .expect("hashing bytes cannot fail");
        FileRecord { source: Some(Id::from_raw(id.as_bytes())), coverage: self.coverage() }
    }

    fn lcov(&self, test_name: u64, text: &mut String) {
        writeln!(text, "TN:test_{test_name}\nSF:{}", self.path)
            .expect("writing to a String cannot fail");
        for (number, line) in self.numbered().filter(|(_, line)| line.is_code()) {
            let written = match line.kind {
                Kind::Function => {
                    writeln!(
                        text,
                        "FN:{number},f_{0}\nFNDA:{1},f_{0}\nDA:{number},{1}",
                        line.word, line.hits
                    )
                }
                Kind::Decision => {
                    let (one, other) = (line.taken(0), line.taken(1));
                    writeln!(
                        text,
                        "BRDA:{number},0,0,{one}\nBRDA:{number},0,1,{other}\nDA:{number},{}",
                        line.hits
                    )
                }
                _ => writeln!(text, "DA:{number},{}", line.hits),
            };
            written.expect("writing to a String cannot fail");
        }
        text.push_str("end_of_record\n");
    }
}

impl Line {
    fn new(number: usize, tested: bool, random: &mut Rng) -> Self {
        let kind = match random.u8(..100) {
            _ if number.is_multiple_of(22) => Kind::Function,
            0..12 => Kind::Blank,
            12..20 => Kind::Comment,
            20..30 => Kind::Decision,
            _ => Kind::Statement,
        };
        let hits = if tested && random.u8(..100) < 84 { random.u16(1..200) } else { 0 };
        Self { kind, word: random.u32(..1_000_000), hits }
    }

    fn is_code(self) -> bool {
        !matches!(self.kind, Kind::Blank | Kind::Comment)
    }

    fn taken(self, arm: u32) -> u64 {
        if (self.word >> arm).is_multiple_of(4) { 0 } else { u64::from(self.hits) }
    }

    fn write(self, text: &mut String) {
        let word = self.word;
        match self.kind {
            Kind::Blank => writeln!(text),
            Kind::Comment => writeln!(text, "    # the reason why step {word} comes first"),
            Kind::Function => writeln!(text, "def f_{word}(frames, rate={}):", word % 48_000),
            Kind::Decision => {
                writeln!(text, "    if frames[{}] > limit_{}:", word % 64, word % 977)
            }
            Kind::Statement => {
                writeln!(text, "        gain_{} = level * {}.{}", word % 313, word % 7, word % 89)
            }
        }
        .expect("writing to a String cannot fail");
    }
}

/// Running totals over the newest record of every file.
#[derive(Default)]
struct Running {
    totals: Tallies,
    files: BTreeMap<String, Tallies>,
}

impl Running {
    fn take(&mut self, path: &str, tallies: Tallies) {
        if let Some(old) = self.files.insert(path.to_owned(), tallies.clone()) {
            self.totals.subtract(&old);
        }
        self.totals = [std::mem::take(&mut self.totals), tallies].into_iter().sum();
    }
}

/// The changes of the store's branch for one snapshot: a copy of the directory before, with changed
/// records replaced.
fn snapshot_changes(
    id: &str,
    before: Option<&str>,
    records: &[(String, FileRecord)],
    totals: &mut Running,
) -> Result<Vec<u8>, Box<dyn Error>> {
    let directory = |id: &str| format!("snapshots/{}/{}/{SUITE}", &id[..2], &id[2..]);
    let mut changes = Vec::new();
    match before {
        Some(before) => {
            writeln!(changes, "C {0}/files {1}/files", directory(before), directory(id))?;
        }
        None => inline(&mut changes, "FORMAT", b"covatlas 1\n"),
    }
    for (path, record) in records {
        totals.take(path, record.coverage.tallies());
        inline(
            &mut changes,
            &format!("{}/files/{path}", directory(id)),
            codec::encode(record)?.as_bytes(),
        );
    }
    let mut run = Run::new(id.parse()?);
    "covatlas bench".clone_into(&mut run.tool);
    run.inputs = vec![Input { format: "lcov".to_owned(), digest: String::new() }];
    run.branch = Some("main".to_owned());
    run.totals = totals.totals.clone();
    inline(&mut changes, &format!("{}/run.json", directory(id)), &serde_json::to_vec_pretty(&run)?);
    let provenance = b"{\"recorded_at\": \"2026-01-01T00:00:00Z\"}\n";
    inline(&mut changes, &format!("{}/provenance.json", directory(id)), provenance);
    Ok(changes)
}

fn inline(changes: &mut Vec<u8>, path: &str, data: &[u8]) {
    writeln!(changes, "M 100644 inline {path}\ndata {}", data.len())
        .expect("writing to a Vec cannot fail");
    changes.extend_from_slice(data);
    changes.push(b'\n');
}

/// The head of a commit for fast-import. Commits are six hours apart.
fn head(reference: &str, author: &str, step: usize, first: bool, subject: &str) -> String {
    let time = 1_700_000_000 + step * 6 * 3600;
    let reset = if first { format!("reset {reference}\n") } else { String::new() };
    let who = format!("{author} <{}@example.org> {time} +0000", author.replace(' ', "."));
    format!(
        "{reset}commit {reference}\nmark :{}\nauthor {who}\ncommitter {who}\ndata {}\n{subject}\n",
        step + 1,
        subject.len()
    )
}

/// A running `git fast-import`.
struct Import {
    child: std::process::Child,
    input: std::io::BufWriter<std::process::ChildStdin>,
}

impl Import {
    fn start(repo: &Path, marks: Option<&str>) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new("git");
        command
            .current_dir(repo)
            .args(["fast-import", "--quiet", "--depth=50"])
            .stdin(Stdio::piped());
        if let Some(marks) = marks {
            command.arg(format!("--export-marks=.git/{marks}"));
        }
        let mut child = command.spawn()?;
        let input = child.stdin.take().ok_or("git fast-import takes no input")?;
        Ok(Self { child, input: std::io::BufWriter::new(input) })
    }

    fn commit(&mut self, head: &str, changes: &[u8]) -> Result<(), Box<dyn Error>> {
        self.input.write_all(head.as_bytes())?;
        self.input.write_all(changes)?;
        self.input.write_all(b"\n")?;
        Ok(())
    }

    fn finish(mut self) -> Result<(), Box<dyn Error>> {
        self.input.flush()?;
        drop(self.input);
        if self.child.wait()?.success() { Ok(()) } else { Err("git fast-import failed".into()) }
    }
}

/// The commit ids of the marks, in the order of the commits.
fn marks(file: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let text = fs::read_to_string(file)?;
    let mut marks: Vec<(usize, String)> = Vec::new();
    for line in text.lines() {
        let (mark, id) = line.trim_start_matches(':').split_once(' ').ok_or("a mark has an id")?;
        marks.push((mark.parse()?, id.to_owned()));
    }
    marks.sort();
    Ok(marks.into_iter().map(|(_, id)| id).collect())
}

fn save_refs(repo: &Path, from: &str, to: &str) -> Result<(), Box<dyn Error>> {
    let status = Command::new("git").current_dir(repo).args(["update-ref", to, from]).status()?;
    if status.success() { Ok(()) } else { Err(format!("git update-ref {to} failed").into()) }
}
