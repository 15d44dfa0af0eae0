//! The text of commit messages, as pages show it.
//!
//! Anyone may have written a message. E-mail addresses, as in `Co-authored-by`, are removed: they
//! never reach the site. Text between backticks becomes code.

use super::escape;

/// The number of lines of a message that are shown.
const MAX_LINES: usize = 200;

/// The paragraphs of a body, each as its lines, without addresses. If people are anonymous, the
/// trailers that name some are removed too.
pub fn paragraphs(body: &str, anonymous: bool) -> Vec<Vec<String>> {
    let shown = |line: &&str| !(anonymous && names_somebody(line));
    let lines: Vec<&str> = body.trim().lines().filter(shown).take(MAX_LINES).collect();
    let paragraphs = lines.split(|line| line.trim().is_empty()).filter(|lines| !lines.is_empty());
    paragraphs.map(|lines| lines.iter().map(|line| without_addresses(line)).collect()).collect()
}

/// Whether a line is a trailer such as `Co-authored-by: Ada <ada@example.com>` or `Signed-off-by`.
fn names_somebody(line: &str) -> bool {
    let key = line.split_once(": ").map_or("", |(key, _)| key);
    key.len() > 3 && key.to_ascii_lowercase().ends_with("-by") && !key.contains(' ')
}

/// Removes what looks like an e-mail address from a line; a name before it is kept.
pub fn without_addresses(line: &str) -> String {
    let words = line.split_inclusive(char::is_whitespace).filter(|word| !is_address(word));
    words.collect::<String>().trim_end().to_owned()
}

/// Whether a word contains `x@y.z`; `@decorator`, `user@host` and `package@1` are no addresses.
fn is_address(word: &str) -> bool {
    let Some((local, domain)) = word.rsplit_once('@') else { return false };
    let labels: Vec<&str> =
        domain.trim().trim_end_matches(|c: char| !c.is_alphanumeric()).split('.').collect();
    let named =
        local.chars().next_back().is_some_and(|c| c.is_alphanumeric() || "_+-.".contains(c));
    let top = labels
        .last()
        .is_some_and(|label| label.len() > 1 && label.chars().all(char::is_alphabetic));
    named && labels.len() > 1 && top
}

/// A line as HTML: what is between backticks is a `<code>` element, and all text is escaped.
pub fn with_code(line: &str) -> String {
    let mut html = String::new();
    let mut rest = line;
    while let Some((before, code, after)) = first_code(rest) {
        html.push_str(&escape::escaped(before));
        html.extend(["<code>", &escape::escaped(code), "</code>"]);
        rest = after;
    }
    html.push_str(&escape::escaped(rest));
    html
}

/// The first span of code in a line, with the text before and after it. As in Markdown, as many
/// backticks end it as began it.
fn first_code(line: &str) -> Option<(&str, &str, &str)> {
    let (before, fenced) = line.split_at(line.find('`')?);
    let inside = fenced.trim_start_matches('`');
    let fence = &fenced[..fenced.len() - inside.len()];
    let (code, after) = inside.split_once(fence)?;
    Some((before, code, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_reaches_the_site() {
        let body = "Why it is so,\nin two lines.\n\n\nCo-authored-by: Mara Lindqvist <mara@forge.example>\nSee jo.x+y@a.example, or not.\n";
        let expected: [&[&str]; 2] = [
            &["Why it is so,", "in two lines."],
            &["Co-authored-by: Mara Lindqvist", "See or not."],
        ];
        assert_eq!(paragraphs(body, false), expected);
        let expected: [&[&str]; 2] = [&["Why it is so,", "in two lines."], &["See or not."]];
        assert_eq!(paragraphs(body, true), expected);
        for kept in ["use @pytest.fixture here", "pin left-pad@1.3.0", "git@host", "a @ b.c"] {
            assert_eq!(without_addresses(kept), kept);
        }
        assert!(paragraphs(" \n", false).is_empty());
    }

    #[test]
    fn backticks_become_code_and_nothing_becomes_markup() {
        assert_eq!(
            with_code("Add `edit` and `<b>`, but <i>"),
            "Add <code>edit</code> and <code>&lt;b&gt;</code>, but &lt;i&gt;"
        );
        assert_eq!(with_code("a ``b`c`` d"), "a <code>b`c</code> d");
        for plain in ["", "one ` alone", "``", "none"] {
            assert_eq!(with_code(plain), plain);
        }
    }
}
