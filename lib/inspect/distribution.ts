// What a model thinks may come next, from its logits. Binary64 with the engine's exp; knows no text.

export interface Choice {
  token: number;
  /** Of the model itself: softmax of the logits, whatever temperature a token is drawn at. */
  probability: number;
}

/** A token that came, among all that might have. */
export interface Standing extends Choice {
  /** 1 is the likeliest; of equals the lower id comes first. */
  rank: number;
}

/** softmax(logits): e = exp(l − max), e / Σe, the sum in order of the ids. Adds up to 1. */
export function probabilities(logits: Float32Array, exp: (x: number) => number): Float64Array {
  const top = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const mass = Float64Array.from(logits, (logit) => exp(logit - top));
  const total = mass.reduce((sum, value) => sum + value, 0);
  return mass.map((value) => value / total);
}

/** The `count` likeliest tokens, best first; the lower id among equals. */
export function likeliest(probability: Float64Array, count: number): Choice[] {
  const kept: number[] = [];
  probability.forEach((value, token) => {
    const least = kept[kept.length - 1];
    if (kept.length === count && !(value > probability[least])) return;
    let at = kept.length;
    while (at > 0 && probability[kept[at - 1]] < value) at--;
    kept.splice(at, 0, token);
    if (kept.length > count) kept.pop();
  });
  return kept.map((token) => ({ token, probability: probability[token] }));
}

/** Where `token` stands among all. */
export function standingOf(token: number, probability: Float64Array): Standing {
  const own = probability[token];
  let rank = 1;
  probability.forEach((value, other) => {
    if (value > own || (value === own && other < token)) rank++;
  });
  return { token, probability: own, rank };
}
