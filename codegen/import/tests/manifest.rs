//! What a manifest must say, and what happens when it says something else.

use nice_flow_codegen::{Error, Result};
use nice_flow_import::checkpoint::{Checkpoint, Element, Tensor};
use nice_flow_import::import::{Manifest, Proof, import};
use nice_flow_import::imported::Imported;
use std::path::{Path, PathBuf};

#[path = "../../tests/fixtures/npz.rs"]
mod npz;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/zuko_d4");

fn fixture(file: &str) -> PathBuf {
    Path::new(FIXTURE).join(file)
}

/// The fixture's manifest with words replaced.
fn manifest(changes: &[(&str, &str)]) -> Result<Manifest> {
    let mut text = std::fs::read_to_string(fixture("manifest.toml")).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pump.toml");
    std::fs::write(&path, text).unwrap();
    Manifest::open(&path)
}

fn read(changes: &[(&str, &str)]) -> Result<Imported> {
    manifest(changes)?.import(&Checkpoint::open(&fixture("nice.pt")).unwrap())
}

fn says(changes: &[(&str, &str)]) -> String {
    let error = read(changes).unwrap_err();
    assert!(matches!(error, Error::Input { .. }), "{error}");
    assert!(!changes.is_empty());
    error.to_string()
}

#[test]
fn a_manifest_reads_what_the_layout_reads() {
    let checkpoint = Checkpoint::open(&fixture("nice.pt")).unwrap();
    let layout = import(&checkpoint, None, &[]).unwrap().model;
    let manifest = read(&[]).unwrap().model;
    assert_eq!(manifest.first().flow, layout.first().flow);
    assert_eq!(manifest.name, "zuko_d4_nice_additive");
    assert_eq!(manifest.origin, layout.origin);
    assert!(manifest.first().preprocessing.is_some() && layout.first().preprocessing.is_none());
}

#[test]
fn every_tensor_is_used() {
    let bias = ", b = \"transform.transforms.0.hyper.0.bias\" }";
    let unused = says(&[(bias, " }")]);
    assert!(
        unused.ends_with("not used: transform.transforms.0.hyper.0.bias [32]"),
        "{unused}"
    );
    let source = "layout = \"zuko\"";
    let ignore = "ignore = [\"transform.transforms.0.hyper.0.bias\"]";
    read(&[(bias, " }"), (source, ignore)]).unwrap();

    let first = "\"transform.transforms.0.hyper.0.bias\"";
    read(&[
        (first, "\"transform.transforms.1.hyper.0.bias\""),
        (source, ignore),
    ])
    .unwrap();
    let missing = says(&[(first, "\"nowhere\"")]);
    assert!(
        missing.contains("ops.0: ") && missing.contains("nice.pt: nowhere: "),
        "{missing}"
    );
}

#[test]
fn a_tensor_as_long_as_indices_of_a_part_is_still_to_be_used() {
    let mut checkpoint = Checkpoint::open(&fixture("nice.pt")).unwrap();
    for (name, data) in [("kept", [0.0, 2.0]), ("more", [0.0, 1.0])] {
        let tensor = Tensor {
            element: Element::F64,
            shape: vec![2],
            data: data.to_vec(),
        };
        checkpoint.tensors.insert(name.into(), tensor);
    }
    let named = ("cond = [0, 2]", "cond = [0, 2]\ncond_tensor = \"kept\"");
    let read = manifest(&[named]).unwrap().import(&checkpoint);
    let error = read.unwrap_err().to_string();
    assert!(error.ends_with("not used: more [2]"), "{error}");
}

#[test]
fn indices_partition_the_vector_and_agree_with_the_mask() {
    for wrong in ["[0, 1]", "[0]", "[0, 4]", "[]", "[0, 2, 2]"] {
        let error = says(&[("cond = [0, 2]", &format!("cond = {wrong}"))]);
        assert!(
            error.contains("ops.0: cond, trans: expected each of 0 to 3 once"),
            "{error}"
        );
    }
    let exchanged = [
        ("cond = [0, 2]", "cond = [1, 3]"),
        ("trans = [1, 3]", "trans = [0, 2]"),
    ];
    let error = says(&exchanged);
    assert!(
        error.contains("mask: expected ones at [1, 3], found [0, 2]"),
        "{error}"
    );
}

#[test]
fn words_that_are_not_in_the_grammar_are_errors() {
    let wrong = [
        ("nice-manifest/1", "nice-manifest/2"),
        ("\"x_to_z\"", "\"z_to_y\""),
        ("dim = 4", "dim = 0"),
        ("dim = 4", "dim = 5"),
        ("kind = \"normal\"", "kind = \"cauchy\""),
        ("sign = \"+\"", ""),
        ("sign = \"+\"", "sign = \"*\""),
        ("sign = \"+\"", "sign = \"+\"\nform = \"mul_add\""),
        ("fn = \"relu\"", "fn = \"swosh\""),
        ("fn = \"relu\"", "fn = \"relu\", slope = 0.1"),
        ("{ op = \"act\", fn = \"relu\" }", "{ op = \"push\" }"),
        ("{ op = \"act\", fn = \"relu\" }", "{ op = \"add\" }"),
        ("io = \"gathered\"", "io = \"masked_full\""),
        ("io = \"gathered\"", "io = \"gathered\"\nslpoe = 1"),
        ("map = \"raw\"", "map = \"raw\", eps = 1.0"),
        ("map = \"raw\"", "map = \"cube\""),
        ("map = \"raw\"", "map = \"rsqrt_eps\""),
        ("form = \"sub_div\"", "form = \"mul\""),
        ("[source]", "[source"),
    ];
    for change in wrong {
        let error = says(&[change]);
        assert!(error.contains("pump.toml: "), "{error}");
    }
}

/// Which op, which step and which field, what is expected there and what was found, and the line.
#[test]
fn what_is_wrong_is_named_in_the_manifests_words() {
    let first = "w = \"transform.transforms.0.hyper.0.weight\"";
    let tensor = "expected the name of a tensor, or { key = NAME, index = N }, slice N of one along its first axis, found";
    let cases = [
        (
            first,
            "w = 3",
            "ops.0: net.0: w: ",
            &*format!("{tensor} 3 (line "),
        ),
        (
            first,
            "w = { key = \"a\" }",
            "ops.0: net.0: w: ",
            &*format!("{tensor} {{ key = \"a\" }} (line "),
        ),
        (
            "op = \"act\"",
            "op = \"akt\"",
            "ops.0: net.1: ",
            "\"offset\"",
        ),
        (
            "fn = \"relu\"",
            "fun = \"relu\"",
            "ops.0: net.1: ",
            "expected the fields \"fn\", \"slope\"",
        ),
        (
            "fn = \"relu\"",
            "slope = 0.1",
            "ops.0: net.1: ",
            "expected the field \"fn\", found none (line ",
        ),
        (
            "fn = \"relu\"",
            "fn = 1",
            "ops.0: net.1: fn: ",
            "expected a text, found integer `1` (line ",
        ),
        (
            "fn = \"relu\"",
            "fn = \"relu\", slope = \"a\"",
            "ops.0: net.1: slope: ",
            "expected a number, found string \"a\" (line ",
        ),
        (
            "map = \"raw\"",
            "map = \"raw\", eps = \"a\"",
            "pre.0: scale: eps: ",
            "expected a number, found string \"a\" (line ",
        ),
        (
            "cond = [0, 2]",
            "cond = [0, 2.5]",
            "ops.0: cond: ",
            "expected a whole number from 0, found floating point `2.5` (line ",
        ),
        (
            "cond = [0, 2]",
            "",
            "ops.0: ",
            "expected the field \"cond\", found none (line ",
        ),
        (
            "cond = [0, 2]",
            "conds = [0, 2]",
            "ops.0: ",
            "found \"conds\" (line ",
        ),
        (
            "op = \"coupling\"",
            "op = \"copling\"",
            "ops.0: ",
            "\"autoregressive\"",
        ),
        (
            "dim = 4",
            "dim = \"4\"",
            "dim: ",
            "expected a whole number from 0, found string \"4\" (line ",
        ),
        ("dim = 4", "", "", "expected the field \"dim\", found none"),
        (
            "kind = \"normal\"",
            "kind = \"gauss\"",
            "prior: kind: ",
            "expected \"normal\", \"logistic\", \"mixture\", \"student_t\", found \"gauss\" (line ",
        ),
        (
            "container = \"safetensors\"",
            "container = \"pt\"",
            "source: container: ",
            "\"safetensors\"",
        ),
        (
            "dim = 4",
            "dim = ?  # length of x",
            "line 4: ",
            "expected an answer in place of `?`, found `dim = ?  # length of x`",
        ),
    ];
    for (from, to, place, message) in cases {
        let error = says(&[(from, to)]);
        assert!(
            error.contains(&format!("pump.toml: {place}")),
            "{place}: {error}"
        );
        assert!(error.contains(message), "{message}: {error}");
        assert!(
            !error.contains("untagged") && !error.contains("variant"),
            "{error}"
        );
    }
    let error = says(&[("fn = \"relu\"", "fn = \"ReLU\"")]);
    assert!(
        error.ends_with("found { op = \"act\", fn = \"ReLU\" }"),
        "{error}"
    );
}

#[test]
fn what_is_said_of_the_file_and_is_not_so_is_a_note() {
    let notes = |changes: &[(&str, &str)]| {
        let notes = read(changes).unwrap().notes;
        notes
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let absent = notes(&[("layout = \"zuko\"", "ignore = [\"nope\"]")]);
    assert!(
        absent.contains("ignore: the file has no tensor nope"),
        "{absent}"
    );
    let other = notes(&[("\"safetensors\"", "\"npz\"")]);
    assert!(
        other.contains("container: \"npz\" in the manifest, \"torch\" in fact"),
        "{other}"
    );
    let plain = notes(&[("\"safetensors\"", "\"torch\"")]);
    assert!(
        !plain.contains("ignore") && !plain.contains("container"),
        "{plain}"
    );
}

#[test]
fn a_manifest_for_another_file_is_refused() {
    let source = "layout = \"zuko\"";
    let sha = Checkpoint::open(&fixture("nice.pt")).unwrap().sha256;
    read(&[(source, &format!("sha256 = \"{sha}\""))]).unwrap();
    let error = says(&[(source, "sha256 = \"00\"")]);
    assert!(
        error.contains(&format!("source.sha256: expected 00, found {sha}")),
        "{error}"
    );
}

#[test]
fn a_probe_is_named_or_waived() {
    let proof = |words: &str| manifest(&[("[prior]", &format!("{words}\n[prior]"))]);
    assert_eq!(manifest(&[]).unwrap().proof().unwrap(), Proof::Unsaid);
    let file = proof("[probe]\nfile = \"r.npz\"").unwrap().proof().unwrap();
    assert!(matches!(file, Proof::File(path) if path.ends_with("r.npz")));
    let waived = |word| manifest(&[("dim = 4", &format!("dim = 4\nprobe = \"{word}\""))]).unwrap();
    assert_eq!(waived("none").proof().unwrap(), Proof::Waived);
    assert!(waived("nothing").proof().is_err());
}

#[test]
fn a_threshold_of_the_models_units_moves_by_the_log_determinant() {
    let with = |space| {
        let table =
            format!("[threshold]\nscore = 7.0\nspace = \"{space}\"\nfalse_alarm_rate = 0.01\n");
        read(&[("[prior]", &(table + "[prior]"))]).unwrap().model
    };
    let (raw, model) = (with("raw"), with("model"));
    let log_det = model.members[0].preprocessing.as_ref().unwrap().log_det();
    assert_eq!(raw.threshold.unwrap().score, 7.0);
    assert_eq!(model.threshold.unwrap().score, 7.0 - log_det);
}

#[test]
fn parameters_of_every_arrangement_mean_the_same() {
    // One affine coupling of one kept and one changed element: rows of the last layer in four orders.
    let folder = tempfile::tempdir().unwrap();
    let density = |params: &str, rows: [f64; 4], form: &str, map: &str| {
        let path = folder.path().join("w.npz");
        let data = [rows[0], 0.1, rows[1], -0.2, rows[2], 0.3, rows[3], 0.7];
        npz::write(&path, &[("w", &[4, 2], &data)]);
        let text = format!(
            "schema = \"nice-manifest/1\"\nname = \"m\"\ndim = 4\ndirection = \"x_to_z\"\n\
             [source]\ncontainer = \"npz\"\n[prior]\nkind = \"normal\"\n[[ops]]\nop = \"coupling\"\n\
             law = \"affine\"\nform = \"{form}\"\nparams = \"{params}\"\nio = \"gathered\"\n\
             cond = [3, 0]\ntrans = [2, 1]\nscale = {{ {map} }}\nnet = [{{ op = \"linear\", w = \"w\" }}]\n"
        );
        let toml = folder.path().join("m.toml");
        std::fs::write(&toml, text).unwrap();
        let imported = Manifest::open(&toml)
            .unwrap()
            .import(&Checkpoint::open(&path).unwrap());
        imported.unwrap().model.members[0].flow.clone()
    };
    let x = [0.3, -0.5, 1.2, 0.8];
    // Shifts of x₂ and x₁, then their raw scales, from kept x₃ and x₀; bias none.
    let rows = [0.5, -0.4, 0.25, 0.6];
    let raw = |row: f64, second: f64| row * x[3] + second * x[0];
    let out = [
        raw(0.5, 0.1),
        raw(-0.4, -0.2),
        raw(0.25, 0.3),
        raw(0.6, 0.7),
    ];
    let places: [(&str, [usize; 4]); 4] = [
        ("concat_shift_scale", [0, 1, 2, 3]),
        ("concat_scale_shift", [2, 3, 0, 1]),
        ("interleaved_shift_scale", [0, 2, 1, 3]),
        ("interleaved_scale_shift", [1, 3, 0, 2]),
    ];
    for (params, [t2, t1, r2, r1]) in places {
        let sigmoid = |r: f64| 1.0 / (1.0 + (-r - 2.0).exp());
        let (shift, scale) = ([out[t2], out[t1]], [sigmoid(out[r2]), sigmoid(out[r1])]);
        for (form, divide) in [("sub_mul", false), ("sub_div", true)] {
            let flow = density(params, rows, form, "map = \"sigmoid\", bias = 2.0");
            let mut z = x;
            let log_det = flow.forward(&mut z);
            let sign = if divide { -1.0 } else { 1.0 };
            let expected = sign * (scale[0].ln() + scale[1].ln());
            assert!((log_det - expected).abs() < 1e-12, "{params} {form}");
            for (place, (shift, scale)) in [2, 1].into_iter().zip(shift.iter().zip(scale)) {
                let factor = if divide { 1.0 / scale } else { scale };
                assert!((z[place] - (x[place] - shift) * factor).abs() < 1e-12);
            }
            flow.inverse(&mut z);
            assert!(z.iter().zip(x).all(|(z, x)| (z - x).abs() < 1e-12));
        }
    }
}

#[test]
fn whitening_counts_in_raw_units() {
    let pre = "[[pre]]\nop = \"diag\"";
    let matrix = [
        [2.0, 0.5, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.3],
        [0.0, 0.0, -4.0, 0.0],
        [0.1, 0.0, 0.0, 0.5],
    ];
    let whitening = |layout: &str, space: &str| {
        let ops = format!(
            "[threshold]\nscore = 7.0\nspace = \"{space}\"\nfalse_alarm_rate = 0.01\n\
             [[pre]]\nop = \"diag\"\nform = \"sub_mul\"\nshift = [1.0, 2.0, 3.0, 4.0]\n\
             scale = {{ map = \"raw\", values = [1.0, 1.0, 0.5, 1.0] }}\n\
             [[pre]]\nop = \"linear\"\nparam = \"dense\"\nlayout = \"{layout}\"\nvalues = {matrix:?}\n{pre}"
        );
        read(&[(pre, &ops)]).unwrap().model
    };
    let plain = read(&[]).unwrap().model;
    let x = [0.3, -0.5, 1.2, 0.8];
    let shifted = [x[0] - 1.0, x[1] - 2.0, (x[2] - 3.0) * 0.5, x[3] - 4.0];
    // By columns: 2·1·(−4)·0.5 and the one other cycle, 0.5·0.3·(−4)·0.1 of odd length 3, even sign.
    let log_det = f64::ln(2.0 * 4.0 * 0.5 + 0.5 * 0.3 * 4.0 * 0.1) + 0.5_f64.ln();
    for layout in ["out_in", "in_out"] {
        let model = whitening(layout, "model");
        let mixed: Vec<f64> = (0..4)
            .map(|i| {
                let entry = |j: usize| {
                    if layout == "out_in" {
                        matrix[i][j]
                    } else {
                        matrix[j][i]
                    }
                };
                (0..4).map(|j| entry(j) * shifted[j]).sum()
            })
            .collect();
        let expected = plain.first().raw_flow().log_density(&mixed) + log_det;
        let found = model.members[0].raw_flow().log_density(&x);
        assert!(
            (found - expected).abs() < 1e-12,
            "{layout}: {found} {expected}"
        );
        nice_flow_codegen::lowered(&model, nice_flow_codegen::Numeric::F32).unwrap();

        let own = plain.first().preprocessing.as_ref().unwrap().log_det();
        let threshold = model.threshold.unwrap().score;
        assert!((threshold - (7.0 - own - log_det)).abs() < 1e-12);
        assert_eq!(whitening(layout, "raw").threshold.unwrap().score, 7.0);
    }
    let coupling = read(&[("[[ops]]", "[[pre]]")]).unwrap_err().to_string();
    assert!(
        coupling.contains("expected diag, permute or linear"),
        "{coupling}"
    );
}
