// The last trade of each symbol and source, and where the page shows it.

// As `words.price` writes it.
function priceText(value) {
  const decimals = value > 0 && value < 10 ? 5 - Math.floor(Math.log10(value)) : 2;
  const [whole, fraction] = value.toFixed(Math.min(decimals, 100)).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${grouped}.${fraction.replace(/0+$/, "").padEnd(2, "0")}`;
}

// As `words.moment` writes it, in whole seconds.
function momentText(clocks, time, now) {
  const [day, clock] = new Date(shownAt(clocks, time)).toISOString().split("T");
  const [today] = new Date(shownAt(clocks, now)).toISOString().split("T");
  const text = `${clock.slice(0, 8)} ${clockAt(clocks, time)[2]}`;
  return day === today ? text : `${day} ${text}`;
}

class Trades {
  #newest = new Map(); // of each symbol: by source

  take({ symbol, source, price, event_time, event_id, made_up }) {
    const bySource = this.#newest.get(symbol) ?? new Map();
    this.#newest.set(symbol, bySource);
    const before = bySource.get(source);
    const moved = before ? Math.sign(price - before.price) || before.moved : 0;
    const time = Date.parse(event_time);
    bySource.set(source, { source, price, time, moved, made_up, id: event_id });
  }

  // Of one source, or of the one that spoke last.
  of(symbol, source) {
    const bySource = this.#newest.get(symbol);
    if (!bySource || source) return bySource?.get(source);
    return [...bySource.values()].reduce((one, other) => (other.time > one.time ? other : one));
  }

  forget() {
    this.#newest.clear();
  }
}

const ARROWS = new Map([[1, "▲"], [-1, "▼"]]);

// What a place is made of, once: after that its words change, and nothing else is drawn anew.
function fill(place) {
  const [price, arrow, when] = ["b", "i", "span"].map((name) => {
    const made = document.createElement(name);
    made.append("");
    return made;
  });
  arrow.ariaHidden = "true";
  place.replaceChildren(price, arrow, when);
}

function say(element, text) {
  if (element.firstChild.data !== text) element.firstChild.data = text;
}

// Each place says which symbol it is of; what comes from elsewhere is text, and never HTML.
function showTrades(trades, { clocks, labels }) {
  for (const place of document.getElementsByClassName("live-price")) {
    const { symbol, source } = place.dataset;
    const trade = trades.of(symbol, source);
    if (!trade) {
      if (place.firstChild) place.replaceChildren();
      delete place.dataset.shown;
      continue;
    }
    if (!place.firstChild) fill(place);
    const [price, arrow, when] = place.children;
    const said = momentText(clocks, trade.time, Date.now());
    const from = source ? "" : ` · ${labels[trade.source] ?? trade.source}`;
    say(price, priceText(trade.price));
    const moved = trade.moved > 0 ? "up" : "down";
    if (arrow.className !== moved) arrow.className = moved;
    say(arrow, ARROWS.get(trade.moved) ?? "");
    say(when, `at ${said}${from}`);
    // Of the same trade, too, the time is written anew: in another zone, and on the next day.
    if (place.dataset.shown !== trade.id) place.dataset.shown = trade.id;
  }
}
