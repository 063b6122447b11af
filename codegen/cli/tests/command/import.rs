//! Checkpoints from the command line: what they are read as, what proves it, what is said where they are not read.

use super::npz;
use super::{Folder, fail, nice_flow, shuttle, succeed, text};
use nice_flow_codegen::model::file;
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::probe::Probe;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::path::{Path, PathBuf};

#[test]
fn raw_rows_of_a_probe_that_prove_nothing_are_told() {
    let folder = Folder::new();
    let (checkpoint, probe) = (shuttle("shuttle.pt"), shuttle("probe.npz"));
    let (statistics, model) = (shuttle("stats.npz"), folder.path("m.safetensors"));
    let import = ["import", &checkpoint, "--probe", &probe, "-o", &model];
    let notes = |arguments: &[&str]| {
        let output = nice_flow(arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr).contains("raw rows (x_raw) were not compared")
    };
    assert!(notes(&import));
    assert!(!notes(
        &[&import[..], &["--standardise", &statistics]].concat()
    ));
}

#[test]
fn a_probe_that_disagrees_fails_the_import() {
    let folder = Folder::new();
    let out = folder.path("model.safetensors");
    let wrong = [
        "import",
        &shuttle("shuttle.pt"),
        "--set",
        "activation=tanh",
        "--probe",
        &shuttle("probe.npz"),
        "-o",
        &out,
    ];
    fail(1, &wrong, &["probe.npz", "(--set activation=relu)"]);
    fail(
        2,
        &["import", &shuttle("shuttle.pt"), "-o", &out],
        &["--probe"],
    );
    assert!(folder.is_empty());
}

#[test]
fn a_probe_that_disagrees_says_which_reading_would_agree() {
    let fmu2 = "fmu2_d8_logistic/motor_bs256_logistic_cp4_md32_hd3_iter4000.tar";
    let probe = checkpoint(fmu2).with_file_name("reference.npz");
    let folder = Folder::new();
    let [checkpoint, probe] = [checkpoint(fmu2), probe].map(|path| path.display().to_string());
    let out = folder.path("model.safetensors");
    let import = ["import", &checkpoint, "--probe", &probe, "-o", &out];
    let wrong = [&import[..], &["--set", "prior=normal"]].concat();
    let words = [
        "reference.npz: ln p differs in 64 of 64 rows",
        "nats if the prior is logistic (--set prior=logistic)",
    ];
    fail(1, &wrong, &words);
    let both = [&wrong[..], &["--set", "first=even"]].concat();
    fail(1, &both, &["(--set first=odd --set prior=logistic)"]);

    let output = nice_flow(&[&wrong[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert!(json["model"].is_null() && folder.is_empty());
    let suggestions = json["probe"]["suggestions"].as_array().expect("a list");
    assert_eq!(suggestions.len(), 1, "{json}");
    assert_eq!(suggestions[0]["ask"], "--set prior=logistic");
    assert!(
        suggestions[0]["largest_difference"].as_f64() < Some(1e-8),
        "{json}"
    );
    // As it says, so it is.
    let right = [&import[..], &["--set", "prior=logistic"]].concat();
    assert!(succeed(&right).contains("64 log-densities agree"));
}

fn checkpoint(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/checkpoints")
        .join(file)
}

/// A CSV of the model-space inputs of a case's reference, and the log-densities that belong to them.
fn reference(case: &Path, folder: &Folder) -> (String, Vec<f64>) {
    let mut tensors = Checkpoint::open(&case.join("reference.npz"))
        .expect("a reference")
        .tensors;
    let x = tensors.remove("x_model").expect("inputs");
    let rows = x
        .data
        .chunks(x.shape[1])
        .map(|row| row.iter().map(f64::to_string).collect::<Vec<_>>().join(",") + "\n");
    let csv: String = rows.collect();
    let expected = tensors.remove("log_prob_model").expect("densities");
    (folder.write("x.csv", csv.as_bytes()), expected.data)
}

#[test]
fn scores_of_real_checkpoints_match_their_references() {
    for (file, limit) in [
        (
            "fmu2_d8_logistic/motor_bs256_logistic_cp4_md32_hd3_iter4000.tar",
            2e-5,
        ),
        ("zuko_d4_nice_additive/nice.pt", 2e-5),
        ("zuko_d4_nice_additive/nice.safetensors", 2e-5),
        ("zuko_d8_nice_default/zuko_nice.pth", 1e-4),
    ] {
        let checkpoint = checkpoint(file);
        let folder = Folder::new();
        let (rows, expected) = reference(checkpoint.parent().expect("a folder"), &folder);
        for (numeric, limit) in [("f64", 1e-9), ("f32", limit)] {
            let out = folder.path("out.csv");
            succeed(&[
                "score",
                &checkpoint.display().to_string(),
                &rows,
                "--numeric",
                numeric,
                "-o",
                &out,
            ]);
            let written = std::fs::read_to_string(&out).expect("a file");
            let found = written
                .lines()
                .skip(1)
                .map(|line| line.split(',').nth(1).expect("a cell").parse::<f64>());
            let worst = found.zip(&expected).map(|(found, expected)| {
                (found.expect("a number") - expected).abs() / (1.0 + expected.abs())
            });
            let worst = worst.fold(0.0, f64::max);
            println!("{file} {numeric}: {worst:.1e} relative, limit {limit:.0e}");
            assert!(worst <= limit, "{file} {numeric}: {worst}");
        }
    }
}

/// A file of two couplings in names that no library uses.
fn strange(path: &Path) {
    let numbers: Vec<f64> = (0..8).map(|i| f64::from(i) / 8.0 - 0.4).collect();
    let (w, b) = (&numbers[..], &numbers[..2]);
    let arrays: [(&str, &[u64], &[f64]); 9] = [
        ("blk.0.in.weight", &[4, 2], w),
        ("blk.0.in.bias", &[4], &numbers[..4]),
        ("blk.0.out.weight", &[2, 4], w),
        ("blk.0.out.bias", &[2], b),
        ("blk.1.in.weight", &[4, 2], w),
        ("blk.1.in.bias", &[4], &numbers[..4]),
        ("blk.1.out.weight", &[2, 4], w),
        ("blk.1.out.bias", &[2], b),
        ("log\"scale\"", &[4], &numbers[..4]),
    ];
    npz::write(path, &arrays);
}

#[test]
fn an_unknown_layout_gets_a_table_and_a_manifest_that_can_be_filled_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (file, toml, out) = (path("strange.npz"), path("m.toml"), path("m.safetensors"));
    strange(Path::new(&file));
    let import = ["import", &file, "--no-probe", "-o", &out];
    let table = "  blk.0.in.weight  [4, 2]  f64\n  blk.0.in.bias  [4]  f64\n";
    fail(2, &import, &[table, "schema = \"nice-manifest/1\""]);

    let error = text(&nice_flow(&import).stderr);
    let mut filled = error[error.find("schema = ").unwrap()..].to_owned();
    let answers = [
        // The length of its scale.
        ("dim = 4", "dim = 4"),
        ("kind = ?", "kind = \"normal\""),
        ("cond = ?", "cond = [0, 1]"),
        ("cond = ?", "cond = [2, 3]"),
        ("trans = ?", "trans = [2, 3]"),
        ("trans = ?", "trans = [0, 1]"),
        ("map = ?", "map = \"exp\""),
    ];
    for (question, answer) in answers {
        assert!(filled.contains(question), "{question}: {filled}");
        filled = filled.replacen(question, answer, 1);
    }
    let filled = filled
        .replace("sign = ?", "sign = \"+\"")
        .replace("fn = ?", "fn = \"relu\"");
    std::fs::write(&toml, filled).unwrap();
    // The manifest names its checkpoint.
    let read = succeed(&["import", "--manifest", &toml, "--no-probe", "-o", &out]);
    assert!(
        read.contains("read as manifest, 4 inputs, 3 layers"),
        "{read}"
    );
}

#[test]
fn many_tensors_are_listed_by_kind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("many.npz");
    let names: Vec<_> = (0..60).map(|i| format!("part.{i}.weight")).collect();
    let arrays: Vec<_> = (names.iter())
        .map(|name| (name.as_str(), &[2, 2][..], &[1.0; 4][..]))
        .collect();
    npz::write(&file, &arrays);
    let inspect = ["inspect", file.to_str().unwrap()];
    fail(
        2,
        &inspect,
        &["\n  part.*.weight  [2, 2]  f64  ×60\n", "part.59.weight"],
    );
}

#[test]
fn two_layouts_that_fit_are_told_apart_by_their_tensors() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("two.npz");
    let names = [
        "coupling.0.in_block.0.weight",
        "scaling.scale",
        "net.0.m.0.weight",
    ];
    npz::write(&file, &names.map(|name| (name, &[1, 2][..], &[1.0; 2][..])));
    fail(
        2,
        &["inspect", file.to_str().unwrap()],
        &[
            "choose with --layout afekst|fmu2",
            "afekst (Afekst/Very-NICE): net.0.m.0.weight, scaling.scale",
            "fmu2 (fmu2/NICE): coupling.0.in_block.0.weight, scaling.scale",
        ],
    );
}

#[test]
fn a_written_manifest_is_corrected_and_imported() {
    const ZUKO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/zuko_d4");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (nice, probe) = (format!("{ZUKO}/nice.pt"), format!("{ZUKO}/reference.npz"));
    let (toml, out, again) = (path("m.toml"), path("a.safetensors"), path("b.safetensors"));
    let stats = ["--standardise", "mean=1,2,3,4;scale=5,6,7,8"];
    succeed(&[&["import", &nice, "--write-manifest", &toml], &stats[..]].concat());
    assert!(!Path::new(&out).exists());
    succeed(&[&["import", &nice, "--no-probe", "-o", &out], &stats[..]].concat());
    succeed(&["import", "--manifest", &toml, "--no-probe", "-o", &again]);
    // But for the command, which is kept.
    let read = |path: &str| {
        let mut model = file::read(path.as_ref()).unwrap();
        model.members[0].training.clear();
        model
    };
    assert_eq!(read(&out), read(&again));

    let proven = [
        "import",
        &nice,
        "--write-manifest",
        &toml,
        "--probe",
        &probe,
    ];
    assert!(succeed(&proven).contains("log-densities agree"));
    let wrong = ["--set", "activation=tanh"];
    fail(1, &[&proven[..], &wrong].concat(), &["ln p differs"]);
    succeed(&proven);
    let import = ["import", "--manifest", &toml, "-o", &out];
    assert!(succeed(&import).contains("log-densities agree"));
    let text = std::fs::read_to_string(&toml).unwrap();
    std::fs::write(&toml, text.replacen("relu", "tanh", 1)).unwrap();
    fail(1, &import, &["ln p differs"]);
    std::fs::write(&toml, text.replacen("file = ", "# file = ", 1)).unwrap();
    fail(2, &import, &["source.file: expected a file"]);
}

/// Densities without decimals agree with much, which is said.
#[test]
fn a_probe_of_few_digits_proves_little() {
    const ZUKO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/zuko_d4");
    let folder = Folder::new();
    let exact = Probe::open(format!("{ZUKO}/reference.npz").as_ref()).unwrap();
    let set = &exact.sets[0];
    let rows = set.rows.iter().zip(&set.log_density).map(|(row, density)| {
        let numbers: Vec<String> = row.iter().map(ToString::to_string).collect();
        format!("{},{density:.0}", numbers.join(","))
    });
    let csv = folder.path("probe.csv");
    let rows: Vec<String> = rows.collect();
    std::fs::write(&csv, format!("a,b,c,d,log_prob\n{}\n", rows.join("\n"))).unwrap();
    let nice = format!("{ZUKO}/nice.pt");
    let output = nice_flow(&["import", &nice, "--probe", &csv]);
    let said = text(&output.stderr);
    assert!(said.contains("printed to within 5e-1 nats"), "{said}");
}

#[test]
fn a_look_at_a_file_with_a_probe_says_whether_they_agree() {
    const ZUKO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/zuko_d4");
    let (nice, probe) = (format!("{ZUKO}/nice.pt"), format!("{ZUKO}/reference.npz"));
    let look = ["import", &nice, "--probe", &probe];
    let said = succeed(&look);
    assert!(
        said.contains("log-densities agree") && said.contains("give -o MODEL"),
        "{said}"
    );
    let wrong = [&look[..], &["--set", "activation=tanh"]].concat();
    fail(1, &wrong, &["ln p differs", "--set activation=relu"]);
}

#[test]
fn a_manifest_is_imported_with_its_own_probe_or_the_one_given() {
    const ZUKO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/zuko_d4");
    let folder = tempfile::tempdir().unwrap();
    let (nice, probe) = (format!("{ZUKO}/nice.pt"), format!("{ZUKO}/reference.npz"));
    let toml = format!("{ZUKO}/manifest.toml");
    let (own, out) = (
        folder.path().join("own.toml"),
        folder.path().join("m.safetensors"),
    );
    let (own, out) = (own.to_str().unwrap(), out.to_str().unwrap());

    let import = ["import", &nice, "-o", out, "--manifest"];
    let unproven = [&import[..], &[&toml]].concat();
    fail(
        2,
        &unproven,
        &["expected --probe, --no-probe, or a [probe]"],
    );
    let given = [&import[..], &[&toml, "--probe", &probe]].concat();
    assert!(succeed(&given).contains("128 log-densities agree"));

    let text = std::fs::read_to_string(&toml).unwrap();
    let write = |from: &str, to: &str| std::fs::write(own, text.replacen(from, to, 1)).unwrap();
    let table = format!("[probe]\nfile = \"{probe}\"\n\n[prior]");
    write("[prior]", &table);
    let named = [&import[..], &[own]].concat();
    assert!(succeed(&named).contains("128 log-densities agree"));
    write(
        "[prior]\nkind = \"normal\"",
        &(table + "\nkind = \"logistic\""),
    );
    fail(1, &named, &["ln p differs in 64 of 64 rows"]);
}

#[test]
fn the_columns_of_a_probe_are_the_length_of_an_unknown_files_vectors() {
    let folder = Folder::new();
    let (file, probe, toml) = (
        folder.path("own.npz"),
        folder.path("p.npz"),
        folder.path("own.toml"),
    );
    npz::write(
        Path::new(&file),
        &[
            ("net.0.weight", &[5, 3], &[0.5; 15]),
            ("net.0.bias", &[5], &[0.5; 5]),
        ],
    );
    npz::write(
        Path::new(&probe),
        &[("x", &[1, 6], &[0.5; 6]), ("log_prob", &[1], &[-1.0])],
    );
    fail(2, &["import", &file], &["dim = ?"]);
    fail(2, &["import", &file, "--probe", &probe], &["dim = 6"]);
    succeed(&[
        "import",
        &file,
        "--probe",
        &probe,
        "--write-manifest",
        &toml,
    ]);
    assert!(std::fs::read_to_string(&toml).unwrap().contains("dim = 6"));
}

#[test]
fn a_folder_is_named_for_what_it_holds() {
    let folder = Folder::new();
    folder.write(".metadata", b"");
    fail(
        2,
        &["import", &folder.path("")],
        &["found a folder of torch.distributed.checkpoint"],
    );
}

/// The fixture's weights without the last 16 bits, which the probe's were not.
#[test]
fn a_probe_of_weights_before_they_were_rounded_is_explained() {
    let folder = Folder::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/zuko_d4");
    let tensors = Checkpoint::open(&source.join("nice.pt")).unwrap().tensors;
    let short = |number: &f64| ((*number as f32).to_bits() >> 16) as u16;
    let bytes = |data: &[f64]| {
        data.iter()
            .flat_map(|number| short(number).to_le_bytes())
            .collect()
    };
    let numbers: Vec<Vec<u8>> = tensors.values().map(|tensor| bytes(&tensor.data)).collect();
    let views = tensors.iter().zip(&numbers).map(|((name, tensor), bytes)| {
        let view = TensorView::new(Dtype::BF16, tensor.shape.clone(), bytes);
        (name, view.unwrap())
    });
    let path = folder.path("brief.safetensors");
    safetensors::serialize_to_file(views, None, Path::new(&path)).unwrap();
    let probe = source.join("reference.npz").display().to_string();
    let words = [
        "The file holds weights of bfloat16",
        "flow.load_state_dict(torch.load(FILE)); flow.double()",
    ];
    fail(1, &["import", &path, "--probe", &probe], &words);
}
