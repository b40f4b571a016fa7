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

const LABEL_PX = 88;

// What the axis shows: a zoom that stays, or else the range of the figure.
function boundsOf(node, layout) {
  const now = node.layout?.xaxis;
  const zoomed = now?.range && now.autorange === false;
  const stays = zoomed && node.layout.uirevision === layout.uirevision;
  return stays ? now.range : layout.xaxis.autorangeoptions.include;
}

function ticksFor(node, [from, to]) {
  const { l, r } = node.margin;
  const most = Math.max(2, Math.floor((node.clientWidth - l - r) / LABEL_PX));
  return { tickmode: "array", ...timeTicks(node.clocks, from, to, most) };
}

// After a zoom, a drag, or another width of the page.
function labelAgain(Plotly, node) {
  const { range, tickvals } = node.layout.xaxis;
  const ticks = ticksFor(node, range);
  if (String(ticks.tickvals) === String(tickvals)) return;
  Plotly.relayout(node, {
    "xaxis.tickmode": ticks.tickmode,
    "xaxis.tickvals": ticks.tickvals,
    "xaxis.ticktext": ticks.ticktext,
  });
}

function sayInZone(node) {
  for (const layer of node.querySelectorAll(".hoverlayer")) {
    const texts = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode.data;
      const said = inZone(node.clocks, text);
      if (said !== text) texts.currentNode.data = said;
    }
  }
}

// Once: Plotly writes milliseconds under the pointer, and an observer hears of it before it is
// painted.
function follow(Plotly, node) {
  if (node.followed) return;
  node.followed = true;
  node.on("plotly_relayout", () => labelAgain(Plotly, node));
  const changes = { childList: true, characterData: true, subtree: true };
  new MutationObserver(() => sayInZone(node)).observe(node, changes);
}

const PHONE_PX = 480;

// It takes several rows where there is little room: below the lines, or they would begin off the screen.
function moveLegendDown({ legend, margin, showlegend }) {
  if (!showlegend) return;
  Object.assign(legend, { y: 0, yanchor: "bottom" });
  legend.font.size = 11;
  margin.t = 16;
  margin.b = 150;
}

const LEAST_PX = 240;

// As high as the screen has room below where it begins; nothing is below it.
function roomBelow(node) {
  const room = window.innerHeight - node.getBoundingClientRect().top;
  return Math.max(LEAST_PX, Math.floor(room / (node.currentCSSZoom ?? 1)) - 8);
}

// Once: what stands above may come, and grow, after the figure.
function keepFilling(Plotly, node) {
  if (node.filling) return;
  node.filling = new ResizeObserver(() => {
    const height = roomBelow(node);
    if (node.layout.meta.fills && node.layout.height !== height) Plotly.relayout(node, { height });
  });
  node.filling.observe(node.closest("[data-testid=stMainBlockContainer]") ?? document.body);
}

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
  if (node.clientWidth < PHONE_PX) moveLegendDown(layout);
  window.livePage?.makeRoom(node, traces, layout);
  if (layout.meta.fills) layout.height = roomBelow(node);
  node.clocks = layout.meta.clocks;
  node.margin = layout.margin;
  if (node.clocks) Object.assign(layout.xaxis, ticksFor(node, boundsOf(node, layout)));
  node.plotly ??= choose(traces, data.plotly); // for good: two of them cannot share a node
  load(node.plotly).then(async (Plotly) => {
    await Plotly.react(node, traces, layout, config);
    if (layout.meta.fills) keepFilling(Plotly, node);
    window.livePage?.draw(node);
    if (!node.clocks) return; // no axis of time
    follow(Plotly, node);
    labelAgain(Plotly, node); // the zoom may be another by now
  });
}
