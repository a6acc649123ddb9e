//! The store's counting equals the fold, for people of every kind.

use std::sync::Arc;

use wardbook_base::{Dice, DocumentId, ManualClock, SeededDice, SystemDice, Timestamp, WardId};
use wardbook_record::Graded;
use wardbook_store::{Role, Store, StoreConfig, StoreError};

use super::*;
use crate::definition::definition;
use crate::report::{LEADERS_QUALITY, Report, WardSource, leaders_quality};

fn one_of(dice: &dyn Dice, from: &[&str]) -> Option<String> {
    let at = usize::try_from(dice.below(from.len() as u64 + 1)).unwrap();
    from.get(at).map(|&text| text.to_owned())
}

fn graded(code: Option<String>) -> Option<Graded> {
    code.map(|code| Graded { code, level: 1 })
}

/// Anybody, with unknown, odd and future values among the ordinary ones.
fn somebody(dice: &dyn Dice) -> PersonRow {
    let births = [
        "1960",
        "1994-06",
        "1994-06-30",
        "1994-07-01",
        "1984-06-30",
        "1974-01-02",
        "1964-12-31",
        "1964-06-30",
        "2025-06-30",
        "2030",
    ];
    let facts = Facts {
        full_name: "Trần Thị B".to_owned(),
        sex: one_of(dice, &["M", "F", "x"]),
        birth_date: one_of(dice, &births).map(|text| text.parse().unwrap()),
        qualification: graded(one_of(dice, &["tskh", "tien_si", "thac_si", "dai_hoc", "?"])),
        political_theory: graded(one_of(dice, &["00", "01", "02", "03", "04"])),
        work_status: one_of(dice, &["dang_lam_viec", "da_nghi_huu", "tu_tran", "biet_phai"]),
        is_leader: dice.below(3) == 0,
        retired: (dice.below(9) == 0).then(|| "nhập trùng".to_owned()),
        ..Facts::default()
    };
    PersonRow {
        document: DocumentId::random(dice),
        ward: one_of(dice, &["25888.1", "25930.1"]).unwrap_or_default().parse().unwrap_or_default(),
        facts,
        heads: Vec::new(),
        updated_at: Timestamp(dice.below(1_000).cast_signed()),
    }
}

#[test]
fn counting_in_the_store_equals_the_fold() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(Timestamp(1_751_241_600_000)));
    let config = StoreConfig::new(folder.path(), Role::Hub);
    let store = Store::open(&config, clock, Arc::new(SystemDice)).unwrap();
    let definition = definition(LEADERS_QUALITY).unwrap();
    let mut people = Vec::new();
    for (seed, size) in [(1, 1), (2, 7), (3, 60), (4, 200)] {
        let dice = SeededDice::new(seed);
        let more: Vec<PersonRow> = (0..size).map(|_| somebody(&dice)).collect();
        store
            .write(|tx| -> Result<(), StoreError> {
                more.iter().try_for_each(|person| tx.put_person(person))
            })
            .unwrap();
        people.extend(more);
        for as_of in ["2025-06-30", "2025-07", "2025", "1994-06-30"] {
            let as_of = as_of.parse().unwrap();
            let counted = store.read(|tx| count(tx, definition, as_of)).unwrap();
            assert_eq!(counted, fold(definition, as_of, &people), "seed {seed}, {as_of}");
        }
    }
}

/// Numbers are numbers, the heading is there, and a sheet stands for every table.
fn the_workbook_says_the_same(report: &Report) {
    use calamine::{DataType as _, Reader as _, Xlsx};
    let lang = wardbook_record::Lang::Vi;
    let bytes = report.to_xlsx(lang).unwrap();
    assert_eq!(bytes, report.to_xlsx(lang).unwrap(), "the same bytes each time");
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
    let tables = report.tables(lang);
    assert_eq!(book.sheet_names().len(), tables.len());
    let cells = book.worksheet_range("Giới tính").unwrap();
    let said: Vec<String> = cells.cells().map(|(_, _, cell)| cell.to_string()).collect();
    assert!(said.contains(&"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM".to_owned()), "{said:?}");
    assert!(said.iter().any(|text| text == report.title(lang)));
    let total = cells.rows().next_back().unwrap();
    assert_eq!(total[0].get_string(), Some("Tổng số"));
    let counts = [1, 3].map(|at| total[at].get_float());
    #[expect(clippy::cast_precision_loss, reason = "few people")]
    let expected = [report.totals.people as f64, report.totals.leaders as f64].map(Some);
    assert_eq!(counts, expected);
    assert_eq!(total[2].get_float(), Some(1.0), "a share is a number");
}

#[test]
fn lines_add_up_and_wards_without_people_are_lines_too() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(Timestamp(1_751_241_600_000)));
    let config = StoreConfig::new(folder.path(), Role::Hub);
    let store = Store::open(&config, clock, Arc::new(SystemDice)).unwrap();
    let dice = SeededDice::new(5);
    let people: Vec<PersonRow> = (0..80).map(|_| somebody(&dice)).collect();
    store
        .write(|tx| -> Result<(), StoreError> { people.iter().try_for_each(|p| tx.put_person(p)) })
        .unwrap();
    let ward = |code: &str, name: &str, as_of| {
        (code.parse::<WardId>().unwrap(), WardSource { name: name.to_owned(), as_of })
    };
    let wards = [
        ward("25888.1", "Phường Uyên Hưng", Some(Timestamp(1_751_241_600_000))),
        ward("25937.1", "Xã Thạnh Hội", None),
    ];
    let as_of = "2025-06-30".parse().unwrap();
    let report: Report =
        store.read(|tx| leaders_quality(tx, as_of, &wards.clone().into())).unwrap();
    assert_eq!(report.mismatches(), []);
    assert!(report.totals.people > 20 && report.totals.leaders > 3);
    let by_ward = report.breakdown("ward").unwrap();
    assert_eq!(by_ward.row("25937.1").unwrap().figures, Group::default());
    assert!(by_ward.row("25930.1").unwrap().figures.people > 0, "people of another ward count");
    assert!(by_ward.row("").unwrap().figures.people > 0, "and people without a ward");
    assert_eq!(report.coverage(), (1, 2));
    let text = report.to_text(wardbook_record::Lang::Vi);
    assert!(text.contains("của 1/2 phường, xã"), "{text}");
    let json = report.to_json(wardbook_record::Lang::Vi);
    assert_eq!(json["totals"]["people"], report.totals.people);
    assert_eq!(json["breakdowns"]["age"][0]["key"], "den_30");
    the_workbook_says_the_same(&report);
    assert_eq!(report.charts(wardbook_record::Lang::En).len(), 5);

    let broken = Report { totals: Group { people: 1, leaders: 0 }, ..report };
    assert_eq!(broken.mismatches().len(), 5, "a wrong total is noticed");
}
