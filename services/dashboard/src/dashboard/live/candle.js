// The candle that is not over, drawn where the next one of a figure comes: hollow or faint, and dashed.

const MOST_PARTS = 1500; // a day of minutes, and some: the job may be away for long, and a candle is up to a day
const DAY_MS = 86_400_000;

class Candles {
  #parts = new Map(); // of each symbol and source: tumbling windows, in order of their starts

  // A final window is one of them if it begins with a multiple of its length; what is final stays so.
  // Of those that overlap, as where the windows' length was changed, the one that came last stays.
  take({ kind, symbol, source, window_start, window_end, ...prices }) {
    const [start, end] = [Date.parse(window_start), Date.parse(window_end)];
    if (start % (end - start)) return;
    const key = JSON.stringify([symbol, source]);
    const before = this.#parts.get(key) ?? [];
    const isFinal = kind === "window";
    if (!isFinal && before.some((it) => it.start === start && it.end === end && it.isFinal)) return;
    const part = {
      start,
      end,
      isFinal,
      open: prices.open_price,
      high: prices.max_price,
      low: prices.min_price,
      close: prices.close_price,
      volume: prices.volume,
      offsets: prices.offsets,
    };
    const all = [...before.filter((it) => it.end <= start || it.start >= end), part];
    all.sort((one, other) => one.start - other.start);
    this.#parts.set(key, all.slice(-MOST_PARTS));
  }

  // What comes after the newest window of a figure, as candles of its width; the first goes on with
  // the figure's last one if that is not over, or is that one as long as nothing has come. Nothing of a
  // figure that has no such candle.
  after({ symbol, source, candle } = {}) {
    if (!candle) return [];
    const { width, until, begun, volume_of_the_day: ofTheDay } = candle;
    const parts = this.#parts.get(JSON.stringify([symbol, source])) ?? [];
    const candles = new Map(begun ? [[begun.end, begun]] : []);
    for (const part of parts.filter(({ start }) => start >= until)) {
      const end = Math.ceil(part.end / width) * width; // as `store/merging.py` has it
      candles.set(end, { ...together(candles.get(end), part, ofTheDay), end });
    }
    const found = [...candles.values()];
    return hasVolume(candle) ? found : found.map((it) => ({ ...it, volume: undefined }));
  }

  // Of symbols whose candles are shown no longer nothing newer comes: only what is final stays.
  keep(symbols) {
    for (const [key, parts] of this.#parts) {
      const [symbol] = JSON.parse(key);
      if (!symbols.includes(symbol)) this.#parts.set(key, parts.filter(({ isFinal }) => isFinal));
    }
  }

  forget() {
    this.#parts.clear();
  }
}

// Where volumes are the day's so far, a candle of several days has the sum of its days', of which nothing is
// known here: the figure's stays.
function hasVolume({ width, volume_of_the_day: ofTheDay }) {
  return !ofTheDay || width <= DAY_MS;
}

// A candle of what was before in it, if anything, and a part behind that.
function together(before, part, ofTheDay) {
  if (!before) return part;
  const { open, high, low, volume } = before;
  const volumes = [volume, part.volume].filter(Number.isFinite);
  return {
    ...part,
    open,
    high: Math.max(high, part.high),
    low: Math.min(low, part.low),
    volume: volumes.length ? volumes.reduce((one, other) => (ofTheDay ? Math.max(one, other) : one + other)) : undefined,
  };
}

const BEGUN = "begun"; // as `charts/candles.py` marks the candle, and its volume, that are drawn here instead

// Before a figure is drawn: room for its next candle and volume, and what stands under the pointer there.
function makeRoomForCandles(candles, traces, { meta, xaxis }) {
  const price = meta?.price;
  const formed = candles.after(price);
  if (!formed.length) return;
  const isReplaced = ({ meta, type }) => meta === BEGUN && (type !== "bar" || hasVolume(price.candle));
  for (const begun of traces.filter(isReplaced)) traces.splice(traces.indexOf(begun), 1);
  const x = formed.map(({ end }) => end - price.candle.width / 2);
  const color = "rgba(0,0,0,0)";
  const all = (name) => formed.map((candle) => shownAs(price, candle[name]));
  traces.push({
    type: "candlestick",
    x,
    open: all("open"),
    high: all("high"),
    low: all("low"),
    close: all("close"),
    name: `${price.symbol} so far`,
    increasing: { line: { color }, fillcolor: color },
    decreasing: { line: { color }, fillcolor: color },
    yhoverformat: price.candle.hovered,
  });
  traces.push({
    type: "bar",
    x,
    y: formed.map(({ volume }) => volume ?? null),
    name: "Volume so far",
    yaxis: "y2",
    width: price.candle.volume_width,
    marker: { color },
    hovertemplate: "volume so far %{y:,.12~r}<extra></extra>",
  });
  const bounds = xaxis.autorangeoptions;
  const { end } = formed.at(-1);
  if (end > bounds.clipmax) Object.assign(bounds, { clipmax: end, include: [bounds.include[0], end] });
}

// On top of what Plotly has drawn, as wide as its candles are; of one that a zoom cuts, what is within.
function candleShapes({ xaxis, yaxis, yaxis2 }, price, formed, half) {
  const inside = (position) => Math.min(Math.max(position, 0), yaxis._length) + yaxis._offset;
  const place = (value) => inside(yaxis.d2p(shownAs(price, value)));
  const at = (time) => Math.min(Math.max(xaxis.d2p(time), 0), xaxis._length) + xaxis._offset;
  const isSeen = (time) => xaxis.d2p(time) >= 0 && xaxis.d2p(time) <= xaxis._length;
  return formed.flatMap(({ end, open, high, low, close, volume, offsets }) => {
    const middle = end - price.candle.width / 2;
    const [left, x, right] = [at(middle - half), at(middle), at(middle + half)];
    if (left === right) return [];
    const rises = close >= open;
    const stroke = rises ? price.up : price.down;
    const [top, bottom] = [place(Math.max(open, close)), place(Math.min(open, close))];
    const wicks = `M${x},${place(high)}V${top}M${x},${bottom}V${place(low)}`;
    const body = `M${left},${top}H${right}V${bottom}H${left}Z`;
    const counted = JSON.stringify([price.symbol, price.source, offsets ?? {}]);
    const fill = rises ? price.background : price.faint;
    const dashed = { stroke, strokeWidth: "1.5", strokeDasharray: "3 2" };
    return [
      ...(isSeen(middle) ? [["path", { d: wicks }, { fill: "none", stroke, strokeWidth: "1.5" }]] : []),
      ["path", { d: body, "data-candle": counted }, { fill, ...dashed }],
      ...(yaxis2 && volume > 0 ? [["path", { d: volumeBar(yaxis2, at, end, volume, price) }, { fill, ...dashed }]] : []),
    ];
  });
}

// As wide as the bars of volume in `charts/candles.py`.
function volumeBar({ d2p, _offset, _length }, at, end, volume, { candle: { width, volume_width: wide } }) {
  const [left, right] = [end - width / 2 - wide / 2, end - width / 2 + wide / 2].map(at);
  const [top, bottom] = [Math.max(0, d2p(volume)), Math.min(d2p(0), _length)].map((px) => px + _offset);
  return `M${left},${bottom}V${top}H${right}V${bottom}`;
}

// Half the width of a figure's candles, as Plotly has worked it out, on the axis of time.
function halfWidth({ calcdata = [] }, { candle }) {
  const candles = calcdata.find(([first]) => first?.trace?.type === "candlestick" && first.t?.bdPos);
  return candles ? candles[0].t.bdPos : 0.35 * candle.width;
}
