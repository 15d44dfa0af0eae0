//! Builds the whole site in memory from a real repository whose names, authors and messages are
//! hostile. Every link leads somewhere, no input becomes markup, and two builds have the same
//! bytes.

use std::collections::{BTreeMap, BTreeSet};

use covatlas::Result;
use covatlas::analysis::codeowners::CodeOwners;
use covatlas::analysis::contributors::Shown;
use covatlas::analysis::groups::rules::Grouping;
use covatlas::analysis::{self, Caches, Request, Sources};
use covatlas::config::{Config, Globs};
use covatlas::forge::WebPages;
use covatlas::git::{Id, Repo};
use covatlas::history::{self, History, Options, SuiteOptions};
use covatlas::report::{Arm, Branch, Dimension, FileCoverage, Function, Hits, Line, Warning};
use covatlas::site::{self, Atlas, Sink, pages};
use covatlas::store::{FileRecord, Input, Key, Snapshot, Store, Unmatched};

use crate::harness::{self, Project};

const DAY: i64 = 24 * 60 * 60;
const COMMITS: usize = 40;
const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

/// Paths that break careless code: markup, quotes, URLs, reserved and hidden names, bidirectional
/// controls.
const NASTY: [&str; 8] = [
    "src/\"><img src=x onerror=alert(1)>.py",
    "src/<script>.py",
    "src/a#b?c%20d.py",
    "src/con.py",
    "src/index",
    "src/ra\u{202e}fdp.py",
    "src/javascript:alert(1).py",
    "src/.hidden/ünï'code.py",
];

const PLAIN: [&str; 12] = [
    "src/click/core.py",
    "src/click/types.py",
    "src/click/parser.py",
    "src/click/decorators.py",
    "src/click/_compat.py",
    "src/click/testing.py",
    "src/click/termui.py",
    "src/click/shell_completion.py",
    "src/click/formatting.py",
    "src/click/utils.py",
    "src/Click/core.py",
    "setup.py",
];

/// Owners by name, team and e-mail address, and lines that GitHub rejects, with markup and an
/// address in them.
const OWNERS: &str = "\
*.py @ada
src/click/ @group/team jo@forge.example.com
src/Click/ @Ada
<script>alert(1)</script>*** @x
a <b>mara@forge.example.com</b>>
";

/// A site in memory.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    keys: BTreeMap<String, String>,
    /// The number of files that were not made again.
    kept: usize,
}

impl Sink for Memory {
    fn keep(&mut self, path: &str, key: &str) -> bool {
        let same = self.keys.get(path).is_some_and(|known| known == key);
        self.kept += usize::from(same);
        same
    }

    fn put(&mut self, path: &str, key: &str, bytes: &[u8]) -> Result<()> {
        let old = self.files.insert(path.to_owned(), bytes.to_vec());
        assert!(
            old.is_none() || self.keys.get(path).is_none_or(|known| known != key),
            "{path} is written twice"
        );
        self.keys.insert(path.to_owned(), key.to_owned());
        Ok(())
    }
}

/// The number of lines of a file: longer names have more.
fn size(path: &str) -> usize {
    20 + path.len() * 3
}

fn text(path: &str, edits: usize) -> String {
    (0..size(path))
        .map(|line| {
            if line < edits { format!("edited {edits} {line}\n") } else { format!("line {line}\n") }
        })
        .collect()
}

/// The coverage at a commit: it increases, except for a loss at commit 30.
fn coverage(path: &str, at: usize, share: usize) -> FileCoverage {
    let count = size(path);
    let reached = count
        * (share + at.min(30) / 2 - usize::from(at == 30) * 3 + at.saturating_sub(30) / 4)
        / 100;
    let hits = |number: usize| Hits::exactly(if number <= reached { 3 } else { 0 });
    let lines: Vec<Line> = (1..=count)
        .filter(|line| line % 7 != 0)
        .map(|number| Line { number: number as u32, hits: hits(number) })
        .collect();
    let branches = lines.iter().filter(|line| line.number % 5 == 0).flat_map(|line| {
        let second = if line.number % 10 == 0 { Hits::ZERO } else { line.hits };
        [(0, line.hits), (1, second)].map(|(arm, hits)| Branch {
            line: line.number,
            block: 0,
            arm: Arm::Index(arm),
            hits,
        })
    });
    let functions = lines.iter().filter(|line| line.number % 15 == 1);
    let functions = functions.map(|line| Function {
        start: line.number,
        name: format!("{HOSTILE}{}", line.number).into(),
        end: None,
        hits: line.hits,
    });
    FileCoverage {
        branches: branches.collect(),
        functions: functions.collect(),
        lines,
        ..FileCoverage::default()
    }
}

fn snapshot(repo: &Repo, commit: Id, suite: &str, (at, share): (usize, usize)) -> Snapshot {
    let record = |path: &str| FileRecord {
        source: repo.at(commit, path).expect("the tree is there"),
        coverage: coverage(path, at, share),
    };
    let paths = PLAIN.iter().chain(&NASTY);
    let files = paths.map(|path| ((*path).to_owned(), record(path))).collect();
    let key = Key::new(commit, suite, "linux").expect("the names are fine");
    let mut snapshot = Snapshot::new(key, files);
    let run = &mut snapshot.run;
    run.inputs = vec![Input { format: "lcov".to_owned(), digest: "5f".repeat(32) }];
    run.branch = Some("main".to_owned());
    run.root = Some("/builds/<b>".to_owned());
    run.unmatched = vec![
        Unmatched {
            path: format!("build/{HOSTILE}"),
            nearest: Some(NASTY[0].to_owned()),
            why: Some("untracked".to_owned()),
            reason: Some(NASTY[0].to_owned()),
        },
        Unmatched { path: "generated/x.py".to_owned(), nearest: None, why: None, reason: None },
    ];
    run.dirty = vec![NASTY[1].to_owned()];
    run.warnings = vec![Warning { line: Some(1234), message: HOSTILE.to_owned() }];
    snapshot
}

/// Forty commits: unit always, e2e until three before the end (carried forward), windows only at
/// the start (missing).
fn project() -> Project {
    let project = Project::new();
    let mut snapshots = Vec::new();
    let edited: Vec<&str> = PLAIN.iter().chain(&NASTY).copied().collect();
    for path in &edited {
        project.write(path, text(path, 0));
    }
    let mut commits = Vec::new();
    for at in 0..COMMITS {
        project.at(1_780_000_000 + i64::try_from(at).expect("forty fit") * 2 * DAY);
        let path = edited[at * 7 % edited.len()];
        project.write(path, text(path, at / 4 + 1));
        let message = if at % 13 == 12 {
            format!("{HOSTILE} change {at}")
        } else {
            format!("Change {at} of {}", path.rsplit('/').next().unwrap_or(path))
        };
        commits.push(project.commit_by(
            &format!(
                "{} <m@example.com>",
                if at % 13 == 12 { "M<b>\u{202e}" } else { "Mara Lindqvist" }
            ),
            &message,
        ));
        if at == 20 {
            project.git(["tag", "v8.2.0"]);
        }
    }
    let repo = Repo::discover(project.root()).expect("it is a repository");
    for (at, commit) in commits.iter().enumerate() {
        let commit = commit.parse().expect("git prints full ids");
        snapshots.push(snapshot(&repo, commit, "unit", (at, 70)));
        if at < COMMITS - 3 {
            snapshots.push(snapshot(&repo, commit, "e2e", (at, 40)));
        }
        if at < 3 {
            snapshots.push(snapshot(&repo, commit, "windows", (at, 20)));
        }
    }
    harness::put(&project, &snapshots);
    project
}

/// Builds the site of a project into a sink, with targets and a hostile page of the user's.
pub(crate) fn build(project: &Project, config: &Config, sink: &mut Memory) -> History {
    let repo = Repo::discover(project.root()).expect("it is a repository");
    let store = Store::open(&repo, "covatlas").expect("the store can be opened");
    let options = Options {
        branch: "main".to_owned(),
        branch_from: "configuration".to_owned(),
        tip: project.rev("main").parse().expect("git prints full ids"),
        suites: BTreeMap::from([(
            "unit".to_owned(),
            SuiteOptions { parts: Some(2), ..SuiteOptions::default() },
        )]),
    };
    let history = history::load(&repo, &store, &options).expect("there is a timeline");
    let owners = Some(CodeOwners::parse(".github/CODEOWNERS", OWNERS));
    let grouping = Grouping { owners, components: config.components.clone(), unread: None };
    let sources = Sources::new(&repo, &store);
    let request = Request {
        grouping,
        contributors: Some(Shown { is_bot: &|_| false, anonymous: false }),
        ..Request::default()
    };
    let (analyses, _) = analysis::assemble(&sources, &history, request, &Caches::default())
        .expect("all can be read");
    let content = BTreeMap::from([(
        "team.md".to_owned(),
        format!("# {HOSTILE}\n\n{HOSTILE}\n\n[a](javascript:alert(1)) [m](method.md#rounding)\n"),
    )]);
    let atlas = Atlas {
        project: format!("click {HOSTILE}"),
        web: WebPages::of_remote("https://user:token@github.com/pallets/click.git"),
        config,
        history: &history,
        analyses: &analyses,
        objects: sources.objects(),
        overrides: BTreeMap::new(),
        content,
    };
    site::build(&atlas, sink).expect("the site can be built");
    history
}

fn targets() -> Config {
    let targets = BTreeMap::from([(Dimension::Lines, 88.0), (Dimension::Branches, 60.0)]);
    let globs = |globs: &[&str]| {
        Globs::new(globs.iter().map(|&glob| glob.to_owned()).collect()).expect("they are globs")
    };
    let components = BTreeMap::from([
        (HOSTILE.to_owned(), globs(&["src/click/", "{<b>,setup.py}"])),
        ("index".to_owned(), globs(&["**/con.py"])),
        ("../../up".to_owned(), globs(&["**/*.py"])),
        ("nothing".to_owned(), globs(&["gone/"])),
    ]);
    Config { targets, components, ..Config::default() }
}

/// An element's start tag with its attributes.
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Tag<'a> {
    fn attribute(&self, wanted: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value)
    }
}

/// The start tags of a page, by the rules of our own markup: a name, then attributes with values
/// that are quoted or consist of plain characters. Anything else in a tag is a failure, so that
/// nothing unquoted goes unnoticed.
fn tags<'a>(page: &str, html: &'a str) -> Vec<Tag<'a>> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.starts_with(['/', '!']) {
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).expect("a tag ends");
        assert!(end > 0, "{page}: a bare < before {:?}", rest.chars().take(40).collect::<String>());
        let name = &rest[..end];
        rest = &rest[end..];
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('>').or_else(|| rest.strip_prefix("/>")) {
                rest = after;
                break;
            }
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
                .expect("an attribute ends");
            assert!(
                end > 0,
                "{page}: no attribute of <{name}> is {:?}",
                rest.chars().take(40).collect::<String>()
            );
            let attribute = &rest[..end];
            rest = &rest[end..];
            let mut value = "";
            if let Some(after) = rest.strip_prefix('=') {
                if let Some(quoted) = after.strip_prefix('"') {
                    let end = quoted.find('"').expect("a quote ends");
                    (value, rest) = (&quoted[..end], &quoted[end + 1..]);
                } else {
                    let end = after.find([' ', '>']).expect("a value ends");
                    (value, rest) = (&after[..end], &after[end..]);
                    let plain =
                        value.chars().all(|c| c.is_ascii_alphanumeric() || "+-_".contains(c));
                    assert!(plain && !value.is_empty(), "{page}: {attribute}={value} needs quotes");
                }
            }
            attributes.push((attribute, value));
        }
        tags.push(Tag { name, attributes });
    }
    tags
}

fn pages_of(site: &Memory) -> impl Iterator<Item = (&str, &str)> {
    let pages = site.files.iter().filter(|(path, _)| path.strip_suffix(".html").is_some());
    pages.map(|(path, bytes)| (path.as_str(), std::str::from_utf8(bytes).expect("pages are UTF-8")))
}

/// The target of a relative link.
fn resolve(from: &str, link: &str) -> Option<String> {
    let mut at: Vec<&str> = from.split('/').collect();
    at.pop();
    for step in link.split('/') {
        match step {
            ".." => {
                at.pop()?;
            }
            step => at.push(step),
        }
    }
    Some(at.join("/"))
}

fn check_links(site: &Memory) {
    let ids: BTreeMap<&str, BTreeSet<String>> = pages_of(site)
        .map(|(page, html)| {
            let mut ids = BTreeSet::new();
            for tag in tags(page, html) {
                if let Some(id) = tag.attribute("id") {
                    assert!(ids.insert(id.to_owned()), "{page}: the id {id} stands twice");
                }
            }
            (page, ids)
        })
        .collect();
    let mut broken = Vec::new();
    for (page, html) in pages_of(site) {
        for tag in tags(page, html) {
            for name in ["href", "src", "data-src", "data-lexer", "data-echarts"] {
                let Some(link) = tag.attribute(name) else { continue };
                if link.starts_with("https://") && tag.name == "a" {
                    continue;
                }
                assert!(!link.contains(':') && !link.starts_with('/'), "{page}: {name}={link}");
                let (path, id) =
                    link.split_once('#').map_or((link, None), |(path, id)| (path, Some(id)));
                let place =
                    if path.is_empty() { Some(page.to_owned()) } else { resolve(page, path) };
                let Some(place) = place.filter(|place| site.files.contains_key(place)) else {
                    broken.push(format!("{page}: {link}"));
                    continue;
                };
                // `#L1-L9` and `#table.sort=…` are read by scripts; `#` leads to the top.
                let id = id.filter(|id| {
                    !(id.is_empty()
                        || id.contains(['.', '='])
                        || (id.starts_with('L') && id.contains('-')))
                });
                if let Some(id) =
                    id.filter(|id| !ids.get(place.as_str()).is_some_and(|ids| ids.contains(*id)))
                {
                    broken.push(format!("{page}: {link} has no element {id}"));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{} broken links:\n{}", broken.len(), broken.join("\n"));
}

fn check_markup(site: &Memory) {
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:";
    for (page, html) in pages_of(site) {
        let tags = tags(page, html);
        let policies = tags
            .iter()
            .filter(|tag| tag.attribute("http-equiv") == Some("Content-Security-Policy"));
        assert_eq!(
            policies.map(|tag| tag.attribute("content")).collect::<Vec<_>>(),
            [Some(POLICY)],
            "{page}"
        );
        for tag in &tags {
            assert!(
                !["style", "img", "iframe", "object", "base", "form"].contains(&tag.name),
                "{page} has <{}>",
                tag.name
            );
            assert!(
                tag.name != "script" || tag.attribute("src").is_some(),
                "{page} has a script of its own"
            );
            for (name, value) in &tag.attributes {
                assert!(!name.starts_with("on"), "{page}: <{}> has {name}", tag.name);
                let properties = value.split(';').all(|property| {
                    let number = property
                        .split_once(':')
                        .filter(|(name, _)| name.starts_with("--"))
                        .map(|(_, value)| value);
                    number
                        .is_some_and(|number| number.trim_end_matches("px").parse::<f64>().is_ok())
                });
                assert!(*name != "style" || properties, "{page}: style={value:?}");
            }
        }
        for scripts in html.split("<script").skip(1) {
            assert!(scripts.starts_with(" src=\""), "{page} opens a script: {:?}", &scripts[..20]);
        }
        assert!(!html.contains('\u{202e}'), "{page} holds a bidirectional control");
        assert!(!html.contains("example.com"), "{page} holds an e-mail address");
    }
    for (path, bytes) in &site.files {
        let text = String::from_utf8_lossy(bytes);
        if path.starts_with("data/") {
            assert!(!text.contains('<'), "{path} holds markup");
            assert!(!text.contains("example.com"), "{path} holds an e-mail address");
        }
    }
}

#[test]
fn the_site_of_a_hostile_project_is_whole_and_harmless() {
    let project = project();
    let mut site = Memory::default();
    build(&project, &targets(), &mut site);
    let expected = pages::PAGES.iter().filter_map(|page| page.nav.as_ref()).map(|nav| nav.href);
    for page in expected {
        assert!(site.files.contains_key(page), "{page} is missing");
    }
    check_links(&site);
    check_markup(&site);

    let root = project.root().display().to_string();
    for (path, bytes) in &site.files {
        assert!(
            !String::from_utf8_lossy(bytes).contains(&root),
            "{path} names a folder of this machine"
        );
    }

    let mut again = Memory::default();
    build(&project, &targets(), &mut again);
    assert!(site.files == again.files, "two builds differ");

    // A build into its own output makes nothing.
    let files = site.files.len();
    build(&project, &targets(), &mut site);
    assert_eq!(site.kept, files);

    if let Some(folder) = std::env::var_os("COVATLAS_TEST_SITE") {
        for (path, bytes) in &site.files {
            let file = std::path::Path::new(&folder).join(path);
            std::fs::create_dir_all(file.parent().expect("a file has a folder"))
                .expect("folders can be made");
            std::fs::write(file, bytes).expect("a file can be written");
        }
    }
}

#[test]
fn the_dashboard_says_what_the_figures_say() {
    let project = project();
    let mut site = Memory::default();
    let history = build(&project, &targets(), &mut site);
    let page = String::from_utf8(site.files["index.html"].clone()).expect("pages are UTF-8");
    let lines =
        history.points[COMMITS - 1].totals.get(&Dimension::Lines).expect("lines are measured");
    let tenths = lines.covered * 1000 / lines.total;
    assert!(
        page.contains(&format!("<b>{}.{}% of lines are covered, ", tenths / 10, tenths % 10)),
        "the first sentence"
    );
    assert!(
        page.contains(
            "One suite was measured at this commit; e2e is carried forward, windows is missing."
        ),
        "the suites"
    );
    assert!(
        page.contains("4 paths in the reports")
            || page.contains("2 paths in the reports match no file"),
        "the unmatched paths"
    );
    assert!(page.contains("target 88"), "the target");

    // Without targets, nothing misses one.
    let mut plain = Memory::default();
    build(&project, &Config::default(), &mut plain);
    let page = String::from_utf8(plain.files["index.html"].clone()).expect("pages are UTF-8");
    assert!(!page.contains("target") && !page.contains("--t:"), "a target that nobody set");
}

/// A box of the heat map: its edges in % of the map, whether it is the frame of a directory, and
/// the path in its tooltip.
struct MapBox {
    edges: [f64; 4],
    is_frame: bool,
    path: String,
    tip: String,
}

/// The boxes of a map of the dashboard, by its class.
fn map_boxes(page: &str, class: &str) -> Vec<MapBox> {
    let map = page.split_once(&format!("<ul class=\"map {class}\"")).expect("the map").1;
    let map = map.split_once("</ul>").expect("its end").0;
    let plain = |html: &str| html.replace("<wbr>", "");
    map.split("<li")
        .skip(1)
        .map(|item| {
            let style =
                item.split_once("style=\"").expect("a style").1.split_once('"').expect("its end").0;
            let numbers: Vec<f64> =
                style.split([':', ';']).filter_map(|number| number.parse().ok()).collect();
            let [x, y, w, h] = numbers[..] else { panic!("four numbers: {style}") };
            let tip = item.split_once("<b class=\"mono\">").expect("a path").1;
            let (path, tip) = tip.split_once("</b>").expect("its end");
            MapBox {
                edges: [x, y, x + w, y + h],
                is_frame: item.starts_with(" class=\"group\""),
                path: plain(path),
                tip: plain(tip.split_once("</span>").expect("its end").0),
            }
        })
        .collect()
}

#[test]
fn the_heat_map_groups_files_under_their_directory() {
    let lines = |count: u32| FileRecord {
        source: None,
        coverage: FileCoverage {
            lines: (1..=count).map(|number| Line { number, hits: Hits::exactly(1) }).collect(),
            ..FileCoverage::default()
        },
    };
    let files = [("lib/net/tcp.rs", 400), ("lib/net/udp.rs", 300), ("lib/main.rs", 300)];
    let files = files.into_iter().chain([("tests/all.rs", 500), ("tests/net.rs", 501)]);
    let files = files.map(|(path, count)| (path.to_owned(), lines(count))).collect();
    let mut site = Memory::default();
    build(&young(files), &Config::default(), &mut site);
    let page = String::from_utf8(site.files["index.html"].clone()).expect("pages are UTF-8");

    for class in ["wide", "narrow"] {
        let boxes = map_boxes(&page, class);
        let paths = |is_frame| -> BTreeSet<&str> {
            let boxes = boxes.iter().filter(|found| found.is_frame == is_frame);
            boxes.map(|found| found.path.as_str()).collect()
        };
        assert_eq!(paths(true), BTreeSet::from(["lib/", "lib/net/", "tests/"]), "{class}");
        let all =
            ["lib/main.rs", "lib/net/tcp.rs", "lib/net/udp.rs", "tests/all.rs", "tests/net.rs"];
        assert_eq!(paths(false), BTreeSet::from(all), "{class}");
        for inner in boxes.iter().filter(|found| !found.is_frame) {
            for frame in boxes.iter().filter(|found| found.is_frame) {
                let [left, top, right, bottom] = inner.edges;
                let [x, y, to_x, to_y] = frame.edges;
                let is_inside = left >= x && right <= to_x && top >= y && bottom <= to_y;
                assert_eq!(is_inside, inner.path.starts_with(&frame.path), "{}", inner.path);
            }
        }
        let tip = |path| &boxes.iter().find(|found| found.path == path).expect("a box").tip;
        assert_eq!(tip("lib/net/tcp.rs"), "100.0%, 400 of 400 lines", "{class}");
        assert_eq!(tip("lib/"), "3 files, 100.0%, 1,000 of 1,000 lines", "{class}");
    }
}

#[test]
fn pages_lead_to_the_forge_without_credentials() {
    let mut site = Memory::default();
    let history = build(&project(), &Config::default(), &mut site);
    let newest = history.points[COMMITS - 1].commit.id;
    let text = |path: &str| String::from_utf8(site.files[path].clone()).expect("pages are UTF-8");
    let link = |place: &str| {
        format!("href=\"https://github.com/pallets/click/{place}\" rel=\"noopener noreferrer\"")
    };
    let commit = text(&format!("commits/{newest}.html"));
    assert!(commit.contains(&link(&format!("commit/{newest}"))), "{commit}");
    let file = text("files/src/click/types.py.html");
    assert!(file.contains("https://github.com/pallets/click/blob/"), "{file}");
    assert!(file.contains("data-web-line=\"#L{line}\""), "{file}");
    for (path, bytes) in &site.files {
        assert!(!String::from_utf8_lossy(bytes).contains("user:token"), "{path}");
    }
}

#[test]
fn every_page_says_of_which_commit_it_is_without_scripts_and_on_paper() {
    let mut site = Memory::default();
    let history = build(&project(), &Config::default(), &mut site);
    let short = history.points[COMMITS - 1].commit.id.short();
    let style = String::from_utf8(site.files["data/now.css"].clone()).expect("it is ASCII");
    assert!(style.contains(&format!(".asof::before{{content:\"main at {short}")), "{style}");
    for (path, page) in pages_of(&site) {
        let parts = ["data/now.css\">", "class=\"asof\"", "class=\"printed\">click &lt;script"];
        assert!(parts.iter().all(|part| page.contains(part)), "{path}");
    }
}

#[test]
fn the_search_finds_directories() {
    let mut site = Memory::default();
    build(&project(), &Config::default(), &mut site);
    let search = String::from_utf8(site.files["data/search.js"].clone()).expect("it is UTF-8");
    let json = search.split_once(',').expect("a key").1.trim_end().trim_end_matches(')');
    let search: serde_json::Value = serde_json::from_str(json).expect("it is JSON");
    let folders = search["folders"].as_array().expect("a list");
    let paths: Vec<&str> = folders.iter().filter_map(|folder| folder[0].as_str()).collect();
    assert!(["src", "src/click", "src/.hidden"].iter().all(|path| paths.contains(path)));
    for folder in folders {
        let (path, href) = (folder[0].as_str().expect("text"), folder[1].as_str().expect("text"));
        let page = if href.is_empty() { format!("files/{path}/index.html") } else { href.into() };
        assert!(site.files.contains_key(&page), "{page}");
    }
}

/// A project with one commit whose snapshot holds these files.
fn young(files: BTreeMap<String, FileRecord>) -> Project {
    let project = Project::new();
    let commit = project.write("a.py", "a\n").commit("First").parse().expect("git prints full ids");
    let key = Key::new(commit, "unit", "default").expect("the names are fine");
    harness::put(&project, &[harness::snapshot(key, files)]);
    project
}

#[test]
fn a_first_snapshot_has_nothing_to_compare_with() {
    let coverage = FileCoverage {
        lines: vec![Line { number: 1, hits: Hits::exactly(1) }],
        ..FileCoverage::default()
    };
    let project =
        young(BTreeMap::from([("a.py".to_owned(), FileRecord { source: None, coverage })]));
    let mut site = Memory::default();
    build(&project, &Config::default(), &mut site);
    check_links(&site);
    check_markup(&site);
    let page = String::from_utf8(site.files["index.html"].clone()).expect("pages are UTF-8");
    assert!(
        page.contains("<b>100.0% of lines are covered.</b> This is the first snapshot"),
        "the first sentence"
    );
    assert!(
        page.contains("Nothing uncovered") && page.contains("With the next snapshot"),
        "the empty states"
    );
    assert!(!page.contains(">Trend</h2>") && page.contains(">Heat map</h2>"), "the panels");
    let about_change = [">same<", "last 0", "two of 1", "over 1 snapshot", "30 days"];
    for (path, page) in pages_of(&site).filter(|(path, _)| !path.starts_with("guide/")) {
        let main = page.split_once("<main").expect("every page has a main part").1;
        for words in about_change {
            assert!(!main.contains(words), "{path} speaks of change: {words}");
        }
    }
}

#[test]
fn a_snapshot_without_a_line_has_empty_states() {
    let project = young(BTreeMap::new());
    let mut site = Memory::default();
    build(&project, &targets(), &mut site);
    check_links(&site);
    check_markup(&site);
    let page = String::from_utf8(site.files["index.html"].clone()).expect("pages are UTF-8");
    assert!(
        page.contains("No coverage was measured.") && page.contains("No data"),
        "the empty states"
    );
}

#[test]
fn a_users_file_stands_in_for_the_themes() {
    let project = young(BTreeMap::new());
    let repo = Repo::discover(project.root()).expect("it is a repository");
    let store = Store::open(&repo, "covatlas").expect("the store can be opened");
    let tip = project.rev("main").parse().expect("git prints full ids");
    let options = Options {
        branch: "main".to_owned(),
        branch_from: "test".to_owned(),
        tip,
        suites: BTreeMap::new(),
    };
    let history = history::load(&repo, &store, &options).expect("there is a timeline");
    let config = Config::default();
    let overrides = BTreeMap::from([
        (
            "templates/guide-index.html".to_owned(),
            b"{% extends \"frame.html\" %}{% block main %}ours {{ pages|length }}{% endblock %}"
                .to_vec(),
        ),
        ("static/style.css".to_owned(), b"body { color: red }".to_vec()),
        ("static/logo.png".to_owned(), b"png".to_vec()),
    ]);
    let sources = Sources::new(&repo, &store);
    let (analyses, _) =
        analysis::assemble(&sources, &history, Request::default(), &Caches::default())
            .expect("all can be read");
    let atlas = Atlas {
        project: "p".to_owned(),
        web: None,
        config: &config,
        history: &history,
        analyses: &analyses,
        objects: sources.objects(),
        overrides,
        content: BTreeMap::new(),
    };
    let mut site = Memory::default();
    site::build(&atlas, &mut site).expect("the site can be built");
    let page = String::from_utf8(site.files["guide/index.html"].clone()).expect("pages are UTF-8");
    assert!(page.contains("ours 6"), "the user's template");
    assert_eq!(site.files["assets/logo.png"], b"png");
    let styles: Vec<&Vec<u8>> = site
        .files
        .iter()
        .filter(|(path, _)| path.starts_with("assets/") && path.strip_suffix(".css").is_some())
        .map(|(_, bytes)| bytes)
        .collect();
    assert_eq!(styles, [b"body { color: red }"]);
}
