//! Tests the texts of a snapshot's tests: their form, that they have only one form, and that forged
//! texts are refused.

use std::time::Duration;

use covatlas::report::{Test, TestStatus};
use covatlas::store::cases::{self, Shard, Shards};
use proptest::collection::vec;
use proptest::prelude::*;

use super::arbitrary::test;
use super::codec::guide;

/// Written by hand from the description of the format. The shard is the start of the `b3sum` of the
/// suite's name.
const TEXT: &str = r#"covatlas-tests 1
suite "test_shapes"
passed "test_line"
file "tests/test_shapes.py"
passed 2 "test_flaky"
failed "test_large" "9 is not \"8\"\n"
+ "requirement" "R-1"
+ "requirement" "R-2"
skipped "test_later" "later"
"#;

fn example() -> Vec<Test> {
    let test = |name: &str, file: Option<&str>, status, message: &str| Test {
        suite: "test_shapes".into(),
        name: name.into(),
        file: file.map(Into::into),
        status,
        retries: 0,
        duration: None,
        message: message.into(),
        properties: Vec::new(),
    };
    let file = Some("tests/test_shapes.py");
    let mut flaky = test("test_flaky", file, TestStatus::Passed, "");
    flaky.retries = 2;
    let mut large = test("test_large", file, TestStatus::Failed, "9 is not \"8\"\n");
    large.properties = ["R-1", "R-2"].map(|value| ("requirement".into(), value.into())).into();
    large.duration = Some(Duration::from_micros(1200));
    let later = test("test_later", file, TestStatus::Skipped, "later");
    vec![later, large, flaky, test("test_line", None, TestStatus::Passed, "")]
}

/// The shard of the example's suite.
fn shard() -> Shard {
    Shard::named("98").expect("two hex digits")
}

#[test]
fn tests_are_written_as_described() {
    let shards = cases::shards(example());
    assert_eq!(shards.keys().collect::<Vec<_>>(), [&shard()]);
    assert_eq!(cases::encode(&shards[&shard()]).expect("sorted"), TEXT);
    let durations = cases::encode_durations(&shards).expect("one is stated");
    assert_eq!(durations, "covatlas-durations 1\n98 - - 1200 -\n");
    let mut back =
        Shards::from([(shard(), cases::decode(shard(), TEXT.as_bytes()).expect("canonical"))]);
    cases::decode_durations(durations.as_bytes(), &mut back).expect("canonical");
    assert_eq!(back, shards);
}

#[test]
fn the_tests_in_the_guide_are_some() {
    let text = guide("covatlas-tests 1");
    let shard = Shard::of("test_shapes.TestArea");
    let tests =
        cases::decode(shard, text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(tests.len(), 3);
    let shard = Shard::named("3f").expect("two hex digits");
    let mut shards = Shards::from([(shard, tests)]);
    cases::decode_durations(guide("covatlas-durations 1").as_bytes(), &mut shards)
        .expect("the guide's durations");
    assert_eq!(shards[&shard][2].duration, Some(Duration::from_micros(20)));
}

#[test]
fn a_test_that_takes_longer_changes_the_durations_alone() {
    let mut slower = example();
    slower[0].duration = Some(Duration::from_secs(9));
    let [fast, slow] = [example(), slower].map(cases::shards);
    assert_eq!(
        cases::encode(&fast[&shard()]).expect("sorted"),
        cases::encode(&slow[&shard()]).expect("sorted")
    );
    assert_ne!(cases::encode_durations(&fast), cases::encode_durations(&slow));
}

#[test]
fn durations_are_kept_to_two_digits_short_ones_to_one() {
    let kept = |micros| cases::kept(Duration::from_micros(micros)).as_micros();
    assert_eq!([0, 9, 19, 1_999, 99_999].map(kept), [0, 9, 10, 1_000, 90_000]);
    assert_eq!(
        [100_000, 109_999, 777_777, 123_456_789].map(kept),
        [100_000, 100_000, 770_000, 120_000_000]
    );
    assert_eq!(cases::kept(Duration::from_nanos(999)), Duration::ZERO);
    assert_eq!(cases::kept(Duration::MAX).as_micros(), 18_000_000_000_000_000_000);
}

#[test]
fn what_is_not_written_is_refused_with_its_line() {
    let text = |rows: &str| format!("covatlas-tests 1\nsuite \"test_shapes\"\n{rows}\n");
    let cases = [
        (String::new(), 1),
        ("covatlas-tests 2\n".to_owned(), 1),
        ("covatlas-tests 1\npassed \"no suite\"\n".to_owned(), 2),
        ("covatlas-tests 1\nsuite \"of another shard\"\npassed \"a\"\n".to_owned(), 2),
        (text(""), 3),
        (text("+ \"a\" \"b\""), 3),
        (text("passed 0 \"a\""), 3),
        (text("passed 4294967296 \"a\""), 3),
        (text("passed \"a\" \"\""), 3),
        (text("fine \"a\""), 3),
        (text("passed \"a"), 3),
        (text("passed \"a\"\nsuite \"test_shapes\"\npassed \"b\""), 4),
        (text("file \"a\"\nfile \"b\"\npassed \"b\""), 3),
    ];
    for (text, line) in cases {
        let error = cases::decode(shard(), text.as_bytes()).expect_err(&text);
        assert!(error.to_string().contains(&format!("line {line} ")), "{text:?}: {error}");
        assert!(!error.hints().is_empty());
    }
    assert!(
        cases::decode(shard(), text("passed \"b\"\npassed \"a\"").as_bytes()).is_err(),
        "not sorted"
    );
    let mut shards = cases::shards(example());
    for text in [
        "",
        "covatlas-durations 1\n",
        "covatlas-durations 1\n98 - - 1200\n",
        "covatlas-durations 1\n98 - - 01200 -\n",
    ] {
        let text = text.replace("01200", "+1200");
        assert!(cases::decode_durations(text.as_bytes(), &mut shards).is_err(), "{text:?}");
    }
    assert!(cases::decode_durations(b"covatlas-durations 1\n\xc3\xa9 1\n", &mut shards).is_err());
    for name in ["9", "9A", "+9", "098", ""] {
        assert_eq!(Shard::named(name), None, "{name:?}");
    }
}

proptest! {
    #[test]
    fn all_tests_come_back_in_one_order(tests in vec(test(), 0..30), seed in any::<u64>()) {
        let shards = cases::shards(tests.clone());
        let mut other = tests;
        let places = other.len().max(1);
        other.rotate_left(usize::try_from(seed % places as u64).expect("small"));
        prop_assert_eq!(&cases::shards(other), &shards, "whatever order they ran in");
        let mut back = Shards::new();
        for (shard, tests) in &shards {
            let text = cases::encode(tests).expect("sorted");
            back.insert(*shard, cases::decode(*shard, text.as_bytes()).expect("canonical"));
        }
        if let Some(text) = cases::encode_durations(&shards) {
            cases::decode_durations(text.as_bytes(), &mut back).expect("canonical");
        }
        prop_assert_eq!(back, shards);
    }

    #[test]
    fn a_changed_text_is_refused_or_canonical(tests in vec(test(), 1..8), at in any::<prop::sample::Index>(), with in "[-+ \"0-9a-z\\\\\n]{0,3}") {
        let (shard, tests) = cases::shards(tests).pop_first().expect("there are tests");
        let mut text = cases::encode(&tests).expect("sorted");
        let at = at.index(text.len());
        if text.is_char_boundary(at) && text.is_char_boundary(at + 1) {
            text.replace_range(at..=at, &with);
            if let Ok(read) = cases::decode(shard, text.as_bytes()) {
                prop_assert_eq!(cases::encode(&read).expect("sorted"), text);
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(cases::decode(shard(), &bytes).is_err());
        prop_assert!(cases::decode_durations(&bytes, &mut cases::shards(example())).is_err());
    }
}
