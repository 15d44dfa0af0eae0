//! The text of a commit's message as pages show it.
//!
//! In: a message, which anyone may have written. Out: paragraphs of lines without e-mail addresses
//! (trailers such as `Co-authored-by` hold them), which never reach the site.

/// Lines of a message that are shown.
const MOST_LINES: usize = 200;

/// The paragraphs of a body, each its lines, without addresses; where people have no names, without
/// the trailers that name some.
pub fn paragraphs(body: &str, anonymous: bool) -> Vec<Vec<String>> {
    let shown = |line: &&str| !(anonymous && names_somebody(line));
    let lines: Vec<&str> = body.trim().lines().filter(shown).take(MOST_LINES).collect();
    let paragraphs = lines.split(|line| line.trim().is_empty()).filter(|lines| !lines.is_empty());
    paragraphs.map(|lines| lines.iter().map(|line| without_addresses(line)).collect()).collect()
}

/// Whether a line is a trailer such as `Co-authored-by: Ada <ada@example.com>` or `Signed-off-by`.
fn names_somebody(line: &str) -> bool {
    let key = line.split_once(": ").map_or("", |(key, _)| key);
    key.len() > 3 && key.to_ascii_lowercase().ends_with("-by") && !key.contains(' ')
}

/// A line without what looks like an e-mail address; a name before it stays.
pub fn without_addresses(line: &str) -> String {
    let words = line.split_inclusive(char::is_whitespace).filter(|word| !is_address(word));
    words.collect::<String>().trim_end().to_owned()
}

/// Whether a word holds `x@y.z`; `@decorator`, `user@host` and `package@1` are none.
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
}
