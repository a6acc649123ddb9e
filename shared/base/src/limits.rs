//! The limits that both ends keep, in one place (decisions 10 and 36, sync design section 5).

/// A sync request or answer as it travels, compressed, in bytes.
pub const MESSAGE_COMPRESSED_BYTES_MAX: usize = 512 * 1024;
/// The same, inflated, in bytes.
pub const MESSAGE_INFLATED_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Changes in one push.
pub const PUSH_CHANGES_MAX: usize = 500;
/// Operations in one push, over all its changes.
pub const PUSH_OPERATIONS_MAX: u64 = 500_000;
/// One automerge change, as a raw chunk of type 1, in bytes.
pub const CHANGE_BYTES_MAX: usize = 256 * 1024;
/// Operations in one change.
pub const CHANGE_OPERATIONS_MAX: u64 = 20_000;
/// The highest operation counter a document may reach.
pub const DOCUMENT_OP_COUNTER_MAX: u64 = 10_000_000;
/// Characters in a long text field.
pub const TEXT_CHARACTERS_MAX: usize = 10_000;
/// Characters in an ordinary text field.
pub const STRING_CHARACTERS_MAX: usize = 500;
/// A snapshot is written once the changes since the last one pass this many ...
pub const SNAPSHOT_AFTER_CHANGES: usize = 32;
/// ... or this many bytes.
pub const SNAPSHOT_AFTER_BYTES: usize = 8 * 1024;
/// An uploaded workbook or CSV file, in bytes.
pub const UPLOAD_BYTES_MAX: usize = 20 * 1024 * 1024;
