// Settings of a server: each is one declared variable of the environment, read once at its edge.

import type { GuestPolicy } from "./accounts/sender.ts";
import { KEEPING } from "./config/keeping.ts";
import { SERVING } from "./config/serving.ts";
import { WORKING } from "./config/working.ts";
import { type Environment, readEnvironment, type ValuesOf, type Variable } from "./environment.ts";
import type { ReplayLimits } from "./verification/cost.ts";
import type { S3Settings } from "./storage/s3_client.ts";

/** By the name the server knows the value under; a new setting is one more entry of these. */
export const VARIABLES = { ...SERVING, ...KEEPING, ...WORKING } satisfies Record<string, Variable>;

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
