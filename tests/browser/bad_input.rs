//! Bad input at every form and upload of the node: all addresses that take a POST, read from the
//! router. Each refusal says in Vietnamese what is wrong and what to do, what was typed stays in
//! the form, and the database holds afterwards what it held before.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, ORIGIN};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use wardbook_tests::harness::{keep_artefact, pdf};

use crate::answers::{Answers, on_the_way};
use crate::browser::Browser;
use crate::forms::{Form, FormBox, Kind, forms};
use crate::screens::{Office, Shows, routes};
use crate::visitor::{Got, answer};

/// Longer than any box takes.
const LONG: usize = 100_000;
/// Tables that tell of requests themselves, not of the office's data.
const RESTLESS: [&str; 5] = ["session", "login_failure", "dirty", "job", "audit"];
/// What no code, number or date is.
const NO_CODE: &str = "khong-co-ma-nay";
const NO_DATE: &str = "31/02/1990";
/// Words of libraries and of the machine, which nobody who works here should read.
const FOREIGN_WORDS: [&str; 8] = [
    "Failed to",
    "deserialize",
    "invalid",
    "panicked",
    "Error",
    "missing field",
    "expected",
    "UTF-8",
];

/// Addresses whose form is not on a page that stands open here: after a step, for another role, or
/// sent by a script. With the boxes that such a form has.
const ELSEWHERE: [(&str, &[(Kind, &str)]); 24] = [
    ("/account/active", &[]),
    ("/events/batches/{key}", &[]),
    ("/import/{token}/duplicates", &[(Kind::Code, "row-2"), (Kind::Hidden, "x")]),
    ("/office/backup", &[(Kind::Hidden, "at")]),
    ("/office/restore", &[(Kind::Hidden, "file"), (Kind::Text, "key")]),
    ("/proposals/accounts/{login}/{what}", &[]),
    ("/requests/{id}/{row}/withdraw", &[(Kind::Text, "reason")]),
    ("/setup", &[(Kind::Text, "string"), (Kind::Hidden, "how")]),
    ("/setup/backup", &[(Kind::Hidden, "at")]),
    ("/setup/join", &[(Kind::Text, "string"), (Kind::Text, "code"), (Kind::Hidden, "how")]),
    ("/setup/restore", &[(Kind::Hidden, "file"), (Kind::Text, "key")]),
    ("/sync/kept/{document}/{hash}/take", &[]),
    ("/import/{token}/convert", &[]),
    ("/people/{id}/approve/{what}", &[]),
    ("/people/{id}/draft", &[(Kind::Hidden, "form"), (Kind::Text, "phone")]),
    ("/people/{id}/draft/discard", &[(Kind::Hidden, "form")]),
    ("/people/{id}/propose", &[(Kind::Text, "phone")]),
    ("/people/{id}/undo", &[(Kind::Hidden, "save")]),
    ("/print/{job}/cancel", &[]),
    ("/proposals/{key}/decline", &[(Kind::Text, "reason")]),
    ("/proposals/{key}/take", &[]),
    (
        "/setup/account",
        &[(Kind::Text, "name"), (Kind::Text, "login"), (Kind::Password, "password")],
    ),
    ("/setup/restore/swap", &[(Kind::Hidden, "token")]),
    ("/sync/kept/{document}/{hash}", &[]),
];

/// Where nonsense does no harm: a search finds nobody, a draft keeps what is typed as it is, a cell
/// of an import is told beside the cell, a box that the chosen role has no use for is not looked at,
/// what is gone already can be taken away again, and the first account is there.
const HARMLESS: [&str; 6] = [
    "/people/search",
    "/people/{id}/draft",
    "/import/{token}/cells",
    "/accounts/{login}",
    "/people/saved/{whose}/{key}/delete",
    "/setup/account",
];

/// What to do, as the table of problems says it: the beginnings of its sentences.
fn remedies() -> &'static [String] {
    static ALL: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| {
        let table = include_str!("../../shared/record/data/problems.json");
        let table: serde_json::Value = serde_json::from_str(table).expect("JSON");
        let all = table.as_object().expect("a table").values();
        let told = all.filter_map(|problem| problem["remedy_vi"].as_str());
        let beginnings = told.map(|text| text.split('{').next().unwrap_or_default().trim());
        beginnings.filter(|text| text.len() > 8).map(str::to_owned).collect()
    })
}

/// How a request is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bad {
    /// Nothing was sent.
    Empty,
    /// A text of 100 kB in the first box that takes text.
    Long,
    /// A code, a day, a number that does not exist.
    Unknown,
    /// What travels along unseen is not what the page had sent.
    Token,
    /// The address names something that does not exist.
    Address,
    /// Another site's page sends it.
    Foreign,
    /// Bytes that are no text.
    Bytes,
    /// A file without a byte.
    EmptyFile,
    /// A file of another kind than its name says.
    WrongKind,
    /// The half of a file.
    Truncated,
    /// A scan that lacks its end.
    CutPdf,
    /// A picture that lacks its end.
    CutPicture,
    /// More than is taken.
    TooLarge,
}

impl Bad {
    const OF_FORMS: &[Self] = &[
        Self::Empty,
        Self::Long,
        Self::Unknown,
        Self::Token,
        Self::Address,
        Self::Foreign,
        Self::Bytes,
    ];
    const OF_UPLOADS: &[Self] = &[
        Self::Empty,
        Self::Address,
        Self::Foreign,
        Self::EmptyFile,
        Self::WrongKind,
        Self::Truncated,
        Self::CutPdf,
        Self::CutPicture,
        Self::TooLarge,
    ];
}

/// Every row of the database, table by table.
pub(crate) fn contents(data: &Path) -> BTreeMap<String, (u64, u64)> {
    let key = std::fs::read_to_string(data.join("database.key")).expect("the key");
    let file = data.join("wardbook.db");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = Connection::open_with_flags(file, flags).expect("it opens");
    open.pragma_update(None, "key", format!("x'{}'", key.trim())).expect("the key fits");
    let mut names = open
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY 1")
        .expect("a question");
    let names = names.query_map([], |row| row.get::<_, String>(0)).expect("names");
    let names: Vec<String> = names.flatten().filter(|n| !RESTLESS.contains(&n.as_str())).collect();
    names.into_iter().flat_map(|name| table(&open, &name)).collect()
}

/// How many rows a table has, and a sum over all of them; settings each by its name.
fn table(open: &Connection, name: &str) -> BTreeMap<String, (u64, u64)> {
    let mut asked = open.prepare(&format!("SELECT * FROM {name}")).expect("a question");
    let columns = asked.column_count();
    let mut rows = asked.query([]).expect("rows");
    let mut found: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    while let Some(row) = rows.next().expect("a row") {
        let mut hasher = DefaultHasher::new();
        for at in 0..columns {
            match row.get_ref(at).expect("a value") {
                ValueRef::Null => 0_u8.hash(&mut hasher),
                ValueRef::Integer(number) => number.hash(&mut hasher),
                ValueRef::Real(number) => number.to_bits().hash(&mut hasher),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.hash(&mut hasher),
            }
        }
        let key = match name {
            "setting" => row.get::<_, String>(0).map(|key| format!("setting {key}")),
            _ => Ok(name.to_owned()),
        };
        let (count, sum) = found.entry(key.expect("a name")).or_default();
        *count += 1;
        *sum = sum.wrapping_add(hasher.finish());
    }
    found
}

/// What was changed between two looks; what the line says of itself is no part of it.
pub(crate) fn changed(
    before: &BTreeMap<String, (u64, u64)>,
    after: &BTreeMap<String, (u64, u64)>,
) -> Vec<String> {
    let differs = |(name, found): &(&String, &(u64, u64))| {
        !name.starts_with("setting sync_") && before.get(*name) != Some(*found)
    };
    after.iter().filter(differs).map(|(name, _)| name.clone()).collect()
}

/// Whether words say what to do. The chooser of a backup asks for a drive.
pub(crate) fn says_how(words: &str) -> bool {
    let asks = words.to_lowercase().contains("hãy ") || words.contains("Chọn USB hoặc thư mục");
    asks || remedies().iter().any(|remedy| words.contains(remedy))
}

/// One form with the address that takes it, as the router calls it.
pub(crate) struct Door {
    pub(crate) route: String,
    pub(crate) form: Form,
    /// Whether no page that stands open here has it.
    pub(crate) elsewhere: bool,
}

/// Every form that can be reached, one a kind: tables and sections count by their names.
pub(crate) async fn doors(office: &Office, answers: &mut Answers) -> Vec<Door> {
    let (visitor, desk) = (&office.visitor, &office.desk);
    let pages = desk.screens().into_iter().filter(|screen| screen.shows == Shows::Page);
    let mut found = Vec::new();
    let addresses = pages.map(|screen| screen.address).chain(desk.variants());
    for address in addresses.chain(["/people?sex=F".to_owned()]) {
        found.extend(forms(&visitor.get(&address).await.body));
    }
    let id = desk.example("{id}");
    let who = ("id", id.as_str());
    for (address, form) in [
        ("/people/bulk", vec![who, ("do", "edit")]),
        ("/people/bulk/value", vec![who, ("field", "work_status")]),
        ("/people/bulk/preview", vec![who, ("field", "unit_remark"), ("value", "x")]),
        ("/people/print", vec![who, ("bulk", "1")]),
        ("/people/events", vec![who, ("bulk", "1")]),
        ("/people/events", vec![who, ("key", "reward")]),
    ] {
        let got = visitor.post(address, &form).await;
        answers.keep(&format!("{address} {}", form[form.len() - 1].0), &got);
        found.extend(forms(&got.body));
    }
    found.extend(forms(&visitor.get("/sign-in").await.body));
    let mut doors: BTreeMap<String, Door> = BTreeMap::new();
    for form in found {
        let route = route_of(&form.action);
        let names: Vec<&str> = form.boxes.iter().map(|b| b.name.as_str()).collect();
        // A row of a table more, another account: the same door.
        let key = format!("{route} {}", names.join(" ").replace(char::is_numeric, ""));
        doors.entry(key).or_insert(Door { route, form, elsewhere: false });
    }
    let mut doors: Vec<Door> = doors.into_values().collect();
    for (route, boxes) in ELSEWHERE {
        let boxes = boxes.iter().map(|(kind, name)| FormBox {
            kind: *kind,
            name: (*name).to_owned(),
            value: String::new(),
            label: String::new(),
            typed: false,
        });
        let action = address_of(office, route);
        let form = Form { action, parts: false, boxes: boxes.collect() };
        doors.push(Door { route: route.to_owned(), form, elsewhere: true });
    }
    doors
}

/// An address for a route without a page: what the desk does not know is invented.
fn address_of(office: &Office, route: &str) -> String {
    let filled = route.replace("{what}", "right").replace("{key}", "1");
    let filled = filled.replace("{document}", &"0".repeat(32)).replace("{hash}", &"0".repeat(64));
    office.desk.example(&filled)
}

/// The route that takes an address; the one with the fewest words in braces.
fn route_of(action: &str) -> String {
    let path = action.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |route: &str| {
        let own: Vec<&str> = route.split('/').collect();
        let same = |(own, part): (&&str, &&str)| own.starts_with('{') || own == part;
        own.len() == parts.len() && own.iter().zip(&parts).all(same)
    };
    let all = routes().into_iter().filter(|route| route.post && fits(&route.path));
    let best = all.min_by_key(|route| route.path.matches('{').count());
    best.unwrap_or_else(|| panic!("nothing takes {action}")).path
}

/// The body of a bad request; `None` where this cannot be wrong in that way.
fn body(form: &Form, bad: Bad) -> Option<Vec<(String, String)>> {
    let has = |kinds: &[Kind]| form.boxes.iter().any(|b| kinds.contains(&b.kind));
    let typed = [Kind::Text, Kind::Password, Kind::Date, Kind::Number];
    let possible = match bad {
        Bad::Empty => has(&[Kind::Text, Kind::Password, Kind::Date, Kind::Number, Kind::Code]),
        Bad::Long => has(&typed),
        Bad::Bytes => has(&[Kind::Text, Kind::Password, Kind::Date]),
        Bad::Unknown => has(&[Kind::Date, Kind::Number, Kind::Code]),
        Bad::Token => form.boxes.iter().any(is_token),
        _ => true,
    };
    if !possible {
        return None;
    }
    if bad == Bad::Empty {
        return Some(Vec::new());
    }
    let first = long_box(form);
    let value = |b: &FormBox| match (bad, b.kind) {
        (Bad::Long, _) if first.is_some_and(|first| first == b.name) => "ă".repeat(LONG / 2),
        (Bad::Unknown, Kind::Date) => NO_DATE.to_owned(),
        (Bad::Unknown, Kind::Number | Kind::Code) => NO_CODE.to_owned(),
        (Bad::Token, _) if is_token(b) => NO_CODE.to_owned(),
        _ => b.value.clone(),
    };
    Some(form.boxes.iter().map(|b| (b.name.clone(), value(b))).collect())
}

/// What the page gave the form to tell where it came from; not what a box held before.
fn is_token(b: &FormBox) -> bool {
    b.kind == Kind::Hidden && !b.name.starts_with("was.")
}

/// The box that gets the long text.
fn long_box(form: &Form) -> Option<&str> {
    let typed = [Kind::Text, Kind::Date, Kind::Number, Kind::Password];
    let of = |kind: &Kind| form.boxes.iter().find(|b| b.kind == *kind);
    typed.iter().find_map(of).map(|b| b.name.as_str())
}

/// The address with something that does not exist for each word in braces.
fn wrong_address(route: &str) -> Option<String> {
    if !route.contains('{') {
        return None;
    }
    let parts = route.split('/').map(|part| if part.starts_with('{') { NO_CODE } else { part });
    Some(parts.collect::<Vec<_>>().join("/"))
}

async fn send(office: &Office, door: &Door, bad: Bad) -> Option<Got> {
    let Door { route, form, .. } = door;
    let visitor = &office.visitor;
    if form.boxes.iter().any(|b| b.kind == Kind::File) {
        return send_file(office, door, bad).await;
    }
    let address = match bad {
        Bad::Address => wrong_address(route)?,
        _ => form.action.clone(),
    };
    let sent = body(form, bad)?;
    let request = visitor.request(Method::POST, &address);
    let request = match bad {
        Bad::Bytes => {
            let boxes = form.boxes.iter().map(|b| match b.kind {
                Kind::Text | Kind::Date | Kind::Password => format!("{}=%ff%fe%C3", b.name),
                _ => format!("{}={}", b.name, b.value),
            });
            let body = boxes.collect::<Vec<_>>().join("&");
            request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
        }
        Bad::Foreign => request.header(ORIGIN, "http://evil.example").form(&sent),
        _ => request.form(&sent),
    };
    Some(answer(request).await)
}

async fn send_file(office: &Office, Door { route, form, .. }: &Door, bad: Bad) -> Option<Got> {
    if !Bad::OF_UPLOADS.contains(&bad) {
        return None;
    }
    let visitor = &office.visitor;
    let address = match bad {
        Bad::Address => wrong_address(route)?,
        _ => form.action.clone(),
    };
    let workbook = include_bytes!("../../shared/web/static/mark.svg").to_vec();
    let bytes = match bad {
        Bad::EmptyFile => Vec::new(),
        Bad::Truncated => b"PK\x03\x04\x14\x00\x00\x00\x08\x00half of a file".to_vec(),
        Bad::CutPdf => pdf(9_000)[..6_000].to_vec(),
        Bad::CutPicture => office.picture[..office.picture.len() / 2].to_vec(),
        Bad::TooLarge => vec![7; 41 * 1024 * 1024],
        _ => workbook,
    };
    let name = format!("tep-{NO_CODE}.xlsx");
    let part = reqwest::multipart::Part::bytes(bytes).file_name(name);
    let boxes = form.boxes.iter().filter(|b| b.kind != Kind::File);
    let mut sent = boxes.fold(reqwest::multipart::Form::new(), |sent, b| {
        sent.text(b.name.clone(), b.value.clone())
    });
    if bad != Bad::Empty {
        sent = sent.part("file", part);
    }
    let mut request = visitor.request(Method::POST, &address).multipart(sent);
    if bad == Bad::Foreign {
        request = request.header(ORIGIN, "http://evil.example");
    }
    Some(answer(request).await)
}

/// What is wrong with an answer to a bad request; nothing when it is as it should be.
async fn fault(office: &Office, door: &Door, bad: Bad, got: &Got) -> Option<String> {
    let mut words = got.words();
    if got.status >= 500 {
        return Some(format!("{} {words}", got.status));
    }
    if bad == Bad::Foreign && got.status != 403 {
        return Some(format!("{} for another site's page", got.status));
    }
    let mut refused = (400..500).contains(&got.status) || says_how(&words);
    if got.status == 303 && door.route != "/accounts/{login}" {
        let claims = ["saved", "created", "retired", "resolved", "event", "restored", "enrolled"];
        if claims.iter().any(|done| got.location.contains(&format!("done={done}"))) {
            return Some(format!("it says it was done: {}", got.location));
        }
        // Back to a page that says what to do.
        words = office.visitor.get(&got.location).await.words();
        refused = says_how(&words);
    }
    let harmless = match bad {
        // Nothing was asked for, so nothing is refused; a search for nonsense finds nobody.
        Bad::Empty | Bad::Token => true,
        // A box that the chosen role has no use for is not looked at.
        _ => HARMLESS.contains(&door.route.as_str()),
    };
    if !refused && !harmless {
        return Some(format!("{} to {:?}: it was not refused: {words}", got.status, got.location));
    }
    if !(400..500).contains(&got.status) {
        return None;
    }
    if !says_how(&words) {
        return Some(format!("{}: no remedy: {words}", got.status));
    }
    let english = crate::words::found(&words.replace(" admin ", " "));
    let foreign = FOREIGN_WORDS.iter().find(|word| words.contains(**word));
    if !english.is_empty() || foreign.is_some() {
        return Some(format!("{}: {english:?} {foreign:?} in: {words}", got.status));
    }
    let marks = door.form.boxes.iter().filter_map(|b| match (bad, b.kind) {
        (Bad::Unknown, Kind::Date) => Some((NO_DATE, &b.name)),
        (Bad::Long, Kind::Text | Kind::Date) if long_box(&door.form) == Some(&b.name) => {
            Some(("ăăăăăăăă", &b.name))
        }
        _ => None,
    });
    // What does not exist has no box to show again.
    let has = |name: &str| got.status == 422 && got.body.contains(&format!("name=\"{name}\""));
    let mut lost = marks.filter(|(mark, name)| has(name) && !got.body.contains(mark));
    let lost = lost.next().map(|(mark, _)| mark);
    lost.map(|mark| format!("{}: what was typed is lost ({mark}): {words}", got.status))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_and_upload_explains_what_is_wrong_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let browser = Browser::open().await;
    let office = Office::found(folder.path(), &browser).await;
    let node = &office.town.nodes[0];
    // A round of sync in the middle would change tables by itself.
    node.line.cut();
    let mut answers = Answers::default();
    on_the_way(&office, &mut answers).await;
    let doors = doors(&office, &mut answers).await;
    let all = routes().into_iter().filter(|route| route.post).map(|route| route.path);
    let missing: Vec<String> =
        all.filter(|route| !doors.iter().any(|door| door.route == *route)).collect();
    assert!(missing.is_empty(), "no form of these was found; ELSEWHERE wants lines: {missing:?}");
    let mut wrong = Vec::new();
    let mut told = String::new();
    let mut asked = 0;
    let mut before = contents(&node.data);
    for door in &doors {
        let upload = door.form.boxes.iter().any(|b| b.kind == Kind::File);
        let ways = if upload { Bad::OF_UPLOADS } else { Bad::OF_FORMS };
        for &bad in ways {
            // Nothing ticked, nothing matched: that is a choice too.
            if door.route.ends_with("/columns") && bad == Bad::Empty {
                continue;
            }
            // A number is asked of staff members alone; with another role the form is right.
            if door.route == "/accounts/{login}" && bad == Bad::Long {
                continue;
            }
            let Some(got) = send(&office, door, bad).await else { continue };
            asked += 1;
            answers.keep(&door.route, &got);
            let _ = writeln!(told, "{} {bad:?}: {} {}", door.form.action, got.status, got.words());
            let mut faults: Vec<String> =
                fault(&office, door, bad, &got).await.into_iter().collect();
            let after = contents(&node.data);
            let changed = changed(&before, &after);
            if !changed.is_empty() {
                faults.push(format!("{}: it changed {changed:?}", got.status));
            }
            before = after;
            wrong.extend(faults.into_iter().map(|f| {
                let boxes: Vec<&str> =
                    door.form.boxes.iter().map(|b| b.name.as_str()).take(4).collect();
                format!("{} {bad:?} ({}): {f}", door.form.action, boxes.join(" "))
            }));
        }
    }
    let pages = answers.names();
    let _ = writeln!(told, "Pages in answer that were looked at:\n{}", pages.join("\n"));
    wrong.extend(answers.faults(&browser, &office.visitor).await);
    browser.close().await;
    let _ = writeln!(
        told,
        "{} forms, {asked} bad requests, {} pages in answer, {} faults",
        doors.len(),
        pages.len(),
        wrong.len()
    );
    for words in &wrong {
        let _ = writeln!(told, "{words}");
    }
    keep_artefact("bad-input.txt", told.as_bytes());
    assert!(wrong.is_empty(), "{} faults of {asked}:\n{}", wrong.len(), wrong.join("\n"));
}
