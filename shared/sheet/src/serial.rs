//! Excel's day numbers.

use wardbook_record::PartialDate;

/// Days between the day 0 of the 1900 system (1899-12-30, for dates from 1900-03-01) and 1970-01-01.
const DAYS_1900: i64 = 25_569;
/// The same for the 1904 system (1904-01-01).
const DAYS_1904: i64 = 24_107;

/// The date of a day number.
///
/// Excel believes that 1900-02-29 existed, so numbers below 60 count from one day later.
/// `None` outside 1900 to 2199: such a number is no date that a personnel record can hold.
pub(crate) fn date_of_serial(serial: f64, system_1904: bool) -> Option<PartialDate> {
    if !serial.is_finite() || !(1.0..=110_000.0).contains(&serial) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "between 1 and 110,000")]
    let days = serial.floor() as i64;
    let unix_days = match (system_1904, days) {
        (true, _) => days - DAYS_1904,
        (false, 60) => return None,
        (false, ..60) => days + 1 - DAYS_1900,
        (false, _) => days - DAYS_1900,
    };
    let (year, month, day) = civil(unix_days);
    PartialDate::parse_stored(&format!("{year:04}-{month:02}-{day:02}")).ok()
}

/// Year, month and day of a count of days since 1970-01-01 in the Gregorian calendar
/// (the days-from-civil inverse by eras of 400 years).
fn civil(unix_days: i64) -> (i64, i64, i64) {
    let shifted = unix_days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_numbers_become_dates_in_both_systems() {
        let check = |serial: f64, system_1904, expected: &str| {
            let date = date_of_serial(serial, system_1904).map(|date| date.to_string());
            assert_eq!(date.as_deref(), Some(expected), "{serial}");
        };
        check(32_932.0, false, "28/02/1990");
        check(32_932.75, false, "28/02/1990");
        check(31_470.0, true, "28/02/1990");
        check(59.0, false, "28/02/1900");
        check(61.0, false, "01/03/1900");
        check(45_838.0, false, "30/06/2025");
        for wrong in [f64::NAN, -1.0, 0.0, 60.0, 1e300] {
            assert_eq!(date_of_serial(wrong, false), None, "{wrong}");
        }
    }
}
