/**
 * `<StreamPlayer>` for React 19 and later, which hands attributes and events to custom elements.
 *
 *   import { StreamPlayer } from './StreamPlayer.jsx';
 *   <StreamPlayer server="https://streams.example" name="door" onStateChange={({ phase }) => console.log(phase)} />
 */

import { useEffect, useRef } from 'react';

/**
 * @param {{
 *   server?: string, name: string, rendition?: string, maxLatency?: number, controls?: boolean,
 *   onStateChange?: (state: object) => void, onStats?: (stats: object) => void,
 *   onFrame?: (frame: { ptsUs: number, capturedUs: number, player: HTMLElement }) => void,
 *   onError?: (error: { message: string }) => void,
 * }} props
 */
export function StreamPlayer({ server = '', name, rendition, maxLatency, controls = true, onStateChange, onStats, onFrame, onError }) {
  const player = useRef(null);
  const handlers = useRef({});
  handlers.current = { statechange: onStateChange, stats: onStats, frame: onFrame, error: onError };
  const wantsFrames = Boolean(onFrame);

  useEffect(() => {
    if (!customElements.get('stream-player')) import(/* @vite-ignore */ `${server}/player.js`);
  }, [server]);

  useEffect(() => {
    const element = player.current;
    const stop = new AbortController();
    for (const type of ['statechange', 'stats', 'error', ...(wantsFrames ? ['frame'] : [])]) {
      const tell = ({ detail }) => handlers.current[type]?.({ ...detail, ...(type === 'frame' && { player: element }) });
      element.addEventListener(type, tell, { signal: stop.signal });
    }
    return () => stop.abort();
  }, [wantsFrames]);

  return (
    <stream-player
      ref={player}
      src={`${server}/ws/streams/${encodeURIComponent(name)}`}
      rendition={rendition}
      max-latency={maxLatency}
      controls={controls || undefined}
      muted
      aria-label={name}
    />
  );
}
