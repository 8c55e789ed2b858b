// Variants of the transformer block beyond the older format's. Knows no sizes and no tensors.

import * as z from "zod";

/** What a model is built of, beside its sizes. */
export interface Architecture {
  norm: "layernorm" | "rmsnorm";
  positions: "learned" | "rotary";
  /** Base of the rotary frequencies; there exactly when positions are rotary. */
  rotaryBase?: number;
  mlp: "gelu" | "swiglu";
  /** Whether the output head is the token embedding. */
  head: "tied" | "untied";
  /** Of projections and layer norms; an RMS norm has none in any case. */
  biases: boolean;
  /** Heads of keys and values, each shared by `heads / kvHeads` heads of queries. */
  kvHeads: number;
}

const SMALLEST_BASE = 2;
const LARGEST_BASE = 1e9;

const either = <const T extends [string, string]>(options: T) =>
  z.enum(options, { error: options.map((option) => `"${option}"`).join(" or ") });

/** A block as it stands in recipes and headers. Rules that span fields: `architectureProblem`. */
export const architectureSchema = z.strictObject({
  norm: either(["layernorm", "rmsnorm"]),
  positions: either(["learned", "rotary"]),
  rotaryBase: z.number({ error: "a number" }).min(SMALLEST_BASE, {
    error: `a number of at least ${SMALLEST_BASE}`,
  }).max(LARGEST_BASE, { error: `a number of at most ${LARGEST_BASE}` }).optional(),
  mlp: either(["gelu", "swiglu"]),
  head: either(["tied", "untied"]),
  biases: z.boolean({ error: "true or false" }),
  kvHeads: z.int({ error: "a whole number" }).positive({ error: "a number above 0" }),
}, {
  error: (issue) =>
    issue.code === "unrecognized_keys"
      ? `no key named ${issue.keys.slice(0, 4).map((key) => key.slice(0, 40)).join(", ")}`
      : "an object",
});

export const ARCHITECTURE_FIELDS = architectureSchema.keyof().options;

interface WithArchitecture {
  heads: number;
  arch?: Architecture;
}

/** The older format's shape: what a configuration without `arch` means. */
function classicArchitecture(heads: number): Architecture {
  return {
    norm: "layernorm",
    positions: "learned",
    mlp: "gelu",
    head: "tied",
    biases: true,
    kvHeads: heads,
  };
}

/** The architecture of any configuration. */
export function architectureOf({ heads, arch }: WithArchitecture): Architecture {
  return arch ?? classicArchitecture(heads);
}

export interface ArchitectureProblem {
  /** Field of the model, dotted. */
  path: string;
  expected: string;
  got: string;
  fix: string;
}

/**
 * What is wrong with a block that fits the schema, or null. Every shape has one form, because
 * recipes and models are named by hashes.
 */
export function architectureProblem({ heads, arch }: WithArchitecture): ArchitectureProblem | null {
  if (arch === undefined) return null;
  const { kvHeads, positions, rotaryBase } = arch;
  if (heads % kvHeads !== 0) {
    return {
      path: "arch.kvHeads",
      expected: `a divisor of heads ${heads}`,
      got: String(kvHeads),
      fix: `set kvHeads to a divisor of ${heads}`,
    };
  }
  if (positions === "rotary" && rotaryBase === undefined) {
    return {
      path: "arch.rotaryBase",
      expected: "a base for rotary positions",
      got: "nothing",
      fix: "set rotaryBase, for example to 10000",
    };
  }
  if (positions === "learned" && rotaryBase !== undefined) {
    return {
      path: "arch.rotaryBase",
      expected: "nothing beside learned positions",
      got: String(rotaryBase),
      fix: "leave rotaryBase out",
    };
  }
  const classic = Object.entries(classicArchitecture(heads));
  if (classic.every(([field, value]) => arch[field as keyof Architecture] === value)) {
    return {
      path: "arch",
      expected: "a shape other than the one without arch",
      got: "that one",
      fix: "leave arch out",
    };
  }
  return null;
}

/** For people: "RMS norm, rotary positions (base 10000), SwiGLU, …". */
export function describeArchitecture(config: WithArchitecture): string {
  const { norm, positions, rotaryBase, mlp, head, biases, kvHeads } = architectureOf(config);
  return [
    norm === "rmsnorm" ? "RMS norm" : "layer norm",
    positions === "rotary" ? `rotary positions (base ${rotaryBase})` : "learned positions",
    mlp === "swiglu" ? "SwiGLU" : "GELU",
    `${head} head`,
    biases ? "biases" : "no biases",
    ...(kvHeads < config.heads ? [`${kvHeads} key-value head${kvHeads > 1 ? "s" : ""}`] : []),
  ].join(", ");
}
