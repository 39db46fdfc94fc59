// @ts-check
/**
 * What the player is made of, and the shapes that its parts hand to each other. Nothing loads this
 * file.
 *
 * The parts, and what each may rely on:
 *
 *   host        owns the engine and the canvas; commands go in, events come out, from anywhere
 *   engine      composes the rest in a worker; says what is happening; asks for what decodes here
 *   connection  opens, keeps and reopens the socket; the only part that retries; owns the clock
 *   wire        bytes to header and payload, text to control; pure
 *   video       the way of a picture; every sequence number ends in exactly one ack or drop
 *   decoder     fragments to VideoFrames; gives each away once; waits for keyframes by itself
 *   mse         the same by a `<video>` of the page, where there is no WebCodecs; loaded there
 *   picture     JPEGs to ImageBitmaps; gives each away once; newest wins
 *   sync        says whether to paint; pure
 *   renderer    takes pictures over, paints them with their overlay, closes them
 *   overlay     metadata to boxes and text over their picture; refuses what makes no sense
 *   stats, acks take times and numbers, give figures and acks; pure
 *   sound       sound to the speaker, in an audio thread; lets pictures wait for it; loaded to hear
 *   voice       muted or not, and how loud; loads what plays
 *   face        stage, bar and panels: shows what it is told, reports what was asked for
 *
 * Each part that holds anything has `close()`.
 */

/**
 * @typedef {object} Header one media message's header; `*Us` are microseconds
 * @property {number} version
 * @property {number} kind
 * @property {number} flags
 * @property {number} rendition
 * @property {number} sequence
 * @property {number} ptsUs the stream's media time
 * @property {number} capturedUs the server's wall clock
 * @property {number} encodedUs counted from capturedUs
 * @property {number} publishedUs counted from capturedUs
 */

/**
 * @typedef {object} Travelling what goes with a picture; times are local
 * @property {number} receivedUs
 * @property {number} size bytes of the payload
 * @property {Uint8Array | null} meta
 * @property {number | null} [madeUs] from captured to decoded in the server, where it tells
 * @property {number} [decodedUs] once it is
 */
/** @typedef {Header & Travelling} Stamped a header with what goes with its picture */

/** @typedef {VideoFrame | ImageBitmap} Drawable */

/**
 * @typedef {object} Rendition
 * @property {number} index
 * @property {string} id
 * @property {string} codec
 * @property {number} width
 * @property {number} height
 * @property {number} fps
 * @property {string | null} [reason]
 */

/** @typedef {{type: string, [field: string]: any}} Control one control message */

/**
 * @typedef {'opening' | 'idle' | 'connecting' | 'waiting' | 'live' | 'frozen' | 'stalled' | 'paused' | 'shifted'
 *   | 'offline' | 'ended' | 'lost' | 'refused'} Phase
 */

/**
 * @typedef {object} State what is happening, for `words.describe`
 * @property {Phase} phase
 * @property {string | null} reason the server's sentence
 * @property {number | null} retryAtMs on the clock of `Date.now()`
 * @property {number | null} sinceMs on the clock of `Date.now()`: when this phase began
 * @property {number | null} code the close code, where a connection ended
 * @property {boolean} hasPicture something was painted since the player started
 */

/**
 * @typedef {object} Stages medians of the last second, milliseconds
 * @property {number} encode captured to encoded
 * @property {number} publish encoded to fan-out
 * @property {number} network fan-out to received
 * @property {number} paint received to painted
 */

/**
 * @typedef {object} Figures
 * @property {number} fps painted
 * @property {number} bitrateBps received
 * @property {number} painted
 * @property {{network: number, late: number, broken: number}} dropped
 * @property {number} unreadable metadata of pictures that was no JSON
 * @property {number | null} stalenessMs median of the last second; of a picture that stands for
 *   longer than usual, its age now
 * @property {number | null} stalenessP50Ms over 10 s
 * @property {number | null} stalenessP95Ms over 10 s
 * @property {Stages | null} stages
 */

/**
 * @typedef {object} SoundFigures of a player that is not muted
 * @property {string} codec empty while nothing comes
 * @property {number} skewMs how much later than its sound a picture is seen
 * @property {number} starved samples that were not there when they were due
 * @property {number} late samples that came after they were due
 */

/**
 * @typedef {Figures & {
 *   codec: string, width: number, height: number, rendition: string, renditionReason: string,
 *   decoder: string, decoderReason: string, rttMs: number | null, queue: number,
 *   shifted: boolean, behindMs: number | null, historyMs: number,
 *   firstPictureMs: number | null, maxLatencyMs: number, painter: string, sound: SoundFigures | null
 * }} Stats
 */

/**
 * @typedef {object} Settings how an engine starts
 * @property {string} url
 * @property {string[]} renditions
 * @property {number} maxLatencyMs
 * @property {number} width device pixels
 * @property {number} height device pixels
 * @property {boolean} paused
 * @property {boolean} overlay whether metadata is drawn
 * @property {boolean} smooth whether pictures are held so that motion is even
 * @property {boolean} thumbnails whether small pictures are kept, to look back
 * @property {boolean} trace whether the way of each picture is kept
 * @property {boolean} adapt whether the server may choose a cheaper rendition
 * @property {string[]} [mse] sample entries that the page can play by Media Source Extensions; without
 *   them the engine asks for no `reel`
 */

/**
 * @typedef {object} PictureMetadata what belongs to the picture that was just painted
 * @property {unknown} data
 * @property {number} ptsUs the stream's media time
 * @property {number} capturedUs the server's wall clock
 */

/**
 * @typedef {object} TracedFrame a painted picture's way; `capturedUs` is on the server's clock,
 *   `madeUs`, `encodedUs` and `publishedUs` count from it, the others are local
 * @property {number} sequence
 * @property {number} ptsUs
 * @property {number} capturedUs
 * @property {number | null} madeUs decoded in the server
 * @property {number} encodedUs
 * @property {number} publishedUs
 * @property {number} receivedUs
 * @property {number | null} decodedUs
 * @property {number} paintedUs
 * @property {number} size bytes of the payload
 */

/**
 * @typedef {object} TraceReading all since the one before; add `offsetUs` to local times
 * @property {TracedFrame[]} frames
 * @property {number} lost pictures that never came
 * @property {number} skipped pictures that came and are not shown
 * @property {number | null} offsetUs
 * @property {number | null} errorUs how far it may be off
 * @property {number | null} rttUs
 */

/**
 * @typedef {object} MarkReading
 * @property {{timeUs: number, sequence: number} | null} mark
 * @property {number | null} paintedUs the server's wall clock
 * @property {number | null} sequence the message's
 * @property {number | null} capturedUs the message's
 */

/**
 * What the face loads when it is wanted.
 * @typedef {{
 *   'panel.js': typeof import('./face/panel.js'),
 *   'scrubber.js': typeof import('./face/scrubber.js'),
 *   'toolbox.js': typeof import('./face/toolbox.js'),
 *   'volume.js': typeof import('./face/volume.js'),
 *   'tools/help.js': typeof import('./face/tools/help.js'),
 *   'tools/menu.js': typeof import('./face/tools/menu.js'),
 *   'tools/pip.js': typeof import('./face/tools/pip.js'),
 *   'tools/saving.js': typeof import('./face/tools/saving.js'),
 *   'tools/still.js': typeof import('./face/tools/still.js'),
 *   'tools/view.js': typeof import('./face/tools/view.js'),
 * }} Later
 */

export {};
