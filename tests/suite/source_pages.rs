//! Tests pages of files, directories and commits, built from real repositories. Expected values are
//! arithmetic on paper.

use std::collections::BTreeMap;

use covatlas::analysis::{self, Caches, Request, Sources};
use covatlas::config::Config;
use covatlas::git::{Id, Repo};
use covatlas::history::{self, Options};
use covatlas::report::{Arm, Branch, FileCoverage, Function, Hits, Line};
use covatlas::site::{Atlas, Sink, build};
use covatlas::store::{FileRecord, Key, Store};

use crate::harness::{self, Project};

/// A site in memory that keeps unchanged files.
#[derive(Default)]
struct Site {
    pages: BTreeMap<String, String>,
    keys: BTreeMap<String, String>,
    written: Vec<String>,
}

impl Sink for Site {
    fn keep(&mut self, path: &str, key: &str) -> bool {
        self.keys.get(path).is_some_and(|known| known == key)
    }

    fn put(&mut self, path: &str, key: &str, bytes: &[u8]) -> covatlas::Result<()> {
        assert!(!self.written.contains(&path.to_owned()), "{path} is written twice");
        self.written.push(path.to_owned());
        self.pages
            .insert(path.to_owned(), String::from_utf8(bytes.to_vec()).expect("pages are UTF-8"));
        self.keys.insert(path.to_owned(), key.to_owned());
        Ok(())
    }
}

impl Site {
    /// Builds the site of a project in its current state, into the earlier build.
    fn build(&mut self, project: &Project) {
        self.written.clear();
        let repo = Repo::discover(project.root()).expect("it is a repository");
        let store = Store::open(&repo, "covatlas").expect("the store can be opened");
        let tip = repo.resolve("main").expect("main exists");
        let options = Options {
            branch: "main".into(),
            branch_from: "main".into(),
            tip,
            suites: BTreeMap::new(),
        };
        let history = history::load(&repo, &store, &options).expect("there is a timeline");
        let config = Config::default();
        let sources = Sources::new(&repo, &store);
        let (analyses, _) =
            analysis::assemble(&sources, &history, Request::default(), &Caches::default())
                .expect("all can be read");
        let atlas = Atlas {
            project: "project".into(),
            web: None,
            config: &config,
            history: &history,
            analyses: &analyses,
            objects: sources.objects(),
            overrides: BTreeMap::new(),
            content: BTreeMap::new(),
        };
        build(&atlas, self).expect("the site can be built");
    }

    fn of(project: &Project) -> Self {
        let mut site = Self::default();
        site.build(project);
        site
    }

    fn page(&self, path: &str) -> &str {
        self.pages.get(path).unwrap_or_else(|| panic!("no page {path} in {:?}", self.pages.keys()))
    }

    fn written_below(&self, folder: &str) -> Vec<&str> {
        self.written.iter().map(String::as_str).filter(|path| path.starts_with(folder)).collect()
    }
}

/// Stores a snapshot of one suite at a commit.
fn record(project: &Project, commit: &str, files: Vec<(&str, FileCoverage)>) {
    let repo = Repo::discover(project.root()).expect("it is a repository");
    let commit: Id = commit.parse().expect("git prints full ids");
    let files: BTreeMap<String, FileRecord> = files
        .into_iter()
        .map(|(path, coverage)| {
            let source = repo.at(commit, path).expect("the commit is there");
            (path.to_owned(), FileRecord { source, coverage })
        })
        .collect();
    let key = Key::new(commit, "unit", "default").expect("the names are fine");
    harness::put(project, &[harness::snapshot(key, files)]);
}

/// Coverage by one letter per line from line 1: `h` ran, `p` ran with one of two branches, `m` did
/// not run, `.` is not code.
fn marks(marks: &str) -> FileCoverage {
    let mut coverage = FileCoverage::default();
    for (number, mark) in (1..).zip(marks.chars()).filter(|(_, mark)| *mark != '.') {
        coverage.lines.push(Line { number, hits: Hits::exactly(u64::from(mark != 'm')) });
        if mark == 'p' {
            let branch = |arm, hits| Branch {
                line: number,
                block: 0,
                arm: Arm::Index(arm),
                hits: Hits::exactly(hits),
            };
            coverage.branches.extend([branch(0, 1), branch(1, 0)]);
        }
    }
    coverage
}

/// `line 1`, `line 2`, …
fn numbered(count: usize) -> String {
    let lines: Vec<String> = (1..=count).map(|line| format!("line {line}\n")).collect();
    lines.concat()
}

/// The blocks of a source page: `--from`, `--n`, and their lines.
fn blocks(page: &str) -> Vec<(usize, usize, Vec<&str>)> {
    let number = |text: &str| {
        text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("a number")
    };
    let parts = page.split("<ol class=\"src\" style=\"--from:").skip(1);
    parts
        .map(|part| {
            let (head, body) = part.split_once('>').expect("the tag ends");
            let body = body.split_once("</ol>").expect("the block ends").0;
            let n = head.split_once("--n:").expect("the number of lines stands there").1;
            let starts: Vec<usize> = body.match_indices("<li ").map(|(at, _)| at).collect();
            let ends = starts.iter().skip(1).copied().chain([body.len()]);
            (
                number(head),
                number(n),
                starts.iter().zip(ends).map(|(&from, to)| &body[from..to]).collect(),
            )
        })
        .collect()
}

#[test]
fn every_line_has_its_anchor_and_every_block_its_height() {
    let project = Project::new();
    let text = numbered(450);
    let pattern: String = (0..450).map(|line| ['h', 'm', '.', 'p', 'h'][line % 5]).collect();
    let commit = project.write("src/a.py", text).commit("one");
    record(&project, &commit, vec![("src/a.py", marks(&pattern))]);
    let site = Site::of(&project);
    let page = site.page("files/src/a.py.html");
    let blocks = blocks(page);
    assert_eq!(
        blocks.iter().map(|(from, n, _)| (*from, *n)).collect::<Vec<_>>(),
        [(0, 200), (200, 200), (400, 50)]
    );
    let mut number = 0;
    for (_, n, lines) in blocks {
        assert_eq!(lines.len(), n);
        for line in lines {
            let expected = match number % 5 {
                1 => format!("<li id=L{} class=m>line {}", number + 1, number + 1),
                2 => format!("<li id=L{}>line {}", number + 1, number + 1),
                3 => {
                    format!("<li id=L{} class=p data-n=1>line {}<b>1/2</b>", number + 1, number + 1)
                }
                _ => format!("<li id=L{} class=h data-n=1>line {}", number + 1, number + 1),
            };
            assert_eq!(line, expected);
            number += 1;
        }
    }
    assert_eq!(number, 450);
    // 90 lines of each kind: 270 of 360 ran, 90 of 180 branches were taken.
    for figure in [
        "Uncovered 90 ",
        "Partial 90 ",
        "Covered 180 ",
        "<b>75.0%</b> 270 of 360 lines",
        "<b>50.0%</b> 90 of 180 branches",
    ] {
        assert!(page.contains(figure), "{figure} is not in the page");
    }
    // Each uncovered line begins a gap. The partial line after the line without code belongs to it.
    assert!(page.contains("data-gaps=\"2-4 7-9 "), "gaps are runs");
}

#[test]
fn hostile_text_stays_text() {
    let project = Project::new();
    let text =
        b"</li></ol><script>alert(1)</script>\r\n\0\xff\x1b[31m\n\xe2\x80\xae\"'>& <!--\nlast";
    let path = "<img src=x onerror=alert(1)>/\u{202e}\"'&.py";
    let commit =
        project.write(path, text).commit("<script>alert(2)</script> by mail@forge.example");
    let function = Function {
        start: 1,
        name: "</a><script>alert(3)</script>".into(),
        end: None,
        hits: Hits::ZERO,
    };
    let coverage = FileCoverage { functions: vec![function], ..marks("mhpm") };
    record(&project, &commit, vec![(path, coverage)]);
    let site = Site::of(&project);
    // Everything but the theme's own scripts: pages, data and search.
    for (name, page) in site.pages.iter().filter(|(name, _)| !name.starts_with("assets/")) {
        for evil in ["<script>", "<img", "\u{202e}", "\0", "<!--", "mail@forge.example"] {
            let may = evil == "\u{202e}" && name.starts_with("data/"); // search compares with paths as they are
            assert!(may || !page.contains(evil), "{evil:?} is in {name}");
        }
    }
    let page = site
        .pages
        .iter()
        .find(|(name, _)| name.starts_with("files/") && name.contains(".py."))
        .expect("it has a page")
        .1;
    let lines: Vec<&str> = blocks(page).remove(0).2;
    assert_eq!(
        lines,
        [
            "<li id=L1 class=m>&lt;/li>&lt;/ol>&lt;script>alert(1)&lt;/script>",
            "<li id=L2 class=h data-n=1><i class=cc>U+0000</i>\u{fffd}<i class=cc>U+001B</i>[31m",
            "<li id=L3 class=p data-n=1><i class=cc>U+202E</i>\"'>&amp; &lt;!--<b>1/2</b>",
            "<li id=L4 class=m>last",
        ]
    );
}

#[test]
fn a_page_that_did_not_change_is_kept() {
    let project = Project::new();
    project.write("a.py", "a\nb\n").write("lib/b.py", "a\nb\n");
    let first = project.commit("one");
    record(&project, &first, vec![("a.py", marks("hm")), ("lib/b.py", marks("hh"))]);
    // The second snapshot changes all pages, because the first one leaves out everything about
    // change.
    let early = project.write("notes", "1\n").commit("notes");
    record(&project, &early, vec![("a.py", marks("hm")), ("lib/b.py", marks("hh"))]);
    let mut site = Site::of(&project);
    let before = site.pages.clone();
    site.build(&project);
    assert_eq!(site.written, Vec::<String>::new());
    let second = project.write("a.py", "a\nc\n").commit("two");
    record(&project, &second, vec![("a.py", marks("hh")), ("lib/b.py", marks("hh"))]);
    site.build(&project);
    assert_eq!(site.written_below("files/"), ["files/index.html", "files/a.py.html"]);
    // The list, the new page, and that of the snapshot before, which now links to it.
    assert_eq!(site.written_below("commits/").len(), 3);
    assert_eq!(before["files/lib/b.py.html"], site.pages["files/lib/b.py.html"]);
}

#[test]
fn directories_list_the_lowest_coverage_first_and_fold_chains() {
    let project = Project::new();
    let files = [
        ("a.py", "hhhm"),
        ("org/deep/er/b.py", "hmmm"),
        ("org/deep/er/c.py", "hhhh"),
        ("z.py", "...."),
    ];
    for (path, _) in files {
        project.write(path, "1\n2\n3\n4\n");
    }
    let commit = project.commit("one");
    record(&project, &commit, files.map(|(path, text)| (path, marks(text))).to_vec());
    let site = Site::of(&project);
    let names = |page: &str| -> Vec<String> {
        let cells = page.split("class=\"name\" data-v=\"").skip(1);
        cells.filter_map(|cell| cell.split('"').next()).map(str::to_owned).collect()
    };
    // 5 of 8 in the directory, 3 of 4 in a.py, nothing in z.py.
    assert_eq!(names(site.page("files/index.html")), ["org/deep/er/", "a.py", "z.py"]);
    assert_eq!(names(site.page("files/org/deep/er/index.html")), ["b.py", "c.py"]);
    assert_eq!(names(site.page("files/org/index.html")), ["deep/er/"]);
    assert!(
        site.page("files/index.html")
            .contains("<b>66.6% of lines are covered.</b> 4 of 12 lines are not.")
    );
}

#[test]
fn a_commit_page_adds_up() {
    let project = Project::new();
    let text = numbered(12);
    let first = project.write("a.py", &text).commit("one");
    record(&project, &first, vec![("a.py", marks("hhhhhhhhhhmm"))]);
    // Line 2 becomes two lines, one of them covered; line 9 of the old text is lost, its line 12 is
    // gained.
    let second = project
        .write("a.py", text.replace("line 2\n", "new\nother\n"))
        .commit("two\n\nWhy it was done.");
    record(&project, &second, vec![("a.py", marks("hhmhhhhhhmhmh"))]);
    let site = Site::of(&project);
    let page = site.page(&format!("commits/{second}.html"));
    for part in [
        "<p class=\"val\">50.0<i>%</i></p>",  // patch: 1 of 2 lines
        "▼ 1 line</p>",                       // lost elsewhere
        "<p class=\"val\">76.92<i>%</i></p>", // 10 of 13
        "<span class=\"down\">▼ 6.41 points</span> from 83.33", // 10 of 12
        "<span class=\"down\">1 more</span> than 2 before",
        "<dt>Before</dt><dd>2</dd>",
        "<dt>Added, not covered</dt><dd><span class=\"down\">+1</span></dd>",
        "<dt>Lost elsewhere</dt><dd><span class=\"down\">+1</span></dd>",
        "<dt>Gained elsewhere</dt><dd><span class=\"up\">−1</span></dd>",
        "<dd class=\"sum\">3</dd>",
        "<li data-l=1 class=h data-n=1>line 1</li>",
        "<li class=del>line 2</li>",
        "<li data-l=2 class=\"h add\" data-n=1>new</li>",
        "<li data-l=3 class=\"m add\">other</li>",
        "<p>Why it was done.</p>",
    ] {
        assert!(page.contains(part), "{part} is not in the page:\n{page}");
    }
    assert!(site.page(&format!("commits/{first}.html")).contains("This is the first snapshot"));
    let list = site.page("commits/index.html");
    assert!(
        list.find(&second).expect("it is listed") < list.find(&first).expect("it is listed"),
        "newest first"
    );
}

#[test]
fn a_source_that_is_not_here_has_a_page_that_says_so() {
    let project = Project::new();
    let commit =
        project.write("a.py", "a\nb\nc\n").write("b.bin", [0; 64]).write("c.py", "").commit("one");
    record(
        &project,
        &commit,
        vec![("a.py", marks("hmm")), ("b.bin", marks("h")), ("c.py", marks("h"))],
    );
    let blob = project.rev("HEAD:a.py");
    std::fs::remove_file(project.path(&format!(".git/objects/{}/{}", &blob[..2], &blob[2..])))
        .expect("the blob is loose");
    let site = Site::of(&project);
    let page = site.page("files/a.py.html");
    assert!(
        page.contains("The source is not in this clone")
            && page.contains("<span class=\"mono\">2-3</span>"),
        "{page}"
    );
    assert!(page.contains("<b>33.3%</b> 1 of 3 lines"));
    assert!(site.page("files/b.bin.html").contains("This is a binary file"));
    assert!(site.page("files/c.py.html").contains("The file is empty"));
}

#[test]
fn a_long_file_is_cut_and_says_where() {
    let project = Project::new();
    let commit = project.write("a.py", "x\n".repeat(20_010)).commit("one");
    let coverage = marks(&format!("{}mmp{}m", ".".repeat(20_003), ".".repeat(10)));
    record(&project, &commit, vec![("a.py", coverage)]);
    let site = Site::of(&project);
    let page = site.page("files/a.py.html");
    assert_eq!(page.matches("<li id=L").count(), 20_000);
    assert!(
        page.contains("<p class=\"cutoff\">The page ends at line 20,000 of 20,010."),
        "the cut is said"
    );
    assert!(page.contains("Of the lines left out, 2 are uncovered and 1 partial."));
    assert!(page.contains("1 measured line beyond the end of the file."));
}

#[test]
fn links_lead_to_pages() {
    let project = Project::new();
    project.write("a b/index", "a\n").write("a b/é#?.py", "a\n").write("Con.py", "a\n");
    let first = project.commit("one");
    record(
        &project,
        &first,
        vec![("a b/index", marks("h")), ("a b/é#?.py", marks("m")), ("Con.py", marks("h"))],
    );
    let second = project.write("Con.py", "b\n").remove("a b/index").commit("two");
    record(&project, &second, vec![("a b/é#?.py", marks("h")), ("Con.py", marks("m"))]);
    let site = Site::of(&project);
    let own = |name: &&String| name.starts_with("files/") || name.starts_with("commits/");
    let mut links = 0;
    for name in site.pages.keys().filter(own) {
        let main = site.pages[name].split("<main").nth(1).expect("a page has a main part");
        let main = main.split("</main>").next().expect("it ends");
        for link in main.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let target = link.split('#').next().unwrap_or_default();
            assert!(
                target.is_empty() || site.pages.contains_key(&resolved(name, target)),
                "{name} links to {link}"
            );
            links += 1;
        }
    }
    assert!(links > 20, "only {links} links were looked at");
}

/// The target of a relative link of a page.
fn resolved(page: &str, link: &str) -> String {
    let mut at: Vec<&str> = page.split('/').collect();
    at.pop();
    for step in link.split('/') {
        if step == ".." {
            at.pop().expect("no link leaves the site");
        } else {
            at.push(step);
        }
    }
    at.join("/")
}
