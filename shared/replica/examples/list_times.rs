//! How long the list and the import wizard take with 2,000 people: search, filters, counts, and the
//! preview of 2,000 rows of 60 columns. Prints each figure beside its limit; asserts nothing.
//!
//! `cargo run --release -p wardbook-replica --example list_times`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it measures and prints; nothing depends on it"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use wardbook_base::{ManualClock, SeededDice, Timestamp};
use wardbook_record::{Kind, Lang};
use wardbook_replica::{End, ImportChoices, Replica, ReplicaConfig, Viewer};
use wardbook_sheet::{Column, ReadOptions, columns, workbook};
use wardbook_store::{PeopleFilter, PeopleQuery};

const PEOPLE: usize = 2_000;
const COLUMNS: usize = 60;
const TIMES: usize = 40;

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let config =
        ReplicaConfig { dir: dir.path().to_owned(), end: End::Node, app: "list-times".to_owned() };
    let clock = Arc::new(ManualClock::new(Timestamp(1_749_949_200_000)));
    let replica = Replica::open(config, clock, Arc::new(SeededDice::new(1)))?;
    let viewer = Viewer::system(Lang::Vi);

    let chosen: Vec<&Column> = columns().iter().take(COLUMNS).collect();
    let rows: Vec<Vec<String>> =
        (0..PEOPLE).map(|n| chosen.iter().map(|column| cell(column, n)).collect()).collect();
    let file = workbook(&chosen, &rows, Lang::Vi)?;
    let options = ReadOptions::default();
    let began = Instant::now();
    let preview = replica.preview_import(&viewer, "ds.xlsx", &file, &options)?;
    let (rows, width) = (preview.preview.rows.len(), preview.preview.columns.len());
    tell(&format!("preview of {rows} rows x {width} columns"), began.elapsed(), 3_000);
    let began = Instant::now();
    replica.commit_import(&viewer, &preview.token, &ImportChoices::default(), &mut |_| {})?;
    println!("{:>44}: {:>8.1} ms", "written", began.elapsed().as_secs_f64() * 1000.0);
    let began = Instant::now();
    replica.preview_import(&viewer, "ds.xlsx", &file, &options)?;
    tell("the same beside 2,000 people who are here", began.elapsed(), 3_000);

    for search in ["nguyen van an", "nva", "thị", "0740", "28/02/1990", "lan 1985"] {
        measure(&replica, &viewer, &format!("search {search:?}"), search, PeopleFilter::default())?;
    }
    let women = PeopleFilter { sex: vec!["F".to_owned()], ..PeopleFilter::default() };
    measure(&replica, &viewer, "filter by sex", "", women)?;
    let wrong = PeopleFilter { has_errors: Some(true), ..PeopleFilter::default() };
    measure(&replica, &viewer, "filter by errors", "", wrong)?;
    measure(&replica, &viewer, "everybody", "", PeopleFilter::default())
}

/// The first page and the numbers on the chips, as the page of the list asks for them.
fn measure(
    replica: &Replica,
    viewer: &Viewer,
    what: &str,
    search: &str,
    filter: PeopleFilter,
) -> Result<(), Failed> {
    let query =
        PeopleQuery { search: search.to_owned(), filter, limit: 50, ..PeopleQuery::default() };
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let began = Instant::now();
        replica.people(viewer, &query)?;
        replica.facets(viewer, &query)?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let at = (TIMES * 95).div_ceil(100).saturating_sub(1);
    tell(&format!("{what}, p95 of {TIMES}"), times[at], 50);
    Ok(())
}

fn tell(what: &str, took: Duration, limit_ms: u32) {
    println!("{what:>44}: {:>8.1} ms (limit {limit_ms} ms)", took.as_secs_f64() * 1000.0);
}

/// What stands in a cell of the file: names and numbers of their own, else what fits the field.
fn cell(column: &Column, n: usize) -> String {
    const FAMILY: [&str; 8] = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi"];
    const MIDDLE: [&str; 5] = ["Văn", "Thị", "Hữu", "Minh", "Ngọc"];
    const GIVEN: [&str; 10] =
        ["An", "Bình", "Châu", "Dũng", "Giang", "Hòa", "Lan", "Nga", "Sơn", "Yến"];
    match column.key.as_str() {
        "full_name" => format!("{} {} {}", FAMILY[n % 8], MIDDLE[n / 8 % 5], GIVEN[n / 40 % 10]),
        "person_id_no" => format!("074{}{:08}", 1 + n % 2, n),
        "phone" => format!("09{n:08}"),
        _ => match &column.field.kind {
            Kind::Date | Kind::PartialDate | Kind::Month => {
                format!("{:02}/{:02}/{}", 1 + n % 28, 1 + n % 12, 1965 + n % 40)
            }
            Kind::Code => column
                .field
                .catalog_ids()
                .next()
                .and_then(|id| wardbook_record::catalogs().get(id))
                .and_then(|list| list.items.get(n % list.items.len().max(1)))
                .map_or(String::new(), |item| item.code.clone()),
            Kind::Bool => "Có".to_owned(),
            Kind::Int { .. } | Kind::Money | Kind::Percent => (1 + n % 9).to_string(),
            Kind::Decimal { .. } => "3,33".to_owned(),
            Kind::Text { .. } | Kind::LongText | Kind::Place => format!("Giá trị {n}"),
            _ => String::new(),
        },
    }
}
