//! What a blob and a firmware must have in common.

use crate::Model;
use crate::module::Lowered;
use crate::module::emit::Extras;
use crate::module::fixed::score_type;
use nice_flow::blob::LAYOUT_VERSION;

/// The parameters of the runtime's `Package` and `Contents` behind the model's type.
pub fn parameters(lowered: &Lowered, extras: &Extras) -> String {
    let element = if lowered.takes_counts() { "i32" } else { "f32" };
    let nats = lowered.fraction().map_or("f32".into(), score_type);
    let [usual, knots, golden, spread] = extras.sizes();
    format!("{element}, {nats}, D, {usual}, {knots}, {golden}, {spread}")
}

/// A fingerprint of the type of a package, and of what its model takes: the order and names of inputs, the front end, the
/// baseline, what is missing. A model that differs in one of these cannot take the place of another.
pub fn layout(model: &Model, lowered: &Lowered, extras: &Extras) -> u64 {
    let front = model.front_end.as_ref();
    let text = format!(
        "{LAYOUT_VERSION}\n{}\n{}\n{:?}\n{}\n{:?}\n{:?}\n{:?}",
        lowered.type_name(),
        parameters(lowered, extras),
        model.features,
        model.channels,
        front.map(|front| (front.expression(), front.rate, &front.unit)),
        model.baseline.map(|baseline| baseline.shift()),
        model.missing.to_string(),
    );
    fnv(text.as_bytes())
}

/// The hash FNV-1a.
pub fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::fnv;

    #[test]
    fn the_hash_is_the_usual_one() {
        assert_eq!(fnv(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
