//! Fitted objects of scikit-learn: what is taken is what the object does, and everything else is refused by its class.

use super::array;
use super::pickle::{self, call, dict, global, int, list, text, tuple, with_state};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::{Manifest, describe, import};
use nice_flow_import::standardise::{self, Beside, Offer};

const TRUE: &[u8] = b"\x88";
const FALSE: &[u8] = b"\x89";
const NONE: &[u8] = b"N";

fn sklearn(class: &str, state: &[(&str, Vec<u8>)]) -> Vec<u8> {
    with_state(call("sklearn.some._module", class, &[]), dict(state))
}

fn standard() -> Vec<u8> {
    let [mean, var, scale] = [[1.0, 2.0], [4.0, 0.25], [2.0, 0.5]].map(|numbers| array(&numbers));
    sklearn(
        "StandardScaler",
        &[("mean_", mean), ("var_", var), ("scale_", scale)],
    )
}

fn pipeline(steps: &[Vec<u8>]) -> Vec<u8> {
    let steps: Vec<_> = (steps.iter())
        .map(|step| tuple(&[text("name"), step.clone()]))
        .collect();
    sklearn("Pipeline", &[("steps", list(&steps))])
}

/// Centre and factor of a pickle for two inputs; else the error behind the name of the file.
fn opened(root: Vec<u8>) -> Result<[Vec<f64>; 2], String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pickle::file(root)).unwrap();
    let read = standardise::open(file.path(), 2);
    let read = read.map_err(|error| error.to_string());
    let place = format!("{}: ", file.path().display());
    read.map(|diagonal| [diagonal.center, diagonal.factor])
        .map_err(|error| error.strip_prefix(&place).expect("the file").to_owned())
}

#[test]
fn a_mean_at_one_place_and_a_scale_at_another_are_no_pair() {
    let base = dict(&[("scale", array(&[4.0, 1.0]))]);
    let apart = opened(dict(&[("center", array(&[0.0, 1.0])), ("base", base)])).unwrap_err();
    assert!(
        apart.starts_with("expected a mean and a scale at one place, found them at two among base.scale [2], center [2]"),
        "{apart}"
    );
}

#[test]
fn variances_standardise() {
    let variances = dict(&[("mean", array(&[0.0, 1.0])), ("var", array(&[4.0, 1.0]))]);
    assert_eq!(opened(variances).unwrap(), [[0.0, 1.0], [0.5, 1.0]]);
}

#[test]
fn scalers_are_taken_with_their_settings() {
    let two = || array(&[2.0, 0.5]);
    let flag = |name, value: &[u8]| (name, value.to_vec());
    let (mean, scale) = (("mean_", array(&[1.0, 2.0])), ("scale_", two()));
    let no_scale = ("scale_", NONE.to_vec());
    let no = || {
        let dtype = call("numpy", "dtype", &[text("b1")]);
        call(
            "numpy._core.multiarray",
            "scalar",
            &[dtype, pickle::bytes(&[0])],
        )
    };
    let standard_of = |state: &[_]| sklearn("StandardScaler", state);
    let robust = |state: &[_]| sklearn("RobustScaler", state);
    let both = [[1.0, 2.0], [0.5, 2.0]];
    let scaled = [[0.0, 0.0], [0.5, 2.0]];
    let centred = [[1.0, 2.0], [1.0, 1.0]];
    let cases = [
        (standard(), both),
        // The mean stays in the object, also where numpy says so.
        (
            standard_of(&[("with_mean", no()), mean.clone(), scale.clone()]),
            scaled,
        ),
        (
            standard_of(&[flag("with_mean", FALSE), mean.clone(), scale.clone()]),
            scaled,
        ),
        (
            standard_of(&[flag("with_std", FALSE), mean.clone(), no_scale.clone()]),
            centred,
        ),
        (
            standard_of(&[
                flag("with_mean", FALSE),
                flag("with_std", FALSE),
                ("n_features_in_", int(2)),
            ]),
            [[0.0, 0.0], [1.0, 1.0]],
        ),
        (
            robust(&[("center_", array(&[1.0, 2.0])), scale.clone()]),
            both,
        ),
        (
            robust(&[
                flag("with_centering", FALSE),
                ("center_", NONE.to_vec()),
                scale.clone(),
            ]),
            scaled,
        ),
        (
            robust(&[
                flag("with_scaling", FALSE),
                ("center_", array(&[1.0, 2.0])),
                no_scale,
            ]),
            centred,
        ),
        (
            sklearn("MaxAbsScaler", &[("max_abs_", two()), scale.clone()]),
            scaled,
        ),
        // 2 x − 4 and x / 2 + 1.
        (
            sklearn(
                "MinMaxScaler",
                &[
                    flag("clip", FALSE),
                    scale,
                    ("min_", array(&[-4.0, 1.0])),
                    ("data_min_", two()),
                    ("data_max_", two()),
                ],
            ),
            [[2.0, -2.0], [2.0, 0.5]],
        ),
        (pipeline(&[standard()]), both),
        (
            pipeline(&[text("passthrough"), standard(), NONE.to_vec()]),
            both,
        ),
        (dict(&[("scaler", standard()), ("epoch", int(3))]), both),
        (
            dict(&[("x_scaler", standard()), ("y_scaler", standard())]),
            both,
        ),
        (
            dict(&[
                ("labels", sklearn("LabelEncoder", &[])),
                ("scaler", standard()),
            ]),
            both,
        ),
    ];
    for (i, (root, expected)) in cases.into_iter().enumerate() {
        assert_eq!(opened(root).unwrap(), expected, "case {i}");
    }
}

#[test]
fn every_other_object_is_refused_by_its_class() {
    let pca = || {
        sklearn(
            "PCA",
            &[
                ("mean_", array(&[1.0, 2.0])),
                ("scale_", array(&[1.0, 2.0])),
            ],
        )
    };
    let log = || sklearn("FunctionTransformer", &[]);
    let power = sklearn(
        "PowerTransformer",
        &[("lambdas_", array(&[1.0, 2.0])), ("_scaler", standard())],
    );
    let clip = [
        ("clip", TRUE.to_vec()),
        ("min_", array(&[0.0, 0.0])),
        ("scale_", array(&[1.0, 2.0])),
    ];
    let short = sklearn("MaxAbsScaler", &[("scale_", array(&[1.0; 3]))]);
    let derived = [
        ("mean_", array(&[1.0, 2.0])),
        ("scale_", array(&[1.0, 2.0])),
        ("n_features_in_", int(2)),
    ];
    let derived = with_state(call("__main__", "LogScaler", &[]), dict(&derived));
    let of_own = [global("__main__", "log"), standard()];
    for (root, expected) in [
        (
            pipeline(&[standard(), pca()]),
            "found Pipeline(StandardScaler, PCA), which does",
        ),
        (
            pipeline(&[log(), standard()]),
            "found Pipeline(FunctionTransformer, StandardScaler), which does",
        ),
        (
            pipeline(&of_own),
            "found Pipeline(a function, StandardScaler), which does",
        ),
        (
            pipeline(std::slice::from_ref(&power)),
            "found PowerTransformer, which does",
        ),
        (power, "found PowerTransformer, which does"),
        (derived, "found __main__.LogScaler, which does"),
        (pca(), "found PCA, which does"),
        (
            sklearn("Normalizer", &[]),
            "found Normalizer, which does what no mean and scale say: apply it",
        ),
        (
            sklearn(
                "ColumnTransformer",
                &[("transformers", list(&[standard()]))],
            ),
            "found ColumnTransformer, which",
        ),
        (
            sklearn("MinMaxScaler", &clip),
            "found MinMaxScaler(clip=True), which moves",
        ),
        (
            sklearn("StandardScaler", &[]),
            "found StandardScaler, which is not fitted",
        ),
        (
            tuple(&[standard(), pca()]),
            "found 2: 0 (StandardScaler), 1 (PCA); if one",
        ),
        (
            dict(&[("old", standard()), ("new", standard())]),
            "found 2: old (StandardScaler), new (StandardScaler)",
        ),
        (
            dict(&[("prep", dict(&[("pca", pca())]))]),
            "prep.pca: expected a fitted StandardScaler, MinMaxScaler, RobustScaler or MaxAbsScaler, alone or as the only step of a \
             Pipeline, found PCA",
        ),
        (
            dict(&[
                ("mean", array(&[0.0, 1.0])),
                ("std", array(&[1.0, 1.0])),
                ("scaler", standard()),
            ]),
            "expected one standardisation, found mean and std, and scaler (StandardScaler)",
        ),
        (
            dict(&[("s", short)]),
            "s (MaxAbsScaler): expected a scaler of 2 inputs, found one of 3",
        ),
    ] {
        let found = opened(root).unwrap_err();
        assert!(
            found.contains(expected) && found.contains("expected"),
            "{found}"
        );
    }
}

/// An array as joblib writes it: the description, and behind it the numbers, perhaps behind bytes that align them.
fn by_joblib(numbers: &[f64], order: &str, aligned: bool) -> Vec<u8> {
    let dtype = call(
        "numpy",
        "dtype",
        &[text("f8"), FALSE.to_vec(), TRUE.to_vec()],
    );
    let align = if aligned { int(16) } else { NONE.to_vec() };
    let state = dict(&[
        ("shape", tuple(&[int(numbers.len() as u8)])),
        ("order", text(order)),
        ("dtype", dtype),
        ("numpy_array_alignment_bytes", align),
    ]);
    let wrapper = with_state(call("joblib.numpy_pickle", "NumpyArrayWrapper", &[]), state);
    let skipped: &[u8] = if aligned { b"\x03\xff\xff\xff" } else { b"" };
    let numbers: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    [wrapper, skipped.to_vec(), numbers].concat()
}

#[test]
fn scalers_of_joblib_are_read() {
    // Names of features are an array of objects: a pickle within the pickle.
    let dtype = call("numpy", "dtype", &[text("O8")]);
    let state = dict(&[("shape", tuple(&[int(2)])), ("dtype", dtype)]);
    let names = with_state(call("joblib.numpy_pickle", "NumpyArrayWrapper", &[]), state);
    let names = [names, pickle::file(list(&[text("a"), text("b")]))].concat();
    let scaler = |numbers: &[f64], aligned| {
        let state = [
            ("feature_names_in_", names.clone()),
            ("mean_", by_joblib(&[1.0, 2.0], "F", aligned)),
            ("scale_", by_joblib(numbers, "C", false)),
        ];
        sklearn("StandardScaler", &state)
    };
    for aligned in [false, true] {
        let found = opened(scaler(&[2.0, 0.5], aligned)).unwrap();
        assert_eq!(found, [[1.0, 2.0], [0.5, 2.0]]);
    }
    let cut = pickle::file(by_joblib(&[1.0; 9], "C", true));
    let cut = super::open(&cut[..cut.len() - 9]).unwrap_err();
    assert!(cut.contains("a file of joblib"), "{cut}");
}

/// The statistics that are found beside zuko's flow of four inputs, in a file that has more.
fn beside(more: &[(&str, Vec<u8>)]) -> Option<Beside> {
    import(&with(more), None, &[]).unwrap().statistics
}

fn with(more: &[(&str, Vec<u8>)]) -> Checkpoint {
    let mut flow = Checkpoint::open(super::ZUKO.as_ref()).unwrap();
    let more = [more, &[("losses", array(&[1.0, 2.0]))]].concat();
    let more = super::open(&pickle::file(dict(&more))).unwrap();
    let inside = std::mem::take(&mut flow.tensors).into_iter();
    let inside = inside.map(|(name, tensor)| (format!("model.{name}"), tensor));
    flow.tensors = inside.chain(more.tensors).collect();
    (flow.config, flow.fitted) = (more.config, more.fitted);
    flow
}

fn float(number: f64) -> Vec<u8> {
    [&b"G"[..], &number.to_be_bytes()].concat()
}

#[test]
fn an_object_beside_a_flow_is_offered_or_refused_as_a_whole() {
    let scale = || ("scale_", array(&[2.0; 4]));
    let scaler = sklearn("MaxAbsScaler", &[("max_abs_", array(&[2.0; 4])), scale()]);
    let found = beside(&[("scaler", scaler.clone())]).unwrap();
    assert_eq!(
        (found.what.as_str(), &found.offer),
        ("scaler (MaxAbsScaler)", &Offer::Taken)
    );
    assert!(found.has("scaler.max_abs_") && !found.has("scaler_.max_abs_"));
    let steps = pipeline(&[scaler.clone(), sklearn("PCA", &[])]);
    let refused = beside(&[("prep", steps)]).unwrap();
    assert_eq!(refused.what, "prep (Pipeline(MaxAbsScaler, PCA))");
    assert!(matches!(refused.offer, Offer::Refused(why) if why.contains("apply it yourself")));
    let both = [
        ("mean", array(&[1.0; 4])),
        ("std", array(&[2.0; 4])),
        ("scaler", scaler),
    ];
    assert!(matches!(beside(&both).unwrap().offer, Offer::Refused(_)));
    assert_eq!(beside(&[("y_scaler", standard())]), None);
    let of_two = beside(&[("scaler", standard())]).unwrap();
    assert!(
        matches!(of_two.offer, Offer::Refused(why) if why.contains("of 4 inputs, found one of 2"))
    );
}

#[test]
fn what_looks_like_statistics_is_told() {
    let four = || array(&[3.0; 4]);
    let columns = |number| {
        let column = dict(&[("mean", float(number)), ("std", float(number))]);
        dict(&[("temp", column.clone()), ("flow", column)])
    };
    let by_name = |number| dict(&[("temp", float(number)), ("flow", float(number))]);
    for (more, what) in [
        (vec![("loc", four()), ("scale", four())], "loc, scale"),
        (
            vec![("center", four()), ("spread", four())],
            "center, spread",
        ),
        (vec![("stats", tuple(&[four(), four()]))], "stats"),
        (vec![("mean", float(3.0)), ("std", float(2.0))], "mean, std"),
        (vec![("mittelwert", four())], "mittelwert"),
        (
            vec![("means", by_name(3.0)), ("stds", by_name(2.0))],
            "means, stds",
        ),
        (
            vec![("stats", columns(3.0))],
            "stats.flow.mean, stats.flow.std, stats.temp.mean, stats.temp.std",
        ),
    ] {
        let found = beside(&more).expect(what);
        assert_eq!((found.what.as_str(), found.offer), (what, Offer::Unread));
    }
    let neutral = dict(&[("mean", float(0.0)), ("std", float(1.0))]);
    let others = [("lr", float(0.1)), ("start", neutral)];
    assert_eq!(beside(&others), None);
    assert_eq!(beside(&[]), None);
}

#[test]
fn a_manifest_without_a_standardisation_is_told_of_statistics_too() {
    let file = with(&[(
        "scaler",
        sklearn("MaxAbsScaler", &[("scale_", array(&[2.0; 4]))]),
    )]);
    let found = |change: &dyn Fn(&str) -> String| {
        let manifest = describe(&file, None, &[]).unwrap().manifest;
        let text = change(&manifest.to_toml().unwrap());
        let manifest = Manifest::from_toml(&text, "m.toml".as_ref()).unwrap();
        let statistics = manifest.import(&file).unwrap().statistics;
        statistics.map(|found| (found.what, found.offer))
    };
    let told = Some(("scaler (MaxAbsScaler)".into(), Offer::Taken));
    assert_eq!(found(&str::to_owned), told);
    let pre = "\n[[pre]]\nop = \"diag\"\nform = \"sub_mul\"\nshift = [0.0, 0.0, 0.0, 0.0]\nscale = { map = \"raw\", values = [1.0, 1.0, 1.0, 1.0] }\n";
    assert_eq!(found(&|text| format!("{text}{pre}")), None);
}

/// What `vars(scaler)` holds.
fn attributes(own: &[(&str, Vec<u8>)]) -> Vec<u8> {
    dict(&[own, &[("n_features_in_", int(2))]].concat())
}

#[test]
fn a_dictionary_of_attributes_is_the_scaler_that_it_was() {
    let two = || array(&[2.0, 0.5]);
    let flag = |name, value: &[u8]| (name, value.to_vec());
    let (mean, scale) = (("mean_", array(&[1.0, 2.0])), ("scale_", two()));
    let standard = |with_mean| {
        let flags = [flag("with_mean", with_mean), flag("with_std", TRUE)];
        attributes(&[&flags[..], &[mean.clone(), scale.clone()]].concat())
    };
    let scaled = [[0.0, 0.0], [0.5, 2.0]];
    for (state, expected) in [
        (standard(TRUE), [[1.0, 2.0], [0.5, 2.0]]),
        (standard(FALSE), scaled),
        (attributes(&[("max_abs_", two()), scale.clone()]), scaled),
        (
            attributes(&[
                flag("with_mean", TRUE),
                flag("with_std", FALSE),
                mean.clone(),
            ]),
            [[1.0, 2.0], [1.0, 1.0]],
        ),
    ] {
        assert_eq!(opened(state.clone()).unwrap(), expected);
        assert_eq!(opened(dict(&[("scaler", state)])).unwrap(), expected);
    }
    let clipped = attributes(&[
        flag("clip", TRUE),
        ("min_", two()),
        scale.clone(),
        ("data_range_", two()),
    ]);
    let error = opened(dict(&[("scaler", clipped)])).unwrap_err();
    assert!(error.contains("MinMaxScaler(clip=True)"), "{error}");
    let components = attributes(&[mean, scale, ("components_", two())]);
    let error = opened(dict(&[("a", components)])).unwrap_err();
    assert!(
        error.contains("found a dictionary of attributes"),
        "{error}"
    );
}
