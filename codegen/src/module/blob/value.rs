//! Values as C lays them out in memory.

/// A value of the runtime's types.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Numbers of one byte.
    Bytes(Vec<u8>),
    /// Numbers of two bytes.
    Halves(Vec<u16>),
    /// Numbers of four bytes.
    Words(Vec<u32>),
    /// Numbers of eight bytes.
    Longs(Vec<u64>),
    /// Fields of a struct, or elements of an array that are structs.
    Group(Vec<Value>),
}

impl Value {
    /// Numbers of `f32`.
    pub fn floats(values: &[f32]) -> Self {
        Self::Words(values.iter().map(|x| x.to_bits()).collect())
    }

    /// One number of `f32`.
    pub fn float(value: f32) -> Self {
        Self::floats(&[value])
    }

    /// Numbers of `i16`.
    pub fn halves(values: &[i16]) -> Self {
        Self::Halves(values.iter().map(|x| *x as u16).collect())
    }

    /// Numbers of `i32`.
    pub fn integers(values: &[i32]) -> Self {
        Self::Words(values.iter().map(|x| *x as u32).collect())
    }

    /// One number of `i32`.
    pub fn integer(value: i32) -> Self {
        Self::integers(&[value])
    }

    /// A struct without fields.
    pub fn nothing() -> Self {
        Self::Group(vec![])
    }

    /// What its address is a multiple of.
    fn align(&self) -> usize {
        match self {
            Self::Bytes(_) => 1,
            Self::Halves(_) => 2,
            Self::Words(_) => 4,
            Self::Longs(_) => 8,
            Self::Group(parts) => parts.iter().map(Self::align).max().unwrap_or(1),
        }
    }

    /// Appends its bytes, little-endian, and zeros where its parts must be aligned. What is there before begins at an
    /// address that is a multiple of eight.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        fill(self.align(), bytes);
        match self {
            Self::Bytes(values) => bytes.extend(values),
            Self::Halves(values) => bytes.extend(values.iter().flat_map(|x| x.to_le_bytes())),
            Self::Words(values) => bytes.extend(values.iter().flat_map(|x| x.to_le_bytes())),
            Self::Longs(values) => bytes.extend(values.iter().flat_map(|x| x.to_le_bytes())),
            Self::Group(parts) => parts.iter().for_each(|part| part.write(bytes)),
        }
        fill(self.align(), bytes);
    }
}

/// Appends zeros up to a multiple of `align`.
pub(super) fn fill(align: usize, bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(align), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_where_c_has_them() {
        #[repr(C)]
        struct Inner {
            _a: u8,
            _b: u32,
            _c: u8,
        }
        #[repr(C)]
        struct Outer {
            _a: u16,
            inner: [Inner; 2],
            _b: u8,
            long: u64,
            _c: [u16; 3],
        }
        let inner = |x: u8| {
            Value::Group(vec![
                Value::Bytes(vec![x]),
                Value::integer(-1),
                Value::Bytes(vec![x]),
            ])
        };
        let outer = Value::Group(vec![
            Value::Halves(vec![7]),
            Value::Group(vec![inner(1), inner(2)]),
            Value::Bytes(vec![3]),
            Value::Longs(vec![4]),
            Value::Halves(vec![5, 5, 5]),
        ]);
        let mut bytes = vec![];
        outer.write(&mut bytes);
        assert_eq!(bytes.len(), size_of::<Outer>());
        let second = std::mem::offset_of!(Outer, inner) + size_of::<Inner>();
        assert_eq!(bytes[second], 2);
        let long = std::mem::offset_of!(Outer, long);
        assert_eq!(bytes[long..long + 9], [4, 0, 0, 0, 0, 0, 0, 0, 5]);
        assert!(bytes[long + 14..].iter().all(|byte| *byte == 0));
    }
}
