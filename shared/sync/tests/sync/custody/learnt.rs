//! A hub that was put back learns the decisions it lost from the wards, and keeps what it decided
//! since.

use automerge::{ROOT, ReadDoc as _};
use wardbook_base::DocumentId;
use wardbook_sync::digest::ALL_BUCKETS;
use wardbook_sync::memory::MemoryHub;
use wardbook_sync::message::{CustodyAct, Detail, FeedItem};
use wardbook_sync::node::CallLimits;
use wardbook_sync::ports::{HubPort as _, Log as _, NodeMode, NodePort as _};

use super::city::{City, city, edit, is_gone, refused, text};
use crate::support::{NOW, Node, load, ward};

/// The acts of a document's ledger and the wards that they name.
fn ledger(city: &City, id: &DocumentId) -> Vec<(u64, CustodyAct, String)> {
    let entries = city.hub.store.custody(id).unwrap().into_iter();
    entries.map(|entry| (entry.version, entry.act, entry.ward.to_string())).collect()
}

fn learnt(city: &City) -> usize {
    city.hub.events().iter().filter(|code| **code == "custody_learnt").count()
}

/// A person whose custody goes to ward 2 with all that belongs to it, and the hub of before that.
fn moved(seed: u64) -> (City, DocumentId, MemoryHub) {
    let mut city = city(seed);
    let id = city.person().id;
    city.quiet();
    let old = city.hub.store.clone();
    city.transfer(&id, 2);
    city.quiet();
    assert!(is_gone(&city.a, &id));
    (city, id, old)
}

#[test]
fn a_lost_transfer_is_learnt_from_the_new_ward() {
    let (mut city, id, old) = moved(140);
    edit(&mut city.b, &id, "phone", "phường 2");
    city.b.sync(&mut city.hub);
    city.hub.put_back(old);
    edit(&mut city.b, &id, "email", "sau khi phục hồi");
    assert_eq!(city.custodian(&id), ward(1));
    city.b.sync(&mut city.hub);
    assert_eq!(city.custodian(&id), ward(2));
    city.quiet();
    let expected =
        vec![(1, CustodyAct::Born, "25881.1".into()), (2, CustodyAct::Transfer, "25882.1".into())];
    assert_eq!(ledger(&city, &id), expected);
    assert_eq!(city.hub.store.custody(&id).unwrap()[1].decision, "QĐ 12/QĐ-UBND");
    let there = (city.at_hub(&id, "phone"), city.at_hub(&id, "email"));
    assert_eq!(there, ("phường 2".into(), "sau khi phục hồi".into()));
    assert!(city.aside(&id).is_empty());
    assert!(is_gone(&city.a, &id) && is_gone(&city.a2, &id));
    assert_eq!(learnt(&city), 1);
}

#[test]
fn a_lost_transfer_is_learnt_from_the_old_ward() {
    let (mut city, id, old) = moved(141);
    city.hub.put_back(old);
    city.a.sync(&mut city.hub);
    assert_eq!(city.custodian(&id), ward(2), "the new ward has not called yet");
    city.quiet();
    assert!(is_gone(&city.a, &id) && is_gone(&city.a2, &id));
    assert_eq!(learnt(&city), 1, "the others had nothing to add");
}

#[test]
fn what_was_decided_since_stands() {
    let (mut city, id, old) = moved(142);
    edit(&mut city.b, &id, "phone", "phường 2");
    city.b.sync(&mut city.hub);
    city.hub.put_back(old);
    city.transfer(&id, 3);
    city.c.sync(&mut city.hub);
    edit(&mut city.c, &id, "phone", "phường 3");
    city.c.sync(&mut city.hub);
    edit(&mut city.b, &id, "email", "chưa biết");
    city.quiet();
    city.quiet();
    assert_eq!(city.custodian(&id), ward(3));
    assert!(is_gone(&city.b, &id) && is_gone(&city.a, &id));
    // What ward 2 wrote meanwhile is there, too; where both wrote, ward 3 sees both.
    assert_eq!(text(&city.c.person(&id), "email"), "chưa biết");
    assert_eq!(city.c.person(&id).document.get_all(ROOT, "phone").unwrap().len(), 2);
    assert!(city.aside(&id).is_empty());
}

#[test]
fn a_lost_loan_and_its_end_are_learnt() {
    let mut city = city(143);
    let id = city.person().id;
    city.quiet();
    let old = city.hub.store.clone();
    city.lend(&id, 2);
    city.lend(&id, 3);
    city.quiet();
    city.end_loan(&id, 3);
    city.quiet();
    city.hub.put_back(old);
    city.quiet();
    assert_eq!(city.hub.store.readers(&id).unwrap(), [ward(2)]);
    assert!(is_gone(&city.c, &id) && !is_gone(&city.b, &id));
    assert_eq!(refused(&mut city.b, &id), "not_custodian");
}

#[test]
fn a_lost_purge_is_learnt() {
    let (mut city, id, old) = moved(144);
    city.purge(&id);
    city.quiet();
    city.hub.put_back(old);
    assert!(city.hub.store.document(&id).unwrap().is_some());
    city.quiet();
    assert!(city.hub.store.document(&id).unwrap().is_none());
    assert!(is_gone(&city.b, &id) && is_gone(&city.a, &id));
}

/// The hub lost the loan, and then the record is erased: the reader must hear of that, too.
#[test]
fn a_reader_whose_loan_was_lost_hears_of_a_purge() {
    let mut city = city(145);
    let id = city.person().id;
    city.quiet();
    let old = city.hub.store.clone();
    city.lend(&id, 2);
    city.quiet();
    city.hub.put_back(old);
    city.purge(&id);
    city.quiet();
    assert!(is_gone(&city.b, &id));
}

/// The hub lost a record altogether; the first to call is a ward that only reads it.
#[test]
fn a_reader_brings_a_lost_record_back_to_its_ward() {
    let mut city = city(146);
    let old = city.hub.store.clone();
    let id = city.person().id;
    city.lend(&id, 2);
    let change = load(id, &city.hub.store.log).set(city.hub.epoch, "note", "Sở");
    city.hub.record(&ward(1), &id, &change).unwrap();
    // Ward 1 has not seen the officer's edit.
    city.b.sync(&mut city.hub);
    city.hub.put_back(old);
    city.b.sync(&mut city.hub);
    assert_eq!(city.custodian(&id), ward(1));
    city.quiet();
    assert_eq!(city.hub.store.readers(&id).unwrap(), [ward(2)]);
    assert_eq!(text(&city.a.person(&id), "note"), "Sở");
    assert_eq!(refused(&mut city.b, &id), "not_custodian");
}

/// So does the ward that released it, when the new one never called.
#[test]
fn a_lost_record_comes_back_from_the_ward_that_released_it() {
    let mut city = city(147);
    let old = city.hub.store.clone();
    let id = city.person().id;
    city.transfer(&id, 2);
    city.a.sync(&mut city.hub);
    city.hub.put_back(old);
    city.a.sync(&mut city.hub);
    assert_eq!(city.custodian(&id), ward(2));
    city.quiet();
    assert!(is_gone(&city.a, &id) && !is_gone(&city.b, &id));
}

/// Likewise when all of the record stands in the log of that ward, and is pushed again.
#[test]
fn a_lost_record_is_pushed_again_and_moves_again() {
    let mut city = city(150);
    city.a.create(&city.dice);
    let old = city.hub.store.clone();
    let id = city.person().id;
    city.transfer(&id, 2);
    city.a.sync(&mut city.hub);
    city.hub.put_back(old);
    let limits = CallLimits { changes: 1, ..Default::default() };
    while super::city::call(&mut city.hub, &mut city.a, &limits).more {}
    assert_eq!(city.custodian(&id), ward(2));
    city.quiet();
    assert!(is_gone(&city.a, &id) && !is_gone(&city.b, &id));
}

#[test]
fn nobody_can_show_what_the_hub_never_said() {
    let (mut city, id, old) = moved(148);
    city.hub.put_back(old);
    city.b.call(&mut city.hub);
    let mut request = city.b.request();
    assert!(matches!(request.detail, Some(Detail::List(_))));
    // Another ward's word, another act, another ward in it.
    let good = request.custody.clone().unwrap();
    let c_shows =
        |request: &mut wardbook_sync::message::Request| request.custody = Some(good.clone());
    let mut act = good.clone();
    act[0].words[0].act = CustodyAct::Purge;
    let mut third = good.clone();
    third[0].words[0].ward = ward(3);
    for shown in [act, third] {
        request.custody = Some(shown);
        city.hub.answer(&city.b.seal(&request)).unwrap();
        assert_eq!((city.custodian(&id), learnt(&city)), (ward(1), 0));
    }
    let mut by_c = city.c.request();
    c_shows(&mut by_c);
    city.hub.answer(&city.c.seal(&by_c)).unwrap();
    assert_eq!((city.custodian(&id), learnt(&city)), (ward(1), 0));
    city.quiet();
    assert_eq!(city.custodian(&id), ward(2));
}

/// A device that compares lists jumps over the grant; it gets the word with the difference.
#[test]
fn words_come_with_differences_too() {
    let mut city = city(149);
    let id = city.person().id;
    city.quiet();
    let old = city.hub.store.clone();
    edit(&mut city.a, &id, "phone", "một");
    city.quiet();
    city.hub.put_back(old);
    city.lend(&id, 2);
    city.transfer(&id, 2);
    city.quiet();
    for node in [&city.a, &city.b] {
        let words = node.store.custody_words().unwrap();
        assert!(words.iter().any(|(of, word)| *of == id && word.act == CustodyAct::Transfer));
    }
    assert!(is_gone(&city.a, &id));
}

/// A record is born again by a push, and behind its birth stand edits from after the move: they are
/// judged by the words that come with it, not by the birth.
#[test]
fn what_follows_a_rebirth_is_judged_by_the_words_shown() {
    for changes in [1, 2, 500] {
        let mut city = city(158);
        let old = city.hub.store.clone();
        // Something that is sent before.
        city.person();
        let id = city.person().id;
        city.quiet();
        edit(&mut city.a, &id, "phone", "hỏng");
        let bad = city.a.store.local().last().unwrap().hash;
        edit(&mut city.a, &id, "email", "tốt");
        city.hub.condemned = [(id, bad)].into_iter().collect();
        city.transfer(&id, 2);
        city.a.sync(&mut city.hub);
        city.hub.put_back(old);
        let limits = CallLimits { changes, ..Default::default() };
        while super::city::call(&mut city.hub, &mut city.a, &limits).more {}
        city.quiet();
        let mut codes = city.aside(&id);
        codes.sort();
        assert_eq!(codes, ["late_edit", "unsafe_change"], "{changes} changes a call");
        let kept: Vec<_> = city.b.store.log.kept_aside().map(|kept| kept.code.as_str()).collect();
        assert_eq!(kept, ["late_edit"], "the new ward decides");
        assert!(is_gone(&city.a, &id) && city.custodian(&id) == ward(2));
    }
}

/// A grant brings newer changes than the feed has named, and the hub loses those.
#[test]
fn what_came_ahead_of_its_place_in_the_feed_is_given_back() {
    for moves_on in [false, true] {
        let mut city = city(159);
        let id = city.person().id;
        city.quiet();
        city.transfer(&id, 2);
        let old = city.hub.store.clone();
        let change = load(id, &city.hub.store.log).set(city.hub.epoch, "note", "Sở");
        city.hub.record(&ward(2), &id, &change).unwrap();
        // As many bytes as hold the grant with the newer change, and not that change's own place.
        let answer = (1..40).find_map(|n| {
            let limits = CallLimits { pull_bytes: n * 50, ..CallLimits::default() };
            let request = city.b.request_with(&limits);
            let body = city.b.seal(&request);
            let answer = city.hub.answer(&body).unwrap();
            let response = Node::open(&city.hub, &body, &answer);
            let [FeedItem::Grant(grant)] = &response.feed.items[..] else { return None };
            (grant.changes.len() == 2).then_some((request, response))
        });
        let (request, response) = answer.unwrap();
        assert!(city.b.apply(&request, response).unwrap().more);
        assert_eq!(text(&city.b.person(&id), "note"), "Sở");
        edit(&mut city.b, &id, "phone", "hai");
        city.hub.put_back(old);
        if moves_on {
            city.transfer(&id, 3);
        }
        city.quiet();
        assert_eq!(
            (city.at_hub(&id, "note"), city.at_hub(&id, "phone")),
            ("Sở".into(), "hai".into())
        );
        assert_eq!(is_gone(&city.b, &id), moves_on);
    }
}

/// A loan was lost with the hub, and then the word that the reader is to forget what was erased
/// meanwhile: the next comparison asks again.
#[test]
fn a_word_to_forget_that_was_lost_on_the_way_is_given_again() {
    for more_is_lost in [true, false] {
        let mut city = city(160);
        let id = city.person().id;
        city.quiet();
        let old = city.hub.store.clone();
        city.lend(&id, 2);
        if more_is_lost {
            city.b.create(&city.dice);
        }
        city.b.sync(&mut city.hub);
        for _ in 0..2 {
            city.hub.put_back(old.clone());
            city.purge(&id);
            // The second of these calls compares, and jumps over the word.
            city.b.call(&mut city.hub);
            city.b.call(&mut city.hub);
        }
        city.quiet();
        assert!(is_gone(&city.b, &id) && is_gone(&city.a, &id), "{more_is_lost}");
    }
}

/// A device that compared lists jumped over a release, and the hub, which said it again, was put back
/// unannounced to just before that: what the device writes is taken as late, and never stands in its feed.
#[test]
fn a_release_that_was_jumped_over_and_lost_is_told_again() {
    let mut city = city(161);
    let id = city.person().id;
    city.quiet();
    city.transfer(&id, 2);
    let old = city.hub.store.clone();
    city.a.store.put_mode(NodeMode::CompareList(ALL_BUCKETS)).unwrap();
    city.a.call(&mut city.hub);
    city.hub.store = old;
    edit(&mut city.a, &id, "phone", "chưa biết");
    let more: Vec<_> = (0..20).map(|_| city.a.call(&mut city.hub).2.more).collect();
    assert_eq!(more.last(), Some(&false), "it is told to call again without end");
    city.quiet();
    assert!(is_gone(&city.a, &id));
    assert_eq!(city.at_hub(&id, "phone"), "chưa biết");
    assert!(city.aside(&id).is_empty());
}

/// The hub knew nothing of a record when a ward compared, had it back from another ward, and only then
/// was shown that the first one had it, too: that one has no other way to hear that it must forget.
#[test]
fn a_ward_that_the_hub_did_not_know_to_have_had_a_record_is_told_to_forget_it() {
    let mut city = city(162);
    let mut other = city.hub.store.device(&city.a2.device).unwrap().unwrap();
    other.revoked_at = Some(NOW);
    city.hub.store.put_device(&other).unwrap();
    let old = city.hub.store.clone();
    // Something that is sent before.
    city.a.create(&city.dice);
    let id = city.a.create(&city.dice).id;
    city.a.sync(&mut city.hub);
    city.transfer(&id, 2);
    city.a.call(&mut city.hub);
    city.b.sync(&mut city.hub);
    city.hub.put_back(old);
    let limits = CallLimits { changes: 1, ..Default::default() };
    for _ in 0..2 {
        super::city::call(&mut city.hub, &mut city.a, &limits);
    }
    assert!(city.hub.store.document(&id).unwrap().is_none());
    city.b.sync(&mut city.hub);
    assert_eq!(city.custodian(&id), ward(2));
    for _ in 0..3 {
        city.a.sync(&mut city.hub);
        city.b.sync(&mut city.hub);
    }
    assert!(is_gone(&city.a, &id) && !is_gone(&city.b, &id));
    assert_eq!(learnt(&city), 2);
}
