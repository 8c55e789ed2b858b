// Command line: parse words, call lib, print. `deno task cli --help`.
// Ends with 0 when the command did its work, 1 when it could not, 2 when it was called wrongly, 3 when
// a server is at fault that may do better later.

import { TinyproofError } from "./lib/errors.ts";
import { type Command, helpText, readArguments, shortSummary, UsageError } from "./cli/command.ts";
import { printError } from "./cli/output.ts";
import { ServerError } from "./cli/server.ts";

const COMMANDS = [
  "train",
  "recipe",
  "ticket",
  "tokenizer",
  "score",
  "compare",
  "generate",
  "inspect",
  "verify",
  "report",
  "corpus",
  "import",
  "export",
  "dump",
  "baselines",
  "lab",
  "config",
  "submit",
  "spot-check",
  "withdraw",
  "account",
  "backup",
  "restore",
  "migrate-store",
  "ledger",
  "lab generate",
  "lab judge",
  "worker",
];

/**
 * By an address that Deno does not foresee: it would read all that any command imports, half of the
 * server, before each.
 */
async function load(name: string): Promise<Command> {
  const file = name.replace(/\W/, "_");
  const module = await import(import.meta.resolve(`./cli/${file}.ts`));
  return module[file.toUpperCase()];
}

async function listCommands(): Promise<string> {
  const commands = await Promise.all(COMMANDS.map(load));
  return [
    "Train, score and verify tiny language models, to the bit.",
    "",
    "Usage: deno task cli COMMAND [options]",
    "",
    ...commands.map((command) => `  ${command.name.padEnd(15)}${shortSummary(command)}`),
    "",
    "Each command explains itself with --help.",
  ].join("\n");
}

const HELP_WORDS = ["--help", "-h", "help"];

async function main(words: string[]): Promise<number> {
  if (words.length === 0 || (HELP_WORDS.includes(words[0]) && words.length === 1)) {
    console.log(await listCommands());
    return 0;
  }
  try {
    // `help train` is `train --help`.
    const { command, rest } = await findCommand(words[0] === "help" ? words.slice(1) : words);
    if (words[0] === "help" || rest.includes("--help") || rest.includes("-h")) {
      console.log(helpText(command));
    } else {
      await command.run(readArguments(command, rest));
    }
    return 0;
  } catch (error) {
    // Whoever read the output has enough, as in `generate … | head`.
    if (error instanceof Deno.errors.BrokenPipe) return 0;
    if (!(error instanceof TinyproofError)) throw error;
    printError(error);
    if (error instanceof ServerError) return 3;
    return error instanceof UsageError ? 2 : 1;
  }
}

/** A command's name may be two words. */
async function findCommand(words: string[]): Promise<{ command: Command; rest: string[] }> {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(" ");
    if (!COMMANDS.includes(name)) continue;
    return { command: await load(name), rest: words.slice(length) };
  }
  throw new UsageError(`There is no command ${words[0]}`, {
    expected: `one of ${COMMANDS.join(", ")}`,
    got: words[0],
    fix: "See: deno task cli --help",
  });
}

Deno.exit(await main(Deno.args));
