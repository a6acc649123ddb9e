//! What a report counts and how its lines are called: read from `data/reports.json`.

use std::sync::OnceLock;

use serde::Deserialize;
use wardbook_record::{Lang, PartialDate, catalogs};
use wardbook_store::Dimension;

/// One report.
#[derive(Debug, Clone, Deserialize)]
pub struct Definition {
    /// The id, such as `leaders_quality`.
    pub id: String,
    /// Vietnamese title.
    pub title_vi: String,
    /// English title.
    pub title_en: String,
    /// Work statuses of people who are not on the staff any more.
    #[serde(default)]
    pub not_counted_statuses: Vec<String>,
    /// By what the people are told apart.
    pub breakdowns: Vec<BreakdownDefinition>,
}

/// One way to tell people apart.
#[derive(Debug, Clone, Deserialize)]
pub struct BreakdownDefinition {
    /// The key.
    pub key: String,
    /// What is looked at.
    pub dimension: By,
    /// For ages: where each band but the first begins, in years, growing.
    #[serde(default)]
    pub age_from: Vec<u8>,
    /// Vietnamese title.
    pub title_vi: String,
    /// English title.
    pub title_en: String,
    /// The lines, in order; none = one line a ward.
    pub bands: Vec<Band>,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// `M` or `F`.
    Sex,
    /// The number of the age band.
    Age,
    /// Code of the highest qualification.
    Qualification,
    /// Code of the highest political theory.
    PoliticalTheory,
    /// The ward's id.
    Ward,
    /// Code of the rank or professional title.
    Rank,
    /// `1` for members of the Party, else `0`.
    Party,
}

/// One line of a breakdown.
#[derive(Debug, Clone, Deserialize)]
pub struct Band {
    /// The key of the line.
    pub key: String,
    /// The group keys that it takes.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Takes every code of this list as well.
    #[serde(default)]
    pub catalog: Option<String>,
    /// Takes every group that no other line takes, the unknown ones too.
    #[serde(default)]
    pub rest: bool,
    /// Vietnamese label.
    pub label_vi: String,
    /// English label.
    pub label_en: String,
}

#[derive(Deserialize)]
struct Raw {
    reports: Vec<Definition>,
}

/// The definition of a report, parsed once.
pub fn definition(id: &str) -> Option<&'static Definition> {
    static ALL: OnceLock<Vec<Definition>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let raw: Raw = serde_json::from_str(include_str!("../data/reports.json"))
            .expect("the embedded reports.json is checked by tests");
        raw.reports
    });
    all.iter().find(|definition| definition.id == id)
}

impl Definition {
    /// The title.
    pub fn title(&self, lang: Lang) -> &str {
        lang.pick(&self.title_vi, &self.title_en)
    }
}

impl BreakdownDefinition {
    /// The title.
    pub fn title(&self, lang: Lang) -> &str {
        lang.pick(&self.title_vi, &self.title_en)
    }

    /// The line that takes a group; none when no line does.
    pub fn band_of(&self, key: Option<&str>) -> Option<&Band> {
        let named = |band: &&Band| key.is_some_and(|key| band.takes(key));
        self.bands.iter().find(named).or_else(|| self.bands.iter().find(|band| band.rest))
    }

    /// The same for the store's counting.
    pub(crate) fn dimension(&self, as_of: PartialDate) -> Dimension {
        match self.dimension {
            By::Sex => Dimension::Sex,
            By::Age => Dimension::AgeBand { as_of, bounds: self.age_from.clone() },
            By::Qualification => Dimension::Qualification,
            By::PoliticalTheory => Dimension::PoliticalTheory,
            By::Ward => Dimension::Ward,
            By::Rank => Dimension::Rank,
            By::Party => Dimension::PartyMember,
        }
    }
}

impl Band {
    /// Whether the line names a group.
    pub fn takes(&self, key: &str) -> bool {
        let list = self.catalog.as_deref().and_then(|id| catalogs().get(id));
        self.keys.iter().any(|own| own == key) || list.is_some_and(|list| list.item(key).is_some())
    }

    /// The codes that the line takes, the rest not counted.
    pub fn codes(&self) -> Vec<&str> {
        let list = self.catalog.as_deref().and_then(|id| catalogs().get(id));
        let items = list.into_iter().flat_map(|list| &list.items).map(|item| item.code.as_str());
        self.keys.iter().map(String::as_str).chain(items).collect()
    }

    /// The label.
    pub fn label(&self, lang: Lang) -> &str {
        lang.pick(&self.label_vi, &self.label_en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_names_codes_that_exist_and_one_line_takes_the_rest() {
        for id in ["leaders_quality", "ward_staff"] {
            check(definition(id).unwrap());
        }
    }

    fn check(definition: &Definition) {
        for breakdown in &definition.breakdowns {
            let catalog = match breakdown.dimension {
                By::Sex => "gender",
                By::Qualification => "qualification_level",
                By::PoliticalTheory => "political_theory",
                By::Rank => "rank",
                By::Age | By::Ward | By::Party => continue,
            };
            let catalog = catalogs().get(catalog).unwrap();
            for key in breakdown.bands.iter().flat_map(|band| &band.keys) {
                assert!(catalog.item(key).is_some(), "{}: {key}", breakdown.key);
            }
            assert_eq!(breakdown.bands.iter().filter(|band| band.rest).count(), 1);
        }
        let statuses = catalogs().get("work_status").unwrap();
        assert!(definition.not_counted_statuses.iter().all(|code| statuses.item(code).is_some()));
    }

    #[test]
    fn advanced_political_theory_is_level_three_and_a_bachelor_stands_apart() {
        let definition = definition("leaders_quality").unwrap();
        let theory = definition.breakdowns.iter().find(|b| b.key == "political_theory").unwrap();
        let line = |code: Option<&str>| theory.band_of(code).unwrap().key.as_str();
        let catalog = catalogs().get("political_theory").unwrap();
        let advanced = catalog.items.iter().find(|item| item.level() == Some(3)).unwrap();
        assert_eq!(line(Some(&advanced.code)), "cao_cap");
        assert_eq!(line(Some("04")), "cu_nhan");
        assert_eq!([line(None), line(Some("00")), line(Some("?"))], ["khac"; 3]);
    }
}
