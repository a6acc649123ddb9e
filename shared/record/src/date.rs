//! Dates of which the day, or the day and the month, may be unknown.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use wardbook_base::Timestamp;

/// A day, a month or a year. Old records often know no more than the year of birth.
///
/// Shown as `dd/mm/yyyy`, `mm/yyyy` or `yyyy`; stored as `1990-02-28`, `1990-02` or `1990`.
/// Ordered by its earliest day; of two with the same earliest day the vaguer one comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartialDate {
    /// 1800 to 2200.
    pub year: u16,
    /// 1 to 12; none when only the year is known.
    pub month: Option<u8>,
    /// 1 to 31, a day that the month has; none without a month.
    pub day: Option<u8>,
}

/// Text that is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Not in one of the accepted forms.
    #[error("not a date in the form dd/mm/yyyy, mm/yyyy or yyyy")]
    Form,
    /// Well-formed, but the calendar has no such day, or the year is not in 1800 to 2200.
    #[error("the calendar has no such day")]
    NoSuchDay,
    /// A year of two digits: which century is for the person to say, see
    /// [`PartialDate::centuries`].
    #[error("the year has two digits only")]
    TwoDigitYear,
}

const YEARS: std::ops::RangeInclusive<u16> = 1800..=2200;
/// Any day from which days are counted.
const EPOCH: Date = jiff::civil::date(1970, 1, 1);
/// Vietnam's offset from UTC, in milliseconds; it has no summer time.
const VIETNAM_OFFSET_MS: i64 = 7 * 3_600_000;

impl PartialDate {
    /// A date from its parts.
    ///
    /// # Errors
    /// When the calendar has no such day, or a day comes without a month.
    pub fn new(year: u16, month: Option<u8>, day: Option<u8>) -> Result<Self, DateError> {
        let fits = match (month, day) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some(month), None) => (1..=12).contains(&month),
            (Some(month), Some(day)) => civil(year, month, day).is_some(),
        };
        if fits && YEARS.contains(&year) {
            Ok(Self { year, month, day })
        } else {
            Err(DateError::NoSuchDay)
        }
    }

    /// A full date.
    ///
    /// # Errors
    /// When the calendar has no such day.
    pub fn full(year: u16, month: u8, day: u8) -> Result<Self, DateError> {
        Self::new(year, Some(month), Some(day))
    }

    /// The day that it is in Vietnam at a moment.
    pub fn in_vietnam(time: Timestamp) -> Self {
        let local = time.plus_ms(VIETNAM_OFFSET_MS);
        let day = jiff::Timestamp::from_millisecond(local.0)
            .map_or(Date::default(), |moment| moment.to_zoned(jiff::tz::TimeZone::UTC).date());
        Self::from_civil(day).unwrap_or(Self { year: 1970, month: Some(1), day: Some(1) })
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// When the text is anything else, however close.
    pub fn parse_stored(text: &str) -> Result<Self, DateError> {
        if !text.is_ascii() {
            return Err(DateError::Form);
        }
        let (year, month, day) = match text.len() {
            4 => (text, None, None),
            7 => {
                (&text[..4], text.strip_prefix(&text[..4]).and_then(|t| t.strip_prefix('-')), None)
            }
            10 if &text[4..5] == "-" && &text[7..8] == "-" => {
                (&text[..4], Some(&text[5..7]), Some(&text[8..]))
            }
            _ => return Err(DateError::Form),
        };
        if text.len() == 7 && month.is_none() {
            return Err(DateError::Form);
        }
        Self::new(number(year)?, month.map(short).transpose()?, day.map(short).transpose()?)
    }

    /// Reads what a person types: `28/2/1990`, `28-2-1990`, `28.2.1990`, `28021990`, `2/1990`,
    /// `021990`, `1990`, and the stored form. `static/app.js` reads the same forms while one types.
    ///
    /// # Errors
    /// When the text has none of these forms, the calendar has no such day, or the year has two
    /// digits.
    pub fn parse_typed(text: &str) -> Result<Self, DateError> {
        let text = text.trim();
        if let Ok(date) = Self::parse_stored(text) {
            return Ok(date);
        }
        let parts: Vec<&str> =
            text.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [day, month, year] if year.len() == 4 => {
                Self::full(number(year)?, short(month)?, short(day)?)
            }
            [year, month, day] if year.len() == 4 => {
                Self::full(number(year)?, short(month)?, short(day)?)
            }
            [month, year] if year.len() == 4 => Self::new(number(year)?, Some(short(month)?), None),
            [digits] => Self::from_digits(digits),
            _ => Err(DateError::Form),
        }
        .map_err(|error| {
            if Self::centuries(text).is_empty() { error } else { DateError::TwoDigitYear }
        })
    }

    /// What a date with a year of two digits can mean: `28/2/90`, `280290` and `2/90` in the last
    /// century and in this one. Empty for any other text.
    pub fn centuries(text: &str) -> Vec<Self> {
        let text = text.trim();
        let parts: Vec<&str> =
            text.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()).collect();
        let (day, month, year) = match parts.as_slice() {
            [day, month, year] if year.len() == 2 => (Some(*day), *month, *year),
            [month, year] if year.len() == 2 => (None, *month, *year),
            [digits] if digits.len() == 6 && digits.is_ascii() => {
                (Some(&digits[..2]), &digits[2..4], &digits[4..])
            }
            _ => return Vec::new(),
        };
        let of = |century: u16| {
            let day = day.map(short).transpose()?;
            Self::new(century + number(year)?, Some(short(month)?), day)
        };
        [1900, 2000].into_iter().filter_map(|century| of(century).ok()).collect()
    }

    /// The first day that it can mean.
    #[must_use]
    pub fn earliest(self) -> Self {
        Self {
            year: self.year,
            month: Some(self.month.unwrap_or(1)),
            day: Some(self.day.unwrap_or(1)),
        }
    }

    /// The last day that it can mean.
    #[must_use]
    pub fn latest(self) -> Self {
        let month = self.month.unwrap_or(12);
        let last = civil(self.year, month, 1)
            .map_or(28, |date| u8::try_from(date.days_in_month()).unwrap_or(28));
        Self { year: self.year, month: Some(month), day: Some(self.day.unwrap_or(last)) }
    }

    /// Whether the day is known.
    pub const fn is_full(self) -> bool {
        self.day.is_some()
    }

    /// The same precision, some months later; a day that the target month lacks becomes its last.
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        let first = i32::from(self.year) * 12 + i32::from(self.month.unwrap_or(1)) - 1 + months;
        let year = u16::try_from(first.div_euclid(12)).unwrap_or(0).clamp(1800, 2200);
        let month = u8::try_from(first.rem_euclid(12) + 1).unwrap_or(1);
        let whole = Self { year, month: Some(month), day: None };
        Self {
            year,
            month: self.month.map(|_| month),
            day: self.day.map(|day| day.min(whole.latest().day.unwrap_or(day))),
        }
    }

    /// The day some days after the earliest one.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        let first = self.earliest();
        let day = first.civil().and_then(|day| day.checked_add(jiff::Span::new().days(days)).ok());
        day.and_then(Self::from_civil).unwrap_or(first)
    }

    /// Days from this date's earliest day to another one's; negative when the other comes first.
    pub fn days_until(self, later: Self) -> i32 {
        let days = |date: Self| {
            date.earliest().civil().map_or(0, |day| day.duration_since(EPOCH).as_hours() / 24)
        };
        i32::try_from(days(later) - days(self)).unwrap_or(i32::MAX)
    }

    /// Whole months from this date's earliest day to another one's; negative when it comes first.
    pub fn months_until(self, later: Self) -> i32 {
        let (a, b) = (self.earliest(), later.earliest());
        let count = |date: Self| i32::from(date.year) * 12 + i32::from(date.month.unwrap_or(1));
        count(b) - count(a) - i32::from(b.day < a.day)
    }

    /// Whether the earliest day is a Saturday or a Sunday.
    pub fn is_weekend(self) -> bool {
        use jiff::civil::Weekday::{Saturday, Sunday};
        let weekday = self.earliest().civil().map(Date::weekday);
        matches!(weekday, Some(Saturday | Sunday))
    }

    fn civil(self) -> Option<Date> {
        civil(self.year, self.month?, self.day?)
    }

    /// Whole years from this date (its earliest day) to another one's earliest day.
    pub fn years_until(self, later: Self) -> i32 {
        let (a, b) = (self.earliest(), later.earliest());
        let years = i32::from(b.year) - i32::from(a.year);
        if (b.month, b.day) < (a.month, a.day) { years - 1 } else { years }
    }

    /// The stored form: `1990-02-28`, `1990-02` or `1990`.
    pub fn stored(self) -> String {
        match (self.month, self.day) {
            (Some(month), Some(day)) => format!("{:04}-{month:02}-{day:02}", self.year),
            (Some(month), None) => format!("{:04}-{month:02}", self.year),
            (None, _) => format!("{:04}", self.year),
        }
    }

    fn from_digits(digits: &str) -> Result<Self, DateError> {
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(DateError::Form);
        }
        match digits.len() {
            8 => Self::full(number(&digits[4..])?, short(&digits[2..4])?, short(&digits[..2])?),
            6 => Self::new(number(&digits[2..])?, Some(short(&digits[..2])?), None),
            4 => Self::new(number(digits)?, None, None),
            _ => Err(DateError::Form),
        }
    }

    fn from_civil(date: Date) -> Option<Self> {
        let year = u16::try_from(date.year()).ok()?;
        Self::full(year, date.month().unsigned_abs(), date.day().unsigned_abs()).ok()
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.month, self.day) {
            (Some(month), Some(day)) => write!(f, "{day:02}/{month:02}/{:04}", self.year),
            (Some(month), None) => write!(f, "{month:02}/{:04}", self.year),
            (None, _) => write!(f, "{:04}", self.year),
        }
    }
}

impl Ord for PartialDate {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |date: &Self| {
            let first = date.earliest();
            (first.year, first.month, first.day, date.month.is_some(), date.day.is_some())
        };
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for PartialDate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for PartialDate {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        Self::parse_stored(text)
    }
}

impl TryFrom<String> for PartialDate {
    type Error = DateError;

    fn try_from(text: String) -> Result<Self, DateError> {
        Self::parse_stored(&text)
    }
}

impl From<PartialDate> for String {
    fn from(date: PartialDate) -> Self {
        date.stored()
    }
}

fn civil(year: u16, month: u8, day: u8) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn number(text: &str) -> Result<u16, DateError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().map_err(|_| DateError::Form) } else { Err(DateError::Form) }
}

fn short(text: &str) -> Result<u8, DateError> {
    if text.len() > 2 {
        return Err(DateError::Form);
    }
    number(text).and_then(|value| u8::try_from(value).map_err(|_| DateError::Form))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(text: &str) -> Result<String, DateError> {
        PartialDate::parse_typed(text).map(PartialDate::stored)
    }

    #[test]
    fn people_may_type_dates_in_many_forms() {
        for (text, stored) in [
            ("28/2/1990", "1990-02-28"),
            ("28021990", "1990-02-28"),
            ("28-2-1990", "1990-02-28"),
            (" 28.02.1990 ", "1990-02-28"),
            ("1990-02-28", "1990-02-28"),
            ("1990/2/28", "1990-02-28"),
            ("29/2/2024", "2024-02-29"),
            ("2/1990", "1990-02"),
            ("021990", "1990-02"),
            ("1990", "1990"),
        ] {
            assert_eq!(typed(text).as_deref(), Ok(stored), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_says_why() {
        for text in ["29/2/2023", "31/4/1990", "13/1990", "32011990", "1/1/1700", "00/00/1990"] {
            assert_eq!(typed(text), Err(DateError::NoSuchDay), "{text}");
        }
        for text in ["", "hôm nay", "28/2/1990/1", "199O", "+1/2/1990", "123"] {
            assert_eq!(typed(text), Err(DateError::Form), "{text}");
        }
        for text in ["1990-2-3", "1990-13", "90", "1990/02", "１９９０"] {
            assert!(PartialDate::parse_stored(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_year_of_two_digits_asks_for_its_century() {
        for (text, both) in [
            ("28/2/90", "28/02/1990 28/02/2090"),
            ("1-2-05", "01/02/1905 01/02/2005"),
            ("280290", "28/02/1990 28/02/2090"),
            ("2/90", "02/1990 02/2090"),
            ("29/2/00", "29/02/2000"),
        ] {
            assert_eq!(typed(text), Err(DateError::TwoDigitYear), "{text}");
            let shown: Vec<String> =
                PartialDate::centuries(text).iter().map(ToString::to_string).collect();
            assert_eq!(shown.join(" "), both, "{text}");
        }
        assert_eq!(typed("31/4/90"), Err(DateError::Form));
        assert_eq!(PartialDate::centuries("28/2/1990"), []);
        assert_eq!(typed("021990").as_deref(), Ok("1990-02"), "month and year come first");
    }

    #[test]
    fn months_are_added_and_ages_counted() {
        let day = |text: &str| text.parse::<PartialDate>().unwrap();
        assert_eq!(day("2024-01-31").plus_months(1), day("2024-02-29"));
        assert_eq!(day("2024-11").plus_months(-11), day("2023-12"));
        assert_eq!(day("1990").latest(), day("1990-12-31"));
        assert_eq!(day("1990-06-15").years_until(day("2025-06-14")), 34);
        assert_eq!(day("1990").years_until(day("2025-06-14")), 35);
        assert_eq!(day("2024-02-28").plus_days(2), day("2024-03-01"));
        assert_eq!(day("2024-03").plus_days(-1), day("2024-02-29"));
        assert_eq!(day("2026-12-30").days_until(day("2027-01-02")), 3);
        assert_eq!(day("2026-01-31").months_until(day("2026-03-30")), 1);
        assert!(day("2026-11-22").is_weekend() && !day("2026-11-23").is_weekend());
        assert!(day("1990") < day("1990-01") && day("1990-01") < day("1990-01-01"));
        let midnight_in_vietnam = Timestamp(1_751_302_800_000);
        assert_eq!(PartialDate::in_vietnam(midnight_in_vietnam), day("2025-07-01"));
        assert_eq!(PartialDate::in_vietnam(midnight_in_vietnam.plus_ms(-1)), day("2025-06-30"));
    }

    fn any_date() -> impl Strategy<Value = PartialDate> {
        (1800_u16..=2200, proptest::option::of(1_u8..=12), proptest::option::of(1_u8..=31))
            .prop_filter_map("a day of the calendar", |(year, month, day)| {
                PartialDate::new(year, month, day).ok()
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn a_date_survives_being_shown_and_typed_and_stored(date in any_date()) {
            prop_assert_eq!(PartialDate::parse_typed(&date.to_string()), Ok(date));
            prop_assert_eq!(PartialDate::parse_stored(&date.stored()), Ok(date));
            prop_assert!(date.earliest() <= date.latest());
        }

        #[test]
        fn whatever_is_typed_never_panics(text in "\\PC{0,12}") {
            let _ = PartialDate::parse_typed(&text);
            let _ = PartialDate::parse_stored(&text);
        }
    }
}
