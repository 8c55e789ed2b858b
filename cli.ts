// Command line: parse words, call lib, print. `deno task cli --help`.
// Ends with 0 when the command did its work, 1 when it could not, 2 when it was called wrongly, 3 when
// a server is at fault that may do better later.

import { TinyproofError } from "./lib/errors.ts";
import { type Command, helpText, readArguments, shortSummary, UsageError } from "./cli/command.ts";
import { ACCOUNT } from "./cli/account.ts";
import { BACKUP } from "./cli/backup.ts";
import { BASELINES } from "./cli/baselines.ts";
import { COMPARE } from "./cli/compare.ts";
import { CONFIG } from "./cli/config.ts";
import { CORPUS } from "./cli/corpus.ts";
import { DUMP } from "./cli/dump.ts";
import { EXPORT } from "./cli/export.ts";
import { GENERATE } from "./cli/generate.ts";
import { IMPORT } from "./cli/import.ts";
import { INSPECT } from "./cli/inspect.ts";
import { LAB } from "./cli/lab.ts";
import { MIGRATE_STORE } from "./cli/migrate_store.ts";
import { LAB_GENERATE } from "./cli/lab_generate.ts";
import { LAB_JUDGE } from "./cli/lab_judge.ts";
import { LEDGER } from "./cli/ledger.ts";
import { printError } from "./cli/output.ts";
import { RECIPE } from "./cli/recipe.ts";
import { REPORT } from "./cli/report.ts";
import { RESTORE } from "./cli/restore.ts";
import { SCORE } from "./cli/score.ts";
import { ServerError } from "./cli/server.ts";
import { SPOT_CHECK } from "./cli/spot_check.ts";
import { SUBMIT } from "./cli/submit.ts";
import { TICKET } from "./cli/ticket.ts";
import { TOKENIZER } from "./cli/tokenizer.ts";
import { TRAIN } from "./cli/train.ts";
import { VERIFY } from "./cli/verify.ts";
import { WORKER } from "./cli/worker.ts";
import { WITHDRAW } from "./cli/withdraw.ts";

const COMMANDS: Command[] = [
  TRAIN,
  RECIPE,
  TICKET,
  TOKENIZER,
  SCORE,
  COMPARE,
  GENERATE,
  INSPECT,
  VERIFY,
  REPORT,
  CORPUS,
  IMPORT,
  EXPORT,
  DUMP,
  BASELINES,
  LAB,
  CONFIG,
  SUBMIT,
  SPOT_CHECK,
  WITHDRAW,
  ACCOUNT,
  BACKUP,
  RESTORE,
  MIGRATE_STORE,
  LEDGER,
  LAB_GENERATE,
  LAB_JUDGE,
  WORKER,
];

const HELP = [
  "Train, score and verify tiny language models, to the bit.",
  "",
  "Usage: deno task cli COMMAND [options]",
  "",
  ...COMMANDS.map((command) => `  ${command.name.padEnd(15)}${shortSummary(command)}`),
  "",
  "Each command explains itself with --help.",
].join("\n");

const HELP_WORDS = ["--help", "-h", "help"];

async function main(words: string[]): Promise<number> {
  if (words.length === 0 || (HELP_WORDS.includes(words[0]) && words.length === 1)) {
    console.log(HELP);
    return 0;
  }
  try {
    // `help train` is `train --help`.
    const { command, rest } = findCommand(words[0] === "help" ? words.slice(1) : words);
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
function findCommand([first, ...rest]: string[]): { command: Command; rest: string[] } {
  const [second] = rest;
  const two = COMMANDS.find(({ name }) => name === `${first} ${second}`);
  if (two) return { command: two, rest: rest.slice(1) };
  const command = COMMANDS.find(({ name }) => name === first);
  if (command) return { command, rest };
  throw new UsageError(`There is no command ${first}`, {
    expected: `one of ${COMMANDS.map(({ name }) => name).join(", ")}`,
    got: first,
    fix: "See: deno task cli --help",
  });
}

Deno.exit(await main(Deno.args));
