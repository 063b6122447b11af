//! Checkpoints of real libraries against the numbers those libraries gave in `f64`.

use nice_flow_codegen::{Error, Model};
use nice_flow_import::checkpoint::{Checkpoint, Element, Tensor, Value};
use nice_flow_import::import::import;
use nice_flow_import::imported::Imported;
use nice_flow_import::imported::Note;
use nice_flow_import::probe;
use nice_flow_import::probe::Probe;
use nice_flow_import::standardise::{self, Beside, Offer};
use std::path::{Path, PathBuf};

#[path = "../../tests/fixtures/npz.rs"]
mod npz;

#[path = "../../tests/fixtures/rewritten.rs"]
mod rewritten;

use rewritten::rewritten;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/zuko_d4");
const CHECKPOINTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/checkpoints");

fn checkpoint(file: &str) -> PathBuf {
    Path::new(CHECKPOINTS).join(file)
}

fn open(path: &Path) -> Imported {
    let checkpoint = Checkpoint::open(path).unwrap();
    let imported = import(&checkpoint, None, &[]).unwrap();
    assert_eq!(rewritten(&checkpoint, &[]), imported.model.members[0].flow);
    imported
}

fn rows(tensor: &Tensor) -> impl Iterator<Item = &[f64]> {
    tensor.data.chunks(tensor.shape[1])
}

/// Densities, latents, log-determinants and inverses are those of the library.
fn matches(model: &Model, reference: &Path) {
    let reference = Checkpoint::open(reference).unwrap();
    let array = |name: &str| &reference.tensors[name];
    let (mut density, mut latent, mut inverse) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (i, x) in rows(array("x_model")).enumerate() {
        let theirs = array("log_prob_model").data[i];
        let difference =
            (model.members[0].flow.log_density(x) - theirs).abs() / (1.0 + theirs.abs());
        density = density.max(difference);

        let mut z = x.to_vec();
        let log_det = model.members[0].flow.forward(&mut z);
        let theirs = array("logdet_flow").data[i];
        assert!((log_det - theirs).abs() <= 1e-9 * (1.0 + theirs.abs()));
        let width = x.len();
        for (z, theirs) in z.iter().zip(&array("z").data[i * width..]) {
            latent = latent.max((z - theirs).abs() / (1.0 + theirs.abs()));
        }
    }
    for (z, x) in rows(array("z_gen")).zip(rows(array("x_gen_model"))) {
        let mut ours = z.to_vec();
        model.members[0].flow.inverse(&mut ours);
        let differences = ours.iter().zip(x).map(|(ours, x)| (ours - x).abs());
        inverse = inverse.max(differences.fold(0.0, f64::max));
    }
    let name = &model.name;
    println!("{name}: ln p {density:.1e} of its size, z {latent:.1e}, x {inverse:.1e}");
    assert!(density <= 1e-9 && latent <= 1e-9 && inverse <= 1e-8);
    assert!(array("x_model").shape[0] > 0 && array("z_gen").shape[0] > 0);
}

fn said(notes: &[Note]) -> Vec<String> {
    notes.iter().map(Note::to_string).collect()
}

#[test]
fn zuko_additive_gives_the_densities_of_zuko() {
    for file in ["nice.safetensors", "nice.pt"] {
        let path = Path::new(FIXTURE).join(file);
        let imported = open(&path);
        matches(&imported.model, &Path::new(FIXTURE).join("reference.npz"));
        assert_eq!(imported.model.name, "nice");
        assert_eq!(imported.model.features, ["x0", "x1", "x2", "x3"]);
        assert_eq!(imported.model.origin.layout, "zuko");
        assert_eq!(imported.model.origin.file, file);
        assert_eq!(imported.model.origin.sha256.len(), 64);
        let notes = [
            "layout: zuko (zuko's or lampe's NICE and MAF)",
            "activation: relu (zuko's default; --set activation=… if yours differs)",
            "couplings: 6 additive, 0 affine, of the masks stored in the file",
            "prior: normal (base.loc, base.scale in the file)",
        ];
        assert_eq!(said(&imported.notes), notes);
    }
}

#[test]
fn zuko_default_gives_the_densities_of_zuko() {
    let path = checkpoint("zuko_d8_nice_default/zuko_nice.pth");
    matches(&open(&path).model, &path.with_file_name("reference.npz"));
}

#[test]
fn fmu2_gives_the_densities_of_fmu2() {
    for vintage in ["", "_cuda", "_legacy"] {
        let name = "fmu2_d8_logistic/motor_bs256_logistic_cp4_md32_hd3_iter4000";
        let path = checkpoint(&format!("{name}{vintage}.tar"));
        let imported = open(&path);
        matches(&imported.model, &path.with_file_name("reference.npz"));
        let notes = [
            "layout: fmu2 (fmu2/NICE)",
            "first: odd (stored in the file)",
            "prior: logistic (stored in the file)",
        ];
        assert_eq!(said(&imported.notes), notes);
        assert_eq!(imported.model.members[0].training["total_iter"], "4000");
    }
}

#[test]
fn probes_in_raw_units_agree_through_the_standardisation() {
    let path = checkpoint("fmu2_d8_logistic/motor_bs256_logistic_cp4_md32_hd3_iter4000.tar");
    let mut model = open(&path).model;
    let reference = Probe::open(&path.with_file_name("reference.npz")).unwrap();
    let without = probe::check(&model, &reference).unwrap();
    assert_eq!((without.rows, without.space), (64, "the model's units"));

    let stats = path.with_file_name("sensor_stats.pt");
    model.members[0].preprocessing = Some(standardise::open(&stats, 8).unwrap());
    let with = probe::check(&model, &reference).unwrap();
    assert_eq!(
        (with.rows, with.space),
        (128, "raw units and the model's units")
    );
    assert!(with.largest < 1e-8, "{}", with.largest);
}

#[test]
fn a_wrong_reading_is_caught_by_the_probe() {
    let path = checkpoint("fmu2_d8_logistic/motor_bs256_logistic_cp4_md32_hd3_iter4000.tar");
    let reference = Probe::open(&path.with_file_name("reference.npz")).unwrap();
    for (key, value) in [("prior", "normal"), ("first", "even")] {
        let set = [(key.to_owned(), value.to_owned())];
        let imported = import(&Checkpoint::open(&path).unwrap(), None, &set).unwrap();
        let note = format!("{key}: {value} (--set; the file says ");
        assert!(said(&imported.notes).iter().any(|n| n.starts_with(&note)));
        let error = probe::check(&imported.model, &reference).unwrap_err();
        assert!(matches!(error, Error::Probe(_)), "{error}");
        println!("{error}");
    }
    // A conditioner of another activation.
    let path = Path::new(FIXTURE).join("nice.pt");
    let reference = Probe::open(&path.with_file_name("reference.npz")).unwrap();
    let set = [("activation".to_owned(), "leaky_relu:0.01".to_owned())];
    let imported = import(&Checkpoint::open(&path).unwrap(), None, &set).unwrap();
    let error = probe::check(&imported.model, &reference).unwrap_err();
    println!("{error}");
    assert!(matches!(error, Error::Probe(_)), "{error}");
}

#[test]
fn whole_modules_have_the_names_of_their_state_dict() {
    let path = checkpoint("daksh_d4_logistic/whole_module.pt");
    let module = Checkpoint::open(&path).unwrap();
    let state = Checkpoint::open(&path.with_file_name("70.pt")).unwrap();
    assert_eq!(module.tensors, state.tensors);
}

#[test]
fn a_strided_tensor_is_read_in_its_logical_order() {
    let path = checkpoint("normflows_d4_additive/model_strided.pth");
    let plain = Checkpoint::open(&path.with_file_name("model.pth")).unwrap();
    let strided = Checkpoint::open(&path).unwrap();
    let packed = Checkpoint::open(&path.with_file_name("model.safetensors")).unwrap();
    assert_eq!(plain.tensors, strided.tensors);
    assert_eq!(plain.tensors, packed.tensors);
}

#[test]
fn probes_computed_in_single_precision_agree() {
    let fixture = Path::new(FIXTURE).join("nice.pt");
    let fmu2 = "fmu2_d8_logistic/motor_bs256_logistic_cp4_md32_hd3_iter4000.tar";
    let zuko = checkpoint("zuko_d8_nice_default/zuko_nice.pth");
    for path in [fixture, checkpoint(fmu2), zuko] {
        let model = open(&path).model;
        let path = path.with_file_name("reference.npz");
        let single = Checkpoint::open(&path).unwrap().tensors["log_prob_model_f32"].clone();
        let mut reference = Probe::open(&path).unwrap();
        reference
            .sets
            .retain(|set| set.units == probe::Units::Model);
        reference.sets[0].log_density = single.data;
        reference.sets[0].single = true;
        let agreement = probe::check(&model, &reference).unwrap();
        println!("{}: {agreement:?}", model.name);
        assert!(agreement.relative <= 1e-5);
    }
}

/// The import of the fixture after a change of its tensors.
fn changed(change: impl FnOnce(&mut Checkpoint)) -> Result<Imported, String> {
    let mut checkpoint = Checkpoint::open(&Path::new(FIXTURE).join("nice.pt")).unwrap();
    checkpoint.path = "model.pt".into();
    change(&mut checkpoint);
    import(&checkpoint, None, &[]).map_err(|error| error.to_string())
}

fn tensor<'a>(checkpoint: &'a mut Checkpoint, name: &str) -> &'a mut Tensor {
    checkpoint.tensors.get_mut(name).unwrap()
}

#[test]
fn wrong_tensors_are_named() {
    let out = "transform.transforms.2.hyper.4.weight";
    let middle = "transform.transforms.2.hyper.2.weight";
    let says = |change: &dyn Fn(&mut Checkpoint)| changed(change).unwrap_err();
    let starts = |change: &dyn Fn(&mut Checkpoint), expected: String| {
        let found = says(change);
        assert!(found.starts_with(&expected), "{found}");
        assert!(found.contains("schema = \"nice-manifest/1\""), "{found}");
    };
    starts(
        &|c| tensor(c, middle).shape = vec![64, 16],
        format!("model.pt: {middle}: expected shape [64, 32], found [64, 16]"),
    );
    starts(
        &|c| tensor(c, out).shape = vec![32, 2],
        format!("model.pt: {out}: expected shape [32, 32], found [32, 2]"),
    );
    starts(
        &|c| tensor(c, out).shape = vec![2, 4, 8],
        format!("model.pt: {out}: expected a linear layer's matrix, found shape [2, 4, 8]"),
    );
    assert_eq!(
        says(&|c| tensor(c, out).data[33] = f64::INFINITY),
        format!("model.pt: {out}: expected finite numbers, found inf at [1, 1]")
    );
    let mask = "transform.transforms.0.mask";
    assert!(says(&|c| tensor(c, mask).data.fill(1.0)).contains("true and false"));
    assert!(says(&|c| tensor(c, "base.scale").data[2] = 0.0).contains("found 0 at [2]"));
    // A gap in the list is a question, and what follows is read.
    let gap = says(&|c| {
        c.tensors
            .retain(|name, _| !name.starts_with("transform.transforms.1."));
    });
    for part in [
        "model.pt: transform.transforms.1: expected a coupling",
        "map = \"?\"",
        "b = \"transform.transforms.2.hyper.0.bias\"",
    ] {
        assert!(gap.contains(part), "{part}: {gap}");
    }
}

#[test]
fn contexts_are_refused() {
    let first = "transform.transforms.0.hyper.0.weight";
    let wide = |c: &mut Checkpoint| {
        *tensor(c, first) = Tensor {
            element: Element::F32,
            shape: vec![32, 5],
            data: vec![0.0; 160],
        };
    };
    assert!(
        changed(wide)
            .unwrap_err()
            .contains("found 3 more: a flow with a context")
    );
}

#[test]
fn the_generations_of_zuko_and_lampe_read_alike() {
    let renamed = |rename: &dyn Fn(&str) -> String| {
        let mut note = vec![];
        let imported = changed(|c| {
            c.tensors = std::mem::take(&mut c.tensors)
                .into_iter()
                .map(|(name, tensor)| (rename(&name), tensor))
                .collect();
        })
        .unwrap();
        note.extend(imported.notes);
        imported.model.members[0].flow.clone()
    };
    let flow = renamed(&str::to_owned);
    let first = |name: &str| {
        name.replace("base.loc", "base._0")
            .replace("base.scale", "base._1")
    };
    assert_eq!(renamed(&first), flow);
    let oldest = |name: &str| first(name).replace("transform.transforms", "transforms");
    assert_eq!(renamed(&oldest), flow);
    assert_eq!(renamed(&|name| format!("flow.{name}")), flow);
    assert_eq!(
        renamed(&|name| format!("state_dict.model.members[0].flow.{name}")),
        flow
    );
}

#[test]
fn statistics_in_python_lists_are_named_like_arrays() {
    let with = |lists: &[(&str, usize)]| {
        let imported = changed(|checkpoint| {
            for (name, count) in lists {
                for i in 0..*count {
                    let number = Value::Number(1.0 + i as f64);
                    checkpoint.config.insert(format!("{name}.{i}"), number);
                }
            }
        });
        imported.unwrap().statistics
    };
    let taken = |found: Option<Beside>| found.map(|found| (found.what, found.offer));
    assert_eq!(
        taken(with(&[("stats.mean", 4), ("stats.std", 4)])),
        Some(("stats.mean and stats.std".into(), Offer::Taken))
    );
    assert_eq!(with(&[("mean", 3), ("std", 4)]), None);
    assert_eq!(with(&[]), None);
}

#[test]
fn a_trained_base_is_a_diagonal_normal() {
    let imported = changed(|c| tensor(c, "base.scale").data[1] = 4.0).unwrap();
    let prior = &imported.model.members[0].flow.prior;
    assert_eq!(prior.kind(), "diagonal normal");
    let missing = changed(|c| c.tensors.retain(|name, _| !name.starts_with("base."))).unwrap_err();
    assert!(
        missing.contains("expected prior, which the file does not store"),
        "{missing}"
    );
    assert!(missing.contains("prior=normal"), "{missing}");
}

#[test]
fn a_bare_state_dict_of_fmu2_asks_for_what_it_lacks() {
    let path = checkpoint("fmu2_d8_logistic/motor_bs256_logistic_cp4_md32_hd3_iter4000.tar");
    let mut bare = Checkpoint::open(&path).unwrap();
    bare.config.clear();
    let error = import(&bare, None, &[]).unwrap_err().to_string();
    println!("{error}");
    for part in ["expected first", "first=odd|even", "prior=logistic|normal"] {
        assert!(error.contains(part), "{error}");
    }
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let set = [pair("first", "odd"), pair("prior", "logistic")];
    let imported = import(&bare, None, &set).unwrap();
    matches(&imported.model, &path.with_file_name("reference.npz"));
    assert_eq!(
        said(&imported.notes)[1..],
        ["first: odd (--set)", "prior: logistic (--set)"]
    );

    let wrong = |set: &[_]| import(&bare, None, set).unwrap_err().to_string();
    assert!(
        wrong(&[pair("prior", "cauchy"), pair("first", "odd")])
            .ends_with("expected prior=logistic|normal|student_t:DF, found cauchy")
    );
    let unknown = wrong(&[pair("activation", "tanh")]);
    assert!(
        unknown.contains("expected --set first=odd|even"),
        "{unknown}"
    );
    assert!(wrong(&[pair("first", "odd"), pair("first", "odd")]).contains("found it twice"));
}

#[test]
fn standardisations_are_read_from_npz_or_say_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stats.npz");
    let read = |arrays: &[(&str, &[u64], &[f64])]| {
        npz::write(&path, arrays);
        standardise::read(path.to_str().unwrap(), 2).map_err(|error| error.to_string())
    };
    let mean: (&str, &[u64], &[f64]) = ("mean", &[1, 2], &[1.0, 2.0]);
    let diagonal = read(&[mean, ("std", &[2], &[0.5, 4.0])]).unwrap();
    assert_eq!(
        (diagonal.center, diagonal.factor),
        (vec![1.0, 2.0], vec![2.0, 0.25])
    );
    let says = |arrays: &[_]| read(arrays).unwrap_err();
    assert!(
        says(&[mean])
            .contains("expected an array `scale`, `std` or `var`, found neither among mean")
    );
    assert!(
        says(&[("std", &[2], &[1.0, 1.0])])
            .contains("expected an array `mean`, found none among std")
    );
    let wide = says(&[mean, ("scale", &[3], &[1.0; 3])]);
    assert!(
        wide.ends_with("stats.npz: scale: expected shape [2] or [1, 2], found [3]"),
        "{wide}"
    );
    let zero = says(&[mean, ("scale", &[2], &[1.0, 0.0])]);
    assert!(
        zero.ends_with("scale: expected finite numbers above 0, found 0 at [1]"),
        "{zero}"
    );
}

#[test]
fn probes_that_do_not_fit_are_input_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.npz");
    let model = open(&Path::new(FIXTURE).join("nice.pt")).model;
    let says = |arrays: &[(&str, &[u64], &[f64])]| {
        npz::write(&path, arrays);
        let checked = Probe::open(&path).and_then(|probe| probe::check(&model, &probe));
        let error = checked.unwrap_err();
        assert!(matches!(error, Error::Input { .. }));
        error.to_string()
    };
    let rows: (&str, &[u64], &[f64]) = ("x", &[2, 4], &[0.5; 8]);
    let none = says(&[("x", &[0, 4], &[]), ("log_prob", &[0], &[])]);
    assert!(
        none.ends_with("expected at least one row, found none"),
        "{none}"
    );
    assert!(says(&[rows, ("log_prob", &[3], &[1.0; 3])]).contains("expected 2 log-densities"));
    assert!(says(&[rows]).ends_with("(or both with _model or _raw), found x"));
    assert!(says(&[("log_prob", &[1], &[1.0])]).contains("expected an array `x` beside"));
    let narrow = says(&[("x", &[1, 3], &[0.5; 3]), ("log_prob", &[1], &[1.0])]);
    assert!(
        narrow.ends_with("x: expected 4 features, found 3"),
        "{narrow}"
    );
    let flat = says(&[("x", &[4], &[0.5; 4]), ("log_prob", &[1], &[1.0])]);
    assert!(
        flat.contains("expected shapes [rows, D] and [rows], found [4]"),
        "{flat}"
    );
}

/// What zuko puts in front of couplings without a network: a scale and a shift, and a permutation.
#[test]
fn transforms_of_zuko_without_a_network_are_read_in_front_too() {
    let numbers = |numbers: &[f64]| Tensor {
        element: Element::F64,
        shape: vec![numbers.len()],
        data: numbers.to_vec(),
    };
    let (shift, raw, order) = (
        [0.5, -1.0, 0.0, 2.0],
        [0.3, -0.2, 1.0, 0.0],
        [2.0, 0.0, 3.0, 1.0],
    );
    let before = |first: &[(&str, &[f64])]| {
        let imported = changed(|file| {
            let moved = std::mem::take(&mut file.tensors)
                .into_iter()
                .map(|(name, tensor)| {
                    let place = name.strip_prefix("transform.transforms.");
                    let Some((place, rest)) = place.and_then(|name| name.split_once('.')) else {
                        return (name, tensor);
                    };
                    let next = place.parse::<usize>().unwrap() + 1;
                    (format!("transform.transforms.{next}.{rest}"), tensor)
                });
            file.tensors = moved.collect();
            for (name, given) in first {
                let name = format!("transform.transforms.0.{name}");
                file.tensors.insert(name, numbers(given));
            }
        });
        imported.unwrap().model
    };
    let alone = changed(|_| ()).unwrap().model;
    let x = [0.3, -0.8, 0.1, 1.4];
    let plain = |x: &[f64]| alone.members[0].flow.log_density(x);

    let logs = raw.map(|raw| raw / (1.0 + f64::abs(raw / f64::ln(1e-3))));
    let scaled: Vec<f64> = (0..4).map(|i| x[i] * logs[i].exp() + shift[i]).collect();
    let expected = plain(&scaled) + logs.iter().sum::<f64>();
    for names in [["shift", "scale"], ["_0", "_1"]] {
        let model = before(&[(names[0], &shift), (names[1], &raw)]);
        let found = model.members[0].flow.log_density(&x);
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }
    for name in ["order", "_0"] {
        let model = before(&[(name, &order)]);
        let permuted = order.map(|i| x[i as usize]);
        assert!((model.members[0].flow.log_density(&x) - plain(&permuted)).abs() < 1e-9);
    }
}
