//! Both languages say everything, with the same arguments, and every key that is asked for exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_templates::fluent_bundle::{FluentResource, FluentValue};
use wardbook_record::Lang;

use crate::{t, t_args};

type Texts = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "node_modules", "dist"].contains(&name.as_str()) {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|end| end == extension) {
            found.push(path);
        }
    }
}

/// The keys of a language with their arguments.
fn texts(lang: Lang) -> Texts {
    let mut found = Vec::new();
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(lang.code()),
        "ftl",
        &mut found,
    );
    let mut texts = Texts::new();
    for path in found {
        let text = fs::read_to_string(&path).expect("a text file");
        let parsed = FluentResource::try_new(text.clone());
        assert!(
            parsed.is_ok(),
            "{} is not valid: {:?}",
            path.display(),
            parsed.err().map(|(_, e)| e)
        );
        read_texts(&text, &path, &mut texts);
    }
    texts
}

fn read_texts(text: &str, path: &Path, texts: &mut Texts) {
    let mut key = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let head =
            line.split_once('=').filter(|_| line.starts_with(|c: char| c.is_ascii_alphabetic()));
        if let Some((name, _)) = head {
            name.trim().clone_into(&mut key);
            let first = texts.insert(key.clone(), BTreeSet::new()).is_none();
            assert!(first, "{key} is there twice, again in {}", path.display());
        }
        for argument in line.split('$').skip(1) {
            let end = argument.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'));
            let name = &argument[..end.unwrap_or(argument.len())];
            texts.get_mut(&key).expect("an argument stands in a text").insert(name.to_owned());
        }
    }
}

#[test]
fn both_languages_have_the_same_keys_and_arguments() {
    let (vi, en) = (texts(Lang::Vi), texts(Lang::En));
    let differing: Vec<&String> =
        vi.keys().chain(en.keys()).filter(|key| vi.get(*key) != en.get(*key)).collect();
    assert_eq!(differing, Vec::<&String>::new(), "missing in a language or with other arguments");
    assert!(vi.len() > 50, "the texts were found");
}

#[test]
fn every_text_can_be_said() {
    for lang in [Lang::Vi, Lang::En] {
        for (key, arguments) in texts(lang) {
            let arguments: Vec<(&'static str, FluentValue<'_>)> = arguments
                .iter()
                .map(|name| (&*Box::leak(name.clone().into_boxed_str()), FluentValue::from(3)))
                .collect();
            let said = t_args(lang, &key, &arguments);
            assert!(!said.is_empty() && said != format!("[{key}]"), "{key}: {said}");
            assert!(!said.contains('\u{2068}') && !said.contains("{$"), "{key}: {said}");
        }
    }
}

#[test]
fn numbers_in_texts_are_written_as_the_language_has_it() {
    let said =
        |lang| t_args(lang, "pager-shown", &[("first", 1001), ("last", 1050), ("total", 2886)]);
    assert_eq!(said(Lang::Vi), "1.001–1.050 trong 2.886");
    assert_eq!(said(Lang::En), "1,001–1,050 of 2,886");
    assert_eq!(t(Lang::Vi, "nothing-like-it"), "[nothing-like-it]");
}

#[test]
fn every_key_that_is_asked_for_exists() {
    let known = texts(Lang::Vi);
    let mut sources = Vec::new();
    for folder in ["node", "hub", "shared", "tests"] {
        files(&root().join(folder), "rs", &mut sources);
    }
    let mut asked = 0;
    for path in sources.iter().filter(|path| !path.ends_with("i18n_tests.rs")) {
        let source = fs::read_to_string(path).expect("a source file");
        for key in keys_in(&source) {
            assert!(known.contains_key(key), "{} asks for the unknown text {key}", path.display());
            asked += 1;
        }
    }
    assert!(asked > 40, "the calls were found: {asked}");
    for key in crate::error_page::text_keys() {
        assert!(known.contains_key(&key), "{key}");
    }
}

/// The literal keys in `t(lang, "key")`, `ctx.t("key")` and `t_args(lang, "key", ..)`.
fn keys_in(source: &str) -> Vec<&str> {
    let mut keys = Vec::new();
    for call in ["t(", "t_args("] {
        for (at, _) in source.match_indices(call) {
            let before = source[..at].chars().next_back().unwrap_or(' ');
            if before.is_alphanumeric() || before == '_' {
                continue;
            }
            let arguments = source[at + call.len()..].trim_start();
            let key = arguments.strip_prefix('"').or_else(|| {
                let (first, rest) = arguments.split_once(',')?;
                let plain = first.chars().all(|c| c.is_alphanumeric() || "._&()* \n".contains(c));
                plain.then(|| rest.trim_start().strip_prefix('"')).flatten()
            });
            let literal = key.and_then(|text| text.split_once('"')).map(|(key, _)| key);
            let is_key = |key: &&str| {
                key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            };
            keys.extend(literal.filter(is_key));
        }
    }
    keys
}

#[test]
fn calls_are_recognised() {
    let source = r#"t(lang, "a-b") ctx.t("c") t_args(ctx.lang, "d", &[]) assert("no") t(lang, &format!("e-{x}")) t(lang, key)"#;
    let mut keys = keys_in(source);
    keys.sort_unstable();
    assert_eq!(keys, ["a-b", "c", "d"]);
}
