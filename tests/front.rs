//! Front ends: their bits, and what they promise of frequencies, energies and offsets.

#[path = "models/front_bits.rs"]
mod bits;
#[path = "models/front.rs"]
mod front;

#[test]
fn the_bits_are_those_that_models_were_trained_on() {
    let hashes: Vec<_> = front::CASES
        .iter()
        .map(|(name, hash)| (*name, hash()))
        .collect();
    assert_eq!(hashes, bits::HASHES, "{hashes:#x?}");
}
