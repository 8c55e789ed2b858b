// PNGs of SVG text with fonts of our own, and how wide a text is in them. Knows not what is drawn.

import { renderAsync, Resvg } from "@resvg/resvg-js";
import { LRUCache } from "lru-cache";
import { utf8 } from "../bytes.ts";
import { sha256Hex } from "../hash.ts";
import { escapeXml } from "./xml.ts";

/** The same on every machine: fonts of the system are left alone. */
export const FONT = {
  loadSystemFonts: false,
  fontFiles: ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif-Bold"].map((name) =>
    new URL(import.meta.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)).pathname
  ),
  defaultFontFamily: "DejaVu Sans",
};

const MAX_KEPT_BYTES = 24 * 1024 ** 2;
const MAX_KEPT_TEXTS = 4000;

export interface TextLook {
  family: "DejaVu Sans" | "DejaVu Serif";
  weight: 400 | 700;
  size: number;
}

/** What draws text: sizes and breaks of lines in the fonts above, and text as XML. */
export interface Typesetter {
  fit: FitText;
  /** Of one line, in pixels. */
  width: (text: string, look: TextLook) => number;
  escape: (text: string) => string;
}

/** The text broken into at most `lines` lines none of which is wider than `width`. */
export type FitText = (text: string, look: TextLook, width: number, lines?: number) => string[];

const pictures = new LRUCache<string, Uint8Array<ArrayBuffer>>({
  maxSize: MAX_KEPT_BYTES,
  sizeCalculation: (png) => png.length,
});
const texts = new LRUCache<string, string[]>({ max: MAX_KEPT_TEXTS });
let rendering: Promise<unknown> = Promise.resolve();

/** Answers with `svg` as a PNG, made once for the same SVG; 304 to who has it. */
export async function pictureResponse(request: Request, svg: string): Promise<Response> {
  const digest = await sha256Hex(utf8(svg));
  const headers = {
    "content-type": "image/png",
    "cache-control": "public, max-age=600",
    etag: `"${digest.slice(0, 32)}"`,
    // Made to be shown by others.
    "cross-origin-resource-policy": "cross-origin",
  };
  if (request.headers.get("if-none-match") === headers.etag) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(await renderedPng(digest, svg), { headers });
}

/** One at a time: a picture must not slow pages down. */
async function renderedPng(digest: string, svg: string): Promise<Uint8Array<ArrayBuffer>> {
  const found = pictures.get(digest);
  if (found) return found;
  const made = rendering.then(async () => {
    const png = pictures.get(digest) ??
      new Uint8Array((await renderAsync(svg, { font: FONT })).asPng());
    pictures.set(digest, png);
    return png;
  });
  rendering = made.catch(() => {});
  return await made;
}

/** Breaks between words where it can, within a word where it must; what is left out ends in "…". */
export const fitText: FitText = (text, look, width, lines = 1) => {
  const key = JSON.stringify([text, look, width, lines]);
  const known = texts.get(key);
  if (known) return known;
  const fitted = brokenLines(text, (part) => textWidth(part, look) <= width, lines);
  texts.set(key, fitted);
  return fitted;
};

function brokenLines(text: string, fits: (part: string) => boolean, most: number): string[] {
  const lines: string[] = [];
  let rest = [...new Intl.Segmenter().segment(text.trim())].map(({ segment }) => segment);
  while (rest.length > 0 && lines.length < most) {
    const isLast = lines.length === most - 1;
    const count = longestPrefix(rest, fits);
    if (count === rest.length) return [...lines, rest.join("")];
    if (isLast) {
      const cut = longestPrefix(rest, (part) => fits(`${part.trimEnd()}…`));
      return [...lines, `${rest.slice(0, cut).join("").trimEnd()}…`];
    }
    const space = rest.slice(0, count + 1).lastIndexOf(" ");
    const end = space > 0 ? space : Math.max(1, count);
    lines.push(rest.slice(0, end).join(""));
    rest = rest.slice(space > 0 ? end + 1 : end);
  }
  return lines;
}

/** How many of the first characters fit: width grows with their number. */
function longestPrefix(characters: readonly string[], fits: (part: string) => boolean): number {
  if (fits(characters.join(""))) return characters.length;
  let [fitting, tooMany] = [0, characters.length];
  while (tooMany - fitting > 1) {
    const middle = (fitting + tooMany) >> 1;
    if (fits(characters.slice(0, middle).join(""))) fitting = middle;
    else tooMany = middle;
  }
  return fitting;
}

/** From the start of the text to the right end of its ink, as it will be drawn. */
export function textWidth(text: string, { family, weight, size }: TextLook): number {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg"><text y="${size}" font-family="${family}" ` +
    `font-weight="${weight}" font-size="${size}">${escapeXml(text)}</text></svg>`;
  const box = new Resvg(svg, { font: FONT }).getBBox();
  return box ? box.x + box.width : 0;
}

export const TYPESETTER: Typesetter = { fit: fitText, width: textWidth, escape: escapeXml };
