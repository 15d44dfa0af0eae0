//! Results of an earlier build: which are made again, and which are kept.

use covatlas::analysis::Sources;
use covatlas::analysis::cache::{Cache, Digest, digest};
use covatlas::git::RepoWriter;
use covatlas::store::Store;

#[test]
fn a_value_is_made_once_and_kept_while_it_is_requested() {
    let one = digest(|field| field(b"one"));
    let two = digest(|field| field(b"two"));
    let both = |first: &[u8], second: &[u8]| {
        digest(|field| {
            field(first);
            field(second);
        })
    };
    assert_ne!(both(b"a", b"bc"), both(b"ab", b"c"));
    let folder = tempfile::tempdir().expect("a folder");
    let repo = RepoWriter::init(folder.path()).expect("a repository");
    let store = Store::open(&repo, "covatlas").expect("a store");
    let objects = Sources::new(&repo, &store).objects();
    let ask = |cache: &mut Cache<i32>, jobs: &[(i32, Digest)], known: bool| {
        let make = |_: &Sources<'_>, job: &i32| {
            assert!(!known, "{job} is known");
            Ok(Some(*job).filter(|job| *job > 0))
        };
        cache.fill(&objects, jobs.to_vec(), make).expect("all can be made");
    };
    let mut cache = Cache::default();
    assert!(!cache.is_changed());
    ask(&mut cache, &[(1, one), (2, two), (-3, both(b"", b""))], false);
    assert_eq!(
        (cache.get(&one), cache.get(&two), cache.get(&both(b"", b""))),
        (Some(&1), Some(&2), None)
    );
    assert!(cache.is_changed());

    let mut cache = cache.earlier();
    ask(&mut cache, &[(1, one), (1, one)], true);
    assert_eq!((cache.get(&one), cache.get(&two)), (Some(&1), None));
    assert!(cache.is_changed(), "one of them was not requested");
    ask(&mut cache, &[(2, two)], true);
    assert_eq!(cache.get(&two), Some(&2));
    assert!(!cache.is_changed());
}
