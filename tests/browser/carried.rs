//! A ward without any network: enrolment and bundles by files that somebody carries, and a backup
//! that comes back on a new machine. The city answers by its command line, its server stands still,
//! and everything at the ward is done on the screens.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use wardbook_tests::city;
use wardbook_tests::harness::Town;

use crate::browser::Browser;
use crate::office::{Fresh, account, add_person, sign_in};

impl Browser {
    /// Files that the browser saves go into this folder, without a question.
    async fn save_into(&self, folder: &Path) {
        std::fs::create_dir_all(folder).expect("a folder");
        let wanted = json!({ "behavior": "allow", "downloadPath": folder });
        let set = self.driver.cdp().send_raw("Browser.setDownloadBehavior", wanted).await;
        let _: Value = set.expect("the browser saves files");
    }

    /// The file with this ending that was saved; taken away, so that the next one is told apart.
    async fn saved(&self, folder: &Path, ending: &str, name: &str) -> PathBuf {
        for _ in 0..100 {
            let files = std::fs::read_dir(folder).expect("the folder").flatten();
            let mut paths = files.map(|file| file.path());
            if let Some(path) = paths.find(|path| path.to_string_lossy().ends_with(ending)) {
                let kept = folder.with_file_name(name);
                std::fs::rename(&path, &kept).expect("moved");
                return kept;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.picture("failed").await;
        panic!("no file *{ending} was saved: {}", self.text().await);
    }

    /// Chooses a file in a form and sends it.
    async fn hand_in(&self, file: &Path, button: &str) {
        let path = file.to_str().expect("UTF-8");
        self.find("input[type=file]").await.send_keys(path).await.expect("chosen");
        self.click(button).await;
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The same file with a byte in its middle turned over.
fn damaged(file: &Path) -> PathBuf {
    let mut bytes = std::fs::read(file).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let to = file.with_extension("hong");
    std::fs::write(&to, bytes).expect("written");
    to
}

/// The request of a machine, made on its first screen.
async fn request(browser: &Browser, node: &Fresh, string: &str, saved: &Path) -> PathBuf {
    browser.save_into(saved).await;
    browser.go(&node.setup_url().await).await;
    browser.fill("textarea[name=string]", string).await;
    browser.click("button[value=carry]").await;
    browser.saved(saved, ".wardenrol", "phieu.wardenrol").await
}

const JOIN: &str = "button[value=text]";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_joins_by_carried_files_and_bundles_go_both_ways() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let mut town = Town::found(folder.path(), "Thành phố Tân Uyên", "723").await;
    let ward = town.wards().await[0].0.clone();
    let code = async |town: &Town| {
        let made = town.hub.run(&["enrol-code", &ward, "--address", "https://127.0.0.1:9"]).await;
        made.ok().json()["string"].as_str().expect("a string").to_owned()
    };
    let (string, other_string) = (code(&town).await, code(&town).await);
    // Nothing listens any more, anywhere: only the command line of the city is left.
    town.hub.kill().await;
    let answer = async |town: &Town, file: &Path, reply: &Path| {
        town.hub.run(&["import-bundle", text(file), "--reply", text(reply)]).await
    };

    let node = Fresh::start(&at("fresh"), &[]).await;
    let other = Fresh::start(&at("other"), &[]).await;
    let browser = Browser::open().await;
    let asked = request(&browser, &node, &string, &at("fresh/luu")).await;
    browser.look("carried-asked").await;
    let others = request(&browser, &other, &other_string, &at("other/luu")).await;

    // The city answers; a damaged request is told there, and no file is written.
    let reply = at("tra-loi.wardenrol");
    let refused = answer(&town, &damaged(&asked), &reply).await;
    assert!(refused.code != Some(0) && !reply.exists(), "{refused:?}");
    assert!(format!("{refused:?}").contains("bị hỏng"), "{refused:?}");
    answer(&town, &asked, &reply).await.ok();
    let others_reply = at("tra-loi-may-khac.wardenrol");
    answer(&town, &others, &others_reply).await.ok();

    // Wrong files, each by one sentence of its own; nothing is joined by any of them.
    let stray = at("anh.jpg");
    std::fs::write(&stray, [0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]).expect("a file");
    browser.go(&node.setup_url().await).await;
    browser.says("Đang chờ thành phố trả lời").await;
    for (file, words, picture) in [
        (&stray, "không phải tệp ghi danh", "unknown"),
        (&asked, "Đây là phiếu xin ghi danh", "own-request"),
        (&others_reply, "trả lời phiếu của máy khác", "other-machine"),
        (&damaged(&reply), "bị hỏng trên đường đi", "damaged"),
    ] {
        browser.hand_in(file, JOIN).await;
        browser.find("#error-summary").await;
        browser.says(words).await;
        browser.look(&format!("carried-wrong-{picture}")).await;
        assert_eq!(node.api().get("/sync").await["state"], json!("not_enrolled"), "{picture}");
    }
    // An answer where nothing was asked; and the code of one machine for another.
    let third = Fresh::start(&at("third"), &[]).await;
    browser.go(&third.setup_url().await).await;
    browser.hand_in(&reply, JOIN).await;
    browser.says("không có phiếu xin ghi danh nào đang chờ").await;
    let late = request(&browser, &third, &string, &at("third/luu")).await;
    let no = at("khong.wardenrol");
    answer(&town, &late, &no).await.ok();
    browser.go(&third.setup_url().await).await;
    browser.hand_in(&no, JOIN).await;
    browser.says("Mã ghi danh").await;
    browser.look("carried-code-used").await;
    assert_eq!(third.api().get("/sync").await["state"], json!("not_enrolled"));

    // The right one, with the text of the first try still in its box: four screens to the end.
    browser.go(&node.setup_url().await).await;
    browser.fill("textarea[name=string]", &string).await;
    browser.hand_in(&reply, JOIN).await;
    account(&browser, "carried").await;
    browser.click("a[href='/setup/data']").await;
    browser.says("Từ Excel").await;
    assert_eq!(browser.text().await.matches("Tài khoản đầu tiên").count(), 0);
    browser.go(&format!("{}/setup/join", node.url)).await;
    assert!(browser.driver.current_url().await.expect("an address").path() == "/sync", "once");
    both_ways(&browser, &node, &town, &ward, folder.path()).await;
    used_at_the_city(&mut town, &browser, &node, folder.path()).await;
    browser.close().await;
}

/// Out: the ward's records to the city. In: what the city changed.
async fn both_ways(browser: &Browser, node: &Fresh, town: &Town, ward: &str, folder: &Path) {
    let workbook = folder.join("ward.xlsx");
    city::write_ward(&workbook, ward, 12, 3).expect("a workbook");
    browser.go(&format!("{}/import", node.url)).await;
    browser.hand_in(&workbook, "main form button[type=submit]").await;
    browser.says("ward.xlsx").await;
    browser.click("main form button[type=submit]").await;
    browser.find("a[href*='/undo']").await;
    browser.go(&format!("{}/sync", node.url)).await;
    browser.says("12 thay đổi").await;
    let out = folder.join("goi");
    browser.save_into(&out).await;
    browser.click("form[action='/sync/bundle/export'] button").await;
    let bundle = browser.saved(&out, ".wardbundle", "goi-1.wardbundle").await;
    browser.go(&format!("{}/sync", node.url)).await;
    browser.says("Đang chờ thành phố trả lời gói").await;
    browser.look("carried-bundle-out").await;
    let reply = folder.join("tra-loi-1.wardbundle");
    town.hub.run(&["import-bundle", text(&bundle), "--reply", text(&reply)]).await.ok();
    let there = town.hub.run(&["status"]).await.ok().json();
    let people =
        there["wards"].as_array().expect("wards").iter().find(|w| w["ward"] == json!(ward));
    assert_eq!(people.expect("the ward")["digest"]["count"], json!(12), "{there}");

    // It has joined, whatever calls said before.
    assert!(!browser.text().await.contains("chưa ghi danh"), "{}", browser.text().await);

    // Wrong ones first: the way back, a damaged one, no bundle at all.
    let take = "form[action='/sync/bundle/import'] button";
    let stray = folder.join("anh.jpg");
    let sealed_to_another = "Không mở được gói này ở đây";
    let no_bundle = "Tệp này không phải gói đồng bộ";
    for (file, sentence) in
        [(&bundle, sealed_to_another), (&damaged(&reply), no_bundle), (&stray, no_bundle)]
    {
        browser.hand_in(file, take).await;
        browser.find("#error-summary").await;
        browser.says(sentence).await;
    }
    browser.look("carried-bundle-wrong").await;
    browser.hand_in(&reply, take).await;
    browser.says("Làm bước 1 trước").await;
    browser.look("carried-bundle-in").await;
    assert_eq!(node.api().get("/sync").await["waiting"], json!(0));
    // A second time: nothing is done twice, and it is said in words.
    browser.go(&format!("{}/sync", node.url)).await;
    browser.hand_in(&reply, take).await;
    browser.find("h1").await;
    assert_eq!(node.api().get("/people").await["total"], json!(12));
}

/// The city edits, the ward's next bundle is answered with it.
async fn used_at_the_city(town: &mut Town, browser: &Browser, node: &Fresh, folder: &Path) {
    town.hub.start().await.expect("the hub serves");
    let id = town.hub.api().people("limit=1").await[0].clone();
    town.hub.api().set(&id, &[("phone", "0907777888")]).await.expect("an answer").ok();
    town.hub.kill().await;
    browser.go(&format!("{}/sync", node.url)).await;
    let out = folder.join("goi");
    browser.click("form[action='/sync/bundle/export'] button").await;
    let bundle = browser.saved(&out, ".wardbundle", "goi-2.wardbundle").await;
    let reply = folder.join("tra-loi-2.wardbundle");
    town.hub.run(&["import-bundle", text(&bundle), "--reply", text(&reply)]).await.ok();
    browser.go(&format!("{}/sync", node.url)).await;
    browser.hand_in(&reply, "form[action='/sync/bundle/import'] button").await;
    browser.find("[role=status], .alert").await;
    browser.go(&format!("{}/people/{id}", node.url)).await;
    browser.says("0907777888").await;
    browser.look("carried-from-the-city").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_downloaded_backup_comes_back_on_a_new_machine() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let old = Fresh::start(&at("old"), &[]).await;
    let browser = Browser::open().await;
    browser.go(&old.setup_url().await).await;
    browser.click("button[value=skip]").await;
    account(&browser, "backup").await;
    let key = browser.find("[data-recovery]").await.text().await.expect("the recovery key");
    let id = add_person(&old.api(), "Trần Văn Bình").await;
    browser.save_into(&at("luu")).await;
    browser.go(&format!("{}/office/backup", old.url)).await;
    browser.says("Chưa sao lưu lần nào").await;
    browser.click("form[action='/office/backup/download'] button").await;
    let zip = browser.saved(&at("luu"), ".wardbackup.zip", "so.wardbackup.zip").await;
    let archive = std::fs::File::open(&zip).expect("the archive");
    assert_eq!(zip::ZipArchive::new(archive).expect("an archive").len(), 2);
    browser.go(&format!("{}/office/backup", old.url)).await;
    browser.says("Sao lưu lần cuối").await;
    browser.look("backup-downloaded").await;

    // A machine on which nobody has worked; the archive lies on the stick as it was saved.
    let new = Fresh::start(&at("new"), &[]).await;
    std::fs::copy(&zip, new.stick.join("so.wardbackup.zip")).expect("copied");
    std::fs::copy(damaged(&zip), new.stick.join("hong.wardbackup.zip")).expect("copied");
    std::fs::write(new.stick.join("rong.wardbackup.zip"), b"PK").expect("written");
    let choose = async |name: &str| {
        browser.go(&new.setup_url().await).await;
        browser.click("a[href^='/setup/restore']").await;
        browser.click(".wb-places a.btn").await;
        browser.click(&format!("a.btn[href*='{name}']")).await;
    };
    let look = "main form button[type=submit]";
    for name in ["rong", "hong"] {
        choose(&format!("%2f{name}.")).await;
        browser.fill("input[name=key]", &key).await;
        browser.click(look).await;
        browser.find("[role=alert], .alert-danger").await;
        browser.look(&format!("backup-restore-{name}")).await;
        let said = browser.text().await;
        assert!(said.contains("Hãy") || said.contains("hãy"), "{said}");
    }
    choose("%2fso.").await;
    let wrong = "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ";
    for key in ["hoa phượng đỏ", wrong] {
        browser.fill("input[name=key]", key).await;
        browser.click(look).await;
        browser.says("Khóa khôi phục").await;
        browser.find("#error-summary").await;
    }
    browser.look("backup-restore-wrong-key").await;
    // As people copy from paper: in small letters, with spaces.
    let copied = key.to_lowercase().replacen("key-", "key- ", 1);
    browser.fill("input[name=key]", &copied).await;
    browser.click(look).await;
    browser.says("Sẽ mất các thay đổi sau").await;
    browser.look("backup-restore-look").await;
    browser.click("main form button.btn-danger").await;
    for _ in 0..100 {
        let reached = browser.driver.goto(format!("{}/sign-in", new.url)).await.is_ok();
        if reached && browser.text().await.contains("Tên đăng nhập") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    sign_in(&browser, &new.url, "lan").await;
    browser.go(&format!("{}/people/{id}", new.url)).await;
    browser.says("Trần Văn Bình").await;
    assert_eq!(new.api().get("/people").await["total"], json!(1));
    let left: Vec<String> = std::fs::read_dir(at("new"))
        .expect("the folder")
        .flatten()
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("archive") || name.starts_with("data.restore"))
        .collect();
    assert_eq!(left, Vec::<String>::new(), "nothing unpacked is left lying about");
    browser.close().await;
}
