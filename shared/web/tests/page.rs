//! The sample page with every part of the kit obeys the rules that every page must obey.

#[path = "../examples/sample/page.rs"]
mod sample;

use wardbook_web::check::page_faults;
use wardbook_web::kit::{Confirm, FieldError, confirm_page, error_summary, field, print_page};
use wardbook_web::{Lang, RequestInfo, TextSize, html};

fn request(lang: Lang) -> RequestInfo {
    RequestInfo { lang, path: "/people".to_owned(), ..RequestInfo::default() }
}

#[test]
fn the_sample_page_is_in_order_in_both_languages() {
    for lang in [Lang::Vi, Lang::En] {
        let page = sample::page(&sample::context(&request(lang))).into_string();
        assert_eq!(page_faults(&page), Vec::<String>::new());
        assert!(page.contains(&format!("<html lang=\"{}\"", lang.code())));
        assert!(page.contains("ỦY BAN NHÂN DÂN PHƯỜNG UYÊN HƯNG"), "the office stands in capitals");
        assert!(page.contains("aria-current=\"page\">Cán bộ"), "the current entry is marked");
        assert!(
            !page.contains("[error") && !page.contains("Unknown localization"),
            "a text is missing"
        );
    }
}

#[test]
fn a_first_page_with_its_parts_is_small() {
    let page = sample::page(&sample::context(&request(Lang::Vi))).into_string();
    assert!(page.len() < 40_000, "{} B of HTML before compression", page.len());
}

#[test]
fn user_text_is_escaped() {
    let evil = "<script>alert(1)</script>\"'";
    let text = html! { (field("a", evil).value(evil).hint(evil).error(evil)) }.into_string();
    assert!(!text.contains("<script>"), "{text}");
    assert_eq!(page_faults(&text), Vec::<String>::new());
}

#[test]
fn the_summary_links_to_the_box_that_is_wrong() {
    let errors = [FieldError {
        name: "birth_place.text".to_owned(),
        message: "thiếu nơi sinh".to_owned(),
    }];
    let text = html! { (error_summary(Lang::Vi, &errors)) (field("birth_place.text", "Nơi sinh").error("thiếu nơi sinh")) };
    let text = text.into_string();
    assert!(
        text.contains("href=\"#f-birth_place-text\"") && text.contains("id=\"f-birth_place-text\""),
        "{text}"
    );
    assert!(text.contains("aria-invalid=\"true\""), "{text}");
    assert_eq!(page_faults(&text), Vec::<String>::new());
    assert_eq!(error_summary(Lang::Vi, &[]).into_string(), "");
}

#[test]
fn questions_and_paper_are_in_order_too() {
    let ctx = sample::context(&RequestInfo { text_size: TextSize::Largest, ..request(Lang::Vi) });
    let ask = Confirm {
        title: "Hoàn tác lần nhập?",
        sentence: "240 hồ sơ sẽ được bỏ.",
        action: "/undo",
        yes: "Hoàn tác",
        cancel: "/imports",
        danger: true,
        keep: &[],
    };
    let page = confirm_page(&ctx, &ask, &html! {}).into_string();
    assert_eq!(page_faults(&page), Vec::<String>::new());
    assert!(page.contains("class=\"text-a2\""));
    let paper = print_page(&ctx, "Danh sách", &html! { p { "x" } }).into_string();
    assert!(!paper.contains("<nav"), "{paper}");
}
