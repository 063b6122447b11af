//! `nice-flow verify`.

use super::source::{Rows, note_scales};
use crate::verify::{Cost, Difference, Verification, verify};
use crate::{Error, Result, lowered};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    rows: Rows,

    /// Number type of the module.
    #[arg(long, value_enum, default_value_t)]
    numeric: crate::Numeric,

    /// Largest difference from the reference that is fine, in nats.
    #[arg(long, value_name = "NATS")]
    limit: Option<f64>,
}

impl Args {
    pub(super) fn run(&self, json: bool) -> Result<()> {
        let (model, table) = self.rows.load()?;
        note_scales(&model, self.numeric);
        let lowered = lowered(&model, self.numeric)
            .map_err(|error| error.in_file(&self.rows.source.model))?;
        let verification = verify(&model, &lowered, &table.values, table.labels.as_deref())?;
        let Verification { rows, folded, cost } = &verification;
        if json {
            say!("{}", serde_json::json!(verification));
        } else {
            say!("{rows} rows against the f64 reference, in nats");
            print("folded, f64", folded)?;
            let name = self.numeric.name();
            print(&format!("generated, {name}"), &cost.generated)?;
            print_cost(cost, *rows, table.labels.is_some())?;
        }
        match self.limit {
            Some(limit) if limit.is_nan() || cost.generated.largest > limit => {
                Err(Error::Check(format!(
                    "the generated module is up to {} nats from the reference, expected at most {limit}",
                    cost.generated.largest
                )))
            }
            _ => Ok(()),
        }
    }
}

fn print(what: &str, difference: &Difference) -> Result<()> {
    let agreement = difference
        .rank_agreement
        .map_or("-".into(), |rho| format!("{rho:.9}"));
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
        say!("  AUROC {change:+.5}");
    }
    if let Some(changed) = cost.decisions_changed {
        say!(
            "  {changed} of {rows} rows are judged differently, each number type by its own threshold"
        );
    }
    Ok(())
}
