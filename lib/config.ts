// Settings of a server, read once from the environment at its edge.

import { z } from "zod";
import { ValidationError } from "./errors.ts";

export interface AppConfig {
  /** Everything the server writes is below this directory. */
  dataDir: string;
  /** Address to listen on; loopback unless said otherwise. */
  host: string;
  port: number;
  /** A PostgreSQL server; the embedded database when absent. */
  databaseUrl?: string;
  /** Load data/gallery at the first start. */
  gallery: boolean;
  /** Replay the leading entries of every benchmark by itself. */
  sweep: boolean;
  /** How many leading entries of each benchmark the sweep replays. */
  sweepTopN: number;
  maxUploadBytes: number;
  /** Most bytes of an uploaded corpus. */
  maxCorpusBytes: number;
  /** Job processes of each kind (scoring, replay) at a time. */
  jobConcurrency: number;
  /** Compute threads of a job process. */
  jobThreads: number;
  /** Replay with native kernels (`deno task build:native`) where they can be used. */
  nativeKernels: boolean;
  /** Most memory of one job process. */
  jobMemoryBytes: number;
}

const onOff = z.enum(["on", "off"]).transform((word) => word === "on");
const wholeNumber = (min: number, max: number) =>
  z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(min).max(max));

const variables = {
  HOST: { schema: z.string().min(1), expected: "an address to listen on" },
  PORT: { schema: wholeNumber(0, 65535), expected: "a port from 0 to 65535" },
  TINYPROOF_DATA: { schema: z.string().min(1), expected: "a directory" },
  DATABASE_URL: {
    schema: z.string().regex(/^postgres(ql)?:\/\//),
    expected: "a URL that starts with postgres://",
  },
  TINYPROOF_GALLERY: { schema: onOff, expected: "on or off" },
  TINYPROOF_SWEEP: { schema: onOff, expected: "on or off" },
  TINYPROOF_THREADS: { schema: wholeNumber(1, 64), expected: "a number of threads from 1 to 64" },
  TINYPROOF_NATIVE: { schema: onOff, expected: "on or off" },
  TINYPROOF_CORPUS_MIB: {
    schema: wholeNumber(1, 1024),
    expected: "a size from 1 to 1024 MiB",
  },
  TINYPROOF_JOBS: { schema: wholeNumber(1, 64), expected: "a number of processes from 1 to 64" },
};

/**
 * @param env as `Deno.env.toObject()` gives it; empty values count as absent.
 * @throws {ValidationError} naming the variable, what was expected and what was found.
 */
export function configFromEnv(env: Record<string, string | undefined>): AppConfig {
  function read<Name extends keyof typeof variables>(name: Name) {
    const text = env[name];
    if (text === undefined || text === "") return undefined;
    const { schema, expected } = variables[name];
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data as z.output<typeof variables[Name]["schema"]>;
    // A URL may hold a password, so it is never repeated.
    const got = name === "DATABASE_URL" ? "something else" : JSON.stringify(text);
    throw new ValidationError(`Expected ${expected} in ${name}, got ${got}`, {
      path: name,
      expected,
      got,
      fix: `Set ${name} to ${expected}, or leave it out.`,
    });
  }
  return {
    dataDir: read("TINYPROOF_DATA") ?? "data/var",
    host: read("HOST") ?? "127.0.0.1",
    port: read("PORT") ?? 8000,
    databaseUrl: read("DATABASE_URL"),
    gallery: read("TINYPROOF_GALLERY") ?? true,
    sweep: read("TINYPROOF_SWEEP") ?? true,
    sweepTopN: 10,
    maxUploadBytes: 256 * 1024 ** 2,
    maxCorpusBytes: (read("TINYPROOF_CORPUS_MIB") ?? 32) * 1024 ** 2,
    jobConcurrency: read("TINYPROOF_JOBS") ?? 1,
    jobThreads: read("TINYPROOF_THREADS") ?? Math.min(navigator.hardwareConcurrency, 64),
    nativeKernels: read("TINYPROOF_NATIVE") ?? false,
    jobMemoryBytes: 3 * 1024 ** 3,
  };
}
