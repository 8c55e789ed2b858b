// Numbers, times and digests as people read them. Deterministic: no locale, no clock of its own.

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
/** Narrow no-break space: groups digits and ties a number to its unit. */
const THIN = "\u202f";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Shown wherever a value is not known. */
export const UNKNOWN = "–";

/** 1234567 → "1 234 567" with narrow no-break spaces. */
export function formatInteger(value: number): string {
  const digits = Math.abs(Math.round(value)).toString();
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, THIN);
  return value < 0 ? `−${grouped}` : grouped;
}

/** Three significant digits at most two of them decimals: 844032 → "0.84 M". */
export function formatParameters(count: number | null): string {
  if (count === null) return UNKNOWN;
  if (count < 1000) return String(count);
  if (count < 100_000) return `${trimmed(count / 1e3)}${THIN}k`;
  if (count < 999_500_000) return `${trimmed(count / 1e6)}${THIN}M`;
  return `${trimmed(count / 1e9)}${THIN}B`;
}

/** A round count at an axis, one significant digit or two: 300000 → "300 k". */
export function shortCount(count: number): string {
  const [factor, unit] = count < 1e3
    ? [1, ""]
    : count < 1e6
    ? [1e3, "k"]
    : count < 1e9
    ? [1e6, "M"]
    : [1e9, "B"];
  return `${Number((count / factor).toPrecision(3))}${unit && THIN}${unit}`;
}

function trimmed(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

/** 1.234e15 → "1.2 × 10¹⁵". Small counts are written out. */
export function formatFlops(flops: number | null): string {
  if (flops === null) return UNKNOWN;
  return flops < 10_000 ? formatInteger(flops) : power(flops);
}

/** A mantissa of two digits and a power of ten. */
function power(value: number): string {
  const [mantissa, exponent] = value.toExponential(1).split("e");
  return `${mantissa}${THIN}×${THIN}10${superscript(exponent)}`;
}

/** Of a signed exponent: "+15" → "¹⁵". */
function superscript(exponent: string): string {
  const digits = [...exponent.slice(1)].map((digit) => SUPERSCRIPTS[Number(digit)]).join("");
  return exponent.startsWith("-") ? `⁻${digits}` : digits;
}

/** Three significant digits: 0.01234 → "0.0123", 23674.2 → "23 674"; a power of ten when tiny. */
export function formatSignificant(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN;
  if (value < 0) return `−${formatSignificant(-value)}`;
  if (value >= 1e7 || (value > 0 && value < 0.001)) return power(value);
  return value < 999.5 ? value.toPrecision(3) : formatInteger(value);
}

/** 1.3184 → "1.318"; a power of ten where three decimals would say 0. */
export function formatLoss(nats: number): string {
  return nats > 0 && nats < 0.001 ? power(nats) : nats.toFixed(3);
}

/** Two units at most: 200000 → "3 min 20 s". */
export function formatDuration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms) || ms < 0) return UNKNOWN;
  if (ms < SECOND) return `${Math.round(ms)}${THIN}ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)}${THIN}s`;
  if (ms < MINUTE - 500) return `${Math.round(ms / SECOND)}${THIN}s`;
  if (ms < HOUR) return pair(Math.round(ms / SECOND), 60, "min", "s");
  if (ms < DAY) return pair(Math.round(ms / MINUTE), 60, "h", "min");
  return pair(Math.round(ms / HOUR), 24, "d", "h");
}

function pair(total: number, base: number, large: string, small: string): string {
  const rest = total % base;
  const head = `${Math.floor(total / base)}${THIN}${large}`;
  return rest === 0 ? head : `${head} ${rest}${THIN}${small}`;
}

/** How long before `now`: "5 min ago"; a date once it is two months old. */
export function formatAge(then: Date, now: Date): string {
  const ms = now.getTime() - then.getTime();
  if (ms < MINUTE) return "just now";
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}${THIN}min ago`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}${THIN}h ago`;
  if (ms < 60 * DAY) return `${Math.floor(ms / DAY)}${THIN}d ago`;
  return then.toISOString().slice(0, 10);
}

/** "2026-11-21 22:53 UTC" */
export function formatInstant(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/**
 * 4 decimals for a perplexity (a power of ten when it is huge), 1 for a percentage; the exact bits
 * are shown beside it where they matter.
 */
export function formatScore(score: number | null, unit: string): string {
  if (score === null) return UNKNOWN;
  return unit === "%" ? `${score.toFixed(1)}${THIN}%` : perplexity(score, 4);
}

function perplexity(value: number, decimals: number): string {
  return value < 10_000 ? value.toFixed(decimals) : power(value);
}

/** The total of the overall board, between 0 and 1, as points of 100: "71.34". */
export function formatTotal(total: number): string {
  return (100 * total).toFixed(2);
}

/** "2.4123–2.5310", in the unit of the score. */
export function formatInterval(low: number | null, high: number | null, unit: string): string {
  if (low === null || high === null) return "";
  const [from, to] = [low, high].map((end) => unit === "%" ? end.toFixed(1) : perplexity(end, 3));
  return `${from}–${to}`;
}

/** "+1.5 (−0.4 to 4.2)", in percentage points. */
export function formatGap(gap: number, low: number, high: number): string {
  return `${signed(gap)} (${signed(low)} to ${signed(high)})`;
}

function signed(points: number): string {
  const text = Math.abs(points).toFixed(1);
  return text === "0.0" ? text : `${points < 0 ? "−" : "+"}${text}`;
}

/** Binary units: 1536 → "1.5 KiB". */
export function formatBytes(byteLength: number): string {
  const short = (unit: number) => String(Number((byteLength / unit).toFixed(1)));
  if (byteLength < 1024) return `${byteLength}${THIN}B`;
  if (byteLength < 1024 ** 2) return `${short(1024)}${THIN}KiB`;
  if (byteLength < 1024 ** 3) return `${short(1024 ** 2)}${THIN}MiB`;
  return `${short(1024 ** 3)}${THIN}GiB`;
}

/** The first twelve digits of a digest, enough to tell two apart by eye. */
export function shortDigest(hex: string): string {
  return hex.slice(0, 12);
}

/** The 64 bits of a binary64 as 16 hexadecimal digits, sign first. */
export function float64Hex(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}

/** 0.4567 → "46 %" */
export function formatFraction(fraction: number): string {
  return `${Math.round(Math.min(1, Math.max(0, fraction)) * 100)}${THIN}%`;
}

/** 1, "head" → "1 head"; 2 → "2 heads" */
export function formatCount(count: number, noun: string): string {
  return `${formatInteger(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** 1 → "1st", 12 → "12th", 23 → "23rd" */
export function formatPlace(rank: number): string {
  const teen = rank % 100 >= 11 && rank % 100 <= 13;
  const ending = teen ? "th" : ["th", "st", "nd", "rd"][rank % 10] ?? "th";
  return `${rank}${ending}`;
}
