//! Finds the attributes of an element once, and looks them up by name as often as a format needs.
//! Names and values are as written, with references unresolved.

use std::ops::Range;

use memchr::memchr;

/// The positions of the attributes of one tag. It is reused for the next tag, so that it allocates
/// once per document.
#[derive(Default)]
pub(crate) struct Attributes {
    found: Vec<(Range<usize>, Range<usize>)>,
    /// Why the rest of the tag could not be read, if so.
    fault: Option<&'static str>,
}

impl Attributes {
    /// Finds the attributes of `tag`, up to the first malformed one.
    pub(crate) fn find(&mut self, tag: &str) {
        self.found.clear();
        self.fault = None;
        let mut at = blanks(tag, 0);
        while at < tag.len() && self.fault.is_none() {
            match one(tag, at) {
                Ok(attribute) => {
                    at = blanks(tag, attribute.1.end + 1);
                    self.found.push(attribute);
                }
                Err(fault) => self.fault = Some(fault),
            }
        }
    }

    /// The value of an attribute of `tag`, or of the first one if the name occurs twice. Fails if
    /// the attribute may be in the part that could not be read.
    #[inline]
    pub(crate) fn get<'t>(
        &self,
        tag: &'t str,
        name: &str,
    ) -> Result<Option<&'t str>, &'static str> {
        let found = self.found.iter().find(|(key, _)| is(tag, key, name));
        match (found, self.fault) {
            (Some((_, value)), _) => Ok(Some(&tag[value.clone()])),
            (None, Some(fault)) => Err(fault),
            (None, None) => Ok(None),
        }
    }
}

/// Whether a name is the requested one. Compares the first byte before it calls the function that
/// compares all of them.
#[inline]
fn is(tag: &str, key: &Range<usize>, name: &str) -> bool {
    let key = &tag.as_bytes()[key.clone()];
    key.len() == name.len() && key.first() == name.as_bytes().first() && key == name.as_bytes()
}

/// The name and the value of the attribute that starts at a byte.
fn one(tag: &str, start: usize) -> Result<(Range<usize>, Range<usize>), &'static str> {
    let bytes = tag.as_bytes();
    let is_name = |byte: &u8| !byte.is_ascii_whitespace() && !matches!(byte, b'=' | b'"' | b'\'');
    let end = start + bytes[start..].iter().take_while(|byte| is_name(byte)).count();
    let equals = blanks(tag, end);
    if end == start || bytes.get(equals) != Some(&b'=') {
        return Err("an attribute has no name or no value");
    }
    let quote = blanks(tag, equals + 1);
    let mark = bytes
        .get(quote)
        .filter(|mark| matches!(mark, b'"' | b'\''))
        .ok_or("a value has no quotes")?;
    let length = memchr(*mark, &bytes[quote + 1..]).ok_or("a value has no closing quote")?;
    Ok((start..end, quote + 1..quote + 1 + length))
}

/// The end of the blanks that start at a byte.
fn blanks(tag: &str, start: usize) -> usize {
    start + tag.as_bytes()[start..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_as_the_xml_recommendation_has_them() {
        let tag = " a=\"1>2\" xlink:b = 'it\"s'\n\tc=\"\" a=\"2\"";
        let mut attributes = Attributes::default();
        attributes.find(tag);
        let get = |name| attributes.get(tag, name);
        assert_eq!(
            (get("a"), get("xlink:b"), get("c")),
            (Ok(Some("1>2")), Ok(Some("it\"s")), Ok(Some("")))
        );
        assert_eq!(get("b"), Ok(None));
    }

    #[test]
    fn what_follows_a_malformed_attribute_is_unknown() {
        for tag in [
            " a=\"1\" b",
            " a=\"1\" b=2",
            " a='1' b='2",
            " a='1' =\"2\"",
            " a='1' x b='2'",
            " a='1' b=é",
        ] {
            let mut attributes = Attributes::default();
            attributes.find(tag);
            assert_eq!(attributes.get(tag, "a"), Ok(Some("1")), "{tag}");
            assert!(attributes.get(tag, "b").is_err(), "{tag}");
        }
    }
}
