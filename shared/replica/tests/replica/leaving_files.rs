//! A record moves to another ward before its scans reached the city: the ward before gives them all
//! the same, and only then forgets the record.

use wardbook_base::DocumentId;
use wardbook_record::{Edit, Path, RowIds};
use wardbook_replica::{BundleWish, EditCommand, FilesMoved, LateChoice};

use crate::common::{Line, Place, enrolled_node, node_in, other_ward, settle};
use crate::files::{file_cell, hash_of, pdf};

struct Town {
    hub: Place,
    old: Place,
    new: Place,
    person: DocumentId,
    cell: Path,
}

impl Town {
    async fn new(seed: u64) -> Self {
        let hub = Place::hub_of_two(seed);
        let old = enrolled_node(&hub, seed + 1, "Máy 1").await;
        let new = node_in(&hub, &other_ward(), seed + 2, "Máy 2").await;
        let person = old.person("Trần Thị Bình");
        let cell = file_cell(&old, &person);
        settle(&hub, &[&old, &new]).await;
        Self { hub, old, new, person, cell }
    }

    /// Attaches a scan at the ward before; its hash.
    fn attach(&self, bytes: usize) -> String {
        let Self { old, person, cell, .. } = self;
        old.replica.attach(&old.viewer, person, cell.clone(), &pdf(bytes)).unwrap();
        hash_of(old, person, cell)
    }

    fn move_away(&self) {
        let hub = &self.hub;
        hub.replica.transfer(&hub.viewer, &self.person, &other_ward(), "QĐ 14/2025").unwrap();
    }

    async fn talk(&self) {
        for _ in 0..2 {
            settle(&self.hub, &[&self.new, &self.old]).await;
        }
    }

    fn is_at(&self, place: &Place) -> bool {
        place.replica.person(&place.viewer, &self.person).unwrap().is_some()
    }

    async fn files(&self, place: &Place) -> FilesMoved {
        place.replica.move_files(&Line::to(&self.hub), 99).await.unwrap()
    }

    fn has(&self, place: &Place, hash: &str, bytes: usize) -> bool {
        let found = place.replica.attached_file(&place.viewer, &self.person, hash, true).unwrap();
        found.and_then(|found| found.bytes).is_some_and(|found| found == pdf(bytes))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_that_was_not_sent_yet_goes_before_its_record_is_forgotten() {
    let town = Town::new(701).await;
    let hash = town.attach(200_000);
    settle(&town.hub, &[&town.old]).await;
    town.move_away();
    town.talk().await;
    assert!(town.is_at(&town.new) && town.is_at(&town.old), "it waits for its scan");
    let books = town.hub.replica.ledger(&town.hub.viewer).unwrap();
    assert!(books.ok, "{books:?}");

    // The line is cut in the middle, and calls go on meanwhile.
    let some = town.old.replica.move_files(&Line::to(&town.hub), 2).await.unwrap();
    assert_eq!((some.pieces, some.sent), (2, 0));
    town.talk().await;
    assert!(town.is_at(&town.old));
    assert_eq!(town.files(&town.old).await.sent, 1);
    town.talk().await;
    assert!(!town.is_at(&town.old), "nothing holds it any more");
    assert_eq!(town.old.replica.files_waiting().unwrap().to_send, 0);
    assert_eq!(town.files(&town.new).await.fetched, 1);
    for place in [&town.hub, &town.new] {
        assert!(town.has(place, &hash, 200_000));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_of_a_late_edit_is_there_when_the_edit_is_taken_over() {
    let town = Town::new(711).await;
    let new = &town.new;
    town.move_away();
    // Without a line: the ward before knows nothing of the move.
    let hash = town.attach(100_000);
    settle(&town.hub, &[new]).await;
    new.replica.attach(&new.viewer, &town.person, town.cell.clone(), &pdf(50_000)).unwrap();
    town.talk().await;
    assert!(town.is_at(&town.old));
    assert_eq!(town.files(&town.old).await.sent, 1, "the city keeps it beside the late edit");
    town.talk().await;
    assert!(!town.is_at(&town.old));

    let kept = new.replica.kept_changes(&new.viewer).unwrap();
    assert_eq!(kept.len(), 1);
    for card in kept {
        let paths = card.late.into_iter().map(|field| field.path).collect();
        let choice = LateChoice::Accept { base_heads: card.heads, paths };
        new.replica.settle_late_edit(&new.viewer, &town.person, &card.hash, &choice).unwrap();
    }
    settle(&town.hub, &[new]).await;
    assert_eq!(town.files(new).await.fetched, 1);
    assert!(town.has(new, &hash, 100_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_that_was_undone_goes_along_for_history_can_bring_it_back() {
    let town = Town::new(721).await;
    let Town { hub, old, new, .. } = &town;
    let hash = town.attach(100_000);
    let (person, _) = old.replica.person_values(&old.viewer, &town.person).unwrap().unwrap();
    let value = person.at(&town.cell).unwrap().to_string();
    let write = |place: &Place, edit: Edit| {
        let command = EditCommand { base_heads: Vec::new(), edits: vec![edit] };
        place.replica.edit_person(&place.viewer, &town.person, command).unwrap();
    };
    write(old, Edit::Clear { path: town.cell.clone() });
    settle(hub, &[old]).await;
    town.move_away();
    town.talk().await;
    assert_eq!(town.files(old).await.sent, 1);
    town.talk().await;
    assert!(!town.is_at(old));
    write(new, Edit::set(town.cell.clone(), value.as_str()));
    settle(hub, &[new]).await;
    assert_eq!(town.files(new).await.fetched, 1);
    assert!(town.has(new, &hash, 100_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_nothing_names_hold_no_record_back() {
    for by_hand in [false, true] {
        let town = Town::new(731 + u64::from(by_hand) * 10).await;
        let Town { hub, old, .. } = &town;
        // As after a power cut between the bytes and the edit that names them.
        let nowhere = Path::Cell {
            table: "documents".to_owned(),
            row: RowIds::new(old.replica.now(), &wardbook_base::SeededDice::new(9)).next_id(),
            column: "file".to_owned(),
        };
        old.replica.attach(&old.viewer, &town.person, nowhere, &pdf(100_000)).unwrap_err();
        town.move_away();
        town.talk().await;
        assert!(town.is_at(old), "it asks first");
        if by_hand {
            let bundle = old.replica.export_bundle(&old.viewer, BundleWish::default()).unwrap();
            let answered = hub.replica.import_bundle(&hub.viewer, &bundle.bytes).unwrap();
            old.replica.import_reply(&old.viewer, answered.reply).await.unwrap();
        } else {
            let asked = town.files(old).await;
            assert_eq!((asked.sent, asked.pieces, asked.waiting), (0, 0, 1));
        }
        town.talk().await;
        assert!(!town.is_at(old));
        assert_eq!(old.replica.files_waiting().unwrap().to_send, 0);
    }
}
