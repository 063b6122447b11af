//! Every checkpoint of `../shared/checkpoints`, read by its manifest and by its layout, against its library.
#![cfg(feature = "cli")]

use nice_flow_codegen::checkpoint::{Checkpoint, Tensor};
use nice_flow_codegen::import::{Imported, Manifest, import};
use nice_flow_codegen::ir::{Flow, Layer};
use nice_flow_codegen::score::{Numeric, score};
use nice_flow_codegen::{Model, Result};
use std::path::{Path, PathBuf};

#[path = "fixtures/rewritten.rs"]
mod rewritten;

use rewritten::rewritten;

const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/checkpoints");

/// Case, manifest, file. Manifests of pickles, HDF5 and records also serve the npz of the same names.
const MANIFESTS: [(&str, &str, &str); 24] = [
    ("daksh_d4_logistic", "manifest.toml", "70.pt"),
    ("daksh_d4_logistic", "manifest.toml", "whole_module.pt"),
    ("distrax_d6_affine", "manifest.toml", "params.npz"),
    ("flowjax_d4_additive", "manifest.toml", "flow.eqx"),
    ("flowjax_d4_additive", "manifest_npz.toml", "flow.npz"),
    ("flowjax_d8_affine", "manifest.toml", "flow.npz"),
    (
        "fmu2_d8_logistic",
        "manifest.toml",
        "motor_bs256_logistic_cp4_md32_hd3_iter4000.tar",
    ),
    (
        "fmu2_d8_logistic",
        "manifest.toml",
        "motor_bs256_logistic_cp4_md32_hd3_iter4000_cuda.tar",
    ),
    (
        "fmu2_d8_logistic",
        "manifest.toml",
        "motor_bs256_logistic_cp4_md32_hd3_iter4000_legacy.tar",
    ),
    ("freia_d13_glow_allinone", "manifest.toml", "inn_wine.pt"),
    ("freia_d8_nice", "manifest.toml", "inn.pt"),
    (
        "keras_d8_bojone",
        "manifest.toml",
        "weights_in_get_weights_order.npz",
    ),
    ("nflows_d13_additive_lu", "manifest.toml", "nflows_wine.pt"),
    ("nflows_d8_realnvp", "manifest.toml", "simple_realnvp.pt"),
    ("normflows_d13_glowish", "manifest.toml", "wine_flow.pth"),
    ("normflows_d4_additive", "manifest.toml", "model.pth"),
    (
        "normflows_d4_additive",
        "manifest.toml",
        "model_strided.pth",
    ),
    (
        "normflows_d4_additive",
        "manifest.toml",
        "model.safetensors",
    ),
    ("normflows_d6_masked_f64", "manifest.toml", "realnvp.pth"),
    (
        "paultsw_d64_logistic",
        "manifest.toml",
        "nice.digits.l_3.h_40.p_logistic.e_60.cpu.pt",
    ),
    ("senya_d2_realnvp", "manifest.toml", "flow.pth"),
    ("zuko_d4_nice_additive", "manifest.toml", "nice.pt"),
    ("zuko_d4_nice_additive", "manifest.toml", "nice.safetensors"),
    ("zuko_d8_nice_default", "manifest.toml", "zuko_nice.pth"),
];

fn shared(case: &str, file: &str) -> Option<PathBuf> {
    let path = Path::new(SHARED).join(case).join(file);
    if !path.exists() {
        println!("skipped: no {}", path.display());
    }
    path.exists().then_some(path)
}

/// The manifest for the file at hand.
fn manifest(path: &Path) -> Result<Manifest> {
    let text = std::fs::read_to_string(path).unwrap();
    let text = with_positions(&with_mask(&text));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifest.toml");
    std::fs::write(&path, text).unwrap();
    Manifest::open(&path)
}

/// Names of Keras replaced by places in `get_weights()`, which has the order of the ops.
fn with_positions(text: &str) -> String {
    let names = text.split('"').filter(|name| name.starts_with("layers/"));
    let mut replaced = text.to_owned();
    for (place, name) in names.enumerate() {
        replaced = replaced.replace(&format!("\"{name}\""), &format!("\"arr_{place}\""));
    }
    replaced
}

/// The mask that senya's file holds and its manifest does not name, last row first.
fn with_mask(text: &str) -> String {
    let law = "law = \"affine\"\n";
    let mut parts = text.split(law);
    if !text.contains("senya") {
        return text.to_owned();
    }
    let first = parts.next().unwrap().to_owned();
    parts.zip((0..6).rev()).fold(first, |text, (part, row)| {
        text + law
            + &format!("mask_tensor = {{ key = \"mask\", index = {row} }}\n")
            + "mask_one = \"cond\"\n"
            + part
    })
}

fn by_manifest(case: &str, toml: &str, file: &str) -> Option<Imported> {
    let (toml, file) = (shared(case, toml)?, shared(case, file)?);
    let checkpoint = Checkpoint::open(&file).unwrap();
    Some(manifest(&toml).unwrap().import(&checkpoint).unwrap())
}

fn rows(tensor: &Tensor) -> impl Iterator<Item = &[f64]> {
    tensor.data.chunks(tensor.shape[1])
}

fn densities(flow: &Flow, x: &Tensor, theirs: &Tensor) -> f64 {
    let pairs = rows(x).zip(&theirs.data);
    let off = pairs.map(|(x, theirs)| (flow.log_density(x) - theirs).abs() / (1.0 + theirs.abs()));
    off.fold(0.0, worse)
}

/// The larger; NaN if one is.
fn worse(a: f64, b: f64) -> f64 {
    if a > b || a.is_nan() { a } else { b }
}

fn apart(ours: &[f64], theirs: &[f64]) -> f64 {
    let pairs = ours.iter().zip(theirs);
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, worse)
}

/// `ln p` in both units, `z`, the inverse, and `ln p` of the generated module are those of the library.
fn agrees(label: &str, model: &Model, reference: &Path) {
    let reference = Checkpoint::open(reference).unwrap();
    let array = |name: &str| &reference.tensors[name];
    let (x, theirs) = (array("x_model"), array("log_prob_model"));
    let density = densities(&model.flow, x, theirs);
    let mut raw = 0.0;
    if model.preprocessing.is_some() {
        raw = densities(&model.raw_flow(), array("x_raw"), array("log_prob_raw"));
    }

    let latent = rows(x).zip(rows(array("z"))).map(|(x, theirs)| {
        let mut z = x.to_vec();
        model.flow.forward(&mut z);
        let size = theirs.iter().fold(1.0_f64, |size, z| size.max(z.abs()));
        apart(&z, theirs) / size
    });
    let latent = latent.fold(0.0, worse);
    let inverse = rows(array("z_gen"))
        .zip(rows(array("x_gen_model")))
        .map(|(z, theirs)| {
            let mut x = z.to_vec();
            model.flow.inverse(&mut x);
            apart(&x, theirs)
        });
    let inverse = inverse.fold(0.0, worse);

    let (x, theirs) = match model.preprocessing {
        Some(_) => (array("x_raw"), array("log_prob_raw")),
        None => (x, theirs),
    };
    let single = score(model, &x.data, Numeric::F32, &|_| ())
        .unwrap()
        .to_f64();
    let pairs = single.iter().zip(&theirs.data);
    let single = pairs.map(|(score, theirs)| (-score - theirs).abs() / (1.0 + theirs.abs()));
    let single = single.fold(0.0, worse);

    println!(
        "{label:70} ln p {density:.1e}, raw {raw:.1e}, z {latent:.1e}, x {inverse:.1e}, f32 {single:.1e}"
    );
    assert!(density <= 1e-9 && raw <= 1e-9, "{label}");
    assert!(latent <= 1e-8 && inverse <= 1e-8, "{label}");
    let affine = |layer: &Layer| matches!(layer, Layer::Coupling(c) if c.scale.is_some());
    let affine = model.flow.layers.iter().any(affine);
    assert!(single <= if affine { 1e-4 } else { 2e-5 }, "{label}");

    if let Some(x) = reference.tensors.get("x_raw_nonfinite") {
        let scores = score(model, &x.data, Numeric::F32, &|_| ()).unwrap();
        assert!(scores.verdicts(None).iter().all(|anomalous| *anomalous));
    }
}

#[test]
fn manifests_give_the_densities_of_their_libraries() {
    for (case, toml, file) in MANIFESTS {
        if let Some(imported) = by_manifest(case, toml, file) {
            let label = format!("{case}/{file}");
            agrees(
                &label,
                &imported.model,
                &Path::new(SHARED).join(case).join("reference.npz"),
            );
        }
    }
}

/// Layout, case, file. Standardisation is not in the files and comes from the manifests.
const LAYOUTS: [(&str, &str, &str); 4] = [
    (
        "paultsw",
        "paultsw_d64_logistic",
        "nice.digits.l_3.h_40.p_logistic.e_60.cpu.pt",
    ),
    ("daksh", "daksh_d4_logistic", "70.pt"),
    ("daksh", "daksh_d4_logistic", "whole_module.pt"),
    ("senya", "senya_d2_realnvp", "flow.pth"),
];

#[test]
fn layouts_give_the_densities_of_their_libraries() {
    for (layout, case, file) in LAYOUTS {
        let (Some(path), Some(toml)) = (shared(case, file), shared(case, "manifest.toml")) else {
            continue;
        };
        let checkpoint = Checkpoint::open(&path).unwrap();
        let mut model = import(&checkpoint, None, &[]).unwrap().model;
        assert_eq!(rewritten(&checkpoint, &[]), model.flow);
        assert_eq!(model.origin.layout, layout);
        let by_manifest = manifest(&toml).unwrap().import(&checkpoint).unwrap().model;
        model.preprocessing = by_manifest.preprocessing;
        agrees(
            &format!("{layout}: {file}"),
            &model,
            &path.with_file_name("reference.npz"),
        );
    }
}
