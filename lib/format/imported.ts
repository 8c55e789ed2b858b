// What models of other programs have beyond our recipes. Only inference computes it; recipes refuse
// it. Knows no sizes and no tensors.

import * as z from "zod";

/** Projections of a block, as tensors are named without `.weight`; in the order of the file. */
export const PROJECTIONS = [
  "attn.q_proj",
  "attn.k_proj",
  "attn.v_proj",
  "attn.o_proj",
  "mlp.fc_in",
  "mlp.fc_out",
  "mlp.gate_proj",
  "mlp.up_proj",
  "mlp.down_proj",
] as const;
export type Projection = typeof PROJECTIONS[number];

/** How rotary frequencies are stretched for texts longer than those of the first training. */
export type RotaryScaling =
  | { type: "linear"; factor: number }
  | {
    type: "llama3";
    factor: number;
    lowFrequencyFactor: number;
    highFrequencyFactor: number;
    originalContext: number;
  };

/** A field is there only when it says something else than its absence. */
export interface ImportedOptions {
  /** The approximation of GELU by tanh in place of GELU by erf. */
  gelu?: "tanh";
  /** Of all norms; absent 1e-5. */
  normEpsilon?: number;
  /** What attention scores are multiplied by; absent 1/√(dModel/heads). */
  attentionScale?: number;
  /** By layer: how many keys a row sees, its own included; 0 is all. Absent: all everywhere. */
  windows?: number[];
  rotaryScaling?: RotaryScaling;
  /** Projections without bias in a model with biases. */
  withoutBias?: Projection[];
}

export const DEFAULT_NORM_EPSILON = 1e-5;
const MOST_WINDOWS = 1024;

const positive = z.number({ error: "a number" }).positive({ error: "a number above 0" });
const between = (min: number, max: number) => {
  const error = `a number from ${min} to ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
};
const factor = between(1, 1e6);

/** The block as it stands in headers. Rules that span fields: `importedProblem`. */
export const importedSchema: z.ZodType<ImportedOptions> = z.strictObject({
  gelu: z.literal("tanh", { error: '"tanh"' }).optional(),
  normEpsilon: between(1e-12, 1).optional(),
  attentionScale: between(1e-6, 1e6).optional(),
  windows: z.array(z.int({ error: "whole numbers" }).nonnegative({ error: "numbers from 0" }), {
    error: "one number for each layer",
  }).max(MOST_WINDOWS, { error: `at most ${MOST_WINDOWS} numbers` }).optional(),
  rotaryScaling: z.discriminatedUnion("type", [
    z.strictObject({ type: z.literal("linear"), factor }),
    z.strictObject({
      type: z.literal("llama3"),
      factor,
      lowFrequencyFactor: factor,
      highFrequencyFactor: factor,
      originalContext: positive,
    }),
  ], { error: 'a block of type "linear" or "llama3"' }).optional(),
  withoutBias: z.array(z.enum(PROJECTIONS, { error: `some of ${PROJECTIONS.join(", ")}` }), {
    error: "a list of projections",
  }).max(PROJECTIONS.length, { error: `at most ${PROJECTIONS.length} names` }).optional(),
}, { error: "an object of the fields that docs/file-format.md lists" });

/** What the block is judged against. */
export interface ImportedContext {
  layers: number;
  ctx: number;
  /** Without the block: 1/√(dModel/heads), binary32. */
  usualScale: number;
  biases: boolean;
  rotary: boolean;
  gelu: boolean;
  /** Of this shape, in order. */
  projections: readonly string[];
}

/** The first rule broken: the field, what it should be and what it is. */
export function importedProblem(
  imported: ImportedOptions,
  context: ImportedContext,
): { path: string; expected: string; got: string } | null {
  const { gelu, normEpsilon, attentionScale, windows, rotaryScaling, withoutBias } = imported;
  const problem = (path: string, expected: string, got: unknown) => ({
    path,
    expected,
    got: JSON.stringify(got),
  });
  if (Object.keys(imported).length === 0) return problem("", "some field", imported);
  if (gelu && !context.gelu) return problem("gelu", "nothing beside SwiGLU", gelu);
  if (normEpsilon && Math.fround(normEpsilon) === Math.fround(DEFAULT_NORM_EPSILON)) {
    return problem("normEpsilon", `something else than ${DEFAULT_NORM_EPSILON}`, normEpsilon);
  }
  if (attentionScale && Math.fround(attentionScale) === context.usualScale) {
    return problem("attentionScale", "something else than 1/√(dModel/heads)", attentionScale);
  }
  if (rotaryScaling && !context.rotary) {
    return problem("rotaryScaling", "nothing beside learned positions", rotaryScaling);
  }
  if (
    rotaryScaling?.type === "llama3" &&
    rotaryScaling.highFrequencyFactor <= rotaryScaling.lowFrequencyFactor
  ) {
    const { highFrequencyFactor } = rotaryScaling;
    return problem(
      "rotaryScaling.highFrequencyFactor",
      `a number above lowFrequencyFactor ${rotaryScaling.lowFrequencyFactor}`,
      highFrequencyFactor,
    );
  }
  return windowsProblem(windows, context, problem) ??
    biasProblem(withoutBias, context, problem);
}

type Describe = (path: string, expected: string, got: unknown) => {
  path: string;
  expected: string;
  got: string;
};

function windowsProblem(
  windows: readonly number[] | undefined,
  { layers, ctx }: ImportedContext,
  problem: Describe,
) {
  if (windows === undefined) return null;
  if (windows.length !== layers) {
    return problem("windows", `${layers} numbers, one for each layer`, windows.length);
  }
  // A window of the whole context is none: one form for each shape.
  if (windows.some((keys) => keys >= ctx)) {
    return problem("windows", `numbers below ${ctx}`, windows);
  }
  if (windows.every((keys) => keys === 0)) return problem("windows", "one above 0", windows);
  return null;
}

function biasProblem(
  withoutBias: readonly string[] | undefined,
  { biases, projections }: ImportedContext,
  problem: Describe,
) {
  if (withoutBias === undefined) return null;
  const inOrder = projections.filter((name) => withoutBias.includes(name));
  if (!biases) return problem("withoutBias", "nothing in a model without biases", withoutBias);
  const isSome = inOrder.length > 0 && inOrder.length < projections.length;
  if (isSome && String(inOrder) === String(withoutBias)) return null;
  return problem(
    "withoutBias",
    `some, not all, of ${projections.join(", ")}, in order`,
    withoutBias,
  );
}

/** For people; "" when there is nothing to say. */
export function describeImported(imported: ImportedOptions | undefined): string {
  const { gelu, normEpsilon, attentionScale, windows, rotaryScaling, withoutBias } = imported ?? {};
  return [
    gelu ? "GELU by tanh" : "",
    normEpsilon ? `norm epsilon ${normEpsilon}` : "",
    attentionScale ? `attention scale ${attentionScale}` : "",
    windows ? `windows of ${windows.map((keys) => keys || "all").join(", ")} keys` : "",
    rotaryScaling ? `${rotaryScaling.type} rotary scaling by ${rotaryScaling.factor}` : "",
    withoutBias ? `no bias in ${withoutBias.join(", ")}` : "",
  ].filter(Boolean).join(", ");
}
