//! No English word stands on a Vietnamese screen: the words of the page against a list.

use serde_json::Value;

use crate::browser::Browser;

/// English words that a screen is likely to show by mistake. None of them is Vietnamese without its
/// marks, a name, or one of the words that people say in Vietnamese too (Excel, USB, email).
const WORDS: &str = "the and not with from this that you your save saved cancel edit edited delete remove removed \
    search filter name date user users password login logout sign error errors warning loading submit page next \
    previous home help settings file files upload download import export sync conflict conflicts history field \
    fields value values record records person people row rows table add new open close back yes none unknown \
    missing required invalid version server device change changes draft undo restore print report total ward city \
    hub node clerk leader admin officer status state today day month year male female choose select please must \
    should cannot failed failure success done type press click more less first last before after empty \
    false true null undefined object string number internal request response timeout network offline online \
    waiting pending retry account accounts role roles event events photo attachment attachments backup reason";

/// What a page says: its text, and the names and hints that are only heard or shown on hover.
const SAID: &str = "if (document.documentElement.lang !== 'vi') return '';\
    const copy = document.body.cloneNode(true);\
    copy.querySelectorAll('[lang=en], kbd, script, noscript, style, input, textarea, code').forEach(one => one.remove());\
    const attributes = [...document.querySelectorAll('[aria-label],[title],[placeholder],[alt]')]\
      .filter(one => !one.closest('[lang=en]'))\
      .flatMap(one => ['aria-label', 'title', 'placeholder', 'alt'].map(name => one.getAttribute(name) ?? ''));\
    return [copy.textContent, document.title, ...attributes].join(' \\n ');";

/// The English words of a Vietnamese page; none on a page in another language.
pub(crate) async fn english_words(browser: &Browser) -> Vec<String> {
    let said = browser.driver.execute(SAID, Vec::new()).await.expect("the page's words");
    let said: Value = said.json().clone();
    found(said.as_str().unwrap_or_default())
}

pub(crate) fn found(text: &str) -> Vec<String> {
    let known: std::collections::BTreeSet<&str> = WORDS.split_whitespace().collect();
    // Addresses, files and names with digits or points are no words.
    let words = text.split(|c: char| c.is_whitespace() || "()[]“”\"',;:!?/·–→|".contains(c));
    let words = words.map(|word| word.trim_matches('.').to_lowercase());
    words.filter(|word| known.contains(word.as_str())).collect()
}

#[test]
fn an_english_word_is_found_among_vietnamese_ones() {
    assert_eq!(found("Lưu, Save (Ctrl + S): người dùng"), ["save"]);
    assert_eq!(found("Xuất Excel, sao lưu USB, wardbook-node.exe"), Vec::<String>::new());
}
