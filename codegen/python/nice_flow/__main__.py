"""``python -m nice_flow`` is the command ``nice-flow``."""

from ._command import main

main()
