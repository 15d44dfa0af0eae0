//! Reads JSON values whose writers do not stick to one type: ids that are numbers, fields that are
//! null or missing.

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::report::reading::json::{Fields, Number, Object};

/// The value as text. A number becomes its digits.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The value as text, or an empty text if it has none.
pub(crate) fn text_or_empty(value: &Value) -> String {
    text(value).unwrap_or_default()
}

/// The value as a line or column number, 0 included.
pub(crate) fn place(value: &Value) -> Option<u32> {
    Number::deserialize(value).ok().and_then(Number::place)
}

/// The elements of a list, or none if the value is not a list.
pub(crate) fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text that is read from the stream, with the rules of [`text`].
#[derive(Default, Debug)]
pub(crate) struct Text(pub(crate) Option<String>);

/// The texts of a list that is read from the stream.
#[derive(Default)]
pub(crate) struct Texts(pub(crate) Vec<String>);

/// Reads the fields of an object from the stream. Ignores a value that is not an object.
pub(crate) struct Loose<'a, O>(pub(crate) &'a mut O);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let mut text = Self::default();
        json.deserialize_any(Any(&mut text))?;
        Ok(text)
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let mut texts = Self::default();
        json.deserialize_any(Any(&mut texts))?;
        Ok(texts)
    }
}

impl<'de, O: Object<'de>> DeserializeSeed<'de> for Loose<'_, O> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(Any(&mut self))
    }
}

/// Receives values of some types and ignores the others.
trait Takes<'de> {
    fn text(&mut self, _text: impl ToString) {}

    fn list<A: SeqAccess<'de>>(&mut self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn object<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

impl Takes<'_> for Text {
    fn text(&mut self, text: impl ToString) {
        self.0 = Some(text.to_string());
    }
}

impl<'de> Takes<'de> for Texts {
    fn list<A: SeqAccess<'de>>(&mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(Text(text)) = list.next_element()? {
            self.0.extend(text);
        }
        Ok(())
    }
}

impl<'de, O: Object<'de>> Takes<'de> for Loose<'_, O> {
    fn object<A: MapAccess<'de>>(&mut self, map: A) -> Result<(), A::Error> {
        Fields(self.0).visit_map(map)
    }
}

/// Reads a value of any type into a [`Takes`].
struct Any<'a, T>(&'a mut T);

impl<'de, T: Takes<'de>> Visitor<'de> for Any<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.text(text);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.text(number);
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.text(number);
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.0.text(number);
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.0.list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.object(map)
    }
}

/// Reads a value with a seed, or `None` for null.
pub(crate) struct OrNull<S>(pub(crate) S);

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
        assert_eq!(
            [json!(null), json!([1]), json!(true)].iter().map(text).collect::<Vec<_>>(),
            [None, None, None]
        );
        assert_eq!(
            [json!(3), json!("3"), json!(3.0)].iter().map(place).collect::<Vec<_>>(),
            [Some(3); 3]
        );
        assert_eq!(
            [json!(-1), json!(1_u64 << 32), json!({})].iter().map(place).collect::<Vec<_>>(),
            [None; 3]
        );
        assert_eq!((elements(&json!([1, 2])).len(), elements(&json!("ab")).len()), (2, 0));
    }

    #[test]
    fn what_streams_past_is_taken_the_same() {
        for value in
            [json!("a"), json!(7), json!(-7), json!(null), json!([1]), json!(true), json!({"a": 1})]
        {
            let Text(streamed) =
                serde_json::from_str(&value.to_string()).expect("any value is fine");
            assert_eq!(streamed, text(&value), "{value}");
        }
        for (list, wanted) in
            [(json!(["a", 7, null, {}, [1]]), &["a", "7"][..]), (json!("a"), &[]), (json!({}), &[])]
        {
            let Texts(texts) = serde_json::from_str(&list.to_string()).expect("any value is fine");
            assert_eq!(texts, wanted, "{list}");
        }
    }
}
