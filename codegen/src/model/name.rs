//! Names of models, which must be valid Rust identifiers.

use std::path::Path;

/// The stem of the file's name as an identifier.
pub fn identifier(path: &Path) -> String {
    legal(&path.file_stem().unwrap_or_default().to_string_lossy())
}

/// The name with an underscore in place of each character that an identifier cannot have.
pub fn legal(name: &str) -> String {
    let legal = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = name.chars().map(legal).collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name
    } else {
        format!("model_{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_identifiers() {
        assert_eq!(identifier(Path::new("a/pump-2.v1.pt")), "pump_2_v1");
        assert_eq!(identifier(Path::new("70.pt")), "model_70");
        assert_eq!(identifier(Path::new("größe.pt")), "gr__e");
    }
}
