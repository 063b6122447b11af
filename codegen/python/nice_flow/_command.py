"""The command ``nice-flow``: the library's own, in this process."""

import signal
import sys


def main() -> None:
    """Runs the command with the arguments of this process, and ends with its exit status."""
    from ._native import run

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the command has its own handler where it needs one
    sys.exit(run(["nice-flow", *sys.argv[1:]]))
