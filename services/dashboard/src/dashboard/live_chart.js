// Draws a Plotly figure, and later ones into the same node: zoom, hover and legend stay.
const loaded = new Map();

function load(url) {
  if (!loaded.has(url)) loaded.set(url, fetchPlotly(url));
  return loaded.get(url);
}

// Again and again: a connection that broke for a moment must not leave the page without a chart.
async function fetchPlotly(url) {
  while (!(await runScript(url))) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return window.Plotly;
}

function runScript(url) {
  return new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(true);
    script.onerror = () => {
      script.remove();
      resolve(false);
    };
    document.head.append(script);
  });
}

// The small Plotly starts four times as fast; the full one knows all kinds of traces.
const small = new Set(["scatter", "bar"]);

function choose(traces, { basic, full }) {
  return loaded.has(full) || !traces.every(({ type }) => small.has(type)) ? full : basic;
}

// A finger scrolls the page: Plotly would keep every touch for itself, to zoom.
const touch = window.matchMedia("(pointer: coarse)").matches;

const config = {
  displaylogo: false,
  responsive: true,
  displayModeBar: touch ? false : "hover",
  showSendToCloud: false,
  modeBarButtonsToRemove: [
    "sendChartToCloud",
    "select2d",
    "lasso2d",
    "autoScale2d",
  ],
  toImageButtonOptions: { filename: "windows" },
};

export default function ({ parentElement, data }) {
  const node = parentElement.querySelector(".chart");
  node.setAttribute("aria-label", data.label);
  const { data: traces, layout } = JSON.parse(data.figure);
  if (touch) {
    layout.dragmode = false;
    for (const name of Object.keys(layout).filter((name) => /^[xy]axis/.test(name))) {
      layout[name].fixedrange = true;
    }
  }
  node.plotly ??= choose(traces, data.plotly); // for good: two of them cannot share a node
  load(node.plotly).then((Plotly) => Plotly.react(node, traces, layout, config));
}
