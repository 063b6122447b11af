use super::*;

/// Sums over a vector may be said to change more.
#[test]
fn a_sum_over_a_vector_changes_its_register() {
    for (first, second, registers) in [
        (0xeef0, 0x4e28, 1 << 4),          // vmladava.s16 r4, q0, q4
        (0xeef0, 0xce08, 1 << 12),         // vmladav.s16 r12, q0, q4
        (0xeea0, 0x4e28, 1 << 4 | 1 << 5), // vmlaldava.s16 r4, r5, q0, q4
        (0xeeea, 0x5f80, 1 << 5),          // vminv.s32 r5, q0
        (0xee23, 0x0f6e, 1 << 2),          // vidup.u32 q0, r2, #1
        (0xeea1, 0x0fc3, 1 << 3),          // vshlc q0, r3, #1
    ] {
        let writes = decode(first, second).writes;
        assert_eq!(writes & registers, registers, "{first:x} {second:x}");
        assert_eq!(writes >> SP & 1, 0);
    }
}

/// Decodes an instruction at 0x1000.
fn decode(first: u16, second: u16) -> Instruction {
    Instruction::decode(0x1000, first, Some(second)).unwrap()
}

#[track_caller]
fn steps(first: u16, second: u16, step: Step) {
    let found = decode(first, second);
    assert_eq!((found.step, found.flow), (step, Flow::Next));
}

#[track_caller]
fn flows(first: u16, second: u16, flow: Flow) {
    assert_eq!(decode(first, second).flow, flow);
}

/// The step that changes the stack pointer by so many bytes.
const fn stack(bytes: i32) -> Step {
    Step::Sum(SP, SP, bytes)
}

/// The encodings are those that `arm-none-eabi-as` gives for the instructions in the comments.
#[test]
fn every_way_to_move_the_stack_pointer_is_known() {
    steps(0xb5f0, 0, stack(-20)); // push {r4-r7, lr}
    steps(0xb401, 0, stack(-4)); // push {r0}
    steps(0xbc30, 0, stack(8)); // pop {r4, r5}
    steps(0xb0ff, 0, stack(-508)); // sub sp, #508
    steps(0xb002, 0, stack(8)); // add sp, #8
    steps(0xe92d, 0x4ff0, stack(-36)); // push.w {r4-r11, lr}
    steps(0xe8bd, 0x0ff0, stack(32)); // pop.w {r4-r11}
    steps(0xf84d, 0xbd04, stack(-4)); // push.w {r11}
    steps(0xf85d, 0xbb04, stack(4)); // pop.w {r11}
    steps(0xed2d, 0x8b10, stack(-64)); // vpush {d8-d15}
    steps(0xecbd, 0x8b10, stack(64)); // vpop {d8-d15}
    steps(0xed2d, 0x8a01, stack(-4)); // vpush {s16}
    steps(0xf5ad, 0x7d00, stack(-512)); // sub.w sp, sp, #512
    steps(0xf5ad, 0x5d80, stack(-4096)); // sub.w sp, sp, #4096
    steps(0xf50d, 0x7d02, stack(520)); // add.w sp, sp, #520
    steps(0xf2ad, 0x4d04, stack(-1028)); // subw sp, sp, #1028
    steps(0xf20d, 0x4d04, stack(1028)); // addw sp, sp, #1028
    steps(0xe96d, 0x0102, stack(-8)); // strd r0, r1, [sp, #-8]!
    steps(0xe8fd, 0x0102, stack(8)); // ldrd r0, r1, [sp], #8
    steps(0x44b5, 0, Step::AddToStack(6)); // add sp, r6
    steps(0xeb0d, 0x0d06, Step::AddToStack(6)); // add.w sp, sp, r6
    steps(0x46b5, 0, Step::Sum(SP, 6, 0)); // mov sp, r6
    steps(0xf380, 0x8808, Step::Special); // msr msp, r0
}

#[test]
fn what_the_stack_pointer_is_made_from_is_followed() {
    steps(0xaf03, 0, Step::Sum(7, SP, 12)); // add r7, sp, #12
    steps(0xf10d, 0x0b1c, Step::Sum(11, SP, 28)); // add.w r11, sp, #28
    steps(0xf1a7, 0x0418, Step::Sum(4, 7, -24)); // sub.w r4, r7, #24
    steps(0x1ffe, 0, Step::Sum(6, 7, -7)); // subs r6, r7, #7
    steps(0x3e05, 0, Step::Sum(6, 6, -5)); // subs r6, #5
    steps(0x466c, 0, Step::Sum(4, SP, 0)); // mov r4, sp
    steps(0x4e02, 0, Step::Literal(6, 0x100c)); // ldr r6, [pc, #8]
    steps(0xf8df, 0x6010, Step::Literal(6, 0x1014)); // ldr.w r6, [pc, #16]
    steps(0xf85f, 0x6010, Step::Literal(6, 0xff4)); // ldr.w r6, [pc, #-16]
    steps(0x2680, 0, Step::Number(6, 128)); // movs r6, #128
    steps(0xf04f, 0x36ff, Step::Number(6, u32::MAX)); // mov.w r6, #-1
    steps(0xf44f, 0x6680, Step::Number(6, 1024)); // mov.w r6, #1024
    steps(0xf241, 0x2634, Step::Number(6, 0x1234)); // movw r6, #0x1234
    steps(0xf2c1, 0x2634, Step::Upper(6, 0x1234)); // movt r6, #0x1234
}

#[test]
fn jumps_calls_and_returns_go_where_they_say() {
    flows(0xf000, 0xf80a, Flow::Call(0x1018)); // bl
    flows(0xf7ff, 0xfffe, Flow::Call(0x1000)); // bl to itself
    flows(0xf000, 0xb80a, Flow::Jump(0x1018)); // b.w
    flows(0xf43f, 0xaffe, Flow::Branch(0x1000)); // beq.w
    flows(0xf2c0, 0x8004, Flow::Branch(0x100c)); // bgt.w
    flows(0xe7fe, 0, Flow::Jump(0x1000)); // b
    flows(0xd002, 0, Flow::Branch(0x1008)); // beq
    flows(0xb918, 0, Flow::Branch(0x100a)); // cbnz r0
    flows(0x4798, 0, Flow::CallRegister(3, 0)); // blx r3
    flows(0x4718, 0, Flow::JumpRegister(3, 0)); // bx r3
    flows(0x4770, 0, Flow::Return); // bx lr
    flows(0xbdf0, 0, Flow::Return); // pop {r4-r7, pc}
    flows(0xe8bd, 0x8ff0, Flow::Return); // pop.w {r4-r11, pc}
    flows(0xf85d, 0xfb04, Flow::Return); // ldr pc, [sp], #4
    flows(0xe8df, 0xf000, Flow::Table { bytes: true }); // tbb [pc, r0]
    flows(0xe8df, 0xf010, Flow::Table { bytes: false }); // tbh [pc, r0, lsl #1]
    flows(0xbf08, 0, Flow::If(Conditions::of(0xbf08))); // it eq
    assert_eq!(Conditions::of(0xbf08).holds(), [true]);
    assert_eq!(Conditions::of(0xbf1e).holds(), [true, true, true]); // ittt ne
    assert_eq!(Conditions::of(0xbf0c).holds(), [true, false]); // ite eq
    assert_eq!(Conditions::of(0xbf13).holds(), [true, false, false, true]); // iteet ne
    flows(0xdefe, 0, Flow::Trap); // udf #254
    flows(0xf045, 0xc005, Flow::Branch(0x100c)); // wls lr, r5, #8
    flows(0xf023, 0xc005, Flow::Branch(0x100c)); // wlstp.32 lr, r3, #8
    flows(0xf00f, 0xc005, Flow::Branch(0xffc)); // le lr, #-8
    flows(0xf00f, 0xc805, Flow::Branch(0xffa)); // le lr, #-10
    flows(0xf01f, 0xc005, Flow::Branch(0xffc)); // letp lr, #-8
    flows(0xf7f0, 0xa000, Flow::Trap); // udf.w #0
    for (first, second) in [(0x448f, 0), (0xdf00, 0), (0xf8d0, 0xf000), (0xe890, 0x8001)] {
        flows(first, second, Flow::Unknown); // add pc, r1; svc 0; ldr.w pc, [r0]; ldm r0, {r0, pc}
    }
}

#[test]
fn what_changes_a_register_is_told() {
    let changes = |first, second, registers: &[u8]| {
        let list = registers
            .iter()
            .fold(0, |list, register| list | 1 << register);
        assert_eq!(decode(first, second).writes, list, "{first:x} {second:x}");
    };
    changes(0x4341, 0, &[1]); // muls r1, r0
    changes(0x6841, 0, &[1]); // ldr r1, [r0, #4]
    changes(0x6041, 0, &[]); // str r1, [r0, #4]
    changes(0xc806, 0, &[0, 1, 2]); // ldm r0!, {r1, r2}
    changes(0xc006, 0, &[0]); // stm r0!, {r1, r2}
    changes(0xe9d0, 0x2302, &[2, 3]); // ldrd r2, r3, [r0, #8]
    changes(0xe8f0, 0x2302, &[0, 2, 3]); // ldrd r2, r3, [r0], #8
    changes(0xe9c0, 0x2302, &[]); // strd r2, r3, [r0, #8]
    changes(0xf850, 0x2b04, &[0, 2]); // ldr r2, [r0], #4
    changes(0xf840, 0x2b04, &[0]); // str r2, [r0], #4
    changes(0xfb82, 0x3401, &[3, 4]); // smull r3, r4, r2, r1
    changes(0xfb20, 0x5301, &[3]); // smlad r3, r0, r1, r5
    changes(0xecb0, 0x0a04, &[0]); // vldmia r0!, {s0-s3}
    changes(0xec53, 0x2b10, &[2, 3]); // vmov r2, r3, d0
    changes(0xee10, 0x2a10, &[2]); // vmov r2, s0
    changes(0xee00, 0x2a10, &[]); // vmov s0, r2
    changes(0xeba0, 0x0301, &[3]); // sub.w r3, r0, r1
    changes(0xf1b0, 0x0f05, &[]); // cmp.w r0, #5
    changes(0xf04c, 0xe001, &[14]); // dls lr, r12
    changes(0xf027, 0xe801, &[]); // vctp.32 r7
    changes(0xea5c, 0x8011, &[0]); // csel r0, r12, r1, ne
    changes(0xea5f, 0x931f, &[3]); // cset r3, eq
    changes(0xea56, 0x412f, &[1, 6]); // asrl r6, r1, #16
    changes(0xea51, 0x01cf, &[0, 1]); // uqshll r0, r1, #3
    changes(0xea52, 0x3f2d, &[2]); // sqrshr r2, r3
    changes(0xecb1, 0x1f04, &[1]); // vldrw.u32 q0, [r1], #16
    changes(0xed9d, 0x1f04, &[]); // vldrw.u32 q0, [sp, #16]
    changes(0xfcbd, 0x0f04, &[5]); // vldrh.u32 q0, [r5], #8
    changes(0xfcb0, 0x1f61, &[0]); // vld43.32 {q0, q1, q2, q3}, [r0]!
    changes(0xec03, 0x0f01, &[1, 3]); // vmov r1, r3, q0[2], q0[0]
    changes(0xec12, 0xef01, &[]); // vmov q7[2], q7[0], r1, r2
}
