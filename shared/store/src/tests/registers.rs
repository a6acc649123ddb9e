//! Accounts, audit, wards, codes, imports, problems and conflicts.

use wardbook_base::{AuthorEpoch, ChangeHash, DeviceId, FeedSeq, HubId, Timestamp, UserId};
use wardbook_record::{Level, Path};
use wardbook_sync::ports::Membership;

use super::{document_id, fixture, state, ward};
use crate::{
    Account, AuditEntry, ConflictFilter, EnrolCode, ImportItem, LoginFailures, NewImport,
    ProblemRow, Role, Session, StoreError, SyncLogRow, Ward,
};

fn account(n: u8, login: &str) -> Account {
    Account {
        id: UserId([n; 8]),
        login: login.to_owned(),
        name: "Lê Thị Hoa".to_owned(),
        role: "clerk".to_owned(),
        password_hash: "$argon2id$x".to_owned(),
        must_change: true,
        disabled: false,
        created_at: Timestamp(1),
    }
}

#[test]
fn accounts_and_sessions_come_and_go() {
    let f = fixture(Role::Node);
    let mut hoa = account(1, "hoa");
    let session = |n: u8, expires_at| Session {
        id_hash: [n; 32],
        account: hoa.id,
        created_at: Timestamp(1),
        last_seen: Timestamp(i64::from(n)),
        expires_at: Timestamp(expires_at),
        address: "127.0.0.1".to_owned(),
    };
    let (first, second, third) = (session(1, 10), session(2, 20), session(3, 30));
    f.store
        .write(|tx| {
            tx.put_account(&hoa)?;
            for session in [&first, &second, &third] {
                tx.put_session(session)?;
            }
            tx.touch_session(&[2; 32], Timestamp(99))?;
            assert_eq!(tx.session(&[1; 32])?, Some(first.clone()));
            assert_eq!(tx.sessions_of(&hoa.id)?[0].id_hash, [2; 32]);
            assert_eq!(tx.delete_expired_sessions(Timestamp(10))?, 1);
            tx.delete_sessions_of(&hoa.id, Some(&[3; 32]))?;
            assert_eq!(tx.sessions_of(&hoa.id)?, vec![third.clone()]);
            tx.delete_session(&[3; 32])
        })
        .unwrap();
    hoa.disabled = true;
    let taken = f.store.write(|tx| {
        tx.put_account(&hoa)?;
        tx.put_account(&account(2, "hoa"))
    });
    assert!(taken.is_err(), "a login belongs to one account");
    f.store.write(|tx| tx.put_account(&hoa)).unwrap();
    f.store
        .read(|tx| {
            assert_eq!(tx.account_by_login("hoa")?, Some(hoa.clone()));
            assert_eq!(tx.account(&UserId([2; 8]))?, None);
            assert_eq!(tx.accounts()?.len(), 1);
            assert_eq!(tx.session(&[3; 32])?, None);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn failed_sign_ins_are_counted_until_one_succeeds() {
    let f = fixture(Role::Node);
    let counted = f.store.write(|tx| {
        tx.add_login_failure("account:hoa", Timestamp(5))?;
        tx.add_login_failure("account:hoa", Timestamp(8))
    });
    let expected = LoginFailures { count: 2, first: Timestamp(5), last: Timestamp(8) };
    assert_eq!(counted, Ok(expected));
    f.store.write(|tx| tx.clear_login_failures("account:hoa")).unwrap();
    let after = f.store.read(|tx| tx.login_failures("account:hoa"));
    assert_eq!(after, Ok(LoginFailures::default()));
}

#[test]
fn an_altered_or_missing_audit_entry_is_noticed() {
    for tampering in ["UPDATE audit SET detail = 'b' WHERE n = 2", "DELETE FROM audit WHERE n = 2"]
    {
        let f = fixture(Role::Hub);
        for n in 1..=3 {
            let entry = AuditEntry {
                at: Timestamp(n),
                account: Some(UserId([1; 8])),
                action: "view_person".to_owned(),
                document: Some(document_id(u8::try_from(n).unwrap())),
                detail: "a".to_owned(),
            };
            f.store.write(|tx| tx.append_audit(&entry)).unwrap();
        }
        assert_eq!(f.store.check().unwrap(), Vec::<String>::new());
        let seen = f.store.read(|tx| tx.audit_rows(Some(&document_id(2)), 9)).unwrap();
        assert_eq!((seen.len(), seen[0].n), (1, 2));
        f.store.inner.writer.alone(&f.store.inner.shared, |c| c.execute_batch(tampering)).unwrap();
        assert_eq!(f.store.check().unwrap(), vec!["the audit log was altered at entry 2"]);
    }
}

#[test]
fn a_hub_keeps_wards_codes_and_calls() {
    let f = fixture(Role::Hub);
    let mut one = Ward { id: ward(), name: "Phường Một".to_owned(), created_at: Timestamp(1) };
    let code = EnrolCode {
        code_hash: [1; 32],
        ward: ward(),
        created_at: Timestamp(1),
        expires_at: Timestamp(2),
        tries: 0,
        used_at: None,
        used_by: None,
    };
    let used = EnrolCode {
        tries: 3,
        used_at: Some(Timestamp(2)),
        used_by: Some(DeviceId([2; 16])),
        ..code.clone()
    };
    let call = |at| SyncLogRow {
        at: Timestamp(at),
        ward: ward(),
        device: DeviceId([2; 16]),
        bytes_in: 1,
        bytes_out: 2,
        pushed: 3,
        pulled: 4,
        result: "ok".to_owned(),
    };
    f.store
        .write(|tx| {
            tx.put_ward(&one)?;
            one.name = "Phường Hai".to_owned();
            tx.put_ward(&one)?;
            assert_eq!(tx.wards()?, vec![one.clone()]);
            let feed = tx.ward_feed(&ward())?.unwrap();
            assert_eq!((feed.position.seq, feed.position.epoch), (FeedSeq(0), tx.feed_epoch()?));
            tx.put_enrol_code(&code)?;
            tx.put_enrol_code(&used)?;
            assert_eq!(tx.enrol_code(&[1; 32])?, Some(used.clone()));
            assert_eq!(tx.enrol_codes(Some(&ward()))?.len(), 1);
            tx.append_sync_log(&call(1))?;
            tx.append_sync_log(&call(2))?;
            assert_eq!(tx.sync_log(Some(&ward()), 1)?, vec![call(2)]);
            assert_eq!(tx.trim_sync_log(Timestamp(2))?, 1);
            assert_eq!(tx.sync_log(None, 9)?.len(), 1);
            assert_eq!(tx.devices(None)?, vec![]);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn a_node_remembers_what_enrolment_gave() {
    let f = fixture(Role::Node);
    let member = Membership {
        hub: HubId([1; 16]),
        hub_url: "https://10.0.0.1:8443".to_owned(),
        tls_pin: Some([2; 32]),
        hub_key: [3; 32],
        sealing_recipient: "age1x".to_owned(),
        hub_epoch: AuthorEpoch([4; 16]),
        device: DeviceId([5; 16]),
        ward: ward(),
        ward_name: "Phường Một".to_owned(),
        units_as_of: "2025-06-30".to_owned(),
    };
    f.store
        .write(|tx| {
            tx.put_membership(Some(&member))?;
            assert_eq!(tx.membership()?, Some(member.clone()));
            let plain = Membership { tls_pin: None, ..member.clone() };
            tx.put_membership(Some(&plain))?;
            assert_eq!(tx.membership()?, Some(plain));
            tx.put_membership(None)?;
            assert_eq!(tx.membership()?, None);
            assert_eq!(tx.pending()?, (0, None));
            assert_eq!(tx.proven()?, None);
            tx.put_proven(Timestamp(1), FeedSeq(2))?;
            assert_eq!(tx.proven()?, Some((Timestamp(1), FeedSeq(2))));
            tx.put_secret("device.key", &[1, 2])?;
            assert_eq!(tx.get_secret("device.key")?, Some(vec![1, 2]));
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn imports_can_be_listed_item_by_item() {
    let f = fixture(Role::Node);
    let import =
        NewImport { at: Timestamp(1), account: UserId([1; 8]), file_name: "a.xlsx".to_owned() };
    let item = |n: u8, created| ImportItem {
        document: document_id(n),
        hash: ChangeHash([n; 32]),
        created,
    };
    f.store
        .write(|tx| {
            let batch = tx.add_import_batch(&import)?;
            for item in [item(2, true), item(1, false), item(3, true)] {
                tx.add_import_item(batch, &item)?;
            }
            tx.put_import_undone(batch, Timestamp(9))?;
            let items = tx.import_items(batch)?;
            assert_eq!(items, vec![item(2, true), item(1, false), item(3, true)]);
            let listed = tx.import_batches()?;
            assert_eq!((listed[0].created, listed[0].updated), (2, 1));
            assert_eq!(tx.import_batch(batch)?.unwrap().undone_at, Some(Timestamp(9)));
            assert_eq!(tx.import_batch(batch + 1)?, None);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn a_conflict_keeps_the_time_it_was_noticed_until_it_is_gone() {
    let f = fixture(Role::Hub);
    let (phone, email) = (Path::field("phone"), Path::field("email"));
    let problem = ProblemRow {
        path: phone.clone(),
        value: "x".to_owned(),
        level: Level::Warning,
        code: "phone_form".to_owned(),
        args: vec![("a".to_owned(), "b".to_owned())],
    };
    let of_ward = ConflictFilter { ward: Some(ward()), document: None };
    f.store
        .write(|tx| {
            let id = document_id(1);
            tx.put_document(&state(id, &[]))?;
            tx.put_conflicts(&id, &[phone.clone(), email.clone()], Timestamp(1))?;
            tx.put_conflicts(&id, std::slice::from_ref(&phone), Timestamp(2))?;
            let open = tx.conflicts(&of_ward)?;
            assert_eq!(open.len(), 1);
            assert_eq!((&open[0].path, open[0].opened_at), (&phone, Timestamp(1)));
            assert_eq!(tx.conflict_count(&ConflictFilter::default())?, 1);
            tx.put_conflicts(&id, &[], Timestamp(3))?;
            assert_eq!(tx.conflict_count(&of_ward)?, 0);
            tx.put_problems(&id, &[problem.clone(), problem.clone()])?;
            tx.put_problems(&id, std::slice::from_ref(&problem))?;
            assert_eq!(tx.problems(&id)?, vec![problem.clone()]);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}
