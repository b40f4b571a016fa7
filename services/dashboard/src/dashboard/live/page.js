// The page's own connection to its server, for as long as it is open.
const AGAIN_MS = 1000;
const LOOK_MS = 200;

class LivePage {
  #trades = new Trades();
  #windows = new Windows();
  #socket;
  #asked;
  #due = false;

  constructor() {
    this.#connect();
    setInterval(() => this.#look(), LOOK_MS);
  }

  // What the page's server says of the page: `clocks` of its zone, `labels` of sources, `paused`.
  set(given) {
    this.given = given;
    this.#later();
  }

  // Before a figure is drawn (`live_chart.js`).
  makeRoom(node, traces, layout) {
    node.drawnAt = Date.now();
    if (!this.given?.paused) makeRoom(this.#windows, traces, layout);
  }

  // Once a figure is drawn.
  draw(node) {
    goOn(this.#windows, node);
    drawSoFar(this.#windows, node);
  }

  #connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.#socket = new WebSocket(`${scheme}://${location.host}/live`);
    this.#socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
    this.#socket.onopen = () => {
      this.#asked = undefined;
      this.#look();
    };
    this.#socket.onclose = () => {
      this.#isAway(true);
      setTimeout(() => this.#connect(), AGAIN_MS);
    };
  }

  #take(messages) {
    for (const message of messages) {
      if (message.kind === "trade") this.#trades.take(message);
      if (message.kind === "open" || message.kind === "window") this.#windows.take(message);
      if (message.kind === "alert") notify(message);
      if (message.kind === "live") this.#isAway(false);
      if (message.kind === "away") this.#isAway(true);
    }
    this.#later();
  }

  // Without prices a card needs no room for one.
  #isAway(away) {
    document.body.classList.toggle("live-away", away);
    if (!away) return;
    this.#trades.forget();
    this.#windows.forget();
    this.#later();
  }

  // Once for all messages that come before the browser paints.
  #later() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.#show();
    });
  }

  #show() {
    if (!this.given) return;
    makePlaces();
    if (this.given.paused) return;
    showTrades(this.#trades, this.given);
    for (const node of this.#charts()) this.draw(node);
  }

  #charts() {
    return [...document.querySelectorAll(".chart")];
  }

  // Tells the server which symbols the page shows, when they are others.
  #look() {
    this.#show();
    const cards = [...document.querySelectorAll(".live-price")].map(({ dataset }) => dataset.symbol);
    const lines = this.#charts().flatMap((node) => node.layout?.meta?.live ?? []);
    const symbols = [...new Set([...cards, ...lines.map(({ symbol }) => symbol)])].sort();
    const asked = JSON.stringify(this.given?.paused ? [] : symbols);
    if (this.#socket.readyState === WebSocket.OPEN && asked !== this.#asked) {
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
