//! `nice-flow inspect`.

use super::source::Source;
use crate::debounce::Debounce;
use crate::ensemble::{Ensemble, Stored};
use crate::{Lowered, Model, Numeric, Result, lowered};
use serde_json::{Map, Value, json};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
}

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        match self.source.load_stored()? {
            Stored::One(model) if json => say!("{}", describe(&model)),
            Stored::One(model) => print(&model)?,
            Stored::Several(ensemble) if json => say!("{}", describe_ensemble(&ensemble)),
            Stored::Several(ensemble) => print_ensemble(&ensemble)?,
        }
        Ok(())
    }
}

fn print_ensemble(ensemble: &Ensemble) -> Result<()> {
    let threshold = ensemble.threshold.map(|threshold| threshold.score);
    say!(
        "ensemble of {}, threshold {}",
        ensemble.members.len(),
        threshold.map_or("none".into(), |score| score.to_string())
    );
    print_debounce(ensemble.debounce)?;
    for (index, member) in ensemble.members.iter().enumerate() {
        say!("");
        say!("member {index}");
        print(&member.model)?;
    }
    Ok(())
}

fn describe_ensemble(ensemble: &Ensemble) -> Value {
    let members = ensemble.members.iter();
    let members: Vec<_> = members.map(|member| describe(&member.model)).collect();
    json!({ "members": members, "threshold": ensemble.threshold, "debounce": ensemble.debounce })
}

/// What each number type makes of the model, or why not.
fn modules(model: &Model) -> [(Numeric, Result<Lowered>); 3] {
    Numeric::ALL.map(|numeric| (numeric, lowered(model, numeric)))
}

fn print(model: &Model) -> Result<()> {
    say!(
        "{} from {} ({})",
        model.name,
        model.origin.file,
        model.origin.layout
    );
    say!("{} inputs: {}", model.flow.dim, model.features.join(", "));
    say!("");
    say!(
        "{:>5}  {:<22} {:>10} {:>10}",
        "layer",
        "kind",
        "parameters",
        "MACs"
    );
    for (index, layer) in model.raw_flow().layers.iter().enumerate() {
        say!(
            "{index:>5}  {:<22} {:>10} {:>10}",
            layer.kind(),
            layer.parameters(),
            layer.macs()
        );
    }
    let prior = &model.flow.prior;
    say!(
        "{:>5}  {:<22} {:>10}",
        "prior",
        prior.kind(),
        prior.parameters()
    );
    say!(
        "{:>5}  {:<22} {:>10} {:>10}",
        "total",
        "",
        model.flow.parameters(),
        model.flow.macs()
    );
    say!("");
    for (numeric, module) in modules(model) {
        match module {
            Ok(module) => say!(
                "{numeric}: {} bytes of numbers, {}",
                module.bytes(),
                module.type_name()
            ),
            Err(error) => say!("{numeric}: cannot be generated: {error}"),
        }
    }
    match model.threshold {
        Some(t) => say!(
            "threshold: {} nats, false-alarm rate {}",
            t.score,
            t.false_alarm_rate
        ),
        None => say!("threshold: none (nice-flow calibrate)"),
    }
    print_debounce(model.debounce)
}

fn print_debounce(debounce: Option<Debounce>) -> Result<()> {
    if let Some(debounce) = debounce {
        say!("alarm: {debounce} of the last verdicts anomalous");
    }
    Ok(())
}

fn describe(model: &Model) -> Value {
    let modules = modules(model);
    let bytes = |module: &Result<Lowered>| module.as_ref().ok().map(Lowered::bytes);
    let bytes: Map<_, _> = (modules.iter())
        .map(|(numeric, module)| (numeric.name().to_string(), json!(bytes(module))))
        .collect();
    let float = modules.iter().find_map(|(_, module)| module.as_ref().ok());
    let layers: Vec<_> = model.raw_flow().layers.iter()
        .map(|layer| json!({ "kind": layer.kind(), "parameters": layer.parameters(), "macs": layer.macs() }))
        .collect();
    json!({
        "name": model.name, "origin": model.origin, "dim": model.flow.dim, "features": model.features,
        "layers": layers, "prior": model.flow.prior.kind(), "parameters": model.flow.parameters(),
        "macs": model.flow.macs(), "threshold": model.threshold,
        "debounce": model.debounce,
        "weight_bytes": bytes, "type": float.map(Lowered::type_name),
    })
}
