// Asks for the page's next refresh: once the server has newer windows, and otherwise from time to
// time.
class Refresh {
  #ask;
  #timer;
  #shown; // the version of the data that the page shows, and the server's newest
  #newest;
  #at = 0;
  #soonest = 0;

  // The page was drawn; the next refresh comes after `soonest_ms`, or `latest_ms`.
  drawn({ version, soonest_ms, latest_ms }, ask) {
    [this.#shown, this.#at, this.#soonest, this.#ask] = [version, Date.now(), soonest_ms, ask];
    this.#newest ??= version;
    this.#in(this.#newest === version ? latest_ms : soonest_ms);
  }

  // The server has data of a version.
  has(version) {
    this.#newest = version;
    if (version !== this.#shown) this.soon();
  }

  // As soon as refreshes may follow each other; no later where the clock was set back.
  soon() {
    if (!this.#ask) return;
    const left = this.#at + this.#soonest - Date.now();
    this.#in(Math.min(this.#soonest, Math.max(0, left)));
  }

  #in(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#in(2 * this.#soonest); // in case this one is lost
      this.#ask();
    }, ms);
  }
}
