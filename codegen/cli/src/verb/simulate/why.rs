//! Which inputs the board blames, and whether the host blames the same.

use super::Args;
use crate::progress::progress;
use crate::why::Causes;
use nice_flow_codegen::module::emit::{self, Extras};
use nice_flow_codegen::module::usual_values;
use nice_flow_codegen::{Lowered, Model, Result};
use nice_flow_lab::board::simulate::Simulator;
use nice_flow_lab::host::score::inputs;
use nice_flow_lab::host::scores::Scores;
use nice_flow_lab::table::Table;

impl Args {
    /// How many of the rows with causes the board explains by others, in another order, or with other scores.
    pub(super) fn unlike_board(
        &self,
        simulator: &Simulator,
        (model, lowered): (&Model, &Lowered),
        table: &Table,
        causes: &Causes,
    ) -> Result<usize> {
        let scale = lowered.scale(model, self.counts.scale.as_ref());
        let usual = usual_values(model, self.why.values(), scale.as_ref())?;
        let extras = Extras {
            usual: Some(usual),
            ..Extras::default()
        };
        let module = emit::emit_with(model, lowered, &extras)?;
        let rows: Vec<usize> = (0..table.rows)
            .filter(|row| !causes.rows[*row].is_empty())
            .collect();
        let values: Vec<f64> = rows
            .iter()
            .flat_map(|row| table.row(*row))
            .copied()
            .collect();
        if values.is_empty() {
            return Ok(0);
        }
        let taken = inputs(model, lowered, &values);
        let bar = progress(rows.len() as u64, "causes");
        let done = |rows| bar.set_position(rows as u64);
        let simulator = Simulator {
            keep: None,
            ..simulator.clone()
        };
        let board = simulator.causes(&module, &taken, table.columns, causes.most, &done)?;
        bar.finish_and_clear();
        // All NaN are the same score: none.
        let number = |score: f64| (!score.is_nan()).then_some(score);
        let unlike = rows.iter().zip(&board).filter(|(row, board)| {
            let bits: Vec<u32> = board.iter().map(|cause| cause.score_bits).collect();
            let scores = Scores::from_bits(&bits, lowered).to_f64();
            let scores = scores.into_iter().map(number);
            let board = board.iter().map(|cause| cause.input).zip(scores);
            let host = causes.rows[**row].iter();
            !host
                .map(|cause| (cause.input, number(cause.score)))
                .eq(board)
        });
        Ok(unlike.count())
    }
}
