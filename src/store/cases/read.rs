//! Decodes tests.

use std::sync::Arc;

use super::super::codec::row::Row;
use super::{HEADER, Shard, encode};
use crate::report::{Test, TestStatus};
use crate::{Error, Result};

/// Decodes the text of a shard's tests. Their durations are stored separately.
///
/// # Errors
/// If the text is not what [`encode`] would write for tests of this shard. The error has the number
/// of the line. Memory stays in proportion to the text.
pub fn decode(shard: Shard, bytes: &[u8]) -> Result<Vec<Test>> {
    let text = std::str::from_utf8(bytes)
        .map_err(|cause| Error::new("the tests are not UTF-8").because(cause))?;
    let mut rows = Rows { shard, suite: None, file: None, cases: Vec::new() };
    for (index, row) in text.split_terminator('\n').enumerate() {
        let read =
            if index == 0 { (row == HEADER).then_some(()) } else { rows.read(&mut Row(row)) };
        read.ok_or_else(|| wrong(index))?;
    }
    // A list of tests has only one text, so encoding it again must give the same text.
    let again = encode(&rows.cases).map_err(|cause| wrong(0).because(cause))?;
    if again != text {
        let same = again.split('\n').zip(text.split('\n')).take_while(|(a, b)| a == b).count();
        return Err(wrong(same.min(text.lines().count().saturating_sub(1))));
    }
    Ok(rows.cases)
}

fn wrong(index: usize) -> Error {
    Error::new(format!(
        "line {} of the tests is not in the form that this version of covatlas writes",
        index + 1
    ))
    .hint("the store was changed by hand or is damaged; record the commit again")
}

/// State from earlier rows that later rows need.
struct Rows {
    shard: Shard,
    suite: Option<Arc<str>>,
    file: Option<Arc<str>>,
    cases: Vec<Test>,
}

impl Rows {
    fn read(&mut self, row: &mut Row<'_>) -> Option<()> {
        if row.eat("suite ").is_some() {
            let suite = row.quoted().filter(|suite| Shard::of(suite) == self.shard)?;
            self.suite = Some(suite.into());
            self.file = None;
        } else if row.eat("file ").is_some() {
            self.file = Some(row.quoted()?.into());
        } else if row.eat("+ ").is_some() {
            let name = row.quoted()?.into();
            row.eat(" ")?;
            self.cases.last_mut()?.properties.push((name, row.quoted()?.into()));
        } else {
            let case = self.case(row)?;
            self.cases.push(case);
        }
        row.0.is_empty().then_some(())
    }

    fn case(&self, row: &mut Row<'_>) -> Option<Test> {
        let status = TestStatus::ALL.into_iter().find(|status| row.eat(status.name()).is_some())?;
        row.eat(" ")?;
        let retries = if row.0.starts_with('"') {
            0
        } else {
            let retries = row.number()?;
            row.eat(" ")?;
            retries
        };
        let name = row.quoted()?.into();
        let message = if row.eat(" ").is_some() { row.quoted()? } else { String::new() }.into();
        let (suite, file) = (self.suite.clone()?, self.file.clone());
        Some(Test {
            suite,
            name,
            file,
            status,
            retries,
            duration: None,
            message,
            properties: Vec::new(),
        })
    }
}
