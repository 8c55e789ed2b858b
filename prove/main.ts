// Proofs that take longer than the tests: what docs/exactness.md claims, measured again.

import { parseArgs } from "node:util";
import { proveAttacks } from "./attacks/suite.ts";
import { proveEngines } from "./engines/main.ts";
import { proveFuzz } from "./fuzz/main.ts";
import { proveUlp } from "./ulp/main.ts";

const HELP = `deno task prove <proof> [options]

  engines   the same program in every runtime at hand: self-test and golden digests
            --only <text>     rows that contain the text: "Bun", "ARM64"
  ulp       the error of exp, erf and log over every binary32; goes on where it stopped
            --threads <n>     workers (2)
  fuzz      hostile model files: each is read or refused with a FormatError
            --cases <n>       how many (1000000)
            --seed <n>        of the series (1)
            --first <n>       number of the first file: repeats a failure with --cases 1
  attacks   every cheat of /security/attacks, carried out; keeps the results in data/attacks.json
  all       one after the other

  --minutes <n>   longest time: of one runtime (20), of measuring (600)

The first two write their tables into docs/exactness.md.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: "" },
    threads: { type: "string", default: "2" },
    minutes: { type: "string" },
    cases: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    first: { type: "string", default: "0" },
    help: { type: "boolean" },
  },
});

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  console.error(`Expected --${name} to be a whole number, got ${text}`);
  Deno.exit(2);
}

const minutes = (usual: number) => wholeNumber("minutes", values.minutes ?? `${usual}`);
const threads = wholeNumber("threads", values.threads);

const fuzzOptions = {
  cases: wholeNumber("cases", values.cases),
  seed: wholeNumber("seed", values.seed),
  first: wholeNumber("first", values.first),
};

const proofs: Record<string, () => boolean | Promise<boolean>> = {
  engines: () => proveEngines({ only: values.only, minutes: minutes(20) }),
  ulp: () => proveUlp({ threads, minutes: minutes(600) }),
  fuzz: () => proveFuzz(fuzzOptions),
  attacks: proveAttacks,
};

const [name] = positionals;
const chosen = name === "all" ? Object.values(proofs) : [proofs[name]];
if (values.help || positionals.length !== 1 || !chosen[0]) {
  console.log(HELP);
  Deno.exit(values.help ? 0 : 2);
}
let proven = true;
for (const proof of chosen) proven = await proof() && proven;
Deno.exit(proven ? 0 : 1);
