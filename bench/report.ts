// Figures and tables of the benchmarks. Speed only: correctness is the tests' business.

/** Middle, least and greatest of repeated measurements. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** @param values at least one. */
export function spread(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), min: Math.min(...values), max: Math.max(...values) };
}

/** Value below which a fraction `p` of `values` lie, interpolated. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const low = Math.floor(at), high = Math.ceil(at);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

/** "1234 (1200–1260)". */
export function spreadText({ median, min, max }: Spread, digits = 0): string {
  const text = (value: number) => value.toFixed(digits);
  return `${text(median)} (${text(min)}–${text(max)})`;
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** What the figures were measured on, with how busy it was. */
export function machine(): string {
  const { deno, v8 } = Deno.version;
  const load = Deno.loadavg().map((value) => value.toFixed(2)).join(", ");
  return `Deno ${deno}, V8 ${v8}, ${Deno.build.arch} ${Deno.build.os}, ` +
    `${navigator.hardwareConcurrency} processors, load ${load}`;
}
