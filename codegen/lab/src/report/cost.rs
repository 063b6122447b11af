//! What the model costs on a board.

use super::number::count;
use super::subject::{Board, Scored};
use super::table::{Cell, table};
use maud::{Markup, html};
use nice_flow_codegen::model::Member;
use nice_flow_codegen::{Model, Numeric, lowered};

/// Layers, weights, and the figures that were measured on a board.
pub fn section(scored: &Scored) -> Markup {
    html! {
        (flows(&scored.subject.model))
        @if scored.flows() > 1 { p { "The layers of flow 0:" } }
        (layers(scored.model().first()))
        @match &scored.subject.board {
            Some(board) => (measured(board)),
            None => p.note { "Flash of the code, RAM, stack and instructions are measured, not estimated: "
                code { "nice-flow report --bench cortex-m4f" } " adds them, " code { "nice-flow bench" } " prints them for all boards." }
        }
    }
}

/// The cost of each flow, and of all together.
fn flows(model: &Model) -> Markup {
    let (all, problems) = Takes::of(model);
    let each = (0..model.members.len()).filter_map(|flow| {
        let alone = model.clone().member(flow).ok()?;
        Some(Takes::of(&alone).0.line(integer(flow)))
    });
    let lines = match model.members.len() {
        1 => vec![all.line(integer(0))],
        _ => {
            let last = all.line(Cell::number(f64::INFINITY, "all"));
            each.chain([last]).collect()
        }
    };
    let bytes = Numeric::ALL.map(|numeric| format!("{numeric}, bytes"));
    let mut head = vec!["flow", "parameters", "MACs a score"];
    head.extend(bytes.iter().map(String::as_str));
    html! {
        p {
            "A MAC is a multiplication with an addition. The bytes are those of the generated module's numbers, in flash; \
             beside them there are the code and the stack."
            @if model.members.len() > 1 { " Those of all flows include what combines their scores." }
        }
        (table(&head, lines))
        @for problem in problems { p.note { (problem) } }
    }
}

/// The cost of flows.
struct Takes {
    numbers: usize,
    macs: usize,
    /// Bytes of the module in each number type; `None` where there is no module.
    bytes: [Option<usize>; Numeric::ALL.len()],
}

impl Takes {
    /// The cost of a model, and why a number type has no module.
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
            numbers: model.parameters(),
            macs: model.macs(),
            bytes,
        };
        (takes, problems)
    }

    fn line(&self, name: Cell) -> Vec<Cell> {
        let bytes = self
            .bytes
            .map(|bytes| bytes.map_or_else(Cell::absent, integer));
        let counts = [name, integer(self.numbers), integer(self.macs)];
        counts.into_iter().chain(bytes).collect()
    }
}

fn layers(member: &Member) -> Markup {
    let flow = member.raw_flow();
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
        bytes("stack, as measured", run.stack_bytes.into()),
        match board.stack_bound {
            Some(bound) => bytes("stack, at most", bound.into()),
            None => vec![Cell::text("stack, at most"), Cell::absent()],
        },
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
