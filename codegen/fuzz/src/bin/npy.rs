//! Arrays of numpy: in an npz whose sums are right, stored or deflated, or one after another as Equinox writes them.
#![no_main]

use nice_flow_fuzz::bounds::with_file;
use nice_flow_fuzz::containers::{npy, zip};
use nice_flow_fuzz::seeds::plant;
use nice_flow_fuzz::sound::checkpoint;
use zip::CompressionMethod;

/// How they are kept, then the arrays.
fn seeds() -> Vec<Vec<u8>> {
    let first = npy("<f8", &[2, 3], &[0x3f; 48]);
    let more = [
        "<f4", "<f2", "<i8", "<i4", "<i2", "|i1", "<u8", "<u4", "<u2", "|u1", "|b1",
    ];
    let more = more
        .map(|descr| npy(descr, &[], &[1; 8][..descr[2..].parse().unwrap_or(1)]))
        .concat();
    let fortran = npy("<f4", &[3, 2], &[1; 24]);
    let fortran = String::from_utf8_lossy(&fortran[10..])
        .replace("False, ", "True,  ")
        .into_bytes();
    let records = [
        &first[..],
        &more,
        &npy("<f4", &[3, 2], &[1; 24])[..10],
        &fortran,
    ]
    .concat();
    let kept = |how: u8, bytes: &[u8]| [&[how], bytes].concat();
    vec![kept(0, &first), kept(1, &first), kept(2, &records)]
}

libfuzzer_sys::fuzz_target!(init: plant("npy", seeds()), |bytes: &[u8]| {
    let Some((how, arrays)) = bytes.split_first() else {
        return;
    };
    let npz = |method| zip(&[("a.npy".to_owned(), arrays.to_vec())], method);
    let file = match how % 3 {
        0 => npz(CompressionMethod::Stored),
        1 => npz(CompressionMethod::Deflated),
        _ => arrays.to_vec(),
    };
    let _ = with_file(&file, checkpoint);
});
