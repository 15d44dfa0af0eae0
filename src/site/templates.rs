//! Templates to HTML; the only module that knows minijinja.
//!
//! A view is a struct with exactly the fields that its template uses. Everything that a template
//! prints is escaped ([`super::escape`]) unless it is [`Markup`]; an unknown or absent value is an
//! error, never an empty string.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior, Value};
use serde::{Serialize, Serializer};

use super::{escape, format, message, theme};
use crate::report::Tally;
use crate::{Error, Result};

/// HTML that was made here and is printed as it is. Whoever makes it has escaped what it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markup(pub String);

impl Serialize for Markup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from_safe_string(self.0.clone()).serialize(serializer)
    }
}

/// The templates of a theme.
pub struct Templates {
    environment: Environment<'static>,
    digest: String,
}

impl Templates {
    /// Reads the embedded templates, and the user's in their stead.
    pub fn new(overrides: &BTreeMap<String, Vec<u8>>) -> Result<Self> {
        let mut environment = environment();
        let mut hasher = blake3::Hasher::new();
        for (name, bytes) in theme::templates(overrides) {
            let text = str::from_utf8(&bytes).map_err(|cause| {
                Error::new(format!("reading the template {name}: it is not UTF-8")).because(cause)
            })?;
            for part in [name.as_bytes(), text.as_bytes()] {
                hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
            }
            environment
                .add_template_owned(name.clone(), text.to_owned())
                .map_err(|cause| explained(&name, &cause))?;
        }
        Ok(Self { environment, digest: hasher.finalize().to_hex().to_string() })
    }

    /// A digest of all templates: pages are made anew when one changes.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Renders a template.
    pub fn render(&self, name: &str, view: &impl Serialize) -> Result<String> {
        let template =
            self.environment.get_template(name).map_err(|cause| explained(name, &cause))?;
        template.render(Serde(view)).map_err(|cause| explained(name, &cause))
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the usual delimiters are valid"));
    environment.set_auto_escape_callback(|name| {
        let markup = [".html", ".svg", ".xml"].iter().any(|end| name.ends_with(end));
        if markup { AutoEscape::Html } else { AutoEscape::None }
    });
    environment.set_formatter(print);
    environment.add_filter("percent", |tally: Serde<Tally>| format::percent(tally.0));
    environment.add_filter("tenth", |tally: Serde<Tally>| format::tenth(tally.0));
    environment.add_filter("drawn", |tally: Serde<Tally>| format::drawn(tally.0));
    environment.add_filter("level", |tally: Serde<Tally>| format::level(tally.0));
    environment.add_filter("missed", |tally: Serde<Tally>| tally.0.missed());
    environment.add_filter("count", format::count);
    environment.add_filter("counted", |number: u64, unit: &str| format::counted(number, unit));
    environment.add_filter("day", format::day);
    environment.add_filter("minute", format::minute);
    environment.add_filter("rfc3339", format::rfc3339);
    environment.add_filter("initials", |name: &str| initials(name));
    environment
        .add_filter("breakable", |path: &str| Value::from_safe_string(escape::breakable(path)));
    environment.add_filter("code", |text: &str| Value::from_safe_string(message::with_code(text)));
    environment
}

/// Escapes on the way out. minijinja's own escape would also write `/` as an entity, which makes
/// links unreadable.
fn print(out: &mut Output, state: &mut State, value: &Value) -> Result<(), minijinja::Error> {
    if value.is_none() {
        return Err(minijinja::Error::new(
            ErrorKind::InvalidOperation,
            "an absent value is printed; ask for it with `if` first",
        ));
    }
    let raw = value.is_safe() || !matches!(state.auto_escape(), AutoEscape::Html);
    match value.as_str() {
        Some(text) if raw => out.write_str(text)?,
        Some(text) => out.write_str(&escape::escaped(text))?,
        None if raw => write!(out, "{value}")?,
        None => out.write_str(&escape::escaped(&value.to_string()))?,
    }
    Ok(())
}

/// At most two initials of a person's name.
fn initials(name: &str) -> String {
    let words: Vec<char> = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()))
        .collect();
    let last = words.iter().skip(1).next_back();
    words.first().into_iter().chain(last).flat_map(|c| c.to_uppercase()).collect()
}

fn explained(name: &str, cause: &minijinja::Error) -> Error {
    let line = cause.line().map_or(String::new(), |line| format!(", line {line}"));
    let place = cause.name().unwrap_or(name);
    let mut message = format!("rendering the template {place}{line}: {}", cause.kind());
    if let Some(detail) = cause.detail() {
        message.extend([" (", detail, ")"]);
    }
    let mut next = std::error::Error::source(cause);
    while let Some(inner) = next {
        message.extend([": ", &inner.to_string()]);
        next = inner.source();
    }
    Error::new(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct View {
        text: &'static str,
        markup: Markup,
        tally: Tally,
        absent: Option<u8>,
    }

    fn render(template: &str) -> Result<String> {
        let overrides =
            BTreeMap::from([("templates/x.html".to_owned(), template.as_bytes().to_vec())]);
        let view = View {
            text: "a/<b>\"\u{202e}",
            markup: Markup("<i>".to_owned()),
            tally: Tally { covered: 2, total: 3 },
            absent: None,
        };
        Templates::new(&overrides)?.render("x.html", &view)
    }

    #[test]
    fn only_markup_is_not_escaped() {
        assert_eq!(render("{{ text }} {{ markup }}").unwrap(), "a/&lt;b&gt;&quot;[U+202E] <i>");
        assert_eq!(
            render("{{ tally|percent }} {{ tally|missed|counted('line') }}").unwrap(),
            "66.6% 1 line"
        );
    }

    #[test]
    fn a_missing_value_is_an_error_with_its_place() {
        let error = render("\n{{ nothing }}").unwrap_err();
        assert!(error.to_string().contains("x.html, line 2"), "{error}");
        assert!(render("{{ absent }}").is_err());
    }

    #[test]
    fn names_shorten_to_initials() {
        assert_eq!(
            ["Mara Lindqvist", "jo", "Ana de la Cruz", ""].map(initials),
            ["ML", "J", "AC", ""]
        );
    }
}
