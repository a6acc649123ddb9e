//! What a person sees when somebody else changed a field they also changed: both values, to choose.

use maud::{Markup, html};
use wardbook_base::ChangeHash;
use wardbook_record::{Path, Scalar, path_label, path_value, schema, typed_text};

use super::boxes::box_name;
use super::form::{CHECKED, SubmittedForm};
use super::read::heads_text;
use crate::kit::{ButtonKind, Tone, alert, button, field_id, fieldset, hidden};
use crate::{PageContext, t};

/// One field that was changed in both places. `None` is an empty field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldToMerge {
    /// Where.
    pub path: Path,
    /// The value the form was made from.
    pub base: Option<Scalar>,
    /// The value that is there now.
    pub theirs: Option<Scalar>,
    /// The value the form wants.
    pub mine: Option<Scalar>,
}

/// The form as it was sent, and what stands in its way.
#[derive(Debug, Clone, Copy)]
pub struct MergeForm<'a> {
    /// The form as it was sent.
    pub submitted: &'a SubmittedForm,
    /// The fields to decide on.
    pub fields: &'a [FieldToMerge],
    /// The heads of the present state.
    pub heads: &'a [ChangeHash],
    /// Where the decision is sent: the address of the first form.
    pub action: &'a str,
    /// Where "cancel" leads.
    pub cancel: &'a str,
}

/// The question which value shall stand, field by field; sent back as the same form on new heads.
pub fn merge_view(ctx: &PageContext, merge: &MergeForm<'_>) -> Markup {
    let lang = ctx.lang;
    html! {
        (alert(Tone::Warning, &t(lang, "record-merge-title"), &html! { p { (t(lang, "record-merge-intro")) } }))
        form .card.wb-card method="post" action=(merge.action) data-dirty-guard="" {
            div .card-body {
                (hidden("heads", &heads_text(merge.heads)))
                (carried_over(merge))
                @for (at, field) in merge.fields.iter().enumerate() { (one_field(ctx, field, at == 0)) }
                div .btn-list {
                    (button(ButtonKind::Primary, &t(lang, "record-merge-save")))
                    a .btn href=(merge.cancel) data-escape="" { (t(lang, "record-cancel")) }
                    span .text-secondary { (t(lang, "record-merge-keys")) }
                }
            }
        }
    }
}

/// Everything that was typed, hidden; boxes in dispute now begin from the other person's value.
fn carried_over(merge: &MergeForm<'_>) -> Markup {
    let theirs = |name: &str| {
        merge.fields.iter().find(|field| box_name(&field.path) == name).map(their_text)
    };
    let kept =
        merge.submitted.iter().filter(|(name, _)| *name != "heads" && !name.starts_with("pick."));
    html! {
        @for (name, text) in kept {
            @let fresh = name.strip_prefix("was.").and_then(theirs);
            (hidden(name, fresh.as_ref().unwrap_or(text)))
        }
    }
}

/// One field: the keys 1 and 2 choose, as on the card of a conflict. The first field has the focus.
fn one_field(ctx: &PageContext, field: &FieldToMerge, is_first: bool) -> Markup {
    let lang = ctx.lang;
    let shown =
        |value: &Option<Scalar>| text_or_empty(ctx, path_value(&field.path, value.as_ref(), lang));
    let options = [
        ("theirs", shown(&field.theirs), "record-merge-theirs"),
        ("mine", shown(&field.mine), "record-merge-mine"),
    ];
    let name = format!("pick.{}", box_name(&field.path));
    let choices = html! {
        @for (at, (choice, value, key)) in options.iter().enumerate() {
            @let id = field_id(&format!("{name}-{choice}"));
            @let is_mine = *choice == "mine";
            div .form-check {
                input .form-check-input type="radio" id=(id) name=(name) value=(choice)
                    checked[is_mine] autofocus[is_first && is_mine];
                label .form-check-label for=(id) { (at + 1) ". " (value) " – " (t(lang, key)) }
            }
        }
    };
    html! {
        div data-choices="" { (fieldset(&path_label(&field.path, lang), &choices)) }
        p .form-hint { (t(lang, "record-merge-base")) ": " (shown(&field.base)) }
    }
}

/// The other person's value as a box would have shown it.
fn their_text(field: &FieldToMerge) -> String {
    match (&field.path, &field.theirs, schema().at(&field.path)) {
        (Path::Code { .. }, Some(Scalar::Bool(true)), _) => CHECKED.to_owned(),
        (Path::Code { .. }, ..) | (_, None, _) => String::new(),
        (_, Some(value), Some(schema_field)) => typed_text(schema_field, value),
        (_, Some(value), None) => value.to_string(),
    }
}

fn text_or_empty(ctx: &PageContext, text: String) -> String {
    if text.is_empty() { t(ctx.lang, "record-empty-value") } else { text }
}
