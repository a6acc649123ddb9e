//! The list and the import wizard behind the pages: bulk edit with its undo, a file that is mended
//! step by step, a workbook that comes back unchanged.

use std::collections::BTreeMap;

use wardbook_record::{Edit, Lang, Path};
use wardbook_replica::{
    BulkChange, BulkCodes, DuplicateChoice, ExportColumns, ImportBegun, ImportChoices,
    ImportPreview,
};
use wardbook_sheet::{ReadOptions, SameBy, Target};
use wardbook_store::{PeopleFilter, PeopleQuery};

use crate::common::Place;

const DAY_MS: i64 = 24 * 3600 * 1000;

fn everybody() -> PeopleQuery {
    PeopleQuery { limit: 100, ..PeopleQuery::default() }
}

fn begin(place: &Place, file: &str) -> ImportBegun {
    place.replica.begin_import(&place.viewer, "ds.csv", file.as_bytes()).unwrap()
}

fn checked(begun: ImportBegun) -> ImportPreview {
    match begun {
        ImportBegun::Checked(preview) => preview,
        ImportBegun::WhereIsTheTable(_) => panic!("the header was not found"),
    }
}

fn commit(place: &Place, preview: &ImportPreview) -> wardbook_replica::ImportDone {
    let choices = ImportChoices { skip_rows_with_errors: true, ..ImportChoices::default() };
    place.replica.commit_import(&place.viewer, &preview.token, &choices, &mut |_| {}).unwrap()
}

fn codes(preview: &ImportPreview) -> Vec<(String, &'static str)> {
    let problems = preview.preview.rows.iter().flat_map(|row| &row.problems);
    problems.map(|problem| (problem.cell.clone(), problem.code())).collect()
}

#[test]
fn one_value_for_many_is_looked_at_written_and_put_back_as_one() {
    let node = Place::node(1);
    let people = ["Lê Văn An", "Lê Thị Bình", "Lê Văn Cường"].map(|name| node.person(name));
    node.set(&people[0], "work_status", "dang_lam_viec");
    let change = |typed: &str| BulkChange {
        key: "work_status".to_owned(),
        typed: typed.to_owned(),
        ..BulkChange::default()
    };
    let looked = node.replica.preview_bulk(&node.viewer, &everybody(), &change("dang_lam_viec"));
    let looked = looked.unwrap();
    assert_eq!((looked.people, looked.changes, looked.first.len()), (3, 2, 2));
    assert_eq!(looked.first[0].before, "");
    assert!(
        !looked.first[0].after.is_empty() && looked.first[0].after != "dang_lam_viec",
        "a label"
    );
    assert_eq!(node.value(&people[1], "work_status"), None, "nothing is written yet");

    let choices = ImportChoices::default();
    let done = node.replica.commit_import(&node.viewer, &looked.token, &choices, &mut |_| {});
    let done = done.unwrap();
    assert_eq!(done.updated, 2);
    for person in &people {
        assert_eq!(node.value(person, "work_status").as_deref(), Some("dang_lam_viec"));
    }
    let history = node.replica.history(&node.viewer, &people[1]).unwrap();
    assert_eq!(history.len(), 2, "one change for each person");
    let batch = &node.replica.import_batches(&node.viewer).unwrap()[0];
    assert!(batch.file_name.starts_with("Sửa hàng loạt") && batch.can_be_undone, "{batch:?}");

    // Whoever was edited since is left alone and named.
    node.set(&people[2], "phone", "0901234567");
    let undone = node.replica.undo_import(&node.viewer, &done.batch).unwrap();
    assert_eq!((undone.undone, undone.kept.len()), (1, 1));
    assert_eq!(undone.kept[0].full_name, "Lê Văn Cường");
    assert_eq!(node.value(&people[1], "work_status"), None);

    let wrong = BulkChange {
        key: "salary_date".to_owned(),
        typed: "31/02/2020".to_owned(),
        ..BulkChange::default()
    };
    let refused = node.replica.preview_bulk(&node.viewer, &everybody(), &wrong).unwrap_err();
    assert_eq!(refused.code(), "invalid");
    let own =
        BulkChange { key: "full_name".to_owned(), typed: "X".to_owned(), ..BulkChange::default() };
    assert!(node.replica.preview_bulk(&node.viewer, &everybody(), &own).is_err());
}

#[test]
fn codes_are_added_taken_out_and_replaced_for_many_and_put_back_as_one() {
    let node = Place::node(7);
    let people = ["Lê Văn An", "Lê Thị Bình", "Lê Văn Cường"].map(|name| node.person(name));
    let field = wardbook_record::schema().field("policy_category").unwrap();
    let items = field.items_on(node.replica.as_of().unwrap());
    let [one, two, three] = [0, 1, 2].map(|at| items[at].code.clone());
    let held = |person| {
        let (person, _) = node.replica.person_values(&node.viewer, person).unwrap().unwrap();
        person.codes("policy_category").map(str::to_owned).collect::<Vec<_>>()
    };
    let write = |codes, typed: &str| {
        let change =
            BulkChange { key: "policy_category".to_owned(), typed: typed.to_owned(), codes };
        let looked = node.replica.preview_bulk(&node.viewer, &everybody(), &change).unwrap();
        let choices = ImportChoices::default();
        let token = looked.token.clone();
        let done = node.replica.commit_import(&node.viewer, &token, &choices, &mut |_| {}).unwrap();
        (looked, done.batch)
    };
    let sorted = |codes: &[&String]| {
        let mut codes: Vec<String> = codes.iter().map(|code| (*code).clone()).collect();
        codes.sort();
        codes
    };
    let command = wardbook_replica::EditCommand {
        base_heads: Vec::new(),
        edits: vec![Edit::set(Path::code("policy_category", &one), true)],
    };
    node.replica.edit_person(&node.viewer, &people[0], command).unwrap();

    let (looked, _) = write(BulkCodes::Add, &format!("{one}; {two}"));
    assert_eq!((looked.changes, looked.first.len()), (3, 3));
    let label = |code: &str| field.item(code).unwrap().label(Lang::Vi).to_owned();
    let first = &looked.first[0];
    assert_eq!(first.before, label(&one));
    assert!(first.after.contains(&label(&one)) && first.after.contains(&label(&two)), "{first:?}");
    for person in &people {
        assert_eq!(held(person), sorted(&[&one, &two]));
    }
    // What is put in place of all, and what is taken out; each is put back as one.
    let (looked, replaced) = write(BulkCodes::Replace, &three);
    assert_eq!(looked.first[0].after, label(&three));
    assert_eq!(held(&people[2]), sorted(&[&three]));
    assert_eq!(node.replica.undo_import(&node.viewer, &replaced).unwrap().undone, 3);
    assert_eq!(held(&people[2]), sorted(&[&one, &two]));
    let (looked, removed) = write(BulkCodes::Remove, &two);
    assert_eq!((looked.changes, looked.first[0].after.as_str()), (3, label(&one).as_str()));
    assert_eq!(held(&people[1]), sorted(&[&one]));
    assert_eq!(node.replica.undo_import(&node.viewer, &removed).unwrap().undone, 3);
    assert_eq!(held(&people[0]), sorted(&[&one, &two]));
    let nothing =
        BulkChange { key: "policy_category".to_owned(), typed: two.clone(), codes: BulkCodes::Add };
    let looked = node.replica.preview_bulk(&node.viewer, &everybody(), &nothing).unwrap();
    assert_eq!((looked.people, looked.changes), (3, 0));
}

#[test]
fn a_batch_can_be_put_back_for_thirty_days() {
    let node = Place::node(2);
    let first = commit(&node, &checked(begin(&node, "Họ tên,CCCD\nLê Văn An,074085000011\n")));
    let second = commit(&node, &checked(begin(&node, "Họ tên,CCCD\nLê Thị Bình,074185000012\n")));
    node.clock.advance_ms(29 * DAY_MS);
    assert_eq!(node.replica.undo_import(&node.viewer, &first.batch).unwrap().undone, 1);
    node.clock.advance_ms(2 * DAY_MS);
    let late = node.replica.undo_import(&node.viewer, &second.batch).unwrap_err();
    assert_eq!(late.code(), "undo_too_late");
    assert!(late.sentence(Lang::Vi).contains("30 ngày"));
    assert!(!node.replica.import_batches(&node.viewer).unwrap()[0].can_be_undone);
}

#[test]
fn a_file_without_a_known_header_is_read_where_a_person_points_and_remembered() {
    let node = Place::node(3);
    let file = "Danh bạ\nQuý danh,Máy lẻ\nLê Văn An,0901000001\nLê Thị Bình,0901000002\n";
    let ImportBegun::WhereIsTheTable(token) = begin(&node, file) else { panic!("no header") };
    assert!(node.replica.import_preview(&node.viewer, &token).is_err(), "nothing is read yet");
    let (_, tops) = node.replica.import_tops(&node.viewer, &token).unwrap();
    assert_eq!(tops[0].rows[1], (2, vec!["Quý danh".to_owned(), "Máy lẻ".to_owned()]));

    let there = ReadOptions { sheet: None, header_row: Some(2) };
    let read = node.replica.read_import_at(&node.viewer, &token, &there).unwrap();
    assert_eq!(read.preview.unmapped.len(), 2, "both columns are named");
    let field = |key: &str| Some(Target::Field(key.to_owned()));
    let chosen = BTreeMap::from([(0, field("full_name")), (1, field("phone"))]);
    let mapped = node.replica.map_import(&node.viewer, &token, &chosen).unwrap();
    assert_eq!((mapped.preview.counts.ready, mapped.preview.unmapped.len()), (2, 0));
    assert_eq!(commit(&node, &mapped).created, 2);

    // The next file with the same headers is understood at once.
    let ImportBegun::WhereIsTheTable(token) = begin(&node, &file.replace("090", "091")) else {
        panic!("the header row is still a person's to say")
    };
    let read = node.replica.read_import_at(&node.viewer, &token, &there).unwrap();
    assert_eq!((read.preview.counts.ready, read.preview.columns.len()), (2, 2));
}

#[test]
fn cells_are_mended_in_place_and_old_letters_converted() {
    let node = Place::node(4);
    let file =
        "Hä vµ tªn,CCCD,Ngày sinh\nNguyÔn V¨n An,0740,31/02/1985\nTrÇn Lan,074185000012,1985\n";
    let preview = checked(begin(&node, file));
    assert!(preview.has_old_letters);
    let preview = node.replica.convert_import(&node.viewer, &preview.token).unwrap();
    assert!(!preview.has_old_letters);
    let names: Vec<&str> = preview.preview.rows.iter().map(|row| row.full_name.as_str()).collect();
    assert_eq!(names, ["Nguyễn Văn An", "Trần Lan"]);
    assert_eq!(preview.preview.counts.errors, 1);
    let cells: Vec<String> = codes(&preview).into_iter().map(|(cell, _)| cell).collect();
    assert_eq!(cells, ["B2", "C2"]);

    let file = node.replica.import_error_file(&node.viewer, &preview.token).unwrap();
    let options = ReadOptions::default();
    let again =
        node.replica.preview_import(&node.viewer, "loi.xlsx", &file.bytes, &options).unwrap();
    assert_eq!(codes(&again), codes(&preview), "the file comes back with the same wrong cells");

    let fixed = [(2, 1, "074085000011".to_owned()), (2, 2, "28/02/1985".to_owned())];
    let preview = node.replica.fix_import(&node.viewer, &preview.token, &fixed).unwrap();
    assert_eq!((preview.preview.counts.errors, preview.preview.counts.ready), (0, 2));
    assert_eq!(commit(&node, &preview).created, 2);
}

#[test]
fn people_who_are_here_are_told_by_number_old_number_and_name_with_birth() {
    let node = Place::node(5);
    let first = "Họ tên,CCCD,Số CMND,Ngày sinh,Số điện thoại\n\
        Lê Văn An,074085000011,281111111,12/03/1985,0901000001\n\
        Lê Thị Bình,,281222222,05/06/1990,0901000002\n\
        Hòa Minh,,,1980,0901000003\n\
        Lê Văn Dũng,074085000014,,07/08/1985,0901000004\n";
    commit(&node, &checked(begin(&node, first)));
    let second = "Họ tên,CCCD,Số CMND,Ngày sinh,Số điện thoại\n\
        Lê Văn An,074085000011,,12/03/1985,0911111111\n\
        Lê Bình,,281222222,,0911111112\n\
        Hoà Minh,,,02/03/1980,0911111113\n\
        Lê Văn Dũng,074085000099,,07/08/1985,0911111114\n";
    let preview = checked(begin(&node, second));
    let told: Vec<_> = preview.preview.rows.iter().map(|row| row.same_by).collect();
    let expected = [
        Some(SameBy::IdNumber),
        Some(SameBy::OldIdNumber),
        Some(SameBy::NameAndBirth),
        None, // another number is another person
    ];
    assert_eq!(told, expected);
    let pairs = node.replica.import_side_by_side(&node.viewer, &preview.token, &[2, 3, 4]).unwrap();
    let fields = |row: u32| {
        let pair = pairs.iter().find(|pair| pair.row == row).unwrap();
        pair.fields.iter().map(|(_, old, new)| (old.clone(), new.clone())).collect::<Vec<_>>()
    };
    assert_eq!(fields(2), [("0901000001".to_owned(), "0911111111".to_owned())]);
    assert!(fields(4).contains(&("1980".to_owned(), "02/03/1980".to_owned())));

    let choices = BTreeMap::from([(2, DuplicateChoice::Skip), (3, DuplicateChoice::Create)]);
    node.replica.choose_for_rows(&node.viewer, &preview.token, &choices).unwrap();
    let done = commit(&node, &preview);
    assert_eq!((done.skipped, done.created, done.updated), (1, 2, 1));
}

#[test]
fn a_list_goes_out_and_comes_back_without_a_difference() {
    let node = Place::node(6);
    let file = "Họ tên,CCCD,Ngày sinh,Giới tính,Số điện thoại,Trình độ,LLCT,Chức vụ,Ngày vào Đảng\n\
        Lê Văn An,074085000011,12/03/1985,Nam,0901000001,Thạc sĩ,Cao cấp,CB05,03/02/2010\n\
        Lê Thị Bình,074185000012,06/1985,Nữ,0901000002,Đại học,Trung cấp,CC02,15/07/2012\n\
        Lê Văn Cường,074090000013,1990,Nam,0901000003,Đại học,,CC02,\n";
    commit(&node, &checked(begin(&node, file)));
    let women = PeopleFilter { sex: vec!["F".to_owned()], ..PeopleFilter::default() };
    let keys = ["full_name", "person_id_no", "birth_date", "current_title"].map(str::to_owned);
    for (filter, columns, count) in [
        (PeopleFilter::default(), ExportColumns::All, 3),
        (women, ExportColumns::Keys(keys.to_vec()), 1),
    ] {
        let query = PeopleQuery { filter, ..everybody() };
        let out = node.replica.export_people(&node.viewer, &query, &columns).unwrap();
        let ImportBegun::Checked(preview) =
            node.replica.begin_import(&node.viewer, &out.file_name, &out.bytes).unwrap()
        else {
            panic!("its own header is known")
        };
        assert_eq!(preview.preview.rows.len(), count);
        let problems = preview.preview.rows.iter().flat_map(|row| &row.problems);
        assert_eq!(problems.count(), 0, "{:?}", codes(&preview));
        let rows: Vec<u32> = preview.preview.rows.iter().map(|row| row.number).collect();
        let pairs = node.replica.import_side_by_side(&node.viewer, &preview.token, &rows).unwrap();
        assert_eq!(pairs.len(), count, "everybody is known");
        assert!(pairs.iter().all(|pair| pair.fields.is_empty()), "{pairs:?}");
        assert_eq!(commit(&node, &preview).unchanged, count as u64);
    }
}

#[test]
fn people_are_indexed_again_when_another_version_indexed_them() {
    let node = Place::node(7);
    node.person("Lê Văn An");
    assert_eq!(node.replica.lag().unwrap().documents, 0);
    let node = node.reopened();
    assert_eq!(node.replica.lag().unwrap().documents, 0, "the same version does nothing");
    node.replica.store().write(|tx| tx.put_setting("search_index", "0")).unwrap();
    let node = node.reopened();
    assert_eq!(node.replica.lag().unwrap().documents, 1);
    node.replica.project_all().unwrap();
    let query = PeopleQuery { search: "lva".to_owned(), ..everybody() };
    assert_eq!(node.replica.people(&node.viewer, &query).unwrap().total, 1);
}

#[test]
fn changes_that_have_not_reached_the_hub_can_be_asked_for() {
    let node = Place::node(8);
    node.person("Lê Văn An");
    let filter = PeopleFilter { is_unsent: Some(true), ..PeopleFilter::default() };
    let unsent = PeopleQuery { filter, ..everybody() };
    assert_eq!(node.replica.people(&node.viewer, &unsent).unwrap().total, 1);
    assert_eq!(node.replica.facets(&node.viewer, &everybody()).unwrap().unsent, 1);
}
