//! `nice-flow inspect`.

use super::source::Source;
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
        let model = self.source.load()?;
        let module = lowered(&model);
        if json {
            println!("{}", describe(&model, module.ok().as_ref()));
            return Ok(());
        }
        println!(
            "{} from {} ({})",
            model.name, model.origin.file, model.origin.layout
        );
        println!("{} inputs: {}", model.flow.dim, model.features.join(", "));
        println!();
        println!(
            "{:>5}  {:<22} {:>10} {:>10}",
            "layer", "kind", "parameters", "MACs"
        );
        for (index, layer) in model.raw_flow().layers.iter().enumerate() {
            println!(
                "{index:>5}  {:<22} {:>10} {:>10}",
                layer.kind(),
                layer.parameters(),
                layer.macs()
            );
        }
        let prior = &model.flow.prior;
        println!(
            "{:>5}  {:<22} {:>10}",
            "prior",
            prior.kind(),
            prior.parameters()
        );
        println!(
            "{:>5}  {:<22} {:>10} {:>10}",
            "total",
            "",
            model.flow.parameters(),
            model.flow.macs()
        );
        println!();
        match module {
            Ok(module) => println!(
                "f32: {} bytes of weights, {}",
                module.bytes(),
                module.type_name()
            ),
            Err(error) => println!("f32: cannot be generated: {error}"),
        }
        match model.threshold {
            Some(t) => println!(
                "threshold: {} nats, false-alarm rate {}",
                t.score, t.false_alarm_rate
            ),
            None => println!("threshold: none (nice-flow calibrate)"),
        }
        Ok(())
    }
}

fn describe(model: &Model, module: Option<&Module>) -> serde_json::Value {
    let layers: Vec<_> = model.raw_flow().layers.iter()
        .map(|layer| json!({ "kind": layer.kind(), "parameters": layer.parameters(), "macs": layer.macs() }))
        .collect();
    json!({
        "name": model.name, "origin": model.origin, "dim": model.flow.dim, "features": model.features,
        "layers": layers, "prior": model.flow.prior.kind(), "parameters": model.flow.parameters(),
        "macs": model.flow.macs(), "threshold": model.threshold,
        "weight_bytes": { "f32": module.map(Module::bytes) },
        "type": module.map(Module::type_name),
    })
}
