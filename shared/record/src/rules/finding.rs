//! What a rule says to people: effect, sentence, legal basis. Sentences: `data/rule_texts.json`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use wardbook_base::DocumentId;

use crate::catalogs::catalogs;
use crate::date::PartialDate;
use crate::lang::Lang;
use crate::path::Path;
use crate::schema::schema;

/// What a finding does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// The action is not to be entered like this.
    Block,
    /// It may be right; somebody should look.
    Warn,
    /// Something falls due.
    Remind,
}

/// How sure the threshold is (domain text, confidence marks).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Confidence {
    /// Read in the named source.
    V,
    /// Read in part, or in an older document.
    P,
    /// Not verified.
    U,
}

/// One finding of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule, such as `R09`.
    pub rule: String,
    /// Which of its sentences.
    pub code: String,
    /// What it does.
    pub effect: Effect,
    /// The day by which something is to be done.
    pub due: Option<PartialDate>,
    /// Where in the record to look.
    pub path: Option<Path>,
    /// What the sentence fills in, see [`super::Due`].
    pub args: Vec<(String, String)>,
    /// The people whom a rule over many people means.
    pub people: Vec<DocumentId>,
    /// The legal basis, in Vietnamese.
    pub basis_vi: String,
    /// The legal basis, in English.
    pub basis_en: String,
    /// How sure the threshold is.
    pub confidence: Confidence,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Texts {
    kind: String,
    title_vi: String,
    title_en: String,
    #[serde(default)]
    needs_vi: Option<String>,
    #[serde(default)]
    needs_en: Option<String>,
    pub(super) sentences: BTreeMap<String, Sentence>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Sentence {
    pub(super) vi: String,
    pub(super) en: String,
}

pub(super) fn texts() -> &'static BTreeMap<String, Texts> {
    static TEXTS: OnceLock<BTreeMap<String, Texts>> = OnceLock::new();
    TEXTS.get_or_init(|| {
        serde_json::from_str(include_str!("../../data/rule_texts.json"))
            .expect("the embedded rule_texts.json is checked by tests")
    })
}

/// What a rule is called; its id when there is no such rule.
pub fn title(rule: &str, lang: Lang) -> &str {
    texts().get(rule).map_or(rule, |texts| lang.pick(&texts.title_vi, &texts.title_en))
}

/// The kind of work that a rule is about, such as `retirement`: what lists filter by.
pub fn kind_of(rule: &str) -> &'static str {
    texts().get(rule).map_or("", |texts| &texts.kind)
}

/// Every kind of work, in the order of the rules.
pub fn kinds() -> Vec<&'static str> {
    let mut kinds: Vec<&str> = Vec::new();
    for texts in texts().values() {
        if !kinds.contains(&texts.kind.as_str()) {
            kinds.push(&texts.kind);
        }
    }
    kinds
}

/// What a rule would need that records do not hold; empty when nothing is missing.
pub fn needs(rule: &str, lang: Lang) -> &'static str {
    let texts = texts().get(rule);
    let needs = texts.and_then(|t| t.needs_vi.as_deref().zip(t.needs_en.as_deref()));
    needs.map_or("", |(vi, en)| lang.pick(vi, en))
}

impl Finding {
    /// What the rule is called.
    pub fn title(&self, lang: Lang) -> String {
        title(&self.rule, lang).to_owned()
    }

    /// The kind of work.
    pub fn kind(&self) -> &'static str {
        kind_of(&self.rule)
    }

    /// What was found, one sentence with its values.
    pub fn sentence(&self, lang: Lang) -> String {
        let sentence = texts().get(&self.rule).and_then(|texts| texts.sentences.get(&self.code));
        let mut rest = sentence.map_or("", |s| lang.pick(&s.vi, &s.en));
        let mut out = String::with_capacity(rest.len() + 32);
        // Every placeholder is filled once; what people typed is never read again.
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, tail)) = after.split_once('}') else { break };
            out.push_str(before);
            out.push_str(&self.argument(name, lang));
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    /// The law or rule behind it; says so when the threshold is not verified.
    pub fn basis(&self, lang: Lang) -> String {
        let basis = lang.pick(&self.basis_vi, &self.basis_en);
        if self.verified() {
            return basis.to_owned();
        }
        format!("{basis} ({})", lang.pick("chưa kiểm chứng", "not verified"))
    }

    /// Whether the threshold was read in its source, at least in part.
    pub fn verified(&self) -> bool {
        self.confidence != Confidence::U
    }

    /// The word for its effect.
    pub fn effect_label(&self, lang: Lang) -> &'static str {
        match self.effect {
            Effect::Block => lang.pick("Không được", "Not allowed"),
            Effect::Warn => lang.pick("Cảnh báo", "Warning"),
            Effect::Remind => lang.pick("Nhắc việc", "Reminder"),
        }
    }

    fn argument(&self, name: &str, lang: Lang) -> String {
        match self.args.iter().find(|(known, _)| known == name) {
            Some((_, text)) => translated(text, lang),
            None if name == "due" => self.due.map(|due| due.to_string()).unwrap_or_default(),
            None => String::new(),
        }
    }
}

fn translated(text: &str, lang: Lang) -> String {
    let mut parts = text.splitn(3, ':');
    let (word, key, code) = (parts.next(), parts.next().unwrap_or_default(), parts.next());
    match (word, code) {
        (Some("field"), _) => schema().field(key).map_or(key, |field| field.label(lang)).to_owned(),
        (Some("table"), _) => schema().table(key).map_or(key, |table| table.label(lang)).to_owned(),
        (Some("code"), Some(code)) => {
            let item = schema().field(key).and_then(|field| field.item(code));
            item.map_or(code, |item| item.label(lang)).to_owned()
        }
        (Some("item"), Some(code)) => {
            let item = catalogs().get(key).and_then(|list| list.item(code));
            item.map_or(code, |item| item.label(lang)).to_owned()
        }
        _ => text.to_owned(),
    }
}
