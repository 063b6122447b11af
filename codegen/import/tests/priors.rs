//! Priors of manifests, against log-densities that `torch.distributions` printed in double precision.

use nice_flow_codegen::flow::ir::{Layer, Prior};
use nice_flow_import::checkpoint::{Checkpoint, Container, Element, Tensor};
use nice_flow_import::import::Manifest;
use nice_flow_import::imported::Imported;
use nice_flow_import::probe::{Probe, check, suggest};
use nice_flow_import::rereading;
use std::path::Path;

/// The roots of the covariances, `scale_tril`.
const ROOTS: [f64; 18] = [
    1.5, 0.0, 0.0, 0.4, 0.8, 0.0, -0.3, 0.6, 1.2, 0.7, 0.0, 0.0, -0.5, 1.1, 0.0, 0.2, -0.4, 0.9,
];

/// Rows at which the densities are known.
const ROWS: [[f64; 3]; 3] = [[0.0; 3], [3.0, -1.0, 2.0], [-40.0, 7.0, 0.1]];

/// Of the mixture of both, of the first alone, of a mixture of both means with the first covariance.
const MIXTURE: [f64; 3] = [-7.491671248050172, -5.277970276311294, -879.9307481249845];
const NORMAL: [f64; 3] = [-9.357569824313037, -5.014687879868593, -879.6674656576464];
const TIED: [f64; 3] = [-5.7307526808489815, -5.277671869678056, -758.8251925694289];
/// Of deviations 0.5 and 2, those of a component alike.
const SPHERES: [f64; 3] = [-6.913667535529784, -8.423642707928419, -203.0007896086319];
/// Of 0.7, 4 and 30 degrees of freedom; of 5, standard.
const STUDENT_T: [f64; 3] = [-5.435205316683852, -7.0989160828965385, -15.512550710661882];
const FIVE: [f64; 3] = [-2.9058587671641725, -8.305041683795869, -27.36481454693276];

fn matrix(root: &[f64]) -> nalgebra::DMatrix<f64> {
    nalgebra::DMatrix::from_row_slice(3, 3, root)
}

fn each(of: impl Fn(nalgebra::DMatrix<f64>) -> nalgebra::DMatrix<f64>) -> Vec<f64> {
    let matrices = ROOTS.chunks(9).map(|root| of(matrix(root)));
    // All of these matrices are symmetric: their order does not matter.
    matrices
        .flat_map(|matrix| matrix.as_slice().to_vec())
        .collect()
}

fn checkpoint() -> Checkpoint {
    let covariance = each(|root| &root * root.transpose());
    let precision = each(|root| (&root * root.transpose()).try_inverse().unwrap());
    let below = |root: &[f64]| [root[3], root[6], root[7]];
    let diagonal = |root: &[f64]| [root[0], root[4], root[8]].map(|scale| (scale - 1e-6).ln());
    let (first, second) = ROOTS.split_at(9);
    let tensors: [(&str, &[usize], Vec<f64>); 18] = [
        ("covariance", &[2, 3, 3], covariance.clone()),
        ("precision", &[1, 2, 3, 3], precision),
        ("scale_tril", &[2, 3, 3], ROOTS.to_vec()),
        ("one_tril", &[3, 3], first.to_vec()),
        ("one_covariance", &[3, 3], covariance[..9].to_vec()),
        ("tied_tril", &[1, 3, 3], first.to_vec()),
        ("below", &[2, 3], [below(first), below(second)].concat()),
        (
            "diagonal",
            &[2, 3],
            [diagonal(first), diagonal(second)].concat(),
        ),
        ("loc", &[2, 3], vec![1.0, -2.0, 0.5, -1.0, 0.0, 2.0]),
        ("one_loc", &[3], vec![1.0, -2.0, 0.5]),
        ("logits", &[2], vec![0.3, -0.9]),
        ("probs", &[2], vec![0.7685247834990178, 0.23147521650098235]),
        ("radius", &[2, 1], vec![0.5, 2.0]),
        ("df", &[3], vec![0.7, 4.0, 30.0]),
        ("log_df", &[], vec![5f64.ln()]),
        ("raw_df", &[1], vec![5f64.exp_m1().ln()]),
        ("scale", &[3], vec![0.5, 2.0, 1.0]),
        ("turned", &[3, 3], matrix(first).as_slice().to_vec()),
    ];
    let tensors = tensors.map(|(name, shape, data)| {
        let shape = shape.to_vec();
        let element = Element::F64;
        let tensor = Tensor {
            element,
            shape,
            data,
        };
        (name.to_owned(), tensor)
    });
    Checkpoint {
        path: "own.pt".into(),
        sha256: "0".repeat(64),
        container: Container::Torch,
        tensors: tensors.into(),
        config: Default::default(),
        order: vec![],
        notes: vec![],
        fitted: vec![],
    }
}

/// The model of a manifest with this prior and no layers, or the error.
fn import(prior: &str) -> Result<Imported, String> {
    let checkpoint = checkpoint();
    let words: Vec<&str> = prior.split('"').collect();
    let idle = checkpoint
        .tensors
        .keys()
        .filter(|name| !words.contains(&name.as_str()));
    let idle: Vec<String> = idle.map(|name| format!("\"{name}\"")).collect();
    let text = format!(
        "schema = \"nice-manifest/1\"\nname = \"own\"\ndim = 3\ndirection = \"x_to_z\"\nops = []\n\
         source = {{ container = \"torch\", ignore = [{}] }}\nprior = {{ {prior} }}\n",
        idle.join(", ")
    );
    let manifest = Manifest::from_toml(&text, Path::new("own.toml"));
    let imported = manifest.and_then(|manifest| manifest.import(&checkpoint));
    imported.map_err(|error| error.to_string())
}

#[test]
fn every_form_of_a_prior_has_the_densities_of_torch() {
    let mixture = "kind = \"mixture\", loc_tensor = \"loc\", weight_tensor = \"logits\", ";
    let normal = "kind = \"normal\", loc_tensor = \"one_loc\", ";
    let cases = [
        (format!("{mixture}covariance_tensor = \"covariance\""), MIXTURE),
        (format!("{mixture}precision_tensor = \"precision\""), MIXTURE),
        (format!("{mixture}scale_tril_tensor = \"scale_tril\""), MIXTURE),
        (
            "kind = \"mixture\", loc_tensor = \"loc\", probs_tensor = \"probs\", scale_tril_tensor = \"scale_tril\"".into(),
            MIXTURE,
        ),
        (
            format!("{mixture}log_scale_tensor = \"diagonal\", scale_eps = 1e-6, lower_tensor = \"below\""),
            MIXTURE,
        ),
        (format!("{mixture}scale_tril_tensor = \"tied_tril\""), TIED),
        (format!("{mixture}scale_tensor = \"radius\""), SPHERES),
        (format!("{normal}scale_tril_tensor = \"one_tril\""), NORMAL),
        (format!("{normal}covariance_tensor = \"one_covariance\""), NORMAL),
        (
            "kind = \"student_t\", df_tensor = \"df\", loc_tensor = \"one_loc\", scale_tensor = \"scale\"".into(),
            STUDENT_T,
        ),
        ("kind = \"student_t\", df = 5.0".into(), FIVE),
        (
            "kind = \"student_t\", softplus_df_tensor = \"raw_df\"".into(),
            FIVE,
        ),
        ("kind = \"student_t\", log_df_tensor = \"log_df\"".into(), FIVE),
    ];
    for (prior, expected) in cases {
        let imported = import(&prior).unwrap_or_else(|error| panic!("{prior}: {error}"));
        let flow = &imported.model.members[0].flow;
        for (row, expected) in ROWS.iter().zip(expected) {
            let found = flow.log_density(row);
            let allowed = 1e-12 * (1.0 + expected.abs());
            assert!(
                (found - expected).abs() <= allowed,
                "{prior}: {found} {expected}"
            );
        }
    }
}

#[test]
fn one_covariance_is_a_triangular_layer_before_a_standard_normal() {
    let prior = "kind = \"normal\", loc_tensor = \"one_loc\", scale_tril_tensor = \"one_tril\"";
    let flow = &import(prior).unwrap().model.members[0].flow;
    assert_eq!(flow.prior, Prior::Normal);
    let kinds: Vec<bool> = (flow.layers.iter())
        .map(|layer| matches!(layer, Layer::Triangular(_)))
        .collect();
    assert_eq!(kinds, [false, true]);
}

#[test]
fn what_a_prior_lacks_or_has_too_much_is_named() {
    let mixture = "kind = \"mixture\", loc_tensor = \"loc\", weight_tensor = \"logits\"";
    let cases = [
        (
            "kind = \"student_t\", loc_tensor = \"one_loc\"".to_owned(),
            "own.toml: prior: expected the degrees of freedom of a Student-t prior, by one of df, df_tensor, log_df_tensor and softplus_df_tensor",
        ),
        (
            "kind = \"student_t\", df = 0.0".to_owned(),
            "own.toml: prior.df: expected a positive and finite number (kind = \"normal\" is that of infinitely many), found 0",
        ),
        (
            "kind = \"normal\", df = 3.0".to_owned(),
            "own.toml: prior: expected df, df_tensor, log_df_tensor and softplus_df_tensor with kind = \"student_t\" only, found \"normal\"",
        ),
        (
            "kind = \"student_t\", df = 3.0, scale_tril_tensor = \"one_tril\"".to_owned(),
            "own.toml: prior: expected scale_tril_tensor with kind = \"normal\" or \"mixture\" only, found \"student_t\"",
        ),
        (
            format!("{mixture}, covariance_tensor = \"one_loc\""),
            "own.pt: one_loc: expected shape [3, 3], or [components] before these, found [3]",
        ),
        (
            format!("{mixture}, scale_tril_tensor = \"covariance\""),
            "own.pt: covariance: expected 0 above the diagonal, found 0.6000000000000001 at [0, 1]",
        ),
        (
            "kind = \"normal\", covariance_tensor = \"turned\"".to_owned(),
            "own.pt: turned: expected a symmetric covariance, found 0 at [1, 0] and 0.4 at [0, 1]",
        ),
        (
            "kind = \"normal\", scale_tril_tensor = \"one_tril\", scale_tensor = \"scale\""
                .to_owned(),
            "own.toml: prior: expected one of covariance_tensor, precision_tensor and scale_tril_tensor, without scales, or lower_tensor \
             with log_scale_tensor or scale_tensor",
        ),
        (
            "kind = \"mixture\", loc_tensor = \"loc\", scale_tensor = \"radius\"".to_owned(),
            "own.toml: prior: expected the weights of a mixture: one of weight_tensor (their logarithms) and probs_tensor",
        ),
    ];
    for (prior, expected) in cases {
        assert_eq!(import(&prior).map(|_| ()).unwrap_err(), expected, "{prior}");
    }
}

/// A checkpoint of a library, which these tensors join.
fn with(file: &str, more: &[(&str, &[usize], &[f64])], idle: &[&str]) -> Checkpoint {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/checkpoints");
    let mut checkpoint = Checkpoint::open(&Path::new(folder).join(file)).expect("a fixture");
    for name in idle {
        assert!(checkpoint.tensors.remove(*name).is_some(), "{name}");
    }
    for (name, shape, data) in more {
        let tensor = Tensor {
            element: Element::F64,
            shape: shape.to_vec(),
            data: data.to_vec(),
        };
        checkpoint.tensors.insert((*name).to_owned(), tensor);
    }
    checkpoint
}

fn prior_of(checkpoint: &Checkpoint, set: &[(&str, &str)]) -> Result<Prior, String> {
    let set: Vec<_> = (set.iter())
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .collect();
    let imported = nice_flow_import::import::import(checkpoint, None, &set);
    let imported = imported.map_err(|error| error.to_string())?;
    Ok(imported.model.members[0].flow.prior.clone())
}

#[test]
fn the_bases_of_zuko_are_read() {
    let file = "zuko_d4_nice_additive/nice.safetensors";
    let four: &[f64] = &[1.5, 3.0, 5.0, 30.0];
    let heavy = with(file, &[("base.df", &[4], four)], &[]);
    let Prior::StudentT(found) = prior_of(&heavy, &[]).unwrap() else {
        panic!("Student's t");
    };
    assert_eq!(found.degrees, four);
    let error = prior_of(&heavy, &[("prior", "normal")]).unwrap_err();
    assert!(error.contains("expected --set prior=student_t"), "{error}");

    let (logits, means) = ([0.3, -0.9], [0.5; 8]);
    let shared: [(&str, &[usize], &[f64]); 2] = [
        ("base.phi.0", &[2], &logits),
        ("base.phi.1", &[2, 4], &means),
    ];
    let idle = ["base.loc", "base.scale"];
    let with_scales = |more: &[(&'static str, &'static [usize], &'static [f64])]| {
        prior_of(&with(file, &[&shared[..], more].concat(), &idle), &[]).unwrap()
    };
    let full = with_scales(&[
        ("base.phi.2", &[2, 4], &[0.1; 8]),
        ("base.phi.3", &[2, 6], &[0.2; 12]),
    ]);
    let Prior::FullMixture { components, .. } = full else {
        panic!("full covariances");
    };
    let root = components[1].factor.clone().try_inverse().unwrap();
    assert!(
        (root[(1, 1)] - (0.1f64.exp() + 1e-6)).abs() < 1e-12 && (root[(3, 1)] - 0.2).abs() < 1e-12
    );
    for radius in [
        with_scales(&[("base.phi.2", &[2, 1], &[0.1; 2])]),
        with_scales(&[("base.phi.2", &[1, 1], &[0.1])]),
    ] {
        let Prior::Mixture { components, .. } = radius else {
            panic!("spheres");
        };
        assert_eq!(components[1].precision, [1.0 / (0.1f64.exp() + 1e-6); 4]);
    }
}

#[test]
fn students_t_of_flowjax_is_read_by_name_and_by_place() {
    let raw: &[f64] = &[1.0, 2.0, 3.0, 4.0];
    let named = with(
        "flowjax_d4_additive/flow.npz",
        &[(".base_dist.base_dist.df.args[0]", &[4], raw)],
        &[],
    );
    let mut placed = with("flowjax_d4_additive/flow.eqx", &[], &[]);
    // A size, then the degrees of freedom, before all that the file has.
    let count = placed.tensors.len();
    for i in (0..count).rev() {
        let tensor = placed.tensors.remove(&format!("leaf.{i}")).expect("a leaf");
        placed.tensors.insert(format!("leaf.{}", i + 2), tensor);
    }
    let leaf = |shape: &[usize], data: &[f64]| Tensor {
        element: Element::F64,
        shape: shape.to_vec(),
        data: data.to_vec(),
    };
    placed.tensors.insert("leaf.0".into(), leaf(&[], &[4.0]));
    placed.tensors.insert("leaf.1".into(), leaf(&[4], raw));
    for checkpoint in [named, placed] {
        let Prior::StudentT(found) = prior_of(&checkpoint, &[]).unwrap() else {
            panic!("Student's t");
        };
        for (degrees, raw) in found.degrees.iter().zip(raw) {
            assert!((degrees - raw.exp().ln_1p()).abs() < 1e-14);
        }
    }
}

#[test]
fn a_library_that_stores_no_prior_takes_degrees_of_freedom() {
    let freia = with("freia_d8_nice/inn.pt", &[], &[]);
    let set = |prior| prior_of(&freia, &[("activation", "relu"), ("prior", prior)]);
    let Prior::StudentT(found) = set("student_t:2.5").unwrap() else {
        panic!("Student's t");
    };
    assert_eq!(
        (found.degrees, found.precision),
        (vec![2.5; 8], vec![1.0; 8])
    );
    for wrong in ["student_t", "student_t:0", "student_t:inf", "student_t:x"] {
        let error = set(wrong).unwrap_err();
        assert!(error.contains("student_t:DF"), "{error}");
    }
}

#[test]
fn a_probe_names_the_prior_whose_tensors_a_manifest_ignores() {
    let mut checkpoint = checkpoint();
    let tensors = std::mem::take(&mut checkpoint.tensors).into_iter();
    let kept = tensors.filter(|(name, _)| ["df", "one_loc", "scale"].contains(&name.as_str()));
    let placed = kept.map(|(name, tensor)| (format!("prior.{}", name.replace("one_", "")), tensor));
    checkpoint.tensors = placed.collect();
    let manifest = |source: &str, prior: &str| {
        let text = format!(
            "schema = \"nice-manifest/1\"\nname = \"own\"\ndim = 3\ndirection = \"x_to_z\"\nops = []\n\
             source = {{ container = \"torch\"{source} }}\nprior = {{ {prior} }}\n"
        );
        Manifest::from_toml(&text, Path::new("own.toml")).expect("a manifest")
    };
    let tensors = "kind = \"student_t\", df_tensor = \"prior.df\", loc_tensor = \"prior.loc\", scale_tensor = \"prior.scale\"";
    let right = manifest("", tensors).import(&checkpoint).unwrap().model;
    let mut table = "x0,x1,x2,log_prob\n".to_owned();
    for i in 0..40 {
        let row: Vec<f64> = (0..3).map(|j| 4.0 * f64::from(7 * i + j).sin()).collect();
        let density = right.members[0].flow.log_density(&row);
        table += &format!("{:?},{:?},{:?},{density:?}\n", row[0], row[1], row[2]);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("probe.csv");
    std::fs::write(&path, table).expect("written");
    let probe = Probe::open(&path).expect("a probe");

    let ignored = ", ignore = [\"prior.df\", \"prior.loc\", \"prior.scale\"]";
    let wrong = manifest(ignored, "kind = \"normal\"");
    let imported = wrong.import(&checkpoint).unwrap();
    assert!(check(&imported.model, &probe).is_err());
    let readings = rereading::by_manifest(&checkpoint, &wrong);
    let said = suggest(&imported, &probe, &readings).to_string();
    let expected = "if the prior is the trained one that the manifest ignores (in the manifest: its tensors in [prior]";
    assert!(said.contains(expected), "{said}");
}
