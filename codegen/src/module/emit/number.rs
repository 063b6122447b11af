//! Numbers as text that parses back to the same bits.

use super::code::Code;
use crate::module::fixed::{bits, score_type};
use std::fmt::{Debug, Write};

/// A number as `f32` or, if there is a `fraction`, as the bits of a fixed-point number with that many fractional bits.
pub(super) fn number(value: f64, fraction: Option<u32>) -> String {
    match fraction {
        None => float(value as f32),
        Some(fraction) => bits(value, fraction).to_string(),
    }
}

/// A number of nats, as a value of [`nats_type`].
pub(super) fn nats(value: f64, fraction: Option<u32>) -> String {
    let number = number(value, fraction);
    match fraction {
        None => number,
        Some(_) => format!("Fixed::from_bits({number})"),
    }
}

/// The type that counts nats: `f32` or, if there is a `fraction`, that of fixed-point numbers.
pub(super) fn nats_type(fraction: Option<u32>) -> String {
    fraction.map_or("f32".into(), score_type)
}

/// A number that the module takes: a count or `f32`.
pub(super) fn input(value: f64, is_count: bool) -> String {
    match is_count {
        true => (value as i32).to_string(),
        false => float(value as f32),
    }
}

/// The type of [`input`].
pub(super) fn input_type(is_count: bool) -> &'static str {
    if is_count { "i32" } else { "f32" }
}

/// A list on one line.
pub(super) fn floats(values: &[f32]) -> Code {
    let mut text = String::from("[");
    for (index, value) in values.iter().enumerate() {
        text += if index == 0 { "" } else { ", " };
        write_float(&mut text, *value);
    }
    Code::Line(text + "]")
}

/// One number.
pub(super) fn float(value: f32) -> String {
    let mut text = String::new();
    write_float(&mut text, value);
    text
}

/// An integer, or a list of them on one line.
pub(super) fn integer(value: impl Debug) -> Code {
    Code::Line(format!("{value:?}"))
}

/// An array with `length` values per line.
pub(super) fn rows<T>(values: &[T], length: usize, row: impl Fn(&[T]) -> Code) -> Code {
    Code::array(values.chunks(length.max(1)).map(row).collect::<Vec<_>>())
}

/// A list with a line of text for each of its parts that is not empty.
pub(super) fn joined<'a, T: Copy + 'a>(
    parts: impl Iterator<Item = &'a [T]>,
    number: impl Fn(T) -> String,
) -> Code {
    let line = |part: &[T]| {
        let numbers: Vec<_> = part.iter().copied().map(&number).collect();
        Code::Line(numbers.join(", "))
    };
    let parts = parts.filter(|part| !part.is_empty());
    Code::array(parts.map(line).collect::<Vec<_>>())
}

/// Writes the shortest text that parses back to the same bits.
fn write_float(text: &mut String, value: f32) {
    match value {
        f32::INFINITY => *text += "f32::INFINITY",
        f32::NEG_INFINITY => *text += "f32::NEG_INFINITY",
        finite => drop(write!(text, "{finite:?}")), // writing to a string cannot fail
    }
}
