"""A Plotly figure on the page that is updated in place.

Streamlit's own `st.plotly_chart` puts a new chart in the place of the old one whenever the figure
is another (seen with 1.67, its issues 8782 and 11424): it flickers, and zoom is lost. This is a
component of Streamlit's own kind that hands each figure to the same chart.
"""

from functools import cache
from pathlib import Path

import plotly
from streamlit.components.v2 import component
from streamlit.components.v2.types import ComponentRenderer

_FILES = {
    "basic": Path(__file__).parent / "bundles" / "plotly-basic.min.js",
    "full": Path(plotly.__file__).parent / "package_data" / "plotly.min.js",
}
_PATHS = {name: f"/plotly-{name}-{plotly.__version__}.min.js" for name in _FILES}
PLOTLY = {_PATHS[name]: file for name, file in _FILES.items()}
"""Where the page's browser gets Plotly from, this server, and the file that is there.

The same Plotly twice: `basic` has lines and bars alone and is there in a quarter of the time.
"""

# Browser tests find the chart under the name that Streamlit's own chart has.
_HTML = '<div class="chart" data-testid="stPlotlyChart" role="figure"></div>'
_CSS = "@media (pointer: coarse) { .chart .drag { touch-action: pan-y !important; } }"


def live_chart(figure: str, height_px: int, *, label: str, key: str) -> None:
    """Draw a figure (its JSON); the next one under the same key takes its place.

    `label` says what it shows, for those who do not see it.
    """
    data = {"figure": figure, "plotly": _PATHS, "label": label}
    _draw()(key=key, data=data, height=height_px)


@cache
def _draw() -> ComponentRenderer:
    # One script, for Streamlit takes no module that loads another.
    parts = [Path(__file__).parent / name for name in ("time_axis.js", "live_chart.js")]
    script = "".join(part.read_text() for part in parts)
    return component("live_chart", html=_HTML, css=_CSS, js=script, isolate_styles=False)
