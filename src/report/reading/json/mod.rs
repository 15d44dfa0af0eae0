//! Reads JSON as a stream of fields, so that memory holds only the values that are used and not the
//! text.
//!
//! The fields of an object are passed one at a time to an [`Object`]. Fields that it does not want
//! are skipped.

pub(crate) mod coerce;
mod fault;
mod numeral;
mod stream;
mod text;
mod window;

use std::fmt;
use std::io::BufRead;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::report::reading::json::fault::Fault;
use crate::report::reading::json::stream::Json;
use crate::report::reading::json::window::Window;
use crate::report::reading::number::{self, Count};
use crate::report::{Hits, Tally};
use crate::{Error, Result};

/// Receives the fields of an object as they are read.
pub(crate) trait Object<'de> {
    /// A name for errors: "the object that `coverage json` writes".
    const EXPECTED: &'static str;

    /// Takes the value of a field from `map` with `next_value` or `next_value_seed` and returns
    /// true, or returns false to skip the field.
    fn field<M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> std::result::Result<bool, M::Error>;
}

/// Reads a document that is one object; `what` names it in errors: "the coverage.py JSON report".
pub(crate) fn read<'de>(
    input: &mut dyn BufRead,
    what: &str,
    object: &mut impl Object<'de>,
) -> Result<()> {
    read_seed(input, what, Fields(object))
}

/// Reads documents that follow each other until the text ends. Each is an object, and there must be
/// at least one.
pub(crate) fn read_all<O: for<'de> Object<'de>>(
    input: &mut dyn BufRead,
    what: &str,
    mut each: impl FnMut() -> O,
    mut done: impl FnMut(O),
) -> Result<()> {
    let mut json = Json::new(Window::new(input));
    loop {
        let mut object = each();
        Fields(&mut object).deserialize(&mut json).map_err(|cause| unreadable(what, cause))?;
        done(object);
        if json.ends().map_err(|cause| unreadable(what, cause))? {
            return Ok(());
        }
    }
}

/// Reads a document with a seed.
pub(crate) fn read_seed<'de, S: DeserializeSeed<'de>>(
    input: &mut dyn BufRead,
    what: &str,
    seed: S,
) -> Result<S::Value> {
    let mut json = Json::new(Window::new(input));
    let value = seed.deserialize(&mut json);
    value.and_then(|value| json.end().map(|()| value)).map_err(|cause| unreadable(what, cause))
}

fn unreadable(what: &str, cause: Fault) -> Error {
    let error = Error::new(format!("cannot read {what}"));
    let error = if cause.is_cut() { error.hint(CUT) } else { error };
    error.because(cause)
}

const CUT: &str =
    "the file is incomplete: was the tool stopped, or the disk full, while it was written?";

/// Passes the fields of an object to an [`Object`]; the seed for [`Entries`] and for nested
/// objects.
pub(crate) struct Fields<'a, O>(pub(crate) &'a mut O);

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
        let mut name = String::new();
        while map.next_key_seed(Into(&mut name))?.is_some() {
            if !self.0.field(&name, &mut map)? {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Overwrites a text in place, so that its memory is reused.
struct Into<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Into<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> std::result::Result<(), D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Into<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<(), E> {
        self.0.clear();
        self.0.push_str(text);
        Ok(())
    }
}

/// An object with many entries of one kind, passed on one at a time with their keys.
pub(crate) struct Entries<V, F> {
    each: F,
    expected: &'static str,
    value: PhantomData<V>,
}

impl<V, F: FnMut(String, V)> Entries<V, F> {
    /// `expected` describes it in errors: "an object of files".
    pub(crate) fn new(expected: &'static str, each: F) -> Self {
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

/// An array with many elements of one kind, passed on one at a time.
pub(crate) struct Elements<V, F> {
    each: F,
    expected: &'static str,
    value: PhantomData<V>,
}

impl<V, F: FnMut(V)> Elements<V, F> {
    /// `expected` describes it in errors: "an array of files".
    pub(crate) fn new(expected: &'static str, each: F) -> Self {
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

/// A number in any of the ways tools write it: of any sign and size, fractional, in quotes or
/// absent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Number {
    /// There is no number: null, an array or an object.
    #[default]
    None,
    /// A number.
    Count(Count),
    /// A text that is not a number.
    Words,
}

impl Number {
    /// As a line or column number: a whole number of 32 bits, 0 included.
    pub(crate) fn place(self) -> Option<u32> {
        self.whole().and_then(|number| number.try_into().ok())
    }

    /// As a whole number, without its fraction.
    pub(crate) fn whole(self) -> Option<u64> {
        match self {
            Self::Count(Count::Hits(hits)) => Some(hits.count()),
            _ => None,
        }
    }

    /// As a hit count. A negative number counts as 0.
    pub(crate) fn hits(self) -> Option<Hits> {
        match self {
            Self::Count(Count::Hits(hits)) => Some(hits),
            Self::Count(Count::Negative) => Some(Hits::ZERO),
            _ => None,
        }
    }
}

/// A total, if it is valid: both numbers are there, and not more is covered than the whole.
pub(crate) fn tally(covered: Number, total: Number) -> Option<Tally> {
    let (covered, total) = (covered.whole()?, total.whole()?);
    (covered <= total).then_some(Tally { covered, total })
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(json: D) -> std::result::Result<Self, D::Error> {
        json.deserialize_any(AnyNumber)
    }
}

struct AnyNumber;

impl<'de> Visitor<'de> for AnyNumber {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_u64<E>(self, number: u64) -> std::result::Result<Number, E> {
        Ok(Number::Count(Count::Hits(Hits::exactly(number))))
    }

    fn visit_i64<E>(self, number: i64) -> std::result::Result<Number, E> {
        Ok(Number::Count(
            u64::try_from(number)
                .map_or(Count::Negative, |number| Count::Hits(Hits::exactly(number))),
        ))
    }

    fn visit_f64<E>(self, number: f64) -> std::result::Result<Number, E> {
        Ok(number::decimal(number).map_or(Number::None, Number::Count))
    }

    fn visit_bool<E>(self, truth: bool) -> std::result::Result<Number, E> {
        Ok(Number::Count(Count::Hits(Hits::exactly(u64::from(truth)))))
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<Number, E> {
        Ok(number::count(text.as_bytes()).map_or(Number::Words, Number::Count))
    }

    fn visit_unit<E>(self) -> std::result::Result<Number, E> {
        Ok(Number::None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Number, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Number::None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Number, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Number::None)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use serde_json::Value;

    use super::*;

    const SAMPLES: [&str; 4] = [
        concat!(
            r#" {"a": [1, -2, 0, -0, 3.5e-7, 1E400, 18446744073709551616, -9223372036854775808], "#,
            r#""b": {"c": null, "d": [true]}} "#,
        ),
        r#"["\"\\\/\b\f\n\r\té😀", "é€😀", "", "\ud83d", false, {}, [], [[]], {"": ""}]"#,
        "{\n\t\"long\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\r\n \
         \"x\": 01, \"y\": 1., \"z\": .5}",
        "[123456789012345678, 1234567890123456789, 99999999999999999999, 1e5, 1.0, -1, -, 1-2, \
         1e+, tru, nul]",
    ];

    fn ours(text: &[u8], step: usize) -> Result<Value> {
        read_seed(&mut BufReader::with_capacity(step, text), "the text", PhantomData::<Value>)
    }

    #[test]
    fn a_stream_yields_what_serde_json_does() {
        let mut random = fastrand::Rng::with_seed(7);
        let parts = SAMPLES
            .iter()
            .flat_map(|sample| sample.split_inclusive([',', '[', '{']))
            .collect::<Vec<_>>();
        let mut sound = 0;
        for _ in 0..20_000 {
            let mut text = if random.bool() {
                SAMPLES[random.usize(..4)].as_bytes().to_vec()
            } else {
                let part = parts[random.usize(..parts.len())].trim_end_matches([',', '[', '{']);
                format!("[{part}]").into_bytes()
            };
            for _ in 0..random.usize(..3) {
                let at = random.usize(..text.len());
                match random.u8(..3) {
                    0 => text[at] = random.u8(..),
                    1 => text.truncate(at.max(1)),
                    _ => drop(text.remove(at)),
                }
                if text.is_empty() {
                    break;
                }
            }
            let theirs = serde_json::from_slice::<Value>(&text);
            let ours = ours(&text, random.usize(1..40));
            let shown = String::from_utf8_lossy(&text);
            match (theirs, ours) {
                (Ok(theirs), Ok(ours)) => {
                    sound += 1;
                    assert_eq!(theirs, ours, "{shown}");
                }
                (Err(_), Err(_)) => {}
                (theirs, ours) => panic!("{shown}: serde_json {theirs:?}, ours {ours:?}"),
            }
        }
        assert!(sound > 1000, "{sound}");
    }

    #[test]
    fn an_error_says_where() {
        for step in [1, 7, 100] {
            let mut text = BufReader::with_capacity(step, &b"[\n 1,\n  x]"[..]);
            let fault = Value::deserialize(&mut Json::new(Window::new(&mut text)))
                .expect_err("x is no value");
            assert_eq!(fault.to_string(), "expected a value at line 3 column 3");
        }
    }
}
