//! `inspect`: its rows add up to its totals, and one word means one thing.

use super::{Folder, succeed};
use flows::{additive_model, affine_model, scaled_model, steered_model};
use nice_flow_codegen::flow::ir::Diagonal;
use nice_flow_codegen::model::file;
use serde_json::Value;

#[path = "../../../tests/fixtures/flows.rs"]
#[allow(dead_code)]
mod flows;

/// The sums of the rows of a flow in JSON, its prior's among them: numbers and multiply-accumulates.
fn sums(flow: &Value) -> [u64; 2] {
    let number = |value: &Value| value.as_u64().expect("a number");
    let layers = flow["layers"].as_array().expect("layers");
    let [parameters, macs] = ["parameters", "macs"].map(|key| {
        let rows = layers.iter().map(|layer| number(&layer[key]));
        rows.sum::<u64>()
    });
    [parameters + number(&flow["prior_parameters"]), macs]
}

/// The sums of the lines of the only table in text, and the totals below them.
fn table(said: &str) -> [[u64; 2]; 2] {
    let lines = said.lines().skip_while(|line| !line.starts_with("layer"));
    let rows: Vec<(bool, [u64; 2])> = lines
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(|line| {
            let words = line.split_whitespace().rev();
            let numbers: Vec<u64> = words.map_while(|word| word.parse().ok()).collect();
            let row = match numbers.as_slice() {
                [parameters] => [*parameters, 0],
                [macs, parameters] => [*parameters, *macs],
                _ => panic!("expected one number or two in {line}"),
            };
            (line.starts_with("total"), row)
        })
        .collect();
    [false, true].map(|is_total| {
        let rows = rows.iter().filter(|(total, _)| *total == is_total);
        rows.fold([0; 2], |[a, b], (_, [c, d])| [a + c, b + d])
    })
}

#[test]
fn rows_add_up_to_totals() {
    let folder = Folder::new();
    let path = folder.path("zoo.safetensors");
    let zoo = [
        additive_model(),
        affine_model(),
        steered_model(),
        scaled_model(),
    ];
    for mut model in zoo {
        let dim = model.dim();
        let context = model.context();
        let scale: Vec<f64> = (0..dim)
            .map(|i| if context.contains(&i) { 1.0 } else { 2.0 })
            .collect();
        let standard = Diagonal::standardise(vec![0.0; dim], &scale);
        model.members[0].preprocessing = Some(standard);
        std::fs::write(&path, file::write(&model).unwrap()).unwrap();
        let told: Value = serde_json::from_str(&succeed(&["inspect", &path, "--json"])).unwrap();
        let totals = ["parameters", "macs"].map(|key| told[key].as_u64().unwrap());
        assert_eq!(sums(&told), totals, "{}", model.name);
        assert_eq!(
            table(&succeed(&["inspect", &path])),
            [totals; 2],
            "{}",
            model.name
        );
    }
}

#[test]
fn what_training_counts_has_another_name_than_what_inspect_counts() {
    let folder = Folder::new();
    let rows: String = (0..60)
        .map(|i| format!("{},{},{}\n", i, i * i % 17, i * 7 % 13))
        .collect();
    let data = folder.write("rows.csv", format!("a,b,c\n{rows}").as_bytes());
    let model = folder.path("m.safetensors");
    let train = [
        "train",
        &data,
        "--steps",
        "2",
        "--members",
        "2",
        "--combine",
        "max",
        "--trim",
        "0.1",
    ];
    let trained = succeed(&[&train[..], &["--json", "-o", &model]].concat());
    let trained: Value = serde_json::from_str(&trained).unwrap();
    let told: Value = serde_json::from_str(&succeed(&["inspect", &model, "--json"])).unwrap();
    assert_eq!(
        (&trained["combine"], &told["combine"]),
        (&"max".into(), &"max".into())
    );
    for (facts, flow) in trained["members"]
        .as_array()
        .unwrap()
        .iter()
        .zip(told["members"].as_array().unwrap())
    {
        assert_eq!(facts["trim"], 0.1);
        let [numbers, _] = sums(flow);
        assert_eq!(flow["parameters"], numbers);
        assert!(facts["trained_parameters"].as_u64().unwrap() < numbers);
        assert!(facts["parameters"].is_null());
        for key in ["recipe", "trim", "trained_parameters", "reason"] {
            assert_eq!(flow["training"][key], facts[key], "{key}");
        }
    }
}
