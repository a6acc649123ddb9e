//! What is empty in a form that asks who one is. Which of two filled boxes is wrong is never said.

use wardbook_record::Lang;

use super::FieldError;
use crate::t;

/// The empty ones among the boxes `login` and `password`: name and text.
pub fn empty_boxes(lang: Lang, boxes: &[(&str, &str)]) -> Vec<FieldError> {
    let empty = boxes.iter().filter(|(_, text)| text.trim().is_empty());
    let error = |name: &str| FieldError {
        name: name.to_owned(),
        message: t(lang, &format!("sign-in-no-{name}")),
    };
    empty.map(|(name, _)| error(name)).collect()
}

/// What is said at a box.
pub fn error_of<'e>(errors: &'e [FieldError], name: &str) -> Option<&'e str> {
    errors.iter().find(|error| error.name == name).map(|error| error.message.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_empty_box_is_named_and_no_other() {
        let empty = |login: &str, password: &str| -> Vec<String> {
            let boxes = [("login", login), ("password", password)];
            empty_boxes(Lang::Vi, &boxes).into_iter().map(|error| error.name).collect()
        };
        assert_eq!(empty("", " "), ["login", "password"]);
        assert_eq!(empty("lan", ""), ["password"]);
        assert_eq!(empty("", "x"), ["login"]);
        assert!(empty("lan", "x").is_empty());
        let errors = empty_boxes(Lang::Vi, &[("password", "")]);
        assert!(error_of(&errors, "password").is_some_and(|said| said.contains("mật khẩu")));
        assert_eq!(error_of(&errors, "login"), None);
    }
}
