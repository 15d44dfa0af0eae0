//! Selects the lexer that colours a file on its page, by the file's name.

/// Lexers by the ends of file names. The names are those of `vendor/lexer-entry.js` in the theme.
const LANGUAGES: &[(&str, &[&str])] = &[
    ("bash", &["sh", "bash", "zsh", "ksh", "bats"]),
    ("c", &["c", "h"]),
    ("clojure", &["clj", "cljs", "cljc"]),
    (
        "cpp",
        &["cc", "cpp", "cxx", "c++", "hh", "hpp", "hxx", "h++", "ipp", "inl", "tcc", "cu", "cuh"],
    ),
    ("csharp", &["cs"]),
    ("css", &["css", "scss", "less"]),
    ("dart", &["dart"]),
    ("elixir", &["ex", "exs"]),
    ("erlang", &["erl", "hrl"]),
    ("fortran", &["f", "for", "f77", "f90", "f95", "f03", "f08"]),
    ("fsharp", &["fs", "fsi", "fsx"]),
    ("go", &["go"]),
    ("groovy", &["groovy", "gradle"]),
    ("haskell", &["hs", "lhs"]),
    ("java", &["java"]),
    ("javascript", &["js", "mjs", "cjs", "jsx"]),
    ("julia", &["jl"]),
    ("kotlin", &["kt", "kts"]),
    ("lua", &["lua"]),
    ("objectivec", &["m", "mm"]),
    ("perl", &["pl", "pm", "t"]),
    ("php", &["php", "phtml"]),
    ("powershell", &["ps1", "psm1", "psd1"]),
    ("python", &["py", "pyi", "pyx", "pxd"]),
    ("r", &["r"]),
    ("ruby", &["rb", "rake", "erb"]),
    ("rust", &["rs"]),
    ("scala", &["scala", "sc"]),
    ("sql", &["sql"]),
    ("swift", &["swift"]),
    ("typescript", &["ts", "mts", "cts", "tsx"]),
    ("vbnet", &["vb"]),
    ("verilog", &["v", "sv", "svh", "vh"]),
    ("xml", &["xml", "html", "htm", "vue", "svelte", "xaml", "cshtml"]),
];

/// The lexer for a path, or `None` if there is none, and the code stays plain.
pub fn language(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit('/').next()?.rsplit_once('.')?;
    let extension = extension.to_ascii_lowercase();
    LANGUAGES.iter().find(|(_, ends)| ends.contains(&extension.as_str())).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_follow_the_end_of_the_name() {
        assert_eq!(language("src/click/core.py"), Some("python"));
        assert_eq!(language("A.RS"), Some("rust"));
        assert_eq!(language("a.b/c.d.ts"), Some("typescript"));
        assert_eq!(language("a.py/Makefile"), None);
        assert_eq!(language(""), None);
    }
}
