// Draws a Plotly figure, and later ones into the same node: zoom, hover and legend stay.
let plotly;

function load(url) {
  plotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      plotly = undefined;
      reject(new Error(`${url} did not load`));
    };
    document.head.append(script);
  });
  return plotly;
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
  load(data.plotly).then((Plotly) => Plotly.react(node, traces, layout, config));
}
