//! Tests the text of a file's record: its form, that it has only one form, and that forged texts
//! are refused.

use covatlas::git::Id;
use covatlas::report::{
    Arm, Block, Branch, Condition, Dimension, FileCoverage, Function, Hits, Instructions, Line,
    Mutant, MutantStatus, Region, Summary, Tally,
};
use covatlas::store::{FileRecord, codec};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::arbitrary::coverage;

/// Written by hand from the description of the format.
const TEXT: &str = r#"covatlas-file 1
source 3b18e512dba79e4c8300dd08aeb37f8e728b8dad
lines
+1 1 x3
+2 10+
+2 0 x2
branches
+5 0=1 1=0
+2 >+1=1 2:>-3=0 2:"a\n\"b\" \\ \u{0}\u{1b}é"=4+
functions
+0 ? 0 ""
+1 8 1 "main"
+0 -1 1 "odd"
blocks
+5 12 3 2 4 1
+0 30 0 31 1 0
conditions
+5 2.0f"a > 0"=0 2.0t"a > 0"=1 2.1=10+
+2 0.0=0
regions
+5 3=1 14=0
instructions
+5 3/4 x2
+2 0/1
mutants
+5 3 0 9 0 killed "EqualityOperator" ">=" "test \"it\""
+0 3 1 2 1 no_coverage "EqualityOperator" ""
excluded
+7 x2
+3
summary merged
lines 437/787
mutation 1/2
placeholder
"#;

fn example() -> FileRecord {
    let line = |number, hits| Line { number, hits };
    let (none, once) = (Hits::ZERO, Hits::exactly(1));
    let lines = [(1, once), (2, once), (3, once), (5, Hits::at_least(10)), (7, none), (8, none)];
    let branch = |line, block, arm, hits| Branch { line, block, arm, hits };
    let branches = vec![
        branch(5, 0, Arm::Index(0), once),
        branch(5, 0, Arm::Index(1), none),
        branch(7, 0, Arm::Jump(8), once),
        branch(7, 2, Arm::Jump(4), none),
        branch(7, 2, Arm::Text("a\n\"b\" \\ \0\u{1b}é".into()), Hits::at_least(4)),
    ];
    let function = |start, name: &str, end, hits| Function { start, name: name.into(), end, hits };
    let functions = vec![
        function(0, "", None, none),
        function(1, "main", Some(9), once),
        function(1, "odd", Some(0), once),
    ];
    let blocks = vec![
        Block { start: (5, 12), end: (8, 2), statements: 4, hits: once },
        Block { start: (5, 30), end: (5, 31), statements: 1, hits: none },
    ];
    let condition = |line, (decision, index, sense), words: &str, hits| Condition {
        line,
        decision,
        index,
        sense,
        words: words.into(),
        hits,
    };
    let conditions = vec![
        condition(5, (2, 0, Some(false)), "a > 0", none),
        condition(5, (2, 0, Some(true)), "a > 0", once),
        condition(5, (2, 1, None), "", Hits::at_least(10)),
        condition(7, (0, 0, None), "", none),
    ];
    let regions = vec![Region { start: (5, 3), hits: once }, Region { start: (5, 14), hits: none }];
    let instructions = [(5, 3, 4), (6, 3, 4), (8, 0, 1)];
    let instructions =
        instructions.map(|(line, covered, total)| Instructions { line, covered, total });
    let mutant = |end, replacement: &str, ordinal, status, killed_by: &str| Mutant {
        start: (5, 3),
        end,
        mutator: "EqualityOperator".into(),
        replacement: replacement.into(),
        ordinal,
        status,
        killed_by: killed_by.into(),
    };
    let mutants = vec![
        mutant((5, 9), ">=", 0, MutantStatus::Killed, "test \"it\""),
        mutant((6, 2), "", 1, MutantStatus::NoCoverage, ""),
    ];
    let mut summary = Summary { merged: true, ..Summary::default() };
    summary.tallies.set(Dimension::Lines, Tally { covered: 437, total: 787 });
    summary.tallies.set(Dimension::Mutation, Tally { covered: 1, total: 2 });
    let source = Some("3b18e512dba79e4c8300dd08aeb37f8e728b8dad".parse::<Id>().expect("an id"));
    let lines = lines.into_iter().map(|(number, hits)| line(number, hits)).collect();
    let coverage = FileCoverage {
        lines,
        branches,
        functions,
        conditions,
        blocks,
        regions,
        instructions: instructions.into(),
        mutants,
        excluded: vec![7, 8, 11],
        summary,
        placeholder: true,
    };
    FileRecord { source, coverage }
}

#[test]
fn a_record_is_written_as_described() {
    assert_eq!(codec::encode(&example()).expect("sorted"), TEXT);
    assert_eq!(codec::decode(TEXT.as_bytes()).expect("canonical"), example());
    let empty = FileRecord { source: None, coverage: FileCoverage::default() };
    assert_eq!(codec::encode(&empty).expect("sorted"), "covatlas-file 1\nsource -\n");
}

/// The rows of the guide's example that begins with `first`, without their explanations.
pub(crate) fn guide(first: &str) -> String {
    let guide = include_str!("../../content/store.md");
    let example = guide
        .split("```\n")
        .find(|block| block.starts_with(first))
        .expect("the guide has the example");
    let rows = example.lines().filter(|row| !row.starts_with(' '));
    rows.map(|row| format!("{}\n", row.split("  ").next().expect("a split has a first piece")))
        .collect::<Vec<_>>()
        .concat()
}

#[test]
fn the_record_in_the_guide_is_one() {
    let text = guide("covatlas-file 1");
    let record = codec::decode(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let FileCoverage {
        lines,
        branches,
        functions,
        conditions,
        blocks,
        regions,
        instructions,
        mutants,
        excluded,
        summary,
        placeholder,
    } = record.coverage;
    let sections = [
        lines.len(),
        branches.len(),
        functions.len(),
        conditions.len(),
        blocks.len(),
        regions.len(),
    ];
    assert_eq!(sections, [4, 5, 1, 2, 1, 2]);
    assert_eq!([instructions.len(), mutants.len(), excluded.len()], [2, 1, 2]);
    assert!(placeholder);
    assert_eq!(summary.tallies.get(&Dimension::Lines), Some(Tally { covered: 437, total: 787 }));
}

#[test]
fn a_line_inserted_above_changes_one_row_of_a_section() {
    let mut moved = example();
    let coverage = &mut moved.coverage;
    coverage.lines.iter_mut().for_each(|line| line.number += 1);
    for branch in &mut coverage.branches {
        branch.line += 1;
        if let Arm::Jump(to) = &mut branch.arm {
            *to += 1;
        }
    }
    let text = codec::encode(&moved).expect("sorted");
    let changed: Vec<(&str, &str)> =
        TEXT.lines().zip(text.lines()).filter(|(old, new)| old != new).collect();
    assert_eq!(changed, [("+1 1 x3", "+2 1 x3"), ("+5 0=1 1=0", "+6 0=1 1=0")]);
}

#[test]
fn what_encode_does_not_write_is_refused_with_its_line() {
    let row = |row: &str| format!("covatlas-file 1\nsource -\nlines\n{row}\n");
    let cases = [
        (String::new(), 1),
        ("covatlas-file 2\nsource -\n".to_owned(), 1),
        ("covatlas-file 1\nsource 12\n".to_owned(), 2),
        ("covatlas-file 1\nsource -".to_owned(), 2),
        ("covatlas-file 1\r\nsource -\r\n".to_owned(), 1),
        (row("+1 1 x4000000000"), 4),
        (row("+1 1 x4194305"), 4),
        (row("+4294967295 1 x2"), 4),
        (row("+1 1 x0"), 4),
        (row("+1 1 x1"), 4),
        (row("+01 1"), 4),
        (row("+0 1"), 1),
        (row("+1 0+"), 4),
        (row("+1 9223372036854775808"), 4),
        (row("+1 1 "), 4),
        (row("+1 1\n+1 1"), 4),
        (row("+1 1\n"), 5),
        (row("lines\n+1 1"), 4),
        (row("+5 1\nbranches\n+5"), 5),
        (row("+5 1\nbranches\n+5 1=1 0=1"), 1),
        (row("+5 1\nbranches\n+5 0:0=1"), 6),
        (row("+5 1\nbranches\n+5 >-6=1"), 6),
        (row("+5 1\nfunctions\n+5 ? 1 \"a"), 6),
        (row("+5 1\nfunctions\n+5 ? 1 \"\\u{110000}\""), 6),
        (row("+5 1\nfunctions\n+5 ? 1 \"\\u{e9}\""), 6),
        (row("nonsense"), 4),
    ];
    for (text, line) in cases {
        let error = codec::decode(text.as_bytes()).expect_err(&text);
        assert!(error.to_string().contains(&format!("line {line} ")), "{text:?}: {error}");
        assert!(!error.hints().is_empty());
    }
    assert!(codec::decode(b"covatlas-file 1\nsource \xff\n").is_err());
}

fn records() -> impl Strategy<Value = FileRecord> {
    let sha1 = any::<[u8; 20]>().prop_map(|raw| Id::from_raw(&raw));
    let sha256 = any::<[u8; 32]>().prop_map(|raw| Id::from_raw(&raw));
    let source = option::of(prop_oneof![sha1, sha256]);
    (source, coverage()).prop_map(|(source, coverage)| FileRecord { source, coverage })
}

proptest! {
    #[test]
    fn every_record_comes_back(record in records()) {
        let text = codec::encode(&record).expect("sorted");
        prop_assert_eq!(&codec::decode(text.as_bytes()).expect("canonical"), &record);
        prop_assert_eq!(codec::decode_again(text.as_bytes()).expect("canonical"), record);
    }

    #[test]
    fn a_changed_text_is_refused_or_canonical(record in records(), at in any::<prop::sample::Index>(), with in "[-+>x=:?\" 0-9a-z\\\\\n]{0,3}") {
        let mut text = codec::encode(&record).expect("sorted");
        let at = at.index(text.len());
        if text.is_char_boundary(at) && text.is_char_boundary(at + 1) {
            text.replace_range(at..=at, &with);
            let again = codec::decode_again(text.as_bytes());
            if let Ok(read) = codec::decode(text.as_bytes()) {
                prop_assert_eq!(&again.expect("what is taken is taken again"), &read);
                prop_assert_eq!(codec::encode(&read).expect("sorted"), text);
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(codec::decode(&bytes).is_err());
        prop_assert!(codec::decode_again(&bytes).is_err());
    }

    #[test]
    fn every_merged_report_comes_back(one in coverage(), other in coverage()) {
        let mut coverage = one;
        coverage.merge(other);
        let merged = FileRecord { source: None, coverage };
        let text = codec::encode(&merged).expect("sorted");
        prop_assert_eq!(codec::decode(text.as_bytes()).expect("canonical"), merged);
    }
}
