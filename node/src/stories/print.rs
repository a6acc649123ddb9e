//! The official forms and the statistics through the front door: what each role gets on paper, and
//! whose prepared papers are whose.

use super::*;

const PASSWORD: &str = "bốn từ dễ nhớ lắm";

/// A record with a remark, pay, a family and a planned post.
async fn record(browser: &mut Browser) -> String {
    let set = |path: &str, value: &str| json!({ "op": "set", "path": path, "value": value });
    let add =
        |table: &str, cells: Value| json!({ "op": "add_row", "table": table, "cells": cells });
    let edits = json!({ "edits": [
        set("full_name", "Trần Thị Bình"),
        set("unit_remark", "Nhận xét rất riêng"),
        set("salary_coefficient", "4.65"),
        set("sex", "F"),
        set("work_status", "dang_lam_viec"),
        add("family_self", json!({ "relation": "cha", "name": "Trần Văn Riêng" })),
        add("planning", json!({ "term": "2025-2030", "title": "CB05", "status": "da_phe_duyet" })),
    ] });
    let (status, saved) = browser.api(Method::POST, "/api/v1/people", &edits).await;
    assert_eq!(status, StatusCode::CREATED, "{saved}");
    saved["id"].as_str().unwrap().to_owned()
}

/// Another account with a password of its own; its cookie.
async fn account(browser: &mut Browser, role: &str) -> String {
    let admin = browser.cookie.clone();
    let form = [("login", role), ("name", role), ("role", role)];
    let made = browser.post("/accounts", &form).await;
    let password = between(&made.body, "data-one-time-password=\"\">", "<");
    browser.cookie.clear();
    browser.post("/sign-in", &[("login", role), ("password", &password)]).await;
    let form = [("old", password.as_str()), ("new", PASSWORD), ("again", PASSWORD)];
    let page = browser.post("/account/password", &form).await;
    assert!(page.location.ends_with("done=password"), "{role}: {}", page.body);
    std::mem::replace(&mut browser.cookie, admin)
}

#[tokio::test(flavor = "multi_thread")]
async fn paper_shows_what_the_role_may_read() {
    let mut browser = Browser::signed_in().await;
    let id = record(&mut browser).await;
    let accountant = account(&mut browser, "accountant").await;
    for form in ["syll", "2c", "extract"] {
        let page = browser.get(&format!("/people/{id}/print/{form}")).await;
        assert_eq!(page.status, StatusCode::OK, "{form}: {}", page.body);
        let whole = form != "extract";
        assert_eq!(page.body.contains("Nhận xét rất riêng"), whole, "{form}");
        assert_eq!(page.body.contains("Trần Văn Riêng"), whole, "{form}");
        assert!(page.body.contains("4,65") && !page.body.contains("không được in"), "{form}");
        assert!(!page.body.contains("Chủ tịch UBND"), "planning is off: {form}");
    }
    let choice = browser.get(&format!("/people/{id}/print")).await;
    assert!(choice.body.contains("2C-BNV/2008") && choice.body.contains("Còn thiếu"));
    assert_eq!(browser.get(&format!("/people/{id}/print/4c")).await.status, StatusCode::NOT_FOUND);

    browser.cookie = accountant;
    let page = browser.get(&format!("/people/{id}/print/syll")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for secret in ["Nhận xét rất riêng", "Trần Văn Riêng"] {
        assert!(!page.body.contains(secret), "{secret}");
    }
    assert!(page.body.contains("4,65") && page.body.contains("không được in"));
    assert_eq!(browser.get("/statistics").await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get("/statistics/sex.xlsx").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_for_many_belongs_to_the_one_who_asked() {
    let mut browser = Browser::signed_in().await;
    let id = record(&mut browser).await;
    let other = browser.create("Lê Văn Năm").await;
    let clerk = account(&mut browser, "clerk").await;
    // Nobody is ticked, then no form is chosen, then both.
    let page = browser.post("/people/print", &[("form", "2c")]).await;
    assert!(page.body.contains("Chưa chọn người nào"), "{}", page.body);
    let page = browser.post("/people/print", &[("id", &id), ("id", &other)]).await;
    assert!(page.body.contains("Sẽ in cho 2 người"), "{}", page.body);
    let begun = browser.post("/people/print", &[("form", "2c"), ("id", &id), ("id", &other)]).await;
    let address = begun.location;
    assert!(address.starts_with("/print/"), "{}", begun.body);
    let mut page = browser.get(&address).await;
    for _ in 0..500 {
        if page.body.contains("/sheets") {
            break;
        }
        tokio::task::yield_now().await;
        page = browser.get(&address).await;
    }
    assert!(page.body.contains("Đã chuẩn bị xong bản in cho 2 người"), "{}", page.body);
    let paper = browser.get(&format!("{address}/sheets")).await;
    assert!(paper.body.contains("TRẦN THỊ BÌNH") && paper.body.contains("LÊ VĂN NĂM"));

    let admin = std::mem::replace(&mut browser.cookie, clerk);
    for path in [address.clone(), format!("{address}/sheets")] {
        assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    browser.cookie = admin;
    let page = browser.post(&format!("{address}/cancel"), &[]).await;
    assert_eq!(page.location, address);
    assert!(browser.get(&address).await.body.contains("Đã hủy bản in này"));
    assert_eq!(browser.get(&format!("{address}/sheets")).await.location, address);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ward_is_counted_and_each_figure_leads_to_its_people() {
    let mut browser = Browser::signed_in().await;
    record(&mut browser).await;
    let page = browser.get("/statistics").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(page.body.matches("role=\"img\"").count(), 6, "a chart a breakdown");
    assert!(page.body.contains("/people?working=1&amp;sex=F"), "{}", page.body);
    let list = browser.get("/people?working=1&sex=F").await;
    assert!(list.body.contains("Trần Thị Bình"), "{}", list.body);
    let list = browser.get("/people?working=1&sex=M").await;
    assert!(!list.body.contains("Trần Thị Bình"), "{}", list.body);
    assert_eq!(browser.get("/statistics.xlsx").await.status, StatusCode::OK);
    assert_eq!(browser.get("/statistics/none.xlsx").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/statistics/sex").await.status, StatusCode::NOT_FOUND);
}
