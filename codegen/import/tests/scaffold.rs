//! Manifests to fill in, of files of nobody's library: random weights, whose shapes and order say most of what they are.

use nice_flow_codegen::flow::ir::{Layer, Prior};
use nice_flow_import::checkpoint::{Checkpoint, Container, Element, Tensor};
use nice_flow_import::import::{Manifest, scaffold};
use nice_flow_import::imported::Imported;
use std::path::Path;

/// Tensors in the order in which a module registers them.
struct File(Checkpoint);

impl File {
    fn new() -> Self {
        Self(Checkpoint {
            path: "own.pt".into(),
            sha256: "0".repeat(64),
            container: Container::Torch,
            tensors: Default::default(),
            config: Default::default(),
            order: vec![],
            notes: vec![],
            fitted: vec![],
        })
    }

    fn put(&mut self, name: &str, element: Element, shape: &[usize], data: Vec<f64>) {
        let shape = shape.to_vec();
        let tensor = Tensor {
            element,
            shape,
            data,
        };
        self.0.tensors.insert(name.into(), tensor);
        self.0.order.push(name.into());
    }

    /// Numbers between −0.5 and 0.5 without pattern.
    fn random(&mut self, name: &str, shape: &[usize]) {
        let seed = self.0.order.len() as f64;
        let length = shape.iter().product();
        let number = |i: usize| ((seed + 1.0) * 12.9898 + i as f64 * 78.233).sin() / 2.0;
        self.put(name, Element::F32, shape, (0..length).map(number).collect());
    }

    fn linear(&mut self, name: &str, inputs: usize, outputs: usize) {
        self.random(&format!("{name}.weight"), &[outputs, inputs]);
        self.random(&format!("{name}.bias"), &[outputs]);
    }

    fn layer_norm(&mut self, name: &str, width: usize) {
        self.random(&format!("{name}.weight"), &[width]);
        self.random(&format!("{name}.bias"), &[width]);
    }

    /// A net of two hidden layers of five units.
    fn net(&mut self, name: &str, inputs: usize, outputs: usize) {
        self.linear(&format!("{name}.0"), inputs, 5);
        self.linear(&format!("{name}.2"), 5, 5);
        self.linear(&format!("{name}.4"), 5, outputs);
    }

    /// A linear layer that reads only inputs of a smaller degree than each output's or, in a hidden layer, of the same.
    fn masked(&mut self, name: &str, inputs: &[usize], outputs: &[usize], hidden: bool) {
        self.linear(name, inputs.len(), outputs.len());
        let weight = self.0.tensors.get_mut(&format!("{name}.weight")).unwrap();
        for (i, number) in weight.data.iter_mut().enumerate() {
            let (output, input) = (outputs[i / inputs.len()], inputs[i % inputs.len()]);
            *number *= f64::from(u8::from(input < output || hidden && input == output));
        }
    }

    /// A masked net of five hidden units, with an output of each of these degrees.
    fn made(&mut self, name: &str, inputs: &[usize], outputs: &[usize]) {
        let hidden: Vec<usize> = (0..5).map(|unit| unit % (inputs.len() - 1)).collect();
        self.masked(&format!("{name}.0"), inputs, &hidden, true);
        self.masked(&format!("{name}.2"), &hidden, outputs, false);
    }

    /// The model of the scaffold, each answer put in place of a question, the first of several in turn.
    fn filled(&self, answers: &[(&str, &str)]) -> Imported {
        let mut text = scaffold(&self.0, None);
        let common = [
            ("kind = ?", "kind = \"normal\""),
            ("fn = ?", "fn = \"relu\""),
            ("form = ?", "form = \"mul_add\""),
            ("sign = ?", "sign = \"+\""),
            ("params = ?", "params = \"concat_scale_shift\""),
            ("map = ?", "map = \"exp\""),
            ("eps = ?", "eps = 0.0"),
        ];
        for (question, answer) in answers {
            text = text.replacen(question, answer, 1);
        }
        for (question, answer) in common {
            text = text.replace(question, answer);
        }
        let manifest = Manifest::from_toml(&text, Path::new("own.toml"));
        let manifest = manifest.unwrap_or_else(|error| panic!("{error}\n{text}"));
        let imported = manifest.import(&self.0);
        imported.unwrap_or_else(|error| panic!("{error}\n{text}"))
    }
}

const FIRST: [(&str, &str); 2] = [
    ("cond = ?", "cond = [0, 1]"),
    ("trans = ?", "trans = [2, 3]"),
];
const SECOND: [(&str, &str); 2] = [
    ("cond = ?", "cond = [2, 3]"),
    ("trans = ?", "trans = [0, 1]"),
];

#[test]
fn two_nets_of_a_block_are_two_couplings_and_a_permutation_gives_the_length() {
    let mut file = File::new();
    for block in [0, 2] {
        file.net(&format!("blocks.{block}.sub_nn1"), 2, 4);
        file.net(&format!("blocks.{block}.sub_nn2"), 2, 4);
        let shuffle = format!("blocks.{}", block + 1);
        let put = |file: &mut File, name: &str, data: [f64; 4]| {
            file.put(
                &format!("{shuffle}.{name}"),
                Element::I64,
                &[4],
                data.to_vec(),
            );
        };
        put(&mut file, "perm", [2.0, 0.0, 3.0, 1.0]);
        put(&mut file, "inv_perm", [1.0, 3.0, 0.0, 2.0]);
    }
    let text = scaffold(&file.0, None);
    assert!(text.contains("dim = 4"), "{text}");
    assert!(
        text.contains("ignore = [\"blocks.1.inv_perm\", \"blocks.3.inv_perm\"]"),
        "{text}"
    );
    let answers = [FIRST, SECOND, FIRST, SECOND].concat();
    let flow = &file.filled(&answers).model.members[0].flow;
    assert_eq!(flow.layers.len(), 6);
    assert!(flow.is_affine());
}

#[test]
fn nets_as_wide_as_the_vector_are_told_by_a_scale_and_masks_give_the_halves() {
    let mut file = File::new();
    for (layer, mask) in [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]].iter().enumerate() {
        file.put(
            &format!("layers.{layer}.mask"),
            Element::F32,
            &[3],
            mask.to_vec(),
        );
        file.net(&format!("layers.{layer}.net"), 3, 3);
    }
    file.random("scaling.log_scale", &[1, 3]);
    let text = scaffold(&file.0, None);
    for word in [
        "dim = 3",
        "io = \"masked_full\"",
        "cond = [0, 2]",
        "cond = [1]",
        "law = \"additive\"",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let flow = &file.filled(&[]).model.members[0].flow;
    assert_eq!(flow.layers.len(), 3);
}

#[test]
fn a_normalisation_between_couplings_stands_between_them() {
    let mut file = File::new();
    for layer in [0, 2] {
        file.net(&format!("layers.{layer}.scale.model"), 1, 1);
        file.net(&format!("layers.{layer}.translate.model"), 1, 1);
        for name in ["gamma", "beta", "batch_mean"] {
            file.random(&format!("layers.{}.{name}", layer + 1), &[1, 2]);
        }
        let name = format!("layers.{}.batch_var", layer + 1);
        file.put(&name, Element::F32, &[2], vec![0.5, 2.0]);
    }
    let first = [("cond = ?", "cond = [0]"), ("trans = ?", "trans = [1]")];
    let flow = &file.filled(&[first, first].concat()).model.members[0].flow;
    let kinds: String = flow
        .layers
        .iter()
        .map(|layer| format!("{layer:?} "))
        .collect();
    let order: Vec<usize> = ["Coupling", "Diagonal"]
        .map(|kind| kinds.find(kind).unwrap())
        .into();
    assert!(order.is_sorted());
    assert_eq!(flow.layers.len(), 6);
}

#[test]
fn a_net_keeps_the_order_of_its_file_with_its_layer_norms() {
    let mut file = File::new();
    file.linear("couplings.0.net.input_layer", 2, 5);
    file.layer_norm("couplings.0.net.input_norm", 5);
    file.linear("couplings.0.net.middle", 5, 5);
    file.linear("couplings.0.net.final", 5, 2);
    file.random("scale", &[4]);
    let text = scaffold(&file.0, None);
    let places = [
        "input_layer.weight",
        "input_norm.weight",
        "middle.weight",
        "final.weight",
    ];
    let places = places.map(|name| text.find(&format!("net.{name}")).unwrap());
    assert!(places.is_sorted(), "{text}");
    assert!(text.contains("op = \"layernorm\""), "{text}");
    file.filled(&FIRST);
}

#[test]
fn matrices_with_a_row_an_input_are_told_by_how_they_fit() {
    let mut file = File::new();
    file.random("dense_0/kernel", &[2, 5]);
    file.random("dense_0/bias", &[5]);
    assert!(scaffold(&file.0, None).contains("\"out_in\" },  # or \"in_out\""));
    let mut file = File::new();
    for (at, shape) in [[2, 5], [5, 4]].iter().enumerate() {
        file.random(&format!("flow.0.dense{at}.kernel"), shape);
        file.random(&format!("flow.0.dense{at}.bias"), &shape[1..]);
    }
    assert!(scaffold(&file.0, None).contains("layout = \"in_out\""));
}

#[test]
fn the_tensors_of_a_prior_are_in_its_place() {
    let couplings = |file: &mut File| {
        file.net("couplings.0.net", 2, 2);
        file.net("couplings.1.net", 2, 2);
    };
    let positive = |file: &mut File, name: &str, shape: &[usize]| {
        let count = shape.iter().product();
        file.put(name, Element::F32, shape, vec![1.5; count]);
    };
    let answers = [FIRST, SECOND].concat();

    let mut file = File::new();
    couplings(&mut file);
    file.random("base_dist.loc", &[4]);
    positive(&mut file, "base_dist.scale", &[4]);
    positive(&mut file, "base_dist.df", &[]);
    let text = scaffold(&file.0, None);
    assert!(text.contains("dim = 4"), "{text}");
    assert!(text.contains("kind = \"student_t\""), "{text}");
    assert!(text.contains("df_tensor = \"base_dist.df\""), "{text}");
    assert_eq!(text.matches("op = \"coupling\"").count(), 2, "{text}");
    let prior = &file.filled(&answers).model.members[0].flow.prior;
    let Prior::StudentT(found) = prior else {
        panic!("{prior:?}");
    };
    assert_eq!(found.degrees, [1.5; 4]);

    let mut file = File::new();
    file.random("q0.loc", &[1, 3, 4]);
    file.random("q0.log_scale", &[1, 3, 4]);
    file.random("q0.weight_scores", &[1, 3]);
    couplings(&mut file);
    let prior = &file.filled(&answers).model.members[0].flow.prior;
    assert_eq!(prior.kind(), "mixture of diagonal normals");

    let mut file = File::new();
    couplings(&mut file);
    file.random("prior.mean", &[4]);
    let covariance = (0..16).map(|i| f64::from(u8::from(i % 5 == 0)) * 2.0);
    file.put(
        "prior.covariance_matrix",
        Element::F64,
        &[4, 4],
        covariance.collect(),
    );
    let layers = file.filled(&answers).model.members[0].flow.layers.len();
    assert_eq!(layers, 4);
}

/// The elements that each coupling reads.
fn kept(imported: &Imported) -> Vec<Vec<usize>> {
    let layers = imported.model.members[0].flow.layers.iter();
    let kept = layers.filter_map(|layer| match layer {
        Layer::Coupling(coupling) => Some(coupling.kept.clone()),
        _ => None,
    });
    kept.collect()
}

const MASKS: [[f64; 4]; 3] = [
    [1.0, 0.0, 1.0, 0.0],
    [0.0, 1.0, 0.0, 1.0],
    [1.0, 1.0, 0.0, 0.0],
];
const KEPT: [&[usize]; 3] = [&[0, 2], &[1, 3], &[0, 1]];

#[test]
fn a_stack_of_masks_gives_each_coupling_its_own() {
    for shape in [&[3, 4][..], &[3, 1, 4]] {
        let mut file = File::new();
        file.put("masks", Element::F32, shape, MASKS.concat());
        for layer in 0..3 {
            file.net(&format!("layers.{layer}.net"), 4, 4);
        }
        let text = scaffold(&file.0, None);
        assert!(text.contains("dim = 4"), "{text}");
        assert!(text.contains("ignore = [\"masks\"]"), "{text}");
        assert_eq!(kept(&file.filled(&[])), KEPT);
    }
}

#[test]
fn lists_of_nets_beside_a_stack_of_masks_are_couplings() {
    let mut file = File::new();
    file.put("mask", Element::F32, &[3, 4], MASKS.concat());
    for layer in 0..3 {
        for name in ["t", "s"] {
            file.net(&format!("{name}.{layer}"), 4, 4);
        }
    }
    let imported = file.filled(&[]);
    assert_eq!(kept(&imported), KEPT);
    assert!(imported.model.members[0].flow.is_affine());
}

#[test]
fn masks_of_their_own_apart_from_the_nets_are_filled_in_too() {
    let mut file = File::new();
    for (at, mask) in MASKS.iter().enumerate() {
        file.put(&format!("masks.{at}"), Element::F32, &[4], mask.to_vec());
    }
    for layer in 0..3 {
        file.net(&format!("layers.{layer}.net"), 4, 4);
    }
    assert_eq!(kept(&file.filled(&[])), KEPT);
}

/// Which coupling has which mask is then for the reader to say.
#[test]
fn masks_of_more_couplings_than_were_found_are_told_of() {
    let mut file = File::new();
    file.put("masks", Element::F32, &[3, 4], MASKS.concat());
    file.net("layers.0.net", 4, 4);
    let text = scaffold(&file.0, None);
    assert!(
        text.contains("# \"masks\": masks of 3 couplings, of which 1 are known below"),
        "{text}"
    );
    assert!(text.contains("cond = ?"), "{text}");
}

#[test]
fn masked_nets_are_autoregressive_layers_and_tell_the_length() {
    let degrees = [[2, 0, 1], [0, 1, 2]];
    let outputs: [&[&[usize]; 2]; 2] = [
        &[&[2, 0, 1, 2, 0, 1], &[0, 1, 2, 0, 1, 2]],
        &[&[2, 2, 0, 0, 1, 1], &[0, 0, 1, 1, 2, 2]],
    ];
    for (outputs, params) in outputs.iter().zip(["concat", "interleaved"]) {
        let mut file = File::new();
        for layer in 0..2 {
            file.made(
                &format!("mades.{layer}.net"),
                &degrees[layer],
                outputs[layer],
            );
        }
        let text = scaffold(&file.0, None);
        assert_eq!(text.matches("op = \"autoregressive\"").count(), 2, "{text}");
        assert!(!text.contains("coupling"), "{text}");
        assert!(text.contains("dim = 3"), "{text}");
        let [one, other] =
            ["shift_scale", "scale_shift"].map(|word| format!("\"{params}_{word}\""));
        assert!(
            text.contains(&format!("params = ?  # {one}, {other}\n")),
            "{text}"
        );
        let params = format!("params = {one}");
        let answers = [("params = ?", &*params); 2];
        let layers = &file.filled(&answers).model.members[0].flow.layers;
        assert!(matches!(
            layers[..],
            [Layer::Autoregressive(_), Layer::Autoregressive(_)]
        ));
    }
}

#[test]
fn masked_nets_of_shifts_and_of_scales_are_one_layer() {
    let mut file = File::new();
    for name in ["mu", "log_sigma"] {
        file.made(&format!("layers.0.{name}"), &[0, 1, 2], &[0, 1, 2]);
    }
    let text = scaffold(&file.0, None);
    assert!(text.contains("params = \"separate\""), "{text}");
    assert!(text.contains("net_scale = ["), "{text}");
    let layers = &file.filled(&[]).model.members[0].flow.layers;
    assert!(matches!(layers[..], [Layer::Autoregressive(_)]));
}

/// Pruned weights have zeros, too.
#[test]
fn zeros_by_which_elements_depend_on_themselves_are_no_masks() {
    let mut file = File::new();
    file.net("layers.0.net", 4, 8);
    for layer in [0, 2, 4] {
        let weight = file
            .0
            .tensors
            .get_mut(&format!("layers.0.net.{layer}.weight"))
            .unwrap();
        weight.data[0] = 0.0;
    }
    assert!(!scaffold(&file.0, None).contains("autoregressive"));
}

#[test]
fn a_lone_square_matrix_is_a_linear_layer() {
    let mut file = File::new();
    for layer in 0..2 {
        file.random(&format!("ws.{layer}"), &[4, 4]);
        file.net(&format!("nets.{layer}"), 2, 4);
    }
    let text = scaffold(&file.0, None);
    assert!(text.contains("dim = 4"), "{text}");
    let linear = "op = \"linear\"\nparam = \"dense\"\nw = \"ws.0\"\nlayout = \"out_in\"";
    assert!(text.contains(linear), "{text}");
    let layers = &file.filled(&[FIRST, SECOND].concat()).model.members[0]
        .flow
        .layers;
    let dense = layers
        .iter()
        .filter(|layer| matches!(layer, Layer::Dense(_)));
    assert_eq!((dense.count(), layers.len()), (2, 4));
}

#[test]
fn the_columns_of_a_probe_are_the_length_that_a_file_does_not_tell() {
    let mut file = File::new();
    for name in ["s", "t"] {
        file.net(&format!("layers.0.{name}"), 2, 2);
    }
    assert!(scaffold(&file.0, None).contains("dim = ?"));
    let text = scaffold(&file.0, Some(4));
    assert!(
        text.contains("dim = 4") && text.contains("io = \"gathered\"\n"),
        "{text}"
    );
    file.put(
        "layers.0.mask",
        Element::F32,
        &[4],
        vec![1.0, 0.0, 1.0, 0.0],
    );
    assert!(scaffold(&file.0, Some(5)).contains("dim = 4"));
}
