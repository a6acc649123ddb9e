//! What is typed lies safe at the server at most two seconds later. Not by the computer's clock: the
//! page gets a clock that only the test moves, so a slow machine cannot make it right or wrong.

use serde_json::{Value, json};
use wardbook_tests::harness::Visitor;

use crate::browser::Browser;
use crate::screens::sign_in;
use crate::town_with_a_conflict;

/// The longest time between a letter and its draft, in milliseconds.
const KEPT_WITHIN_MS: u64 = 2_000;
/// The time between two letters.
const LETTER_MS: u64 = 300;
const TEXT: &str = "dang.go.do@example.vn";

/// A clock that stands still until `pass(ms)` is called, and a note of each draft that was sent.
const CLOCK: &str = "let now = 0, last = 0; const timers = new Map(), begun = Date.now(), send = window.fetch;\
    Date.now = () => begun + now;\
    window.setTimeout = (work, ms = 0) => { timers.set(++last, { at: now + ms, work }); return last; };\
    window.clearTimeout = (id) => { timers.delete(id); };\
    window.sent = []; window.kept = 0;\
    window.fetch = (...all) => { if (String(all[0]).includes('/draft')) window.sent.push(now); return send(...all).then((answer) => { window.kept += 1; return answer; }); };\
    window.pass = (ms) => { const end = now + ms; for (;;) {\
      const [id, next] = [...timers].filter(([, t]) => t.at <= end).sort((a, b) => a[1].at - b[1].at)[0] ?? [];\
      if (!next) break; timers.delete(id); now = Math.max(now, next.at); next.work(); } now = end; };";

async fn pass(browser: &Browser, ms: u64) {
    browser.value("window.pass(arguments[0])", vec![json!(ms)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_letter_is_at_the_server_within_two_seconds_and_survives_kill_9() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut town, id) = town_with_a_conflict(folder.path()).await;
    let browser = Browser::open().await;
    let (url, login) =
        (format!("http://{}", town.nodes[0].ui_address), town.nodes[0].login.clone());
    Visitor::first_sign_in(&url, &login, &town.nodes[0].password).await;
    sign_in(&browser, &url, &login).await;
    let form = format!("{url}/people/{id}/sections/identity");
    browser.go(&form).await;
    browser.value(CLOCK, Vec::new()).await;

    // Somebody who types on and on without a pause.
    let mut keys = Vec::new();
    let email = browser.find("[name=email]").await;
    for (n, letter) in TEXT.chars().enumerate() {
        keys.push(n as u64 * LETTER_MS);
        email.send_keys(letter.to_string()).await.expect("typed");
        pass(&browser, LETTER_MS).await;
    }
    // From the last letter on no more than two seconds pass; then the machine dies.
    pass(&browser, KEPT_WITHIN_MS - LETTER_MS).await;
    let sent = browser.value("return window.sent", Vec::new()).await;
    let sent: Vec<u64> = serde_json::from_value(sent).expect("times");
    for key in keys {
        let kept = sent.iter().find(|at| **at >= key);
        let after = kept.map(|at| at - key);
        assert!(
            after.is_some_and(|after| after <= KEPT_WITHIN_MS),
            "the letter typed at {key} was sent at {kept:?}; drafts at {sent:?}"
        );
    }
    browser.says("Đã lưu nháp").await;
    // What was sent is answered before the machine dies: a request on its way is the line's.
    let on_its_way = "return window.sent.length - window.kept";
    for _ in 0..100 {
        if browser.value(on_its_way, Vec::new()).await == json!(0) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    town.nodes[0].kill().await;
    town.nodes[0].start().await.expect("the node serves again");
    let before = town.nodes[0].api().person(&id).await;
    assert_eq!(before["values"]["email"], Value::Null, "a draft is no part of the record");
    browser.go(&form).await;
    browser.says(TEXT).await;
    browser.close().await;
}
