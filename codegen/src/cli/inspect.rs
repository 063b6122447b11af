//! `nice-flow inspect`.

use super::source::Source;
use crate::ensemble::{Combine, Ensemble, Stored};
use crate::{Lowered, Model, Numeric, Result, lowered};
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
            Stored::Several(ensemble) if json => say!("{}", describe_ensemble(ensemble)),
            Stored::One(model) => print(&Inspected::new(model))?,
            Stored::Several(ensemble) => print_ensemble(ensemble)?,
        }
        if !json {
            print_verdicts(&stored)?;
        }
        Ok(())
    }
}

/// A flow, and what each number type makes of it, or why not.
struct Inspected<'a> {
    model: &'a Model,
    modules: [(Numeric, Result<Lowered>); 3],
}

impl<'a> Inspected<'a> {
    fn new(model: &'a Model) -> Self {
        let modules = Numeric::ALL.map(|numeric| (numeric, lowered(model, numeric)));
        Self { model, modules }
    }

    fn all(ensemble: &'a Ensemble) -> Vec<Self> {
        let members = ensemble.members.iter();
        members.map(|member| Self::new(&member.model)).collect()
    }

    /// Bytes of numbers in a module; `None` without one.
    fn bytes(&self, numeric: Numeric) -> Option<usize> {
        let mut modules = self.modules.iter();
        let (_, module) = modules.find(|(other, _)| *other == numeric)?;
        module.as_ref().ok().map(Lowered::bytes)
    }
}

/// What the flows of an ensemble take together.
struct Totals {
    parameters: usize,
    macs: usize,
    /// `None` where a flow has no module.
    bytes: [(Numeric, Option<usize>); 3],
}

impl Totals {
    fn of(members: &[Inspected]) -> Self {
        let flows = || members.iter().map(|member| &member.model.flow);
        let bytes = |numeric| members.iter().map(|member| member.bytes(numeric)).sum();
        Self {
            parameters: flows().map(|flow| flow.parameters()).sum(),
            macs: flows().map(|flow| flow.macs()).sum(),
            bytes: Numeric::ALL.map(|numeric| (numeric, bytes(numeric))),
        }
    }
}

fn print_ensemble(ensemble: &Ensemble) -> Result<()> {
    let members = Inspected::all(ensemble);
    for (index, member) in members.iter().enumerate() {
        say!("member {index}");
        print(member)?;
        say!("");
    }
    let totals = Totals::of(&members);
    say!(
        "ensemble of {}: {} parameters, {} MACs",
        members.len(),
        totals.parameters,
        totals.macs
    );
    for (numeric, bytes) in totals.bytes {
        match bytes {
            Some(bytes) => say!("{numeric}: {bytes} bytes of numbers in all members"),
            None => say!("{numeric}: cannot be generated"),
        }
    }
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

fn describe_ensemble(ensemble: &Ensemble) -> Value {
    let members = Inspected::all(ensemble);
    let totals = Totals::of(&members);
    let bytes = totals.bytes;
    let bytes = bytes.map(|(numeric, bytes)| (numeric.name().to_string(), json!(bytes)));
    json!({
        "members": members.iter().map(describe).collect::<Vec<_>>(), "combine": ensemble.combine,
        "parameters": totals.parameters, "macs": totals.macs, "weight_bytes": Map::from_iter(bytes),
        "threshold": ensemble.threshold, "debounce": ensemble.debounce,
    })
}

fn describe(inspected: &Inspected) -> Value {
    let Inspected { model, modules } = inspected;
    let bytes =
        Numeric::ALL.map(|numeric| (numeric.name().to_string(), json!(inspected.bytes(numeric))));
    let float = modules.iter().find_map(|(_, module)| module.as_ref().ok());
    let layers: Vec<_> = model.raw_flow().layers.iter()
        .map(|layer| json!({ "kind": layer.kind(), "parameters": layer.parameters(), "macs": layer.macs() }))
        .collect();
    json!({
        "name": model.name, "origin": model.origin, "dim": model.flow.dim, "features": model.features,
        "layers": layers, "prior": model.flow.prior.kind(), "parameters": model.flow.parameters(),
        "macs": model.flow.macs(), "threshold": model.threshold,
        "debounce": model.debounce,
        "weight_bytes": Map::from_iter(bytes), "type": float.map(Lowered::type_name),
    })
}
