//! The site's folder on disk: what is written, kept, removed and refused.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use covatlas::publish::Folder;
use covatlas::site::Sink as _;
use covatlas::{Published, Result};

/// The files of the site, those written, those removed, and the bytes of the site.
fn counts(published: Published) -> (usize, usize, usize, u64) {
    (published.files, published.written, published.removed, published.bytes)
}

fn build(root: &Path, files: &[(&str, &str)]) -> Result<Published> {
    let mut folder = Folder::open(root)?;
    for (path, text) in files {
        folder.put(path, "", text.as_bytes())?;
    }
    folder.finish()
}

fn names(root: &Path) -> Vec<String> {
    let all = walkdir::WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_map(std::result::Result::ok);
    let files = all.filter(|entry| !entry.file_type().is_dir());
    files
        .map(|entry| entry.path().strip_prefix(root).expect("inside").display().to_string())
        .collect()
}

fn temp() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn what_did_not_change_is_not_written_and_what_is_gone_is_removed() {
    let dir = temp();
    let first = build(dir.path(), &[("index.html", "a"), ("files/b.html", "bb"), ("c.html", "c")])
        .expect("builds");
    assert_eq!(counts(first), (4, 4, 0, 4));
    let old = fs::metadata(dir.path().join("index.html"))
        .and_then(|found| found.modified())
        .expect("there");
    let second = build(dir.path(), &[("index.html", "a"), ("c.html", "d")]).expect("builds");
    assert_eq!(counts(second), (3, 1, 1, 2));
    let new = fs::metadata(dir.path().join("index.html"))
        .and_then(|found| found.modified())
        .expect("there");
    assert_eq!(old, new);
    assert_eq!(names(dir.path()), [".covatlas-site", ".nojekyll", "c.html", "index.html"]);
}

#[test]
fn a_file_is_kept_by_its_key_only_while_it_stands() {
    let dir = temp();
    let mut folder = Folder::open(dir.path()).expect("opens");
    assert!(!folder.keep("a.html", "k"));
    folder.put("a.html", "k", b"text").expect("writes");
    folder.finish().expect("finishes");
    let mut folder = Folder::open(dir.path()).expect("opens");
    assert!(folder.keep("a.html", "k") && !folder.keep("a.html", "other"));
    assert_eq!(folder.finish().expect("finishes").files, 2);
    fs::remove_file(dir.path().join("a.html")).expect("removes");
    assert!(!Folder::open(dir.path()).expect("opens").keep("a.html", "k"));
}

#[test]
fn a_killed_build_is_repeated_without_leftovers() {
    let dir = temp();
    build(dir.path(), &[("a.html", "one"), ("old.html", "x")]).expect("builds");
    let mut killed = Folder::open(dir.path()).expect("opens");
    killed.put("a.html", "", b"two").expect("writes");
    killed.put("b.html", "", b"b").expect("writes");
    drop(killed);
    let again = build(dir.path(), &[("a.html", "one")]).expect("builds");
    assert_eq!(counts(again), (2, 1, 2, 3));
    assert_eq!(
        fs::read(dir.path().join("a.html")).expect("there"),
        b"one",
        "same size, but not believed"
    );
    assert_eq!(names(dir.path()), [".covatlas-site", ".nojekyll", "a.html"]);
}

#[test]
fn what_a_killed_build_was_writing_is_removed_wherever_it_is() {
    let dir = temp();
    build(dir.path(), &[("files/a.html", "one")]).expect("builds");
    let mut killed = Folder::open(dir.path()).expect("opens");
    killed.put("gaps/deep/b.html", "", b"two").expect("writes");
    drop(killed);
    let places = ["", "files", "gaps/deep"];
    for place in places {
        fs::write(dir.path().join(place).join(".covatlas-writing"), "half").expect("writes");
    }
    build(dir.path(), &[("files/a.html", "one")]).expect("builds");
    assert_eq!(names(dir.path()), [".covatlas-site", ".nojekyll", "files/a.html"]);
}

#[test]
fn pages_that_a_power_loss_damaged_are_written_anew() {
    let dir = temp();
    let mut folder = Folder::open(dir.path()).expect("opens");
    folder.put("kept.html", "k", b"kept").expect("writes");
    folder.put("lost.html", "k", b"lost").expect("writes");
    folder.put("put.html", "", b"put").expect("writes");
    folder.finish().expect("finishes");
    for (name, zeros) in [("lost.html", "\0\0\0\0"), ("put.html", "\0\0\0")] {
        fs::write(dir.path().join(name), zeros).expect("writes");
    }
    // Written before the system was started.
    let manifest =
        fs::OpenOptions::new().write(true).open(dir.path().join(".covatlas-site")).expect("opens");
    manifest.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1)).expect("sets");

    let mut folder = Folder::open(dir.path()).expect("opens");
    assert!(folder.keep("kept.html", "k") && !folder.keep("lost.html", "k"));
    folder.put("lost.html", "k", b"lost").expect("writes");
    folder.put("put.html", "", b"put").expect("writes");
    assert_eq!(folder.finish().expect("finishes").written, 2);
    assert_eq!(fs::read(dir.path().join("put.html")).expect("there"), b"put");
}

#[test]
fn a_folder_may_become_a_file_and_back() {
    let dir = temp();
    build(dir.path(), &[("a/b", "1"), ("a/c/d", "2")]).expect("builds");
    build(dir.path(), &[("a", "3")]).expect("a file over a folder");
    build(dir.path(), &[("a/b", "4")]).expect("a folder over a file");
    assert_eq!(names(dir.path()), [".covatlas-site", ".nojekyll", "a/b"]);
}

#[test]
fn a_foreign_folder_or_file_is_refused() {
    let dir = temp();
    fs::write(dir.path().join("thesis.txt"), "x").expect("writes");
    let error = build(dir.path(), &[("index.html", "a")]).expect_err("foreign");
    assert!(error.to_string().contains("thesis.txt"), "{error}");
    assert!(error.hints()[0].contains("--out"));
    assert_eq!(names(dir.path()), ["thesis.txt"]);
    let error = build(&dir.path().join("thesis.txt"), &[]).expect_err("a file");
    assert!(error.to_string().contains("thesis.txt"), "{error}");
}

#[cfg(unix)]
#[test]
fn two_builds_at_once_do_not_share_a_folder() {
    let dir = temp();
    let first = Folder::open(dir.path()).expect("opens");
    let error = Folder::open(dir.path()).err().expect("taken");
    assert!(error.to_string().contains("another build"), "{error}");
    first.finish().expect("finishes");
    Folder::open(dir.path()).expect("free again");
}

#[test]
fn a_newer_manifest_is_refused() {
    let dir = temp();
    fs::write(dir.path().join(".covatlas-site"), "covatlas-site 2\n").expect("writes");
    let error = Folder::open(dir.path()).err().expect("newer");
    assert!(error.chain()[1].contains("covatlas-site 2"), "{:?}", error.chain());
}

#[test]
fn no_path_leaves_the_folder() {
    let dir = temp();
    let mut folder = Folder::open(dir.path()).expect("opens");
    for path in [
        "",
        "/etc/x",
        "../x",
        "a/../../x",
        "a//b",
        "a\tb",
        "a\nb",
        "a\\b",
        ".covatlas-site",
        ".git/config",
    ] {
        assert!(folder.put(path, "", b"x").is_err(), "{path:?}");
    }
}

#[cfg(unix)]
#[test]
fn no_symlink_is_followed() {
    let (dir, outside) = (temp(), temp());
    build(dir.path(), &[("files/a.html", "a"), ("b.html", "b")]).expect("builds");
    fs::remove_dir_all(dir.path().join("files")).expect("removes");
    fs::remove_file(dir.path().join("b.html")).expect("removes");
    fs::write(outside.path().join("a.html"), "mine").expect("writes");
    std::os::unix::fs::symlink(outside.path(), dir.path().join("files")).expect("links");
    std::os::unix::fs::symlink(outside.path().join("a.html"), dir.path().join("b.html"))
        .expect("links");
    let error = build(dir.path(), &[("files/a.html", "new")]).expect_err("through a link");
    assert!(error.to_string().contains("files"), "{error}");
    build(dir.path(), &[("b.html", "new")])
        .expect("replaces the link, forgets the page behind the other");
    assert_eq!(fs::read(outside.path().join("a.html")).expect("there"), b"mine");
    assert_eq!(fs::read(dir.path().join("b.html")).expect("there"), b"new");
    assert!(!dir.path().join("b.html").is_symlink());
}
