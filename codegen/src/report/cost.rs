//! What the model takes of a board.

use super::number::count;
use super::subject::{Board, Scored};
use super::table::{Cell, table};
use crate::{Model, lowered};
use maud::{Markup, html};

/// Layers, weights, and what was measured on a board.
pub fn section(scored: &Scored) -> Markup {
    let model = &scored.subject.model;
    let numeric = scored.subject.numeric.module().unwrap_or_default();
    html! {
        p {
            (count(model.flow.parameters())) " trained numbers, " (count(model.raw_flow().macs()))
            " multiply-accumulates (MACs) a score. "
            @match lowered(model, numeric) {
                Ok(module) => { "As " (numeric) " the generated module holds " (count(module.bytes())) " bytes of numbers in flash." }
                Err(error) => { "No module can be generated: " (error) }
            }
        }
        (layers(model))
        @match &scored.subject.board {
            Some(board) => (measured(board)),
            None => p.note { "Flash of the code, RAM, stack and instructions are measured, not estimated: "
                code { "nice-flow report --bench cortex-m4f" } " adds them, " code { "nice-flow bench" } " prints them for all boards." }
        }
    }
}

fn layers(model: &Model) -> Markup {
    let flow = model.raw_flow();
    let kinds = flow.layers.iter();
    let kinds = kinds.map(|layer| (layer.kind(), layer.parameters(), integer(layer.macs())));
    let prior = &flow.prior;
    let last = (prior.kind(), prior.parameters(), Cell::absent());
    let rows = kinds.chain([last]).enumerate();
    let rows = rows.map(|(step, (kind, parameters, macs))| {
        vec![integer(step), Cell::text(kind), integer(parameters), macs]
    });
    table(&["step", "kind", "numbers", "MACs"], rows.collect())
}

fn integer(n: usize) -> Cell {
    Cell::number(n as f64, count(n))
}

fn measured(board: &Board) -> Markup {
    let (sizes, run) = (&board.sizes, &board.run);
    let bytes = |what, bytes: u64| {
        let text = format!("{} bytes", count(bytes as usize));
        vec![Cell::text(what), Cell::number(bytes as f64, text)]
    };
    let mean = run.instructions.mean;
    let instructions = Cell::number(mean, format!("{} (mean)", count(mean.round() as usize)));
    let most = run.instructions.max;
    let rows = vec![
        bytes("weights, in flash", sizes.weight_bytes),
        bytes("code, in flash", sizes.flash_overhead_bytes),
        bytes("static RAM", sizes.static_ram_bytes),
        bytes("stack", run.stack_bytes.into()),
        vec![Cell::text("instructions"), instructions],
        vec![Cell::text("at most"), integer(most as usize)],
    ];
    html! {
        p {
            "One score, measured on an emulated " (board.target.name()) ", " (board.numeric) ", optimised for speed, over the first rows of \
             the data; code is what the call adds to a firmware that has none:"
        }
        (table(&["what", "figure"], rows))
    }
}
