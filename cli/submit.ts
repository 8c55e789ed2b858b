// submit: sends a model file to a board, in parts, and may wait for its scores.

import { TinyproofError } from "../lib/errors.ts";
import { readHeader } from "../lib/format/read.ts";
import { sha256Hex } from "../lib/hash.ts";
import type { StatusView } from "../lib/submissions/status.ts";
import { newWithdrawalKey, withdrawalDigest } from "../lib/submissions/withdrawal_key.ts";
import { type Arguments, type Command, JSON_OPTION } from "./command.ts";
import { readBytes } from "./host.ts";
import { note, printJson, ProgressBar } from "./output.ts";
import { fileNameOf, forgetUpload, sendInParts, type SentFile } from "./send_upload.ts";
import { addressOf, callServer, SERVER_OPTION, ServerError, serverKey } from "./server.ts";

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
  const sent = { server, path, bytes, sha256 };
  const { id, withdraw } = known ?? await sendAndSubmit(args, sent);
  await forgetUpload(path);
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
  sent: SentFile,
): Promise<{ id: string; withdraw?: string }> {
  const upload = await sendInParts(sent, new ProgressBar(args.flag("json")));
  const key = serverKey() === null ? newWithdrawalKey() : null;
  const query = new URLSearchParams({
    upload,
    name: args.text("name") ?? fileNameOf(sent.path).replace(/\.tinygpt$/, ""),
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
