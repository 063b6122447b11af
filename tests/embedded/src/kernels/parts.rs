//! Parts of integer models that a core may compute otherwise: encoders, mixtures, first layers with last ones behind them.

use super::integers::quads;
use super::numbers::Numbers;
use nice_flow::fixed::{
    Component, Dense, Encode, First, Fixed, I8, I16, Linear, Mixture, Standardise,
};
use nice_flow::host::fixed as kernel;
use nice_flow::{Conditioner, Density, Then};

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
        count(follows::<1>(&mut numbers, shift));
        count(follows::<2>(&mut numbers, shift));
        count(follows::<7>(&mut numbers, shift));
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

/// Whether a last layer of three outputs behind a first layer gives what both give one after the other.
fn follows<const P: usize>(numbers: &mut Numbers, shift: u8) -> bool {
    let (odd, even) = (numbers.word(), numbers.word());
    let constant = numbers.word() as i16 & i16::MAX;
    let words = [[odd, even], [odd & 0xffff | (constant as u32) << 16, even]];
    let [x, with_constant] = *quads(&words) else {
        return false;
    };
    let shifts = [(); 4].map(|()| (numbers.word() >> 9) as u8 % 32);
    let bias = [(); 4].map(|()| numbers.word().cast_signed());

    let mut words = || [(); P].map(|()| [(); 4].map(|()| numbers.word()));
    let (first, last) = (words(), words());
    let mut h = [const { core::mem::MaybeUninit::uninit() }; P];
    let mut sums = [[0; 4]];
    let hidden = kernel::first8(&first, with_constant, shift.into(), &mut h);
    kernel::affine8(&last, &[bias], &*hidden, &mut sums);
    let expected = shifted(sums, shifts);
    let last = Linear::<I8, P, 1>::new(Dense::new([last], [bias]), [shifts]);
    let network = Then(First::<I8, P>::new(first, constant, shift), last);
    let bytes_are_equal = first_three(network.eval_first(&[x], 3)) == expected;

    let mut words = || [(); P].map(|()| [(); 8].map(|()| numbers.word()));
    let (first, last) = (words(), words());
    let mut h = [const { core::mem::MaybeUninit::uninit() }; P];
    let hidden = kernel::first16(&first, with_constant, shift.into(), &mut h);
    kernel::affine16(&last, &[bias], &*hidden, &mut sums);
    let expected = shifted(sums, shifts);
    let last = Linear::<I16, P, 1>::new(Dense::new([last], [bias]), [shifts]);
    let network = Then(First::<I16, P>::new(first, constant, shift), last);
    bytes_are_equal && first_three(network.eval_first(&[x], 3)) == expected
}

fn first_three([[a, b, c, _]]: [[i32; 4]; 1]) -> [i32; 3] {
    [a, b, c]
}

fn shifted([[a, b, c, _]]: [[i32; 4]; 1], [i, j, k, _]: [u8; 4]) -> [i32; 3] {
    [a >> i, b >> j, c >> k]
}
