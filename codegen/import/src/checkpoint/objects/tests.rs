//! Pickles whose objects name each other more often than any checkpoint's do, or in a circle: each is read or refused at once.

use super::super::budget::Budget;
use super::super::{Contents, torch};

/// A class or function.
fn global(module: &str, name: &str) -> Vec<u8> {
    format!("c{module}\n{name}\n").into_bytes()
}

/// What puts the value at place `index` of the memo onto the stack.
fn get(index: u32) -> Vec<u8> {
    [b"j", &index.to_le_bytes()[..]].concat()
}

/// What keeps the value on top of the stack at place `index` of the memo.
fn put(index: u32) -> Vec<u8> {
    [b"r", &index.to_le_bytes()[..]].concat()
}

fn numpy_type() -> Vec<u8> {
    [global("numpy", "dtype"), b"X\x02\0\0\0u1\x85R".to_vec()].concat()
}

/// A numpy array of bytes, with instructions that leave its shape and its numbers on the stack.
fn array(shape: &[u8], data: &[u8]) -> Vec<u8> {
    let function = global("numpy.core.multiarray", "_reconstruct");
    [
        &function,
        &b")R(N"[..],
        shape,
        &numpy_type(),
        b"\x89",
        data,
        b"tb",
    ]
    .concat()
}

/// A list of `count` times the value at place 1 of the memo.
fn repeated(value: &[u8], count: usize) -> Vec<u8> {
    let chunk = [&b"("[..], &get(1), &vec![b'2'; 1000 - 1], b"e"].concat();
    let list = [b"]".to_vec(), put(0), value.to_vec(), put(1), b"0".to_vec()].concat();
    [list, chunk.repeat(count / 1000), b".".to_vec()].concat()
}

fn read(pickle: &[u8]) -> Result<Contents, String> {
    let budget = &mut Budget::new(pickle.len());
    torch::root(pickle, &mut torch::Nowhere, budget).map(|(contents, _)| contents)
}

fn refused(pickle: &[u8]) -> String {
    read(pickle).map(|_| ()).unwrap_err()
}

const OVER_AND_OVER: &str = "named over and over, more than a file of";

#[test]
fn a_call_that_is_its_own_argument_holds_no_numbers() {
    let call = [
        b"]".to_vec(),
        put(0),
        b"0".to_vec(),
        global("m", "f"),
        get(0),
        b"R".to_vec(),
    ];
    let call = [
        call.concat(),
        put(1),
        b"0".to_vec(),
        get(0),
        get(1),
        b"a0".to_vec(),
    ]
    .concat();
    let pickle = [b"\x80\x02", &call[..], &array(b"(K\x01t", &get(1)), b"."].concat();
    assert!(
        refused(&pickle).contains("expected the shape and the numbers of an array, found none")
    );
}

#[test]
fn arrays_of_arrays_that_share_their_elements_are_refused() {
    let mut pickle = [b"\x80\x02K\x01".to_vec(), put(0), b"0".to_vec()].concat();
    for level in 1..=40 {
        let function = global("numpy.core.multiarray", "_reconstruct");
        let twice = [get(level - 1), get(level - 1)].concat();
        let parts = [
            &function,
            &b")R(NNNN]("[..],
            &twice,
            b"etb",
            &put(level),
            b"0",
        ];
        pickle.extend(parts.concat());
    }
    pickle.extend([get(40), b".".to_vec()].concat());
    assert!(pickle.len() < 3000);
    assert!(refused(&pickle).contains(OVER_AND_OVER));
}

#[test]
fn a_tensor_or_a_number_is_not_kept_any_number_of_times() {
    let one = array(b")", b"C\x01\x05");
    assert!(refused(&repeated(&one, 300_000)).contains(OVER_AND_OVER));
    let text = [&b"B\0\0\x10\0"[..], &vec![0; 1 << 20], &b"\x86R"[..]].concat();
    let scalar = [global("numpy", "scalar"), numpy_type(), text].concat();
    assert!(refused(&repeated(&scalar, 10_000)).contains(OVER_AND_OVER));
}

#[test]
fn a_shape_has_no_more_axes_than_numpy_allows() {
    let shape = [&b"(K\x01"[..], &[b'2'; 99], b"t"].concat();
    let error = refused(&[&array(&shape, b"C\x01\x05")[..], b"."].concat());
    assert!(
        error.ends_with("expected at most 64 axes, found 100"),
        "{error}"
    );
}

#[test]
fn lists_may_not_be_longer_than_pickles_of_checkpoints() {
    let many = repeated(b"N", 5_000_000);
    assert!(refused(&many).contains("4000000 elements of lists"));
    assert!(refused(&vec![b'('; 500_000]).contains("more than 400000 values"));
}

#[test]
fn tied_weights_are_read_under_each_name_and_settings_have_a_limit() {
    let tied = read(&repeated(&array(b"(K\x02t", b"C\x02\x05\x07"), 2000)).unwrap();
    assert_eq!(tied.tensors.len(), 2000);
    assert!((tied.tensors.values()).all(|tensor| tensor.data == [5.0, 7.0]));
    let number = [
        global("numpy", "scalar"),
        numpy_type(),
        b"C\x01\x05\x86R".to_vec(),
    ]
    .concat();
    assert_eq!(
        read(&repeated(&number, 20_000)).unwrap().config.len(),
        super::SETTINGS
    );
}
