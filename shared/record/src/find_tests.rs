//! What is typed, what it asks for, and what is shown as the hit.

use super::*;
use crate::names::initials;

fn person(full_name: &str) -> Facts {
    Facts {
        full_name: full_name.to_owned(),
        fold: fold(full_name),
        initials: initials(full_name),
        person_id_no: Some("001185000123".to_owned()),
        old_id_no: Some("281234567".to_owned()),
        phone: Some("0912.345.678".to_owned()),
        staff_code: Some("CB-017".to_owned()),
        birth_date: PartialDate::parse_typed("28/2/1985").ok(),
        ..Facts::default()
    }
}

/// As a store asks its index.
fn finds(facts: &Facts, typed: &str) -> bool {
    let words: Vec<String> = indexed_words(facts)
        .iter()
        .flat_map(|word| word.split(|c: char| !c.is_alphanumeric()).map(str::to_owned))
        .collect();
    let wanted = Wanted::read(typed);
    let fits = |term: &Term| {
        term.prefixes.iter().any(|prefix| words.iter().any(|word| word.starts_with(prefix)))
            || term.words.iter().any(|word| words.contains(word))
    };
    !wanted.terms().is_empty() && wanted.terms().iter().all(fits)
}

#[test]
fn names_numbers_and_dates_are_found_in_every_form() {
    let hoa = person("Nguyễn Thị Minh Hòa");
    for typed in [
        "nguyen thi minh hoa",
        "NGUYỄN thị MINH hoà",
        "hòa minh",
        "ng thi m h",
        "ntmh",
        "tmh",
        "mh",
        "ng minh hoa",
        "nt hoa",
        "n.t.m.hoa",
        "ntmhoa",
        "hoantm",
        "nguyenthiminhhoa",
        "Nguye\u{302}\u{303}n Ho\u{300}a",
        "NguyÔn ThÞ Minh",
        "Nguyeãn Thò Minh",
        "001185",
        "001185000123",
        "001 185 000 123",
        "281234567",
        "2812 34",
        "0912345678",
        "0912 345 678",
        "0912.345.678",
        "+84 912 345 678",
        "84912345678",
        "CB-017",
        "cb017",
        "28/02/1985",
        "28-2-1985",
        "28.2.1985",
        "28021985",
        "28 02 1985",
        "2/1985",
        "1985",
        "28/2/85",
        "hoa 1985",
        "ntmh 28/2/1985",
        "nguyen 0912 345 678",
    ] {
        assert!(finds(&hoa, typed), "{typed}: {:?}", Wanted::read(typed));
    }
    for typed in
        ["", " % ", "hoàng", "28/02/1986", "3/1985", "1986", "185000123", "hoa 1990", "minh nam"]
    {
        assert!(!finds(&hoa, typed), "{typed}: {:?}", Wanted::read(typed));
    }
}

#[test]
fn the_nearer_name_scores_higher() {
    for (typed, better, worse) in [
        ("nguyen van an", "Nguyễn Văn An", "Nguyễn Văn Anh"),
        ("an", "Lê Văn An", "An Thị Bình"),
        ("hoa", "Lê Thị Hoa", "Lê Thị Hoan"),
        ("hòa", "Lê Thị Hòa", "Lê Thị Hoa"),
        ("nva", "Nguyễn Văn An", "Nguyễn Văn Ánh Anh"),
        ("ng van an", "Nguyễn Văn An", "Nguyễn Văn Anh"),
        ("van an", "Trần Văn An", "Trần An Văn"),
        ("ng ngoc an", "Nguyễn Ngọc An", "Đinh Ngọc An"),
        ("ng ngoc giang", "Nguyễn Ngọc Giang", "Đặng Ngọc Giang"),
    ] {
        let wanted = Wanted::read(typed);
        let (better, worse) = (person(better), person(worse));
        let (high, low) = (wanted.score(&better), wanted.score(&worse));
        assert!(high > low, "{typed}: {} {high}, {} {low}", better.full_name, worse.full_name);
    }
}

#[test]
fn the_hit_is_marked_with_its_accents() {
    let marked = |typed: &str, name: &str| {
        let pieces = Wanted::read(typed).marks(name);
        pieces
            .iter()
            .map(|(text, mark)| if *mark { format!("[{text}]") } else { text.clone() })
            .collect::<String>()
    };
    assert_eq!(marked("hoa nguy", "Nguyễn Thị Hòa"), "[Nguy]ễn Thị [Hòa]");
    assert_eq!(marked("do", "Đỗ Thị Hường"), "[Đỗ] Thị Hường");
    assert_eq!(marked("nth", "Nguyễn Thị Hòa"), "[N]guyễn [T]hị [H]òa");
    assert_eq!(marked("nthoa", "Nguyễn Thị Hòa"), "[N]guyễn [T]hị [Hòa]");
    assert_eq!(marked("1985", "Nguyễn Thị Hòa"), "Nguyễn Thị Hòa");
    assert_eq!(marked("", "Hòa"), "Hòa");
}
