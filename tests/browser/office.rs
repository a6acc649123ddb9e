//! The office and its machine in a real browser: the first steps, backup and restore, joining with a
//! fingerprint, roles, the locked screen, the office network, and all of it without a line.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use thirtyfour::prelude::*;
use wardbook_tests::city;
use wardbook_tests::harness::{Api, Daemon, Program, Town, http_client};

use crate::browser::Browser;
use crate::{PASSWORD, first_sign_in};

/// A machine on which nobody has ever worked.
pub(crate) struct Fresh {
    pub(crate) data: PathBuf,
    pub(crate) stick: PathBuf,
    pub(crate) url: String,
    pub(crate) daemon: Daemon,
}

impl Fresh {
    pub(crate) async fn start(folder: &Path, launcher: &[&str]) -> Self {
        let (data, stick) = (folder.join("data"), folder.join("stick"));
        std::fs::create_dir_all(&stick).expect("a folder");
        let words = [
            "serve",
            "--json",
            "--data",
            data.to_str().expect("UTF-8"),
            "--listen",
            "127.0.0.1:0",
            "--sync-every",
            "1",
            "--backup-places",
            stick.to_str().expect("UTF-8"),
        ];
        let log = folder.join("node.log");
        let daemon =
            Daemon::start_under(launcher, Program::Node, &words, &log).await.expect("it serves");
        let url = format!("http://{}", daemon.announced_text("address"));
        Self { data, stick, url, daemon }
    }

    pub(crate) fn api(&self) -> Api {
        Api::of(&self.data)
    }

    /// The address with the code that only who starts the program sees.
    pub(crate) async fn setup_url(&self) -> String {
        let file = self.data.join("setup-code.txt");
        for _ in 0..50 {
            if let Ok(code) = std::fs::read_to_string(&file) {
                return format!("{}/setup?code={}", self.url, code.trim());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no setup code in {}", file.display());
    }
}

/// The first account; the browser stands on the third screen afterwards.
pub(crate) async fn account(browser: &Browser, name: &str) {
    browser.says("Tài khoản đầu tiên").await;
    browser.fill("input[name=name]", "Lê Thị Lan").await;
    browser.fill("input[name=login]", "lan").await;
    browser.fill("input[name=password]", PASSWORD).await;
    browser.fill("input[name=again]", PASSWORD).await;
    browser.look(&format!("{name}-account")).await;
    browser.click("main form button[type=submit]").await;
}

pub(crate) async fn sign_in(browser: &Browser, url: &str, login: &str) {
    browser.go(&format!("{url}/sign-in")).await;
    browser.fill("input[name=login]", login).await;
    browser.fill("input[name=password]", PASSWORD).await;
    browser.click("main form button[type=submit]").await;
    browser.find("nav.wb-nav").await;
}

pub(crate) async fn add_person(api: &Api, name: &str) -> String {
    let edits = json!({ "edits": [{ "op": "set", "path": "full_name", "value": name }] });
    api.post("/people", &edits).await["id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_screens_begin_a_machine_and_a_backup_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut node = Fresh::start(folder.path(), &[]).await;
    let browser = Browser::open().await;
    browser.go(&node.setup_url().await).await;
    browser.says("Bắt đầu dùng máy này").await;
    browser.look("office-setup-join").await;
    browser.click("button[value=skip]").await;
    account(&browser, "office-setup").await;
    let key = browser.find("[data-recovery]").await.text().await.expect("the recovery key");
    assert!(key.starts_with("AGE-SECRET-KEY-"), "{key}");
    browser.look("office-setup-backup").await;
    browser.click(".wb-places a.btn").await;
    browser.look("office-setup-place").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Đã mở lại bản sao lưu").await;
    browser.click("a[href='/setup/data']").await;
    browser.says("Từ Excel").await;
    browser.look("office-setup-data").await;

    // It works before it has joined anybody.
    let id = add_person(&node.api(), "Trần Văn Bình").await;
    browser.go(&format!("{}/people/{id}", node.url)).await;
    browser.says("Trần Văn Bình").await;
    browser.go(&format!("{}/office", node.url)).await;
    browser.look("office").await;
    browser.go(&format!("{}/office/backup", node.url)).await;
    browser.look("office-backup").await;
    browser.click(".wb-places a.btn").await;
    browser.click("main form button[type=submit]").await;
    browser.says("đếm được 1 hồ sơ").await;
    browser.look("office-backup-done").await;
    let kept = std::fs::read_dir(&node.stick).expect("the stick").count();
    assert!(kept >= 2, "a backup and its keys: {kept}");

    // What came after the backup goes, what was in it comes back, and the accounts with it.
    add_person(&node.api(), "Phạm Thị Sau").await;
    browser.go(&format!("{}/office/restore", node.url)).await;
    browser.click(".wb-places a.btn").await;
    browser.look("office-restore-choose").await;
    let files = browser.driver.find_all(By::Css(".wb-places a.btn")).await.expect("the backups");
    files.last().expect("a backup").click().await.expect("chosen");
    browser.fill("input[name=key]", "AGE-SECRET-KEY-1WRONG").await;
    browser.click("main form button[type=submit]").await;
    browser.find("[role=alert]").await;
    browser.fill("input[name=key]", &key).await;
    browser.click("main form button[type=submit]").await;
    browser.says("Sẽ mất các thay đổi sau").await;
    browser.look("office-restore-look").await;
    browser.click("main form button.btn-danger").await;
    browser.says("Đang đưa dữ liệu trở lại").await;
    for _ in 0..100 {
        // The port is closed for a moment.
        let reached = browser.driver.goto(format!("{}/sign-in", node.url)).await.is_ok();
        if reached && browser.text().await.contains("Tên đăng nhập") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    sign_in(&browser, &node.url, "lan").await;
    let people = node.api().get("/people").await;
    assert_eq!(people["total"], json!(1), "{people}");
    assert!(node.daemon.is_running(), "the same process serves on");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_alone_shows_a_fingerprint_and_the_page_says_what_waits() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = Town::found(folder.path(), "Thành phố Tân Uyên", "723").await;
    let ward = town.wards().await[0].0.clone();
    let address = format!("https://{}", town.hub.sync_address);
    let made = town.hub.run(&["enrol-code", &ward, "--address", &address]).await.ok().json();
    let string = made["string"].as_str().expect("a string").to_owned();
    let parts: Vec<&str> = string.split('#').collect();
    let (pin, code) = (parts[1].to_uppercase(), parts[3]);
    let node = Fresh::start(&folder.path().join("fresh"), &[]).await;
    let browser = Browser::open().await;
    browser.go(&node.setup_url().await).await;
    browser.click("details summary h2").await;
    browser.fill("input[name=address]", &town.hub.sync_address).await;
    browser.fill("input[name=code]", "khong").await;
    browser.click("button[value=code]").await;
    browser.says("Mã ghi danh gồm 8 chữ và số").await;
    browser.fill("input[name=code]", code).await;
    browser.click("button[value=code]").await;
    let shown = browser.find("[data-fingerprint]").await.text().await.expect("read");
    assert_eq!(shown.replace(' ', ""), pin[..32], "the city's own");
    browser.look("office-fingerprint").await;
    browser.click("button[value=compare]").await;
    account(&browser, "office-joined").await;
    browser.go(&format!("{}/setup/data", node.url)).await;
    browser.click("form[action='/setup/data/pull'] button").await;
    browser.find("#sync-steps").await;
    let id = add_person(&node.api(), "Trần Văn Bình").await;
    browser.go(&format!("{}/sync", node.url)).await;
    browser.click("#sync-steps form button").await;
    browser.says("hai bên khớp nhau").await;
    browser.look("office-sync-steps").await;

    // The hub goes away: the page says whose changes wait, and what to do with a stick.
    drop(town);
    let edit = [("phone", "0901234567")];
    node.api().set(&id, &edit).await.expect("an answer").ok();
    browser.go(&format!("{}/sync", node.url)).await;
    for words in ["Đang chờ gửi", "Trần Văn Bình", "Lấy gói nộp thành phố"] {
        browser.says(words).await;
    }
    for _ in 0..50 {
        browser.go(&format!("{}/sync", node.url)).await;
        if browser.text().await.contains("Ngoại tuyến") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    browser.says("Ngoại tuyến").await;
    browser.look("office-sync-offline").await;
    browser.click("#sync-steps form button").await;
    browser.says("Gọi thành phố:").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_the_locked_screen_and_the_office_network() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = Fresh::start(folder.path(), &[]).await;
    let browser = Browser::open().await;
    browser.go(&node.setup_url().await).await;
    browser.click("button[value=skip]").await;
    account(&browser, "office-roles").await;
    let id = add_person(&node.api(), "Trần Văn Bình").await;
    node.api()
        .set(&id, &[("salary_coefficient", "4.65"), ("family_origin", "Bần nông")])
        .await
        .expect("an answer")
        .ok();

    // An accountant sees pay and nothing beside it.
    browser.go(&format!("{}/accounts", node.url)).await;
    browser.look("office-accounts").await;
    browser.fill("input[name=name]", "Kế toán Mai").await;
    browser.fill("input[name=login]", "mai").await;
    browser.find("option[value=accountant]").await.click().await.expect("chosen");
    browser.click("main form[action='/accounts'] button[type=submit]").await;
    let password = browser.find("[data-one-time-password]").await.text().await.expect("read");
    locked_screen(&browser, &node, &id).await;
    office_network(&browser, &node).await;
    browser.driver.delete_all_cookies().await.expect("signed out");
    first_sign_in(&browser, &format!("{}/sign-in", node.url), "mai", &password, "office-mai").await;
    browser.find("[data-search]").await;
    browser.go(&format!("{}/people/{id}?tab=pay", node.url)).await;
    browser.says("4,65").await;
    let text = browser.text().await;
    assert!(!text.contains("Bần nông") && !text.contains("Gia đình"), "{text}");
    browser.look("office-accountant").await;
    browser.close().await;
}

/// The screen covers the page when nobody used it; what was typed stays under it.
async fn locked_screen(browser: &Browser, node: &Fresh, id: &str) {
    browser.go(&format!("{}/people/{id}/sections/identity", node.url)).await;
    browser.fill("input[name='email']", "dang.go@example.vn").await;
    // Twenty minutes pass for the page.
    let later = "const now = Date.now; Date.now = () => now() + 20 * 60 * 1000;";
    browser.driver.execute(later, Vec::new()).await.expect("the clock moves");
    browser.find("dialog[open] input[name=password]").await;
    browser.look("office-locked").await;
    browser.fill("dialog input[name=password]", "sai mật khẩu rồi").await;
    browser.click("dialog button[type=submit]").await;
    browser.says("không đúng").await;
    // Another page is no way around it.
    let peek = "const done = arguments[0]; fetch('/people', { redirect: 'manual' }).then((r) => done(r.type));";
    let kind = browser.driver.execute_async(peek, Vec::new()).await.expect("asked");
    assert_eq!(kind.json(), &json!("opaqueredirect"), "locked at the server too");
    browser.fill("dialog input[name=password]", PASSWORD).await;
    browser.find("dialog input[name=password]").await.send_keys(Key::Enter).await.expect("typed");
    for _ in 0..50 {
        if browser.driver.find(By::Css("dialog[open]")).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let typed = browser.find("input[name='email']").await.prop("value").await.expect("read");
    assert_eq!(typed.as_deref(), Some("dang.go@example.vn"), "nothing typed is lost");
    browser.click("main form[data-dirty-guard] button[type=submit]").await;
    browser.says("dang.go@example.vn").await;
}

/// Another PC of the office: by name and certificate over TLS, and only when it is switched on.
async fn office_network(browser: &Browser, node: &Fresh) {
    let port = free_port();
    browser.go(&format!("{}/office/network", node.url)).await;
    browser.says("Đang tắt").await;
    browser.click("input[name=on]").await;
    browser.fill("input[name=port]", &port.to_string()).await;
    browser.fill("input[name=names]", "vnexpress.net").await;
    browser.click("main form button[type=submit]").await;
    browser.find("#error-summary").await;
    browser.fill("input[name=names]", "so-ho-so.local").await;
    browser.click("main form button[type=submit]").await;
    browser.says(&format!("https://so-ho-so.local:{port}/")).await;
    browser.look("office-network").await;

    let cookies = browser.driver.get_all_cookies().await.expect("cookies");
    let session: Vec<String> = cookies.iter().map(|c| format!("{}={}", c.name, c.value)).collect();
    let certificate = http_client()
        .get(format!("{}/office/network/certificate", node.url))
        .header("cookie", session.join("; "))
        .send()
        .await
        .expect("an answer");
    let pem = certificate.text().await.expect("a certificate");
    let there = SocketAddr::from(([127, 0, 0, 1], port));
    let at = |host: &str, path: &str| format!("https://{host}:{port}{path}");
    let trusting = second_pc(Some(&pem), there);
    let page = trusting.get(at("so-ho-so.local", "/sign-in")).send().await.expect("an answer");
    assert_eq!(page.status(), StatusCode::OK);
    let form = [("login", "lan"), ("password", PASSWORD)];
    let signed = trusting.post(at("so-ho-so.local", "/sign-in"));
    let signed =
        signed.header("sec-fetch-site", "same-origin").form(&form).send().await.expect("an answer");
    assert_eq!(signed.status(), StatusCode::SEE_OTHER);
    let cookie = signed.headers()["set-cookie"].to_str().expect("ASCII").to_owned();
    assert!(cookie.contains("Secure") && cookie.starts_with("__Host-"), "{cookie}");
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    let ask = async |path: &str| {
        let asked = trusting.get(at("so-ho-so.local", path)).header("cookie", &cookie);
        asked.send().await.expect("an answer").status()
    };
    assert_eq!(ask("/people").await, StatusCode::OK);
    for path in ["/office/backup", "/office/restore", "/setup"] {
        assert_eq!(ask(path).await, StatusCode::FORBIDDEN, "{path} belongs to the machine itself");
    }
    // A name that the certificate does not carry, a PC that does not trust it, a plain call.
    assert!(trusting.get(at("khac.local", "/sign-in")).send().await.is_err());
    let foreign = trusting.get(at("so-ho-so.local", "/sign-in")).header("host", "evil.example");
    assert_eq!(foreign.send().await.expect("an answer").status(), StatusCode::MISDIRECTED_REQUEST);
    assert!(second_pc(None, there).get(at("so-ho-so.local", "/")).send().await.is_err());
    let plain = http_client().get(format!("http://127.0.0.1:{port}/")).send().await;
    assert!(plain.is_err(), "no plain HTTP there");

    browser.click("input[name=on]").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Đang tắt").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let gone = second_pc(Some(&pem), there).get(at("so-ho-so.local", "/sign-in")).send().await;
    assert!(gone.is_err(), "switched off");
}

fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("an address").port()
}

/// A client as on another PC, which trusts this authority and nobody else.
fn second_pc(authority: Option<&str>, there: SocketAddr) -> reqwest::Client {
    let mut roots = rustls::RootCertStore::empty();
    if let Some(pem) = authority {
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM")).expect("a root");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .tls_backend_preconfigured(config);
    for host in ["so-ho-so.local", "khac.local"] {
        builder = builder.resolve(host, there);
    }
    builder.build().expect("a client")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_line_every_screen_works_and_nobody_is_called() {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("calls");
    let path = trace.to_str().expect("UTF-8").to_owned();
    // Every connection the program opens is written down; so is every datagram with an address.
    let launcher =
        ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o", &path];
    let node = Fresh::start(folder.path(), &launcher).await;
    let browser = Browser::open().await;
    browser.go(&node.setup_url().await).await;
    browser.click("button[value=skip]").await;
    account(&browser, "office-offline").await;
    let workbook = folder.path().join("ward.xlsx");
    city::write_ward(&workbook, "25888.1", 12, 3).expect("a workbook");
    browser.go(&format!("{}/import", node.url)).await;
    let file = browser.find("input[type=file]").await;
    file.send_keys(workbook.to_str().expect("UTF-8")).await.expect("chosen");
    browser.click("main form button[type=submit]").await;
    browser.find("h1").await;
    let id = add_person(&node.api(), "Trần Văn Bình").await;
    for path in [
        "/people",
        "/todo",
        "/conflicts",
        "/import",
        "/statistics",
        "/proposals",
        "/sync",
        "/office",
        "/office/backup",
        "/office/network",
        "/office/paper",
        "/office/support",
        "/accounts",
        "/help",
        "/people/new",
    ] {
        browser.go(&format!("{}{path}", node.url)).await;
        let heading = browser.find("h1").await.text().await.expect("read");
        assert!(!heading.contains("Không tìm thấy") && !heading.is_empty(), "{path}: {heading}");
    }
    for path in ["", "/history", "/career", "/print", "/sections/identity"] {
        browser.go(&format!("{}/people/{id}{path}", node.url)).await;
        let heading = browser.find("h1").await.text().await.expect("read");
        assert!(!heading.contains("Không tìm thấy") && !heading.is_empty(), "{path}: {heading}");
    }
    browser.go(&format!("{}/office/backup", node.url)).await;
    browser.click(".wb-places a.btn").await;
    browser.click("main form button[type=submit]").await;
    browser.says("Đã mở lại bản sao lưu").await;
    // What the pages load, they load from the program itself.
    let loaded = "return performance.getEntriesByType('resource').map((e) => e.name)";
    let loaded: Vec<Value> =
        browser.driver.execute(loaded, Vec::new()).await.expect("asked").convert().expect("a list");
    for name in loaded {
        let name = name.as_str().expect("an address").to_owned();
        assert!(name.starts_with(&node.url), "{name}");
    }
    browser.close().await;
    node.daemon.kill().await;
    let calls = std::fs::read_to_string(&trace).expect("a trace");
    let outgoing: Vec<&str> = calls
        .lines()
        .filter(|line| line.contains("sa_family=AF_INET") || line.contains("sa_family=AF_INET6"))
        .collect();
    assert_eq!(outgoing, Vec::<&str>::new(), "the program called somebody");
    assert!(!calls.is_empty(), "the trace works");
}
