//! Generated cities: invented people in real wards, the same for the same seed.
//!
//! Thành phố Tân Uyên has the figures of seed S1 (domain text, F08-F15): 2,886 people, 244 leaders
//! with their qualifications and political theory. Nobody here exists; names are put together from
//! lists of common ones.

mod names;
mod people;

use std::io;
use std::path::{Path, PathBuf};

use wardbook_base::SeededDice;
use wardbook_record::units::units;
use wardbook_record::{Lang, PartialDate};
use wardbook_sheet::{Column, column, workbook};

use people::{Education, Maker, Place};

/// The day as of which the city is told.
const AS_OF: (u16, u8, u8) = (2025, 6, 30);
const TAN_UYEN: &str = "723";
/// People of each of the twelve wards, in the order of their codes: 2,886 in all.
const PEOPLE: [usize; 12] = [310, 262, 255, 248, 251, 270, 205, 168, 231, 214, 142, 330];
/// The leaders of the city: how many hold which qualification (F09-F13: 244 in all) ...
const QUALIFICATIONS: [(&str, usize); 5] =
    [("Tiến sĩ", 1), ("Thạc sĩ", 41), ("Đại học", 198), ("Cao đẳng", 3), ("Trung cấp", 1)];
/// ... and which political theory (F14, F15, and 2 others).
const POLITICAL_THEORY: [(&str, usize); 4] =
    [("Cao cấp", 85), ("Trung cấp", 157), ("Sơ cấp", 1), ("Chưa qua đào tạo", 1)];

/// The wards of a legacy district on 2025-06-30, by code.
pub fn wards_of(district: &str) -> Vec<String> {
    units().in_district_on(district, as_of()).iter().map(|unit| unit.id.clone()).collect()
}

/// The wards of a province on 2025-06-30, by code.
pub fn wards_of_province(province: &str) -> Vec<String> {
    units().in_province_on(province, as_of()).iter().map(|unit| unit.id.clone()).collect()
}

fn as_of() -> PartialDate {
    let (year, month, day) = AS_OF;
    PartialDate::full(year, month, day).expect("a date")
}

/// Writes one workbook a ward of thành phố Tân Uyên: (ward, file).
///
/// # Errors
/// When a file cannot be written.
pub fn write_tan_uyen(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    std::fs::create_dir_all(folder)?;
    let wards = wards_of(TAN_UYEN);
    assert_eq!(wards.len(), PEOPLE.len(), "the wards of the city");
    let leaders = leaders_of_the_city();
    let mut next_leader = leaders.iter();
    let dice = SeededDice::new(2023);
    let mut maker = Maker::new(&dice, 0);
    let mut files = Vec::new();
    for (index, (ward, people)) in wards.into_iter().zip(PEOPLE).enumerate() {
        let share =
            leaders.len() / PEOPLE.len() + usize::from(index < leaders.len() % PEOPLE.len());
        let place = Place::of(&ward);
        let mut rows: Vec<Vec<String>> = next_leader
            .by_ref()
            .take(share)
            .enumerate()
            .map(|(n, e)| maker.leader(&place, n, e))
            .collect();
        rows.extend((share..people).map(|_| maker.staff(&place)));
        let file = folder.join(format!("{}.xlsx", ward.replace('.', "-")));
        save(&file, &rows)?;
        files.push((ward, file));
    }
    Ok(files)
}

/// Writes the workbook of one ward with so many invented people, a tenth of them leaders. Other
/// seeds give other people.
///
/// # Errors
/// When the file cannot be written.
pub fn write_ward(file: &Path, ward: &str, people: usize, seed: u64) -> io::Result<()> {
    save(file, &people_of_ward(ward, people, seed))
}

fn people_of_ward(ward: &str, people: usize, seed: u64) -> Vec<Vec<String>> {
    let dice = SeededDice::new(seed);
    let mut maker = Maker::new(&dice, seed);
    let place = Place::of(ward);
    let educated = Education { qualification: "Đại học", political_theory: "Trung cấp" };
    let leaders = (people / 10).min(20);
    let mut rows: Vec<Vec<String>> =
        (0..leaders).map(|n| maker.leader(&place, n, &educated)).collect();
    rows.extend((leaders..people).map(|_| maker.staff(&place)));
    rows
}

/// The 244 leaders, the few and the many dealt out over the wards.
fn leaders_of_the_city() -> Vec<Education> {
    let deal = |counts: &[(&'static str, usize)]| -> Vec<&'static str> {
        counts.iter().flat_map(|(label, n)| std::iter::repeat_n(*label, *n)).collect()
    };
    let (qualifications, theory) = (deal(&QUALIFICATIONS), deal(&POLITICAL_THEORY));
    let n = qualifications.len();
    assert_eq!(n, theory.len());
    // A step that shares no factor with 244 visits each index once, so that no ward gets all masters.
    (0..n)
        .map(|i| Education {
            qualification: qualifications[i * 37 % n],
            political_theory: theory[i * 85 % n],
        })
        .collect()
}

fn save(file: &Path, rows: &[Vec<String>]) -> io::Result<()> {
    let columns: Vec<&Column> = people::COLUMNS
        .iter()
        .map(|key| column(key).unwrap_or_else(|| panic!("no column {key}")))
        .collect();
    let bytes =
        workbook(&columns, rows, Lang::Vi).map_err(|error| io::Error::other(error.to_string()))?;
    std::fs::write(file, bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_figures_of_the_city_add_up() {
        assert_eq!(PEOPLE.iter().sum::<usize>(), 2886);
        let leaders = leaders_of_the_city();
        assert_eq!(leaders.len(), 244);
        let of = |label: &str| leaders.iter().filter(|l| l.qualification == label).count();
        assert_eq!(
            [of("Tiến sĩ"), of("Thạc sĩ"), of("Đại học"), of("Cao đẳng"), of("Trung cấp")],
            [1, 41, 198, 3, 1]
        );
        let of = |label: &str| leaders.iter().filter(|l| l.political_theory == label).count();
        assert_eq!([of("Cao cấp"), of("Trung cấp")], [85, 157]);
    }

    #[test]
    fn most_records_have_all_that_is_required_and_some_lack_a_little() {
        let required: Vec<&Column> =
            wardbook_sheet::columns().iter().filter(|column| column.field.required).collect();
        let day = PartialDate::full(2026, 1, 1).expect("a date");
        let is_filled = |row: &[String], column: &Column| {
            let at = people::COLUMNS.iter().position(|key| *key == column.key);
            let text = at.map_or("", |at| row[at].as_str());
            let read = wardbook_record::parse_typed(column.field, text, day);
            read.is_ok_and(|parts| parts.iter().any(|(_, value)| value.is_some()))
        };
        let rows = people_of_ward("25888.1", 400, 3);
        let lacks = |row: &&Vec<String>| required.iter().any(|column| !is_filled(row, column));
        let incomplete = rows.iter().filter(lacks).count();
        assert!((30..=80).contains(&incomplete), "{incomplete} of 400 are incomplete");
    }

    #[test]
    fn the_same_seed_makes_the_same_people_and_another_seed_others() {
        let numbers = |seed: u64| -> Vec<String> {
            let dice = SeededDice::new(seed);
            let mut maker = Maker::new(&dice, seed);
            let place = Place::of("25888.1");
            let id =
                people::COLUMNS.iter().position(|key| *key == "person_id_no").expect("the column");
            (0..300).map(|_| maker.staff(&place)[id].clone()).collect()
        };
        assert_eq!(numbers(7), numbers(7));
        let both: BTreeSet<String> = numbers(7).into_iter().chain(numbers(8)).collect();
        assert_eq!(both.len(), 600, "every number once");
        assert!(both.iter().all(|number| number.len() == 12 && number.starts_with("074")));
    }
}
