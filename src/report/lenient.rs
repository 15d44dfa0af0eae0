//! Values of JSON records whose writers do not keep to one type: ids that are numbers, fields that are null or missing.
//!
//! In: a value that was read whole, of a record that is small. Out: what is wanted of it, or none.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Visitor},
};
use serde_json::Value;

use super::json::Number;

/// A text; a number is its digits.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A text of something; empty where there is none.
pub(super) fn text_or_empty(value: &Value) -> String {
    text(value).unwrap_or_default()
}

/// A line or column number; zero included.
pub(super) fn place(value: &Value) -> Option<u32> {
    Number::deserialize(value).ok().and_then(Number::place)
}

/// The elements of a list; a value that is no list has none.
pub(super) fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// What a seed reads, where there is anything: null is skipped.
pub(super) struct OrNull<S>(pub(super) S);

impl<'de, S: DeserializeSeed<'de, Value = ()>> DeserializeSeed<'de> for OrNull<S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_option(self)
    }
}

impl<'de, S: DeserializeSeed<'de, Value = ()>> Visitor<'de> for OrNull<S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        self.0.deserialize(json)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_of_another_type_is_none() {
        assert_eq!(text(&json!("a")).as_deref(), Some("a"));
        assert_eq!(text(&json!(7)).as_deref(), Some("7"));
        assert_eq!([json!(null), json!([1]), json!(true)].iter().map(text).collect::<Vec<_>>(), [None, None, None]);
        assert_eq!([json!(3), json!("3"), json!(3.0)].iter().map(place).collect::<Vec<_>>(), [Some(3); 3]);
        assert_eq!([json!(-1), json!(1_u64 << 32), json!({})].iter().map(place).collect::<Vec<_>>(), [None; 3]);
        assert_eq!((elements(&json!([1, 2])).len(), elements(&json!("ab")).len()), (2, 0));
    }
}
