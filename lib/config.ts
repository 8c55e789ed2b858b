// Settings of a server: each is one declared variable of the environment, read once at its edge.

import { z } from "zod";
import { GUEST_POLICIES, type GuestPolicy } from "./accounts/sender.ts";
import {
  type Environment,
  mebibytes,
  onOff,
  positive,
  readEnvironment,
  type ValuesOf,
  type Variable,
  wholeNumber,
} from "./environment.ts";
import { parseProxies } from "./http/client_address.ts";
import { LOG_FORMATS, LOG_LEVELS } from "./operating/log.ts";
import type { ReplayLimits } from "./verification/cost.ts";
import type { S3Settings } from "./storage/s3_client.ts";

/** Those that make a bucket: all or none. */
const BUCKET = [
  "S3_ENDPOINT",
  "S3_REGION",
  "S3_BUCKET",
  "S3_ACCESS_KEY_ID",
  "S3_SECRET_ACCESS_KEY",
] as const;

/** By the name the server knows the value under; a new setting is one more entry here. */
export const VARIABLES = {
  port: {
    name: "PORT",
    schema: wholeNumber(0, 65535),
    expected: "a port from 0 to 65535",
    default: "8000",
    meaning: "port to listen on",
  },
  host: {
    name: "HOST",
    schema: z.string().min(1),
    expected: "an address to listen on",
    default: "127.0.0.1",
    meaning: "address to listen on; leave it behind a reverse proxy on this machine",
  },
  proxies: {
    name: "TINYPROOF_PROXIES",
    schema: z.string().transform((text, context) => {
      try {
        return parseProxies(text);
      } catch {
        context.addIssue("not a list of networks");
        return z.NEVER;
      }
    }),
    expected: "addresses and networks, as in 10.0.0.0/8,fd00::/8",
    meaning:
      "other machines' proxies whose `X-Forwarded-For` is believed; those of this machine are",
  },
  origin: {
    name: "TINYPROOF_ORIGIN",
    schema: z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text),
    expected: "an origin, as in https://board.example, without a path",
    defaultMeaning: "`http://localhost` and the port",
    meaning: "where browsers reach the server; passkeys belong to its host",
  },
  guests: {
    name: "TINYPROOF_GUESTS",
    schema: z.enum(GUEST_POLICIES),
    expected: GUEST_POLICIES.join(", "),
    defaultMeaning: "`on` where only this machine reaches the server, else `hold`",
    meaning: "what guests submit goes `on` the board, on `hold` for a moderator, or nowhere: `off`",
  },
  secret: {
    name: "TINYPROOF_SECRET",
    schema: z.string().min(32),
    expected: "32 characters or more",
    defaultMeaning: "made at the first start, kept in `TINYPROOF_DATA`",
    meaning: "signs sessions; the same for all servers of one database",
    secret: true,
  },
  githubClientId: {
    name: "GITHUB_CLIENT_ID",
    schema: z.string().min(1),
    expected: "the client id of an OAuth app",
    meaning: "sign-in with GitHub besides passkeys",
    needs: ["GITHUB_CLIENT_SECRET"],
  },
  githubClientSecret: {
    name: "GITHUB_CLIENT_SECRET",
    schema: z.string().min(1),
    expected: "the client secret of that app",
    meaning: "the secret of that OAuth app",
    secret: true,
    needs: ["GITHUB_CLIENT_ID"],
  },
  /** Everything the server writes is below this directory. */
  dataDir: {
    name: "TINYPROOF_DATA",
    schema: z.string().min(1),
    expected: "a directory",
    default: "data/var",
    meaning: "where database, files and jobs are kept",
  },
  databaseUrl: {
    name: "DATABASE_URL",
    schema: z.string().regex(/^postgres(ql)?:\/\//),
    expected: "a URL that starts with postgres://",
    meaning: "a PostgreSQL server instead of the embedded database",
    secret: true,
  },
  s3Endpoint: {
    name: "S3_ENDPOINT",
    schema: z.url({ protocol: /^https?$/ }),
    expected: "a URL that starts with https:// or http://",
    meaning: "an S3-compatible store for files instead of the local disk: see `docs/storage.md`",
    // A URL may hold a password.
    secret: true,
    needs: BUCKET,
  },
  s3Region: {
    name: "S3_REGION",
    schema: z.string().regex(/^[a-z0-9-]+$/),
    expected: "a region, like eu-central-1",
    meaning: "its region; `auto` for Cloudflare R2",
    needs: BUCKET,
  },
  s3Bucket: {
    name: "S3_BUCKET",
    schema: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
    expected: "the name of a bucket",
    meaning: "the bucket there",
    needs: BUCKET,
  },
  s3AccessKeyId: {
    name: "S3_ACCESS_KEY_ID",
    schema: z.string().regex(/^\S+$/),
    expected: "the id of an access key",
    meaning: "a key that may read, write, delete and list there",
    secret: true,
    needs: BUCKET,
  },
  s3SecretAccessKey: {
    name: "S3_SECRET_ACCESS_KEY",
    schema: z.string().regex(/^\S+$/),
    expected: "the secret of an access key",
    meaning: "the secret of that key",
    secret: true,
    needs: BUCKET,
  },
  s3Redirect: {
    name: "S3_REDIRECT",
    schema: onOff,
    expected: "on or off",
    default: "on",
    meaning: "send readers to the bucket for downloads; `off` where they cannot reach it",
  },
  /** Only beside a bucket. */
  cacheBytes: {
    name: "TINYPROOF_CACHE_MIB",
    schema: mebibytes(1, 1024 ** 2),
    expected: "a size from 1 to 1048576 MiB",
    default: "2048",
    meaning: "most of the local disk for copies of files in a bucket, in MiB",
  },
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
  maxUploadBytes: {
    name: "TINYPROOF_UPLOAD_MIB",
    schema: mebibytes(1, 4096),
    expected: "a size from 1 to 4096 MiB",
    default: "256",
    meaning: "largest model that may be submitted, in MiB",
  },
  maxCorpusBytes: {
    name: "TINYPROOF_CORPUS_MIB",
    schema: mebibytes(1, 1024),
    expected: "a size from 1 to 1024 MiB",
    default: "32",
    meaning: "largest corpus that may be uploaded, in MiB",
  },
  submissionsPerDay: {
    name: "TINYPROOF_PER_DAY",
    schema: wholeNumber(1, 1_000_000),
    expected: "a number of submissions from 1 to 1000000",
    default: "20",
    meaning: "new models in 24 hours, for an account or an address without one",
  },
  storedBytes: {
    name: "TINYPROOF_STORED_MIB",
    schema: mebibytes(1, 2 ** 24),
    expected: "a size from 1 to 16777216 MiB",
    default: "2048",
    meaning: "size of the files one of them may keep here, in MiB",
  },
  openJobs: {
    name: "TINYPROOF_OPEN_JOBS",
    schema: wholeNumber(1, 1_000_000),
    expected: "a number of jobs from 1 to 1000000",
    default: "10",
    meaning: "scorings of one of them that wait or run at a time",
  },
  openUploads: {
    name: "TINYPROOF_UPLOADS",
    schema: wholeNumber(1, 10_000),
    expected: "a number of uploads from 1 to 10000",
    default: "4",
    meaning: "files one of them may be sending at a time",
  },
  uploadHours: {
    name: "TINYPROOF_PART_HOURS",
    schema: wholeNumber(1, 720),
    expected: "a number of hours from 1 to 720",
    default: "24",
    meaning: "how long an upload that stands still is kept",
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
  keptBytes: {
    name: "TINYPROOF_KEPT_MIB",
    schema: mebibytes(0, 2 ** 24),
    expected: "a size from 0 to 16777216 MiB",
    default: "2048",
    meaning: "most space for those states, in MiB; the least used go first, 0 keeps none",
  },
  secondEngine: {
    name: "TINYPROOF_SECOND_ENGINE",
    schema: z.string().min(1),
    expected: "auto, off, or the path of bun or firefox",
    default: "auto",
    meaning: "confirms mismatches: `auto` is Bun, else Firefox, in /usr/local/bin or /usr/bin; " +
      "`off` another configuration of V8",
  },
  keyDays: {
    name: "TINYPROOF_KEY_DAYS",
    schema: wholeNumber(1, 3650),
    expected: "a number of days from 1 to 3650",
    default: "90",
    meaning: "how long a key signs reports before another takes its place",
  },
  logLevel: {
    name: "TINYPROOF_LOG_LEVEL",
    schema: z.enum(LOG_LEVELS),
    expected: `one of ${LOG_LEVELS.join(", ")}`,
    default: "info",
    meaning: "least level of what is logged",
  },
  logFormat: {
    name: "TINYPROOF_LOG",
    schema: z.enum(LOG_FORMATS),
    expected: `one of ${LOG_FORMATS.join(", ")}`,
    default: "auto",
    meaning: "`json` lines or `pretty` ones; `auto` is pretty on a terminal",
  },
  accessLog: {
    name: "TINYPROOF_ACCESS_LOG",
    schema: onOff,
    expected: "on or off",
    default: "on",
    meaning: "a line in the log for each request",
  },
  metricsToken: {
    name: "TINYPROOF_METRICS_TOKEN",
    schema: z.string().min(16).max(500),
    expected: "a secret of 16 characters or more",
    meaning: "bearer token that may read `/metrics`; without it only this machine may",
    secret: true,
  },
  tracing: {
    name: "OTEL_DENO",
    schema: z.enum(["true", "false"]).transform((word) => word === "true"),
    expected: "true or false",
    default: "false",
    meaning:
      "OpenTelemetry: spans for requests, statements and jobs; where they go say Deno's own " +
      "`OTEL_…` variables",
  },
  maxEventStreams: {
    name: "TINYPROOF_STREAMS",
    schema: wholeNumber(1, 100_000),
    expected: "a number of streams from 1 to 100000",
    default: "2000",
    meaning: "event streams (live status) open at a time",
  },
  drainSeconds: {
    name: "TINYPROOF_DRAIN_SECONDS",
    schema: wholeNumber(0, 300),
    expected: "a number of seconds from 0 to 300",
    default: "0",
    meaning: "how long a stopping server answers after `/readyz` says 503, for load balancers",
  },
  shutdownSeconds: {
    name: "TINYPROOF_SHUTDOWN_SECONDS",
    schema: wholeNumber(0, 3600),
    expected: "a number of seconds from 0 to 3600",
    default: "10",
    meaning: "how long open requests may take to end after that",
  },
  dumpDir: {
    name: "TINYPROOF_DUMP",
    schema: z.string().min(1),
    expected: "a directory",
    meaning: "where the server writes itself every night as plain files, `latest` being the newest",
  },
  dumpHour: {
    name: "TINYPROOF_DUMP_HOUR",
    schema: wholeNumber(0, 23),
    expected: "an hour from 0 to 23",
    default: "3",
    meaning: "hour of that, UTC",
  },
  dumpFiles: {
    name: "TINYPROOF_DUMP_FILES",
    schema: onOff,
    expected: "on or off",
    default: "off",
    meaning: "with the models, the corpora and the data of the benchmarks",
  },
  dumpUrl: {
    name: "TINYPROOF_DUMP_URL",
    schema: z.url({ protocol: /^https?$/ }).transform((url) => new URL(url.replace(/\/*$/, "/"))),
    expected: "a URL that starts with https:// or http://",
    meaning: "where that copy will be served: for its sitemap and feeds",
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

export type AppConfig = ValuesOf<typeof VARIABLES>;

/** @throws {ValidationError} naming each variable that is wrong and what was expected of it. */
export function configFromEnv(env: Environment): AppConfig {
  return readEnvironment(VARIABLES, env);
}

/** Where browsers should be; `url` is the address of a request, which knows the port. */
export function originOf({ origin }: Pick<AppConfig, "origin">, url: URL): string {
  return origin ?? `http://localhost${url.port === "" ? "" : `:${url.port}`}`;
}

/** A server that only its own machine reaches has no guests but its owner. */
export function guestPolicy({ guests, host, origin }: AppConfig): GuestPolicy {
  const names = [host, ...(origin === undefined ? [] : [new URL(origin).hostname])];
  const local = names.every((name) => /^(localhost|127(\.\d+){3}|::1|\[::1\])$/.test(name));
  return guests ?? (local ? "on" : "hold");
}

/** What one replay may take on this server. */
export function replayLimits(
  { replayFlops, replayBytes }: Pick<AppConfig, "replayFlops" | "replayBytes">,
): ReplayLimits {
  return { flops: replayFlops, memoryBytes: replayBytes };
}

/** The same for a command that is no server: whatever else is set may be wrong. */
export function replayLimitsFromEnv(env: Environment): ReplayLimits {
  const { replayFlops, replayBytes } = VARIABLES;
  return replayLimits(readEnvironment({ replayFlops, replayBytes }, env));
}

/** The bucket that files are kept in; undefined when they are kept on the local disk. */
export function bucketOf(config: AppConfig): S3Settings | undefined {
  const { s3Endpoint, s3Region, s3Bucket, s3AccessKeyId, s3SecretAccessKey, s3Redirect } = config;
  if (!s3Endpoint || !s3Region || !s3Bucket || !s3AccessKeyId || !s3SecretAccessKey) {
    return undefined;
  }
  return {
    endpoint: s3Endpoint,
    region: s3Region,
    bucket: s3Bucket,
    accessKeyId: s3AccessKeyId,
    secretAccessKey: s3SecretAccessKey,
    redirect: s3Redirect,
  };
}
