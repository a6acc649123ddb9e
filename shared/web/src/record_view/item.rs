//! The number under which a field stands in the official form.

/// The item of the form of Circular 06/2023, such as `30.1`; of the older form 2C where only that
/// one has it. `form_ref` also names other sources, which are no items.
pub fn item_number(form_ref: &str) -> Option<&str> {
    let first = form_ref.split(';').next().unwrap_or_default().trim();
    let item = first.rsplit_once("item ").map_or(first, |(_, item)| item);
    let digits = item.strip_prefix("2C ").unwrap_or(item);
    let is_number = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ',' | ' ' | '-');
    (digits.starts_with(|c: char| c.is_ascii_digit()) && digits.chars().all(is_number))
        .then_some(item)
}

#[cfg(test)]
mod tests {
    use wardbook_record::schema;

    use super::*;

    #[test]
    fn items_are_told_from_other_references() {
        for (form_ref, item) in [
            ("1; 2C 3", Some("1")),
            ("30.1; 2C 14", Some("30.1")),
            ("TT06 header, item 8; 2C 25", Some("8")),
            ("2C 24", Some("2C 24")),
            ("23, 25-27", Some("23, 25-27")),
            ("header \"Số hiệu\"", None),
            ("seed 001 report", None),
            ("", None),
        ] {
            assert_eq!(item_number(form_ref), item, "{form_ref}");
        }
    }

    #[test]
    fn most_fields_have_a_number() {
        let numbered = |refs: Vec<&str>| refs.into_iter().filter_map(item_number).count();
        assert!(numbered(schema().fields.iter().map(|f| f.form_ref.as_str()).collect()) > 70);
        assert!(numbered(schema().tables.iter().map(|t| t.form_ref.as_str()).collect()) >= 15);
    }
}
