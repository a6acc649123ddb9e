//! Rules over many people: a ward, or what an officer chose (R04, R07, R13, R14, R19, R22, R27).

use std::collections::BTreeMap;

use wardbook_base::DocumentId;

use super::GONE;
use super::due::Due;
use super::finding::Finding;
use super::params::Compare;
use super::planning::planned;
use super::table::RuleSet;
use crate::computed::holds;
use crate::date::PartialDate;
use crate::names::fold;
use crate::person::Person;
use crate::units::{Unit, units};

/// What the rules over many people find among these, as of a date. `ward` is the unit's id, such as
/// `25888.2`; without it nothing is said about locality and establishment.
pub fn evaluate_set(
    rules: &RuleSet,
    people: &[Person],
    ward: Option<&str>,
    as_of: PartialDate,
) -> Vec<Finding> {
    let here: Vec<&Person> = people.iter().filter(|person| is_here(person)).collect();
    let mut out = Vec::new();
    excellent(rules, &here, as_of, &mut out);
    plan_limits(rules, &here, &mut out);
    plan_shares(rules, &here, as_of, &mut out);
    trainings(rules, &here, &mut out);
    if let Some(ward) = ward {
        out.extend(here.iter().filter_map(|person| local(rules, person, ward)));
        establishment(rules, &here, ward, &mut out);
    }
    twice(rules, &here, &mut out);
    out.iter().filter_map(|due| rules.finding(due)).collect()
}

fn is_here(person: &Person) -> bool {
    let gone = person.text("work_status").is_some_and(|status| GONE.contains(&status));
    person.retired().is_none() && !gone
}

fn percent(part: usize, whole: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "counts of people stay far below 2^53")]
    let percent = part as f64 * 100.0 / whole.max(1) as f64;
    format!("{percent:.1}").replace('.', ",")
}

/// R04: in the last year that was rated, in the agency and among leaders and others.
fn excellent(rules: &RuleSet, people: &[&Person], as_of: PartialDate, out: &mut Vec<Due>) {
    let Some(rule) = &rules.params.r04 else { return };
    let ratings = people.iter().flat_map(|person| {
        let rows = person.rows("evaluations");
        rows.filter_map(move |(_, row)| Some((row.int("year")?, row.text("rating")?, *person)))
    });
    let ratings: Vec<_> = ratings.collect();
    let Some(year) = ratings.iter().map(|(year, _, _)| *year).max() else { return };
    for (group, leader) in
        [("cả cơ quan", None), ("nhóm lãnh đạo", Some(true)), ("nhóm không lãnh đạo", Some(false))]
    {
        let count = |code: &str| {
            let fits = |(y, rating, person): &&(i64, &str, &Person)| {
                let peer = leader.is_none_or(|leader| holds(person, "leader", as_of) == leader);
                *y == year && *rating == code && peer
            };
            ratings.iter().filter(fits).count()
        };
        let (excellent, good) = (count("HTXSNV"), count("HTTNV"));
        let over = |limit: u8| excellent * 100 > usize::from(limit) * good;
        let (code, limit) = match () {
            () if over(rule.exception_percent) => ("over", rule.exception_percent),
            () if over(rule.percent) => ("exception", rule.percent),
            () => continue,
        };
        let found = Due::new("R04", code).with("year", year).with("group", group);
        let found = found.with("excellent", excellent).with("good", good);
        out.push(found.with("percent", percent(excellent, good)).with("limit", limit));
    }
}

/// R13: so many people for one post of a term at most.
fn plan_limits(rules: &RuleSet, people: &[&Person], out: &mut Vec<Due>) {
    let Some(rule) = &rules.params.r13 else { return };
    let mut posts: BTreeMap<(&str, &str), Vec<DocumentId>> = BTreeMap::new();
    for person in people {
        for (_, row) in planned(person) {
            let (term, title) = (row.text("term").unwrap_or_default(), row.text("title"));
            posts.entry((term, title.unwrap_or_default())).or_default().push(person.id);
        }
    }
    for ((term, title), people) in posts {
        if people.len() > usize::from(rule.people_per_post) {
            let found = Due::new("R13", "too_many_people").with("term", term);
            let found = found.with_code("title", "current_title", title);
            let found = found.with("count", people.len()).with("limit", rule.people_per_post);
            out.push(Due { people, ..found });
        }
    }
}

/// R14: the shares of the young and of women among all who are planned.
fn plan_shares(rules: &RuleSet, people: &[&Person], as_of: PartialDate, out: &mut Vec<Due>) {
    let Some(rule) = &rules.params.r14 else { return };
    let all: Vec<&&Person> = people.iter().filter(|p| planned(p).next().is_some()).collect();
    let total = all.len();
    let young = |person: &&&&Person| {
        let birth = person.date("birth_date");
        birth.is_some_and(|birth| birth.years_until(as_of) < i32::from(rule.young_below))
    };
    let count = all.iter().filter(young).count();
    let below = |count: usize, limit: u8| count * 100 < usize::from(limit) * total;
    if below(count, rule.young_percent) {
        let found = Due::new("R14", "young").with("age", rule.young_below).with("count", count);
        let found = found.with("total", total).with("percent", percent(count, total));
        out.push(found.with("limit", rule.young_percent));
    }
    let count = all.iter().filter(|person| person.text("sex") == Some("F")).count();
    if below(count, rule.female_percent) {
        let found = Due::new("R14", "female").with("count", count).with("total", total);
        out.push(found.with("percent", percent(count, total)).with("limit", rule.female_percent));
    }
}

/// R19: turns completed against turns planned, by year.
fn trainings(rules: &RuleSet, people: &[&Person], out: &mut Vec<Due>) {
    let Some(rule) = &rules.params.r19 else { return };
    let mut years: BTreeMap<u16, (usize, usize)> = BTreeMap::new();
    for (_, row) in people.iter().flat_map(|person| person.rows("training_plan_items")) {
        let Some(year) = row.int("year").and_then(|year| u16::try_from(year).ok()) else {
            continue;
        };
        let (done, planned) = years.entry(year).or_default();
        *done += usize::from(row.text("status") == Some("hoan_thanh"));
        *planned += 1;
    }
    for (year, (done, planned)) in years {
        if done * 100 < usize::from(rule.percent) * planned {
            let found = Due::new("R19", "turns").with("year", year).with("count", done);
            let found = found.with("total", planned).with("percent", percent(done, planned));
            out.push(PartialDate::full(year, 12, 31).map_or(found.clone(), |day| found.on(day)));
        }
    }
}

/// R07: whether the locality of a key post and of its holder are one, at the level of the rule.
fn local(rules: &RuleSet, person: &Person, ward: &str) -> Option<Due> {
    let rule = rules.params.r07.as_ref()?;
    let title = person.text("current_title")?;
    if !rule.posts.iter().any(|post| post == title) {
        return None;
    }
    let here = places(ward, rule.compare);
    let is_here = |field: &str| {
        let unit = person.text(&format!("{field}.unit"))?;
        places(unit, rule.compare).iter().any(|place| here.contains(place)).then_some(())?;
        units().find(unit)
    };
    let place = is_here("home_town").or_else(|| is_here("current_address"))?;
    let found = Due::new("R07", "local").field("home_town");
    let found = found.with_code("title", "current_title", title).with("place", place.full_name());
    Some(Due { people: vec![person.id], ..found })
}

/// The units that a unit is, at a level: itself and what it became, or their district or province.
fn places(unit: &str, level: Compare) -> Vec<String> {
    let successors = units().successors(unit).into_iter().map(|successor| successor.unit);
    let all: Vec<&Unit> = units().find(unit).into_iter().chain(successors).collect();
    let name = |unit: &&Unit| match level {
        Compare::Commune => Some(unit.id.clone()),
        Compare::District => unit.district.as_ref().map(|area| format!("d{}", area.code)),
        // Of before and after 2025 both: a province keeps its code when it takes another in.
        Compare::Province => Some(format!("p{}", unit.province.code)),
    };
    all.iter().filter_map(name).collect()
}

/// R22: people against the allotted numbers, which only the city knows.
fn establishment(rules: &RuleSet, people: &[&Person], ward: &str, out: &mut Vec<Due>) {
    let allotted = rules.params.r22.iter().flat_map(|rule| &rule.allotted);
    for (place, limit) in allotted {
        let (unit, division) =
            place.split_once('/').map_or((place.as_str(), None), |(u, d)| (u, Some(d)));
        if unit != ward {
            continue;
        }
        let inside = |person: &&&Person| division.is_none() || person.text("org_unit") == division;
        let count = people.iter().filter(inside).count();
        let group = match division {
            Some(division) => format!("item:ward_org_unit:{division}"),
            None => units().find(unit).map_or_else(|| unit.to_owned(), Unit::full_name),
        };
        let code = match count.cmp(&usize::try_from(*limit).unwrap_or(usize::MAX)) {
            std::cmp::Ordering::Greater => "over",
            std::cmp::Ordering::Less => "short",
            std::cmp::Ordering::Equal => continue,
        };
        let found = Due::new("R22", code).with("group", group).with("count", count);
        out.push(found.with("limit", limit));
    }
}

/// R27: one number in several records, or one name, birth and home town.
fn twice(rules: &RuleSet, people: &[&Person], out: &mut Vec<Due>) {
    if rules.params.r27.is_none() {
        return;
    }
    let mut numbers: BTreeMap<&str, Vec<DocumentId>> = BTreeMap::new();
    let mut names: BTreeMap<(String, String, String), Vec<DocumentId>> = BTreeMap::new();
    for person in people {
        if let Some(number) = person.text("person_id_no") {
            numbers.entry(number).or_default().push(person.id);
        }
        let home = person.text("home_town.text").or_else(|| person.text("home_town.unit"));
        if let (Some(name), Some(birth), Some(home)) =
            (person.text("full_name"), person.date("birth_date"), home)
        {
            let key = (fold(name), birth.stored(), fold(home));
            names.entry(key).or_default().push(person.id);
        }
    }
    let same_number = numbers.into_iter().filter(|(_, people)| people.len() > 1);
    let same_number: Vec<Due> = same_number
        .map(|(number, people)| {
            let found = Due::new("R27", "same_number").field("person_id_no");
            let found = found.with("number", number).with("count", people.len());
            Due { people, ..found }
        })
        .collect();
    for people in names.into_values().filter(|people| people.len() > 1) {
        if same_number.iter().any(|known| known.people == people) {
            continue;
        }
        let found = Due::new("R27", "same_person").field("full_name").with("count", people.len());
        out.push(Due { people, ..found });
    }
    out.extend(same_number);
}
