//! Reading and writing our own types in rows.

use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Error, Row};
use wardbook_base::{ChangeHash, IdError, Timestamp, WardId};
use wardbook_sync::message::Notice;

use crate::error::StoreError;

/// An id of bytes.
pub(crate) fn id<T>(row: &Row<'_>, at: usize) -> rusqlite::Result<T>
where
    T: for<'a> TryFrom<&'a [u8], Error = IdError>,
{
    let blob = row.get_ref(at)?.as_blob().map_err(|error| malformed(at, error))?;
    T::try_from(blob).map_err(|error| malformed(at, error))
}

/// An id of bytes, or nothing.
pub(crate) fn maybe_id<T>(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<T>>
where
    T: for<'a> TryFrom<&'a [u8], Error = IdError>,
{
    if row.get_ref(at)? == rusqlite::types::ValueRef::Null {
        return Ok(None);
    }
    id(row, at).map(Some)
}

/// A fixed number of bytes.
pub(crate) fn array<const N: usize>(row: &Row<'_>, at: usize) -> rusqlite::Result<[u8; N]> {
    let blob = row.get_ref(at)?.as_blob().map_err(|error| malformed(at, error))?;
    blob.try_into().map_err(|_| malformed(at, FromSqlError::InvalidType))
}

/// A number that was stored by [`number`].
pub(crate) fn unsigned(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(at).map(i64::cast_unsigned)
}

/// SQLite's integers are signed; the bits stay as they are.
pub(crate) const fn number(n: u64) -> i64 {
    n.cast_signed()
}

/// A moment.
pub(crate) fn time(row: &Row<'_>, at: usize) -> rusqlite::Result<Timestamp> {
    row.get(at).map(Timestamp)
}

/// A moment, or none.
pub(crate) fn maybe_time(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(at)?.map(Timestamp))
}

/// A ward; the empty one stands for "not enrolled yet".
pub(crate) fn ward(row: &Row<'_>, at: usize) -> rusqlite::Result<WardId> {
    let text: String = row.get(at)?;
    if text.is_empty() {
        return Ok(WardId::default());
    }
    text.parse().map_err(|error: IdError| malformed(at, error))
}

/// A ward, or none.
pub(crate) fn maybe_ward(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<WardId>> {
    if row.get_ref(at)? == rusqlite::types::ValueRef::Null {
        return Ok(None);
    }
    ward(row, at).map(Some)
}

/// One of a few words, by the name that serde gives it.
pub(crate) fn word<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    at: usize,
) -> rusqlite::Result<T> {
    let text: String = row.get(at)?;
    T::deserialize(serde_json::Value::String(text)).map_err(|error| malformed(at, error))
}

/// The stored form of [`word`].
pub(crate) fn word_of(value: &impl serde::Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(value)? {
        serde_json::Value::String(text) => Ok(text),
        other => Err(StoreError::Refused(format!("{other} is no word"))),
    }
}

/// What a device noted in its log, or nothing. The numbers are those of the wire.
pub(crate) fn maybe_notice(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Notice>> {
    match row.get::<_, Option<i64>>(at)? {
        None => Ok(None),
        Some(0) => Ok(Some(Notice::Released)),
        Some(1) => Ok(Some(Notice::Forgotten)),
        Some(other) => Err(malformed(at, FromSqlError::OutOfRange(other))),
    }
}

/// The stored form of [`maybe_notice`].
pub(crate) const fn notice_number(notice: Notice) -> i64 {
    match notice {
        Notice::Released => 0,
        Notice::Forgotten => 1,
    }
}

/// Hashes, one after the other.
pub(crate) fn hashes(row: &Row<'_>, at: usize) -> rusqlite::Result<Vec<ChangeHash>> {
    let blob = row.get_ref(at)?.as_blob().map_err(|error| malformed(at, error))?;
    let (whole, rest) = blob.as_chunks::<32>();
    if rest.is_empty() {
        Ok(whole.iter().map(|hash| ChangeHash(*hash)).collect())
    } else {
        Err(malformed(at, FromSqlError::InvalidType))
    }
}

/// The stored form of hashes.
pub(crate) fn hash_bytes(hashes: &[ChangeHash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// JSON in a text column.
pub(crate) fn json<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    at: usize,
) -> rusqlite::Result<T> {
    let text = row.get_ref(at)?.as_str().map_err(|error| malformed(at, error))?;
    serde_json::from_str(text).map_err(|error| malformed(at, error))
}

pub(crate) fn malformed(at: usize, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::FromSqlConversionFailure(at, Type::Blob, Box::new(error))
}
