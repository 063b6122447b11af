//! What the model takes of a board.

use super::number::{count, short};
use super::subject::{Board, Scored};
use super::table::{Cell, table};
use crate::{Model, lowered};
use maud::{Markup, html};

/// Layers, weights, and what was measured on a board.
pub fn section(scored: &Scored) -> Markup {
    let model = &scored.subject.model;
    html! {
        p {
            (count(model.flow.parameters())) " trained numbers, " (count(model.raw_flow().macs()))
            " multiply-accumulates (MACs) a score. "
            @match lowered(model) {
                Ok(module) => { "As f32 the generated module holds " (count(module.bytes())) " bytes of numbers in flash." }
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
    let mut rows: Vec<Vec<Cell>> = flow
        .layers
        .iter()
        .enumerate()
        .map(|(index, layer)| line(index, layer.kind(), layer.parameters(), layer.macs()))
        .collect();
    let prior = &flow.prior;
    let mut last = line(rows.len(), prior.kind(), prior.parameters(), 0);
    last[3] = Cell::text("–");
    rows.push(last);
    table(&["step", "kind", "numbers", "MACs"], rows)
}

fn line(index: usize, kind: &str, parameters: usize, macs: usize) -> Vec<Cell> {
    vec![
        Cell::number(index as f64, index),
        Cell::text(kind),
        Cell::number(parameters as f64, count(parameters)),
        Cell::number(macs as f64, count(macs)),
    ]
}

fn measured(board: &Board) -> Markup {
    let (sizes, run) = (&board.sizes, &board.run);
    let bytes = |name: &str, bytes: u64| {
        vec![
            Cell::text(name),
            Cell::number(bytes as f64, count(bytes as usize)),
        ]
    };
    let instructions = &run.instructions;
    let text = format!(
        "{} ({} to {})",
        short(instructions.mean),
        count(instructions.min as usize),
        count(instructions.max as usize)
    );
    let rows = vec![
        bytes("weights in flash, bytes", sizes.weight_bytes),
        bytes(
            "code in flash that one call of score adds, bytes",
            sizes.flash_overhead_bytes,
        ),
        bytes("static RAM, bytes", sizes.static_ram_bytes),
        bytes("stack of a score, bytes", run.stack_bytes.into()),
        vec![
            Cell::text("instructions of a score"),
            Cell::number(instructions.mean, text),
        ],
    ];
    html! {
        p { "Measured on an emulated " (board.target.name()) ", f32, optimised for speed, on the first rows of the data:" }
        (table(&["what", "figure"], rows))
    }
}
