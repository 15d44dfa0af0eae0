//! Tests reading reports: real tools' output for a small sample of ours (`tests/fixtures/reports`,
//! made by `tests/fixtures/make.sh`), malformed and hostile input, and laws for any input.

mod dotnet;
mod empty;
mod jvm;
mod misc;
mod mutation;
mod native;
mod one_run;
mod runners;
mod script;

use std::fs::{self, File};
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

use covatlas::report::formats::{self, NoSources};
use covatlas::report::merge::merge;
use covatlas::report::{Arm, Branch, Dimension, FileCoverage, Hits, Line, Report, Tally};
use covatlas::{Error, Result};
use proptest::prelude::*;

use super::arbitrary::coverage;

fn read(bytes: &[u8]) -> Result<Report> {
    formats::read(&mut BufReader::new(bytes), None, &NoSources)
}

fn sound(bytes: &[u8]) -> Report {
    read(bytes).unwrap_or_else(|error| panic!("{:?}", error.chain()))
}

fn lines(report: &Report) -> Tally {
    report.tallies().get(&Dimension::Lines).unwrap_or_default()
}

fn of(covered: u64, total: u64) -> Tally {
    Tally { covered, total }
}

fn messages(report: &Report) -> Vec<(Option<u64>, &str)> {
    report.warnings.iter().map(|warning| (warning.line, warning.message.as_str())).collect()
}

fn chain(error: &Error) -> String {
    error.chain().join(": ")
}

// malformed and hostile files

/// The covered lines, all lines and the number of warnings of a report, or words of the error.
type Wanted = std::result::Result<(u64, u64, usize), &'static str>;

/// The expectations for each file, the same as in EXPECT.tsv beside the files.
const BAD: &[(&str, Wanted)] = &[
    ("empty.info", Err("empty")),
    ("empty.xml", Err("empty")),
    ("empty.json", Err("empty")),
    ("truncated-cobertura.xml", Err("line 2")),
    ("truncated-jacoco.xml", Err("line 1")),
    ("truncated.info", Ok((1, 2, 2))),
    ("negative-counts.info", Ok((1, 2, 2))),
    ("huge-counts.info", Ok((4, 5, 0))),
    ("float-counts.info", Ok((2, 3, 0))),
    ("path-traversal.info", Ok((2, 3, 0))),
    ("windows-paths.info", Ok((2, 3, 0))),
    ("html-in-names.info", Ok((1, 3, 0))),
    ("dup-sf.info", Ok((2, 2, 0))),
    ("dup-da.info", Ok((1, 2, 1))),
    ("bom-crlf-cobertura.xml", Ok((1, 2, 0))),
    ("utf16-cobertura.xml", Ok((1, 2, 0))),
    ("entity-bomb.xml", Err("entities")),
    ("xxe.xml", Err("entities")),
    ("nan-rate.xml", Ok((1, 2, 0))),
    ("wrong-format.xml", Err("unknown report format")),
    ("zero-lines.info", Ok((0, 0, 0))),
    ("gocover-bad.out", Ok((2, 2, 3))),
    ("dup-key.json", Ok((1, 2, 1))),
];

#[test]
fn bad_files_do_what_is_wanted_of_each() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/bad");
    if !folder.is_dir() {
        println!("skipped: no corpus beside the project");
        return;
    }
    for (name, wanted) in BAD {
        let found = formats::read(
            &mut BufReader::new(File::open(folder.join(name)).expect("the file is there")),
            None,
            &NoSources,
        );
        match (found, wanted) {
            (Ok(report), Ok((covered, total, warnings))) => {
                assert_eq!(lines(&report), of(*covered, *total), "{name}");
                assert_eq!(report.warnings.len(), *warnings, "{name}: {:?}", report.warnings);
            }
            (Err(error), Err(words)) => {
                assert!(chain(&error).contains(words), "{name}: {}", chain(&error));
            }
            (found, _) => panic!("{name}: {found:?}"),
        }
    }
    let listed = fs::read_dir(folder).expect("the folder is readable").count() - 1; // EXPECT.tsv itself
    assert_eq!(BAD.len(), listed, "every bad file is in the table");
}

#[test]
fn an_unknown_format_is_refused_with_the_known_ones() {
    let error = read(b"PK\x03\x04 not a report").expect_err("a ZIP file is no report");
    assert_eq!(chain(&error), "unknown report format");
    assert!(error.hints()[0].contains("lcov, gocover, clover, cobertura"), "{:?}", error.hints());
    let error =
        formats::read(&mut &b"TN:\n"[..], Some("lcvo"), &NoSources).expect_err("no such format");
    assert!(chain(&error).contains("`lcvo`") && error.hints()[0].contains("lcov"));
}

#[test]
fn a_named_format_is_not_guessed_away() {
    let error = formats::read(&mut &b"<coverage/>"[..], Some("lcov"), &NoSources)
        .expect_err("XML is no tracefile");
    assert!(chain(&error).contains("not an LCOV report"), "{}", chain(&error));
    let report =
        formats::read(&mut &b"DA:1,1\nSF:a\nDA:2,1\nend_of_record\n"[..], Some("lcov"), &NoSources)
            .expect("read all the same");
    assert_eq!((lines(&report), report.warnings.len()), (of(1, 1), 1));
    for (name, text) in [
        ("cobertura", &b"<report/>"[..]),
        ("cobertura", b"no XML"),
        ("coveragepy", b"[1]"),
        ("coveragepy", b"{}"),
    ] {
        assert!(formats::read(&mut &*text, Some(name), &NoSources).is_err(), "{name}");
    }
}

#[test]
fn a_flood_of_warnings_is_counted_not_kept() {
    let text = format!("SF:a\nDA:1,1\n{}end_of_record\n", "DA:x\n".repeat(1000));
    let report = sound(text.as_bytes());
    assert_eq!(report.warnings.len(), 21);
    assert_eq!(report.warnings[20].message, "and 980 more malformed records");
    assert_eq!(lines(&report), of(1, 1));
}

#[test]
fn a_profile_that_spans_more_lines_than_exist_is_refused() {
    let error = read(b"mode: set\na.go:1.1,4294967295.1 1 1\n")
        .expect_err("no file has four thousand million lines");
    assert!(chain(&error).contains("a.go"), "{}", chain(&error));
}

#[test]
fn elements_do_not_nest_without_end() {
    let error = read(format!("<coverage line-rate=\"1\">{}", "<a>".repeat(100_000)).as_bytes())
        .expect_err("too deep");
    assert!(chain(&error).contains("nest"), "{}", chain(&error));
}

// what stands around the text

const LCOV: &str = "TN:\nSF:a/b.c\nFN:1,main\nFNDA:1,main\nBRDA:1,0,0,1\nBRDA:1,0,1,-\nDA:1,1\nDA:2,0\nend_of_record\n";
const GO: &str = "mode: count\nexample.com/m/a.go:1.10,3.2 2 4\nexample.com/m/a.go:5.2,5.9 1 0\n";
const COBERTURA: &str = "<?xml version=\"1.0\"?>\n<!DOCTYPE coverage SYSTEM \"http://example.com/coverage-04.dtd\">\n\
    <coverage line-rate=\"0\"><sources><source>/src &amp; all</source></sources><packages><package><classes>\n\
    <class name=\"c\" filename=\"a.c\"><methods><method name=\"f\" signature=\"(int)\"><lines>\n\
    <line number=\"1\" hits=\"3\"/></lines></method>\n\
    </methods><lines>\n\
    <line number=\"1\" hits=\"3\" condition-coverage=\"50% (1/2)\"/><line number=\"2\" hits=\"0\"/></lines></class>\n\
    </classes></package></packages></coverage>\n";
const JSON: &str = "{\"meta\":{\"version\":\"7\",\"branch_coverage\":true},\"files\":{\"a.py\":{\"executed_lines\":[1,2],\
    \"missing_lines\":[4],\"excluded_lines\":[],\"executed_branches\":[[2,-1]],\"missing_branches\":[[2,4]],\
    \"functions\":{\"f\":{\"executed_lines\":[2],\"start_line\":1},\"\":{\"executed_lines\":[1]}}}},\"totals\":{}}";
const SAMPLES: [&str; 7] = [LCOV, GO, COBERTURA, JSON, jvm::JACOCO, jvm::CLOVER, jvm::SCOVERAGE];

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).expect("memory takes all");
    packed.finish().expect("memory takes all")
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn packing_and_encoding_change_nothing() {
    for text in SAMPLES {
        let plain = sound(text.as_bytes());
        let mut packed = gz(text.as_bytes());
        assert_eq!(sound(&packed), plain);
        packed.extend(gz(b"")); // a file of several gzip members, as `cat` makes it
        assert_eq!(sound(&packed), plain);
        for (mark, bytes) in [
            ("\u{feff}", u16::to_le_bytes as fn(u16) -> [u8; 2]),
            ("\u{feff}", u16::to_be_bytes),
            ("", u16::to_le_bytes),
        ] {
            assert_eq!(sound(&utf16(&format!("{mark}{text}"), bytes)), plain);
        }
        assert_eq!(sound(format!("\u{feff}{text}").as_bytes()), plain);
        assert_eq!(sound(text.replace('\n', "\r\n").as_bytes()), plain);
        assert_eq!(
            formats::read(&mut BufReader::with_capacity(1, text.as_bytes()), None, &NoSources)
                .expect("read byte by byte"),
            plain
        );
    }
}

#[test]
fn a_declared_encoding_is_decoded() {
    let latin = COBERTURA
        .replace("version=\"1.0\"", "version=\"1.0\" encoding='ISO-8859-1'")
        .replace("a.c", "é.c");
    let bytes: Vec<u8> = latin.chars().map(|c| u8::try_from(c).expect("Latin-1")).collect();
    assert!(sound(&bytes).files.contains_key("é.c"));
    let error =
        read(latin.replace("ISO-8859-1", "klingon").as_bytes()).expect_err("nobody knows it");
    assert!(chain(&error).contains("`klingon`"), "{}", chain(&error));
}

#[test]
fn a_bomb_is_not_unpacked() {
    let member = gz(&vec![b'x'; 1 << 20]); // a thousand to one
    let bomb = [gz(LCOV.as_bytes()), member.repeat(100)].concat();
    let error = read(&bomb).expect_err("100 MiB of nothing");
    assert!(chain(&error).contains("unpack"), "{}", chain(&error));
}

#[test]
fn paths_that_are_not_text_keep_their_bytes() {
    let report =
        sound(b"SF:a/\xff.c\nDA:1,1\nend_of_record\nSF:C:\\xml\\a.c\nDA:1,1\nend_of_record\n");
    assert_eq!(report.files.keys().collect::<Vec<_>>(), ["C:\\x5cxml\\a.c", "a/\\xff.c"]);
}

// each format's own rules

fn exactly(count: u64) -> Hits {
    Hits::exactly(count)
}

fn file<'r>(report: &'r Report, path: &str) -> &'r FileCoverage {
    &report.files[path]
}

fn hits_of(file: &FileCoverage) -> Vec<(u32, u64)> {
    file.lines.iter().map(|line| (line.number, line.hits.count())).collect()
}

fn functions(file: &FileCoverage) -> Vec<(u32, &str, Option<u32>, u64)> {
    file.functions.iter().map(|f| (f.start, &*f.name, f.end, f.hits.count())).collect()
}

#[test]
fn lcov_functions_of_every_spelling() {
    let text = "SF:a\nFN:1,plain\nFN:3,9,ended\nFN:10,6,not_an_end\nFN:12,f(int, int)\nFNDA:2,f(int, int)\nFNDA:1,plain\n\
        FNDA:1,plain\nFNDA:5,unheard\nFN:20,twice\nFN:30,twice\nFNDA:0,twice\nFNDA:4,twice\n\
        FNL:0,40,44\nFNA:0,1,zeta<int>\nFNA:0,2,alpha<char>\nFNL:1,50\nFNA:1,0,lonely\nend_of_record\n";
    let report = sound(text.as_bytes());
    assert_eq!(messages(&report), []);
    let expected = [
        (0, "unheard", None, 5),
        (1, "plain", None, 2),
        (3, "ended", Some(9), 0),
        (10, "6,not_an_end", None, 0),
        (12, "f(int, int)", None, 2),
        (20, "twice", None, 0),
        (30, "twice", None, 4),
        (40, "alpha<char>", Some(44), 3),
        (50, "lonely", None, 0),
    ];
    assert_eq!(functions(file(&report, "a")), expected);
}

#[test]
fn lcov_branches_of_every_spelling() {
    let text = "SF:a\nBRDA:1,0,0,-\nBRDA:1,e0,1,3\nBRDA:2,0,x > 1, y == 2,1\nBRDA:3,0,jump to line 9,1\n\
        BRDA:3,0,return from function 'f',0\nBRDA:3,0,exit the module,1\nBRDA:1,0,1,18446744073709551615\nend_of_record\n";
    let report = sound(text.as_bytes());
    assert_eq!(messages(&report), []);
    let branch = |line, arm, hits| Branch { line, block: 0, arm, hits };
    let expected = [
        branch(1, Arm::Index(0), Hits::ZERO),
        branch(1, Arm::Index(1), Hits::at_least(Hits::MAX)),
        branch(2, Arm::Text("x > 1, y == 2".into()), exactly(1)),
        branch(3, Arm::Jump(9), exactly(1)),
        branch(3, Arm::Text("exit".into()), Hits::ZERO),
        branch(3, Arm::Text("exit 2".into()), exactly(1)),
    ];
    assert_eq!(file(&report, "a").branches, expected);
}

#[test]
fn lcov_records_that_are_wrong_name_their_line() {
    let text = "# a comment\nSF:a\nDA:0,1\nDA:4294967296,1\nDA:1\nXX:1\nnothing\nMCDC:1,2,t,0,0,'a, b'\n\
        DA:7,1,c2hhcmVk\nDA:8,-2\nend_of_record\nDA:9,1\n";
    let report = sound(text.as_bytes());
    let numbers: Vec<_> = report.warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(numbers, [Some(3), Some(4), Some(5), Some(6), Some(7), Some(10), Some(12)]);
    assert_eq!(
        file(&report, "a").lines,
        [Line { number: 7, hits: exactly(1) }, Line { number: 8, hits: Hits::ZERO }]
    );
}

#[test]
fn a_cut_tracefile_keeps_what_is_whole() {
    let report = sound(b"SF:a\nDA:1,1\nDA:2,12");
    assert_eq!(lines(&report), of(1, 1));
    assert_eq!(
        report.warnings.iter().map(|warning| warning.line).collect::<Vec<_>>(),
        [Some(3), Some(3)]
    );
    let report = sound(b"SF:a\nDA:1,1\nSF:b\nDA:1,0\nend_of_record");
    assert_eq!((lines(&report), report.warnings.len()), (of(1, 2), 1));
}

#[test]
fn many_sections_of_a_file_are_summed() {
    let section =
        |test: usize| format!("TN:t{test}\nSF:a\nDA:{},1\nDA:500,1\nend_of_record\n", test + 1);
    let text: String = (0..1000).map(section).collect();
    let report = sound(text.as_bytes());
    let lines = &file(&report, "a").lines;
    assert_eq!(lines.len(), 1000);
    assert_eq!(lines[499], Line { number: 500, hits: exactly(1001) });
    assert_eq!(lines[0], Line { number: 1, hits: exactly(1) });
}

#[test]
fn go_blocks_are_statements_and_the_lines_they_span() {
    let text = "mode: set\nm/a.go:1.10,4.2 3 1\nm/a.go:2.5,2.9 1 0\n\
        m/a.go:4.2,6.3 2 0\nmode: set\nm/a.go:1.10,4.2 3 1\nC:\\w a.go:9.1,9.2 1 0\n";
    let report = sound(text.as_bytes());
    assert_eq!(messages(&report), []);
    let hits = |file: &FileCoverage| {
        file.lines.iter().map(|line| (line.number, line.hits.count())).collect::<Vec<_>>()
    };
    assert_eq!(hits(file(&report, "m/a.go")), [(1, 1), (2, 1), (3, 1), (4, 1), (5, 0), (6, 0)]);
    assert_eq!(hits(file(&report, "C:\\w a.go")), [(9, 0)]);
    assert_eq!(report.tallies().get(&Dimension::Statements), Some(of(3, 7)));
    let counted = sound(text.replace("set", "atomic").as_bytes());
    assert_eq!(hits(file(&counted, "m/a.go"))[0], (1, 2));
}

#[test]
fn cobertura_classes_of_a_file_are_merged() {
    let class = |name: &str, lines: &str| {
        format!("<class name=\"{name}\" filename=\"a.cs\"><lines>{lines}</lines></class>")
    };
    let line = |number: u32, hits: &str| {
        format!("<line number=\"{number}\" hits=\"{hits}\" condition-coverage=\"50% (1/2)\"/>")
    };
    let text = format!(
        "<coverage line-rate=\"1\">{}{}</coverage>",
        class("A", &format!("{}{}", line(1, "1"), line(2, "0"))),
        class("A/Inner", &format!("{}{}", line(2, "2.0"), line(3, "-1")))
    );
    let report = sound(text.as_bytes());
    let hits: Vec<_> =
        file(&report, "a.cs").lines.iter().map(|line| (line.number, line.hits.count())).collect();
    assert_eq!(hits, [(1, 1), (2, 2), (3, 0)]);
    assert_eq!(report.tallies().get(&Dimension::Branches), Some(of(3, 6)));
    assert_eq!(report.warnings.len(), 1); // the negative count
}

#[test]
fn cobertura_lines_under_methods_alone_count() {
    let method = "<method name=\"f\" signature=\"()V\"><lines>\
        <line number=\"4\" hits=\"0\"/><line number=\"5\" hits=\"7\"/></lines></method>";
    let text = format!(
        "<coverage line-rate=\"1\"><class filename=\"a.swift\"><methods>{method}</methods></class></coverage>"
    );
    let report = sound(text.as_bytes());
    assert_eq!(lines(&report), of(1, 2));
    assert_eq!(functions(file(&report, "a.swift")), [(4, "f", None, 7)]);
}

#[test]
fn the_samples_hold_what_they_say() {
    let xml = sound(COBERTURA.as_bytes());
    assert_eq!(xml.roots, ["/src & all"]);
    assert_eq!(functions(file(&xml, "a.c")), [(1, "f(int)", None, 3)]);
    let json = sound(JSON.as_bytes());
    let branch = |arm, hits| Branch { line: 2, block: 0, arm, hits };
    assert_eq!(
        file(&json, "a.py").branches,
        [branch(Arm::Jump(4), Hits::ZERO), branch(Arm::Text("exit".into()), exactly(1))]
    );
    assert_eq!(functions(file(&json, "a.py")), [(1, "f", None, 1)]);
}

// laws

#[test]
fn a_report_cut_anywhere_is_an_error_or_a_part_of_it() {
    for text in SAMPLES {
        let whole = lines(&sound(text.as_bytes()));
        for cut in 0..text.len() {
            if let Ok(report) = read(&text.as_bytes()[..cut]) {
                let part = lines(&report);
                assert!(
                    part.covered <= whole.covered && part.total <= whole.total,
                    "{}",
                    &text[..cut]
                );
            }
        }
        let packed = gz(text.as_bytes());
        for cut in 0..packed.len() - 1 {
            assert!(read(&packed[..cut]).is_err(), "a cut gzip stream of {cut} bytes");
        }
    }
}

fn merged(mut one: FileCoverage, other: &FileCoverage) -> FileCoverage {
    one.merge(other.clone());
    one
}

proptest! {
    #[test]
    fn merging_knows_no_order(a in coverage(), b in coverage(), c in coverage()) {
        let both = merged(a.clone(), &b);
        prop_assert_eq!(&both, &merged(b.clone(), &a));
        prop_assert_eq!(merged(both.clone(), &c), merged(a.clone(), &merged(b, &c)));
        for file in [a, both] {
            prop_assert_eq!(&merged(file.clone(), &FileCoverage::default()), &file);
            prop_assert_eq!(merged(FileCoverage::default(), &file), file);
        }
    }

    #[test]
    fn a_merged_line_is_covered_where_one_was(a in coverage(), b in coverage()) {
        // A run replaces a placeholder, whose lines may not be lines of the run.
        let [a, b] = [a, b].map(|file| FileCoverage { placeholder: false, ..file });
        let both = merged(a.clone(), &b);
        let covered = |file: &FileCoverage, number| file.lines.iter().any(|line| line.number == number && line.hits.is_hit());
        for line in &both.lines {
            prop_assert_eq!(line.hits.is_hit(), covered(&a, line.number) || covered(&b, line.number));
        }
        for (dimension, tally) in both.tallies().iter() {
            prop_assert!(tally.covered <= tally.total, "{} {:?}", dimension, tally);
        }
        for (dimension, one) in a.counted().iter() {
            let tally = both.counted().get(dimension).unwrap_or_default();
            prop_assert!(tally.covered >= one.covered && tally.total >= one.total, "{} {:?}", dimension, tally);
        }
    }

    #[test]
    fn a_file_in_parts_is_the_file(a in proptest::collection::vec((1..50u32, 0..3u64), 1..60), cut in 0..60usize) {
        let section = |rows: &[(u32, u64)]| {
            let rows: Vec<String> = rows.iter().map(|(line, hits)| format!("DA:{line},{hits}\n")).collect();
            let rows = rows.concat();
            format!("SF:a\n{rows}end_of_record\n")
        };
        let cut = cut.min(a.len());
        let apart = [sound(section(&a[..cut]).as_bytes()), sound(section(&a[cut..]).as_bytes())];
        let together = sound(section(&a).as_bytes()).files;
        prop_assert_eq!(&merge(apart.map(|report| report.files)), &together);
        prop_assert_eq!(sound(format!("{}{}", section(&a[..cut]), section(&a[cut..])).as_bytes()).files, together);
    }

    #[test]
    fn damaged_reports_never_panic(sample in 0..SAMPLES.len(), at in 0..1000usize, with in proptest::collection::vec(any::<u8>(), 0..6)) {
        let mut bytes = SAMPLES[sample].as_bytes().to_vec();
        let name = sound(&bytes).format;
        let at = at % bytes.len();
        let end = bytes.len().min(at + with.len());
        bytes.splice(at..end, with);
        for format in [None, Some(name)] {
            if let Ok(report) = formats::read(&mut bytes.as_slice(), format, &NoSources) {
                prop_assert!(report.tallies().iter().all(|(_, tally)| tally.covered <= tally.total));
            }
        }
    }
}

// our own fixtures

fn fixture(name: &str) -> Report {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reports").join(name);
    formats::read(
        &mut BufReader::new(File::open(path).expect("the fixture is there")),
        None,
        &NoSources,
    )
    .expect("the fixture is sound")
}

fn tally(report: &Report, dimension: &Dimension) -> (u64, u64) {
    let tally = report.tallies().get(dimension).unwrap_or_default();
    (tally.covered, tally.total)
}

/// Go is the exception: its profiles in this file are written by hand, from the documentation of
/// the format.
#[test]
fn our_sample_has_the_totals_its_tools_state() {
    use Dimension::{Branches, Functions, Lines};
    // coverage.py's own totals: 22/26 statements, 7/12 branches; 4/5 functions in LCOV. JSON lists
    // the excluded one too.
    for (name, functions) in
        [("coveragepy.json", (4, 6)), ("coveragepy.lcov", (4, 5)), ("coveragepy.xml", (0, 0))]
    {
        let report = fixture(name);
        assert_eq!(report.files.keys().collect::<Vec<_>>(), ["shapes.py"]);
        let found = [Lines, Branches, Functions].map(|dimension| tally(&report, &dimension));
        assert_eq!(found, [(22, 26), (7, 12), functions], "{name}");
    }
    // `lcov --summary`: 8 of 11 lines, 2 of 3 functions, 7 of 12 branches.
    let report = fixture("gcc.info");
    let found = [Lines, Branches, Functions].map(|dimension| tally(&report, &dimension));
    assert_eq!(found, [(8, 11), (7, 12), (2, 3)]);
}

#[test]
fn two_writers_of_one_run_say_the_same() {
    let reports = [fixture("coveragepy.json"), fixture("coveragepy.lcov")];
    let [json, lcov] = &reports;
    let (json, lcov) = (file(json, "shapes.py").clone(), file(lcov, "shapes.py").clone());
    assert_eq!((&json.lines, &json.branches), (&lcov.lines, &lcov.branches));
    let merged = &merge(reports.map(|report| report.files))["shapes.py"];
    assert_eq!(merged.functions.len(), 6);
    assert_eq!(merged.branches.len(), json.branches.len());
    assert_eq!(functions(merged)[0], (4, "area", Some(11), 2));
}
