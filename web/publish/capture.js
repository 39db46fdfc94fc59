// @ts-check
/** This device's cameras and screens: what can be had, asking for it, and why it was not given. */

import { cameraConstraints } from './quality.js';
import { recordingFormat } from './recording.js';

/** @typedef {import('./quality.js').Quality} Quality */
/** @typedef {{id: string, label: string}} Device */

/**
 * @typedef {'insecure' | 'unable'} Obstacle
 * @typedef {'refused' | 'dismissed' | 'missing' | 'busy' | 'failed'} Problem
 */

/** @type {Readonly<Record<string, Problem>>} by the names that the specification gives its errors */
const PROBLEMS = Object.freeze({
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'busy',
  AbortError: 'busy',
});

/** What stands in the way whatever a person does; null for nothing. @returns {Obstacle | null} */
export function obstacle() {
  if (!globalThis.isSecureContext) return 'insecure';
  if (!navigator.mediaDevices || !('VideoEncoder' in globalThis || recordingFormat())) return 'unable';
  return null;
}

/** Phones have no way to share a screen from a page. */
export function canShareScreen() {
  return Boolean(navigator.mediaDevices?.getDisplayMedia);
}

/** A recorder takes sound by itself; WebCodecs have had pictures alone in Safari before 26. */
export function canSendSound() {
  return !('VideoEncoder' in globalThis) || 'AudioEncoder' in globalThis;
}

/**
 * @param {Quality} quality
 * @param {string} deviceId empty for whichever the browser takes
 * @returns {Promise<MediaStreamTrack>}
 */
export async function openCamera(quality, deviceId) {
  const video = cameraConstraints(quality, deviceId);
  try {
    return firstTrack(await navigator.mediaDevices.getUserMedia({ video, audio: false }));
  } catch (error) {
    const gone = deviceId && problemOf(error, false) === 'missing'; // a camera of another day
    if (gone) return openCamera(quality, '');
    throw error;
  }
}

/**
 * @param {Quality} quality
 * @returns {Promise<MediaStreamTrack>}
 */
export async function openScreen({ fps }) {
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: fps } }, audio: false });
  const track = firstTrack(stream);
  track.contentHint = 'detail';
  return track;
}

/** The cameras, by name; a browser names them only after it was allowed to open one. */
export async function cameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ kind, label }) => kind === 'videoinput' && label)
    .map(({ deviceId, label }) => ({ id: deviceId, label }));
}

/**
 * @param {unknown} error of opening
 * @param {boolean} screen closing the list of screens is no refusal
 * @returns {Problem}
 */
export function problemOf(error, screen) {
  const problem = PROBLEMS[error instanceof Error ? error.name : ''] ?? 'failed';
  return problem === 'refused' && screen ? 'dismissed' : problem;
}

/** @param {MediaStream} stream */
function firstTrack(stream) {
  return stream.getVideoTracks()[0];
}
