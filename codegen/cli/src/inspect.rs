//! `nice-flow inspect`.

use super::source::Source;
use nice_flow_codegen::model::ensemble::{Combine, Ensemble, Stored};
use nice_flow_codegen::{Lowered, Model, Numeric, Result, lowered, lowered_stored};
use serde_json::{Map, Value, json};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
}

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        let stored = self.source.load_stored()?;
        match &stored {
            Stored::One(model) if json => say!("{}", describe(&Inspected::new(model))),
            Stored::Several(ensemble) if json => say!("{}", describe_ensemble(&stored, ensemble)),
            Stored::One(model) => print(&Inspected::new(model))?,
            Stored::Several(ensemble) => print_ensemble(&stored, ensemble)?,
        }
        if !json {
            print_verdicts(&stored)?;
        }
        Ok(())
    }
}

/// What each number type makes of a model, or why not.
type Modules = [(Numeric, Result<Lowered>); 3];

/// A model, with its modules.
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

/// What an ensemble takes.
struct Whole {
    parameters: usize,
    macs: usize,
    modules: Modules,
}

impl Whole {
    fn new(stored: &Stored) -> Self {
        let models = stored.models();
        Self {
            parameters: models.iter().map(|model| model.flow.parameters()).sum(),
            macs: models.iter().map(|model| model.flow.macs()).sum(),
            modules: Numeric::ALL.map(|numeric| (numeric, lowered_stored(stored, numeric))),
        }
    }
}

fn print_ensemble(stored: &Stored, ensemble: &Ensemble) -> Result<()> {
    for (index, member) in ensemble.members.iter().enumerate() {
        say!("member {index}");
        print(&Inspected::new(&member.model))?;
        say!("");
    }
    let whole = Whole::new(stored);
    say!(
        "ensemble of {}: {} parameters, {} MACs",
        ensemble.members.len(),
        whole.parameters,
        whole.macs
    );
    print_modules(&whole.modules)?;
    match ensemble.combine {
        Combine::Tail => say!(
            "score: the mean of the members' tail scores; on normal rows P(score > 3 + x) is about 0.05 e^-x"
        ),
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

fn print_verdicts(stored: &Stored) -> Result<()> {
    match stored.threshold() {
        Some(t) => say!(
            "threshold: {} {}, false-alarm rate {}",
            t.score,
            stored.unit(),
            t.false_alarm_rate
        ),
        None => say!("threshold: none (nice-flow calibrate)"),
    }
    if let Some(debounce) = stored.debounce() {
        say!("alarm: {debounce} of the last verdicts anomalous");
    }
    Ok(())
}

fn describe_ensemble(stored: &Stored, ensemble: &Ensemble) -> Value {
    let members = ensemble.members.iter();
    let members = members.map(|member| describe(&Inspected::new(&member.model)));
    let whole = Whole::new(stored);
    json!({
        "members": members.collect::<Vec<_>>(), "combine": ensemble.combine,
        "parameters": whole.parameters, "macs": whole.macs, "weight_bytes": bytes(&whole.modules),
        "threshold": ensemble.threshold, "debounce": ensemble.debounce,
    })
}

/// Bytes of numbers in each number type; null where there is no module.
fn bytes(modules: &Modules) -> Map<String, Value> {
    let bytes = |module: &Result<Lowered>| module.as_ref().ok().map(Lowered::bytes);
    let modules = modules.iter();
    let pairs = modules.map(|(numeric, module)| (numeric.name().into(), json!(bytes(module))));
    pairs.collect()
}

fn describe(Inspected { model, modules }: &Inspected) -> Value {
    let float = modules.iter().find_map(|(_, module)| module.as_ref().ok());
    let layers: Vec<_> = model.raw_flow().layers.iter()
        .map(|layer| json!({ "kind": layer.kind(), "parameters": layer.parameters(), "macs": layer.macs() }))
        .collect();
    json!({
        "name": model.name, "origin": model.origin, "dim": model.flow.dim, "features": model.features,
        "layers": layers, "prior": model.flow.prior.kind(), "parameters": model.flow.parameters(),
        "macs": model.flow.macs(), "threshold": model.threshold,
        "debounce": model.debounce,
        "weight_bytes": bytes(modules), "type": float.map(Lowered::type_name),
    })
}
