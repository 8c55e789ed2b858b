import { inside, type Markup, markup } from "./markup.ts";

const VIEW_BOX = "-1 -1 26 26";

/**
 * A digest as a picture: its first 25 bits as a 5 × 5 grid. Same weights, same picture; different
 * weights look different at a glance.
 */
export function Bits({ digest }: { digest: string }) {
  const cells = bitCells(digest);
  return cells && <svg class="bits" viewBox={VIEW_BOX} aria-hidden="true" {...inside(cells)} />;
}

export function bitsMarkup(digest: string): Markup | null {
  const cells = bitCells(digest);
  return cells &&
    markup`<svg class="bits" viewBox="${VIEW_BOX}" aria-hidden="true">${cells}</svg>`;
}

function bitCells(digest: string): Markup | null {
  const bits = parseInt(digest.slice(0, 7), 16);
  if (Number.isNaN(bits)) return null;
  let path = "";
  for (let i = 0; i < 25; i++) {
    if ((bits >>> i) & 1) path += `M${5 * (i % 5)} ${5 * Math.floor(i / 5) + 2}h4`;
  }
  return markup`<path d="${path}"/>`;
}
