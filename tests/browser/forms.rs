//! The forms of a page as a browser would send them, read from its markup.

/// A form that is sent by POST.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) action: String,
    /// Whether it is sent in parts, as one with a file is.
    pub(crate) parts: bool,
    pub(crate) boxes: Vec<FormBox>,
}

/// One box of a form, or the button that sends it.
#[derive(Debug, Clone)]
pub(crate) struct FormBox {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    /// What it holds when the page opens.
    pub(crate) value: String,
    /// What people call it; empty for what they do not see.
    pub(crate) label: String,
    /// Whether any text can be typed into it.
    pub(crate) typed: bool,
}

/// What can be put into a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// Not shown again.
    Password,
    /// A date as one types it.
    Date,
    /// A number.
    Number,
    /// One of some codes.
    Code,
    /// A mark.
    Tick,
    /// Travels along unseen, as does the button.
    Hidden,
    /// A file.
    File,
}

/// All forms of a page that are sent by POST; one more for each button that sends elsewhere.
pub(crate) fn forms(page: &str) -> Vec<Form> {
    let mut all = Vec::new();
    for part in page.split("<form ").skip(1) {
        let Some((head, rest)) = part.split_once('>') else { continue };
        if attribute(head, "method").as_deref() != Some("post") {
            continue;
        }
        let body = rest.split("</form>").next().unwrap_or_default();
        let action = attribute(head, "action").expect("a form says where it goes");
        let parts = attribute(head, "enctype").as_deref() == Some("multipart/form-data");
        all.push(Form { action, parts, boxes: boxes(body) });
        let elsewhere = tags(body, "button").filter_map(|(head, _)| attribute(head, "formaction"));
        all.extend(elsewhere.map(|action| Form { action, parts, boxes: boxes(body) }));
    }
    all
}

fn boxes(body: &str) -> Vec<FormBox> {
    let mut all = Vec::new();
    for (head, _) in tags(body, "input") {
        let kind = match attribute(head, "type").as_deref().unwrap_or("text") {
            "hidden" => Kind::Hidden,
            "password" => Kind::Password,
            "number" | "range" => Kind::Number,
            "checkbox" => Kind::Tick,
            "radio" => Kind::Code,
            "file" => Kind::File,
            _ if head.contains("data-date") => Kind::Date,
            _ if attribute(head, "list").is_some() => Kind::Code,
            _ => Kind::Text,
        };
        let is_off = ["checkbox", "radio"].iter().any(|kind| head.contains(&format!("\"{kind}\"")))
            && !head.split_whitespace().any(|word| word == "checked");
        let value = if is_off { None } else { attribute(head, "value") };
        let named = attribute(head, "type").unwrap_or_else(|| "text".to_owned());
        let typed = ["text", "search", "password", "number"].contains(&named.as_str());
        let typed = typed && !head.split_whitespace().any(|word| word == "readonly");
        add(&mut all, (kind, typed), (head, body), value.unwrap_or_default());
    }
    for (head, rest) in tags(body, "textarea") {
        let value = rest.split("</textarea>").next().unwrap_or_default();
        let typed = !head.split_whitespace().any(|word| word == "readonly");
        add(&mut all, (Kind::Text, typed), (head, body), unescaped(value));
    }
    for (head, rest) in tags(body, "select") {
        let options = rest.split("</select>").next().unwrap_or_default();
        let chosen = tags(options, "option").find(|(head, _)| head.contains(" selected"));
        let chosen = chosen.or_else(|| tags(options, "option").next());
        let value = chosen.and_then(|(head, _)| attribute(head, "value")).unwrap_or_default();
        add(&mut all, (Kind::Code, false), (head, body), value);
    }
    if let Some((head, _)) = tags(body, "button").next() {
        let value = attribute(head, "value").unwrap_or_default();
        add(&mut all, (Kind::Hidden, false), (head, body), value);
    }
    all
}

/// A box with a name; of several of one name the one that is chosen.
fn add(
    all: &mut Vec<FormBox>,
    (kind, typed): (Kind, bool),
    (head, body): (&str, &str),
    value: String,
) {
    let Some(name) = attribute(head, "name") else { return };
    let label = label(head, body);
    match all.iter_mut().find(|known| known.name == name && kind == Kind::Code) {
        Some(known) if known.value.is_empty() => known.value = value,
        Some(_) => {}
        None => all.push(FormBox { kind, name, value, label, typed }),
    }
}

/// What people call a box: its label without the number of the official form and the star, or the
/// name that is only heard.
fn label(head: &str, body: &str) -> String {
    let id = attribute(head, "id").unwrap_or_default();
    let own = tags(body, "label").find(|(head, _)| attribute(head, "for").as_deref() == Some(&id));
    let Some((_, rest)) = own else { return attribute(head, "aria-label").unwrap_or_default() };
    let inside = rest.split("</label>").next().unwrap_or_default();
    let mut parts = inside.split('<');
    let first = parts.next().unwrap_or_default().to_owned();
    let shown = parts.filter_map(|part| part.split_once('>')).filter(|(tag, _)| {
        !["wb-item", "wb-required", "wb-shape", "visually-hidden"].iter().any(|c| tag.contains(c))
    });
    unescaped(shown.fold(first, |all, (_, text)| all + text).trim())
}

/// The tags of a name: what stands in the tag, and what comes after it.
fn tags<'a>(body: &'a str, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let mark = format!("<{name} ");
    let parts: Vec<&str> = body.split(mark.as_str()).skip(1).collect();
    parts.into_iter().filter_map(|part| part.split_once('>'))
}

fn attribute(head: &str, name: &str) -> Option<String> {
    let head = format!(" {head}");
    let (_, rest) = head.split_once(&format!(" {name}=\""))?;
    rest.split('"').next().map(unescaped)
}

fn unescaped(text: &str) -> String {
    [("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
        .into_iter()
        .fold(text.to_owned(), |text, (mark, letter)| text.replace(mark, letter))
}

#[test]
fn a_form_is_read_as_a_browser_reads_it() {
    let page = "<form method=\"get\" action=\"/a\"></form><form class=\"x\" method=\"post\" action=\"/b?c=1&amp;d=2\">\
        <input type=\"hidden\" name=\"heads\" value=\"h\">\
        <label for=\"d\"><span class=\"wb-item\">3</span> Ngày <span class=\"wb-required\">*</span></label>\
        <input class=\"y\" data-date=\"\" id=\"d\" name=\"day\" value=\"1/2\">\
        <select name=\"s\"><option value=\"1\">Một</option><option value=\"2\" selected>Hai</option></select>\
        <input type=\"radio\" name=\"r\" value=\"m\"><input type=\"radio\" name=\"r\" value=\"n\" checked>\
        <button type=\"submit\" name=\"do\" value=\"it\">OK</button><button formaction=\"/e\">E</button></form>";
    let found = forms(page);
    let actions: Vec<&str> = found.iter().map(|form| form.action.as_str()).collect();
    assert_eq!(actions, ["/b?c=1&d=2", "/e"]);
    let boxes = found[0].boxes.iter();
    let boxes: Vec<_> = boxes.map(|b| (b.kind, b.name.as_str(), b.value.as_str())).collect();
    let wanted = [
        (Kind::Hidden, "heads", "h"),
        (Kind::Date, "day", "1/2"),
        (Kind::Code, "r", "n"),
        (Kind::Code, "s", "2"),
        (Kind::Hidden, "do", "it"),
    ];
    assert_eq!(boxes, wanted);
    assert_eq!((found[0].boxes[1].label.as_str(), found[0].boxes[1].typed), ("Ngày", true));
    assert!(!found[0].boxes[0].typed && !found[0].boxes[3].typed);
}
