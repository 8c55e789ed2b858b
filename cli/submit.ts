// submit: sends a model file to a board, in parts, and may wait for its scores.

import { Buffer } from "node:buffer";
import type { DetailedError, Upload } from "tus-js-client";
import { TinyproofError } from "../lib/errors.ts";
import { readHeader } from "../lib/format/read.ts";
import { sha256Hex } from "../lib/hash.ts";
import type { StatusView } from "../lib/submissions/status.ts";
import { newWithdrawalKey, withdrawalDigest } from "../lib/submissions/withdrawal_key.ts";
import { type Arguments, type Command, JSON_OPTION } from "./command.ts";
import { readBytes, writeWhole } from "./host.ts";
import { note, printJson, ProgressBar } from "./output.ts";
import {
  addressOf,
  callServer,
  keyHeaders,
  refusal,
  SERVER_OPTION,
  ServerError,
  serverKey,
  unreachable,
} from "./server.ts";

const CHUNK_BYTES = 4 * 1024 ** 2;
const RETRY_MS = [0, 1000, 3000, 5000, 10_000, 20_000];
const POLL_MS = 1000;

export const SUBMIT: Command = {
  name: "submit",
  summary: "Sends a model file to a board. An API key in TINYPROOF_KEY makes it an account's.\n" +
    "What was interrupted goes on when the same command is run again. Ends with 3 when the board\n" +
    "is at fault or asks to come back later.",
  operands: ["FILE"],
  options: {
    server: SERVER_OPTION,
    name: { type: "string", value: "NAME", help: "name of the model (that of the file)" },
    author: { type: "string", value: "NAME", help: "who made it; an account goes by its own name" },
    blurb: { type: "string", value: "TEXT", help: "a sentence or two about it" },
    "fork-of": { type: "string", value: "ID", help: "the model it goes on from" },
    "revision-of": { type: "string", value: "ID", help: "your own model whose place it takes" },
    "withdrawal-key": {
      type: "string",
      value: "KEY",
      help: "with --revision-of, without an account: the key given when that one was sent",
    },
    wait: { type: "boolean", help: "until it is scored; what it says goes to stderr" },
    json: JSON_OPTION,
  },
  example: "submit my.tinygpt --server https://board.example --author Ada --wait",
  run: submit,
};

async function submit(args: Arguments): Promise<void> {
  const [path] = args.positionals;
  const server = addressOf(args);
  const bytes = await readBytes(path);
  readHeader(bytes, {}, bytes.length);
  const sha256 = await sha256Hex(bytes);
  const [known] = (await callServer(args, `search?q=${sha256}`)).models;
  const sent = { server, path, bytes, sha256, fileName: path.split(/[\\/]/).at(-1)! };
  const { id, withdraw } = known ?? await sendAndSubmit(args, sent);
  await forget(path);
  const outcome = {
    id,
    status: `${server}/submissions/${id}`,
    model: `${server}/models/${id}`,
    ...(known ? { known: true } : withdraw && { withdraw }),
  };
  if (!args.flag("json")) printOutcome(outcome);
  const view = args.flag("wait") ? await untilScored(args, id) : null;
  if (args.flag("json")) printJson(view ? { ...outcome, scores: view.scores } : outcome);
  else if (view) printScores(view);
}

/** Id of the new entry, and of a guest's the address by which to withdraw it. */
async function sendAndSubmit(
  args: Arguments,
  sent: Sent,
): Promise<{ id: string; withdraw?: string }> {
  const upload = await send(sent, new ProgressBar(args.flag("json")));
  const key = serverKey() === null ? newWithdrawalKey() : null;
  const query = new URLSearchParams({
    upload,
    name: args.text("name") ?? sent.fileName.replace(/\.tinygpt$/, ""),
    author: args.text("author") ?? "",
    blurb: args.text("blurb") ?? "",
    forkOf: args.text("fork-of") ?? "",
    revisionOf: args.text("revision-of") ?? "",
    ...(key && { withdrawal: withdrawalDigest(key)! }),
  });
  const { id } = await callServer(args, `submissions?${query}`, {
    method: "POST",
    headers: { "withdrawal-key": args.text("withdrawal-key") ?? "" },
  });
  return key ? { id, withdraw: `${sent.server}/submissions/${id}/withdraw?key=${key}` } : { id };
}

interface Sent {
  server: string;
  path: string;
  bytes: Uint8Array;
  sha256: string;
  fileName: string;
}

/** Id of the upload once the server has the whole file. */
async function send(sent: Sent, bar: ProgressBar): Promise<string> {
  const { server, path, bytes, sha256, fileName } = sent;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let remembered = Promise.resolve();
  // Loaded here alone: a package it loads listens to signals and sends them a second time.
  const tus = await import("tus-js-client");
  const upload: Upload = new tus.Upload(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
    endpoint: `${server}/api/v1/uploads`,
    uploadUrl: await begun(sent),
    headers: keyHeaders(),
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_MS,
    metadata: { filename: fileName, sha256 },
    onUploadUrlAvailable: () => void (remembered = remember(path, { url: upload.url!, sha256 })),
    onProgress: (done, total) => bar.update(total === 0 ? 0 : done / total, "sending"),
    onSuccess: () => resolve(upload.url!.split("/").at(-1)!),
    onError: (error) => reject(sendingError(server, error)),
  });
  upload.start();
  const id = await promise;
  await remembered;
  bar.end();
  return id;
}

function sendingError(server: string, error: Error | DetailedError): TinyproofError {
  const response = "originalResponse" in error ? error.originalResponse : null;
  if (!response) return unreachable(server, error);
  try {
    return refusal(response.getStatus(), JSON.parse(response.getBody()));
  } catch {
    return refusal(response.getStatus(), null);
  }
}

/** Where an interrupted upload stands, beside the file it is of. */
const stateFile = (path: string) => `${path}.upload`;

interface Begun {
  url: string;
  sha256: string;
}

function remember(path: string, state: Begun): Promise<void> {
  return writeWhole(stateFile(path), [new TextEncoder().encode(JSON.stringify(state))]);
}

async function begun({ path, server, sha256 }: Sent): Promise<string | null> {
  try {
    const state: Begun = JSON.parse(await Deno.readTextFile(stateFile(path)));
    return state.sha256 === sha256 && state.url.startsWith(`${server}/`) ? state.url : null;
  } catch {
    // None, or one that cannot be read: the upload begins anew.
    return null;
  }
}

async function forget(path: string): Promise<void> {
  await Deno.remove(stateFile(path)).catch(() => {});
}

/** @throws {TinyproofError} when it was not accepted. @throws {ServerError} when that was our fault. */
async function untilScored(args: Arguments, id: string): Promise<StatusView> {
  let said = "";
  for (;;) {
    const view: StatusView = await callServer(args, `submissions/${id}`);
    const words = stageOf(view);
    if (words !== said) note(words);
    said = words;
    if (view.status === "scored") return view;
    if (view.failure) {
      const { stage, reason, fix, ours } = view.failure;
      const Kind = ours ? ServerError : TinyproofError;
      throw new Kind(`Not accepted, at the stage "${stage}": ${reason}`, { fix });
    }
    if (view.status === "withdrawn") throw new TinyproofError("It was withdrawn");
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function stageOf({ status, jobs }: StatusView): string {
  const job = jobs.find(({ state }) => state === "running" || state === "queued");
  if (!job) return status;
  return job.jobsAhead ? `waiting, ${job.jobsAhead} ahead` : job.stage;
}

function printOutcome(
  outcome: { status: string; model: string; withdraw?: string; known?: boolean },
): void {
  if (outcome.known) note("This very file is on the board already.");
  console.log(`status    ${outcome.status}`);
  console.log(`model     ${outcome.model}`);
  // Shown nowhere else, and never again.
  if (outcome.withdraw) console.log(`withdraw  ${outcome.withdraw}`);
}

function printScores({ scores }: StatusView): void {
  for (const { id, version, score, unit } of scores) {
    const text = score === null ? "does not apply" : `${score} ${unit}`;
    console.log(`${`${id}@${version}`.padEnd(25)}${text}`);
  }
}
