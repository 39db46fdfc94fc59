// @ts-check
/** Keeps the screen of a phone on: where it goes dark, the camera ends. */

export class WakeLock {
  /** @type {WakeLockSentinel | null} */ #sentinel = null;
  #held = false;

  constructor() {
    // The browser lets go of it whenever the page is hidden.
    document.addEventListener('visibilitychange', () => void this.#request());
  }

  hold() {
    this.#held = true;
    void this.#request();
  }

  release() {
    this.#held = false;
    void this.#sentinel?.release();
    this.#sentinel = null;
  }

  async #request() {
    if (!this.#held || document.hidden || !('wakeLock' in navigator)) return;
    try {
      this.#sentinel = await navigator.wakeLock.request('screen');
      if (!this.#held) this.release();
    } catch {
      // a low battery, or a browser that does not want to: the person keeps the screen on
    }
  }
}
