//! Moves between wards as one flow: the ward asks by the form, the city's officer answers in one
//! place, and the yes moves the record. Nobody is lost and nobody is counted twice.

use serde_json::{Value, json};
use wardbook_tests::harness::{Api, Node, Town, Visitor, pdf};

use crate::custody::{sync_all, town_of};

const WHY: &str = "Theo kế hoạch điều động năm 2025";
/// The papers of every request, and its day.
const PAPERS: [(&str, &str); 5] = [
    ("effective", "01/07/2025"),
    ("decision_no", "12/TTr-UBND"),
    ("decision_date", "01/06/2025"),
    ("decision_org", "UBND phường"),
    ("signer", "Lê Văn Hùng"),
];

/// The words of `action` on the command line.
pub(super) fn action(name: &str, person: &str, boxes: &[(&str, &str)]) -> Vec<String> {
    let mut words = vec!["action".to_owned(), name.to_owned(), "--reason".to_owned(), WHY.into()];
    if !person.is_empty() {
        words.extend(["--person".to_owned(), person.to_owned()]);
    }
    for (key, value) in PAPERS.iter().chain(boxes) {
        words.extend(["--set".to_owned(), format!("{key}={value}")]);
    }
    words
}

/// Enters an action by command; it must be written.
pub(super) async fn enter(node: &Node, name: &str, person: &str, boxes: &[(&str, &str)]) -> Value {
    let words = action(name, person, boxes);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    node.run(&words).await.ok().json()
}

/// What a ward asks for a person whom it does not hold.
async fn ask_for(node: &Node, who: &Who) -> wardbook_tests::harness::Finished {
    let boxes = [
        ("person_id_no", who.number.as_str()),
        ("full_name", who.name.as_str()),
        ("birth_date", who.born.as_str()),
    ];
    let words = action("ask_in", "", &boxes);
    node.run(&words.iter().map(String::as_str).collect::<Vec<_>>()).await
}

#[derive(Debug, Clone)]
struct Who {
    number: String,
    name: String,
    born: String,
}

impl Who {
    async fn of(api: &Api, person: &str) -> Self {
        let values = api.person(person).await["values"].clone();
        let text = |key: &str| values[key].as_str().expect(key).to_owned();
        Self {
            number: text("person_id_no"),
            name: text("full_name"),
            born: typed(&text("birth_date")),
        }
    }
}

/// A stored day as one types it.
fn typed(day: &str) -> String {
    let parts: Vec<&str> = day.split('-').rev().collect();
    parts.join("/")
}

/// What waits at the city.
pub(super) async fn waiting(town: &Town) -> Vec<Value> {
    let listed = town.hub.run(&["request", "list"]).await.ok().json();
    listed["requests"].as_array().expect("requests").clone()
}

/// The city's answer to what waits for a record or a slip.
pub(super) async fn answer(
    town: &Town,
    one: &Value,
    yes: bool,
) -> wardbook_tests::harness::Finished {
    let (record, row) = (text(one, "document"), text(one, "row"));
    let word = if yes { "agree" } else { "refuse" };
    town.hub.run(&["request", word, &record, &row, "--reason", "Đúng chỉ tiêu biên chế"]).await
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// What a ward reads of its requests and of who moved.
pub(super) async fn told(node: &Node) -> Value {
    node.api().get("/requests").await
}

/// People in use by every count there is: at the hub, and the sum over the wards.
pub(super) async fn counts(town: &Town) -> (u64, u64) {
    let hub = town.hub.api().get("/people?limit=1").await["total"].as_u64().expect("a total");
    let mut wards = 0;
    for node in &town.nodes {
        wards += node.status().await["people"].as_u64().expect("a count");
    }
    (hub, wards)
}

pub(super) async fn is_here(node: &Node, person: &str) -> bool {
    let path = format!("/people/{person}");
    let got = node.api().call(reqwest::Method::GET, &path, None).await.expect("an answer");
    got.status == 200
}

pub(super) async fn own_list(node: &Node) -> Vec<String> {
    node.api().people("limit=50").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_is_asked_for_agreed_and_the_record_goes_over_with_its_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = town_of(folder.path(), 2).await;
    let (a, b) = (&town.nodes[0], &town.nodes[1]);
    let before = counts(&town).await;
    let person = own_list(a).await[0].clone();

    // A scan in a row of the record.
    let cells = json!({"kind": "qd", "number": "77/QĐ-UBND"});
    let row = json!({"edits": [{"op": "add_row", "table": "documents", "cells": cells}]});
    let path = format!("/people/{person}");
    a.api().call(reqwest::Method::PATCH, &path, Some(&row)).await.expect("an answer").ok();
    let values = a.api().person(&person).await["values"].clone();
    let row =
        values.as_object().expect("values").keys().find_map(|key| {
            key.strip_prefix("documents/")?.strip_suffix("/number").map(str::to_owned)
        });
    let row = row.expect("the row");
    let url = format!("http://{}", a.ui_address);
    let clerk = Visitor::first_sign_in(&url, &a.login, &a.password).await;
    let scan = pdf(100_000);
    let page = format!("/people/{person}/tables/documents/{row}/file");
    let sent = clerk.upload(&page, "quyet-dinh.pdf", scan.clone()).await;
    assert_eq!(sent.status, 303, "{}", sent.words());

    // Asked for by number, as the form would; the receiving ward by its name.
    let who = Who::of(&a.api(), &person).await;
    let ward_b = town.hub.api().get("/wards").await["wards"]
        .as_array()
        .expect("wards")
        .iter()
        .find(|ward| ward["ward"] == json!(b.ward))
        .map(|ward| text(ward, "name"))
        .expect("named");
    enter(a, "transfer_out", &who.number, &[("to_ward", &ward_b)]).await;
    assert_eq!(told(a).await["requests"][0]["request"]["state"], json!("waits"));
    sync_all(&town).await;

    // A no brings its reason back, and nothing moves; without a reason it is refused.
    let asked = waiting(&town).await;
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0]["request"]["signer"], json!("Lê Văn Hùng"));
    let place = [text(&asked[0], "document"), text(&asked[0], "row")];
    let bare = town.hub.run(&["request", "refuse", &place[0], &place[1]]).await;
    assert_eq!((bare.code, bare.stderr.contains("no_reason")), (Some(3), true), "{bare:?}");
    answer(&town, &asked[0], false).await.ok();
    let again = answer(&town, &asked[0], true).await;
    assert_eq!(
        (again.code, again.stderr.contains("already_answered")),
        (Some(3), true),
        "{again:?}"
    );
    sync_all(&town).await;
    let page = clerk.get("/requests").await.words();
    assert!(page.contains("Bị từ chối: Đúng chỉ tiêu biên chế"), "{page}");
    assert!(own_list(a).await.contains(&person) && waiting(&town).await.is_empty());

    // A yes moves the record at once.
    let next = [("to_ward", b.ward.as_str()), ("decision_no", "13/TTr-UBND")];
    enter(a, "transfer_out", &person, &next).await;
    a.sync_until_equal().await;
    answer(&town, &waiting(&town).await[0], true).await.ok();
    let ledger = town.hub.run(&["custody", "history", &person]).await.ok().json();
    assert_eq!(ledger["custody"]["ward"], json!(b.ward), "in the same transaction: {ledger}");
    sync_all(&town).await;
    assert!(!is_here(a, &person).await && !own_list(a).await.contains(&person));
    let page = clerk.get("/requests").await.words();
    let says = format!("Đã duyệt, hồ sơ đã chuyển đến {ward_b}");
    assert!(page.contains("Đã chuyển đi") && page.contains(&says), "{page}");
    assert!(page.contains(&who.name) && page.contains("13/TTr-UBND"), "{page}");

    // The other ward has all of it, may edit it, and is asked to enter the arrival.
    let came = b.api().person(&person).await;
    assert_eq!(came["values"]["full_name"], json!(who.name));
    b.api().set(&person, &[("phone", "0902222222")]).await.expect("an answer").ok();
    let url = format!("http://{}", b.ui_address);
    let other = Visitor::first_sign_in(&url, &b.login, &b.password).await;
    let page = other.get("/requests").await.words();
    assert!(page.contains("Mới chuyển đến") && page.contains(&who.name), "{page}");
    assert!(!page.contains("Bị từ chối"), "what the former ward asked for is not ours: {page}");
    let file =
        came["values"][&format!("documents/{row}/file")].as_str().expect("a file").to_owned();
    let hash = file.split(' ').next().expect("a hash").to_owned();
    // The bytes follow the record by calls of their own.
    let mut got = other.get(&format!("/people/{person}/files/{hash}")).await;
    for _ in 0..20 {
        if got.status == 200 && got.body.starts_with("%PDF") {
            break;
        }
        b.run(&["sync"]).await.ok();
        got = other.get(&format!("/people/{person}/files/{hash}")).await;
    }
    assert_eq!((got.status, got.body.starts_with("%PDF")), (200, true), "{}", got.words());
    let arrived = [("job_position", "P30"), ("org", "UBND phường mới"), ("decision_no", "14/QĐ")];
    enter(b, "transfer_in", &person, &arrived).await;
    sync_all(&town).await;
    assert_eq!(counts(&town).await, before);
    town.hub.run(&["audit"]).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secondment_is_agreed_to_and_ended_by_the_city() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = town_of(folder.path(), 2).await;
    let (a, b) = (&town.nodes[0], &town.nodes[1]);
    let before = counts(&town).await;
    let person = own_list(a).await[0].clone();
    let boxes = [("to_ward", b.ward.as_str()), ("until", "30/06/2027")];
    enter(a, "second", &person, &boxes).await;
    sync_all(&town).await;
    assert!(!is_here(b, &person).await, "not before the answer");
    let values = a.api().person(&person).await["values"].clone();
    assert_ne!(values["work_status"], json!("biet_phai"), "not before the answer");

    answer(&town, &waiting(&town).await[0], true).await.ok();
    sync_all(&town).await;
    assert_eq!(a.api().person(&person).await["values"]["work_status"], json!("biet_phai"));
    assert_eq!(told(a).await["requests"][0]["request"]["state"], json!("agreed"));
    a.api().set(&person, &[("phone", "0903333333")]).await.expect("an answer").ok();
    sync_all(&town).await;
    assert_eq!(b.api().person(&person).await["values"]["phone"], json!("0903333333"));
    let refused = b.api().set(&person, &[("phone", "0904444444")]).await.expect("an answer");
    assert_eq!(refused.body["code"], json!("not_custodian"), "{refused:?}");
    assert_eq!(counts(&town).await, before, "counted once");

    let boxes = [("effective", "01/07/2026"), ("decision_no", "15/TTr-UBND")];
    enter(a, "end_second", &person, &boxes).await;
    sync_all(&town).await;
    answer(&town, &waiting(&town).await[0], true).await.ok();
    sync_all(&town).await;
    assert!(!is_here(b, &person).await, "the loan is over");
    assert_eq!(a.api().person(&person).await["values"]["work_status"], json!("dang_lam_viec"));
    assert_eq!(counts(&town).await, before);
    town.hub.run(&["audit"]).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ward_asks_for_a_person_and_learns_nothing_it_did_not_know() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = town_of(folder.path(), 2).await;
    let (a, b) = (&town.nodes[0], &town.nodes[1]);
    let before = counts(&town).await;
    let people = own_list(a).await;
    let (person, who) = (&people[0], Who::of(&a.api(), &people[0]).await);

    // What needs no city to be wrong is said at once, each in one sentence.
    let own = Who::of(&b.api(), &own_list(b).await[0]).await;
    let here = ask_for(b, &own).await;
    assert_eq!(
        (here.code, here.stderr.contains("Phường đang quản lý")),
        (Some(3), true),
        "{here:?}"
    );
    let short = ask_for(b, &Who { number: "0790850012".into(), ..who.clone() }).await;
    assert_eq!((short.code, short.stderr.contains("12 chữ số")), (Some(3), true), "{short:?}");

    // Nobody of that number, and a number that is somebody else's: the same answer to both.
    let nobody = Who { number: "096199000001".into(), ..who.clone() };
    let false_name = Who { name: "Nguyễn Văn Khác".into(), ..who.clone() };
    ask_for(b, &nobody).await.ok();
    ask_for(b, &false_name).await.ok();
    let twice = ask_for(b, &false_name).await;
    assert_eq!((twice.code, twice.stderr.contains("đang chờ")), (Some(3), true), "{twice:?}");
    assert_eq!(counts(&town).await, before, "a slip is no person");
    sync_all(&town).await;
    assert_eq!(counts(&town).await, before, "nor at the city");
    let asked = waiting(&town).await;
    let bars: Vec<String> = asked.iter().map(|one| text(&one["bar"], "code")).collect();
    assert_eq!(bars, ["move_nobody", "move_somebody_else"], "{asked:?}");
    assert_eq!(asked[1]["found"][0]["ward"], json!(a.ward), "the officer sees who it is");
    let barred = answer(&town, &asked[1], true).await;
    assert_eq!(
        (barred.code, barred.stderr.contains("move_somebody_else")),
        (Some(3), true),
        "{barred:?}"
    );
    for one in &asked {
        let (record, row) = (text(one, "document"), text(one, "row"));
        town.hub.run(&["request", "refuse", &record, &row]).await.ok();
    }
    sync_all(&town).await;
    let answers = told(b).await["requests"].as_array().expect("requests").clone();
    let words: Vec<String> = answers.iter().map(|one| text(&one["request"], "answer")).collect();
    assert_eq!((words.len(), &words[0]), (2, &words[1]), "{words:?}");
    let all = told(b).await.to_string();
    for secret in [&text(&a.api().person(person).await["values"], "phone"), &a.ward] {
        assert!(secret.is_empty() || !all.contains(secret.as_str()), "{secret}: {all}");
    }

    // The right one: the officer sees the match, the yes moves the record here.
    ask_for(b, &who).await.ok();
    sync_all(&town).await;
    let asked = waiting(&town).await;
    assert_eq!((asked.len(), &asked[0]["bar"]), (1, &Value::Null), "{asked:?}");
    assert_eq!(asked[0]["found"][0]["ward"], json!(a.ward));
    answer(&town, &asked[0], true).await.ok();
    sync_all(&town).await;
    assert!(is_here(b, person).await && !is_here(a, person).await);
    b.api().set(person, &[("phone", "0902222222")]).await.expect("an answer").ok();
    let left = told(a).await["moved"].clone();
    assert_eq!(left[0]["full_name"], json!(who.name), "{left}");
    assert_eq!(left[0]["asked"], json!(false), "the old ward did not ask");
    sync_all(&town).await;
    assert_eq!(counts(&town).await, before);
    town.hub.run(&["audit"]).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_requests_one_taken_back_and_one_overtaken_by_a_retirement() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = town_of(folder.path(), 3).await;
    let (a, b, c) = (&town.nodes[0], &town.nodes[1], &town.nodes[2]);
    let before = counts(&town).await;
    let people = own_list(a).await;

    // The old ward gives to b, while b and c ask for the same person.
    let (person, who) = (&people[0], Who::of(&a.api(), &people[0]).await);
    enter(a, "transfer_out", person, &[("to_ward", &b.ward)]).await;
    let twice = action(
        "second",
        person,
        &[("to_ward", &c.ward), ("until", "01/01/2027"), ("decision_no", "9/TTr")],
    );
    let twice = a.run(&twice.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(
        (twice.code, twice.stderr.contains("đang chờ thành phố")),
        (Some(3), true),
        "{twice:?}"
    );
    ask_for(b, &who).await.ok();
    ask_for(c, &who).await.ok();
    sync_all(&town).await;
    assert_eq!(waiting(&town).await.len(), 3);
    let of = |ward: &str| {
        let ward = ward.to_owned();
        move |one: &&Value| one["ward"] == json!(ward)
    };
    let asked = waiting(&town).await;
    answer(&town, asked.iter().find(of(&a.ward)).expect("the giver's"), true).await.ok();
    // What b asked for has come true; c's still waits, and names the ward that has the person now.
    let asked = waiting(&town).await;
    assert_eq!((asked.len(), &asked[0]["ward"]), (1, &json!(c.ward)), "{asked:?}");
    assert_eq!(asked[0]["found"][0]["ward"], json!(b.ward));
    answer(&town, &asked[0], false).await.ok();
    sync_all(&town).await;
    assert_eq!(told(b).await["requests"][0]["request"]["state"], json!("agreed"));
    assert_eq!(told(c).await["requests"][0]["request"]["state"], json!("refused"));
    assert_eq!(counts(&town).await, before);

    // Taken back before the answer: nothing waits, and the person can be asked about anew.
    let person = &people[1];
    enter(a, "transfer_out", person, &[("to_ward", &b.ward)]).await;
    sync_all(&town).await;
    let one = waiting(&town).await[0].clone();
    let path = format!("/requests/{}/{}/withdraw", text(&one, "document"), text(&one, "row"));
    let back = a.api().call(reqwest::Method::POST, &path, None).await.expect("an answer");
    assert_eq!(back.status, 204, "{back:?}");
    sync_all(&town).await;
    let late = answer(&town, &one, true).await;
    assert_eq!((late.code, late.stderr.contains("already_answered")), (Some(3), true), "{late:?}");
    assert!(waiting(&town).await.is_empty() && own_list(a).await.contains(person));

    // Retired meanwhile: the city sees it and cannot say yes.
    enter(a, "transfer_out", person, &[("to_ward", &b.ward), ("decision_no", "16/TTr")]).await;
    let boxes = [("how", "nghi_huu"), ("effective", "01/07/2025"), ("decision_no", "17/QĐ")];
    enter(a, "retire", person, &boxes).await;
    sync_all(&town).await;
    let one = waiting(&town).await[0].clone();
    assert_eq!(text(&one["bar"], "code"), "move_gone", "{one}");
    let barred = answer(&town, &one, true).await;
    assert_eq!((barred.code, barred.stderr.contains("Đã nghỉ hưu")), (Some(3), true), "{barred:?}");
    answer(&town, &one, false).await.ok();
    sync_all(&town).await;
    assert!(is_here(a, person).await && !is_here(b, person).await);

    // Erased meanwhile: nothing waits any more, and nobody is told who it was.
    let (person, who) = (&people[2], Who::of(&a.api(), &people[2]).await);
    ask_for(c, &who).await.ok();
    sync_all(&town).await;
    let words = ["person", "purge", person, "--reason", "QĐ 18/QĐ-UBND", "--yes"];
    town.hub.run(&words).await.ok();
    let one = waiting(&town).await[0].clone();
    assert_eq!((text(&one["bar"], "code").as_str(), &one["found"]), ("move_nobody", &json!([])));
    let (record, row) = (text(&one, "document"), text(&one, "row"));
    town.hub.run(&["request", "refuse", &record, &row]).await.ok();
    sync_all(&town).await;
    assert_eq!(counts(&town).await, (before.0 - 1, before.1 - 1), "one was erased, nobody else");
    town.hub.run(&["audit"]).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_new_ward_takes_over_what_the_old_one_wrote_too_late() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = town_of(folder.path(), 2).await;
    let (a, b) = (&town.nodes[0], &town.nodes[1]);
    let person = own_list(a).await[0].clone();
    enter(a, "transfer_out", &person, &[("to_ward", &b.ward)]).await;
    sync_all(&town).await;
    a.line.cut();
    answer(&town, &waiting(&town).await[0], true).await.ok();
    b.sync_until_equal().await;
    let edits = [("phone", "0902222222"), ("email", "moi@example.vn")];
    b.api().set(&person, &edits).await.expect("an answer").ok();
    b.sync_until_equal().await;
    let late = [("phone", "0901111111"), ("email", "cu@example.vn"), ("bank_account", "123")];
    a.api().set(&person, &late).await.expect("an answer").ok();
    a.line.restore();
    sync_all(&town).await;
    let present = b.api().person(&person).await["values"].clone();
    assert_eq!(present["phone"], json!("0902222222"), "nothing is overwritten");

    let kept = b.api().get("/kept").await;
    let card = kept.as_array().expect("cards").iter().find(|one| one["code"] == json!("late_edit"));
    let card = card.unwrap_or_else(|| panic!("a card: {kept}")).clone();
    let both: Vec<(String, String)> = card["late"]
        .as_array()
        .expect("values")
        .iter()
        .map(|one| (text(one, "present"), text(one, "late")))
        .collect();
    assert!(both.contains(&("0902222222".into(), "0901111111".into())), "{card}");
    let path = format!("/kept/{}/{}/take", text(&card, "document"), text(&card, "hash"));
    b.api().post(&path, &json!({"paths": ["phone"]})).await;
    let now = b.api().person(&person).await["values"].clone();
    assert_eq!((&now["phone"], &now["email"]), (&json!("0901111111"), &json!("moi@example.vn")));
    let rest = b.api().get("/kept").await;
    let open = rest.as_array().expect("cards").iter().filter(|one| one["seen"] == json!(false));
    assert_eq!(open.count(), 0, "{rest}");
    sync_all(&town).await;
    assert_eq!(town.hub.api().person(&person).await["values"]["phone"], json!("0901111111"));
    let again = b.api().call(reqwest::Method::POST, &path, Some(&json!({}))).await;
    assert_eq!(again.expect("an answer").status, 404, "settled once");
    town.hub.run(&["audit"]).await.ok();
}
