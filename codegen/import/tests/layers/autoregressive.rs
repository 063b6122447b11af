//! Masked networks, each in the order of its own library.

use super::*;

/// Three inputs of the degrees 1 to 3, hidden units of the degrees 1 and 2 in turn.
const HIDDEN: [usize; 4] = [1, 2, 1, 2];

impl File {
    /// A linear layer without the weights from an input to an output of a lower degree, or of the same if `strict`.
    fn masked(self, name: &str, from: &[usize], to: &[usize], strict: bool) -> Self {
        let mut file = self.linear(name, from.len(), to.len());
        let weight = file.0.get_mut(&format!("{name}.weight")).unwrap();
        for (k, weight) in weight.data.iter_mut().enumerate() {
            let (input, output) = (from[k % from.len()], to[k / from.len()]);
            if output < input || strict && output == input {
                *weight = 0.0;
            }
        }
        file
    }

    /// The first, one inner and the last layer of a masked network with these degrees of its outputs.
    fn made(self, [first, inner, last]: [&str; 3], outputs: [usize; 6]) -> Self {
        self.masked(first, &[1, 2, 3], &HIDDEN, false)
            .masked(inner, &HIDDEN, &HIDDEN, false)
            .masked(last, &HIDDEN, &outputs, true)
    }

    fn eval_made(&self, [first, inner, last]: [&str; 3], x: &[f64]) -> Vec<f64> {
        let h = relu(self.apply(first, x));
        self.apply(last, &relu(self.apply(inner, &h)))
    }
}

#[test]
fn nflows_masked_networks_scale_and_shift_in_one_pass() {
    let at = "_transform._transforms.0.autoregressive_net";
    let names =
        ["initial_layer", "blocks.0.linear", "final_layer"].map(|name| format!("{at}.{name}"));
    let names = [&*names[0], &*names[1], &*names[2]];
    let file = File::default()
        .made(names, [1, 1, 2, 2, 3, 3])
        .with(
            &format!("{at}.initial_layer.degrees"),
            &[4],
            &[1.0, 2.0, 1.0, 2.0],
        )
        .with(
            "_transform._transforms.1._permutation",
            &[3],
            &[2.0, 0.0, 1.0],
        );
    for map in ["softplus", "sigmoid"] {
        file.is(&[("scale", map)], |x| {
            let parameters = file.eval_made(names, x);
            let mut log_det = 0.0;
            for (x, pair) in x.iter_mut().zip(parameters.chunks(2)) {
                let scale = match map {
                    "softplus" => softplus(pair[0]) + 1e-3,
                    _ => sigmoid(pair[0] + 2.0) + 1e-3,
                };
                *x = *x * scale + pair[1];
                log_det += scale.ln();
            }
            *x = vec![x[2], x[0], x[1]];
            log_det
        });
    }
    // A context is added to what the first layer gives, behind an activation of its own.
    let layer = format!("{at}.context_layer");
    let given = file.linear(&layer, 2, 4);
    given.is(&[("context", "0.5,-2")], |x| {
        let more = relu(given.apply(&layer, &[0.5, -2.0]));
        let h = given.apply(names[0], x);
        let h = relu(h.iter().zip(more).map(|(h, m)| h + m).collect());
        let parameters = given.apply(names[2], &relu(given.apply(names[1], &h)));
        let mut log_det = 0.0;
        for (x, pair) in x.iter_mut().zip(parameters.chunks(2)) {
            let scale = softplus(pair[0]) + 1e-3;
            *x = *x * scale + pair[1];
            log_det += scale.ln();
        }
        *x = vec![x[2], x[0], x[1]];
        log_det
    });
    let message = given.try_import(&[]).unwrap_err();
    assert!(message.contains("--set context="), "{message}");
}

#[test]
fn nflows_couplings_and_masked_networks_have_scales_of_their_own() {
    let [net, at] = [
        "_transform._transforms.0",
        "_transform._transforms.1.autoregressive_net",
    ];
    let names =
        ["initial_layer", "blocks.0.linear", "final_layer"].map(|name| format!("{at}.{name}"));
    let names = [&*names[0], &*names[1], &*names[2]];
    let layers = ["0", "2"].map(|name| format!("{net}.transform_net.{name}"));
    let file = File::default()
        .with(&format!("{net}.identity_features"), &[2], &[0.0, 2.0])
        .with(&format!("{net}.transform_features"), &[1], &[1.0])
        .linear(&layers[0], 2, 5)
        .linear(&layers[1], 5, 2)
        .made(names, [1, 1, 2, 2, 3, 3]);
    file.is(&[], |x| {
        let both = file.apply(&layers[1], &relu(file.apply(&layers[0], &[x[0], x[2]])));
        let scale = sigmoid(both[1] + 2.0) + 1e-3;
        x[1] = x[1] * scale + both[0];
        let mut log_det = scale.ln();
        let parameters = file.eval_made(names, x);
        for (x, pair) in x.iter_mut().zip(parameters.chunks(2)) {
            let scale = softplus(pair[0]) + 1e-3;
            *x = *x * scale + pair[1];
            log_det += scale.ln();
        }
        log_det
    });
}

#[test]
fn normflows_masked_networks_lead_from_latent_to_data() {
    let names = [
        "flows.0.autoregressive_net.initial_layer",
        "flows.0.autoregressive_net.blocks.0.linear",
        "flows.0.autoregressive_net.final_layer",
    ];
    let file = normflows(3).made(names, [1, 1, 2, 2, 3, 3]);
    // Unlike nflows', without an activation behind the first layer.
    let [first, inner, last] = names;
    let eval = |z: &[f64]| file.apply(last, &relu(file.apply(inner, &file.apply(first, z))));
    file.is(&[], |x| {
        let (mut z, mut log_det) = (vec![0.0; 3], 0.0);
        for i in 0..3 {
            let parameters = eval(&z);
            let scale = sigmoid(parameters[2 * i] + 2.0) + 1e-3;
            z[i] = (x[i] - parameters[2 * i + 1]) / scale;
            log_det -= scale.ln();
        }
        *x = z;
        log_det
    });
}

#[test]
fn zuko_transforms_of_many_passes_are_autoregressive() {
    let at = "transform.transforms.0";
    let names = [0, 2, 4].map(|k| format!("{at}.hyper.{k}"));
    let names = [&*names[0], &*names[1], &*names[2]];
    let file = File::default()
        .made(names, [1, 1, 2, 2, 3, 3])
        .with(&format!("{at}.order"), &[3], &[0.0, 1.0, 2.0])
        .with("base.loc", &[3], &[0.0; 3])
        .with("base.scale", &[3], &[1.0; 3]);
    file.is(&[], |x| {
        let parameters = file.eval_made(names, x);
        let mut log_det = 0.0;
        for (x, pair) in x.iter_mut().zip(parameters.chunks(2)) {
            let log = pair[1] / (1.0 + (pair[1] / 1000_f64.ln()).abs());
            *x = *x * log.exp() + pair[0];
            log_det += log;
        }
        log_det
    });
}

#[test]
fn ikostrikov_mafs_divide_and_turn_round() {
    let names = ["0.joiner.linear", "0.trunk.1", "0.trunk.3"];
    let after = ["3.joiner.linear", "3.trunk.1", "3.trunk.3"];
    let file = File::default()
        .made(names, [1, 2, 3, 1, 2, 3])
        .made(after, [1, 2, 3, 1, 2, 3])
        .filled("1.log_gamma", &[3])
        .filled("1.beta", &[3])
        .filled("1.running_mean", &[3])
        .with("1.running_var", &[3], &[0.5, 1.0, 2.0]);
    let divide = |names, x: &mut Vec<f64>| {
        let parameters = file.eval_made(names, x);
        for (i, x) in x.iter_mut().enumerate() {
            *x = (*x - parameters[i]) * (-parameters[3 + i]).exp();
        }
        -parameters[3..].iter().sum::<f64>()
    };
    file.is(&[], |x| {
        let mut log_det = divide(names, x);
        let get = |name: &str| file.get(&format!("1.{name}"));
        for (i, x) in x.iter_mut().enumerate() {
            let (variance, log_gamma) = (get("running_var")[i], get("log_gamma")[i]);
            *x = (*x - get("running_mean")[i]) / variance.sqrt() * log_gamma.exp() + get("beta")[i];
            log_det += log_gamma - 0.5 * variance.ln();
        }
        x.reverse();
        log_det + divide(after, x)
    });
}
