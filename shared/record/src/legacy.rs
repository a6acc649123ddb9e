//! Text in the encodings of before Unicode: TCVN3 (fonts `.VnTime`) and VNI (fonts `VNI-Times`),
//! as it comes out when a program takes its bytes for Latin letters.

use unicode_normalization::UnicodeNormalization;

/// An encoding of before Unicode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Legacy {
    /// TCVN 5712:1993 VN3, one letter for each letter: `NguyÔn V¨n`.
    Tcvn3,
    /// VNI for Windows, a letter and its mark: `Nguyeãn Vaên`.
    Vni,
}

/// Each letter of TCVN3 as Latin-1 shows it, with what it means.
const TCVN3: &[(char, char)] = &[
    ('µ', 'à'),
    ('¶', 'ả'),
    ('·', 'ã'),
    ('¸', 'á'),
    ('¹', 'ạ'),
    ('¨', 'ă'),
    ('»', 'ằ'),
    ('¼', 'ẳ'),
    ('½', 'ẵ'),
    ('¾', 'ắ'),
    ('Æ', 'ặ'),
    ('©', 'â'),
    ('Ç', 'ầ'),
    ('È', 'ẩ'),
    ('É', 'ẫ'),
    ('Ê', 'ấ'),
    ('Ë', 'ậ'),
    ('®', 'đ'),
    ('Ì', 'è'),
    ('Î', 'ẻ'),
    ('Ï', 'ẽ'),
    ('Ð', 'é'),
    ('Ñ', 'ẹ'),
    ('ª', 'ê'),
    ('Ò', 'ề'),
    ('Ó', 'ể'),
    ('Ô', 'ễ'),
    ('Õ', 'ế'),
    ('Ö', 'ệ'),
    ('×', 'ì'),
    ('Ø', 'ỉ'),
    ('Ü', 'ĩ'),
    ('Ý', 'í'),
    ('Þ', 'ị'),
    ('ß', 'ò'),
    ('á', 'ỏ'),
    ('â', 'õ'),
    ('ã', 'ó'),
    ('ä', 'ọ'),
    ('«', 'ô'),
    ('å', 'ồ'),
    ('æ', 'ổ'),
    ('ç', 'ỗ'),
    ('è', 'ố'),
    ('é', 'ộ'),
    ('¬', 'ơ'),
    ('ê', 'ờ'),
    ('ë', 'ở'),
    ('ì', 'ỡ'),
    ('í', 'ớ'),
    ('î', 'ợ'),
    ('ï', 'ù'),
    ('ñ', 'ủ'),
    ('ò', 'ũ'),
    ('ó', 'ú'),
    ('ô', 'ụ'),
    ('\u{ad}', 'ư'),
    ('õ', 'ừ'),
    ('ö', 'ử'),
    ('÷', 'ữ'),
    ('ø', 'ứ'),
    ('ù', 'ự'),
    ('ú', 'ỳ'),
    ('û', 'ỷ'),
    ('ü', 'ỹ'),
    ('ý', 'ý'),
    ('þ', 'ỵ'),
    ('¡', 'Ă'),
    ('¢', 'Â'),
    ('£', 'Ê'),
    ('¤', 'Ô'),
    ('¥', 'Ơ'),
    ('¦', 'Ư'),
    ('§', 'Đ'),
];

/// The marks of VNI after a letter: tone and shape as combining marks.
const VNI_MARKS: &[(char, &str)] = &[
    ('ù', "\u{301}"),
    ('ø', "\u{300}"),
    ('û', "\u{309}"),
    ('õ', "\u{303}"),
    ('ï', "\u{323}"),
    ('ê', "\u{306}"),
    ('é', "\u{306}\u{301}"),
    ('è', "\u{306}\u{300}"),
    ('ú', "\u{306}\u{309}"),
    ('ü', "\u{306}\u{303}"),
    ('ë', "\u{306}\u{323}"),
    ('â', "\u{302}"),
    ('á', "\u{302}\u{301}"),
    ('à', "\u{302}\u{300}"),
    ('å', "\u{302}\u{309}"),
    ('ã', "\u{302}\u{303}"),
    ('ä', "\u{302}\u{323}"),
];

/// The letters of VNI that are one sign.
const VNI_LETTERS: &[(char, char)] = &[
    ('ñ', 'đ'),
    ('ô', 'ơ'),
    ('ö', 'ư'),
    ('î', 'ỵ'),
    ('æ', 'ỉ'),
    ('ó', 'ĩ'),
    ('ò', 'ị'),
    ('í', 'í'),
    ('ì', 'ì'),
];

/// The encoding of a text that cannot be Vietnamese in Unicode; none for honest text.
pub fn detect(text: &str) -> Option<Legacy> {
    if text.chars().any(is_vietnamese_only) {
        return None;
    }
    if looks_like_vni(text) {
        return Some(Legacy::Vni);
    }
    looks_like_tcvn3(text).then_some(Legacy::Tcvn3)
}

/// The text in Unicode (NFC). Text that is Vietnamese already stays as it is.
pub fn convert(text: &str, from: Legacy) -> String {
    if text.is_ascii() || text.chars().any(is_vietnamese_only) {
        return text.to_owned();
    }
    match from {
        Legacy::Tcvn3 => text.chars().map(|c| look_up(TCVN3, c).unwrap_or(c)).collect(),
        Legacy::Vni => from_vni(text),
    }
}

/// Whether a text is Vietnamese in Unicode beyond doubt: it has letters that no old encoding shows.
pub fn is_unicode(text: &str) -> bool {
    text.chars().any(is_vietnamese_only)
}

/// Whether a text has letters or signs that Vietnamese does not have: `Hä` and `Ñaøo`.
pub fn has_foreign_letters(text: &str) -> bool {
    const LATIN: &str = "àáâãèéêìíòóôõùúý";
    let small = |c: char| c.to_lowercase().next().unwrap_or(c);
    text.chars().any(|c| !c.is_ascii() && !is_vietnamese_only(c) && !LATIN.contains(small(c)))
}

fn look_up(table: &[(char, char)], wanted: char) -> Option<char> {
    table.iter().find(|(from, _)| *from == wanted).map(|(_, to)| *to)
}

/// Letters that stand in no Latin-1 text: a text with one of them is Unicode already.
fn is_vietnamese_only(c: char) -> bool {
    matches!(
        c,
        '\u{1ea0}'
            ..='\u{1ef9}' | 'ă' | 'Ă' | 'đ' | 'Đ' | 'ơ' | 'Ơ' | 'ư' | 'Ư' | 'ĩ' | 'Ĩ' | 'ũ' | 'Ũ'
    ) || unicode_normalization::char::is_combining_mark(c)
}

/// Signs and capital letters inside a word of small letters, and letters that Vietnamese does not
/// have after a consonant: `NguyÔn`, `TrÇn`, `Hïng`. A soft hyphen alone tells nothing.
fn looks_like_tcvn3(text: &str) -> bool {
    let mut previous = ' ';
    for c in text.chars() {
        let no_letter = matches!(c, '°' | '±' | '²' | '³' | '´' | '¯' | '\u{ad}');
        let sign = matches!(c, '\u{a1}'..='\u{be}') && !no_letter;
        let capital_inside = !c.is_ascii() && (c.is_uppercase() || c == '×' || c == 'ß');
        let is_vowel = matches!(previous.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
        let foreign = matches!(c, 'å' | 'ç' | 'ë' | 'ï' | 'ø' | 'þ');
        if (previous.is_ascii_lowercase() && (sign || capital_inside))
            || (previous.is_ascii_alphabetic() && !is_vowel && foreign)
            || (previous == '\u{ad}' && sign)
        {
            return true;
        }
        previous = c;
    }
    false
}

/// A vowel with a mark after it that no Vietnamese word has there: `Nguyeãn`, `Vaên`, `Thuûy`.
fn looks_like_vni(text: &str) -> bool {
    let mut previous = ' ';
    for c in text.chars().flat_map(char::to_lowercase) {
        let foreign = matches!(c, 'ø' | 'û' | 'ï' | 'ü' | 'ë' | 'å' | 'ä');
        let told = match previous {
            'a' => {
                foreign || matches!(c, 'ù' | 'õ' | 'ê' | 'é' | 'è' | 'ú' | 'â' | 'á' | 'à' | 'ã')
            }
            'e' => foreign || matches!(c, 'ù' | 'õ' | 'â' | 'á' | 'à' | 'ã'),
            'o' => foreign || matches!(c, 'ù' | 'õ' | 'â'),
            'u' | 'y' | 'ô' | 'ö' => foreign || matches!(c, 'ù' | 'õ'),
            _ => false,
        };
        if told || (previous == 'ö' && c == 'ô') {
            return true;
        }
        previous = c;
    }
    false
}

fn from_vni(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letter = false;
    for c in text.chars() {
        let lower = c.to_lowercase().next().unwrap_or(c);
        let mark = VNI_MARKS.iter().find(|(from, _)| *from == lower).map(|(_, marks)| *marks);
        if let (true, Some(marks)) = (letter, mark) {
            out.push_str(marks);
            letter = false;
            continue;
        }
        let own = look_up(VNI_LETTERS, lower);
        match own {
            Some(own) if c == lower => out.push(own),
            Some(own) => out.extend(own.to_uppercase()),
            None => out.push(c),
        }
        letter = matches!(lower, 'a' | 'e' | 'o' | 'u' | 'y' | 'ô' | 'ö');
    }
    out.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_old_encodings_are_told_and_converted() {
        for (text, from, expected) in [
            ("NguyÔn V¨n An", Legacy::Tcvn3, "Nguyễn Văn An"),
            ("TrÇn ThÞ HuÖ", Legacy::Tcvn3, "Trần Thị Huệ"),
            ("Hïng", Legacy::Tcvn3, "Hùng"),
            ("Tr\u{ad}¬ng §×nh Thµnh", Legacy::Tcvn3, "Trương Đình Thành"),
            ("Nguyeãn Vaên An", Legacy::Vni, "Nguyễn Văn An"),
            ("Traàn Thò Hueä", Legacy::Vni, "Trần Thị Huệ"),
            ("Tröông Ñình Thaønh", Legacy::Vni, "Trương Đình Thành"),
            ("LEÂ QUYÙ ÑOÂN", Legacy::Vni, "LÊ QUÝ ĐÔN"),
        ] {
            assert_eq!(detect(text), Some(from), "{text}");
            assert_eq!(convert(text, from), expected);
        }
    }

    #[test]
    fn honest_names_are_left_alone() {
        for honest in [
            "NGUYỄN Văn Đức",
            "Lê-Đình",
            "O'Đô",
            "Hồ Thị Ái",
            "Phạm Thị Hoà",
            "Lê Quế",
            "Tuân",
            "Thuý Hoà",
            "Müller",
            "José",
            "Y Ñuê",
            "LÊ VÂN ANH",
            "PHÙNG ÔN",
            "Số 5 – tổ 3",
            "20°C",
        ] {
            assert_eq!(detect(honest), None, "{honest}");
        }
        assert_eq!(convert("Nguyễn Văn An", Legacy::Tcvn3), "Nguyễn Văn An");
    }
}
