//! Markdown to HTML for the guide, from pages of ours or a user's: the title, the HTML and the
//! headings.
//!
//! Raw HTML is shown as text, links keep only the schemes of the web, links to other Markdown pages
//! lead to their HTML, and pictures become links: no request leaves the site.

use std::borrow::Cow;
use std::collections::BTreeMap;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::hidden;

/// A page made from Markdown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The text of its first heading; none without one.
    pub title: Option<String>,
    /// The text of its first paragraph.
    pub summary: String,
    /// Its body, without the first heading.
    pub html: String,
    /// The headings of the second level: id and text.
    pub sections: Vec<(String, String)>,
}

/// Renders a page.
pub fn render(text: &str) -> Document {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let events: Vec<Event> = Parser::new_ext(text, options).map(harmless).collect();
    let mut document = Document::default();
    let mut ids = BTreeMap::new();
    let mut out: Vec<Event> = Vec::with_capacity(events.len());
    let mut rest = events.into_iter();
    while let Some(event) = rest.next() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let inside: Vec<Event> = rest
                    .by_ref()
                    .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
                    .collect();
                let words = plain(&inside);
                if level == HeadingLevel::H1 && document.title.is_none() {
                    document.title = Some(words);
                    continue;
                }
                // The page has its own first heading.
                let level = if level == HeadingLevel::H1 { HeadingLevel::H2 } else { level };
                let id = unique(&slug(&words), &mut ids);
                out.push(Event::Html(format!("<{level} id=\"{id}\">").into()));
                out.extend(inside);
                out.push(Event::Html(format!("</{level}>\n").into()));
                if level == HeadingLevel::H2 {
                    document.sections.push((id, words));
                }
            }
            Event::Start(Tag::Table(alignment)) => {
                out.push(Event::Html(CowStr::Borrowed(
                    "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Table\">",
                )));
                out.push(Event::Start(Tag::Table(alignment)));
            }
            Event::End(TagEnd::Table) => {
                out.push(Event::End(TagEnd::Table));
                out.push(Event::Html(CowStr::Borrowed("</div>\n")));
            }
            other => out.push(other),
        }
    }
    document.summary = summary(&out);
    html::push_html(&mut document.html, out.into_iter());
    document.html = adapted(&document.html);
    document
}

/// Code blocks that the keyboard can scroll, and no inline style, which the site's policy forbids.
fn adapted(html: &str) -> String {
    html.replace("<pre>", "<pre tabindex=\"0\">")
        .replace(" style=\"text-align: right\"", " class=\"num\"")
        .replace(" style=\"text-align: left\"", "")
        .replace(" style=\"text-align: center\"", "")
}

/// Raw HTML as text, pictures as links, and no link that does more than lead somewhere.
fn harmless(event: Event) -> Event {
    match event {
        Event::Html(text) | Event::InlineHtml(text) | Event::Text(text) => Event::Text(shown(text)),
        Event::Code(text) => Event::Code(shown(text)),
        Event::Start(
            Tag::Link { link_type, dest_url, title, id }
            | Tag::Image { link_type, dest_url, title, id },
        ) => Event::Start(Tag::Link { link_type, dest_url: target(&dest_url).into(), title, id }),
        Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
        // Info strings become classes; those of users are not needed.
        Event::Start(Tag::CodeBlock(_)) => {
            Event::Start(Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Indented))
        }
        other => other,
    }
}

/// Hidden characters as their code points.
fn shown(text: CowStr) -> CowStr {
    match hidden::shown(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(shown) => shown.into(),
    }
}

/// Where a link leads: the web, a place in the site, or nowhere. `page.md#part` becomes
/// `page.html#part`.
fn target(url: &str) -> String {
    let head = url.split(['/', '?', '#']).next().unwrap_or_default();
    let web = ["http://", "https://"].iter().any(|scheme| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    if web {
        return url.to_owned();
    }
    // A scheme, a host, the root of another site, or a way around the check.
    if head.contains(':') || url.starts_with(['/', '\\']) || url.contains(|c: char| c.is_control())
    {
        return "#".to_owned();
    }
    let (path, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    match path.strip_suffix(".md") {
        Some(page) => format!("{page}.html{fragment}"),
        None => url.to_owned(),
    }
}

fn plain(events: &[Event]) -> String {
    let text = events.iter().filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
        Event::SoftBreak | Event::HardBreak => Some(" "),
        _ => None,
    });
    text.collect()
}

/// The text of the first paragraph.
fn summary(events: &[Event]) -> String {
    let start = events.iter().position(|event| matches!(event, Event::Start(Tag::Paragraph)));
    let Some(start) = start else { return String::new() };
    let end =
        events[start..].iter().position(|event| matches!(event, Event::End(TagEnd::Paragraph)));
    plain(&events[start..start + end.unwrap_or(0)])
}

/// An id from words: lower case letters and digits, joined by hyphens.
fn slug(words: &str) -> String {
    let parts = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let slug = parts.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-");
    if slug.is_empty() { "section".to_owned() } else { slug }
}

fn unique(slug: &str, seen: &mut BTreeMap<String, usize>) -> String {
    let mut id = slug.to_owned();
    while seen.contains_key(&id) {
        let count = seen.entry(slug.to_owned()).or_default();
        *count += 1;
        id = format!("{slug}-{count}");
    }
    seen.insert(id.clone(), 1);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_ids_and_the_first_is_the_title() {
        let document = render(
            "# The `title`\n\nFirst *words*.\n\n## One & two\n\n## One & two\n\n# Another\n",
        );
        assert_eq!(document.title.as_deref(), Some("The title"));
        assert_eq!(document.summary, "First words.");
        let ids: Vec<_> = document.sections.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["one-two", "one-two-2", "another"]);
        assert!(
            document.html.contains("<h2 id=\"one-two\">One &amp; two</h2>"),
            "{}",
            document.html
        );
    }

    #[test]
    fn markup_is_text_and_schemes_are_few() {
        let html = render("<script>alert(1)</script>\n\na <b onclick=x>b</b>\n\n[x](javascript:alert(1)) [y](JaVaScript:x) ![z](data:x,y) [m](mailto:a@b)").html;
        for bad in ["<script", "<b ", "javascript", "JaVaScript", "data:", "mailto", "<img"] {
            assert!(!html.contains(bad), "{bad} in {html}");
        }
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{html}");
        let html =
            render("[a](method.md#rounding) [b](https://example.com/x.md) [c](//host/x) [d](<java\tscript:x>)").html;
        assert!(
            html.contains("href=\"method.html#rounding\"")
                && html.contains("href=\"https://example.com/x.md\""),
            "{html}"
        );
        assert!(!html.contains("host") && !html.contains("script:"), "{html}");
    }

    #[test]
    fn tables_scroll_and_have_no_inline_style() {
        let html = render("| a | b |\n|---|--:|\n| 1 | 2 |\n").html;
        assert!(html.contains("class=\"scroll\"") && html.contains("class=\"num\""), "{html}");
        assert!(!html.contains("style="), "{html}");
    }
}
