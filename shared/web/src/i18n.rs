//! Texts in two languages, from the Fluent files under `locales/`.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid, static_loader};
use wardbook_record::Lang;

use crate::format;

const VI: LanguageIdentifier = langid!("vi");
const EN: LanguageIdentifier = langid!("en");

static_loader! {
    static TEXTS = {
        locales: "./locales",
        fallback_language: "vi",
        customise: |bundle| {
            // Isolation marks (U+2068) would show as boxes in old fonts and break copying; both
            // languages run left to right.
            bundle.set_use_isolating(false);
            let lang = if bundle.locales.contains(&EN) { Lang::En } else { Lang::Vi };
            bundle.set_formatter(Some(if lang == Lang::En { number_en } else { number_vi }));
        },
    };
}

/// The text of a key. An unknown key shows itself in brackets (and fails the tests).
pub fn t(lang: Lang, key: &str) -> String {
    look_up(lang, key, None)
}

/// The text of a key with its arguments: `t_args(lang, "pager-page", &[("page", 2), ("pages", 9)])`; several kinds
/// at once as `FluentValue::from(..)`. Numbers are grouped as the language has it and choose plural
/// forms; texts are put in as they are.
pub fn t_args<'a, V>(lang: Lang, key: &str, args: &[(&'static str, V)]) -> String
where
    V: Clone + Into<FluentValue<'a>>,
{
    let args: HashMap<Cow<'static, str>, FluentValue<'a>> =
        args.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone().into())).collect();
    look_up(lang, key, Some(&args))
}

fn look_up(
    lang: Lang,
    key: &str,
    args: Option<&HashMap<Cow<'static, str>, FluentValue<'_>>>,
) -> String {
    let language = if lang == Lang::En { &EN } else { &VI };
    TEXTS.try_lookup_complete(language, key, args).unwrap_or_else(|| {
        tracing::error!(key, "a text is missing");
        format!("[{key}]")
    })
}

fn number_vi<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    number(Lang::Vi, value)
}

fn number_en<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    number(Lang::En, value)
}

fn number(lang: Lang, value: &FluentValue<'_>) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    // Numbers written in a text ("{ 3 }") and given as arguments come here alike.
    let places = number.options.minimum_fraction_digits.unwrap_or(0);
    Some(if places > 0 || number.value.fract() != 0.0 {
        format::decimal(lang, number.value, places.max(1))
    } else {
        format::decimal(lang, number.value, 0)
    })
}
