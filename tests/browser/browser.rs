//! A real Chromium behind Debian's chromedriver, driven by thirtyfour.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use thirtyfour::prelude::*;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use wardbook_tests::harness::artefact_path;

/// Flags for a headless browser as an administrator on a machine without outside network.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1366,768",
    "--lang=vi",
];

/// A browser with a fresh profile.
pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    /// Killed when dropped.
    _chromedriver: Child,
    _profile: tempfile::TempDir,
}

/// A driver, and the port that it named.
async fn start_driver() -> (Child, Option<u16>) {
    let mut chromedriver = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("chromedriver is installed (cargo xtask setup)");
    let mut lines = BufReader::new(chromedriver.stdout.take().expect("piped")).lines();
    let mut port = None;
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some((_, rest)) = line.split_once("successfully on port ") {
            port = rest.trim_end_matches('.').parse::<u16>().ok();
            break;
        }
    }
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (chromedriver, port)
}

impl Browser {
    pub(crate) async fn open() -> Self {
        // The driver speaks HTTP, whose library wants the cryptography of TLS named even so.
        drop(wardbook_tests::harness::http_client());
        // One that finds its port taken by another program ends without naming it.
        let (mut chromedriver, mut port) = start_driver().await;
        for _ in 0..3 {
            if port.is_none() {
                (chromedriver, port) = start_driver().await;
            }
        }
        let port = port.expect("chromedriver says its port");
        let profile = tempfile::tempdir().expect("a folder");
        let mut wanted = DesiredCapabilities::chrome();
        for flag in FLAGS {
            wanted.add_arg(flag).expect("a flag");
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.path().display())).expect("a flag");
        wanted.set_browser_log_level(thirtyfour::LoggingPrefsLogLevel::Warning).expect("a flag");
        let driver =
            WebDriver::new(&format!("http://127.0.0.1:{port}"), wanted).await.expect("a session");
        driver.set_script_timeout(Duration::from_secs(30)).await.expect("a time-out");
        Self { driver, _chromedriver: chromedriver, _profile: profile }
    }

    pub(crate) async fn close(self) {
        self.driver.quit().await.expect("the browser closes");
    }

    pub(crate) async fn go(&self, url: &str) {
        self.driver.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// The first element that fits, waited for.
    pub(crate) async fn find(&self, css: &str) -> WebElement {
        let found = self
            .driver
            .query(By::Css(css))
            .wait(Duration::from_secs(10), Duration::from_millis(100))
            .first()
            .await;
        match found {
            Ok(element) => element,
            Err(error) => {
                self.picture("failed").await;
                panic!(
                    "no {css} on {:?}: {error}\n{}",
                    self.driver.current_url().await,
                    self.text().await
                )
            }
        }
    }

    pub(crate) async fn click(&self, css: &str) {
        let element = self.find(css).await;
        // A person scrolls first, and waits until the page stands still.
        let script = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})";
        let argument = element.to_json().expect("an element");
        self.driver.execute(script, vec![argument]).await.expect("scrolled");
        element.click().await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Types into a box, replacing what it holds.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let element = self.find(css).await;
        element.clear().await.unwrap_or_else(|error| panic!("{css}: {error}"));
        element.send_keys(text).await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// What a person reads on the page.
    pub(crate) async fn text(&self) -> String {
        match self.driver.find(By::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits until the page says `words`.
    pub(crate) async fn says(&self, words: &str) {
        for _ in 0..100 {
            if self.text().await.contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.picture("failed").await;
        panic!(
            "the page {:?} does not say {words:?}:\n{}",
            self.driver.current_url().await,
            self.text().await
        );
    }

    /// Keeps a screenshot.
    pub(crate) async fn picture(&self, name: &str) {
        let path = artefact_path(&format!("{name}.png"));
        self.driver.screenshot(&path).await.expect("a screenshot");
    }

    /// What axe finds against the page.
    pub(crate) async fn axe(&self) -> Vec<Value> {
        let axe = std::fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../shared/web/node_modules/axe-core/axe.min.js"
        ))
        .expect("axe-core from npm (cargo xtask assets)");
        self.driver.execute(axe, Vec::new()).await.expect("axe loads");
        let script = "const done = arguments[arguments.length - 1];\
            axe.run(document).then(r => done(r.violations.map(v => v.id + ': ' + v.help + ' ' + \
            v.nodes.slice(0, 3).map(n => n.html + ' ' + n.failureSummary).join(' | '))), e => done([String(e)]));";
        let violations = self.driver.execute_async(script, Vec::new()).await.expect("axe runs");
        violations.convert().expect("a list")
    }

    /// Keeps a screenshot and checks the page: no accessibility violation, no English word on a
    /// Vietnamese page.
    pub(crate) async fn look(&self, name: &str) {
        self.picture(name).await;
        let violations = self.axe().await;
        assert!(violations.is_empty(), "{name}: {violations:#?}");
        let english = crate::words::english_words(self).await;
        assert!(english.is_empty(), "{name}: English words on a Vietnamese screen: {english:?}");
    }
}
