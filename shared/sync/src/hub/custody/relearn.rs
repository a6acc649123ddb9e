//! A hub that was put back to an older copy learns the decisions that it lost: wards show it its
//! own word of them.
//!
//! The newest decision counts, of those about who writes and of those about one reader, each: so
//! what was decided since the hub was put back stands, and the order in which wards come does not
//! matter. A word that is too old is only noted, so that the ward that shows it is told what
//! became of the document.

use std::collections::BTreeSet;

use wardbook_base::{DocumentId, Timestamp, WardId};

use super::acts::{self, Order, enter};
use super::open_ward;
use super::settle::{is_move, moves};
use crate::message::{CustodyAct, CustodyWord, ForgetReason, ShownCustody, Token};
use crate::ports::{CustodyEntry, DeviceEvent, DocumentState, HubPort, PortResult, Tombstone};
use crate::token::TokenKey;

/// An entry of the ledger in the hub's own word, for the devices of a ward.
pub(crate) fn word(tokens: &TokenKey, given_to: &WardId, entry: &CustodyEntry) -> CustodyWord {
    let mut word = CustodyWord {
        version: entry.version,
        act: entry.act,
        ward: entry.ward.clone(),
        at: entry.at,
        decision: entry.decision.clone(),
        token: Token::default(),
    };
    word.token = tokens.custody(given_to, &entry.document, &word);
    word
}

/// The words about a ward's part in a document: its own entries, and the last move.
pub(crate) fn words_for(
    port: &dyn HubPort,
    tokens: &TokenKey,
    ward: &WardId,
    document: &DocumentId,
) -> PortResult<Option<Vec<CustodyWord>>> {
    words_that(port, tokens, ward, document, u64::MAX, |entry| entry.ward == *ward)
}

/// The words of one entry, and of the last move before it.
pub(super) fn words_at(
    port: &dyn HubPort,
    tokens: &TokenKey,
    ward: &WardId,
    document: &DocumentId,
    version: u64,
) -> PortResult<Option<Vec<CustodyWord>>> {
    words_that(port, tokens, ward, document, version, |entry| entry.version == version)
}

fn words_that(
    port: &dyn HubPort,
    tokens: &TokenKey,
    ward: &WardId,
    document: &DocumentId,
    up_to: u64,
    are: impl Fn(&CustodyEntry) -> bool,
) -> PortResult<Option<Vec<CustodyWord>>> {
    let mut ledger = port.custody(document)?;
    ledger.retain(|entry| entry.version <= up_to);
    let last = ledger.iter().rfind(|entry| moves(entry)).map(|entry| entry.version);
    let about = ledger.iter().filter(|entry| are(entry) || Some(entry.version) == last);
    let words: Vec<_> = about.map(|entry| word(tokens, ward, entry)).collect();
    // That a ward made a document itself is known to it without any word.
    let says_something =
        words.iter().any(|word| word.act != CustodyAct::Born || word.ward != *ward);
    Ok(says_something.then_some(words))
}

/// In which ward a document is born again that the hub lost altogether: in that of the device
/// which brings it, unless the device only read it and can show whose it is.
pub(in crate::hub) fn birthplace(
    port: &dyn HubPort,
    tokens: &TokenKey,
    ward: &WardId,
    shown: &ShownCustody,
) -> PortResult<Option<WardId>> {
    let words = genuine(tokens, ward, &shown.document, &shown.words);
    let own = words.iter().rfind(|said| said.ward == *ward);
    let last = words.iter().rfind(|said| is_move(said.act));
    let (Some(own), Some(last)) = (own, last) else { return Ok(None) };
    let keeper = (own.act == CustodyAct::Lend).then(|| last.ward.clone());
    match keeper {
        Some(keeper) if port.ward_feed(&keeper)?.is_some() => Ok(Some(keeper)),
        _ => Ok(None),
    }
}

/// What a shown word leads to.
enum Lesson<'a> {
    /// The newest decision of its kind: it is carried out.
    Obey(&'a CustodyWord),
    /// An older decision: it only gets its place in the ledger.
    Note(&'a CustodyWord),
    /// The ward once had the document, and nothing in the ledger says so.
    Name,
}

/// Whether a device shows decisions about a document: of one that the hub lost altogether it learns
/// them as soon as it is born again.
pub(in crate::hub) fn teaches(tokens: &TokenKey, ward: &WardId, shown: &ShownCustody) -> bool {
    !decisions(tokens, ward, shown).is_empty()
}

/// Whether the hub has something to learn from what a device shows. Known documents alone: those
/// that were lost altogether are born first.
///
/// # Errors
/// When the store fails.
pub(in crate::hub) fn can_learn(
    port: &dyn HubPort,
    ward: &WardId,
    shown: &[ShownCustody],
    tokens: &TokenKey,
) -> PortResult<bool> {
    for it in shown {
        let (document, words) = (&it.document, decisions(tokens, ward, it));
        if next_lesson(port, ward, document, &words)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Learns all that a device shows. The documents of which the hub did not know that the ward ever had
/// them: no feed has told it what became of them.
///
/// # Errors
/// When the store fails.
pub(in crate::hub) fn learn(
    port: &mut dyn HubPort,
    ward: &WardId,
    shown: &[ShownCustody],
    tokens: &TokenKey,
    now: Timestamp,
) -> PortResult<BTreeSet<DocumentId>> {
    let mut untold = BTreeSet::new();
    for it in shown {
        let (document, words) = (&it.document, decisions(tokens, ward, it));
        let named = port.custody(document)?.iter().any(|entry| entry.ward == *ward);
        let mut learnt = 0_u64;
        // Each lesson leaves an entry, so this comes to an end.
        while let Some(lesson) = next_lesson(port, ward, document, &words)? {
            match lesson {
                Lesson::Obey(said) => obey(port, document, said, now)?,
                Lesson::Note(said) => note(port, document, said)?,
                Lesson::Name => name(port, document, ward, &words, now)?,
            }
            learnt += 1;
        }
        if learnt > 0 {
            if !named {
                untold.insert(*document);
            }
            port.note_event(&DeviceEvent {
                at: now,
                device: wardbook_base::DeviceId::default(),
                code: "custody_learnt".to_owned(),
                detail: format!("document={document} ward={ward} entries={learnt}"),
            })?;
        }
    }
    Ok(untold)
}

/// The words that this hub gave to this ward, by version.
fn genuine<'w>(
    tokens: &TokenKey,
    ward: &WardId,
    document: &DocumentId,
    words: &'w [CustodyWord],
) -> Vec<&'w CustodyWord> {
    let is_genuine = |said: &&CustodyWord| tokens.custody(ward, document, said) == said.token;
    let mut genuine: Vec<_> = words.iter().filter(is_genuine).collect();
    genuine.sort_by_key(|said| said.version);
    genuine
}

/// Those of them that are decisions: that a document was born needs none.
fn decisions<'w>(
    tokens: &TokenKey,
    ward: &WardId,
    shown: &'w ShownCustody,
) -> Vec<&'w CustodyWord> {
    let mut words = genuine(tokens, ward, &shown.document, &shown.words);
    words.retain(|said| said.act != CustodyAct::Born);
    words
}

fn next_lesson<'w>(
    port: &dyn HubPort,
    ward: &WardId,
    document: &DocumentId,
    words: &[&'w CustodyWord],
) -> PortResult<Option<Lesson<'w>>> {
    if words.is_empty() {
        return Ok(None);
    }
    let ledger = port.custody(document)?;
    let named = ledger.iter().any(|entry| entry.ward == *ward);
    if port.tombstone(document)?.is_some_and(|it| it.reason == ForgetReason::Purged) {
        return Ok((!named).then_some(Lesson::Name));
    }
    let purge = words.iter().find(|said| said.act == CustodyAct::Purge).copied();
    if let Some(purge) = purge {
        return Ok(Some(Lesson::Obey(purge)));
    }
    let Some(state) = port.document(document)? else { return Ok(None) };
    for said in words.iter().copied() {
        let same = |entry: &CustodyEntry| {
            (entry.act, &entry.ward, entry.at) == (said.act, &said.ward, said.at)
        };
        if ledger.iter().any(same) {
            continue;
        }
        if is_newest(&ledger, said) {
            return Ok(Some(Lesson::Obey(said)));
        }
        let free = ledger.iter().all(|entry| entry.version != said.version);
        if free && said.version < state.custody_version {
            return Ok(Some(Lesson::Note(said)));
        }
    }
    Ok((!named).then_some(Lesson::Name))
}

/// Whether nothing newer is known of what a word is about: of who writes, or of one reader. A birth
/// is older than all else, also one that was made up because the hub had lost the document.
fn is_newest(ledger: &[CustodyEntry], said: &CustodyWord) -> bool {
    ledger.iter().filter(|entry| entry.act != CustodyAct::Born).all(|entry| {
        let same_matter = match said.act {
            CustodyAct::Transfer => entry.act == CustodyAct::Transfer,
            _ => entry.ward == said.ward,
        };
        !same_matter || (entry.at, entry.version) < (said.at, said.version)
    })
}

/// Carries a lost decision out.
fn obey(
    port: &mut dyn HubPort,
    document: &DocumentId,
    said: &CustodyWord,
    now: Timestamp,
) -> PortResult<()> {
    let ledger = port.custody(document)?;
    let CustodyWord { act, ward, decision, at, .. } = said;
    let Some(state) = port.document(document)? else {
        // Erased, and lost before that: its id is never taken again.
        let version = said.version;
        let heads = Vec::new();
        let (ward, decision, act, at) = (ward.clone(), decision.clone(), *act, *at);
        let document = *document;
        port.put_custody(&CustodyEntry { document, version, act, ward, heads, decision, at })?;
        let reason = ForgetReason::Purged;
        return port.forget_document(&Tombstone { document, generation: 0, reason, at: now });
    };
    let order = Order { version: place(&ledger, &state, said), decision, at: *at, now };
    open_ward(port, ward)?;
    let reads = port.readers(document)?.contains(ward);
    let keeps = state.ward == *ward;
    match act {
        CustodyAct::Transfer if !keeps => acts::transfer(port, &state, ward, &order),
        CustodyAct::Lend if !keeps && !reads => acts::lend(port, &state, ward, &order),
        CustodyAct::Return if reads => acts::end_loan(port, &state, ward, &order),
        CustodyAct::Purge => acts::purge(port, &state, &order),
        _ => enter(port, &state, *act, ward, &order).map(|_| ()),
    }
}

/// Where a lost entry stands: at its old number if that is free and behind the last move.
fn place(ledger: &[CustodyEntry], state: &DocumentState, said: &CustodyWord) -> u64 {
    let free = ledger.iter().all(|entry| entry.version != said.version);
    let last_move = ledger.iter().rfind(|entry| moves(entry)).map_or(0, |entry| entry.version);
    if free && said.version > last_move { said.version } else { state.custody_version + 1 }
}

/// Gives an old decision its place in the ledger, and does nothing else.
fn note(port: &mut dyn HubPort, document: &DocumentId, said: &CustodyWord) -> PortResult<()> {
    let CustodyWord { version, act, ward, decision, at, .. } = said;
    let Some(state) = port.document(document)? else { return Ok(()) };
    let entry = CustodyEntry {
        document: *document,
        version: *version,
        act: *act,
        ward: ward.clone(),
        heads: state.heads,
        decision: decision.clone(),
        at: *at,
    };
    open_ward(port, ward)?;
    port.put_custody(&entry)
}

/// Notes that a ward had the document and has it no longer: what it wrote is late then, and it is
/// told to forget.
fn name(
    port: &mut dyn HubPort,
    document: &DocumentId,
    ward: &WardId,
    words: &[&CustodyWord],
    now: Timestamp,
) -> PortResult<()> {
    let ledger = port.custody(document)?;
    let at = ledger.last().map_or(now, |entry| entry.at);
    let Some(mut state) = port.document(document)? else {
        // It is erased: that the ward had it is all there is to say.
        let version = ledger.last().map_or(1, |entry| entry.version + 1);
        return port.put_custody(&CustodyEntry {
            document: *document,
            version,
            act: CustodyAct::Return,
            ward: ward.clone(),
            heads: Vec::new(),
            decision: String::new(),
            at,
        });
    };
    let keeper = state.ward.clone();
    let acts = if words.iter().any(|said| said.act == CustodyAct::Lend) {
        [(CustodyAct::Lend, ward), (CustodyAct::Return, ward)]
    } else {
        [(CustodyAct::Transfer, ward), (CustodyAct::Transfer, &keeper)]
    };
    for (act, ward) in acts {
        let order = Order { version: state.custody_version + 1, decision: "", at, now };
        state = enter(port, &state, act, ward, &order)?;
    }
    Ok(())
}
