//! A keyboard and nothing else: keys go to whatever has the focus, and where the focus is must be
//! seen.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::browser::Browser;

/// What a screen reader calls the element with the focus, in one line.
const NAME: &str = "const e = document.activeElement;\
    if (!e || e.matches('body, main')) return '';\
    const texts = [e.getAttribute('aria-label'), [...(e.labels ?? [])].map(l => l.textContent).join(' '), e.textContent, e.title];\
    return (texts.find(t => t?.trim()) ?? e.tagName).replace(/\\s+/g, ' ').trim();";

/// What is wrong with the focus as it is seen; nothing when a person finds it at once.
const SEEN: &str = "const e = document.activeElement;\
    if (!e || e === document.body || e.matches('main, #error-summary')) return '';\
    const style = getComputedStyle(e);\
    if ((style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) && style.boxShadow === 'none') return 'no outline';\
    const r = e.getClientRects()[0] ?? e.getBoundingClientRect();\
    const [left, right, top, bottom] = [Math.max(r.left, 0), Math.min(r.right, innerWidth), Math.max(r.top, 0), Math.min(r.bottom, innerHeight)];\
    if (right - left < 4 || bottom - top < 4) return 'out of the window: ' + [r.left, r.top, r.width, r.height].map(Math.round);\
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);\
    if (e.contains(hit) || [...(e.labels ?? [])].some(l => l.contains(hit))) return '';\
    return 'beneath ' + (hit?.closest('header, dialog, footer')?.className ?? hit?.outerHTML.slice(0, 90));";

/// So many Tabs are the longest way on any page.
pub(crate) const FAR: usize = 45;
/// ... and so many from the top of a page to the end of its navigation.
pub(crate) const NAVIGATION: usize = 22;

/// How many Tabs each way took, for people to read.
static WAYS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The ways so far, as lines.
pub(crate) fn ways() -> String {
    WAYS.lock().map(|ways| ways.join("\n")).unwrap_or_default()
}

/// Whether a name begins with `label`, after the number that a box has on paper.
fn is_called(name: &str, label: &str) -> bool {
    name.starts_with(label) || name.find(&format!(" {label}")).is_some_and(|at| at < 7)
}

impl Browser {
    /// Presses keys into whatever has the focus, as a keyboard does.
    pub(crate) async fn keys(&self, text: impl Into<TypingData>) {
        let typed = self.driver.action_chain().send_keys(text).perform().await;
        // A key that leads to another page is told as cut off by that page; it did its work.
        if let Err(why) = typed {
            assert!(why.to_string().contains("aborted by navigation"), "not typed: {why}");
        }
    }

    /// A key together with another one that is held.
    pub(crate) async fn held(&self, held: Key, key: impl Into<TypingData>) {
        let keys = self.driver.action_chain().key_down(held.clone()).send_keys(key);
        keys.key_up(held).perform().await.expect("typed");
    }

    /// A key together with Ctrl.
    pub(crate) async fn control(&self, key: impl Into<TypingData>) {
        self.held(Key::Control, key).await;
    }

    /// What a script says.
    pub(crate) async fn value(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.driver.execute(script, arguments).await.expect("a script").json().clone()
    }

    /// Goes on with Tab until an element that fits has the focus; fails when none ever has.
    pub(crate) async fn tab_to(&self, css: &str) {
        for _ in 0..120 {
            let script = "return document.activeElement?.matches(arguments[0]) ?? false";
            if self.value(script, vec![json!(css)]).await == json!(true) {
                return;
            }
            self.keys(Key::Tab).await;
        }
        self.picture("failed").await;
        panic!("Tab never reaches {css}");
    }

    /// The same backwards.
    pub(crate) async fn tab_back_to(&self, css: &str) {
        for _ in 0..10 {
            let script = "return document.activeElement?.matches(arguments[0]) ?? false";
            if self.value(script, vec![json!(css)]).await == json!(true) {
                return;
            }
            self.held(Key::Shift, Key::Tab).await;
        }
        panic!("Shift+Tab never reaches {css}");
    }

    /// The name of the element with the focus.
    pub(crate) async fn focus_name(&self) -> String {
        self.value(NAME, Vec::new()).await.as_str().unwrap_or_default().to_owned()
    }

    /// Goes on with Tab, `most` times at most, until what has the focus begins with `label`. Each
    /// stop on the way must be seen.
    pub(crate) async fn tab_on(&self, label: &str, most: usize) {
        let mut passed = Vec::new();
        for at in 0..=most {
            let name = self.focus_name().await;
            if is_called(&name, label) {
                self.sees_focus().await;
                if let Ok(mut ways) = WAYS.lock() {
                    ways.push(format!("{at:3} Tab → {label}"));
                }
                return;
            }
            passed.push(name);
            self.keys(Key::Tab).await;
            self.sees_focus().await;
        }
        self.picture("failed").await;
        let page = self.driver.current_url().await.map(|url| url.to_string());
        panic!("{most} Tabs do not reach {label:?} on {page:?}; they passed {passed:#?}");
    }

    /// Fails when the focus is not seen: no outline, out of the window, beneath the header. A page
    /// may take a moment to scroll there.
    pub(crate) async fn sees_focus(&self) {
        let mut wrong = String::new();
        for _ in 0..20 {
            let found = self.value(SEEN, Vec::new()).await;
            found.as_str().unwrap_or_default().clone_into(&mut wrong);
            if wrong.is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.picture("failed").await;
        let (name, page) = (self.focus_name().await, self.driver.current_url().await);
        panic!("the focus on {name:?} of {page:?} is not seen: {wrong}");
    }
}

impl Browser {
    /// Presses Enter on what begins with `label`.
    pub(crate) async fn press(&self, label: &str, most: usize) {
        self.tab_on(label, most).await;
        self.keys(Key::Enter).await;
    }

    /// Past the navigation: the first Tab of a page is the way there.
    pub(crate) async fn skip(&self) {
        self.press("Đến nội dung chính", 1).await;
    }

    /// From the top of the page by its navigation.
    pub(crate) async fn navigate(&self, label: &str) {
        self.press(label, NAVIGATION).await;
    }

    /// Types over what the box called `label` holds.
    pub(crate) async fn type_over(&self, label: &str, text: &str, most: usize) {
        self.tab_on(label, most).await;
        self.control("a").await;
        self.keys(text).await;
        let held = self.value("return document.activeElement.value", Vec::new()).await;
        assert_eq!(held, json!(text), "typed into {label:?}");
    }

    /// Gives the file box with the focus its file, as the system's dialog would.
    pub(crate) async fn give(&self, file: &Path) {
        let focused = self.driver.active_element().await.expect("something has the focus");
        focused.send_keys(file.to_str().expect("UTF-8")).await.expect("chosen");
    }

    /// Leaves a form whose boxes have the focus: the page is loaded anew, as by F5.
    pub(crate) async fn navigate_from_top(&self, label: &str) {
        self.driver.refresh().await.expect("loaded anew");
        self.find("h1").await;
        self.navigate(label).await;
    }
}
