//! A fast deserializer for JSON (RFC 8259) that reads from a stream.
//!
//! `serde_json` reads a stream byte by byte, and its fast reader needs the whole text in memory,
//! which is too much for a report of a gigabyte. This one reads from a [`Window`] over the text. It
//! accepts what `serde_json` accepts, with the same results. It never borrows from the text.

use memchr::memchr2;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};

use crate::report::reading::json::fault::Fault;
use crate::report::reading::json::window::Window;
use crate::report::reading::json::{numeral, text};

/// The deepest nesting of arrays and objects, the same as in `serde_json`.
const DEEPEST: usize = 128;

type Result<T> = std::result::Result<T, Fault>;

/// Reads a newtype like its only field.
macro_rules! newtype_as_its_field {
    () => {
        fn deserialize_newtype_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            visitor: V,
        ) -> Result<V::Value> {
            visitor.visit_newtype_struct(self)
        }
    };
}

/// Reads one value after the other.
pub(crate) struct Json<'i> {
    window: Window<'i>,
    /// Holds a text that has escapes or does not fit into the window.
    scratch: Vec<u8>,
    depth: usize,
}

impl<'i> Json<'i> {
    pub(crate) fn new(window: Window<'i>) -> Self {
        Self { window, scratch: Vec::new(), depth: 0 }
    }

    /// Whether only blanks follow.
    pub(crate) fn ends(&mut self) -> Result<bool> {
        Ok(self.window.peek_solid()?.is_none())
    }

    /// Fails if anything but blanks follows.
    pub(crate) fn end(&mut self) -> Result<()> {
        if self.ends()? {
            Ok(())
        } else {
            Err(Fault::custom("the document goes on after its end").at(self.window.place()))
        }
    }

    fn value<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        match self.window.peek_solid()? {
            Some(b'"') => self.text(|text| visitor.visit_str(text)),
            Some(b'-' | b'0'..=b'9') => numeral::read(&mut self.window)?.visit(visitor),
            Some(b'{') => self.object(|map| visitor.visit_map(map)),
            Some(b'[') => self.array(visitor),
            Some(b't') => self.word(b"true").and_then(|()| visitor.visit_bool(true)),
            Some(b'f') => self.word(b"false").and_then(|()| visitor.visit_bool(false)),
            Some(b'n') => self.word(b"null").and_then(|()| visitor.visit_unit()),
            found => Err(Fault::expected("a value", found)),
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<()> {
        for &wanted in word {
            match self.window.peek()? {
                Some(byte) if byte == wanted => self.window.skip(1),
                found => return Err(Fault::expected("`true`, `false` or `null`", found)),
            }
        }
        Ok(())
    }

    fn text<T>(&mut self, take: impl FnOnce(&str) -> Result<T>) -> Result<T> {
        self.window.skip(1);
        let rest = self.window.rest();
        if let Some(end) = memchr2(b'"', b'\\', rest).filter(|&end| rest[end] == b'"') {
            let taken = take(text::sound(&rest[..end])?);
            self.window.skip(end + 1);
            return taken;
        }
        self.scratch.clear();
        text::unescape(&mut self.window, &mut self.scratch)?;
        take(text::sound_utf8(&self.scratch)?)
    }

    fn deeper(&mut self) -> Result<()> {
        self.window.skip(1);
        self.depth += 1;
        if self.depth > DEEPEST {
            Err(Fault::custom("arrays and objects nest too deep"))
        } else {
            Ok(())
        }
    }

    fn object<T>(&mut self, take: impl FnOnce(Items<'_, 'i>) -> Result<T>) -> Result<T> {
        self.deeper()?;
        let taken = take(Items { json: self, first: true })?;
        self.close(b'}', taken)
    }

    fn array<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        self.deeper()?;
        let taken = visitor.visit_seq(Items { json: self, first: true })?;
        self.close(b']', taken)
    }

    fn close<T>(&mut self, bracket: u8, taken: T) -> Result<T> {
        self.depth -= 1;
        match self.window.peek_solid()? {
            Some(byte) if byte == bracket => {
                self.window.skip(1);
                Ok(taken)
            }
            found => Err(Fault::expected(if bracket == b'}' { "`}`" } else { "`]`" }, found)),
        }
    }

    /// Adds the current position to an error, unless it has one.
    fn placed<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|fault| fault.at(self.window.place()))
    }
}

impl<'de> Deserializer<'de> for &mut Json<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let value = self.value(visitor);
        self.placed(value)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.window.peek_solid()? == Some(b'n') {
            let value = self.word(b"null").and_then(|()| visitor.visit_none());
            return self.placed(value);
        }
        visitor.visit_some(self)
    }

    newtype_as_its_field!();

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let value = match self.window.peek_solid()? {
            Some(b'"') => self.text(|text| visitor.visit_enum(StrDeserializer::new(text))),
            Some(b'{') => self.object(|map| visitor.visit_enum(MapAccessDeserializer::new(map))),
            found => Err(Fault::expected("a name or an object", found)),
        };
        self.placed(value)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The items between two brackets.
struct Items<'j, 'i> {
    json: &'j mut Json<'i>,
    first: bool,
}

impl Items<'_, '_> {
    /// Advances to the next item. Returns false at the closing bracket, which is not consumed.
    fn next(&mut self, bracket: u8) -> Result<bool> {
        let first = std::mem::replace(&mut self.first, false);
        match self.json.window.peek_solid()? {
            Some(byte) if byte == bracket => Ok(false),
            Some(_) if first => Ok(true),
            Some(b',') => {
                self.json.window.skip(1);
                match self.json.window.peek_solid()? {
                    Some(byte) if byte == bracket => Err(Fault::custom("nothing follows a comma")),
                    _ => Ok(true),
                }
            }
            found => Err(Fault::expected(
                if bracket == b'}' { "`,` or `}`" } else { "`,` or `]`" },
                found,
            )),
        }
    }
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if !self.next(b']')? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.json).map(Some)
    }
}

impl<'de> MapAccess<'de> for Items<'_, '_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if !self.next(b'}')? {
            return Ok(None);
        }
        let key = match self.json.window.peek()? {
            Some(b'"') => self.json.text(|name| seed.deserialize(Name(name))),
            found => Err(Fault::expected("a name in quotes", found)),
        }?;
        match self.json.window.peek_solid()? {
            Some(b':') => self.json.window.skip(1),
            found => return Err(Fault::expected("`:`", found)),
        }
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        seed.deserialize(&mut *self.json)
    }
}

/// The name of a field. It is parsed as a number if the caller wants one.
struct Name<'t>(&'t str);

macro_rules! numbers {
    ($($method:ident $visit:ident,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.0.parse() {
                Ok(number) => visitor.$visit(number),
                Err(_) => visitor.visit_str(self.0),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Name<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    newtype_as_its_field!();

    numbers! { deserialize_u32 visit_u32, deserialize_u64 visit_u64, deserialize_i64 visit_i64, }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i128 u8 u16 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
