// The pictures of pages where their addresses are pasted, as SVG of 1200 × 630: a model, a board, the
// site. Text is fitted by the caller's fonts; what others wrote is cut off at its box whatever it is.

import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import type { TextLook, Typesetter } from "../lib/http/picture.ts";
import type { EntryStatus, ProvenanceState } from "../lib/storage/entry_schema.ts";
import { formatFlops, formatInteger, formatParameters, formatScore } from "./format.ts";
import { entryWord, STATES, type StateWord, stateWord, type Tone } from "./states.ts";

const WIDTH = 1200;
const HEIGHT = 630;
const MARGIN = 72;
const INNER = WIDTH - 2 * MARGIN;
/** The light theme of the stylesheet. */
const COLORS = { paper: "#faf9f5", ink: "#1a1d1b", muted: "#59605b", line: "#d8d5cb" };
const ACCENT = "#08634e";
const TONES: Record<Tone, { ink: string; soft: string }> = {
  good: { ink: ACCENT, soft: "#e1f1ea" },
  bad: { ink: "#a82318", soft: "#fbe7e4" },
  warn: { ink: "#7a4f00", soft: "#faeed5" },
  info: { ink: "#2b5490", soft: "#e6eef9" },
  quiet: { ink: "#59605b", soft: "#ecebe5" },
};

const serif = (size: number): TextLook => ({ family: "DejaVu Serif", weight: 700, size });
const sans = (size: number): TextLook => ({ family: "DejaVu Sans", weight: 400, size });
const bold = (size: number): TextLook => ({ family: "DejaVu Sans", weight: 700, size });

/** Of the baselines of two lines, in sizes of the letters. */
const LEADING = 1.2;

interface Place {
  x: number;
  y: number;
  /** Beyond it nothing is drawn. */
  width: number;
  color?: string;
  lines?: number;
}

/** Text from (x, y), the baseline of its first line, down. */
function text(
  { fit, escape }: Typesetter,
  words: string,
  look: TextLook,
  { x, y, width, color = COLORS.ink, lines = 1 }: Place,
): string {
  const leading = Math.round(look.size * LEADING);
  // Marks stacked above or below a letter stay in the box, too.
  const box = `x="${x - 4}" y="${y - look.size}" width="${width + 8}" ` +
    `height="${Math.round(look.size * 1.3) + leading * (lines - 1)}"`;
  const id = `box-${x}-${y}`;
  const spans = fit(words, look, width, lines).map((line, i) =>
    `<tspan x="${x}" y="${y + i * leading}">${escape(line)}</tspan>`
  );
  return `<clipPath id="${id}"><rect ${box}/></clipPath><text clip-path="url(#${id})" ` +
    `font-family="${look.family}" font-weight="${look.weight}" font-size="${look.size}" ` +
    `fill="${color}" xml:space="preserve">${spans.join("")}</text>`;
}

function card(set: Typesetter, ...parts: string[]): string {
  const cells = [[6, 5, 1], [12.5, 5, 0.35], [19, 7, 1]];
  const mark = [8.5, 17.5].flatMap((y) =>
    cells.map(([x, width, opacity]) =>
      `<rect x="${x}" y="${y}" width="${width}" height="6" rx="1.2" opacity="${opacity}"/>`
    )
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" ` +
    `viewBox="0 0 ${WIDTH} ${HEIGHT}"><rect width="${WIDTH}" height="${HEIGHT}" ` +
    `fill="${COLORS.paper}"/><rect width="${WIDTH}" height="12" fill="${ACCENT}"/>` +
    `<g transform="translate(${MARGIN} 62) scale(1.5)"><rect width="32" height="32" rx="8" ` +
    `fill="${ACCENT}"/><g fill="#fff">${mark.join("")}</g></g>` +
    text(set, "Tinyproof", serif(30), { x: MARGIN + 64, y: 97, width: 300 }) +
    parts.join("") + "</svg>";
}

/** Icon and word of a state, ending at `right`. */
function badge(
  set: Typesetter,
  state: StateWord,
  suffix: string,
  right: number,
  y: number,
): string {
  const { ink, soft } = TONES[state.tone];
  const words = `${state.word}${suffix}`;
  const width = 76 + Math.ceil(set.width(words, bold(22)));
  const x = right - width;
  return `<rect x="${x}" y="${y}" width="${width}" height="48" rx="24" fill="${soft}"/>` +
    `<path d="${state.icon}" transform="translate(${x + 20} ${y + 13}) scale(1.4)" fill="none" ` +
    `stroke="${ink}" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>` +
    text(set, words, bold(22), { x: x + 52, y: y + 32, width: width - 70, color: ink });
}

/** Figures with their names below, side by side over the whole width. */
function figures(set: Typesetter, values: readonly (readonly [string, string])[]): string {
  const width = Math.floor(INNER / values.length);
  const rule = `<path d="M${MARGIN} 452H${WIDTH - MARGIN}" stroke="${COLORS.line}" ` +
    `stroke-width="2"/>`;
  return rule + values.map(([value, name], i) => {
    const x = MARGIN + i * width;
    return text(set, value, serif(44), { x, y: 522, width: width - 24 }) +
      text(set, name, sans(22), { x, y: 562, width: width - 24, color: COLORS.muted });
  }).join("");
}

export interface ModelCard {
  name: string;
  author: string;
  status: EntryStatus;
  provenance: ProvenanceState;
  exactCount: number;
  modelDigest: string | null;
  parameters: number | null;
  trainingFlops: number | null;
  /** The best of them are shown. */
  scores: readonly { benchmark: Benchmark; score: number }[];
}

export function modelCard(set: Typesetter, model: ModelCard): string {
  const width = model.modelDigest === null ? INNER : 760;
  const title = titleLook(set, model.name, width);
  const count = model.provenance === "exact" && model.exactCount > 1 ? ` ×${model.exactCount}` : "";
  return card(
    set,
    badge(set, entryWord(model), count, WIDTH - MARGIN, 62),
    text(set, model.name, serif(title.size), { x: MARGIN, width, ...title }),
    text(set, `by ${model.author}`, sans(32), {
      ...{ x: MARGIN, y: title.end + 62, width },
      color: COLORS.muted,
    }),
    bits(model.modelDigest),
    figures(set, [
      ...bestScores(model.scores).map(({ benchmark, score }) =>
        [formatScore(score, benchmark.unit), benchmark.name] as const
      ),
      [formatParameters(model.parameters), "parameters"],
      [formatFlops(model.trainingFlops), "training FLOPs"],
    ]),
  );
}

/** The longer the name the smaller its letters. */
const TITLES = [{ size: 76, lines: 1 }, { size: 62, lines: 1 }, { size: 54, lines: 2 }, {
  size: 44,
  lines: 3,
}];
/** The middle of the name. */
const TITLE_Y = 288;

function titleLook(set: Typesetter, name: string, width: number) {
  const broken = (look: typeof TITLES[number]) =>
    set.fit(name, serif(look.size), width, look.lines);
  const look = TITLES.find((each) => !broken(each).at(-1)?.endsWith("…")) ?? TITLES.at(-1)!;
  const height = (broken(look).length - 1) * Math.round(look.size * LEADING);
  const y = TITLE_Y - Math.round(height / 2);
  return { ...look, y, end: y + height };
}

const SHOWN_SCORES = 2;

/** Percentages and perplexities by how much of the way from guessing they have gone. */
function bestScores(scores: ModelCard["scores"]): ModelCard["scores"] {
  const gain = ({ benchmark, score }: ModelCard["scores"][number]) =>
    benchmark.unit === "%" ? score / 100 : 1 - Math.log2(score) / 8;
  return scores.filter((known) => gain(known) > 0).toSorted((a, b) => gain(b) - gain(a))
    .slice(0, SHOWN_SCORES);
}

/** The picture of weights that pages show small: see Bits.tsx. */
function bits(digest: string | null): string {
  if (digest === null) return "";
  const number = parseInt(digest.slice(0, 7), 16);
  const cells = Array.from({ length: 25 }, (_, i) => i).filter((i) => (number >>> i) & 1)
    .map((i) => `M${5 * (i % 5)} ${5 * Math.floor(i / 5)}h4v4h-4z`);
  return `<g transform="translate(908 168) scale(9.2)" fill="${ACCENT}">` +
    `<rect x="-1" y="-1" width="26" height="26" rx="2" opacity="0.1"/>` +
    `<path d="${cells.join("")}"/></g>`;
}

export interface BoardCard {
  benchmark: Benchmark;
  total: number;
  rows: readonly {
    rank: number | null;
    name: string;
    author: string;
    score: number | null;
    provenance: string;
  }[];
}

/** The leading models of a benchmark. */
export function boardCard(set: Typesetter, { benchmark, total, rows }: BoardCard): string {
  const lines = rows.map((row, i) => {
    const y = 332 + 96 * i;
    return `<path d="M${MARGIN} ${y - 56}H${WIDTH - MARGIN}" stroke="${COLORS.line}" ` +
      `stroke-width="2"/>` +
      text(set, String(row.rank ?? ""), serif(40), {
        ...{ x: MARGIN, y: y + 8, width: 60 },
        color: row.rank === 1 ? ACCENT : COLORS.muted,
      }) +
      text(set, row.name, bold(32), { x: MARGIN + 76, y: y - 6, width: 480 }) +
      text(set, row.author, sans(22), {
        ...{ x: MARGIN + 76, y: y + 24, width: 480 },
        color: COLORS.muted,
      }) +
      text(set, formatScore(row.score, benchmark.unit), bold(36), {
        x: 664,
        y: y + 6,
        width: 190,
      }) +
      badge(set, stateWord(row.provenance), "", WIDTH - MARGIN, y - 30);
  });
  const ranked = `${formatInteger(total)} ranked, ${
    benchmark.lowerIsBetter ? "lower" : "higher"
  } is better`;
  return card(
    set,
    text(set, ranked, sans(26), { x: 780, y: 97, width: 348, color: COLORS.muted }),
    text(set, benchmark.name, serif(60), { x: MARGIN, y: 224, width: INNER }),
    ...lines,
    rows.length === 0
      ? text(set, "No model has a score here yet. The first one leads.", sans(34), {
        ...{ x: MARGIN, y: 340, width: INNER },
        color: COLORS.muted,
      })
      : "",
  );
}

export interface SiteCard {
  entries: number;
  exact: number;
  reports: number;
}

export function siteCard(set: Typesetter, { entries, exact, reports }: SiteCard): string {
  return card(
    set,
    badge(set, STATES.exact, "", WIDTH - MARGIN, 62),
    text(set, "Tiny models. Scores you can prove.", serif(70), {
      ...{ x: MARGIN, y: 236, width: INNER },
      lines: 2,
    }),
    text(set, "Every score can be computed again, to the last bit.", sans(32), {
      ...{ x: MARGIN, y: 392, width: INNER },
      color: COLORS.muted,
    }),
    figures(set, [
      [formatInteger(entries), "models ranked"],
      [formatInteger(exact), "proven by exact replay"],
      [formatInteger(reports), "verification reports"],
    ]),
  );
}
