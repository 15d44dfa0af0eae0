//! Matches paths by names that the repository declares: those of its Go modules and packages.

use crate::report::paths::answer::{How, Why};
use crate::report::paths::dependencies::Origin;
use crate::report::paths::search::{Answer, Kind, Path, Search};
use crate::report::paths::spelling::{below, ending, join};
use crate::report::paths::tracked::Located;
use crate::report::paths::{Ecosystem, Package};

impl Search<'_, '_> {
    /// Finds the paths that name a module or a package of the repository.
    pub(super) fn by_identity(&mut self) {
        let open = || self.paths.iter().filter(|path| path.is_open());
        let is_named = |wanted: Ecosystem| open().any(|path| may_name(path, wanted));
        let named = [Ecosystem::Go, Ecosystem::Npm, Ecosystem::Composer, Ecosystem::Dart];
        let used: Vec<Ecosystem> =
            named.into_iter().filter(|ecosystem| is_named(*ecosystem)).collect();
        for ecosystem in used {
            let packages = self.evidence.repository.packages(ecosystem);
            for index in 0..self.paths.len() {
                let path = &self.paths[index];
                if path.is_open() {
                    let answer = match ecosystem {
                        Ecosystem::Go => self.by_module(path, &packages),
                        Ecosystem::Dart => self.by_library(path, &packages),
                        _ => self.by_package_name(path, ecosystem, &packages),
                    };
                    self.paths[index].answer = answer;
                }
            }
        }
    }

    /// Finds a file of a Go package by the longest module name that its import path starts with
    /// (<https://go.dev/ref/mod#resolve-pkg-mod>).
    fn by_module(&self, path: &Path<'_>, modules: &[Package]) -> Option<Answer> {
        if !may_be_import(path) || modules.is_empty() {
            return None;
        }
        let import = path.spelling.canonical();
        let fitting =
            modules.iter().filter_map(|module| Some((module, below(import, &module.name)?)));
        match fitting.max_by_key(|(module, _)| module.name.len()) {
            Some((module, rest)) => Some(self.named_file(&module.folder, rest)),
            None if path.kind == Kind::Import
                || self.tracked.locate(import, false) == Located::Nothing =>
            {
                Some(Answer::Left(Why::Module))
            }
            None => None,
        }
    }

    /// Finds a file of a Dart package by its URI: `package:shop/src/cart.dart` is below `lib/`
    /// (<https://dart.dev/tools/pub/package-layout>).
    fn by_library(&self, path: &Path<'_>, packages: &[Package]) -> Option<Answer> {
        let (name, rest) = path.spelling.canonical().strip_prefix(DART)?.split_once('/')?;
        Some(match packages.iter().find(|package| package.name == name) {
            Some(package) => self.named_file(&join(&package.folder, "lib"), rest),
            None => Answer::Left(Why::Dependency("a package of pub")),
        })
    }

    /// Finds a file below `node_modules/` or `vendor/` that belongs to a package in this
    /// repository, because of a workspace's symlink or a Composer repository of kind `path`.
    fn by_package_name(
        &self,
        path: &Path<'_>,
        ecosystem: Ecosystem,
        packages: &[Package],
    ) -> Option<Answer> {
        let Some(Origin::Package { ecosystem: own, rest, .. }) = &path.origin else { return None };
        if *own != ecosystem {
            return None;
        }
        let fitting =
            packages.iter().filter_map(|package| Some((package, below(rest, &package.name)?)));
        let (package, rest) = fitting.max_by_key(|(package, _)| package.name.len())?;
        match self.named_file(&package.folder, rest) {
            found @ Answer::Found(..) => Some(found),
            Answer::Left(_) => None,
        }
    }

    fn named_file(&self, folder: &str, rest: &str) -> Answer {
        match self.tracked.locate(&join(folder, rest), self.fold) {
            Located::File(index) | Located::Linked(index) => Answer::Found(index, How::Name),
            Located::Out => Answer::Left(Why::Link),
            Located::Submodule => Answer::Left(Why::Submodule),
            Located::Nothing => Answer::Left(Why::Untracked),
        }
    }
}

/// Whether a path may name a package of an ecosystem.
fn may_name(path: &Path<'_>, wanted: Ecosystem) -> bool {
    match (&path.origin, wanted) {
        (Some(Origin::Package { ecosystem, .. }), _) if *ecosystem == wanted => true,
        (_, Ecosystem::Go) => may_be_import(path),
        (_, Ecosystem::Dart) => path.spelling.canonical().starts_with(DART),
        _ => false,
    }
}

/// The prefix of file names in Dart's tools.
const DART: &str = "package:";

/// Whether a path may start with a Go import path: a path in a Go profile, or a `.go` file below a
/// domain.
fn may_be_import(path: &Path<'_>) -> bool {
    let text = path.spelling.canonical();
    let domain =
        text.split('/').next().is_some_and(|first| first.contains('.') && !first.starts_with('.'));
    path.is_relative()
        && (path.kind == Kind::Import || domain && text.contains('/') && ending(text) == "go")
}
