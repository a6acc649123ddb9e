//! Late edits: whoever decides, ward or city, the card is closed at every end, with who and when.

use wardbook_base::{ChangeHash, DocumentId};
use wardbook_record::{Lang, Path};
use wardbook_replica::{KeptChange, LateChoice, Role, SyncState, Viewer};

use crate::common::{Place, enrolled_node, node_in, other_ward, settle, ward};
use crate::names::{set, signed_in};

const LATE: &str = "0911111111";
const PRESENT: &str = "0922222222";

/// A city, the ward before, the ward that keeps a record now, and a late edit of that record.
struct Town {
    hub: Place,
    old: Place,
    new: Place,
    person: DocumentId,
    late: ChangeHash,
}

impl Town {
    async fn with_a_late_edit(seed: u64) -> Self {
        let hub = Place::hub_of_two(seed);
        let old = enrolled_node(&hub, seed + 1, "Máy 1").await;
        let new = node_in(&hub, &other_ward(), seed + 2, "Máy 2").await;
        let hoa = signed_in(&old, "chị Hoa", Role::Clerk);
        let person = old.person("Trần Thị Bình");
        settle(&hub, &[&old, &new]).await;
        hub.replica.transfer(&hub.viewer, &person, &other_ward(), "QĐ 14/2025").unwrap();
        set(&old, &hoa, &person, "phone", LATE);
        set(&old, &hoa, &person, "email", "cu@example.vn");
        settle(&hub, &[&new]).await;
        new.set(&person, "phone", PRESENT);
        new.set(&person, "email", "moi@example.vn");
        for _ in 0..2 {
            settle(&hub, &[&new, &old]).await;
        }
        settle(&hub, &[&new]).await;
        let cards = hub.replica.late_edits(&hub.viewer, None).unwrap();
        assert_eq!(cards.len(), 1, "the city has one card");
        assert_eq!(
            (cards[0].user_name.as_str(), cards[0].device_name.as_str()),
            ("chị Hoa", "Máy 1")
        );
        let late = cards[0].hash;
        let town = Self { hub, old, new, person, late };
        let kept = town.open_at_ward();
        assert_eq!(kept.len(), 2, "and the ward one for each of the two edits");
        for card in &kept {
            assert_eq!(card.author.line(), "chị Hoa – Máy 1 – Phường Uyên Hưng");
            assert_eq!(card.late.len(), 1);
        }
        town
    }

    /// The cards at the ward that wait.
    fn open_at_ward(&self) -> Vec<KeptChange> {
        let mut kept = self.new.replica.kept_changes(&self.new.viewer).unwrap();
        kept.retain(|one| one.seen_at.is_none());
        kept
    }

    /// The ward decides about all that waits there.
    fn ward_decides(&self, by: &Viewer, taken: bool) {
        for card in self.open_at_ward() {
            if taken {
                let paths = card.late.into_iter().map(|field| field.path).collect();
                let choice = LateChoice::Accept { base_heads: card.heads, paths };
                self.new.replica.settle_late_edit(by, &self.person, &card.hash, &choice).unwrap();
            } else {
                self.new.replica.dismiss_kept(by, &self.person, &card.hash).unwrap();
            }
        }
    }

    fn city_decides(&self, by: &Viewer, choice: &LateChoice) {
        self.hub.replica.settle_late_edit(by, &self.person, &self.late, choice).unwrap();
    }

    fn open_at_city(&self) -> usize {
        let open = self.hub.replica.late_edits(&self.hub.viewer, None).unwrap().len();
        let told =
            self.hub.replica.ward_status(&self.hub.viewer, &other_ward()).unwrap().late_edits;
        assert_eq!(told, open as u64, "the ward's line counts the same");
        open
    }

    /// Code and decider of the late edit in the city's list of what was kept aside.
    fn aside(&self) -> (String, String) {
        let all = self.hub.replica.kept_aside(&self.hub.viewer, Some(&ward()), 10).unwrap();
        let found = all.into_iter().find(|item| item.hash == self.late).unwrap();
        assert_eq!(found.user_name, "chị Hoa");
        assert_eq!(found.decided_at.is_some(), !found.decided_by.is_empty());
        (found.code, found.decided_by)
    }

    /// One state everywhere, nothing to decide, the books in order.
    async fn in_order(&self, phone: &str) {
        for _ in 0..2 {
            settle(&self.hub, &[&self.new, &self.old]).await;
        }
        assert_eq!(self.open_at_city(), 0);
        assert!(self.open_at_ward().is_empty());
        for place in [&self.hub, &self.new] {
            assert_eq!(place.value(&self.person, "phone").as_deref(), Some(phone));
            assert_eq!(place.replica.conflicts_open(&place.viewer, None).unwrap(), 0);
        }
        // Nothing is left in the header that nobody could press away.
        let status = self.new.replica.sync_status(Lang::Vi).unwrap();
        assert_eq!((status.state, status.equal), (SyncState::Equal, true), "{status:?}");
        let books = self.hub.replica.ledger(&self.hub.viewer).unwrap();
        assert!(books.ok, "{books:?}");
    }
}

const ALL: LateChoice = LateChoice::Accept { base_heads: Vec::new(), paths: Vec::new() };

#[tokio::test(flavor = "multi_thread")]
async fn what_the_ward_leaves_as_it_is_closes_the_citys_card() {
    let town = Town::with_a_late_edit(601).await;
    let lan = signed_in(&town.new, "cô Lan", Role::Clerk);
    // The ward has no line just now: it decides, and goes on.
    town.ward_decides(&lan, false);
    assert!(town.open_at_ward().is_empty());
    assert_eq!(town.open_at_city(), 1, "the city does not know yet");
    town.in_order(PRESENT).await;
    let (code, by) = town.aside();
    assert_eq!(code, "late_edit_dismissed");
    assert_eq!(by, "cô Lan – Máy 2 – Phường Tân Phước Khánh");
    let hub = &town.hub;
    let refused = hub.replica.settle_late_edit(&hub.viewer, &town.person, &town.late, &ALL);
    assert_eq!(refused.unwrap_err().code(), "already_settled");
    assert_eq!(hub.value(&town.person, "phone").as_deref(), Some(PRESENT));
    let history = hub.replica.history(&hub.viewer, &town.person).unwrap();
    assert_eq!(history[0].purpose_label, "Giữ nguyên hồ sơ, không lấy sửa muộn");
    assert!(history[0].edits.is_empty());
    let view = town.new.replica.person(&lan, &town.person).unwrap().unwrap();
    assert_eq!(view.undo, None, "settled for all, so not taken back by one click");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_ward_has_not_decided_stays_with_the_city() {
    let town = Town::with_a_late_edit(651).await;
    let card = town.open_at_ward().remove(0);
    let left = card.late[0].path.clone();
    town.new.replica.dismiss_kept(&town.new.viewer, &town.person, &card.hash).unwrap();
    for _ in 0..2 {
        settle(&town.hub, &[&town.new]).await;
    }
    let cards = town.hub.replica.late_edits(&town.hub.viewer, None).unwrap();
    let fields: Vec<&Path> = cards[0].fields.iter().map(|field| &field.path).collect();
    assert_eq!((cards.len(), fields.len()), (1, 1));
    assert_ne!(fields[0], &left);
    // Taking the rest over takes nothing of what the ward left as it is.
    town.city_decides(&town.hub.viewer, &ALL);
    let kept = if left == Path::field("phone") { PRESENT } else { LATE };
    town.in_order(kept).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_city_dismisses_is_closed_at_the_ward() {
    let town = Town::with_a_late_edit(611).await;
    let nam = signed_in(&town.hub, "anh Nam", Role::Officer);
    town.city_decides(&nam, &LateChoice::Dismiss);
    assert_eq!(town.open_at_city(), 0);
    assert_eq!(town.open_at_ward().len(), 2, "the ward does not know yet");
    town.in_order(PRESENT).await;
    let kept = town.new.replica.kept_changes(&town.new.viewer).unwrap();
    assert_eq!(kept.len(), 2);
    for card in kept {
        assert_eq!(card.left_by.map(|by| by.line()).as_deref(), Some("anh Nam – Thành phố"));
        assert!(card.late.is_empty(), "nothing to choose any more");
        // Putting it away now changes nothing and is no error.
        town.new.replica.dismiss_kept(&town.new.viewer, &town.person, &card.hash).unwrap();
    }
    assert_eq!(town.aside().0, "late_edit_dismissed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_ward_takes_over_in_part_is_settled_as_a_whole() {
    let town = Town::with_a_late_edit(621).await;
    let viewer = &town.new.viewer;
    for card in town.open_at_ward() {
        let is_phone = card.late[0].path == Path::field("phone");
        if is_phone {
            let choice = LateChoice::Accept { base_heads: card.heads, paths: Vec::new() };
            let replica = &town.new.replica;
            replica.settle_late_edit(viewer, &town.person, &card.hash, &choice).unwrap();
        } else {
            town.new.replica.dismiss_kept(viewer, &town.person, &card.hash).unwrap();
        }
    }
    town.in_order(LATE).await;
    assert_eq!(town.hub.value(&town.person, "email").as_deref(), Some("moi@example.vn"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ward_and_city_may_decide_at_once() {
    for (seed, ward_takes) in [(631, false), (641, true)] {
        let town = Town::with_a_late_edit(seed).await;
        town.ward_decides(&town.new.viewer, ward_takes);
        let at_city = if ward_takes { LateChoice::Dismiss } else { ALL };
        town.city_decides(&town.hub.viewer, &at_city);
        town.in_order(LATE).await;
        // Whoever took the values over wrote an edit, and that stands; all decisions are history.
        let history = town.hub.replica.history(&town.hub.viewer, &town.person).unwrap();
        let decisions = history.iter().filter(|entry| entry.purpose_label.contains("sửa muộn"));
        assert_eq!(decisions.count(), 3, "two of the ward, one of the city");
        // And the record goes on as any other.
        town.new.set(&town.person, "phone", "0933333333");
        town.in_order("0933333333").await;
    }
}
