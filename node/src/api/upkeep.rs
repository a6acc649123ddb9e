//! What keeps the data sound and small, on demand; `serve` does the same at night.

use axum::extract::State;
use axum::response::Response;
use wardbook_record::Lang;
use wardbook_replica::{NightlyCheck, Replica, ReplicaError};

use super::events::Event;
use crate::app::App;
use crate::lines::{Events, answer_in_lines};
use crate::refusal::Refusal;
use crate::session::Operator;

/// Documents looked at between two reports.
const STEP: usize = 64;

/// Checks all that is stored and names what is damaged.
#[utoipa::path(post, path = "/api/v1/scrub", responses(
    (status = 200, body = Event, content_type = "application/x-ndjson")))]
pub(crate) async fn scrub(State(app): State<App>, Operator(viewer): Operator) -> Response {
    let lang = viewer.lang;
    in_lines(app, viewer.lang, move |replica, events| {
        let all = replica.scrub_all()?;
        for finding in &all.findings {
            events.send(&Event::Finding {
                subject: finding.subject.clone(),
                code: finding.code.clone(),
                text: sentence(&finding.code, &finding.subject, lang),
            });
        }
        let findings = all.findings.len() as u64;
        Ok(Event::Scrubbed { documents: all.documents, findings })
    })
}

/// Drops the rows of old changes whose documents hold them.
#[utoipa::path(post, path = "/api/v1/compact", responses(
    (status = 200, body = Event, content_type = "application/x-ndjson")))]
pub(crate) async fn compact(State(app): State<App>, Operator(viewer): Operator) -> Response {
    in_lines(app, viewer.lang, |replica, _| {
        let before = replica.store().sizes()?.database_bytes;
        while !replica.compact_some()? {}
        let after = replica.store().sizes()?.database_bytes;
        Ok(Event::Compacted { bytes_before: before, bytes_after: after })
    })
}

/// Compares the table of conflicts with a full scan, and puts it right.
#[utoipa::path(post, path = "/api/v1/check-conflicts", responses(
    (status = 200, body = Event, content_type = "application/x-ndjson")))]
pub(crate) async fn check_conflicts(
    State(app): State<App>,
    Operator(viewer): Operator,
) -> Response {
    in_lines(app, viewer.lang, |replica, _| {
        let mut check = NightlyCheck::default();
        while !check.done {
            check = replica.nightly_step(check, STEP)?;
        }
        let NightlyCheck { checked, differing, unreadable, .. } = check;
        Ok(Event::ConflictsChecked { checked, differing, unreadable })
    })
}

/// What is wrong with one stored document, and what to do.
fn sentence(code: &str, subject: &str, lang: Lang) -> String {
    let (vi, en) = match code {
        "unreadable" | "panic" => ("không đọc được", "cannot be read"),
        "key_missing" => ("không có khóa nên không mở được", "has no key and cannot be opened"),
        "hash" | "replay" => ("có thay đổi bị hỏng trên đĩa", "holds changes that are damaged"),
        "heads" | "digest" => {
            ("không khớp với những gì đã ghi nhận", "is not what was noted of it")
        }
        _ => ("bị hỏng", "is damaged"),
    };
    match lang {
        Lang::Vi => format!(
            "{subject} {vi} (mã {code}); hãy sao lưu, kiểm tra ổ đĩa rồi khôi phục từ bản sao lưu tốt."
        ),
        Lang::En => format!(
            "{subject} {en} (code {code}); back up, check the disk, then restore from a good backup."
        ),
    }
}

/// Runs long work on a thread of its own; its last event, or why it stopped, ends the answer.
fn in_lines(
    app: App,
    lang: Lang,
    work: impl FnOnce(&Replica, &Events) -> Result<Event, ReplicaError> + Send + 'static,
) -> Response {
    let (events, response) = answer_in_lines();
    tokio::spawn(async move {
        let steps = events.clone();
        let done = app.replica().run(move |replica| work(replica, &steps)).await;
        // Whoever reads the last event may stop the program: nothing is held any more then.
        drop(app);
        match done.and_then(|done| done) {
            Ok(event) => events.send(&event),
            Err(error) => events.send(&super::sync::failed(&Refusal::from(error), lang)),
        }
    });
    response
}
