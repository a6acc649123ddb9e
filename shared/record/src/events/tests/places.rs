//! The fields and rows of each action that changes a post, a place or a status.

use super::super::{
    Answer, MoveAct, Request, RequestState, SLIP, answer_request, is_slip, options, requests,
    withdraw_request,
};
use super::*;

#[test]
fn an_appointment_closes_the_present_post_and_opens_the_new_one() {
    let p = after("appoint", &official(), &[("title", "Trưởng phòng"), ("months", "60")]);
    assert_eq!(field(&p, "current_title"), "P16");
    assert_eq!(field(&p, "title_appoint_date"), "2026-12-01");
    assert_eq!(
        cells(&p, "appointments")[0].split(' ').find(|c| c.starts_with("to_date")),
        Some("to_date=2026-11-30")
    );
    assert_eq!(
        newest(&p, "appointments"),
        format!(
            "from_date=2026-12-01 kind=chinh org={OFFICE} term_end=2031-12-01 times=1 title=P16"
        )
    );
    assert!(cells(&p, "work_history")[0].ends_with("to_date=2026-11"));
    assert_eq!(
        newest(&p, "work_history"),
        format!("from_date=2026-12 org={OFFICE} title=Trưởng phòng")
    );
    assert_eq!(
        newest(&p, "movements"),
        format!(
            "effective=2026-12-01 from_org={OFFICE} from_title=P17 kind=bo_nhiem to_org={OFFICE} to_title=P16 until=2031-12-01"
        )
    );
    assert_eq!(
        cells(&p, "documents"),
        [format!(
            "date=2026-11-20 issuer={OFFICE} kind=qd number=45/QĐ-UBND signer=Trần Văn Bình summary=Bổ nhiệm, bầu, chỉ định, phê chuẩn chức vụ. Hiệu lực 01/12/2026."
        )]
    );
    assert!(cells(&p, "appointments")[1].contains("decision_no=45/QĐ-UBND"));
}

#[test]
fn a_post_without_a_row_gets_one_before_it_is_left() {
    let mut before = official();
    before.tables.clear();
    let p = after("appoint", &before, &[("title", "P16")]);
    assert_eq!(
        cells(&p, "appointments")[0],
        format!("from_date=2025-07-01 kind=chinh org={OFFICE} title=P17 to_date=2026-11-30")
    );
    assert_eq!(
        cells(&p, "work_history")[0],
        format!("from_date=2025-07 org={OFFICE} title=Phó Trưởng phòng to_date=2026-11")
    );
}

#[test]
fn a_reappointment_begins_another_term_of_the_same_post() {
    let p = after("reappoint", &official(), &[]);
    assert_eq!(field(&p, "title_reappoint_date"), "2026-12-01");
    assert_eq!(field(&p, "title_appoint_date"), "2025-07-01");
    assert!(newest(&p, "appointments").contains("times=2 title=P17"));
    assert!(newest(&p, "movements").contains("kind=bo_nhiem_lai"));
}

#[test]
fn a_concurrent_post_leaves_the_main_one_alone() {
    let p = after("concurrent", &official(), &[("title", "P08")]);
    assert_eq!(
        (field(&p, "concurrent_title"), field(&p, "current_title")),
        ("P08".into(), "P17".into())
    );
    assert!(newest(&p, "appointments").contains("kind=kiem_nhiem"));
    assert!(!cells(&p, "appointments")[0].contains("to_date"));
}

#[test]
fn whoever_is_relieved_goes_on_in_another_position() {
    let p = after("relieve", &official(), &[("how", "tu_chuc"), ("job_position", "P30")]);
    assert_eq!(
        (field(&p, "current_title"), field(&p, "job_position")),
        (String::new(), "P30".into())
    );
    assert_eq!(
        newest(&p, "work_history"),
        format!("from_date=2026-12 org={OFFICE} title=Chuyên viên văn phòng - tổng hợp")
    );
    assert!(cells(&p, "appointments")[0].contains("to_date=2026-11-30"));
    assert!(newest(&p, "movements").contains("kind=tu_chuc"));
}

#[test]
fn a_recruit_begins_on_probation_with_the_first_step_of_the_rank() {
    let mut nobody = Person::new(DocumentId([1; 16]));
    nobody.values.insert("full_name".into(), "Lê Văn Cường".into());
    let p = after(
        "recruit",
        &nobody,
        &[
            ("subject_type", "cong_chuc"),
            ("job_position", "P31"),
            ("org_unit", "ub_vp"),
            ("probation", "12"),
            ("rank", "01.003"),
        ],
    );
    assert_eq!(field(&p, "work_status"), "tap_su");
    assert_eq!(field(&p, "first_recruit_date"), "2026-12-01");
    assert_eq!(field(&p, "salary_coefficient"), "2.34");
    assert_eq!(
        newest(&p, "salary_history"),
        "coefficient=2.34 from_date=2026-12 rank=01.003 step=1"
    );
    assert_eq!(
        newest(&p, "work_history"),
        format!("from_date=2026-12 org={OFFICE} title=Chuyên viên tư pháp - hộ tịch")
    );
    assert!(newest(&p, "movements").ends_with("to_title=P31 until=2027-12-01"));
    let p = after("end_probation", &p, &[("effective", "01/12/2027")]);
    assert_eq!(
        (field(&p, "work_status"), field(&p, "rank_date")),
        ("dang_lam_viec".into(), "2027-12-01".into())
    );
    assert!(cells(&p, "salary_history")[0].contains("to_date=2027-11"));
}

#[test]
fn who_came_from_elsewhere_begins_here() {
    let mut before = official();
    before.values.insert("work_status".into(), "da_chuyen".into());
    before.values.insert("using_org".into(), "UBND phường Vĩnh Tân".into());
    let p = after("transfer_in", &before, &[("job_position", "P30")]);
    assert_eq!(
        (field(&p, "using_org"), field(&p, "work_status")),
        (OFFICE.into(), "dang_lam_viec".into())
    );
    assert_eq!(field(&p, "current_title"), "");
    assert!(
        newest(&p, "movements")
            .contains("from_org=UBND phường Vĩnh Tân from_title=P17 kind=tiep_nhan_den")
    );
}

/// The record after the city's answer to its only request that waits.
fn answered(p: &Person, agreed: bool) -> Person {
    let row = waiting(p)[0].row;
    let answer = Answer { agreed, words: "Đúng quy định", on: day("2026-12-02") };
    let edits = answer_request(p, &row, &answer, &mut ids()).unwrap();
    let after = applied(p, &edits);
    assert_eq!(answer_request(&after, &row, &answer, &mut ids()), None, "answered once");
    assert_eq!(withdraw_request(&after, &row, day("2026-12-02")), None, "too late");
    after
}

fn waiting(p: &Person) -> Vec<Request> {
    let all = requests(p).into_iter();
    all.filter(|request| request.state == RequestState::Waits).collect()
}

#[test]
fn a_transfer_out_is_a_request_that_waits_for_the_city() {
    for (key, kind, act, more) in [
        ("transfer_out", "dieu_dong", MoveAct::Transfer, vec![]),
        ("rotate_out", "luan_chuyen", MoveAct::Transfer, vec![("to_title", "P17")]),
        ("second", "biet_phai", MoveAct::Lend, vec![("until", "01/12/2028")]),
    ] {
        let mut boxes = vec![THERE];
        boxes.extend(more);
        let p = after(key, &official(), &boxes);
        let found = waiting(&p);
        assert_eq!((found.len(), found[0].act()), (1, Some(act)), "{key}");
        let words = (found[0].kind.as_str(), found[0].to_org.as_str(), found[0].signer.as_str());
        assert_eq!(words, (kind, "Phường Vĩnh Tân", "Trần Văn Bình"));
        assert_eq!(found[0].to_ward.as_deref(), Some("25912.2"), "{key}");
        let now = (field(&p, "current_title"), field(&p, "work_status"));
        assert_eq!(now, ("P17".into(), "dang_lam_viec".into()), "{key}: nothing moves yet");
        assert!(crate::facts(&p, day(TODAY)).moves.is_empty(), "{key}: nothing moved");
        let refused = answered(&p, false);
        assert_eq!(field(&refused, "work_status"), "dang_lam_viec", "{key}");
        assert_eq!(requests(&refused)[0].answer, "Đúng quy định");
        assert!(crate::facts(&refused, day(TODAY)).moves.is_empty());
        let agreed = answered(&p, true);
        assert_eq!(requests(&agreed)[0].state, RequestState::Agreed);
        assert_eq!(crate::facts(&agreed, day(TODAY)).moves.len(), 1);
    }
}

#[test]
fn one_request_waits_at_a_time_and_may_be_taken_back() {
    let p = after("transfer_out", &official(), &[THERE]);
    let again = attempt("second", &p, &[THERE, ("until", "01/12/2028"), ("decision_no", "9/QĐ")]);
    let codes: Vec<_> = again.unwrap_err().iter().map(|fault| fault.problem.code).collect();
    assert_eq!(codes, ["event_request_waits"]);
    let taken_back = withdraw_request(&p, &waiting(&p)[0].row, day("2026-11-23")).unwrap();
    let p = applied(&p, &taken_back);
    assert_eq!(requests(&p)[0].state, RequestState::Withdrawn);
    let p = after("transfer_out", &p, &[THERE, ("decision_no", "9/QĐ")]);
    assert_eq!(waiting(&p).len(), 1);
}

#[test]
fn the_receiving_ward_is_another_one_of_the_city() {
    let ward = |typed: &str| {
        let made = attempt("transfer_out", &official(), &[("to_ward", typed)]);
        made.map(|plan| waiting(&plan.after)[0].to_ward.clone().unwrap())
            .map_err(|faults| faults.iter().map(|f| f.problem.code).collect::<Vec<_>>())
    };
    for typed in ["25912.2", "25912", "Phường Vĩnh Tân", "vinh tan"] {
        assert_eq!(ward(typed).as_deref(), Ok("25912.2"), "{typed}");
    }
    assert_eq!(ward("Phường Tân Uyên"), Err(vec!["event_own_ward"]));
    assert_eq!(ward("25888"), Err(vec!["event_own_ward"]));
    for typed in ["Phường Bạc Liêu", "25912.1", "ở đâu đó"] {
        assert_eq!(ward(typed), Err(vec!["event_unknown_ward"]), "{typed}");
    }
    let listed = options(
        event("transfer_out").unwrap().input("to_ward").unwrap(),
        &official(),
        day(TODAY),
        HERE,
        crate::Lang::Vi,
    );
    let listed = listed.unwrap();
    assert!(listed.contains(&("25912.2".to_owned(), "Phường Vĩnh Tân".to_owned())));
    assert!(!listed.iter().any(|(id, _)| id == "25888.2" || id.ends_with(".1")));
}

#[test]
fn a_secondment_begins_and_ends_with_the_citys_yes() {
    let p = after("second", &official(), &[THERE, ("until", "01/12/2028")]);
    let p = answered(&p, true);
    let now = |p: &Person| (field(p, "work_status"), field(p, "status_date"));
    assert_eq!(now(&p), ("biet_phai".into(), "2026-12-01".into()));
    let p = after("end_second", &p, &[("effective", "01/12/2028"), ("decision_no", "9/QĐ")]);
    assert_eq!(now(&p), ("biet_phai".into(), "2026-12-01".into()), "not before the answer");
    assert_eq!(waiting(&p)[0].act(), Some(MoveAct::Return));
    let p = answered(&p, true);
    assert_eq!(now(&p), ("dang_lam_viec".into(), "2028-12-01".into()));
}

#[test]
fn a_slip_asks_for_somebody_who_is_not_here() {
    let nobody = Person::new(DocumentId([7; 16]));
    let boxes = [
        ("person_id_no", "074085001234"),
        ("full_name", "Lê Thị Hoa"),
        ("birth_date", "20/03/1985"),
    ];
    let made = attempt("ask_in", &nobody, &boxes).unwrap();
    assert_eq!(waiting(&made.after)[0].act(), Some(MoveAct::Fetch));
    let slip = applied(&made.after, &[Edit::retire_record(SLIP)]);
    assert!(is_slip(&slip) && crate::validate(&slip, day(TODAY)).is_empty());
    let short = attempt("ask_in", &nobody, &[boxes[1], boxes[2], ("person_id_no", "0740850012")]);
    assert_eq!(short.unwrap_err()[0].problem.code, "wrong_digits");
}

#[test]
fn a_rotation_within_the_ward_changes_the_post_for_a_time() {
    let p = after(
        "rotate",
        &official(),
        &[("title", "P15"), ("org_unit", "ub_vp"), ("until", "01/12/2029")],
    );
    assert_eq!((field(&p, "current_title"), field(&p, "org_unit")), ("P15".into(), "ub_vp".into()));
    assert!(newest(&p, "appointments").contains("term_end=2029-12-01"));
    assert!(newest(&p, "movements").contains("kind=luan_chuyen"));
}

#[test]
fn a_conversion_closes_the_log_and_begins_a_new_one_where_it_is_due_again() {
    let mut before = official();
    before.values.insert("job_position".into(), "P33".into());
    let p = after("convert_job", &before, &[("position", "P32")]);
    let log = cells(&p, "conversion_log");
    assert_eq!(log.len(), 2);
    assert!(log[0].contains("done=2026-12-01") && log[0].contains("position=P33 since=2025-07-01"));
    assert_eq!(log[1], "position=P32 since=2026-12-01");
    let p = after(
        "convert_job",
        &p,
        &[("position", "P38"), ("effective", "01/12/2029"), ("decision_no", "8/QĐ")],
    );
    let log = cells(&p, "conversion_log");
    assert_eq!(log.len(), 2, "P38 is not converted periodically");
    assert!(log[1].contains("done=2029-12-01") && log[1].contains("decision_no=8/QĐ"));
    assert_eq!(field(&p, "job_position"), "P38");
}

#[test]
fn whoever_retires_or_leaves_has_nothing_open() {
    for (key, boxes, status, kind) in [
        ("retire", vec![("how", "nghi_huu")], "da_nghi_huu", "nghi_huu"),
        ("leave", vec![("how", "thoi_viec")], "da_thoi_viec", "thoi_viec"),
        ("leave", vec![("how", "chuyen_di"), ("to_org", "Sở Nội vụ")], "da_chuyen", "chuyen_di"),
        ("leave", vec![("how", "tu_tran")], "tu_tran", "tu_tran"),
    ] {
        let p = after(key, &official(), &boxes);
        assert_eq!(field(&p, "work_status"), status);
        for table in ["appointments", "work_history", "salary_history"] {
            assert!(cells(&p, table).iter().all(|row| row.contains("to_date=2026-11")), "{table}");
        }
        assert!(newest(&p, "movements").contains(&format!("kind={kind}")));
    }
}

#[test]
fn an_absence_begins_and_ends_without_touching_post_and_pay() {
    let p = after("absence", &official(), &[("how", "nghi_thai_san"), ("until", "01/06/2027")]);
    assert_eq!(field(&p, "work_status"), "thai_san");
    assert!(!cells(&p, "salary_history")[0].contains("to_date"));
    let p = after("back_to_work", &p, &[("effective", "01/06/2027"), ("decision_no", "7/QĐ")]);
    assert_eq!(field(&p, "work_status"), "dang_lam_viec");
}
