//! Forged blobs: any numbers behind a right checksum give wrong scores, and neither a panic nor an overflow.
//!
//! A package is made of bytes alone: zeros are a value of every type in it, and where a byte of ones is refused there is an
//! enumeration, which keeps its zero or becomes a one. Every other word becomes a random or extreme number. `.ci/miri` runs
//! the same with few forgeries.

use nice_flow::blob::{CHECKED, Header, MAGIC, Package, crc};
use nice_flow::fixed::{Encode, Encoded, Fixed};
use nice_flow::nalgebra::SVector;
use nice_flow::{
    Bijection, Commission, Coupling, Density, Detector, Drift, Ensemble, Flow, Inverse, Number,
    Permute, Reading, Then, Window,
};
use std::cell::Cell;
use std::hint::black_box;
use std::ops::Range;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// Usual values of an input, knots of the p-values.
const Q: usize = 3;
const K: usize = 4;
const LAYOUT: u64 = 0x1234;
/// Where numbers begin.
const HEADER: usize = size_of::<Header>();
/// How many forgeries of each model.
const ROUNDS: usize = if cfg!(miri) { 1 } else { 300 };
/// How many rows each forgery is asked about.
const ASKED: usize = if cfg!(miri) { 4 } else { 8 };
/// How many causes are asked for.
const CAUSES: usize = if cfg!(miri) { 1 } else { usize::MAX };

/// Numbers by a linear congruential generator (Knuth's MMIX).
struct Random(Cell<u64>);

impl Random {
    fn next(&self) -> u32 {
        let state = self.0.get().wrapping_mul(6_364_136_223_846_793_005);
        self.0.set(state.wrapping_add(1_442_695_040_888_963_407));
        (self.0.get() >> 33) as u32
    }

    /// Any bits, the ends of every range, or what a model could have.
    fn word(&self) -> u32 {
        let (kind, bits) = (self.next(), self.next() << 1 | self.next() & 1);
        let sign = self.next() & 0x8000_0000;
        match kind % 6 {
            0 => bits,
            1 => EXTREME[bits as usize % EXTREME.len()],
            2 => EXTREME[bits as usize % EXTREME.len()] | bits & 0xffff,
            3 => bits % 64,
            4 => (bits % 0x1_0000).wrapping_neg(),
            _ => sign | (0.01 + (bits >> 8) as f32 / 65_536.0).to_bits(),
        }
    }
}

const EXTREME: [u32; 12] = [
    0,
    1,
    u32::MAX,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0001,
    0x7fff_8000,
    0x8080_8080,
    0x7f80_0000, // infinity
    0xff80_0000, // its negative
    0x7fc0_0000, // NaN
    0x0000_ffff,
];

/// Bytes at a multiple of eight.
struct Slot {
    words: Vec<u64>,
    size: usize,
}

impl Slot {
    /// A package of zeros.
    fn new(size: usize) -> Self {
        let words = vec![0; size.div_ceil(8)];
        let mut slot = Self { words, size };
        let header = Header {
            magic: MAGIC,
            crc: 0.into(),
            signature: [0; 64],
            bytes: (size as u32).into(),
            version: 1.into(),
            layout: LAYOUT.into(),
            id: 7.into(),
        };
        slot.bytes()[..HEADER].copy_from_slice(header.to_bytes());
        slot
    }

    fn bytes(&mut self) -> &mut [u8] {
        &mut self.words.as_mut_bytes()[..self.size]
    }

    /// The checksum is that of the bytes.
    fn seal(&mut self) {
        let bytes = self.bytes();
        let sum = crc(&bytes[CHECKED..]);
        bytes[CHECKED - 4..CHECKED].copy_from_slice(&sum.to_le_bytes());
    }

    /// The bytes for good: a slot of flash stays too.
    fn kept(self) -> &'static [u8] {
        &self.words.leak().as_bytes()[..self.size]
    }
}

/// A package of a model.
type Forged<M, T, N, const D: usize> = Package<M, T, N, D, Q, K, 1, 1>;

/// Whether bytes of ones in a range of a package are no value of it: an enumeration is there.
fn is_refused<P>(range: Range<usize>) -> bool
where
    P: TryFromBytes + KnownLayout + Immutable,
{
    let mut slot = Slot::new(size_of::<P>());
    slot.bytes()[range].fill(0xff);
    P::try_ref_from_bytes(slot.bytes()).is_err()
}

/// The bytes of a package that belong to enumerations, found by halving.
fn enumerations<P>(range: Range<usize>) -> Vec<usize>
where
    P: TryFromBytes + KnownLayout + Immutable,
{
    if !is_refused::<P>(range.clone()) {
        return vec![];
    }
    if range.len() == 1 {
        return vec![range.start];
    }
    let middle = range.start + range.len() / 2;
    let mut found = enumerations::<P>(range.start..middle);
    found.extend(enumerations::<P>(middle..range.end));
    found
}

/// Forges packages of a model, and asks each for everything.
fn forge<M, T, const D: usize>(name: &str, also: impl Fn(&M, &SVector<T, D>))
where
    M: Density<T, D> + 'static,
    T: Reading + 'static,
    M::Nats: 'static,
    Forged<M, T, M::Nats, D>: TryFromBytes + KnownLayout + Immutable,
{
    let size = size_of::<Forged<M, T, M::Nats, D>>();
    let enumerations = enumerations::<Forged<M, T, M::Nats, D>>(HEADER..size);
    let random = Random(Cell::new(D as u64));
    for round in 0..ROUNDS {
        let mut slot = Slot::new(size);
        // The first ones have the same number everywhere.
        let same = EXTREME.get(round).filter(|_| ROUNDS > EXTREME.len());
        for place in slot.bytes()[HEADER..].chunks_mut(4) {
            let word = same.copied().unwrap_or_else(|| random.word());
            place.copy_from_slice(&word.to_le_bytes()[..place.len()]);
        }
        for at in &enumerations {
            slot.bytes()[*at] &= 1;
        }
        slot.seal();
        let package = Forged::<M, T, M::Nats, D>::open(slot.kept(), LAYOUT);
        ask(package.unwrap(), &random, &also);
    }
    let found = enumerations.len();
    println!("{name}: {size} bytes, {found} of them enumerations; {ROUNDS} forgeries");
}

/// Every question that a package, its model and what watches its scores can be asked.
fn ask<M, T, const D: usize>(
    package: &'static Forged<M, T, M::Nats, D>,
    random: &Random,
    also: &impl Fn(&M, &SVector<T, D>),
) where
    M: Density<T, D>,
    T: Reading + 'static,
    Forged<M, T, M::Nats, D>: TryFromBytes + KnownLayout + Immutable,
{
    let contents = package.contents();
    let (model, [spread]) = (contents.model, contents.spread);
    black_box(contents.self_test());
    let mut debounce = contents.debounce.clone();
    let mut drift = Drift::<1000, 2>::new();
    let mut detector = Detector::<M, T, D, D>::new(model, contents.threshold);
    let commission = Commission::<M, T, M::Nats, D, 4>::new(model, spread, ASKED as u16, 0.4, 0);
    let mut commission = commission.unwrap();
    for _ in 0..ASKED {
        let sample: [T; D] = std::array::from_fn(|_| T::of_word(random.word()));
        let x = SVector::from(sample);
        let mut far = SVector::from([M::Nats::of_word(0); D]);
        model.distances(&x, black_box(&mut far));
        let verdict = detector.judge(&sample);
        black_box(detector.push(sample).map(|verdict| verdict.anomalous));
        black_box(debounce.push(verdict.anomalous));
        black_box(drift.push(contents.p_values.surprise(verdict.score)));
        let causes = detector.explain(contents.usual, &sample).take(CAUSES);
        let inputs: Vec<usize> = causes.map(|cause| cause.input).collect();
        assert!(inputs.len() <= D && inputs.iter().all(|input| *input < D));
        let kept: Vec<u32> = commission.words().collect();
        commission.push(&sample);
        commission.restore(&kept).unwrap();
        commission.push(&sample);
        also(model, &x);
    }
    if let Ok(site) = commission.finish() {
        let mut detector = Detector::with(site.adapted(Window::new()), model, site.threshold());
        let sample: [T; D] = std::array::from_fn(|_| T::of_word(random.word()));
        black_box(detector.push(sample).map(|verdict| verdict.anomalous));
    }
}

/// There and back through the map of a flow of floats.
fn back<B: Bijection<f32, D>, P, const D: usize>(model: &Flow<B, P>, x: &SVector<f32, D>) {
    let mut z = *x;
    model.bijection().inverse(&mut z);
    black_box(z);
}

/// There and back through the map of a flow of integers.
fn back_to_state<E, T, B, P, const D: usize, const FRAC: u32>(
    model: &Encoded<E, Flow<B, P>>,
    x: &SVector<T, D>,
) where
    E: Encode<T, D, State = Fixed<FRAC>>,
    B: Bijection<Fixed<FRAC>, D>,
{
    let mut u = model.encoder().encode(x);
    model.flow().bijection().inverse(&mut u);
    black_box(u);
}

/// Nothing besides.
fn nothing<M, X>(_: &M, _: &X) {}

mod fixed {
    use super::*;
    use nice_flow::fixed::*;

    type Additive<W, const FRAC: u32 = 16> = Then<
        Then<
            Then<Coupling<Narrow<1, 2, Mlp<W, 1, 1, 1, 0>, FRAC>>, Permute<3>>,
            [Triangular<3, 3>; 2],
        >,
        Inverse<Coupling<Narrow<2, 1, Mlp<W, 1, 1, 1, 1>, FRAC>>>,
    >;
    type Small<W> = Encoded<Standardise<3>, Flow<Additive<W>, DiagonalNormal<3>>>;
    type Coarse = Encoded<Standardise<3, 8>, Flow<Additive<I16, 8>, Logistic<3>>>;
    type Counted = Encoded<Counts<3>, Flow<Additive<I8>, Logistic<3>>>;
    type Nested = Then<
        Coupling<Narrow<1, 2, Then<Hidden<I16, 1, 2>, Mlp<I16, 2, 1, 1, 0>>>>,
        Coupling<Narrow<2, 1, Residual<I8, 1, 1, 1, 2>>>,
    >;
    type Modes = Encoded<Standardise<3>, Flow<Nested, Mixture<3, 2>>>;

    type Curved<W, F> = Then<Smooth<W, 1, 2, F>, Linear<W, 2, 1>>;
    type Shapes = Then<
        Then<
            Coupling<Narrow<1, 2, Curved<I8, Tanh>>>,
            Coupling<Narrow<1, 2, Curved<I16, Softplus>>>,
        >,
        Then<
            Then<
                Coupling<Narrow<1, 2, Curved<I8, Silu>>>,
                Coupling<Narrow<2, 1, Curved<I16, Gelu>>>,
            >,
            Then<
                Then<
                    Then<
                        Coupling<Narrow<2, 1, Curved<I16, Elu>>>,
                        Coupling<Narrow<2, 1, Curved<I8, EluAlpha>>>,
                    >,
                    Coupling<Narrow<2, 1, Curved<I16, Selu>>>,
                >,
                Then<
                    Coupling<Narrow<2, 1, Curved<I8, GeluTanh>>>,
                    Coupling<
                        Narrow<
                            1,
                            2,
                            Residual<I8, 1, 1, 1, 2, Gated<I8, 1, 1, SmoothBranch<I8, 1, Mish>>>,
                        >,
                    >,
                >,
            >,
        >,
    >;
    type Smoothed = Encoded<Standardise<3>, Flow<Shapes, DiagonalNormal<3>>>;

    type Scaled = Then<
        Then<
            AffineCoupling<Narrow<2, 6, Mlp<I16, 1, 2, 2, 0>>, Table, 3>,
            AffineCoupling<Narrow<3, 4, Mlp<I8, 1, 2, 1, 0>>, Exp, 2>,
        >,
        Then<
            Then<
                Then<[Triangular<5, 10>; 2], Permute<5>>,
                Autoregressive<Narrow<5, 10, Mlp<I8, 2, 1, 3, 0>>, Table, 5>,
            >,
            AffineCoupling<
                Both<Narrow<2, 3, Mlp<I16, 1, 1, 1, 0>>, Narrow<2, 3, Mlp<I8, 1, 1, 1, 0>>, 6>,
                Table,
                3,
            >,
        >,
    >;
    type Bend = Bent<EluAlpha>;
    type Joins<W> = Steered<
        W,
        2,
        1,
        2,
        Bend,
        Joined<W, 2, 1, Bend>,
        Narrowing,
        Then<Smooth<W, 1, 2, Tanh>, Linear<W, 2, 3>>,
    >;
    type Steers = Then<
        Autoregressive<Narrow<5, 10, Joins<I8>>, Table, 5>,
        Autoregressive<Narrow<5, 10, Joins<I16>>, Exp, 5>,
    >;
    type GivenOneWay = Encoded<Standardise<5>, OneWayFlow<Steers, DiagonalNormal<5>, 9>>;
    type OneWay = Encoded<Standardise<5>, OneWayFlow<Scaled, DiagonalNormal<5>, 9>>;

    #[test]
    fn flows_of_integers() {
        forge::<Small<I8>, f32, 3>("small, i8", back_to_state);
        forge::<Small<I16>, f32, 3>("small, i16", back_to_state);
        forge::<Coarse, f32, 3>("coarse, logistic", back_to_state);
        forge::<Counted, i32, 3>("counts, logistic", back_to_state);
        forge::<Modes, f32, 3>("residual, mixture", back_to_state);
        forge::<Smoothed, f32, 3>("smooth", back_to_state);
    }

    // Miri would take minutes to find the enumerations of so many layers.
    #[test]
    #[cfg_attr(miri, ignore)]
    fn affine_flows_of_integers() {
        forge::<OneWay, f32, 5>("affine", nothing);
        forge::<GivenOneWay, f32, 5>("steered", nothing);
    }

    #[test]
    #[cfg_attr(miri, ignore)]
    fn ensembles_of_integers() {
        forge::<Ensemble<Small<I8>, Tails<3>, 3>, f32, 3>("three, by tails", nothing);
        forge::<Ensemble<Modes, MeanDensity, 2>, f32, 3>("two, by densities", nothing);
    }
}

mod float {
    use super::*;
    use nice_flow::float::*;

    type Additive = Then<
        Then<Then<Diagonal<3>, Coupling<Mlp<1, 4, 2, 0>>>, Permute<3>>,
        Then<[Triangular<3>; 2], Inverse<Coupling<Mlp<2, 4, 1, 1, activation::Gelu>>>>,
    >;
    type Deep = Then<
        Inverse<Coupling<Residual<1, 4, 2, 2, activation::Elu>>>,
        Coupling<Stack<2, 5, activation::Tanh, Mlp<5, 3, 1, 0>>>,
    >;
    type Guided = Then<
        Coupling<Steered<1, 9, 3, 1, activation::Tanh, activation::Elu, Adds, Dense<3, 2>>>,
        Inverse<
            Coupling<
                Steered<
                    2,
                    8,
                    4,
                    1,
                    activation::LeakyRelu,
                    activation::Identity,
                    Gates,
                    Mlp<4, 3, 1, 0>,
                >,
            >,
        >,
    >;
    type Scaled = Then<
        Then<
            AffineCoupling<Mlp<2, 5, 4, 0>, scale::Exp>,
            Inverse<AffineCoupling<Mlp<2, 5, 4, 0>, scale::SoftplusBeta>>,
        >,
        Then<
            AffineCoupling<Mlp<2, 5, 4, 0>, scale::Reciprocal<scale::Sigmoid>>,
            Autoregressive<Mlp<4, 8, 8, 0, activation::Tanh>, scale::ExpTanh, 4>,
        >,
    >;

    #[test]
    fn flows_of_floats() {
        forge::<Flow<Additive, DiagonalNormal<3>>, f32, 3>("additive", back);
        forge::<Flow<Deep, Mixture<3, 2>>, f32, 3>("deep, mixture", back);
        forge::<Flow<Scaled, Logistic>, f32, 4>("affine, logistic", back);
        forge::<Flow<Guided, Normal>, f32, 3>("steered", back);
        forge::<Flow<Permute<3>, StudentT<3>>, f32, 3>("Student-t", back);
        forge::<Flow<Permute<3>, FullNormal<3, 6>>, f32, 3>("full normal", back);
        forge::<Flow<Permute<3>, FullMixture<3, 6, 2>>, f32, 3>("full mixture", back);
    }

    #[test]
    #[cfg_attr(miri, ignore)]
    fn ensembles_of_floats() {
        type Member = Flow<Additive, DiagonalNormal<3>>;
        forge::<Ensemble<Member, Tails<2>, 2>, f32, 3>("two, by tails", nothing);
        forge::<Ensemble<Member, MeanDensity, 2>, f32, 3>("two, by densities", nothing);
    }
}
