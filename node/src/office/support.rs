//! The support bundle: what helps to find a fault, and nothing of any person. Names and numbers that
//! the database knows are taken out of the log lines, should one ever have got there.

use std::collections::BTreeSet;
use std::io::{Cursor, Write as _};

use serde_json::json;
use wardbook_record::Lang;
use wardbook_replica::{Replica, ReplicaError, Viewer};
use wardbook_store::{PeopleFilter, PeopleQuery};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::log_ring;
use crate::app::APP;
use crate::sync_task::Progress;

/// Digits in a row that may be somebody's number.
const DIGITS_MIN: usize = 9;

/// The bundle as a zip.
///
/// # Errors
/// When the store does not answer.
pub(crate) fn bundle(replica: &Replica, progress: &Progress) -> Result<Vec<u8>, ReplicaError> {
    let known = known_texts(replica)?;
    let log: String = log_ring::lines().iter().map(|line| clean(line, &known) + "\n").collect();
    let check = match replica.store().check() {
        Ok(found) if found.is_empty() => "ok\n".to_owned(),
        Ok(found) => found.iter().map(|line| clean(line, &known) + "\n").collect(),
        Err(error) => format!("{}\n", error.code()),
    };
    let summary = clean(&summary(replica, progress)?, &known);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let files = [("tom-tat.json", summary), ("kiem-tra.txt", check), ("nhat-ky.txt", log)];
    for (name, text) in files {
        let written = zip
            .start_file(name, SimpleFileOptions::default())
            .map_err(std::io::Error::other)
            .and_then(|()| zip.write_all(text.as_bytes()));
        // Writing into memory does not fail.
        written.map_err(|_| ReplicaError::Interrupted)?;
    }
    Ok(zip.finish().map_err(|_| ReplicaError::Interrupted)?.into_inner())
}

/// Versions, the state of synchronising, counters. Codes and counts only.
fn summary(replica: &Replica, progress: &Progress) -> Result<String, ReplicaError> {
    let facts = replica.sync_facts()?;
    let status = replica.sync_status(Lang::En)?;
    let sizes = replica.store().sizes()?;
    let counters = replica.store().counters();
    let joined = replica.membership()?;
    let events = replica.node_events(&Viewer::system(Lang::En), 100)?;
    let happened: Vec<_> = events
        .iter()
        .map(|event| json!({ "at": event.at.0, "code": event.code.as_str(), "count": event.count }))
        .collect();
    let text = json!({
        "app": APP,
        "os": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "now": facts.now.0,
        "schema": wardbook_record::schema().version,
        "state": status.state,
        "waiting": facts.waiting,
        "files_to_send": facts.files_to_send,
        "oldest_waiting": facts.oldest_waiting.map(|at| at.0),
        "position": facts.position.map(|seq| seq.0),
        "proven": facts.proven.map(|(at, seq)| (at.0, seq.0)),
        "conflicts": facts.conflicts,
        "refused": facts.refused,
        "repairing": facts.repairing,
        "offline": facts.offline,
        "error": facts.error,
        "free_bytes": facts.free_bytes,
        "last_session": { "sum": progress.sum, "failed": progress.failed },
        "ward": joined.as_ref().map(|member| member.ward.to_string()),
        "device": joined.as_ref().map(|member| member.device.to_string()),
        "documents": sizes.documents,
        "changes": sizes.changes,
        "database_bytes": sizes.database_bytes,
        "commits": counters.commits,
        "documents_loaded": counters.documents_loaded,
        "last_backup": replica.last_backup()?.map(|last| last.at.0),
        "events": happened,
    });
    Ok(format!("{text:#}\n"))
}

/// Names and numbers of the people here: what must not stand in the bundle.
fn known_texts(replica: &Replica) -> Result<BTreeSet<String>, ReplicaError> {
    let filter = PeopleFilter { with_retired: true, ..PeopleFilter::default() };
    let all = PeopleQuery { filter, limit: u64::from(u32::MAX), ..PeopleQuery::default() };
    let page = replica.store().read(|tx| Ok::<_, ReplicaError>(tx.people(&all)?))?;
    let mut known = BTreeSet::new();
    for row in page.rows {
        let facts = row.facts;
        let texts = [Some(facts.full_name), Some(facts.fold), facts.person_id_no, facts.phone];
        known.extend(texts.into_iter().flatten().filter(|text| text.chars().count() > 3));
    }
    Ok(known)
}

/// A line without known names and without long numbers.
fn clean(line: &str, known: &BTreeSet<String>) -> String {
    let mut out = line.to_owned();
    for text in known {
        if out.contains(text.as_str()) {
            out = out.replace(text.as_str(), "[…]");
        }
    }
    without_numbers(&out)
}

/// Digits in a row that may be somebody's number become a mark. Thirteen are a moment in
/// milliseconds, and stay where they stand alone.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for letter in text.chars().chain(['\n']) {
        if letter.is_ascii_digit() {
            run.push(letter);
            continue;
        }
        let is_moment = run.len() == 13 && run.starts_with('1');
        let is_number = run.len() >= DIGITS_MIN && !is_moment;
        out.push_str(if is_number { "[…]" } else { &run });
        run.clear();
        out.push(letter);
    }
    out.pop();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_taken_out_and_moments_stay() {
        let known = BTreeSet::from(["Nguyễn Văn An".to_owned()]);
        let line = "at 1748739600000: Nguyễn Văn An 001090012345 gọi 0901234567, lỗi 404";
        assert_eq!(clean(line, &known), "at 1748739600000: […] […] gọi […], lỗi 404");
        assert_eq!(clean("", &known), "");
    }
}
