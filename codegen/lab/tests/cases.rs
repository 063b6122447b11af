//! Every checkpoint of `codegen/tests/fixtures/checkpoints`, read by its manifest and by its layout, against its library.

use nice_flow_codegen::Model;
use nice_flow_codegen::flow::ir::Flow;
use nice_flow_import::checkpoint::{Checkpoint, Tensor};
use nice_flow_import::import::import;
use nice_flow_import::imported::Imported;
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::score;
use std::path::Path;

#[path = "../../tests/fixtures/checkpoints.rs"]
mod checkpoints;
#[path = "../../tests/fixtures/rewritten.rs"]
mod rewritten;

use checkpoints::{MANIFESTS, file_of, manifest_of, text_of};
use rewritten::rewritten;

fn by_manifest(case: &str, toml: &str, file: &str) -> Imported {
    let checkpoint = Checkpoint::open(&file_of(case, file)).unwrap();
    let manifest = manifest_of(&text_of(&file_of(case, toml))).unwrap();
    manifest.import(&checkpoint).unwrap()
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
    let density = densities(&model.members[0].flow, x, theirs);
    let mut raw = 0.0;
    if model.members[0].preprocessing.is_some() {
        raw = densities(
            &model.members[0].raw_flow(),
            array("x_raw"),
            array("log_prob_raw"),
        );
    }

    let latent = rows(x).zip(rows(array("z"))).map(|(x, theirs)| {
        let mut z = x.to_vec();
        model.members[0].flow.forward(&mut z);
        let size = theirs.iter().fold(1.0_f64, |size, z| size.max(z.abs()));
        apart(&z, theirs) / size
    });
    let latent = latent.fold(0.0, worse);
    let inverse = rows(array("z_gen"))
        .zip(rows(array("x_gen_model")))
        .map(|(z, theirs)| {
            let mut x = z.to_vec();
            model.members[0].flow.inverse(&mut x);
            apart(&x, theirs)
        });
    let inverse = inverse.fold(0.0, worse);

    let (x, theirs) = match model.members[0].preprocessing {
        Some(_) => (array("x_raw"), array("log_prob_raw")),
        None => (x, theirs),
    };
    let single = score(model, &x.data, Arithmetic::F32, &|_| ())
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
    let affine = model.members[0].flow.is_affine();
    assert!(single <= if affine { 1e-4 } else { 2e-5 }, "{label}");

    if let Some(x) = reference.tensors.get("x_raw_nonfinite") {
        let scores = score(model, &x.data, Arithmetic::F32, &|_| ()).unwrap();
        assert!(scores.verdicts(None).iter().all(|anomalous| *anomalous));
    }
}

#[test]
fn manifests_give_the_densities_of_their_libraries() {
    for (case, toml, file) in MANIFESTS {
        let imported = by_manifest(case, toml, file);
        let label = format!("{case}/{file}");
        agrees(&label, &imported.model, &file_of(case, "reference.npz"));
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
        let (path, toml) = (file_of(case, file), file_of(case, "manifest.toml"));
        let checkpoint = Checkpoint::open(&path).unwrap();
        let mut model = import(&checkpoint, None, &[]).unwrap().model;
        assert_eq!(rewritten(&checkpoint, &[]), model.members[0].flow);
        assert_eq!(model.origin.layout, layout);
        let by_manifest = manifest_of(&text_of(&toml))
            .unwrap()
            .import(&checkpoint)
            .unwrap()
            .model;
        model.members[0].preprocessing = by_manifest.first().preprocessing.clone();
        agrees(
            &format!("{layout}: {file}"),
            &model,
            &path.with_file_name("reference.npz"),
        );
    }
}
