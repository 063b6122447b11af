//! Probes and statistics, in npz and CSV, against a model.
#![no_main]

use nice_flow_codegen::Model;
use nice_flow_fuzz::bounds::with_file;
use nice_flow_fuzz::containers::{npy, zip};
use nice_flow_fuzz::models::zuko;
use nice_flow_fuzz::seeds::plant;
use nice_flow_import::probe::{Probe, check};
use nice_flow_import::standardise;
use std::sync::LazyLock;
use zip::CompressionMethod;

static MODEL: LazyLock<Model> = LazyLock::new(zuko);

/// Which kind, then a CSV or one array; an npz is made of it.
fn seeds() -> Vec<Vec<u8>> {
    let rows = npy("<f8", &[2, 4], &[0x3f; 64]);
    let files: [&[u8]; 4] = [
        b"\0a,b,c,d,log_prob\n1,2,3,4,-2.5\n0,-1,1e3,nan,-inf\n",
        b"\0mean,scale\n1,2\n0,1\n3,0.5\n4,1\n",
        b"\0name,std,mean\nx,2,1\ny,1,1\nz,1,1\nw,1,1\n",
        &[&[1], &rows[..]].concat(),
    ];
    files.map(<[u8]>::to_vec).to_vec()
}

libfuzzer_sys::fuzz_target!(init: plant("probe", seeds()), |bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else {
        return;
    };
    let densities = npy("<f8", &[2], &[0xbf; 16]);
    let npz = |arrays: [(&str, &[u8]); 2]| {
        let members = arrays.map(|(name, bytes)| (format!("{name}.npy"), bytes.to_vec()));
        zip(&members, CompressionMethod::Stored)
    };
    let file = match kind % 4 {
        0 => rest.to_vec(),
        1 => npz([("x", rest), ("log_prob", &densities)]),
        2 => npz([("x_raw", &npy("<f8", &[2, 4], &[0x3f; 64])), ("log_prob_raw", rest)]),
        _ => npz([("mean", rest), ("std", rest)]),
    };
    with_file(&file, |path| {
        if let Ok(probe) = Probe::open(path) {
            let _ = check(&MODEL, &probe);
        }
        let _ = standardise::open(path, 4);
    });
});
