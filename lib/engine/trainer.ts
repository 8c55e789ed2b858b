// One training run on one memory: the host's side of it. Knows token ids, not text or files.

import { seedKey } from "../corpora/philox.ts";
import { DivergedError, ValidationError } from "../errors.ts";
import { parameterCount, tensorSpecs } from "../format/config.ts";
import { firstNonFinite } from "../format/finite.ts";
import type { Crew, CrewMemory } from "./crew.ts";
import type { Batch, StepResult, Trainer, TrainerOptions, TrainState } from "./engine.ts";
import type { Arena } from "./kernels.ts";
import { initialStd } from "./parameters.ts";
import { assertComputable } from "./shape.ts";
import { evaluate, openTraining, type Training, type TrainingJob, trainStep } from "./training.ts";
import { layOut, trainingBytes, type Workspace } from "./workspace.ts";

export class WasmTrainer implements Trainer {
  readonly #memory: CrewMemory;
  readonly #arena: Arena;
  readonly #options: TrainerOptions;
  readonly #w: Workspace;
  readonly #run: Training;
  readonly #rows: number;
  #step = 0;

  /**
   * @throws {ValidationError} when the kernels cannot compute the shape.
   * @throws {RangeError} when the memory cannot be had.
   */
  static async create(crew: Crew, options: TrainerOptions): Promise<WasmTrainer> {
    const { config, batchSize } = options;
    assertComputable(config);
    const memory = await crew.open(trainingBytes(config, batchSize, crew.threads));
    return new WasmTrainer(memory, options);
  }

  private constructor(memory: CrewMemory, options: TrainerOptions) {
    const { config, batchSize } = options;
    this.#memory = memory;
    this.#arena = memory.thread.arena;
    this.#options = options;
    this.#rows = batchSize * config.ctx;
    const { count } = memory.thread;
    this.#w = layOut((size) => this.#arena.alloc4(size), config, batchSize, count);
    const positions = this.#arena.ints(this.#w.positions, this.#rows);
    for (let r = 0; r < this.#rows; r++) positions[r] = r % config.ctx;
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
    const job: TrainingJob = { kind: "train", step, scored: this.#load(batch) };
    const result = await this.#memory.together(job, () => trainStep(this.#run, job));
    if (!Number.isFinite(result.lossNats) || !Number.isFinite(result.gradNorm)) {
      throw new DivergedError(step);
    }
    this.#step = step;
    return result;
  }

  async evaluate(batch: Batch): Promise<number> {
    const job: TrainingJob = { kind: "evaluate", step: this.#step, scored: this.#load(batch) };
    return await this.#memory.together(job, () => evaluate(this.#run, job));
  }

  /** Copies the batch in; returns the number of scored targets. */
  #load(batch: Batch): number {
    const { tokens, targets } = batch;
    const { vocabSize } = this.#options.config;
    if (tokens.length !== this.#rows || targets.length !== this.#rows) {
      throw new ValidationError(
        `Expected ${this.#rows} tokens and targets, got ${tokens.length} and ${targets.length}`,
      );
    }
    let scored = 0;
    for (let r = 0; r < this.#rows; r++) {
      const token = tokens[r], target = targets[r];
      if (!(token >= 0 && token < vocabSize && target < vocabSize)) {
        throw new ValidationError(
          `Expected ids below ${vocabSize} in row ${r}, got token ${token} and target ${target}`,
        );
      }
      if (target >= 0) scored++;
    }
    if (scored === 0) throw new ValidationError("Expected at least one target to score, got none");
    this.#arena.ints(this.#w.ids, this.#rows).set(tokens);
    this.#arena.ints(this.#w.targets, this.#rows).set(targets);
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
