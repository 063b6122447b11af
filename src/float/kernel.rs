//! The inner loops.

/// y = W x + b
#[inline(never)]
pub fn affine(weight: &[f32], bias: &[f32], x: &[f32], y: &mut [f32]) {
    let rows = y.len();
    for (r, (y, b)) in y.iter_mut().zip(bias).enumerate() {
        let mut s = *b;
        for (c, x) in x.iter().enumerate() {
            if let Some(w) = weight.get(c * rows + r) {
                s += w * x;
            }
        }
        *y = s;
    }
}

/// ReLU
#[inline(never)]
pub fn relu(h: &mut [f32]) {
    for h in h {
        if *h < 0.0 {
            *h = 0.0;
        }
    }
}
