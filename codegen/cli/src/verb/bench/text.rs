//! The output of `bench` as text.

use nice_flow_codegen::text::counted;
use nice_flow_codegen::{Model, Numeric, Result};
use nice_flow_lab::board::cost::{Budget, Cost};

/// Prints a line for each cost, with its parts below it.
pub(super) fn print(model: &Model, costs: &[Cost]) -> Result<()> {
    let (name, dim) = (&model.name, model.dim());
    let macs = model.macs();
    let inputs = counted(dim, "input");
    say!("{name}: {inputs}, {macs} MACs; one score, everything included");
    say!(
        "{:<14} {:<4} {:>3} {:>12} {:>7} {:>9} {:>7} {:>8} {:>8} {:>10} {:>7} {:>6}",
        "target",
        "type",
        "opt",
        "instructions",
        "a MAC",
        "~cycles",
        "a MAC",
        "weights",
        "flash +",
        "static RAM",
        "stack ≤",
        "seen"
    );
    for cost in costs {
        say!(
            "{:<14} {:<4} {:>3} {:>12.0} {:>7.3} {:>9} {:>7} {:>8} {:>8} {:>10} {:>7} {:>6}",
            cost.target,
            cost.numeric,
            cost.opt_level,
            cost.instructions,
            cost.instructions_per_mac,
            optional(cost.estimated_cycles),
            optional(
                cost.estimated_cycles_per_mac
                    .map(|cycles| format!("{cycles:.2}"))
            ),
            cost.weight_bytes,
            cost.flash_overhead_bytes,
            cost.static_ram_bytes,
            optional(cost.stack_bound_bytes),
            cost.stack_bytes
        );
        print_parts(cost)?;
    }
    say!("flash +: bytes that one score call adds to an empty firmware, weights not counted");
    say!(
        "stack: the most that any input can take, from the linked code, and the most that was seen"
    );
    for cost in costs {
        if let Some(reason) = &cost.stack_unbounded {
            say!(
                "{}, {}, opt-level {}: {reason}",
                cost.target,
                cost.numeric,
                cost.opt_level
            );
        }
    }
    say!(
        "~cycles: an estimate from ARM's instruction timings with memory that never waits, never checked on silicon"
    );
    let of_parts = |cost: &Cost| cost.parts.iter().map(|(part, _)| part.macs).sum::<usize>();
    if costs.iter().any(|cost| of_parts(cost) > cost.macs) {
        say!("MACs of layers in integers: with those of the zeros that fill up blocks of four");
    }
    let varies = costs
        .iter()
        .filter(|cost| cost.instructions_min < cost.instructions_max);
    for cost in varies {
        say!(
            "{}, {}, opt-level {}: {} to {} instructions, by input",
            cost.target,
            cost.numeric,
            cost.opt_level,
            cost.instructions_min,
            cost.instructions_max
        );
    }
    Ok(())
}

/// Prints the cost of each part; the lines add up to the score of the first row.
fn print_parts(cost: &Cost) -> Result<()> {
    let Some((whole, between)) = cost.whole.zip(cost.between()) else {
        return Ok(());
    };
    let share = |instructions: f64| 100.0 * instructions / whole.instructions as f64;
    for (part, effort) in &cost.parts {
        let path = part.path.trim_start_matches(".flow()");
        let path = path.trim_start_matches(".bijection()");
        say!(
            "    {:<34} {:>7} MACs {:>9} instructions {:>5.1} % {:>9} ~cycles {:>7} bytes",
            format!("{} {path}", part.name),
            part.macs,
            effort.instructions,
            share(effort.instructions as f64),
            optional(effort.cycles),
            part.bytes
        );
    }
    if !cost.parts.is_empty() && between != 0 {
        let name = "call and return, less those of parts";
        say!(
            "    {name:<46} {between:>10} instructions {:>5.1} %",
            share(between as f64)
        );
    }
    Ok(())
}

/// Says on which boards `f32` takes fewer instructions than integers that were measured beside it.
pub(super) fn note_cheaper(costs: &[Cost]) {
    for float in costs
        .iter()
        .filter(|cost| cost.numeric == Numeric::F32.name())
    {
        let beside = costs.iter().filter(|cost| {
            (&cost.target, &cost.opt_level) == (&float.target, &float.opt_level)
                && cost.instructions > float.instructions
        });
        for cost in beside {
            note!(
                "note: {}, opt-level {}: f32 takes {:.0} instructions, {} {:.0}: such small networks are cheaper in f32 there",
                cost.target,
                cost.opt_level,
                float.instructions,
                cost.numeric,
                cost.instructions
            );
        }
    }
}

/// Prints what is left of a budget.
pub(super) fn print_left(budget: &Budget, costs: &[Cost]) -> Result<()> {
    say!("left of the budget, in bytes; below zero: too much");
    for cost in costs {
        let left = budget.left(cost);
        say!(
            "{:<14} {:<4} {:>3} {:>10} of flash {:>10} of RAM",
            cost.target,
            cost.numeric,
            cost.opt_level,
            optional(left.flash),
            optional(left.ram)
        );
    }
    Ok(())
}

fn optional(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".into(), |value| value.to_string())
}
