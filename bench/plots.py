"""Plots in Markdown: Mermaid charts, which GitHub and many editors draw."""

import json
from collections.abc import Mapping

_COLOR = '%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "#2f6fde"}}}}%%'


def bars(title: str, unit: str, values: Mapping[str, float]) -> str:
    """Draw a bar for each name, from 0 on."""
    return _chart("xychart-beta horizontal", "bar", title, unit, values)


def curve(title: str, unit: str, values: Mapping[str, float]) -> str:
    """Draw how a figure develops from name to name, from 0 on."""
    return _chart("xychart-beta", "line", title, unit, values)


def _chart(chart: str, form: str, title: str, unit: str, values: Mapping[str, float]) -> str:
    lines = [
        _COLOR,
        chart,
        f"    title {_text(title)}",
        f"    x-axis {_text([*values])}",
        f"    y-axis {_text(unit)} 0 --> {max(values.values()) * 1.1:.2f}",  # it knows no exponents
        f"    {form} {_text([round(it, 2) for it in values.values()])}",
    ]
    return "\n".join(["```mermaid", *lines, "```"])


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
