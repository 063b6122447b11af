//! Parts of integer models that a core may compute otherwise: encoders, mixtures, couplings by networks of one hidden layer.

use super::numbers::{GUARD, Numbers};
use core::mem::MaybeUninit;
use nalgebra::SVector;
use nice_flow::fixed::{
    Component, Dense, Encode, First, Fixed, I8, I16, Linear, Mixture, Narrow, Narrowing, Quad,
    Standardise,
};
use nice_flow::host::fixed as kernel;
use nice_flow::{Bijection, Conditioner, Coupling, Density, Half, Then};

/// Comparisons, and how many of them failed.
pub fn wrong() -> (usize, usize) {
    let mut numbers = Numbers(5);
    let (mut all, mut wrong) = (0, 0);
    let mut count = |is_equal: bool| {
        all += 1;
        wrong += usize::from(!is_equal);
    };
    for x in EDGES {
        for mean in EDGES.into_iter().filter(|mean| mean.is_finite()) {
            for factor in EDGES.into_iter().filter(|factor| factor.is_normal()) {
                count(encodes([x, -x], [mean, x / 3.0 - 1.0], factor));
            }
        }
    }
    for _ in 0..2_000 {
        let mean = f32::from_bits(numbers.word() & 0xbfff_ffff);
        let near = f32::from_bits(mean.to_bits() ^ numbers.word() >> (8 + numbers.word() % 24));
        let any = f32::from_bits(numbers.word());
        let factor = f32::from_bits((numbers.word() & 0x8fff_ffff) + 0x3000_0000);
        count(encodes([near, any], [mean; 2], factor));
    }
    for shift in 1..=17 {
        for _ in 0..10 {
            count(mixes::<16, 1, 1>(&mut numbers, shift));
            count(mixes::<16, 5, 3>(&mut numbers, shift));
            count(mixes::<14, 4, 2>(&mut numbers, shift));
        }
    }
    for shift in 1..=31 {
        for _ in 0..4 {
            count(couples::<1, 3, 3, 6, 0>(&mut numbers, shift));
            count(couples::<7, 3, 3, 6, 1>(&mut numbers, shift));
            count(couples::<2, 3, 2, 5, 2>(&mut numbers, shift));
            count(couples::<2, 2, 3, 5, 3>(&mut numbers, shift));
            count(couples::<3, 1, 1, 2, 1>(&mut numbers, shift));
            count(couples::<2, 3, 4, 7, 2>(&mut numbers, shift));
        }
    }
    (all, wrong)
}

/// Numbers at the ends of their ranges.
const EDGES: [f32; 14] = [
    0.0,
    -0.0,
    1e-45,
    1e-40,
    -1.175_494_3e-38,
    0.999_999_94,
    1.0,
    -1.000_000_1,
    16_777_215.0,
    -16_777_216.0,
    f32::MAX,
    f32::MIN,
    f32::INFINITY,
    f32::NAN,
];

/// Whether two measurements get the states that the compiler's arithmetic gives them.
fn encodes(x: [f32; 2], mean: [f32; 2], factor: f32) -> bool {
    [1, 65_535, 1 << 24].into_iter().all(|limit| {
        if !mean[1].is_finite() {
            return true;
        }
        let encoder: Standardise<2> = Standardise::new(mean, [factor, -factor], limit);
        let found = encoder.encode(&x.into()).map(Fixed::to_bits);
        let [x0, x1] = x;
        let expected = [
            kernel::element(x0, mean[0], factor, limit),
            kernel::element(x1, mean[1], -factor, limit),
        ];
        found.as_slice() == expected
    })
}

/// Whether a mixture has the density that is the sum of its components', computed one square after another.
fn mixes<const FRAC: u32, const D: usize, const K: usize>(
    numbers: &mut Numbers,
    shift: u32,
) -> bool {
    let coarse = [(); D].map(|()| (numbers.word() >> 9) as u8 % 20);
    let mut half = || (numbers.word() as i16).max(-i16::MAX);
    let means = [(); K].map(|()| [(); D].map(|()| half()));
    let factors = [(); K].map(|()| [(); D].map(|()| half() & i16::MAX >> (half() & 15)));
    let constants = [(); K].map(|()| numbers.word().cast_signed());
    let u = [(); D].map(|()| Fixed::<FRAC>::from_bits(numbers.word().cast_signed()));
    let mut v = [0; D];
    kernel::coarsen(&u, &coarse, &mut v);
    let terms = core::array::from_fn::<_, K, _>(|k| {
        let sum = (0..D).fold(0u64, |sum, i| {
            let [v, mean, factor] = [v[i], means[k][i], factors[k][i]].map(i32::from);
            sum + u64::from(kernel::square(v, mean, factor, shift))
        });
        kernel::normal::<FRAC>(constants[k], sum)
    });
    let components = core::array::from_fn(|k| Component::new(means[k], factors[k], constants[k]));
    let mixture = Mixture::<D, K>::new(coarse, shift, components);
    mixture.log_density(&u.into()) == kernel::log_sum_exp(&terms)
}

/// Whether a coupling by a network of one hidden layer does what its parts make of a state one after the other, wherever in a line of
/// memory it stands.
fn couples<
    const P: usize,
    const IN: usize,
    const OUT: usize,
    const D: usize,
    const PLACE: usize,
>(
    numbers: &mut Numbers,
    shift: u8,
) -> bool {
    let narrowing = narrowing(numbers);
    let constant = numbers.word() as i16 & i16::MAX;
    let shifts = [(); 4].map(|()| (numbers.word() >> 9) as u8 % 32);
    let bias = [(); 4].map(|()| numbers.word().cast_signed());

    let mut words = || [(); P].map(|()| [(); 4].map(|()| numbers.word()));
    let (first, last) = (words(), words());
    let network = Then(
        First::<I8, P>::new(first, constant, shift),
        Linear::new(Dense::new([last], [bias]), [shifts]),
    );
    let network = Narrow::<IN, OUT, _>::new(narrowing, network);
    let outputs = |x: [i32; 3]| {
        let mut h = [const { MaybeUninit::uninit() }; P];
        let mut sums = [[0; 4]];
        let hidden = kernel::first8(&first, with(constant, x), shift.into(), &mut h);
        kernel::affine8(&last, &[bias], &*hidden, &mut sums);
        shifted(sums, shifts)
    };
    let bytes = moves::<_, IN, OUT, D, PLACE>(numbers, narrowing, network, outputs);

    let mut words = || [(); P].map(|()| [(); 8].map(|()| numbers.word()));
    let (first, last) = (words(), words());
    let network = Then(
        First::<I16, P>::new(first, constant, shift),
        Linear::new(Dense::new([last], [bias]), [shifts]),
    );
    let network = Narrow::<IN, OUT, _>::new(narrowing, network);
    let outputs = |x: [i32; 3]| {
        let mut h = [const { MaybeUninit::uninit() }; P];
        let mut sums = [[0; 4]];
        let hidden = kernel::first16(&first, with(constant, x), shift.into(), &mut h);
        kernel::affine16(&last, &[bias], &*hidden, &mut sums);
        shifted(sums, shifts)
    };
    bytes && moves::<_, IN, OUT, D, PLACE>(numbers, narrowing, network, outputs)
}

/// Any narrowing; every other one leaves numbers below zero as they are.
fn narrowing(numbers: &mut Numbers) -> Narrowing {
    let shift = 1 + (numbers.word() >> 9) % 31;
    let limit = numbers.word() as i16 & i16::MAX;
    let slope = match numbers.word() >> 9 & 7 {
        0 => 0,
        1 => 1,
        2 => 6_554,
        3 => 32_767,
        _ => 32_768,
    };
    Narrowing::leaky_relu(shift, limit, slope)
}

/// Activations, of which the fourth is a constant.
fn with(constant: i16, [x0, x1, x2]: [i32; 3]) -> Quad {
    Quad::of([x0, x1, x2, constant.into()])
}

fn shifted([sums]: [[i32; 4]; 1], shifts: [u8; 4]) -> [i32; 4] {
    core::array::from_fn(|i| sums[i] >> shifts[i])
}

/// Something some words behind the beginning of a line.
#[repr(C, align(16))]
struct Placed<T, const PLACE: usize>([u32; PLACE], T);

/// Whether a coupling adds to one half of a state what `outputs` makes of the other half as activations, is undone, and writes nothing
/// else.
fn moves<C, const IN: usize, const OUT: usize, const D: usize, const PLACE: usize>(
    numbers: &mut Numbers,
    narrowing: Narrowing,
    network: C,
    outputs: impl Fn([i32; 3]) -> [i32; 4],
) -> bool
where
    C: Conditioner<Input = SVector<Fixed, IN>, Output = SVector<Fixed, OUT>>,
{
    let (half, kept, changed) = match numbers.word() >> 9 & 1 {
        0 => (Half::Tail, 0, IN),
        _ => (Half::Head, OUT, 0),
    };
    let coupling = Placed::<_, PLACE>([GUARD; PLACE], Coupling::new(half, network));
    let mut next =
        || SVector::from([(); D].map(|()| Fixed::from_bits(numbers.word().cast_signed())));
    let before: [SVector<Fixed, D>; 3] = [next(), next(), next()];
    let mut found = Placed::<_, PLACE>([GUARD; PLACE], before);
    let mut expected = before;
    let state = expected[1].as_mut_slice();
    let inputs = core::array::from_fn(|i| match i < IN {
        true => kernel::narrowed(narrowing, state[kept + i].to_bits()),
        false => 0,
    });
    for (x, y) in state[changed..].iter_mut().zip(outputs(inputs)).take(OUT) {
        *x += Fixed::from_bits(y);
    }
    coupling.1.forward(&mut found.1[1]);
    let is_right = found.1 == expected;
    coupling.1.inverse(&mut found.1[1]);
    is_right && found.1 == before && found.0 == [GUARD; PLACE]
}
