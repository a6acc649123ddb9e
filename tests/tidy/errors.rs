//! Every message about an error says what is wrong and what to do, in both languages: those of the
//! Fluent files by the endings of their keys, those of the error types by the files they stand in,
//! those of values by their table.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{files, read};

/// A key of a text that ends like this, or has this in its middle, is a refusal.
const REFUSALS: [&str; 17] = [
    "-wrong",
    "-missing",
    "-gone",
    "-unknown",
    "-differ",
    "-differs",
    "-refused",
    "-failed",
    "filter-nameless",
    "-long",
    "-too-many",
    "-bad-",
    "choose-first",
    "-no-field",
    "-no-remark",
    "-nobody-there",
    "-none-chosen",
];

/// Keys that end so and are no refusal: counts, headings, marks, the names of filters.
const NO_REFUSALS: [&str; 14] = [
    "dossier-missing",
    "dossier-wrong",
    "error-bad-request",
    "error-bad-request-text",
    "events-bulk-refused",
    "node-done-draft-gone",
    "node-filter-missing",
    "node-missing",
    "print-missing",
    "print-job-failed",
    "todo-kind-missing",
    "events-ask-differs",
    "events-became-refused",
    "events-requests-refused",
];

/// Where nothing can or need be done, that is what is said.
const NOTHING_TO_DO: [&str; 4] = ["không cần", "tự thử lại", "nên không được ghi", "{why}"];

/// The texts of a language, all files together.
fn texts(lang: &str) -> BTreeMap<String, String> {
    let folder = format!("shared/web/locales/{lang}/");
    let of_lang = files().into_iter().filter(|path| path.to_string_lossy().starts_with(&folder));
    let all: String = of_lang.map(|path| read(&path) + "\n").collect();
    let lines = all.lines().filter_map(|line| line.split_once(" = "));
    lines.map(|(key, text)| (key.to_owned(), text.to_owned())).collect()
}

fn is_refusal(key: &str) -> bool {
    !NO_REFUSALS.contains(&key)
        && REFUSALS
            .iter()
            .any(|end| key.ends_with(end) || (end.ends_with('-') && key.contains(end)))
}

#[test]
fn every_text_about_an_error_says_what_to_do() {
    let (vi, en) = (texts("vi"), texts("en"));
    let told: Vec<(&String, &String)> = vi.iter().filter(|(key, _)| is_refusal(key)).collect();
    assert!(told.len() > 25, "the refusals were found: {}", told.len());
    let mute = told.iter().filter(|(_, text)| !text.to_lowercase().contains("hãy "));
    let mute: Vec<_> = mute.collect();
    assert!(mute.is_empty(), "they do not say what to do (\"… hãy …\"): {mute:#?}");
    // What is wrong, then what to do: two parts, which the pages tell apart.
    let whole = |text: &str| text.contains("; ") || text.contains(". ") || text.contains(": ");
    let flat = told.iter().flat_map(|(key, text)| [(key, *text), (key, &en[*key])]);
    let flat: Vec<_> = flat.filter(|(_, text)| !whole(text)).collect();
    assert!(flat.is_empty(), "one part alone: {flat:#?}");
    for known in NO_REFUSALS {
        assert!(vi.contains_key(known), "{known} is gone");
    }
}

#[test]
fn every_page_of_failure_has_its_title_its_cause_and_its_remedy() {
    for lang in ["vi", "en"] {
        let texts = texts(lang);
        let titles = texts.keys().filter(|key| key.starts_with("error-") && key.ends_with("-text"));
        let titles: Vec<&str> = titles.filter_map(|key| key.strip_suffix("-text")).collect();
        assert!(titles.len() >= 9, "{titles:?}");
        for title in titles {
            for part in ["", "-remedy"] {
                assert!(texts.contains_key(&format!("{title}{part}")), "{lang}: {title}{part}");
            }
        }
    }
}

/// The Vietnamese sentences of a source file, without its tests.
fn sentences(source: &str) -> Vec<String> {
    let shipped = source.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String = shipped.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
    let texts = code.split('"').skip(1).step_by(2).map(|text| text.replace('\\', " "));
    let marks = "ăâđêôơưạảãáàằắẵặầấẫậẹẻéèềếểệịỉíìọỏóòồốổộờớởợụủúùừứửựỵỷýỳ";
    let said = |text: &String| text.chars().count() > 25 && text.contains(|c| marks.contains(c));
    texts.filter(said).collect()
}

#[test]
fn every_sentence_of_the_error_types_says_what_to_do() {
    let mut found = 0;
    let mut mute = Vec::new();
    for path in files() {
        let name = path.to_string_lossy().into_owned();
        let is_about = ["/error", "/reject", "/refusal"].iter().any(|part| name.contains(part));
        // The reader of workbooks and the pages keep cause and remedy in fields of their own.
        let apart =
            ["shared/sheet/", "shared/web/", "tests/"].iter().any(|top| name.starts_with(top))
                || name.contains("/tests/");
        if path.extension().is_none_or(|kind| kind != "rs") || !is_about || apart {
            continue;
        }
        for sentence in sentences(&read(&path)) {
            found += 1;
            let folded = sentence.to_lowercase();
            if !folded.contains("hãy ") && !NOTHING_TO_DO.iter().any(|w| sentence.contains(w)) {
                mute.push(format!("{name}: {sentence}"));
            }
        }
    }
    assert!(found > 60, "the sentences were found: {found}");
    assert!(mute.is_empty(), "they do not say what to do (\"… hãy …\"): {mute:#?}");
}

#[test]
fn every_problem_with_a_value_has_its_reason_and_its_remedy() {
    let table = read(std::path::Path::new("shared/record/data/problems.json"));
    let table: Value = serde_json::from_str(&table).expect("JSON");
    let problems = table.as_object().expect("a table");
    assert!(problems.len() > 20, "{}", problems.len());
    for (code, texts) in problems {
        for part in ["reason_vi", "remedy_vi", "reason_en", "remedy_en"] {
            let said = texts[part].as_str().unwrap_or_default();
            assert!(said.chars().count() > 8, "{code}: {part} is missing");
        }
    }
}

#[test]
fn a_mute_refusal_would_be_found() {
    assert!(is_refusal("todo-until-wrong") && is_refusal("setup-bad-code"));
    assert!(!is_refusal("node-missing") && !is_refusal("node-login"));
    let source = "fn x() { pair(lang, \"Máy chủ thành phố không nhận gói này.\", \"No.\") }";
    assert_eq!(sentences(source), ["Máy chủ thành phố không nhận gói này."]);
}
