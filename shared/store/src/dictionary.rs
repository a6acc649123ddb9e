//! Compression of what is kept of documents, with a dictionary trained on the store's own records.
//!
//! Records are short and alike, so what one record shares with the others weighs more than what it
//! repeats within itself. A dictionary outlives the records it was trained on, and backups hold it:
//! therefore it is trained only on stretches of bytes that many records share, so that nothing in it
//! points to a person, and purging a record leaves nothing of it here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use wardbook_base::{DocumentId, Timestamp};
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use crate::documents::Documents as _;
use crate::error::StoreError;
use crate::rows::number;
use crate::snapshot::unreadable;
use crate::store::Store;
use crate::tx::SqlTx;
use crate::writer::lock;

/// zstd's default: most of what can be saved, for about 0.1 ms.
const LEVEL: i32 = 3;
/// A snapshot inflates to at most this; far above any document the checks let in.
const INFLATED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Fewer documents than this make no dictionary worth having.
pub(crate) const DOCUMENTS_MIN: u64 = 200;
/// A new dictionary once the store holds so many times the documents of the last training.
const RETRAIN_GROWTH: u64 = 4;
/// Documents that are looked at.
const SAMPLES_MAX: usize = 400;
/// Bytes that are looked at.
const SAMPLE_BYTES_MAX: usize = 3 * 1024 * 1024;
/// Size of a dictionary.
const DICTIONARY_BYTES: usize = 32 * 1024;
/// A stretch is shared when every window of it of this many bytes ...
const WINDOW: usize = 8;
/// ... stands in at least this many documents.
const SHARED_BY_MIN: u32 = 16;

/// Dictionaries that are ready for use, by id.
#[derive(Default)]
pub(crate) struct Dictionaries(Mutex<HashMap<i64, Arc<Prepared>>>);

struct Prepared {
    encoder: EncoderDictionary<'static>,
    decoder: DecoderDictionary<'static>,
}

impl SqlTx<'_> {
    /// Compresses; returns the dictionary that is needed to read it.
    pub(crate) fn pack(&self, bytes: &[u8]) -> Result<(Option<i64>, Vec<u8>), StoreError> {
        let newest = self.first("SELECT max(id) FROM dictionary", [], |row| row.get(0))?.flatten();
        let packed = match newest {
            Some(id) => {
                let prepared = self.prepared(id)?;
                Compressor::with_prepared_dictionary(&prepared.encoder)?.compress(bytes)?
            }
            None => zstd::bulk::compress(bytes, LEVEL)?,
        };
        Ok((newest, packed))
    }

    /// The other way round.
    pub(crate) fn unpack(
        &self,
        document: &DocumentId,
        dictionary: Option<i64>,
        packed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let size = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten();
        let size = size.and_then(|size| usize::try_from(size).ok());
        let capacity = size.unwrap_or(INFLATED_BYTES_MAX).min(INFLATED_BYTES_MAX);
        let inflated = match dictionary {
            Some(id) => {
                let prepared = self.prepared(id)?;
                Decompressor::with_prepared_dictionary(&prepared.decoder)?
                    .decompress(packed, capacity)
            }
            None => zstd::bulk::decompress(packed, capacity),
        };
        inflated.map_err(|error| unreadable(document, &error))
    }

    fn prepared(&self, id: i64) -> Result<Arc<Prepared>, StoreError> {
        let mut known = lock(&self.shared.dictionaries.0);
        if let Some(prepared) = known.get(&id) {
            return Ok(Arc::clone(prepared));
        }
        let sql = "SELECT bytes FROM dictionary WHERE id = ?1";
        let bytes: Vec<u8> = self
            .first(sql, [id], |row| row.get(0))?
            .ok_or_else(|| StoreError::Corrupt(format!("the dictionary {id} is missing")))?;
        let prepared = Arc::new(Prepared {
            encoder: EncoderDictionary::try_copy(&bytes, LEVEL)?,
            decoder: DecoderDictionary::try_copy(&bytes)?,
        });
        known.insert(id, Arc::clone(&prepared));
        Ok(prepared)
    }

    /// Whether a (new) dictionary would be worth its training.
    fn wants_dictionary(&self) -> Result<bool, StoreError> {
        let documents = self.number("SELECT count(*) FROM document WHERE ward IS NOT NULL", [])?;
        let sql = "SELECT documents FROM dictionary ORDER BY id DESC LIMIT 1";
        let last = self.first(sql, [], |row| row.get::<_, i64>(0))?.map(i64::cast_unsigned);
        Ok(documents >= last.map_or(DOCUMENTS_MIN, |last| last.saturating_mul(RETRAIN_GROWTH)))
    }

    /// Saved documents to learn from, spread over the whole store.
    fn samples(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        let ids: Vec<DocumentId> =
            self.all_documents()?.into_iter().map(|state| state.id).collect();
        let step = ids.len().div_ceil(SAMPLES_MAX).max(1);
        let (mut samples, mut bytes) = (Vec::new(), 0);
        for id in ids.iter().step_by(step) {
            // One that cannot be read is the scrub's business.
            if let Ok(Some(document)) = self.put_together(id, i64::MAX) {
                let saved = document.save();
                bytes += saved.len();
                samples.push(saved);
            }
            if bytes > SAMPLE_BYTES_MAX {
                break;
            }
        }
        Ok(samples)
    }
}

impl Store {
    /// Trains a dictionary when there are enough documents and none was trained on about as many.
    /// Returns its size in bytes.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn train_dictionary(&self, now: Timestamp) -> Result<Option<usize>, StoreError> {
        let (documents, samples) = self.inner.readers.read_sql(&self.inner.shared, |tx| {
            if !tx.wants_dictionary()? {
                return Ok::<_, StoreError>((0, Vec::new()));
            }
            let (documents, ..) = crate::identity::Identity::row_counts(tx)?;
            Ok((documents, tx.samples()?))
        })?;
        if samples.is_empty() {
            return Ok(None);
        }
        // Too little in common makes zstd refuse, which is no failure of ours.
        let Ok(dictionary) = zstd::dict::from_samples(&shared_parts(&samples), DICTIONARY_BYTES)
        else {
            return Ok(None);
        };
        let size = dictionary.len();
        self.inner.writer.write_sql(&self.inner.shared, |tx| {
            let sql = "INSERT INTO dictionary (made_at, documents, bytes) VALUES (?1, ?2, ?3)";
            tx.execute(sql, rusqlite::params![now.0, number(documents), dictionary]).map(drop)
        })?;
        Ok(Some(size))
    }
}

/// What is left of each sample when everything that few of them share is taken out.
fn shared_parts(samples: &[Vec<u8>]) -> Vec<Vec<u8>> {
    /// In how many samples a window stands, and the last of them.
    #[derive(Default)]
    struct Seen {
        samples: u32,
        last: Option<usize>,
    }
    let mut seen: HashMap<&[u8], Seen> = HashMap::new();
    for (at, sample) in samples.iter().enumerate() {
        for window in sample.windows(WINDOW) {
            let seen = seen.entry(window).or_default();
            if seen.last != Some(at) {
                seen.samples += 1;
                seen.last = Some(at);
            }
        }
    }
    let is_shared =
        |window: &[u8]| seen.get(window).is_some_and(|seen| seen.samples >= SHARED_BY_MIN);
    let keep = |sample: &Vec<u8>| {
        let mut kept = Vec::new();
        let mut upto = 0;
        for (at, window) in sample.windows(WINDOW).enumerate() {
            if is_shared(window) {
                kept.extend_from_slice(&sample[at.max(upto)..at + WINDOW]);
                upto = at + WINDOW;
            }
        }
        kept
    };
    samples.iter().map(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_few_records_hold_is_not_learnt() {
        let sample = |n: usize| {
            let own = format!("Nguyễn Thị {n:09}");
            [b"full_name phone birth_date ".as_slice(), own.as_bytes(), b" ward 25888.1 end"]
                .concat()
        };
        let mut samples: Vec<_> = (0..40).map(|n| sample(n * 7_919_123)).collect();
        samples.push(b"full_name phone birth_date Hoang Van Secret ward 25888.1 end".to_vec());
        let kept = shared_parts(&samples);
        let last = String::from_utf8_lossy(kept.last().unwrap()).into_owned();
        assert!(last.contains("full_name phone birth_date "), "{last}");
        assert!(last.contains(" ward 25888.1 end"), "{last}");
        assert!(!last.contains("Secret") && !last.contains("Hoang"), "{last}");
    }
}
