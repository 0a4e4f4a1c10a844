//! Are two JSON numbers the same number, however they are written?
//!
//! `serde_json` keeps a number's text (`arbitrary_precision`), so its own equality calls `1` and `1.0` different. Going
//! through `f64` would call `9007199254740993` and `9007199254740992` the same. Both are wrong for a diff.

use std::hash::{Hash, Hasher};

use serde_json::Number;

/// A decimal number in its one normal form: no leading and no trailing zeros in `digits`; zero has no digits.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

/// Whether two numbers have exactly the same value.
pub(super) fn same_number(left: &Number, right: &Number) -> bool {
    let (left, right) = (left.as_str(), right.as_str());
    if left == right {
        return true;
    }
    match (Decimal::read(left), Decimal::read(right)) {
        (Some(left), Some(right)) => left == right,
        // An exponent beyond 64 bits: only the same text is surely the same number.
        _ => false,
    }
}

/// Feeds a hasher with a number's value, so that equal numbers are hashed alike.
pub(super) fn hash_number(number: &Number, state: &mut impl Hasher) {
    match Decimal::read(number.as_str()) {
        Some(decimal) => decimal.hash(state),
        None => number.as_str().hash(state),
    }
}

impl Decimal {
    /// A fraction is what a 64-bit float makes of it, as everybody between here and the screen reads it: jsonnet writes
    /// `0.59999999999999998` for 0.6. A whole number is what it says.
    fn read(text: &str) -> Option<Self> {
        let decimal = Self::parse(text)?;
        if decimal.exponent >= 0 {
            return Some(decimal);
        }
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => Self::parse(&float.to_string()),
            _ => Some(decimal),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let mut exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        while digits.last() == Some(&b'0') {
            digits.pop();
            exponent = exponent.checked_add(1)?;
        }
        let leading = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..leading);
        if digits.is_empty() {
            return Some(Self {
                negative: false,
                digits,
                exponent: 0,
            });
        }
        Some(Self {
            negative,
            digits,
            exponent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(left: &str, right: &str) -> bool {
        let number = |text: &str| serde_json::from_str::<Number>(text).unwrap();
        same_number(&number(left), &number(right))
    }

    #[test]
    fn one_number_in_many_forms() {
        for form in ["1", "1.0", "1e0", "10e-1", "0.1E+1", "1.000"] {
            assert!(same("1", form), "{form}");
        }
        assert!(same("0", "-0.0") && same("0e9", "0"));
        assert!(same("-2500", "-2.5e3"));
    }

    #[test]
    fn a_fraction_is_the_float_that_everybody_reads() {
        assert!(same("0.6", "0.59999999999999998"));
        assert!(same("0.1", "0.10000000000000000001"));
        assert!(!same("0.6", "0.5999999999999"));
    }

    #[test]
    fn two_numbers_that_a_float_would_confuse() {
        assert!(!same("9007199254740993", "9007199254740992"));
        assert!(!same("0.1", "0.1000000000000001"));
        assert!(!same("1", "-1"));
        assert!(!same("1", "10"));
    }
}
