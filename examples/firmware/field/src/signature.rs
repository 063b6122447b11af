//! Who may make models for this board: with one of the features `salty` and `ed25519-compact`, only the owner of a key.
//!
//! `salty` is the smaller on a Cortex-M3 and up, `ed25519-compact` on a Cortex-M0+, where the other takes fifteen times as many instructions.

use nice_flow::blob::Signed;

/// The public key: `openssl pkey -in key.pem -pubout -outform DER | tail -c 32 > model/public.key`.
#[cfg(any(feature = "salty", feature = "ed25519-compact"))]
static KEY: &[u8; 32] = include_bytes!("../model/public.key");

/// Whether the owner of the key signed this.
#[cfg(feature = "salty")]
pub fn is_genuine(signed: Signed) -> bool {
    let signature = salty::Signature::from(signed.signature);
    let key = salty::PublicKey::try_from(KEY);
    key.is_ok_and(|key| key.verify(signed.bytes, &signature).is_ok())
}

/// Whether the owner of the key signed this.
#[cfg(all(feature = "ed25519-compact", not(feature = "salty")))]
pub fn is_genuine(signed: Signed) -> bool {
    let signature = ed25519_compact::Signature::new(*signed.signature);
    let key = ed25519_compact::PublicKey::new(*KEY);
    key.verify(signed.bytes, &signature).is_ok()
}

/// Whoever can send a model may.
#[cfg(not(any(feature = "salty", feature = "ed25519-compact")))]
pub fn is_genuine(_: Signed) -> bool {
    true
}

/// Says that a package counts as it was sent, and that it does not once a bit of what was signed, or of the signature, is another.
#[cfg(any(feature = "salty", feature = "ed25519-compact"))]
pub fn show(package: &[u8]) -> Option<()> {
    let genuine = Signed::of(package)?;
    let mut signature = *genuine.signature;
    signature[5] ^= 1;
    let forged = Signed {
        signature: &signature,
        ..genuine
    };
    let shorter = Signed {
        bytes: genuine.bytes.split_last()?.1,
        ..genuine
    };
    let [genuine, forged, shorter] = [genuine, forged, shorter].map(is_genuine);
    cortex_m_semihosting::hprintln!("signed: {genuine}, forged: {forged}, cut: {shorter}");
    (genuine && !forged && !shorter).then_some(())
}
