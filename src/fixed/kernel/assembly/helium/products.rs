//! What is between loading the biases of eight rows and having their sums.

/// Adds the products of four rows, whose words are in `q0` to `q3`, with the activations in `$x` to four registers.
macro_rules! add_products {
    ($x:literal, $r0:literal, $r1:literal, $r2:literal, $r3:literal) => {
        concat!(
            "vmladava.s16 ",
            $r0,
            ", q0, ",
            $x,
            "\n",
            "vmladava.s16 ",
            $r1,
            ", q1, ",
            $x,
            "\n",
            "vmladava.s16 ",
            $r2,
            ", q2, ",
            $x,
            "\n",
            "vmladava.s16 ",
            $r3,
            ", q3, ",
            $x,
            "\n",
        )
    };
}

/// 64 bytes at `$blocks`, which is advanced: of every four words the first to `q0`, the second to `q1` and so on.
macro_rules! load {
    ($blocks:literal) => {
        concat!(
            "vld40.32 {{q0, q1, q2, q3}}, [",
            $blocks,
            "]\n",
            "vld41.32 {{q0, q1, q2, q3}}, [",
            $blocks,
            "]\n",
            "vld42.32 {{q0, q1, q2, q3}}, [",
            $blocks,
            "]\n",
            "vld43.32 {{q0, q1, q2, q3}}, [",
            $blocks,
            "]!\n",
        )
    };
}

/// The words without their highest byte: what the second of two products of bytes takes.
macro_rules! shift {
    () => {
        "vshl.i32 q0, q0, #8
        vshl.i32 q1, q1, #8
        vshl.i32 q2, q2, #8
        vshl.i32 q3, q3, #8
        "
    };
}

/// Four quads: activations 1 and 3 of each to `q4`, where rows of bytes have their halves, 0 and 2 to `q5`.
macro_rules! activations8 {
    () => {
        "vld20.32 {{q4, q5}}, [r11]
        vld21.32 {{q4, q5}}, [r11]!
        "
    };
}

/// Eight rows by sixteen columns of bytes.
macro_rules! chunk8 {
    () => {
        concat!(
            load!("r5"),
            add_products!("q4", "r0", "r2", "r4", "r6"),
            shift!(),
            add_products!("q5", "r0", "r2", "r4", "r6"),
            load!("r7"),
            add_products!("q4", "r8", "r10", "r12", "lr"),
            shift!(),
            add_products!("q5", "r8", "r10", "r12", "lr"),
        )
    };
}

/// Two quads as they stand to `q4`, the order that rows of halfwords have.
macro_rules! activations16 {
    () => {
        "vldrw.u32 q4, [r11], #16\n"
    };
}

/// Eight rows by eight columns of halfwords.
macro_rules! chunk16 {
    () => {
        concat!(
            load!("r5"),
            add_products!("q4", "r0", "r2", "r4", "r6"),
            load!("r7"),
            add_products!("q4", "r8", "r10", "r12", "lr"),
        )
    };
}

/// Adds the products of two lanes each to one register: where the predicate holds (`t`) to that of the first four rows, elsewhere
/// (`e`) to that of the others. Each change between `t` and `e` inverts the predicate: two changes leave it as it was.
macro_rules! products_of_pairs {
    ($x:literal) => {
        concat!(
            "vpsteet\n",
            "vmladavat.s16 r0, q0, ",
            $x,
            "\n",
            "vmladavae.s16 r8, q0, ",
            $x,
            "\n",
            "vmladavae.s16 r10, q1, ",
            $x,
            "\n",
            "vmladavat.s16 r2, q1, ",
            $x,
            "\n",
            "vpsteet\n",
            "vmladavat.s16 r4, q2, ",
            $x,
            "\n",
            "vmladavae.s16 r12, q2, ",
            $x,
            "\n",
            "vmladavae.s16 lr, q3, ",
            $x,
            "\n",
            "vmladavat.s16 r6, q3, ",
            $x,
            "\n",
        )
    };
}

/// How often `r4` quads of bytes fill a vector, twice, and one less if some are left, to `r2`: where a turn takes two from it, the last
/// full vector leaves zero, or minus one if some are left.
macro_rules! turns8 {
    () => {
        "lsrs r2, r4, #1
        bic r2, r2, #1
        lsls r0, r4, #30
        it ne
        subne r2, #1"
    };
}

/// The same of two quads of halfwords.
macro_rules! turns16 {
    () => {
        "lsrs r2, r4, #1
        lsl r2, r2, #1
        it cs
        subcs r2, #1"
    };
}

pub(super) use {
    activations8, activations16, add_products, chunk8, chunk16, load, products_of_pairs, shift,
    turns8, turns16,
};
