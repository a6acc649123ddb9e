//! The city's side of moves between wards: what waits for an officer, whom a ward means that asks
//! for a person, and the answer. A yes moves the record in the same transaction.

mod bar;
mod judge;

use wardbook_base::{DocumentId, RowId, Timestamp, WardId};
use wardbook_record::events::{Answer, Request, RequestState, SLIP, answer_request, requests};
use wardbook_record::{Edit, PartialDate, Person, Purpose, RowIds};
use wardbook_store::{PeopleFilter, Tx};
use wardbook_sync::hub::custody::{self, DECISION_BYTES_MAX};
use wardbook_sync::ports::HubPort;

pub use bar::MoveBar;
pub use judge::FoundPerson;

use self::judge::{Asked, Step, found_people, judge};
use super::custody::known_ward;
use super::events::Names;
use crate::commit::Commit;
use crate::edit::{load, refuse_impossible};
use crate::error::{EditError, HubError, ReplicaError};
use crate::moves::{RequestView, asked_for};
use crate::replica::Replica;
use crate::viewer::Viewer;

/// What a ward is told when the city holds nobody of that number, name and date of birth. The same
/// words whatever the cause, so that they say nothing of anybody.
const NOBODY: &str = "Thành phố không có hồ sơ nào khớp đúng số định danh, họ tên và ngày sinh này; hãy kiểm tra lại, nếu người này từ nơi khác đến thì lập hồ sơ mới.";

/// A request that waits for an officer.
#[derive(Debug, Clone)]
pub struct MoveQuestion {
    /// What is asked, about whom.
    pub asked: RequestView,
    /// The name of the ward that asks.
    pub ward_name: String,
    /// Whom a slip means: the records in use that carry the number.
    pub found: Vec<FoundPerson>,
    /// Why a yes is not possible as things are.
    pub bar: Option<MoveBar>,
}

/// An officer's answer.
#[derive(Debug, Clone, Default)]
pub struct MoveAnswer {
    /// Yes or no.
    pub agreed: bool,
    /// In words; a no has its reason.
    pub words: String,
    /// Another receiving ward than the one that was asked for.
    pub to: Option<WardId>,
}

impl Replica {
    /// The requests that wait, of one ward or of all, the longest waiting first (hub).
    pub fn move_questions(
        &self,
        viewer: &Viewer,
        ward: Option<&WardId>,
    ) -> Result<Vec<MoveQuestion>, HubError> {
        viewer.must_read_all()?;
        self.inner.store.read(|tx| {
            let names = Names::of(tx, viewer.lang)?;
            let wards = ward.into_iter().cloned().collect();
            let filter = PeopleFilter {
                wards,
                has_requests: Some(true),
                with_retired: true,
                ..PeopleFilter::default()
            };
            let mut waiting = Vec::new();
            tx.scan_people(&filter, &mut |row| {
                waiting.extend(
                    asked_for(row)
                        .filter(|view| view.waits() && view.request.is_of(view.ward.as_str())),
                );
            })?;
            // A row's id begins with the time when it was made.
            waiting.sort_by_key(|view| view.request.row);
            let question = |asked: RequestView| {
                let of = Asked::of_view(&asked);
                Ok(MoveQuestion {
                    found: found_people(tx, &names, &of)?,
                    bar: judge(tx, &of, None)?.err(),
                    ward_name: names.ward(&asked.ward),
                    asked,
                })
            };
            waiting.into_iter().map(question).collect()
        })
    }

    /// The city's answer to a request that waits. With a yes the record moves, is lent or returns
    /// in the same transaction (hub).
    ///
    /// # Errors
    /// [`EditError::Answered`] when nothing waits there, a [`MoveBar`] when the city cannot say
    /// yes, [`HubError::NoReason`] for a no without a reason.
    pub fn answer_move(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        row: &RowId,
        answer: &MoveAnswer,
    ) -> Result<(), HubError> {
        viewer.must_edit()?;
        if self.end() != crate::End::Hub {
            return Err(ReplicaError::NotAllowed.into());
        }
        let commit = self.commit_for(viewer)?;
        let (today, now) = (self.today(), self.now());
        self.inner.store.write(|tx| {
            let (loaded, ward) = load(tx, document)?;
            let person = loaded.read();
            let request = requests(&person).into_iter().find(|request| request.row == *row);
            let waits = |request: &Request| {
                request.state == RequestState::Waits && request.is_of(ward.as_str())
            };
            let request = request.filter(waits).ok_or(EditError::Answered)?;
            let asked = Asked::of_record(&person, &ward, &request);
            let step = judge(tx, &asked, answer.to.as_ref())?;
            let words = words(answer, step.as_ref().err())?;
            let mut writing = Writing { replica: self, commit: &commit, today, now };
            let said = Said { agreed: answer.agreed, words: &words };
            let decision = decision(&request, &words);
            match step {
                Ok(step) if answer.agreed => {
                    writing.answer(tx, document, row, said, &decision)?;
                    writing.carry_out(tx, &step, &decision)?;
                }
                Err(bar) if answer.agreed => return Err(bar.into()),
                _ => writing.answer(tx, document, row, said, "")?,
            }
            let detail = format!("agreed={} ward={ward}", answer.agreed);
            self.log_in(tx, viewer, "answer_move", Some(*document), &detail)?;
            Ok::<_, HubError>(())
        })?;
        self.project_soon();
        Ok(())
    }
}

/// The words of an answer; where nobody was found they may be left out.
fn words(answer: &MoveAnswer, bar: Option<&MoveBar>) -> Result<String, HubError> {
    let typed = answer.words.split_whitespace().collect::<Vec<_>>().join(" ");
    match bar {
        _ if answer.agreed || !typed.is_empty() => Ok(typed),
        Some(bar) if bar.is_about_nobody() => Ok(NOBODY.to_owned()),
        _ => Err(HubError::NoReason),
    }
}

/// The decision as the ledger holds it: from the request's own papers, then the answer's words, as
/// long as there is room.
fn decision(request: &Request, words: &str) -> String {
    let day = request.decision_date.map(|day| format!("ngày {day}")).unwrap_or_default();
    let signer = match request.signer.as_str() {
        "" => String::new(),
        name => format!("người ký {name}"),
    };
    let number = format!("{} {day}", request.decision_no);
    let parts = [number.trim(), &request.decision_org, &signer, words];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let mut text = parts.join(", ");
    let mut end = text.len().min(DECISION_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

#[derive(Clone, Copy)]
struct Said<'a> {
    agreed: bool,
    words: &'a str,
}

/// What the writes of one answer have in common.
struct Writing<'a> {
    replica: &'a Replica,
    commit: &'a Commit<'a>,
    today: PartialDate,
    now: Timestamp,
}

impl Writing<'_> {
    /// Writes the answer into the record that asks. With a yes, what else waits there is answered
    /// too: there is one record, and it goes one way.
    fn answer(
        &mut self,
        tx: &mut dyn Tx,
        document: &DocumentId,
        row: &RowId,
        said: Said<'_>,
        decision: &str,
    ) -> Result<(), HubError> {
        let (loaded, ward) = load(tx, document)?;
        let person = loaded.read();
        let mut edits = self.edits(&person, row, said).ok_or(EditError::Answered)?;
        if said.agreed {
            edits.extend(self.no_longer(&person, Some(row), decision));
        }
        refuse_impossible(&edits, &loaded)?;
        self.commit.write(tx, loaded, &ward, &edits, Purpose::Event)?;
        Ok(())
    }

    /// Moves, lends or takes back.
    fn carry_out(&mut self, tx: &mut dyn Tx, step: &Step, decision: &str) -> Result<(), HubError> {
        let (document, now) = (step.document(), self.now);
        if let Step::Transfer { to, number, .. } = step {
            self.settle_others(tx, &document, to, number.as_deref(), decision)?;
        }
        let port: &mut dyn HubPort = tx;
        match step {
            Step::Transfer { to, .. } => custody::transfer(port, &document, to, decision, now)?,
            Step::Lend { to, .. } => custody::lend(port, &document, to, decision, now)?,
            Step::Return { from, .. } => custody::end_loan(port, &document, from, decision, now)?,
        };
        // Lists carry the ward.
        Ok(tx.mark_dirty(&document, now)?)
    }

    /// What else waits about a record that goes to a ward: requests in the record itself are over,
    /// and slips by which the receiving ward asked for it have their wish.
    fn settle_others(
        &mut self,
        tx: &mut dyn Tx,
        document: &DocumentId,
        to: &WardId,
        number: Option<&str>,
        decision: &str,
    ) -> Result<(), HubError> {
        let (loaded, ward) = load(tx, document)?;
        let edits = self.no_longer(&loaded.read(), None, decision);
        if !edits.is_empty() {
            self.commit.write(tx, loaded, &ward, &edits, Purpose::Event)?;
        }
        for row in number.map_or(Ok(Vec::new()), |number| tx.people_with_id_no(number))? {
            if row.ward != *to || row.facts.retired.as_deref() != Some(SLIP) {
                continue;
            }
            let (loaded, ward) = load(tx, &row.document)?;
            let slip = loaded.read();
            let waiting = requests(&slip).into_iter();
            let waiting = waiting.filter(|request| request.state == RequestState::Waits);
            let said = Said { agreed: true, words: decision };
            let edits = waiting.filter_map(|request| self.edits(&slip, &request.row, said));
            let edits: Vec<Edit> = edits.flatten().collect();
            if !edits.is_empty() {
                self.commit.write(tx, loaded, &ward, &edits, Purpose::Event)?;
            }
        }
        Ok(())
    }

    /// The requests of a record that are over because it goes by another one.
    fn no_longer(&self, person: &Person, but: Option<&RowId>, decision: &str) -> Vec<Edit> {
        let words = format!("Hồ sơ đã giải quyết theo đề nghị khác: {decision}");
        let said = Said { agreed: false, words: &words };
        let others = requests(person)
            .into_iter()
            .filter(|request| request.state == RequestState::Waits && but != Some(&request.row));
        others.filter_map(|request| self.edits(person, &request.row, said)).flatten().collect()
    }

    fn edits(&self, person: &Person, row: &RowId, said: Said<'_>) -> Option<Vec<Edit>> {
        let answer = Answer { agreed: said.agreed, words: said.words, on: self.today };
        let mut ids = RowIds::new(self.now, self.replica.dice());
        answer_request(person, row, &answer, &mut ids)
    }
}

/// Whether a ward may receive a record.
fn receives(tx: &dyn Tx, ward: &WardId) -> Result<bool, HubError> {
    match known_ward(tx, ward) {
        Ok(()) => Ok(true),
        Err(HubError::UnknownWard(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_made_of_the_papers_and_fits_into_a_feed_item() {
        let request = Request {
            decision_no: "5/TTr-UBND".to_owned(),
            decision_date: PartialDate::parse_stored("2025-06-28").ok(),
            decision_org: "UBND phường Uyên Hưng".to_owned(),
            signer: "Lê Văn Hùng".to_owned(),
            ..Request::default()
        };
        let text = decision(&request, "");
        assert_eq!(text, "5/TTr-UBND ngày 28/06/2025, UBND phường Uyên Hưng, người ký Lê Văn Hùng");
        let long = decision(&request, &"ố".repeat(300));
        assert!(long.len() <= DECISION_BYTES_MAX && long.ends_with('ố'));
    }

    #[test]
    fn a_no_has_its_reason_and_nobody_found_has_one_of_its_own() {
        let no = |words: &str, bar: Option<&MoveBar>| {
            let answer = MoveAnswer { words: words.to_owned(), ..MoveAnswer::default() };
            words_or_none(&answer, bar)
        };
        assert_eq!(no(" thiếu  biên chế ", None), Some("thiếu biên chế".to_owned()));
        assert_eq!(no("", None), None);
        assert_eq!(no("", Some(&MoveBar::Gone { status: "x".to_owned() })), None);
        for bar in [MoveBar::Nobody, MoveBar::SomebodyElse, MoveBar::Several(2)] {
            assert_eq!(no("", Some(&bar)).as_deref(), Some(NOBODY), "the same words for all");
        }
    }

    fn words_or_none(answer: &MoveAnswer, bar: Option<&MoveBar>) -> Option<String> {
        words(answer, bar).ok()
    }
}
