//! The administrative units of before and after 1 July 2025, and how the ones became the others.
//!
//! A five-digit code was given to another ward in 3,316 of 3,321 cases, so a unit has an id of
//! its own: `25888.1` held the code until 2025-06-30, `25888.2` holds it from 2025-07-01. The
//! data holds two eras; a later reform adds a third, never changes these.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::date::PartialDate;
use crate::names::fold;

/// All units.
#[derive(Debug)]
pub struct Units {
    /// Every ward, commune, township and special zone, by era and code; also the 5 island
    /// districts that had no wards.
    pub all: Vec<Unit>,
    index: BTreeMap<String, usize>,
    /// Folded full names, made at the first search only.
    folded: OnceLock<Vec<String>>,
    districts: BTreeMap<String, Area>,
    provinces: [BTreeMap<String, Area>; 2],
    successors: BTreeMap<String, Vec<(usize, How)>>,
}

/// One ward, commune, township or special zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Our id: the code, a point, 1 for legacy or 2 for the present; fits `base::WardId`.
    pub id: String,
    /// The official code, five digits (three for an island district).
    pub code: String,
    /// The name with its kind: `Phường Uyên Hưng`.
    pub name: String,
    /// Code of catalog `unit_type`: `phuong`, `xa`, `thi_tran`, `dac_khu`, `huyen`.
    pub kind: &'static str,
    /// The district, before July 2025.
    pub district: Option<Area>,
    /// The province or centrally-run city.
    pub province: Area,
    /// First day; none = since before our records.
    pub valid_from: Option<PartialDate>,
    /// Last day; none = still.
    pub valid_to: Option<PartialDate>,
}

/// A district or a province.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Area {
    /// Three digits for a district, two for a province.
    pub code: String,
    /// The name with its kind.
    pub name: String,
}

/// Where a legacy unit went on 1 July 2025.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Successor {
    /// The present unit.
    pub unit: &'static Unit,
    /// Whether the whole legacy unit went there.
    pub whole: bool,
    /// Of several parts, the most likely one; true for a whole.
    pub default: bool,
}

#[derive(Debug, Clone, Copy)]
struct How {
    whole: bool,
    default: bool,
}

const LAST_OLD_DAY: PartialDate = PartialDate { year: 2025, month: Some(6), day: Some(30) };
const FIRST_NEW_DAY: PartialDate = PartialDate { year: 2025, month: Some(7), day: Some(1) };

/// The units, parsed once.
pub fn units() -> &'static Units {
    static UNITS: OnceLock<Units> = OnceLock::new();
    UNITS.get_or_init(Units::parse)
}

impl Units {
    fn parse() -> Self {
        let mut units = Self {
            all: Vec::new(),
            index: BTreeMap::new(),
            folded: OnceLock::new(),
            districts: BTreeMap::new(),
            provinces: [BTreeMap::new(), BTreeMap::new()],
            successors: BTreeMap::new(),
        };
        for [era, code, name] in rows(include_str!("../data/units/provinces.csv")) {
            units.provinces[usize::from(era == "2")].insert(code.to_owned(), area(code, name));
        }
        let mut province_of = BTreeMap::new();
        for [code, province, name] in rows(include_str!("../data/units/districts.csv")) {
            units.districts.insert(code.to_owned(), area(code, name));
            province_of.insert(code, province);
        }
        for [era, code, parent, name] in rows(include_str!("../data/units/wards.csv")) {
            units.add(era, code, parent, name, &province_of);
        }
        for [old, new, how] in rows(include_str!("../data/units/changes_2025.csv")) {
            let how = How { whole: how == "w", default: how != "p" };
            if let Some(at) = units.index.get(&format!("{new}.2")) {
                units.successors.entry(format!("{old}.1")).or_default().push((*at, how));
            }
        }
        units
    }

    fn add(
        &mut self,
        era: &str,
        code: &str,
        parent: &str,
        name: &str,
        province_of: &BTreeMap<&str, &str>,
    ) {
        let is_new = era == "2";
        let province = if is_new { parent } else { province_of.get(parent).copied().unwrap_or("") };
        let provinces = &self.provinces[usize::from(is_new)];
        let unit = Unit {
            id: format!("{code}.{era}"),
            code: code.to_owned(),
            name: name.to_owned(),
            kind: kind_of(name),
            district: if is_new { None } else { self.districts.get(parent).cloned() },
            province: provinces.get(province).cloned().unwrap_or_default(),
            valid_from: is_new.then_some(FIRST_NEW_DAY),
            valid_to: (!is_new).then_some(LAST_OLD_DAY),
        };
        self.index.insert(unit.id.clone(), self.all.len());
        self.all.push(unit);
    }

    /// A unit by its id.
    pub fn find(&self, id: &str) -> Option<&Unit> {
        self.index.get(id).map(|at| &self.all[*at])
    }

    /// The unit that held a code on a date.
    pub fn by_code_on(&self, code: &str, date: PartialDate) -> Option<&Unit> {
        let era = if is_new(date) { 2 } else { 1 };
        self.find(&format!("{code}.{era}"))
    }

    /// The units of a district on a date, by code (`723` on 2025-06-30: the 12 of Tân Uyên).
    pub fn in_district_on(&self, district: &str, date: PartialDate) -> Vec<&Unit> {
        let inside = |unit: &&Unit| unit.district.as_ref().is_some_and(|d| d.code == district);
        self.on(date).filter(inside).collect()
    }

    /// The units of a province on a date, by code.
    pub fn in_province_on(&self, province: &str, date: PartialDate) -> Vec<&Unit> {
        self.on(date).filter(|unit| unit.province.code == province).collect()
    }

    /// The other units of a unit's city: of its district, or of its province where there is none.
    pub fn neighbours(&self, id: &str) -> Vec<&Unit> {
        let Some(own) = self.find(id) else { return Vec::new() };
        let same_era = |unit: &&Unit| unit.valid_from == own.valid_from && unit.id != own.id;
        let same_city = |unit: &Unit| match &own.district {
            Some(district) => unit.district.as_ref() == Some(district),
            None => unit.province == own.province,
        };
        self.all.iter().filter(same_era).filter(|unit| same_city(unit)).collect()
    }

    /// The districts that existed on a date (none after June 2025), by code.
    pub fn districts_on(&self, date: PartialDate) -> Vec<&Area> {
        if is_new(date) { Vec::new() } else { self.districts.values().collect() }
    }

    /// The provinces that existed on a date, by code.
    pub fn provinces_on(&self, date: PartialDate) -> Vec<&Area> {
        self.provinces[usize::from(is_new(date))].values().collect()
    }

    /// A district by its code.
    pub fn district(&self, code: &str) -> Option<&Area> {
        self.districts.get(code)
    }

    /// Where a legacy unit went, the most likely first; empty for a present one.
    pub fn successors(&'static self, id: &str) -> Vec<Successor> {
        let known = self.successors.get(id).into_iter().flatten();
        let mut found: Vec<Successor> = known
            .map(|(at, how)| Successor {
                unit: &self.all[*at],
                whole: how.whole,
                default: how.default,
            })
            .collect();
        found.sort_by_key(|successor| !successor.default);
        found
    }

    /// Which legacy units went into a present one, by id: the wards that its merger takes in.
    /// `unit` is the legacy unit here; `default` says that this is where most of it went.
    ///
    /// Source: the table of 2025 of `vietnamadminunits` (data/README.md), made after the National
    /// Assembly committee's resolutions on the arrangement of commune-level units of 2025; a part
    /// that went elsewhere is a matter of single addresses, which the table does not hold.
    pub fn predecessors(&'static self, id: &str) -> Vec<Successor> {
        let mut found = Vec::new();
        for (old, edges) in &self.successors {
            let into = edges.iter().find(|(at, _)| self.all[*at].id == id);
            if let (Some((_, how)), Some(unit)) = (into, self.find(old)) {
                found.push(Successor { unit, whole: how.whole, default: how.default });
            }
        }
        found
    }

    /// How one unit went into another: `None` when the 2025 table knows of no such thing. A merger
    /// of wards should be asked about twice when this is `None`, or not `default`.
    pub fn succession(&'static self, from: &str, to: &str) -> Option<Successor> {
        self.successors(from).into_iter().find(|successor| successor.unit.id == to)
    }

    /// Up to `limit` units of a date in whose folded full name words begin with all words of the
    /// text.
    pub fn search(&self, text: &str, date: PartialDate, limit: usize) -> Vec<&Unit> {
        let words = fold(text).replace(',', " ");
        let words: Vec<&str> = words.split_whitespace().collect();
        if words.is_empty() {
            return Vec::new();
        }
        let words: Vec<String> = words.into_iter().map(|word| format!(" {word}")).collect();
        let folded = self.folded.get_or_init(|| {
            self.all.iter().map(|unit| format!(" {}", fold(&unit.full_name()))).collect()
        });
        let fits = |at: usize| {
            self.all[at].valid_on(date) && words.iter().all(|word| folded[at].contains(word))
        };
        (0..self.all.len()).filter(|at| fits(*at)).take(limit).map(|at| &self.all[at]).collect()
    }

    fn on(&self, date: PartialDate) -> impl Iterator<Item = &Unit> {
        self.all.iter().filter(move |unit| unit.valid_on(date))
    }
}

impl Unit {
    /// `Phường Uyên Hưng, Thành phố Tân Uyên, Tỉnh Bình Dương`.
    pub fn full_name(&self) -> String {
        let district = self.district.as_ref().map(|district| district.name.as_str());
        let mut parts = vec![self.name.as_str()];
        parts.extend(district.filter(|name| *name != self.name));
        parts.push(&self.province.name);
        parts.join(", ")
    }

    /// Whether it existed on a date (its earliest day).
    pub fn valid_on(&self, date: PartialDate) -> bool {
        let day = date.earliest();
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }
}

fn is_new(date: PartialDate) -> bool {
    date.earliest() >= FIRST_NEW_DAY
}

fn area(code: &str, name: &str) -> Area {
    Area { code: code.to_owned(), name: name.to_owned() }
}

/// The rows of a table parted by `|`, without its header. Names contain no such sign, which the
/// tests prove by counting.
fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    text.lines().skip(1).filter_map(|line| {
        let cells: Vec<&str> = line.split('|').collect();
        cells.try_into().ok()
    })
}

fn kind_of(name: &str) -> &'static str {
    let kinds = [
        ("phường ", "phuong"),
        ("xã ", "xa"),
        ("thị trấn ", "thi_tran"),
        ("đặc khu ", "dac_khu"),
        ("huyện ", "huyen"),
    ];
    let lower = name.to_lowercase();
    kinds.iter().find(|(prefix, _)| lower.starts_with(prefix)).map_or("", |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_units_of_both_eras_are_there() {
        let all = &units().all;
        let of = |era: &str| all.iter().filter(|unit| unit.id.ends_with(era)).count();
        assert_eq!((of(".1"), of(".2")), (10_040, 3_321));
        assert!(all.iter().all(|unit| !unit.kind.is_empty() && !unit.province.name.is_empty()));
        assert_eq!(units().provinces_on(LAST_OLD_DAY).len(), 63);
        assert_eq!(units().provinces_on(FIRST_NEW_DAY).len(), 34);
        assert_eq!(units().districts_on(LAST_OLD_DAY).len(), 696);
        let edges: usize = units().successors.values().map(Vec::len).sum();
        assert_eq!(edges, 10_602);
    }

    #[test]
    fn a_code_names_another_ward_since_july_2025() {
        let old = units().by_code_on("25888", LAST_OLD_DAY).unwrap();
        assert_eq!(old.full_name(), "Phường Uyên Hưng, Thành phố Tân Uyên, Tỉnh Bình Dương");
        let new = units().by_code_on("25888", FIRST_NEW_DAY).unwrap();
        assert_eq!((new.id.as_str(), new.name.as_str()), ("25888.2", "Phường Tân Uyên"));
        assert!(old.id.parse::<wardbook_base::WardId>().is_ok());
    }

    #[test]
    fn tan_uyen_had_twelve_wards_and_each_went_somewhere() {
        let wards = units().in_district_on("723", LAST_OLD_DAY);
        assert_eq!(wards.len(), 12);
        assert_eq!(units().district("723").map(|d| d.name.as_str()), Some("Thành phố Tân Uyên"));
        assert!(units().in_district_on("723", FIRST_NEW_DAY).is_empty());
        assert!(wards.iter().all(|ward| units().successors(&ward.id)[0].default));
        assert!(units().successors("25888.2").is_empty());
    }

    #[test]
    fn a_merger_is_known_from_both_sides() {
        // Phường Tân Uyên: three whole units of the old city and its surroundings, and a part.
        let into = units().predecessors("25888.2");
        let ids: Vec<_> = into.iter().map(|old| (old.unit.id.as_str(), old.whole)).collect();
        let expected =
            [("25888.1", true), ("25903.1", true), ("25918.1", false), ("25930.1", true)];
        assert_eq!(ids, expected);
        for old in &into {
            let edge = units().succession(&old.unit.id, "25888.2").unwrap();
            assert_eq!((edge.whole, edge.default), (old.whole, old.default));
        }
        assert_eq!(units().succession("25888.1", "00004.2"), None);
        assert!(units().predecessors("25888.1").is_empty());
        // Every edge is seen from its other end too.
        let seen: usize = units()
            .all
            .iter()
            .filter(|unit| unit.id.starts_with("258"))
            .map(|unit| units().predecessors(&unit.id).len())
            .sum();
        let edges = units().successors.values().flatten();
        let there = edges.filter(|(at, _)| units().all[*at].id.starts_with("258")).count();
        assert_eq!(seen, there);
    }

    #[test]
    fn a_split_ward_has_one_default_successor_that_comes_first() {
        let split = units().successors.iter().filter(|(_, to)| to.len() > 1);
        let split: Vec<&String> = split.map(|(id, _)| id).collect();
        assert_eq!(split.len(), 471);
        for id in split {
            let to = units().successors(id);
            assert!(to[0].default && !to[0].whole && !to[1].default, "{id}");
        }
    }

    #[test]
    fn units_are_found_by_words_without_marks() {
        let found = units().search("uyen hung, tan uyen", LAST_OLD_DAY, 5);
        assert_eq!(found.first().map(|unit| unit.id.as_str()), Some("25888.1"));
        assert!(units().search(" ", LAST_OLD_DAY, 5).is_empty());
    }
}
