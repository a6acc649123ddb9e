//! Moves that a ward asks the city for: asked once, answered whole or not at all.

use std::sync::Barrier;

use wardbook_record::{Edit, RowIds};
use wardbook_replica::{EditError, HubError, MoveAnswer};

use crate::common::{Place, enrolled_node, settle, ward};

const NUMBER: &str = "079190000123";

/// What a request is made of: the person, and a row that waits.
fn asked(place: &Place, kind: &str) -> Vec<Edit> {
    let row = RowIds::new(place.replica.now(), &wardbook_base::SeededDice::new(5)).next_id();
    let ward = ward().to_string();
    let cells = [("kind", kind), ("status", "cho_thanh_pho"), ("from_ward", ward.as_str())];
    let cells = cells.map(|(column, value)| (column.to_owned(), value.into())).into();
    vec![
        Edit::set_field("full_name", "Nguyễn Thị Hoa"),
        Edit::set_field("person_id_no", NUMBER),
        Edit::set_field("birth_date", "1990-02-01"),
        Edit::AddRow { table: "movements".to_owned(), row, cells },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_several_times_at_once_asks_once() {
    const AT_ONCE: usize = 5;
    let hub = Place::hub(91);
    let node = enrolled_node(&hub, 92, "máy 1").await;
    let start = Barrier::new(AT_ONCE);
    let ask = || {
        let edits = asked(&node, "tiep_nhan_den");
        start.wait();
        node.replica.ask_for_person(&node.viewer, NUMBER, edits).unwrap().is_ok()
    };
    let ask = &ask;
    let sent: Vec<bool> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(ask)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(sent.iter().filter(|sent| **sent).count(), 1, "{sent:?}");
    assert_eq!(node.replica.own_requests(&node.viewer).unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_stored_is_refused_and_the_request_waits_on() {
    let hub = Place::hub(95);
    let node = enrolled_node(&hub, 96, "máy 1").await;
    let edits = asked(&node, "tiep_nhan_den");
    node.replica.ask_for_person(&node.viewer, NUMBER, edits).unwrap().unwrap();
    settle(&hub, &[&node]).await;
    let question = hub.replica.move_questions(&hub.viewer, None).unwrap().remove(0);
    let (document, row) = (question.asked.document, question.asked.request.row);
    let answer = |words: String| {
        let no = MoveAnswer { words, ..MoveAnswer::default() };
        hub.replica.answer_move(&hub.viewer, &document, &row, &no)
    };
    let refused = answer("dài ".repeat(30_000)).unwrap_err();
    let HubError::Edit(refused) = refused else { panic!("{refused:?}") };
    assert!(matches!(*refused, EditError::Invalid(_)), "{refused:?}");
    assert_eq!(hub.replica.move_questions(&hub.viewer, None).unwrap().len(), 1);
    answer("không có người này".to_owned()).unwrap();
    settle(&hub, &[&node]).await;
    let told = node.replica.own_requests(&node.viewer).unwrap().remove(0);
    assert_eq!((told.waits(), told.request.answer.as_str()), (false, "không có người này"));
}
