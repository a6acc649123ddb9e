//! The list through the front door: search with its marks, chips with counts, saved filters, chosen
//! columns, a value for many with its undo, a workbook; the import wizard without a line of script.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{Browser, Page, between};

/// Four people, two of them in the Party.
async fn four(browser: &mut Browser) -> Vec<String> {
    let mut ids = Vec::new();
    for (name, sex, unit, joined) in [
        ("Nguyễn Văn An", "M", "van_phong", "2010"),
        ("Nguyễn Thị Hòa", "F", "van_phong", ""),
        ("Lê Văn Đức", "M", "", "2012"),
        ("Trần Thị Bình", "F", "", ""),
    ] {
        let id = browser.create(name).await;
        let set = |path: &str, value: &str| json!({ "op": "set", "path": path, "value": value });
        let mut edits = vec![set("sex", sex)];
        if !joined.is_empty() {
            edits.push(set("party_join_date", joined));
        }
        if !unit.is_empty() {
            edits.push(set("org_unit", unit));
        }
        let address = format!("/api/v1/people/{id}");
        let (status, saved) =
            browser.api(Method::PATCH, &address, &json!({ "edits": edits })).await;
        assert_eq!(status, StatusCode::OK, "{saved}");
        ids.push(id);
    }
    ids
}

fn names(page: &Page) -> Vec<String> {
    let links = page.body.split("<th scope=\"row\"><a href=\"/people/").skip(1);
    let inner = links.filter_map(|rest| rest.split_once('>')?.1.split_once("</a>"));
    inner.map(|(name, _)| name.replace("<mark>", "").replace("</mark>", "")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_searched_filtered_and_kept_as_a_filter() {
    let mut browser = Browser::signed_in().await;
    four(&mut browser).await;
    let all = browser.get("/people").await;
    assert_eq!(names(&all), ["Nguyễn Văn An", "Trần Thị Bình", "Lê Văn Đức", "Nguyễn Thị Hòa"]);

    let found = browser.post("/people/search", &[("text", "nt hoà"), ("sex", "F")]).await;
    assert!(found.location.starts_with("/people?s=") && found.location.contains("sex=F"));
    let page = browser.get(&found.location).await;
    assert_eq!(names(&page), ["Nguyễn Thị Hòa"]);
    assert!(page.body.contains("<mark>Hòa</mark>"), "the hit has its accents");

    let party = browser.get("/people?party=1").await;
    assert_eq!(names(&party), ["Nguyễn Văn An", "Lê Văn Đức"]);
    let both = browser.get("/people?party=1&sex=F").await;
    assert!(names(&both).is_empty() && both.body.contains("Xem tất cả"));
    assert_eq!(names(&browser.get("/people?sex=F,M&sort=newest").await).len(), 4);

    // Kept with its search text, opened under a new key, deleted.
    let s = between(&found.location, "s=", "&");
    let saved =
        browser.post("/people/saved", &[("name", "Chị Hòa"), ("s", &s), ("sex", "F")]).await;
    assert!(saved.location.ends_with("done=filter-saved"), "{}", saved.location);
    let page = browser.get("/people").await;
    let address =
        format!("/people/saved/mine/{}", between(&page.body, "/people/saved/mine/", "\""));
    let opened = browser.get(&address).await;
    assert_eq!(names(&browser.get(&opened.location).await), ["Nguyễn Thị Hòa"]);
    browser.post(&format!("{address}/delete"), &[]).await;
    assert!(!browser.get("/people").await.body.contains("Chị Hòa"));
    assert_eq!(browser.get(&address).await.location, "/people?done=filter-gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_each_persons_own_choice_and_go_out_as_a_workbook() {
    let mut browser = Browser::signed_in().await;
    let ids = four(&mut browser).await;
    browser.get("/people/columns").await;
    let form = [("on", "party"), ("place-party", "1"), ("on", "number"), ("place-number", "2")];
    assert_eq!(browser.post("/people/columns", &form).await.location, "/people?done=columns");
    let page = browser.get("/people").await;
    let (party, number) = (page.body.find(">Đảng viên</th>"), page.body.find(">Số định danh</th>"));
    assert!(party.is_some() && party < number, "in the chosen order");
    assert!(!page.body.contains(">Giới tính</th>"));

    let nobody = browser.post("/people/export", &[("scope", "ticked")]).await;
    assert!(nobody.location.ends_with("done=nobody-ticked"), "{}", nobody.location);
    for (form, count) in [
        (vec![("scope", "ticked"), ("id", ids[0].as_str()), ("columns", "shown")], 1),
        (vec![("scope", "all"), ("sex", "F"), ("columns", "all")], 2),
        (vec![("scope", "page"), ("sex", "F")], 2),
    ] {
        let file = browser.post("/people/export", &form).await;
        assert_eq!(file.status, StatusCode::OK, "{count}");
    }
    browser.post("/people/columns", &[("usual", "1")]).await;
    assert!(browser.get("/people").await.body.contains(">Giới tính</th>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_value_for_many_is_seen_before_it_is_written_and_put_back() {
    let mut browser = Browser::signed_in().await;
    let ids = four(&mut browser).await;
    let who = [("scope", "all"), ("sex", "F")];
    let chosen = browser.post("/people/bulk", &who).await;
    assert!(chosen.body.contains("Sẽ sửa 2 người"), "{}", chosen.body);
    let asked =
        browser.post("/people/bulk/value", &[who[0], who[1], ("field", "work_status")]).await;
    let code = between(&asked.body, "<option value=\"dang", "\"");
    let value = format!("dang{code}");
    let form = [who[0], who[1], ("field", "work_status"), ("value", value.as_str())];
    let looked = browser.post("/people/bulk/preview", &form).await;
    assert!(
        looked.body.contains("Ghi 2 hồ sơ") && looked.body.contains("(trống)"),
        "{}",
        looked.body
    );
    let wrong = [who[0], who[1], ("field", "salary_date"), ("value", "31/02/2020")];
    let refused = browser.post("/people/bulk/preview", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("31/02/2020"), "nothing typed is lost");

    let token = between(&looked.body, "action=\"/people/bulk/", "/apply");
    let done = browser.post(&format!("/people/bulk/{token}/apply"), &[]).await;
    assert!(done.location.contains("updated=2"), "{}", done.location);
    let page = browser.get(&done.location).await;
    let address = format!("/api/v1/people/{}", ids[1]);
    let (_, person) = browser.api(Method::GET, &address, &json!(null)).await;
    assert_eq!(person["values"]["work_status"], json!(value));
    let undo = format!("/import/batches/{}/undo", between(&page.body, "/import/batches/", "/undo"));
    browser.get(&undo).await;
    let undone = browser.post(&undo, &[]).await;
    assert!(undone.body.contains("Đã hoàn tác 2 hồ sơ"), "{}", undone.body);
    let (_, person) = browser.api(Method::GET, &address, &json!(null)).await;
    assert_eq!(person["values"]["work_status"], json!(null));
}

async fn upload(browser: &mut Browser, text: &str) -> String {
    let body = format!(
        "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"ds.csv\"\r\n\r\n{text}\r\n--x--\r\n"
    );
    let headers =
        [("content-type", "multipart/form-data; boundary=x"), ("sec-fetch-site", "same-origin")];
    browser.send(Method::POST, "/import", body.into_bytes(), &headers).await.location
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_mended_cell_by_cell_and_row_by_row_before_it_is_written() {
    let mut browser = Browser::signed_in().await;
    let first = "Họ tên,CCCD,Số điện thoại\nLê Văn An,074085000011,0901000001\n";
    let at = upload(&mut browser, first).await;
    let done = browser.post(&at, &[]).await;
    assert!(done.location.contains("created=1"), "{}", done.location);

    // No header: pointed at, then its columns are named.
    let file = "Danh bạ\nQuý danh,CCCD cũ mới,Máy\nLê Văn An,074085000011,0902000002\n\
        NguyÔn V¨n B,0740,0903000003\n";
    let place = upload(&mut browser, file).await;
    assert!(place.ends_with("/table"), "{place}");
    let shown = browser.get(&place).await;
    assert!(shown.body.contains("Quý danh"), "{}", shown.body);
    let too_far = browser.post(&place, &[("header_row", "99")]).await;
    assert_eq!(too_far.status, StatusCode::UNPROCESSABLE_ENTITY);
    let columns = browser.post(&place, &[("header_row", "2")]).await.location;
    assert!(columns.ends_with("/columns"), "{columns}");
    browser.get(&columns).await;
    let chosen = [("column-0", "full_name"), ("column-1", "person_id_no"), ("column-2", "phone")];
    let base = columns.trim_end_matches("/columns").to_owned();
    browser.post(&columns, &chosen).await;
    let page = browser.get(&base).await;
    assert!(page.body.contains("Chuyển sang Unicode") && page.body.contains("cell-B4"));
    browser.post(&format!("{base}/convert"), &[]).await;
    let page = browser.get(&base).await;
    assert!(page.body.contains("Nguyễn Văn B") && !page.body.contains("Chuyển sang Unicode"));
    let file = browser.get(&format!("{base}/errors.xlsx")).await;
    assert_eq!(file.status, StatusCode::OK);
    browser.post(&format!("{base}/cells"), &[("cell-B4", "074090000013")]).await;

    // The known person, side by side; left out.
    let pairs = browser.get(&format!("{base}?tab=duplicates")).await;
    assert!(pairs.body.contains("0901000001") && pairs.body.contains("0902000002"));
    browser.post(&format!("{base}/duplicates"), &[("row-3", "skip")]).await;
    let done = browser.post(&base, &[]).await;
    assert!(
        done.location.contains("created=1&updated=0&unchanged=0&skipped=1"),
        "{}",
        done.location
    );
    assert_eq!(names(&browser.get("/people").await).len(), 2);

    // The row that was left out is offered as a file of its own.
    let page = browser.get(&done.location).await;
    assert!(page.body.contains("1 dòng chưa được nhập"), "{}", page.body);
    let file = format!("{base}/skipped.xlsx");
    assert!(page.body.contains(&format!("href=\"{file}\"")), "{}", page.body);
    assert_eq!(browser.get(&file).await.status, StatusCode::OK);
    let foreign = browser.get("/import/done?skipped=1&from=../../people").await;
    assert!(!foreign.body.contains("skipped.xlsx"), "only a token becomes an address");
    let all_in = browser.get("/import/done?skipped=0&from=00ff").await;
    assert!(!all_in.body.contains("skipped.xlsx"));
}
