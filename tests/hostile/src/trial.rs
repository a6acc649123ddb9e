//! What a change goes through: the hub's shallow check, the deep check, and then a record's life.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use wardbook_base::{
    AuthorEpoch, DeviceId, DocumentId, FeedEpoch, HubId, RowId, Timestamp, UserId,
};
use wardbook_record::{
    Document, DocumentError, Edit, ID_KEY, Kind, Message, Path, Purpose, Stamp, schema,
};
use wardbook_replica::deep::{DeepCheck, DeepWork};
use wardbook_sync::SyncSchema;
use wardbook_sync::check::{Author, Custody, Judge, Judged, Rule, read_change};
use wardbook_sync::memory::MemoryHub;
use wardbook_sync::ports::{DocumentState, Log as _, StoredChange};

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The shallow check refused it, with this code.
    Refused(&'static str),
    /// It passed the shallow check, and the deep check condemned it.
    Condemned,
    /// It passed both.
    Accepted,
}

/// A hub that holds the first changes of one record.
#[derive(Debug)]
pub struct Trial {
    hub: MemoryHub,
    schema: SyncSchema,
    id: DocumentId,
    base: Vec<Vec<u8>>,
}

impl Trial {
    /// A hub with these changes of a record.
    pub fn new(id: DocumentId, base: &[Vec<u8>]) -> Self {
        let genesis: Vec<Vec<u8>> =
            Document::genesis_chain().into_iter().map(|(_, bytes)| bytes).collect();
        let epochs = (AuthorEpoch([1; 16]), FeedEpoch([2; 16]));
        let hub = MemoryHub::new(HubId([3; 16]), epochs.0, epochs.1);
        let schema = SyncSchema::new(schema().version, ID_KEY, &genesis).unwrap();
        let mut trial = Self { hub, schema, id, base: Vec::new() };
        for bytes in base {
            trial.take(bytes);
        }
        trial
    }

    fn take(&mut self, bytes: &[u8]) {
        let meta = read_change(&self.id, bytes).unwrap().meta;
        let mut state = self.hub.document(&self.id).unwrap().unwrap_or(DocumentState {
            id: self.id,
            ward: "25881.1".parse().unwrap(),
            custody_version: 1,
            generation: 0,
            heads: Vec::new(),
        });
        state.heads = wardbook_sync::digest::advance(&state.heads, &meta.deps, &meta.hash);
        self.hub.put_document(&state).unwrap();
        let stored = StoredChange {
            meta,
            bytes: bytes.to_vec(),
            author: DeviceId::default(),
            received_at: Timestamp(0),
        };
        self.hub.put_change(&stored).unwrap();
        self.base.push(bytes.to_vec());
    }

    /// The record as the hub holds it, and what is to come into it.
    pub fn work(&self, change: &[u8]) -> DeepWork {
        let fresh = vec![(wardbook_sync::check::item_hash(change), change.to_vec())];
        DeepWork { document: self.id, saved: None, changes: self.base.clone(), fresh }
    }

    /// The shallow check by the laxest rule there is: any author, any ward.
    ///
    /// # Errors
    /// With the code of the refusal.
    pub fn shallow(&self, change: &[u8]) -> Result<(), &'static str> {
        let ward = "25881.1".parse().unwrap();
        let rule = Rule { author: Author::Any, custody: Custody::Any(ward) };
        let mut judge = Judge::new(&self.hub.log, &self.schema);
        match judge.judge(&self.id, change, &rule).unwrap() {
            Judged::New(_) => Ok(()),
            Judged::Known(_) => Err("known"),
            Judged::Refused(refusal) => Err(refusal.code()),
        }
    }

    /// The shallow check of several changes, each standing on those before it.
    ///
    /// # Errors
    /// With the place of the first that is refused, and the code.
    pub fn shallow_all(&self, changes: &[&[u8]]) -> Result<(), (usize, &'static str)> {
        let rule = Rule { author: Author::Any, custody: Custody::Any("25881.1".parse().unwrap()) };
        let mut judge = Judge::new(&self.hub.log, &self.schema);
        for (at, change) in changes.iter().enumerate() {
            if let Judged::Refused(refusal) = judge.judge(&self.id, change, &rule).unwrap() {
                return Err((at, refusal.code()));
            }
        }
        Ok(())
    }

    /// Both checks.
    pub fn judge(&self, change: &[u8], deep: &dyn DeepCheck) -> Verdict {
        if let Err(code) = self.shallow(change) {
            return Verdict::Refused(code);
        }
        let report = deep.check(vec![self.work(change)]).unwrap();
        assert!(report.damaged.is_empty(), "the base is honest");
        if report.condemned.is_empty() { Verdict::Accepted } else { Verdict::Condemned }
    }

    /// What a record goes through in its life with a change; what went wrong, if anything did.
    /// Not for bombs: this applies what it is given, in this process.
    pub fn harm(&self, change: &[u8]) -> Option<String> {
        quietly(|| self.live(change)).unwrap_or_else(|| Some("panic".to_owned()))
    }

    fn live(&self, change: &[u8]) -> Option<String> {
        let mut document = Document::new(self.id);
        for bytes in &self.base {
            document.apply(bytes).unwrap();
        }
        let before = document.clone();
        if let Err(error) = document.apply(change) {
            return Some(format!("apply: {error}"));
        }
        let hash = wardbook_sync::check::item_hash(change);
        if !document.has_change(&hash) {
            return Some("not in the document".to_owned());
        }
        // What others wrote without knowing of it, before and after it came.
        let mut others = before.clone();
        let apart = edit(&mut others, [0xaa; 16], "apart");
        if let Err(error) = others.apply(change) {
            return Some(format!("apply late: {error}"));
        }
        if let Err(error) = document.apply(&apart) {
            return Some(format!("apply after: {error}"));
        }
        for n in 0..2 {
            if (document.heads(), document.read()) != (others.heads(), others.read()) {
                return Some("two orders, two records".to_owned());
            }
            drop((document.all_conflicts(), document.history()));
            let loaded = match Document::load(&document.save()) {
                Ok(loaded) => loaded,
                Err(error) => return Some(format!("load: {error}")),
            };
            let rebuilt = loaded.changes();
            if !rebuilt.iter().any(|known| known.hash == hash && known.bytes == change) {
                return Some("not given back byte for byte".to_owned());
            }
            match Document::from_changes(rebuilt.iter().map(|known| known.bytes.as_slice())) {
                Err(error) => return Some(format!("rebuild: {error}")),
                Ok(rebuilt) if rebuilt.heads() != document.heads() => {
                    return Some("heads differ".to_owned());
                }
                Ok(_) => {}
            }
            if loaded.read() != document.read() {
                return Some("another record after loading".to_owned());
            }
            // As a store puts it together, all at once.
            let mut stored = Document::new(self.id);
            if let Err(error) =
                stored.apply_good(rebuilt.iter().map(|known| known.bytes.as_slice()))
            {
                return Some(format!("put together: {error}"));
            }
            if (stored.heads(), stored.read()) != (document.heads(), document.read()) {
                return Some("another record put together at once".to_owned());
            }
            document = loaded;
            let probe = match everywhere(&mut document, n) {
                Ok(probe) => probe,
                Err(error) => return Some(format!("edit: {error}")),
            };
            if let Err(error) = others.apply(&probe) {
                return Some(format!("edit: {error}"));
            }
        }
        None
    }
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs what may panic without printing each panic; none when it did.
pub fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic);
            }
        }));
    });
    QUIET.set(true);
    let done = catch_unwind(AssertUnwindSafe(work)).ok();
    QUIET.set(false);
    done
}

/// Writes into every field and every row, and adds a row to every table.
fn everywhere(document: &mut Document, n: u8) -> Result<Vec<u8>, DocumentError> {
    let value = format!("khắp nơi {n}");
    let fields = schema().fields.iter().filter(|field| field.kind != Kind::Codes);
    let mut edits: Vec<Edit> =
        fields.map(|field| Edit::set_field(&field.key, value.as_str())).collect();
    for table in &schema().tables {
        let column = table.columns[0].key.as_str();
        for row in document.read().tables.get(&table.key).into_iter().flat_map(|rows| rows.keys()) {
            edits.push(Edit::set(Path::cell(&table.key, *row, column), value.as_str()));
        }
        for row in [RowId([n; 16]), RowId([0xf0 | n; 16])] {
            let cells = BTreeMap::from([(column.to_owned(), value.as_str().into())]);
            edits.push(Edit::AddRow { table: table.key.clone(), row, cells });
        }
    }
    edits.push(Edit::set(Path::code("policy_category", "ma_0"), n == 0));
    let message = Message { purpose: Purpose::Edit, user: UserId([5; 8]) };
    let stamp = Stamp { actor: vec![0xbb; 16], time: Timestamp(1_760_000_000_000), message };
    Ok(document.edit(&edits, &stamp)?.unwrap().bytes)
}

fn edit(document: &mut Document, actor: [u8; 16], key: &str) -> Vec<u8> {
    let message = Message { purpose: Purpose::Edit, user: UserId([5; 8]) };
    let stamp = Stamp { actor: actor.to_vec(), time: Timestamp(1_760_000_000_000), message };
    let value = format!("thử {key} {}", document.heads().len());
    document.edit(&[Edit::set_field(key, value)], &stamp).unwrap().unwrap().bytes
}
