// corpus: searches a text for evaluation data, and sends one to a server for others to train on.

import { scanTargets } from "../lib/benchmarks/evaluation_texts.ts";
import { BENCHMARKS } from "../lib/benchmarks/registry.ts";
import {
  RULE_WORDS,
  scanCorpus,
  type ScanReport,
  type TargetReport,
} from "../lib/corpora/contamination/report.ts";
import { DECLARATION, LICENCES } from "../lib/corpora/fields.ts";
import { type Corpus, findCorpus, uploadedCorpus } from "../lib/corpora/registry.ts";
import { sha256Hex } from "../lib/hash.ts";
import { utf8 } from "../lib/bytes.ts";
import { type Arguments, type Command, JSON_OPTION, usageError } from "./command.ts";
import { loadData, readBytes, writeWhole } from "./host.ts";
import { note, printJson, ProgressBar } from "./output.ts";
import { callServer, SERVER_OPTION, serverKey } from "./server.ts";

const PIECE_BYTES = 1 << 20;

export const CORPUS: Command = {
  name: "corpus",
  summary:
    "Searches a corpus for evaluation texts (scan), or sends one to a server (add). FILE is a text\n" +
    "file, or for scan the name of a registered corpus. What counts: docs/contamination.md.",
  operands: ["scan|add", "FILE"],
  options: {
    out: { type: "string", value: "FILE", help: "scan: also write the report there" },
    server: { ...SERVER_OPTION, help: `add: ${SERVER_OPTION.help}` },
    name: { type: "string", value: "TEXT", help: "add: what the corpus is called" },
    author: { type: "string", value: "TEXT", help: "add: who sends it" },
    source: { type: "string", value: "TEXT", help: "add: where the text is from" },
    licence: {
      type: "string",
      value: "SPDX",
      help: `add: ${Object.keys(LICENCES).slice(0, 3).join(", ")}, …, or other`,
    },
    "licence-note": { type: "string", value: "TEXT", help: "add: another licence's name" },
    declare: { type: "boolean", help: `add: "${DECLARATION}"` },
    json: JSON_OPTION,
  },
  example: "corpus scan my-text.txt",
  run: corpus,
};

async function corpus(args: Arguments): Promise<void> {
  const [action, path] = args.positionals;
  if (action === "scan") return await scan(path, args);
  if (action === "add") return await add(path, args);
  throw usageError(CORPUS, { expected: "scan or add", got: action });
}

async function scan(path: string, args: Arguments): Promise<void> {
  const { corpus, bytes } = await openCorpus(path);
  const targets = await scanTargets(BENCHMARKS, loadData);
  function* pieces(start: number, end: number) {
    for (let at = start; at < end; at += PIECE_BYTES) {
      yield bytes.subarray(at, Math.min(end, at + PIECE_BYTES));
    }
  }
  const bar = new ProgressBar(args.flag("json"));
  const report = await scanCorpus(corpus, targets, pieces, (done) => bar.update(done, path));
  bar.end();
  const out = args.text("out");
  if (out) await writeWhole(out, [utf8(`${JSON.stringify(report, null, 1)}\n`)]);
  if (args.flag("json")) return printJson(report);
  print(report);
}

/** A registered corpus by its name, or any file. */
async function openCorpus(path: string) {
  const registered: Corpus | undefined = findCorpus(path);
  if (registered) return { corpus: registered, bytes: await loadData(registered.file) };
  const bytes = await readBytes(path);
  return { corpus: uploadedCorpus(await sha256Hex(bytes), bytes.length), bytes };
}

function print({ corpus, parts }: ScanReport): void {
  console.log(`corpus ${corpus}`);
  for (const { part, start, end, targets } of parts) {
    console.log(`${part === "training" ? "trained on" : "held out"}, bytes ${start} to ${end}`);
    for (const target of targets) printTarget(target);
  }
}

function printTarget(target: TargetReport): void {
  const { benchmark, version, contaminated, texts, found, words8, words13 } = target;
  console.log(
    `  ${`${benchmark}@${version}`.padEnd(26)}${
      contaminated ? `CONTAMINATED by ${found} of ${texts} texts` : "clean"
    }; runs of 8 words ${words8.found}/${words8.distinct}, of 13 ${words13.found}/${words13.distinct}`,
  );
  for (const { text, rule, start, excerpt } of target.findings.slice(0, 5)) {
    console.log(`    text ${text} ${RULE_WORDS[rule]}, byte ${start}: ${JSON.stringify(excerpt)}`);
  }
}

async function add(path: string, args: Arguments): Promise<void> {
  const query = new URLSearchParams({
    name: args.required("name"),
    // With a key it is the account's.
    author: serverKey() === null ? args.required("author") : args.text("author") ?? "",
    source: args.required("source"),
    licence: args.required("licence"),
    licenceNote: args.text("licence-note") ?? "",
    declaration: args.flag("declare") ? "yes" : "",
  });
  const bytes = await readBytes(path);
  const sha256 = await sha256Hex(bytes);
  const answer = await callServer(args, `corpora/${sha256}?${query}`, {
    method: "PUT",
    body: bytes as Uint8Array<ArrayBuffer>,
  });
  if (args.flag("json")) return printJson(answer);
  note("It is scanned now; recipes may name it afterwards:");
  console.log(JSON.stringify({ corpus: sha256, sha256, weight: 1 }));
}
