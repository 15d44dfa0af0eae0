//! Splits the lines of a CODEOWNERS file, in either syntax, into a pattern and owners, and reports
//! the words that cannot be owners.

/// The meaning of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'t> {
    /// Nothing: empty, or a comment.
    Blank,
    /// A section's heading with the owners of lines that name none (GitLab).
    Section { name: &'t str, owners: Words<'t> },
    /// A pattern and its owners.
    Entry { pattern: &'t str, owners: Words<'t> },
}

/// The words where owners are expected.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words<'t> {
    pub(super) owners: Vec<&'t str>,
    /// Those that are neither a name with `@` nor an address.
    pub(super) others: Vec<&'t str>,
}

/// Reads a line of GitHub's syntax: comments may follow the owners.
pub(super) fn github(line: &str) -> Line<'_> {
    entry(line, |words| {
        words.split_whitespace().take_while(|word| !word.starts_with('#')).collect()
    })
}

/// Reads a line of GitLab's syntax: "inline comments are unsupported, any owners listed in a
/// comment are parsed".
pub(super) fn gitlab(line: &str) -> Line<'_> {
    heading(line.trim()).unwrap_or_else(|| entry(line, |words| words.split_whitespace().collect()))
}

/// A heading `^[name][approvals] owners`; none for any other line, also one whose bracket is not
/// closed.
pub(super) fn heading(line: &str) -> Option<Line<'_>> {
    let (name, rest) = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?.split_once(']')?;
    let approvals = |rest: &'_ str| {
        let (number, _) = rest.strip_prefix('[')?.split_once(']')?;
        number.bytes().all(|byte| byte.is_ascii_digit()).then_some(number.len() + 2)
    };
    let rest = approvals(rest).map_or(rest, |length| &rest[length..]);
    let separate = rest.is_empty() || rest.starts_with(char::is_whitespace);
    let words = rest.split_whitespace().collect();
    (separate && !name.trim().is_empty())
        .then(|| Line::Section { name: name.trim(), owners: sorted(words) })
}

fn entry<'t>(line: &'t str, words: impl Fn(&'t str) -> Vec<&'t str>) -> Line<'t> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Line::Blank;
    }
    let (pattern, rest) = line.split_at(end_of_pattern(line));
    Line::Entry { pattern, owners: sorted(words(rest)) }
}

/// The position of the first white space that follows no backslash.
fn end_of_pattern(line: &str) -> usize {
    let mut escaped = false;
    let end = line.char_indices().find(|&(_, c)| {
        let ends = c.is_whitespace() && !escaped;
        escaped = !escaped && c == '\\';
        ends
    });
    end.map_or(line.len(), |(at, _)| at)
}

fn sorted(words: Vec<&str>) -> Words<'_> {
    let (owners, others) = words.into_iter().partition(|word| is_owner(word));
    Words { owners, others }
}

/// `@name`, `@group/team`, `@@role`, or an address.
fn is_owner(word: &str) -> bool {
    let plain = |name: &str| {
        !name.is_empty()
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+'))
    };
    match word.strip_prefix('@') {
        Some(name) => plain(name.strip_prefix('@').unwrap_or(name)),
        None => {
            word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && plain(domain))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_as_gitlab_documents_them() {
        let section = |line| match heading(line) {
            Some(Line::Section { name, owners }) => Some((name, owners.owners)),
            _ => None,
        };
        assert_eq!(section("[Section name]"), Some(("Section name", vec![])));
        assert_eq!(section("^[Section name]"), Some(("Section name", vec![])));
        assert_eq!(section("[Section name][5]"), Some(("Section name", vec![])));
        assert_eq!(
            section("[Section name][2] @group @subgroup"),
            Some(("Section name", vec!["@group", "@subgroup"]))
        );
        assert_eq!(section("[Section name"), None);
        assert_eq!(section("[Section name]{2} @group"), None);
        assert_eq!(section("docs/ @docs"), None);
    }

    #[test]
    fn spaces_may_be_escaped_and_comments_follow() {
        let owners = Words { owners: vec!["@space-owner"], others: vec![] };
        let pattern = "path\\ with\\ spaces/";
        assert_eq!(
            github("path\\ with\\ spaces/ @space-owner # @nobody"),
            Line::Entry { pattern, owners }
        );
        let owners = Words { owners: vec!["@a", "@b"], others: vec!["#"] };
        assert_eq!(gitlab("x\t@a # @b"), Line::Entry { pattern: "x", owners });
        assert_eq!(github("  # nothing"), Line::Blank);
    }

    #[test]
    fn an_owner_has_an_at_sign() {
        for owner in [
            "@octo-org/octocats",
            "@@maintainer",
            "docs@example.com",
            "@group/with-nested/subgroup",
            "@j_doe.x",
        ] {
            assert!(is_owner(owner), "{owner}");
        }
        for other in ["user_without_at_symbol", "docs@", "@", "@@", "name]{2}", "@a@b"] {
            assert!(!is_owner(other), "{other}");
        }
    }
}
