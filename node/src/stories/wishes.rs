//! What an account is asked for, against people who would bend it: who asks must not know the
//! password that comes of a yes, and a yes is to what was read.

use super::roles::{Office, PASSWORD, office};
use super::*;

/// What the button of an account's wish says yes to, as the page of a leader holds it.
pub(super) fn seen(page: &str, login: &str) -> String {
    let row = between(page, &format!("data-wish=\"{login}\""), "</tr>");
    between(&row, "name=\"seen\" value=\"", "\"")
}

/// A leader reads the page and says yes.
pub(super) async fn allow(office: &mut Office, role: &str, login: &str) -> Page {
    office.as_role(role);
    let seen = seen(&office.browser.get("/proposals").await.body, login);
    let path = format!("/proposals/accounts/{login}/allow");
    office.browser.post(&path, &[("seen", &seen)]).await
}

async fn signs_in(office: &mut Office, login: &str, password: &str) -> bool {
    office.browser.cookie.clear();
    let form = [("login", login), ("password", password)];
    office.browser.post("/sign-in", &form).await.status == StatusCode::SEE_OTHER
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_a_technician_drew_never_opens_records() {
    let mut office = office().await;
    office.as_role("technician");
    let made = [("login", "may2"), ("name", "Máy hai"), ("role", "technician")];
    let page = office.browser.post("/accounts", &made).await;
    let known = between(&page.body, "data-one-time-password=\"\">", "<");
    // A leader's account made one without records, whose password the technician may draw.
    office.browser.post("/accounts/head", &[("role", "technician")]).await;
    let page = office.browser.post("/accounts/head/reset", &[]).await;
    let of_head = between(&page.body, "data-one-time-password=\"\">", "<");
    for (login, known) in [("may2", known), ("head", of_head)] {
        assert!(signs_in(&mut office, login, &known).await, "{login}");
        office.as_role("technician");
        let page = office.browser.post(&format!("/accounts/{login}"), &[("role", "leader")]).await;
        assert_eq!(page.location, "/accounts?done=asked", "{}", page.body);
        let page = allow(&mut office, "leader", login).await;
        assert!(!signs_in(&mut office, login, &known).await, "{login}: known to who asked");
        let drawn = between(&page.body, "data-one-time-password=\"\">", "<");
        assert!(signs_in(&mut office, login, &drawn).await, "{login}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_is_to_what_was_read_and_to_nothing_that_took_its_place() {
    let mut office = office().await;
    office.as_role("technician");
    office.browser.post("/accounts/staff", &[("role", "accountant")]).await;
    office.as_role("leader");
    let read = seen(&office.browser.get("/proposals").await.body, "staff");
    office.as_role("technician");
    office.browser.clock.advance_ms(1);
    office.browser.post("/accounts/staff", &[("role", "admin")]).await;
    office.as_role("leader");
    let path = "/proposals/accounts/staff/allow";
    for form in [vec![("seen", read.as_str())], Vec::new()] {
        let page = office.browser.post(path, &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.body);
    }
    assert_eq!(office.read("staff", "/accounts").await.0, 403, "the role is as before");
    let page = allow(&mut office, "leader", "staff").await;
    assert_eq!(page.location, "/proposals?done=allowed", "{}", page.body);
    assert!(signs_in(&mut office, "staff", PASSWORD).await, "an own password stays");
    assert_eq!(office.browser.get("/accounts").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_wish_for_a_password_brings_no_old_role_back() {
    let mut office = office().await;
    office.as_role("technician");
    office.browser.post("/accounts/clerk/reset", &[]).await;
    office.as_role("admin");
    office.browser.post("/accounts/clerk", &[("role", "technician")]).await;
    let page = allow(&mut office, "leader", "clerk").await;
    let drawn = between(&page.body, "data-one-time-password=\"\">", "<");
    assert!(signs_in(&mut office, "clerk", &drawn).await);
    let form = [("old", drawn.as_str()), ("new", PASSWORD), ("again", PASSWORD)];
    office.browser.post("/account/password", &form).await;
    assert_eq!(office.browser.get("/people/new").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_yes_and_no_are_answers() {
    let mut office = office().await;
    office.as_role("technician");
    office.browser.post("/accounts/head", &[("role", "clerk")]).await;
    office.as_role("leader");
    let page = office.browser.post("/proposals/accounts/head/allowed", &[]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(office.browser.get("/proposals").await.body.contains("data-wish=\"head\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_of_broken_letters_is_refused_whole() {
    let mut office = office().await;
    let own = office.people[0].clone();
    let boxes =
        [("field", b"phone".as_slice()), ("value", b"0977000111"), ("remark", b"\xff\xfe \xc3")];
    let page = office.propose(&own, &boxes, b"").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "{} {}", page.location, page.body);
    let page = office.browser.get("/proposals").await;
    assert!(!page.body.contains("data-proposal"), "nothing was written");
}
