// Command line: parse words, call lib, print. `deno task cli --help`.

import { TinyproofError } from "./lib/errors.ts";
import { type Command, helpText, readArguments } from "./cli/command.ts";
import { GENERATE } from "./cli/generate.ts";
import { INSPECT } from "./cli/inspect.ts";
import { SCORE } from "./cli/score.ts";
import { TRAIN } from "./cli/train.ts";
import { VERIFY } from "./cli/verify.ts";

const COMMANDS: Command[] = [TRAIN, SCORE, GENERATE, INSPECT, VERIFY];

const HELP = [
  "Train, score and verify tiny language models, to the bit.",
  "",
  "Usage: deno task cli COMMAND [options]",
  "",
  ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(12)}${summary.split("\n")[0]}`),
  "",
  "Each command explains itself with --help.",
].join("\n");

async function main(words: string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === "--help" || name === "help") {
    console.log(HELP);
    return 0;
  }
  const command = COMMANDS.find((command) => command.name === name);
  if (!command) {
    console.error(`There is no command ${name}.\n\n${HELP}`);
    return 2;
  }
  if (rest.includes("--help")) {
    console.log(helpText(command));
    return 0;
  }
  try {
    await command.run(readArguments(command, rest));
    return 0;
  } catch (error) {
    if (!(error instanceof TinyproofError)) throw error;
    const { expected, got, fix } = error.problem;
    console.error(`error: ${error.message}`);
    if (expected !== undefined) console.error(`  expected: ${expected}`);
    if (got !== undefined) console.error(`  got:      ${got}`);
    if (fix !== undefined) console.error(`  mend:     ${fix}`);
    return 1;
  }
}

Deno.exit(await main(Deno.args));
