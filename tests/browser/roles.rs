//! Roles in front of the screens: who sees and settles which conflict, a technician's accounts that
//! a leader allows, a staff member's correction with its proof. Every answer is also searched for
//! values that the role may not read. Route by route this is done in `node/src/stories/routes.rs`.

use std::collections::BTreeMap;
use std::path::Path;

use reqwest::Method;
use serde_json::json;
use wardbook_base::{Clock as _, SystemClock};
use wardbook_record::PartialDate;
use wardbook_tests::city;
use wardbook_tests::harness::{PASSWORD, Town, Visitor};

use crate::browser::Browser;
use crate::first_sign_in;
use crate::office::{Fresh, account, add_person, sign_in};

/// Values of the two sides, by field: none of them occurs anywhere else.
const SIDES: [(&str, &str, &str); 3] = [
    ("phone", "0901111777", "0902222888"),
    ("bank_account", "9704221111", "9704222222"),
    ("family_origin", "Bần nông rất riêng", "Trung nông rất riêng"),
];

struct Office {
    town: Town,
    url: String,
    /// In the head's division, and in another one.
    near: String,
    far: String,
    people: BTreeMap<&'static str, Visitor>,
}

fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).expect("an end").0.to_owned()
}

/// Two machines of a ward that wrote different things about two people, and an account of each role
/// at the first one.
async fn office(folder: &Path) -> Office {
    let mut town = Town::found(folder, "Thành phố Tân Uyên", "723").await;
    let ward = town.wards().await[0].0.clone();
    for name in ["ubnd", "dang-uy"] {
        town.join(name, &ward).await;
    }
    let workbook = folder.join("ward.xlsx");
    city::write_ward(&workbook, &ward, 6, 3).expect("a workbook");
    town.nodes[0].import(&workbook).await;
    town.nodes[0].start().await.expect("the node serves");
    let ids = town.nodes[0].api().people("limit=2").await;
    let (near, far) = (ids[0].clone(), ids[1].clone());
    let field = wardbook_record::schema().field("org_unit").expect("the field");
    let day = PartialDate::in_vietnam(SystemClock.now());
    let units = field.items_on(day);
    let (own, foreign) = (units[0].code.as_str(), units[1].code.as_str());
    let api = town.nodes[0].api();
    let number = [("org_unit", own), ("person_id_no", "079190000123")];
    api.set(&near, &number).await.expect("an answer").ok();
    api.set(&far, &[("org_unit", foreign)]).await.expect("an answer").ok();
    for index in [0, 1] {
        town.nodes[index].sync_until_equal().await;
        town.nodes[index].line.cut();
    }
    town.nodes[1].start().await.expect("the node serves");
    for (index, side) in [(0, 1), (1, 2)] {
        let values = SIDES.map(|(field, a, b)| (field, if side == 1 { a } else { b }));
        for id in [&near, &far] {
            town.nodes[index].api().set(id, &values).await.expect("an answer").ok();
        }
    }
    for node in &town.nodes {
        node.line.restore();
    }
    for index in [0, 1, 0] {
        town.nodes[index].sync_until_equal().await;
    }
    let node = &town.nodes[0];
    let url = format!("http://{}", node.ui_address);
    let admin = Visitor::first_sign_in(&url, &node.login, &node.password).await;
    let unit = format!("unit.{own}");
    let mut people = BTreeMap::new();
    for role in ["clerk", "leader", "head", "accountant", "staff", "technician"] {
        let form = [
            ("login", role),
            ("name", role),
            ("role", role),
            ("number", "079190000123"),
            (unit.as_str(), "1"),
        ];
        let made = admin.post("/accounts", &form).await;
        let once = between(&made.body, "data-one-time-password=\"\">", "<");
        people.insert(role, Visitor::first_sign_in(&url, role, &once).await);
    }
    people.insert("admin", admin);
    Office { town, url, near, far, people }
}

/// Which values of the sample conflicts a text tells, by field and side.
fn told(text: &str) -> Vec<&'static str> {
    let shown = |value: &str| text.contains(value) || text.contains(&value.replace('.', ","));
    let both = SIDES.iter().filter(|(_, a, b)| shown(a) || shown(b));
    both.map(|(field, _, _)| *field).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conflicts_are_shown_by_the_table_and_settled_by_clerks() {
    let folder = tempfile::tempdir().expect("a folder");
    let office = office(folder.path()).await;
    let Office { town, url, near, far, people } = &office;
    let hash = {
        let all = town.nodes[0].api().get("/conflicts").await;
        let cards = all["conflicts"].as_array().expect("cards").clone();
        assert_eq!(cards.len(), 2, "{all}");
        let fields = cards.iter().flat_map(|card| card["fields"].as_array().expect("fields"));
        let phone = fields.clone().find(|field| field["path"] == "phone").expect("the phone");
        phone["values"][0]["hash"].as_str().expect("a hash").to_owned()
    };
    let all = SIDES.map(|(field, _, _)| field);
    for (role, near_fields, far_fields) in [
        ("clerk", &all[..], &all[..]),
        ("admin", &all[..], &all[..]),
        ("leader", &all[..], &all[..]),
        ("head", &["phone"][..], &[][..]),
        ("accountant", &["phone", "bank_account"][..], &["phone", "bank_account"][..]),
        ("staff", &all[..], &[][..]),
        ("technician", &[][..], &[][..]),
    ] {
        let visitor = &people[role];
        let both = near_fields.iter().chain(far_fields);
        let seen: Vec<&str> =
            all.iter().copied().filter(|f| both.clone().any(|b| b == f)).collect();
        for path in ["/conflicts", "/api/v1/conflicts"] {
            let got = visitor.get(path).await;
            assert_eq!(told(&got.body), seen, "{role} {path}: {}", got.words());
            assert_eq!(got.body.contains(far.as_str()), !far_fields.is_empty(), "{role} {path}");
        }
        for (id, fields) in [(near, near_fields), (far, far_fields)] {
            for path in ["", "/history", "/print/2c", "/print/syll", "/export.xlsx"] {
                let got = visitor.get(&format!("/people/{id}{path}")).await;
                for field in told(&got.body) {
                    assert!(fields.contains(&field), "{role} {path} tells {field}");
                }
            }
        }
        // Settling: clerks alone, on the page and by the interface.
        let may = ["clerk", "admin"].contains(&role);
        let body = json!({ "base_heads": [], "choices": [] });
        let asked = visitor.request(Method::POST, &format!("/api/v1/people/{near}/resolve"));
        let asked = asked.header("sec-fetch-site", "same-origin").json(&body);
        let status = asked.send().await.expect("an answer").status().as_u16();
        assert_eq!(status == 403, !may, "{role}: {status}");
        if !may {
            let choice = [("heads", ""), ("choice.phone", hash.as_str())];
            let got = visitor.post(&format!("/people/{near}/conflicts"), &choice).await;
            assert_eq!(got.status, 403, "{role}: {}", got.words());
            let page = visitor.get("/conflicts").await;
            assert!(
                !page.body.contains("/conflicts\" method=\"post\""),
                "{role} is offered a form"
            );
            assert!(!page.body.contains("type=\"radio\""), "{role} is offered a choice");
        }
    }

    // The screens: an accountant reads, a clerk settles by one choice a field.
    let browser = Browser::open().await;
    sign_in(&browser, url, "accountant").await;
    browser.go(&format!("{url}/conflicts")).await;
    browser.says("9704221111").await;
    browser.says("Cán bộ hồ sơ chọn giá trị đúng").await;
    browser.look("roles-conflicts-accountant").await;
    browser.driver.delete_all_cookies().await.expect("signed out");
    sign_in(&browser, url, "clerk").await;
    browser.go(&format!("{url}/conflicts")).await;
    browser.says("Trung nông rất riêng").await;
    browser.look("roles-conflicts-clerk").await;
    let all = town.nodes[0].api().get("/conflicts").await;
    for field in all["conflicts"][0]["fields"].as_array().expect("fields") {
        let wanted = SIDES.iter().find(|(path, _, _)| field["path"] == **path).expect("a field").2;
        let mut values = field["values"].as_array().expect("values").iter();
        let hash =
            values.find(|value| value["value"] == wanted).expect("the value")["hash"].clone();
        let hash = hash.as_str().expect("a hash");
        let path = field["path"].as_str().expect("a path");
        browser.click(&format!("input[type=radio][name$='{path}'][value='{hash}']")).await;
    }
    browser.click("[data-conflict-card] form button[type=submit]").await;
    browser.says("Đã lưu quyết định").await;
    let settled = town.nodes[0].api().get("/conflicts").await;
    assert_eq!(settled["conflicts"].as_array().expect("cards").len(), 1, "{settled}");
    // What was not taken is told to who may read it, and to nobody else.
    for (role, may) in [("leader", true), ("accountant", false), ("head", false)] {
        let page = people[role].get("/conflicts").await;
        assert!(page.body.contains("Bần nông rất riêng") || !may, "{role}: {}", page.words());
        let told = told(&page.body);
        assert!(may || !told.contains(&"family_origin"), "{role} {told:?}");
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_allows_an_account_and_a_correction_on_the_screens() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = Fresh::start(folder.path(), &[]).await;
    let browser = Browser::open().await;
    browser.go(&node.setup_url().await).await;
    browser.click("button[value=skip]").await;
    account(&browser, "roles").await;
    let id = add_person(&node.api(), "Trần Thị Bình").await;
    let values = [("person_id_no", "079190000123"), ("phone", "0901111777")];
    node.api().set(&id, &values).await.expect("an answer").ok();
    let admin = Visitor::sign_in(&node.url, "lan", PASSWORD).await;
    for (role, name) in [("leader", "Lê Văn Nam"), ("technician", "Đỗ Kỹ Thuật")] {
        let made =
            admin.post("/accounts", &[("login", role), ("name", name), ("role", role)]).await;
        let once = between(&made.body, "data-one-time-password=\"\">", "<");
        Visitor::first_sign_in(&node.url, role, &once).await;
    }

    // The technician asks for the account of a staff member: no password is shown.
    let change_user = async |login: &str| {
        browser.driver.delete_all_cookies().await.expect("signed out");
        sign_in(&browser, &node.url, login).await;
    };
    change_user("technician").await;
    browser.go(&format!("{}/accounts", node.url)).await;
    browser.says("cần lãnh đạo đồng ý").await;
    browser.fill("input[name=name]", "Trần Thị Bình").await;
    browser.fill("input[name=login]", "binh").await;
    browser.find("option[value=staff]").await.click().await.expect("chosen");
    browser.fill("input[name=number]", "079190000123").await;
    browser.click("main form[action='/accounts'] button[type=submit]").await;
    browser.says("dùng được khi lãnh đạo đồng ý").await;
    browser.look("roles-account-asked").await;
    assert!(!browser.text().await.contains("Mật khẩu một lần:"), "no password");

    // The leader sees who asks for what, agrees, and gets the password.
    change_user("leader").await;
    browser.click("nav.wb-nav a[href='/proposals']").await;
    browser.says("Tài khoản chờ đồng ý").await;
    browser.look("roles-account-leader").await;
    browser.click("tr[data-wish=binh] form[action$='/allow'] button").await;
    let once = browser.find("[data-one-time-password]").await.text().await.expect("read");
    browser.look("roles-account-allowed").await;

    // The member proposes a number with a paper.
    browser.driver.delete_all_cookies().await.expect("signed out");
    first_sign_in(&browser, &format!("{}/sign-in", node.url), "binh", &once, "roles-binh").await;
    browser.go(&format!("{}/people/{id}/propose?field=phone", node.url)).await;
    browser.fill("input[name=value]", "0902222888").await;
    browser.fill("textarea[name=remark]", "Đổi số điện thoại").await;
    let paper = folder.path().join("giay-to.pdf");
    std::fs::write(&paper, "not a paper").expect("a file");
    let file = paper.to_str().expect("UTF-8").to_owned();
    browser.find("input[type=file]").await.send_keys(&file).await.expect("chosen");
    browser.click("main form[enctype] button[type=submit]").await;
    browser.says("không phải PDF").await;
    browser.look("roles-propose-wrong").await;
    let kept = browser.find("input[name=value]").await.prop("value").await.expect("read");
    assert_eq!(kept.as_deref(), Some("0902222888"), "nothing typed is lost");
    std::fs::write(&paper, "%PDF-1.7\nHợp đồng thuê bao\n%%EOF").expect("a file");
    browser.find("input[type=file]").await.send_keys(&file).await.expect("chosen");
    browser.click("main form[enctype] button[type=submit]").await;
    browser.says("Chờ xử lý").await;
    browser.look("roles-proposed").await;

    // The leader sees old, new and proof, and approves: it is written, and the paper is filed.
    change_user("leader").await;
    browser.go(&format!("{}/proposals", node.url)).await;
    for words in ["0901111777", "0902222888", "Đổi số điện thoại", "Xem minh chứng"] {
        browser.says(words).await;
    }
    browser.look("roles-proposal-leader").await;
    let leader = Visitor::sign_in(&node.url, "leader", PASSWORD).await;
    let proof = browser.find("a[href$='/proof']").await.attr("href").await.expect("read");
    let got = leader.get(&proof.expect("an address")).await;
    assert!(got.status == 200 && got.body.contains("Hợp đồng thuê bao"), "{}", got.status);
    browser.click("form[action$='/take'] button").await;
    browser.says("Đã duyệt").await;
    browser.look("roles-proposal-taken").await;
    assert_eq!(node.api().person(&id).await["values"]["phone"], json!("0902222888"));
    browser.go(&format!("{}/people/{id}?tab=administration", node.url)).await;
    browser.says("Minh chứng: ").await;
    browser.look("roles-proof-filed").await;
    browser.go(&format!("{}/people/{id}/history", node.url)).await;
    browser.says("Lê Văn Nam").await;
    browser.close().await;
}
