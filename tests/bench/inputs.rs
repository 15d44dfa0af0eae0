//! Generates large reports from a seed, with a few lines of code per format: what the format's main
//! writer would write for a made-up project.
//!
//! Whole files are written until the output is full, so the report is always complete.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use fastrand::Rng;

/// A kind of input.
pub(crate) struct Input {
    /// The name of the format.
    pub(crate) format: &'static str,
    /// The extension of its files.
    pub(crate) ending: &'static str,
    /// Writes an input.
    pub(crate) write: fn(&mut Out) -> io::Result<()>,
}

/// The inputs whose speed is measured.
pub(crate) const INPUTS: &[Input] = &[
    Input { format: "lcov", ending: "info", write: lcov },
    Input { format: "gocover", ending: "out", write: gocover },
    Input { format: "cobertura", ending: "xml", write: cobertura },
    Input { format: "jacoco", ending: "xml", write: jacoco },
    Input { format: "junit", ending: "xml", write: junit },
    Input { format: "coveragepy", ending: "json", write: coveragepy },
    Input { format: "istanbul", ending: "json", write: istanbul },
    Input { format: "llvm-cov", ending: "json", write: llvm_cov },
    Input { format: "stryker", ending: "json", write: stryker },
];

/// The number of coverable lines per file.
const LINES: u32 = 150;

/// The output of an input. It counts the bytes written.
pub(crate) struct Out {
    file: BufWriter<File>,
    written: u64,
    size: u64,
    random: Rng,
}

impl Out {
    /// A file that is full after `size` bytes.
    pub(crate) fn create(path: &Path, size: u64) -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::new(File::create(path)?),
            written: 0,
            size,
            random: Rng::with_seed(1),
        })
    }

    /// The numbers of files until the output is full; at least one.
    fn each(&mut self, mut write: impl FnMut(&mut Self, u32) -> io::Result<()>) -> io::Result<u32> {
        for number in 0.. {
            if number > 0 && self.written >= self.size {
                return Ok(number);
            }
            write(self, number)?;
        }
        Ok(0)
    }

    /// The hits of a line. Four in five lines ran.
    fn hits(&mut self) -> u32 {
        if self.random.u8(..5) == 0 { 0 } else { self.random.u32(1..1000) }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = self.file.write(bytes)?;
        self.written += size as u64;
        Ok(size)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The separator between the items of a list.
fn comma(number: u32) -> &'static str {
    if number == 0 { "" } else { "," }
}

fn lcov(out: &mut Out) -> io::Result<()> {
    out.each(|out, file| lcov_section(out, "unit", file, LINES)).map(drop)
}

fn lcov_section(out: &mut Out, test: &str, file: u32, lines: u32) -> io::Result<()> {
    writeln!(out, "TN:{test}\nSF:/src/area_{:03}/module_{file:05}.c", file / 50)?;
    for line in 1..=lines {
        let hits = out.hits();
        match line % 30 {
            1 => writeln!(out, "FN:{line},function_{line}\nFNDA:{hits},function_{line}")?,
            5 | 11 | 17 => writeln!(out, "BRDA:{line},0,0,{hits}\nBRDA:{line},0,1,{}", hits / 2)?,
            _ => {}
        }
        writeln!(out, "DA:{line},{hits}")?;
    }
    writeln!(out, "LF:{lines}\nend_of_record")
}

/// An LCOV file in which the same source files occur for each test, one kilobyte each.
pub(crate) fn recurring(out: &mut Out, files: u32, tests: u32) -> io::Result<()> {
    for test in 0..tests {
        for file in 0..files {
            lcov_section(out, &format!("test_{test}"), file, 66)?;
        }
    }
    Ok(())
}

fn gocover(out: &mut Out) -> io::Result<()> {
    writeln!(out, "mode: atomic")?;
    let rows = |out: &mut Out, file| {
        for block in 0..LINES {
            let (line, hits) = (block * 4 + 1, out.hits());
            let package = file / 20;
            writeln!(
                out,
                "example.com/org/project/pkg{package}/file{file}.go:{line}.30,{}.3 3 {hits}",
                line + 3
            )?;
        }
        Ok(())
    };
    out.each(rows).map(drop)
}

fn cobertura(out: &mut Out) -> io::Result<()> {
    writeln!(
        out,
        "<?xml version=\"1.0\" ?>\n<coverage version=\"7.6\" line-rate=\"0.8\" branch-rate=\"0.8\">"
    )?;
    writeln!(
        out,
        "<sources><source>/src</source></sources><packages><package name=\"p\"><classes>"
    )?;
    out.each(|out, file| {
        writeln!(out, "<class name=\"m{file}.py\" filename=\"area_{}/m{file}.py\" line-rate=\"0.8\">", file / 50)?;
        writeln!(out, "<methods/><lines>")?;
        for line in 1..=LINES {
            let hits = out.hits();
            match line % 10 {
                5 => {
                    let (percent, taken) = if hits > 0 { (50, 1) } else { (0, 0) };
                    let conditions = format!("branch=\"true\" condition-coverage=\"{percent}% ({taken}/2)\"");
                    writeln!(out, "\t<line number=\"{line}\" hits=\"{hits}\" {conditions} missing-branches=\"9\"/>")?;
                }
                _ => writeln!(out, "\t<line number=\"{line}\" hits=\"{hits}\"/>")?,
            }
        }
        writeln!(out, "</lines></class>")
    })?;
    writeln!(out, "</classes></package></packages></coverage>")
}

fn jacoco(out: &mut Out) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>")?;
    writeln!(
        out,
        "<!DOCTYPE report PUBLIC \"-//JACOCO//DTD Report 1.1//EN\" \"report.dtd\"><report name=\"bench\">"
    )?;
    out.each(|out, file| {
        let ran: Vec<bool> = (0..LINES).map(|_| out.hits() > 0).collect();
        let covered = ran.iter().filter(|ran| **ran).count() as u32;
        let counter = |kind: &str, covered: u32, total: u32| {
            format!("<counter type=\"{kind}\" missed=\"{}\" covered=\"{covered}\"/>", total - covered)
        };
        let counters = counter("INSTRUCTION", covered * 4, LINES * 4)
            + &counter("BRANCH", 0, 0)
            + &counter("LINE", covered, LINES)
            + &counter("METHOD", u32::from(covered > 0), 1);
        write!(out, "<package name=\"org/example/p{file}\"><class name=\"org/example/p{file}/C\" ")?;
        write!(out, "sourcefilename=\"C.java\"><method name=\"run\" desc=\"()V\" line=\"1\">{counters}</method>")?;
        write!(out, "{counters}</class><sourcefile name=\"C.java\">")?;
        for (line, ran) in (1..).zip(ran) {
            let (missed, covered) = if ran { (0, 4) } else { (4, 0) };
            write!(out, "<line nr=\"{line}\" mi=\"{missed}\" ci=\"{covered}\" mb=\"0\" cb=\"0\"/>")?;
        }
        writeln!(out, "{counters}</sourcefile>{counters}</package>")
    })?;
    writeln!(out, "</report>")
}

fn junit(out: &mut Out) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?><testsuites>")?;
    out.each(|out, suite| {
        let failed: Vec<bool> = (0..LINES).map(|_| out.random.u8(..50) == 0).collect();
        let failures = failed.iter().filter(|failed| **failed).count();
        write!(out, "<testsuite name=\"tests.test_{suite}\" tests=\"{LINES}\" failures=\"{failures}\" errors=\"0\" ")?;
        writeln!(out, "skipped=\"0\" time=\"1.5\">")?;
        for (test, failed) in failed.into_iter().enumerate() {
            write!(out, "<testcase classname=\"tests.test_{suite}.TestCase\" name=\"test_{test}[{test}-a]\" ")?;
            if failed {
                writeln!(out, "time=\"0.012\"><failure message=\"assert 1 == 2\">Traceback:\n  a &lt; b")?;
                writeln!(out, "</failure></testcase>")?;
            } else {
                writeln!(out, "time=\"0.001\"/>")?;
            }
        }
        writeln!(out, "</testsuite>")
    })?;
    writeln!(out, "</testsuites>")
}

/// A list of numbers as JSON.
fn list(numbers: &[u32]) -> String {
    format!("[{}]", numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", "))
}

/// The `meta` of coverage.py's JSON, and everything up to its files.
fn coveragepy_start(out: &mut Out) -> io::Result<()> {
    let meta = "\"format\": 3, \"version\": \"7.17.3\", \"branch_coverage\": false, \"show_contexts\": true";
    write!(out, "{{\"meta\": {{{meta}}}, \"files\": {{")
}

/// Lines of coverage.py's JSON and their summary, for a file, a function or a class.
fn coveragepy_lines(ran: &[u32], missing: &[u32]) -> String {
    let (covered, missed) = (ran.len(), missing.len());
    let percent = covered as f64 * 100.0 / (covered + missed).max(1) as f64;
    let shown =
        format!("\"percent_covered\": {percent}, \"percent_covered_display\": \"{percent:.0}\"");
    let statements = shown.replace("_covered", "_statements_covered");
    let all = covered + missed;
    format!(
        "\"executed_lines\": {}, \"summary\": {{\"covered_lines\": {covered}, \"num_statements\": {all}, {shown}, \
         \"missing_lines\": {missed}, \"excluded_lines\": 0, {statements}}}, \"missing_lines\": {}, \
         \"excluded_lines\": []",
        list(ran),
        list(missing)
    )
}

/// A file of coverage.py's JSON, up to its functions.
fn coveragepy_file(out: &mut Out, file: u32) -> io::Result<(Vec<u32>, Vec<u32>)> {
    let (ran, missing): (Vec<u32>, Vec<u32>) = (1..=LINES).partition(|_| out.hits() > 0);
    write!(out, "{}\"src/area_{}/module_{file}.py\": {{", comma(file), file / 50)?;
    write!(out, "{}", coveragepy_lines(&ran, &missing))?;
    Ok((ran, missing))
}

/// Like coverage.py 7.6 and later: the lines of a file, then again by function and by class.
fn coveragepy(out: &mut Out) -> io::Result<()> {
    coveragepy_start(out)?;
    out.each(|out, file| {
        let (ran, missing) = coveragepy_file(out, file)?;
        write!(out, ", \"functions\": {{")?;
        for (number, first) in (0..).zip((1..LINES).step_by(15)) {
            let here = |lines: &[u32]| {
                lines.iter().copied().filter(|line| (first..first + 15).contains(line)).collect()
            };
            let (ran, missing): (Vec<u32>, Vec<u32>) = (here(&ran), here(&missing));
            let lines = coveragepy_lines(&ran, &missing);
            write!(
                out,
                "{}\"Stage.step_{number}\": {{{lines}, \"start_line\": {first}}}",
                comma(number)
            )?;
        }
        let lines = coveragepy_lines(&ran, &missing);
        write!(out, "}}, \"classes\": {{\"Stage\": {{{lines}, \"start_line\": 1}}}}}}")
    })?;
    write!(out, "}}}}")
}

/// coverage.py's JSON of a test run with `--cov-context=test`. A dozen sets of tests ran the lines
/// of each file.
pub(crate) fn contexts(out: &mut Out, files: u32, tests: u32) -> io::Result<()> {
    coveragepy_start(out)?;
    for file in 0..files {
        let (ran, _) = coveragepy_file(out, file)?;
        let first = tests / files.max(1) * file;
        let sets: Vec<String> = (0..12)
            .map(|_| {
                let mut run: Vec<u32> =
                    (0..out.random.u32(1..40)).map(|at| (first + at * 7) % tests).collect();
                run.sort_unstable();
                run.dedup();
                let names = run.iter().map(|test| {
                    format!(
                        "\"tests/area_{}/test_{}.py::test_case_{test}|run\"",
                        test / 500,
                        test / 20
                    )
                });
                names.collect::<Vec<_>>().join(",")
            })
            .collect();
        write!(out, ",\"contexts\":{{")?;
        for (at, line) in (0..).zip(ran) {
            let set = out.random.usize(..sets.len());
            write!(out, "{}\"{line}\":[{}]", comma(at), sets[set])?;
        }
        write!(out, "}}}}")?;
    }
    write!(out, "}}}}")
}

/// A position in Istanbul's and Stryker's JSON.
fn span(line: u32) -> String {
    format!(
        "{{\"start\":{{\"line\":{line},\"column\":2}},\"end\":{{\"line\":{line},\"column\":40}}}}"
    )
}

fn istanbul(out: &mut Out) -> io::Result<()> {
    write!(out, "{{")?;
    out.each(|out, file| {
        let path = format!("/home/ci/project/src/area_{}/module_{file}.js", file / 50);
        let object = |items: Vec<String>| items.join(",");
        let hits: Vec<u32> = (0..LINES).map(|_| out.hits()).collect();
        let statements = object((0..LINES).map(|id| format!("\"{id}\":{}", span(id + 1))).collect());
        let counts = object((0..).zip(&hits).map(|(id, hits): (u32, _)| format!("\"{id}\":{hits}")).collect());
        let branch = |id: u32| {
            let (place, line) = (span(id * 10 + 1), id * 10 + 1);
            format!("\"{id}\":{{\"loc\":{place},\"type\":\"if\",\"locations\":[{place},{place}],\"line\":{line}}}")
        };
        let branches = object((0..15).map(branch).collect());
        let taken = object((0..15).map(|id| format!("\"{id}\":[{},0]", hits[id])).collect());
        let function = |id: u32| {
            let place = span(id * 30 + 1);
            format!("\"{id}\":{{\"name\":\"f{id}\",\"decl\":{place},\"loc\":{place},\"line\":{}}}", id * 30 + 1)
        };
        let functions = object((0..5).map(function).collect());
        let entered = object((0..5).map(|id| format!("\"{id}\":{}", hits[id])).collect());
        write!(out, "{}\"{path}\":{{\"path\":\"{path}\",\"statementMap\":{{{statements}}},", comma(file))?;
        write!(out, "\"fnMap\":{{{functions}}},\"branchMap\":{{{branches}}},")?;
        writeln!(out, "\"s\":{{{counts}}},\"f\":{{{entered}}},\"b\":{{{taken}}}}}")
    })?;
    write!(out, "}}")
}

fn llvm_cov(out: &mut Out) -> io::Result<()> {
    write!(out, "{{\"data\":[{{\"files\":[")?;
    let name = |file: u32| format!("/src/area_{}/module_{file}.cpp", file / 50);
    let of = |count: u32, covered: u32| {
        let (missed, percent) =
            (count - covered, f64::from(covered) * 100.0 / f64::from(count.max(1)));
        format!(
            "{{\"count\":{count},\"covered\":{covered},\"notcovered\":{missed},\"percent\":{percent}}}"
        )
    };
    let summary = |lines: String, functions: String| {
        let none = of(0, 0);
        format!(
            "{{\"branches\":{none},\"functions\":{functions},\"instantiations\":{functions},\"lines\":{lines},\
             \"mcdc\":{none},\"regions\":{lines}}}"
        )
    };
    let mut covered = 0;
    let files = out.each(|out, file| {
        let hits: Vec<u32> = (0..LINES).map(|_| out.hits()).collect();
        let ran = hits.iter().filter(|hits| **hits > 0).count() as u32;
        covered += ran;
        let segments = (1..)
            .zip(&hits)
            .map(|(line, hits): (u32, _)| format!("[{line},5,{hits},true,true,false]"));
        let segments = segments
            .chain([format!("[{LINES},60,0,false,false,false]")])
            .collect::<Vec<_>>()
            .join(",");
        write!(
            out,
            "{}{{\"branches\":[],\"expansions\":[],\"filename\":\"{}\",",
            comma(file),
            name(file)
        )?;
        write!(out, "\"segments\":[{segments}],\"summary\":{}}}", summary(of(LINES, ran), of(1, 1)))
    })?;
    write!(out, "],\"functions\":[")?;
    for file in 0..files {
        write!(
            out,
            "{}{{\"branches\":[],\"count\":7,\"filenames\":[\"{}\"],",
            comma(file),
            name(file)
        )?;
        write!(out, "\"name\":\"_Z4run{file}v\",\"regions\":[[1,5,{LINES},60,7,0,0,0]]}}")?;
    }
    let totals = summary(of(files * LINES, covered), of(files, files));
    write!(
        out,
        "],\"totals\":{totals}}}],\"type\":\"llvm.coverage.json.export\",\"version\":\"2.0.1\"}}"
    )
}

fn stryker(out: &mut Out) -> io::Result<()> {
    write!(
        out,
        "{{\"schemaVersion\":\"1.0\",\"thresholds\":{{\"high\":80,\"low\":60}},\"files\":{{"
    )?;
    out.each(|out, file| {
        write!(out, "{}\"src/area_{}/module_{file}.ts\":{{\"language\":\"typescript\",", comma(file), file / 50)?;
        let source = "  const gain = level * 3;\\n".repeat(LINES as usize);
        write!(out, "\"source\":\"{source}\",\"mutants\":[")?;
        for mutant in 0..LINES {
            let status = if out.hits() > 0 { "Killed" } else { "Survived" };
            let id = file * LINES + mutant;
            write!(out, "{}{{\"id\":\"{id}\",\"mutatorName\":\"ArithmeticOperator\",", comma(mutant))?;
            write!(out, "\"replacement\":\"level / {mutant}\",\"location\":{},", span(mutant + 1))?;
            write!(
                out,
                "\"status\":\"{status}\",\"static\":false,\"coveredBy\":[\"{mutant}\"],\"killedBy\":[\"1\"]}}"
            )?;
        }
        writeln!(out, "]}}")
    })?;
    write!(out, "}}}}")
}
