//! JSON as a stream of fields, so that memory holds what was understood and not the text.
//!
//! In: text. Out: the fields of an object, one at a time, to an [`Object`]; what it does not want is skipped.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::marker::PhantomData;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::{Error, Result, error::Context};

/// What takes in an object's fields as they stream past.
pub(super) trait Object<'de> {
    /// What it is, for an error: "the object that `coverage json` writes".
    const EXPECTED: &'static str;

    /// Takes the value of a field from `map` by `next_value` or `next_value_seed`, and says so; false skips it.
    fn field<M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> std::result::Result<bool, M::Error>;
}

/// Reads a document that is one object; `what` names it in errors: "the coverage.py JSON report".
pub(super) fn read<'de>(input: &'de mut dyn BufRead, what: &str, object: &mut impl Object<'de>) -> Result<()> {
    read_seed(input, what, Fields(object))
}

/// Reads documents that follow each other until the text ends, each an object of its own; at least one.
pub(super) fn read_all<O: for<'de> Object<'de>>(
    input: &mut dyn BufRead,
    what: &str,
    mut each: impl FnMut() -> O,
    mut done: impl FnMut(O),
) -> Result<()> {
    let mut input = BufReader::with_capacity(64 << 10, input);
    loop {
        let mut object = each();
        let mut json = serde_json::Deserializer::from_reader(&mut input); // reads no byte beyond the closing brace
        Fields(&mut object).deserialize(&mut json).map_err(|cause| unreadable(what, cause))?;
        done(object);
        if ends(&mut input).during(|| format!("cannot read {what}"))? {
            return Ok(());
        }
    }
}

/// Skips blanks; whether nothing follows them.
fn ends(input: &mut impl BufRead) -> std::io::Result<bool> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(true);
        }
        let blank = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let more = blank < buffer.len();
        input.consume(blank);
        if more {
            return Ok(false);
        }
    }
}

fn unreadable(what: &str, cause: serde_json::Error) -> Error {
    let error = Error::new(format!("cannot read {what}"));
    let error = if cause.is_eof() { error.hint(CUT) } else { error };
    error.because(cause)
}

/// Reads a document by a seed.
pub(super) fn read_seed<'de, S: DeserializeSeed<'de>>(
    input: &'de mut dyn BufRead,
    what: &str,
    seed: S,
) -> Result<S::Value> {
    // One byte at a time is asked for: a buffer of our own spares a virtual call each.
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(64 << 10, input));
    let value = seed.deserialize(&mut json);
    value.and_then(|value| json.end().map(|()| value)).map_err(|cause| unreadable(what, cause))
}

const CUT: &str = "the file is incomplete: was the tool stopped, or the disk full, while it was written?";

/// An object whose fields an [`Object`] takes in; the seed of [`Entries`] and of nested objects.
pub(super) struct Fields<'a, O>(pub(super) &'a mut O);

impl<'de, O: Object<'de>> DeserializeSeed<'de> for Fields<'_, O> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> std::result::Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de, O: Object<'de>> Visitor<'de> for Fields<'_, O> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(O::EXPECTED)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<(), M::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if !self.0.field(&name, &mut map)? {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// An object of many entries of one kind, handed on one at a time with their keys.
pub(super) struct Entries<V, F> {
    each: F,
    expected: &'static str,
    value: PhantomData<V>,
}

impl<V, F: FnMut(String, V)> Entries<V, F> {
    /// `expected` names it in errors: "an object of files".
    pub(super) fn new(expected: &'static str, each: F) -> Self {
        Self { each, expected, value: PhantomData }
    }
}

impl<'de, V: Deserialize<'de>, F: FnMut(String, V)> DeserializeSeed<'de> for Entries<V, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> std::result::Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de, V: Deserialize<'de>, F: FnMut(String, V)> Visitor<'de> for Entries<V, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> std::result::Result<(), M::Error> {
        while let Some((key, value)) = map.next_entry()? {
            (self.each)(key, value);
        }
        Ok(())
    }
}

/// An array of elements of one kind, handed on one at a time.
pub(super) struct Elements<V, F> {
    each: F,
    expected: &'static str,
    value: PhantomData<V>,
}

impl<V, F: FnMut(V)> Elements<V, F> {
    /// `expected` names it in errors: "an array of files".
    pub(super) fn new(expected: &'static str, each: F) -> Self {
        Self { each, expected, value: PhantomData }
    }
}

impl<'de, V: Deserialize<'de>, F: FnMut(V)> DeserializeSeed<'de> for Elements<V, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> std::result::Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de, V: Deserialize<'de>, F: FnMut(V)> Visitor<'de> for Elements<V, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> std::result::Result<(), A::Error> {
        while let Some(value) = list.next_element()? {
            (self.each)(value);
        }
        Ok(())
    }
}
