//! Import: nothing before it is confirmed, all or nothing after, undone where nobody edited since.

use crate::common::{Place, ward};
use wardbook_record::{Level, Path};
use wardbook_replica::{DuplicateChoice, ExportColumns, ImportChoices, ImportDone, Viewer};
use wardbook_sheet::ReadOptions;
use wardbook_store::{PeoplePage, PeopleQuery};

const FILE: &str = "Họ và tên,CCCD,Ngày sinh,Số điện thoại,Trình độ chuyên môn\n\
    Nguyễn Văn An,074085000011,12/03/1985,0901000001,Thạc sĩ\n\
    Trần Thị Bình,074185000012,1985,0901000002,Đại học\n\
    Lê Văn Cường,074085000013,31/02/1985,0901000003,Đại học\n";

fn people(place: &Place) -> PeoplePage {
    let query = PeopleQuery { limit: 100, ..PeopleQuery::default() };
    place.replica.people(&place.viewer, &query).unwrap()
}

fn import(place: &Place, file: &str, choices: &ImportChoices) -> ImportDone {
    let options = ReadOptions::default();
    let preview = place
        .replica
        .preview_import(&place.viewer, "danh-sach.csv", file.as_bytes(), &options)
        .unwrap();
    let mut steps = Vec::new();
    let done = place
        .replica
        .commit_import(&place.viewer, &preview.token, choices, &mut |step| steps.push(step.done))
        .unwrap();
    assert_eq!(steps.last(), Some(&preview.preview.rows.len()), "the bar comes to its end");
    done
}

#[test]
fn nothing_is_written_before_it_is_confirmed_and_a_preview_is_used_once() {
    let node = Place::node(1);
    let options = ReadOptions::default();
    let preview =
        node.replica.preview_import(&node.viewer, "a.csv", FILE.as_bytes(), &options).unwrap();
    assert_eq!(people(&node).total, 0);
    assert_eq!(preview.preview.rows.len(), 3);
    let wrong = &preview.preview.rows[2].problems;
    assert!(wrong.iter().any(|problem| problem.cell == "C4"), "{wrong:?}");

    let somebody = Viewer { user: wardbook_base::UserId([1; 8]), ..node.viewer.clone() };
    let somebody = Viewer { role: wardbook_replica::Role::Clerk, ..somebody };
    let stolen = node.replica.import_preview(&somebody, &preview.token).unwrap_err();
    assert_eq!(stolen.code(), "preview_gone");

    let choices = ImportChoices { skip_rows_with_errors: true, ..ImportChoices::default() };
    let done =
        node.replica.commit_import(&node.viewer, &preview.token, &choices, &mut |_| {}).unwrap();
    assert_eq!((done.created, done.skipped), (2, 1));
    let again = node.replica.commit_import(&node.viewer, &preview.token, &choices, &mut |_| {});
    assert_eq!(again.unwrap_err().code(), "preview_gone");
    assert_eq!(people(&node).total, 2);
}

#[test]
fn a_wrong_cell_is_imported_as_typed_and_flagged() {
    let node = Place::node(2);
    let done = import(&node, FILE, &ImportChoices::default());
    assert_eq!((done.created, done.updated, done.skipped), (3, 0, 0));
    let rows = people(&node).rows;
    let cuong = rows.iter().find(|row| row.facts.full_name == "Lê Văn Cường").unwrap();
    let view = node.replica.person(&node.viewer, &cuong.document).unwrap().unwrap();
    assert_eq!(view.person.text("birth_date"), Some("31/02/1985"));
    let flagged = view
        .problems
        .iter()
        .any(|problem| problem.path == Path::field("birth_date") && problem.level == Level::Error);
    assert!(flagged, "{:?}", view.problems);
    let an = rows.iter().find(|row| row.facts.full_name == "Nguyễn Văn An").unwrap();
    let qualification = an.facts.qualification.as_ref().map(|graded| graded.code.as_str());
    assert_eq!(qualification, Some("thac_si"), "a summary becomes a row");
}

#[test]
fn a_known_person_is_updated_doubled_or_left_out_as_chosen() {
    let node = Place::node(3);
    import(&node, FILE, &ImportChoices::default());
    let same = import(&node, FILE, &ImportChoices::default());
    assert_eq!((same.created, same.updated, same.unchanged), (0, 0, 3));

    let changed = FILE.replace("0901000001", "0988888888");
    let done = import(&node, &changed, &ImportChoices::default());
    assert_eq!((done.created, done.updated, done.unchanged), (0, 1, 2));
    let an = &people(&node).rows[0].document;
    assert_eq!(node.value(an, "phone").as_deref(), Some("0988888888"));

    let choices = ImportChoices {
        for_all: DuplicateChoice::Skip,
        by_row: [(2, DuplicateChoice::Create)].into(),
        ..ImportChoices::default()
    };
    let done = import(&node, FILE, &choices);
    assert_eq!((done.created, done.skipped), (1, 2));
    let doubles = node.replica.duplicates(&node.viewer).unwrap();
    assert_eq!(doubles.len(), 1);
    assert_eq!(doubles[0].people.len(), 2);
}

#[test]
fn what_was_left_out_comes_back_as_a_file_that_can_be_mended_and_imported() {
    let node = Place::node(13);
    import(
        &node,
        FILE.split_inclusive('\n').take(2).collect::<String>().as_str(),
        &ImportChoices::default(),
    );
    // Five rows below a title: two with errors, one of somebody who is here already.
    let file = "Danh sách cán bộ\nHọ và tên,CCCD,Ngày sinh,Số điện thoại\n\
        Nguyễn Văn An,074085000011,12/03/1985,0909999999\n\
        Đỗ Thị Hạnh,074185000021,31/02/1985,0901000021\n\
        Phạm Văn Khánh,074080000022,01/05/1980,0901000022\n\
        Hồ Thị Liên,074190000023,99/99/1990,0901000023\n\
        Vũ Văn Minh,074079000024,1979,0901000024\n";
    let options = ReadOptions::default();
    let looked =
        node.replica.preview_import(&node.viewer, "ds.csv", file.as_bytes(), &options).unwrap();
    assert_eq!(looked.preview.counts.errors, 2);
    let left_out = |token| node.replica.import_left_out(&node.viewer, token);
    let early = left_out(&looked.token).unwrap_err();
    assert_eq!(early.code(), "preview_gone", "nothing was left out yet");
    let choices = ImportChoices {
        for_all: DuplicateChoice::Skip,
        skip_rows_with_errors: true,
        ..ImportChoices::default()
    };
    let commit =
        |token, choices| node.replica.commit_import(&node.viewer, token, choices, &mut |_| {});
    let done = commit(&looked.token, &choices).unwrap();
    assert_eq!((done.created, done.updated, done.skipped), (2, 0, 3));

    let file = left_out(&looked.token).unwrap();
    assert_eq!(file.people, 3);
    let again =
        node.replica.preview_import(&node.viewer, &file.file_name, &file.bytes, &options).unwrap();
    let rows: Vec<(u32, &str, bool)> = again
        .preview
        .rows
        .iter()
        .map(|row| (row.number, row.full_name.as_str(), row.has_errors()))
        .collect();
    let wanted = [(2, "Nguyễn Văn An", false), (3, "Đỗ Thị Hạnh", true), (4, "Hồ Thị Liên", true)];
    assert_eq!(rows, wanted, "those three, one below the other");
    // Nobody writes the first preview a second time, nor mends it into a new one.
    assert_eq!(commit(&looked.token, &choices).unwrap_err().code(), "preview_gone");
    let cells = [(4, 2, "28/02/1985".to_owned())];
    let mended = node.replica.fix_import(&node.viewer, &looked.token, &cells);
    assert_eq!(mended.unwrap_err().code(), "preview_gone");
    let somebody = Viewer { user: wardbook_base::UserId([1; 8]), ..node.viewer.clone() };
    let somebody = Viewer { role: wardbook_replica::Role::Clerk, ..somebody };
    let stolen = node.replica.import_left_out(&somebody, &looked.token).unwrap_err();
    assert_eq!(stolen.code(), "preview_gone");

    // Mended, the file is taken in whole and leaves nothing behind.
    let cells = [(3, 2, "28/02/1985".to_owned()), (4, 2, "09/09/1990".to_owned())];
    node.replica.fix_import(&node.viewer, &again.token, &cells).unwrap();
    let choices = ImportChoices { skip_rows_with_errors: true, ..ImportChoices::default() };
    let done = commit(&again.token, &choices).unwrap();
    assert_eq!((done.created, done.updated, done.skipped), (2, 1, 0));
    assert_eq!(left_out(&again.token).unwrap_err().code(), "preview_gone");
    assert_eq!(people(&node).total, 5);
}

#[test]
fn undoing_puts_back_what_nobody_edited_and_lists_the_rest() {
    let node = Place::node(4);
    let first = import(&node, FILE, &ImportChoices::default());
    let an = people(&node).rows[0].document;
    let updated = FILE.replace("0901000001", "0988888888").replace("Thạc sĩ", "Tiến sĩ");
    let second = import(&node, &updated, &ImportChoices::default());
    assert_eq!(second.updated, 1);

    let undone = node.replica.undo_import(&node.viewer, &second.batch).unwrap();
    assert_eq!((undone.undone, undone.kept.len()), (1, 0));
    assert_eq!(node.value(&an, "phone").as_deref(), Some("0901000001"), "the old value is back");
    let facts = &people(&node).rows[0].facts;
    let qualification = facts.qualification.as_ref().map(|graded| graded.code.as_str());
    assert_eq!(qualification, Some("thac_si"), "the row of the batch is retired");
    let again = node.replica.undo_import(&node.viewer, &second.batch).unwrap_err();
    assert_eq!(again.code(), "already_undone");

    let binh = people(&node).rows[1].document;
    node.set(&binh, "email", "binh@example.vn");
    let undone = node.replica.undo_import(&node.viewer, &first.batch).unwrap();
    let kept: Vec<_> = undone.kept.iter().map(|kept| kept.full_name.as_str()).collect();
    assert_eq!(kept, ["Nguyễn Văn An", "Trần Thị Bình"], "{undone:?}");
    assert_eq!(undone.undone, 1);
    assert_eq!(people(&node).total, 2);
    let batches = node.replica.import_batches(&node.viewer).unwrap();
    assert_eq!(batches.len(), 2);
    assert!(batches.iter().all(|batch| batch.undone_at.is_some()));
}

#[test]
fn an_export_can_be_imported_again_and_changes_nothing() {
    let node = Place::node(5);
    import(&node, FILE, &ImportChoices::default());
    let query = PeopleQuery::default();
    let file = node.replica.export_people(&node.viewer, &query, &ExportColumns::All).unwrap();
    assert_eq!(file.people, 3);
    let options = ReadOptions::default();
    let preview =
        node.replica.preview_import(&node.viewer, &file.file_name, &file.bytes, &options).unwrap();
    let done = node
        .replica
        .commit_import(&node.viewer, &preview.token, &ImportChoices::default(), &mut |_| {})
        .unwrap();
    assert_eq!((done.created, done.updated, done.unchanged), (0, 0, 3));
    assert!(!node.replica.template(node.viewer.lang).unwrap().bytes.is_empty());
}

#[test]
fn an_import_at_the_hub_needs_a_ward_and_lands_in_its_feed() {
    let hub = Place::hub(6);
    let options = ReadOptions::default();
    let preview =
        hub.replica.preview_import(&hub.viewer, "a.csv", FILE.as_bytes(), &options).unwrap();
    let none = ImportChoices::default();
    let error = hub.replica.commit_import(&hub.viewer, &preview.token, &none, &mut |_| {});
    assert_eq!(error.unwrap_err().code(), "no_ward");
    let choices = ImportChoices { ward: Some(ward()), ..ImportChoices::default() };
    hub.replica.commit_import(&hub.viewer, &preview.token, &choices, &mut |_| {}).unwrap();
    assert_eq!(hub.replica.ward_status(&hub.viewer, &ward()).unwrap().feed_seq, 3);
}

#[test]
fn a_row_that_cannot_be_stored_stops_the_whole_import_and_is_named() {
    let node = Place::node(7);
    let file = FILE.replace("0901000002", &"9".repeat(600));
    let options = ReadOptions::default();
    let preview =
        node.replica.preview_import(&node.viewer, "a.csv", file.as_bytes(), &options).unwrap();
    let choices = ImportChoices::default();
    let error = node
        .replica
        .commit_import(&node.viewer, &preview.token, &choices, &mut |_| {})
        .unwrap_err();
    assert_eq!(error.code(), "row_impossible");
    let sentence = error.sentence(node.viewer.lang);
    assert!(sentence.starts_with("Dòng 3 ") && sentence.contains("Số điện thoại"), "{sentence}");
    assert_eq!(people(&node).total, 0, "the rows before it are taken back");
    assert!(node.replica.import_batches(&node.viewer).unwrap().is_empty());
    node.replica.import_preview(&node.viewer, &preview.token).unwrap();
}

#[test]
fn the_bar_of_an_import_moves_at_least_every_fifty_rows() {
    use std::fmt::Write as _;
    let node = Place::node(8);
    let mut file = "Họ và tên,Số điện thoại\n".to_owned();
    for n in 0..120 {
        writeln!(file, "Nguyễn Văn An,09000{n:05}").unwrap();
    }
    let options = ReadOptions::default();
    let preview =
        node.replica.preview_import(&node.viewer, "a.csv", file.as_bytes(), &options).unwrap();
    let mut steps = vec![0];
    let choices = ImportChoices::default();
    let moved = &mut |step: wardbook_replica::ImportProgress| {
        assert_eq!(step.total, 120);
        steps.push(step.done);
    };
    node.replica.commit_import(&node.viewer, &preview.token, &choices, moved).unwrap();
    assert!(steps.windows(2).all(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= 50), "{steps:?}");
    assert_eq!(steps.last(), Some(&120));
}
