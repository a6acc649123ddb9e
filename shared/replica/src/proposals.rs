//! Corrections that staff members propose for their own records, with the paper that proves them.
//! Whoever approves sees the old value, the new one and the proof; a yes writes the change and files
//! the proof with the record's documents. A clerk, who has no right to approve (domain.md 6.3), may
//! give a proposal back with a reason. The member sees what became of it.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use wardbook_base::{DocumentId, Timestamp, from_hex, to_hex};
use wardbook_record::{
    Attachment, Edit, Media, PartialDate, Path, RowIds, Scalar, path_label, path_value, schema,
};
use wardbook_store::{DeskItem, Tx};

use crate::commit::Commit;
use crate::edit::Saved;
use crate::error::{EditError, ReplicaError};
use crate::files::{AttachError, AttachedFile, keep_whole, kind_of};
use crate::replica::Replica;
use crate::viewer::Viewer;

/// Whose desk proposals lie on.
const OWNER: &str = "office";
const KIND: &str = "proposal";
/// The kind of those that were decided: every page asks for the number of open ones, which must not
/// take longer from year to year.
const DECIDED: &str = "proposal_decided";
/// The file of a proposal, under the same key. It becomes one of the record's files when the
/// proposal is taken; until then the city has no business with it.
const PROOF: &str = "proof";
/// The table that proofs are filed in.
const FILED_IN: &str = "documents";
/// A member may have so many that nobody decided.
const OPEN_MAX: usize = 50;
/// So many that were decided are listed, the newest: each is read with its record.
const DECIDED_MAX: usize = 100;
/// Characters of a proposal's remark, and of the reason why one is declined.
pub const PROPOSAL_TEXT_MAX: usize = 500;

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// Nobody decided yet.
    Open,
    /// It was written into the record.
    Taken,
    /// It was declined.
    Declined,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    user: String,
    user_name: String,
    /// A field of several parts, such as a place, is proposed as a whole.
    parts: Vec<Part>,
    remark: String,
    /// The file, as a record names it; empty for none.
    proof: String,
    state: ProposalState,
    decided_by: String,
    reason: String,
    decided_at: Option<Timestamp>,
    made_at: Timestamp,
}

/// One value of a proposal.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Part {
    path: Path,
    was: Option<Scalar>,
    wanted: Option<Scalar>,
}

/// What a member wants corrected.
#[derive(Debug, Clone, Default)]
pub struct Correction {
    /// The values of one field.
    pub values: Vec<(Path, Option<Scalar>)>,
    /// Why.
    pub remark: String,
    /// The paper that proves it, as a scan; may be empty.
    pub proof: Vec<u8>,
}

/// One proposal, for people.
#[derive(Debug, Clone)]
pub struct ProposalView {
    /// Names it.
    pub key: String,
    /// The record.
    pub document: DocumentId,
    /// Whose record it is.
    pub full_name: String,
    /// Who proposes.
    pub user_name: String,
    /// When.
    pub at: Timestamp,
    /// The field's name.
    pub label: String,
    /// What stood in the record when it was proposed.
    pub was_shown: String,
    /// What stands in the record now.
    pub now_shown: String,
    /// What it should be.
    pub wanted_shown: String,
    /// Why.
    pub remark: String,
    /// The paper that proves it; that of one given back is not kept.
    pub proof: Option<Attachment>,
    /// Whether the viewer may write it into the record.
    pub may_take: bool,
    /// Whether the viewer may give it back.
    pub may_decline: bool,
    /// What became of it.
    pub state: ProposalState,
    /// Who decided.
    pub decided_by: String,
    /// Why it was declined.
    pub reason: String,
}

impl Replica {
    /// Proposes another value for one field of the own record.
    ///
    /// # Errors
    /// When the role proposes nothing, the record is another's, the field is hidden from it, or the
    /// proof is no file that a record takes.
    pub fn propose(
        &self,
        viewer: &Viewer,
        document: &DocumentId,
        wanted: &Correction,
    ) -> Result<(), AttachError> {
        viewer.must_read()?;
        let access = viewer.access();
        let knows = |path: &Path| access.reads_path(path) && schema().at(path).is_some();
        if !access.proposes || !wanted.values.iter().all(|(path, _)| knows(path)) {
            return Err(ReplicaError::NotAllowed.into());
        }
        let proof = match wanted.proof.as_slice() {
            [] => String::new(),
            bytes => file_of(bytes, kind_of(bytes)?).to_string(),
        };
        let (now, key) = (self.now(), to_hex(&self.dice().bytes::<8>()));
        self.inner.store.write(|tx| {
            self.must_reach(tx, viewer, document)?;
            let mine = tx.desk_items(OWNER, KIND)?;
            let user = viewer.user.to_string();
            let is_open = |one: &Stored| one.user == user && one.state == ProposalState::Open;
            if mine.iter().filter_map(read).filter(is_open).count() >= OPEN_MAX {
                return Err(ReplicaError::NotAllowed.into());
            }
            let person = tx.load_document(document)?.ok_or(EditError::NotFound)?.read();
            let part = |(path, wanted): &(Path, Option<Scalar>)| Part {
                was: person.at(path),
                path: path.clone(),
                wanted: wanted.clone(),
            };
            let stored = Stored {
                user: user.clone(),
                user_name: viewer.name.clone(),
                parts: wanted.values.iter().map(part).collect(),
                remark: wanted.remark.trim().chars().take(PROPOSAL_TEXT_MAX).collect(),
                proof,
                state: ProposalState::Open,
                decided_by: String::new(),
                reason: String::new(),
                decided_at: None,
                made_at: now,
            };
            if !wanted.proof.is_empty() {
                tx.put_desk(&DeskItem {
                    owner: OWNER.to_owned(),
                    kind: PROOF.to_owned(),
                    key: key.clone(),
                    document: Some(*document),
                    value: to_hex(&wanted.proof),
                    at: now,
                })?;
            }
            tx.put_desk(&item(&key, *document, &stored, now)?)?;
            Ok(self.log_in(tx, viewer, "propose", Some(*document), &key)?)
        })
    }

    /// The proposals: those of everybody for who decides on them, the own ones for who made them.
    /// Open ones first, then the latest that were decided, each group newest first.
    ///
    /// # Errors
    /// When the viewer may not ask, or the store fails.
    pub fn proposals(&self, viewer: &Viewer) -> Result<Vec<ProposalView>, ReplicaError> {
        viewer.must_read()?;
        let decides = decides(viewer);
        if !decides && !viewer.access().proposes {
            return Ok(Vec::new());
        }
        self.inner.store.read(|tx| {
            let (mut views, user) = (Vec::new(), viewer.user.to_string());
            let all = [tx.desk_items(OWNER, KIND)?, tx.desk_items(OWNER, DECIDED)?];
            let all = all.into_iter().flatten();
            let mut all: Vec<(DeskItem, Stored)> =
                all.filter_map(|item| read(&item).map(|stored| (item, stored))).collect();
            all.retain(|(_, stored)| decides || stored.user == user);
            all.sort_by_key(|(_, one)| (one.state != ProposalState::Open, -one.made_at.0));
            let open = all.partition_point(|(_, one)| one.state == ProposalState::Open);
            all.truncate(open + DECIDED_MAX);
            for (item, stored) in all {
                let Some(document) = item.document else { continue };
                let Some(record) = tx.load_document(&document)? else { continue };
                let person = record.read();
                let shown =
                    |value: fn(&Part) -> Option<Scalar>| shown(&stored.parts, viewer, value);
                let is_open = stored.state == ProposalState::Open;
                views.push(ProposalView {
                    key: item.key.clone(),
                    document,
                    full_name: person.text("full_name").unwrap_or_default().to_owned(),
                    at: stored.made_at,
                    label: stored
                        .parts
                        .first()
                        .map(|part| path_label(&part.path, viewer.lang))
                        .unwrap_or_default(),
                    was_shown: shown(|part| part.was.clone()),
                    now_shown: self::shown(&stored.parts, viewer, |part| person.at(&part.path)),
                    wanted_shown: shown(|part| part.wanted.clone()),
                    may_take: is_open && viewer.access().approves,
                    may_decline: is_open && decides,
                    user_name: stored.user_name,
                    remark: stored.remark,
                    proof: stored
                        .proof
                        .parse()
                        .ok()
                        .filter(|_| stored.state != ProposalState::Declined),
                    state: stored.state,
                    decided_by: stored.decided_by,
                    reason: stored.reason,
                });
            }
            Ok(views)
        })
    }

    /// How many proposals nobody decided yet, for who decides on them.
    pub fn proposals_open(&self, viewer: &Viewer) -> Result<u64, ReplicaError> {
        viewer.must_read()?;
        if !decides(viewer) {
            return Ok(0);
        }
        self.inner.store.read(|tx| {
            let items = tx.desk_items(OWNER, KIND)?;
            let open = items.iter().filter_map(read).filter(|one| one.state == ProposalState::Open);
            Ok(open.count() as u64)
        })
    }

    /// The file of a proposal, for who decides on it and for who made it.
    ///
    /// # Errors
    /// When there is none for the viewer.
    pub fn proposal_proof(&self, viewer: &Viewer, key: &str) -> Result<AttachedFile, ReplicaError> {
        viewer.must_read()?;
        self.inner.store.read(|tx| {
            let open = tx.desk_item(OWNER, KIND, key)?;
            let item = if open.is_some() { open } else { tx.desk_item(OWNER, DECIDED, key)? };
            let item = item.ok_or(ReplicaError::NotFound)?;
            let stored = read(&item).ok_or(ReplicaError::NotFound)?;
            let file: Attachment = stored.proof.parse().map_err(|_| ReplicaError::NotFound)?;
            if !decides(viewer) && stored.user != viewer.user.to_string() {
                return Err(ReplicaError::NotFound);
            }
            let document = item.document.ok_or(ReplicaError::NotFound)?;
            let bytes = match stored.state {
                ProposalState::Open => proof_of(tx, key)?,
                // It is filed with the record.
                ProposalState::Taken => tx.file_bytes(&document, &file.sha256, 0, file.bytes)?,
                ProposalState::Declined => return Err(ReplicaError::NotFound),
            };
            if bytes.len() as u64 != file.bytes {
                return Err(ReplicaError::NotFound);
            }
            self.log_seen(viewer, "file", Some(document), &file.hex());
            Ok(AttachedFile { have: file.bytes, file, bytes: Some(bytes) })
        })
    }

    /// Writes a proposal into the record and files its proof there, by who approves: all of it and
    /// the decision, or nothing.
    ///
    /// # Errors
    /// When there is no such open proposal, or the record does not take it.
    pub fn take_proposal(&self, viewer: &Viewer, key: &str) -> Result<Saved, EditError> {
        viewer.must_read()?;
        if !viewer.access().approves {
            return Err(ReplicaError::NotAllowed.into());
        }
        let commit = self.commit_for(viewer)?;
        self.write_noted(|tx| {
            let (document, stored) = open_proposal(tx, key)?;
            let saved = self.take(tx, (viewer, &commit), key, &document, &stored)?;
            self.decide(tx, viewer, key, (document, stored), (ProposalState::Taken, ""))?;
            Ok(saved)
        })
    }

    fn take(
        &self,
        tx: &mut dyn Tx,
        (viewer, commit): (&Viewer, &Commit<'_>),
        key: &str,
        document: &DocumentId,
        stored: &Stored,
    ) -> Result<Saved, EditError> {
        let edit = |part: &Part| match &part.wanted {
            Some(value) => Edit::set(part.path.clone(), value.clone()),
            None => Edit::Clear { path: part.path.clone() },
        };
        let mut edits: Vec<Edit> = stored.parts.iter().map(edit).collect();
        if let Ok(file) = stored.proof.parse::<Attachment>() {
            self.must_reach(tx, viewer, document)?;
            let bytes = proof_of(tx, key)?;
            keep_whole(tx, document, &file, &bytes)?;
            edits.push(self.filed(stored, &file));
        }
        self.write_decided(tx, (viewer, commit), document, edits)
    }

    /// The row of the record's documents that holds a proof. Of what kind the paper is, a clerk says
    /// later: the record asks for it.
    fn filed(&self, stored: &Stored, file: &Attachment) -> Edit {
        let lang = wardbook_record::Lang::Vi;
        let what = stored.parts.first().map(|part| path_label(&part.path, lang));
        let summary = format!("Minh chứng: {}. {}", what.unwrap_or_default(), stored.remark);
        let today = PartialDate::in_vietnam(self.now());
        let cells = [
            ("summary", Scalar::from(summary.as_str())),
            ("date", Scalar::from(today.stored().as_str())),
            ("file", Scalar::from(file.to_string().as_str())),
        ];
        let cells = cells.into_iter().map(|(column, value)| (column.to_owned(), value)).collect();
        let row = RowIds::new(self.now(), self.dice()).next_id();
        Edit::AddRow { table: FILED_IN.to_owned(), row, cells }
    }

    /// Declines a proposal with a reason.
    ///
    /// # Errors
    /// When there is no such open proposal.
    pub fn decline_proposal(
        &self,
        viewer: &Viewer,
        key: &str,
        reason: &str,
    ) -> Result<(), EditError> {
        viewer.must_read()?;
        if !decides(viewer) {
            return Err(ReplicaError::NotAllowed.into());
        }
        self.inner.store.write(|tx| {
            let open = open_proposal(tx, key)?;
            self.decide(tx, viewer, key, open, (ProposalState::Declined, reason))
        })
    }

    fn decide(
        &self,
        tx: &mut dyn Tx,
        viewer: &Viewer,
        key: &str,
        (document, mut stored): (DocumentId, Stored),
        (state, reason): (ProposalState, &str),
    ) -> Result<(), EditError> {
        let now = self.now();
        stored.state = state;
        stored.decided_by.clone_from(&viewer.name);
        stored.reason = reason.trim().chars().take(PROPOSAL_TEXT_MAX).collect();
        stored.decided_at = Some(now);
        tx.remove_desk(OWNER, KIND, key)?;
        tx.put_desk(&item(key, document, &stored, now)?)?;
        // What was filed lies with the record; what was given back is not kept.
        tx.remove_desk(OWNER, PROOF, key)?;
        let action =
            if state == ProposalState::Taken { "take_proposal" } else { "decline_proposal" };
        Ok(self.log_in(tx, viewer, action, Some(document), key)?)
    }
}

/// A proposal that nobody decided yet. To be asked in the transaction that decides.
fn open_proposal(tx: &dyn Tx, key: &str) -> Result<(DocumentId, Stored), EditError> {
    let item = tx.desk_item(OWNER, KIND, key)?.ok_or(EditError::NotFound)?;
    let stored = read(&item).filter(|one| one.state == ProposalState::Open);
    item.document.zip(stored).ok_or(EditError::NotFound)
}

/// Clerks and who approves see all proposals; what each may do with one differs.
fn decides(viewer: &Viewer) -> bool {
    viewer.access().whole || viewer.access().approves
}

fn shown(parts: &[Part], viewer: &Viewer, value: impl Fn(&Part) -> Option<Scalar>) -> String {
    let words = |part: &Part| path_value(&part.path, value(part).as_ref(), viewer.lang);
    let words: Vec<String> = parts.iter().map(words).filter(|word| !word.is_empty()).collect();
    words.join(" · ")
}

fn file_of(bytes: &[u8], media: Media) -> Attachment {
    Attachment { sha256: Sha256::digest(bytes).into(), bytes: bytes.len() as u64, media }
}

fn proof_of(tx: &dyn Tx, key: &str) -> Result<Vec<u8>, ReplicaError> {
    let item = tx.desk_item(OWNER, PROOF, key)?.ok_or(ReplicaError::NotFound)?;
    let pairs = item.value.as_bytes().chunks(2).map(|pair| {
        let text = std::str::from_utf8(pair).ok()?;
        from_hex::<1>(text).ok().map(|[byte]| byte)
    });
    pairs.collect::<Option<Vec<u8>>>().ok_or(ReplicaError::NotFound)
}

fn read(item: &DeskItem) -> Option<Stored> {
    serde_json::from_str(&item.value).ok()
}

fn item(
    key: &str,
    document: DocumentId,
    stored: &Stored,
    at: Timestamp,
) -> Result<DeskItem, ReplicaError> {
    let kind = if stored.state == ProposalState::Open { KIND } else { DECIDED };
    Ok(DeskItem {
        owner: OWNER.to_owned(),
        kind: kind.to_owned(),
        key: key.to_owned(),
        document: Some(document),
        value: serde_json::to_string(stored).map_err(|_| ReplicaError::Setting("proposal"))?,
        at,
    })
}
