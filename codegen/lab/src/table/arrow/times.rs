//! Columns of times.

use super::cells::words;
use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_schema::{DataType, TimeUnit};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use nice_flow_codegen::text::escaped;

/// Whether a column holds times by its type.
pub(super) fn is_time(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64
    )
}

/// The texts of a column that [`is_time`], in universal time as ISO 8601 has it, or of one of numbers or words; empty for
/// null.
pub(super) fn texts(array: &dyn Array) -> Vec<String> {
    const MILLI: i128 = 1_000_000;
    match array.data_type() {
        DataType::Date32 => instants::<Date32Type>(array, 86_400_000 * MILLI),
        DataType::Date64 => instants::<Date64Type>(array, MILLI),
        DataType::Timestamp(TimeUnit::Second, _) => {
            instants::<TimestampSecondType>(array, 1000 * MILLI)
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            instants::<TimestampMillisecondType>(array, MILLI)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            instants::<TimestampMicrosecondType>(array, MILLI / 1000)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            instants::<TimestampNanosecondType>(array, 1)
        }
        _ => {
            let words = words(array).into_iter();
            words.map(|word| escaped(&word).into_owned()).collect()
        }
    }
}

/// Instants that are counted in units of so many nanoseconds from 1970 on.
fn instants<T: ArrowPrimitiveType>(array: &dyn Array, unit: i128) -> Vec<String>
where
    i128: From<T::Native>,
{
    let text = |count: T::Native| {
        let instant = Timestamp::from_nanosecond(i128::from(count) * unit).ok()?;
        let time = TimeZone::UTC.to_datetime(instant);
        Some(time.strftime("%F %T%.f").to_string())
    };
    let counts = array.as_primitive::<T>().iter();
    let texts = counts.map(|count| count.and_then(text));
    texts.map(Option::unwrap_or_default).collect()
}
