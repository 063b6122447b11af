//! `nice-flow inspect`.

use super::source::Source;
use crate::{Lowered, Model, Numeric, Result, lowered};
use serde_json::{Map, Value, json};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
}

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        let model = self.source.load()?;
        let modules = Numeric::ALL.map(|numeric| (numeric, lowered(&model, numeric)));
        if json {
            say!("{}", describe(&model, &modules));
            return Ok(());
        }
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
        for (numeric, module) in modules {
            let name = numeric.name();
            match module {
                Ok(module) => say!(
                    "{name}: {} bytes of numbers, {}",
                    module.bytes(),
                    module.type_name()
                ),
                Err(error) => say!("{name}: cannot be generated: {error}"),
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
        if let Some(debounce) = model.debounce {
            say!("alarm: {debounce} of the last verdicts anomalous");
        }
        Ok(())
    }
}

fn describe(model: &Model, modules: &[(Numeric, Result<Lowered>)]) -> Value {
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
