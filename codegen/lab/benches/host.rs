//! Rows per second on one core of the host: the network 16x4x64x2 of the README, in one row a call and in batches.
//!
//! `cargo bench --package nice-flow-lab --bench host`; `codegen/lab/benches/pytorch_nice.py` prints PyTorch's.

use nice_flow::float::{Dense, Mlp, Normal, activation::Relu};
use nice_flow::{Coupling, Density, Flow, Half};
use nice_flow_codegen::flow::shape::Shape;
use nice_flow_codegen::module::LoweredFlow;
use nice_flow_codegen::module::float as module;
use nice_flow_codegen::module::float::{FloatLayer, Module, Network, Prior};
use nice_flow_codegen::module::tree::Tree;
use nice_flow_codegen::{Model as HostModel, Numeric, lowered};
use nice_flow_lab::host::{fixed, float as host};
use std::hint::black_box;
use std::time::Instant;

const D: usize = 16;
const H: usize = 64;
type Model = Flow<[Coupling<Mlp<8, H, 8, 1>>; 4], Normal>;

/// Numbers in ±`bound` that look random.
struct Random(u64);

impl Random {
    fn next(&mut self, bound: f32) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * bound
    }
}

fn dense<const I: usize, const O: usize>(random: &mut Random) -> (Dense<I, O>, module::FloatDense) {
    let bound = 1.0 / (I as f32).sqrt();
    let columns: [[f32; O]; I] =
        std::array::from_fn(|_| std::array::from_fn(|_| random.next(bound)));
    let bias: [f32; O] = std::array::from_fn(|_| random.next(bound));
    let dynamic = module::FloatDense {
        inputs: I,
        outputs: O,
        columns: columns.concat(),
        bias: bias.to_vec(),
    };
    (Dense::new(columns, bias), dynamic)
}

/// The same network twice: as the generated type, and as the host runs it at run-time sizes.
fn models() -> (Model, Module) {
    let random = &mut Random(1);
    let mut layers = vec![];
    let couplings = [Half::Tail, Half::Head, Half::Tail, Half::Head].map(|half| {
        let (input, inner, output) = (
            dense::<8, H>(random),
            dense::<H, H>(random),
            dense::<H, 8>(random),
        );
        let activation = nice_flow_codegen::flow::ir::Activation::Relu;
        let network = Network::Mlp {
            input: input.1,
            inner: vec![inner.1],
            output: output.1,
            activation,
        };
        layers.push(Tree::Leaf(FloatLayer::Coupling {
            shifts: half,
            network,
        }));
        Coupling::new(half, Mlp::new(input.0, [inner.0], output.0, Relu))
    });
    (
        Flow::new(couplings, Normal),
        Module {
            dim: D,
            layers: Tree::Repeat(layers),
            prior: Prior::Normal,
        },
    )
}

/// The best of ten repeats of about a tenth of a second.
fn rows_per_second(rows: usize, mut run: impl FnMut()) -> f64 {
    let seconds = |calls: usize, run: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..calls).for_each(|_| run());
        start.elapsed().as_secs_f64() / calls as f64
    };
    let calls = (0.1 / seconds(1, &mut run)).ceil() as usize;
    let best = (0..10)
        .map(|_| seconds(calls, &mut run))
        .fold(f64::INFINITY, f64::min);
    rows as f64 / best
}

fn main() {
    let (model, module) = models();
    let random = &mut Random(2);
    let rows: Vec<f32> = (0..100_000 * D).map(|_| random.next(2.0)).collect();

    let one_by_one: Vec<f32> = rows
        .as_chunks::<D>()
        .0
        .iter()
        .map(|row| model.score(row))
        .collect();
    let mut batched = vec![0.0; one_by_one.len()];
    host::score_serially(&module, &rows, &mut batched);
    let equal = one_by_one
        .iter()
        .zip(&batched)
        .filter(|(a, b)| a.to_bits() == b.to_bits())
        .count();
    println!(
        "{equal} of {} batched scores equal the scores of single rows in every bit",
        batched.len()
    );
    assert_eq!(equal, batched.len());

    let mut next = rows.as_chunks::<D>().0.iter().cycle();
    let single = rows_per_second(1, || {
        black_box(model.score(next.next().expect("a cycle")));
    });
    println!("batch 1 rows_per_second {single:.0}");
    for batch in [16, 64, 256, 1024, 4096, 16_384, 100_000] {
        let mut scores = vec![0.0; batch];
        let rate = rows_per_second(batch, || {
            host::score_serially(&module, black_box(&rows[..batch * D]), &mut scores)
        });
        println!("batch {batch} rows_per_second {rate:.0}");
    }
    integers(&module, &rows[..4096 * D]);
}

/// The same shape in integers, in batches and one row after another, as multiples of `f32` in batches; medians of turns in
/// which each runs once, since the clock of a shared machine wanders.
fn integers(float: &Module, rows: &[f32]) {
    let shape: Shape = "16x4x64x2".parse().expect("a shape");
    let features = (0..D).map(|i| format!("x{i}")).collect();
    let model = HostModel::new("host", features, shape.flow());
    let time = |run: &mut dyn FnMut()| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    };
    for numeric in [Numeric::I8, Numeric::I16] {
        let lowered = lowered(&model, numeric).expect("a module");
        let LoweredFlow::Fixed(module) = lowered.first() else {
            unreachable!("integers were asked for")
        };
        let mut floats = vec![0.0; rows.len() / D];
        let (mut batched, mut single) = (vec![0; floats.len()], vec![0; floats.len()]);
        let mut ratios: Vec<[f64; 2]> = (0..20)
            .map(|_| {
                let f32 = time(&mut || host::score_serially(float, black_box(rows), &mut floats));
                let i = time(&mut || fixed::score_serially(module, black_box(rows), &mut batched));
                let one =
                    time(&mut || fixed::score_one_by_one(module, black_box(rows), &mut single));
                [f32 / i, one / i]
            })
            .collect();
        assert_eq!(batched, single);
        let mut median = |k: usize| {
            ratios.sort_by(|a, b| a[k].total_cmp(&b[k]));
            ratios[ratios.len() / 2][k]
        };
        let [of_float, of_single] = [median(0), median(1)];
        println!("{numeric} batches: {of_float:.2} x f32, {of_single:.1} x one row after another");
    }
}
