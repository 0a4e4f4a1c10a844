//! Numbers, as servers of 12 and 13 write them.

use serde_json::{Map, Value};

/// Numbers as a server of 12 or 13 keeps them: each is a float, whole ones are written without a fraction.
pub fn plain_numbers(object: &mut Map<String, Value>) {
    object.values_mut().for_each(plain_number);
}

fn plain_number(value: &mut Value) {
    const LARGEST_WHOLE: f64 = 1e21;
    match value {
        Value::Object(fields) => plain_numbers(fields),
        Value::Array(items) => items.iter_mut().for_each(plain_number),
        Value::Number(number) => {
            let Some(float) = number.as_f64() else {
                return;
            };
            if float.fract() == 0.0
                && float.abs() < LARGEST_WHOLE
                && let Ok(whole) = format!("{float:.0}").parse()
            {
                *number = whole;
            }
        }
        _ => {}
    }
}
