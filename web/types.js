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

/**
 * @typedef {object} FaceWishes what a viewer may ask for
 * @property {() => void} again another try
 * @property {() => void} toggle play or pause
 * @property {(rendition: string) => void} choose
 * @property {() => string} streamUrl of what is played
 * @property {() => void} outside the picture went into a window of its own, or came back
 * @property {() => void} overlay show or hide it
 * @property {{seek: (behindMs: number) => void, seekBy: (ms: number) => void, step: (frames: number) => void, start: () => void, live: () => void}} time
 * @property {(behindMs: number) => Promise<Blob | null>} thumbnail
 * @property {() => void} mute or unmute
 * @property {(volume: number) => void} louden from 0 to 1
 * @property {(message: string) => void} fail
 */

/**
 * @typedef {object} BarActions
 * @property {() => void} toggle
 * @property {(rendition: string) => void} choose
 * @property {() => void} snapshot
 * @property {() => void} overlay
 * @property {() => void} statistics
 * @property {() => void} clip
 * @property {() => void} pip
 * @property {() => void} more
 * @property {() => void} fullscreen
 * @property {() => void} live
 */

/**
 * @typedef {object} VoiceLink
 * @property {(command: {type: string, [field: string]: any}, transfer?: Transferable[]) => void} send to
 *   the engine
 * @property {(hearing: import('./face/volume.js').Hearing, reason?: string) => void} show what is, and why
 *   sound cannot be had
 */

/**
 * @typedef {object} Known
 * @property {{code: number, reason: string, retryAtMs: number | null} | null} loss of the connection
 * @property {import('./engine/state.js').StreamState | null} stream the server's last word
 * @property {boolean} paused by the viewer
 * @property {number | null} hiddenMs since when the page is hidden and no picture is asked for; null while it is seen
 * @property {boolean} shifted what is sent is of the past
 * @property {boolean} hasPicture since the player started
 * @property {number | null} paintedMs the last picture since the stream went live or resumed
 * @property {number} fps announced; 0 if unknown
 */

/**
 * @typedef {object} ConnectionListener
 * @property {() => void} onOpen
 * @property {(message: Control) => void} onControl
 * @property {(message: ArrayBuffer) => void} onMedia
 * @property {(loss: {code: number, reason: string, retryAtMs: number | null}) => void} onLoss
 */

/**
 * @typedef {object} DecoderListener
 * @property {(frame: Drawable, header: Stamped | undefined) => void} onPicture takes
 *   the frame over
 * @property {(header: Stamped, reason: 'early' | 'network' | 'late' | 'broken') => void} onSkip never
 *   becomes a picture: it came before the first keyframe, after a loss, was overtaken, or cannot be
 *   decoded
 * @property {(header: Stamped) => void} onTaken the decoder is through with this fragment
 * @property {(codec: string, reason?: string) => void} onUnsupported this codec does not work here or,
 *   for this reason, none does
 */

/**
 * @typedef {object} VideoListener
 * @property {(message: Control) => void} send to the server
 * @property {(header: Stamped) => void} onPaint
 * @property {(metadata: {text: string, ptsUs: number, capturedUs: number}) => void} onMetadata of the
 *   picture that was just painted
 * @property {(codec: string, reason?: string) => void} onUnsupported by this decoder or, for this
 *   reason, by none
 */

/**
 * @typedef {object} PictureListener
 * @property {(bitmap: ImageBitmap, header: Stamped) => void} onPicture takes the bitmap over
 * @property {(header: Stamped, reason: 'late' | 'broken') => void} onSkip never becomes a picture
 * @property {(count: number) => void} onGap so many never arrived
 */

export {};
