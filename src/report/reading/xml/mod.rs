//! Reads XML as a stream of elements, and passes one [`Piece`] at a time to a function.
//!
//! It is safe for hostile files: entities that a file defines are refused, external ones are never
//! resolved, nesting is limited, and an error names the line.

mod attributes;
mod lines;

use std::borrow::Cow;
use std::io::BufRead;

use quick_xml::errors::Error as XmlError;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesRef, Event};
use quick_xml::name::QName;
use quick_xml::{Reader, XmlVersion};

use crate::report::reading::number;
use crate::report::reading::xml::attributes::Attributes;
use crate::report::reading::xml::lines::Lines;
use crate::{Error, Result};

/// The deepest nesting of elements; real reports stay below 20.
const DEEPEST: usize = 256;

/// A piece of a document.
pub(crate) enum Piece<'b> {
    /// An element starts; an empty one ends right after.
    Start(Element<'b>),
    /// The element with this name ends.
    End(&'b str),
    /// Text between tags. One stretch may come in several pieces.
    Text(&'b str),
}

/// An element's name and attributes.
pub(crate) struct Element<'b> {
    name: &'b str,
    /// The text after the name.
    tag: &'b str,
    attributes: &'b Attributes,
    line: &'b dyn Fn() -> u64,
}

impl Element<'_> {
    /// The name without a namespace prefix.
    pub(crate) fn name(&self) -> &str {
        self.name
    }

    /// The line of the element.
    pub(crate) fn line(&self) -> u64 {
        (self.line)()
    }

    /// The value of an attribute, or of the first one if the name occurs twice.
    #[inline]
    pub(crate) fn attribute(&self, name: &str) -> Result<Option<Cow<'_, str>>> {
        let value = self.attributes.get(self.tag, name);
        value.map_err(|fault| self.unreadable(fault))?.map(|value| self.value(value)).transpose()
    }

    /// Resolves references and normalises blanks.
    fn value<'s>(&'s self, written: &'s str) -> Result<Cow<'s, str>> {
        if !written.bytes().any(|byte| byte == b'&' || byte < b' ') {
            return Ok(Cow::Borrowed(written));
        }
        let value = without_void(written).map_or(Cow::Borrowed(written), Cow::Owned);
        let attribute = Attribute { key: QName(""), value };
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        Ok(Cow::Owned(value.map_err(|cause| self.unreadable(cause))?.into_owned()))
    }

    fn unreadable(&self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error::new(format!("line {}: cannot read the attributes of <{}>", self.line(), self.name))
            .because(cause)
    }

    /// The value of an attribute that is a total ([`number::total`]).
    pub(crate) fn total(&self, name: &str) -> Result<Option<u64>> {
        Ok(self.attribute(name)?.and_then(|total| number::total(total.as_bytes())))
    }
}

/// The name of the root element, if the first bytes of a document show it.
pub(crate) fn root(head: &[u8]) -> Option<&str> {
    let mut rest = head.trim_ascii_start();
    while let Some(after) = rest.strip_prefix(b"<?").or_else(|| rest.strip_prefix(b"<!")) {
        let end: &[u8] = if after.starts_with(b"--") { b"-->" } else { b">" };
        rest = after[memchr::memmem::find(after, end)? + end.len()..].trim_ascii_start();
    }
    let name = rest.strip_prefix(b"<")?;
    let end =
        name.iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))?;
    let name = std::str::from_utf8(&name[..end]).ok()?;
    Some(name.rsplit(':').next().unwrap_or(name))
}

/// Passes every piece to `each`. Fails if the document is malformed, incomplete, or has a root
/// other than `root`.
pub(crate) fn each(
    input: &mut dyn BufRead,
    root: &str,
    each: impl FnMut(Piece<'_>) -> Result<()>,
) -> Result<()> {
    each_of(input, &[root], each)
}

/// Like [`each`], for a format that may be inside any root.
pub(crate) fn each_in_any(
    input: &mut dyn BufRead,
    each: impl FnMut(Piece<'_>) -> Result<()>,
) -> Result<()> {
    each_of(input, &[], each)
}

/// Like [`each`], for a format whose root has one of several names, or any name if `roots` is
/// empty.
pub(crate) fn each_of(
    input: &mut dyn BufRead,
    roots: &[&str],
    mut each: impl FnMut(Piece<'_>) -> Result<()>,
) -> Result<()> {
    let root = roots.join("> or <");
    let mut reader = Reader::from_reader(Lines::new(input));
    let mut buffer = Vec::new();
    let mut attributes = Attributes::default();
    let mut depth = 0usize;
    let mut rooted = false;
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        let line = || reader.get_ref().line();
        let event = event.map_err(|cause| ill_formed(line(), cause))?;
        match event {
            Event::Start(ref start) | Event::Empty(ref start) => {
                attributes.find(start.attributes_raw());
                let name = local(start.name().into_inner());
                let is_root = !std::mem::replace(&mut rooted, true);
                if is_root && !roots.is_empty() && !roots.contains(&name) {
                    return Err(Error::new(format!(
                        "line {}: the root is <{name}>, not <{root}>",
                        line()
                    )));
                }
                each(Piece::Start(Element {
                    name,
                    tag: start.attributes_raw(),
                    attributes: &attributes,
                    line: &line,
                }))?;
                if matches!(event, Event::Empty(_)) {
                    each(Piece::End(name))?;
                    continue;
                }
                depth += 1;
                if depth > DEEPEST {
                    return Err(Error::new(format!(
                        "line {}: elements nest deeper than {DEEPEST}",
                        line()
                    )));
                }
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                each(Piece::End(local(end.name().into_inner())))?;
            }
            Event::Text(text) => each(Piece::Text(&text.xml10_content()))?,
            Event::CData(text) => each(Piece::Text(&text.xml10_content()))?,
            Event::GeneralRef(entity) => each(Piece::Text(&resolve(&entity, line())?))?,
            Event::DocType(definition) => refuse_entities(&definition, line())?,
            Event::Eof if depth == 0 && rooted => return Ok(()),
            Event::Eof if rooted => return Err(cut(line())),
            Event::Eof => {
                return Err(Error::new(format!("line {}: the report has no <{root}>", line())));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// Removes the namespace prefix from a name.
fn local(name: &str) -> &str {
    name.bytes().position(|byte| byte == b':').map_or(name, |colon| &name[colon + 1..])
}

fn ill_formed(line: u64, cause: XmlError) -> Error {
    match cause {
        // A syntax error in this parser is always something that does not end.
        XmlError::Syntax(cause) => cut(line).because(cause),
        cause => Error::new(format!("line {line}: the XML is malformed")).because(cause),
    }
}

fn cut(line: u64) -> Error {
    let hint =
        "the file is incomplete: was the tool stopped, or the disk full, while it was written?";
    Error::new(format!("line {line}: the report ends in the middle of an element")).hint(hint)
}

fn resolve(entity: &BytesRef<'_>, line: u64) -> Result<String> {
    if is_void(entity) {
        return Ok(VOID.to_owned());
    }
    let character = entity.resolve_char_ref().map_err(|cause| ill_formed(line, cause))?;
    let text = character
        .map(String::from)
        .or_else(|| resolve_predefined_entity(entity).map(str::to_owned));
    text.ok_or_else(|| {
        Error::new(format!("line {line}: the entity `&{};` is not one of XML's own", &**entity))
    })
}

/// Replaces a reference to a character that does not exist.
const VOID: &str = "\u{fffd}";

/// Whether a reference (`#0`, `#xD800`) is to a character that does not exist. Tests whose names
/// contain broken text produce them, and the rest of the document is fine.
fn is_void(reference: &str) -> bool {
    let Some(number) = reference.strip_prefix('#') else { return false };
    let code =
        number.strip_prefix('x').map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16));
    code.is_ok_and(|code| code == 0 || char::from_u32(code).is_none())
}

/// Replaces every reference to a character that does not exist with [`VOID`], or returns `None` if
/// there is none.
fn without_void(value: &str) -> Option<String> {
    let mut kept = String::new();
    let mut rest = value;
    let mut seen = 0;
    while let Some(at) = rest[seen..].find("&#") {
        let start = seen + at;
        let Some(length) = rest[start..].find(';') else { break };
        let end = start + length;
        if is_void(&rest[start + 1..end]) {
            kept.push_str(&rest[..start]);
            kept.push_str(VOID);
            (rest, seen) = (&rest[end + 1..], 0);
        } else {
            seen = start + 2;
        }
    }
    (rest.len() < value.len()).then(|| kept + rest)
}

/// Refuses a document type that declares entities, since they can expand without bound or name
/// files.
fn refuse_entities(definition: &str, line: u64) -> Result<()> {
    if !definition.contains("<!ENTITY") {
        return Ok(());
    }
    let error = Error::new(format!(
        "line {line}: the document type declares entities, which covatlas refuses"
    ));
    Err(error.hint(
        "coverage tools never declare entities; remove the declaration if you trust the file",
    ))
}
