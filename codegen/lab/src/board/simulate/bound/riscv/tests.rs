use super::*;

/// Decodes an instruction at 0x1000.
fn decoded(code: u32) -> Instruction {
    decode(0x1000, code as u16, Some((code >> 16) as u16)).unwrap()
}

#[track_caller]
fn steps(code: u32, step: Step) {
    let found = decoded(code);
    assert_eq!((found.step, found.flow), (step, Flow::Next), "{code:#x}");
}

#[track_caller]
fn flows(code: u32, flow: Flow) {
    assert_eq!(decoded(code).flow, flow, "{code:#x}");
}

/// The encodings are those that QEMU disassembles to the instructions in the comments.
#[test]
fn every_way_to_move_the_stack_pointer_is_known() {
    steps(0x7139, Step::Sum(SP, SP, -64)); // addi sp, sp, -64
    steps(0x7135, Step::Sum(SP, SP, -160)); // addi sp, sp, -160
    steps(0x6121, Step::Sum(SP, SP, 64)); // addi sp, sp, 64
    steps(0x610d, Step::Sum(SP, SP, 160)); // addi sp, sp, 160
    steps(0x8101_0113, Step::Sum(SP, SP, -2032)); // addi sp, sp, -2032
    steps(0x7f01_0113, Step::Sum(SP, SP, 2032)); // addi sp, sp, 2032
    steps(0x0060, Step::Sum(8, SP, 12)); // addi s0, sp, 12
    steps(0x1800, Step::Sum(8, SP, 48)); // addi s0, sp, 48
    steps(0x7ff1_0413, Step::Sum(8, SP, 2047)); // addi s0, sp, 2047
    steps(0x0001_0413, Step::Sum(8, SP, 0)); // mv s0, sp
    steps(0x40a1_0133, Step::TakeFromStack(10)); // sub sp, sp, a0
    steps(0x9116, Step::AddToStack(5)); // add sp, sp, t0
    // andi sp, t1, -16
    assert_eq!(decoded(0xff03_7113).writes, 1 << SP);
}

#[test]
fn numbers_and_arrays_are_followed() {
    steps(0x6d09, Step::Number(26, 0x2000)); // lui s10, 2
    steps(0x8004_a4b7, Step::Number(9, 0x8004_a000)); // lui s1, 0x8004a
    steps(0x0000_0297, Step::Number(5, 0x1000)); // auipc t0, 0
    steps(0x952e, Step::SumOf(10, 10, 11)); // add a0, a0, a1
    steps(0x008b_0533, Step::SumOf(10, 22, 8)); // add a0, s6, s0
    steps(0x4108, Step::Load(10, 10, 0)); // lw a0, 0(a0)
    steps(0x0a04_a503, Step::Load(10, 9, 160)); // lw a0, 160(s1)
    steps(0x85e2, Step::Sum(11, 24, 0)); // mv a1, s8
    // nop changes nothing.
    steps(0x0000_0013, Step::Other);
    assert_eq!(decoded(0x0000_0013).writes, 0);
}

#[test]
fn every_way_to_go_elsewhere_is_known() {
    flows(0x8082, Flow::Return); // ret
    flows(0x8782, Flow::JumpRegister(15, 0)); // jr a5
    flows(0x9582, Flow::CallRegister(11, 0)); // jalr a1
    flows(0x3d40_80e7, Flow::CallRegister(LR, 980)); // jalr ra, 980(ra)
    flows(0x3d42_82e7, Flow::Part(5, 980)); // jalr t0, 980(t0)
    flows(0x8282, Flow::PartEnd); // jr t0
    flows(0xac75, Flow::Jump(0x1000 + 700)); // j 700
    flows(0xbd3d, Flow::Jump(0x1000 - 450)); // j -450
    flows(0xf50f_f06f, Flow::Jump(0x1000 - 2224)); // j -2224
    flows(0x2dd0_006f, Flow::Jump(0x1000 + 2780)); // j 2780
    flows(0xc8bd, Flow::Branch(0x1000 + 118)); // beqz s1, 118
    flows(0xf67d, Flow::Branch(0x1000 - 18)); // bnez a2, -18
    flows(0x2a08_8063, Flow::Branch(0x1000 + 672)); // beqz a7, 672
    flows(0xff45_1ce3, Flow::Branch(0x1000 - 8)); // bne a0, s4, -8
    flows(0xc000_1073, Flow::Trap); // unimp
    flows(0x0010_0073, Flow::Trap); // ebreak
}

#[test]
fn a_call_keeps_what_the_convention_keeps() {
    let changed = decoded(0x3d40_80e7).writes;
    let keeps = [SP, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27];
    for register in 0..32 {
        // Zero has no number of its own; `x2`, the stack pointer, is `SP`.
        let expected = register != 0 && !keeps.contains(&register);
        assert_eq!(changed >> register & 1 == 1, expected, "{register}");
    }
}
