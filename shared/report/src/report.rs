//! A report with its figures, ready to be shown.

use std::collections::BTreeMap;

use wardbook_base::{Timestamp, WardId};
use wardbook_record::{Lang, PartialDate};
use wardbook_store::Tx;

use crate::definition::{BreakdownDefinition, Definition, definition};
use crate::error::ReportError;
use crate::tally::{Group, Tally, count};

/// The first report: number and quality of leaders and of all staff.
pub const LEADERS_QUALITY: &str = "leaders_quality";

/// What the caller knows of a ward.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WardSource {
    /// The ward's name.
    pub name: String,
    /// When its figures were last proven, or its last contact; none = nothing came from it yet.
    pub as_of: Option<Timestamp>,
}

/// One report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The id of its definition.
    pub id: String,
    /// Vietnamese title.
    pub title_vi: String,
    /// English title.
    pub title_en: String,
    /// The agency whose report it is, printed above; empty when not known.
    pub agency: String,
    /// The day of the ages and of the posts.
    pub as_of: PartialDate,
    /// Everybody.
    pub totals: Group,
    /// The figures told apart in several ways.
    pub breakdowns: Vec<Breakdown>,
    /// The wards and how fresh their figures are.
    pub wards: Vec<WardFigures>,
}

/// The figures told apart in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakdown {
    /// The key.
    pub key: String,
    /// Vietnamese title.
    pub title_vi: String,
    /// English title.
    pub title_en: String,
    /// The lines, in order.
    pub rows: Vec<BreakdownRow>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakdownRow {
    /// The key.
    pub key: String,
    /// Vietnamese label.
    pub label_vi: String,
    /// English label.
    pub label_en: String,
    /// The figures.
    pub figures: Group,
}

/// One ward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WardFigures {
    /// The ward.
    pub ward: WardId,
    /// Its name.
    pub name: String,
    /// When its figures were last proven, or its last contact.
    pub as_of: Option<Timestamp>,
}

/// A breakdown whose lines do not add up to the total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The key of the breakdown.
    pub breakdown: String,
    /// The sum of its lines.
    pub sum: Group,
}

/// The first report, counted in the store. `wards` are those that belong in it, by id.
pub fn leaders_quality(
    tx: &dyn Tx,
    as_of: PartialDate,
    wards: &BTreeMap<WardId, WardSource>,
) -> Result<Report, ReportError> {
    let definition =
        definition(LEADERS_QUALITY).ok_or(ReportError::Unknown(LEADERS_QUALITY.to_owned()))?;
    let tally = count(tx, definition, as_of)?;
    Ok(Report::of(definition, &tally, as_of, wards))
}

impl Report {
    /// Makes lines of counts.
    pub fn of(
        definition: &Definition,
        tally: &Tally,
        as_of: PartialDate,
        wards: &BTreeMap<WardId, WardSource>,
    ) -> Self {
        let none = BTreeMap::new();
        let breakdowns = definition.breakdowns.iter().map(|breakdown| {
            let groups = tally.groups.get(&breakdown.key).unwrap_or(&none);
            let rows = if breakdown.bands.is_empty() {
                ward_rows(groups, wards)
            } else {
                band_rows(breakdown, groups)
            };
            Breakdown {
                key: breakdown.key.clone(),
                title_vi: breakdown.title_vi.clone(),
                title_en: breakdown.title_en.clone(),
                rows,
            }
        });
        let figures = |(ward, source): (&WardId, &WardSource)| WardFigures {
            ward: ward.clone(),
            name: source.name.clone(),
            as_of: source.as_of,
        };
        Self {
            id: definition.id.clone(),
            title_vi: definition.title_vi.clone(),
            title_en: definition.title_en.clone(),
            agency: String::new(),
            as_of,
            totals: tally.total,
            breakdowns: breakdowns.collect(),
            wards: wards.iter().map(figures).collect(),
        }
    }

    /// The title.
    pub fn title(&self, lang: Lang) -> &str {
        lang.pick(&self.title_vi, &self.title_en)
    }

    /// A breakdown by its key.
    pub fn breakdown(&self, key: &str) -> Option<&Breakdown> {
        self.breakdowns.iter().find(|breakdown| breakdown.key == key)
    }

    /// The breakdowns whose lines do not add up to the total; there should be none.
    pub fn mismatches(&self) -> Vec<Mismatch> {
        let sum = |breakdown: &Breakdown| {
            breakdown.rows.iter().fold(Group::default(), |sum, row| Group {
                people: sum.people + row.figures.people,
                leaders: sum.leaders + row.figures.leaders,
            })
        };
        self.breakdowns
            .iter()
            .map(|breakdown| Mismatch { breakdown: breakdown.key.clone(), sum: sum(breakdown) })
            .filter(|mismatch| mismatch.sum != self.totals)
            .collect()
    }

    /// From how many wards figures came, and how many there are.
    pub fn coverage(&self) -> (usize, usize) {
        (self.wards.iter().filter(|ward| ward.as_of.is_some()).count(), self.wards.len())
    }

    /// `Số liệu đến ngày 30/06/2025, của 11/12 phường, xã.`
    pub fn freshness(&self, lang: Lang) -> String {
        let (fresh, all) = self.coverage();
        let oldest = self.wards.iter().filter_map(|ward| ward.as_of).min();
        let oldest = oldest.map(|at| PartialDate::in_vietnam(at).to_string());
        match (lang, oldest) {
            (Lang::Vi, Some(oldest)) => format!(
                "Tính đến ngày {}; số liệu của {fresh}/{all} phường, xã, cũ nhất nhận ngày {oldest}.",
                self.as_of
            ),
            (Lang::Vi, None) => {
                format!("Tính đến ngày {}; số liệu của {fresh}/{all} phường, xã.", self.as_of)
            }
            (Lang::En, Some(oldest)) => format!(
                "As of {}; figures of {fresh} of {all} wards, the oldest received on {oldest}.",
                self.as_of
            ),
            (Lang::En, None) => format!("As of {}; figures of {fresh} of {all} wards.", self.as_of),
        }
    }
}

impl Breakdown {
    /// The title.
    pub fn title(&self, lang: Lang) -> &str {
        lang.pick(&self.title_vi, &self.title_en)
    }

    /// A line by its key.
    pub fn row(&self, key: &str) -> Option<&BreakdownRow> {
        self.rows.iter().find(|row| row.key == key)
    }
}

impl BreakdownRow {
    /// The label.
    pub fn label(&self, lang: Lang) -> &str {
        lang.pick(&self.label_vi, &self.label_en)
    }
}

fn band_rows(
    breakdown: &BreakdownDefinition,
    groups: &BTreeMap<Option<String>, Group>,
) -> Vec<BreakdownRow> {
    let mut sums: BTreeMap<&str, Group> = BTreeMap::new();
    for (key, group) in groups {
        if let Some(band) = breakdown.band_of(key.as_deref()) {
            let sum = sums.entry(band.key.as_str()).or_default();
            sum.people += group.people;
            sum.leaders += group.leaders;
        }
    }
    let row = |band: &crate::definition::Band| BreakdownRow {
        key: band.key.clone(),
        label_vi: band.label_vi.clone(),
        label_en: band.label_en.clone(),
        figures: sums.get(band.key.as_str()).copied().unwrap_or_default(),
    };
    breakdown.bands.iter().map(row).collect()
}

/// A line for every ward that belongs in the report, and for every other that has people.
fn ward_rows(
    groups: &BTreeMap<Option<String>, Group>,
    wards: &BTreeMap<WardId, WardSource>,
) -> Vec<BreakdownRow> {
    let row = |key: &str, vi: &str, en: &str, figures: Group| BreakdownRow {
        key: key.to_owned(),
        label_vi: vi.to_owned(),
        label_en: en.to_owned(),
        figures,
    };
    let known = wards.iter().map(|(ward, source)| {
        let figures = groups.get(&Some(ward.as_str().to_owned())).copied().unwrap_or_default();
        row(ward.as_str(), &source.name, &source.name, figures)
    });
    let is_known = |key: &str| wards.keys().any(|ward| ward.as_str() == key);
    let others = groups.iter().filter_map(|(key, group)| match key.as_deref() {
        Some(key) if is_known(key) => None,
        None | Some("") => Some(row("", "Chưa gắn phường", "No ward yet", *group)),
        Some(key) => Some(row(key, key, key, *group)),
    });
    known.chain(others).collect()
}
