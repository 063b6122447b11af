//! One small model for every layer, activation, scale map and prior of the runtime, and inputs that hurt.
//!
//! Compiled for the host (`tests/golden.rs`) and for boards (`tests/embedded`); `bits.rs` holds the scores
//! that both must give.

use super::network::random;
use nalgebra::SVector;
use nice_flow::float::activation::{
    Atan, Elu, Gelu, GeluTanh, Hardswish, Hardtanh, Identity, LeakyRelu,
};
use nice_flow::float::activation::{Mish, Relu, Selu, Sigmoid, Silu, Softplus, Softsign, Tanh};
use nice_flow::float::scale::{self, Reciprocal};
use nice_flow::float::{
    Adds, AffineCoupling, Autoregressive, Both, Branch, Dense, Diagonal, DiagonalNormal, Form,
    FullMixture, FullNormal, Gates, Logistic, Mixture, Mlp, Normal, Residual, Side, Stack, Steered,
    StudentT, Triangular,
};
use nice_flow::{Bijection, Coupling, Density, Detector, Flow, Half, Inverse, Permute};

/// Elements of an input of every model.
const D: usize = 7;

/// A model by its name.
pub struct Case {
    /// What it covers.
    pub name: &'static str,
    /// The bits of the score of an input.
    pub score: extern "C" fn(&SVector<f32, D>) -> u32,
    /// Whether a detector without a threshold calls an input anomalous: one if the score is infinite or NaN.
    pub judge: extern "C" fn(&SVector<f32, D>) -> u32,
    /// The bits of the log-determinant of undoing the layers.
    #[allow(dead_code)]
    pub undo: extern "C" fn(&SVector<f32, D>) -> u32,
}

impl Case {
    /// The bits of the score of the input with this number, those of every NaN alike.
    pub fn bits(&self, i: usize) -> u32 {
        let bits = (self.score)(&input(i));
        if f32::from_bits(bits).is_nan() {
            0x7fc0_0000
        } else {
            bits
        }
    }

    /// Whether the input with this number is anomalous.
    pub fn anomalous(&self, i: usize) -> bool {
        (self.judge)(&input(i)) != 0
    }
}

/// Inputs for every model, numbered from 0.
pub const INPUTS: usize = ORDINARY + 2 * STRANGE.len();
/// Those before any strange number.
pub const ORDINARY: usize = 10;
const STRANGE: [f32; 18] = [
    0.0,
    -0.0,
    1.0,
    -30.0,
    90.0,
    -104.0,
    1e4,
    -1e10,
    3e38,
    f32::MIN,
    f32::MIN_POSITIVE,
    1e-40,
    -1e-45,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
    f32::from_bits(0xffc1_2345),
    f32::from_bits(0x7fa0_0001),
];

/// Ordinary rows, then rows with one strange element, then rows of nothing else.
static ROWS: [[f32; D]; INPUTS] = rows();

/// The input with this number.
pub fn input(i: usize) -> SVector<f32, D> {
    let row = ROWS.get(i).copied().unwrap_or_default();
    SVector::from(row)
}

const fn rows() -> [[f32; D]; INPUTS] {
    let mut rows = [[0.0; D]; INPUTS];
    let mut i = 0;
    while i < INPUTS {
        [rows[i]] = random::<D, 1>(77 + i as u32, 3.0);
        if i >= ORDINARY + STRANGE.len() {
            rows[i] = [STRANGE[i - ORDINARY - STRANGE.len()]; D];
        } else if i >= ORDINARY {
            rows[i][(i - ORDINARY) % D] = STRANGE[i - ORDINARY];
        }
        i += 1;
    }
    rows
}

/// Statics, and the table of their scores.
macro_rules! zoo {
    ($($(#[$when:meta])* $name:ident: $model:ty = $value:expr;)*) => {
        $($(#[$when])* static $name: $model = $value;)*

        /// Every model.
        pub const CASES: &[Case] = &[$(
            $(#[$when])*
            Case {
                name: stringify!($name),
                score: {
                    extern "C" fn score(x: &SVector<f32, D>) -> u32 {
                        $name.score(x).to_bits()
                    }
                    score
                },
                judge: {
                    extern "C" fn judge(x: &SVector<f32, D>) -> u32 {
                        let detector = Detector::<_, f32, D, D>::new(&$name, f32::MAX);
                        detector.judge(x).anomalous.into()
                    }
                    judge
                },
                undo: {
                    extern "C" fn undo(x: &SVector<f32, D>) -> u32 {
                        let mut z = *x;
                        let log_det = $name.bijection().inverse(&mut z);
                        core::hint::black_box(z);
                        log_det.to_bits()
                    }
                    undo
                },
            },
        )*];
    };
}

zoo! {
    RELU: Additive<Relu> = additive(1, Relu);
    LEAKY_RELU: Additive<LeakyRelu> = additive(2, LeakyRelu { slope: 0.1 });
    ELU: Additive<Elu> = additive(3, Elu::new(0.7));
    TANH: Additive<Tanh> = additive(4, Tanh::new());
    SIGMOID: Additive<Sigmoid> = additive(5, Sigmoid::new());
    SILU: Additive<Silu> = additive(6, Silu::new());
    SOFTPLUS: Additive<Softplus> = additive(7, Softplus::new());
    GELU: Additive<Gelu> = additive(31, Gelu::new());
    GELU_TANH: Additive<GeluTanh> = additive(32, GeluTanh::new());
    MISH: Additive<Mish> = additive(33, Mish::new());
    SELU: Additive<Selu> = additive(34, Selu::new());
    HARDTANH: Additive<Hardtanh> = additive(35, Hardtanh { min: -1.0, max: 6.0 });
    HARDSWISH: Additive<Hardswish> = additive(36, Hardswish);
    SOFTSIGN: Additive<Softsign> = additive(37, Softsign);
    ATAN: Additive<Atan> = additive(38, Atan::new());

    SCALE_EXP: Affine<scale::Exp> = affine(8, scale::Exp::new());
    SCALE_SIGMOID: Affine<scale::Sigmoid> = affine(9, scale::Sigmoid::new(2.0, 1e-3));
    SCALE_SOFTPLUS: Affine<scale::Softplus> = affine(10, scale::Softplus::new(0.5, 1e-3, 3.0));
    SCALE_SOFTPLUS_BETA: Affine<scale::SoftplusBeta> = affine(11, scale::SoftplusBeta::new(0.5, 2.0));
    SCALE_EXP_SOFTCLIP: Affine<scale::ExpSoftclip> = affine(12, scale::ExpSoftclip::new(6.9));
    SCALE_EXP_ATAN: Affine<scale::ExpAtan> = affine(13, scale::ExpAtan::new(2.0, 0.636));
    SCALE_EXP_TANH: Affine<scale::ExpTanh> = affine(14, scale::ExpTanh::new(1.9, 0.5));
    SCALE_EXP_CLIP: Affine<scale::ExpClip> = affine(15, scale::ExpClip::new(-1.0, 1.0));
    SCALE_RECIPROCAL: Affine<Reciprocal<scale::Exp>> = affine(16, Reciprocal(scale::Exp::new()));

    AUTOREGRESSIVE: Flow<Ordered, Normal> = Flow::new(ordered(38, Form::MulAdd), Normal);
    AUTOREGRESSIVE_DIVIDES: Flow<Ordered, Normal> = Flow::new(ordered(39, Form::SubDiv), Normal);
    AUTOREGRESSIVE_BACKWARDS: Flow<Inverse<Ordered>, Normal> = Flow::new(Inverse(ordered(40, Form::MulAdd)), Normal);

    DIAGONAL: Flow<Diagonal<D>, Normal> = Flow::new(diagonal(17), Normal);
    LOWER: Flow<Triangular<D>, Normal> = Flow::new(triangular(18, Side::Lower), Normal);
    UPPER: Flow<Triangular<D>, Normal> = Flow::new(triangular(19, Side::Upper), Normal);
    PERMUTE: Flow<(Permute<D>, Diagonal<D>), Normal> = Flow::new((PERMUTATION, diagonal(20)), Normal);
    LINEAR: Flow<Coupling<Dense<3, 4>>, Normal> = Flow::new(Coupling::new(Half::Tail, dense(21)), Normal);
    TAPERED: Flow<Coupling<Taper>, Normal> = Flow::new(Coupling::new(Half::Head, taper(22)), Normal);
    RESIDUAL: Flow<Coupling<Deep>, Normal> = Flow::new(Coupling::new(Half::Tail, deep(23)), Normal);
    STEERED: Flow<Coupling<Guided>, Normal> = Flow::new(Coupling::new(Half::Tail, guided(41)), Normal);
    GATED: Flow<Coupling<Gated>, Normal> = Flow::new(Coupling::new(Half::Tail, gated(42)), Normal);
    BOTH: Flow<AffineCoupling<Pair, scale::Exp>, Normal> = Flow::new(
        AffineCoupling::new(Half::Tail, Both::new(net(24, Relu), net(25, Tanh::new())), scale::Exp::new()),
        Normal,
    );
    CHAIN: Flow<Chain, Normal> = Flow::new(chain(26), Normal);
    INVERSE: Flow<Inverse<Chain>, Normal> = Flow::new(Inverse(chain(27)), Normal);

    DIAGONAL_NORMAL: Flow<Coupling<Net<Relu>>, DiagonalNormal<D>> = Flow::new(coupling(28, Half::Tail, Relu), component(28, -3.0));
    LOGISTIC: Flow<Coupling<Net<Relu>>, Logistic> = Flow::new(coupling(29, Half::Tail, Relu), Logistic::new());
    MIXTURE: Flow<Coupling<Net<Relu>>, Mixture<D, 3>> = Flow::new(
        coupling(30, Half::Tail, Relu),
        Mixture::new([component(30, -5.0), component(31, -6.0), component(32, -9.0)]),
    );
    STUDENT_T: Flow<Coupling<Net<Relu>>, StudentT<D>> = Flow::new(coupling(43, Half::Tail, Relu), student_t(43));
    FULL_NORMAL: Flow<Coupling<Net<Relu>>, FullNormal<D, 28>> = Flow::new(coupling(44, Half::Tail, Relu), correlated(44, 1.0));
    FULL_MIXTURE: Flow<Coupling<Net<Relu>>, FullMixture<D, 28, 2>> = Flow::new(
        coupling(45, Half::Tail, Relu),
        FullMixture::new([correlated(45, 0.3), correlated(46, 0.7)]),
    );

    #[cfg(feature = "micromath")]
    MICROMATH_LOGISTIC: Flow<AffineCoupling<Wide, scale::ExpAtan<Micromath>>, Logistic<Micromath>> = Flow::new(
        AffineCoupling::new(Half::Tail, wide(33), scale::ExpAtan::new(2.0, 0.636)),
        Logistic::new(),
    );
    #[cfg(feature = "micromath")]
    MICROMATH_TANH: Flow<Coupling<Net<Tanh<Micromath>>>, Mixture<D, 2, Micromath>> = Flow::new(
        coupling(34, Half::Tail, Tanh::new()),
        Mixture::new([component(34, -5.0), component(35, -6.0)]),
    );
}

#[cfg(feature = "micromath")]
use nice_flow::float::Micromath;

// Widths that are no multiples of the kernel's panels.
type Net<A> = Mlp<3, 13, 4, 1, A>;
type Wide = Mlp<3, 13, 8, 1>;
type Pair = Both<Net<Relu>, Net<Tanh>, 8>;
type Ordered = Autoregressive<Dense<D, 14>, scale::ExpTanh, D>;
type Taper = Stack<4, 9, Relu, Stack<9, 5, Relu, Dense<5, 3>>>;
type Deep = Residual<3, 10, 4, 2>;
type Guided = Steered<3, 30, 10, 1, Tanh, Tanh, Adds, Dense<10, 4>>;
type Gated = Steered<3, 27, 9, 2, Relu, Identity, Gates, Dense<9, 4>>;
type Additive<A> = Flow<Coupling<Net<A>>, Normal>;
type Affine<S> = Flow<AffineCoupling<Wide, S>, Normal>;
type Steps = [Coupling<Taper>; 2];
type Chain = (
    Diagonal<D>,
    Triangular<D>,
    Steps,
    Permute<D>,
    AffineCoupling<Wide, scale::ExpTanh>,
);

const PERMUTATION: Permute<D> = Permute::new([6, 0, 5, 1, 4, 2, 3]);

const fn additive<A>(seed: u32, activation: A) -> Additive<A> {
    Flow::new(coupling(seed, Half::Tail, activation), Normal)
}

const fn coupling<A>(seed: u32, shifts: Half, activation: A) -> Coupling<Net<A>> {
    Coupling::new(shifts, net(seed, activation))
}

const fn affine<S>(seed: u32, scale: S) -> Affine<S> {
    Flow::new(AffineCoupling::new(Half::Tail, wide(seed), scale), Normal)
}

const fn ordered(seed: u32, form: Form) -> Ordered {
    let mut weights = random::<14, D>(seed, 0.3);
    let mut input = 0;
    while input < D {
        // Element `e` depends on the elements behind it only.
        let mut output = 0;
        while output < 14 {
            if output % D >= input {
                weights[input][output] = 0.0;
            }
            output += 1;
        }
        input += 1;
    }
    let [bias] = random::<14, 1>(seed + 1000, 0.1);
    let order = [6, 5, 4, 3, 2, 1, 0];
    Autoregressive::new(
        order,
        form,
        Dense::new(weights, bias),
        scale::ExpTanh::new(1.9, 0.5),
    )
}

const fn net<A>(seed: u32, activation: A) -> Net<A> {
    Mlp::new(
        dense(seed),
        [dense(seed + 100)],
        dense(seed + 200),
        activation,
    )
}

const fn wide(seed: u32) -> Wide {
    Mlp::new(dense(seed), [dense(seed + 100)], dense(seed + 200), Relu)
}

const fn taper(seed: u32) -> Taper {
    let rest = Stack::new(dense(seed + 100), Relu, dense(seed + 200));
    Stack::new(dense(seed), Relu, rest)
}

const fn deep(seed: u32) -> Deep {
    let first = Branch::new(dense(seed + 100), dense(seed + 200));
    let second = Branch::new(dense(seed + 300), dense(seed + 400));
    Residual::new(dense(seed), [first, second], dense(seed + 500), Relu)
}

const fn guided(seed: u32) -> Guided {
    let branch = [Branch::new(dense(seed + 100), dense(seed + 200))];
    Steered::new(
        dense(seed),
        branch,
        Tanh::new(),
        Tanh::new(),
        Adds,
        dense(seed + 500),
    )
}

const fn gated(seed: u32) -> Gated {
    let first = Branch::new(dense(seed + 100), dense(seed + 200));
    let second = Branch::new(dense(seed + 300), dense(seed + 400));
    Steered::new(
        dense(seed),
        [first, second],
        Relu,
        Identity,
        Gates::new(),
        dense(seed + 500),
    )
}

const fn chain(seed: u32) -> Chain {
    let steps = [
        Coupling::new(Half::Head, taper(seed)),
        Coupling::new(Half::Head, taper(seed + 1)),
    ];
    let last = AffineCoupling::new(Half::Tail, wide(seed), scale::ExpTanh::new(1.9, 0.5));
    (
        diagonal(seed),
        triangular(seed, Side::Lower),
        steps,
        PERMUTATION,
        last,
    )
}

const fn dense<const IN: usize, const OUT: usize>(seed: u32) -> Dense<IN, OUT> {
    let [bias] = random::<OUT, 1>(seed + 1000, 0.1);
    Dense::new(random(seed, 1.5 / IN as f32), bias)
}

const fn diagonal(seed: u32) -> Diagonal<D> {
    let [center] = random::<D, 1>(seed, 1.0);
    let [factor] = random::<D, 1>(seed + 1, 2.0);
    Diagonal::with_log_det(center, factor, -0.75)
}

const fn triangular(seed: u32, side: Side) -> Triangular<D> {
    Triangular::with_log_det(side, random(seed, 1.2), 0.25)
}

const fn component(seed: u32, constant: f32) -> DiagonalNormal<D> {
    let [mean] = random::<D, 1>(seed, 1.0);
    let [precision] = random::<D, 1>(seed + 1, 2.0);
    DiagonalNormal::with_constant(mean, precision, constant)
}

/// Degrees of freedom from a quarter to a million.
const fn student_t(seed: u32) -> StudentT<D> {
    let [location] = random::<D, 1>(seed, 1.0);
    let precision = [0.5, 1.0, 2.0, 0.7, 1.3, 0.9, 1.1];
    StudentT::new(location, precision, [0.25, 1.0, 2.5, 4.0, 30.0, 1e3, 1e6])
}

const fn correlated(seed: u32, weight: f32) -> FullNormal<D, 28> {
    let [mean] = random::<D, 1>(seed, 1.0);
    let [mut rows] = random::<28, 1>(seed + 1, 0.8);
    let mut i = 0;
    while i < D {
        rows[i * (i + 3) / 2] = 0.5 + 0.25 * i as f32;
        i += 1;
    }
    FullNormal::weighted(weight, mean, rows)
}
