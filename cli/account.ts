// account: who a server takes the key in TINYPROOF_KEY for.

import { type Arguments, type Command, JSON_OPTION, usageError } from "./command.ts";
import { printJson } from "./output.ts";
import { callServer, SERVER_OPTION } from "./server.ts";

export const ACCOUNT: Command = {
  name: "account",
  summary: "Says who a server takes you for. The key of your account page is read from the\n" +
    "environment variable TINYPROOF_KEY.",
  operands: ["whoami"],
  options: { server: SERVER_OPTION, json: JSON_OPTION },
  example: "account whoami --server https://board.example",
  run: whoami,
};

async function whoami(args: Arguments): Promise<void> {
  if (args.positionals[0] !== "whoami") {
    throw usageError(ACCOUNT, { expected: "whoami", got: args.positionals[0] });
  }
  const caller = await callServer(args, "account");
  if (args.flag("json")) return printJson(caller);
  const { account, scopes, guests } = caller;
  console.log(
    account === null
      ? `a guest; guests may submit: ${guests}`
      : `${account.name}, ${account.role}; the key is good for ${scopes?.join(", ") || "reading"}`,
  );
}
