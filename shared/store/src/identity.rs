//! What this database is: role, ids, epochs, enrolment, settings and keys.

use std::collections::BTreeMap;

use age::secrecy::ExposeSecret as _;
use rusqlite::params;
use wardbook_base::{
    AuthorEpoch, ChangeHash, Dice, DocumentId, FeedEpoch, FeedSeq, HubId, Lseq, Timestamp,
};
use wardbook_sync::ports::Membership;

use crate::config::Role;
use crate::error::StoreError;
use crate::rows::{array, id, maybe_time, number, unsigned, ward};
use crate::tx::{SqlTx, Tx};

/// The setting that names the role.
pub(crate) const ROLE: &str = "store.role";
/// The setting that holds the public half of the recovery identity.
pub(crate) const RECOVERY_RECIPIENT: &str = "store.recovery_recipient";
/// The setting that tells when the database was made, in Unix milliseconds.
const CREATED_AT: &str = "store.created_at";
const AUTHOR_EPOCH: &str = "store.author_epoch";
const FEED_EPOCH: &str = "store.feed_epoch";
pub(crate) const HUB_ID: &str = "store.hub_id";
/// The setting that tells that everything is sealed with keys of `keys.db`.
pub(crate) const SEALED: &str = "store.sealed";
/// The secret that holds the hub's identity for bundles sealed to it.
const SEALING_IDENTITY: &str = "store.sealing_identity";

/// Settings, keys and identity. Names that start with `store.` belong to this crate.
pub trait Identity {
    /// A setting.
    ///
    /// # Errors
    /// When the database does not answer; so for every function of this trait.
    fn get_setting(&self, name: &str) -> Result<Option<String>, StoreError>;
    /// Sets a setting.
    fn put_setting(&mut self, name: &str, value: &str) -> Result<(), StoreError>;
    /// Removes a setting; one that is not there is no error.
    fn delete_setting(&mut self, name: &str) -> Result<(), StoreError>;
    /// A key or other secret: the device's signing key, the hub's keys.
    fn get_secret(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Keeps a secret.
    fn put_secret(&mut self, name: &str, value: &[u8]) -> Result<(), StoreError>;
    /// The age recipient to which bundles for this hub are sealed; `None` at a node.
    fn sealing_recipient(&self) -> Result<Option<String>, StoreError>;
    /// Replaces the author epoch of this database.
    fn put_author_epoch(&mut self, epoch: AuthorEpoch) -> Result<(), StoreError>;
    /// Replaces the incarnation of the hub's feeds; their positions stay.
    fn put_feed_epoch(&mut self, epoch: FeedEpoch) -> Result<(), StoreError>;
    /// Keeps what a node got at enrolment, or forgets it.
    fn put_membership(&mut self, membership: Option<&Membership>) -> Result<(), StoreError>;
    /// When, and at which feed position, a node was last proven equal to the hub.
    fn proven(&self) -> Result<Option<(Timestamp, FeedSeq)>, StoreError>;
    /// Changes of a node that the hub has not acknowledged, those that wait to be written anew
    /// after a restore or copy among them, and when the oldest was written.
    fn pending(&self) -> Result<(u64, Option<Timestamp>), StoreError>;
    /// The changes of a document that this node wrote, each with the moment the hub's
    /// acknowledgement came in: `None` while it has not, and when the hub refused the change.
    /// Changes of former author epochs are among them.
    fn own_changes(
        &self,
        document: &DocumentId,
    ) -> Result<BTreeMap<ChangeHash, Option<Timestamp>>, StoreError>;
    /// Documents, changes and projected people.
    fn row_counts(&self) -> Result<(u64, u64, u64), StoreError>;
}

impl Identity for SqlTx<'_> {
    fn get_setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.first("SELECT value FROM setting WHERE name = ?1", [name], |row| row.get(0))
    }

    fn put_setting(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        self.set_setting(name, value)
    }

    fn delete_setting(&mut self, name: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM setting WHERE name = ?1", [name]).map(drop)
    }

    fn get_secret(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.first("SELECT value FROM secret WHERE name = ?1", [name], |row| row.get(0))
    }

    fn put_secret(&mut self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        let sql = "INSERT INTO secret (name, value) VALUES (?1, ?2)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.execute(sql, params![name, value]).map(drop)
    }

    fn sealing_recipient(&self) -> Result<Option<String>, StoreError> {
        let Some(secret) = self.get_secret(SEALING_IDENTITY)? else { return Ok(None) };
        let text = String::from_utf8(secret).ok();
        let identity = text.and_then(|text| text.parse::<age::x25519::Identity>().ok());
        let identity = identity.ok_or_else(|| {
            StoreError::Corrupt(format!("the secret {SEALING_IDENTITY} is no identity"))
        })?;
        Ok(Some(identity.to_public().to_string()))
    }

    fn put_author_epoch(&mut self, epoch: AuthorEpoch) -> Result<(), StoreError> {
        self.set_author_epoch(epoch)
    }

    fn put_feed_epoch(&mut self, epoch: FeedEpoch) -> Result<(), StoreError> {
        self.execute("UPDATE ward_feed SET epoch = ?1", [epoch.as_bytes()])?;
        self.put_setting(FEED_EPOCH, &epoch.to_string())
    }

    fn put_membership(&mut self, membership: Option<&Membership>) -> Result<(), StoreError> {
        self.execute("DELETE FROM membership", [])?;
        let Some(member) = membership else { return Ok(()) };
        let sql = "INSERT INTO membership (one, hub, hub_url, tls_pin, hub_key, sealing_recipient,
                       hub_epoch, device, ward, ward_name, units_as_of)
                   VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let values = params![
            member.hub.as_bytes(),
            member.hub_url,
            member.tls_pin,
            member.hub_key,
            member.sealing_recipient,
            member.hub_epoch.as_bytes(),
            member.device.as_bytes(),
            member.ward.as_str(),
            member.ward_name,
            member.units_as_of,
        ];
        self.execute(sql, values).map(drop)
    }

    fn proven(&self) -> Result<Option<(Timestamp, FeedSeq)>, StoreError> {
        let sql = "SELECT proven_at, proven_seq FROM node_state";
        let found = self.first(sql, [], |row| {
            let at = maybe_time(row, 0)?;
            let seq = row.get::<_, Option<i64>>(1)?.map(i64::cast_unsigned);
            Ok(at.zip(seq.map(FeedSeq)))
        })?;
        Ok(found.flatten())
    }

    fn pending(&self) -> Result<(u64, Option<Timestamp>), StoreError> {
        let sql = "SELECT count(*), min(at) FROM (
                       SELECT at FROM push_log WHERE lseq > (SELECT acked_lseq FROM node_state)
                       UNION ALL
                       SELECT f.at FROM orphan o
                       LEFT JOIN former_push f ON f.document = o.document AND f.hash = o.hash)";
        let found = self.first(sql, [], |row| Ok((unsigned(row, 0)?, maybe_time(row, 1)?)))?;
        Ok(found.unwrap_or_default())
    }

    fn own_changes(
        &self,
        document: &DocumentId,
    ) -> Result<BTreeMap<ChangeHash, Option<Timestamp>>, StoreError> {
        // Where a change stands in the present log too, the later row counts.
        let sql = "SELECT f.hash, f.acked_at FROM former_push f WHERE f.document = ?1
                   UNION ALL
                   SELECT p.hash, CASE
                       WHEN p.lseq > (SELECT acked_lseq FROM node_state) THEN NULL
                       WHEN EXISTS (SELECT 1 FROM quarantine q
                                    WHERE q.document = p.document AND q.hash = p.hash) THEN NULL
                       ELSE (SELECT a.at FROM acknowledgement a
                             WHERE a.upto >= p.lseq ORDER BY a.upto LIMIT 1)
                   END FROM push_log p WHERE p.document = ?1 AND p.notice IS NULL";
        let rows =
            self.all(sql, [document.as_bytes()], |row| Ok((id(row, 0)?, maybe_time(row, 1)?)))?;
        Ok(rows.into_iter().collect())
    }

    fn row_counts(&self) -> Result<(u64, u64, u64), StoreError> {
        Ok((
            self.number("SELECT count(*) FROM document WHERE ward IS NOT NULL", [])?,
            self.number(
                "SELECT (SELECT count(*) FROM change)
                      + (SELECT coalesce(sum(changes), 0) FROM archive)",
                [],
            )?,
            self.number("SELECT count(*) FROM person", [])?,
        ))
    }
}

impl SqlTx<'_> {
    pub(crate) fn own_epoch(&self) -> Result<AuthorEpoch, StoreError> {
        self.parsed(AUTHOR_EPOCH)
    }

    pub(crate) fn set_author_epoch(&self, epoch: AuthorEpoch) -> Result<(), StoreError> {
        self.set_setting(AUTHOR_EPOCH, &epoch.to_string())
    }

    fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO setting (name, value) VALUES (?1, ?2)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.execute(sql, [name, value]).map(drop)
    }

    pub(crate) fn own_feed_epoch(&self) -> Result<FeedEpoch, StoreError> {
        self.parsed(FEED_EPOCH)
    }

    pub(crate) fn own_hub_id(&self) -> Result<HubId, StoreError> {
        self.parsed(HUB_ID)
    }

    fn parsed<T: std::str::FromStr>(&self, name: &str) -> Result<T, StoreError> {
        let text = self.get_setting(name)?;
        let value = text.and_then(|text| text.parse().ok());
        value.ok_or_else(|| StoreError::Corrupt(format!("the setting {name} is missing")))
    }

    pub(crate) fn own_membership(&self) -> Result<Option<Membership>, StoreError> {
        let sql = "SELECT hub, hub_url, tls_pin, hub_key, sealing_recipient, hub_epoch, device,
                       ward, ward_name, units_as_of FROM membership";
        self.first(sql, [], |row| {
            Ok(Membership {
                hub: id(row, 0)?,
                hub_url: row.get(1)?,
                tls_pin: row.get(2)?,
                hub_key: array(row, 3)?,
                sealing_recipient: row.get(4)?,
                hub_epoch: id(row, 5)?,
                device: id(row, 6)?,
                ward: ward(row, 7)?,
                ward_name: row.get(8)?,
                units_as_of: row.get(9)?,
            })
        })
    }

    /// Notes when the log was acknowledged up to a position; hearing it again changes nothing.
    pub(crate) fn remember_acknowledgement(&self, upto: Lseq) -> Result<(), StoreError> {
        self.execute("DELETE FROM acknowledgement WHERE upto > ?1", [number(upto.0)])?;
        let sql = "INSERT INTO acknowledgement (upto, at) VALUES (?1, ?2)
                   ON CONFLICT (upto) DO NOTHING";
        self.execute(sql, [number(upto.0), self.shared.clock.now().0]).map(drop)
    }

    pub(crate) fn remember_proven(&self, at: Timestamp, seq: FeedSeq) -> Result<(), StoreError> {
        let sql = "UPDATE node_state SET proven_at = ?1, proven_seq = ?2";
        self.execute(sql, [at.0, number(seq.0)]).map(drop)
    }
}

/// Writes the identity of a fresh database.
pub(crate) fn establish(
    tx: &mut dyn Tx,
    role: Role,
    recovery_recipient: &str,
    now: Timestamp,
    dice: &dyn Dice,
) -> Result<(), StoreError> {
    tx.put_setting(CREATED_AT, &now.0.to_string())?;
    tx.put_setting(HUB_ID, &HubId::random(dice).to_string())?;
    tx.put_author_epoch(AuthorEpoch::random(dice))?;
    tx.put_feed_epoch(FeedEpoch::random(dice))?;
    tx.put_setting(RECOVERY_RECIPIENT, recovery_recipient)?;
    tx.put_setting(SEALED, "yes")?;
    tx.put_setting(ROLE, role.as_str())
}

/// Gives a hub the identity to which bundles are sealed, unless it has one.
pub(crate) fn ensure_sealing_identity(tx: &mut dyn Tx) -> Result<(), StoreError> {
    if tx.get_secret(SEALING_IDENTITY)?.is_some() {
        return Ok(());
    }
    let identity = age::x25519::Identity::generate().to_string();
    tx.put_secret(SEALING_IDENTITY, identity.expose_secret().as_bytes())
}

/// A recovery identity and its public half. The age crate rolls its own (system) dice.
pub(crate) fn draw_recovery() -> (String, String) {
    let identity = age::x25519::Identity::generate();
    (identity.to_string().expose_secret().to_owned(), identity.to_public().to_string())
}
