//! The statistics of one office: its staff told apart in several ways, and who came and went.

use std::collections::BTreeMap;

use wardbook_record::{Lang, PartialDate, catalogs};
use wardbook_store::PersonRow;

use crate::definition::definition;
use crate::error::ReportError;
use crate::report::Report;
use crate::table::{Cell, Chart, Table};
use crate::tally::fold;
use crate::xlsx::{Heading, workbook};

/// The definition behind the statistics of an office.
pub const WARD_STAFF: &str = "ward_staff";

/// The key of the table and chart of who came and went.
pub const MOVEMENTS: &str = "movements";

/// So many years are shown, the present one included.
const YEARS: u16 = 5;

/// The figures of one office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// Who works there.
    pub staff: Report,
    /// By kind of movement and year: turns, not people.
    turns: BTreeMap<String, BTreeMap<u16, u64>>,
}

/// Which way a kind of movement goes, in the order of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
    Around,
    Stay,
}

impl Way {
    const SHOWN: [Self; 3] = [Self::In, Self::Out, Self::Around];

    const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::In => lang.pick("Đến", "Came"),
            Self::Out => lang.pick("Đi, nghỉ, thôi việc", "Left"),
            Self::Around => {
                lang.pick("Điều động, luân chuyển, biệt phái", "Transferred, rotated, lent")
            }
            Self::Stay => lang.pick("Thay đổi tại chỗ", "Changes within"),
        }
    }
}

impl Statistics {
    /// Counts people and movements. Everybody of the office is handed in, those who left too: their
    /// movements count, they themselves do not.
    ///
    /// # Errors
    /// When the definition is not there.
    pub fn count(people: &[PersonRow], as_of: PartialDate) -> Result<Self, ReportError> {
        let definition =
            definition(WARD_STAFF).ok_or(ReportError::Unknown(WARD_STAFF.to_owned()))?;
        let tally = fold(definition, as_of, people);
        let staff = Report::of(definition, &tally, as_of, &BTreeMap::new());
        let mut turns: BTreeMap<String, BTreeMap<u16, u64>> = BTreeMap::new();
        let years = first_year(as_of)..=as_of.year;
        for moved in people
            .iter()
            .filter(|person| person.facts.retired.is_none())
            .flat_map(|person| &person.facts.moves)
            .filter(|moved| years.contains(&moved.on.year) && moved.on.earliest() <= as_of.latest())
        {
            *turns.entry(moved.kind.clone()).or_default().entry(moved.on.year).or_default() += 1;
        }
        Ok(Self { staff, turns })
    }

    /// The years of the movements, oldest first.
    pub fn years(&self) -> impl Iterator<Item = u16> {
        first_year(self.staff.as_of)..=self.staff.as_of.year
    }

    /// A table a breakdown, then the movements.
    pub fn tables(&self, lang: Lang) -> Vec<Table> {
        // The last table of the report tells how fresh each ward's figures are; here is one ward.
        let mut tables = self.staff.tables(lang);
        tables.pop();
        tables.push(self.movements(lang));
        tables
    }

    /// A chart a breakdown, then the movements by year.
    pub fn charts(&self, lang: Lang) -> Vec<Chart> {
        let staff = self.staff.breakdowns.iter().map(|breakdown| Chart {
            key: breakdown.key.clone(),
            title: breakdown.title(lang).to_owned(),
            category: breakdown.title(lang).to_owned(),
            series: vec![
                lang.pick("Toàn thể", "All staff").to_owned(),
                lang.pick("Trong đó lãnh đạo, quản lý", "Of these leaders").to_owned(),
            ],
            bars: breakdown
                .rows
                .iter()
                .map(|row| {
                    (row.label(lang).to_owned(), vec![row.figures.people, row.figures.leaders])
                })
                .collect(),
            stacked: false,
        });
        let turns = |way: Way, year: u16| -> u64 {
            let of_way = self.turns.iter().filter(|(kind, _)| way_of(kind) == way);
            of_way.filter_map(|(_, years)| years.get(&year)).sum()
        };
        let movements = Chart {
            key: MOVEMENTS.to_owned(),
            title: title(lang).to_owned(),
            category: lang.pick("Năm", "Year").to_owned(),
            series: Way::SHOWN.iter().map(|way| way.label(lang).to_owned()).collect(),
            bars: self
                .years()
                .map(|year| {
                    let values = Way::SHOWN.iter().map(|way| turns(*way, year)).collect();
                    (year.to_string(), values)
                })
                .collect(),
            stacked: false,
        };
        staff.chain([movements]).collect()
    }

    /// The day of the figures.
    pub fn as_of_words(&self, lang: Lang) -> String {
        let day = self.staff.as_of;
        match lang {
            Lang::Vi => format!("Số liệu tính đến ngày {day}."),
            Lang::En => format!("Figures as of {day}."),
        }
    }

    /// The tables as a workbook: all of them, or the one of a key.
    ///
    /// # Errors
    /// When the workbook cannot be written.
    pub fn to_xlsx(&self, lang: Lang, key: Option<&str>) -> Result<Vec<u8>, ReportError> {
        let mut tables = self.tables(lang);
        tables.retain(|table| key.is_none_or(|key| table.key == key));
        let as_of = self.as_of_words(lang);
        let heading =
            Heading { title: self.staff.title(lang), agency: &self.staff.agency, as_of: &as_of };
        workbook(&heading, &tables, &self.charts(lang))
    }

    /// A line for every kind that occurred, in the order of the list, and their sum.
    fn movements(&self, lang: Lang) -> Table {
        let years: Vec<u16> = self.years().collect();
        let mut columns =
            vec![lang.pick("Loại biến động (lượt)", "Kind of movement (turns)").to_owned()];
        columns.extend(years.iter().map(u16::to_string));
        columns.push(lang.pick("Cộng", "Sum").to_owned());
        let line = |label: &str, counts: Vec<u64>| {
            let sum = counts.iter().sum();
            let counts = counts.into_iter().chain([sum]).map(Cell::Count);
            std::iter::once(Cell::Text(label.to_owned())).chain(counts).collect::<Vec<_>>()
        };
        let mut kinds: Vec<&String> = self.turns.keys().collect();
        kinds.sort_by_key(|kind| item(kind).map_or(u32::MAX, |item| item.sort));
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        let mut sums = vec![0; years.len()];
        for kind in kinds {
            let of_kind = &self.turns[kind];
            let counts: Vec<u64> =
                years.iter().map(|year| of_kind.get(year).copied().unwrap_or(0)).collect();
            sums.iter_mut().zip(&counts).for_each(|(sum, count)| *sum += count);
            let label = item(kind).map_or(kind.as_str(), |item| item.label(lang));
            rows.push(line(
                &format!("{label} ({})", way_of(kind).label(lang).to_lowercase()),
                counts,
            ));
        }
        rows.push(line(lang.pick("Tổng số", "Total"), sums));
        Table {
            key: MOVEMENTS.to_owned(),
            title: title(lang).to_owned(),
            columns,
            rows,
            has_total: true,
        }
    }
}

const fn title(lang: Lang) -> &'static str {
    lang.pick("Biến động nhân sự trong 5 năm", "Movements of staff in 5 years")
}

const fn first_year(as_of: PartialDate) -> u16 {
    as_of.year.saturating_sub(YEARS - 1)
}

fn item(kind: &str) -> Option<&'static wardbook_record::Item> {
    catalogs().get("movement_type")?.item(kind)
}

fn way_of(kind: &str) -> Way {
    match item(kind).and_then(|item| item.attribute("headcount")) {
        Some("in") => Way::In,
        Some("out") => Way::Out,
        Some("both") => Way::Around,
        _ => Way::Stay,
    }
}

#[cfg(test)]
mod tests {
    use wardbook_base::{DocumentId, Timestamp, WardId};
    use wardbook_record::{Facts, Move};

    use super::*;

    fn somebody(id: u8, status: &str, moves: &[(&str, &str)]) -> PersonRow {
        let facts = Facts {
            sex: Some(if id.is_multiple_of(2) { "F" } else { "M" }.to_owned()),
            work_status: Some(status.to_owned()),
            party_member: id < 3,
            rank_code: (id == 1).then(|| "01.003".to_owned()),
            moves: moves
                .iter()
                .map(|(kind, on)| Move { kind: (*kind).to_owned(), on: on.parse().unwrap() })
                .collect(),
            ..Facts::default()
        };
        PersonRow {
            document: DocumentId([id; 16]),
            ward: WardId::default(),
            facts,
            heads: Vec::new(),
            updated_at: Timestamp(0),
        }
    }

    fn statistics() -> Statistics {
        let people = [
            somebody(1, "dang_lam_viec", &[("tuyen_dung", "2024-03"), ("bo_nhiem", "2025-02-01")]),
            somebody(2, "dang_lam_viec", &[("dieu_dong", "2025-07-01"), ("tuyen_dung", "2015")]),
            somebody(3, "da_nghi_huu", &[("nghi_huu", "2025-06-01"), ("nghi_huu", "2030-01-01")]),
        ];
        Statistics::count(&people, "2025-10-15".parse().unwrap()).unwrap()
    }

    #[test]
    fn who_left_is_not_counted_but_the_leaving_is() {
        let found = statistics();
        assert_eq!(found.staff.totals.people, 2);
        assert!(found.staff.mismatches().is_empty());
        assert_eq!(found.staff.breakdown("party").unwrap().row("co").unwrap().figures.people, 2);
        assert_eq!(found.staff.breakdown("rank").unwrap().row("cv").unwrap().figures.people, 1);
        let chart = found.charts(Lang::Vi).pop().unwrap();
        assert_eq!(chart.bars.first().unwrap().0, "2021");
        assert_eq!(chart.bars[3], ("2024".to_owned(), vec![1, 0, 0]));
        assert_eq!(chart.bars[4], ("2025".to_owned(), vec![0, 1, 1]));
    }

    #[test]
    fn movements_stand_by_kind_and_year_with_their_sum() {
        let table = statistics().tables(Lang::Vi).pop().unwrap();
        assert_eq!(table.columns.len(), 7);
        let last = table.rows.last().unwrap();
        let shown: Vec<String> = last.iter().map(|cell| cell.show(Lang::Vi)).collect();
        assert_eq!(shown, ["Tổng số", "0", "0", "0", "1", "3", "4"]);
        assert_eq!(table.rows.len(), 5, "four kinds and the sum: {:?}", table.rows);
    }

    #[test]
    fn each_chart_has_its_table_and_its_workbook() {
        let found = statistics();
        let keys =
            |lang| -> Vec<String> { found.charts(lang).into_iter().map(|c| c.key).collect() };
        let tables: Vec<String> = found.tables(Lang::Vi).into_iter().map(|t| t.key).collect();
        assert_eq!(tables, ["sex", "age", "qualification", "rank", "party", "movements"]);
        assert_eq!(keys(Lang::Vi), tables);
        for key in &tables {
            assert!(found.to_xlsx(Lang::Vi, Some(key)).unwrap().starts_with(b"PK"));
        }
        assert!(found.to_xlsx(Lang::En, None).unwrap().len() > 5_000);
    }
}
