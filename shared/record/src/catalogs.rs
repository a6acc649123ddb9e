//! The code lists, all read from data.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::date::PartialDate;
use crate::lang::Lang;
use crate::names::fold;

/// All 50 code lists.
#[derive(Debug)]
pub struct Catalogs {
    /// The lists, in the order of the data.
    pub all: Vec<Catalog>,
    index: BTreeMap<String, usize>,
}

/// One code list.
#[derive(Debug, Clone, Deserialize)]
pub struct Catalog {
    /// The id, such as `ethnic`.
    pub id: String,
    /// Vietnamese name.
    pub name_vi: String,
    /// English name.
    pub name_en: String,
    /// The items, in the order in which they are shown.
    pub items: Vec<Item>,
    #[serde(skip)]
    index: BTreeMap<String, usize>,
    /// By folded code and folded labels: imports look up thousands of labels.
    #[serde(skip)]
    by_label: BTreeMap<String, Vec<usize>>,
}

/// One code.
#[derive(Debug, Clone, Deserialize)]
pub struct Item {
    /// What is stored.
    pub code: String,
    /// Vietnamese label.
    pub label_vi: String,
    /// English label.
    pub label_en: String,
    /// The place in the list.
    pub sort: u32,
    /// The first day on which it may be used; none = always.
    #[serde(default)]
    pub valid_from: Option<PartialDate>,
    /// The last day on which it may be used; none = still.
    #[serde(default)]
    pub valid_to: Option<PartialDate>,
    /// Everything else that the list says: `level`, `leader`, `key`, `is_minority`, `scale`, ...
    #[serde(flatten)]
    pub attributes: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Raw {
    catalogs: Vec<Catalog>,
}

/// The code lists, parsed once.
pub fn catalogs() -> &'static Catalogs {
    static CATALOGS: OnceLock<Catalogs> = OnceLock::new();
    CATALOGS.get_or_init(|| {
        let raw: Raw = serde_json::from_str(include_str!("../data/catalogs.json"))
            .expect("the embedded catalogs.json is checked by tests");
        Catalogs::new(raw.catalogs)
    })
}

impl Catalogs {
    fn new(mut all: Vec<Catalog>) -> Self {
        for catalog in &mut all {
            catalog.items.sort_by_key(|item| item.sort);
            let codes = catalog.items.iter().enumerate();
            catalog.index = codes.map(|(at, item)| (item.code.clone(), at)).collect();
            for (at, item) in catalog.items.iter().enumerate() {
                for text in [&item.code, &item.label_vi, &item.label_en] {
                    catalog.by_label.entry(fold(text)).or_default().push(at);
                }
            }
        }
        let index = all.iter().enumerate().map(|(at, list)| (list.id.clone(), at)).collect();
        Self { all, index }
    }

    /// A list by its id.
    pub fn get(&self, id: &str) -> Option<&Catalog> {
        self.index.get(id).map(|at| &self.all[*at])
    }
}

impl Catalog {
    /// The name.
    pub fn name(&self, lang: Lang) -> &str {
        lang.pick(&self.name_vi, &self.name_en)
    }

    /// An item by its code, whatever its validity.
    pub fn item(&self, code: &str) -> Option<&Item> {
        self.index.get(code).map(|at| &self.items[*at])
    }

    /// The items whose code or label, in either language, folds to a folded text.
    pub fn labelled(&self, folded: &str) -> impl Iterator<Item = &Item> {
        self.by_label.get(folded).into_iter().flatten().map(|at| &self.items[*at])
    }

    /// The items that may be used on a date, in order.
    pub fn items_on(&self, date: PartialDate) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.valid_on(date))
    }
}

impl Item {
    /// The label.
    pub fn label(&self, lang: Lang) -> &str {
        lang.pick(&self.label_vi, &self.label_en)
    }

    /// Whether it may be used on a date (its earliest day).
    pub fn valid_on(&self, date: PartialDate) -> bool {
        let day = date.earliest();
        self.valid_from.is_none_or(|from| from.earliest() <= day)
            && self.valid_to.is_none_or(|to| day <= to.latest())
    }

    /// Its rank among its like, where the list has one (`level`).
    pub fn level(&self) -> Option<u8> {
        self.number("level").and_then(|level| u8::try_from(level).ok())
    }

    /// Whether a flag such as `leader`, `key` or `is_minority` is set.
    pub fn flag(&self, name: &str) -> bool {
        self.attributes.get(name).and_then(serde_json::Value::as_bool).unwrap_or(false)
    }

    /// A whole number that the list gives.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.attributes.get(name).and_then(serde_json::Value::as_i64)
    }

    /// A text that the list gives.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).and_then(serde_json::Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_code_lists_are_there() {
        assert_eq!(catalogs().all.len(), 50);
        let items: usize = catalogs().all.iter().map(|list| list.items.len()).sum();
        assert_eq!(items, 495);
        for list in &catalogs().all {
            assert_eq!(list.index.len(), list.items.len(), "{} repeats a code", list.id);
            let labelled = |item: &Item| !item.label_vi.is_empty() && !item.label_en.is_empty();
            assert!(list.items.iter().all(labelled), "{}", list.id);
        }
    }

    #[test]
    fn a_code_is_valid_up_to_its_last_day() {
        let item = catalogs().get("position_legacy_nd33").unwrap().item("CB01").unwrap();
        let on = |date: &str| item.valid_on(date.parse().unwrap());
        assert!(on("2025-06-30") && !on("2025-07-01") && on("1999"));
        assert!(item.flag("leader") && item.flag("key"));
        assert_eq!(item.attribute("kind"), Some("can_bo"));
    }
}
