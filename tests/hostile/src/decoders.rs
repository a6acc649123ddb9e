//! Everything that reads foreign bytes, as functions of bytes: none may panic, abort, hang or ask
//! for memory by what the bytes claim.

use std::sync::OnceLock;

use wardbook_base::{AuthorEpoch, DeviceId, DocumentId, HubId, SeededDice, Timestamp};
use wardbook_record::{PartialDate, parse_typed, schema};
use wardbook_replica::deep::{DeepWork, Verdict, frame as deep_frame};
use wardbook_sync::bundle::{Answer, Bundle, FileFrame, Header, Kind};
use wardbook_sync::check::{item_hash, operation_count};
use wardbook_sync::enrol::{self, EnrolString};
use wardbook_sync::memory::MemoryNode;
use wardbook_sync::message::{Digest, Envelope, EpochState, Feed, Request, Response};
use wardbook_sync::node::{CallInfo, CallLimits};
use wardbook_sync::ports::{Membership, NodePort as _};
use wardbook_sync::sign::DeviceKey;
use wardbook_sync::{SYNC_PATH, envelope, frame};

use crate::histories::{History, history};
use crate::trial::Trial;

/// One reader of foreign bytes.
#[derive(Debug, Clone, Copy)]
pub struct Decoder {
    /// Its name, also that of its fuzz target and of its folder of seeds.
    pub name: &'static str,
    /// Reads bytes and throws away what it read.
    pub read: fn(&[u8]),
    /// Honest bytes to start from.
    pub samples: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const DECODERS: [Decoder; 12] = [
    Decoder { name: "envelope", read: read_envelope, samples: || vec![sealed()] },
    Decoder { name: "request", read: read_request, samples: requests },
    Decoder { name: "response", read: read_response, samples: responses },
    Decoder { name: "enrolment", read: read_enrolment, samples: enrolments },
    Decoder { name: "change", read: read_change, samples: changes },
    Decoder { name: "enrol_string", read: read_enrol_string, samples: enrol_strings },
    Decoder { name: "bundle", read: read_bundle, samples: bundles },
    Decoder { name: "backup", read: read_backup, samples: backups },
    Decoder { name: "typed", read: read_typed, samples: typed },
    Decoder { name: "csv", read: |bytes| read_table(bytes, "a.csv"), samples: csv },
    Decoder { name: "xlsx", read: |bytes| read_table(bytes, "a.xlsx"), samples: xlsx },
    Decoder { name: "deep_frame", read: read_deep_frame, samples: deep_frames },
];

/// The decoder of a name.
pub fn decoder(name: &str) -> Option<&'static Decoder> {
    DECODERS.iter().find(|decoder| decoder.name == name)
}

const HUB: HubId = HubId([3; 16]);
const DEVICE: DeviceId = DeviceId([4; 16]);

fn key() -> DeviceKey {
    DeviceKey::generate(&SeededDice::new(1))
}

fn sample() -> &'static History {
    static SAMPLE: OnceLock<History> = OnceLock::new();
    SAMPLE.get_or_init(|| history(&SeededDice::new(1), 6))
}

fn read_envelope(bytes: &[u8]) {
    let _ = envelope::open_request(bytes, SYNC_PATH, &HUB, |_| Ok(None));
    let _ = envelope::open_answer::<Response>(bytes, SYNC_PATH, &HUB, b"request", &key().public());
    // Behind the signature, too: a device that is known may be hostile.
    if let Ok(Envelope { payload, .. }) = frame::from_cbor(bytes) {
        let _ = frame::decode::<Request>(&payload);
        let _ = frame::decode::<Response>(&payload);
    }
}

fn read_request(bytes: &[u8]) {
    let _ = frame::from_cbor::<Request>(bytes);
    let _ = frame::decode::<Request>(bytes);
}

fn read_response(bytes: &[u8]) {
    let _ = frame::from_cbor::<Response>(bytes);
    let _ = frame::decode::<Response>(bytes);
}

fn read_enrolment(bytes: &[u8]) {
    let _ = enrol::open_request(bytes);
    let _ = envelope::open_enrolled(bytes, b"request");
}

fn read_change(bytes: &[u8]) {
    static TRIAL: OnceLock<(DocumentId, Vec<Vec<u8>>)> = OnceLock::new();
    let (id, base) = TRIAL.get_or_init(|| (sample().id, sample().bytes(3)));
    let _ = item_hash(bytes);
    let _ = operation_count(bytes);
    if wardbook_sync::check::read_change(id, bytes).is_ok() {
        let _ = Trial::new(*id, base).shallow(bytes);
    }
}

fn read_enrol_string(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = text.parse::<EnrolString>();
    let _ = enrol::normalise_code(&text);
}

fn read_bundle(bytes: &[u8]) {
    for kind in [Kind::Up, Kind::Down] {
        let _ = Bundle::from_bytes(bytes, kind, |_| Some(key().public()));
    }
    let _ = wardbook_replica::bundle::open_with(&identity().0, bytes);
}

/// An age identity and its recipient, drawn once.
fn identity() -> &'static (String, String) {
    use age::secrecy::ExposeSecret as _;
    static IDENTITY: OnceLock<(String, String)> = OnceLock::new();
    IDENTITY.get_or_init(|| {
        let identity = age::x25519::Identity::generate();
        (identity.to_string().expose_secret().to_owned(), identity.to_public().to_string())
    })
}

/// As a file of somebody else, and as the inside of one that is sealed to us.
fn read_backup(bytes: &[u8]) {
    let sealed = wardbook_replica::bundle::seal_to(&identity().1, bytes).unwrap();
    for file in [bytes, &sealed] {
        let folder = tempfile::tempdir().unwrap();
        let (path, keys) = (folder.path().join("backup"), folder.path().join("keys"));
        std::fs::write(&path, file).unwrap();
        std::fs::write(&keys, file).unwrap();
        let into = folder.path().join("into");
        let _ = wardbook_store::open_backup_with(&path, &keys, &identity().0, &into);
    }
}

fn read_typed(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = PartialDate::parse_typed(&text);
    let _ = PartialDate::parse_stored(&text);
    let _ = text.parse::<wardbook_record::Path>();
    let _ = text.parse::<wardbook_base::WardId>();
    let as_of = PartialDate::in_vietnam(Timestamp(1_750_000_000_000));
    // One field of each kind: the first byte chooses, so that the fuzzer can learn it.
    let fields = &schema().fields;
    let field = &fields[usize::from(bytes.first().copied().unwrap_or_default()) % fields.len()];
    let _ = parse_typed(field, &text, as_of);
}

fn read_table(bytes: &[u8], name: &str) {
    let _ = wardbook_sheet::read_table(bytes, name, &wardbook_sheet::ReadOptions::default());
}

fn read_deep_frame(mut bytes: &[u8]) {
    let _ = deep_frame::decode_work(bytes);
    let _ = deep_frame::decode_verdict(bytes);
    while let Ok(Some(frame)) = deep_frame::read(&mut bytes) {
        let _ = deep_frame::decode_work(&frame);
    }
}

fn request() -> Request {
    let mut store = MemoryNode::new(AuthorEpoch([5; 16]));
    store.join(Membership {
        hub: HUB,
        hub_url: "http://127.0.0.1:1".to_owned(),
        tls_pin: None,
        hub_key: key().public(),
        sealing_recipient: "age1".to_owned(),
        hub_epoch: AuthorEpoch([6; 16]),
        device: DEVICE,
        ward: "25881.1".parse().unwrap(),
        ward_name: "Phường".to_owned(),
        units_as_of: String::new(),
    });
    assert!(store.membership().unwrap().is_some());
    let status = wardbook_sync::message::DeviceStatus::default();
    let info = CallInfo { app: "wardbook-node 0.1.0".to_owned(), schema: 1, status };
    let mut request =
        wardbook_sync::node::next_request(&store, &info, &CallLimits::default()).unwrap();
    request.push.items = changes()
        .into_iter()
        .map(|change| wardbook_sync::message::PushItem {
            document: sample().id,
            change,
            custody_version: 1,
            notice: None,
            gone: None,
        })
        .collect();
    request
}

fn requests() -> Vec<Vec<u8>> {
    vec![frame::to_cbor(&request()), frame::encode(&request()).unwrap()]
}

fn responses() -> Vec<Vec<u8>> {
    let response = Response {
        acked: wardbook_base::Lseq(7),
        refused: Vec::new(),
        epoch_state: EpochState::Ok,
        feed: Feed {
            from: wardbook_base::FeedPosition::default(),
            to: wardbook_base::FeedPosition::default(),
            items: Vec::new(),
        },
        digest_at_to: Digest::default(),
        more: false,
        server_time: Timestamp(1_750_000_000_000),
        retry_after_s: 0,
        digest_agreed: Some(true),
        acked_chain: None,
        ack_token: None,
        feed_token: None,
        compared: None,
        supplied: None,
        supplied_whole: Some(vec![sample().id]),
        parked: Some(0),
        returned: Some(0),
    };
    vec![frame::to_cbor(&response), frame::encode(&response).unwrap()]
}

fn sealed() -> Vec<u8> {
    envelope::seal_request(&request(), SYNC_PATH, &HUB, &DEVICE, &key()).unwrap()
}

fn enrolments() -> Vec<Vec<u8>> {
    let epoch = AuthorEpoch([5; 16]);
    let request = enrol::build_request("ABCD1021", &key(), "Máy 1", epoch, "0.1.0");
    vec![enrol::seal_request(&request), sealed()]
}

fn changes() -> Vec<Vec<u8>> {
    sample().bytes(sample().changes.len())
}

fn enrol_strings() -> Vec<Vec<u8>> {
    let digits = "c".repeat(64);
    vec![
        format!("wardbook:https://10.0.0.1:8443#{digits}#{digits}#abcd-1021").into_bytes(),
        format!("wardbook:http://[::1]:9000/#-#{digits}#ABCD1021").into_bytes(),
    ]
}

fn bundles() -> Vec<Vec<u8>> {
    let bundle = |kind, answers, files| {
        let header = Header {
            kind,
            id: [1; 16],
            hub: HUB,
            device: DEVICE,
            made_at: Timestamp(1_750_000_000_000),
            reply_to: identity().1.clone(),
        };
        Bundle { header, requests: vec![sealed()], answers, files }.to_bytes(&key()).unwrap()
    };
    let answer = Answer { to: 0, status: 200, body: b"body".to_vec() };
    let file =
        |status, answer: &[u8]| vec![FileFrame { call: sealed(), status, answer: answer.to_vec() }];
    let up = bundle(Kind::Up, Vec::new(), file(0, b""));
    let sealed = wardbook_replica::bundle::seal_to(&identity().1, &up).unwrap();
    vec![up, bundle(Kind::Down, vec![answer], file(200, b"have")), sealed]
}

fn backups() -> Vec<Vec<u8>> {
    let inside = [&b"wardbook-backup/2\n\x0bwardbook.db"[..], &7_u64.to_le_bytes(), b"SQLite "];
    let inside = inside.concat();
    vec![wardbook_replica::bundle::seal_to(&identity().1, &inside).unwrap(), inside]
}

fn typed() -> Vec<Vec<u8>> {
    let texts = ["30/4/1975", "1975", "Tháng 4 năm 1975", "2.34", "Đại học; Thạc sĩ", "1.490.000"];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn csv() -> Vec<Vec<u8>> {
    vec![
        "Họ và tên,Ngày sinh,Giới tính\nNguyễn Văn A,30/4/1975,Nam\n".as_bytes().to_vec(),
        "\u{feff}Họ và tên;Ngày sinh\r\n\"A;\"\"B\";1975\r\n".as_bytes().to_vec(),
    ]
}

fn xlsx() -> Vec<Vec<u8>> {
    let columns: Vec<_> = wardbook_sheet::columns().iter().take(12).collect();
    let rows: Vec<Vec<String>> =
        (0..3).map(|n| (0..12).map(|c| format!("ô {n} {c}")).collect()).collect();
    vec![wardbook_sheet::workbook(&columns, &rows, wardbook_record::Lang::Vi).unwrap()]
}

fn deep_frames() -> Vec<Vec<u8>> {
    let work = DeepWork {
        document: sample().id,
        saved: Some(b"saved".to_vec()),
        changes: sample().bytes(2),
        fresh: sample().changes[2..].to_vec(),
    };
    let frame = deep_frame::encode_work(&work, &work.fresh);
    let mut piped = Vec::new();
    deep_frame::write(&mut piped, &frame).unwrap();
    let guilty = Verdict::Guilty(vec![sample().changes[0].0]);
    vec![frame, piped, deep_frame::encode_verdict(&guilty)]
}
