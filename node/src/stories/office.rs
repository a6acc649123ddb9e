//! The office and its machine through the front door: the locked screen, backup, support, the first
//! steps and their code, and what is not served to the office network.

use std::io::Read as _;

use super::*;
use crate::session::OverLan;

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_screen_is_locked_and_opens_by_the_password_alone() {
    let mut browser = Browser::signed_in().await;
    let page = browser.get("/people").await;
    assert!(page.body.contains("lock-screen") && page.body.contains("data-after=\"900\""));
    let locked = browser.post("/lock", &[]).await;
    assert_eq!(locked.location, "/lock");
    assert_eq!(
        browser.get("/people?sort=birth").await.location,
        "/lock?back=%2fpeople%3fsort%3dbirth"
    );
    let saved = browser.post("/people/new", &[("full_name", "A")]).await;
    assert_eq!(saved.location, "/lock?back=", "nothing is done behind a locked screen");
    let page = browser.get("/lock?back=/people").await;
    assert!(page.body.contains("Lê Thị Lan"), "{}", page.body);
    let wrong =
        browser.post("/unlock", &[("password", "không phải đâu bạn"), ("back", "/people")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let empty = browser.post("/unlock", &[("password", ""), ("back", "/people")]).await;
    assert!(empty.body.contains("Chưa nhập mật khẩu"), "{}", empty.body);
    assert!(!empty.body.contains("không đúng"), "{}", empty.body);
    // At the way in each empty box is named, and a wrong pair names neither.
    for (login, password, said) in
        [("", "x", [true, false]), ("lan", "", [false, true]), ("lan", "x", [false, false])]
    {
        let page = browser.post("/sign-in", &[("login", login), ("password", password)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let named =
            ["login", "password"].map(|name| page.body.contains(&format!("f-{name}-error")));
        assert_eq!(named, said, "{login:?} {password:?}: {}", page.body);
    }
    assert_eq!(browser.get("/people").await.location, "/lock?back=%2fpeople");
    let form = [("password", "bốn từ dễ nhớ lắm"), ("back", "/people")];
    assert_eq!(browser.post("/unlock", &form).await.location, "/people");
    assert_eq!(browser.get("/people").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chosen_minutes_lock_and_only_after_them() {
    let mut browser = Browser::signed_in().await;
    let page = browser.post("/office/lock-after", &[("minutes", "3")]).await;
    assert_eq!(page.location, "/office?done=saved");
    assert!(browser.get("/people").await.body.contains("data-after=\"180\""));
    // Work keeps it open, however long it lasts; typing alone counts, the header's badge does not.
    for _ in 0..3 {
        browser.clock.advance_ms(170_000);
        let page = browser.post("/account/active", &[]).await;
        assert_eq!(page.status, StatusCode::NO_CONTENT);
    }
    for _ in 0..3 {
        browser.clock.advance_ms(61_000);
        browser.get("/sync/badge").await;
    }
    assert_eq!(browser.get("/people").await.location, "/lock?back=%2fpeople");
    for (method, path) in [(Method::GET, "/api/v1/people"), (Method::GET, "/export.xlsx")] {
        let page = browser.send(method, path, Vec::new(), &[]).await;
        assert!(!page.status.is_success(), "{path}: {}", page.status);
    }
    let form = [("password", "bốn từ dễ nhớ lắm"), ("back", "/people")];
    browser.post("/unlock", &form).await;
    assert_eq!(browser.get("/people").await.status, StatusCode::OK);
    // Nonsense is no choice, least of all "never".
    for minutes in ["0", "4000000"] {
        let page = browser.post("/office/lock-after", &[("minutes", minutes)]).await;
        assert!(page.status.is_client_error(), "{minutes}: {}", page.status);
    }
    assert!(browser.get("/people").await.body.contains("data-after=\"180\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_user_of_a_shared_machine_has_drafts_and_changes_of_their_own() {
    let mut browser = Browser::signed_in().await;
    let id = browser.create("Trần Văn Bình").await;
    let made = [("login", "hoa"), ("name", "Lê Thị Hoa"), ("role", "clerk")];
    let page = browser.post("/accounts", &made).await;
    let password = between(&page.body, "data-one-time-password=\"\">", "<");
    let form = format!("/people/{id}/sections/identity");
    let draft = format!("/people/{id}/draft?form=sections/identity");
    let typed = [("phone", "0900111222"), ("was.phone", ""), ("heads", "")];
    let kept = browser.post(&draft, &typed).await;
    assert!(kept.body.contains("nháp"), "{}", kept.body);

    // The other one takes the locked machine over: nothing of the first one is there.
    browser.post("/lock", &[]).await;
    let page = browser.post("/unlock", &[("login", "hoa"), ("password", &password)]).await;
    assert_eq!(page.location, "/account/password", "{}", page.body);
    let new = "năm từ dễ nhớ lắm";
    let change = [("old", password.as_str()), ("new", new), ("again", new)];
    browser.post("/account/password", &change).await;
    let page = browser.get(&form).await;
    assert!(page.body.contains("Lê Thị Hoa") && !page.body.contains("0900111222"), "{}", page.body);
    let heads = between(&page.body, "name=\"heads\" value=\"", "\"");
    let save = [("heads", heads.as_str()), ("email", "hoa@example.vn"), ("was.email", "")];
    let saved = browser.post(&form, &save).await;
    assert!(saved.location.contains("done=saved"), "{}", saved.body);

    // Back again: the draft waits for who typed it, and each change says who made it.
    browser.post("/lock", &[]).await;
    let back = [("login", "lan"), ("password", "bốn từ dễ nhớ lắm")];
    assert_eq!(browser.post("/unlock", &back).await.location, "/people");
    assert!(browser.get(&form).await.body.contains("0900111222"), "the draft is offered");
    let page = browser.get(&format!("{form}?draft=1")).await;
    let heads = between(&page.body, "name=\"heads\" value=\"", "\"");
    let save = [("heads", heads.as_str()), ("phone", "0900111222"), ("was.phone", "")];
    browser.post(&form, &save).await;
    let (_, history) =
        browser.api(Method::GET, &format!("/api/v1/people/{id}/history"), &Value::Null).await;
    let who = |path: &str| {
        let all = history["history"].as_array().unwrap();
        let wrote = |entry: &&Value| entry["edits"].to_string().contains(path);
        all.iter().find(wrote).unwrap()["who"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        (who("hoa@example.vn"), who("0900111222")),
        ("Lê Thị Hoa".into(), "Lê Thị Lan".into())
    );
    let page = browser.get(&format!("/people/{id}/history")).await;
    assert!(page.body.contains("Lê Thị Hoa") && page.body.contains("Lê Thị Lan"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_steps_need_the_code_and_make_one_account() {
    let mut browser = Browser::new();
    let code = browser.app.setup().draw(&browser.dir.path().join("data"), &SeededDice::new(3));
    let account = |code: &str| {
        vec![
            ("setup".to_owned(), code.to_owned()),
            ("name".to_owned(), "Lê Thị Lan".to_owned()),
            ("login".to_owned(), "lan".to_owned()),
            ("password".to_owned(), "bốn từ dễ nhớ lắm".to_owned()),
            ("again".to_owned(), "bốn từ dễ nhớ lắm".to_owned()),
        ]
    };
    let send = async |browser: &mut Browser, form: Vec<(String, String)>| {
        let form: Vec<(&str, &str)> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        browser.post("/setup/account", &form).await
    };
    let refused = send(&mut browser, account("00000000")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Mã cài đặt không đúng"), "{}", refused.body);
    let made = send(&mut browser, account(&code)).await;
    assert_eq!(made.location, "/setup/backup", "{}", made.body);
    let page = browser.get("/setup/backup").await;
    assert!(page.body.contains("AGE-SECRET-KEY-"), "the recovery key is shown once");
    assert_eq!(browser.get("/setup/data").await.status, StatusCode::OK);
    assert!(!browser.get("/setup/backup").await.body.contains("AGE-SECRET-KEY-"));
    let (_, people) = browser.api(Method::GET, "/api/v1/people", &Value::Null).await;
    assert_eq!(people["total"], 0, "everything works before enrolment");
    browser.cookie.clear();
    let second = send(&mut browser, account(&code)).await;
    assert_eq!(second.location, "/sign-in", "there is one first account");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_written_where_it_was_chosen_and_counted() {
    let mut browser = Browser::signed_in().await;
    browser.create("Trần Văn Bình").await;
    let page = browser.get("/people").await;
    assert!(page.body.contains("Đến hạn sao lưu"), "nobody has backed up yet");
    let stick = browser.dir.path().join("stick");
    let shown = stick.canonicalize().unwrap().display().to_string();
    let page = browser.get(&format!("/office/backup?at={}", percent_encoded(&shown))).await;
    assert!(page.body.contains(&shown), "{}", page.body);
    let done = browser.post("/office/backup", &[("at", &shown)]).await;
    assert!(done.body.contains("đếm được 1 hồ sơ"), "{}", done.body);
    let files: Vec<_> = std::fs::read_dir(&stick).unwrap().flatten().map(|f| f.path()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(!browser.get("/people").await.body.contains("Đến hạn sao lưu"));
    let outside = browser.dir.path().display().to_string();
    let refused = browser.post("/office/backup", &[("at", &outside)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "only where it was offered");
    browser.clock.advance_ms(8 * 24 * 3_600_000);
    browser.sign_in_again().await;
    assert!(browser.get("/people").await.body.contains("Đến hạn sao lưu"), "a week has passed");
    let words = |page: Page| between(&page.body, "Sao lưu lần cuối: ", "<");
    assert!(words(browser.get("/office").await).ends_with(&format!(", vào {shown}")));
    browser.post("/office/backup/download", &[]).await;
    assert!(words(browser.get("/office").await).ends_with(", tải về qua trình duyệt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_support_bundle_holds_nobody() {
    let mut browser = Browser::signed_in().await;
    let edits = json!({ "edits": [
        { "op": "set", "path": "full_name", "value": "Nguyễn Thị Bí Mật" },
        { "op": "set", "path": "person_id_no", "value": "079190000777" },
        { "op": "set", "path": "phone", "value": "0905777888" },
    ] });
    let (status, _) = browser.api(Method::POST, "/api/v1/people", &edits).await;
    assert_eq!(status, StatusCode::CREATED);
    // Should a line ever carry what it must not, it does not get out either.
    let leak = "lỗi ở Nguyễn Thị Bí Mật, 079190000777, 0905777888\n";
    std::io::Write::write_all(&mut crate::office::log_ring::Tee, leak.as_bytes()).unwrap();
    let request = Request::builder()
        .method(Method::POST)
        .uri("/office/support")
        .header(header::HOST, "127.0.0.1:8080")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, &browser.cookie)
        .body(Body::empty())
        .unwrap();
    let response = browser.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes.to_vec())).unwrap();
    let mut all = String::new();
    for name in ["tom-tat.json", "kiem-tra.txt", "nhat-ky.txt"] {
        zip.by_name(name).unwrap().read_to_string(&mut all).unwrap();
    }
    for seeded in ["Bí Mật", "079190000777", "0905777888", "Lê Thị Lan"] {
        assert!(!all.contains(seeded), "{seeded} in {all}");
    }
    assert!(
        all.contains("\"state\"") && all.contains("lỗi ở […]") && all.contains("ok\n"),
        "{all}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_is_set_once_and_stands_on_every_paper() {
    let mut browser = Browser::signed_in().await;
    let id = browser.create("Phạm Văn Dũng").await;
    let set = [
        ("superior", "Ủy ban nhân dân thành phố Tân Uyên"),
        ("agency", "  Ủy ban nhân dân   phường Uyên Hưng "),
        ("place", "Uyên Hưng"),
        ("signer_title", "TM. ỦY BAN NHÂN DÂN\r\n\r\n  CHỦ TỊCH"),
        ("signer_name", "Trần Thị Ký"),
    ];
    let with = |name: &str, text: &'static str| {
        set.map(|(other, usual)| if other == name { (other, text) } else { (other, usual) })
    };
    let long: &'static str = Box::leak("Ủ".repeat(121).into_boxed_str());
    for (name, text, told) in [
        ("agency", long, "dài 121 ký tự"),
        ("place", "1234", "chưa có chữ nào"),
        ("superior", "UBND <b>", "«&lt;»"),
        ("superior", "UBND 🙂", "«🙂»"),
        ("signer_title", "Một\nHai\nBa\nBốn\nNăm", "Có 5 dòng"),
        ("signer_name", "Trần Thị Ký 2", "có chữ số"),
    ] {
        let page = browser.post("/office/paper", &with(name, text)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        assert!(page.body.contains(told) && page.body.contains("hãy "), "{told}: {}", page.body);
        assert!(page.body.contains("Trần Thị Ký"), "what was typed stays in the boxes");
    }
    let page = browser.post("/office/paper", &set[1..]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "a box is missing");
    let paper = format!("/people/{id}/print");
    let before = browser.get(&format!("{paper}/syll")).await;
    assert!(before.body.contains("Thủ trưởng cơ quan, đơn vị quản lý"), "nothing was kept");

    let saved = browser.post("/office/paper", &set).await;
    assert_eq!(saved.location, "/office/paper?done=saved");
    let page = browser.get("/office/paper").await;
    assert!(page.body.contains("Ủy ban nhân dân phường Uyên Hưng"), "{}", page.body);
    let page = browser.get("/office").await;
    assert!(page.body.contains("Người ký: TM. ỦY BAN NHÂN DÂN, CHỦ TỊCH, Trần Thị Ký"));
    for form in ["syll", "2c", "extract"] {
        let page = browser.get(&format!("{paper}/{form}")).await;
        for words in ["<p class=\"signer\">CHỦ TỊCH</p>", "Trần Thị Ký", "Uyên Hưng, ngày "]
        {
            assert!(page.body.contains(words), "{form} {words}: {}", page.body);
        }
        assert!(!page.body.contains("Thủ trưởng"), "{form}");
    }
    let page = browser.get(&format!("{paper}/extract")).await;
    assert!(page.body.contains("<p class=\"above\">ỦY BAN NHÂN DÂN THÀNH PHỐ TÂN UYÊN</p>"));
    assert!(page.body.contains("<p>ỦY BAN NHÂN DÂN PHƯỜNG UYÊN HƯNG</p>"));
    // Emptied, the papers say what they said before.
    browser.post("/office/paper", &set.map(|(name, _)| (name, ""))).await;
    let after = browser.get(&format!("{paper}/syll")).await;
    assert!(after.body.contains("Thủ trưởng cơ quan, đơn vị quản lý"));
    assert!(!after.body.contains("Trần Thị Ký"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_network_gets_neither_the_machine_nor_its_token() {
    let mut browser = Browser::signed_in().await;
    let lan = crate::router::over(browser.app.clone(), vec!["so.local".to_owned()])
        .layer(axum::Extension(OverLan));
    let inside = std::mem::replace(&mut browser.router, lan);
    let (status, _) = browser.api(Method::GET, "/api/v1/health", &Value::Null).await;
    assert_eq!(status, StatusCode::OK, "the session opens it");
    let cookie = std::mem::take(&mut browser.cookie);
    let (status, _) = browser.api(Method::GET, "/api/v1/health", &Value::Null).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "the control token does not");
    browser.cookie = cookie;
    assert_eq!(browser.get("/people").await.status, StatusCode::OK);
    for path in ["/office/backup", "/setup", "/office/restore"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
    }
    let page = browser.post("/office/network", &[("on", "1"), ("port", "0")]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    browser.router = inside;
    for (host, status) in
        [("so.local", StatusCode::MISDIRECTED_REQUEST), ("localhost", StatusCode::OK)]
    {
        let page = browser.send(Method::GET, "/sign-in", Vec::new(), &[("host", host)]).await;
        assert_eq!(page.status, status, "{host}: only the office's own listener knows its names");
    }
}
