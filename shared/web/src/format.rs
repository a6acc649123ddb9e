//! Dates, times, numbers and sizes as people write them: dd/MM/yyyy HH:mm, 1.234,5.

use wardbook_base::Timestamp;
use wardbook_record::Lang;

/// Vietnam keeps UTC+7 all year; there is no summer time.
const OFFSET_MS: i64 = 7 * 60 * 60 * 1000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A moment as `28/02/2025 14:02`, in Vietnam's time.
pub fn date_time(moment: Timestamp) -> String {
    format!("{} {}", date(moment), time(moment))
}

/// The day of a moment as `28/02/2025`, in Vietnam's time.
pub fn date(moment: Timestamp) -> String {
    let (year, month, day) = civil(day_number(moment));
    format!("{day:02}/{month:02}/{year:04}")
}

/// The time of day of a moment as `14:02`, in Vietnam's time.
pub fn time(moment: Timestamp) -> String {
    let minutes = (moment.0.saturating_add(OFFSET_MS)).rem_euclid(DAY_MS) / 60_000;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `14:02` when both moments fall on one day, else `28/02/2025 14:02`.
pub fn short_time(moment: Timestamp, now: Timestamp) -> String {
    if day_number(moment) == day_number(now) { time(moment) } else { date_time(moment) }
}

/// A whole number in groups of three: `1.234` in Vietnamese, `1,234` in English.
pub fn number(lang: Lang, value: impl TryInto<i64>) -> String {
    grouped(lang, &value.try_into().unwrap_or(i64::MAX).to_string())
}

/// A number with decimal places: `1.234,5` in Vietnamese, `1,234.5` in English.
pub fn decimal(lang: Lang, value: f64, places: usize) -> String {
    let plain = format!("{value:.places$}");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let whole = grouped(lang, whole);
    match (fraction, lang) {
        ("", _) => whole,
        (fraction, Lang::Vi) => format!("{whole},{fraction}"),
        (fraction, Lang::En) => format!("{whole}.{fraction}"),
    }
}

/// A share of a whole with one decimal place: `12,5 %`. Nothing of nothing is `–`.
pub fn percent(lang: Lang, part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    format!("{} %", decimal(lang, as_float(part) * 100.0 / as_float(whole), 1))
}

/// A size: `12 B`, `3,4 KB`, `5,6 MB` (steps of 1000).
pub fn bytes(lang: Lang, size: u64) -> String {
    let steps = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")];
    match steps.iter().find(|(step, _)| size >= *step) {
        Some((step, unit)) => {
            format!("{} {unit}", decimal(lang, as_float(size) / as_float(*step), 1))
        }
        None => format!("{size} B"),
    }
}

fn grouped(lang: Lang, digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let separator = if lang == Lang::En { ',' } else { '.' };
    let mut text = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal place")]
const fn as_float(value: u64) -> f64 {
    value as f64
}

const fn day_number(moment: Timestamp) -> i64 {
    moment.0.saturating_add(OFFSET_MS).div_euclid(DAY_MS)
}

/// Year, month and day of a day counted from 1970-01-01 (proleptic Gregorian calendar).
///
/// Years are counted from March, so that the leap day is the last of its year and months of 30.6
/// days on average fall out of one division.
const fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let day_of_era = day.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ms: i64, expected: &str) {
        assert_eq!(date_time(Timestamp(ms)), expected);
    }

    #[test]
    fn moments_show_in_vietnams_time() {
        check(0, "01/01/1970 07:00");
        check(1_740_700_799_000, "28/02/2025 06:59");
        check(951_782_400_000, "29/02/2000 07:00");
        check(1_751_302_800_000, "01/07/2025 00:00");
        check(-1, "01/01/1970 06:59");
    }

    #[test]
    fn the_hour_alone_when_it_is_today() {
        let now = Timestamp(1_751_302_800_000);
        assert_eq!(short_time(now.plus_ms(60_000), now), "00:01");
        assert_eq!(short_time(now.plus_ms(-60_000), now), "30/06/2025 23:59");
    }

    #[test]
    fn numbers_are_grouped_by_language() {
        assert_eq!(number(Lang::Vi, 1_234_567), "1.234.567");
        assert_eq!(number(Lang::En, -1_234), "-1,234");
        assert_eq!(number(Lang::Vi, 999_usize), "999");
        assert_eq!(decimal(Lang::Vi, 1234.5, 1), "1.234,5");
        assert_eq!(decimal(Lang::En, 1234.56, 1), "1,234.6");
        assert_eq!(percent(Lang::Vi, 1, 8), "12,5 %");
        assert_eq!(percent(Lang::Vi, 0, 0), "–");
        assert_eq!(bytes(Lang::Vi, 1_500), "1,5 KB");
        assert_eq!(bytes(Lang::Vi, 12), "12 B");
    }
}
