//! Installs QEMU with the system's package manager.

use super::{Missing, QEMU, on_path};
use std::process::Command;

/// A package manager: its program, whether it needs root, and the commands that install QEMU.
type Manager = (&'static str, bool, &'static [&'static [&'static str]]);

const MANAGERS: [Manager; 4] = [
    (
        "apt-get",
        true,
        &[
            &["apt-get", "update"],
            &[
                "apt-get",
                "install",
                "-y",
                "--no-install-recommends",
                "qemu-system-arm",
            ],
        ],
    ),
    (
        "dnf",
        true,
        &[&["dnf", "install", "-y", "qemu-system-arm-core"]],
    ),
    (
        "pacman",
        true,
        &[&["pacman", "-Sy", "--noconfirm", "qemu-system-arm"]],
    ),
    ("brew", false, &[&["brew", "install", "qemu"]]),
];

/// QEMU, installed by the first package manager that is found.
pub fn qemu() -> Missing {
    let manager = MANAGERS.iter().find(|(program, ..)| on_path(program));
    let commands = manager.map(|(_, root, commands)| as_root(*root, commands));
    Missing {
        tool: QEMU.into(),
        commands: commands.unwrap_or_default(),
        advice: "install QEMU from https://www.qemu.org/download and put qemu-system-arm on the PATH",
    }
}

/// The commands, with `sudo` in front if they need root, the user is not root, and `sudo` exists.
fn as_root(wanted: bool, commands: &[&[&str]]) -> Vec<Vec<String>> {
    let sudo = wanted && on_path("sudo") && !is_root();
    let prefix = sudo.then_some("sudo");
    let command = |words: &&[&str]| prefix.iter().chain(*words).map(|w| w.to_string()).collect();
    commands.iter().map(command).collect()
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_packages_is_read_before_installing() {
        let (_, root, commands) = MANAGERS[0];
        assert!(root);
        assert_eq!(commands[0], ["apt-get", "update"]);
        assert_eq!(commands[1].first(), Some(&"apt-get"));
    }
}
