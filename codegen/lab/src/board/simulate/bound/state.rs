//! The known contents of registers at an instruction, whichever path led there.

use super::thumb::{Flow, Instruction, LR, SP, Step};

/// The depth of the stack and the contents of the other registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Bytes of stack that the function uses.
    pub depth: i64,
    registers: [Value; 32],
}

/// The content of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    /// Unknown.
    Unknown,
    Number(u32),
    /// The sum of a number and something unknown: an address in an array.
    Near(u32),
    /// A word of the array at an address.
    Entry(u32),
    /// The address of the stack at this depth.
    Stack(i64),
}

impl State {
    /// The state on entry to a function.
    pub const fn new() -> Self {
        Self {
            depth: 0,
            registers: [Value::Unknown; 32],
        }
    }

    /// What is known where two paths meet; `None` if their stacks differ in depth.
    pub fn meet(&self, other: &Self) -> Option<Self> {
        let mut both = self.clone();
        for (register, other) in both.registers.iter_mut().zip(&other.registers) {
            if register != other {
                *register = Value::Unknown;
            }
        }
        (self.depth == other.depth).then_some(both)
    }

    /// The state after an instruction; `word` reads a literal. `None` if the depth of the stack becomes unknown.
    pub fn after(
        &self,
        instruction: &Instruction,
        word: impl Fn(u32) -> Option<u32>,
    ) -> Option<Self> {
        let mut next = self.clone();
        for (place, register) in next.registers.iter_mut().enumerate() {
            if instruction.writes >> place & 1 != 0 {
                *register = Value::Unknown;
            }
        }
        let sets_stack = matches!(instruction.step, Step::Sum(SP, ..));
        if instruction.writes & 1 << SP != 0 && !sets_stack {
            return None;
        }
        let (to, value) = match instruction.step {
            Step::Other => return Some(next.after_call(instruction.flow)),
            Step::Special => return None,
            Step::Number(to, number) => (to, Value::Number(number)),
            Step::Literal(to, place) => (to, word(place).map_or(Value::Unknown, Value::Number)),
            Step::Sum(to, from, number) => (to, self.get(from).plus(number)),
            Step::SumOf(to, one, other) => (to, self.get(one).plus_unknown(self.get(other))),
            Step::Load(to, from, number) => (to, self.get(from).plus(number).entry()),
            Step::AddToStack(from) => (SP, self.on_stack(from, 1)),
            Step::TakeFromStack(from) => (SP, self.on_stack(from, -1)),
            Step::Upper(to, half) => match self.get(to) {
                Value::Number(low) => (to, Value::Number(low & 0xffff | u32::from(half) << 16)),
                _ => (to, Value::Unknown),
            },
        };
        match (to, value) {
            (SP, Value::Stack(depth)) => next.depth = depth,
            (SP, _) => return None,
            _ => next.set(to, value),
        }
        Some(next)
    }

    /// The state after a part that leaves so many bytes on the stack and may change every register.
    pub fn after_part(&self, left: i64) -> Self {
        let depth = self.depth + left;
        Self {
            depth,
            ..Self::new()
        }
    }

    /// The number in a register, if it is known.
    pub fn number(&self, register: u8) -> Option<u32> {
        match self.get(register) {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The address of the array of which a word is in a register, if it is known.
    pub fn array(&self, register: u8) -> Option<u32> {
        match self.get(register) {
            Value::Entry(array) => Some(array),
            _ => None,
        }
    }

    fn get(&self, register: u8) -> Value {
        match register {
            SP => Value::Stack(self.depth),
            _ => (self.registers.get(usize::from(register)).copied()).unwrap_or(Value::Unknown),
        }
    }

    fn set(&mut self, register: u8, value: Value) {
        if let Some(place) = self.registers.get_mut(usize::from(register)) {
            *place = value;
        }
    }

    /// The value of the stack pointer plus, or minus, a register.
    fn on_stack(&self, register: u8, sign: i32) -> Value {
        match self.get(register) {
            Value::Number(number) => {
                Value::Stack(self.depth).plus(number.cast_signed().wrapping_mul(sign))
            }
            _ => Value::Unknown,
        }
    }

    /// After a call, the registers that the calling convention does not preserve are unknown.
    fn after_call(mut self, flow: Flow) -> Self {
        if let Flow::Call(_) | Flow::CallRegister(..) = flow {
            for register in [0, 1, 2, 3, 12, LR] {
                self.set(register, Value::Unknown);
            }
        }
        self
    }
}

impl Value {
    /// Adds to an address of the stack, which grows towards zero.
    fn plus(self, number: i32) -> Self {
        match self {
            Self::Unknown | Self::Entry(_) => Self::Unknown,
            Self::Near(old) => Self::Near(old.wrapping_add_signed(number)),
            Self::Number(old) => Self::Number(old.wrapping_add_signed(number)),
            Self::Stack(depth) => Self::Stack(depth - i64::from(number)),
        }
    }

    /// The sum of two values.
    fn plus_unknown(self, other: Self) -> Self {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => Self::Number(one.wrapping_add(other)),
            (Self::Number(number), Self::Unknown) | (Self::Unknown, Self::Number(number)) => {
                Self::Near(number)
            }
            _ => Self::Unknown,
        }
    }

    /// The word at an address.
    fn entry(self) -> Self {
        match self {
            Self::Near(array) => Self::Entry(array),
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(code: &[(u16, Option<u16>)]) -> Option<State> {
        let decode =
            |(first, second): &(u16, Option<u16>)| Instruction::decode(0x100, *first, *second);
        let step = |state: Option<State>, code| state?.after(&decode(code)?, |_| Some(0xffff_fc00));
        code.iter().fold(Some(State::new()), step)
    }

    fn depth(code: &[(u16, Option<u16>)]) -> Option<i64> {
        run(code).map(|state| state.depth)
    }

    #[test]
    fn a_frame_too_large_for_an_instruction_comes_from_a_literal() {
        // push {r4-r7, lr}; ldr r6, =-1024; add sp, r6
        let grown = [(0xb5f0, None), (0x4e01, None), (0x44b5, None)];
        assert_eq!(depth(&grown), Some(20 + 1024));
        // add r7, sp, #12 before it; then subs r6, r7, #7; subs r6, #5; mov sp, r6; pop {r4-r7, pc}
        let frame = [
            (0xb5f0, None),
            (0xaf03, None),
            (0x4e01, None),
            (0x44b5, None),
        ];
        let end = [(0x1ffe, None), (0x3e05, None), (0x46b5, None)];
        assert_eq!(depth(&[&frame[..], &end].concat()), Some(20));
        let end = [&frame[..], &end, &[(0xbdf0, None)]].concat();
        assert_eq!(depth(&end), Some(0));
    }

    #[test]
    fn a_stack_pointer_from_nowhere_is_not_known() {
        // mov sp, r6; sub.w sp, sp, r4; msr msp, r0
        for code in [
            (0x46b5, None),
            (0xebad, Some(0x0d04)),
            (0xf380, Some(0x8808)),
        ] {
            assert_eq!(depth(&[code]), None, "{code:x?}");
        }
    }

    #[test]
    fn a_call_keeps_what_its_convention_keeps() {
        // ldr r0, =…; ldr r5, =…; bl …
        let state = run(&[(0x4801, None), (0x4d01, None), (0xf000, Some(0xf800))]).unwrap();
        assert_eq!(
            (state.number(0), state.number(5)),
            (None, Some(0xffff_fc00))
        );
    }

    #[test]
    fn where_ways_meet_only_what_both_know_is_known() {
        let [one, other] =
            [0x2001, 0x2002].map(|code| run(&[(code, None), (0x2407, None)]).unwrap());
        let both = one.meet(&other).unwrap();
        assert_eq!((both.number(0), both.number(4)), (None, Some(7)));
        assert_eq!(one.meet(&run(&[(0xb510, None)]).unwrap()), None);
    }
}
