//! Draws telemetry that the model finds likely: latent vectors run backwards through the flow.
//!
//! `cargo run --release --example sample --features rand`

use nice_flow::{Density, Sample};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use shuttle::{FEATURES, MODEL};

#[path = "shuttle/shuttle.rs"]
mod shuttle;

fn main() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    println!(
        "{}  score in nats",
        FEATURES.map(|name| format!("{name:>7}")).concat()
    );
    for _ in 0..10 {
        let x = MODEL.sample(&mut rng);
        let readings: String = x.iter().map(|reading| format!("{reading:>7.1}")).collect();
        println!("{readings}  {:.3}", MODEL.score(&x));
    }
}
