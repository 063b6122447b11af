//! Signatures of blobs: Ed25519, keys in PEM as `openssl genpkey -algorithm ed25519` writes them.

use ed25519_compact::{PublicKey, SecretKey, Signature};
use nice_flow_codegen::module::blob::{put_signature, signed_bytes};
use nice_flow_codegen::{Error, Result, reading};
use std::fs::File;
use std::path::Path;

/// The longest key file that is read.
const MOST: u64 = 1 << 16;

/// Signs a [blob](nice_flow_codegen::module::blob) with the Ed25519 secret key in a PEM file; an error names the file.
pub fn sign(blob: &mut [u8], key: &Path) -> Result<()> {
    let secret = SecretKey::from_pem(&text(key)?).map_err(|_| {
        let message = "expected an Ed25519 secret key in PEM, such as `openssl genpkey -algorithm ed25519 -out key.pem` writes";
        Error::file(key, message)
    })?;
    let signature = secret.sign(signed_bytes(blob), None);
    put_signature(blob, *signature);
    Ok(())
}

/// A key that says whose a signature is.
pub(super) struct Public(PublicKey);

/// The public key in a file.
pub(super) fn public_key(key: &Path) -> Result<Public> {
    let public = PublicKey::from_pem(&text(key)?).map_err(|_| {
        let message = "expected an Ed25519 public key in PEM, such as `openssl pkey -in key.pem -pubout` writes";
        Error::file(key, message)
    })?;
    Ok(Public(public))
}

impl Public {
    /// Whether the signature of a blob is by the owner of this key.
    pub(super) fn signed(&self, blob: &[u8], signature: [u8; 64]) -> bool {
        let signature = Signature::new(signature);
        self.0.verify(signed_bytes(blob), &signature).is_ok()
    }
}

fn text(path: &Path) -> Result<String> {
    let file = File::open(path).map_err(|error| Error::caused_in(path, error))?;
    let bytes = reading::whole(file, MOST).map_err(|error| Error::caused_in(path, error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
