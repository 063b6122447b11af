//! Variants of batch normalisation: with another `eps`, or with those that a manifest ignores.

use super::schema::{Coupling, Key, Op, Schema, Step};

/// Gives every normalisation this `eps`; returns whether that changed any.
pub(super) fn with_eps(schema: &mut Schema, eps: f64) -> bool {
    let all = schema.ops.iter_mut().flat_map(eps_of);
    all.fold(false, |any, old| (std::mem::replace(old, eps) != eps) | any)
}

fn eps_of(op: &mut Op) -> Vec<&mut f64> {
    match op {
        Op::Coupling(coupling) => {
            let steps = (coupling.net.iter_mut()).chain(coupling.net_scale.iter_mut().flatten());
            steps.filter_map(eps_of_step).collect()
        }
        Op::Diag(diag) if diag.scale.map == "rsqrt_eps" => {
            diag.scale.parameters.get_mut("eps").into_iter().collect()
        }
        _ => vec![],
    }
}

fn eps_of_step(step: &mut Step) -> Option<&mut f64> {
    match step {
        Step::BatchNorm { eps, .. } => Some(eps),
        _ => None,
    }
}

/// Inserts each ignored normalisation before the linear layer that follows it in its `torch.nn.Sequential`; returns
/// whether there was one.
pub(super) fn normalise(coupling: &mut Coupling, ignored: &[String]) -> bool {
    let end = |name: &String| name.strip_suffix(".running_var").map(str::to_owned);
    let norms: Vec<_> = ignored.iter().filter_map(end).collect();
    coupling
        .nets()
        .fold(false, |any, net| insert(net, &norms, ignored) | any)
}

fn insert(steps: &mut Vec<Step>, norms: &[String], ignored: &[String]) -> bool {
    let (old, mut last) = (std::mem::take(steps), None);
    let before = old.len();
    for step in old {
        if let Some((list, index)) = linear(&step) {
            let between = |norm: &&String| {
                let place = place(norm).filter(|(other, _)| *other == list);
                place.is_some_and(|(_, at)| at < index && last.is_some_and(|last| last < at))
            };
            let between = norms.iter().filter(between);
            steps.extend(between.map(|norm| batchnorm(norm, ignored)));
            last = Some(index);
        }
        steps.push(step);
    }
    steps.len() > before
}

/// The `Sequential` of a linear step, and its index there.
fn linear(step: &Step) -> Option<(String, usize)> {
    let Step::Linear {
        w: Key::Whole(w), ..
    } = step
    else {
        return None;
    };
    place(w.strip_suffix(".weight")?).map(|(list, index)| (list.to_owned(), index))
}

/// Splits `a.b.3` into `a.b` and 3.
fn place(name: &str) -> Option<(&str, usize)> {
    let (list, index) = name.rsplit_once('.')?;
    Some((list, index.parse().ok()?))
}

/// A normalisation with PyTorch's default `eps`.
fn batchnorm(name: &str, ignored: &[String]) -> Step {
    let key = |end: &str| format!("{name}.{end}");
    let trained = |end: &str| ignored.contains(&key(end)).then(|| key(end).into());
    Step::BatchNorm {
        mean: key("running_mean").into(),
        var: key("running_var").into(),
        gamma: trained("weight"),
        beta: trained("bias"),
        eps: 1e-5,
    }
}
