//! `nice-flow inspect`.

use super::source::Source;
use crate::debounce::Debounce;
use crate::ensemble::{Member, Stored};
use crate::module::Module;
use crate::{Model, Result, lowered};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
}

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        match self.source.load_stored()? {
            Stored::One(model) if json => {
                let module = lowered(&model).ok();
                say!("{}", describe(&model, module.as_ref()));
            }
            Stored::One(model) => print(&model)?,
            Stored::Several(ensemble) if json => {
                let of =
                    |member: &Member| describe(&member.model, lowered(&member.model).ok().as_ref());
                let members: Vec<_> = ensemble.members.iter().map(of).collect();
                say!(
                    "{}",
                    json!({ "members": members, "threshold": ensemble.threshold, "debounce": ensemble.debounce })
                );
            }
            Stored::Several(ensemble) => {
                say!(
                    "ensemble of {}, threshold {}",
                    ensemble.members.len(),
                    ensemble
                        .threshold
                        .map_or("none".into(), |t| t.score.to_string())
                );
                print_debounce(ensemble.debounce)?;
                for (index, member) in ensemble.members.iter().enumerate() {
                    say!("");
                    say!("member {index}");
                    print(&member.model)?;
                }
            }
        }
        Ok(())
    }
}

fn print(model: &Model) -> Result<()> {
    let module = lowered(model);
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
    match module {
        Ok(module) => say!(
            "f32: {} bytes of numbers, {}",
            module.bytes(),
            module.type_name()
        ),
        Err(error) => say!("f32: cannot be generated: {error}"),
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

fn describe(model: &Model, module: Option<&Module>) -> serde_json::Value {
    let layers: Vec<_> = model.raw_flow().layers.iter()
        .map(|layer| json!({ "kind": layer.kind(), "parameters": layer.parameters(), "macs": layer.macs() }))
        .collect();
    json!({
        "name": model.name, "origin": model.origin, "dim": model.flow.dim, "features": model.features,
        "layers": layers, "prior": model.flow.prior.kind(), "parameters": model.flow.parameters(),
        "macs": model.flow.macs(), "threshold": model.threshold,
        "debounce": model.debounce,
        "weight_bytes": { "f32": module.map(Module::bytes) },
        "type": module.map(Module::type_name),
    })
}
