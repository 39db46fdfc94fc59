// @ts-check
/** A viewer's or publisher's WebSocket: opens it, keeps it, comes back, and asks for the time. */

import { ClockOffset, nowUs } from './clock.js';
import { ABNORMAL, UNOPENED, retries, retryDelayMs } from './closing.js';
import { SUBPROTOCOL, parseControl } from './wire.js';
import { SILENT } from '../words.js';

/** @typedef {import('../types.js').Control} Control */

const PING_MS = 2000;
const QUICK_PING_MS = 80;
const QUICK_PINGS = 5; // the quickest of them sets the clock before the first second is over
const SILENCE_MS = 10_000; // no byte for so long, of a connection or of a try to make one: the link is dead
const SETTLED_MS = 5000; // a connection that lasted this long worked: back-off starts anew

/** Retries by itself where the close code allows; the only part that does. */
export class Connection {
  #url;
  #listener;
  #retries;
  #abort = new AbortController();
  #clock = new ClockOffset();
  /** @type {WebSocket | null} */ #socket = null;
  /** The next try, while one is planned. @type {ReturnType<typeof setTimeout> | undefined} */ #retry;
  /** The next ping, or giving up a try. @type {ReturnType<typeof setTimeout> | undefined} */ #ping;
  #attempt = 0;
  #pings = 0;
  #openedMs = Infinity;
  #heardMs = 0;
  #notice = '';

  /**
   * @param {string} url
   * @param {import('../types.js').ConnectionListener} listener
   * @param {(code: number) => boolean} [mayRetry] after which close codes to come back by itself
   */
  constructor(url, listener, mayRetry = retries) {
    this.#url = url;
    this.#listener = listener;
    this.#retries = mayRetry;
    addEventListener('online', () => this.#retry !== undefined && this.open(), { signal: this.#abort.signal });
    this.open();
  }

  get clock() {
    return this.#clock;
  }

  /** Connect now, whatever was planned. */
  open() {
    if (this.#abort.signal.aborted) return;
    this.#drop();
    this.#notice = '';
    const socket = this.#newSocket();
    if (!socket) return;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#received(data);
    socket.onclose = ({ code, reason }) => this.#lost(code, reason);
    this.#socket = socket;
    this.#ping = setTimeout(() => this.#lost(ABNORMAL, ''), SILENCE_MS);
  }

  /** @param {Control} message @returns {void} */
  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** @param {ArrayBuffer} message @returns {boolean} false where there is no connection */
  sendMedia(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(message);
    return true;
  }

  /** What the other end says is of no use here: end it, as if it had. @param {number} code */
  refuse(code) {
    this.#lost(code, '');
  }

  close() {
    this.#abort.abort();
    this.#drop();
  }

  /** An address that the browser does not take is told once whoever made this can hear it. */
  #newSocket() {
    try {
      return new WebSocket(this.#url, SUBPROTOCOL);
    } catch (error) {
      const loss = { code: UNOPENED, reason: /** @type {Error} */ (error).message, retryAtMs: null };
      queueMicrotask(() => this.#abort.signal.aborted || this.#listener.onLoss(loss));
      return null;
    }
  }

  #opened() {
    clearTimeout(this.#ping);
    this.#pings = 0;
    this.#openedMs = this.#heardMs = Date.now();
    this.#clock.doubt();
    this.#listener.onOpen();
    this.#sendPing();
  }

  /** @param {string | ArrayBuffer} data */
  #received(data) {
    this.#heardMs = Date.now();
    if (typeof data !== 'string') {
      this.#listener.onMedia(data);
      return;
    }
    const message = parseControl(data);
    if (message.type === 'pong') this.#clock.add(message.client_us, message.server_us, nowUs());
    if (message.type === 'error') this.#notice = message.message;
    this.#listener.onControl(message);
  }

  #sendPing() {
    if (Date.now() - this.#heardMs > SILENCE_MS) {
      this.#lost(ABNORMAL, SILENT);
      return;
    }
    this.#pings += 1;
    this.send({ type: 'ping', id: this.#pings, client_us: nowUs() });
    const delayMs = this.#pings < QUICK_PINGS ? QUICK_PING_MS : PING_MS;
    this.#ping = setTimeout(() => this.#sendPing(), delayMs);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    this.#drop();
    if (Date.now() - this.#openedMs > SETTLED_MS) this.#attempt = 0;
    this.#openedMs = Infinity;
    let retryAtMs = null;
    if (this.#retries(code)) {
      const delayMs = retryDelayMs(code, this.#attempt++, Math.random());
      this.#retry = setTimeout(() => this.open(), delayMs);
      retryAtMs = Date.now() + delayMs;
    }
    this.#listener.onLoss({ code, reason: this.#notice || reason, retryAtMs });
  }

  #drop() {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    clearTimeout(this.#ping);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
