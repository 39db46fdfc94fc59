// @ts-check
/** The server's clock as seen from here: of the recent pings, the quickest tells the truth. Pure. */

const WINDOW_US = 30_000_000; // long enough for a lucky ping, short enough for clocks that drift
const RECENT = 5;

/** Local time in microseconds; it never steps back. */
export function nowUs() {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

/** Offset and round trip from pings; all times in microseconds. */
export class ClockOffset {
  /** @type {{receivedUs: number, rttUs: number, offsetUs: number}[]} */
  #pings = [];
  #doubted = false;

  /**
   * @param {number} sentUs local
   * @param {number} serverUs the server's
   * @param {number} receivedUs local
   */
  add(sentUs, serverUs, receivedUs) {
    const rttUs = receivedUs - sentUs;
    if (rttUs < 0) return;
    const offsetUs = serverUs - (sentUs + receivedUs) / 2;
    if (this.#doubted) this.#pings = [];
    this.#doubted = false;
    this.#pings = this.#pings.filter((ping) => receivedUs - ping.receivedUs < WINDOW_US);
    this.#pings.push({ receivedUs, rttUs, offsetUs });
  }

  /**
   * Another server may answer next: forget everything once one does. Until then what was known is
   * the best guess, by which pictures of long ago are told from those of now.
   */
  doubt() {
    this.#doubted = true;
  }

  /** Add this to local time for the server's; null until the first pong. */
  get offsetUs() {
    if (this.#pings.length === 0) return null;
    return this.#pings.reduce((best, ping) => (ping.rttUs < best.rttUs ? ping : best)).offsetUs;
  }

  /** How far `offsetUs` may be from the truth: half of the quickest round trip; null until the first pong. */
  get errorUs() {
    if (this.#pings.length === 0) return null;
    return Math.min(...this.#pings.map((ping) => ping.rttUs)) / 2;
  }

  /** Median round trip of the last few pings; null until the first pong. */
  get rttUs() {
    const recent = this.#pings.slice(-RECENT).map((ping) => ping.rttUs);
    if (recent.length === 0) return null;
    return recent.sort((a, b) => a - b)[recent.length >> 1];
  }

  /**
   * Local time on the server's clock; null until the first pong.
   * @param {number} localUs
   */
  toServerUs(localUs) {
    const offsetUs = this.offsetUs;
    return offsetUs === null ? null : localUs + offsetUs;
  }
}
