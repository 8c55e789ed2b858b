// One training run on one memory: the host's side of it. Knows token ids, not text or files.

import { seedKey } from "../corpora/philox.ts";
import { DivergedError, ValidationError } from "../errors.ts";
import { parameterCount, tensorSpecs } from "../format/config.ts";
import { firstNonFinite } from "../format/finite.ts";
import type { Crew, CrewMemory } from "./crew.ts";
import type { Batch, StepResult, Trainer, TrainerOptions, TrainState } from "./engine.ts";
import type { Arena } from "./kernels.ts";
import { initialStd } from "./parameters.ts";
import { fillRotaryTable } from "./positions.ts";
import { assertTrainable } from "./shape.ts";
import { evaluate, trainStep, type TrainStepJob } from "./training.ts";
import { openTraining, type Training } from "./training_run.ts";
import { layOut, trainingBytes, type Workspace } from "./workspace.ts";

export class WasmTrainer implements Trainer {
  readonly #memory: CrewMemory;
  readonly #arena: Arena;
  readonly #options: TrainerOptions;
  readonly #w: Workspace;
  readonly #run: Training;
  /** Rows of a micro-batch and of a whole step, in tokens. */
  readonly #rows: number;
  readonly #stepRows: number;
  #step = 0;

  /**
   * @throws {ValidationError} when the kernels cannot compute the shape.
   * @throws {BudgetError} when the memory cannot be had.
   */
  static async create(crew: Crew, options: TrainerOptions): Promise<WasmTrainer> {
    assertTrainable(options.config);
    const memory = await crew.open(trainingBytes(options, crew.threads));
    return new WasmTrainer(memory, options);
  }

  private constructor(memory: CrewMemory, options: TrainerOptions) {
    const { config, batchSize, accumulationSteps = 1 } = options;
    this.#memory = memory;
    this.#arena = memory.thread.arena;
    this.#options = options;
    this.#rows = batchSize * config.ctx;
    this.#stepRows = this.#rows * accumulationSteps;
    const { count } = memory.thread;
    this.#w = layOut((size) => this.#arena.alloc4(size), options, count);
    const positions = this.#arena.ints(this.#w.positions, this.#stepRows);
    for (let r = 0; r < this.#stepRows; r++) positions[r] = r % config.ctx;
    this.#initialise();
    const plan = { kind: "training" as const, options, workspace: this.#w };
    memory.plan(plan);
    this.#run = openTraining(memory.thread, plan);
  }

  get step(): number {
    return this.#step;
  }

  #initialise(): void {
    const { config, seed } = this.#options;
    const { zeros, rotary } = this.#w;
    this.#arena.floats(zeros, Math.max(config.dModel, config.dMlp)).fill(0);
    fillRotaryTable(this.#arena.kernels, rotary, config);
    const [key0, key1] = seedKey(seed);
    for (const spec of tensorSpecs(config)) {
      const pointer = this.#w.weights + 4 * spec.offset;
      const std = initialStd(spec, config.layers);
      if (std === null || std === 0) {
        this.#arena.floats(pointer, spec.size).fill(std === null ? 1 : 0);
      } else {
        this.#arena.kernels.fillNormal(
          pointer,
          spec.size,
          spec.offset,
          std,
          key0,
          key1,
          this.#w.own[0].scratch,
        );
      }
    }
  }

  async trainStep(batch: Batch): Promise<StepResult> {
    const step = this.#step + 1;
    if (batch.tokens.length !== this.#stepRows) throw this.#wrongSize(batch);
    const job: TrainStepJob = { kind: "train", step, scored: this.#scored(batch) };
    this.#load(batch);
    const result = await this.#memory.together(job, () => trainStep(this.#run, job));
    if (!Number.isFinite(result.lossNats) || !Number.isFinite(result.gradNorm)) {
      throw new DivergedError(step);
    }
    this.#step = step;
    return result;
  }

  async evaluate(batch: Batch): Promise<number> {
    const { tokens, targets } = batch;
    if (tokens.length % this.#options.config.ctx !== 0) throw this.#wrongSize(batch);
    const scored = this.#scored(batch), size = this.#rows;
    let lossNats = 0;
    for (let r = 0; r < tokens.length; r += size) {
      const part = { tokens: tokens.subarray(r, r + size), targets: targets.subarray(r, r + size) };
      // Rows beyond the last are computed and count for nothing.
      this.#arena.ints(this.#w.targets, size).fill(-1);
      this.#load(part);
      await this.#memory.together({ kind: "evaluate" }, () => evaluate(this.#run));
      for (const nll of this.#arena.floats(this.#w.nll, part.tokens.length)) lossNats += nll;
    }
    return lossNats / scored;
  }

  #wrongSize({ tokens, targets }: Batch): ValidationError {
    const { ctx } = this.#options.config;
    return new ValidationError(
      `Expected ${this.#stepRows} tokens and targets in a step and a multiple of ${ctx} elsewhere, ` +
        `got ${tokens.length} and ${targets.length}`,
    );
  }

  #load({ tokens, targets }: Batch): void {
    this.#arena.ints(this.#w.ids, tokens.length).set(tokens);
    this.#arena.ints(this.#w.targets, targets.length).set(targets);
  }

  /** Number of scored targets. @throws {ValidationError} when the rows cannot be computed. */
  #scored(batch: Batch): number {
    const { tokens, targets } = batch;
    const { vocabSize } = this.#options.config;
    if (tokens.length !== targets.length) throw this.#wrongSize(batch);
    let scored = 0;
    for (let r = 0; r < tokens.length; r++) {
      const token = tokens[r], target = targets[r];
      if (!(token >= 0 && token < vocabSize && target < vocabSize)) {
        throw new ValidationError(
          `Expected ids below ${vocabSize} in row ${r}, got token ${token} and target ${target}`,
        );
      }
      if (target >= 0) scored++;
    }
    if (scored === 0) throw new ValidationError("Expected at least one target to score, got none");
    return scored;
  }

  state(): TrainState {
    const P = parameterCount(this.#options.config);
    const copy = (pointer: number) => {
      const values = this.#arena.floats(pointer, P).slice();
      // A finite gradient can still square to infinity: such a state must never be hashed.
      if (firstNonFinite(values) >= 0) throw new DivergedError(this.#step);
      return values;
    };
    return {
      step: this.#step,
      weights: copy(this.#w.weights),
      m: copy(this.#w.m),
      v: copy(this.#w.v),
    };
  }

  restore(state: TrainState): void {
    const P = parameterCount(this.#options.config);
    for (const part of ["weights", "m", "v"] as const) {
      if (state[part].length !== P) {
        throw new ValidationError(`Expected ${P} elements in ${part}, got ${state[part].length}`);
      }
      this.#arena.floats(this.#w[part], P).set(state[part]);
    }
    this.#step = state.step;
  }

  close(): void {
    this.#memory.close();
  }
}
