//! A text that is too long, in every box of every form of the node in turn: it is refused at that
//! box, in a sentence that says what to do; what was typed comes back, and nothing is written.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use reqwest::Method;
use reqwest::multipart;
use serde_json::json;
use wardbook_record::schema;
use wardbook_tests::harness::{Got, Visitor, answer, keep_artefact};
use wardbook_web::kit::field_id;

use crate::answers::Answers;
use crate::bad_input::{changed, contents, doors, says_how};
use crate::browser::Browser;
use crate::events::ready;
use crate::forms::{Form, FormBox, Kind, forms};
use crate::office::Fresh;
use crate::screens::Office;
use crate::{PASSWORD, town_with_a_conflict};

/// Longer than any box takes: 100 kB.
const LONG: usize = 50_000;
/// By this it is known again.
const MARK: &str = "ăăăăăăăă";
/// What stands in the other boxes where they open empty, so that only the long one is wrong.
const OTHERS: [(&str, &str); 10] = [
    ("code", "ABCD2345"),
    ("name", "Lê Văn Mới"),
    ("login", "nguoi.moi"),
    ("role", "clerk"),
    ("old", PASSWORD),
    ("new", "bốn từ dễ nhớ khác"),
    ("password", "bốn từ dễ nhớ khác"),
    ("again", "bốn từ dễ nhớ khác"),
    ("remark", "Đổi số điện thoại"),
    ("value", "0901234567"),
];
/// Where any text is right: a search finds nobody, and a draft keeps what is typed as it is.
const ANY_TEXT: [&str; 2] = ["/people/search", "/people/{id}/draft"];

/// The form with a long text in one box.
fn filled(form: &Form, long: &FormBox) -> Vec<(String, String)> {
    let text = "ă".repeat(LONG);
    let value = |b: &FormBox| {
        let other = OTHERS.iter().find(|(name, _)| *name == b.name).map(|(_, text)| *text);
        // A password is typed twice; a value of one's own is chosen before it is typed.
        let is_twin = b.name == "again" && ["new", "password"].contains(&long.name.as_str());
        let is_choice = long.name.strip_prefix("other.") == b.name.strip_prefix("choice.");
        match b.kind {
            _ if b.name == long.name || is_twin => text.clone(),
            // A number is asked of staff members alone.
            Kind::Code if b.name == "role" && long.name == "number" => "staff".to_owned(),
            Kind::Code if is_choice && b.name.starts_with("choice.") => "other".to_owned(),
            _ if b.value.is_empty() => other.unwrap_or_default().to_owned(),
            _ => b.value.clone(),
        }
    };
    form.boxes.iter().map(|b| (b.name.clone(), value(b))).collect()
}

async fn send(visitor: &Visitor, form: &Form, long: &FormBox) -> Got {
    let sent = filled(form, long);
    let request = visitor.request(Method::POST, &form.action);
    let request = if form.parts {
        let boxes = sent.into_iter().filter(|(name, _)| name != "file");
        let parts = boxes.fold(multipart::Form::new(), |all, (name, text)| all.text(name, text));
        request.multipart(parts)
    } else {
        request.form(&sent)
    };
    answer(request).await
}

/// The text between two marks, without tags.
fn text_between(page: &str, from: &str, to: &str) -> Option<String> {
    let (_, rest) = page.split_once(from)?;
    let inside = rest.split_once('>')?.1.split(to).next()?;
    let parts = inside.split('<').enumerate().map(|(at, part)| match at {
        0 => part,
        _ => part.split_once('>').map_or("", |(_, text)| text),
    });
    Some(parts.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What is wrong with the answer to a long text, and what was told.
async fn fault(visitor: &Visitor, long: &FormBox, got: Got) -> (Option<String>, String) {
    let got = if got.status == 303 { visitor.get(&got.location).await } else { got };
    let (page, words) = (&got.body, got.words());
    let short = |text: &str| text.chars().take(300).collect::<String>();
    let id = field_id(&long.name);
    // At the box, in its cell of an import, or in a message that names it.
    let at_box = text_between(page, &format!("id=\"{id}-error\""), "</div>");
    let cell = page.split("class=\"wb-cell\"").find(|part| {
        long.name.starts_with("cell-") && part.contains(&format!("name=\"{}\"", long.name))
    });
    let cell = cell.and_then(|part| text_between(part, "", "</td>"));
    let alert = text_between(page, "role=\"alert\"", "</div>");
    let names = |text: &String| names(text, &long.label);
    let Some(told) = at_box.clone().or(cell).or(alert.filter(names)) else {
        return (Some(format!("{}: nothing at the box: {}", got.status, short(&words))), words);
    };
    let listed = text_between(page, &format!("href=\"#{id}\""), "</a>");
    let fault = if !says_how(&told) {
        Some(format!("{}: no remedy: {}", got.status, short(&told)))
    } else if told.chars().count() > 400 {
        Some(format!("a sentence of {} letters", told.chars().count()))
    } else if page.contains("id=\"error-summary\"") && !listed.as_ref().is_some_and(names) {
        Some(format!("the head of the page does not name {:?}: {listed:?}", long.label))
    } else if at_box.is_some() && !page.contains("aria-invalid=\"true\"") {
        Some("the box is not marked".to_owned())
    } else if long.kind != Kind::Password && !has_again(page, long) {
        Some(format!("{}: what was typed is lost: {}", got.status, short(&words)))
    } else {
        None
    };
    (fault, listed.unwrap_or(told))
}

/// Whether a sentence names a box, by the first word of its label at least; of another value for a
/// field, the field.
fn names(text: &str, label: &str) -> bool {
    let plain = |text: &str| text.replace(['“', '”', '"'], "").to_lowercase();
    let own = label.rsplit(": ").next().unwrap_or_default();
    let first = plain(own).split([' ', ':']).next().unwrap_or_default().to_owned();
    plain(text).contains(&first)
}

/// Whether a form of the page holds the long text again in the same box.
fn has_again(page: &str, long: &FormBox) -> bool {
    let boxes = forms(page).into_iter().flat_map(|form| form.boxes);
    boxes.into_iter().any(|b| b.name == long.name && b.value.contains(MARK))
}

/// What was asked and what was wrong.
#[derive(Default)]
struct Tally {
    told: String,
    asked: usize,
    wrong: Vec<String>,
}

impl Tally {
    /// Sends each box of a form too long a text.
    async fn form(&mut self, visitor: &Visitor, data: &Path, form: &Form) {
        let before = contents(data);
        for long in form.boxes.iter().filter(|b| b.typed) {
            let got = send(visitor, form, long).await;
            let status = got.status;
            let (wrong, told) = fault(visitor, long, got).await;
            self.asked += 1;
            let place = format!("{} {} ({})", form.action, long.name, long.label);
            let told: String = told.chars().take(300).collect();
            let _ = writeln!(self.told, "{status} {place}: {told}");
            self.wrong.extend(wrong.map(|wrong| format!("{place}: {wrong}")));
        }
        let changed = changed(&before, &contents(data));
        if !changed.is_empty() {
            self.wrong.push(format!("{}: it changed {changed:?}", form.action));
        }
    }

    /// The forms of a page that send to an address that contains a word.
    async fn page(&mut self, visitor: &Visitor, data: &Path, address: &str, action: &str) {
        let page = visitor.get(address).await;
        let found: Vec<Form> =
            forms(&page.body).into_iter().filter(|form| form.action.contains(action)).collect();
        if found.is_empty() {
            self.wrong.push(format!("{address} has no form: {}", page.words()));
        }
        for form in &found {
            self.form(visitor, data, form).await;
        }
    }

    fn end(self, name: &str) {
        let Self { mut told, asked, wrong } = self;
        let _ = writeln!(told, "{asked} boxes, {} faults", wrong.len());
        for words in &wrong {
            let _ = writeln!(told, "{words}");
        }
        keep_artefact(name, told.as_bytes());
        assert!(wrong.is_empty(), "{} faults of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    }
}

/// The one-time password on a page.
fn once_of(page: &Got) -> String {
    text_between(&page.body, "data-one-time-password", "</")
        .unwrap_or_else(|| panic!("no password: {}", page.words()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_is_too_long_is_refused_at_its_box() {
    let folder = tempfile::tempdir().expect("a folder");
    let browser = Browser::open().await;
    let office = Office::found(folder.path(), &browser).await;
    browser.close().await;
    let (node, visitor) = (&office.town.nodes[0], &office.visitor);
    // A round of sync in the middle would change tables by itself.
    node.line.cut();
    let mut tally = Tally::default();
    for door in doors(&office, &mut Answers::default()).await {
        if !door.elsewhere && !ANY_TEXT.contains(&door.route.as_str()) {
            tally.form(visitor, &node.data, &door.form).await;
        }
    }
    // A staff member proposes a correction; who keeps the records declines it.
    let id = office.desk.example("{id}");
    let number = "079190000123";
    node.api().set(&id, &[("person_id_no", number)]).await.expect("an answer").ok();
    let new = [("name", "Trần Bình"), ("login", "binh"), ("role", "staff"), ("number", number)];
    let once = once_of(&visitor.post("/accounts", &new).await);
    let staff = Visitor::first_sign_in(&office.url, "binh", &once).await;
    for field in ["phone", "current_address", "birth_date"] {
        let address = format!("/people/{id}/propose?field={field}");
        tally.page(&staff, &node.data, &address, "/propose").await;
    }
    let form = multipart::Form::new().text("field", "phone").text("value", "0901234567");
    let form = form.text("remark", "Đổi số điện thoại");
    let request = staff.request(Method::POST, &format!("/people/{id}/propose")).multipart(form);
    let proposed = answer(request).await;
    assert_eq!(proposed.status, 303, "{}", proposed.words());
    tally.page(visitor, &node.data, "/proposals", "/decline").await;
    tally.end("too-long.txt");
}

/// Every page of the city with a form, and one form a kind.
async fn forms_of_the_city(visitor: &Visitor, ward: &str, id: &str, row: &str) -> Vec<Form> {
    let mut addresses: Vec<String> =
        ["/wards/add", "/accounts", "/conflicts", "/requests", "/people", "/password"]
            .map(str::to_owned)
            .into();
    addresses.extend([format!("/wards/{ward}"), format!("/people/{id}")]);
    let section = |key: &str| format!("/people/{id}/sections/{key}");
    addresses.extend(schema().sections.iter().map(|one| section(&one.key)));
    let new_row = |key: &str| format!("/people/{id}/tables/{key}/new");
    addresses.extend(schema().tables.iter().map(|one| new_row(&one.key)));
    addresses.push(format!("/people/{id}/tables/degrees/{row}"));
    let mut found: BTreeMap<String, Form> = BTreeMap::new();
    for address in addresses {
        let page = visitor.get(&address).await;
        assert!(page.status == 200 || page.status == 404, "{address}: {}", page.status);
        for form in forms(&page.body) {
            let names: Vec<&str> = form.boxes.iter().map(|b| b.name.as_str()).collect();
            found.entry(format!("{} {}", form.action, names.join(" "))).or_insert(form);
        }
    }
    found.into_values().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_city_refuses_what_is_too_long() {
    let folder = tempfile::tempdir().expect("a folder");
    let (town, in_conflict) = town_with_a_conflict(folder.path()).await;
    let (node, hub) = (&town.nodes[0], &town.hub);
    // Something that waits for the city's answer.
    let id = ready(&node.api()).await;
    let inputs = json!({
        "to_ward": "Phường Vĩnh Tân", "until": "30/06/2027", "effective": "30/06/2025",
        "decision_no": "5/TTr-UBND", "decision_date": "28/06/2025",
        "decision_org": "UBND phường Uyên Hưng", "signer": "Lê Văn Hùng",
    });
    let (api, path) = (node.api(), format!("/people/{id}/events/second"));
    let asked = api.post(&path, &json!({ "inputs": inputs })).await;
    assert!(asked["change"].is_string(), "{asked}");
    node.sync_until_equal().await;
    let values = node.api().person(&in_conflict).await["values"].clone();
    let row = values.as_object().expect("values").keys().find_map(|key| {
        let (row, _) = key.strip_prefix("degrees/")?.split_once('/')?;
        Some(row.to_owned())
    });
    // The calls of the wards change tables by themselves.
    for node in &town.nodes {
        node.line.cut();
    }
    let url = format!("http://{}", hub.ui_address);
    let visitor = Visitor::sign_in(&url, &hub.login, &hub.password).await;
    let own = [("old", hub.password.as_str()), ("new", PASSWORD), ("again", PASSWORD)];
    assert_eq!(visitor.post("/password", &own).await.status, 303);
    let visitor = Visitor::sign_in(&url, &hub.login, PASSWORD).await;
    let row = row.expect("a row of the degrees");
    let all = forms_of_the_city(&visitor, &node.ward, &in_conflict, &row).await;
    let mut tally = Tally::default();
    let is_search = |form: &&Form| form.action == "/people";
    for form in all.iter().filter(|form| !is_search(form)) {
        tally.form(&visitor, &hub.data, form).await;
    }
    let stranger = Visitor::stranger(&url);
    for form in forms(&stranger.get("/sign-in").await.body) {
        tally.form(&stranger, &hub.data, &form).await;
    }
    for part in ["/wards/add", "/accounts", "/requests/", "/conflicts", "/enrol-codes", "/retire"] {
        assert!(tally.told.contains(part), "no form of {part} was found:\n{}", tally.told);
    }
    tally.end("too-long-city.txt");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_steps_refuse_what_is_too_long() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = Fresh::start(folder.path(), &[]).await;
    let setup = node.setup_url().await;
    let (_, code) = setup.split_once("code=").expect("a code");
    let mut tally = Tally::default();
    let stranger = Visitor::stranger(&node.url);
    for (address, action) in [("/setup", "/setup"), ("/setup/account", "/setup/account")] {
        tally.page(&stranger, &node.data, &format!("{address}?code={code}"), action).await;
    }
    // The key of a backup, once there is one.
    let skip = multipart::Form::new().text("setup", code.to_owned()).text("how", "skip");
    answer(stranger.request(Method::POST, "/setup").multipart(skip)).await.to();
    let new = [("setup", code), ("name", "Lê Thị Lan"), ("login", "lan")];
    let new: Vec<(&str, &str)> =
        new.into_iter().chain([("password", PASSWORD), ("again", PASSWORD)]).collect();
    let made = stranger.post("/setup/account", &new).await;
    assert_eq!(made.status, 303, "{}", made.words());
    let keeper = Visitor::sign_in(&node.url, "lan", PASSWORD).await;
    let stick = node.stick.to_str().expect("UTF-8");
    let written = keeper.post("/office/backup", &[("at", stick)]).await;
    assert_eq!(written.status, 200, "{}", written.words());
    let places = keeper.get(&format!("/office/restore?at={stick}")).await;
    let link = places.body.split("href=\"").find(|part| part.contains("file="));
    let link = link.and_then(|part| part.split('"').next()).expect("the backup");
    tally.page(&keeper, &node.data, &link.replace("&amp;", "&"), "/restore").await;
    tally.end("too-long-setup.txt");
}
