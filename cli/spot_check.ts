// spot-check: sends a board the states of a run that it asks the author for, and may wait.

import { NotFoundError, TinyproofError } from "../lib/errors.ts";
import { sha256Hex } from "../lib/hash.ts";
import type { StatusView } from "../lib/submissions/status.ts";
import type { SpotCheckView, WantedState } from "../lib/verification/spot_check_view.ts";
import { type Arguments, type Command, JSON_OPTION } from "./command.ts";
import { readBytes } from "./host.ts";
import { note, printJson, ProgressBar } from "./output.ts";
import { forgetUpload, sendInParts } from "./send_upload.ts";
import { addressOf, callServer, SERVER_OPTION, ServerError, serverKey } from "./server.ts";
import { findStates, type FoundState } from "./states.ts";

const POLL_MS = 1000;

export const SPOT_CHECK: Command = {
  name: "spot-check",
  summary:
    "Sends the states of a run that a board asks its author for. The run is too long to be\n" +
    "replayed whole there: a few of its segments are. Run again, it sends what is still missing,\n" +
    "and goes on within a state that was interrupted.",
  operands: ["SUBMISSION"],
  options: {
    server: SERVER_OPTION,
    states: { type: "string", value: "DIR", help: "what train --keep-states has kept; required" },
    "withdrawal-key": {
      type: "string",
      value: "KEY",
      help: "without an account: the key given when the model was sent",
    },
    wait: { type: "boolean", help: "until there is a verdict; what it says goes to stderr" },
    json: JSON_OPTION,
  },
  example: "spot-check b7kx2mfq9tzw --states my.tinygpt.states --wait",
  run: spotCheck,
};

async function spotCheck(args: Arguments): Promise<void> {
  const [id] = args.positionals;
  const folder = args.required("states");
  const view: StatusView = await callServer(args, `submissions/${id}`);
  const check = checkOf(view);
  if (check.state === "waiting") await sendAll(args, { view, check, folder });
  const ended = args.flag("wait") ? await untilVerdict(args, id) : await callServer(
    args,
    `submissions/${id}`,
  ) as StatusView;
  const { provenance } = ended, { drawn, segments } = checkOf(ended);
  const sampled = { count: drawn.length, of: segments };
  if (args.flag("json")) return printJson({ id, provenance, sampled });
  console.log(
    provenance === "sampled"
      ? `sampled ${sampled.count}/${sampled.of}`
      : `provenance ${provenance}`,
  );
  console.log(`status     ${addressOf(args)}/submissions/${id}`);
}

function checkOf({ spotCheck }: StatusView): SpotCheckView {
  if (spotCheck) return spotCheck;
  throw new NotFoundError("The board asks for no states of this model", {
    expected: "a model whose run is over the board's budget of replays",
    got: "one without a spot check",
    fix: "See on its status page how far it is.",
  });
}

interface Sending {
  view: StatusView;
  check: SpotCheckView;
  folder: string;
}

async function sendAll(args: Arguments, { view, check, folder }: Sending): Promise<void> {
  const missing = check.states.filter(({ delivered }) => !delivered);
  const found = await findStates(folder);
  const chosen = await choose(args, view, { missing, found, folder });
  for (const { state: { step }, path } of chosen) {
    const bytes = await readBytes(path) as Uint8Array<ArrayBuffer>;
    note(`Sending the state of step ${step}, ${(bytes.length / 1024 ** 2).toFixed(1)} MiB`);
    const sha256 = await sha256Hex(bytes);
    const headers = keyOf(args);
    const upload = await sendInParts(
      { server: addressOf(args), path, bytes, sha256, stateOf: view.id, headers },
      new ProgressBar(args.flag("json")),
    );
    const taken = callServer(args, `submissions/${view.id}/states?upload=${upload}`, {
      method: "POST",
      headers,
    });
    // One that was refused is of no use any more; one that got no answer is asked for again.
    await taken.catch(async (error) => {
      if (!(error instanceof ServerError)) await forgetUpload(path);
      throw error;
    });
    await forgetUpload(path);
  }
  note("All states have arrived; the segments are replayed.");
}

function keyOf(args: Arguments): Record<string, string> {
  const key = args.text("withdrawal-key");
  return key !== undefined && serverKey() === null ? { "withdrawal-key": key } : {};
}

/** A file for each missing state: of the run whose leaves the submitted file has. */
async function choose(
  args: Arguments,
  { id }: StatusView,
  { missing, found, folder }: { missing: WantedState[]; found: FoundState[]; folder: string },
): Promise<{ state: WantedState; path: string }[]> {
  const { chain, recipeHash } = await callServer(args, `models/${id}`);
  const leaves: string[] = chain.leaves;
  const pathOf = (leaf: number) =>
    found.find((state) =>
      state.recipeHash === recipeHash && state.leaves.length === leaf + 1 &&
      state.leaves[leaf] === leaves[leaf]
    )?.path;
  const lacking = missing.filter(({ leaf }) => pathOf(leaf) === undefined);
  if (lacking.length > 0) {
    throw new TinyproofError(`States that the board asks for are not in ${folder}`, {
      expected: `the states of step ${lacking.map(({ step }) => step).join(", ")} of this very run`,
      got: `${found.length} states, none of these`,
      fix: "Name the folder that train --keep-states has filled, or train the recipe again with " +
        "that option: it gives the same bits.",
    });
  }
  return missing.map((state) => ({ state, path: pathOf(state.leaf)! }));
}

async function untilVerdict(args: Arguments, id: string): Promise<StatusView> {
  let said = "";
  for (;;) {
    const view: StatusView = await callServer(args, `submissions/${id}`);
    const check = checkOf(view);
    const parts = view.jobs.filter(({ task }) => task === "sample");
    const done = parts.filter(({ state }) => state === "done").length;
    const words = `${done} of ${parts.length} parts replayed`;
    if (words !== said) note(words);
    said = words;
    if (check.state === "done" || check.state === "failed") return view;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
