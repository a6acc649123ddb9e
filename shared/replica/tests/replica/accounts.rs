//! Accounts: sign-in, sessions, delays, roles.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::Place;
use wardbook_base::Redacted;
use wardbook_record::{Edit, Lang};
use wardbook_replica::{End, LoginAttempt, LoginError, NewUser, Role, Scope};

const GOOD: &str = "bốn từ dễ nhớ nhé";

fn attempt(login: &str, password: &str) -> LoginAttempt {
    LoginAttempt {
        login: login.to_owned(),
        password: Redacted(password.to_owned()),
        address: "127.0.0.1".to_owned(),
        lang: Lang::Vi,
    }
}

#[test]
fn the_first_account_must_change_its_one_time_password_before_anything_else() {
    let node = Place::node(1);
    assert!(!node.replica.has_users().unwrap());
    let first = node.replica.first_account("Hoa", "Nguyễn Thị Hoa").unwrap().unwrap();
    assert_eq!(first.login, "hoa");
    assert!(node.replica.first_account("nam", "Nam").unwrap().is_none(), "only one is first");

    let signed_in = node.replica.login(&attempt("HOA", &first.password.0)).unwrap();
    assert!(signed_in.viewer.must_change_password);
    let refused = node.replica.create_person(&signed_in.viewer, vec![]).unwrap_err();
    assert_eq!(refused.code(), "must_change_password");
    let change = |old: &str, new: &str| {
        let result = node.replica.change_password(&signed_in.viewer, &signed_in.token, old, new);
        result.map_err(|error| error.code())
    };
    assert_eq!(change(&first.password.0, "ngắn quá"), Err("password_too_short"));
    assert_eq!(change(&first.password.0, &"ă".repeat(257)), Err("password_too_long"));
    assert_eq!(change("không phải", GOOD), Err("wrong_password"));
    assert_eq!(change(&first.password.0, &first.password.0), Err("password_unchanged"));
    let other = node.replica.login(&attempt("hoa", &first.password.0)).unwrap();
    assert_eq!(change(&first.password.0, GOOD), Ok(()));

    let viewer = node.replica.session(&signed_in.token, Lang::En).unwrap().unwrap();
    assert!(!viewer.must_change_password && viewer.lang == Lang::En);
    assert!(node.replica.session(&other.token, Lang::Vi).unwrap().is_none(), "others end");
    assert!(matches!(
        node.replica.login(&attempt("hoa", &first.password.0)),
        Err(LoginError::Wrong)
    ));
    node.replica.login(&attempt("hoa", GOOD)).unwrap();
}

#[test]
fn a_session_ends_when_idle_or_old_or_signed_out() {
    let node = Place::new(End::Node, 2);
    let first = node.replica.first_account("hoa", "Hoa").unwrap().unwrap();
    let sign_in = || node.replica.login(&attempt("hoa", &first.password.0)).unwrap().token;
    let alive = |token| node.replica.session(token, Lang::Vi).unwrap().is_some();

    let idle = sign_in();
    node.clock.advance_ms(14 * 60 * 1000);
    assert!(alive(&idle), "used: alive for another quarter of an hour");
    node.clock.advance_ms(14 * 60 * 1000);
    assert!(alive(&idle));
    node.clock.advance_ms(15 * 60 * 1000);
    assert!(!alive(&idle));

    let old = sign_in();
    for _ in 0..(12 * 6) {
        assert!(alive(&old));
        node.clock.advance_ms(10 * 60 * 1000);
    }
    assert!(!alive(&old), "twelve hours are the end");

    let out = sign_in();
    node.replica.logout(&out).unwrap();
    assert!(!alive(&out));
}

#[test]
fn wrong_tries_are_slowed_down_and_unknown_names_look_the_same() {
    let node = Place::node(3);
    let first = node.replica.first_account("hoa", "Hoa").unwrap().unwrap();
    for _ in 0..5 {
        let unknown = node.replica.login(&attempt("khong_co", "x")).unwrap_err();
        assert_eq!(unknown.code(), "wrong_login");
    }
    let waits = node.replica.login(&attempt("khong_co", "x")).unwrap_err();
    assert!(matches!(waits, LoginError::Wait(1)), "{waits:?}");
    let known = node.replica.login(&attempt("hoa", &first.password.0));
    known.expect("one name's tries do not lock its neighbours out");
    for n in 0..15 {
        let _ = node.replica.login(&attempt(&format!("ten{n}"), "x"));
    }
    let all_wait = node.replica.login(&attempt("hoa", &first.password.0)).unwrap_err();
    assert!(matches!(all_wait, LoginError::Wait(1)), "{all_wait:?}");
    node.clock.advance_ms(1000);
    node.replica.login(&attempt("hoa", &first.password.0)).unwrap();
}

#[test]
fn roles_bound_what_one_may_do() {
    let node = Place::node(4);
    let made = |login: &str, role| {
        let user = NewUser { login: login.to_owned(), name: login.to_owned(), role };
        node.replica.create_user(&node.viewer, &user, &Scope::default())
    };
    let leader = made("leader", Role::Leader).unwrap();
    assert_eq!(made("leader", Role::Clerk).unwrap_err().code(), "login_taken");
    assert_eq!(made("có dấu", Role::Clerk).unwrap_err().code(), "bad_login");
    let long = NewUser { login: "lan".to_owned(), name: "ă".repeat(101), role: Role::Clerk };
    let refused = node.replica.create_user(&node.viewer, &long, &Scope::default()).unwrap_err();
    assert_eq!(refused.code(), "name_too_long");
    let signed_in = node.replica.login(&attempt("leader", &leader.password.0)).unwrap();
    node.replica
        .change_password(&signed_in.viewer, &signed_in.token, &leader.password.0, GOOD)
        .unwrap();
    let viewer = node.replica.session(&signed_in.token, Lang::Vi).unwrap().unwrap();
    let edits = vec![Edit::set_field("full_name", "x")];
    assert_eq!(node.replica.create_person(&viewer, edits).unwrap_err().code(), "not_allowed");
    assert_eq!(node.replica.users(&viewer).unwrap_err().code(), "not_allowed");

    let admin = made("admin", Role::Admin).unwrap();
    let error = node.replica.set_user_disabled(&node.viewer, "admin", true).unwrap_err();
    assert_eq!(error.code(), "last_admin");
    node.replica.set_user_disabled(&node.viewer, "leader", true).unwrap();
    assert!(node.replica.session(&signed_in.token, Lang::Vi).unwrap().is_none());
    assert_eq!(node.replica.login(&attempt("leader", GOOD)).unwrap_err().code(), "wrong_login");
    node.replica.login(&attempt("admin", &admin.password.0)).unwrap();
}

/// Whoever looks meanwhile, or after a power cut, meets no account without the records it was given.
#[test]
fn an_account_is_made_with_its_reach_or_not_at_all() {
    const MADE: usize = 6;
    let node = Place::node(6);
    let scope = Scope { person: Some(node.person("Nguyễn Văn An")), ..Scope::default() };
    let done = AtomicBool::new(false);
    let draw = |n: usize| {
        let user = NewUser { login: format!("u{n}"), name: "An".to_owned(), role: Role::Staff };
        if n.is_multiple_of(2) {
            node.replica.create_user(&node.viewer, &user, &scope).map(drop)
        } else {
            node.replica.ask_account(&node.viewer, &user, &scope)
        }
    };
    let looks = || {
        let mut seen = 0;
        while !done.load(Ordering::Relaxed) {
            let users = node.replica.users(&node.viewer).unwrap();
            assert!(users.iter().all(|user| user.scope == scope), "{users:?}");
            seen = users.len();
        }
        seen
    };
    let (made, seen) = std::thread::scope(|threads| {
        let looking = threads.spawn(looks);
        let made: Vec<bool> = (0..MADE).map(|n| draw(n).is_ok()).collect();
        done.store(true, Ordering::Relaxed);
        (made, looking.join().unwrap())
    });
    assert_eq!(made, [true; MADE]);
    assert!(seen > 0, "somebody looked meanwhile");
}

#[test]
fn views_of_a_record_are_logged_once_a_while() {
    let node = Place::node(5);
    let person = node.person("Nguyễn Văn An");
    let views = || {
        let rows = node.replica.audit_log(&node.viewer, Some(&person), 100).unwrap();
        rows.iter().filter(|row| row.entry.action == "view_person").count()
    };
    for _ in 0..3 {
        node.replica.person(&node.viewer, &person).unwrap();
    }
    assert_eq!(views(), 1);
    node.clock.advance_ms(11 * 60 * 1000);
    node.replica.person(&node.viewer, &person).unwrap();
    assert_eq!(views(), 2);
    assert!(node.replica.store().check().unwrap().is_empty());
}
