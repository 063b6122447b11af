//! Instructions of a pickle.

pub fn file(root: Vec<u8>) -> Vec<u8> {
    [&b"\x80\x04"[..], &root, b"."].concat()
}

pub fn text(text: &str) -> Vec<u8> {
    [&[0x8c, text.len() as u8], text.as_bytes()].concat()
}

pub fn int(number: u8) -> Vec<u8> {
    vec![b'K', number]
}

pub fn bytes(bytes: &[u8]) -> Vec<u8> {
    [&b"B"[..], &(bytes.len() as u32).to_le_bytes(), bytes].concat()
}

pub fn tuple(items: &[Vec<u8>]) -> Vec<u8> {
    [&b"("[..], &items.concat(), b"t"].concat()
}

pub fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [&b"]("[..], &items.concat(), b"e"].concat()
}

pub fn dict(items: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let pairs: Vec<u8> = items
        .iter()
        .flat_map(|(k, v)| [text(k), v.clone()].concat())
        .collect();
    [&b"}("[..], &pairs, b"u"].concat()
}

pub fn global(module: &str, name: &str) -> Vec<u8> {
    format!("c{module}\n{name}\n").into_bytes()
}

pub fn call(module: &str, name: &str, arguments: &[Vec<u8>]) -> Vec<u8> {
    [global(module, name), tuple(arguments), b"R".to_vec()].concat()
}

pub fn with_state(object: Vec<u8>, state: Vec<u8>) -> Vec<u8> {
    [object, state, b"b".to_vec()].concat()
}
