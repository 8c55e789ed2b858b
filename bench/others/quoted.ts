// Figures of engines that npm does not have. Nothing here is measured by this program.

export const QUOTED_FROM =
  "issue 3 of this project as of 2026-11-23; 2 cores of an AMD Zen 5 at about 3.85 GHz, medians";

/** Shape as (ctx, layers, d, batch); tokens per second. */
export const QUOTED_TRAINING = [
  ["(64, 3, 96, 16)", "42,141"],
  ["(96, 4, 128, 16)", "23,679"],
  ["(128, 6, 192, 12)", "7,663"],
  ["(128, 8, 256, 8)", "3,597"],
  ["(256, 12, 256, 16)", "2,338"],
] as const;

/** On (256, 12, 256), two threads. */
export const QUOTED_INFERENCE = [
  ["scoring 12 KB, bytes/s", "PyTorch", "6,200–8,200"],
  ["scoring 12 KB, bytes/s", "native onnxruntime", "11,700"],
  ["greedy, 32 + 200, tokens/s", "PyTorch with a cache", "253"],
  ["greedy, 32 + 200, tokens/s", "wllama", "508"],
] as const;
