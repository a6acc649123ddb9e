//! The names of stored settings and secrets, in one place.

/// Hub: the city's name.
pub(crate) const CITY_NAME: &str = "city_name";
/// Hub: the day units and posts are meant as of, `YYYY-MM-DD`; empty for today.
pub(crate) const UNITS_AS_OF: &str = "units_as_of";
/// Hub: the address wards call, as JSON of [`crate::HubAddress`].
pub(crate) const HUB_ADDRESS: &str = "hub_address";
/// Hub: the Ed25519 key by which it signs answers (secret).
pub(crate) const HUB_KEY: &str = "hub_key";
/// Node: the Ed25519 key of this device (secret).
pub(crate) const DEVICE_KEY: &str = "device_key";
/// Node: the code of the last failure that is not mere absence of a line; empty when none.
pub(crate) const LAST_ERROR: &str = "sync_last_error";
/// Node: why the hub was not reached at the last call; empty when it was.
pub(crate) const OFFLINE: &str = "sync_offline";
/// Node: how much one call carries on this line, in bytes, inflated.
pub(crate) const CALL_BYTES: &str = "sync_call_bytes";
/// Node: what people call this machine.
pub(crate) const DEVICE_NAME: &str = "device_name";
/// Node: the incarnation of the feed on which both ends were last proven equal.
pub(crate) const PROVEN_EPOCH: &str = "sync_proven_epoch";
/// Node: the age identity by which replies to bundles are opened (secret).
pub(crate) const BUNDLE_IDENTITY: &str = "bundle_identity";
/// Set by the store in a database that was put back from a backup.
pub(crate) const RESTORED: &str = "store.restored";
/// Which version of the index of search the projections were written by.
pub(crate) const INDEXED_BY: &str = "search_index";
/// When and with what result the nightly check of conflicts last ended, as JSON.
pub(crate) const NIGHTLY: &str = "nightly_check";

/// Node: the setting that holds the decision by which a record came to this ward or left it.
pub(crate) fn decision_setting(document: &wardbook_base::DocumentId) -> String {
    format!("decision.{document}")
}
/// The folders that backups were written to, as a JSON list: key files there are removed in time.
pub(crate) const BACKUP_FOLDERS: &str = "backup_folders";

/// Node: after how many minutes without use the screen is locked.
pub(crate) const LOCK_AFTER: &str = "lock_after_minutes";
/// Node: when and where the last backup was written, as JSON.
pub(crate) const LAST_BACKUP: &str = "last_backup";
/// Node: how the office network may use this machine, as JSON.
pub(crate) const LAN: &str = "lan";
/// Node: what stands on the papers that the office prints, as JSON of [`crate::PaperSettings`].
pub(crate) const PAPER: &str = "paper";
/// Node: the enrolment that was asked for by file (secret, because it holds the code).
pub(crate) const ENROL_ASKED: &str = "enrol_asked";
/// Node: the bundles for the city that wait for their reply, as JSON of [`crate::BundleOut`].
pub(crate) const BUNDLE_OUT: &str = "bundle_out";

/// Whose records an account reaches, as JSON of [`crate::Scope`].
pub(crate) fn scope_setting(user: wardbook_base::UserId) -> String {
    format!("account_scope.{user}")
}
/// What is asked for an account and waits for a yes, as JSON.
pub(crate) fn wish_setting(user: wardbook_base::UserId) -> String {
    format!("account_wish.{user}")
}
/// Node: who came and who went, as a JSON list.
pub(crate) const MOVED: &str = "moved";
/// The city's rows of the table of rules, as JSON of [`crate::CityRules`].
pub(crate) const RULES_OVERRIDES: &str = "rules.overrides";
/// By which rules, and in which shape, the records here were projected.
pub(crate) const RULES_JUDGED: &str = "rules.judged";
