// report: checks a signed report of a replay, without a network.

import { FormatError, TinyproofError, ValidationError } from "../lib/errors.ts";
import { fromUtf8 } from "../lib/bytes.ts";
import { envelopeSchema } from "../lib/verification/envelope_schema.ts";
import type { Statement } from "../lib/verification/report.ts";
import { checkSeeds, type SeedCheck } from "../lib/verification/report_seed.ts";
import {
  describeAudit,
  SEED_AUDIT_TYPE,
  type SeedAuditStatement,
} from "../lib/verification/seed_audit.ts";
import {
  checkReport,
  historyFaults,
  keyHistorySchema,
  type PublishedKey,
} from "../lib/verification/signing_key.ts";
import { parseDocument } from "../lib/verification/schema.ts";
import { type Arguments, type Command, JSON_OPTION, usageError } from "./command.ts";
import { readBytes } from "./host.ts";
import { printJson } from "./output.ts";

export const REPORT: Command = {
  name: "report",
  summary:
    "Checks that a report was signed by a key of the board and not changed since, and computes the\n" +
    "seed of a ticket again. FILE is what the page of a report offers as its signed form, or what\n" +
    "the API says of a report or audit; the keys are what the board publishes under /keys.",
  operands: ["verify", "FILE"],
  options: {
    keys: { type: "string", value: "FILE", help: "the history of the board's keys" },
    json: JSON_OPTION,
  },
  example: "report verify report.dsse.json --keys tinyproof-keys.json",
  run: report,
};

async function report(args: Arguments): Promise<void> {
  const [action, path] = args.positionals;
  if (action !== "verify") throw usageError(REPORT, { expected: "verify", got: action });
  const keys = await readKeys(args.required("keys"));
  const document = await readJson(path);
  const envelope = parseDocument(
    envelopeSchema,
    Object(document).envelope ?? document,
    "report",
  );
  const check = await checkReport(envelope, keys);
  if (!check.valid) {
    throw new TinyproofError(`The report is not valid: ${check.reason}`, {
      fix: "Download report and keys again, the keys from a source you trust.",
    });
  }
  const { statement, keyid } = check, { subject, predicate } = statement;
  const seed = await checkSeeds(statement);
  if (seed.kind === "false") {
    throw new TinyproofError(`The report is not valid: ${seed.reason}`, {
      fix: "It is signed all the same, so keep it: the board has signed what does not hold.",
    });
  }
  if (args.flag("json")) return printJson({ valid: true, keyid, subject, predicate, seed });
  console.log(`valid, signed by ${keyid}`);
  if (statement.predicateType === SEED_AUDIT_TYPE) printAudit(statement);
  else printReplay(statement, seed);
}

function printReplay({ subject, predicate }: Statement, seed: SeedCheck): void {
  console.log(`verdict ${predicate.verdict}, replay ended ${predicate.finishedAt}`);
  for (const { name, digest } of subject) console.log(`${name.padEnd(11)} ${digest.sha256}`);
  console.log(`recipe      ${predicate.recipeHash ?? "none"}`);
  console.log(`seed        ${seedWords(predicate, seed)}`);
  for (const { benchmark, version, value } of predicate.recomputed.scores) {
    console.log(`${benchmark} v${version} ${value}`);
  }
}

function seedWords({ seed, ticket }: Statement["predicate"], check: SeedCheck): string {
  if (!ticket || check.kind !== "ticket") return seed === null ? "none" : `${seed}, free`;
  const { id, account, number, ofRecipe } = ticket;
  const of = check.ofRecipe ? "this recipe" : "a recipe that the report does not hold";
  return `${seed}, computed again from ticket ${id}: the nonce of the board, ${of} and ` +
    `account ${account}; ticket ${number} of ${ofRecipe} for it`;
}

function printAudit({ subject, predicate }: SeedAuditStatement): void {
  const { recipeHash, runs, scores, ticket, finishedAt } = predicate;
  console.log(`fresh seeds, trained until ${finishedAt}`);
  for (const { name, digest } of subject) console.log(`${name.padEnd(11)} ${digest.sha256}`);
  console.log(`recipe      ${recipeHash}`);
  const seeds = runs.map(({ seed }) => seed).join(", ");
  console.log(`seeds       ${seeds}, computed again from the nonce of the audit and the recipe`);
  for (const score of scores) {
    const words = describeAudit(score, ticket?.ofRecipe ?? null);
    console.log(`${score.benchmark} v${score.version} ${score.claimed}: ${words}`);
  }
}

/** @throws {ValidationError} when the history contradicts itself: it proves nothing then. */
async function readKeys(path: string): Promise<PublishedKey[]> {
  const { keys } = parseDocument(keyHistorySchema, await readJson(path), "keys");
  const [fault] = await historyFaults(keys);
  if (fault === undefined) return keys;
  throw new ValidationError(`The history of the keys cannot be trusted: ${fault}`, {
    path: "keys",
    expected: "keys announced by themselves and by those before them",
    got: fault,
    fix: "Download it again from the board.",
  });
}

async function readJson(path: string): Promise<unknown> {
  const bytes = await readBytes(path);
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch (error) {
    throw new FormatError(`${path} is no JSON: ${(error as Error).message}`, {
      offset: 0,
      expected: "a JSON document",
      got: fromUtf8(bytes.subarray(0, 40)) || "nothing",
      fix: "Download it again from the board.",
    });
  }
}
