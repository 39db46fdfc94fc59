/** What a browser gives a publisher, without a network, a camera or a codec. */

import { unpack } from '../../../web/wire/wire.js';

/** What a browser's WebSocket promises, without a network. */
export class FakeSocket {
  static OPEN = 1;
  static made = [];
  readyState = 0;
  said = [];
  media = [];

  constructor(url) {
    this.url = url;
    FakeSocket.made.push(this);
  }

  send(data) {
    if (typeof data === 'string') this.said.push(JSON.parse(data));
    else this.media.push(unpack(data));
  }

  close() {
    this.readyState = 3;
  }

  tell(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }

  end(code) {
    this.readyState = 3;
    this.onclose({ code, reason: '' });
  }
}

/** One picture out for each in, at once; the payload begins with its size. */
export class FakeEncoder {
  static made = [];
  static refuses = [];
  static bytes = 2;
  static isConfigSupported = async ({ codec }) => ({ supported: !FakeEncoder.refuses.includes(codec.slice(0, 3)) });
  state = 'unconfigured';
  encodeQueueSize = 0;

  constructor({ output, error }) {
    Object.assign(this, { output, error });
    FakeEncoder.made.push(this);
  }

  configure(config) {
    this.config = config;
    this.state = 'configured';
  }

  encode({ timestamp }, { keyFrame }) {
    const { width, height } = this.config;
    this.output({ timestamp, type: keyFrame ? 'key' : 'delta', byteLength: FakeEncoder.bytes, copyTo: (data) => data.set([width >> 4, height >> 4]) });
  }

  close() {
    this.state = 'closed';
  }
}

export class FakeFrame {
  static open = 0;
  constructor(_source, { timestamp, displayWidth = 1280, displayHeight = 720 }) {
    Object.assign(this, { timestamp, displayWidth, displayHeight });
    FakeFrame.open += 1;
  }

  close() {
    FakeFrame.open -= 1;
  }
}

/** Gives nothing by itself. */
export class FakeRecorder {
  static made = [];
  static isTypeSupported = () => true;
  state = 'inactive';

  constructor({ tracks }) {
    this.tracks = tracks;
    FakeRecorder.made.push(this);
  }

  start() {
    this.state = 'recording';
  }

  stop() {
    this.state = 'inactive';
  }
}
