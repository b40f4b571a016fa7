// The page's own connection to its server, for as long as it is open.
const AGAIN_MS = 1000;
const LOOK_MS = 200;
// The server says something at least every 15 s. A connection that is dead may tell nobody, as after a
// computer's sleep.
const SILENT_MS = 45_000;
const PAINTED = '"painted"'; // as `route.py` reads it

class LivePage {
  #trades = new Trades();
  #windows = new Windows();
  #candles = new Candles();
  #socket;
  #asked;
  #heardAt;
  // In ms since 1970, by the clocks of server and gateway: when the page was first connected, and up
  // to when it has all alerts.
  #openedAt;
  #alertsTo;
  #frame;

  constructor() {
    this.#connect();
    setInterval(() => this.#look(), LOOK_MS);
    // A card that was drawn anew has its price again before it is painted.
    const drawn = new MutationObserver(() => this.#showTrades());
    drawn.observe(document.body, { childList: true, subtree: true });
  }

  // What the page's server says of the page: `clocks` of its zone, `labels` of sources, `paused`,
  // and how many symbols it may name (of more the server closes the connection).
  set(given) {
    this.given = given;
    this.#showNow();
  }

  // Before a figure is drawn (`live_chart.js`).
  makeRoom(node, traces, layout) {
    node.drawnAt = Date.now();
    const [windows, candles] = this.#beyondFigures();
    makeRoom(windows, traces, layout);
    makeRoomForCandles(candles, traces, layout);
  }

  // Once a figure is drawn, and again and again: its axes move with a zoom, on a paused page too.
  draw(node) {
    const [windows, candles, trades] = this.#beyondFigures();
    goOn(windows, candles, node);
    drawSoFar(windows, candles, trades, node);
  }

  // Nothing on a paused page, whose figures may be newer than what is known here.
  #beyondFigures() {
    if (this.given?.paused) return [new Windows(), new Candles(), new Trades()];
    return [this.#windows, this.#candles, this.#trades];
  }

  #connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const after = this.#alertsTo ? `?after=${this.#alertsTo}` : "";
    this.#socket = new WebSocket(`${scheme}://${location.host}/live${after}`);
    this.#heardAt = Date.now();
    this.#socket.onmessage = ({ data, target }) => {
      this.#heardAt = Date.now();
      this.#take(JSON.parse(data));
      cancelAnimationFrame(this.#frame); // of a tab that nobody sees they pile up
      this.#frame = requestAnimationFrame(() => this.#painted(target));
    };
    this.#socket.onopen = () => {
      this.#asked = undefined;
      this.#look();
    };
    this.#socket.onclose = () => this.#connectAgain();
  }

  #connectAgain() {
    this.#heardAt = Date.now();
    this.#isAway(true);
    setTimeout(() => this.#connect(), AGAIN_MS);
  }

  // Without waiting for the other side, which may be gone.
  #giveUp() {
    this.#socket.onmessage = this.#socket.onopen = this.#socket.onclose = null;
    this.#socket.close();
    this.#connectAgain();
  }

  #take(messages) {
    for (const message of messages) {
      if (message.kind === "opened") {
        this.#openedAt ??= message.at;
        this.#alertsTo ??= message.at;
      }
      if (message.kind === "trade") this.#trades.take(message);
      if (message.kind === "open" || message.kind === "window") this.#windows.take(message);
      if (message.kind === "candle" || message.kind === "window") this.#candles.take(message);
      if (message.kind === "alert") {
        this.#alertsTo = Math.max(this.#alertsTo, Number.parseInt(message.id, 10));
        notify(message, this.#openedAt);
        window.pageRefresh?.soon();
      }
      if (message.kind === "data") window.pageRefresh?.has(message.version);
      if (message.kind === "live") this.#isAway(false);
      if (message.kind === "away") this.#isAway(true);
    }
    this.#showNow();
  }

  // The server sends the next frame then: where a browser is slow none waits here, and that one has the
  // newest. A tab that nobody sees is not painted, and is sent a frame a second.
  #painted(socket) {
    if (socket.readyState === WebSocket.OPEN) socket.send(PAINTED);
  }

  // Without prices a card needs no room for one.
  #isAway(away) {
    document.body.classList.toggle("live-away", away);
    if (!away) return;
    this.#trades.forget();
    this.#windows.forget();
    this.#candles.forget();
    this.#showNow();
  }

  // At once, so that the next frame has it; for a tab that nobody sees `#look` is often enough.
  #showNow() {
    if (!document.hidden) this.#show();
  }

  #show() {
    this.#showTrades();
    if (!this.given) return;
    for (const node of this.#charts()) this.draw(node);
  }

  #showTrades() {
    if (this.given && !this.given.paused) showTrades(this.#trades, this.given);
  }

  #charts() {
    return [...document.getElementsByClassName("chart")];
  }

  // Tells the server which symbols the page shows, and candles of which, when they are others.
  #look() {
    // Where the clock was set back, nobody knows for how long it was silent.
    if (Math.abs(Date.now() - this.#heardAt) > SILENT_MS) this.#giveUp();
    this.#show();
    const cards = [...document.getElementsByClassName("live-price")].map(({ dataset }) => dataset.symbol);
    const figures = this.#charts().map((node) => node.layout?.meta ?? {});
    const lines = figures.flatMap(({ live = [] }) => live);
    const candles = figures.filter(({ price }) => price?.candle).map(({ price }) => price.symbol);
    const shown = [...new Set([...candles, ...cards, ...lines.map(({ symbol }) => symbol)])];
    const symbols = shown.slice(0, this.given?.mostSymbols).sort();
    const wanted = this.given?.paused ? { symbols: [], candles: [] } : { symbols, candles };
    const asked = JSON.stringify(wanted);
    if (this.#socket.readyState === WebSocket.OPEN && asked !== this.#asked) {
      this.#candles.keep(wanted.candles);
      this.#asked = asked;
      this.#socket.send(asked);
    }
    showChoice();
  }
}

export default function ({ data }) {
  window.livePage ??= new LivePage();
  window.livePage.set(data);
}
