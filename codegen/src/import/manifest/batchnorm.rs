//! Batch normalisations that a manifest ignores, put where `torch.nn.Sequential` has them.

use super::variant::{couplings, ignored};
use toml::{Table, Value};

/// Puts each ignored normalisation before the linear layer that follows it in its `Sequential`;
/// whether there was one.
pub(super) fn normalise(table: &mut Table) -> bool {
    let ignored = ignored(table);
    let end = |name: &String| name.strip_suffix(".running_var").map(str::to_owned);
    let norms: Vec<_> = ignored.iter().filter_map(end).collect();
    let insert = |op: &mut Table| {
        let nets = ["net", "net_scale"].map(|net| insert(op.get_mut(net), &norms, &ignored));
        nets.contains(&true)
    };
    !norms.is_empty() && couplings(table, &insert)
}

fn insert(net: Option<&mut Value>, norms: &[String], ignored: &[String]) -> bool {
    let Some(Value::Array(steps)) = net else {
        return false;
    };
    let (old, mut last) = (std::mem::take(steps), None);
    let before = old.len();
    for step in old {
        if let Some((list, index)) = linear(&step) {
            let between = |norm: &&String| {
                let place = place(norm).filter(|(other, _)| *other == list);
                place.is_some_and(|(_, at)| at < index && last.is_some_and(|last| last < at))
            };
            steps.extend(
                norms
                    .iter()
                    .filter(between)
                    .map(|norm| batchnorm(norm, ignored)),
            );
            last = Some(index);
        }
        steps.push(step);
    }
    steps.len() > before
}

/// The `Sequential` and the place in it of a linear step.
fn linear(step: &Value) -> Option<(String, usize)> {
    let weight = step.get("w")?.as_str()?.strip_suffix(".weight")?;
    place(weight).map(|(list, index)| (list.to_owned(), index))
}

/// `a.b.3` as `a.b` and 3.
fn place(name: &str) -> Option<(&str, usize)> {
    let (list, index) = name.rsplit_once('.')?;
    Some((list, index.parse().ok()?))
}

/// With PyTorch's `eps`.
fn batchnorm(name: &str, ignored: &[String]) -> Value {
    let mut step = Table::new();
    step.insert("op".into(), Value::String("batchnorm".into()));
    step.insert("eps".into(), Value::Float(1e-5));
    let tensors = [
        ("mean", "running_mean"),
        ("var", "running_var"),
        ("gamma", "weight"),
        ("beta", "bias"),
    ];
    for (key, end) in tensors {
        let tensor = format!("{name}.{end}");
        if ignored.contains(&tensor) {
            step.insert(key.into(), Value::String(tensor));
        }
    }
    Value::Table(step)
}
