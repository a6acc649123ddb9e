//! What can be checked on the text of any page: the content security policy's rules and the ties
//! that accessibility needs. For the tests of the kit and of the apps' pages.

use std::collections::{BTreeMap, BTreeSet};

/// Everything wrong with a page, in words; empty when it is in order. A fragment (no `html` element)
/// is not asked for a heading and a language.
pub fn page_faults(page: &str) -> Vec<String> {
    let elements = elements(page);
    let mut faults = Vec::new();
    faults.extend(elements.iter().filter_map(inline_fault));
    faults.extend(id_faults(&elements));
    faults.extend(
        elements
            .iter()
            .filter(|e| !is_labelled(e, &elements))
            .map(|e| format!("<{}> has no label: {:?}", e.name, e.get("name").or(e.get("id")))),
    );
    let count = |name: &str| elements.iter().filter(|e| e.name == name).count();
    if count("table") != count("caption") {
        faults.push("a table has no caption".to_owned());
    }
    if let Some(html) = elements.iter().find(|e| e.name == "html") {
        if count("h1") != 1 {
            faults.push(format!("{} h1 elements instead of one", count("h1")));
        }
        if html.get("lang").is_none_or(str::is_empty) {
            faults.push("the page does not say its language".to_owned());
        }
        for landmark in ["main", "header", "title"] {
            if count(landmark) != 1 {
                faults.push(format!("{} {landmark} elements instead of one", count(landmark)));
            }
        }
    }
    faults
}

struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    inside_label: bool,
}

impl Element {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

fn inline_fault(element: &Element) -> Option<String> {
    let bad = element
        .attributes
        .keys()
        .find(|name| *name == "style" || name.starts_with("on") || name.starts_with("hx-on"));
    if let Some(name) = bad {
        return Some(format!("<{}> has the inline attribute {name}", element.name));
    }
    let inline =
        element.name == "style" || (element.name == "script" && element.get("src").is_none());
    let link = element.get("href").is_some_and(|href| href.trim_start().starts_with("javascript:"));
    (inline || link).then(|| format!("<{}> holds code of its own", element.name))
}

fn id_faults(elements: &[Element]) -> Vec<String> {
    let mut ids = BTreeSet::new();
    let mut faults = Vec::new();
    for id in elements.iter().filter_map(|e| e.get("id")) {
        if !ids.insert(id) {
            faults.push(format!("the id {id} is there twice"));
        }
    }
    for element in elements {
        for name in ["aria-describedby", "aria-labelledby", "for", "list"] {
            for id in element.get(name).unwrap_or_default().split_whitespace() {
                if !ids.contains(id) {
                    faults.push(format!(
                        "<{}> points by {name} to {id}, which is not there",
                        element.name
                    ));
                }
            }
        }
    }
    faults
}

fn is_labelled(element: &Element, all: &[Element]) -> bool {
    let control = ["input", "select", "textarea"].contains(&element.name.as_str());
    let silent = matches!(element.get("type"), Some("hidden" | "submit" | "button"));
    if !control || silent || element.inside_label {
        return true;
    }
    if element.get("aria-label").or(element.get("aria-labelledby")).is_some() {
        return true;
    }
    element
        .get("id")
        .is_some_and(|id| all.iter().any(|e| e.name == "label" && e.get("for") == Some(id)))
}

/// The start tags of a page as maud writes it: attributes in double quotes, `<` escaped elsewhere.
fn elements(page: &str) -> Vec<Element> {
    let mut elements = Vec::new();
    let mut labels_open = 0_usize;
    for piece in page.split('<').skip(1) {
        if piece.starts_with("/label") {
            labels_open = labels_open.saturating_sub(1);
        }
        if !piece.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let element = element(piece, labels_open > 0);
        labels_open += usize::from(element.name == "label");
        elements.push(element);
    }
    elements
}

fn element(piece: &str, inside_label: bool) -> Element {
    let end =
        piece.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(piece.len());
    let (name, mut rest) = piece.split_at(end);
    let mut attributes = BTreeMap::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() || rest.starts_with('>') {
            break;
        }
        let end =
            rest.find(|c: char| c.is_whitespace() || c == '=' || c == '>').unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix("=\"") {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => ("", after.strip_prefix('=').unwrap_or(after)),
        };
        attributes.insert(key.to_owned(), value.to_owned());
        rest = after;
    }
    Element { name: name.to_owned(), attributes, inside_label }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_found() {
        let check = |part: &str, word: &str| {
            let faults = page_faults(part).join("; ");
            assert!(faults.contains(word), "{part}: {faults}");
        };
        check(r#"<p style="color:red">x</p>"#, "style");
        check(r#"<a onclick="x()">x</a>"#, "onclick");
        check("<script>x()</script>", "code of its own");
        check(r#"<a href="javascript:x()">x</a>"#, "code of its own");
        check(r#"<p id="a"></p><p id="a"></p>"#, "twice");
        check(r#"<input name="q">"#, "no label");
        check(r#"<p aria-describedby="gone"></p>"#, "not there");
        check("<table></table>", "caption");
        check(r#"<html lang="vi"><h1>a</h1><h1>b</h1></html>"#, "h1");
        check("<html><h1>a</h1></html>", "language");
    }

    #[test]
    fn what_is_in_order_passes() {
        let form = r#"<label for="f-a">A</label><input id="f-a" name="a" required><input type="hidden" name="h">
            <label class="x"><input type="checkbox" name="b"> B</label><select aria-label="C"></select>"#;
        assert_eq!(page_faults(form), Vec::<String>::new());
    }
}
