//! Generates random histories: commits with edits, renames, mode changes, merges (including evil
//! ones) and wrong clocks, the same for the same seed. One run of `git fast-import` makes each.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

use fastrand::Rng;

use super::harness::{EPOCH, Project, git_in};

/// The number of commits of a history.
const COMMITS: usize = 70;

/// A file of a commit.
#[derive(Clone)]
struct File {
    lines: Vec<String>,
    mode: &'static str,
}

type Tree = BTreeMap<String, File>;

/// A repository with a random history. `HEAD` is its newest merge, and a branch names each other
/// tip.
pub(super) fn random(seed: u64, options: &[&str]) -> Project {
    let project = Project::init(options);
    let mut import = git_in(project.root());
    let mut child = import
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("git can be started");
    let stream = stream(&mut Rng::with_seed(seed));
    child.stdin.take().expect("it is piped").write_all(stream.as_bytes()).expect("git reads it");
    assert!(child.wait().expect("git ends").success());
    project
}

fn stream(random: &mut Rng) -> String {
    let mut stream = String::new();
    let mut trees: Vec<Tree> = Vec::new();
    for number in 0..COMMITS {
        let parents = parents(number, random);
        let mut tree = match parents[..] {
            [] => Tree::new(),
            [one] => trees[one].clone(),
            [one, other, ..] => merged(&trees[one], &trees[other], random),
        };
        // A merge is evil now and then; any other commit changes something.
        if parents.len() < 2 || random.u8(..4) == 0 {
            change(&mut tree, random);
        }
        write_commit(&mut stream, number, &parents, &tree, random);
        trees.push(tree);
    }
    writeln!(stream, "reset refs/heads/main\nfrom :{COMMITS}\n").expect("a String takes it");
    stream
}

/// Prefers the newest commits, so that branches are long and few.
fn parents(number: usize, random: &mut Rng) -> Vec<usize> {
    let recent = |random: &mut Rng| number - 1 - random.usize(..number.min(5));
    match number {
        0 => Vec::new(),
        _ if number == COMMITS - 1 || random.u8(..4) == 0 => {
            let (one, other) = (number - 1, recent(random));
            if one == other { vec![one] } else { vec![one, other] }
        }
        _ => vec![recent(random)],
    }
}

/// Takes each file from either side, or half from each.
fn merged(one: &Tree, other: &Tree, random: &mut Rng) -> Tree {
    let mut tree = Tree::new();
    for path in one.keys().chain(other.keys()) {
        let file = match (one.get(path), other.get(path)) {
            (Some(one), Some(other)) if random.bool() => {
                let (top, bottom) = (one.lines.len() / 2, other.lines.len() / 2);
                File { lines: [&one.lines[..top], &other.lines[bottom..]].concat(), mode: one.mode }
            }
            (Some(file), None) | (None, Some(file)) if random.bool() => file.clone(),
            (Some(one), Some(other)) => if random.bool() { one } else { other }.clone(),
            _ => continue,
        };
        tree.insert(path.clone(), file);
    }
    tree
}

fn change(tree: &mut Tree, random: &mut Rng) {
    for _ in 0..random.usize(1..4) {
        let paths: Vec<String> = tree.keys().cloned().collect();
        let Some(path) = random.choice(paths).filter(|_| random.u8(..6) > 0) else {
            let file = File {
                lines: (0..random.usize(..40)).map(|_| line(random)).collect(),
                mode: "100644",
            };
            tree.insert(name(random), file);
            continue;
        };
        match random.u8(..12) {
            0 => drop(tree.remove(&path)),
            1..4 => {
                let mut file = tree.remove(&path).expect("it was listed");
                edit(&mut file, random);
                tree.insert(name(random), file);
            }
            4 => tree.get_mut(&path).expect("it was listed").mode = "100755",
            5 => tree.get_mut(&path).expect("it was listed").mode = "120000",
            _ => edit(tree.get_mut(&path).expect("it was listed"), random),
        }
    }
}

/// Few names in few folders, so that renames have alternatives.
fn name(random: &mut Rng) -> String {
    let folder = ["", "a/", "a/b/", "c/"][random.usize(..4)];
    format!("{folder}{}.txt", random.u8(..4))
}

/// Few different lines, so that a diff has choices.
fn line(random: &mut Rng) -> String {
    let indent = " ".repeat(random.usize(..3) * 2);
    let end = if random.u8(..8) == 0 { "\r" } else { "" };
    match random.u8(..4) {
        0 => format!("{}{end}\n", ["", "}", "{"][random.usize(..3)]),
        _ => format!("{indent}word {}{end}\n", random.u8(..25)),
    }
}

fn edit(file: &mut File, random: &mut Rng) {
    for _ in 0..random.usize(..4) {
        let at = random.usize(..=file.lines.len());
        match random.u8(..3) {
            0 => drop(file.lines.drain(at..(at + random.usize(..4)).min(file.lines.len()))),
            1 => {
                drop(file.lines.splice(
                    at..at,
                    (0..random.usize(..5)).map(|_| line(random)).collect::<Vec<_>>(),
                ));
            }
            _ if at < file.lines.len() => file.lines[at] = line(random),
            _ => file.lines.push(["no line break", "\0\n"][random.usize(..2)].to_owned()),
        }
    }
}

fn write_commit(
    stream: &mut String,
    number: usize,
    parents: &[usize],
    tree: &Tree,
    random: &mut Rng,
) {
    // One clock in eight is wrong by up to a day.
    let skew = if random.u8(..8) == 0 { random.i64(-86_400..86_400) } else { 0 };
    let time = EPOCH + 600 * i64::try_from(number).expect("it is small") + skew;
    let mark = number + 1;
    let mut put = |text: String| stream.push_str(&text);
    put(format!("commit refs/heads/c{number}\nmark :{mark}\n"));
    put(format!("committer Ada <ada@example.com> {time} +0000\ndata 1\nm\n"));
    for (index, parent) in parents.iter().enumerate() {
        put(format!("{} :{}\n", if index == 0 { "from" } else { "merge" }, parent + 1));
    }
    put("deleteall\n".to_owned());
    for (path, file) in tree {
        let text = file.lines.concat();
        put(format!("M {} inline {path}\ndata {}\n{text}\n", file.mode, text.len()));
    }
    put("\n".to_owned());
}
