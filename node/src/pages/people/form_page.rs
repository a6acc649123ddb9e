//! A page with a form over a record: shown, offered with its draft, sent, shown again with errors
//! or with what somebody else wrote meanwhile.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use wardbook_record::{PartialDate, Problem};
use wardbook_replica::{EditError, MergeView, Saved};
use wardbook_web::kit::{Crumb, Page, Tone, alert};
use wardbook_web::record_view::{
    FieldToMerge, FormValues, FormView, MergeForm, SubmittedForm, field_errors, merge_view,
};
use wardbook_web::{Markup, PageContext, html};

use super::draft::{self, DraftPlace};
use crate::app::App;
use crate::pages::screen::Screen;
use crate::pages::{PageResult, Shown, not_accepted};
use crate::refusal::Refusal;

/// What the address of a form may say.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FormQuery {
    /// The box to begin in.
    focus: String,
    /// `1` to go on from the draft.
    draft: String,
}

/// A form page: what it is called, where it goes, how it looks.
pub(crate) struct FormPage<'a> {
    /// The heading.
    pub(crate) title: String,
    /// The way to the page.
    pub(crate) crumbs: Vec<Crumb>,
    /// The address of the form.
    pub(crate) action: String,
    /// Where cancelling leads, and saving too; it has a query already.
    pub(crate) back: String,
    /// The part of the record's page to which saving leads; empty for its top.
    pub(crate) anchor: String,
    /// Where saving and going on leads, and what the button for it says.
    pub(crate) next: Option<(String, String)>,
    /// Where what is typed is kept.
    pub(crate) draft: DraftPlace,
    /// The day on which codes must be valid.
    pub(crate) as_of: PartialDate,
    /// Draws the form.
    pub(crate) draw: &'a (dyn Fn(&PageContext, &FormView<'_>) -> Markup + Send + Sync),
}

impl FormPage<'_> {
    /// The form, or the question what to do with its draft.
    pub(crate) async fn get(
        &self,
        app: &App,
        screen: &Screen,
        values: FormValues,
        query: &FormQuery,
    ) -> PageResult {
        let ctx = &screen.ctx;
        let kept = draft::read(app, screen, &self.draft).await?;
        let page = match kept {
            None => self.show(ctx, &values, &[], &query.focus),
            Some(kept) if query.draft == "1" => {
                self.show(ctx, &values.with_draft(&kept.value), &[], &query.focus)
            }
            Some(kept) => {
                self.page().render(ctx, &draft::offer(ctx, &self.draft, &kept, &self.action))
            }
        };
        Ok(Shown(page).into_response())
    }

    /// The answer after a try to save.
    pub(crate) async fn answer(
        &self,
        app: &App,
        screen: &Screen,
        form: &SubmittedForm,
        result: Result<Saved, EditError>,
    ) -> PageResult {
        match result {
            Ok(saved) => {
                draft::remove(app, screen, &self.draft).await?;
                let done = if saved.changed { "saved" } else { "unchanged" };
                Ok(Redirect::to(&self.after(form, done)).into_response())
            }
            Err(EditError::Stale(merge)) => {
                let page = self.merge(&screen.ctx, form, &merge);
                Ok((StatusCode::CONFLICT, Shown(page)).into_response())
            }
            Err(EditError::Invalid(problems)) => Ok(self.refused(&screen.ctx, form, &problems)),
            Err(error) => Err(Refusal::from(error)),
        }
    }

    /// The form again, with what is wrong in it.
    pub(crate) fn refused(
        &self,
        ctx: &PageContext,
        form: &SubmittedForm,
        problems: &[Problem],
    ) -> Response {
        not_accepted(self.show(ctx, &FormValues::of_submitted(form), problems, ""))
    }

    fn after(&self, form: &SubmittedForm, done: &str) -> String {
        let goes_on = form.get("then").is_some_and(|then| then == "next");
        match self.next.as_ref().filter(|_| goes_on) {
            Some((address, _)) => format!("{address}?done={done}"),
            None if self.anchor.is_empty() => format!("{}&done={done}", self.back),
            None => format!("{}&done={done}#{}", self.back, self.anchor),
        }
    }

    fn show(
        &self,
        ctx: &PageContext,
        values: &FormValues,
        errors: &[Problem],
        focus: &str,
    ) -> Markup {
        let draft = self.draft.address();
        let view = FormView {
            focus,
            draft: &draft,
            next: self.next.as_ref().map_or("", |(_, label)| label.as_str()),
            ..FormView::new(values, errors, (&self.action, &self.back), self.as_of)
        };
        let body = (self.draw)(ctx, &view);
        self.page().errors(field_errors(ctx.lang, errors)).render(ctx, &body)
    }

    /// Somebody else changed the same fields: both values, to choose.
    fn merge(&self, ctx: &PageContext, form: &SubmittedForm, merge: &MergeView) -> Markup {
        let fields: Vec<FieldToMerge> = merge
            .fields
            .iter()
            .map(|field| FieldToMerge {
                path: field.path.clone(),
                base: field.base.clone(),
                theirs: field.theirs.clone(),
                mine: field.mine.clone(),
            })
            .collect();
        let question = MergeForm {
            submitted: form,
            fields: &fields,
            heads: &merge.heads,
            action: &self.action,
            cancel: &self.back,
        };
        let saved = html! {
            @if merge.saved > 0 {
                (alert(Tone::Good, "", &html! { p { (ctx.t("dossier-merge-rest-saved")) } }))
            }
        };
        self.page().render(ctx, &html! { (saved) (merge_view(ctx, &question)) })
    }

    fn page(&self) -> Page {
        Page::new(self.title.clone()).crumbs(self.crumbs.clone())
    }
}
