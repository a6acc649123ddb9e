//! Vietnamese names: normal form, folding for search, initials and sort keys.

use std::sync::OnceLock;

use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed};
use icu_locale::locale;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The form in which text is stored: NFC, trimmed, single spaces, no control characters.
pub fn normalise(text: &str) -> String {
    let composed: String = text.nfc().map(|c| if c.is_control() { ' ' } else { c }).collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same for text of several lines: the line breaks stay.
pub fn normalise_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(normalise).collect();
    lines.join("\n").trim().to_owned()
}

/// Folded for search: without marks, đ as d, lower case, single spaces. `Hoà` and `Hòa`, which
/// are two spellings of one word, fold to the same.
pub fn fold(text: &str) -> String {
    let bare: String = text
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'đ' => 'd',
            c if c.is_control() => ' ',
            c => c,
        })
        // Lower-casing may bring a mark of its own (İ), so once more.
        .filter(|c| !is_combining_mark(*c))
        .collect();
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first letters of the folded words: `ntma` for Nguyễn Thị Minh Anh.
pub fn initials(full_name: &str) -> String {
    fold(full_name).split(' ').filter_map(|word| word.chars().next()).collect()
}

/// Bytes that sort the way Vietnamese lists do: by given name (the last word), then family name,
/// then middle names, each by the Vietnamese alphabet with tones after letters.
pub fn sort_key(full_name: &str) -> Vec<u8> {
    let name = normalise(full_name);
    let words: Vec<&str> = name.split(' ').collect();
    let (given, family, middle) = match words.as_slice() {
        [] => ("", "", String::new()),
        [given] => (*given, "", String::new()),
        [family, middle @ .., given] => (*given, *family, middle.join(" ")),
    };
    let mut key = Vec::new();
    for part in [given, family, &middle] {
        let Ok(()) = collator().write_sort_key_to(part, &mut key);
        // Lower than every byte of a collation key, so a shorter name comes first.
        key.push(0);
    }
    key
}

fn collator() -> &'static CollatorBorrowed<'static> {
    static COLLATOR: OnceLock<CollatorBorrowed<'static>> = OnceLock::new();
    COLLATOR.get_or_init(|| {
        Collator::try_new(locale!("vi").into(), CollatorOptions::default())
            .expect("the collation data of Vietnamese is compiled in")
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_spellings_of_one_word_fold_to_the_same() {
        assert_eq!(fold("Hoà"), fold("Hòa"));
        assert_eq!(fold("  Đặng   THUỶ\u{301} "), "dang thuy");
        assert_eq!(fold("Nguye\u{302}\u{303}n"), "nguyen");
    }

    #[test]
    fn decomposed_text_is_stored_composed() {
        assert_eq!(normalise(" Nguye\u{302}\u{303}n\tVa\u{306}n "), "Nguyễn Văn");
        assert_eq!(normalise_lines("một \r\nhai  ba\n"), "một\nhai ba");
    }

    #[test]
    fn names_sort_by_given_name_then_family_name() {
        let sorted = [
            "Trần Văn An",
            "Nguyễn Thị Ánh",
            "Bùi Văn Ân",
            "Lê Thị Bình",
            "Nguyễn Bình",
            "Nguyễn Anh Bình",
            "Lê Văn Dũng",
            "Lê Văn Đức",
        ];
        let mut shuffled = sorted;
        shuffled.reverse();
        shuffled.sort_by_key(|name| sort_key(name));
        assert_eq!(shuffled, sorted);
    }

    #[test]
    fn initials_come_from_the_folded_words() {
        assert_eq!(initials("Nguyễn Thị Minh Ánh"), "ntma");
        assert_eq!(initials("Đỗ Ân"), "da");
        assert_eq!(initials(""), "");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,24}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
