//! Drops records of lines with absurdly large numbers, so that code that counts up from a line
//! never overflows.

use crate::report::{Arm, FileCoverage, Report, Warning};

/// The highest line number that is accepted.
pub const LAST_LINE: u32 = 1 << 30;

/// Drops the records of lines beyond [`LAST_LINE`], with one warning for all of them.
pub(crate) fn leave_out(report: &mut Report) {
    let left_out: usize = report.files.values_mut().map(retain_near).sum();
    if left_out > 0 {
        let records = if left_out == 1 {
            "1 record is".to_owned()
        } else {
            format!("{left_out} records are")
        };
        let message = format!("{records} of lines beyond {LAST_LINE}, which no text has: left out");
        report.warnings.push(Warning { line: None, message });
    }
}

/// Drops the far records of one file and returns their number.
fn retain_near(file: &mut FileCoverage) -> usize {
    fn retain<T>(records: &mut Vec<T>, last_line: impl Fn(&T) -> u32) -> usize {
        let before = records.len();
        records.retain(|record| last_line(record) <= LAST_LINE);
        before - records.len()
    }
    retain(&mut file.lines, |line| line.number)
        + retain(&mut file.branches, |branch| match branch.arm {
            Arm::Jump(target) => branch.line.max(target),
            _ => branch.line,
        })
        + retain(&mut file.functions, |function| {
            function.end.unwrap_or_default().max(function.start)
        })
        + retain(&mut file.conditions, |condition| condition.line)
        + retain(&mut file.blocks, |block| block.end.0.max(block.start.0))
        + retain(&mut file.regions, |region| region.start.0)
        + retain(&mut file.instructions, |instructions| instructions.line)
        + retain(&mut file.mutants, |mutant| mutant.end.0.max(mutant.start.0))
        + retain(&mut file.excluded, |line| *line)
}
