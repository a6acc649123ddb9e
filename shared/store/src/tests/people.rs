//! Lists, search, counts.

use wardbook_base::{Timestamp, WardId};
use wardbook_record::{Facts, Graded, PartialDate, names};

use super::{Fixture, document_id, fixture, ward};
use crate::{CountQuery, Dimension, PeopleFilter, PeopleQuery, PersonRow, Role, Sort, Store};

fn facts(full_name: &str) -> Facts {
    Facts {
        full_name: full_name.to_owned(),
        fold: names::fold(full_name),
        initials: names::initials(full_name),
        sort_key: names::sort_key(full_name),
        ..Facts::default()
    }
}

fn put(store: &Store, n: u8, facts: Facts) {
    put_in(store, n, ward(), facts);
}

fn put_in(store: &Store, n: u8, ward: WardId, facts: Facts) {
    let document = document_id(n);
    let row =
        PersonRow { document, ward, facts, heads: vec![], updated_at: Timestamp(i64::from(n)) };
    store
        .write(|tx| {
            tx.put_document(&super::state(document, &[]))?;
            tx.put_person(&row)
        })
        .unwrap();
}

fn found(store: &Store, search: &str) -> Vec<String> {
    listed(store, &PeopleQuery { search: search.to_owned(), limit: 50, ..PeopleQuery::default() })
}

fn listed(store: &Store, query: &PeopleQuery) -> Vec<String> {
    let page = store.read(|tx| tx.people(query)).unwrap();
    page.rows.into_iter().map(|row| row.facts.full_name).collect()
}

/// Three people whose names people type in many ways, and others that must not be found.
fn three_and_others() -> Fixture {
    let f = fixture(Role::Node);
    let mut hoa = facts("Nguyễn Thị Hòa");
    hoa.person_id_no = Some("001185000123".to_owned());
    hoa.phone = Some("0912 345 678".to_owned());
    hoa.staff_code = Some("CB-017".to_owned());
    put(&f.store, 1, hoa);
    put(&f.store, 2, facts("Đỗ Thị Hường"));
    put(&f.store, 3, facts("Lê Quý Đôn"));
    put(&f.store, 4, facts("Phan Văn Trị"));
    put(&f.store, 5, facts("Võ Thành Công"));
    f
}

#[test]
fn six_spellings_of_a_name_find_the_person() {
    let f = three_and_others();
    for (name, spellings) in [
        (
            "Nguyễn Thị Hòa",
            [
                "Nguyễn Thị Hòa",
                "Nguyễn Thị Hoà",
                "nguyen thi hoa",
                "NGUYỄN THỊ HÒA",
                "Nguye\u{302}\u{303}n Thi\u{323} Ho\u{300}a",
                "  hòa   nguyễn ",
            ],
        ),
        (
            "Đỗ Thị Hường",
            ["Đỗ Thị Hường", "do thi huong", "ĐỖ THỊ HƯỜNG", "huong do", "Đo Thi Huong", "dth"],
        ),
        (
            "Lê Quý Đôn",
            ["Lê Quý Đôn", "Le\u{302} Quy\u{301} Đôn", "le quy don", "don le", "lqd", "LÊ q"],
        ),
    ] {
        for spelling in spellings {
            assert_eq!(found(&f.store, spelling), vec![name], "{spelling}");
        }
    }
}

#[test]
fn numbers_find_the_person_and_signs_find_nobody() {
    let f = three_and_others();
    for typed in ["001185", "001185000123", "0912345678", "0912 345 678", "0912.345", "cb-017"] {
        assert_eq!(found(&f.store, typed), vec!["Nguyễn Thị Hòa"], "{typed}");
    }
    for typed in ["%", "_", "*", "\"", "' OR 1=1 --", "hoa AND (", "NOT", "185000123", "words:hoa"]
    {
        assert_eq!(found(&f.store, typed), Vec::<String>::new(), "{typed}");
    }
    assert_eq!(found(&f.store, "  ").len(), 5);
}

#[test]
fn a_renamed_or_removed_person_is_not_found_by_the_old_name() {
    let f = three_and_others();
    put(&f.store, 4, facts("Phan Văn Trường"));
    assert_eq!(found(&f.store, "tri"), Vec::<String>::new());
    assert_eq!(found(&f.store, "truong"), vec!["Phan Văn Trường"]);
    f.store.write(|tx| tx.delete_person(&document_id(4))).unwrap();
    assert_eq!(found(&f.store, "truong"), Vec::<String>::new());
    assert_eq!(found(&f.store, "").len(), 4);
}

#[test]
fn lists_sort_by_given_name_and_page_without_overlap() {
    let f = fixture(Role::Node);
    let sorted = ["Lê Thị An", "Trần Ánh", "Bùi Văn Ân", "Ngô Dung", "Đinh Dũng", "Hồ Đạt"];
    for (n, name) in sorted.iter().rev().enumerate() {
        put(&f.store, u8::try_from(n).unwrap() + 1, facts(name));
    }
    let page =
        |offset, limit| listed(&f.store, &PeopleQuery { offset, limit, ..Default::default() });
    assert_eq!(page(0, 50), sorted);
    assert_eq!([page(0, 4), page(4, 4)].concat(), sorted);
    let newest = PeopleQuery { sort: Sort::NewestChange, limit: 1, ..Default::default() };
    assert_eq!(listed(&f.store, &newest), vec!["Lê Thị An"]);
}

/// A small city with everything that the counts look at.
fn city() -> Fixture {
    let f = fixture(Role::Hub);
    let grades = [None, Some(("thac_si", 8)), Some(("dai_hoc", 6))];
    for n in 1..=60u8 {
        let mut one = facts(&format!("Nguyễn Văn {n}"));
        one.sex = [Some("M"), Some("F"), None][usize::from(n % 3)].map(str::to_owned);
        one.is_leader = n % 4 == 0;
        one.qualification = grades[usize::from(n % 7 % 3)]
            .map(|(code, level)| Graded { code: code.to_owned(), level });
        one.birth_date = match n % 5 {
            0 => None,
            1 => Some(PartialDate::new(1995, Some(6), Some(30)).unwrap()),
            2 => Some(PartialDate::new(1995, Some(7), Some(1)).unwrap()),
            3 => Some(PartialDate::new(1985, None, None).unwrap()),
            _ => Some(PartialDate::new(1975, Some(n % 12 + 1), None).unwrap()),
        };
        one.errors = u32::from(n % 6 == 0);
        one.missing_required = u32::from(n % 10 == 0);
        one.retired = (n % 20 == 0).then(|| "nhập nhầm".to_owned());
        let ward = if n % 2 == 0 { "25888.1" } else { "25891.1" };
        put_in(&f.store, n, ward.parse().unwrap(), one);
    }
    f
}

#[test]
fn counting_in_the_database_equals_counting_by_hand() {
    let f = city();
    let as_of = PartialDate::new(2025, Some(6), Some(30)).unwrap();
    let bounds = vec![30, 40, 50];
    let filter = PeopleFilter { sex: vec!["M".to_owned(), "F".to_owned()], ..Default::default() };
    let query = CountQuery {
        filter: filter.clone(),
        group_by: vec![
            Dimension::Ward,
            Dimension::IsLeader,
            Dimension::AgeBand { as_of, bounds: bounds.clone() },
            Dimension::Qualification,
        ],
    };
    let mut by_hand = std::collections::BTreeMap::new();
    let mut count = |row: PersonRow| {
        let band = row.facts.birth_date.map(|birth| {
            let age = birth.years_until(as_of);
            bounds.iter().filter(|bound| age >= i32::from(**bound)).count().to_string()
        });
        let keys = vec![
            Some(row.ward.to_string()),
            Some(u8::from(row.facts.is_leader).to_string()),
            band,
            row.facts.qualification.map(|graded| graded.code),
        ];
        *by_hand.entry(keys).or_insert(0) += 1;
    };
    f.store.read(|tx| tx.scan_people(&filter, &mut count)).unwrap();
    let counted = f.store.read(|tx| tx.count_people(&query)).unwrap();
    let counted: std::collections::BTreeMap<_, _> =
        counted.into_iter().map(|row| (row.keys, row.n)).collect();
    assert_eq!(counted, by_hand);
    assert!(by_hand.len() > 12, "the city is too plain: {by_hand:?}");
}

#[test]
fn filters_narrow_and_retired_people_count_only_when_asked_for() {
    let f = city();
    let total = |filter: PeopleFilter| {
        let query = PeopleQuery { filter: filter.clone(), ..Default::default() };
        let listed = f.store.read(|tx| tx.people(&query)).unwrap().total;
        let query = CountQuery { filter, group_by: vec![] };
        let counted = f.store.read(|tx| tx.count_people(&query)).unwrap();
        assert_eq!((counted.len(), counted[0].n), (1, listed));
        listed
    };
    let all = PeopleFilter::default;
    assert_eq!(total(all()), 57);
    assert_eq!(total(PeopleFilter { with_retired: true, ..all() }), 60);
    assert_eq!(total(PeopleFilter { only_retired: true, ..all() }), 3);
    assert_eq!(total(PeopleFilter { wards: vec!["25891.1".parse().unwrap()], ..all() }), 30);
    assert_eq!(total(PeopleFilter { is_leader: Some(true), ..all() }), 12);
    assert_eq!(total(PeopleFilter { is_leader: Some(false), ..all() }), 45);
    assert_eq!(total(PeopleFilter { has_errors: Some(true), ..all() }), 9);
    assert_eq!(total(PeopleFilter { is_incomplete: Some(true), ..all() }), 3);
    assert_eq!(total(PeopleFilter { sex: vec!["F' OR 1=1".to_owned()], ..all() }), 0);
}

#[test]
fn a_person_is_read_back_as_it_was_projected() {
    let f = fixture(Role::Node);
    let mut one = facts("Trần Thị Bé Năm");
    one.birth_date = Some(PartialDate::new(1990, Some(2), None).unwrap());
    one.political_theory = Some(Graded { code: "cao_cap".to_owned(), level: 3 });
    one.person_id_no = Some("001".to_owned());
    put(&f.store, 1, one.clone());
    put(&f.store, 2, one.clone());
    let row = f.store.read(|tx| tx.person_row(&document_id(1))).unwrap().unwrap();
    assert_eq!(row.facts, one);
    let same = f.store.read(|tx| tx.people_with_id_no("001")).unwrap();
    assert_eq!(same.len(), 2);
    let duplicates = f.store.read(|tx| tx.duplicates(Some(&ward()))).unwrap();
    assert_eq!(duplicates.len(), 1);
    assert_eq!(duplicates[0].documents.len(), 2);
    let elsewhere = "25891.1".parse().unwrap();
    assert_eq!(f.store.read(|tx| tx.duplicates(Some(&elsewhere))).unwrap(), vec![]);
    assert_eq!(f.store.read(|tx| tx.newest_update(&ward())).unwrap(), Some(Timestamp(2)));
    assert_eq!(f.store.read(|tx| tx.people_of(&ward())).unwrap(), 2);
}
