// withdraw: takes a model back from a board.

import { parseReference } from "../lib/submissions/lineage.ts";
import type { StatusView } from "../lib/submissions/status.ts";
import { type Arguments, type Command, JSON_OPTION, usageError } from "./command.ts";
import { printJson } from "./output.ts";
import { callServer, SERVER_OPTION } from "./server.ts";

export const WITHDRAW: Command = {
  name: "withdraw",
  summary: "Takes a model of your own back from a board, with the key of its account in\n" +
    "TINYPROOF_KEY, or with the withdrawal key that was given when it was submitted.",
  operands: ["ID"],
  options: {
    server: SERVER_OPTION,
    "withdrawal-key": {
      type: "string",
      value: "KEY",
      help: "without an account: what stands after key= in the address for withdrawing it",
    },
    json: JSON_OPTION,
  },
  example: "withdraw b7kx2mfq9tzw --server https://board.example",
  run: withdraw,
};

async function withdraw(args: Arguments): Promise<void> {
  const reference = parseReference(args.positionals[0]);
  if (reference === null || !("id" in reference)) {
    const got = args.positionals[0];
    throw usageError(WITHDRAW, { expected: "the id of a model, or the address of its page", got });
  }
  const view: StatusView = await callServer(args, `submissions/${reference.id}`, {
    method: "DELETE",
    headers: { "withdrawal-key": args.text("withdrawal-key") ?? "" },
  });
  const { id, name, withdrawnAt } = view;
  if (args.flag("json")) printJson({ id, name, withdrawnAt });
  else console.log(`${name} (${id}) was withdrawn on ${withdrawnAt}`);
}
