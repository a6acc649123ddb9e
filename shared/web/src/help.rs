//! The help pages: short texts under `help/<language>/<screen>.md`, one a screen, and which screen
//! an address belongs to.

use maud::{Markup, html};
use rust_embed::RustEmbed;
use wardbook_record::Lang;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/help"]
struct Texts;

/// The screen of the page that lists all others.
pub const INDEX: &str = "index";

/// A help page.
#[derive(Debug, Clone)]
pub struct HelpPage {
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: Markup,
}

/// The help page of a screen; `None` when there is no such screen.
pub fn help_page(lang: Lang, screen: &str) -> Option<HelpPage> {
    let text = text_of(lang, screen)?;
    let (title, rest) = text.split_once('\n')?;
    Some(HelpPage { title: title.trim_start_matches("# ").to_owned(), body: marked_up(rest) })
}

/// All screens with their titles, in the order of the titles' keys, the list of screens left out.
pub fn help_titles(lang: Lang) -> Vec<(String, String)> {
    let prefix = format!("{}/", lang.code());
    let names = Texts::iter().filter_map(|name| {
        let screen = name.strip_prefix(&prefix)?.strip_suffix(".md")?;
        (screen != INDEX).then(|| screen.to_owned())
    });
    let mut titles: Vec<(String, String)> = names
        .filter_map(|screen| Some((screen.clone(), help_page(lang, &screen)?.title)))
        .collect();
    titles.sort_by(|a, b| a.1.cmp(&b.1));
    titles
}

/// Which screen's help fits the page at a path.
pub fn screen_of(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let screen = match parts.as_slice() {
        ["people", "new"] | ["people", _, "sections" | "tables" | "retire", ..] => "form",
        ["people", _, deeper, ..] if exists(deeper) => deeper,
        ["people", _, ..] => "record",
        [first, ..] if exists(first) => first,
        _ => INDEX,
    };
    screen.to_owned()
}

fn exists(screen: &str) -> bool {
    text_of(Lang::Vi, screen).is_some()
}

fn text_of(lang: Lang, screen: &str) -> Option<String> {
    let is_name = screen.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let file = Texts::get(&format!("{}/{screen}.md", lang.code())).filter(|_| is_name)?;
    String::from_utf8(file.data.into_owned()).ok()
}

/// The few marks that the texts use: `##` headings, `-` and `1.` lists, paragraphs, `**strong**`.
fn marked_up(text: &str) -> Markup {
    let blocks = text.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    html! { @for block in blocks { (one_block(block)) } }
}

fn one_block(block: &str) -> Markup {
    let items = || {
        block.lines().map(|line| {
            line.trim_start_matches(|c: char| {
                c == '-' || c == '.' || c == ' ' || c.is_ascii_digit()
            })
        })
    };
    if let Some(heading) = block.strip_prefix("## ") {
        return html! { h2 { (heading) } };
    }
    if block.starts_with("- ") {
        return html! { ul { @for item in items() { li { (strong(item)) } } } };
    }
    if block.starts_with("1. ") {
        return html! { ol { @for item in items() { li { (strong(item)) } } } };
    }
    html! { p { (strong(block)) } }
}

fn strong(line: &str) -> Markup {
    html! {
        @for (at, part) in line.split("**").enumerate() {
            @if at % 2 == 1 { strong { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_explain_the_same_screens() {
        let screens = |lang| -> Vec<String> {
            let mut screens: Vec<String> = help_titles(lang).into_iter().map(|t| t.0).collect();
            screens.sort();
            screens
        };
        assert_eq!(screens(Lang::Vi), screens(Lang::En));
        assert!(screens(Lang::Vi).len() >= 9);
    }

    #[test]
    fn each_text_has_a_title_and_is_short() {
        for lang in [Lang::Vi, Lang::En] {
            for (screen, title) in help_titles(lang) {
                let text = text_of(lang, &screen).unwrap_or_default();
                assert!(!title.is_empty() && text.starts_with("# "), "{screen}");
                assert!((120..4_000).contains(&text.len()), "{screen}: {} B", text.len());
                assert_eq!(text.matches("**").count() % 2, 0, "{screen}: a mark is left open");
            }
        }
    }

    #[test]
    fn a_page_leads_to_the_help_of_its_screen() {
        for (path, screen) in [
            ("/people", "people"),
            ("/people/new", "form"),
            ("/people/0a/sections/identity", "form"),
            ("/people/0a", "record"),
            ("/people/0a/history", "history"),
            ("/people/0a/career", "career"),
            ("/conflicts", "conflicts"),
            ("/account/password", "index"),
            ("/../secret", "index"),
        ] {
            assert_eq!(screen_of(path), screen, "{path}");
        }
        assert!(help_page(Lang::Vi, "../vi/people").is_none());
    }

    #[test]
    fn marks_become_elements_and_text_is_escaped() {
        let text = marked_up("## A\n\n- một **hai**\n- ba\n\n1. x\n\n<b>").into_string();
        let list = "<ul><li>một <strong>hai</strong></li><li>ba</li></ul>";
        assert_eq!(text, format!("<h2>A</h2>{list}<ol><li>x</li></ol><p>&lt;b&gt;</p>"));
    }
}
