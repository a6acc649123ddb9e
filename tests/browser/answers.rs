//! Pages that come as the answer of a form: what is wrong in it, what somebody else wrote meanwhile,
//! the next step. They have no address of their own, so a small server gives each one, under the
//! policy that the node sent with it and with the node behind everything else that it loads; then
//! they are looked at like every other screen.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use reqwest::Method;
use serde_json::json;
use tokio::net::TcpListener;
use wardbook_record::schema;
use wardbook_tests::harness::{Got, Visitor};

use crate::browser::Browser;
use crate::forms::forms;
use crate::screens::{Office, faults, quiet};

/// The pages of a run: of each route one for each status, and none that reads like another one.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    kept: Vec<Kept>,
    routes: BTreeSet<(String, u16)>,
    words: BTreeSet<String>,
}

/// One page.
#[derive(Debug)]
struct Kept {
    name: String,
    page: String,
    policy: String,
}

/// What the small server serves.
struct Served {
    pages: Vec<Kept>,
    visitor: Visitor,
}

impl Answers {
    /// Keeps an answer, if it is a page that was not seen yet.
    pub(crate) fn keep(&mut self, route: &str, got: &Got) {
        let is_page = got.kind.starts_with("text/html") && got.body.contains("<html");
        let place = (route.to_owned(), got.status);
        if !is_page || self.routes.contains(&place) || !self.words.insert(got.words()) {
            return;
        }
        self.routes.insert(place);
        self.kept.push(Kept {
            name: format!("{} {route}", got.status),
            page: got.body.clone(),
            policy: got.csp.clone(),
        });
    }

    /// The pages, by status and route.
    pub(crate) fn names(&self) -> Vec<String> {
        self.kept.iter().map(|kept| kept.name.clone()).collect()
    }

    /// What is wrong with the pages, as a browser shows them.
    pub(crate) async fn faults(self, browser: &Browser, visitor: &Visitor) -> Vec<String> {
        let names = self.names();
        let strict = |kept: &&Kept| {
            kept.policy.contains("default-src 'none'") && !kept.policy.contains("unsafe")
        };
        let loose = self.kept.iter().filter(|kept| !strict(kept));
        let mut wrong: Vec<String> =
            loose.map(|kept| format!("{}: the policy is {:?}", kept.name, kept.policy)).collect();
        let served = Arc::new(Served { pages: self.kept, visitor: visitor.clone() });
        let app =
            Router::new().route("/answers/{at}", get(page)).fallback(other).with_state(served);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let serving = tokio::spawn(async move { axum::serve(listener, app).await });
        browser.window(1366, 768).await;
        quiet(browser).await;
        for (at, name) in names.iter().enumerate() {
            browser.go(&format!("{url}/answers/{at}")).await;
            let found = faults(browser, name).await;
            if !found.is_empty() {
                browser.picture(&format!("answers-{at}")).await;
            }
            wrong.extend(found);
        }
        serving.abort();
        wrong
    }
}

/// A page as it came; its status would only be told in the browser's console.
async fn page(State(served): State<Arc<Served>>, Path(at): Path<usize>) -> Response {
    let kept = &served.pages[at];
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, kept.policy.as_str()),
    ];
    (headers, kept.page.clone()).into_response()
}

/// Everything else comes from the node, as the same person.
async fn other(State(served): State<Arc<Served>>, uri: Uri) -> Response {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let got = served.visitor.request(Method::GET, path).send().await.expect("an answer");
    let status = got.status();
    let kind = got.headers().get(header::CONTENT_TYPE).cloned();
    let bytes = got.bytes().await.expect("a body");
    let mut response = (status, Body::from(bytes)).into_response();
    if let Some(kind) = kind {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}

/// Pages that people meet when nothing is wrong: somebody else was faster, the check before saving,
/// a new account. Leaves what it wrote.
pub(crate) async fn on_the_way(office: &Office, answers: &mut Answers) {
    let (visitor, desk, api) = (&office.visitor, &office.desk, office.town.nodes[0].api());
    let id = desk.example("{id}");

    // The same field, and the same cell, saved by somebody else since the form was opened.
    let section = &schema().field("email").expect("the field").section;
    let address = format!("/people/{id}/sections/{section}");
    let form = form_of(visitor, &address).await;
    api.set(&id, &[("email", "theirs@example.vn")]).await.expect("an answer").ok();
    let got = visitor.post(&address, &with(&form, "email", "mine@example.vn")).await;
    assert!(got.words().contains("theirs@example.vn"), "{}: {}", got.status, got.words());
    answers.keep("/people/{id}/sections/{section} after somebody else", &got);
    let address = desk.example("/people/{id}/tables/{table}/{row}");
    let row = address.rsplit('/').next().expect("a row").to_owned();
    let form = form_of(visitor, &address).await;
    let number = format!("documents/{row}/number");
    api.set(&id, &[(number.as_str(), "13/QĐ-UBND")]).await.expect("an answer").ok();
    let got = visitor.post(&address, &with(&form, "number", "14/QĐ-UBND")).await;
    assert!(got.words().contains("13/QĐ-UBND"), "{}: {}", got.status, got.words());
    answers.keep("/people/{id}/tables/{table}/{row} after somebody else", &got);

    // An action: its check, the same with a reason that is too long, and after somebody else.
    let inputs = json!({
        "content": "Có thành tích trong đợt sắp xếp", "form": "giay_khen",
        "decision_no": "78/QĐ-UBND", "decision_date": "29/06/2025",
        "decision_org": "UBND phường Uyên Hưng", "signer": "Lê Văn Hùng",
    });
    let boxes = inputs.as_object().expect("boxes").iter();
    let boxes: Vec<(&str, &str)> =
        boxes.map(|(name, text)| (name.as_str(), text.as_str().unwrap_or_default())).collect();
    let (reason, heads) = ("ă".repeat(600), "0".repeat(64));
    let address = format!("/people/{id}/events/reward");
    let save = ("stage", "save");
    let opened = form_of(visitor, &address).await;
    for (name, status, more) in [
        ("check", 200, vec![]),
        ("a long reason", 422, vec![save, ("reason_accepted", reason.as_str())]),
        ("after somebody else", 409, vec![save, ("heads", heads.as_str())]),
    ] {
        let filled = opened.iter().map(|(name, value)| {
            let own = boxes.iter().find(|(own, _)| own == name);
            (name.as_str(), own.map_or(value.as_str(), |(_, text)| *text))
        });
        let kept = filled.filter(|(own, _)| more.iter().all(|(name, _)| name != own));
        let form: Vec<(&str, &str)> = kept.chain(more.iter().copied()).collect();
        let got = visitor.post(&address, &form).await;
        assert_eq!(got.status, status, "{name}: {}", got.words());
        answers.keep(&format!("/people/{{id}}/events/{{key}} {name}"), &got);
    }
    for (name, stage) in [("check", "check"), ("a long reason", "save")] {
        let more = [("id", id.as_str()), ("key", "reward"), ("stage", stage)];
        let long = (stage == "save").then_some(("reason_accepted", reason.as_str()));
        let form: Vec<(&str, &str)> = boxes.iter().copied().chain(more).chain(long).collect();
        let got = visitor.post("/people/events", &form).await;
        assert_ne!(got.status, 303, "{name} is not saved");
        answers.keep(&format!("/people/events {name}"), &got);
    }

    let new = [("name", "Lê Văn Mới"), ("login", "le.van.moi"), ("role", "clerk")];
    answers.keep("/accounts made", &visitor.post("/accounts", &new).await);
    answers.keep("/accounts reset", &visitor.post("/accounts/le.van.moi/reset", &[]).await);
    // While what was written is on its way to the city, nobody can ask for that.
    for _ in 0..100 {
        if visitor.get("/sync").await.body.contains("action=\"/sync/now\"") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The form of a page that sends to the page's own address, as it opens.
async fn form_of(visitor: &Visitor, address: &str) -> Vec<(String, String)> {
    let page = visitor.get(address).await;
    let form = forms(&page.body).into_iter().find(|form| form.action == address);
    let form = form.unwrap_or_else(|| panic!("no form: {}", page.words()));
    form.boxes.into_iter().map(|b| (b.name, b.value)).collect()
}

/// The same form with another text in one box.
fn with<'a>(form: &'a [(String, String)], name: &str, text: &'a str) -> Vec<(&'a str, &'a str)> {
    let pairs = form.iter();
    pairs
        .map(|(own, value)| (own.as_str(), if own == name { text } else { value.as_str() }))
        .collect()
}
