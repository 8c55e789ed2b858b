// lab: sends a study to a server, brings a set back in the same columns, prints the published tables.

import { readFolder } from "../lib/lab/import_study.ts";
import { type ImportReport, readStudy, type StudyImport } from "../lib/lab/tinyscalelab/read.ts";
import {
  type Clicks,
  type Figure,
  type Row,
  type StudyTables,
  studyTables,
} from "../lib/lab/tinyscalelab/study.ts";
import { storedStudy } from "../lib/lab/tinyscalelab/stored.ts";
import { MODEL_LABELS } from "../lib/lab/tinyscalelab/published.ts";
import { NotFoundError } from "../lib/errors.ts";
import { type Arguments, type Command, JSON_OPTION, usageError } from "./command.ts";
import { writeWhole } from "./host.ts";
import { note, printable, printJson } from "./output.ts";
import { addressOf, callServer, SERVER_OPTION } from "./server.ts";

const PUBLISHED = new URL("../data/lab/tinyscalelab/", import.meta.url);

export const LAB: Command = {
  name: "lab",
  summary:
    "Sends a study to a server (import), writes a set in the same columns (export), or prints\n" +
    "TinyScaleLab's published tables beside what its files give (tables). docs/lab.md explains.",
  operands: ["import|export|tables", "[DIR|SET]"],
  options: {
    "dry-run": { type: "boolean", help: "import: read and report, send nothing" },
    name: { type: "string", value: "TEXT", help: "import: what the set is called" },
    rater: { type: "string", value: "NAME", help: "import: who scored; export: id of the rater" },
    out: { type: "string", value: "DIR", help: "export: the folder to write to" },
    server: SERVER_OPTION,
    json: JSON_OPTION,
  },
  example: "lab import data/lab/tinyscalelab",
  run: lab,
};

async function lab(args: Arguments): Promise<void> {
  const [action, operand] = args.positionals;
  if (action === "tables") return await tables(operand ?? PUBLISHED, args);
  if (operand === undefined) {
    throw usageError(LAB, { expected: `${action} and DIR or SET`, got: action });
  }
  if (action === "import") return await importFolder(operand, args);
  if (action === "export") return await exportSet(operand, args);
  throw usageError(LAB, { expected: "import, export or tables", got: action });
}

async function filesOf(folder: string | URL): Promise<Map<string, string>> {
  return await readFolder(folder).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw error;
    }
    throw new NotFoundError(`There is no folder ${folder}`, {
      expected: "a folder with the files of a study",
      got: String(folder),
      fix: "Name the folder, not one of its files.",
    });
  });
}

async function importFolder(folder: string, args: Arguments): Promise<void> {
  const files = await filesOf(folder);
  // A file that is wrong is said here, before anything is sent.
  const { report } = readStudy(files);
  if (args.flag("dry-run")) {
    if (args.flag("json")) return printJson({ report });
    return printReport(report);
  }
  const form = new FormData();
  for (const field of ["name", "rater"]) form.set(field, args.text(field) ?? "");
  for (const { file, kind } of report.files) {
    if (kind !== null) form.append("files", new File([files.get(file)!], file));
  }
  const answer = await callServer(args, "lab/sets", { method: "POST", body: form });
  if (args.flag("json")) return printJson(answer);
  printReport(answer.report);
  note(answer.isNew ? "Imported:" : "It was there already:");
  console.log(`${addressOf(args)}${answer.url}`);
}

function printReport(report: ImportReport): void {
  const { items, prompts, scores, judgeScores, reviews } = report;
  console.log(
    `${items} completions of ${prompts} prompts, ${scores} scores by hand, ` +
      `${judgeScores} of judges, ${reviews} reviews`,
  );
  for (const { what, count, example } of report.repairs) {
    console.log(
      `${String(count).padStart(6)}  ${printable(what)}${example && ` (${printable(example)})`}`,
    );
  }
  for (const remark of report.remarks) console.log(`        ${remark}`);
  for (const { file, kind } of report.files) {
    if (kind === null) note(`not read: ${printable(file)}`);
  }
}

/** Every file a set can be written as, under the names the server gives them. */
async function exportSet(id: string, args: Arguments): Promise<void> {
  const out = args.required("out");
  const set = await callServer(args, `lab/sets/${encodeURIComponent(id)}`);
  const wanted = args.text("rater");
  const raters: { id: string; kind: string }[] = set.raters
    .filter((rater: { id: string }) => wanted === undefined || rater.id === wanted);
  const sheets = [
    ["completions.csv", "completions.csv"],
    ["criteria.csv", "criteria.csv"],
    ...raters.map(({ id, kind }) => {
      const sheet = kind === "judge" ? "judge" : "scores";
      return [`${sheet}.csv?rater=${id}`, `${sheet}-${id}.csv`];
    }),
  ];
  await Deno.mkdir(out, { recursive: true });
  for (const [path, file] of sheets) {
    const response = await fetch(`${addressOf(args)}/lab/sets/${set.id}/sheets/${path}`);
    const bytes = await response.bytes();
    if (!response.ok) throw new NotFoundError(`The server gave no ${file}: ${response.status}`);
    await writeWhole(`${out}/${file}`, [bytes]);
    note(`${out}/${file}`);
  }
}

async function tables(folder: string | URL, args: Arguments): Promise<void> {
  const study: StudyImport = readStudy(await filesOf(folder));
  const found = studyTables(storedStudy(study));
  if (args.flag("json")) return printJson(found);
  printTables(found);
}

function printTables(found: StudyTables): void {
  const { check } = found;
  printRows("Scores by hand", [found.overall, ...found.categories], MODEL_LABELS);
  printRows("By criterion", found.criteria, MODEL_LABELS);
  printRows("Beside the TinyStories paper", found.paper, MODEL_LABELS);
  for (const judge of found.judges.toReversed()) printClicks(judge);
  console.log(
    `\n${check.equalRows} of ${check.rows} published rows come out, ` +
      `${check.equalFigures} of ${check.figures} figures`,
  );
}

function printClicks(judge: Clicks): void {
  const overall = { id: "overall", label: "All", figures: [judge.overall] };
  const { own } = judge;
  printRows(`Clicks on agree, in percent: ${judge.name}`, [overall, ...judge.categories], [
    "agreed",
  ]);
  printRows("By criterion", judge.criteria, ["agreed"]);
  console.log(
    `Not blind. Equal to the rater's own earlier score: ${own.equal} of ${own.pairs}, ` +
      `${(100 * own.equal / own.pairs).toFixed(1)} %`,
  );
}

function printRows(title: string, rows: readonly Row[], columns: readonly string[]): void {
  console.log(`\n${title}`);
  console.log(`${"".padEnd(52)}${columns.map((name) => name.padStart(16)).join("")}`);
  for (const { label, figures } of rows) {
    console.log(`${printable(label).slice(0, 50).padEnd(52)}${figures.map(figureText).join("")}`);
  }
}

function figureText({ computed, published, equal }: Figure): string {
  const beside = published === null ? "" : ` ${equal ? "=" : "≠"} ${published}`;
  return `${computed}${beside}`.padStart(16);
}
