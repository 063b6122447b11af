"""What notebooks show."""

from __future__ import annotations

from . import _native
from ._expect import MODULES
from ._expect import path as path_of


class Page(str):
    """A page of HTML: a string that a notebook shows in a frame of its own."""

    def _repr_html_(self) -> str:
        import html  # whose table of entities takes longer to import than all of this package

        return f'<iframe srcdoc="{html.escape(self)}" style="width:100%;height:80vh;border:0"></iframe>'

    def save(self, path) -> None:
        """Writes the page."""
        with open(path_of("path", path), "w", encoding="utf-8") as file:
            file.write(self)


def card(model: _native.Model) -> str:
    """A table of what a model is."""
    import html

    file, layout, sha256 = model.origin
    baseline, missing, channels = model.collects
    flows = len(model.members())
    lines = [
        ("inputs", ", ".join(model.features)),
        ("flows", flows),
        ("parameters", model.parameters),
        ("multiply-accumulates a score", model.macs),
        ("from", f"{file} ({layout}) {sha256[:12]}".rstrip()),
        ("false-alarm rate", "not calibrated" if model.false_alarm_rate is None else model.false_alarm_rate),
        ("a missing cell", missing),
    ]
    if baseline is not None:
        lines.append(("baseline", baseline))
    if channels is not None:
        lines.append(("front end, of", ", ".join(channels)))
    for numeric in MODULES:
        try:
            limit = model.threshold(numeric)
            lines.append((numeric, f"{model.bytes_of(numeric)} bytes, threshold {limit}"))
        except ValueError as error:
            lines.append((numeric, f"cannot be generated: {error}"))
    lines += [(kind, f"{parameters} parameters, {macs} MACs") for kind, parameters, macs in model.layers()]
    left = "style='text-align:left'"
    cells = "".join(
        f"<tr><th {left}>{html.escape(str(name))}</th><td {left}>{html.escape(str(value))}</td></tr>" for name, value in lines
    )
    return f"<table><caption><b>{html.escape(model.name)}</b></caption>{cells}</table>"
