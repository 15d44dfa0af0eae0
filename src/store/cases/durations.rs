//! Encodes and decodes the durations of tests.

use std::time::Duration;

use super::super::codec::row::{Row, number};
use super::{Shard, Shards};
use crate::{Error, Result};

const HEADER: &str = "covatlas-durations 1";

/// The text of the durations of all tests, or `None` if no test has one.
pub fn encode(shards: &Shards) -> Option<String> {
    let mut text = format!("{HEADER}\n");
    let stated =
        shards.iter().filter(|(_, cases)| cases.iter().any(|case| case.duration.is_some()));
    for (shard, cases) in stated {
        text.push_str(&shard.to_string());
        for case in cases {
            text.push(' ');
            match case.duration {
                Some(duration) => {
                    number(&mut text, u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
                }
                None => text.push('-'),
            }
        }
        text.push('\n');
    }
    (text.len() > HEADER.len() + 1).then_some(text)
}

/// Adds durations to the tests that they belong to.
///
/// # Errors
/// If the text is not what [`encode`] would write for these tests.
pub fn decode(bytes: &[u8], shards: &mut Shards) -> Result<()> {
    let wrong = || {
        Error::new(
            "the durations of the tests are not in the form that this version of covatlas writes",
        )
        .hint("the store was changed by hand or is damaged; record the commit again")
    };
    let text = std::str::from_utf8(bytes).map_err(|cause| wrong().because(cause))?;
    let mut rows = text.split_terminator('\n');
    let known = rows.next() == Some(HEADER) && rows.all(|row| read(row, shards).is_some());
    if known && encode(shards).as_deref() == Some(text) { Ok(()) } else { Err(wrong()) }
}

fn read(row: &str, shards: &mut Shards) -> Option<()> {
    let cases = shards.get_mut(&Shard::named(row.get(..2)?)?)?;
    let mut row = Row(&row[2..]);
    for case in cases {
        row.eat(" ")?;
        if row.eat("-").is_none() {
            case.duration = Some(Duration::from_micros(row.digits()?));
        }
    }
    row.0.is_empty().then_some(())
}
