//! A model with all that belongs to it as the bytes that `nice_flow::blob::Package` reads.
//!
//! Fields are written one after another with the rules by which C lays them out, so no compiler is asked.

mod described;
mod fitting;
mod fixed;
mod float;
mod layout;
mod tree;
mod value;

pub use described::{Described, described, is_blob};
pub use fitting::{fitting, has_limits};
pub use layout::{layout, parameters};

use super::emit::Extras;
use super::lowered::{Lowered, LoweredFlow};
use crate::model::{Combination, Threshold, tail};
use crate::module::fixed::bits;
use crate::{Error, Model, Result};
use layout::fnv;
use nice_flow::blob::{CHECKED, Header, MAGIC, SIGNED, crc};
use value::{Value, fill};

/// The bytes of a package. `lowered` must be [in order](Lowered::in_order); its module has the same extras.
///
/// An error if the model has no threshold.
pub fn blob(model: &Model, lowered: &Lowered, extras: &Extras, version: u32) -> Result<Vec<u8>> {
    let contents = contents(model, lowered, extras)?;
    let mut bytes = vec![0; size_of::<Header>()];
    contents.write(&mut bytes);
    fill(8, &mut bytes);
    let header = Header {
        magic: MAGIC,
        crc: 0.into(),
        signature: [0; 64],
        bytes: u32::try_from(bytes.len()).map_err(|_| too_long())?.into(),
        version: version.into(),
        layout: layout(model, lowered, extras).into(),
        id: fnv(&bytes[size_of::<Header>()..]).into(),
    };
    bytes[..size_of::<Header>()].copy_from_slice(header.to_bytes());
    seal(&mut bytes);
    Ok(bytes)
}

fn too_long() -> Error {
    Error::input("--blob", "expected a model below 4 GB")
}

/// Makes the checksum right.
fn seal(blob: &mut [u8]) {
    let sum = crc(&blob[CHECKED..]);
    blob[CHECKED - 4..CHECKED].copy_from_slice(&sum.to_le_bytes());
}

/// What a signature is of.
pub fn signed_bytes(blob: &[u8]) -> &[u8] {
    blob.get(SIGNED..).unwrap_or_default()
}

/// Puts a signature into a blob, whose checksum covers it too.
pub fn put_signature(blob: &mut [u8], signature: [u8; 64]) {
    blob[CHECKED..SIGNED].copy_from_slice(&signature);
    seal(blob);
}

/// The threshold, without which there is no package.
pub fn threshold(model: &Model, lowered: &Lowered) -> Result<Threshold> {
    lowered.threshold(model).ok_or_else(|| {
        let message = "expected a model with a threshold, which `nice-flow calibrate` finds";
        Error::input("--blob", message)
    })
}

/// What stands behind the header.
fn contents(model: &Model, lowered: &Lowered, extras: &Extras) -> Result<Value> {
    let threshold = threshold(model, lowered)?;
    let (needed, of) = model.debounce.map_or((1, 1), |d| (d.needed(), d.of()));
    let usual = extras.usual.iter().flatten().flatten();
    let knots = extras.drift.as_ref().map(|drift| &drift.knots);
    let scores = knots.map_or(vec![], |knots| knots.scores.to_vec());
    let golden = extras.golden.as_ref();
    Ok(Value::Group(vec![
        nats(&[threshold.score], lowered),
        Value::Words(vec![needed, of]),
        inputs(usual, lowered),
        nats(&scores, lowered),
        Value::integer(knots.map_or(0, |knots| knots.step)),
        inputs(golden.iter().flat_map(|golden| &golden.row), lowered),
        nats(
            golden.map_or(&[][..], |golden| std::slice::from_ref(&golden.score)),
            lowered,
        ),
        floats(
            extras
                .spread
                .iter()
                .flat_map(|spread| [&spread.mean, &spread.deviation]),
        ),
        scorer(lowered),
    ]))
}

/// Numbers that the model takes.
fn inputs<'a>(values: impl Iterator<Item = &'a f64>, lowered: &Lowered) -> Value {
    let one = |x: &f64| match lowered.takes_counts() {
        true => *x as i32 as u32,
        false => (*x as f32).to_bits(),
    };
    Value::Words(values.map(one).collect())
}

/// Lists of `f32`, whatever the model takes.
fn floats<'a>(lists: impl Iterator<Item = &'a Vec<f32>>) -> Value {
    Value::Words(lists.flatten().map(|x| x.to_bits()).collect())
}

/// Numbers of nats.
fn nats(values: &[f64], lowered: &Lowered) -> Value {
    let one = |x: &f64| match lowered.fraction() {
        None => (*x as f32).to_bits(),
        Some(fraction) => bits(*x, fraction) as u32,
    };
    Value::Words(values.iter().map(one).collect())
}

/// The model.
fn scorer(lowered: &Lowered) -> Value {
    let flow = |flow: &LoweredFlow| match flow {
        LoweredFlow::Float(module) => float::module(module),
        LoweredFlow::Fixed(module) => fixed::module(module),
    };
    let Some(combination) = lowered.combination() else {
        return flow(lowered.first());
    };
    let flows = Value::Group(lowered.flows().iter().map(flow).collect());
    Value::Group(vec![flows, combined(combination, lowered)])
}

fn combined(combination: &Combination, lowered: &Lowered) -> Value {
    let tail = |one: &tail::Tail| {
        let of = one.constants(combination.weight(), |x| x);
        Value::Group(vec![
            nats(&of.knots, lowered),
            nats(&of.slopes, lowered),
            nats(&[of.step], lowered),
        ])
    };
    match combination.tails() {
        [] => Value::nothing(),
        tails => Value::Group(tails.iter().map(tail).collect()),
    }
}
