//! Golden messages: the bytes that docs/PROTOCOL.md explains. A change here is a change of the
//! protocol, and old programs will notice it.

use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{ActorId, AutoCommit, Change, ROOT};
use wardbook_base::{
    AuthorEpoch, Chain, ChangeHash, DeviceId, DocumentId, FeedEpoch, FeedPosition, FeedSeq, HubId,
    Lseq, Timestamp, to_hex,
};
use wardbook_sync::chain::{self, Kind};
use wardbook_sync::check::item_hash;
use wardbook_sync::message::{
    Compared, CustodyAct, CustodyWord, Detail, DeviceStatus, Difference, Differences, Digest,
    DocumentList, EnrolRequest, Enrolled, Envelope, EpochState, Feed, FeedChange, FeedItem, Forget,
    ForgetReason, Grant, HeldChange, Notice, OwnStretch, Push, PushItem, Refused, Rejection,
    Release, Request, Response, Returned, Review, Rotated, RotationReason, ShownCustody, Token,
    Wait, Waited, Wanted,
};
use wardbook_sync::sign::{self, DeviceKey};
use wardbook_sync::token::TokenKey;
use wardbook_sync::{
    ENROL_PATH, RejectCode, SYNC_PATH, WAIT_BYTES_MAX, WAIT_PATH, digest, enrol, frame, hub, node,
};

const FILE: &str = include_str!("../golden/messages.txt");

const HUB: HubId = HubId([0x11; 16]);
const DOCUMENT: DocumentId = DocumentId([0x33; 16]);
const EPOCH: AuthorEpoch = AuthorEpoch([0x44; 16]);
const FEED: FeedEpoch = FeedEpoch([0x55; 16]);

fn device_key() -> DeviceKey {
    DeviceKey::from_bytes(&[0xd1; 32])
}

fn hub_key() -> DeviceKey {
    DeviceKey::from_bytes(&[0xb1; 32])
}

/// The first change of the document: it puts the id, nothing else.
fn change() -> Vec<u8> {
    let mut document = AutoCommit::new();
    document.apply_changes([Change::from_bytes(crate::support::genesis()).unwrap()]).unwrap();
    document.set_actor(ActorId::from(EPOCH.0));
    document.put(ROOT, "id", DOCUMENT.to_string()).unwrap();
    document.commit_with(CommitOptions::default().with_time(1_750_000_000_000));
    document.get_last_local_change().unwrap().raw_bytes().to_vec()
}

fn request() -> Request {
    Request {
        protocol_min: 2,
        protocol_max: 2,
        schema: 1,
        app: "0.1.0".to_owned(),
        hub: HUB,
        epoch: EPOCH,
        push: Push {
            after: Lseq(0),
            chain: Chain::default(),
            items: vec![
                PushItem {
                    document: DOCUMENT,
                    change: change(),
                    custody_version: 0,
                    notice: None,
                    gone: None,
                },
                PushItem {
                    document: DocumentId([0x34; 16]),
                    change: Vec::new(),
                    custody_version: 0,
                    notice: Some(Notice::Released),
                    gone: Some(ChangeHash([0x99; 32])),
                },
            ],
            token: Some(Token([0xaa; 16])),
            assumed: None,
        },
        pull: None,
        pull_bytes_max: 4_194_304,
        digest: Digest::default(),
        status: DeviceStatus {
            pending: 1,
            clock: Timestamp(1_750_000_000_123),
            ..DeviceStatus::default()
        },
        rotated: Some(Rotated { from: AuthorEpoch([0x43; 16]), reason: RotationReason::Restored }),
        pull_token: None,
        detail: None,
        wanted: None,
        returned: None,
        custody: None,
    }
}

fn response() -> Response {
    let hash = item_hash(&change());
    let first = chain::next(&Chain::default(), Kind::FeedChange, &DOCUMENT, 0, &hash);
    let other = DocumentId([0x34; 16]);
    let second = chain::next(&first, Kind::FeedChange, &other, 0, &hash);
    let mut sum = Digest::default();
    digest::add(&mut sum, &digest::leaf(&DOCUMENT, 0, &[hash]));
    digest::add(&mut sum, &digest::leaf(&other, 0, &[hash]));
    Response {
        acked: Lseq(2),
        refused: vec![Refused {
            lseq: Lseq(2),
            hash: ChangeHash([0x66; 32]),
            code: "not_custodian".to_owned(),
            because_of: None,
        }],
        epoch_state: EpochState::Ok,
        feed: Feed {
            from: FeedPosition { epoch: FEED, seq: FeedSeq(0), chain: Chain::default() },
            to: FeedPosition { epoch: FEED, seq: FeedSeq(2), chain: second },
            items: vec![
                FeedItem::Own(OwnStretch { first: Lseq(1), count: 1 }),
                FeedItem::Change(FeedChange {
                    document: other,
                    change: change(),
                    author: DeviceId([0x22; 16]),
                    received_at: Timestamp(1_750_000_001_000),
                    generation: 0,
                }),
            ],
        },
        digest_at_to: sum,
        more: false,
        server_time: Timestamp(1_750_000_002_000),
        retry_after_s: 0,
        digest_agreed: None,
        acked_chain: None,
        ack_token: Some(Token([0xab; 16])),
        feed_token: Some(Token([0xac; 16])),
        compared: None,
        supplied: None,
        supplied_whole: None,
        parked: Some(1),
        returned: None,
    }
}

fn enrol_request() -> EnrolRequest {
    enrol::build_request("ABCD1021", &device_key(), "May 1", EPOCH, "0.1.0")
}

fn enrolled() -> Enrolled {
    Enrolled {
        hub: HUB,
        device: sign::device_id(&device_key().public()),
        ward: "25888.1".parse().unwrap(),
        ward_name: "Phường 1".to_owned(),
        hub_key: hub_key().public().to_vec(),
        sealing_recipient: "age1example".to_owned(),
        units_as_of: "2025-06-30".to_owned(),
        hub_epoch: AuthorEpoch([0x77; 16]),
    }
}

fn wait() -> Wait {
    Wait { hub: HUB, seq: FeedSeq(2), epoch: FEED, seconds_max: 50 }
}

/// What a device says when it compares, asks and gives back, and what the hub answers to it.
fn repairs() -> Vec<(&'static str, Vec<u8>)> {
    let entries = [[0x33; 8], [0x88; 8]].concat();
    let list = Detail::List(DocumentList { buckets: 1 << 51, entries });
    let differences = Compared::List(Differences {
        at: FeedPosition { epoch: FEED, seq: FeedSeq(9), chain: Chain([0x77; 16]) },
        digest: Digest { n: 1, sum: [0x12; 32] },
        documents: vec![Difference {
            key: [0x33; 8],
            document: Some(DOCUMENT),
            heads: vec![ChangeHash([0x66; 32])],
            generation: 0,
            custody_version: 1,
            custodian: None,
            words: None,
        }],
        token: Token([0xad; 16]),
    });
    let wanted = Wanted { document: DOCUMENT, have: vec![ChangeHash([0x65; 32])] };
    let author = DeviceId([0x22; 16]);
    let returned = Returned { document: DOCUMENT, change: change(), author };
    let shown = ShownCustody { document: DOCUMENT, words: vec![custody_word()] };
    vec![
        ("detail_list", frame::to_cbor(&list)),
        ("compared_buckets", frame::to_cbor(&Compared::Buckets(1 << 51))),
        ("compared_list", frame::to_cbor(&differences)),
        ("wanted", frame::to_cbor(&wanted)),
        ("returned", frame::to_cbor(&returned)),
        ("shown_custody", frame::to_cbor(&shown)),
    ]
}

/// The second entry of the document's ledger, for ward 25888.1.
fn custody_word() -> CustodyWord {
    let mut word = CustodyWord {
        version: 2,
        act: CustodyAct::Transfer,
        ward: "25889.1".parse().unwrap(),
        at: Timestamp(1_750_000_000_500),
        decision: "QD 12".to_owned(),
        token: Token::default(),
    };
    let key = TokenKey::new(&[0xb1; 32]);
    word.token = key.custody(&"25888.1".parse().unwrap(), &DOCUMENT, &word);
    word
}

/// The feed's items about custody, and those without bytes.
fn feed_items() -> Vec<(&'static str, Vec<u8>)> {
    let (document, generation) = (DOCUMENT, 0);
    let other_ward = "25889.1".parse::<wardbook_base::WardId>().unwrap();
    let decision = "QD 12".to_owned();
    let held = HeldChange { document, hash: ChangeHash([0x66; 32]), generation };
    let grant = Grant {
        document,
        generation,
        custody_version: 2,
        custodian: Some(other_ward.clone()),
        heads: vec![ChangeHash([0x66; 32])],
        changes: Vec::new(),
        decision: decision.clone(),
        gone: None,
        words: None,
    };
    let release = Release {
        document,
        generation,
        custody_version: 2,
        custodian: other_ward,
        decision,
        word: Some(custody_word()),
    };
    let reason = ForgetReason::Moved;
    let forget = Forget { document, generation, custody_version: 2, reason, word: None };
    let review = Review {
        document,
        generation,
        hash: ChangeHash([0x66; 32]),
        author: DeviceId([0x22; 16]),
        change: vec![1, 2, 3],
        received_at: Timestamp(1_750_000_001_000),
    };
    vec![
        ("held", frame::to_cbor(&FeedItem::Held(held))),
        ("gone", frame::to_cbor(&FeedItem::Gone(held))),
        ("grant", frame::to_cbor(&FeedItem::Grant(grant))),
        ("release", frame::to_cbor(&FeedItem::Release(release))),
        ("forget", frame::to_cbor(&FeedItem::Forget(forget))),
        ("review", frame::to_cbor(&FeedItem::Review(review))),
    ]
}

/// An envelope whose payload does not depend on how a version of zstd compresses: one raw block.
fn stored_frame(cbor: &[u8]) -> Vec<u8> {
    let length = u32::try_from(cbor.len()).unwrap();
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0xa0];
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(length << 3 | 1).to_le_bytes()[..3]);
    out.extend_from_slice(cbor);
    out
}

/// All golden messages, in the order of the file.
fn messages() -> Vec<(&'static str, Vec<u8>)> {
    let key = device_key();
    let device = sign::device_id(&key.public());
    let request_cbor = frame::to_cbor(&request());
    let payload = stored_frame(&request_cbor);
    let signed = sign::request_message(SYNC_PATH, &HUB, &device, &payload);
    let envelope = frame::to_cbor(&Envelope {
        sender: device,
        signature: key.sign(&signed).to_vec(),
        payload,
    });
    let response_cbor = frame::to_cbor(&response());
    let payload = stored_frame(&response_cbor);
    let signed = sign::answer_message(SYNC_PATH, &HUB, &envelope, &payload);
    let answer = frame::to_cbor(&Envelope {
        sender: DeviceId::default(),
        signature: hub_key().sign(&signed).to_vec(),
        payload,
    });
    let wait_cbor = frame::to_cbor(&wait());
    let payload = stored_frame(&wait_cbor);
    let signed = sign::request_message(WAIT_PATH, &HUB, &device, &payload);
    let wait_envelope = frame::to_cbor(&Envelope {
        sender: device,
        signature: key.sign(&signed).to_vec(),
        payload,
    });
    let rejection = Rejection { code: "busy".to_owned(), retry_after_s: 30 };
    let mut messages = vec![
        ("genesis", crate::support::genesis()),
        ("change", change()),
        ("request", request_cbor),
        ("request_envelope", envelope),
        ("response", response_cbor),
        ("response_envelope", answer),
        ("rejection", frame::to_cbor(&rejection)),
        ("enrol_request", enrol::seal_request(&enrol_request())),
        ("enrolled", frame::to_cbor(&enrolled())),
        ("wait", wait_cbor),
        ("wait_envelope", wait_envelope),
        ("waited", frame::to_cbor(&Waited { something_new: true })),
        ("device_key_public", key.public().to_vec()),
        ("hub_key_public", hub_key().public().to_vec()),
        ("device_id", device.0.to_vec()),
    ];
    messages.extend(repairs());
    messages.extend(feed_items());
    messages
}

fn pinned(name: &str) -> &'static str {
    FILE.lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(line_name, _)| *line_name == name)
        .map(|(_, hex)| hex)
        .unwrap_or_default()
}

#[test]
fn the_bytes_on_the_wire_are_what_the_protocol_says() {
    for (name, bytes) in messages() {
        assert_eq!(to_hex(&bytes), pinned(name), "{name}");
    }
}

fn from_file(name: &str) -> Vec<u8> {
    let hex = pinned(name).as_bytes();
    hex.chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn device() -> wardbook_sync::ports::DeviceRecord {
    let public_key = device_key().public();
    wardbook_sync::ports::DeviceRecord {
        id: sign::device_id(&public_key),
        ward: "25888.1".parse().unwrap(),
        name: String::new(),
        public_key,
        epoch: EPOCH,
        reconciling: false,
        two_places_since: None,
        last_contact: None,
        proven_equal: None,
        status: DeviceStatus::default(),
        mismatches: 0,
        app: String::new(),
        enrolled_at: Timestamp(0),
        revoked_at: None,
    }
}

#[test]
fn the_golden_envelopes_are_opened_by_both_ends() {
    let body = from_file("request_envelope");
    let device = device();
    let opened = hub::open_envelope(&body, SYNC_PATH, &HUB, |id| {
        assert_eq!(*id, device.id);
        Ok(Some(device.clone()))
    });
    assert_eq!(opened.unwrap().1, request());
    let answer = from_file("response_envelope");
    let opened: Response =
        node::open_response(&answer, SYNC_PATH, &HUB, &body, &hub_key().public()).unwrap();
    assert_eq!(opened, response());
    let enrolment = from_file("enrol_request");
    assert_eq!(enrol::open_request(&enrolment), Ok(enrol_request()));
    let answer = hub::seal_response(&enrolled(), ENROL_PATH, &HUB, &enrolment, &hub_key()).unwrap();
    assert_eq!(node::open_enrolled(&answer, &enrolment), Ok(enrolled()));
    assert!(node::open_enrolled(&answer, &body).is_err());
    assert_eq!(frame::from_cbor::<Enrolled>(&from_file("enrolled")), Ok(enrolled()));
}

#[test]
fn a_wait_is_opened_on_its_own_path_for_a_device_that_may_still_call() {
    let body = from_file("wait_envelope");
    let open = |bytes: &[u8], path: &str, hub: &HubId, device| {
        hub::open_wait(bytes, path, hub, |_| Ok(device)).map(|(_, wait)| wait)
    };
    let known = || Some(device());
    assert_eq!(open(&body, WAIT_PATH, &HUB, known()), Ok(wait()));
    assert_eq!(open(&body, SYNC_PATH, &HUB, known()), Err(RejectCode::BadSignature));
    assert_eq!(open(&body, WAIT_PATH, &HUB, None), Err(RejectCode::UnknownDevice));
    let revoked = wardbook_sync::ports::DeviceRecord { revoked_at: Some(Timestamp(1)), ..device() };
    assert_eq!(open(&body, WAIT_PATH, &HUB, Some(revoked)), Err(RejectCode::RevokedDevice));
    let long = vec![0; WAIT_BYTES_MAX + 1];
    assert_eq!(open(&long, WAIT_PATH, &HUB, known()), Err(RejectCode::TooLarge));
    let other = HubId([0x12; 16]);
    let (sender, key) = (device().id, device_key());
    let sealed = node::seal_request(&wait(), WAIT_PATH, &other, &sender, &key).unwrap();
    assert!(sealed.len() < WAIT_BYTES_MAX / 2, "{}", sealed.len());
    assert_eq!(open(&sealed, WAIT_PATH, &other, known()), Err(RejectCode::WrongHub));
    // A sync request is no wait, even when it is signed for this path.
    let sealed = node::seal_request(&request(), WAIT_PATH, &HUB, &sender, &key).unwrap();
    assert_eq!(open(&sealed, WAIT_PATH, &HUB, known()), Err(RejectCode::Malformed));
    let answer = Waited { something_new: true };
    let sealed = hub::seal_response(&answer, WAIT_PATH, &HUB, &body, &hub_key()).unwrap();
    let public = hub_key().public();
    assert_eq!(node::open_response(&sealed, WAIT_PATH, &HUB, &body, &public), Ok(answer));
    assert!(node::open_response::<Waited>(&sealed, WAIT_PATH, &HUB, b"other", &public).is_err());
}

#[test]
fn fields_of_a_newer_program_are_skipped() {
    for name in ["request", "response", "enrolled", "wait"] {
        let mut bytes = from_file(name);
        // One more field in the outermost map: {..., 23: {"k": [1, -1, h'00', "x", null]}}.
        assert_eq!(bytes[0] & 0xe0, 0xa0, "{name} is a short map");
        bytes[0] += 1;
        bytes
            .extend_from_slice(&[0x17, 0xa1, 0x61, b'k', 0x85, 1, 0x20, 0x41, 0, 0x61, b'x', 0xf6]);
        let same = match name {
            "request" => frame::from_cbor(&bytes) == Ok(request()),
            "response" => frame::from_cbor(&bytes) == Ok(response()),
            "wait" => frame::from_cbor(&bytes) == Ok(wait()),
            _ => frame::from_cbor(&bytes) == Ok(enrolled()),
        };
        assert!(same, "{name}");
    }
}

/// Writes the file anew: `WARDBOOK_BLESS=1 cargo test -p wardbook-sync golden`. To be read, not
/// trusted: a difference is a change of the protocol.
#[test]
fn the_file_can_be_written_anew() {
    if std::env::var_os("WARDBOOK_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/messages.txt");
        let lines: Vec<String> =
            messages().iter().map(|(name, bytes)| format!("{name} {}", to_hex(bytes))).collect();
        std::fs::write(path, lines.join("\n") + "\n").unwrap();
    }
    assert_eq!(FILE.lines().count(), messages().len());
}

/// The blocks of docs/PROTOCOL.md are these messages, and its tables name every code.
#[test]
fn the_protocol_text_shows_these_bytes_and_all_codes() {
    let text = include_str!("../../../../docs/PROTOCOL.md");
    for (name, bytes) in messages() {
        let begin = format!("```golden {name}\n");
        let block = text.split_once(&begin).unwrap_or_else(|| panic!("{name} is not there")).1;
        let block = block.split_once("```").unwrap().0;
        let hex: String = block
            .lines()
            .map(|line| line.split(';').next().unwrap_or_default())
            .flat_map(str::split_whitespace)
            .collect();
        assert_eq!(hex, to_hex(&bytes), "{name}");
    }
    for code in RejectCode::ALL {
        let row = format!("| {} | {} |", code.as_str(), code.http_status());
        assert!(text.contains(&row), "{row}");
    }
    for code in wardbook_sync::RefusalCode::ALL {
        assert!(text.contains(&format!("`{}`", code.as_str())), "{}", code.as_str());
    }
}
