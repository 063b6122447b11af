//! What the model takes of a board.

use super::number::count;
use super::subject::{Board, Scored};
use super::table::{Cell, table};
use crate::{Model, Numeric, lowered};
use maud::{Markup, html};

/// Layers, weights, and what was measured on a board.
pub fn section(scored: &Scored) -> Markup {
    let models = scored.subject.stored.models();
    html! {
        (flows(&models))
        @if models.len() > 1 { p { "The layers of flow 0:" } }
        (layers(scored.first()))
        @match &scored.subject.board {
            Some(board) => (measured(board)),
            None => p.note { "Flash of the code, RAM, stack and instructions are measured, not estimated: "
                code { "nice-flow report --bench cortex-m4f" } " adds them, " code { "nice-flow bench" } " prints them for all boards." }
        }
    }
}

const HEAD: [&str; 6] = [
    "flow",
    "trained numbers",
    "MACs a score",
    "f32, bytes",
    "i16, bytes",
    "i8, bytes",
];

/// What each flow takes, and all together.
fn flows(models: &[&Model]) -> Markup {
    let (takes, problems): (Vec<_>, Vec<_>) = models.iter().map(|model| Takes::of(model)).unzip();
    let lines = takes.iter().enumerate();
    let mut lines: Vec<_> = lines
        .map(|(flow, takes)| takes.line(integer(flow)))
        .collect();
    if models.len() > 1 {
        lines.push(Takes::all(&takes).line(Cell::number(f64::INFINITY, "all")));
    }
    html! {
        p {
            "A MAC is a multiplication with an addition. The numbers of the generated modules lie in flash;              beside them there are the code and the stack."
        }
        (table(&HEAD, lines))
        @for problem in problems.iter().flatten() { p.note { (problem) } }
    }
}

/// What flows take.
struct Takes {
    numbers: usize,
    macs: usize,
    /// Of each number type; `None` where there is no module.
    bytes: [Option<usize>; 3],
}

impl Takes {
    /// What one takes, and why it has no module of a number type.
    fn of(model: &Model) -> (Self, Vec<String>) {
        let mut problems = vec![];
        let bytes = Numeric::ALL.map(|numeric| match lowered(model, numeric) {
            Ok(module) => Some(module.bytes()),
            Err(error) => {
                problems.push(format!("No {numeric} module can be generated: {error}"));
                None
            }
        });
        let takes = Self {
            numbers: model.flow.parameters(),
            macs: model.raw_flow().macs(),
            bytes,
        };
        (takes, problems)
    }

    fn all(takes: &[Self]) -> Self {
        Self {
            numbers: takes.iter().map(|takes| takes.numbers).sum(),
            macs: takes.iter().map(|takes| takes.macs).sum(),
            bytes: std::array::from_fn(|i| takes.iter().map(|takes| takes.bytes[i]).sum()),
        }
    }

    fn line(&self, name: Cell) -> Vec<Cell> {
        let bytes = self
            .bytes
            .map(|bytes| bytes.map_or_else(Cell::absent, integer));
        let counts = [name, integer(self.numbers), integer(self.macs)];
        counts.into_iter().chain(bytes).collect()
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
