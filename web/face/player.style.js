// @ts-check
/** How the player looks. Colours are custom properties of the page; those given here are fallbacks. */

export const STYLE = `
:host {
  --_surface: var(--surface-0, #0e1013); --_raised: var(--surface-1, #16191d);
  --_line: var(--line, #2b3037); --_ink: var(--ink, #e9ebee); --_soft: var(--ink-soft, #a0a7b0);
  --_live: var(--live, #3fcf7f); --_warn: var(--warn, #f0b23c); --_bad: var(--bad, #ff7468);
  --_focus: var(--focus, #7db4ff); --_hover: var(--surface-2, #20242a);
  display: block; position: relative; overflow: hidden; aspect-ratio: 16 / 9;
  width: 100%; width: -moz-available; width: -webkit-fill-available; width: stretch;
  container-type: size; background: var(--_surface); color: var(--_ink);
  font: 13px/20px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-font-smoothing: antialiased;
  direction: ltr; text-align: start; text-indent: 0; text-transform: none; text-shadow: none; letter-spacing: normal; word-spacing: normal; white-space: normal;
}
:host([hidden]) { display: none; }
:host(:focus-visible) { outline: 2px solid var(--_focus); outline-offset: -2px; }
:host(:fullscreen) { aspect-ratio: auto; width: 100%; height: 100%; }
:host([data-quiet]) { cursor: none; }
[hidden] { display: none !important; }
* { box-sizing: border-box; margin: 0; }
.picture { position: absolute; inset: 0; transform-origin: 0 0; touch-action: pan-y; }
:is(canvas, .still) { display: block; width: 100%; height: 100%; object-fit: contain; transition: filter 120ms; }
.still { position: absolute; inset: 0; animation: appear 120ms; }
canvas[width="0"] { visibility: hidden; }
:is(.faded canvas, .still) { filter: grayscale(1) brightness(.6); }

.message {
  position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: 4px;
  padding: 24px; text-align: center; text-wrap: balance; overflow-wrap: anywhere; animation: appear 120ms 200ms backwards;
}
.title { font-size: 17px; line-height: 24px; font-weight: 600; max-width: 36em; }
.detail { color: var(--_soft); max-width: 44em; }
.over { inset: 0; margin: auto; width: max-content; height: max-content; max-width: calc(100% - 32px);
  padding: 16px 24px; border-radius: 6px; background: rgb(14 16 19 / .94); }
.aside { inset: 12px auto auto 12px; margin: 0; padding: 2px 8px; grid-auto-flow: column; background: rgb(14 16 19 / .78); }
.over .title { color: #fff; max-width: 24em; }
.over .detail { color: #c3c9d0; }
.aside :is(.title, .detail) { font-size: 13px; line-height: 20px; font-weight: 600; color: #f0b23c; }
.over .action { border-color: #3a4048; background: #20242a; color: #fff; }
.over .action:hover { background: #2b3037; }
.action {
  margin-top: 12px; height: 32px; padding: 0 14px; border: 1px solid var(--_line); border-radius: 6px;
  background: var(--_raised); color: var(--_ink); font: inherit; cursor: pointer;
}
.action:hover { background: var(--_hover); }

.badge {
  position: absolute; top: 12px; right: 12px; padding: 2px 8px; border-radius: 6px;
  background: rgb(14 16 19 / .78); color: #3fcf7f; font-weight: 600; min-width: 56px; text-align: center;
}
.badge[data-level="warn"] { color: #f0b23c; }
.badge[data-level="bad"] { color: #ff7468; }
:host([data-sheet]) .badge { display: none; }

.notice { position: absolute; left: 12px; bottom: 68px; max-width: calc(100% - 24px); padding: 2px 8px; border-radius: 6px; overflow-wrap: anywhere;
  background: rgb(14 16 19 / .78); color: #fff; animation: appear 120ms; }

.bar {
  position: absolute; inset: auto 0 0; min-height: 48px; padding: 0 8px; display: flex; gap: 4px;
  align-items: center; background: var(--_surface); border-top: 1px solid var(--_line);
  transition: opacity 120ms; z-index: 1;
}
:host([data-quiet]) .bar { opacity: 0; }
/* A mouse wakes the bar as it moves; a touch would press what it does not see. */
@media (any-pointer: coarse) { :host([data-quiet]) :is(.bar, .unmute) { pointer-events: none; } }
.group { display: contents; }
.button, .select {
  height: 36px; border: 0; border-radius: 6px; background: none; color: var(--_ink); font: inherit; cursor: pointer;
}
.button { display: grid; place-content: center; width: 36px; flex: none; padding: 0; }
.button:hover { background: var(--_hover); }
.button[aria-pressed="true"] { background: var(--_hover); color: var(--_live); }
.button:disabled { opacity: .4; background: none; }
:is(.button, .select):disabled { cursor: default; }
.menu { position: relative; flex: 0 9999 auto; min-width: 36px; margin-left: auto; border-radius: 6px; }
.select { position: absolute; inset: 0; width: 100%; opacity: 0; }
.face { display: flex; align-items: center; gap: 6px; height: 36px; padding: 0 4px 0 8px; border-radius: 6px; pointer-events: none; }
.face .icon { flex: none; }
.face span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.auto:not(:has(+ .id:empty))::after { content: ":"; }
.select:hover + .face { background: var(--_hover); }
.select:disabled + .face { color: var(--_soft); background: none; }
.select option { background: var(--_raised); color: var(--_ink); }
:is(.button, .action, .live):focus-visible, .menu:has(:focus-visible) { outline: 2px solid var(--_focus); outline-offset: -2px; }
.icon { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
.icon-play { fill: currentColor; }
.icon-pause, .icon-more { stroke-width: 3; }
.live, .behind { flex: none; }
.live { display: flex; align-items: center; justify-content: center; gap: 8px; min-width: 24px; height: 36px; padding: 0 8px; border: 0; border-radius: 6px; background: none; color: var(--_soft); font: inherit; white-space: nowrap; cursor: pointer; }
.live:empty { display: none; }
.live::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: var(--_soft); }
.live[data-level="live"]::before { background: var(--_live); }
.live:disabled { cursor: default; color: var(--_ink); }
.live:not(:disabled):hover { background: var(--_hover); color: var(--_ink); }
.behind { color: var(--_warn); white-space: nowrap; }
.behind:empty { display: none; }

@container (max-width: 720px) { .spare { display: none; } }
@container (max-width: 600px) {
  .bar { gap: 0; padding: 0 4px; }
  .live { font-size: 0; min-width: 32px; padding: 0; gap: 0; }
  .auto:not(:has(+ .id:empty)), .behind { display: none; }
}
@container (max-width: 480px) {
  .title { font-size: 14px; line-height: 20px; }
  .message { padding: 12px; }
  .over { padding: 12px 16px; }
  .aside { padding: 2px 8px; }
  .rare { display: none; }
}
@container (max-width: 360px) { .button { width: 33px; } }
@container (max-width: 240px) {
  .menu { visibility: hidden; width: 0; min-width: 0; }
  .live { min-width: 20px; }
}
@container (max-height: 220px) {
  .message { padding: 8px 12px; }
  :host([controls]) .message:not(.aside) { bottom: 48px; }
  .over { padding: 8px 12px; }
  .aside { padding: 2px 8px; }
  .title { font-size: 14px; line-height: 20px; }
  .detail { font-size: 12px; line-height: 16px; }
}
@container (max-height: 140px) {
  .message { padding: 2px 8px; gap: 2px; }
  .title { font-size: 12px; line-height: 16px; }
  .detail { display: none; }
  .action { margin: 0; height: 20px; }
  .title { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
  .title:has(~ .action:not([hidden])) { -webkit-line-clamp: 1; }
}
@keyframes appear { from { opacity: 0; } }
@media (forced-colors: active) {
  .live { --_live: Highlight; --_soft: GrayText; }
  .live::before { forced-color-adjust: none; }
  .button[aria-pressed="true"] { outline: 2px solid; outline-offset: -4px; }
}
@media (prefers-reduced-motion: reduce) { *, canvas { animation: none !important; transition: none !important; } }
`;
