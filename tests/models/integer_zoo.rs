//! One small model for every layer, storage of weights, prior and encoder of integer flows, and inputs that hurt.
//!
//! Compiled for the host (`tests/golden.rs`) and for boards (`tests/embedded`); `integer_bits.rs` holds the scores
//! that both must give.

use super::integer::*;
use super::network::{self, random};
use super::zoo::{INPUTS, input};
use nalgebra::SVector;
use nice_flow::fixed::{Bent as Curved, *};
use nice_flow::{Bijection, Coupling, Density, Ensemble, Flow, Half, Inverse, Permute, Then};

/// Elements of an input of every model but the network of the measurements.
const D: usize = 7;

/// Numbers on one side of a diagonal.
const STRICT: usize = D * (D - 1) / 2;

/// A model by its name.
pub struct Case {
    /// What it covers; those of integer counts are called `COUNTS`.
    pub name: &'static str,
    /// The bits of the score.
    pub score: extern "C" fn(&Row) -> u32,
}

impl Case {
    /// The bits of the score of an input, numbered from 0 to `INPUTS`.
    pub fn bits(&self, i: usize) -> i32 {
        (self.score)(&Row::new(i)) as i32
    }
}

/// One of the `f32` zoo's inputs, for models of every kind of input.
pub struct Row {
    reals: SVector<f32, D>,
    repeated: SVector<f32, { network::D }>,
    /// In hundredths; `as` saturates.
    halfwords: SVector<i16, D>,
    /// In hundredths; `as` saturates.
    words: SVector<i32, D>,
}

impl Row {
    /// The input with this number, from 0 to `INPUTS`.
    pub fn new(i: usize) -> Self {
        let x = input(i);
        Self {
            reals: x,
            repeated: SVector::from_fn(|j, _| x.as_slice().get(j % D).copied().unwrap_or(0.0)),
            halfwords: x.map(|x| (100.0 * x) as i16),
            words: x.map(|x| (100.0 * x) as i32),
        }
    }
}

/// An input of a model, out of a row.
trait Input: Sized {
    fn of(row: &Row) -> &Self;
}

impl Input for SVector<f32, D> {
    fn of(row: &Row) -> &Self {
        &row.reals
    }
}

impl Input for SVector<f32, { network::D }> {
    fn of(row: &Row) -> &Self {
        &row.repeated
    }
}

impl Input for SVector<i16, D> {
    fn of(row: &Row) -> &Self {
        &row.halfwords
    }
}

impl Input for SVector<i32, D> {
    fn of(row: &Row) -> &Self {
        &row.words
    }
}

/// Statics, and the table of their scores.
macro_rules! zoo {
    ($($name:ident: $x:ty, $model:ty = $value:expr;)*) => {
        $(static $name: $model = $value;)*

        /// Every model.
        pub const CASES: &[Case] = &[$(
            Case {
                name: stringify!($name),
                score: {
                    extern "C" fn score(row: &Row) -> u32 {
                        $name.score(<SVector<$x, _> as Input>::of(row)).to_bits() as u32
                    }
                    score
                },
            },
        )*];
    };
}

zoo! {
    NETWORK_I8: f32, Encoded<Standardise<16>, Network<I8>> = Encoded::new(reals(1), network8());
    NETWORK_I16: f32, Encoded<Standardise<16>, Network<I16>> = Encoded::new(reals(1), network16());

    RELU_I8: f32, Model<Coupling<Net<I8>>> = model(1, Coupling::new(Half::Tail, net8(1, 0)));
    RELU_I16: f32, Model<Coupling<Net<I16>>> = model(2, Coupling::new(Half::Tail, net16(2, 0)));
    LEAKY_RELU_I8: f32, Model<Coupling<Net<I8>>> = model(3, Coupling::new(Half::Tail, net8(3, 3_277)));
    LEAKY_RELU_I16: f32, Model<Coupling<Net<I16>>> = model(4, Coupling::new(Half::Tail, net16(4, 32_767)));
    RECTIFIED: f32, Model<Coupling<Rectified<Net<I8>>>> =
        model(5, Coupling::new(Half::Tail, Rectified(net8(5, 0))));
    LINEAR_I8: f32, Model<Coupling<Narrow<2, 5, Linear<I8, 1, 2>>>> =
        model(6, Coupling::new(Half::Head, Narrow::new(Narrowing::linear(8, 16_383), output8(6))));
    LINEAR_I16: f32, Model<Coupling<Narrow<5, 2, Linear<I16, 2, 1>>>> =
        model(7, Coupling::new(Half::Head, Narrow::new(Narrowing::linear(7, 32_767), output16(7))));
    TAPERED: f32, Model<Coupling<Taper>> = model(8, Coupling::new(Half::Tail, taper(8)));
    RESIDUAL_I8: f32, Model<Coupling<Narrow<3, 4, Residual<I8, 1, 3, 1, 2>>>> =
        model(9, Coupling::new(Half::Tail, residual8(9)));
    RESIDUAL_I16: f32, Model<Coupling<Narrow<3, 4, Residual<I16, 1, 3, 1, 1>>>> =
        model(10, Coupling::new(Half::Tail, residual16(10)));
    RESIDUAL_GATED_I8: f32, Model<Coupling<GatedResidual>> = model(47, Coupling::new(Half::Tail, residual_gated(47)));
    RESIDUAL_SMOOTH_I8: f32, Model<Coupling<SmoothResidual>> =
        model(46, Coupling::new(Half::Tail, residual_smooth(46)));
    STEERED_I8: f32, Model<Coupling<SteeredNet>> = model(48, Coupling::new(Half::Tail, steered(48)));

    LOWER: f32, Model<Triangular<D, STRICT>> = model(11, triangular(11, Side::Lower));
    UPPER: f32, Model<Triangular<D, STRICT>> = model(12, triangular(12, Side::Upper));
    PERMUTE: f32, Model<Permute<D>> = model(13, PERMUTATION);
    CHAIN_I8: f32, Model<Chain<I8>> = model(14, chain8(14));
    INVERSE_I16: f32, Model<Inverse<Chain<I16>>> = model(15, Inverse(chain16(15)));

    LOGISTIC: f32, Encoded<Standardise<D>, Flow<Coupling<Net<I8>>, Logistic<D>>> =
        Encoded::new(reals(16), Flow::new(Coupling::new(Half::Tail, net8(16, 0)), logistic(16)));
    MIXTURE: f32, Encoded<Standardise<D>, Flow<Coupling<Net<I8>>, Mixture<D, 3>>> = Encoded::new(
        reals(17),
        Flow::new(
            Coupling::new(Half::Tail, net8(17, 0)),
            mixture([(17, -500_000), (18, -510_000), (19, -900_000)]),
        ),
    );
    FOURTEEN_BITS: f32, Encoded<Standardise<D, 14>, Flow<Coarse, Mixture<D, 2>>> =
        Encoded::new(
            reals(20),
            Flow::new(
                Coupling::new(Half::Tail, Narrow::new(Narrowing::linear(8, 16_383), output8(20))),
                mixture([(20, -120_000), (21, -120_000)]),
            ),
        );

    AFFINE_EXP_I8: f32, Scaled<[AffineCoupling<Wide<I8>, Exp, 4>; 2], 0> =
        scaled(28, [affine8(28, Form::MulAdd), affine8(29, Form::SubMul)], []);
    AFFINE_TABLE_I16: f32, Scaled<OneWayChain, 33> = scaled(30, one_way_chain(30), knots());
    AUTOREGRESSIVE_I8: f32, Scaled<[Autoregressive<Every<I8>, Exp, D>; 2], 0> =
        scaled(41, [masked8(41, Form::MulAdd), masked8(42, Form::SubMul)], []);
    TANH_I8: f32, Model<Coupling<Bent<Tanh>>> = model(36, Coupling::new(Half::Tail, bent(36, Curve::new(11, 13, 32_767, Tanh))));
    SOFTPLUS_I8: f32, Model<Coupling<Bent<Softplus>>> =
        model(37, Coupling::new(Half::Tail, bent(37, Curve::new(7, 7, 8_191, Softplus))));
    SILU_I8: f32, Model<Coupling<Bent<Silu>>> = model(38, Coupling::new(Half::Tail, bent(38, Curve::new(10, 10, 8_191, Silu))));
    GELU_I8: f32, Model<Coupling<Bent<Gelu>>> = model(39, Coupling::new(Half::Tail, bent(39, Curve::new(4, 4, 8_191, Gelu))));
    GELU_TANH_I8: f32, Model<Coupling<Bent<GeluTanh>>> =
        model(43, Coupling::new(Half::Tail, bent(43, Curve::new(4, 4, 8_191, GeluTanh))));
    MISH_I8: f32, Model<Coupling<Bent<Mish>>> = model(44, Coupling::new(Half::Tail, bent(44, Curve::new(9, 9, 8_191, Mish))));
    SELU_I8: f32, Model<Coupling<Bent<Selu>>> = model(45, Coupling::new(Half::Tail, bent(45, Curve::new(12, 12, 8_191, Selu))));
    HARDTANH_I8: f32, Model<Coupling<Bent<Hardtanh>>> = model(43, Coupling::new(Half::Tail, bent(43, Curve::new(14, 13, 32_767, Hardtanh))));
    HARDSWISH_I8: f32, Model<Coupling<Bent<Hardswish>>> = model(44, Coupling::new(Half::Tail, bent(44, Curve::new(12, 12, 8_191, Hardswish))));
    ELU_ALPHA_I8: f32, Model<Coupling<Bent<EluAlpha>>> =
        model(40, Coupling::new(Half::Tail, bent(40, Curve::new(12, 12, 8_191, EluAlpha::new(3 << 13, 14)))));
    ELU_I8: f32, Model<Coupling<Bent<Elu>>> = model(40, Coupling::new(Half::Tail, bent(40, Curve::new(12, 12, 8_191, Elu))));

    COUNTS_AFFINE: i16, Encoded<Counts<D>, OneWayFlow<AffineCoupling<Wide<I8>, Exp, 4>, Logistic<D>, 0>> =
        Encoded::new(counts(34), OneWayFlow::new(affine8(34, Form::MulAdd), [], logistic(34)));

    COUNTS_16: i16, Encoded<Counts<D>, Flow<Coupling<Net<I8>>, DiagonalNormal<D>>> = of_counts(22);
    MEAN_OF_TWO: f32, Ensemble<Model<Coupling<Net<I8>>>, MeanDensity, 2> = Ensemble::new(
        [
            model(24, Coupling::new(Half::Tail, net8(24, 0))),
            model(25, Coupling::new(Half::Tail, net8(25, 0))),
        ],
        MeanDensity::new(),
    );
    TAILS_OF_TWO: f32, Ensemble<Model<Coupling<Net<I8>>>, Tails<2>, 2> = Ensemble::new(
        [
            model(26, Coupling::new(Half::Tail, net8(26, 0))),
            model(27, Coupling::new(Half::Tail, net8(27, 0))),
        ],
        Tails::new([tail(600_000), tail(700_000)]),
    );
    COUNTS_32: i32, Encoded<Counts<D>, Flow<Coupling<Net<I8>>, DiagonalNormal<D>>> = of_counts(23);
}

// Odd numbers of quads, and of one panel or several.
type Net<B> = Narrow<3, 4, Mlp<B, 1, 5, 1, 1>>;
type Coarse = Coupling<Narrow<3, 4, Linear<I8, 1, 1>, 14>>;
type Taper = Narrow<3, 4, (Hidden<I8, 1, 3>, (Hidden<I8, 3, 2>, Linear<I8, 2, 1>))>;
type Model<B> = Encoded<Standardise<D>, Flow<B, DiagonalNormal<D>>>;
type Chain<B> = (
    Permute<D>,
    Triangular<D, STRICT>,
    Triangular<D, STRICT>,
    [Coupling<Net<B>>; 2],
    Inverse<Coupling<Net<B>>>,
);

type Bent<F> = Narrow<3, 4, Then<Smooth<I8, 1, 5, F>, Linear<I8, 5, 1>>>;
type Wide<B> = Narrow<3, 8, Mlp<B, 1, 5, 2, 1>>;
type GatedResidual = Narrow<3, 4, Residual<I8, 1, 3, 1, 1, Gated<I8, 1, 3, Branch<I8, 3>>>>;
type SmoothResidual = Narrow<3, 4, Residual<I8, 1, 3, 1, 2, SmoothBranch<I8, 3, Gelu>>>;
type Joint = Joined<I8, 1, 3, Narrowing>;
type SteeredNet =
    Narrow<3, 4, Steered<I8, 1, 3, 1, Curved<Tanh>, Joint, Curved<Tanh>, Linear<I8, 3, 1>>>;
type Every<B> = Narrow<D, 14, Mlp<B, 2, 5, 4, 1>>;
type Scaled<B, const K: usize> = Encoded<Standardise<D>, OneWayFlow<B, DiagonalNormal<D>, K>>;
type Two = Both<Narrow<4, 3, Linear<I16, 1, 1>>, Narrow<4, 3, Linear<I16, 1, 1>>, 6>;
type OneWayChain = (
    Permute<D>,
    Triangular<D, STRICT>,
    Triangular<D, STRICT>,
    AffineCoupling<Two, Table, 3>,
    Then<Coupling<Net<I16>>, Inverse<Coupling<Net<I16>>>>,
);

const PERMUTATION: Permute<D> = Permute::new([6, 0, 5, 1, 4, 2, 3]);

const fn model<B>(seed: u32, bijection: B) -> Model<B> {
    Encoded::new(reals(seed), Flow::new(bijection, normal(seed, -400_000)))
}

const fn of_counts(seed: u32) -> Encoded<Counts<D>, Flow<Coupling<Net<I8>>, DiagonalNormal<D>>> {
    let flow = Flow::new(Coupling::new(Half::Tail, net8(seed, 0)), normal(seed, 0));
    Encoded::new(counts(seed), flow)
}

const fn net8(seed: u32, slope: i32) -> Net<I8> {
    let inner = [hidden8(seed + 100, slope)];
    let net = Mlp::new(hidden8(seed, slope), inner, output8(seed + 200));
    Narrow::new(Narrowing::linear(5, 16_383), net)
}

const fn net16(seed: u32, slope: i32) -> Net<I16> {
    let inner = [hidden16(seed + 100, slope)];
    let net = Mlp::new(hidden16(seed, slope), inner, output16(seed + 200));
    Narrow::new(Narrowing::linear(4, 32_767), net)
}

const fn taper(seed: u32) -> Taper {
    let rest = (hidden8(seed + 100, 0), output8(seed + 200));
    Narrow::new(Narrowing::linear(5, 16_383), (hidden8(seed, 0), rest))
}

const fn residual8(seed: u32) -> Narrow<3, 4, Residual<I8, 1, 3, 1, 2>> {
    let relu = Narrowing::relu(7, 16_383);
    let branches = [
        Branch::new(relu, hidden8(seed + 100, 0), output8(seed + 200)),
        Branch::new(relu, hidden8(seed + 300, 0), output8(seed + 400)),
    ];
    let last = Narrowing::linear(7, 16_383);
    let net = Residual::new(output8(seed), branches, last, output8(seed + 500));
    Narrow::new(Narrowing::linear(5, 16_383), net)
}

const fn residual_gated(seed: u32) -> GatedResidual {
    let relu = Narrowing::relu(7, 16_383);
    let branch = Branch::new(relu, hidden8(seed + 100, 0), output8(seed + 200));
    let last = Narrowing::linear(7, 16_383);
    let branches = [Gated::new(branch, output8(seed + 300))];
    let net = Residual::new(output8(seed), branches, last, output8(seed + 500));
    Narrow::new(Narrowing::linear(5, 16_383), net)
}

/// An offset behind a curve, and a branch whose hidden numbers the input joins.
const fn steered(seed: u32) -> SteeredNet {
    let narrowing = Narrowing::linear(7, 16_383);
    let curved = Curved::new(narrowing, Curve::new(11, 13, 32_767, Tanh));
    let branches = [Joined::new(
        narrowing,
        output8(seed + 100),
        output8(seed + 200),
        Narrowing::relu(7, 16_383),
        output8(seed + 300),
    )];
    let offset = Offset::new(output8(seed + 400), curved, 3);
    let net = Steered::new(output8(seed), offset, branches, curved, output8(seed + 500));
    Narrow::new(Narrowing::linear(5, 16_383), net)
}

const fn residual_smooth(seed: u32) -> SmoothResidual {
    let narrowing = Narrowing::linear(7, 16_383);
    let branches = [
        smooth_branch(narrowing, seed + 100),
        smooth_branch(narrowing, seed + 300),
    ];
    let net = Residual::new(output8(seed), branches, narrowing, output8(seed + 500));
    Narrow::new(Narrowing::linear(5, 16_383), net)
}

const fn smooth_branch(narrowing: Narrowing, seed: u32) -> SmoothBranch<I8, 3, Gelu> {
    let hidden = Smooth::new(output8(seed), Curve::new(6, 6, 8_191, Gelu));
    let before = Curve::new(9, 9, 16_383, Gelu);
    SmoothBranch::new(narrowing, before, hidden, output8(seed + 100))
}

const fn residual16(seed: u32) -> Narrow<3, 4, Residual<I16, 1, 3, 1, 1>> {
    let leaky_relu = Narrowing::leaky_relu(6, 32_767, 3_277);
    let branch = Branch::new(
        leaky_relu,
        hidden16(seed + 100, 3_277),
        output16(seed + 200),
    );
    let last = Narrowing::linear(6, 32_767);
    let net = Residual::new(output16(seed), [branch], last, output16(seed + 500));
    Narrow::new(Narrowing::linear(4, 32_767), net)
}

/// Entries of up to 1.2, in Q29.
const fn triangular(seed: u32, side: Side) -> Triangular<D, STRICT> {
    let numbers: [[f32; D]; D] = random(seed, 1.2 * 536_870_912.0);
    let (mut strict, mut count, mut i) = ([0; STRICT], 0, 0);
    while i < D {
        let (mut j, end) = match side {
            Side::Lower => (0, i),
            Side::Upper => (i + 1, D),
        };
        while j < end {
            strict[count] = numbers[i][j] as i32;
            (count, j) = (count + 1, j + 1);
        }
        i += 1;
    }
    Triangular::new(side, strict, 29)
}

const fn chain8(seed: u32) -> Chain<I8> {
    (
        PERMUTATION,
        triangular(seed, Side::Upper),
        triangular(seed + 1, Side::Lower),
        [
            Coupling::new(Half::Tail, net8(seed, 0)),
            Coupling::new(Half::Tail, net8(seed + 1, 0)),
        ],
        Inverse(Coupling::new(Half::Tail, net8(seed + 2, 0))),
    )
}

const fn chain16(seed: u32) -> Chain<I16> {
    (
        PERMUTATION,
        triangular(seed, Side::Upper),
        triangular(seed + 1, Side::Lower),
        [
            Coupling::new(Half::Tail, net16(seed, 0)),
            Coupling::new(Half::Tail, net16(seed + 1, 0)),
        ],
        Inverse(Coupling::new(Half::Tail, net16(seed + 2, 0))),
    )
}

const fn bent<F: Function>(seed: u32, curve: Curve<F>) -> Bent<F> {
    let first = Smooth::new(output8(seed), curve);
    Narrow::new(
        Narrowing::linear(5, 16_383),
        Then(first, output8(seed + 200)),
    )
}

const fn scaled<B, const K: usize>(seed: u32, map: B, knots: [i16; K]) -> Scaled<B, K> {
    Encoded::new(
        reals(seed),
        OneWayFlow::new(map, knots, normal(seed, -400_000)),
    )
}

const fn affine8(seed: u32, form: Form) -> AffineCoupling<Wide<I8>, Exp, 4> {
    let inner = [hidden8(seed + 100, 0)];
    let net = Mlp::new(hidden8(seed, 0), inner, output8(seed + 200));
    let net = Narrow::new(Narrowing::linear(5, 16_383), net);
    let constants = [[1000, -2000], [-70_000, 500], [0, 30_000], [7, 0]];
    AffineCoupling::new(Half::Tail, form, net, Exp, constants)
}

/// Its network is not masked: one pass needs no triangle.
const fn masked8(seed: u32, form: Form) -> Autoregressive<Every<I8>, Exp, D> {
    let inner = [hidden8(seed + 100, 0)];
    let net = Mlp::new(hidden8(seed, 0), inner, output8(seed + 200));
    let net = Narrow::new(Narrowing::linear(5, 16_383), net);
    let mut constants = [[1000, -2000]; D];
    (constants[0], constants[D - 1]) = ([-70_000, 500], [0, 30_000]);
    Autoregressive::new(PERMUTATION, form, net, Exp, constants)
}

/// From −4 to 4 in steps of a quarter, bent.
const fn knots() -> [i16; 33] {
    let mut knots = [0; 33];
    let mut i = 0;
    while i < 33 {
        knots[i] = (1600 * i as i32 - 25 * (i * i) as i32 - 12_800) as i16;
        i += 1;
    }
    knots
}

const fn one_way_chain(seed: u32) -> OneWayChain {
    let narrowing = Narrowing::linear(7, 32_767);
    let two = Both::new(
        Narrow::new(narrowing, output16(seed)),
        Narrow::new(narrowing, output16(seed + 100)),
    );
    let constants = [[40_000, 9_000], [-3, -9_000], [0, 1]];
    let table = Table::new(0, [-4, 4], 2, 12);
    (
        PERMUTATION,
        triangular(seed, Side::Upper),
        triangular(seed + 1, Side::Lower),
        AffineCoupling::new(Half::Head, Form::SubMul, two, table, constants),
        Then(
            Coupling::new(Half::Tail, net16(seed, 0)),
            Inverse(Coupling::new(Half::Tail, net16(seed + 2, 0))),
        ),
    )
}

/// Deviations around one, and a coarse state that reaches 64 of them; each component from a seed and a constant.
const fn mixture<const K: usize>(components: [(u32, i32); K]) -> Mixture<D, K> {
    const EMPTY: Component<D> = Component::new([0; D], [0; D], 0);
    let mut normals = [EMPTY; K];
    let mut k = 0;
    while k < K {
        normals[k] = component(components[k].0, components[k].1);
        k += 1;
    }
    Mixture::new([7, 8, 7, 6, 7, 5, 7], 15, normals)
}

const fn component(seed: u32, constant: i32) -> Component<D> {
    let [numbers]: [[f32; D]; 1] = random(seed, 1.0);
    let (mut mean, mut factor) = ([0; D], [0; D]);
    let mut i = 0;
    while i < D {
        mean[i] = (500.0 * numbers[i]) as i16;
        factor[i] = (16_384.0 * (1.0 + numbers[i] / 2.0)) as i16;
        i += 1;
    }
    Component::new(mean, factor, constant)
}

const fn logistic(seed: u32) -> Logistic<D> {
    let (factor, offset) = standard(seed);
    Logistic::new(factor, offset, 29, -400_000)
}

/// Knots a nat apart, each worth half a fifth of a nat of rarity.
const fn tail(first: i32) -> Tail {
    let mut knots = [first; KNOTS];
    let mut j = 1;
    while j < KNOTS {
        knots[j] = knots[j - 1] + 65_536;
        j += 1;
    }
    Tail::new(knots, [6_554; KNOTS], 6_554)
}

/// What the layers change.
pub type State = SVector<Fixed, D>;

/// One if forward and inverse of two chains do not give a state back to the bit, both ways, else zero.
pub extern "C" fn there_and_back(state: &State) -> u32 {
    let bytes = CHAIN_I8.flow().bijection();
    let halfwords = INVERSE_I16.flow().bijection();
    let mut there = *state;
    bytes.forward(&mut there);
    halfwords.inverse(&mut there);
    halfwords.forward(&mut there);
    bytes.inverse(&mut there);
    (there != *state).into()
}

/// Random states, of `count`, that forward and inverse of two chains do not give back to the bit, both ways.
pub fn not_undone(count: usize) -> usize {
    let mut state = 1u32;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        Fixed::from_bits(state as i32)
    };
    let is_changed = |_: &usize| {
        let state = State::from_fn(|_, _| random());
        there_and_back(&state) != 0
    };
    (0..count).filter(is_changed).count()
}

/// Scores that are not the expected ones, each given to `tell`.
pub fn wrong(bits: &[(&str, &[u32])], tell: impl Fn(&Case, usize, u32)) -> usize {
    let mut wrong = 0;
    for case in CASES {
        let expected = bits.iter().find(|(name, _)| *name == case.name);
        for i in 0..INPUTS {
            let found = case.bits(i) as u32;
            if expected.and_then(|(_, bits)| bits.get(i)) != Some(&found) {
                tell(case, i, found);
                wrong += 1;
            }
        }
    }
    wrong
}
