//! What the server and its worker say to each other: frames of a length and that many bytes.

use std::io::{self, Read, Write};

use wardbook_base::{ChangeHash, DocumentId};

use super::{DeepWork, HashedChange, Verdict};

/// The longest frame: no document of a record comes near it.
pub const FRAME_BYTES_MAX: usize = 64 * 1024 * 1024;

const FINE: u8 = 0;
const DAMAGED: u8 = 1;
const GUILTY: u8 = 2;

/// Bytes that are no frame of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no frame of the deep check")]
pub struct BadFrame;

/// Writes one frame.
///
/// # Errors
/// When the other side is gone.
pub fn write(out: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    let length = u32::try_from(frame.len()).map_err(io::Error::other)?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(frame)?;
    out.flush()
}

/// Reads one frame; none at the end.
///
/// # Errors
/// When the other side is gone in the middle of a frame, or claims one that is too long.
pub fn read(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match input.read(&mut length)? {
        0 => return Ok(None),
        got => input.read_exact(&mut length[got..])?,
    }
    let length = u32::from_le_bytes(length);
    if usize::try_from(length).map_or(true, |length| length > FRAME_BYTES_MAX) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, BadFrame));
    }
    // Grows with what comes, not with what is claimed.
    let mut frame = Vec::new();
    input.take(u64::from(length)).read_to_end(&mut frame)?;
    if frame.len() as u64 == u64::from(length) {
        Ok(Some(frame))
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// The work as a frame, with `fresh` in place of its own fresh changes.
pub fn encode_work(work: &DeepWork, fresh: &[HashedChange]) -> Vec<u8> {
    let mut out = work.document.as_bytes().to_vec();
    match &work.saved {
        Some(saved) => {
            out.push(1);
            put(&mut out, saved);
        }
        None => out.push(0),
    }
    put_count(&mut out, work.changes.len());
    work.changes.iter().for_each(|bytes| put(&mut out, bytes));
    put_count(&mut out, fresh.len());
    for (hash, bytes) in fresh {
        out.extend_from_slice(hash.as_bytes());
        put(&mut out, bytes);
    }
    out
}

/// Reads what [`encode_work`] wrote.
///
/// # Errors
/// When it is anything else.
pub fn decode_work(frame: &[u8]) -> Result<DeepWork, BadFrame> {
    let mut rest = Rest(frame);
    let document = DocumentId(rest.array()?);
    let saved = match rest.array::<1>()? {
        [0] => None,
        [1] => Some(rest.bytes()?),
        _ => return Err(BadFrame),
    };
    let (mut changes, mut fresh) = (Vec::new(), Vec::new());
    for _ in 0..rest.count()? {
        changes.push(rest.bytes()?);
    }
    for _ in 0..rest.count()? {
        fresh.push((ChangeHash(rest.array()?), rest.bytes()?));
    }
    rest.end()?;
    Ok(DeepWork { document, saved, changes, fresh })
}

/// A verdict as a frame.
pub fn encode_verdict(verdict: &Verdict) -> Vec<u8> {
    match verdict {
        Verdict::Fine => vec![FINE],
        Verdict::Damaged => vec![DAMAGED],
        Verdict::Guilty(hashes) => {
            let mut out = vec![GUILTY];
            put_count(&mut out, hashes.len());
            for hash in hashes {
                out.extend_from_slice(hash.as_bytes());
            }
            out
        }
    }
}

/// Reads what [`encode_verdict`] wrote.
///
/// # Errors
/// When it is anything else: the worker works with hostile bytes and is not to be trusted.
pub fn decode_verdict(frame: &[u8]) -> Result<Verdict, BadFrame> {
    let mut rest = Rest(frame);
    let verdict = match rest.array::<1>()? {
        [FINE] => Verdict::Fine,
        [DAMAGED] => Verdict::Damaged,
        [GUILTY] => {
            let mut hashes = Vec::new();
            for _ in 0..rest.count()? {
                hashes.push(ChangeHash(rest.array()?));
            }
            Verdict::Guilty(hashes)
        }
        _ => return Err(BadFrame),
    };
    rest.end()?;
    Ok(verdict)
}

/// The numbers of a frame are below its length limit, which fits.
fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    put_count(out, bytes.len());
    out.extend_from_slice(bytes);
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], BadFrame> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(BadFrame)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BadFrame> {
        self.take(N)?.try_into().map_err(|_| BadFrame)
    }

    fn count(&mut self) -> Result<usize, BadFrame> {
        usize::try_from(u32::from_le_bytes(self.array()?)).map_err(|_| BadFrame)
    }

    fn bytes(&mut self) -> Result<Vec<u8>, BadFrame> {
        let length = self.count()?;
        Ok(self.take(length)?.to_vec())
    }

    fn end(&self) -> Result<(), BadFrame> {
        if self.0.is_empty() { Ok(()) } else { Err(BadFrame) }
    }
}
