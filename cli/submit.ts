// submit: sends a model file to a board, in parts, and may wait for its scores.

import { Buffer } from "node:buffer";
import { type DetailedError, Upload } from "tus-js-client";
import { TinyproofError } from "../lib/errors.ts";
import { readHeader } from "../lib/format/read.ts";
import { sha256Hex } from "../lib/hash.ts";
import type { StatusView } from "../lib/submissions/status.ts";
import { newWithdrawalKey, withdrawalDigest } from "../lib/submissions/withdrawal_key.ts";
import {
  type Board,
  BoardError,
  boardError,
  openBoard,
  SERVER_OPTION,
  unreachable,
} from "./board.ts";
import { type Arguments, type Command, JSON_OPTION } from "./command.ts";
import { readBytes, writeWhole } from "./host.ts";
import { note, printJson, ProgressBar } from "./output.ts";

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

interface Submitted {
  id: string;
  status: string;
  model: string;
}

async function submit(args: Arguments): Promise<void> {
  const [path] = args.positionals;
  const board = openBoard(args);
  const bytes = await readBytes(path);
  readHeader(bytes, {}, bytes.length);
  const sha256 = await sha256Hex(bytes);
  const fileName = path.split(/[\\/]/).at(-1)!;
  const bar = new ProgressBar(args.flag("json"));
  const known = await board.json<{ models: { id: string }[] }>(`/api/v1/search?q=${sha256}`);
  const key = board.isGuest ? newWithdrawalKey() : null;
  const query = new URLSearchParams({
    upload: known.models.length > 0
      ? ""
      : await send(board, { path, bytes, sha256, fileName }, bar),
    name: args.text("name") ?? fileName.replace(/\.tinygpt$/, ""),
    author: args.text("author") ?? "",
    blurb: args.text("blurb") ?? "",
    forkOf: args.text("fork-of") ?? "",
    revisionOf: args.text("revision-of") ?? "",
    ...(key && { withdrawal: withdrawalDigest(key)! }),
  });
  const { id } = known.models[0] ?? await board.json<Submitted>(`/api/v1/submissions?${query}`, {
    method: "POST",
    headers: { "withdrawal-key": args.text("withdrawal-key") ?? "" },
  });
  await forget(path);
  const outcome = {
    id,
    status: `${board.origin}/submissions/${id}`,
    model: `${board.origin}/models/${id}`,
    ...(known.models.length > 0
      ? { known: true }
      : key && { withdraw: `${board.origin}/submissions/${id}/withdraw?key=${key}` }),
  };
  if (!args.flag("json")) printOutcome(outcome);
  const view = args.flag("wait") ? await untilScored(board, id) : null;
  if (args.flag("json")) printJson(view ? { ...outcome, scores: view.scores } : outcome);
  else if (view) printScores(view);
}

interface Sent {
  path: string;
  bytes: Uint8Array;
  sha256: string;
  fileName: string;
}

/** Id of the upload once the board has the whole file. */
async function send(board: Board, { path, bytes, sha256, fileName }: Sent, bar: ProgressBar) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let remembered = Promise.resolve();
  const upload: Upload = new Upload(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
    endpoint: `${board.origin}/api/v1/uploads`,
    uploadUrl: await begun(path, board, sha256),
    headers: board.headers,
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_MS,
    metadata: { filename: fileName, sha256 },
    onUploadUrlAvailable: () => void (remembered = remember(path, { url: upload.url!, sha256 })),
    onProgress: (sent, total) => bar.update(total === 0 ? 0 : sent / total, "sending"),
    onSuccess: () => resolve(upload.url!.split("/").at(-1)!),
    onError: (error) => reject(sendingError(board, error)),
  });
  upload.start();
  const id = await promise;
  await remembered;
  bar.end();
  return id;
}

function sendingError({ origin }: Board, error: Error | DetailedError): TinyproofError {
  const response = "originalResponse" in error ? error.originalResponse : null;
  if (!response) return unreachable(origin, error);
  try {
    return boardError(response.getStatus(), JSON.parse(response.getBody()));
  } catch {
    return boardError(response.getStatus(), null);
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

async function begun(path: string, { origin }: Board, sha256: string): Promise<string | null> {
  try {
    const state: Begun = JSON.parse(await Deno.readTextFile(stateFile(path)));
    return state.sha256 === sha256 && state.url.startsWith(`${origin}/`) ? state.url : null;
  } catch {
    // None, or one that cannot be read: the upload begins anew.
    return null;
  }
}

async function forget(path: string): Promise<void> {
  await Deno.remove(stateFile(path)).catch(() => {});
}

/** @throws {TinyproofError} when the file was not accepted. @throws {BoardError} when we could not. */
async function untilScored(board: Board, id: string): Promise<StatusView> {
  let said = "";
  for (;;) {
    const view = await board.json<StatusView>(`/api/v1/submissions/${id}`);
    const words = stageOf(view);
    if (words !== said) note(words);
    said = words;
    if (view.status === "scored") return view;
    if (view.failure) {
      const { stage, reason, fix, ours } = view.failure;
      const Kind = ours ? BoardError : TinyproofError;
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
