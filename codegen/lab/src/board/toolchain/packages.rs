//! Installs QEMU with the system's package manager.

use super::{Missing, Qemu, on_path};
use std::process::Command;

/// A package manager: its program, whether it needs root, and the commands that install an emulator, whose package is `@`.
type Manager = (&'static str, bool, &'static [&'static [&'static str]]);

/// The managers of [`Qemu::packages`], in that order, and Homebrew.
const MANAGERS: [Manager; 4] = [
    (
        "apt-get",
        true,
        &[
            &["apt-get", "update"],
            &["apt-get", "install", "-y", "--no-install-recommends", "@"],
        ],
    ),
    ("dnf", true, &[&["dnf", "install", "-y", "@"]]),
    ("pacman", true, &[&["pacman", "-Sy", "--noconfirm", "@"]]),
    ("brew", false, &[&["brew", "install", "@"]]),
];

/// An emulator, installed by the first package manager that is found.
pub fn qemu(qemu: Qemu) -> Missing {
    let packages = qemu.packages.into_iter().chain(["qemu"]);
    let mut managers = MANAGERS.iter().zip(packages);
    let manager = managers.find(|((program, ..), _)| on_path(program));
    let commands = manager.map(|((_, root, commands), package)| as_root(*root, commands, package));
    Missing {
        tool: qemu.program.into(),
        commands: commands.unwrap_or_default(),
        advice: "install QEMU from https://www.qemu.org/download and put it on the PATH",
    }
}

/// The commands for a package, with `sudo` in front if they need root, the user is not root, and `sudo` exists.
fn as_root(wanted: bool, commands: &[&[&str]], package: &str) -> Vec<Vec<String>> {
    let sudo = wanted && on_path("sudo") && !is_root();
    let prefix = sudo.then_some("sudo");
    let word = |word: &str| if word == "@" { package } else { word }.to_string();
    let command = |words: &&[&str]| prefix.iter().chain(*words).map(|w| word(w)).collect();
    commands.iter().map(command).collect()
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::family::{CORTEX_M, RISC_V};

    #[test]
    fn the_index_of_packages_is_read_before_installing() {
        let (_, root, commands) = MANAGERS[0];
        let [update, install] = &as_root(root, commands, RISC_V.qemu.packages[0])[..] else {
            panic!("{commands:?}");
        };
        assert!(root);
        assert!(update.ends_with(&["apt-get", "update"].map(String::from)));
        assert!(install.ends_with(&["qemu-system-misc".into()]));
    }

    #[test]
    fn each_emulator_is_named_where_it_is_missing() {
        for family in [CORTEX_M, RISC_V] {
            assert_eq!(qemu(family.qemu).tool, family.qemu.program);
        }
    }
}
