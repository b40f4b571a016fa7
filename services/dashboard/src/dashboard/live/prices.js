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

// A card's place is the script's own, above its figures.
function makePlaces() {
  for (const it of document.querySelectorAll("div[data-symbol]:has(> .spark)")) {
    const card = it.closest('[class*="st-key-card-"]');
    const below = [...card.children].find((child) => child.querySelector('[data-testid="stMetric"]'));
    if (!below) continue; // it is still to come
    const place = card.querySelector(":scope > .live-price") ?? document.createElement("div");
    place.className ||= "live-price";
    if (place.nextElementSibling !== below) card.insertBefore(place, below);
    const { symbol, source } = it.dataset;
    const of = place.dataset;
    if (of.symbol !== symbol || of.source !== source) Object.assign(of, { symbol, source });
  }
}

const ARROWS = new Map([[1, "▲"], [-1, "▼"]]);

// Each place says which symbol it is of; what comes from elsewhere is text, and never HTML.
function showTrades(trades, { clocks, labels }) {
  for (const place of document.querySelectorAll(".live-price")) {
    const { symbol, source } = place.dataset;
    const trade = trades.of(symbol, source);
    if ((place.dataset.shown ?? "") === (trade?.id ?? "")) continue;
    if (!trade) {
      delete place.dataset.shown;
      place.replaceChildren();
      continue;
    }
    const said = momentText(clocks, trade.time, Date.now());
    const from = source ? "" : ` · ${labels[trade.source] ?? trade.source}`;
    const price = document.createElement("b");
    price.textContent = priceText(trade.price);
    const arrow = document.createElement("i");
    arrow.className = trade.moved > 0 ? "up" : "down";
    arrow.textContent = ARROWS.get(trade.moved) ?? "";
    arrow.ariaHidden = "true";
    const when = document.createElement("span");
    when.textContent = `at ${said}${from}`;
    place.replaceChildren(price, arrow, when);
    place.dataset.shown = trade.id;
  }
}
