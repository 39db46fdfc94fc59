// @ts-check
/**
 * When a media time is seen and heard. Pure.
 *
 * What has the media time P is to be seen and heard at P + offset, on the local clock. Pictures
 * are there at some time by themselves, and so is sound, some tens of milliseconds later: it must be
 * at hand a little before it is due, and the device takes it ahead. The later of the two decides,
 * but pictures wait for sound no longer than a bound: then sound that comes too late is left out.
 */

const WINDOW_US = 3_000_000;
const HIGH = 0.97; // nearly all sound shall be in time
const STEADY_US = 8_000; // smaller changes are not worth one
const BROKEN_US = 1_000_000; // the stream's time began anew

export class Unison {
  #boundUs;
  #seen = new Leads();
  #heard = new Leads();
  /** @type {number | null} */ #offsetUs = null;

  /** @param {number} boundUs how long pictures may wait for sound */
  constructor(boundUs) {
    this.#boundUs = boundUs;
  }

  /** Local time minus media time; null while nothing was heard. */
  get offsetUs() {
    return this.#offsetUs;
  }

  /**
   * A picture could be seen at this local time.
   * @param {number} ptsUs
   * @param {number} seenUs
   */
  picture(ptsUs, seenUs) {
    this.#note(this.#seen, seenUs - ptsUs, seenUs);
  }

  /**
   * Sound could be heard at this local time at the earliest.
   * @param {number} ptsUs
   * @param {number} heardUs
   */
  sound(ptsUs, heardUs) {
    this.#note(this.#heard, heardUs - ptsUs, heardUs);
  }

  /** @param {number} nowUs */
  update(nowUs) {
    const seenUs = this.#seen.share(0.5, nowUs);
    const heardUs = this.#heard.share(HIGH, nowUs);
    if (heardUs === null) return this.#offsetUs;
    const latestUs = seenUs === null ? Infinity : seenUs + this.#boundUs;
    const wantedUs = Math.min(Math.max(seenUs ?? -Infinity, heardUs), latestUs);
    const stays = this.#offsetUs !== null && Math.abs(wantedUs - this.#offsetUs) < STEADY_US;
    if (!stays) this.#offsetUs = wantedUs;
    return this.#offsetUs;
  }

  /**
   * How long a picture that could be seen at `seenUs` is to wait for its sound.
   * @param {number} ptsUs
   * @param {number} seenUs
   * @param {number | null} [offsetUs] by which the speaker goes, where that is another
   */
  waitUs(ptsUs, seenUs, offsetUs = this.#offsetUs) {
    if (offsetUs === null) return 0;
    const waitUs = ptsUs + offsetUs - seenUs;
    return waitUs > 0 && waitUs <= BROKEN_US ? Math.min(waitUs, this.#boundUs) : 0;
  }

  /** Forget all: what comes is of another time. */
  restart() {
    this.#seen.clear();
    this.#heard.clear();
    this.#offsetUs = null;
  }

  /**
   * @param {Leads} leads
   * @param {number} leadUs
   * @param {number} nowUs
   */
  #note(leads, leadUs, nowUs) {
    const usualUs = leads.share(0.5, nowUs);
    if (usualUs !== null && Math.abs(leadUs - usualUs) > BROKEN_US) {
      this.restart();
    }
    leads.add(leadUs, nowUs);
  }
}

/** Local minus media times of the last seconds. */
class Leads {
  /** @type {{leadUs: number, atUs: number}[]} */ #kept = [];

  /** @param {number} leadUs @param {number} atUs */
  add(leadUs, atUs) {
    this.#kept.push({ leadUs, atUs });
  }

  clear() {
    this.#kept = [];
  }

  /**
   * What so large a share of them is not above; null where there are none.
   * @param {number} share
   * @param {number} nowUs
   */
  share(share, nowUs) {
    const first = this.#kept.findIndex(({ atUs }) => nowUs - atUs < WINDOW_US);
    this.#kept.splice(0, first < 0 ? this.#kept.length : first);
    if (this.#kept.length === 0) return null;
    const sorted = this.#kept.map(({ leadUs }) => leadUs).sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  }
}
