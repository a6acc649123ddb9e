//! A bounded reader of automerge's columns. It never allocates by what the bytes claim.

use super::RefusalCode;

/// What a column may hold.
pub(super) type Read<T> = Result<T, RefusalCode>;

/// Bytes that are read from the front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, length: u64) -> Read<&'a [u8]> {
        let length = usize::try_from(length).map_err(|_| RefusalCode::NotAChange)?;
        let (taken, rest) = self.0.split_at_checked(length).ok_or(RefusalCode::NotAChange)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Read<u8> {
        Ok(self.take(1)?[0])
    }

    /// An unsigned LEB128 number in its shortest form.
    pub(super) fn unsigned(&mut self) -> Read<u64> {
        let mut value = 0_u64;
        for index in 0..10 {
            let byte = self.byte()?;
            if (index == 9 && byte > 1) || (index > 0 && byte == 0) {
                return Err(RefusalCode::NotAChange);
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(RefusalCode::NotAChange)
    }

    /// A signed LEB128 number in its shortest form.
    pub(super) fn signed(&mut self) -> Read<i64> {
        let mut value = 0_i64;
        let mut previous = 0_u8;
        for index in 0..10 {
            let byte = self.byte()?;
            if index == 9 && byte != 0 && byte != 0x7f {
                return Err(RefusalCode::NotAChange);
            }
            value |= i64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                let sign_only =
                    (byte == 0 && previous & 0x40 == 0) || (byte == 0x7f && previous & 0x40 != 0);
                if index > 0 && sign_only {
                    return Err(RefusalCode::NotAChange);
                }
                if index < 9 && byte & 0x40 != 0 {
                    value |= -1 << (7 * (index + 1));
                }
                return Ok(value);
            }
            previous = byte;
        }
        Err(RefusalCode::NotAChange)
    }

    /// A text after its length.
    pub(super) fn text(&mut self) -> Read<&'a str> {
        let length = self.unsigned()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| RefusalCode::NotAChange)
    }
}

/// A run-length encoded column, one value at a time, in the one form that automerge writes.
///
/// A positive count stands before one value that repeats, a negative one before as many values
/// that differ, and zero before a count of nulls. An empty column is null throughout.
///
/// Other forms of the same values are refused: automerge keeps the values, not the form, so that a
/// document with such a change would give back another change, and could not be loaded again.
pub(super) struct Runs<'a, T> {
    bytes: Bytes<'a>,
    present: bool,
    valued: bool,
    before: Before<T>,
    state: State<T>,
}

enum State<T> {
    Between,
    Repeat(u64, T),
    Nulls(u64),
    Literal(u64),
}

/// What the last run was, which limits what the next may be.
#[derive(Clone, Copy)]
enum Before<T> {
    Start,
    Repeat(T),
    Nulls,
    Literal(T),
}

impl<'a, T: Copy + PartialEq> Runs<'a, T> {
    pub(super) fn new(column: &'a [u8]) -> Self {
        Self {
            bytes: Bytes(column),
            present: !column.is_empty(),
            valued: false,
            before: Before::Start,
            state: State::Between,
        }
    }

    /// The next value, read by `read`; `None` is null.
    pub(super) fn next(&mut self, read: fn(&mut Bytes<'a>) -> Read<T>) -> Read<Option<T>> {
        if !self.present {
            return Ok(None);
        }
        if matches!(self.state, State::Between) {
            self.state = self.open(read)?;
        }
        let (value, left) = match self.state {
            State::Repeat(left, value) => (Some(value), left),
            State::Nulls(left) => (None, left),
            State::Literal(left) => (Some(self.literal(read)?), left),
            State::Between => return Err(RefusalCode::NotAChange),
        };
        self.valued |= value.is_some();
        self.state = match (left - 1, &self.state) {
            (0, _) => State::Between,
            (left, State::Repeat(_, value)) => State::Repeat(left, *value),
            (left, State::Nulls(_)) => State::Nulls(left),
            (left, _) => State::Literal(left),
        };
        Ok(value)
    }

    fn open(&mut self, read: fn(&mut Bytes<'a>) -> Read<T>) -> Read<State<T>> {
        let count = self.bytes.signed()?;
        let length = count.unsigned_abs();
        match (count, self.before) {
            // One value is a literal, never a run of one.
            (2.., _) => {
                let value = self.differs(read)?;
                self.before = Before::Repeat(value);
                Ok(State::Repeat(length, value))
            }
            (0, Before::Start | Before::Repeat(_) | Before::Literal(_)) => {
                self.before = Before::Nulls;
                match self.bytes.unsigned()? {
                    0 => Err(RefusalCode::NotAChange),
                    nulls => Ok(State::Nulls(nulls)),
                }
            }
            (..=-1, Before::Start | Before::Repeat(_) | Before::Nulls) => {
                Ok(State::Literal(length))
            }
            _ => Err(RefusalCode::NotAChange),
        }
    }

    fn literal(&mut self, read: fn(&mut Bytes<'a>) -> Read<T>) -> Read<T> {
        let value = self.differs(read)?;
        self.before = Before::Literal(value);
        Ok(value)
    }

    /// A value that is not the one before it: else both would stand in one run.
    fn differs(&mut self, read: fn(&mut Bytes<'a>) -> Read<T>) -> Read<T> {
        let value = read(&mut self.bytes)?;
        match self.before {
            Before::Repeat(last) | Before::Literal(last) if last == value => {
                Err(RefusalCode::NotAChange)
            }
            _ => Ok(value),
        }
    }

    /// Fails when the column has more values than were asked for, or is there for nulls alone.
    pub(super) fn finish(self) -> Read<()> {
        let at_end = self.bytes.is_empty() && matches!(self.state, State::Between);
        if at_end && (self.valued || !self.present) { Ok(()) } else { Err(RefusalCode::NotAChange) }
    }
}

/// How many values a column of unsigned numbers has, from the lengths of its runs alone.
pub(super) fn count_values(column: &[u8]) -> Read<u64> {
    let mut bytes = Bytes(column);
    let mut total = 0_u64;
    while !bytes.is_empty() {
        let count = bytes.signed()?;
        let length = match count {
            1.. => {
                bytes.unsigned()?;
                count.unsigned_abs()
            }
            0 => bytes.unsigned()?,
            _ => {
                // Each value of a literal run takes a byte at least, so this loop is bounded.
                for _ in 0..count.unsigned_abs() {
                    bytes.unsigned()?;
                }
                count.unsigned_abs()
            }
        };
        total = total.checked_add(length).ok_or(RefusalCode::TooManyOperations)?;
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unsigned(bytes: &[u8]) -> Read<u64> {
        Bytes(bytes).unsigned()
    }

    #[test]
    fn numbers_have_one_form() {
        assert_eq!(unsigned(&[0x7f]), Ok(127));
        assert_eq!(unsigned(&[0x80, 0x01]), Ok(128));
        assert_eq!(
            unsigned(&[0xff; 9].iter().copied().chain([1]).collect::<Vec<_>>()),
            Ok(u64::MAX)
        );
        assert!(unsigned(&[0x80, 0x00]).is_err());
        assert!(unsigned(&[0x80]).is_err());
        assert!(unsigned(&[0xff; 10]).is_err());
        assert_eq!(Bytes(&[0x7f]).signed(), Ok(-1));
        assert_eq!(Bytes(&[0xff, 0x00]).signed(), Ok(127));
        assert_eq!(Bytes(&[0x80, 0x7f]).signed(), Ok(-128));
        assert!(Bytes(&[0xff, 0x7f]).signed().is_err());
        let least: Vec<u8> = [0x80; 9].into_iter().chain([0x7f]).collect();
        assert_eq!(Bytes(&least).signed(), Ok(i64::MIN));
    }

    #[test]
    fn runs_literals_and_nulls_are_read_in_order_and_to_the_end() {
        // Three sevens, two nulls, the literals 1 and 2.
        let column = [3, 7, 0, 2, 0x7e, 1, 2];
        assert_eq!(count_values(&column), Ok(7));
        let mut runs = Runs::new(&column);
        let values: Vec<_> = (0..7).map(|_| runs.next(Bytes::unsigned).unwrap()).collect();
        assert_eq!(values, [Some(7), Some(7), Some(7), None, None, Some(1), Some(2)]);
        assert!(runs.finish().is_ok());
        let mut short = Runs::new(&column);
        assert_eq!(short.next(Bytes::unsigned), Ok(Some(7)));
        assert!(short.finish().is_err());
        assert_eq!(Runs::new(&[]).next(Bytes::unsigned), Ok(None));
    }

    #[test]
    fn a_column_has_one_form() {
        let read = |column: &[u8], count: u64| -> Read<()> {
            let mut runs = Runs::new(column);
            for _ in 0..count {
                runs.next(Bytes::unsigned)?;
            }
            runs.finish()
        };
        assert!(read(&[0x7f, 7, 2, 8], 3).is_ok());
        for (column, count) in [
            (&[0, 0][..], 1),
            // A run of one; two runs or literals that are one; two literals; nulls twice or alone.
            (&[1, 7], 1),
            (&[2, 7, 2, 7], 4),
            (&[0x7e, 7, 7], 2),
            (&[0x7f, 7, 2, 7], 3),
            (&[2, 7, 0x7f, 7], 3),
            (&[0x7f, 7, 0x7f, 8], 2),
            (&[0, 1, 0, 1, 0x7f, 7], 3),
            (&[0, 3], 3),
        ] {
            assert!(read(column, count).is_err(), "{column:?}");
        }
    }

    #[test]
    fn a_claimed_count_costs_nothing() {
        // One run of 2^62 zeros.
        let column = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0xc0, 0x00, 0];
        assert_eq!(count_values(&column), Ok(1 << 62));
        assert!(count_values(&[0x80, 0x7f, 1]).is_err());
    }
}
