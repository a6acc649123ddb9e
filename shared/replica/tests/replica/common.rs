//! A small city in one process: a hub and nodes with real stores, joined by direct calls.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use tempfile::TempDir;
use wardbook_base::{Clock as _, DocumentId, ManualClock, SeededDice, Timestamp, WardId};
use wardbook_record::{Edit, Lang};
use wardbook_replica::deep::InProcess;
use wardbook_replica::{
    End, HttpAnswer, HubAddress, HubInit, HubTarget, Replica, ReplicaConfig, Transport,
    TransportError, Viewer,
};

/// Phường Uyên Hưng of the city that lived until 2025-06-30.
pub(crate) const WARD: &str = "25888.1";
/// Phường Tân Phước Khánh of the same city.
pub(crate) const OTHER_WARD: &str = "25891.1";
/// 2025-06-15T01:00:00Z.
pub(crate) const START: Timestamp = Timestamp(1_749_949_200_000);

/// One end with its folder, clock and language.
pub(crate) struct Place {
    pub(crate) replica: Replica,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) viewer: Viewer,
    dir: TempDir,
}

impl Place {
    pub(crate) fn new(end: End, seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::open(end, seed, dir, Arc::new(ManualClock::new(START)))
    }

    fn open(end: End, seed: u64, dir: TempDir, clock: Arc<ManualClock>) -> Self {
        let place = Self::open_bare(end, seed, dir, clock);
        place.replica.set_deep_check(Arc::new(InProcess));
        place
    }

    fn open_bare(end: End, seed: u64, dir: TempDir, clock: Arc<ManualClock>) -> Self {
        let config =
            ReplicaConfig { dir: dir.path().to_owned(), end, app: "wardbook-test 0".to_owned() };
        let dice = Arc::new(SeededDice::new(seed));
        let replica = Replica::open(config, clock.clone(), dice).unwrap();
        Self { replica, clock, viewer: Viewer::system(Lang::Vi), dir }
    }

    /// The same end over another folder, which `fill` fills while nothing is open.
    pub(crate) fn replaced_by(self, fill: impl FnOnce(&Path)) -> Self {
        let Self { replica, clock, dir: _before, .. } = self;
        let end = replica.end();
        drop(replica);
        let dir = tempfile::tempdir().unwrap();
        fill(dir.path());
        Self::open(end, fresh_seed(), dir, clock)
    }

    /// Closed and opened again.
    pub(crate) fn reopened(self) -> Self {
        let Self { replica, clock, dir, .. } = self;
        let end = replica.end();
        drop(replica);
        Self::open(end, fresh_seed(), dir, clock)
    }

    /// Closed; opened again, and opened a second time over a copy of the folder as it stood.
    pub(crate) fn copied(self) -> (Self, Self) {
        let Self { replica, clock, dir, .. } = self;
        let end = replica.end();
        drop(replica);
        let copy = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(dir.path()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        let second = Arc::new(ManualClock::new(clock.now()));
        (Self::open(end, fresh_seed(), dir, clock), Self::open(end, fresh_seed(), copy, second))
    }

    pub(crate) fn node(seed: u64) -> Self {
        Self::new(End::Node, seed)
    }

    /// A hub with one ward.
    pub(crate) fn hub(seed: u64) -> Self {
        Self::new(End::Hub, seed).set_up()
    }

    /// A hub with two wards.
    pub(crate) fn hub_of_two(seed: u64) -> Self {
        let hub = Self::hub(seed);
        hub.replica.add_ward(&hub.viewer, &other_ward()).unwrap();
        hub
    }

    /// A hub with one ward, which tries nothing on copies unless it is told how.
    pub(crate) fn hub_without_deep_check(seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::open_bare(End::Hub, seed, dir, Arc::new(ManualClock::new(START))).set_up()
    }

    fn set_up(self) -> Self {
        let place = self;
        let init = HubInit {
            city_name: "Thành phố Tân Uyên".to_owned(),
            units_as_of: "2025-06-30".to_owned(),
            admin_login: "admin".to_owned(),
            admin_name: "Quản trị".to_owned(),
            address: Some(HubAddress { url: "http://127.0.0.1:9".to_owned(), tls_pin: None }),
        };
        place.replica.hub_init(&init).unwrap();
        place.replica.add_ward(&place.viewer, &ward()).unwrap();
        place
    }

    pub(crate) fn enrol_text(&self) -> String {
        self.enrol_text_of(&ward())
    }

    fn enrol_text_of(&self, ward: &WardId) -> String {
        self.replica.new_enrol_code(&self.viewer, ward, None).unwrap().text
    }

    /// What this end holds now, in a backup.
    pub(crate) fn backup(&self) -> Backup {
        let dir = tempfile::tempdir().unwrap();
        let identity = self.replica.store().renew_recovery_identity().unwrap();
        self.replica.store().backup_to(&dir.path().join(BACKUP)).unwrap();
        Backup { dir, identity }
    }

    /// The same end on another disk, as it was when the backup was made.
    pub(crate) fn restored_from(self, backup: &Backup) -> Self {
        let file = backup.dir.path().join(BACKUP);
        self.replaced_by(|to| {
            wardbook_store::open_backup(&file, &backup.identity, to).unwrap();
        })
    }

    /// A record of one person with a name.
    pub(crate) fn person(&self, name: &str) -> DocumentId {
        let edits =
            vec![Edit::set_field("full_name", name), Edit::set_field("phone", "0900000001")];
        match self.replica.end() {
            End::Node => self.replica.create_person(&self.viewer, edits).unwrap().document,
            End::Hub => {
                self.replica.create_person_in(&self.viewer, &ward(), edits).unwrap().document
            }
        }
    }

    pub(crate) fn set(&self, document: &DocumentId, key: &str, value: &str) {
        let command = wardbook_replica::EditCommand {
            base_heads: Vec::new(),
            edits: vec![Edit::set_field(key, value)],
        };
        self.replica.edit_person(&self.viewer, document, command).unwrap();
    }

    pub(crate) fn value(&self, document: &DocumentId, key: &str) -> Option<String> {
        let (person, _) = self.replica.person_values(&self.viewer, document).unwrap()?;
        person.text(key).map(str::to_owned)
    }
}

/// Whoever opens a database again rolls other dice.
fn fresh_seed() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1_000_000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub(crate) fn ward() -> WardId {
    WARD.parse().unwrap()
}

pub(crate) fn other_ward() -> WardId {
    OTHER_WARD.parse().unwrap()
}

/// The name of a backup's file.
const BACKUP: &str = "a.backup";

/// A backup, and what opens it.
pub(crate) struct Backup {
    dir: TempDir,
    identity: String,
}

/// Calls the hub directly; can be cut.
pub(crate) struct Line<'a> {
    pub(crate) hub: &'a Place,
    pub(crate) cut: AtomicBool,
    pub(crate) calls: AtomicU32,
}

impl<'a> Line<'a> {
    pub(crate) fn to(hub: &'a Place) -> Self {
        Self { hub, cut: AtomicBool::new(false), calls: AtomicU32::new(0) }
    }
}

impl Transport for Line<'_> {
    async fn call(
        &self,
        _target: &HubTarget,
        path: &str,
        body: Vec<u8>,
    ) -> Result<HttpAnswer, TransportError> {
        if self.cut.load(Ordering::Relaxed) {
            return Err(TransportError::Unreachable("cut".to_owned()));
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        Ok(match path {
            "/sync/v1/enrol" => self.hub.replica.answer_enrol(path, &body, "10.0.0.7"),
            "/sync/v1/file" => self.hub.replica.answer_file(&body),
            "/sync/v1/rules" => self.hub.replica.answer_rules(&body),
            _ => self.hub.replica.answer_sync(path, &body),
        })
    }
}

/// Both nodes and the hub take in all there is.
pub(crate) async fn settle(hub: &Place, nodes: &[&Place]) {
    let line = Line::to(hub);
    // Twice: what the second pushes, the first pulls in the second turn.
    for _ in 0..2 {
        for node in nodes {
            let round = node.replica.sync_all(&line, 50).await.unwrap();
            assert!(round.proven_equal, "{round:?}");
            assert!(!round.mismatch);
        }
    }
    hub.replica.project_all().unwrap();
}

pub(crate) async fn enrolled_node(hub: &Place, seed: u64, name: &str) -> Place {
    node_in(hub, &ward(), seed, name).await
}

/// A machine of a ward, with a name.
pub(crate) async fn node_in(hub: &Place, ward: &WardId, seed: u64, name: &str) -> Place {
    let node = Place::node(seed);
    node.replica.enrol(&Line::to(hub), &hub.enrol_text_of(ward), name).await.unwrap();
    node
}
