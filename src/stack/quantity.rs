//! Amounts as Kubernetes writes them: `500m`, `8Gi`.
//!
//! A server keeps an amount in its canonical form. One that is sent in another form is a change at every apply.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount, as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quantity(String);

/// Text that isn't an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no amount such as 500m, 2 or 8Gi")]
pub struct NoQuantity(String);

/// How the canonical form is written; chosen by the suffix that was given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Binary,
    Decimal,
    Exponent,
}

/// Amounts are counted in thousand-millionths, the finest that Kubernetes keeps.
const NANO: i128 = 1_000_000_000;
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
/// From 10⁻⁹, in steps of a thousand.
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

impl Quantity {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which a server keeps it: the largest suffix with a whole number before it.
    ///
    /// # Errors
    ///
    /// It isn't an amount.
    pub fn canonical(&self) -> Result<String, NoQuantity> {
        let no = || NoQuantity(self.0.clone());
        let (nanos, form) = parse(&self.0).ok_or_else(no)?;
        Ok(write(nanos, form))
    }
}

/// The amount in nanos, rounded up as Kubernetes does.
fn parse(text: &str) -> Option<(i128, Form)> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let end = unsigned
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let places = u32::try_from(fraction.len()).ok()?;
    let (numerator, denominator, form) = scale(suffix)?;
    let above = digits.checked_mul(numerator)?.checked_mul(NANO)?;
    let below = 10_i128.checked_pow(places)?.checked_mul(denominator)?;
    let nanos = above / below + i128::from(above % below != 0);
    Some((if negative { -nanos } else { nanos }, form))
}

/// What a suffix multiplies by, as a fraction.
fn scale(suffix: &str) -> Option<(i128, i128, Form)> {
    if let Some(power) = DECIMAL.iter().position(|known| *known == suffix) {
        let power = i32::try_from(power).ok()? * 3 - 9;
        return power_of_ten(power, Form::Decimal);
    }
    if let Some(power) = BINARY.iter().position(|known| *known == suffix) {
        return Some((1024_i128.checked_pow(u32::try_from(power).ok()?)?, 1, Form::Binary));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    power_of_ten(exponent, Form::Exponent)
}

fn power_of_ten(power: i32, form: Form) -> Option<(i128, i128, Form)> {
    let size = 10_i128.checked_pow(power.unsigned_abs())?;
    Some(if power < 0 { (1, size, form) } else { (size, 1, form) })
}

fn write(nanos: i128, form: Form) -> String {
    // Kubernetes writes what is smaller than a Ki, or not whole, as a decimal.
    if form == Form::Binary && nanos % NANO == 0 && nanos.abs() >= 1024 * NANO {
        let (number, step) = reduce(nanos / NANO, 1024, BINARY.len() - 1);
        return format!("{number}{}", BINARY[step]);
    }
    if nanos == 0 {
        return "0".to_owned();
    }
    let (number, step) = reduce(nanos, 1000, DECIMAL.len() - 1);
    match form {
        Form::Exponent if step != 3 => format!("{number}e{}", 3 * i64::try_from(step).unwrap_or_default() - 9),
        _ => format!("{number}{}", DECIMAL[step]),
    }
}

/// Divides by `base` as often as nothing is left over, at most `most` times.
fn reduce(mut number: i128, base: i128, most: usize) -> (i128, usize) {
    let mut step = 0;
    while step < most && number % base == 0 {
        number /= base;
        step += 1;
    }
    (number, step)
}

impl From<&str> for Quantity {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// People write `cpu: 2` and `cpu: 0.5` without quotes.
impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Quantity;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount such as 500m, 2 or 8Gi")
            }
            fn visit_str<E>(self, text: &str) -> Result<Quantity, E> {
                Ok(Quantity(text.to_owned()))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Quantity, E> {
                Ok(Quantity(number.to_string()))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Quantity, E> {
                Ok(Quantity(number.to_string()))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Quantity, E> {
                Ok(Quantity(number.to_string()))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number"], "description": "An amount such as 500m, 2 or 8Gi."})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_a_server_keeps_them() {
        for (written, kept) in [
            ("0.5", "500m"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("1000m", "1"),
            ("1000", "1k"),
            ("2", "2"),
            ("0.1", "100m"),
            (".5", "500m"),
            ("1.", "1"),
            ("+3", "3"),
            ("-0.5", "-500m"),
            ("0", "0"),
            ("0Gi", "0"),
            ("512Ki", "512Ki"),
            ("0.5Ki", "512"),
            ("1e3", "1e3"),
            ("12e4", "120e3"),
            ("1e0", "1"),
            ("100000k", "100M"),
            ("0.0000000001", "1n"),
            ("5Ei", "5Ei"),
        ] {
            assert_eq!(Quantity::from(written).canonical().as_deref(), Ok(kept), "{written}");
            assert_eq!(Quantity::from(kept).canonical().as_deref(), Ok(kept), "{kept} again");
        }
        for wrong in ["", "8Gib", "Gi", "1..2", "1.2.3", "8 Gi", "e3", "1e", "--1", "0x10"] {
            assert!(Quantity::from(wrong).canonical().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_number_without_quotes_is_an_amount() {
        let read = |yaml: &str| serde_saphyr::from_str::<Quantity>(yaml).unwrap().to_string();
        assert_eq!(
            [read("2"), read("0.5"), read("8Gi"), read("'4'")],
            ["2", "0.5", "8Gi", "4"]
        );
    }
}
