// @ts-check
/** How the statistics, the menu and the list of keys look: nobody sees them before they are wanted. */

export const SHEETS = `
.sheet {
  position: absolute; top: 0; right: 0; bottom: 48px; width: min(304px, 100%); padding: 8px 8px 16px 16px;
  overflow: auto; background: var(--_surface); border-left: 1px solid var(--_line); animation: appear 120ms;
}
:is(.sheet, dialog) header { display: flex; align-items: center; justify-content: space-between; height: 36px; margin-bottom: 12px; }
h2 { font-size: 13px; line-height: 20px; font-weight: 600; }
dl, .legend, .note { margin-right: 8px; }
h3 { margin-bottom: 8px; font-size: 13px; line-height: 20px; font-weight: 400; color: var(--_soft); }
dl > div { display: flex; justify-content: space-between; gap: 16px; padding: 3px 0; }
dt { color: var(--_soft); }
dd { text-align: right; }
.indented dt { padding-left: 12px; }
.note { margin-bottom: 4px; color: var(--_soft); }
.note:empty { display: none; }
.note + dl { margin-top: 12px; padding-top: 8px; border-top: 1px solid var(--_line); }
.chart { display: block; width: 272px; max-width: 100%; height: 88px; }
.stage-encode { --_stage: var(--stage-1, #5b8def); }
.stage-publish { --_stage: var(--stage-2, #9a7be0); }
.stage-network { --_stage: var(--stage-3, #d98a4e); }
.stage-paint { --_stage: var(--stage-4, #4fb3a5); }
.legend { list-style: none; padding: 8px 0 12px; margin-bottom: 8px; border-bottom: 1px solid var(--_line); }
.legend li { display: flex; align-items: center; gap: 8px; padding: 2px 0; color: var(--_soft); }
.legend li::before { content: ""; width: 8px; height: 8px; border-radius: 2px; background: var(--_stage); forced-color-adjust: none; }
.legend b { margin-left: auto; color: var(--_ink); font-weight: 400; }
dialog { width: min(400px, calc(100% - 32px)); max-height: calc(100% - 32px); margin: auto; padding: 8px 16px 16px; border: 1px solid var(--_line); border-radius: 6px;
  background: var(--_surface); color: var(--_ink); }
dialog::backdrop { background: rgb(14 16 19 / .6); }
.help dl > div { padding: 5px 0; }
.help dt { display: flex; flex: none; align-items: flex-start; gap: 4px; }
.help dd { color: var(--_soft); }
kbd {
  min-width: 24px; padding: 0 6px; border: 1px solid var(--_line); border-radius: 4px; text-align: center;
  background: var(--_raised); color: var(--_ink); font: inherit;
}
`;
