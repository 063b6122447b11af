//! Layouts of which no trained file is at hand: random weights against each repository's forward pass, written out.

use nice_flow_import::checkpoint::{Checkpoint, Container, Element, Tensor};
use nice_flow_import::import::{describe, import};
use nice_flow_import::imported::Imported;
use nice_flow_import::probe::{Probe, Samples, Units, check, suggest};
use nice_flow_import::rereading;
use std::collections::BTreeMap;

#[path = "../../tests/fixtures/rewritten.rs"]
mod rewritten;

use rewritten::rewritten;

const D: usize = 6;
const H: usize = 5;

/// Tensors by name, filled with numbers between −1 and 1 without pattern.
#[derive(Default)]
struct Weights {
    tensors: BTreeMap<String, Tensor>,
    state: u64,
}

impl Weights {
    fn add(&mut self, name: &str, shape: &[usize]) {
        let mut next = || {
            self.state = (self.state.wrapping_mul(6_364_136_223_846_793_005)).wrapping_add(12_345);
            (self.state >> 33) as f64 / (1_u64 << 30) as f64 - 1.0
        };
        let data = (0..shape.iter().product()).map(|_| next()).collect();
        let shape = shape.to_vec();
        let tensor = Tensor {
            element: Element::F64,
            shape,
            data,
        };
        self.tensors.insert(name.to_owned(), tensor);
    }

    fn linear(&mut self, name: &str, inputs: usize, outputs: usize) {
        self.add(&format!("{name}.weight"), &[outputs, inputs]);
        self.add(&format!("{name}.bias"), &[outputs]);
    }

    fn batch_norm(&mut self, name: &str) {
        for part in ["weight", "bias", "running_mean", "running_var"] {
            self.add(&format!("{name}.{part}"), &[H]);
        }
        self.add(&format!("{name}.num_batches_tracked"), &[]);
        let variance = self
            .tensors
            .get_mut(&format!("{name}.running_var"))
            .unwrap();
        variance.data.iter_mut().for_each(|v| *v = v.abs() + 0.1);
    }

    fn row(&self, name: &str) -> &[f64] {
        &self.tensors[name].data
    }

    fn apply(&self, name: &str, h: &[f64]) -> Vec<f64> {
        let rows = self.row(&format!("{name}.weight")).chunks(h.len());
        rows.zip(self.row(&format!("{name}.bias")))
            .map(|(row, bias)| row.iter().zip(h).map(|(w, h)| w * h).sum::<f64>() + bias)
            .collect()
    }

    fn normalise(&self, name: &str, h: &[f64]) -> Vec<f64> {
        let at = |part: &str, i: usize| self.row(&format!("{name}.{part}"))[i];
        let one = |(i, h): (usize, &f64)| {
            (h - at("running_mean", i)) / (at("running_var", i) + 1e-5).sqrt() * at("weight", i)
                + at("bias", i)
        };
        h.iter().enumerate().map(one).collect()
    }
}

fn relu(h: Vec<f64>) -> Vec<f64> {
    h.into_iter().map(|h| h.max(0.0)).collect()
}

fn tanh(h: Vec<f64>) -> Vec<f64> {
    h.into_iter().map(f64::tanh).collect()
}

fn part(x: &[f64], parity: usize) -> Vec<f64> {
    x.iter().skip(parity).step_by(2).copied().collect()
}

/// Evens and odds in turn.
fn woven(even: &[f64], odd: &[f64]) -> Vec<f64> {
    even.iter().zip(odd).flat_map(|(e, o)| [*e, *o]).collect()
}

fn plus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// The latent vector and log-determinant that the repository's code gives.
type Theirs = fn(&Weights, &[f64]) -> (Vec<f64>, f64);

fn checkpoint(weights: &Weights) -> Checkpoint {
    Checkpoint {
        path: "model.pt".into(),
        sha256: String::new(),
        container: Container::Torch,
        tensors: weights.tensors.clone(),
        config: BTreeMap::new(),
        order: vec![],
        notes: vec![],
        fitted: vec![],
    }
}

fn agrees(layout: &str, weights: &Weights, prior: Option<&str>, theirs: Theirs) {
    let checkpoint = checkpoint(weights);
    let set: Vec<_> = (prior.iter())
        .map(|prior| ("prior".to_owned(), prior.to_string()))
        .collect();
    let model = import(&checkpoint, None, &set).unwrap().model;
    assert_eq!(model.origin.layout, layout);
    assert_eq!(rewritten(&checkpoint, &set), model.members[0].flow);
    model.members[0].flow.check().unwrap();
    nice_flow_codegen::lowered(&model, nice_flow_codegen::Numeric::F32).unwrap();
    for i in 0..10 {
        let x: Vec<f64> = (0..D)
            .map(|j| ((3 * i + 7 * j) as f64).sin() * 2.0)
            .collect();
        let (expected, expected_log_det) = theirs(weights, &x);
        let mut z = x.clone();
        let log_det = model.members[0].flow.forward(&mut z);
        assert!((log_det - expected_log_det).abs() < 1e-11, "{layout}");
        assert!(
            z.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-11),
            "{layout}"
        );
    }
    if prior.is_some() {
        let error = import(&checkpoint, None, &[]).unwrap_err().to_string();
        assert!(error.contains("prior=logistic|normal"), "{error}");
    }
}

fn scaled(z: &[f64], scale: &[f64], more: f64) -> (Vec<f64>, f64) {
    let factors: Vec<f64> = scale.iter().map(|s| s.exp() + more).collect();
    let log_det = factors.iter().map(|f| f.ln()).sum();
    (
        z.iter().zip(&factors).map(|(z, f)| z * f).collect(),
        log_det,
    )
}

#[test]
fn mordehaym_reads_the_even_elements_first() {
    let mut weights = Weights::default();
    for i in 0..3 {
        let at = format!("Coupling_layers.{i}.Coupling_func");
        weights.linear(&format!("{at}.0"), D / 2, H);
        weights.linear(&format!("{at}.2"), H, D / 2);
    }
    weights.add("scaling.scale", &[1, D]);
    agrees("mordehaym", &weights, Some("logistic"), |w, x| {
        let (mut even, mut odd) = (part(x, 0), part(x, 1));
        for i in 0..3 {
            let at = format!("Coupling_layers.{i}.Coupling_func");
            let net =
                |h: &[f64]| w.apply(&format!("{at}.2"), &relu(w.apply(&format!("{at}.0"), h)));
            if i % 2 == 0 {
                odd = plus(&odd, &net(&even));
            } else {
                even = plus(&even, &net(&odd));
            }
        }
        scaled(&woven(&even, &odd), w.row("scaling.scale"), 0.0)
    });
}

#[test]
fn haimzis_adds_to_the_factors() {
    let mut weights = Weights::default();
    for i in 0..2 {
        weights.linear(&format!("layers.{i}.transform.0"), D / 2, H);
        weights.linear(&format!("layers.{i}.transform.2.0"), H, H);
        weights.linear(&format!("layers.{i}.transform.3"), H, D / 2);
    }
    weights.add("scaling_layer.scale", &[1, D]);
    agrees("haimzis", &weights, Some("logistic"), |w, x| {
        let net = |i: usize, h: &[f64]| {
            let at = format!("layers.{i}.transform");
            let h = relu(w.apply(&format!("{at}.0"), h));
            w.apply(&format!("{at}.3"), &relu(w.apply(&format!("{at}.2.0"), &h)))
        };
        let odd = plus(&part(x, 1), &net(0, &part(x, 0)));
        let even = plus(&part(x, 0), &net(1, &odd));
        scaled(&woven(&even, &odd), w.row("scaling_layer.scale"), 1e-5)
    });
}

#[test]
fn afekst_has_no_activation_after_the_first_layer() {
    let mut weights = Weights::default();
    for i in 0..2 {
        weights.linear(&format!("net.{i}.m.0"), D / 2, H);
        weights.linear(&format!("net.{i}.m.1.0"), H, H);
        weights.linear(&format!("net.{i}.m.2"), H, D / 2);
    }
    weights.add("scaling.scale", &[1, D]);
    agrees("afekst", &weights, Some("normal"), |w, x| {
        let net = |i: usize, h: &[f64]| {
            let h = w.apply(&format!("net.{i}.m.0"), h);
            w.apply(
                &format!("net.{i}.m.2"),
                &relu(w.apply(&format!("net.{i}.m.1.0"), &h)),
            )
        };
        let even = plus(&part(x, 0), &net(0, &part(x, 1)));
        let odd = plus(&part(x, 1), &net(1, &even));
        scaled(&woven(&even, &odd), w.row("scaling.scale"), 0.0)
    });
}

#[test]
fn lazaro_reverses_after_every_coupling() {
    let mut weights = Weights::default();
    for i in 0..3 {
        let at = format!("additive_couplings.{i}.coupling_fn");
        weights.linear(&format!("{at}.0"), D / 2, H);
        weights.batch_norm(&format!("{at}.1"));
        weights.linear(&format!("{at}.3"), H, D / 2);
    }
    weights.add("scaling", &[D]);
    agrees("lazaro", &weights, None, |w, x| {
        let mut x = [part(x, 0), part(x, 1)].concat();
        for i in 0..3 {
            let at = format!("additive_couplings.{i}.coupling_fn");
            let (kept, changed) = x.split_at(D / 2);
            let h = w.normalise(&format!("{at}.1"), &w.apply(&format!("{at}.0"), kept));
            let shift = w.apply(&format!("{at}.3"), &relu(h));
            x = [kept, &plus(changed, &shift)].concat();
            x.reverse();
        }
        scaled(&x, w.row("scaling"), 0.0)
    });
}

#[test]
fn xyfjason_exchanges_the_halves_after_every_coupling() {
    let mut weights = Weights::default();
    for i in 0..3 {
        let at = format!("couplings.{i}.coupling_fn.layers");
        weights.linear(&format!("{at}.0"), D / 2, H);
        weights.linear(&format!("{at}.2"), H, D / 2);
    }
    weights.add("scaling.logscales", &[D]);
    agrees("xyfjason", &weights, Some("logistic"), |w, x| {
        let (mut first, mut second) = (part(x, 0), part(x, 1));
        for i in 0..3 {
            let at = format!("couplings.{i}.coupling_fn.layers");
            let shift = w.apply(
                &format!("{at}.2"),
                &relu(w.apply(&format!("{at}.0"), &first)),
            );
            (first, second) = (plus(&second, &shift), first);
        }
        scaled(&woven(&first, &second), w.row("scaling.logscales"), 0.0)
    });
}

#[test]
fn vandegar_writes_odd_couplings_back_exchanged() {
    let mut weights = Weights::default();
    for i in 0..3 {
        weights.linear(&format!("m.{i}.0"), D / 2, H);
        weights.linear(&format!("m.{i}.2"), H, D / 2);
    }
    weights.add("s", &[D]);
    agrees("vandegar", &weights, Some("logistic"), |w, x| {
        let mut x = x.to_vec();
        for i in 0..3 {
            let (kept, changed) = (part(&x, i % 2), part(&x, 1 - i % 2));
            let shift = w.apply(
                &format!("m.{i}.2"),
                &relu(w.apply(&format!("m.{i}.0"), &kept)),
            );
            x = woven(&kept, &plus(&changed, &shift));
        }
        scaled(&x, w.row("s"), 0.0)
    });
}

#[test]
fn ikostrikov_divides_by_the_stored_deviation() {
    let mut weights = Weights::default();
    for k in [0, 2] {
        for net in ["scale_net", "translate_net"] {
            weights.linear(&format!("{k}.{net}.0"), D, H);
            weights.linear(&format!("{k}.{net}.2"), H, D);
        }
        for part in ["log_gamma", "beta", "running_mean", "running_var"] {
            weights.add(&format!("{}.{part}", k + 1), &[D]);
        }
        let variance = weights
            .tensors
            .get_mut(&format!("{}.running_var", k + 1))
            .unwrap();
        variance.data.iter_mut().for_each(|v| *v = v.abs() + 0.1);
    }
    agrees("ikostrikov", &weights, None, |w, x| {
        let (mut x, mut log_det) = (x.to_vec(), 0.0);
        for k in [0, 2] {
            let mask = |i: usize| (i + k / 2) % 2 == 1;
            let masked: Vec<f64> = (0..D).map(|i| if mask(i) { x[i] } else { 0.0 }).collect();
            let log = w.apply(&format!("{k}.scale_net.0"), &masked);
            let log = w.apply(&format!("{k}.scale_net.2"), &tanh(log));
            let shift = relu(w.apply(&format!("{k}.translate_net.0"), &masked));
            let shift = w.apply(&format!("{k}.translate_net.2"), &shift);
            let at = |part: &str, i: usize| w.row(&format!("{}.{part}", k + 1))[i];
            for i in 0..D {
                if !mask(i) {
                    x[i] = x[i] * log[i].exp() + shift[i];
                    log_det += log[i];
                }
                let deviation = at("running_var", i).sqrt();
                let factor = at("log_gamma", i).exp() / deviation;
                x[i] = (x[i] - at("running_mean", i)) * factor + at("beta", i);
                log_det += factor.ln();
            }
        }
        (x, log_det)
    });
}

/// What the code of a clone prints for some rows.
fn probe_of(imported: &Imported) -> Probe {
    let rows: Vec<_> = (0..6).map(|i| vec![0.2 * f64::from(i) - 0.5; D]).collect();
    let density =
        |x: &Vec<f64>| imported.model.members[0].flow.log_density(x) + imported.log_prob_constant;
    Probe {
        path: "probe.npz".into(),
        sets: vec![Samples {
            units: Units::Model,
            log_density: rows.iter().map(density).collect(),
            rounding: vec![0.0; rows.len()],
            single: false,
            rows,
        }],
    }
}

/// The import of a clone whose code prints another constant, once with each answer.
fn printed(weights: &Weights, set: &[(&str, &str)]) -> [f64; 2] {
    let checkpoint = checkpoint(weights);
    ["density", "printed"].map(|answer| {
        let set = [set, &[("log_prob", answer)]].concat();
        let set: Vec<_> = set
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect();
        let imported = import(&checkpoint, None, &set).unwrap();
        let probe = probe_of(&imported);
        let agreement = check(&imported.model, &probe.without(imported.log_prob_constant)).unwrap();
        assert!(agreement.largest < 1e-12);
        imported.log_prob_constant
    })
}

#[test]
fn what_a_clone_prints_beside_the_density_is_taken_off_the_probe() {
    let bytes = D as f64 * 256.0_f64.ln();
    let mut weights = Weights::default();
    weights.linear("Coupling_layers.0.Coupling_func.0", D / 2, D / 2);
    weights.add("scaling.scale", &[1, D]);
    assert_eq!(
        printed(&weights, &[("prior", "logistic")]),
        [0.0, 1e-5 - bytes]
    );

    let mut weights = Weights::default();
    weights.linear("coupling.0.in_block.0", D / 2, H);
    weights.linear("coupling.0.out_block", H, D / 2);
    weights.add("scaling.scale", &[1, D]);
    let set = [("prior", "logistic"), ("first", "odd")];
    assert_eq!(printed(&weights, &set), [0.0, 1e-5]);

    let mut weights = Weights::default();
    weights.linear("layers.0.transform.0", D / 2, H);
    weights.linear("layers.0.transform.2", H, D / 2);
    weights.add("scaling_layer.scale", &[1, D]);
    assert_eq!(printed(&weights, &[("prior", "normal")]), [0.0, -bytes]);

    let mut weights = Weights::default();
    weights.linear("net.0.m.0", D / 2, H);
    weights.linear("net.0.m.1", H, D / 2);
    weights.add("scaling.scale", &[1, D]);
    assert_eq!(printed(&weights, &[("prior", "normal")]), [0.0, -bytes]);
}

#[test]
fn a_probe_of_what_a_clone_prints_is_told_from_one_of_the_density() {
    let mut weights = Weights::default();
    weights.linear("Coupling_layers.0.Coupling_func.0", D / 2, D / 2);
    weights.add("scaling.scale", &[1, D]);
    let checkpoint = checkpoint(&weights);
    let set = |prior: &str, log_prob: &str| {
        [("prior", prior), ("log_prob", log_prob)].map(|(k, v)| (k.to_owned(), v.to_owned()))
    };
    let read = |set: &[(String, String)]| import(&checkpoint, None, set).unwrap();
    let probe = probe_of(&read(&set("logistic", "printed")));
    let ask = |set: &[(String, String)]| {
        let manifest = describe(&checkpoint, None, set).unwrap().manifest;
        let readings = rereading::by_layout(&checkpoint, &manifest, None, set);
        let found = suggest(&read(set), &probe, &readings).fitting;
        let asks: Vec<_> = found.into_iter().map(|found| found.ask).collect();
        asks.join(", ")
    };
    assert_eq!(ask(&set("logistic", "density")), "--set log_prob=printed");
    assert_eq!(ask(&set("normal", "printed")), "--set prior=logistic");
    let both = "--set prior=logistic --set log_prob=printed";
    assert_eq!(ask(&set("normal", "density")), both);
}
