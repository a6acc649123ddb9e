//! What stands on printed papers: the agencies at the head, the place before the date, and who signs
//! for the office.

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use wardbook_record::names::{normalise, normalise_lines};
use wardbook_replica::{PaperSettings, Replica, ReplicaError};
use wardbook_web::kit::{ButtonKind, Crumb, FieldError, FormField, Page, button, card, field};
use wardbook_web::print::Office;
use wardbook_web::{Markup, PageContext, html, t_args};

use crate::app::App;
use crate::pages::print::office;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// The boxes as sent.
type Sent = Vec<(String, String)>;

/// One text of the settings.
struct Text {
    name: &'static str,
    /// Characters of one line that fit on the paper.
    max: usize,
    lines: usize,
    /// A person's name has no digits.
    is_name: bool,
    of: fn(&mut PaperSettings) -> &mut String,
}

const TEXTS: [Text; 5] = [
    Text { name: "superior", max: 120, lines: 1, is_name: false, of: |set| &mut set.superior },
    Text { name: "agency", max: 120, lines: 1, is_name: false, of: |set| &mut set.agency },
    Text { name: "place", max: 60, lines: 1, is_name: false, of: |set| &mut set.place },
    Text {
        name: "signer_title",
        max: 80,
        lines: 4,
        is_name: false,
        of: |set| &mut set.signer_title,
    },
    Text { name: "signer_name", max: 80, lines: 1, is_name: true, of: |set| &mut set.signer_name },
];

/// What stands between letters and digits on papers of the State.
const MARKS: &str = " .,-–/()&'’\"“”";

/// How it stands.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    must_administer(&screen)?;
    let (mut set, office) = read(&app).await?;
    let shown = TEXTS.map(|text| (text.name.to_owned(), (text.of)(&mut set).clone()));
    Ok(Shown(view(&screen.ctx, &shown, &office, &[])).into_response())
}

/// Keeps what was typed, when all of it can stand on paper.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    Form(sent): Form<Sent>,
) -> PageResult {
    must_administer(&screen)?;
    let (mut kept, mut wrong) = (PaperSettings::default(), Vec::new());
    for text in &TEXTS {
        let typed = typed(&sent, text.name).ok_or_else(Refusal::unknown_choice)?;
        match check(&screen.ctx, text, typed) {
            Ok(tidy) => *(text.of)(&mut kept) = tidy,
            Err(message) => wrong.push(FieldError { name: text.name.to_owned(), message }),
        }
    }
    if !wrong.is_empty() {
        let (_, office) = read(&app).await?;
        return Ok(not_accepted(view(&screen.ctx, &sent, &office, &wrong)));
    }
    let viewer = screen.viewer.clone();
    app.replica().run(move |replica| replica.set_paper(&viewer, &kept)).await??;
    Ok(Redirect::to("/office/paper?done=saved").into_response())
}

/// Who signs, for the overview.
pub(super) fn in_short(ctx: &PageContext, set: &PaperSettings) -> String {
    let parts: Vec<&str> = set.signer_title.lines().chain([set.signer_name.as_str()]).collect();
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return ctx.t("office-paper-unset");
    }
    t_args(ctx.lang, "office-paper-signs", &[("who", parts.join(", "))])
}

async fn read(app: &App) -> Result<(PaperSettings, Office), Refusal> {
    let read = |replica: &Replica| Ok::<_, ReplicaError>((replica.paper()?, office(replica)?));
    Ok(app.replica().run(read).await??)
}

fn must_administer(screen: &Screen) -> Result<(), Refusal> {
    if screen.viewer.role.may_administer() { Ok(()) } else { Err(ReplicaError::NotAllowed.into()) }
}

fn typed<'a>(sent: &'a [(String, String)], name: &str) -> Option<&'a str> {
    sent.iter().find(|(box_name, _)| box_name == name).map(|(_, text)| text.as_str())
}

/// The text as it is kept, or what is wrong with it and what to do.
fn check(ctx: &PageContext, text: &Text, typed: &str) -> Result<String, String> {
    let tidy = if text.lines > 1 { normalise_lines(typed) } else { normalise(typed) };
    let lines: Vec<&str> = tidy.lines().filter(|line| !line.is_empty()).collect();
    let told = |key: &str, args: &[(&'static str, u64)]| Err(t_args(ctx.lang, key, args));
    if lines.len() > text.lines {
        let args = [("count", lines.len() as u64), ("max", text.lines as u64)];
        return told("office-paper-too-many-lines", &args);
    }
    let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or_default();
    if longest > text.max {
        let args = [("count", longest as u64), ("max", text.max as u64)];
        return told("office-paper-too-long", &args);
    }
    let is_odd = |c: &char| !c.is_alphanumeric() && !MARKS.contains(*c);
    if let Some(odd) = lines.iter().flat_map(|line| line.chars()).find(is_odd) {
        return Err(t_args(ctx.lang, "office-paper-odd", &[("mark", odd.to_string())]));
    }
    if text.is_name && tidy.chars().any(char::is_numeric) {
        return told("office-paper-name-digits", &[]);
    }
    if !tidy.is_empty() && !tidy.chars().any(char::is_alphabetic) {
        return told("office-paper-no-letters", &[]);
    }
    Ok(lines.join("\n"))
}

fn view(
    ctx: &PageContext,
    shown: &[(String, String)],
    office: &Office,
    wrong: &[FieldError],
) -> Markup {
    let body = html! {
        (card(&ctx.t("office-paper-card"), None, &html! {
            form method="post" action="/office/paper" {
                @for text in &TEXTS { (box_of(ctx, text, shown, wrong)) }
                (button(ButtonKind::Primary, &ctx.t("office-save")))
            }
        }))
        (card(&ctx.t("office-paper-looks"), None, &sample(ctx, office)))
    };
    Page::new(ctx.t("office-paper-title"))
        .lead(ctx.t("office-paper-lead"))
        .crumbs(vec![Crumb::new("/office", ctx.t("office-title"))])
        .errors(wrong.iter().map(|one| in_summary(ctx, one)).collect())
        .render(ctx, &body)
}

/// The key of a box's label.
fn label_key(name: &str) -> String {
    format!("office-paper-{}", name.replace('_', "-"))
}

/// At the head of the page a fault says which box it is about.
fn in_summary(ctx: &PageContext, wrong: &FieldError) -> FieldError {
    let FieldError { name, message } = wrong;
    let message = format!("{}: {message}", ctx.t(&label_key(name)));
    FieldError { name: name.clone(), message }
}

fn box_of(
    ctx: &PageContext,
    text: &Text,
    shown: &[(String, String)],
    wrong: &[FieldError],
) -> FormField {
    let key = label_key(text.name);
    let error = wrong.iter().find(|w| w.name == text.name).map(|wrong| wrong.message.clone());
    let typed = typed(shown, text.name).unwrap_or_default();
    let own = field(text.name, &ctx.t(&key))
        .value(typed)
        .hint(ctx.t(&format!("{key}-hint")))
        .error_if(error);
    if text.lines > 1 { own.area(2) } else { own }
}

/// What the papers say now. They are Vietnamese in every language of the screen.
fn sample(ctx: &PageContext, office: &Office) -> Markup {
    let dots =
        |text: &str| if text.is_empty() { "……………".to_owned() } else { text.to_owned() };
    html! {
        div .wb-paper lang="vi" {
            @if !office.superior.is_empty() { p { (office.superior.to_uppercase()) } }
            p { strong { (dots(&office.agency.to_uppercase())) } }
            p { em { (dots(&office.place)) ", ngày …… tháng …… năm ………" } }
            @if office.signer_title.is_empty() { p { strong { "Thủ trưởng cơ quan, đơn vị" } } }
            @for line in &office.signer_title { p { strong { (line) } } }
            p { em { "(Ký tên, đóng dấu)" } }
            p { strong { (dots(&office.signer_name)) } }
        }
        p .text-secondary { (ctx.t("office-paper-looks-note")) }
    }
}
