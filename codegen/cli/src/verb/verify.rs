//! `nice-flow verify`.

use crate::choice::choice;
use crate::counts::Counts;
use crate::level;
use crate::rows::Rows;
use crate::source::note_scales;
use nice_flow_codegen::Numeric;
use nice_flow_codegen::text::{counted, rounded};
use nice_flow_codegen::{Error, Result};
use nice_flow_lab::judge::verify::{Cost, Difference, Verification, verify};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    rows: Rows,

    /// Number type of the module.
    #[arg(long, value_parser = choice::<Numeric>(), default_value = "f32")]
    numeric: Numeric,

    /// Largest acceptable difference from the reference, in nats or, for tail scores, in units of those.
    #[arg(long, value_name = "NATS", value_parser = limit)]
    limit: Option<f64>,
}

fn limit(text: &str) -> std::result::Result<f64, String> {
    let limit = text.parse().ok().filter(|limit| *limit >= 0.0);
    limit.ok_or_else(|| "expected a number, 0 or above".into())
}

impl Args {
    pub fn run(&self, json: bool) -> Result<()> {
        let (model, mut table) = self.rows.load()?;
        level::take_off_judged(&model, &mut table, self.numeric.into(), &Counts::default())?;
        note_scales(&model, self.numeric);
        let (values, labels) = (&table.values, table.labels.as_deref());
        let verification = verify(&model, self.numeric, values, labels)
            .map_err(|error| error.in_file(&self.rows.source.model))?;
        let Verification {
            rows,
            unit,
            folded,
            cost,
        } = &verification;
        if json {
            say!("{}", serde_json::json!(verification));
        } else {
            say!(
                "{} against the f64 reference, in {}",
                counted(*rows, "row"),
                unit.plural()
            );
            print("folded, f64", folded)?;
            let name = self.numeric.name();
            print(&format!("generated, {name}"), &cost.generated)?;
            print_cost(cost, *rows, labels.is_some())?;
        }
        match self.limit {
            Some(limit) if cost.generated.largest > limit => Err(Error::Check(format!(
                "the generated module is up to {} {} from the reference, expected at most {limit}",
                cost.generated.largest,
                unit.plural()
            ))),
            _ => Ok(()),
        }
    }
}

fn print(what: &str, difference: &Difference) -> Result<()> {
    let agreement = difference
        .rank_agreement
        .map_or("-".into(), |rho| rounded(rho, 9));
    say!(
        "{what:<15} largest {:.2e}  p99 {:.2e}  median {:.2e}  rank agreement {agreement}",
        difference.largest,
        difference.p99,
        difference.median
    );
    Ok(())
}

fn print_cost(cost: &Cost, rows: usize, labelled: bool) -> Result<()> {
    if labelled {
        print("  normal rows", &cost.normal)?;
    }
    if cost.deviation > 0.0 {
        say!(
            "  in standard deviations of {} scores: p99 {:.4}, median {:.4}",
            if labelled { "normal" } else { "the" },
            cost.normal.p99 / cost.deviation,
            cost.normal.median / cost.deviation
        );
    }
    if let Some(change) = cost.auroc_change {
        let words = match change {
            c if c.abs() < 5e-6 => "is the reference's".into(),
            c if c > 0.0 => format!("is {c:.5} higher than the reference's"),
            c => format!("is {:.5} lower than the reference's", -c),
        };
        say!("  AUROC {words}");
    }
    if cost.at_largest > 0 {
        say!(
            "  of {}, {} with the largest score that an integer holds, which rank equal",
            counted(rows, "row"),
            cost.at_largest
        );
    }
    if let Some(changed) = cost.decisions_changed {
        say!(
            "  of {}, {changed} judged differently, each number type by its own threshold",
            counted(rows, "row")
        );
    }
    Ok(())
}
