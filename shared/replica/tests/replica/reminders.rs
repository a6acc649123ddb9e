//! The rows that the list of things to do reads: always what judging every record anew would give,
//! and read without a record.

use std::collections::BTreeSet;

use wardbook_base::{Clock as _, DocumentId, RowId, Timestamp};
use wardbook_record::rules::{Due, RuleTable, in_force, on_day, reminders, use_table};
use wardbook_record::{Edit, PartialDate, Scalar, validate};
use wardbook_replica::{EditCommand, TodoQuery, TodoWhen};
use wardbook_store::PeopleQuery;

use super::common::{Place, START};

/// 2026-11-22T01:00:00Z.
const TODAY: Timestamp = Timestamp(1_795_309_200_000);
const DAY_MS: i64 = 24 * 3600 * 1000;
const PEOPLE: usize = 40;
const EDITS: usize = 150;

/// Values that rules look at: a field, and what may stand in it.
const VALUES: [(&str, &[&str]); 9] = [
    ("birth_date", &["1964-05-06", "1965-12-31", "1966", "1990-11-22", "1992-02-29", "2001-01"]),
    ("sex", &["M", "F"]),
    ("work_status", &["dang_lam_viec", "da_nghi_huu"]),
    ("party_join_date", &["2025-12-10", "2026-01-05", "2020"]),
    ("current_title", &["CB05", "CB06"]),
    ("title_appoint_date", &["2021-07-01", "2022-01-15", "2024"]),
    ("rank_code", &["01.003", "01.004"]),
    ("salary_date", &["2023-12-01", "2024-02-01"]),
    ("phone", &["0901234567", "0907654321"]),
];

fn below(place: &Place, n: usize) -> usize {
    usize::from(u16::from_be_bytes(place.replica.dice().bytes())) % n
}

fn one_of<T>(place: &Place, all: &[T]) -> usize {
    below(place, all.len())
}

/// One random edit; now and then a record is retired.
fn edit(place: &Place, people: &[DocumentId]) {
    let document = people[one_of(place, people)];
    let mut edits = Vec::new();
    match below(place, 12) {
        // Retired, and back again.
        n @ 0..2 => {
            let reason = ["nhập trùng", ""][n];
            let _ = place.replica.retire_person(&place.viewer, &document, reason);
            return;
        }
        2..4 => {
            let until = ["2026-12-01", "2027-03-01", "2026-11"][below(place, 3)];
            let cells = [("kind", "xdth"), ("no", "12/HĐ"), ("from_date", "2025-01-01")];
            let cells = cells.into_iter().chain([("to_date", until)]);
            let cells = cells.map(|(key, text)| (key.to_owned(), Scalar::from(text))).collect();
            let row = RowId(place.replica.dice().bytes());
            edits.push(Edit::AddRow { table: "contracts".to_owned(), row, cells });
        }
        4 => edits.push(Edit::Clear { path: VALUES[one_of(place, &VALUES)].0.parse().unwrap() }),
        _ => {
            let (field, values) = VALUES[one_of(place, &VALUES)];
            edits.push(Edit::set_field(field, values[one_of(place, values)]));
        }
    }
    let command = EditCommand { base_heads: Vec::new(), edits };
    // Some edits are refused: a retired record is not changed.
    let _ = place.replica.edit_person(&place.viewer, &document, command);
}

/// The name of a thing, as the list makes it.
fn key(document: DocumentId, due: &Due) -> String {
    let day = due.due.map_or_else(|| "-".to_owned(), PartialDate::stored);
    let path = due.path.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{document}.{}.{}.{day}.{path}", due.rule, due.code)
}

/// What reading and judging every record gives.
fn full(place: &Place) -> BTreeSet<String> {
    let today = PartialDate::in_vietnam(place.clock.now());
    let as_of = place.replica.as_of().unwrap();
    let everybody = PeopleQuery { limit: 1000, ..PeopleQuery::default() };
    let read = |tx: &dyn wardbook_store::Tx| {
        let mut found = BTreeSet::new();
        for row in tx.people(&everybody)?.rows {
            let person = tx.load_document(&row.document)?.expect("it is there").read();
            let dues = reminders(&in_force(as_of), &person, as_of, &validate(&person, as_of));
            found.extend(dues.into_iter().map(|due| key(row.document, &on_day(due, today))));
        }
        Ok::<_, wardbook_store::StoreError>(found)
    };
    place.replica.store().read(read).unwrap()
}

/// What the list says, birthdays too.
fn listed(place: &Place) -> BTreeSet<String> {
    let of = |kind: &str| {
        let kind = kind.to_owned();
        let query = TodoQuery { kind, when: TodoWhen::All, limit: 10_000, ..TodoQuery::default() };
        place.replica.todo(&place.viewer, &query).unwrap().items
    };
    of("").into_iter().chain(of("birthday")).map(|item| item.key).collect()
}

fn count_by_hand(place: &Place) -> u64 {
    let now = TodoQuery { limit: 10_000, ..TodoQuery::default() };
    let items = place.replica.todo(&place.viewer, &now).unwrap().items;
    items.iter().filter(|item| item.finding.kind() != "birthday").count() as u64
}

fn compare(place: &Place, when: &str) -> BTreeSet<String> {
    let (listed, full) = (listed(place), full(place));
    let differing: Vec<_> = listed.symmetric_difference(&full).collect();
    assert!(differing.is_empty(), "{when}: {differing:#?}");
    assert_eq!(place.replica.todo_count(&place.viewer).unwrap(), count_by_hand(place), "{when}");
    listed
}

#[test]
fn the_list_is_what_judging_every_record_anew_gives() {
    let place = Place::node(31);
    place.clock.advance_ms(TODAY.0 - START.0);
    place.replica.rules_of_today().unwrap();
    let people: Vec<_> = (0..PEOPLE).map(|n| place.person(&format!("Nguyễn Văn {n}"))).collect();
    for n in 0..EDITS {
        edit(&place, &people);
        if n % 30 == 0 {
            compare(&place, &format!("edit {n}"));
        }
    }
    let before = compare(&place, "edits");
    assert!(before.len() > PEOPLE, "there is something to compare: {}", before.len());

    // Another day: what is near changes at once, what depends on the day after the night.
    place.clock.advance_ms(200 * DAY_MS);
    place.replica.rules_of_today().unwrap();
    place.replica.project_all().unwrap();
    let later = compare(&place, "200 days later");
    assert_ne!(before, later, "birthdays have come round");

    // The city's own rules.
    let rows = r#"{"rows":[{"rule":"R21","valid_from":"2026-01-01","values":{"months":18},
        "basis_vi":"Quy định thử","basis_en":"A trial rule","source":"test","confidence":"P"},
        {"rule":"R18","valid_from":"2026-01-01","values":{"alert_days":[900]},
        "basis_vi":"Quy định thử","basis_en":"A trial rule","source":"test","confidence":"P"}]}"#;
    place.replica.set_rules(&place.viewer, &rows.replacen('{', "{\"version\":1,", 1)).unwrap();
    place.replica.project_all().unwrap();
    let by_city = compare(&place, "the city's rules");
    assert_ne!(later, by_city, "they say other days");

    // A record leaves: nothing of it stays.
    let gone = people[0];
    place.replica.store().write(|tx| tx.delete_person(&gone)).unwrap();
    let left = compare(&place, "one record less");
    assert!(left.iter().all(|key| !key.starts_with(&gone.to_string())));
    // A row that is lost is seen here.
    let robbed = people.iter().find(|id| left.iter().any(|key| key.starts_with(&id.to_string())));
    let robbed = robbed.expect("something is due");
    place.replica.store().write(|tx| tx.put_dues(robbed, &[])).unwrap();
    assert_ne!(listed(&place), full(&place));
    use_table(RuleTable::embedded());
}

#[test]
fn the_number_reads_what_is_near_and_never_a_record() {
    let place = Place::node(32);
    place.clock.advance_ms(TODAY.0 - START.0);
    place.replica.rules_of_today().unwrap();
    let person = |name: String, birth: &str| {
        let values = [("full_name", name.as_str()), ("sex", "M"), ("birth_date", birth)];
        let edits = values.map(|(key, value)| Edit::set_field(key, value)).to_vec();
        place.replica.create_person(&place.viewer, edits).unwrap().document
    };
    let near: Vec<_> = (0..5).map(|n| person(format!("Gần {n}"), "1965-06-15")).collect();
    let spent = || {
        let before = place.replica.store().counters();
        assert_eq!(place.replica.todo_count(&place.viewer).unwrap(), 5);
        let after = place.replica.store().counters();
        assert_eq!(after.documents_loaded - before.documents_loaded, 0);
        assert_eq!(after.rows_scanned - before.rows_scanned, 0);
        (after.steps - before.steps, after.statements - before.statements)
    };
    let few = spent();
    for n in 0..100 {
        person(format!("Xa {n}"), "1999-06-15");
    }
    let many = spent();
    let cost =
        "a hundred people for whom nothing is near cost nothing but to see that the first is not";
    assert!(many.0 <= few.0 + 2 && many.1 == few.1, "{cost}: {few:?}, {many:?}");

    // One change reads one record, where it is made; the list reads none afterwards.
    let before = place.replica.store().counters().documents_loaded;
    let edits = vec![Edit::set_field("phone", "0901234567")];
    let command = EditCommand { base_heads: Vec::new(), edits };
    place.replica.edit_person(&place.viewer, &near[0], command).unwrap();
    spent();
    let all = TodoQuery { when: TodoWhen::All, limit: 50, ..TodoQuery::default() };
    assert!(place.replica.todo(&place.viewer, &all).unwrap().total > 100);
    assert_eq!(place.replica.store().counters().documents_loaded - before, 1);

    place.replica.retire_person(&place.viewer, &near[1], "nhập trùng").unwrap();
    assert_eq!(
        place.replica.todo_count(&place.viewer).unwrap(),
        4,
        "of the retired nothing is due"
    );
}
