// @ts-check
/** Which pictures of a camera are encoded, and which of them as keyframes. Pure. */

/** @typedef {'skip' | 'encoder' | 'uplink' | 'delta' | 'keyframe'} Verdict */

const KEYFRAME_EVERY_MS = 2000;
const KEYFRAME_APART_MS = 250; // requests in between are one: a viewer who joins asks at once
const QUEUE = 2; // pictures that an encoder may be working on
const EARLY = 0.3; // a camera varies; a picture may come this share of an interval early

export class Shutter {
  #nextMs = -Infinity;
  #keyframeMs = -Infinity;
  #asked = true;

  /** The next picture is a keyframe: a new connection, a new encoder, or someone asked. */
  ask() {
    this.#asked = true;
  }

  /**
   * What to do with the picture of this moment.
   * @param {number} nowMs
   * @param {{fps: number, queue: number, behind: boolean}} load `queue`: pictures in the encoder
   * @returns {Verdict} `skip`: more than the rate that was chosen; `encoder`, `uplink`: who is
   *   too slow for it
   */
  judge(nowMs, { fps, queue, behind }) {
    const intervalMs = 1000 / fps;
    if (nowMs < this.#nextMs - EARLY * intervalMs) return 'skip';
    if (behind) return 'uplink';
    if (queue >= QUEUE) return 'encoder';
    // Due times follow one another, so that 60 fps give 30 and not 20; a late one starts anew.
    this.#nextMs = (nowMs - this.#nextMs < intervalMs ? this.#nextMs : nowMs) + intervalMs;
    return this.#judgeKeyframe(nowMs);
  }

  /** @param {number} nowMs @returns {Verdict} */
  #judgeKeyframe(nowMs) {
    const ageMs = nowMs - this.#keyframeMs;
    if (ageMs < KEYFRAME_EVERY_MS && !(this.#asked && ageMs >= KEYFRAME_APART_MS)) return 'delta';
    this.#asked = false;
    this.#keyframeMs = nowMs;
    return 'keyframe';
  }

  /** Begin again with a keyframe, at once. */
  reset() {
    this.#nextMs = this.#keyframeMs = -Infinity;
    this.#asked = true;
  }
}
