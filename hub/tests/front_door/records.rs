//! Custody, erasure, late edits, books and bundles, as programs and people ask for them.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use wardbook_replica::bundle::BUNDLE_FILE_BYTES_MAX;
use wardbook_replica::{NewUser, Role, Scope, Viewer};
use wardbook_web::check::page_faults;

use crate::hub::{Answer, Hub, TOKEN, ask};

const DECISION: &str = "QĐ 45/QĐ-UBND ngày 01/07/2025";

impl Hub {
    /// A record of the ward 25888, and the ward 25891 beside it; the record's id.
    async fn record(&self) -> String {
        let path = self.person("Trần Thị Mận").await;
        self.api(Method::POST, "/api/v1/wards", Some(json!({ "ward": "25891" }))).await;
        path.trim_start_matches("/people/").to_owned()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.api(Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer.json()
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.api(Method::POST, path, Some(body)).await
    }

    /// The cookie of a new account with a password of its own.
    async fn account(&self, login: &str, role: Role) -> String {
        let user = NewUser { login: login.to_owned(), name: login.to_owned(), role };
        let system = Viewer::system(wardbook_record::Lang::Vi);
        let once = self.replica.create_user(&system, &user, &Scope::default()).unwrap().password.0;
        let form = format!("login={login}&password={once}");
        let first = self.submit("/sign-in", "", &form).await;
        let new = "mot-cau-du-dai-de-nho";
        let form = format!("old={once}&new={new}&again={new}");
        let changed = self.submit("/password", &first.cookie, &form).await;
        assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
        first.cookie
    }

    /// The API, asked by a signed-in person.
    async fn api_of(&self, cookie: &str, method: Method, path: &str, body: Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()));
        ask(&self.pages, request.unwrap()).await
    }
}

#[tokio::test]
async fn a_record_is_transferred_lent_and_returned_and_its_ledger_says_so() {
    let hub = Hub::new();
    let id = hub.record().await;
    let custody = format!("/api/v1/people/{id}/custody");
    let order = json!({ "ward": "25891", "decision": DECISION });
    for (act, done) in [("lend", "lent"), ("return", "returned"), ("transfer", "transferred")] {
        let answer = hub.post(&format!("{custody}/{act}"), order.clone()).await;
        assert_eq!(answer.status, StatusCode::OK, "{act}: {}", answer.body);
        assert_eq!(answer.json()["event"], done);
    }
    let view = hub.get(&custody).await["custody"].clone();
    assert_eq!((view["ward"].as_str(), view["version"].as_u64()), (Some("25891.1"), Some(4)));
    let acts: Vec<&str> = view["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["act"].as_str().unwrap())
        .collect();
    assert_eq!(acts, ["born", "lend", "return", "transfer"]);
    let found = hub.get("/api/v1/people?ward=25891.1").await;
    assert_eq!(found["total"], 1, "the list follows the transfer");
    for (body, status, code) in [
        (json!({ "ward": "25891", "decision": "" }), 422, "no_decision"),
        (json!({ "ward": "99999", "decision": DECISION }), 404, "unknown_ward"),
        (json!({ "ward": "25891", "decision": DECISION }), 409, "same_ward"),
    ] {
        let refused = hub.post(&format!("{custody}/transfer"), body).await;
        assert_eq!(refused.status.as_u16(), status, "{}", refused.body);
        assert_eq!(refused.json()["code"], code);
        assert!(refused.json()["detail"].as_str().unwrap().len() > 20);
    }
}

#[tokio::test]
async fn each_role_may_do_what_is_written_and_no_more() {
    let hub = Hub::new();
    let id = hub.record().await;
    let officer = hub.account("chuyen.vien", Role::Officer).await;
    let leader = hub.account("lanh.dao", Role::Leader).await;
    let order = json!({ "ward": "25891", "decision": DECISION });
    let transfer = format!("/api/v1/people/{id}/custody/transfer");
    let purge = format!("/api/v1/people/{id}/purge");
    let merge = "/api/v1/wards/25888/merge";
    let asked = [
        (&leader, Method::POST, transfer.as_str(), 403),
        (&leader, Method::GET, "/api/v1/audit", 403),
        (&officer, Method::GET, purge.as_str(), 403),
        (&officer, Method::POST, purge.as_str(), 403),
        (&officer, Method::GET, "/api/v1/purges", 403),
        (&officer, Method::GET, "/api/v1/audit", 403),
        (&officer, Method::POST, merge, 403),
        (&officer, Method::POST, "/api/v1/feed/renew", 403),
        (&officer, Method::POST, "/api/v1/scrub", 403),
        (&officer, Method::POST, transfer.as_str(), 200),
        (&leader, Method::GET, "/api/v1/events", 200),
    ];
    for (cookie, method, path, status) in asked {
        let body = if path == merge {
            json!({ "to": "25891", "decision": DECISION, "force": true })
        } else {
            order.clone()
        };
        let answer = hub.api_of(cookie, method, path, body).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.body);
    }
    let stranger = hub.api_of("", Method::POST, &transfer, order).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_erasure_takes_two_steps_and_leaves_receipts_to_wait_for() {
    let hub = Hub::new();
    let id = hub.record().await;
    let path = format!("/api/v1/people/{id}/purge");
    let preview = hub.get(&path).await["preview"].clone();
    assert_eq!(preview["full_name"], "Trần Thị Mận");
    let blind = hub.post(&path, json!({ "reason": DECISION, "confirm": "yes" })).await;
    assert_eq!(
        (blind.status, blind.json()["code"].as_str()),
        (StatusCode::CONFLICT, Some("not_confirmed"))
    );
    assert_eq!(hub.get(&format!("/api/v1/people/{id}")).await["id"], id);
    let said = json!({ "reason": DECISION, "confirm": preview["confirm"] });
    let done = hub.post(&path, said).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let gone = hub.api(Method::GET, &format!("/api/v1/people/{id}"), None).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let purges = hub.get("/api/v1/purges").await;
    assert_eq!(purges["purges"][0]["document"], id);
    assert_eq!(purges["purges"][0]["complete"], true, "the ward has no machine");
    assert!(!purges.to_string().contains("Mận"), "no name is left");
    assert_eq!(hub.get("/api/v1/people").await["total"], 0);
}

#[tokio::test]
async fn a_ward_is_merged_where_the_register_says_so_or_by_force() {
    let hub = Hub::new();
    hub.record().await;
    let merge = "/api/v1/wards/25888/merge";
    let order = |to: &str, force: bool| json!({ "to": to, "decision": DECISION, "force": force });
    let wrong = hub.post(merge, order("25891", false)).await;
    assert_eq!(
        (wrong.status, wrong.json()["code"].as_str()),
        (StatusCode::CONFLICT, Some("no_succession"))
    );
    let successors = hub.get("/api/v1/wards/25888/successors").await;
    let first = &successors["successors"][0];
    assert_eq!((first["ward"].as_str(), first["whole"].as_bool()), (Some("25888.2"), Some(true)));
    assert_eq!(first["here"], false);
    // The hub lives on a day before the merger, and takes the unit because a ward went there.
    let added = hub.post("/api/v1/wards", json!({ "ward": "25888.2" })).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.body);
    let moved = hub.post("/api/v1/wards/25888.1/merge", order("25888.2", false)).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.body);
    assert_eq!(
        (moved.json()["to"][0]["records"].as_u64(), moved.json()["left"].as_u64()),
        (Some(1), Some(0))
    );
}

#[tokio::test]
async fn a_ward_is_split_by_a_list_of_records_or_numbers() {
    let hub = Hub::new();
    let id = hub.record().await;
    let split = "/api/v1/wards/25888/split";
    let body = json!({ "decision": DECISION, "records": [{ "record": id, "to": "25891" }] });
    let done = hub.post(split, body).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert_eq!(done.json()["to"][0]["records"], 1);
    let nobody =
        json!({ "decision": DECISION, "to": "25891", "records": [{ "record": "074199012345" }] });
    let refused = hub.post(split, nobody).await;
    assert_eq!(refused.json()["code"], "unreadable", "{}", refused.body);
    let nothing = hub.post(split, json!({ "decision": DECISION, "to": "25891" })).await;
    assert_eq!(nothing.json()["code"], "nothing_to_move");
}

#[tokio::test]
async fn one_number_in_two_wards_is_one_card() {
    let hub = Hub::new();
    let first = hub.record().await;
    let second = hub.person("Trần Thị Mận").await.trim_start_matches("/people/").to_owned();
    let order = json!({ "ward": "25891", "decision": DECISION });
    hub.post(&format!("/api/v1/people/{second}/custody/transfer"), order).await;
    assert_eq!(hub.get("/api/v1/duplicates").await["duplicates"], json!([]));
    for id in [&first, &second] {
        let edit =
            json!({ "edits": [{ "op": "set", "path": "person_id_no", "value": "074199012345" }] });
        let path = format!("/api/v1/people/{id}");
        assert_eq!(hub.api(Method::PATCH, &path, Some(edit)).await.status, StatusCode::OK);
    }
    let cards = hub.get("/api/v1/duplicates").await["duplicates"].clone();
    assert_eq!(cards[0]["person_id_no"], "074199012345");
    let wards: std::collections::BTreeSet<&str> = cards[0]["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["ward"].as_str().unwrap())
        .collect();
    assert_eq!(wards.into_iter().collect::<Vec<_>>(), ["25888.1", "25891.1"]);
}

#[tokio::test]
async fn the_books_of_a_quiet_hub_are_right_and_its_lists_are_empty() {
    let hub = Hub::new();
    let id = hub.record().await;
    let audit = hub.get("/api/v1/audit").await;
    assert_eq!(audit["ok"], true, "{audit}");
    let ward = &audit["audit"]["wards"][0];
    assert_eq!((ward["ward"].as_str(), ward["merged"].as_u64()), (Some("25888.1"), Some(1)));
    for (path, list) in
        [("events", "events"), ("quarantine", "parked"), ("late-edits", "late_edits")]
    {
        assert_eq!(hub.get(&format!("/api/v1/{path}")).await[list], json!([]), "{path}");
    }
    let history = hub.get(&format!("/api/v1/people/{id}/history")).await;
    assert_eq!(history["history"][0]["edits"][0]["path"].as_str().map(str::is_empty), Some(false));
    let renewed = hub.post("/api/v1/feed/renew", json!({})).await;
    assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.body);
    let events = hub.get("/api/v1/events").await["events"].clone();
    assert_eq!(events[0]["code"], "hub_rolled_back");
    assert!(events[0]["text"].as_str().unwrap().contains("đối chiếu"));
    let scrub = hub.post("/api/v1/scrub", json!({})).await.json();
    assert_eq!(
        (scrub["ok"].as_bool(), scrub["findings"].as_array().map(Vec::len)),
        (Some(true), Some(0))
    );
}

#[tokio::test]
async fn a_file_that_is_no_bundle_is_refused_with_a_sentence() {
    let hub = Hub::new();
    let send = async |body: Vec<u8>| {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/api/v1/bundles")
            .header(header::HOST, "127.0.0.1")
            .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .body(Body::from(body));
        ask(&hub.pages, request.unwrap()).await
    };
    // A full bundle is larger than anything else that comes in: it is read to its end, too.
    for body in [b"not a bundle at all".to_vec(), vec![7; BUNDLE_FILE_BYTES_MAX]] {
        let refused = send(body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.json()["code"], "not_a_bundle");
    }
    let refused = send(b"age-encryption.org/v1\n".to_vec()).await;
    assert!(refused.json()["detail"].as_str().unwrap().contains("tệp"), "{}", refused.body);
}

#[tokio::test]
async fn the_pages_of_a_ward_and_of_conflicts_stand_with_what_is_new_on_them() {
    let hub = Hub::new();
    let (cookie, _) = (hub.sign_in().await, hub.record().await);
    hub.post("/api/v1/feed/renew", json!({})).await;
    for path in ["/wards/25888.1", "/conflicts", "/wards/25888.1?lang=en"] {
        let page = hub.page(path, &cookie).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        assert!(!page.body.contains("[hub-"), "{path} lacks a text");
        assert_eq!(page_faults(&page.body), Vec::<String>::new(), "{path}");
    }
}
