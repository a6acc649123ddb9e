//! How long ago something was, roughly.

use wardbook_base::Timestamp;
use wardbook_record::Lang;

const DAY_S: i64 = 24 * 3600;

/// How long before `now` something was, roughly: `5 phút trước`.
pub fn ago(at: Timestamp, now: Timestamp, lang: Lang) -> String {
    let seconds = (now.seconds() - at.seconds()).max(0);
    let (count, vi, en) = match seconds {
        0..60 => return lang.pick("vừa xong", "just now").to_owned(),
        60..3600 => (seconds / 60, "phút trước", "min ago"),
        3600..DAY_S => (seconds / 3600, "giờ trước", "h ago"),
        _ => (seconds / DAY_S, "ngày trước", "d ago"),
    };
    format!("{count} {}", lang.pick(vi, en))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_rough_and_never_negative() {
        let now = Timestamp(1_751_302_800_000);
        let check = |ms: i64, text| assert_eq!(ago(now.plus_ms(-ms), now, Lang::Vi), text);
        check(-5000, "vừa xong");
        check(61_000, "1 phút trước");
        check(7_200_000, "2 giờ trước");
        check(8 * 86_400_000, "8 ngày trước");
    }
}
