use super::*;

/// The worst case of a function at 0x1000, from alternating code and data, or why it has no bound.
fn extent_of(parts: &[(&[u16], bool)]) -> std::result::Result<Extent, String> {
    let mut code = Code {
        image: Image::of_parts(parts),
        extents: BTreeMap::new(),
        left: BTreeMap::new(),
        open: vec![],
    };
    code.extent(0x1001).map_err(|error| error.to_string())
}

/// The worst case of code that is followed by data.
fn extent(code: &[u16]) -> std::result::Result<Extent, String> {
    extent_of(&[(code, true), (&[0xffff], false)])
}

#[track_caller]
fn takes(code: &[u16], stack_bytes: u32) {
    let can_trap = false;
    assert_eq!(
        extent(code),
        Ok(Extent {
            stack_bytes,
            can_trap
        })
    );
}

#[track_caller]
fn refuses(code: &[u16], reason: &str) {
    let error = extent(code).unwrap_err();
    assert!(
        error.contains(reason) && error.contains("score at 0x"),
        "{error}"
    );
}

#[test]
fn a_call_adds_what_it_calls() {
    // push {r4, lr}; sub sp, #16; bl 0x100c; add sp, #16; pop {r4, pc}; 0x100c: push {r0-r3}; add sp, #16; bx lr
    let code = [
        0xb510, 0xb084, 0xf000, 0xf802, 0xb004, 0xbd10, 0xb40f, 0xb004, 0x4770,
    ];
    takes(&code, 8 + 16 + 16);
}

#[test]
fn the_deeper_of_two_ways_counts() {
    // cbz r0, 0x1008; push {r4}; pop {r4}; bx lr; 0x1008: push {r4-r7}; pop {r4-r7}; bx lr
    takes(
        &[0xb110, 0xb410, 0xbc10, 0x4770, 0xb4f0, 0xbcf0, 0x4770],
        16,
    );
    // cmp r0, #0; it ne; pushne {r4}; bx lr: the depth at the return depends on the condition.
    refuses(&[0x2800, 0xbf18, 0xb410, 0x4770], "leaves something");
}

#[test]
fn conditional_instructions_of_one_outcome_go_together() {
    // push {r4}; itt ne; popne {r4}; bxne lr; pop {r4}; bx lr
    takes(&[0xb410, 0xbf1c, 0xbc10, 0x4770, 0xbc10, 0x4770], 4);
    // push {r4}; ite eq; popeq {r4}; popne {r4}; bx lr
    takes(&[0xb410, 0xbf0c, 0xbc10, 0xbc10, 0x4770], 4);
    // The same, but the first conditional instruction sets the flags: both or either of the two may be executed.
    refuses(
        &[0xb410, 0xbf1e, 0x2800, 0xbc10, 0x4770, 0x4770],
        "leaves something",
    );
}

#[test]
fn a_jump_to_another_function_is_followed_at_its_depth() {
    // push {r4}; b 0x1006; nop; 0x1006: push {r5}; add sp, #8; bx lr
    takes(&[0xb410, 0xe000, 0xbf00, 0xb420, 0xb002, 0x4770], 8);
}

#[test]
fn a_call_by_a_register_is_known_if_the_code_holds_its_address() {
    // push {r4, lr}; ldr r4, =0x1009; blx r4; pop {r4, pc}; 0x1008: push {r0}; pop {r0}; bx lr; nop
    let code = [
        0xb510, 0x4c03, 0x47a0, 0xbd10, 0xb401, 0xbc01, 0x4770, 0xbf00,
    ];
    let found = extent_of(&[(&code, true), (&[0x1009, 0], false)]);
    assert_eq!(found.map(|extent| extent.stack_bytes), Ok(12));
}

#[test]
fn what_does_not_come_to_an_end_is_refused() {
    refuses(&[0xb500, 0x4780, 0xbd00], "a call by a pointer"); // push {lr}; blx r0; pop {pc}
    refuses(&[0x4700], "a jump by a pointer"); // bx r0
    refuses(&[0xb500, 0xf7ff, 0xfffd, 0xbd00], "calls itself"); // push {lr}; bl 0x1000; pop {pc}
    refuses(&[0xb401, 0xe7fd], "not always equally deep"); // push {r0}; b 0x1000
    refuses(&[0xebad, 0x0d00, 0x4770], "an unknown size"); // sub.w sp, sp, r0
    refuses(&[0xb401, 0x4770], "leaves something on the stack"); // push {r0}; bx lr
    refuses(&[0xdf00, 0x4770], "nobody knows where"); // svc 0
    refuses(&[0xbf00], "no code"); // nop, then data
}

#[test]
fn every_entry_of_a_table_of_jumps_is_followed() {
    // tbb [pc, r0] to 0x1006 and 0x100a: bx lr; nop; push {r0-r3}; add sp, #16; bx lr
    let ways = [0x4770, 0xbf00, 0xb40f, 0xb004, 0x4770];
    let found = extent_of(&[(&[0xe8df, 0xf000], true), (&[0x0301], false), (&ways, true)]);
    assert_eq!(found.map(|extent| extent.stack_bytes), Ok(16));
    // Code in the place of a jump table.
    refuses(&[0xe8df, 0xf000, 0x4770], "not marked as data");
}

#[test]
fn what_stops_the_processor_is_told() {
    // cbz r0, 0x1004; bx lr; 0x1004: udf
    let found = extent(&[0xb100, 0x4770, 0xdefe]).unwrap();
    assert!(found.can_trap && found.stack_bytes == 0);
    assert!(!extent(&[0x4770]).unwrap().can_trap);
}

#[test]
fn a_call_within_a_function_is_a_long_jump() {
    // push {r4, lr}; bl 0x1008; nop; 0x1008: pop {r4, pc}
    let code = [0xb510, 0xf000, 0xf801, 0xbf00, 0xbd10];
    let mut one = Code {
        image: Image::of_one(&[(&code, true)]),
        extents: BTreeMap::new(),
        left: BTreeMap::new(),
        open: vec![],
    };
    assert_eq!(
        one.extent(0x1001).map(|extent| extent.stack_bytes).ok(),
        Some(8)
    );
    refuses(&code, "leaves something");
}
