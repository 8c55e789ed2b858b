// Beam search over one prompt: which beams go on, which end, what each is worth. Knows
// log-probabilities, no model. The rules are those of `GenerationMixin._beam_search` of Hugging Face
// transformers 4.57.1, with ties and arithmetic fixed by docs/exactness.md.

import { ValidationError } from "../errors.ts";
import type { BeamOptions, Hypothesis } from "./engine.ts";
import type { Kernels } from "./kernels.ts";

/** A beginning that may still grow. */
interface Beam {
  tokens: number[];
  /** Sum of the tokens' log-probabilities in nats. */
  sum: number;
}

/** A beam and a token that may follow it. */
interface Candidate {
  beam: number;
  token: number;
  sum: number;
}

/** What sums are divided by, of the number of new tokens. */
export type LengthFactor = (length: number) => number;

/** length^penalty: by products for whole penalties from 0 on, else exp(penalty·log length). */
export function lengthFactor(
  penalty: number,
  { exp64, log64, powInt }: Pick<Kernels, "exp64" | "log64" | "powInt">,
): LengthFactor {
  const isWhole = Number.isInteger(penalty) && penalty >= 0;
  return (length) => isWhole ? powInt(length, penalty) : exp64(penalty * log64(length));
}

export class BeamSearch {
  readonly #options: BeamOptions;
  readonly #factor: LengthFactor;
  #beams: Beam[] = [{ tokens: [], sum: 0 }];
  /** Best first; the earlier among equals. */
  #finished: Hypothesis[] = [];

  constructor(options: BeamOptions, factor: LengthFactor) {
    this.#options = options;
    this.#factor = factor;
  }

  /** Ended texts, best first. */
  get hypotheses(): Hypothesis[] {
    return this.#finished;
  }

  /**
   * Takes one step. Row i of `logProbabilities` are those of the tokens after beam i.
   * @returns the beams to go on with, as the beam each continues and its new token; none at the end.
   */
  advance(logProbabilities: readonly Float32Array[]): { parent: number; token: number }[] {
    const { beams, maxTokens, endToken } = this.#options;
    const length = this.#beams[0].tokens.length + 1;
    const next: Candidate[] = [];
    this.#candidates(logProbabilities, length).forEach((candidate, rank) => {
      const ends = length === maxTokens || candidate.token === endToken;
      if (!ends && next.length < beams) next.push(candidate);
      // Candidates below the first `beams` are there to go on with, not to end.
      if (ends && rank < beams) this.#finish(candidate, length);
    });
    if (next.length === 0 || this.#isDecided(next[0], length)) return [];
    this.#beams = next.map((candidate) => this.#grown(candidate));
    return next.map(({ beam, token }) => ({ parent: beam, token }));
  }

  /** The 2·beams best, best first; the lower beam, then the lower id among equals. */
  #candidates(logProbabilities: readonly Float32Array[], length: number): Candidate[] {
    const { beams, minTokens = 0, endToken } = this.#options;
    const kept: Candidate[] = [];
    let least = -Infinity;
    logProbabilities.forEach((row, beam) => {
      const { sum: before } = this.#beams[beam];
      for (let token = 0; token < row.length; token++) {
        const sum = before + row[token];
        if (!(sum > least) || (token === endToken && length <= minTokens)) continue;
        let at = kept.length;
        while (at > 0 && kept[at - 1].sum < sum) at--;
        kept.splice(at, 0, { beam, token, sum });
        if (kept.length > 2 * beams) kept.pop();
        if (kept.length === 2 * beams) least = kept[kept.length - 1].sum;
      }
    });
    return kept;
  }

  #grown({ beam, token, sum }: Candidate): Beam {
    return { tokens: [...this.#beams[beam].tokens, token], sum };
  }

  #finish(candidate: Candidate, length: number): void {
    const score = candidate.sum / this.#factor(length);
    const worse = this.#finished.findIndex((other) => other.score < score);
    const at = worse < 0 ? this.#finished.length : worse;
    this.#finished.splice(at, 0, { tokens: this.#grown(candidate).tokens, score });
    this.#finished.length = Math.min(this.#finished.length, this.#options.beams);
  }

  /** Whether no further step can change what is returned, `best` being the best beam to go on with. */
  #isDecided(best: Candidate, length: number): boolean {
    const { beams, earlyStopping = false } = this.#options;
    if (this.#finished.length < beams) return false;
    const worst = this.#finished[beams - 1].score;
    return earlyStopping || !(best.sum / this.#factor(length) > worst);
  }
}

export const MOST_BEAMS = 64;
const GREATEST_PENALTY = 100;

/** @throws {ValidationError} naming the option that cannot be. */
export function assertBeamOptions(options: BeamOptions, vocabSize: number): void {
  const { beams, maxTokens, minTokens = 0, endToken, lengthPenalty = 1 } = options;
  const whole = (name: string, value: number, least: number, most: number) => {
    if (Number.isSafeInteger(value) && value >= least && value <= most) return;
    refuse(name, `a whole number from ${least} to ${most}`, value);
  };
  whole("beams", beams, 1, MOST_BEAMS);
  whole("maxTokens", maxTokens, 1, Number.MAX_SAFE_INTEGER);
  whole("minTokens", minTokens, 0, maxTokens);
  if (endToken !== undefined) whole("endToken", endToken, 0, vocabSize - 1);
  if (Math.abs(lengthPenalty) <= GREATEST_PENALTY) return;
  refuse(
    "lengthPenalty",
    `a number from ${-GREATEST_PENALTY} to ${GREATEST_PENALTY}`,
    lengthPenalty,
  );
}

function refuse(name: string, expected: string, got: number): never {
  throw new ValidationError(`Expected ${name} to be ${expected}, got ${got}`, {
    path: name,
    expected,
    got: String(got),
    fix: `Give ${name} as ${expected}.`,
  });
}
