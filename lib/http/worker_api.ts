// The six addresses of the workers. Their routes call these functions, and so does the worker that
// lives in the server itself: nobody else touches the queue.

import { z } from "zod";
import { type Caller, mustBeAllowed } from "../accounts/caller.ts";
import { BudgetError, NotFoundError, ValidationError } from "../errors.ts";
import { cancelJob } from "../jobs/cancel.ts";
import { claimJob } from "../jobs/claim.ts";
import { engineBlob, pathOf } from "../jobs/files.ts";
import { takeHeartbeat } from "../jobs/heartbeat.ts";
import {
  blobQuery,
  cancelSchema,
  claimRequestSchema,
  completeSchema,
  failSchema,
  heartbeatSchema,
  keptStateSchema,
} from "../jobs/protocol.ts";
import { keepState } from "../jobs/keep_state.ts";
import { completeJob, failJob } from "../jobs/settle.ts";
import { getJob } from "../queue/store.ts";
import type { Services } from "../services.ts";
import { parseDocument } from "../verification/schema.ts";
import { sendFile } from "./files.ts";
import { json } from "./json.ts";
import { withPatience } from "./patience.ts";

export interface WorkerCall {
  request: Request;
  services: Services;
  caller: Caller | null;
  /** Aborts when an in-process worker goes. Nobody may listen to a request's own signal: that of
   * Deno.serve aborts after every answer, and says so in the log. */
  leaves?: AbortSignal;
}

const MOST_BYTES = 256 * 1024;
/** Every example of every benchmark, as text. */
const MOST_RESULT_BYTES = 64 * 1024 ** 2;

export async function claim(
  { request, services, caller, leaves }: WorkerCall,
): Promise<Response> {
  const { id } = mustBeAllowed(caller, "work");
  const asked = await bodyOf(request, claimRequestSchema);
  const { lifecycle } = services;
  // A server that stops gives no job, and lets nobody wait for one.
  const gone = () => request.signal.aborted || lifecycle.stopping;
  const waits = leaves ?? lifecycle.signal;
  return answer(await claimJob(services, id, asked, { gone, leaves: waits }));
}

export async function heartbeat({ request, services, caller }: WorkerCall): Promise<Response> {
  const { id } = mustBeAllowed(caller, "work");
  return answer({
    lease: await takeHeartbeat(services, id, await bodyOf(request, heartbeatSchema)),
  });
}

export async function complete({ request, services, caller }: WorkerCall): Promise<Response> {
  const { id } = mustBeAllowed(caller, "work");
  const said = await bodyOf(request, completeSchema, MOST_RESULT_BYTES);
  return answer({ state: await completeJob(services, id, said) });
}

export async function fail({ request, services, caller }: WorkerCall): Promise<Response> {
  const { id } = mustBeAllowed(caller, "work");
  return answer({ state: await failJob(services, id, await bodyOf(request, failSchema)) });
}

export async function cancel({ request, services, caller }: WorkerCall): Promise<Response> {
  mustBeAllowed(caller, "administer");
  const { job } = await bodyOf(request, cancelSchema);
  return answer({ cancelled: await cancelJob(services, job) });
}

/** A file of a job that the caller holds, or the engine, which is everybody's. */
export async function blob(
  { request, services, caller }: WorkerCall,
  sha256: string,
): Promise<Response> {
  const { id } = mustBeAllowed(caller, "work");
  const query = Object.fromEntries(new URL(request.url).searchParams);
  const { job, fence } = parseDocument(blobQuery, query, "query");
  const path = sha256 === (await engineBlob(services)).sha256
    ? services.jobs.enginePath
    : await heldFile(services, id, { job: job ?? "", fence: fence ?? -1, sha256 });
  return await sendFile(request, path, {
    etag: sha256,
    headers: { "content-type": "application/octet-stream", "cache-control": "no-store" },
  });
}

/** A state that a job of the caller keeps. */
export async function keep(
  { request, services, caller }: WorkerCall,
  sha256: string,
): Promise<Response> {
  const { id } = mustBeAllowed(caller, "work");
  const query = Object.fromEntries(new URL(request.url).searchParams);
  const state = parseDocument(keptStateSchema, { ...query, sha256 }, "query");
  const body = request.body ?? new Blob([]).stream();
  await keepState(services, id, state, withPatience(body));
  return answer({ kept: true });
}

async function heldFile(
  services: Services,
  holder: string,
  { job: id, fence, sha256 }: { job: string; fence: number; sha256: string },
): Promise<string> {
  const job = await getJob(services.db, id);
  const held = job?.holder === holder && job.fence === fence && job.state === "running";
  const file = held && job.assignment?.files.find((file) => file.sha256 === sha256);
  if (file) return await pathOf(services, file);
  throw new NotFoundError("No job that you hold names this file", {
    expected: "the SHA-256 of a file of a job, with the job's id and fence in the query",
    got: sha256.slice(0, 80),
    fix: "Claim a job, and fetch its files while the lease is held.",
  });
}

/** Never kept by anybody: an answer is about this moment, and may hold a secret. */
function answer(value: unknown): Response {
  return json(value, { headers: { "cache-control": "no-store" } });
}

async function bodyOf<S extends z.ZodType>(
  request: Request,
  schema: S,
  mostBytes = MOST_BYTES,
): Promise<z.output<S>> {
  let value: unknown;
  try {
    value = JSON.parse(await textOf(request, mostBytes));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ValidationError("The body is no JSON", {
      expected: "a JSON object",
      got: error.message.slice(0, 120),
      fix: "Use the worker of this repository: deno task cli worker --help",
    });
  }
  return parseDocument(schema, value, "body") as z.output<S>;
}

async function textOf({ body }: Request, mostBytes: number): Promise<string> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let byteLength = 0;
  for await (const chunk of body === null ? [] : withPatience(body)) {
    byteLength += chunk.length;
    if (byteLength > mostBytes) {
      throw new BudgetError("The message is too large", {
        expected: `at most ${mostBytes} bytes`,
        got: "more",
        fix: "Results and logs of jobs are far smaller: report this as a fault.",
      });
    }
    chunks.push(chunk as Uint8Array<ArrayBuffer>);
  }
  return await new Blob(chunks).text();
}
