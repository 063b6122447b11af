//! Seconds that a table takes to be read as training reads it, on one thread and on more, in turns.
//!
//! `cargo run --release --package nice-flow-lab --example reading -- FILE [THREADS] [TIMES]`

use nice_flow_codegen::Result;
use nice_flow_lab::table::{Columns, Draw, read};
use std::path::Path;
use std::time::Instant;

/// As many rows as `nice-flow train` keeps unless told.
const ROWS: usize = 1 << 20;

fn seconds(file: &Path, threads: usize) -> Result<f64> {
    let columns = Columns {
        draw: Some(Draw::new(ROWS, 0)),
        ..Columns::default()
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    let start = Instant::now();
    let table = pool.install(|| read(file, &columns, &|_| {}))?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{threads} threads: {} rows in {seconds:.2} s", table.read());
    Ok(seconds)
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().expect("a file");
    let mut number = |usual| {
        arguments
            .next()
            .map_or(usual, |n| n.parse().expect("a number"))
    };
    let (threads, times) = (number(2), number(3));
    for _ in 0..times {
        let [one, more] = [1, threads].map(|threads| seconds(Path::new(&file), threads));
        println!("{threads} threads: {:.2} times as fast", one? / more?);
    }
    Ok(())
}
