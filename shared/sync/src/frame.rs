//! Messages as bytes: CBOR, then zstd, with a limit on everything that a stranger can choose.

use std::io::{Read as _, Write as _};

use minicbor::{Decode, Encode};
use wardbook_base::limits::{MESSAGE_COMPRESSED_BYTES_MAX, MESSAGE_INFLATED_BYTES_MAX};

use crate::RejectCode;

/// CBOR items (numbers, texts, arrays, maps) in one message; a full feed has about 30,000.
pub const CBOR_ITEMS_MAX: usize = 100_000;
/// How deep CBOR arrays and maps may lie in each other.
pub const CBOR_DEPTH_MAX: usize = 12;
/// What the envelope puts around the payload, rounded up, in bytes.
pub const ENVELOPE_OVERHEAD_BYTES_MAX: usize = 128;

/// Moderate: it must not cost more than the line it saves.
const ZSTD_LEVEL: i32 = 3;
/// A decoder keeps at most this much history (8 MiB), whatever the frame asks for.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// Why bytes are not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// More bytes than a message may have.
    #[error("the message has more than {MESSAGE_COMPRESSED_BYTES_MAX} bytes")]
    TooLarge,
    /// It inflates beyond the limit.
    #[error("the message inflates to more than {MESSAGE_INFLATED_BYTES_MAX} bytes")]
    InflatesTooMuch,
    /// Cut off, of another kind, nested too deep, or with too many items.
    #[error("the bytes are not a message")]
    Malformed,
}

impl From<FrameError> for RejectCode {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::TooLarge => Self::TooLarge,
            FrameError::InflatesTooMuch => Self::InflatesTooMuch,
            FrameError::Malformed => Self::Malformed,
        }
    }
}

/// A message as compressed bytes: the payload of an envelope.
///
/// # Errors
/// When it is larger than the other end would take.
pub fn encode<T: Encode<()>>(message: &T) -> Result<Vec<u8>, FrameError> {
    let cbor = to_cbor(message);
    if cbor.len() > MESSAGE_INFLATED_BYTES_MAX {
        return Err(FrameError::InflatesTooMuch);
    }
    let bytes = zstd::bulk::compress(&cbor, ZSTD_LEVEL).map_err(|_| FrameError::TooLarge)?;
    if bytes.len() > MESSAGE_COMPRESSED_BYTES_MAX - ENVELOPE_OVERHEAD_BYTES_MAX {
        return Err(FrameError::TooLarge);
    }
    Ok(bytes)
}

/// A message from compressed bytes.
///
/// # Errors
/// When a limit is passed or the bytes are not such a message.
pub fn decode<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, FrameError> {
    from_cbor(&inflate(bytes)?)
}

/// A message as CBOR.
pub fn to_cbor<T: Encode<()>>(message: &T) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing into a Vec cannot fail, and none of our types refuses to be encoded.
    minicbor::encode(message, &mut out).expect("a message encodes into memory");
    out
}

/// A message from CBOR; the shape of the bytes is checked before anything is built from them.
///
/// # Errors
/// When the bytes are too many, nested too deep, of too many items, or not such a message.
pub fn from_cbor<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, FrameError> {
    if bytes.len() > MESSAGE_INFLATED_BYTES_MAX {
        return Err(FrameError::InflatesTooMuch);
    }
    scan(bytes)?;
    minicbor::decode(bytes).map_err(|_| FrameError::Malformed)
}

/// Inflates one zstd frame, never holding more than the limit.
fn inflate(bytes: &[u8]) -> Result<Vec<u8>, FrameError> {
    if bytes.len() > MESSAGE_COMPRESSED_BYTES_MAX {
        return Err(FrameError::TooLarge);
    }
    let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes)
        .map_err(|_| FrameError::Malformed)?
        .single_frame();
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(|_| FrameError::Malformed)?;
    let mut out = Vec::new();
    let limit = MESSAGE_INFLATED_BYTES_MAX as u64 + 1;
    (&mut decoder).take(limit).read_to_end(&mut out).map_err(|_| FrameError::Malformed)?;
    if out.len() > MESSAGE_INFLATED_BYTES_MAX {
        return Err(FrameError::InflatesTooMuch);
    }
    if decoder.finish().is_empty() { Ok(out) } else { Err(FrameError::Malformed) }
}

/// Walks over one CBOR item without building anything: counts, depth and lengths must be sane.
fn scan(bytes: &[u8]) -> Result<(), FrameError> {
    let mut rest = bytes;
    let mut items = 0;
    let mut open: Vec<u64> = vec![1];
    while let Some(left) = open.last_mut() {
        if *left == 0 {
            open.pop();
            continue;
        }
        *left -= 1;
        items += 1;
        let (major, argument, after) = item_head(rest).ok_or(FrameError::Malformed)?;
        rest = after;
        let inside = match major {
            2 | 3 => {
                let length = usize::try_from(argument).map_err(|_| FrameError::Malformed)?;
                rest = rest.get(length..).ok_or(FrameError::Malformed)?;
                0
            }
            4 => argument,
            5 => argument.checked_mul(2).ok_or(FrameError::Malformed)?,
            6 => 1,
            _ => 0,
        };
        // Every item needs a byte at least, so a larger claim is a lie.
        if inside > rest.len() as u64 || items > CBOR_ITEMS_MAX || open.len() > CBOR_DEPTH_MAX {
            return Err(FrameError::Malformed);
        }
        open.push(inside);
    }
    if rest.is_empty() { Ok(()) } else { Err(FrameError::Malformed) }
}

/// Major type, argument and rest. Items of indefinite length are not part of this protocol.
fn item_head(bytes: &[u8]) -> Option<(u8, u64, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    let (major, info) = (first >> 5, first & 0x1f);
    let width = match info {
        0..=23 => return Some((major, u64::from(info), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (argument, rest) = rest.split_at_checked(width)?;
    let value = argument.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    Some((major, value, rest))
}

/// Tells while a message grows how large it will be, so that it can be cut in time.
///
/// The compressor is made with the first [`Meter::FLUSH_BYTES`] bytes: before them nothing is asked
/// of it, and its tables cost more than a small call.
#[derive(Default)]
pub(crate) struct Meter {
    encoder: Option<zstd::stream::write::Encoder<'static, Vec<u8>>>,
    inflated: usize,
    unflushed: Vec<u8>,
}

impl Meter {
    /// After so many bytes the compressor is asked what they came to.
    const FLUSH_BYTES: usize = 16 * 1024;

    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Counts bytes that will be part of the message.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.inflated += bytes.len();
        self.unflushed.extend_from_slice(bytes);
        if self.unflushed.len() >= Self::FLUSH_BYTES && self.flush().is_some() {
            self.unflushed.clear();
        }
    }

    /// Writing into a Vec cannot fail; if it did, the bytes go on counting in full.
    fn flush(&mut self) -> Option<()> {
        if self.encoder.is_none() {
            self.encoder = zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL).ok();
        }
        let encoder = self.encoder.as_mut()?;
        encoder.write_all(&self.unflushed).ok()?;
        encoder.flush().ok()
    }

    pub(crate) fn inflated(&self) -> usize {
        self.inflated
    }

    /// At most so many bytes compressed: what is not compressed yet counts in full.
    pub(crate) fn compressed_at_most(&self) -> usize {
        let flushed = self.encoder.as_ref().map_or(0, |encoder| encoder.get_ref().len());
        let unflushed = self.unflushed.len();
        flushed + unflushed + unflushed / 128 + 64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Digest, Rejection};

    fn rejection() -> Rejection {
        Rejection { code: "busy".to_owned(), retry_after_s: 30 }
    }

    #[test]
    fn a_message_survives_the_wire() {
        let bytes = encode(&rejection()).unwrap();
        assert_eq!(decode::<Rejection>(&bytes), Ok(rejection()));
    }

    #[test]
    fn a_message_cut_off_anywhere_is_malformed() {
        let bytes = encode(&rejection()).unwrap();
        for length in 0..bytes.len() {
            assert_eq!(
                decode::<Rejection>(&bytes[..length]),
                Err(FrameError::Malformed),
                "{length}"
            );
        }
        let mut longer = bytes;
        longer.push(0);
        assert_eq!(decode::<Rejection>(&longer), Err(FrameError::Malformed));
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit() {
        let zeros = vec![0; MESSAGE_INFLATED_BYTES_MAX + 1];
        let bomb = zstd::bulk::compress(&zeros, 19).unwrap();
        assert!(bomb.len() < 4096);
        assert_eq!(decode::<Rejection>(&bomb), Err(FrameError::InflatesTooMuch));
        let long = vec![0; MESSAGE_COMPRESSED_BYTES_MAX + 1];
        assert_eq!(decode::<Rejection>(&long), Err(FrameError::TooLarge));
    }

    #[test]
    fn claims_of_size_cost_nothing() {
        // An array of 2^60 items; 13 arrays in each other; a text longer than the rest.
        let huge = [0x9b, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x01];
        let deep = [vec![0x81; CBOR_DEPTH_MAX + 2], vec![0]].concat();
        let long = [0x7a, 0x7f, 0xff, 0xff, 0xff, b'a'];
        let endless = [0x9f, 0xff];
        let many = [vec![0x9a, 0, 2, 0, 0], vec![0; 0x2_0000]].concat();
        for bytes in [&huge[..], &deep, &long, &endless, &many, &[]] {
            assert_eq!(from_cbor::<Rejection>(bytes), Err(FrameError::Malformed));
        }
    }

    #[test]
    fn fields_of_a_newer_program_are_skipped_and_missing_ones_are_told_apart() {
        // {0: "busy", 1: 30, 7: {"new": [1, h'00']}}
        let newer = [
            &[0xa3, 0x00, 0x64][..],
            b"busy",
            &[0x01, 0x18, 0x1e, 0x07, 0xa1, 0x63],
            b"new",
            &[0x82, 0x01, 0x41, 0x00],
        ]
        .concat();
        assert_eq!(from_cbor::<Rejection>(&newer), Ok(rejection()));
        assert_eq!(from_cbor::<Digest>(&[0xa1, 0x00, 0x05]), Err(FrameError::Malformed));
    }

    #[test]
    fn the_meter_never_promises_less_than_it_becomes() {
        let mut meter = Meter::new();
        let mut all = Vec::new();
        for n in 0..3000_u32 {
            let piece: Vec<u8> = (0..60)
                .map(|i| (n.wrapping_mul(2_654_435_761) >> (i % 24)).to_le_bytes()[0])
                .collect();
            meter.add(&piece);
            all.extend_from_slice(&piece);
        }
        assert_eq!(meter.inflated(), all.len());
        assert!(
            meter.compressed_at_most() >= zstd::bulk::compress(&all, ZSTD_LEVEL).unwrap().len()
        );
    }
}
