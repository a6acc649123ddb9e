//! What is wrong with a value. The sentences stand in one table, `data/problems.json`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::catalogs::catalogs;
use crate::lang::Lang;
use crate::path::Path;
use crate::schema::schema;
use crate::show::path_label;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The value cannot be right.
    Error,
    /// The value may be right, or something is missing.
    Warning,
}

/// One problem of one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where.
    pub path: Path,
    /// The value as it stands, for people; empty when it is missing.
    pub value: String,
    /// How bad.
    pub level: Level,
    /// Which kind; a key of `data/problems.json`. `missing` marks an absent required field.
    pub code: &'static str,
    /// What the sentences fill in: name and text. A text `field:KEY` stands for the label of a
    /// field, `catalog:ID` for the name of a code list.
    pub args: Vec<(&'static str, String)>,
}

/// Characters of a value that a sentence quotes.
const QUOTED_CHARACTERS_MAX: usize = 80;

#[derive(Deserialize)]
struct Sentences {
    reason_vi: String,
    remedy_vi: String,
    reason_en: String,
    remedy_en: String,
}

fn sentences() -> &'static BTreeMap<String, Sentences> {
    static SENTENCES: OnceLock<BTreeMap<String, Sentences>> = OnceLock::new();
    SENTENCES.get_or_init(|| {
        serde_json::from_str(include_str!("../data/problems.json"))
            .expect("the embedded problems.json is checked by tests")
    })
}

impl Problem {
    /// Why the value is wrong: one sentence.
    pub fn reason(&self, lang: Lang) -> String {
        let sentence = sentences().get(self.code).map(|s| lang.pick(&s.reason_vi, &s.reason_en));
        self.fill(sentence, lang)
    }

    /// What to do about it: one sentence.
    pub fn remedy(&self, lang: Lang) -> String {
        let sentence = sentences().get(self.code).map(|s| lang.pick(&s.remedy_vi, &s.remedy_en));
        self.fill(sentence, lang)
    }

    /// The label of the place, such as `Ngày sinh`.
    pub fn label(&self, lang: Lang) -> String {
        path_label(&self.path, lang)
    }

    /// Every placeholder of a sentence is filled once; what people typed is never read again.
    fn fill(&self, sentence: Option<&str>, lang: Lang) -> String {
        let mut rest = sentence.unwrap_or(self.code);
        let mut out = String::with_capacity(rest.len() + 32);
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, tail)) = after.split_once('}') else { break };
            out.push_str(before);
            out.push_str(&self.argument(name, lang));
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    fn argument(&self, name: &str, lang: Lang) -> String {
        match self.args.iter().find(|(known, _)| *known == name) {
            None if name == "field" => self.own_label(lang),
            None if name == "value" => clipped(&self.value),
            None => String::new(),
            Some((_, text)) => self.translated(text, lang),
        }
    }

    fn translated(&self, text: &str, lang: Lang) -> String {
        if let Some(key) = text.strip_prefix("field:") {
            let sibling = match &self.path {
                Path::Cell { table, .. } => schema().column(table, key),
                _ => schema().field(key),
            };
            return sibling.map_or(key, |field| field.label(lang)).to_owned();
        }
        if let Some(id) = text.strip_prefix("catalog:") {
            return catalogs().get(id).map_or(id, |list| list.name(lang)).to_owned();
        }
        text.to_owned()
    }

    /// The field's own label: in a row, the column's without the table's.
    fn own_label(&self, lang: Lang) -> String {
        match (&self.path, schema().at(&self.path)) {
            (Path::Cell { .. }, Some(column)) => column.label(lang).to_owned(),
            _ => path_label(&self.path, lang),
        }
    }
}

/// A value as a sentence quotes it: enough of it to be recognised.
fn clipped(value: &str) -> String {
    match value.char_indices().nth(QUOTED_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code that the sources use, so that none is without its sentences.
    const SOURCES: [&str; 8] = [
        include_str!("typed.rs"),
        include_str!("validate.rs"),
        include_str!("validate/value.rs"),
        include_str!("validate/across.rs"),
        include_str!("events/inputs.rs"),
        include_str!("events/plan.rs"),
        include_str!("events/request.rs"),
        include_str!("events/write.rs"),
    ];

    #[test]
    fn every_sentence_is_one_sentence_in_both_languages() {
        for (code, s) in sentences() {
            for text in [&s.reason_vi, &s.remedy_vi, &s.reason_en, &s.remedy_en] {
                assert!(text.ends_with('.') && text.len() > 10, "{code}: {text}");
            }
            let used = SOURCES.iter().any(|source| source.contains(&format!("\"{code}\"")));
            let elsewhere = ["computed_field", "immutable_field", "unknown_field"];
            assert!(used || elsewhere.contains(&code.as_str()), "{code} is used nowhere");
        }
    }

    #[test]
    fn a_sentence_quotes_only_the_beginning_of_a_long_value() {
        assert_eq!(clipped(&"ă".repeat(80)), "ă".repeat(80));
        assert_eq!(clipped(&"ă".repeat(50_000)), format!("{}…", "ă".repeat(80)));
    }

    #[test]
    fn a_sentence_names_the_field_the_value_and_the_list() {
        let problem = Problem {
            path: Path::field("sex"),
            value: "{value}".to_owned(),
            level: Level::Error,
            code: "unknown_code",
            args: vec![("catalog", "catalog:gender".to_owned())],
        };
        let vi = "\"{value}\" không có trong danh mục Giới tính.";
        assert_eq!(problem.reason(Lang::Vi), vi, "what was typed is not read as a placeholder");
        assert_eq!(problem.remedy(Lang::En), "Choose an entry of the list.");
        assert_eq!(problem.label(Lang::En), "Sex");
    }
}
