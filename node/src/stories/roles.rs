//! Role by role through the front door: what each may read and write of whom, in pages, the JSON
//! interface, lists, search, history, conflicts and exports.

use std::collections::BTreeMap;
use std::io::Read as _;

use wardbook_replica::Role;

use super::*;

pub(super) const PASSWORD: &str = "bốn từ dễ nhớ lắm";
const UNIT: &str = "phong_kinh_te";

/// Fields of the sample record by what they stand for, each with a value that occurs nowhere else.
const SECRETS: [(&str, &str, &str); 9] = [
    ("identity", "bank_account", "9704221100"),
    ("religion", "family_origin", "Bần nông rất riêng"),
    ("employment", "main_duty", "Phụ trách việc rất riêng"),
    ("party", "party_card_no", "61.033777"),
    ("qualification", "highest_major", "Quản lý công rất riêng"),
    ("pay", "salary_coefficient", "4.65"),
    ("health", "weight_kg", "58.7"),
    ("history", "history_arrest", "Lời khai rất riêng"),
    ("remark", "unit_remark", "Nhận xét rất riêng"),
];

pub(super) struct Office {
    pub(super) browser: Browser,
    /// Two records: the first in the division of the head and the own one of the staff member.
    pub(super) people: [String; 2],
    pub(super) cookies: BTreeMap<&'static str, String>,
}

pub(super) async fn office() -> Office {
    let mut browser = Browser::signed_in().await;
    let mut people = Vec::new();
    for (name, number, unit) in
        [("Trần Thị Bình", "079190000123", UNIT), ("Phạm Văn Cường", "079090000456", "van_phong")]
    {
        let mut edits: Vec<Value> = SECRETS
            .iter()
            .map(|(_, path, value)| json!({ "op": "set", "path": path, "value": value }))
            .collect();
        for (path, value) in
            [("full_name", name), ("person_id_no", number), ("phone", "0908123456")]
        {
            edits.push(json!({ "op": "set", "path": path, "value": value }));
        }
        let unit = unit_of(unit);
        edits.push(json!({ "op": "set", "path": "org_unit", "value": unit }));
        let (status, saved) =
            browser.api(Method::POST, "/api/v1/people", &json!({ "edits": edits })).await;
        assert_eq!(status, StatusCode::CREATED, "{saved}");
        people.push(saved["id"].as_str().unwrap().to_owned());
    }
    let admin = std::mem::take(&mut browser.cookie);
    let mut cookies = BTreeMap::from([("admin", admin.clone())]);
    let unit_box = format!("unit.{}", unit_of(UNIT));
    for role in ["clerk", "leader", "head", "accountant", "staff", "technician"] {
        browser.cookie.clone_from(&admin);
        let form = [
            ("login", role),
            ("name", role),
            ("role", role),
            ("number", "079190000123"),
            (unit_box.as_str(), "1"),
        ];
        let made = browser.post("/accounts", &form).await;
        let password = between(&made.body, "data-one-time-password=\"\">", "<");
        browser.cookie.clear();
        browser.post("/sign-in", &[("login", role), ("password", &password)]).await;
        let form = [("old", password.as_str()), ("new", PASSWORD), ("again", PASSWORD)];
        let page = browser.post("/account/password", &form).await;
        assert!(page.location.ends_with("done=password"), "{role}: {}", page.body);
        cookies.insert(role, std::mem::take(&mut browser.cookie));
    }
    let people = [people[0].clone(), people[1].clone()];
    Office { browser, people, cookies }
}

/// A division of the catalog; any two of it do.
fn unit_of(which: &str) -> String {
    let field = wardbook_record::schema().field("org_unit").unwrap();
    let day = wardbook_record::PartialDate::in_vietnam(MORNING);
    let items = field.items_on(day);
    items[usize::from(which == UNIT)].code.clone()
}

impl Office {
    /// A question of one role to the JSON interface, without the control token.
    async fn ask(&mut self, role: &str, method: Method, path: &str, body: &Value) -> (u16, String) {
        self.browser.cookie.clone_from(&self.cookies[role]);
        let headers = [("content-type", "application/json"), ("sec-fetch-site", "same-origin")];
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let page = self.browser.send(method, path, bytes, &headers).await;
        (page.status.as_u16(), page.body)
    }

    pub(super) async fn read(&mut self, role: &str, path: &str) -> (u16, String) {
        self.ask(role, Method::GET, path, &Value::Null).await
    }
}

/// What a role may read of the sample record, by the table.
fn readable(role: &str) -> Vec<(&'static str, &'static str, bool)> {
    let access = Role::parse(role).unwrap().access();
    SECRETS.iter().map(|(_, path, value)| (*path, *value, access.reads(path))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_reads_what_the_table_says_and_nothing_else() {
    let mut office = office().await;
    let [near, far] = office.people.clone();
    for role in ["clerk", "leader", "head", "accountant", "staff", "admin", "technician"] {
        for (id, is_near) in [(&near, true), (&far, false)] {
            let reaches = match role {
                "technician" => false,
                "head" | "staff" => is_near,
                _ => true,
            };
            for path in [format!("/api/v1/people/{id}"), format!("/api/v1/people/{id}/history")] {
                let (status, body) = office.read(role, &path).await;
                assert_eq!(status, if reaches { 200 } else { 404 }, "{role} {path}: {body}");
                for (field, value, may) in readable(role) {
                    let shown = body.contains(value) || body.contains(&value.replace('.', ","));
                    assert_eq!(shown, reaches && may, "{role} {path} {field}: {body}");
                }
            }
            let (status, page) = office.read(role, &format!("/people/{id}")).await;
            assert_eq!(status, if reaches { 200 } else { 404 }, "{role}");
            for (field, value, may) in readable(role) {
                let shown = page.contains(value) || page.contains(&value.replace('.', ","));
                assert!(!shown || (reaches && may), "{role} page {field}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_search_and_exports_tell_no_more_than_the_record() {
    let mut office = office().await;
    let [near, far] = office.people.clone();
    for (role, sees_near, sees_far) in [
        ("clerk", true, true),
        ("leader", true, true),
        ("accountant", true, true),
        ("head", true, false),
        ("staff", true, false),
        ("technician", false, false),
    ] {
        for path in
            ["/api/v1/people", "/api/v1/people?q=tran%20thi", "/api/v1/people?q=cuong", "/people"]
        {
            let (status, body) = office.read(role, path).await;
            assert_eq!(status, 200, "{role} {path}");
            assert!(sees_near || !body.contains(&near), "{role} {path}");
            assert!(sees_far || !body.contains(&far), "{role} {path}");
        }
        let (_, all) = office.read(role, "/api/v1/people").await;
        assert_eq!((all.contains(&near), all.contains(&far)), (sees_near, sees_far), "{role}");
        // A number that the role may not read finds nobody by being typed.
        let (_, found) = office.read(role, "/api/v1/people?q=079190000123").await;
        let reads_number = Role::parse(role).unwrap().access().reads("person_id_no");
        assert_eq!(
            found.contains(&near) || role == "staff",
            reads_number && sees_near || role == "staff",
            "{role}"
        );
        assert!(reads_number || !all.contains("079190000123"), "{role}");
        // Nor does a filter over a hidden field.
        if !Role::parse(role).unwrap().access().reads_all() {
            let everybody = office.read(role, "/api/v1/people").await.1;
            let (_, none) = office.read(role, "/api/v1/people?errors=1").await;
            assert_eq!(none, everybody, "{role}: a hidden filter changes nothing");
        }
        let (status, book) = export(&mut office, role).await;
        assert_eq!(status, if role == "technician" { 403 } else { 200 }, "{role}");
        for (field, value, may) in readable(role) {
            let text = value.replace('.', ",");
            assert!(
                may || !(book.contains(value) || book.contains(&text)),
                "{role} export {field}"
            );
        }
        assert!(sees_far || !book.contains("Phạm Văn Cường"), "{role}");
    }
}

/// The texts of the exported workbook.
async fn export(office: &mut Office, role: &str) -> (u16, String) {
    office.browser.cookie.clone_from(&office.cookies[role]);
    let request = Request::builder()
        .uri("/api/v1/export.xlsx")
        .header(header::HOST, "127.0.0.1:8080")
        .header(header::COOKIE, &office.browser.cookie)
        .body(Body::empty())
        .unwrap();
    let response = office.browser.router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let mut texts = String::new();
    if let Ok(mut book) = zip::ZipArchive::new(std::io::Cursor::new(bytes.to_vec())) {
        for at in 0..book.len() {
            // Parts of a workbook that are no text have nothing to tell.
            let _ = book.by_index(at).unwrap().read_to_string(&mut texts);
        }
    }
    (status, texts)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_writes_what_the_table_says_and_nothing_else() {
    let mut office = office().await;
    let [near, far] = office.people.clone();
    let set = |path: &str, value: &str| json!({ "base_heads": [], "edits": [{ "op": "set", "path": path, "value": value }] });
    let row = |table: &str, column: &str, value: &str| json!({ "base_heads": [], "edits": [{ "op": "add_row", "table": table, "cells": { column: value } }] });
    let tries: [(&str, Value); 6] = [
        ("phone", set("phone", "0911222333")),
        ("salary_percent", set("salary_percent", "85")),
        ("bank_account", set("bank_account", "111222333")),
        ("verify_status", set("verify_status", "verified")),
        ("evaluations", row("evaluations", "year", "2025")),
        ("family_self", row("family_self", "name", "Trần Văn Cha")),
    ];
    for role in ["leader", "head", "accountant", "staff", "technician", "clerk"] {
        let access = Role::parse(role).unwrap().access();
        for (field, body) in &tries {
            for (id, is_near) in [(&near, true), (&far, false)] {
                let reaches = match role {
                    "technician" => false,
                    "head" | "staff" => is_near,
                    _ => true,
                };
                let (status, said) =
                    office.ask(role, Method::PATCH, &format!("/api/v1/people/{id}"), body).await;
                let expected = match (access.writes(field), reaches) {
                    (true, true) => 200,
                    (true, false) => 404,
                    (false, _) => 403,
                };
                assert_eq!(status, expected, "{role} {field} near={is_near}: {said}");
            }
        }
        let whole = if access.whole { 201 } else { 403 };
        let (status, _) =
            office.ask(role, Method::POST, "/api/v1/people", &json!({ "edits": [] })).await;
        assert_eq!(status, whole, "{role} creates");
        for (path, body) in [
            (format!("/api/v1/people/{near}/retire"), json!({ "reason": "thử" })),
            (format!("/api/v1/people/{near}/retire"), json!({ "reason": "" })),
        ] {
            let (status, _) = office.ask(role, Method::POST, &path, &body).await;
            assert_eq!(status, if access.whole { 200 } else { 403 }, "{role} {path}");
        }
        let (status, _) = office.read(role, "/accounts").await;
        assert_eq!(status, if access.administers { 200 } else { 403 }, "{role} accounts");
        let (status, _) = office.read(role, "/office/network").await;
        assert_eq!(status, if access.administers { 200 } else { 403 }, "{role} network");
        for path in ["/office/backup", "/office/support"] {
            let (status, _) = office.read(role, path).await;
            let keeps = access.whole || access.administers;
            assert_eq!(status, if keeps { 200 } else { 403 }, "{role} {path}");
        }
    }
}

/// A form with a file, as a browser sends it.
fn with_file(boxes: &[(&str, impl AsRef<[u8]>)], file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in boxes {
        let head = format!("--wb\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend(head.as_bytes());
        body.extend(value.as_ref());
        body.extend(b"\r\n");
    }
    let head = "--wb\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n";
    body.extend(head.as_bytes());
    body.extend(file);
    body.extend(b"\r\n--wb--\r\n");
    body
}

impl Office {
    pub(super) fn as_role(&mut self, role: &str) {
        self.browser.cookie.clone_from(&self.cookies[role]);
    }

    pub(super) async fn propose(
        &mut self,
        id: &str,
        boxes: &[(&str, impl AsRef<[u8]>)],
        file: &[u8],
    ) -> Page {
        self.as_role("staff");
        let headers = [
            ("content-type", "multipart/form-data; boundary=wb"),
            ("sec-fetch-site", "same-origin"),
        ];
        let path = format!("/people/{id}/propose");
        self.browser.send(Method::POST, &path, with_file(boxes, file), &headers).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_staff_member_proposes_with_proof_and_who_approves_decides() {
    let mut office = office().await;
    let [own, other] = office.people.clone();
    let proof = b"%PDF-1.4 giay khai sinh\n%%EOF".as_slice();
    office.as_role("staff");
    let page = office.browser.get(&format!("/people/{own}/propose?field=phone")).await;
    assert!(page.body.contains("type=\"file\""), "{}", page.body);
    let boxes = [("field", "phone"), ("value", "0977 000 111"), ("remark", "")];
    let page = office.propose(&own, &boxes, b"").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "a proposal says why");
    let boxes = [("field", "phone"), ("value", "0977000111"), ("remark", "đổi số")];
    let page = office.propose(&own, &boxes, b"MZ this is a program").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "no paper");
    assert!(page.body.contains("không phải PDF") && page.body.contains("0977000111"));
    assert_eq!(office.propose(&own, &boxes, proof).await.location, "/proposals?done=proposed");
    let boxes = [("field", "phone"), ("value", "0977000222"), ("remark", "nhập nhầm")];
    assert_eq!(office.propose(&own, &boxes, b"").await.location, "/proposals?done=proposed");
    let boxes = [("field", "phone"), ("value", "0900000000"), ("remark", "của người khác")];
    let page = office.propose(&other, &boxes, b"").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "only the own record");
    let boxes = [("field", "unit_remark"), ("value", "tốt"), ("remark", "x")];
    let page = office.propose(&own, &boxes, b"").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "a hidden field is none");
    assert_eq!(office.browser.get("/proposals").await.body.matches("Chờ xử lý").count(), 2);

    // A clerk has no right to approve; who approves sees the old value, the new one and the proof.
    office.as_role("clerk");
    let page = office.browser.get("/proposals").await;
    let keys: Vec<String> = page
        .body
        .split("data-proposal=\"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"').map(|(key, _)| key.to_owned()))
        .collect();
    assert_eq!(keys.len(), 2, "{}", page.body);
    assert!(!page.body.contains("/take\"") && page.body.contains("Chờ lãnh đạo duyệt"));
    let with_proof = keys.iter().find(|key| page.body.contains(&format!("{key}/proof"))).unwrap();
    let without = keys.iter().find(|key| *key != with_proof).unwrap();
    let refused = office.browser.post(&format!("/proposals/{with_proof}/take"), &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    for (role, status) in
        [("leader", 200), ("clerk", 200), ("staff", 200), ("head", 404), ("accountant", 404)]
    {
        let (got, body) = office.read(role, &format!("/proposals/{with_proof}/proof")).await;
        assert_eq!((got, body.contains("giay khai sinh")), (status, status == 200), "{role}");
    }
    office.as_role("leader");
    let page = office.browser.get("/proposals").await;
    for words in ["0908123456", "0977000111", "đổi số", "Xem minh chứng", "Không kèm tệp"]
    {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let taken = office.browser.post(&format!("/proposals/{with_proof}/take"), &[]).await;
    assert_eq!(taken.location, "/proposals?done=saved", "{}", taken.body);
    let again = office.browser.post(&format!("/proposals/{with_proof}/take"), &[]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "decided once");
    let (_, person) = office.read("leader", &format!("/api/v1/people/{own}")).await;
    assert!(person.contains("0977000111") && person.contains("Minh chứng: "), "{person}");
    let person: Value = serde_json::from_str(&person).unwrap();
    let values = person["values"].as_object().unwrap();
    let file =
        values.iter().find(|(path, _)| path.starts_with("documents/") && path.ends_with("/file"));
    let hash = file.unwrap().1.as_str().unwrap().split(' ').find(|word| word.len() == 64).unwrap();
    let (status, scan) = office.read("leader", &format!("/people/{own}/files/{hash}")).await;
    assert_eq!((status, scan.contains("giay khai sinh")), (200, true), "the proof is filed");
    let (_, history) = office.read("leader", &format!("/api/v1/people/{own}/history")).await;
    assert!(history.contains("\"who\":\"leader\""), "{history}");

    office.as_role("clerk");
    let form = [("reason", "đã có số mới hơn")];
    office.browser.post(&format!("/proposals/{without}/decline"), &form).await;
    office.as_role("staff");
    let page = office.browser.get("/proposals").await;
    for words in ["đã có số mới hơn", "Đã duyệt – leader", "Đã trả lại – clerk"]
    {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
}

/// A technician sees no record, so nobody comes to see one by a technician alone (domain.md 6.3).
#[tokio::test(flavor = "multi_thread")]
async fn a_technician_opens_records_to_nobody_alone() {
    let mut office = office().await;
    let is_in = async |office: &mut Office, login: &str, password: &str| {
        office.browser.cookie.clear();
        let page =
            office.browser.post("/sign-in", &[("login", login), ("password", password)]).await;
        page.status == StatusCode::SEE_OTHER
    };
    // Another technician: at once. A clerk: asked for, and no password is shown.
    office.as_role("technician");
    let made = [("login", "may2"), ("name", "Máy hai"), ("role", "technician")];
    let page = office.browser.post("/accounts", &made).await;
    assert!(page.body.contains("data-one-time-password"), "{}", page.body);
    let made = [("login", "hoa"), ("name", "Lê Hoa"), ("role", "clerk")];
    let page = office.browser.post("/accounts", &made).await;
    assert_eq!(page.location, "/accounts?done=asked", "{}", page.body);
    for (path, form) in [
        ("/accounts/leader/reset", vec![]),
        ("/accounts/technician", vec![("role", "admin")]),
        ("/accounts/head", vec![("role", "clerk")]),
    ] {
        let page = office.browser.post(path, &form).await;
        assert_eq!(page.location, "/accounts?done=asked", "{path}: {}", page.body);
    }
    let page = office.browser.get("/accounts").await;
    assert!(page.body.contains("Chờ: tài khoản mới"), "{}", page.body);
    assert!(!page.body.contains("/allow\""), "who asks does not allow");
    let page = office.browser.post("/proposals/accounts/hoa/allow", &[]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(office.read("technician", "/people").await.0, 200);
    assert_eq!(office.read("leader", "/people").await.0, 200, "nobody is signed out by a wish");
    let head = office.read("head", &format!("/people/{}", office.people[1].clone())).await;
    assert_eq!(head.0, 404, "a wish changes no role");

    // The leader says yes to one and no to the others; the password is shown to the leader alone.
    for role in ["clerk", "head", "accountant", "staff"] {
        office.as_role(role);
        let page = office.browser.post("/proposals/accounts/hoa/allow", &[]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{role}");
    }
    office.as_role("leader");
    let page = office.browser.get("/proposals").await;
    for words in ["Tài khoản chờ đồng ý", "Lê Hoa", "Cán bộ hồ sơ", "mật khẩu mới"]
    {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let page = wishes::allow(&mut office, "leader", "hoa").await;
    let password = between(&page.body, "data-one-time-password=\"\">", "<");
    let again = office.browser.post("/proposals/accounts/hoa/allow", &[]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", again.body);
    for login in ["technician", "head", "leader"] {
        let page = office.browser.post(&format!("/proposals/accounts/{login}/decline"), &[]).await;
        assert_eq!(page.location, "/proposals?done=declined", "{login}: {}", page.body);
    }
    assert!(is_in(&mut office, "hoa", &password).await);
    assert!(is_in(&mut office, "leader", PASSWORD).await, "the old password stays");

    // Blocking is for everybody's safety and needs nobody; freeing opens records again.
    office.as_role("technician");
    office.browser.post("/accounts/hoa/block", &[]).await;
    let page = office.browser.post("/accounts/hoa/free", &[]).await;
    assert_eq!(page.location, "/accounts?done=asked");
    assert!(!is_in(&mut office, "hoa", &password).await);
    wishes::allow(&mut office, "admin", "hoa").await;
    assert!(is_in(&mut office, "hoa", &password).await);
    // An administrator who reads everything gives roles as before.
    office.as_role("admin");
    let made = [("login", "tu"), ("name", "Tư"), ("role", "clerk")];
    let page = office.browser.post("/accounts", &made).await;
    assert!(page.body.contains("data-one-time-password"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_confirms_and_the_next_edit_takes_it_back() {
    let mut office = office().await;
    let id = office.people[0].clone();
    let status = async |office: &mut Office| {
        let (_, person) = office.read("clerk", &format!("/api/v1/people/{id}")).await;
        let person: Value = serde_json::from_str(&person).unwrap();
        person["values"]["verify_status"].as_str().unwrap_or_default().to_owned()
    };
    for (role, code) in [("head", 403), ("staff", 403), ("clerk", 403), ("leader", 303)] {
        let (got, _) = office
            .ask(role, Method::POST, &format!("/people/{id}/approve/right"), &Value::Null)
            .await;
        assert_eq!(got, code, "{role}");
    }
    assert_eq!(status(&mut office).await, "verified");
    let edit = json!({ "base_heads": [], "edits": [{ "op": "set", "path": "phone", "value": "0911000222" }] });
    let (code, _) =
        office.ask("clerk", Method::PATCH, &format!("/api/v1/people/{id}"), &edit).await;
    assert_eq!(code, 200);
    assert_eq!(status(&mut office).await, "submitted");
}
