// @ts-check
/**
 * Samples by their media time, read at any rate. Pure.
 *
 * The reader asks for a media time, which moves as the device's clock does; where it is off by a
 * little, it reads a little faster or slower, and where it is off by much, it jumps. So the clocks
 * of source and device may differ, and the unison's offset may change, without a crack.
 */

const CAPACITY = 1 << 17; // samples; a power of two, over two seconds at 48 kHz
const MASK = CAPACITY - 1;
const JUMP_US = 40_000;
const SLEW = 0.005; // of the rate: five cents at most, which nobody hears
const SLEW_US = 2_000_000; // an error is gone after about so long
const SAME_US = 4_000; // containers round their times
const LONGEST_GAP_US = 1_000_000;
const LONGEST_OVERLAP_US = 200_000; // as where a file begins again, before its own beginning
const RAMP = 96; // samples: sound begins and ends without a crack

export class Ring {
  /** @type {Float32Array[]} */ #planes = [new Float32Array(CAPACITY), new Float32Array(CAPACITY)];
  #rate = 48_000;
  #end = 0; // samples written since the beginning
  #begin = 0;
  /** @type {number | null} */ #endUs = null;
  /** @type {number | null} */ #atUs = null;
  #level = 0;
  #last = [0, 0];
  #starved = 0;
  #late = 0;

  /** How far the reader is off, in microseconds; samples missing when they were due; too late. */
  figures() {
    const figures = { starved: this.#starved, late: this.#late };
    this.#starved = this.#late = 0;
    return figures;
  }

  clear() {
    this.#begin = this.#end;
    this.#endUs = null;
  }

  /**
   * @param {number} ptsUs of the first sample
   * @param {number} rate
   * @param {Float32Array[]} planes one for each channel
   */
  write(ptsUs, rate, planes) {
    const count = planes[0].length;
    if (this.#endUs === null || rate !== this.#rate || !this.#continues(ptsUs)) this.#restart(ptsUs, rate);
    if (this.#atUs !== null && ptsUs + (count * 1e6) / rate < this.#atUs) this.#late += count;
    for (let channel = 0; channel < 2; channel++) this.#copy(channel, planes[channel] ?? planes[0]);
    this.#end += count;
    // Follow the source's own times slowly, as they are rounded.
    const endUs = /** @type {number} */ (this.#endUs) + (count * 1e6) / rate;
    this.#endUs = endUs + (ptsUs + (count * 1e6) / rate - endUs) / 32;
    this.#begin = Math.max(this.#begin, this.#end - CAPACITY + 8);
  }

  /**
   * Fill a block of the output, the first sample of which has this media time.
   * @param {Float32Array[]} output one for each channel
   * @param {number} ptsUs
   * @param {number} rate the output's
   */
  read(output, ptsUs, rate) {
    let atUs = this.#atUs;
    if (atUs === null || Math.abs(ptsUs - atUs) > JUMP_US) atUs = ptsUs;
    const slew = Math.max(-SLEW, Math.min(SLEW, (ptsUs - atUs) / SLEW_US));
    const stepUs = (1e6 / rate) * (1 + slew);
    const count = output[0].length;
    const first = this.#endUs === null ? Infinity : this.#end - ((this.#endUs - atUs) * this.#rate) / 1e6;
    const step = (stepUs * this.#rate) / 1e6;
    for (let at = 0; at < count; at++) this.#sample(output, at, first + at * step);
    this.#atUs = atUs + count * stepUs;
  }

  /** @param {number} ptsUs */
  #continues(ptsUs) {
    const gapUs = ptsUs - /** @type {number} */ (this.#endUs);
    if (Math.abs(gapUs) <= SAME_US) return true;
    if (gapUs < -LONGEST_OVERLAP_US || gapUs > LONGEST_GAP_US) return false;
    const count = Math.round((gapUs * this.#rate) / 1e6);
    if (count > 0) this.#silence(count);
    else this.#end = Math.max(this.#begin, this.#end + count);
    this.#endUs = ptsUs;
    return true;
  }

  /** @param {number} ptsUs @param {number} rate */
  #restart(ptsUs, rate) {
    this.#begin = this.#end;
    this.#endUs = ptsUs;
    this.#rate = rate;
  }

  /** @param {number} count */
  #silence(count) {
    for (const plane of this.#planes) {
      for (let at = 0; at < count; at++) plane[(this.#end + at) & MASK] = 0;
    }
    this.#end += count;
  }

  /** @param {number} channel @param {Float32Array} samples */
  #copy(channel, samples) {
    const plane = this.#planes[channel];
    for (let at = 0; at < samples.length; at++) plane[(this.#end + at) & MASK] = samples[at];
  }

  /**
   * @param {Float32Array[]} output
   * @param {number} at
   * @param {number} index of the sample, with its fraction
   */
  #sample(output, at, index) {
    const whole = Math.floor(index);
    const there = whole - 1 >= this.#begin && whole + 2 < this.#end;
    if (!there && whole < this.#end + this.#rate) this.#starved += 1;
    this.#level = Math.max(0, Math.min(1, this.#level + (there ? 1 : -1) / RAMP));
    for (let channel = 0; channel < 2; channel++) {
      if (there) this.#last[channel] = hermite(this.#planes[channel], whole, index - whole);
      if (output[channel]) output[channel][at] = this.#last[channel] * this.#level;
    }
  }
}

/**
 * The value between two samples, through four.
 * @param {Float32Array} plane
 * @param {number} whole
 * @param {number} part
 */
function hermite(plane, whole, part) {
  const before = plane[(whole - 1) & MASK];
  const from = plane[whole & MASK];
  const to = plane[(whole + 1) & MASK];
  const after = plane[(whole + 2) & MASK];
  const slope = (to - before) / 2;
  const bend = before - 2.5 * from + 2 * to - after / 2;
  const twist = (after - before) / 2 + 1.5 * (from - to);
  return ((twist * part + bend) * part + slope) * part + from;
}
