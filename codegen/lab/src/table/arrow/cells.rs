//! Columns of numbers and of words.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{self, ArrowPrimitiveType};
use arrow_schema::DataType;

/// Whether a column can hold labels.
pub(super) fn is_label(kind: &DataType) -> bool {
    is_number(kind) || matches!(kind, DataType::Utf8 | DataType::LargeUtf8)
}

pub(super) fn is_number(kind: &DataType) -> bool {
    let others = matches!(
        kind,
        DataType::Boolean | DataType::Null | DataType::Decimal128(_, _)
    );
    kind.is_integer() || kind.is_floating() || others
}

/// The labels of a column that [`is_label`]; null is an empty one.
pub(super) fn words(array: &dyn Array) -> Vec<String> {
    let word = |word: Option<&str>| word.unwrap_or_default().to_string();
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().map(word).collect(),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().map(word).collect(),
        _ => {
            let number = |number: f64| {
                if number.is_nan() {
                    String::new()
                } else {
                    number.to_string()
                }
            };
            numbers(array).into_iter().map(number).collect()
        }
    }
}

/// The numbers of a column that [`is_number`]; null is NaN, like an empty cell, and `true` is 1.
pub(super) fn numbers(array: &dyn Array) -> Vec<f64> {
    match array.data_type() {
        DataType::Boolean => {
            let values = array.as_boolean().iter();
            values
                .map(|value| value.map_or(f64::NAN, |value| f64::from(u8::from(value))))
                .collect()
        }
        DataType::Int8 => primitive::<types::Int8Type>(array, f64::from),
        DataType::Int16 => primitive::<types::Int16Type>(array, f64::from),
        DataType::Int32 => primitive::<types::Int32Type>(array, f64::from),
        DataType::Int64 => primitive::<types::Int64Type>(array, |value| value as f64),
        DataType::UInt8 => primitive::<types::UInt8Type>(array, f64::from),
        DataType::UInt16 => primitive::<types::UInt16Type>(array, f64::from),
        DataType::UInt32 => primitive::<types::UInt32Type>(array, f64::from),
        DataType::UInt64 => primitive::<types::UInt64Type>(array, |value| value as f64),
        DataType::Float16 => primitive::<types::Float16Type>(array, |value| value.to_f64()),
        DataType::Float32 => primitive::<types::Float32Type>(array, f64::from),
        DataType::Float64 => primitive::<types::Float64Type>(array, |value| value),
        DataType::Decimal128(_, scale) => {
            let unit = libm::pow(10.0, f64::from(*scale));
            let unscaled = primitive::<types::Decimal128Type>(array, |value| value as f64);
            unscaled.into_iter().map(|value| value / unit).collect()
        }
        _ => vec![f64::NAN; array.len()],
    }
}

fn primitive<T: ArrowPrimitiveType>(array: &dyn Array, number: fn(T::Native) -> f64) -> Vec<f64> {
    let values = array.as_primitive::<T>();
    if values.null_count() == 0 {
        return values.values().iter().map(|value| number(*value)).collect();
    }
    let values = values.iter();
    values.map(|value| value.map_or(f64::NAN, number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::Decimal128Array;

    #[test]
    fn a_decimal_is_its_digits_by_its_scale() {
        let cents = Decimal128Array::from(vec![Some(12_345), None, Some(-5)]);
        let cents = cents.with_precision_and_scale(10, 2).unwrap();
        assert!(is_number(cents.data_type()));
        let found = numbers(&cents);
        assert!(found[0] == 123.45 && found[1].is_nan() && found[2] == -0.05);
    }
}
