//! The filters over the list: marks to switch on and off, and lists of codes to open.

use wardbook_record::{Item, Kind, Lang, schema};
use wardbook_store::ByCode;
use wardbook_web::kit::{Chip, filter_chips};
use wardbook_web::{Markup, PageContext, format, html, t};

use super::Found;
use crate::api::list_query::ListQuery;

/// The words of the address that hold codes, with the field that names them.
const GROUPS: [(&str, &str); 7] = [
    ("org_unit", "org_unit"),
    ("title", "current_title"),
    ("rank", "rank_code"),
    ("qualification", "highest_qualification"),
    ("political_theory", "political_theory"),
    ("sex", "sex"),
    ("status", "work_status"),
];

/// All filters.
pub(super) fn chips(ctx: &PageContext, found: &Found) -> Markup {
    html! {
        div .wb-filters {
            (filter_chips(ctx.lang, &ctx.t("node-filters"), &marks(ctx, found)))
            div .wb-filter-groups {
                @for (word, key) in GROUPS { (group(ctx, found, word, key)) }
                @if found.query.is_filtered() {
                    a .btn.btn-ghost-primary href=(ListQuery { s: found.query.s.clone(), sort: found.query.sort.clone(), ..ListQuery::default() }.address("/people")) {
                        (ctx.t("list-no-filters"))
                    }
                }
            }
        }
    }
}

/// Filters that are on or off.
fn marks(ctx: &PageContext, found: &Found) -> Vec<Chip> {
    let (query, facets) = (&found.query, &found.facets);
    let mut chips: Vec<Chip> = [
        ("party", "list-filter-party", Some(facets.party_members)),
        ("leader", "node-filter-leader", Some(facets.leaders)),
        ("missing", "node-filter-missing", Some(facets.incomplete)),
        ("errors", "list-filter-errors", Some(facets.errors)),
        ("conflict", "node-filter-conflict", Some(facets.conflicts)),
        ("unsent", "list-filter-unsent", Some(facets.unsent)),
        ("working", "list-filter-working", None),
        ("retired", "node-filter-retired", None),
        ("elsewhere", "node-filter-elsewhere", None),
    ]
    .into_iter()
    .map(|(word, key, count)| {
        let active = query.codes_of(word) == ["1"];
        let next = query.toggled(word, "1");
        // A mark that is on has the whole list as its number.
        let counted = if query.is_elsewhere() { None } else { count };
        let count = if active { Some(found.page.total) } else { counted };
        Chip { label: ctx.t(key), href: next.address("/people"), active, count }
    })
    .collect();
    // What only an address can ask for can be taken away here.
    for word in ["age_from", "age_to"] {
        let asked = query.codes_of(word).concat();
        if !asked.is_empty() {
            let label = wardbook_web::t_args(
                ctx.lang,
                &format!("list-filter-{}", word.replace('_', "-")),
                &[("age", asked.as_str())],
            );
            let href = query.toggled(word, &asked).address("/people");
            chips.push(Chip { label, href, active: true, count: None });
        }
    }
    chips
}

/// The codes of one field, those with people first.
fn group(ctx: &PageContext, found: &Found, word: &str, key: &str) -> Markup {
    let chosen = found.query.codes_of(word);
    let counts = counts(found, word);
    let mut codes: Vec<(String, u64)> =
        counts.iter().map(|(code, count)| (code.clone(), *count)).collect();
    for code in &chosen {
        if !counts.contains_key(code) {
            codes.push((code.clone(), 0));
        }
    }
    codes.sort_by_key(|(code, count)| (!chosen.contains(code), std::cmp::Reverse(*count)));
    let name = ctx.t(&format!("list-group-{}", word.replace('_', "-")));
    html! {
        @if !codes.is_empty() {
            details .wb-menu.wb-filter {
                summary .wb-chip aria-current=[(!chosen.is_empty()).then_some("true")] {
                    (name)
                    @if !chosen.is_empty() { ": " (chosen_label(ctx, key, &chosen)) }
                }
                div .wb-menu-body {
                    ul .wb-chips aria-label=(name) {
                        @for (code, count) in &codes {
                            @let active = chosen.contains(code);
                            li {
                                a .wb-chip href=(found.query.toggled(word, code).address("/people")) aria-current=[active.then_some("true")] {
                                    @if active { span aria-hidden="true" { "✓ " } }
                                    (label(key, code, ctx.lang)) " "
                                    span .wb-count { (format::number(ctx.lang, *count)) }
                                    @if active { span .visually-hidden { " (" (t(ctx.lang, "filter-remove")) ")" } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn chosen_label(ctx: &PageContext, key: &str, chosen: &[String]) -> String {
    match chosen {
        [one] => label(key, one, ctx.lang),
        many => many.len().to_string(),
    }
}

fn counts<'a>(found: &'a Found, word: &str) -> &'a ByCode {
    let facets = &found.facets;
    match word {
        "org_unit" => &facets.org_unit,
        "title" => &facets.title,
        "rank" => &facets.rank,
        "qualification" => &facets.qualification,
        "political_theory" => &facets.political_theory,
        "sex" => &facets.sex,
        _ => &facets.work_status,
    }
}

/// The label of a code.
pub(super) fn label(key: &str, code: &str, lang: Lang) -> String {
    let Some(field) = schema().field(key) else { return code.to_owned() };
    if let Kind::Enum(choices) = &field.kind {
        let choice = choices.iter().find(|choice| choice.code == code);
        return choice.map_or(code, |choice| choice.label(lang)).to_owned();
    }
    field.item(code).map_or(code, |item: &Item| item.label(lang)).to_owned()
}
