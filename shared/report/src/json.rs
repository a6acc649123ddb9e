//! A report for other programs.

use serde_json::{Map, Value, json};
use wardbook_record::Lang;

use crate::report::{Breakdown, Report};
use crate::table::share;

impl Report {
    /// `{"totals":{"people","leaders"},"breakdowns":{"sex":[{"key","label","people",..}]},..}`.
    /// Shares are per cent with one digit after the point.
    pub fn to_json(&self, lang: Lang) -> Value {
        let breakdowns: Map<String, Value> = self
            .breakdowns
            .iter()
            .map(|breakdown| (breakdown.key.clone(), self.rows(breakdown, lang)))
            .collect();
        let wards: Vec<Value> = self
            .wards
            .iter()
            .map(|ward| {
                let as_of = ward.as_of.map(|at| at.0);
                json!({ "ward": ward.ward, "name": ward.name, "as_of": as_of })
            })
            .collect();
        let (fresh, all) = self.coverage();
        json!({
            "report": self.id,
            "title": self.title(lang),
            "agency": self.agency,
            "as_of": self.as_of.stored(),
            "totals": { "people": self.totals.people, "leaders": self.totals.leaders },
            "breakdowns": breakdowns,
            "wards": wards,
            "coverage": { "with_figures": fresh, "wards": all },
            "consistent": self.mismatches().is_empty(),
        })
    }

    fn rows(&self, breakdown: &Breakdown, lang: Lang) -> Value {
        let percent = |part: u64, whole: u64| {
            share(part, whole)
                .and_then(|tenths| format!("{}.{}", tenths / 10, tenths % 10).parse::<f64>().ok())
        };
        let row = |row: &crate::report::BreakdownRow| {
            json!({
                "key": row.key,
                "label": row.label(lang),
                "people": row.figures.people,
                "leaders": row.figures.leaders,
                "people_percent": percent(row.figures.people, self.totals.people),
                "leaders_percent": percent(row.figures.leaders, self.totals.leaders),
            })
        };
        Value::Array(breakdown.rows.iter().map(row).collect())
    }
}
