// @ts-check
/** What is asked of a camera and of an encoder for a chosen quality. Pure. */

/**
 * @typedef {object} Quality what a person chose
 * @property {number} lines 720 for 720p: the shorter side, at most
 * @property {number} fps at most
 * @property {number} bitrateBps at most; 0: as much as size and rate want
 */

/** @typedef {{width: number, height: number}} Size */

/**
 * @typedef {object} Plan what is encoded
 * @property {string} codec as WebCodecs and the wire name it
 * @property {number} width
 * @property {number} height
 * @property {number} fps
 * @property {number} bitrateBps
 */

export const LINES = Object.freeze([360, 480, 720, 1080]);
export const RATES = Object.freeze([10, 15, 30, 60]);
export const BITRATES = Object.freeze([0, 500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000]);
export const DEFAULT_QUALITY = Object.freeze({ lines: 720, fps: 30, bitrateBps: 0 });

const ASPECT = 16 / 9;
const BITS_PER_PIXEL = 0.09; // at 30 fps; 2.5 Mbit/s for 720p
const USUAL_FPS = 30;
const MIN_SIDE = 16;
// Shares of what looks good: with less a smaller picture looks better, with so much a larger one.
const TOO_THIN = 0.2;
const THICK_ENOUGH = 0.4;

/** Level, macroblocks per picture and per second (H.264 table A-1). */
const LEVELS = /** @type {const} */ ([
  ['1e', 1620, 40_500],
  ['1f', 3600, 108_000],
  ['20', 5120, 216_000],
  ['28', 8192, 245_760],
  ['2a', 8704, 522_240],
  ['33', 36_864, 983_040],
  ['34', 36_864, 2_073_600],
]);

/**
 * The size at which a picture is encoded: scaled down to the lines chosen, never up, and even.
 * @param {Size} source
 * @param {number} lines
 * @returns {Size}
 */
export function fit({ width, height }, lines) {
  const scale = Math.min(1, lines / Math.min(width, height));
  return { width: even(width * scale), height: even(height * scale) };
}

/**
 * Bits a second that look good for this size; a picture in motion needs less than twice as much at
 * twice the rate, as less changes from one to the next.
 * @param {Size} size
 * @param {number} fps
 */
export function suggestedBps({ width, height }, fps) {
  return Math.round(width * height * USUAL_FPS * BITS_PER_PIXEL * Math.sqrt(fps / USUAL_FPS));
}

/**
 * Bits a second at most for a quality.
 * @param {Size} source
 * @param {Quality} quality
 */
export function wantedBps(source, { lines, fps, bitrateBps }) {
  return bitrateBps || suggestedBps(fit(source, lines), fps);
}

/**
 * The lines, of those chosen, that so many bits a second are worth.
 * @param {Size} source
 * @param {Quality} quality
 * @param {number} bps what may be sent
 * @param {number} lines what is sent now
 */
export function worthyLines(source, quality, bps, lines) {
  const enough = (/** @type {number} */ rows, /** @type {number} */ share) =>
    bps >= share * Math.min(wantedBps(source, quality), suggestedBps(fit(source, rows), quality.fps));
  const fewer = LINES.filter((rows) => rows < quality.lines);
  const choices = [quality.lines, ...fewer.reverse()];
  return choices.find((rows) => enough(rows, rows > lines ? THICK_ENOUGH : TOO_THIN)) ?? choices[choices.length - 1];
}

/**
 * H.264 constrained baseline of the lowest level that carries the picture.
 * @param {Size} size
 * @param {number} fps
 */
export function avcCodec({ width, height }, fps) {
  const blocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  const level = LEVELS.find(([, most, rate]) => blocks <= most && blocks * fps <= rate);
  return `avc1.42E0${(level ?? LEVELS[LEVELS.length - 1])[0].toUpperCase()}`;
}

/**
 * What may be encoded, the best first.
 * @param {Size} source
 * @param {Quality} quality
 * @returns {Plan[]}
 */
export function plans(source, { lines, fps, bitrateBps }) {
  const size = fit(source, lines);
  const common = { ...size, fps, bitrateBps: Math.round(bitrateBps) || suggestedBps(size, fps) };
  return [{ codec: avcCodec(size, fps), ...common }, { codec: 'vp8', ...common }];
}

/**
 * A plan for a `VideoEncoder`: no picture held back, and parameter sets with each keyframe.
 * @param {Plan} plan
 * @returns {VideoEncoderConfig}
 */
export function encoderConfig({ codec, width, height, fps, bitrateBps }) {
  return {
    codec, width, height,
    framerate: fps,
    bitrate: bitrateBps,
    latencyMode: 'realtime',
    ...(codec.startsWith('avc1') ? { avc: { format: /** @type {const} */ ('annexb') } } : {}),
  };
}

/**
 * What to ask of a camera: a shape like the quality's, which it may miss rather than refuse.
 * @param {Quality} quality
 * @param {string} deviceId empty for whichever the browser takes
 * @returns {MediaTrackConstraints}
 */
export function cameraConstraints({ lines, fps }, deviceId) {
  return {
    width: { ideal: Math.round(lines * ASPECT) },
    height: { ideal: lines },
    frameRate: { ideal: fps },
    ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
  };
}

/** @param {number} side */
function even(side) {
  return Math.max(MIN_SIDE, Math.round(side / 2) * 2);
}
