//! `nice-flow inspect`.

mod blob;

use super::features::described;
use super::train::facts;
use crate::source::Source;
use nice_flow_codegen::model::{Combine, Missing};
use nice_flow_codegen::text::counted;
use nice_flow_codegen::{Error, Lowered, Model, Numeric, Result, lowered};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    source: Source,

    /// Of a blob, also check that it is signed by the owner of the Ed25519 public key in this PEM file.
    #[arg(long, value_name = "PUBLIC.pem")]
    key: Option<PathBuf>,
}

impl Args {
    pub fn run(&self, json: bool) -> Result<()> {
        if let Some(blob) = crate::blob::read(&self.source.model)? {
            self.source.expect_plain("a blob")?;
            return blob::inspect(&self.source.model, &blob, self.key.as_deref(), json);
        }
        if self.key.is_some() {
            let message = "expected a blob with --key, found something else";
            return Err(Error::file(&self.source.model, message));
        }
        let model = self.source.load_beside("a blob, a model file")?;
        if json {
            say!("{}", describe_model(&model)?);
            return Ok(());
        }
        match model.combine {
            None => print(&Inspected::new(&model))?,
            Some(combine) => print_ensemble(&model, combine)?,
        }
        print_verdicts(&model)
    }
}

/// For each number type the module of a model, or why there is none.
type Modules = [(Numeric, Result<Lowered>); Numeric::ALL.len()];

/// A model with its modules.
struct Inspected<'a> {
    model: &'a Model,
    modules: Modules,
}

impl<'a> Inspected<'a> {
    fn new(model: &'a Model) -> Self {
        let modules = Numeric::ALL.map(|numeric| (numeric, lowered(model, numeric)));
        Self { model, modules }
    }
}

/// Each flow of an ensemble as a model of its own.
fn alone(model: &Model) -> impl Iterator<Item = Result<Model>> + '_ {
    (0..model.members.len()).map(|index| model.clone().member(index))
}

fn print_ensemble(model: &Model, combine: Combine) -> Result<()> {
    for (index, member) in alone(model).enumerate() {
        say!("member {index}");
        print(&Inspected::new(&member?))?;
        say!("");
    }
    say!(
        "ensemble of {}: {} parameters, {} MACs",
        model.members.len(),
        model.parameters(),
        model.macs()
    );
    print_modules(&Inspected::new(model).modules)?;
    match combine {
        Combine::Tail => say!(
            "score: the mean of the members' tail scores; on rows like those that the flows learnt from, P(score > 3 + x) is about 0.05 e^-x"
        ),
        Combine::Max => say!("score: the highest of the members' tail scores"),
        Combine::Density => say!("score: -ln of the mean of the members' densities"),
    }
    Ok(())
}

fn print(Inspected { model, modules }: &Inspected) -> Result<()> {
    say!(
        "{} from {} ({})",
        model.name,
        model.origin.file,
        model.origin.layout
    );
    let member = model.first();
    say!(
        "{}: {}",
        counted(model.dim(), "input"),
        model.features.join(", ")
    );
    let context = model.context();
    if !context.is_empty() {
        let names: Vec<&str> = context.iter().map(|i| &*model.features[*i]).collect();
        say!("context, given and not scored: {}", names.join(", "));
    }
    if model.channels != model.dim() {
        let samples = model.dim() / model.channels;
        say!(
            "a window of {samples} samples, {} each",
            counted(model.channels, "channel")
        );
    }
    if let Some(front) = &model.front_end {
        say!("a front end makes them of raw counts: {}", described(front));
        say!("the first verdict is after {} s", front.seconds());
    }
    if let Some(baseline) = model.baseline {
        say!(
            "a moving baseline of {} samples is taken off each",
            baseline.samples()
        );
    }
    match model.missing {
        Missing::Alarm => (),
        Missing::Hold(samples) => {
            say!(
                "a missing channel keeps its last value, for at most {} in a row",
                counted(samples.into(), "sample")
            )
        }
        Missing::Ignore => say!("samples with a missing channel are ignored"),
    }
    say!("");
    say!(
        "{:>5}  {:<22} {:>10} {:>10}",
        "layer",
        "kind",
        "parameters",
        "MACs"
    );
    for (index, layer) in member.raw_flow().layers.iter().enumerate() {
        say!(
            "{index:>5}  {:<22} {:>10} {:>10}",
            layer.kind(),
            layer.parameters(),
            layer.macs()
        );
    }
    let prior = &member.flow.prior;
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
        model.parameters(),
        model.macs()
    );
    say!("");
    print_modules(modules)
}

fn print_modules(modules: &Modules) -> Result<()> {
    for (numeric, module) in modules {
        match module {
            Ok(module) => say!(
                "{numeric}: {} bytes of numbers, {}",
                module.bytes(),
                module.type_name()
            ),
            Err(error) => say!("{numeric}: cannot be generated: {error}"),
        }
    }
    Ok(())
}

fn print_verdicts(model: &Model) -> Result<()> {
    match model.threshold {
        Some(t) => say!(
            "threshold: {} {}, false-alarm rate {}",
            t.score,
            model.unit(),
            t.false_alarm_rate
        ),
        None => say!("threshold: none (nice-flow calibrate)"),
    }
    if let Some(debounce) = model.debounce {
        say!("alarm: {debounce} of the last verdicts anomalous");
    }
    Ok(())
}

/// Describes a flow or, for an ensemble, the whole and each flow.
fn describe_model(model: &Model) -> Result<Value> {
    if model.combine.is_none() {
        return Ok(describe(&Inspected::new(model)));
    }
    let members = alone(model).map(|member| Ok(describe(&Inspected::new(&member?))));
    let members: Vec<Value> = members.collect::<Result<_>>()?;
    let modules = Inspected::new(model).modules;
    Ok(json!({
        "members": members, "combine": model.combine,
        "front_end": model.front_end, "parameters": model.parameters(), "macs": model.macs(), "weight_bytes": bytes(&modules),
        "threshold": model.threshold, "debounce": model.debounce,
    }))
}

/// Bytes of the module's numbers in each number type; null where there is no module.
fn bytes(modules: &Modules) -> Map<String, Value> {
    let bytes = |module: &Result<Lowered>| module.as_ref().ok().map(Lowered::bytes);
    let modules = modules.iter();
    let pairs = modules.map(|(numeric, module)| (numeric.name().into(), json!(bytes(module))));
    pairs.collect()
}

fn describe(Inspected { model, modules }: &Inspected) -> Value {
    let float = modules.iter().find_map(|(_, module)| module.as_ref().ok());
    let member = model.first();
    let layers: Vec<_> = member.raw_flow().layers.iter()
        .map(|layer| json!({ "kind": layer.kind(), "parameters": layer.parameters(), "macs": layer.macs() }))
        .collect();
    json!({
        "name": model.name, "origin": model.origin, "dim": model.dim(), "channels": model.channels, "missing": model.missing, "baseline": model.baseline, "front_end": model.front_end, "features": model.features,
        "layers": layers, "prior": member.flow.prior.kind(), "parameters": model.parameters(),
        "prior_parameters": member.flow.prior.parameters(), "macs": model.macs(), "threshold": model.threshold,
        "debounce": model.debounce, "combine": model.combine, "training": facts(&member.training),
        "weight_bytes": bytes(modules), "type": float.map(Lowered::type_name),
    })
}
