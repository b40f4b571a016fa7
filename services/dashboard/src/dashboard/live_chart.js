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

// A finger scrolls the page, and zooms with the buttons only.
const touch = window.matchMedia("(pointer: coarse)").matches;

const config = {
  displaylogo: false,
  responsive: true,
  showSendToCloud: false,
  modeBarButtonsToRemove: [
    "sendChartToCloud",
    "select2d",
    "lasso2d",
    "autoScale2d",
    ...(touch ? ["toImage", "zoom2d", "pan2d"] : []),
  ],
  toImageButtonOptions: { filename: "windows" },
};

export default function ({ parentElement, data }) {
  const node = parentElement.querySelector(".chart");
  const { data: traces, layout } = JSON.parse(data.figure);
  load(data.plotly).then((Plotly) =>
    Plotly.react(node, traces, { ...layout, dragmode: touch ? false : "zoom" }, config),
  );
}
