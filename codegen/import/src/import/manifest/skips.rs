//! Variants of skip connections in the networks of couplings.

use super::schema::{Coupling, Step};

/// Puts a skip connection around every hidden linear layer with the activation behind it; returns whether there is one.
pub(super) fn around_layers(coupling: &mut Coupling, is_square: &IsSquare) -> bool {
    around_each(coupling, 2, is_square)
}

/// The same, in front of the activation.
pub(super) fn before_activations(coupling: &mut Coupling, is_square: &IsSquare) -> bool {
    around_each(coupling, 1, is_square)
}

/// Whether a step is a linear layer of as many outputs as inputs.
pub(super) type IsSquare<'a> = dyn Fn(&Step) -> bool + 'a;

fn around_each(coupling: &mut Coupling, length: usize, is_square: &IsSquare) -> bool {
    coupling.nets().fold(false, |any, net| {
        let hidden = hidden(net);
        let begins = |at: &&usize| is_square(&net[**at]) && is_act(net.get(**at + 1));
        let begins: Vec<usize> = hidden.iter().filter(begins).copied().collect();
        enclose(net, begins.iter().map(|&at| (at, at + length))) | any
    })
}

/// Turns `linear, (act, linear, act, linear)…, act, linear` into residual blocks; returns whether there is one.
pub(super) fn around_pairs(coupling: &mut Coupling, is_square: &IsSquare) -> bool {
    coupling.nets().fold(false, |any, net| {
        let (hidden, first) = (hidden(net), net.iter().position(is_linear));
        let paired = hidden.len() % 2 == 0 && hidden.iter().all(|&at| is_square(&net[at]));
        if !paired {
            return any;
        }
        // A block begins behind the linear layer in front of it.
        let ends = hidden.chunks_exact(2).map(|pair| pair[1] + 1);
        let begins = first
            .map(|at| at + 1)
            .into_iter()
            .chain(ends.clone())
            .collect::<Vec<_>>();
        let blocks: Vec<_> = begins.into_iter().zip(ends).collect();
        enclose(net, blocks.into_iter()) | any
    })
}

/// Turns `linear, act, (linear, act, linear, act)…, linear` into blocks that add in front of their last activation, which stays
/// behind; returns whether there is one.
pub(super) fn before_second_activations(coupling: &mut Coupling, is_square: &IsSquare) -> bool {
    around_activated(coupling, 1, is_square)
}

/// The same, with the last activation inside.
pub(super) fn around_activated_pairs(coupling: &mut Coupling, is_square: &IsSquare) -> bool {
    around_activated(coupling, 2, is_square)
}

/// The same, without the last activation.
pub(super) fn without_second_activations(coupling: &mut Coupling, is_square: &IsSquare) -> bool {
    let any = before_second_activations(coupling, is_square);
    for net in coupling.nets() {
        for at in (1..net.len()).rev() {
            if net[at - 1] == Step::ADD && is_act(net.get(at)) {
                net.remove(at);
            }
        }
    }
    any
}

/// Encloses every two hidden layers, each with an activation behind it, up to `length` steps from the second on.
fn around_activated(coupling: &mut Coupling, length: usize, is_square: &IsSquare) -> bool {
    coupling.nets().fold(false, |any, net| {
        let hidden = hidden(net);
        let plain = |at: &usize| is_square(&net[*at]) && is_act(net.get(at + 1));
        if !hidden.len().is_multiple_of(2) || !hidden.iter().all(plain) {
            return any;
        }
        let pairs = hidden.chunks_exact(2);
        let blocks: Vec<_> = pairs.map(|pair| (pair[0], pair[1] + length)).collect();
        enclose(net, blocks.into_iter()) | any
    })
}

/// Leaves every skip connection out; returns whether there was one.
pub(super) fn without(coupling: &mut Coupling) -> bool {
    let is_other = |step: &Step| match step {
        Step::Add { shortcut } => !shortcut.is_empty(),
        step => matches!(step, Step::Concat { .. }),
    };
    coupling.nets().fold(false, |any, net| {
        let before = net.len();
        if !net.iter().any(is_other) {
            net.retain(|step| !matches!(step, Step::Push {} | Step::Add { .. }));
        }
        net.len() < before || any
    })
}

/// The linear layers between the first and the last; none if there are skip connections already.
fn hidden(net: &[Step]) -> Vec<usize> {
    let steps = net.iter().enumerate();
    let all: Vec<usize> = (steps.filter(|(_, step)| is_linear(step)))
        .map(|(at, _)| at)
        .collect();
    match net.iter().any(|step| matches!(step, Step::Push {})) || all.len() < 3 {
        true => vec![],
        false => all[1..all.len() - 1].to_vec(),
    }
}

fn is_linear(step: &Step) -> bool {
    matches!(step, Step::Linear { .. })
}

fn is_act(step: Option<&Step>) -> bool {
    matches!(step, Some(Step::Act { .. }))
}

/// Puts `push` before and `add` after each range of steps, which do not overlap and come in order.
fn enclose(net: &mut Vec<Step>, ranges: impl DoubleEndedIterator<Item = (usize, usize)>) -> bool {
    ranges.rev().fold(false, |_, (begin, end)| {
        net.insert(end, Step::ADD);
        net.insert(begin, Step::Push {});
        true
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::ops::{act, linear};
    use nice_flow_codegen::flow::ir::Activation;

    /// A coupling of one net of as many linear layers, the last and the first of which are not square.
    fn coupling(layers: usize) -> Coupling {
        let mut net = vec![linear("0")];
        for layer in 1..layers {
            net.extend([act(Activation::Relu), linear(&layer.to_string())]);
        }
        Coupling::additive((vec![0], vec![1]), net)
    }

    /// The steps as letters: Linear, act, push `(` and add `)`.
    fn letters(coupling: &Coupling) -> String {
        let letter = |step: &Step| match step {
            Step::Linear { .. } => 'L',
            Step::Act { .. } => 'a',
            Step::Push {} => '(',
            Step::Add { .. } => ')',
            _ => '?',
        };
        coupling.net.iter().map(letter).collect()
    }

    #[test]
    fn each_hidden_layer_is_enclosed() {
        let mut changed = coupling(4);
        assert!(around_layers(&mut changed, &is_linear));
        assert_eq!(letters(&changed), "La(La)(La)L");
        let mut changed = coupling(3);
        assert!(before_activations(&mut changed, &is_linear));
        assert_eq!(letters(&changed), "La(L)aL");
        assert!(!around_layers(&mut coupling(3), &|_| false));
        assert!(!around_layers(&mut coupling(2), &is_linear));
    }

    #[test]
    fn pairs_of_hidden_layers_are_enclosed_with_or_without_the_activation_behind_them() {
        type Edit = fn(&mut Coupling, &IsSquare) -> bool;
        let edits: [(Edit, &str); 3] = [
            (before_second_activations, "La(LaL)a(LaL)aL"),
            (around_activated_pairs, "La(LaLa)(LaLa)L"),
            (without_second_activations, "La(LaL)(LaL)L"),
        ];
        for (edit, expected) in edits {
            let mut changed = coupling(6);
            assert!(edit(&mut changed, &is_linear));
            assert_eq!(letters(&changed), expected);
            assert!(!edit(&mut coupling(5), &is_linear));
            assert!(!edit(&mut coupling(6), &|_| false));
        }
    }

    #[test]
    fn pairs_of_hidden_layers_become_residual_blocks() {
        let mut changed = coupling(6);
        assert!(around_pairs(&mut changed, &is_linear));
        assert_eq!(letters(&changed), "L(aLaL)(aLaL)aL");
        assert!(!around_pairs(&mut coupling(5), &is_linear));
        assert!(without(&mut changed));
        assert_eq!(changed, coupling(6));
        assert!(!without(&mut changed));
    }
}
