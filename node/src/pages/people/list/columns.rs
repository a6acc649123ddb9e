//! The columns of the list: what they say, and which of them each person wants in which order.

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use wardbook_record::find::Wanted;

use wardbook_replica::{DeskOwner, Replica, ReplicaError, Viewer};
use wardbook_store::PersonRow;
use wardbook_web::kit::{
    Badge, ButtonKind, Crumb, FieldError, Page, Tone, badge, button, card, field_id, link_button,
    table, tag,
};
use wardbook_web::{Markup, PageContext, format, html, t_args};

use super::Sent;
use super::chips::label;
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};

/// Where the desk keeps a person's columns.
const ON_DESK: (&str, &str) = ("columns", "people");

/// One column of the list, by its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListColumn(&'static str);

/// All columns: the word, the field of the workbook, the word of the order.
const ALL: [(&str, &[&str], Option<&str>); 19] = [
    ("name", &["full_name"], Some("name")),
    ("birth", &["birth_date"], Some("birth")),
    ("sex", &["sex"], None),
    ("title", &["current_title"], Some("title")),
    ("unit", &["org_unit"], None),
    ("category", &["subject_type"], None),
    ("rank", &["rank_code"], None),
    ("qualification", &["highest_qualification"], None),
    ("theory", &["political_theory"], None),
    ("management", &["state_management"], None),
    ("party", &["party_join_date"], None),
    ("status", &["work_status"], None),
    ("ethnic", &["ethnic"], None),
    ("religion", &["religion"], None),
    ("number", &["person_id_no"], None),
    ("phone", &["phone"], None),
    ("code", &["staff_code"], None),
    ("updated", &[], Some("newest")),
    ("state", &[], None),
];
/// Before anybody chooses.
const USUAL: [&str; 6] = ["name", "birth", "sex", "title", "unit", "state"];

impl ListColumn {
    fn of(word: &str) -> Option<Self> {
        ALL.iter().find(|(known, _, _)| *known == word).map(|(known, _, _)| Self(known))
    }

    fn facts(self) -> (&'static [&'static str], Option<&'static str>) {
        let found = ALL.iter().find(|(known, _, _)| *known == self.0);
        found.map_or((&[], None), |(_, keys, sort)| (*keys, *sort))
    }

    /// The word of the order by this column.
    pub(super) fn sort(self) -> Option<&'static str> {
        self.facts().1
    }

    /// The fields that it stands for in a workbook.
    pub(super) fn keys(self) -> &'static [&'static str] {
        self.facts().0
    }

    /// The head.
    pub(super) fn label(self, ctx: &PageContext) -> String {
        ctx.t(&format!("list-column-{}", self.0))
    }

    /// The cell of one person; the first column names the row.
    pub(super) fn cell(
        self,
        ctx: &PageContext,
        person: &PersonRow,
        wanted: &Wanted,
        elsewhere: bool,
    ) -> Markup {
        let facts = &person.facts;
        let of = |key: &str, code: &Option<String>| {
            code.as_deref().map(|code| label(key, code, ctx.lang)).unwrap_or_default()
        };
        let graded = |key: &str, graded: &Option<wardbook_record::Graded>| {
            graded.as_ref().map(|graded| label(key, &graded.code, ctx.lang)).unwrap_or_default()
        };
        let text = match self.0 {
            "name" => return name(ctx, person, wanted),
            "title" => {
                return html! {
                    td {
                        (facts.title_label.as_deref().unwrap_or_default())
                        @if facts.is_leader { " " (tag(&ctx.t("node-leader"))) }
                    }
                };
            }
            "state" => {
                return html! { td { @if elsewhere { (kept_by(ctx, person)) " " } (state(ctx, person)) } };
            }
            "birth" => facts.birth_date.map(|date| date.to_string()).unwrap_or_default(),
            "sex" => of("sex", &facts.sex),
            "unit" => of("org_unit", &facts.org_unit),
            "category" => of("subject_type", &facts.subject_type),
            "rank" => of("rank_code", &facts.rank_code),
            "qualification" => graded("highest_qualification", &facts.qualification),
            "theory" => graded("political_theory", &facts.political_theory),
            "management" => graded("state_management", &facts.state_management),
            "party" if facts.party_member => ctx.t("list-filter-party"),
            "status" => of("work_status", &facts.work_status),
            "ethnic" => of("ethnic", &facts.ethnic),
            "religion" => of("religion", &facts.religion),
            "number" => facts.person_id_no.clone().unwrap_or_default(),
            "phone" => facts.phone.clone().unwrap_or_default(),
            "code" => facts.staff_code.clone().unwrap_or_default(),
            "updated" => format::date_time(person.updated_at),
            _ => String::new(),
        };
        html! { td { (text) } }
    }
}

fn name(ctx: &PageContext, person: &PersonRow, wanted: &Wanted) -> Markup {
    let full_name = &person.facts.full_name;
    html! {
        th scope="row" {
            a href=(format!("/people/{}", person.document)) {
                @if full_name.is_empty() { (ctx.t("node-no-name")) }
                @for (piece, hit) in wanted.marks(full_name) {
                    @if hit { mark { (piece) } } @else { (piece) }
                }
            }
        }
    }
}

/// Which ward keeps the record.
fn kept_by(ctx: &PageContext, person: &PersonRow) -> Markup {
    let ward = wardbook_replica::unit_name(&person.ward);
    let words = t_args(ctx.lang, "node-kept-by", &[("ward", ward)]);
    badge(&Badge::new(Tone::Idle, words))
}

fn state(ctx: &PageContext, person: &PersonRow) -> Markup {
    let facts = &person.facts;
    let count = |key: &str, n: u32| t_args(ctx.lang, key, &[("count", n)]);
    html! {
        @if facts.retired.is_some() { (badge(&Badge::new(Tone::Idle, ctx.t("node-retired")))) " " }
        @if facts.errors > 0 { (badge(&Badge::new(Tone::Bad, count("node-errors", facts.errors)))) " " }
        @if facts.missing_required > 0 {
            (badge(&Badge::new(Tone::Warning, count("node-missing", facts.missing_required))))
        }
    }
}

/// The columns that a person wants: the name first, whatever they chose.
pub(super) fn chosen(replica: &Replica, viewer: &Viewer) -> Result<Vec<ListColumn>, ReplicaError> {
    let kept = replica.desk_get::<Vec<String>>(viewer, DeskOwner::Mine, ON_DESK)?;
    let usual = || USUAL.map(str::to_owned).to_vec();
    let words = kept.map_or_else(usual, |thing| thing.value);
    let mut columns: Vec<ListColumn> = vec![ListColumn("name")];
    columns.extend(words.iter().filter_map(|word| ListColumn::of(word)).filter(|c| c.0 != "name"));
    Ok(columns)
}

/// The form to choose them.
pub(crate) async fn get(State(app): State<App>, screen: Screen) -> PageResult {
    let viewer = screen.viewer.clone();
    let chosen = app.replica().run(move |replica| chosen(replica, &viewer)).await??;
    Ok(Shown(view(&screen.ctx, &chosen, &Sent::new(), None)).into_response())
}

/// Keeps what was chosen.
pub(crate) async fn post(
    State(app): State<App>,
    screen: Screen,
    Form(sent): Form<Sent>,
) -> PageResult {
    let usual = sent.iter().any(|(name, _)| name == "usual");
    if let Some(wrong) = wrong_place(&screen.ctx, &sent).filter(|_| !usual) {
        return Ok(not_accepted(view(&screen.ctx, &ticked(&sent), &sent, Some(wrong))));
    }
    let words = in_order(&sent);
    let viewer = screen.viewer.clone();
    app.replica()
        .run(move |replica| {
            if usual {
                replica.desk_remove(&viewer, DeskOwner::Mine, ON_DESK)
            } else {
                replica.desk_put(&viewer, DeskOwner::Mine, ON_DESK, None, &words)
            }
        })
        .await??;
    Ok(Redirect::to("/people?done=columns").into_response())
}

/// A place that is no number.
fn wrong_place(ctx: &PageContext, sent: &Sent) -> Option<FieldError> {
    let places = sent.iter().filter(|(name, _)| name.starts_with("place-"));
    let (name, _) = places.into_iter().find(|(_, place)| place.trim().parse::<u32>().is_err())?;
    let column = name.strip_prefix("place-").and_then(ListColumn::of)?.label(ctx);
    let message = t_args(ctx.lang, "list-columns-wrong", &[("column", column)]);
    Some(FieldError { name: name.clone(), message })
}

fn ticked(sent: &Sent) -> Vec<ListColumn> {
    let on = sent.iter().filter(|(name, _)| name == "on");
    on.filter_map(|(_, word)| ListColumn::of(word)).collect()
}

/// The ticked columns by their numbers. Whoever was given a number goes before who stood there.
fn in_order(sent: &Sent) -> Vec<String> {
    let places =
        sent.iter().filter_map(|(name, place)| Some((name.strip_prefix("place-")?, place)));
    let mut words: Vec<(u32, bool, &str)> = (1_u32..)
        .zip(places)
        .map(|(stood, (word, place))| (place.trim().parse().unwrap_or(stood), stood, word))
        .map(|(place, stood, word)| (place, place == stood, word))
        .filter(|(_, _, word)| ListColumn::of(word).is_some())
        .collect();
    words.retain(|(_, _, word)| sent.iter().any(|(name, value)| name == "on" && value == word));
    words.sort_by_key(|(place, stayed, _)| (*place, *stayed));
    words.into_iter().map(|(_, _, word)| word.to_owned()).collect()
}

/// The form; as it was `sent` when something in it is wrong.
fn view(
    ctx: &PageContext,
    chosen: &[ListColumn],
    sent: &Sent,
    wrong: Option<FieldError>,
) -> Markup {
    let place = |word: &str| chosen.iter().position(|column| column.0 == word);
    let mut all: Vec<ListColumn> = ALL.iter().map(|(word, _, _)| ListColumn(word)).collect();
    all.sort_by_key(|column| place(column.0).unwrap_or(ALL.len()));
    let rows = html! {
        @for (at, column) in all.iter().enumerate().filter(|(_, column)| column.0 != "name") {
            @let id = format!("on-{}", column.0);
            @let place_name = format!("place-{}", column.0);
            @let typed = sent.iter().find(|(name, _)| *name == place_name).map(|(_, typed)| typed.clone());
            tr {
                td .wb-pick {
                    input .form-check-input type="checkbox" id=(id) name="on" value=(column.0) checked[place(column.0).is_some()];
                }
                th scope="row" { label for=(id) { (column.label(ctx)) } }
                td {
                    input .form-control.wb-place type="text" inputmode="numeric" id=(field_id(&place_name)) name=(place_name)
                        value=(typed.unwrap_or_else(|| at.to_string()))
                        aria-invalid=[wrong.as_ref().filter(|wrong| wrong.name == place_name).map(|_| "true")]
                        aria-label=(t_args(ctx.lang, "list-column-place", &[("column", column.label(ctx))]));
                }
            }
        }
    };
    let heads = ["list-column-shown", "list-column-what", "list-column-order"]
        .map(|key| wardbook_web::kit::Column::text(ctx.t(key)));
    let form = html! {
        form method="post" action="/people/columns" {
            (table(&ctx.t("list-columns-caption"), &heads, &rows))
            div .btn-list {
                (button(ButtonKind::Primary, &ctx.t("list-columns-save")))
                button .btn type="submit" name="usual" value="1" { (ctx.t("list-columns-usual")) }
                (link_button(ButtonKind::Secondary, "/people", &ctx.t("cancel")))
            }
        }
    };
    Page::new(ctx.t("list-columns"))
        .lead(ctx.t("list-columns-lead"))
        .crumbs(vec![Crumb::new("/people", ctx.t("node-nav-people"))])
        .errors(wrong.into_iter().collect())
        .render(ctx, &card("", None, &form))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_with_a_new_number_goes_before_the_one_that_stood_there() {
        let sent: Sent = [
            ("on", "birth"),
            ("place-birth", "1"),
            ("on", "sex"),
            ("place-sex", "2"),
            ("place-title", "3"),
            ("on", "phone"),
            ("place-phone", "1"),
            ("on", "nonsense"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        assert_eq!(in_order(&sent), ["phone", "birth", "sex"]);
    }

    #[test]
    fn every_column_can_be_exported_or_says_why_not() {
        for (word, keys, _) in ALL {
            assert_eq!(keys.is_empty(), ["updated", "state"].contains(&word), "{word}");
            for key in keys {
                assert!(wardbook_sheet::column(key).is_some(), "{key}");
                assert!(wardbook_record::schema().field(key).is_some(), "{key}");
            }
        }
        assert!(USUAL.iter().all(|word| ListColumn::of(word).is_some()));
    }
}
