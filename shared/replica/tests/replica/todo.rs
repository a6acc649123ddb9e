//! What falls due: from the projections alone, marked by the office, by the rules of the city.

use std::collections::BTreeMap;

use wardbook_base::{DocumentId, RowId, Timestamp, UserId};
use wardbook_record::{Edit, Lang, PartialDate, Scalar};
use wardbook_replica::{
    EditCommand, ReplicaError, Role, Scope, TodoPage, TodoQuery, TodoState, TodoWhen, Viewer,
};
use wardbook_store::Counters;

use super::common::{Line, Place, START, enrolled_node};

/// 2026-11-22T01:00:00Z: a Sunday on which every released rule is in force.
const TODAY: Timestamp = Timestamp(1_795_309_200_000);

const DAY_MS: i64 = 24 * 3600 * 1000;

fn clerk_office(seed: u64) -> Place {
    let place = Place::node(seed);
    place.clock.advance_ms(TODAY.0 - START.0);
    place
}

/// A person of whom the given values are known.
fn person(place: &Place, name: &str, values: &[(&str, &str)]) -> DocumentId {
    let mut edits = vec![Edit::set_field("full_name", name)];
    edits.extend(values.iter().map(|(key, value)| Edit::set_field(key, *value)));
    place.replica.create_person(&place.viewer, edits).unwrap().document
}

fn contract(place: &Place, document: &DocumentId, until: &str) {
    let cells =
        [("kind", "xdth"), ("no", "12/HĐ"), ("from_date", "2025-01-01"), ("to_date", until)];
    let cells: BTreeMap<String, Scalar> =
        cells.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
    let row = RowId(place.replica.dice().bytes());
    let edits = vec![Edit::AddRow { table: "contracts".to_owned(), row, cells }];
    let command = EditCommand { base_heads: Vec::new(), edits };
    place.replica.edit_person(&place.viewer, document, command).unwrap();
}

fn todo(place: &Place, viewer: &Viewer, query: &TodoQuery) -> TodoPage {
    place.replica.todo(viewer, &TodoQuery { limit: 100, ..query.clone() }).unwrap()
}

/// Who, rule and day of each thing.
fn lines(page: &TodoPage) -> Vec<String> {
    let line = |item: &wardbook_replica::TodoItem| {
        let due = item.finding.due.map(PartialDate::stored).unwrap_or_default();
        format!("{} {} {due}", item.who, item.finding.rule)
    };
    page.items.iter().map(line).collect()
}

fn by(kind: &str, when: TodoWhen) -> TodoQuery {
    TodoQuery { kind: kind.to_owned(), when, ..TodoQuery::default() }
}

#[test]
fn what_falls_due_is_listed_by_day_and_filtered_by_kind_and_time() {
    let place = clerk_office(1);
    // A man of 15 June 1965 reaches 61 years and 6 months on 15 December 2026.
    person(&place, "Trần Văn Bình", &[("sex", "M"), ("birth_date", "1965-06-15")]);
    let hoa = person(&place, "Lê Thị Hoa", &[("sex", "F"), ("birth_date", "1990-12-01")]);
    contract(&place, &hoa, "2026-11-10");
    let an = person(&place, "Phạm Văn An", &[]);
    contract(&place, &an, "2027-02-20");
    let now = todo(&place, &place.viewer, &by("", TodoWhen::Now));
    let expected =
        ["Lê Thị Hoa R18 2026-11-10", "Trần Văn Bình R11 2026-12-15", "Phạm Văn An R18 2027-02-20"];
    assert_eq!(lines(&now), expected);
    assert_eq!(
        now.items.iter().map(|item| item.days_left).collect::<Vec<_>>(),
        [Some(-12), Some(23), Some(90)]
    );
    let fits = |query: &TodoQuery| lines(&todo(&place, &place.viewer, query));
    assert_eq!(fits(&by("", TodoWhen::Overdue)), expected[..1]);
    assert_eq!(fits(&by("", TodoWhen::Month)), expected[1..2]);
    assert_eq!(fits(&by("", TodoWhen::Quarter)), expected[1..]);
    assert_eq!(fits(&by("", TodoWhen::Year)), expected[..2]);
    assert_eq!(fits(&by("retirement", TodoWhen::Now)), expected[1..2]);
    assert_eq!(fits(&by("birthday", TodoWhen::Month)), ["Lê Thị Hoa W03 2026-12-01"]);
    let missing = fits(&by("missing", TodoWhen::Undated));
    assert_eq!(missing.len(), 3, "a required item is missing in each record: {missing:?}");
    assert_eq!(now.by_when[&TodoWhen::Overdue], 1);
    assert_eq!(place.replica.todo_count(&place.viewer).unwrap(), 3);
    let item = &now.items[1];
    assert!(item.finding.sentence(Lang::Vi).contains("15/12/2026"));
    assert!(item.finding.basis(Lang::Vi).contains("135/2020"));
    assert!(item.finding.basis(Lang::Vi).contains("chưa kiểm chứng"));
}

#[test]
fn a_list_costs_rows_and_no_document_however_many_people_there_are() {
    let place = clerk_office(2);
    for n in 0..40 {
        let values = [("sex", "M"), ("birth_date", "1965-06-15")];
        person(&place, &format!("Nguyễn Văn {n}"), &values);
    }
    let count = || place.replica.store().counters();
    let spent = |before: Counters, after: Counters| {
        (after.documents_loaded - before.documents_loaded, after.commits - before.commits)
    };
    let before = count();
    assert_eq!(todo(&place, &place.viewer, &by("retirement", TodoWhen::Now)).total, 40);
    assert_eq!(place.replica.todo_count(&place.viewer).unwrap(), 40);
    assert_eq!(spent(before, count()), (0, 0), "documents loaded, transactions written");
    let before = count();
    place.replica.ward_findings(&place.viewer).unwrap();
    assert_eq!(spent(before, count()).0, 40, "the check of a ward reads every record once");
}

#[test]
fn a_thing_is_done_or_put_off_for_the_whole_office_and_taken_back() {
    let place = clerk_office(3);
    let hoa = person(&place, "Lê Thị Hoa", &[]);
    contract(&place, &hoa, "2026-12-10");
    let contracts = by("contract", TodoWhen::Now);
    let key = todo(&place, &place.viewer, &contracts).items[0].key.clone();
    let leader = Viewer { role: Role::Leader, user: UserId([7; 8]), ..place.viewer.clone() };
    let refused = place.replica.mark_todo(&leader, &key, None);
    assert!(matches!(refused, Err(ReplicaError::NotAllowed)), "leaders read only");
    let unknown = place.replica.mark_todo(&place.viewer, "x.R01.due.-.", None);
    assert!(matches!(unknown, Err(ReplicaError::NotFound)));

    place.replica.mark_todo(&place.viewer, &key, None).unwrap();
    assert_eq!(todo(&place, &leader, &contracts).total, 0, "the leader sees it too");
    assert_eq!(place.replica.todo_count(&place.viewer).unwrap(), 0);
    let done = TodoQuery { state: TodoState::Done, ..contracts.clone() };
    let mark = todo(&place, &leader, &done).items[0].mark.clone().unwrap();
    assert_eq!(mark.words(Lang::Vi), "Đã làm (Hệ thống, 22/11/2026)");
    place.replica.unmark_todo(&place.viewer, &key).unwrap();
    assert_eq!(todo(&place, &leader, &contracts).total, 1);

    let until = "2026-12-01".parse().unwrap();
    place.replica.mark_todo(&place.viewer, &key, Some(until)).unwrap();
    assert_eq!(todo(&place, &place.viewer, &contracts).total, 0);
    let later = TodoQuery { state: TodoState::Later, ..contracts.clone() };
    assert_eq!(todo(&place, &place.viewer, &later).total, 1);
    place.clock.advance_ms(9 * DAY_MS);
    assert_eq!(todo(&place, &place.viewer, &contracts).total, 1, "its day has come again");

    // Another end of the contract is another thing to do.
    place.replica.mark_todo(&place.viewer, &key, None).unwrap();
    contract(&place, &hoa, "2026-12-20");
    assert_eq!(todo(&place, &place.viewer, &contracts).total, 1);
}

#[test]
fn the_list_tells_nobody_what_they_may_not_read() {
    let place = clerk_office(4);
    let hoa =
        person(&place, "Lê Thị Hoa", &[("org_unit", "ub_vp"), ("party_join_date", "2025-12-03")]);
    contract(&place, &hoa, "2026-12-10");
    let scope = Scope { units: vec!["ub_vp".to_owned()], person: None };
    let head = Viewer { role: Role::Head, scope, ..place.viewer.clone() };
    let other = Scope { units: vec!["ub_hcc".to_owned()], person: None };
    let stranger = Viewer { role: Role::Head, scope: other, ..place.viewer.clone() };
    let all = by("", TodoWhen::All);
    let told = lines(&todo(&place, &head, &all));
    let access = head.access();
    for (table, rule) in [("contracts", "R18"), ("party_official_date", "R21")] {
        let is_told = told.iter().any(|line| line.contains(rule));
        assert_eq!(is_told, access.reads(table), "{rule}: {told:?}");
    }
    assert_eq!(lines(&todo(&place, &stranger, &all)), [""; 0]);
    assert!(place.replica.ward_findings(&head).is_err());
}

#[test]
fn the_list_can_be_kept_as_a_workbook() {
    let place = clerk_office(5);
    person(&place, "=HYPERLINK(1)", &[("sex", "M"), ("birth_date", "1965-06-15")]);
    let file = place.replica.export_todo(&place.viewer, &by("", TodoWhen::All)).unwrap();
    assert_eq!((file.people, file.file_name.as_str()), (2, "viec-can-lam-2026-11-22.xlsx"));
    assert!(file.bytes.starts_with(b"PK"));
}

#[tokio::test]
async fn unsent_changes_have_three_working_days() {
    let hub = Place::hub(6);
    let node = enrolled_node(&hub, 7, "máy 1").await;
    node.clock.advance_ms(TODAY.0 - START.0);
    let before = todo(&node, &node.viewer, &by("sync", TodoWhen::All));
    assert_eq!(before.total, 0, "nothing waits");
    person(&node, "Lê Thị Hoa", &[]);
    let page = todo(&node, &node.viewer, &by("sync", TodoWhen::All));
    assert_eq!(lines(&page), [" R24 2026-11-25"], "from a Sunday");
    node.clock.advance_ms(4 * DAY_MS);
    let late = todo(&node, &node.viewer, &by("sync", TodoWhen::Overdue));
    assert_eq!(late.items[0].days_left, Some(-1));
}

#[tokio::test]
async fn rows_of_the_city_come_into_force_and_records_are_judged_anew() {
    let hub = Place::hub(8);
    let place = clerk_office(9);
    person(&place, "Lê Thị Hoa", &[("party_join_date", "2026-01-05")]);
    let full = |place: &Place| lines(&todo(place, &place.viewer, &by("party", TodoWhen::All)));
    assert_eq!(full(&place), ["Lê Thị Hoa R21 2027-01-05"]);

    let rows = r#"{"rows":[{"rule":"R21","valid_from":"2026-01-01","values":{"months":18},
        "basis_vi":"Quy định thử","basis_en":"A trial rule","source":"test","confidence":"P"}]}"#;
    let wrong = rows.replace("18", "\"18\"");
    let error = hub.replica.set_rules(&hub.viewer, &wrong).unwrap_err();
    assert_eq!(error.code(), "bad_rules");
    assert!(error.sentence(Lang::Vi).contains("R21"));
    let taken = hub.replica.set_rules(&hub.viewer, rows).unwrap();
    assert_eq!((taken.version, taken.rows.len()), (1, 1));
    assert_eq!(hub.replica.set_rules(&hub.viewer, rows).unwrap().version, 2);

    // What the hub holds is what a ward takes by file.
    let file = serde_json::to_string(&hub.replica.city_rules(&hub.viewer).unwrap()).unwrap();
    assert_eq!(place.replica.set_rules(&place.viewer, &file).unwrap().version, 2);
    place.replica.project_all().unwrap();
    assert_eq!(full(&place), ["Lê Thị Hoa R21 2027-07-05"]);
    let older = file.replace("\"version\":2", "\"version\":1");
    let error = place.replica.set_rules(&place.viewer, &older).unwrap_err();
    assert_eq!(error.code(), "old_rules");

    // ... or over the line, signed by the hub.
    let node = enrolled_node(&hub, 10, "máy 2").await;
    let line = Line::to(&hub);
    assert!(node.replica.fetch_rules(&line).await.unwrap());
    assert_eq!(node.replica.city_rules(&node.viewer).unwrap().version, 2);
    assert!(!node.replica.fetch_rules(&line).await.unwrap(), "nothing newer");

    // It is there again after a start, and the same file again changes nothing.
    let place = place.reopened();
    assert_eq!(place.replica.city_rules(&place.viewer).unwrap().version, 2);
    assert_eq!(place.replica.project_all().unwrap(), 0, "judged by the same rules already");
    wardbook_record::rules::use_table(wardbook_record::rules::RuleTable::embedded());
}
