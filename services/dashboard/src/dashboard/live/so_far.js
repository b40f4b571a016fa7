// The windows of each line that are not final yet, drawn at its end, hollow and dashed; the newest value at each axis.
const MOST_POINTS = 60;

class Windows {
  #points = new Map(); // of each symbol and source, in order of their ends

  // What is final stays so: a message may come again.
  take({ symbol, source, window_start, window_end, avg_price, provisional, offsets }) {
    const key = JSON.stringify([symbol, source]);
    const point = {
      start: Date.parse(window_start),
      end: Date.parse(window_end),
      average: avg_price,
      provisional: Boolean(provisional),
      offsets,
    };
    const before = this.#points.get(key) ?? [];
    const same = before.find(({ end }) => end === point.end);
    if (same && !same.provisional && point.provisional) return;
    const others = before.filter(({ end }) => end !== point.end);
    const all = [...others, point].sort((one, other) => one.end - other.end);
    this.#points.set(key, all.slice(-MOST_POINTS));
  }

  // What comes after the end of a line.
  after({ symbol, source, last: [end] }) {
    const points = this.#points.get(JSON.stringify([symbol, source])) ?? [];
    return points.filter((point) => point.end > end);
  }

  forget() {
    this.#points.clear();
  }
}

// A price as a line shows it: as it is, or as its change from the first in per cent.
function shownAs({ first }, price) {
  return first === undefined ? price : 100 * (price / first - 1);
}

// As `words.per_cent` writes it.
function changeText(change) {
  const text = change.toFixed(2);
  return Number(text) ? `${change < 0 ? "" : "+"}${text} %` : "0.00 %";
}

// A line from its last point on: what is final, solid; what is not, dashed. It breaks where windows
// are missing.
function continued([end, average], points) {
  const parts = [];
  let before = { end, average, provisional: false };
  for (const point of points) {
    const touches = point.start <= before.end;
    const from = touches ? [before.end, before.average] : [point.end, point.average];
    parts.push({ from, to: [point.end, point.average], dashed: point.provisional });
    before = point;
  }
  return parts;
}

// As it is written, of a line of prices or of changes.
function textOf({ first }, value) {
  return first === undefined ? priceText(value) : changeText(value);
}

// Before a figure is drawn: room for what goes beyond its end, and what it is called.
function makeRoom(windows, traces, layout) {
  const lines = layout.meta?.live ?? [];
  let newest = -Infinity;
  for (const line of lines) {
    const points = windows.after(line);
    if (!points.length) continue;
    const [{ end }, before] = [points.at(-1), points.at(-2)?.end ?? line.last[0]];
    newest = Math.max(newest, 2 * end - before); // the next one begins before the next figure comes
    const values = points.map(({ average }) => shownAs(line, average));
    traces.push({
      type: "scatter",
      mode: "markers",
      x: points.map(({ end }) => end),
      y: values,
      text: values.map((value) => textOf(line, value)),
      yaxis: line.yaxis,
      name: "So far",
      marker: { color: line.color, opacity: 0 },
      hovertemplate: `${line.symbol} so far %{text}<extra></extra>`,
      showlegend: false,
    });
  }
  if (newest === -Infinity) return;
  traces.push({
    type: "scatter",
    mode: "lines+markers",
    x: [null],
    y: [null],
    name: "So far",
    line: { color: lines[0].color, width: 2, dash: "dot" },
    marker: { symbol: "circle-open", size: 8, color: lines[0].color },
    hoverinfo: "skip",
  });
  const bounds = layout.xaxis.autorangeoptions;
  if (newest > bounds.clipmax) {
    bounds.clipmax = newest;
    bounds.include = [bounds.include[0], newest];
  }
}

const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

// Between refreshes that are far apart the axis goes on with its lines. One that is only late soon draws the
// figure anew, and moving the axis takes as long as that.
const SOON_MS = 10_000;

function goOn(windows, candles, node) {
  const bounds = node.layout?.xaxis?.autorangeoptions;
  const { live: lines = [], price } = node.layout?.meta ?? {};
  const ends = lines.map((line) => windows.after(line).at(-1)?.end);
  ends.push(candles.after(price).at(-1)?.end);
  const newest = Math.max(...ends.filter(Boolean));
  if (!(newest > bounds?.clipmax) || Date.now() - (node.drawnAt ?? 0) < SOON_MS) return;
  node.drawnAt = Date.now();
  const include = [bounds.include[0], newest];
  window.Plotly.relayout(node, { "xaxis.autorangeoptions": { ...bounds, include, clipmax: newest } });
}

// On top of what Plotly has drawn, by its axes: drawing the figure anew takes a hundred times as long.
// In a layer of its own, so that what is below is not painted again.
function drawSoFar(windows, candles, trades, node) {
  const figure = node._fullLayout;
  const svg = node.querySelector(".main-svg");
  if (!figure?.xaxis || !svg) return;
  const { live: lines = [], price } = figure.meta ?? {};
  const trade = price?.live ? trades.of(price.symbol, price.source) : undefined;
  const formed = candles.after(price);
  const continuations = lines.map((line) => ({ line, points: windows.after(line) }));
  const shapes = [
    ...continuations.flatMap(({ line, points }) => shapesOf(figure, line, points)),
    ...(formed.length ? candleShapes(figure, price, formed, halfWidth(node, price)) : []),
    ...tagged(continuations).flatMap(({ line, points }) => tagOf(figure, line, points)),
    ...(price ? priceTag(figure, price, trade, formed.at(-1)) : []),
  ];
  const drawn = JSON.stringify(shapes);
  const before = svg.parentElement.querySelector(":scope > .so-far");
  if ((before?.dataset.drawn ?? "[]") === drawn) return;
  const layer = before ?? element("svg", { class: "so-far" }, svg.parentElement);
  if (!before) svg.after(layer);
  layer.dataset.drawn = drawn;
  layer.replaceChildren();
  for (const [name, attributes, style, text] of shapes) {
    const made = element(name, attributes, layer);
    Object.assign(made.style, style);
    if (text) made.textContent = text;
  }
}

const TAG = { height: 18, gap: 2, padding: 4, character: 7 }; // px

// The lines whose newest value stands at their axis: the one that goes on longest where an axis has several
// sources of one symbol, none where it has several symbols.
function tagged(continuations) {
  const axes = new Map();
  for (const it of continuations) axes.set(it.line.yaxis, [...(axes.get(it.line.yaxis) ?? []), it]);
  const until = ({ line, points }) => points.at(-1)?.end ?? line.last[0];
  return [...axes.values()]
    .filter((its) => new Set(its.map(({ line }) => line.symbol)).size === 1)
    .map((its) => its.reduce((one, other) => (until(other) > until(one) ? other : one)));
}

// The newest value of a line, at its axis.
function tagOf(figure, line, points) {
  const up = figure[line.yaxis.replace("y", "yaxis")];
  if (!up) return [];
  const value = shownAs(line, points.at(-1)?.average ?? line.last[1]);
  const y = up.d2p(value) + up._offset;
  if (!(y >= up._offset && y <= up._offset + up._length)) return [];
  return tagAt(figure, y, textOf(line, value), line.color, line.background);
}

// The price of candles, at their axis and as a line to it: that of the last trade, which may be beyond the
// axis until the next figure comes, or else the newest that the figure knows. In the colour of its candle.
function priceTag(figure, price, trade, candle) {
  const up = figure.yaxis;
  const now = trade?.price ?? price.last;
  const before = candle?.open ?? (trade ? price.last : price.open);
  const value = shownAs(price, now);
  const place = up.d2p(value);
  const inside = Math.min(Math.max(place, 0), up._length);
  const y = inside + up._offset;
  const color = now >= before ? price.up : price.down;
  const line = place === inside ? [lineAt(figure, y, color)] : [];
  return [...line, ...tagAt(figure, y, textOf(price, value), color, price.background)];
}

function lineAt({ xaxis }, y, color) {
  const ends = { x1: xaxis._offset, x2: xaxis._offset + xaxis._length, y1: y, y2: y };
  return ["line", ends, { stroke: color, strokeDasharray: "1 3" }];
}

function tagAt(figure, y, text, color, background) {
  const x = figure.xaxis._offset + figure.xaxis._length + TAG.gap;
  const width = text.length * TAG.character + 2 * TAG.padding;
  return [
    ["rect", { x, y: y - TAG.height / 2, width, height: TAG.height, rx: 3 }, { fill: color }],
    [
      "text",
      { x: x + TAG.padding, y, "dominant-baseline": "central", "font-size": 12 },
      { fill: background, fontVariantNumeric: "tabular-nums" },
      text,
    ],
  ];
}

function shapesOf(figure, line, points) {
  const across = figure.xaxis;
  const up = figure[line.yaxis.replace("y", "yaxis")];
  if (!points.length || !up) return [];
  const place = ([time, price]) => [
    across.d2p(time) + across._offset,
    up.d2p(shownAs(line, price)) + up._offset,
  ];
  const inside = ([x, y]) =>
    x >= across._offset - 1 &&
    x <= across._offset + across._length + 1 &&
    y >= up._offset &&
    y <= up._offset + up._length;
  const shapes = continued(line.last, points)
    .map(({ from, to, dashed }) => ({ begin: place(from), end: place(to), dashed }))
    .filter(({ begin, end }) => inside(begin) && inside(end))
    .map(({ begin, end, dashed }) => [
      "path",
      { d: `M${begin}L${end}`, fill: "none" },
      { stroke: line.color, strokeWidth: "2", strokeDasharray: dashed ? "3 3" : "none" },
    ]);
  const newest = points.at(-1);
  const [cx, cy] = place([newest.end, newest.average]);
  if (newest.provisional && inside([cx, cy])) {
    const style = { fill: line.background, stroke: line.color, strokeWidth: "1.5" };
    const counted = JSON.stringify([line.symbol, line.source, newest.offsets]);
    shapes.push(["circle", { cx, cy, r: 4, "data-counted": counted }, style]);
  }
  return shapes;
}
