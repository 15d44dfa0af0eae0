//! Tests the public API: the items that `src/lib.rs` re-exports are listed in
//! `tests/suite/api.txt`, which is reviewed with every change. `COVATLAS_ACCEPT=1 cargo test api`
//! updates the list.

use std::fs;
use std::path::Path;

use quote::ToTokens;
use syn::visit::{self, Visit};

use super::tidy;

const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/api.txt");

#[test]
fn the_public_api_is_what_its_reviewed_list_says() {
    let list = exports().iter().map(|(module, name)| item(module, name)).collect::<String>();
    if std::env::var_os("COVATLAS_ACCEPT").is_some() {
        fs::write(LIST, &list).expect("the list can be written");
    }
    let reviewed = fs::read_to_string(LIST).expect("the list is there");
    assert_eq!(list, reviewed, "the public API changed: review it, then set COVATLAS_ACCEPT=1");
}

/// The items that `lib.rs` re-exports: the module and the name of each.
fn exports() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let text = fs::read_to_string(root).expect("lib.rs is readable");
    let file = syn::parse_file(&text).expect("lib.rs is Rust");
    let mut exports = Vec::new();
    for item in &file.items {
        if let syn::Item::Use(item) = item {
            named(&item.tree, "", &mut exports);
        }
    }
    exports
}

fn named(tree: &syn::UseTree, module: &str, found: &mut Vec<(String, String)>) {
    match tree {
        syn::UseTree::Path(path) => named(&path.tree, &path.ident.to_string(), found),
        syn::UseTree::Group(group) => {
            group.items.iter().for_each(|item| named(item, module, found));
        }
        syn::UseTree::Name(name) => found.push((module.to_owned(), name.ident.to_string())),
        _ => panic!("lib.rs re-exports by name"),
    }
}

/// An item with its public fields, variants and functions, as text.
fn item(module: &str, name: &str) -> String {
    let mut found = Found { name, head: None, members: Vec::new() };
    for source in tidy::sources() {
        let folder = format!("src/{module}");
        let own = source.name.strip_prefix(&folder);
        if own.is_some_and(|rest| rest.starts_with(['/', '.'])) {
            found.visit_file(&syn::parse_file(&source.text).expect("sources are Rust"));
        }
    }
    let head = found.head.unwrap_or_else(|| panic!("`{module}::{name}` is not found"));
    let members = found.members.iter().map(|member| format!("    {member}\n"));
    [head + "\n"].into_iter().chain(members).collect()
}

/// The search for an item and what belongs to it.
struct Found<'n> {
    name: &'n str,
    head: Option<String>,
    members: Vec<String>,
}

impl Found<'_> {
    fn is(&self, ident: &syn::Ident, vis: &syn::Visibility) -> bool {
        ident == self.name && is_public(vis)
    }
}

impl<'ast> Visit<'ast> for Found<'_> {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        if self.is(&item.ident, &item.vis) {
            self.head = Some(format!("{}struct {}", growing(&item.attrs), item.ident));
            for field in item.fields.iter().filter(|field| is_public(&field.vis)) {
                let name = field.ident.as_ref().map_or("0".to_owned(), ToString::to_string);
                self.members.push(format!("{name}: {}", text(&field.ty)));
            }
        }
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        if self.is(&item.ident, &item.vis) {
            self.head = Some(format!("{}enum {}", growing(&item.attrs), item.ident));
            self.members.extend(
                item.variants
                    .iter()
                    .map(|variant| format!("{}{}", variant.ident, text(&variant.fields))),
            );
        }
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        if self.is(&item.ident, &item.vis) {
            self.head = Some(format!("type {} = {}", item.ident, text(&item.ty)));
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.ident != "tests" {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let is_own =
            item.trait_.is_none() && text(&item.self_ty).split('<').next() == Some(self.name);
        if !is_own || is_hidden(&item.attrs) {
            return;
        }
        for member in &item.items {
            if let syn::ImplItem::Fn(function) = member
                && is_public(&function.vis)
                && !is_hidden(&function.attrs)
            {
                self.members.push(text(&function.sig));
            }
        }
    }
}

fn is_public(vis: &syn::Visibility) -> bool {
    matches!(vis, syn::Visibility::Public(_))
}

fn is_hidden(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| text(&attribute.meta) == "doc(hidden)")
}

/// The attribute that allows an item to grow.
fn growing(attributes: &[syn::Attribute]) -> &'static str {
    let grows = attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive"));
    if grows { "#[non_exhaustive] " } else { "" }
}

/// Formats tokens like source code.
fn text(code: &impl ToTokens) -> String {
    let mut text = code.to_token_stream().to_string();
    for (spaced, tight) in [
        (" :: ", "::"),
        (" : ", ": "),
        (" < ", "<"),
        (" >", ">"),
        (" (", "("),
        (" )", ")"),
        ("( ", "("),
        (" ,", ","),
        ("& ", "&"),
        ("< ", "<"),
    ] {
        text = text.replace(spaced, tight);
    }
    text.replace("-> ", " -> ").replace("  ", " ")
}
