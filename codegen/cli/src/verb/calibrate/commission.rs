//! `nice-flow calibrate --commission`: a threshold for one machine, and where its sensors lie, for a firmware.

use crate::choice::choice;
use crate::counts::Counts;
use crate::files::Files;
use crate::level;
use crate::rows::Roles;
use crate::sink;
use nice_flow_codegen::module::emit::site;
use nice_flow_codegen::module::spread;
use nice_flow_codegen::text::rounded;
use nice_flow_codegen::{Error, Model, Numeric, Result};
use nice_flow_lab::host::commission::commission;
use nice_flow_lab::host::score::inputs;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Options of a commissioning.
#[derive(Debug, clap::Args)]
pub(super) struct Commissioning {
    /// Fit a module to one machine instead, from its normal rows in their order, as nice_flow::Commission does on a board, in the
    /// same bits: the first half moves each input to where it was at the training, the second half gives the threshold. -o
    /// is then a Rust file with SITE.
    #[arg(
        long = "commission",
        value_name = "ROWS",
        conflicts_with_all = ["data", "debounce", "combine", "drop_incomplete"]
    )]
    rows: Option<PathBuf>,

    /// Number type of the module that is fitted.
    #[arg(long, value_parser = choice::<Numeric>(), default_value = "f32", requires = "rows")]
    numeric: Numeric,

    #[command(flatten)]
    counts: Counts,

    /// How many rows of the second half may be anomalous.
    #[arg(long, value_name = "N", default_value = "0", requires = "rows")]
    dirty: u16,
}

impl Commissioning {
    pub(super) fn files(&self) -> Files {
        Files::default().reading(&self.rows)
    }

    /// Whether a machine is fitted, not a model calibrated.
    pub(super) fn is_asked(&self) -> bool {
        self.rows.is_some()
    }

    /// Writes the Rust file.
    pub(super) fn run(
        &self,
        (source, model): (&Path, &Model),
        roles: &Roles,
        rate: f64,
        output: &Path,
        json: bool,
    ) -> Result<()> {
        let Some(path) = &self.rows else {
            return Ok(());
        };
        self.counts.expect_integers(Some(self.numeric))?;
        let mut table = roles.read_for(std::slice::from_ref(path), model, false, &self.counts)?;
        self.counts
            .expect(model, Some(self.numeric), &table, path)?;
        level::take_off(model, &mut table)?;
        let in_source = |error: Error| error.in_file(source);
        let lowered = self.counts.lowered(model, self.numeric);
        let lowered = lowered.map_err(in_source)?;
        let scale = lowered.scale(model, self.counts.scale.as_ref());
        let spread = spread(model, scale.as_ref()).map_err(in_source)?;
        let rows = table.normal_rows();
        let taken = inputs(model, &lowered, &rows);
        let found = commission(&lowered, &spread, &taken, rate, self.dirty);
        let found = found.map_err(|error| error.in_file(path))?;
        sink::write(output, site(&found, &lowered).as_bytes())?;
        let count = rows.len() / model.dim().max(1);
        if json {
            let summary = json!({
                "site": output.to_string_lossy(), "rows": count, "threshold": found.threshold, "false_alarm_rate": rate,
                "moves": found.moves,
            });
            say!("{summary}");
            return Ok(());
        }
        say!(
            "{count} normal rows: {} moved the inputs, the others gave the threshold of {} {}, which new rows like them exceed with \
             probability {rate} at most",
            count / 2,
            rounded(found.threshold, 4),
            model.unit()
        );
        if !sink::is_standard(output) {
            say!("wrote {}", output.display());
        }
        Ok(())
    }
}
