//! Encodes tests.

use super::super::codec::row::{number, quote};
use super::{HEADER, place};
use crate::report::Test;
use crate::{Error, Result};

/// Encodes a shard's tests, without their durations.
///
/// # Errors
/// If they are not in the order of [`super::shards`].
pub fn encode(cases: &[Test]) -> Result<String> {
    if !cases.is_sorted_by(|a, b| place(a) <= place(b)) {
        return Err(Error::new("the tests of a snapshot are not sorted"));
    }
    let mut text = format!("{HEADER}\n");
    let (mut suite, mut file) = (None, None);
    for case in cases {
        if suite.replace(&case.suite) != Some(&case.suite) {
            named(&mut text, "suite", &case.suite);
            file = None;
        }
        if let Some(own) = &case.file
            && file.replace(own) != Some(own)
        {
            named(&mut text, "file", own);
        }
        put(&mut text, case);
    }
    Ok(text)
}

fn named(text: &mut String, what: &str, name: &str) {
    text.push_str(what);
    text.push(' ');
    quote(text, name);
    text.push('\n');
}

fn put(text: &mut String, case: &Test) {
    text.push_str(case.status.name());
    text.push(' ');
    if case.retries > 0 {
        number(text, case.retries);
        text.push(' ');
    }
    quote(text, &case.name);
    if !case.message.is_empty() {
        text.push(' ');
        quote(text, &case.message);
    }
    text.push('\n');
    for (name, value) in &case.properties {
        text.push_str("+ ");
        quote(text, name);
        text.push(' ');
        quote(text, value);
        text.push('\n');
    }
}
