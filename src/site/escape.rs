//! Text to HTML. Text from reports, names, commits and sources is hostile: it is shown, and never
//! interpreted.
//!
//! The result is safe between tags and inside quoted attributes. Characters that are invisible but
//! change what is seen (controls, bidirectional overrides, zero-width characters) are written as
//! code points. Lines of source are escaped by [`super::code`].

use crate::hidden::{self, is_hidden};

/// Appends text that may stand between tags or in a quoted attribute; hidden characters become
/// `[U+202E]`.
pub fn push(out: &mut String, text: &str) {
    let mut from = 0;
    for (at, c) in text.char_indices() {
        let entity = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\'' => "&#39;",
            c if is_hidden(c) => "",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        if entity.is_empty() {
            hidden::push(out, c);
        } else {
            out.push_str(entity);
        }
        from = at + c.len_utf8();
    }
    out.push_str(&text[from..]);
}

/// The text, safe between tags and in quoted attributes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push(&mut out, text);
    out
}

/// JSON that may be part of a classic script: no `<`, so that no text ends the script, and hidden
/// characters as pages show them.
pub fn script_json(json: &str) -> String {
    hidden::shown_in_json(json).replace('<', "\\u003c")
}

/// A path as HTML with places to break in it, so that a narrow column tears no word apart: after
/// separators, and before a capital inside a word. No part is a separator alone.
pub fn breakable(path: &str) -> String {
    let mut html = String::new();
    let mut from = 0;
    let pairs = path.char_indices().zip(path.chars().skip(1));
    for ((at, c), next) in pairs {
        let is_separator = matches!(c, '/' | '_' | '-') && at > from;
        if is_separator || c.is_lowercase() && next.is_uppercase() {
            let end = at + c.len_utf8();
            push(&mut html, &path[from..end]);
            html.push_str("<wbr>");
            from = end;
        }
    }
    push(&mut html, &path[from..]);
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text() {
        assert_eq!(
            escaped("a/<b c=\"d\" e='f'>&amp;"),
            "a/&lt;b c=&quot;d&quot; e=&#39;f&#39;&gt;&amp;amp;"
        );
        assert_eq!(escaped("plain ünï/ço.de"), "plain ünï/ço.de");
    }

    #[test]
    fn hidden_characters_are_named() {
        assert_eq!(escaped("a\u{202e}b\0\r"), "a[U+202E]b[U+0000][U+000D]");
    }

    #[test]
    fn paths_break_between_words_only() {
        assert_eq!(
            breakable("src/a_b/<x>NameOf.py"),
            "src/<wbr>a_<wbr>b/<wbr>&lt;x&gt;Name<wbr>Of.py"
        );
        for whole in ["", "core", "X"] {
            assert_eq!(breakable(whole), whole);
        }
    }

    #[test]
    fn json_cannot_end_its_script() {
        assert_eq!(script_json(r#"["</script>"]"#), r#"["\u003c/script>"]"#);
    }
}
