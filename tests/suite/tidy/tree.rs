//! Parses source files and resolves the paths in them: which module each file uses.
//!
//! Every `use` tree is read (nested ones, `super::`, renames), and every path written inline, in
//! attributes and inside macros too. A path that goes through a re-export is followed to the module
//! that has the item, so that no dependency hides behind a parent's `pub use`. Unit tests are left
//! out: what is behind `#[cfg(test)]` may use anything.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};

/// A source file.
pub(crate) struct Source {
    /// Its path from the root of the crate, such as `src/git/open.rs`.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
}

/// The segments of a path. One inside the crate begins with `crate`.
pub(super) type Path = Vec<String>;

/// A parsed file.
pub(super) struct File {
    pub(super) name: String,
    /// Its module, without `crate`: `["git", "open"]`.
    pub(super) module: Path,
    /// All paths that it names, resolved.
    pub(super) uses: BTreeSet<Path>,
    /// The names of the macros that it calls.
    pub(super) macros: BTreeSet<String>,
}

impl File {
    /// The module at the root of the crate that the file belongs to; `None` for `lib.rs` and
    /// `main.rs`.
    pub(super) fn room(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }
}

/// All files of a crate.
pub(super) struct Tree {
    pub(super) files: Vec<File>,
    modules: BTreeSet<Path>,
}

impl Tree {
    /// Parses the files.
    pub(super) fn parse(sources: &[Source]) -> Self {
        let parsed: Vec<Parsed> = sources.iter().map(Parsed::new).collect();
        let modules: BTreeSet<Path> = parsed.iter().map(|file| file.module.clone()).collect();
        let names = Names {
            modules: &modules,
            aliases: parsed.iter().map(|file| (file.module.clone(), &file.aliases)).collect(),
        };

        let resolve = |file: &Parsed| {
            let used = file.paths.iter().chain(file.aliases.values());
            used.filter_map(|path| names.resolve(&file.module, path)).collect::<BTreeSet<Path>>()
        };
        let uses: Vec<BTreeSet<Path>> = parsed.iter().map(resolve).collect();

        let file = |(parsed, uses): (Parsed, _)| File {
            name: parsed.name,
            module: parsed.module,
            uses,
            macros: parsed.macros,
        };
        Self { files: parsed.into_iter().zip(uses).map(file).collect(), modules }
    }

    /// The deepest module that a path inside the crate leads to, without `crate`; `None` for a path
    /// into another crate.
    pub(super) fn module_of<'p>(&self, path: &'p [String]) -> Option<&'p [String]> {
        let (first, inside) = path.split_first()?;
        (first == "crate").then(|| deepest(&self.modules, inside))
    }
}

/// The longest start of a path that is a module.
fn deepest<'p>(modules: &BTreeSet<Path>, path: &'p [String]) -> &'p [String] {
    let lengths = (0..=path.len()).rev();
    let start = lengths.map(|length| &path[..length]).find(|start| modules.contains(*start));
    start.unwrap_or_default()
}

/// What the modules of the crate declare.
struct Names<'a> {
    modules: &'a BTreeSet<Path>,
    aliases: BTreeMap<Path, &'a BTreeMap<String, Path>>,
}

impl Names<'_> {
    /// The full path of a path that is written in a module. A name of one segment that is no import
    /// is a local name: `None`.
    fn resolve(&self, module: &[String], path: &[String]) -> Option<Path> {
        let (first, rest) = path.split_first()?;
        let inside = match first.as_str() {
            "crate" => rest.to_vec(),
            "self" => [module, rest].concat(),
            "super" => {
                let parent = module.split_last().map(|(_, parent)| parent).unwrap_or_default();
                let ups = rest.iter().take_while(|segment| *segment == "super").count();
                [&parent[..parent.len().saturating_sub(ups)], &rest[ups..]].concat()
            }
            name => {
                let child = [module, std::slice::from_ref(first)].concat();
                if self.modules.contains(&child) {
                    return Some(self.followed([module, path].concat()));
                }
                return match self.aliases.get(module).and_then(|aliases| aliases.get(name)) {
                    // `use memchr::memchr` names a crate, not itself.
                    Some(target) if target[0] == *name => Some([target, rest].concat()),
                    Some(target) => self.resolve(module, &[target.as_slice(), rest].concat()),
                    None => (path.len() > 1).then(|| path.to_vec()),
                };
            }
        };
        Some(self.followed(inside))
    }

    /// A path from the root of the crate, followed through the re-exports on its way.
    fn followed(&self, mut inside: Path) -> Path {
        for _ in 0..10 {
            let module = deepest(self.modules, &inside).to_vec();
            let item = inside.get(module.len());
            let target = item.and_then(|item| self.aliases.get(&module)?.get(item));
            let Some(target) = target else { break };
            let rest = &inside[module.len() + 1..];
            let target = match target[0].as_str() {
                "crate" => target[1..].to_vec(),
                "self" => [&module, &target[1..]].concat(),
                "super" => [&module[..module.len().saturating_sub(1)], &target[1..]].concat(),
                _ if self.modules.contains(&[&module[..], &target[..1]].concat()) => {
                    [&module[..], target].concat()
                }
                _ => return [target, rest].concat(),
            };
            inside = [&target, rest].concat();
        }
        [&["crate".to_owned()], inside.as_slice()].concat()
    }
}

/// A file before its paths are resolved.
struct Parsed {
    name: String,
    module: Path,
    /// The names that its `use` declarations bring in, and their paths as written.
    aliases: BTreeMap<String, Path>,
    /// The paths of imports without a name (globs, `as _`), and those written inline.
    paths: BTreeSet<Path>,
    macros: BTreeSet<String>,
    /// How many inline modules are around the item that is being visited.
    depth: usize,
}

impl Parsed {
    fn new(source: &Source) -> Self {
        let parsed = syn::parse_file(&source.text);
        let syntax = parsed.unwrap_or_else(|error| panic!("{}: {error}", source.name));
        let mut file = Self {
            name: source.name.clone(),
            module: module(&source.name),
            aliases: BTreeMap::new(),
            paths: BTreeSet::new(),
            macros: BTreeSet::new(),
            depth: 0,
        };
        file.visit_file(&syntax);
        file
    }

    /// Adds a path, as seen from the file's own module.
    fn add(&mut self, mut path: Path) {
        let ups = path.iter().take_while(|segment| *segment == "super").count();
        let inline = self.depth.min(ups);
        path.drain(..inline);
        if inline > 0 && ups == inline {
            path.insert(0, "self".to_owned());
        }
        self.paths.insert(path);
    }

    fn import(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| [prefix, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.import(&with(&path.ident), &path.tree),
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|item| self.import(prefix, item));
            }
            syn::UseTree::Glob(_) => self.add(prefix.to_vec()),
            syn::UseTree::Name(name) => self.named(prefix, &name.ident, &name.ident),
            syn::UseTree::Rename(rename) => self.named(prefix, &rename.ident, &rename.rename),
        }
    }

    fn named(&mut self, prefix: &[String], item: &syn::Ident, name: &syn::Ident) {
        let (path, name) = match item.to_string().as_str() {
            "self" => (prefix.to_vec(), prefix.last().cloned().unwrap_or_default()),
            item => ([prefix, &[item.to_owned()]].concat(), name.to_string()),
        };
        if self.depth == 0 && name != "_" && path != [name.as_str()] {
            self.aliases.insert(name, path);
        } else {
            self.add(path);
        }
    }

    /// Adds the paths in tokens that syn does not parse: the arguments of macros and attributes.
    fn tokens(&mut self, tokens: &str) {
        let words: Vec<&str> = tokens.split_whitespace().collect();
        let is_name = |word: &str| word.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let mut at = 0;
        while at < words.len() {
            let mut path = vec![words[at].to_owned()];
            at += 1;
            while words.get(at) == Some(&"::") && words.get(at + 1).is_some_and(|w| is_name(w)) {
                path.push(words[at + 1].to_owned());
                at += 2;
            }
            if is_name(&path[0]) && path.len() > 1 {
                self.add(path);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Parsed {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.depth += 1;
        visit::visit_item_mod(self, item);
        self.depth -= 1;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&[], &item.tree);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.add(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.macros.extend(call.path.segments.last().map(|segment| segment.ident.to_string()));
        self.tokens(&call.tokens.to_string());
        visit::visit_macro(self, call);
    }

    fn visit_meta_list(&mut self, list: &'ast syn::MetaList) {
        // `pub(super)` and the like are no attributes; a list of derives may name a path.
        self.tokens(&list.tokens.to_string());
        visit::visit_meta_list(self, list);
    }

    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {
        // `pub(in crate::git)` uses nothing.
    }
}

/// The module that a file is.
fn module(name: &str) -> Path {
    let inside = name.strip_prefix("src/").unwrap_or(name);
    let path = inside.strip_suffix(".rs").unwrap_or(inside);
    let mut segments: Path = path.split('/').map(str::to_owned).collect();
    segments.pop_if(|last| matches!(last.as_str(), "mod" | "lib" | "main"));
    segments
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
