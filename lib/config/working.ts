// Settings of the work that is done: jobs, scores, replays.

import { z } from "zod";
import { mebibytes, onOff, positive, type Variable, wholeNumber } from "../environment.ts";

export const WORKING = {
  gallery: {
    name: "TINYPROOF_GALLERY",
    schema: onOff,
    expected: "on or off",
    default: "on",
    meaning:
      "submit the models of `data/gallery` and import the study of `data/lab` at the first start",
  },
  sweep: {
    name: "TINYPROOF_SWEEP",
    schema: onOff,
    expected: "on or off",
    default: "on",
    meaning: "train the leading entries of each benchmark again",
  },
  sweepTopN: {
    name: "TINYPROOF_SWEEP_TOP",
    schema: wholeNumber(1, 1000),
    expected: "a number of entries from 1 to 1000",
    default: "10",
    meaning: "how many leading entries of each benchmark that is",
  },
  jobConcurrency: {
    name: "TINYPROOF_JOBS",
    schema: wholeNumber(0, 64),
    expected: "a number of processes from 0 to 64",
    default: "1",
    meaning: "job processes of each kind (scoring, replay) at a time; " +
      "0 leaves all jobs to other machines (docs/workers.md)",
  },
  jobThreads: {
    name: "TINYPROOF_THREADS",
    schema: wholeNumber(1, 64),
    expected: "a number of threads from 1 to 64",
    default: String(Math.min(navigator.hardwareConcurrency, 64)),
    defaultMeaning: "one per core",
    meaning: "compute threads of a job process",
  },
  jobLeaseSeconds: {
    name: "TINYPROOF_LEASE_SECONDS",
    schema: wholeNumber(10, 3600),
    expected: "a number of seconds from 10 to 3600",
    default: "30",
    meaning: "silence of a worker, in seconds, after which its job goes to another one",
  },
  jobMemoryBytes: {
    name: "TINYPROOF_JOB_MIB",
    schema: mebibytes(256, 65536),
    expected: "a size from 256 to 65536 MiB",
    default: "3072",
    meaning: "most memory of one job process, in MiB",
  },
  seedAudits: {
    name: "TINYPROOF_SEED_AUDITS",
    schema: onOff,
    expected: "on or off",
    default: "on",
    meaning: "train the first of each benchmark from three fresh seeds, once it is exact",
  },
  /** Of one replay, and of all segments of a spot check together. */
  replayFlops: {
    name: "TINYPROOF_REPLAY_FLOPS",
    schema: positive,
    expected: "a number of operations above 0, as in 2e15",
    default: "2e15",
    meaning: "most training FLOPs of one replay; a larger run is spot-checked or not replayed",
  },
  replayBytes: {
    name: "TINYPROOF_REPLAY_MIB",
    schema: mebibytes(1, 4096),
    expected: "a size from 1 to 4096 MiB",
    default: "2048",
    meaning: "most engine memory of one replay, in MiB",
  },
  spotSegments: {
    name: "TINYPROOF_SPOT_SEGMENTS",
    schema: wholeNumber(0, 64),
    expected: "a number of segments from 0 to 64",
    default: "16",
    meaning: "most segments of one spot check; 0 asks no author for states",
  },
  spotDays: {
    name: "TINYPROOF_SPOT_DAYS",
    schema: wholeNumber(1, 365),
    expected: "a number of days from 1 to 365",
    default: "7",
    meaning: "how long an author has to deliver the states of a spot check",
  },
  replayParts: {
    name: "TINYPROOF_PARTS",
    schema: wholeNumber(1, 64),
    expected: "a number of parts from 1 to 64",
    default: "4",
    meaning: "in how many parts a run is replayed at a time, once states of it are kept",
  },
  secondEngine: {
    name: "TINYPROOF_SECOND_ENGINE",
    schema: z.string().min(1),
    expected: "auto, off, or the path of bun or firefox",
    default: "auto",
    meaning: "confirms mismatches: `auto` is Bun, else Firefox, in /usr/local/bin or /usr/bin; " +
      "`off` another configuration of V8",
  },
  /** `deno task build:native`, where they can be used. */
  nativeKernels: {
    name: "TINYPROOF_NATIVE",
    schema: onOff,
    expected: "on or off",
    default: "off",
    meaning: "replay with native kernels, once `deno task build:native` has built them",
  },
} satisfies Record<string, Variable>;
