//! A table of folders whose files belong to someone else or were generated, with the reason that
//! users are shown.
//!
//! A path with such a folder is no evidence of where the sources are, and is never matched by its
//! ending. It only matches if a root that other evidence established maps it literally to a tracked
//! file: a tracked `vendor/x/y.js` that a path names is our file.

use Is::{Dependency, Generated, Installed, Package};
use Where::{Anywhere, Relative, Start, Within};

use crate::report::paths::Ecosystem::{Composer, Npm};
use crate::report::paths::Why;
use crate::report::paths::spelling::{ending, is_absolute};

/// The origin of a path, judging by a folder in it.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// A file of a dependency, a toolchain or the system.
    Dependency(&'static str),
    /// A file that a tool generated.
    Generated(&'static str),
    /// A package that is installed in an environment. It may be the project's own; the text after
    /// the folder is then the path in it.
    Installed {
        /// The text after the folder.
        rest: String,
        /// The kind of dependency, if it is not the project's own.
        dependency: &'static str,
    },
    /// A dependency identified by its package name, which may be a name that a manifest of the
    /// repository declares.
    Package {
        /// The ecosystem of the name.
        ecosystem: crate::report::paths::Ecosystem,
        /// The text after the folder: the package's name and the path in it.
        rest: String,
        /// The kind of dependency, if it is not the project's own.
        dependency: &'static str,
    },
}

impl Origin {
    /// The reason to leave out a path of this origin, if nothing shows that it is ours.
    pub(super) fn why(&self) -> Why {
        match self {
            Self::Dependency(whose)
            | Self::Installed { dependency: whose, .. }
            | Self::Package { dependency: whose, .. } => Why::Dependency(whose),
            Self::Generated(by) => Why::Generated(by),
        }
    }

    /// Whether it may be a package of the project itself, under the name by which it is installed.
    pub(super) fn may_be_own(&self) -> bool {
        matches!(self, Self::Installed { .. } | Self::Package { .. })
    }
}

/// The paths that a row applies to.
#[derive(Clone, Copy)]
enum Where {
    /// Any path with these folders one after another. `*` is any folder, and a `*` at the start or
    /// end of a name is any text there.
    Anywhere,
    /// Paths that start with them, with or without a leading slash.
    Start,
    /// Relative paths that start with them, because mounts often have these names too.
    Relative,
    /// Like `Anywhere`, for common words. Does not apply if all paths of a report are in that
    /// folder, because it then contains the sources.
    Within,
}

/// The verdict of a row.
#[derive(Clone, Copy)]
enum Is {
    Dependency,
    Generated,
    Installed,
    Package(crate::report::paths::Ecosystem),
}

struct Row {
    at: Where,
    /// The folders, separated by slashes.
    folders: &'static str,
    /// The file extensions of the languages that the row applies to; empty for all.
    endings: &'static [&'static str],
    is: Is,
    /// The text shown to users.
    reason: &'static str,
}

const fn row(at: Where, folders: &'static str, is: Is, reason: &'static str) -> Row {
    Row { at, folders, endings: &[], is, reason }
}

const ELIXIR: &[&str] = &["ex", "exs", "erl", "hrl", "eex", "heex", "leex", "xrl", "yrl"];
const PHP: &[&str] = &["php", "phtml", "inc"];

/// The first row that fits decides. Each row is from the tool's documentation of where it installs
/// things.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    // JavaScript: npm, pnpm, Yarn, Bower, Vite, JSPM.
    row(Anywhere, ".yarn/cache", Dependency, "a package in Yarn's cache"),
    row(Anywhere, ".yarn/unplugged", Dependency, "a package that Yarn unplugged"),
    row(Anywhere, ".yarn/berry", Dependency, "a package in Yarn's cache"),
    row(Anywhere, ".pnpm", Dependency, "a package in pnpm's store"),
    row(Anywhere, ".pnpm-store", Dependency, "a package in pnpm's store"),
    row(Anywhere, "node_modules/.vite", Dependency, "a package that Vite bundled"),
    row(Anywhere, "@vite", Dependency, "Vite's own client"),
    row(Anywhere, "@id", Dependency, "a virtual module of Vite"),
    row(Anywhere, "node_modules", Package(Npm), "an npm package"),
    row(Anywhere, "bower_components", Dependency, "a Bower package"),
    row(Anywhere, "jspm_packages", Dependency, "a JSPM package"),
    row(Relative, "webpack", Generated, "webpack's own runtime"),
    row(Relative, "(webpack)", Generated, "webpack's own runtime"),
    row(Relative, "@*", Package(Npm), "an npm package, by its name"),
    // Python.
    row(Anywhere, "*.egg", Installed, "an installed Python package"),
    row(Anywhere, "site-packages", Installed, "an installed Python package"),
    row(Anywhere, "dist-packages", Installed, "an installed Python package"),
    row(Anywhere, ".eggs", Dependency, "an installed Python package"),
    row(Anywhere, "lib/python2.*", Dependency, "Python's standard library"),
    row(Anywhere, "lib/python3*", Dependency, "Python's standard library"),
    row(Anywhere, "lib64/python3*", Dependency, "Python's standard library"),
    row(Anywhere, "Python3*/Lib", Dependency, "Python's standard library"),
    row(Anywhere, "hostedtoolcache/windows/Python", Dependency, "Python's standard library"),
    row(Anywhere, "Programs/Python", Dependency, "Python's standard library"),
    row(Anywhere, "*conda*/Lib", Dependency, "Python's standard library"),
    row(Anywhere, "envs/*/Lib", Dependency, "Python's standard library"),
    row(Anywhere, "Python.framework", Dependency, "Python's standard library"),
    row(Anywhere, "lib-dynload", Dependency, "Python's standard library"),
    // Rust.
    row(Anywhere, ".cargo/registry", Dependency, "a crate in Cargo's registry"),
    row(Anywhere, ".cargo/git", Dependency, "a crate from git"),
    row(Anywhere, "cargo/registry/src", Dependency, "a crate in Cargo's registry"),
    row(Anywhere, "cargo/git/checkouts", Dependency, "a crate from git"),
    row(Anywhere, "registry/src/index.*", Dependency, "a crate in Cargo's registry"),
    row(Anywhere, "registry/src/github.com-*", Dependency, "a crate in Cargo's registry"),
    row(Start, "rustc", Dependency, "Rust's standard library"),
    row(Anywhere, ".rustup/toolchains", Dependency, "Rust's standard library"),
    row(Anywhere, "lib/rustlib", Dependency, "Rust's standard library"),
    row(Anywhere, "target/*/build/*/out", Generated, "code that a build script wrote"),
    row(Anywhere, "target/*/*/build/*/out", Generated, "code that a build script wrote"),
    // Go.
    row(Anywhere, "pkg/mod", Dependency, "a module in Go's cache"),
    row(Anywhere, "usr/local/go/src", Dependency, "Go's standard library"),
    row(Anywhere, "usr/lib/go/src", Dependency, "Go's standard library"),
    row(Anywhere, "usr/lib/go-*/src", Dependency, "Go's standard library"),
    row(Anywhere, "hostedtoolcache/go", Dependency, "Go's standard library"),
    row(Start, "_cgo_*", Generated, "code that cgo wrote"),
    // JVM.
    row(Anywhere, ".m2/repository", Dependency, "an artifact of Maven"),
    row(Anywhere, ".gradle/caches", Dependency, "an artifact of Gradle"),
    row(Anywhere, ".ivy2", Dependency, "an artifact of Ivy"),
    row(Anywhere, ".coursier", Dependency, "an artifact of Coursier"),
    row(Anywhere, "coursier/v1", Dependency, "an artifact of Coursier"),
    row(Anywhere, "generated-sources", Generated, "generated code"),
    row(Anywhere, "generated-test-sources", Generated, "generated code"),
    row(Anywhere, "build/generated", Generated, "generated code"),
    row(Anywhere, "src_managed", Generated, "generated code"),
    // C and C++.
    row(Start, "usr/include", Dependency, "a header of the system"),
    row(Start, "usr/local/include", Dependency, "a header of the system"),
    row(Start, "usr/lib/gcc", Dependency, "the compiler's library"),
    row(Start, "usr/lib/llvm*", Dependency, "the compiler's library"),
    row(Anywhere, "include/c++", Dependency, "the C++ standard library"),
    row(Start, "opt/homebrew", Dependency, "a library of Homebrew"),
    row(Anywhere, "Cellar", Dependency, "a library of Homebrew"),
    row(Start, "nix/store", Dependency, "a package in Nix' store"),
    row(Anywhere, "Program Files*", Dependency, "an installed program"),
    row(Anywhere, "VC/Tools/MSVC", Dependency, "the compiler's library"),
    row(Anywhere, ".conan", Dependency, "a package of Conan"),
    row(Anywhere, ".conan2", Dependency, "a package of Conan"),
    row(Anywhere, "vcpkg/packages", Dependency, "a package of vcpkg"),
    row(Anywhere, "vcpkg/buildtrees", Dependency, "a package of vcpkg"),
    row(Anywhere, "vcpkg/installed", Dependency, "a package of vcpkg"),
    row(Anywhere, "vcpkg_installed", Dependency, "a package of vcpkg"),
    row(Anywhere, "_deps/*-src", Dependency, "a dependency that CMake fetched"),
    row(Anywhere, "_deps/*-build", Generated, "code that CMake generated"),
    row(Anywhere, ".cpm", Dependency, "a package of CPM.cmake"),
    row(Anywhere, "CMakeFiles", Generated, "code that CMake generated"),
    row(Anywhere, "subprojects/packagecache", Dependency, "a subproject of Meson"),
    row(Anywhere, "bazel-out", Generated, "code that Bazel built"),
    row(Anywhere, "blaze-out", Generated, "code that Bazel built"),
    row(Anywhere, "execroot/*/external", Dependency, "another repository of Bazel"),
    row(Relative, "external", Dependency, "another repository of Bazel"),
    // .NET.
    row(Anywhere, ".nuget", Dependency, "a NuGet package"),
    row(Anywhere, "contentFiles/cs", Dependency, "a NuGet source package"),
    row(Start, "_1", Dependency, "a package folder of a deterministic build"),
    row(Start, "_2", Dependency, "a package folder of a deterministic build"),
    row(Start, "_3", Dependency, "a package folder of a deterministic build"),
    row(Anywhere, "obj/Debug", Generated, "code that the .NET build generated"),
    row(Anywhere, "obj/Release", Generated, "code that the .NET build generated"),
    // Ruby.
    row(Anywhere, "vendor/bundle", Dependency, "a gem"),
    row(Anywhere, "bundler/gems", Dependency, "a gem"),
    row(Anywhere, "gems/*-*.*", Dependency, "a gem"),
    row(Anywhere, "lib/ruby/*.*", Dependency, "Ruby's standard library"),
    row(Anywhere, ".rbenv", Dependency, "Ruby's standard library"),
    row(Anywhere, ".rvm", Dependency, "Ruby's standard library"),
    // Swift and Objective-C.
    row(Anywhere, ".build/checkouts", Dependency, "a Swift package"),
    row(Anywhere, ".build/repositories", Dependency, "a Swift package"),
    row(Anywhere, ".build/plugins", Generated, "code that a build plugin wrote"),
    row(Anywhere, "*.derived", Generated, "code that the Swift build wrote"),
    row(Anywhere, "SourcePackages/checkouts", Dependency, "a Swift package"),
    row(
        Anywhere,
        "DerivedData/*/Build/Intermediates.noindex",
        Generated,
        "code that Xcode generated",
    ),
    row(Anywhere, "DerivedData", Dependency, "in Xcode's derived data"),
    row(Anywhere, "DerivedSources", Generated, "code that Xcode generated"),
    row(Anywhere, "Pods", Dependency, "a pod"),
    row(Anywhere, "Carthage/Checkouts", Dependency, "a dependency of Carthage"),
    row(Anywhere, "Carthage/Build", Dependency, "a dependency of Carthage"),
    row(Anywhere, "*.app/Contents/Developer", Dependency, "Xcode's library"),
    row(Start, "Library/Developer", Dependency, "Xcode's library"),
    // Dart and Flutter.
    row(Anywhere, ".pub-cache", Dependency, "a package of pub"),
    row(Anywhere, "Pub/Cache", Dependency, "a package of pub"),
    row(Anywhere, ".dart_tool", Generated, "code that Dart's tools wrote"),
    row(Anywhere, "flutter/packages/flutter*", Dependency, "Flutter's library"),
    row(Start, "dart:*", Dependency, "Dart's library"),
    // Elixir, Erlang.
    Row {
        at: Within,
        folders: "deps",
        endings: ELIXIR,
        is: Dependency,
        reason: "a package of Hex",
    },
    row(Anywhere, "_build/default/lib", Dependency, "a package of rebar3"),
    row(Anywhere, ".hex", Dependency, "a package of Hex"),
    row(Anywhere, "lib/erlang/lib", Dependency, "Erlang's library"),
    row(Anywhere, "lib/elixir/lib", Dependency, "Elixir's library"),
    // PHP.
    Row {
        at: Within,
        folders: "vendor",
        endings: PHP,
        is: Package(Composer),
        reason: "a Composer package",
    },
    row(Anywhere, "share/php", Dependency, "an installed PHP library"),
    // Julia, Perl, R, Lua, Haskell, OCaml, Nim, Zig, Crystal, D, Elm.
    row(Anywhere, ".julia", Dependency, "a Julia package"),
    row(Anywhere, "share/julia", Dependency, "Julia's standard library"),
    row(Anywhere, "lib/perl5", Dependency, "an installed Perl module"),
    row(Anywhere, "share/perl*", Dependency, "an installed Perl module"),
    row(Anywhere, "lib/*/perl*", Dependency, "an installed Perl module"),
    row(Anywhere, "perlbrew", Dependency, "an installed Perl module"),
    row(Anywhere, "R/library", Dependency, "an installed R package"),
    row(Anywhere, "R/site-library", Dependency, "an installed R package"),
    row(Anywhere, "renv/library", Dependency, "an installed R package"),
    row(Anywhere, "packrat/lib", Dependency, "an installed R package"),
    row(Anywhere, "lua_modules", Dependency, "a rock"),
    row(Anywhere, ".luarocks", Dependency, "a rock"),
    row(Anywhere, "share/lua", Dependency, "an installed Lua module"),
    row(Anywhere, "lualib", Dependency, "an installed Lua module"),
    row(Anywhere, ".cabal", Dependency, "a Haskell package"),
    row(Anywhere, ".stack", Dependency, "a Haskell package"),
    row(Anywhere, ".stack-work", Generated, "code that Stack built"),
    row(Anywhere, "dist-newstyle", Generated, "code that Cabal built"),
    row(Anywhere, ".opam", Dependency, "an OCaml package"),
    row(Anywhere, "_opam", Dependency, "an OCaml package"),
    row(Anywhere, ".nimble", Dependency, "a Nim package"),
    row(Anywhere, "zig-cache", Generated, "code that Zig built"),
    row(Anywhere, ".zig-cache", Generated, "code that Zig built"),
    row(Anywhere, ".dub/packages", Dependency, "a D package"),
    row(Anywhere, "elm-stuff", Dependency, "an Elm package"),
    // A tracked file in `vendor/` is matched literally, in any language. An untracked one is a
    // dependency.
    row(Within, "vendor", Dependency, "a vendored dependency"),
];

/// The origin of a canonical path by its folders, if any. `shared` is the folder that contains all
/// paths of the report.
pub(super) fn origin(path: &str, shared: &str) -> Option<Origin> {
    let row_and_rest = TABLE.iter().find_map(|row| Some((row, row.rest(path, shared)?)));
    row_and_rest.map(|(row, rest)| match row.is {
        Dependency => Origin::Dependency(row.reason),
        Generated => Origin::Generated(row.reason),
        Installed => Origin::Installed { rest: rest.to_owned(), dependency: row.reason },
        Package(ecosystem) => {
            Origin::Package { ecosystem, rest: rest.to_owned(), dependency: row.reason }
        }
    })
}

impl Row {
    /// The rest of a path after the row's folders, if the row applies to it.
    fn rest<'p>(&self, path: &'p str, shared: &str) -> Option<&'p str> {
        if !self.endings.is_empty() && !self.endings.contains(&ending(path)) {
            return None;
        }
        if matches!(self.at, Relative) && is_absolute(path) {
            return None;
        }
        let from = match self.at {
            Within => shared.len().min(path.len()),
            Anywhere | Start | Relative => 0,
        };
        let path = path.get(from..)?.trim_start_matches('/');
        if matches!(self.at, Start | Relative) {
            let scoped = matches!(self.is, Package(Npm));
            return after(self.folders, path).map(|rest| if scoped { path } else { rest });
        }
        // The last such folder counts, since a package may contain packages of its own.
        let starts = path.rmatch_indices('/').map(|(at, _)| at + 1).chain([0]);
        starts.into_iter().find_map(|start| after(self.folders, &path[start..]))
    }
}

/// The rest of a path that starts with the folders of a pattern.
fn after<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    let mut rest = path;
    for folder in pattern.split('/') {
        let (segment, below) = rest.split_once('/')?;
        if !fits(folder, segment) {
            return None;
        }
        rest = below;
    }
    Some(rest)
}

/// Whether a folder's name matches a pattern in which `*` is any text.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(start) else { return false };
    let mut pieces = rest.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return name.ends_with(piece);
        }
        let Some(at) = name.find(piece) else { return false };
        name = &name[at + piece.len()..];
    }
    true
}
