//! The files of the theme: embedded ones, each of which is replaced by a user's file of the same
//! path. Templates and static files are listed by name, in order.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_embed::Embed;

#[derive(Embed)]
#[folder = "themes/default/templates"]
#[allow_missing = true]
struct EmbeddedTemplates;

#[derive(Embed)]
#[folder = "themes/default/static"]
#[allow_missing = true]
struct EmbeddedStatic;

/// The files of one kind by their name.
pub type Files<'a> = BTreeMap<String, Cow<'a, [u8]>>;

/// The templates: `templates/<name>` of the theme.
pub fn templates(overrides: &BTreeMap<String, Vec<u8>>) -> Files<'_> {
    let embedded = EmbeddedTemplates::iter()
        .filter_map(|name| Some((name.to_string(), EmbeddedTemplates::get(&name)?.data)));
    with_overrides(embedded.collect(), overrides, "templates/")
}

/// The files that pages load: `static/<name>` of the theme.
pub fn statics(overrides: &BTreeMap<String, Vec<u8>>) -> Files<'_> {
    let embedded = EmbeddedStatic::iter()
        .filter_map(|name| Some((name.to_string(), EmbeddedStatic::get(&name)?.data)));
    with_overrides(embedded.collect(), overrides, "static/")
}

fn with_overrides<'a>(
    mut files: Files<'a>,
    overrides: &'a BTreeMap<String, Vec<u8>>,
    folder: &str,
) -> Files<'a> {
    let own = overrides
        .iter()
        .filter_map(|(path, bytes)| Some((path.strip_prefix(folder)?.to_owned(), bytes)));
    files.extend(own.map(|(name, bytes)| (name, Cow::Borrowed(bytes.as_slice()))));
    files
}
