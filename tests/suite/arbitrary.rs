//! Generates arbitrary coverage with every kind of record: mostly small numbers, so that records
//! have equal positions, and occasionally the largest.

use std::time::Duration;

use covatlas::report::{
    Arm, Block, Branch, Condition, Dimension, FileCoverage, Function, Hits, Instructions,
    LAST_LINE, Line, Mutant, MutantStatus, Region, Summary, Tallies, Tally, Test, TestStatus,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Hits: zero, a few, a lower bound, or more than can be stored.
pub(crate) fn hits() -> impl Strategy<Value = Hits> {
    let count = prop_oneof![Just(0), 1..5u64, Just(Hits::MAX), any::<u64>()];
    (count, any::<bool>())
        .prop_map(|(count, exact)| if exact { Hits::exactly(count) } else { Hits::at_least(count) })
}

/// A file's coverage, sorted and free of duplicates.
pub(crate) fn coverage() -> impl Strategy<Value = FileCoverage> {
    let executed =
        (vec(line(), 0..12), vec(branch(), 0..8), vec(function(), 0..6), vec(condition(), 0..6));
    let units = (vec(block(), 0..5), vec(region(), 0..6), vec(instructions(), 0..6));
    let others = (vec(mutant(), 0..6), vec(number(), 0..5), summary(), any::<bool>());
    (executed, units, others).prop_map(|(executed, units, others)| {
        let (lines, branches, functions, conditions) = executed;
        let (blocks, regions, instructions) = units;
        let (mutants, excluded, summary, placeholder) = others;
        let mut file = FileCoverage {
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
        };
        file.tidy();
        file
    })
}

/// The number of a line, from 1.
fn number() -> impl Strategy<Value = u32> {
    prop_oneof![12 => 1..6u32, 4 => 1..60u32, 1 => 1..=LAST_LINE]
}

fn words() -> impl Strategy<Value = Box<str>> {
    prop_oneof![4 => "[a-c]{0,1}", 1 => any::<String>()].prop_map(String::into_boxed_str)
}

fn place() -> impl Strategy<Value = (u32, u32)> {
    (number(), 0..4u32)
}

fn line() -> impl Strategy<Value = Line> {
    (number(), hits()).prop_map(|(number, hits)| Line { number, hits })
}

fn arm() -> impl Strategy<Value = Arm> {
    let numbered = prop_oneof![6 => 0..3u32, 1 => any::<u32>()];
    (numbered, words(), 0..3).prop_map(|(number, words, kind)| match kind {
        0 => Arm::Index(number),
        1 => Arm::Jump(number.min(LAST_LINE)),
        _ => Arm::Text(words),
    })
}

fn branch() -> impl Strategy<Value = Branch> {
    (number(), 0..3u32, arm(), hits()).prop_map(|(line, block, arm, hits)| Branch {
        line,
        block,
        arm,
        hits,
    })
}

fn function() -> impl Strategy<Value = Function> {
    let start = prop_oneof![1 => Just(0), 4 => number()];
    (start, words(), option::of(number()), hits()).prop_map(|(start, name, end, hits)| Function {
        start,
        name,
        end,
        hits,
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    let place = (number(), 0..3u32, 0..3u32, option::of(any::<bool>()));
    (place, words(), hits()).prop_map(|((line, decision, index, sense), words, hits)| Condition {
        line,
        decision,
        index,
        sense,
        words,
        hits,
    })
}

fn block() -> impl Strategy<Value = Block> {
    let statements = prop_oneof![6 => 0..4u32, 1 => any::<u32>()];
    (place(), place(), statements, hits()).prop_map(|(start, end, statements, hits)| Block {
        start,
        end,
        statements,
        hits,
    })
}

fn region() -> impl Strategy<Value = Region> {
    (place(), hits()).prop_map(|(start, hits)| Region { start, hits })
}

fn instructions() -> impl Strategy<Value = Instructions> {
    (number(), any::<u32>(), any::<u32>()).prop_map(|(line, one, two)| Instructions {
        line,
        covered: one.min(two),
        total: one.max(two),
    })
}

fn mutant() -> impl Strategy<Value = Mutant> {
    let words = (words(), words(), words());
    (place(), place(), words, 0..2u32, select(&MutantStatus::ALL[..])).prop_map(
        |(start, end, (mutator, replacement, killed_by), ordinal, status)| Mutant {
            start,
            end,
            mutator,
            replacement,
            ordinal,
            status,
            killed_by,
        },
    )
}

/// A tally with a total of at least one, since 0 of 0 is not stored.
fn tally() -> impl Strategy<Value = Tally> {
    let total = prop_oneof![6 => 1..6u64, 1 => 1..=u64::from(u32::MAX)];
    (total, 0..6u64).prop_map(|(total, covered)| Tally { covered: covered.min(total), total })
}

fn summary() -> impl Strategy<Value = Summary> {
    let tallies = vec((select(&Dimension::ALL[..]), tally()), 0..3);
    (tallies, any::<bool>()).prop_map(|(stated, merged)| {
        let mut tallies = Tallies::default();
        for (dimension, tally) in stated {
            tallies.set(dimension, tally);
        }
        let merged = merged && !tallies.is_empty();
        Summary { tallies, merged }
    })
}

/// A run of a test with a duration that the store does not round.
pub(crate) fn test() -> impl Strategy<Value = Test> {
    let names = (words(), words(), option::of(words()));
    let went = (select(&TestStatus::ALL[..]), prop_oneof![4 => Just(0), 1 => any::<u32>()]);
    let duration = option::of(prop_oneof![
        Just(0),
        1..1000u64,
        (1..1000u64).prop_map(|short| short * 1_000_000)
    ]);
    let more = (duration, words(), vec((words(), words()), 0..3));
    (names, went, more).prop_map(
        |((suite, name, file), (status, retries), (duration, message, properties))| Test {
            suite: suite.into(),
            name,
            file: file.map(Into::into),
            status,
            retries,
            duration: duration.map(Duration::from_micros),
            message,
            properties,
        },
    )
}
