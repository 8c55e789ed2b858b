// Engines known to compute exact/1. Knows nothing of what they are used for.

/**
 * SHA-256 of every released engine that reproduces tests/golden/digests.json and the self-test,
 * oldest first. Their results are equal bit for bit, so any of them may replay another's run.
 */
export const CONFORMING_ENGINES: readonly string[] = [
  "f767ab4d0a37cfaee7673b1567ff68fd81eafca3857d2c7d9b153dad95d3bdf9",
  "a15a6f2ee954672b3fed8c54ef93d66f2f874c2b710064ab0f37a1d1ca817c8e",
  "82cd07cc704c0b3d2559d7f6002268a7d8c89cffbae1d7d1870174f299fd6819",
];

/** Whether engine `atHand` gives the bits of engine `declared`: it is the same, or both conform. */
export function canReplay(atHand: string, declared: string): boolean {
  return atHand === declared ||
    (CONFORMING_ENGINES.includes(atHand) && CONFORMING_ENGINES.includes(declared));
}
