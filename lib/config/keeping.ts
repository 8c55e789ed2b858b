// Settings of what is kept and how much of it: database, files, uploads, copies.

import { z } from "zod";
import { mebibytes, onOff, type Variable, wholeNumber } from "../environment.ts";

/** Those that make a bucket: all or none. */
const BUCKET = [
  "S3_ENDPOINT",
  "S3_REGION",
  "S3_BUCKET",
  "S3_ACCESS_KEY_ID",
  "S3_SECRET_ACCESS_KEY",
] as const;

export const KEEPING = {
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
  keptBytes: {
    name: "TINYPROOF_KEPT_MIB",
    schema: mebibytes(0, 2 ** 24),
    expected: "a size from 0 to 16777216 MiB",
    default: "2048",
    meaning:
      "most space for states of training runs, in MiB; the least used go first, 0 keeps none",
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
} satisfies Record<string, Variable>;
