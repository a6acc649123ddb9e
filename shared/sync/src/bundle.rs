//! A call in a file: the same signed frames as over HTTP, carried by hand when there is no line.
//!
//! An *up* bundle holds the bodies of calls; a *down* bundle holds those bodies again with the
//! hub's answers to them, so that a device need not remember what it once wrote to a file. The whole
//! is signed by who made it, so that nobody can put a reply address of his own beside frames of
//! another. Sealing to the reader is the caller's (age), because it needs randomness.
//!
//! Pieces of files travel behind the records, each call with its answer beside it. A reply leaves out
//! the calls that only gave a piece, or it would carry every file back.
//!
//! Bytes: magic, header (length, CBOR), requests, answers, calls about files, signature. All lengths
//! are big-endian.

use minicbor::{Decode, Encode};
use wardbook_base::limits::MESSAGE_COMPRESSED_BYTES_MAX;
use wardbook_base::{DeviceId, HubId, Timestamp};

use crate::frame;
use crate::sign::{self, DeviceKey};

/// A bundle has at most so many bytes, before it is sealed.
pub const BUNDLE_BYTES_MAX: usize = 96 * 1024 * 1024;
/// Calls in one bundle at most: what does not fit goes into the next.
pub const BUNDLE_REQUESTS_MAX: usize = 100;
/// Answers in one bundle at most.
pub const BUNDLE_ANSWERS_MAX: usize = 300;
/// Calls about files in one bundle at most.
pub const BUNDLE_FILES_MAX: usize = 8_192;

const MAGIC: &[u8] = b"wardbook-bundle/";
const VERSION: u8 = b'3';
const HEADER_BYTES_MAX: usize = 4 * 1024;
const SIGNATURE_BYTES: usize = 64;
const CONTEXT: &[u8] = b"wardbook/sync/2 bundle\0";

/// Which way a bundle travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Kind {
    /// From a device to the hub.
    #[n(0)]
    Up,
    /// From the hub to a device.
    #[n(1)]
    Down,
}

/// What stands before the frames.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Header {
    /// Which way.
    #[n(0)]
    pub kind: Kind,
    /// A number of its own, drawn by the device; a reply carries that of what it replies to.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub id: [u8; 16],
    /// The hub it is for, or from.
    #[n(2)]
    pub hub: HubId,
    /// The device it is from, or for.
    #[n(3)]
    pub device: DeviceId,
    /// When it was written, by the clock of who wrote it.
    #[n(4)]
    pub made_at: Timestamp,
    /// The age recipient to which the reply is sealed; empty in a reply.
    #[n(5)]
    pub reply_to: String,
}

/// The hub's answer to one of the calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Which call, counted from 0. Several answers to one call continue each other.
    pub to: u32,
    /// The HTTP status it would have had.
    pub status: u16,
    /// The body it would have had.
    pub body: Vec<u8>,
}

/// A call about a piece of a file, with the hub's answer to it on the way down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFrame {
    /// The body of the call.
    pub call: Vec<u8>,
    /// The HTTP status its answer would have had; 0 on the way up.
    pub status: u16,
    /// The body of the answer; empty on the way up.
    pub answer: Vec<u8>,
}

/// A bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// What it is.
    pub header: Header,
    /// The bodies of the calls, in order.
    pub requests: Vec<Vec<u8>>,
    /// The answers, in the order in which they are to be taken in; none on the way up.
    pub answers: Vec<Answer>,
    /// Calls about files, in order: to be answered and taken in after the records.
    pub files: Vec<FileFrame>,
}

/// Why bytes are no bundle for the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Cut off, of another kind, or more than a bundle may have.
    #[error("the bytes are no bundle")]
    NotABundle,
    /// Another version of the program wrote it.
    #[error("another version of the program wrote the bundle")]
    OtherVersion,
    /// It is meant for the other end.
    #[error("the bundle travels the other way")]
    WrongWay,
    /// Not signed by whom it names, or by somebody unknown.
    #[error("the bundle is not signed by whom it names")]
    BadSignature,
    /// More than a bundle may hold.
    #[error("the bundle would hold too much")]
    TooLarge,
}

impl BundleError {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotABundle => "not_a_bundle",
            Self::OtherVersion => "bundle_version",
            Self::WrongWay => "bundle_wrong_way",
            Self::BadSignature => "bundle_bad_signature",
            Self::TooLarge => "bundle_too_large",
        }
    }
}

impl Bundle {
    /// The bytes, signed.
    ///
    /// # Errors
    /// When it holds more than the other end would take.
    pub fn to_bytes(&self, key: &DeviceKey) -> Result<Vec<u8>, BundleError> {
        let header = frame::to_cbor(&self.header);
        if header.len() > HEADER_BYTES_MAX
            || self.requests.len() > BUNDLE_REQUESTS_MAX
            || self.answers.len() > BUNDLE_ANSWERS_MAX
            || self.files.len() > BUNDLE_FILES_MAX
        {
            return Err(BundleError::TooLarge);
        }
        let mut out = [MAGIC, &[VERSION, b'\n']].concat();
        put_sized(&mut out, &header)?;
        put_count(&mut out, self.requests.len())?;
        for request in &self.requests {
            put_sized(&mut out, request)?;
        }
        put_count(&mut out, self.answers.len())?;
        for answer in &self.answers {
            out.extend_from_slice(&answer.to.to_be_bytes());
            out.extend_from_slice(&answer.status.to_be_bytes());
            put_sized(&mut out, &answer.body)?;
        }
        put_count(&mut out, self.files.len())?;
        for FileFrame { call, status, answer } in &self.files {
            put_sized(&mut out, call)?;
            out.extend_from_slice(&status.to_be_bytes());
            put_sized(&mut out, answer)?;
        }
        if out.len() + SIGNATURE_BYTES > BUNDLE_BYTES_MAX {
            return Err(BundleError::TooLarge);
        }
        let signature = key.sign(&message(&out));
        out.extend_from_slice(&signature);
        Ok(out)
    }

    /// Reads a bundle of a kind. `key_of` names the key that must have signed it: the device's on
    /// the way up, the hub's on the way down; `None` for somebody unknown.
    ///
    /// # Errors
    /// When the bytes are no such bundle; nothing in them was used then.
    pub fn from_bytes(
        bytes: &[u8],
        kind: Kind,
        key_of: impl FnOnce(&Header) -> Option<[u8; 32]>,
    ) -> Result<Self, BundleError> {
        let bundle = Self::unsigned(bytes)?;
        if bundle.header.kind != kind {
            return Err(BundleError::WrongWay);
        }
        let (signed, signature) =
            bytes.split_at_checked(bytes.len() - SIGNATURE_BYTES).ok_or(BundleError::NotABundle)?;
        let key = key_of(&bundle.header).ok_or(BundleError::BadSignature)?;
        if sign::verify(&key, &message(signed), signature) {
            Ok(bundle)
        } else {
            Err(BundleError::BadSignature)
        }
    }

    /// Takes the bytes apart. Every length is checked before anything is copied.
    fn unsigned(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.len() > BUNDLE_BYTES_MAX {
            return Err(BundleError::NotABundle);
        }
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(BundleError::NotABundle)?;
        match take(&mut rest, 2)? {
            [VERSION, b'\n'] => {}
            [b'0'..=b'9', _] => return Err(BundleError::OtherVersion),
            _ => return Err(BundleError::NotABundle),
        }
        let header = take_sized(&mut rest, HEADER_BYTES_MAX)?;
        let header = frame::from_cbor(header).map_err(|_| BundleError::NotABundle)?;
        let count = take_count(&mut rest, BUNDLE_REQUESTS_MAX)?;
        let mut requests = Vec::new();
        for _ in 0..count {
            requests.push(take_sized(&mut rest, MESSAGE_COMPRESSED_BYTES_MAX)?.to_vec());
        }
        let count = take_count(&mut rest, BUNDLE_ANSWERS_MAX)?;
        let mut answers = Vec::new();
        for _ in 0..count {
            let to = number(take(&mut rest, 4)?);
            let status = take_status(&mut rest)?;
            let body = take_sized(&mut rest, MESSAGE_COMPRESSED_BYTES_MAX)?.to_vec();
            if to as usize >= requests.len() {
                return Err(BundleError::NotABundle);
            }
            answers.push(Answer { to, status, body });
        }
        let count = take_count(&mut rest, BUNDLE_FILES_MAX)?;
        let mut files = Vec::new();
        for _ in 0..count {
            let call = take_sized(&mut rest, MESSAGE_COMPRESSED_BYTES_MAX)?.to_vec();
            let status = take_status(&mut rest)?;
            let answer = take_sized(&mut rest, MESSAGE_COMPRESSED_BYTES_MAX)?.to_vec();
            files.push(FileFrame { call, status, answer });
        }
        if rest.len() == SIGNATURE_BYTES {
            Ok(Self { header, requests, answers, files })
        } else {
            Err(BundleError::NotABundle)
        }
    }
}

fn message(signed: &[u8]) -> Vec<u8> {
    use sha2::Digest as _;
    [CONTEXT, sha2::Sha256::digest(signed).as_slice()].concat()
}

fn put_count(out: &mut Vec<u8>, count: usize) -> Result<(), BundleError> {
    let count = u32::try_from(count).map_err(|_| BundleError::TooLarge)?;
    out.extend_from_slice(&count.to_be_bytes());
    Ok(())
}

fn put_sized(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), BundleError> {
    put_count(out, bytes.len())?;
    out.extend_from_slice(bytes);
    Ok(())
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], BundleError> {
    let (taken, after) = rest.split_at_checked(length).ok_or(BundleError::NotABundle)?;
    *rest = after;
    Ok(taken)
}

fn take_count(rest: &mut &[u8], most: usize) -> Result<usize, BundleError> {
    let count = number(take(rest, 4)?) as usize;
    if count > most { Err(BundleError::NotABundle) } else { Ok(count) }
}

fn take_status(rest: &mut &[u8]) -> Result<u16, BundleError> {
    Ok(u16::try_from(number(take(rest, 2)?)).unwrap_or_default())
}

fn take_sized<'a>(rest: &mut &'a [u8], most: usize) -> Result<&'a [u8], BundleError> {
    let length = take_count(rest, most)?;
    take(rest, length)
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |value, byte| value << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wardbook_base::SeededDice;

    fn bundle() -> Bundle {
        let header = Header {
            kind: Kind::Down,
            id: [7; 16],
            hub: HubId([1; 16]),
            device: DeviceId([2; 16]),
            made_at: Timestamp(1_000),
            reply_to: "age1somebody".to_owned(),
        };
        let answers = vec![
            Answer { to: 0, status: 200, body: b"first".to_vec() },
            Answer { to: 1, status: 409, body: Vec::new() },
        ];
        let files = vec![
            FileFrame { call: b"piece".to_vec(), status: 200, answer: b"have".to_vec() },
            FileFrame { call: b"ask".to_vec(), status: 0, answer: Vec::new() },
        ];
        Bundle { header, requests: vec![b"a".to_vec(), b"bb".to_vec()], answers, files }
    }

    #[test]
    fn what_was_signed_reads_back_and_anything_else_does_not() {
        let key = DeviceKey::generate(&SeededDice::new(1));
        let bytes = bundle().to_bytes(&key).unwrap();
        let read = |bytes: &[u8], kind| Bundle::from_bytes(bytes, kind, |_| Some(key.public()));
        assert_eq!(read(&bytes, Kind::Down), Ok(bundle()));
        assert_eq!(read(&bytes, Kind::Up), Err(BundleError::WrongWay));
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length], Kind::Down).is_err(), "{length}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(read(&changed, Kind::Down).is_err(), "{at}");
        }
        let stranger = DeviceKey::generate(&SeededDice::new(2)).public();
        for key in [None, Some(stranger)] {
            let read = Bundle::from_bytes(&bytes, Kind::Down, |_| key);
            assert_eq!(read, Err(BundleError::BadSignature));
        }
    }

    #[test]
    fn an_answer_names_a_call_that_is_there_and_claims_of_size_cost_nothing() {
        let key = DeviceKey::generate(&SeededDice::new(1));
        let mut wrong = bundle();
        wrong.answers[1].to = 2;
        let bytes = wrong.to_bytes(&key).unwrap();
        let read = |bytes: &[u8]| Bundle::from_bytes(bytes, Kind::Down, |_| Some(key.public()));
        assert_eq!(read(&bytes), Err(BundleError::NotABundle));
        let huge = [MAGIC, b"3\n", &[0xff; 80]].concat();
        assert_eq!(read(&huge), Err(BundleError::NotABundle));
        for version in [b"2\n", b"9\n"] {
            let other = [MAGIC, version, &[0; 80]].concat();
            assert_eq!(read(&other), Err(BundleError::OtherVersion));
        }
        assert_eq!(read(b""), Err(BundleError::NotABundle));
        let many = Bundle { requests: vec![Vec::new(); BUNDLE_REQUESTS_MAX + 1], ..bundle() };
        assert_eq!(many.to_bytes(&key), Err(BundleError::TooLarge));
        let file = bundle().files[0].clone();
        let many = Bundle { files: vec![file; BUNDLE_FILES_MAX + 1], ..bundle() };
        assert_eq!(many.to_bytes(&key), Err(BundleError::TooLarge));
    }
}
