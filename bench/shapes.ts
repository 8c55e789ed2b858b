// The model shapes that are measured.

import type { ModelConfig } from "../lib/format/config.ts";

export interface Shape {
  config: ModelConfig & { vocabSize: 256 };
  batchSize: number;
}

/** Heads of 32 columns, an MLP four times as wide, a vocabulary of bytes. */
export function shape(ctx: number, layers: number, dModel: number, batchSize: number): Shape {
  const heads = dModel / 32, dMlp = 4 * dModel;
  return { config: { ctx, layers, dModel, heads, dMlp, vocabSize: 256 }, batchSize };
}

/** By size. */
export const SHAPES: readonly Shape[] = [
  shape(64, 3, 96, 16),
  shape(96, 4, 128, 16),
  shape(128, 6, 192, 12),
  shape(128, 8, 256, 8),
  shape(256, 12, 256, 16),
];

export function shapeText({ config, batchSize }: Shape): string {
  const { ctx, layers, dModel } = config;
  return `(${ctx}, ${layers}, ${dModel}, ${batchSize})`;
}
