//! Decodes text in the encoding that a commit names in its header, as git does for `git log`.

use encoding_rs::Encoding;

/// Decodes the bytes of a commit. As in git, bytes that are invalid in the encoding, or whose
/// encoding is unknown, are read as UTF-8. Bytes that are not valid UTF-8 are replaced.
pub(super) fn text(bytes: &[u8], encoding: Option<&str>) -> String {
    let decoded = encoding.and_then(|name| decoded(bytes, name));
    decoded.unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
}

fn decoded(bytes: &[u8], name: &str) -> Option<String> {
    let name = name.trim().to_ascii_lowercase();
    let other = OTHER_NAMES.iter().find(|(other, _)| *other == name);
    let name = other.map_or(name.as_str(), |(_, name)| name);
    // On the web this name means Windows-1252, but not in iconv.
    if matches!(name, "iso-8859-1" | "iso8859-1" | "latin1" | "latin-1") {
        return Some(encoding_rs::mem::decode_latin1(bytes).into_owned());
    }
    let encoding = Encoding::for_label(name.as_bytes())?;
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some(text.into_owned())
}

/// Names of iconv that the web's encodings do not have.
const OTHER_NAMES: [(&str, &str); 8] = [
    ("cp932", "shift_jis"),
    ("sjis", "shift_jis"),
    ("cp936", "gbk"),
    ("cp949", "euc-kr"),
    ("cp950", "big5"),
    ("eucjp", "euc-jp"),
    ("euckr", "euc-kr"),
    ("koi8", "koi8-r"),
];

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn texts_are_read_by_the_header() {
        // The bytes are the output of `printf ... | iconv -t NAME`.
        let cases: [(&[u8], Option<&str>, &str); 9] = [
            (b"J\xf6rg", Some("ISO-8859-1"), "Jörg"),
            (b"\x93x\x94", Some("latin1"), "\u{93}x\u{94}"),
            (b"\x93x\x94", Some("CP1252"), "“x”"),
            (b"\x83\x65\x83\x58\x83\x67", Some("Shift_JIS"), "テスト"),
            (b"\x1b$B%F%9%H\x1b(B", Some("ISO-2022-JP"), "テスト"),
            (b"\xcf\xd2", Some("KOI8-R"), "ор"),
            ("Jörg".as_bytes(), None, "Jörg"),
            ("Jörg".as_bytes(), Some("x-unknown"), "Jörg"),
            (b"J\xf6rg", Some("UTF-8"), "J\u{fffd}rg"),
        ];
        for (bytes, encoding, expected) in cases {
            assert_eq!(text(bytes, encoding), expected);
        }
    }
}
