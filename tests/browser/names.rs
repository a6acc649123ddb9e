//! Who wrote what, by name: the user and the machine of the other office, in the history and on the
//! page of conflicts, at the ward and at the city.

use serde_json::json;
use wardbook_tests::harness::{Node, Visitor};

use crate::browser::Browser;
use crate::cut_off::submit;
use crate::{first_sign_in, town_with_a_conflict};

/// Makes chị Hoa an account on a machine and signs her in.
async fn hoa(node: &Node) -> Visitor {
    let url = format!("http://{}", node.ui_address);
    let admin = Visitor::first_sign_in(&url, &node.login, &node.password).await;
    let account = [("login", "hoa"), ("name", "chị Hoa"), ("role", "clerk")];
    let made = admin.post("/accounts", &account).await;
    let mark = "data-one-time-password=\"\">";
    let once = made.body.split(mark).nth(1).and_then(|rest| rest.split('<').next());
    Visitor::first_sign_in(&url, "hoa", once.expect("a one-time password")).await
}

/// All sides of a conflict are seen at once, on the office's screen and on a telephone's: nothing is
/// cut off, and nothing has to be pushed aside to find the box for another value.
async fn fits(browser: &Browser, end: &str) {
    let wide = "document.querySelector('.wb-conflict').scrollIntoView({behavior: 'instant'});\
        const over = [...document.querySelectorAll('.wb-conflict .wb-table')];\
        return over.map(e => e.scrollWidth - e.clientWidth).filter(px => px > 1)";
    for (width, height) in [(1366, 768), (320, 640)] {
        browser.window(width, height).await;
        let over = browser.value(wide, Vec::new()).await;
        browser.picture(&format!("names-{end}-conflicts-{width}")).await;
        assert_eq!(over, json!([]), "{end}: wider than its place at {width} px");
    }
    browser.window(1366, 768).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_machine_and_its_user_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (town, id) = town_with_a_conflict(folder.path()).await;
    let (near, far) = (&town.nodes[0], &town.nodes[1]);
    let visitor = hoa(far).await;
    far.line.cut();
    let section = format!("/people/{id}/sections/identity");
    let saved = submit(&visitor, &section, &section, &[("email", "hoa@example.vn")]).await;
    assert!(saved.location.contains("done=saved"), "{}", saved.location);
    near.api().set(&id, &[("email", "minh@example.vn")]).await.expect("an answer").ok();
    far.line.restore();
    for node in [far, near, far, near] {
        node.sync_until_equal().await;
    }

    let browser = Browser::open().await;
    let hub = &town.hub;
    for (end, url, login, password) in [
        ("node", format!("http://{}", near.ui_address), &near.login, &near.password),
        ("hub", format!("http://{}", hub.ui_address), &hub.login, &hub.password),
    ] {
        first_sign_in(&browser, &url, login, password, &format!("names-{end}")).await;
        // Signed in: the page after the new password has come.
        browser.find("a[href='/conflicts']").await;
        for page in ["/conflicts".to_owned(), format!("/people/{id}/history")] {
            browser.go(&format!("{url}{page}")).await;
            for words in ["hoa@example.vn", "chị Hoa", "dang-uy", "Phường Uyên Hưng"] {
                browser.says(words).await;
            }
            let name = page.rsplit('/').next().unwrap_or_default();
            browser.look(&format!("names-{end}-{name}")).await;
            if name == "conflicts" {
                fits(&browser, end).await;
            }
        }
    }
    browser.close().await;
}
