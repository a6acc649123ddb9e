//! Everything that must be refused, each with its code.

use sha2::{Digest as _, Sha256};
use wardbook_base::limits::{
    CHANGE_BYTES_MAX, MESSAGE_COMPRESSED_BYTES_MAX, MESSAGE_INFLATED_BYTES_MAX,
};
use wardbook_base::{AuthorEpoch, Dice as _, DocumentId, SeededDice};
use wardbook_sync::check::{
    Author, Custody, Judge, Judged, Rule, item_hash, operation_count, read_change,
};
use wardbook_sync::envelope::AnswerError;
use wardbook_sync::message::{Envelope, PushItem, Request};
use wardbook_sync::ports::HubPort as _;
use wardbook_sync::{RejectCode, SYNC_PATH, frame, hub, node, sign};

use crate::calls::city;
use crate::changes::{any, random_edit};
use crate::support::{Hub, NOW, Node, Person, schema, ward};

fn envelope(node: &Node, hub: &Hub, payload: Vec<u8>) -> Vec<u8> {
    let message = sign::request_message(SYNC_PATH, &hub.id, &node.device, &payload);
    let signature = node.key.sign(&message).to_vec();
    frame::to_cbor(&Envelope { sender: node.device, signature, payload })
}

#[test]
fn a_request_cut_off_anywhere_is_refused_and_changes_nothing() {
    let (dice, mut hub, mut one, _) = city(1);
    one.create(&dice);
    let body = one.seal(&one.request());
    for length in 0..body.len() {
        assert_eq!(hub.answer(&body[..length]), Err(RejectCode::Malformed), "{length}");
    }
    // Cut inside and signed again: the frame itself is not whole.
    let Envelope { payload, .. } = frame::from_cbor(&body).unwrap();
    let cut = envelope(&one, &hub, payload[..payload.len() - 3].to_vec());
    assert_eq!(hub.answer(&cut), Err(RejectCode::Malformed));
    assert!(hub.store.feed(&ward(1)).is_empty());
}

#[test]
fn a_request_changed_anywhere_is_refused() {
    let (dice, mut hub, mut one, _) = city(2);
    one.create(&dice);
    let body = one.seal(&one.request());
    for at in 0..body.len() {
        let mut changed = body.clone();
        changed[at] ^= 0x10;
        let code = hub.answer(&changed).unwrap_err();
        let fits = [RejectCode::Malformed, RejectCode::UnknownDevice, RejectCode::BadSignature];
        assert!(fits.contains(&code), "{at}: {code:?}");
    }
}

#[test]
fn an_oversized_request_is_refused_before_it_is_read() {
    let (_, mut hub, one, _) = city(3);
    let body = envelope(&one, &hub, vec![0; MESSAGE_COMPRESSED_BYTES_MAX]);
    assert_eq!(hub.answer(&body), Err(RejectCode::TooLarge));
}

#[test]
fn an_inflating_request_is_refused_and_only_looked_at_from_a_known_device() {
    let (dice, mut hub, one, _) = city(4);
    let zeros = vec![0; MESSAGE_INFLATED_BYTES_MAX * 4];
    let bomb = zstd::bulk::compress(&zeros, 19).unwrap();
    let body = envelope(&one, &hub, bomb.clone());
    assert_eq!(hub.answer(&body), Err(RejectCode::InflatesTooMuch));
    let mut stranger = Hub::new(&dice).enrol(&ward(1), &dice);
    let body = envelope(&stranger, &hub, bomb);
    assert_eq!(hub.answer(&body), Err(RejectCode::UnknownDevice));
    stranger.device = one.device;
    let body = stranger.seal(&stranger.request());
    assert_eq!(hub.answer(&body), Err(RejectCode::BadSignature));
}

#[test]
fn a_foreign_an_unsigned_and_a_misdirected_request_are_refused() {
    let (dice, mut hub, mut one, two) = city(5);
    let mut elsewhere = Hub::new(&dice);
    let stranger = elsewhere.enrol(&ward(1), &dice);
    let body = stranger.seal(&stranger.request());
    assert_eq!(hub.answer(&body), Err(RejectCode::UnknownDevice));
    one.create(&dice);
    let request = one.request();
    let signed: Envelope = frame::from_cbor(&one.seal(&request)).unwrap();
    for signature in [vec![], vec![0; 64], signed.signature[..63].to_vec()] {
        let unsigned = frame::to_cbor(&Envelope { signature, ..signed.clone() });
        assert_eq!(hub.answer(&unsigned), Err(RejectCode::BadSignature));
    }
    let in_anothers_name = frame::to_cbor(&Envelope { sender: two.device, ..signed.clone() });
    assert_eq!(hub.answer(&in_anothers_name), Err(RejectCode::BadSignature));
    let elsewhere_path =
        node::seal_request(&request, "/sync/v1/blob", &hub.id, &one.device, &one.key);
    assert_eq!(hub.answer(&elsewhere_path.unwrap()), Err(RejectCode::BadSignature));
    // Signed for this hub, but written for another.
    let other = Request { hub: elsewhere.id, ..request };
    let body = node::seal_request(&other, SYNC_PATH, &hub.id, &one.device, &one.key).unwrap();
    assert_eq!(hub.answer(&body), Err(RejectCode::WrongHub));
    let newer = Request { hub: hub.id, protocol_min: 3, protocol_max: 4, ..other };
    assert_eq!(hub.answer(&one.seal(&newer)), Err(RejectCode::ProtocolNotSpoken));
    assert!(hub.store.feed(&ward(1)).is_empty());
}

#[test]
fn more_changes_or_operations_than_a_call_may_carry_are_refused_whole() {
    let (dice, mut hub, mut one, _) = city(6);
    let person = one.create(&dice);
    let mut request = one.request();
    let item = request.push.items[0].clone();
    request.push.items = vec![item; 501];
    assert_eq!(hub.answer(&one.seal(&request)), Err(RejectCode::TooMuch));
    // 30 changes with as many operations as a change may have.
    let many = change_with(one.epoch, 20_000);
    let (document, change) = (person.id, many);
    let item = PushItem { document, change, custody_version: 0, notice: None, gone: None };
    request.push.items = vec![item; 30];
    assert_eq!(hub.answer(&one.seal(&request)), Err(RejectCode::TooMuch));
    assert!(hub.store.feed(&ward(1)).is_empty());
}

#[test]
fn an_answer_from_elsewhere_is_recognised() {
    let (dice, mut hub, one, two) = city(7);
    let body = one.seal(&one.request());
    let other_body = two.seal(&two.request());
    let answer = hub.answer(&body).unwrap();
    let key = hub.key.public();
    let open = |bytes: &[u8], path: &str, request: &[u8], key: &[u8; 32]| {
        node::open_response::<wardbook_sync::message::Response>(bytes, path, &hub.id, request, key)
            .map(|_| ())
    };
    assert_eq!(open(&answer, SYNC_PATH, &body, &key), Ok(()));
    let portal = b"<html>Xin chao</html>";
    assert_eq!(open(portal, SYNC_PATH, &body, &key), Err(AnswerError::NotFromHub));
    assert_eq!(open(&answer, SYNC_PATH, &other_body, &key), Err(AnswerError::NotFromHub));
    assert_eq!(open(&answer, "/sync/v1/wait", &body, &key), Err(AnswerError::NotFromHub));
    let foreign = Hub::new(&dice).key.public();
    assert_eq!(open(&answer, SYNC_PATH, &body, &foreign), Err(AnswerError::NotFromHub));
    assert_eq!(open(&body, SYNC_PATH, &body, &key), Err(AnswerError::NotFromHub));
    assert_eq!(
        open(&answer[..answer.len() - 1], SYNC_PATH, &body, &key),
        Err(AnswerError::NotFromHub)
    );
    let rejection =
        hub::seal_rejection(RejectCode::Busy, SYNC_PATH, &hub.id, &body, &hub.key).unwrap();
    let read = node::open_rejection(&rejection, SYNC_PATH, &hub.id, &body, &key).unwrap();
    assert_eq!((read.code.as_str(), read.retry_after_s), ("busy", 30));
}

/// A change with any columns, whose checksum is right: (specification, bytes), ascending.
fn change(epoch: AuthorEpoch, columns: &[(u8, &[u8])]) -> Vec<u8> {
    let genesis = item_hash(&crate::support::genesis());
    let mut data = vec![1];
    data.extend_from_slice(&genesis.0);
    data.push(16);
    data.extend_from_slice(&epoch.0);
    // seq 1, start_op 3 (the genesis has two operations), time 0, no message, no other actors.
    data.extend_from_slice(&[1, 3, 0, 0, 0]);
    data.push(u8::try_from(columns.len()).unwrap());
    for (spec, bytes) in columns {
        if *spec >= 0x80 {
            data.extend_from_slice(&[*spec, 1]);
        } else {
            data.push(*spec);
        }
        data.push(u8::try_from(bytes.len()).unwrap());
    }
    for (_, bytes) in columns {
        data.extend_from_slice(bytes);
    }
    chunk(1, &data)
}

/// `count` times the same: the value true under the key "k" of the root.
fn change_with(epoch: AuthorEpoch, count: i64) -> Vec<u8> {
    let run = |value: &[u8]| [&signed(count), value].concat();
    change(
        epoch,
        &[
            (0x15, &run(b"\x01k")),
            (0x34, &unsigned(count.cast_unsigned())),
            (0x42, &run(&[1])),
            (0x56, &run(&[2])),
            (0x70, &run(&[0])),
        ],
    )
}

fn chunk(kind: u8, data: &[u8]) -> Vec<u8> {
    let mut rest = vec![kind];
    rest.extend_from_slice(&unsigned(data.len() as u64));
    rest.extend_from_slice(data);
    let hash = Sha256::digest(&rest);
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &rest].concat()
}

fn unsigned(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let low = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        out.push(if value == 0 { low } else { low | 0x80 });
        if value == 0 {
            return out;
        }
    }
}

fn signed(value: i64) -> Vec<u8> {
    let mut out = unsigned(value.cast_unsigned());
    if out.last().is_some_and(|last| last & 0x40 != 0) {
        *out.last_mut().unwrap() |= 0x80;
        out.push(0);
    }
    out
}

fn code_of(bytes: &[u8], rule: &Rule) -> &'static str {
    let store = wardbook_sync::memory::MemoryNode::new(AuthorEpoch([5; 16]));
    let schema = schema();
    match Judge::new(&store.log, &schema).judge(&DocumentId([1; 16]), bytes, rule).unwrap() {
        Judged::Refused(refusal) => refusal.code(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn twenty_million_operations_in_a_hundred_bytes_are_counted_not_applied() {
    let bomb = change_with(AuthorEpoch([5; 16]), 20_000_000);
    assert!(bomb.len() < 130, "{}", bomb.len());
    assert_eq!(operation_count(&bomb), Ok(20_000_000));
    assert_eq!(code_of(&bomb, &any()), "too_many_operations");
    assert_eq!(code_of(&change_with(AuthorEpoch([5; 16]), 1 << 40), &any()), "too_many_operations");
    // The builder itself is honest: with few operations only the missing id is wrong.
    assert!(automerge::Change::from_bytes(change_with(AuthorEpoch([5; 16]), 5)).is_ok());
    assert_eq!(code_of(&change_with(AuthorEpoch([5; 16]), 5), &any()), "wrong_document");
    // Not the operations but their predecessors are the bomb.
    let run = |value: &[u8]| [&[3], value].concat();
    let many = change(
        AuthorEpoch([5; 16]),
        &[
            (0x15, &run(b"\x01k")),
            (0x34, &[3]),
            (0x42, &run(&[1])),
            (0x56, &run(&[2])),
            (0x70, &[&[3][..], &unsigned(1 << 50)].concat()),
            (0x71, &[&signed(1 << 52)[..], &[0]].concat()),
            (0x73, &[&signed(1 << 52)[..], &[0]].concat()),
        ],
    );
    assert_eq!(code_of(&many, &any()), "too_many_operations");
}

#[test]
fn other_chunks_and_broken_ones_are_refused() {
    let dice = SeededDice::new(1);
    let id = DocumentId([1; 16]);
    let (mut person, good) = Person::create(id, AuthorEpoch([5; 16]), &dice);
    // A deflated chunk is not inflated, whatever it claims.
    let long = person.edit(AuthorEpoch([5; 16]), |document| {
        use automerge::transaction::Transactable as _;
        document.put(automerge::ROOT, "note", "a".repeat(9_000)).unwrap();
    });
    let mut deflated = automerge::Change::from_bytes(long.unwrap()).unwrap();
    let deflated = deflated.bytes().to_vec();
    assert_eq!(deflated[8], 2);
    assert_eq!(code_of(&deflated, &any()), "wrong_chunk_type");
    assert_eq!(code_of(&person.document.save(), &any()), "wrong_chunk_type");
    for length in 0..good.len() {
        assert_eq!(code_of(&good[..length], &any()), "not_a_change", "{length}");
    }
    let twice = [good.clone(), good.clone()].concat();
    assert_eq!(code_of(&twice, &any()), "not_a_change");
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert_eq!(code_of(&flipped, &any()), "bad_checksum");
    let large = chunk(1, &vec![0; CHANGE_BYTES_MAX]);
    assert_eq!(code_of(&large, &any()), "too_large");
}

#[test]
fn what_records_do_not_have_is_refused() {
    use automerge::transaction::{CommitOptions, Transactable as _};
    use automerge::{ObjType, ROOT, ScalarValue};
    let epoch = AuthorEpoch([5; 16]);
    let refused = |edit: &dyn Fn(&mut automerge::AutoCommit)| {
        let mut person = Person::empty(DocumentId([1; 16]));
        let change = person.edit(epoch, |document| {
            document.put(ROOT, "id", DocumentId([1; 16]).to_string()).unwrap();
            edit(document);
        });
        code_of(&change.unwrap(), &any())
    };
    assert_eq!(
        refused(&|d| drop(d.put_object(ROOT, "a", ObjType::List).unwrap())),
        "bad_operation"
    );
    assert_eq!(
        refused(&|d| drop(d.put_object(ROOT, "a", ObjType::Text).unwrap())),
        "bad_operation"
    );
    assert_eq!(refused(&|d| d.put(ROOT, "a", ScalarValue::counter(1)).unwrap()), "bad_value");
    assert_eq!(refused(&|d| d.put(ROOT, "a", 1.5).unwrap()), "bad_value");
    assert_eq!(refused(&|d| d.put(ROOT, "a", vec![1_u8]).unwrap()), "bad_value");
    assert_eq!(refused(&|d| d.put(ROOT, "a", ()).unwrap()), "bad_value");
    assert_eq!(refused(&|d| d.put(ROOT, "a", "ă".repeat(10_001)).unwrap()), "bad_value");
    assert_eq!(refused(&|d| d.put(ROOT, "k".repeat(201), 1).unwrap()), "bad_value");
    let stamped = |options: CommitOptions| {
        let mut person = Person::empty(DocumentId([1; 16]));
        person.document.set_actor(automerge::ActorId::from(epoch.0));
        person.document.put(ROOT, "id", DocumentId([1; 16]).to_string()).unwrap();
        person.document.commit_with(options);
        person.document.get_last_local_change().unwrap().raw_bytes().to_vec()
    };
    assert_eq!(code_of(&stamped(CommitOptions::default().with_time(-1)), &any()), "bad_time");
    assert_eq!(code_of(&stamped(CommitOptions::default().with_time(i64::MAX)), &any()), "bad_time");
    assert_eq!(
        code_of(
            &stamped(CommitOptions::default().with_time(1).with_message("1".repeat(25))),
            &any()
        ),
        "message_too_long"
    );
}

#[test]
fn a_change_must_name_its_document_once_and_come_from_its_sender() {
    let dice = SeededDice::new(1);
    let epoch = AuthorEpoch([5; 16]);
    let (_, of_another) = Person::create(DocumentId([2; 16]), epoch, &dice);
    assert_eq!(code_of(&of_another, &any()), "wrong_document");
    let mut nameless = Person::empty(DocumentId([1; 16]));
    assert_eq!(code_of(&nameless.set(epoch, "full_name", "A"), &any()), "wrong_document");
    let (person, good) = Person::create(DocumentId([1; 16]), epoch, &dice);
    let foreign =
        Rule { author: Author::Epoch(AuthorEpoch([6; 16])), custody: Custody::Any(ward(1)) };
    assert_eq!(code_of(&good, &foreign), "foreign_actor");
    // A fork counter after the epoch is the same author; a longer tail is not an actor of ours.
    let own = Rule { author: Author::Epoch(epoch), custody: Custody::Any(ward(1)) };
    let store = wardbook_sync::memory::MemoryNode::new(epoch);
    let schema = schema();
    let mut judge = Judge::new(&store.log, &schema);
    assert!(matches!(judge.judge(&person.id, &good, &own).unwrap(), Judged::New(_)));
    let mut with_actor = |actor: Vec<u8>, key: &str| {
        use automerge::transaction::Transactable as _;
        let mut fork = person.clone();
        fork.document.set_actor(automerge::ActorId::from(actor));
        fork.document.put(automerge::ROOT, key, "x").unwrap();
        fork.document.commit();
        let bytes = fork.document.get_last_local_change().unwrap().raw_bytes().to_vec();
        judge.judge(&person.id, &bytes, &own).unwrap()
    };
    assert!(matches!(with_actor([&epoch.0[..], &[1]].concat(), "a"), Judged::New(_)));
    let tail = with_actor([&epoch.0[..], &[1; 9]].concat(), "a");
    assert!(matches!(tail, Judged::Refused(refusal) if refusal.code() == "foreign_actor"));
    let renamed = with_actor(epoch.0.to_vec(), "id");
    assert!(matches!(renamed, Judged::Refused(refusal) if refusal.code() == "wrong_document"));
}

#[test]
fn another_wards_document_and_a_second_copy_of_one_edit_are_refused() {
    let (dice, mut hub, mut one, _) = city(8);
    let mut person = one.create(&dice);
    one.sync(&mut hub);
    let theirs = hub.enrol(&ward(2), &dice);
    let document = person.id;
    let code = |node: &Node, hub: &mut Hub, change: Vec<u8>| {
        let mut request = node.request();
        if let Some(log) = hub.store.push_log(&node.device, &node.epoch).unwrap() {
            (request.push.after, request.push.chain) = log.acknowledged();
        }
        request.push.items =
            vec![PushItem { document, change, custody_version: 1, notice: None, gone: None }];
        let body = node.seal(&request);
        let answer = hub.answer(&body).unwrap();
        Node::open(hub, &body, &answer).refused.first().map(|refused| refused.code.clone())
    };
    let from_theirs = person.clone().set(theirs.epoch, "full_name", "Khác");
    assert_eq!(code(&theirs, &mut hub, from_theirs).as_deref(), Some("not_custodian"));
    let mut twin = person.clone();
    let first = person.set(one.epoch, "full_name", "Một");
    let second = twin.set(one.epoch, "full_name", "Hai");
    assert_eq!(code(&one, &mut hub, first), None);
    assert_eq!(code(&one, &mut hub, second.clone()).as_deref(), Some("duplicate_seq"));
    let kept = hub.store.log.kept_aside().find(|kept| kept.bytes == second).unwrap();
    assert_eq!((kept.device, kept.at), (one.device, NOW));
    assert_eq!(hub.store.feed(&ward(1)).len(), 2);
}

/// Mutations of honest changes, each with a valid checksum: what the checks let through must not
/// harm a document.
#[test]
fn no_mutated_change_that_passes_destroys_its_document() {
    let (mut tried, mut passed) = (0, 0);
    for seed in 0..40 {
        let dice = SeededDice::new(seed);
        let id = DocumentId([1; 16]);
        let (mut person, first) = Person::create(id, AuthorEpoch([9; 16]), &dice);
        let mut history = vec![first];
        for n in 0..6 {
            let actor = AuthorEpoch([[9, 200, 90][n % 3]; 16]);
            history.extend(person.edit(actor, |document| random_edit(document, &dice)));
        }
        let honest = history.pop().unwrap();
        for _ in 0..100 {
            let mutated = mutate(&honest, &dice);
            if mutated == honest {
                continue;
            }
            tried += 1;
            if passes(&id, &history, &mutated) {
                passed += 1;
                survives(&id, &history, &mutated);
            }
        }
    }
    println!("{tried} mutations, {passed} passed the checks and harmed nothing");
    assert!(tried > 3_000 && passed > 100, "{tried}, {passed}");
}

/// Changes a few bytes of the data and puts the checksum right.
fn mutate(honest: &[u8], dice: &SeededDice) -> Vec<u8> {
    // Two bytes of length stand before the data of a change of 128 bytes and more.
    let start = if honest[9] & 0x80 == 0 { 10 } else { 11 };
    let mut data = honest[start..].to_vec();
    for _ in 0..=dice.below(3) {
        // Deps and actor are not worth mutating: they are looked up.
        let at = usize::try_from(50 + dice.below(data.len() as u64 - 50)).unwrap();
        match dice.below(4) {
            0 => data[at] = dice.u64().to_le_bytes()[0],
            1 => data[at] = data[at].wrapping_add(1),
            2 => data[at] ^= 1 << dice.below(8),
            _ => data[at] = data[usize::try_from(50 + dice.below(data.len() as u64 - 50)).unwrap()],
        }
    }
    chunk(1, &data)
}

fn passes(id: &DocumentId, history: &[Vec<u8>], change: &[u8]) -> bool {
    let store = wardbook_sync::memory::MemoryNode::new(AuthorEpoch([5; 16]));
    let schema = schema();
    let mut judge = Judge::new(&store.log, &schema);
    for bytes in history {
        assert!(matches!(judge.judge(id, bytes, &any()).unwrap(), Judged::New(_)));
    }
    matches!(judge.judge(id, change, &any()).unwrap(), Judged::New(_))
}

/// The document takes the change, is saved and loaded, edited, saved and loaded.
fn survives(id: &DocumentId, history: &[Vec<u8>], change: &[u8]) {
    let meta = read_change(id, change).unwrap().meta;
    let mut person = Person::empty(*id);
    for bytes in history {
        person.apply(bytes);
    }
    person.apply(change);
    assert!(person.document.get_heads().iter().any(|head| head.0 == meta.hash.0));
    for n in 0..2 {
        let heads = person.document.get_heads();
        let saved = person.document.save();
        person.document = automerge::AutoCommit::load(&saved).unwrap();
        assert_eq!(person.document.get_heads(), heads);
        person.set(AuthorEpoch([77; 16]), "full_name", &format!("Thử {n}"));
    }
}
