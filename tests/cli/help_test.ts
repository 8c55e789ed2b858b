import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { cli, cliError } from "../support/cli.ts";

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
  "import",
  "export",
  "dump",
  "baselines",
  "lab",
  "config",
  "submit",
  "withdraw",
  "account",
  "ledger",
];

describe("help", () => {
  it("lists every command, one line each, when none is given", async () => {
    const bare = await cli();
    assert.equal(bare.code, 0);
    for (const name of COMMANDS) {
      assert.match(bare.stdout, new RegExp(`^  ${name} +\\S.*\\.$`, "m"));
    }
    assert.deepEqual(await cli("--help"), bare);
    assert.deepEqual(await cli("help"), bare);
  });

  for (const name of COMMANDS) {
    it(`explains ${name}: what it does, its options and an example`, async () => {
      const { code, stdout, stderr } = await cli(name, "--help");
      assert.equal(code, 0);
      assert.equal(stderr, "");
      assert.match(stdout, new RegExp(`^Usage: deno task cli ${name} .*\\[options\\]$`, "m"));
      const rows = stdout.split("\n").filter((line) => line.startsWith("  --"));
      const columns = rows.map((line) => line.search(/(?<= {2})[^ -]/));
      assert.equal(new Set(columns).size, 1, "explanations stand in one column");
      assert.match(stdout, /^ {2}--json +print exactly one JSON object on stdout$/m);
      assert.match(stdout, new RegExp(`^Example: deno task cli ${name} `, "m"));
    });
  }

  it("is the same by the command of that name", async () => {
    assert.deepEqual(await cli("help", "train"), await cli("train", "--help"));
  });
});

describe("a wrong call", () => {
  const cases: [string, string[], RegExp, RegExp][] = [
    [
      "an unknown command",
      ["trian"],
      /no command trian/,
      /expected: one of train, recipe, ticket, tokenizer, score/,
    ],
    [
      "an unknown option",
      ["score", "--bench", "x", "f"],
      /no option --bench/,
      /one of --benchmark/,
    ],
    ["an unknown short option", ["score", "-b", "f"], /no option -b/, /one of --benchmark/],
    ["a missing file", ["verify"], /Expected FILE, got nothing/, /cli verify --help/],
    ["a file too many", ["inspect", "a", "b"], /Expected FILE, got a b/, /got: {6}a b/],
    ["an option without its value", ["score", "f", "--benchmark"], /without a value/, /ID\[@VER/],
    ["a flag with a value", ["score", "f", "--json=yes"], /--json without a value/, /got: {6}yes/],
    ["a missing prompt", ["generate", "f"], /Expected --prompt TEXT/, /cli generate --help/],
    ["an empty prompt", ["generate", "f", "--prompt="], /--prompt TEXT/, /an empty value/],
    [
      "an option where a prompt belongs",
      ["generate", "f", "--prompt", "--bytes", "5"],
      /Expected --prompt TEXT/,
      /--prompt and then --bytes/,
    ],
    [
      "a number that is none",
      ["generate", "f", "--prompt", "a", "--bytes", "many"],
      /a whole number from 0 to 1000000 after --bytes/,
      /got: {6}many/,
    ],
    [
      "a negative temperature",
      ["generate", "f", "--prompt", "a", "--temperature", "-1"],
      /a number from 0 to 100/,
      /got: {6}-1/,
    ],
    [
      "a draw within a search",
      ["generate", "f", "--prompt", "a", "--beams", "5", "--temperature", "1"],
      /Expected no --temperature with --beams/,
      /got: {6}--temperature/,
    ],
    [
      "a search without beams",
      ["generate", "f", "--prompt", "a", "--early-stopping"],
      /Expected no --early-stopping without --beams/,
      /got: {6}--early-stopping/,
    ],
    ["a worker without a server", ["worker", "--token", "k"], /--server URL/, /got: {6}nothing/],
    ["a server that is none", ["worker", "--server", "here"], /--server https/, /no address/],
    [
      "a worker without a key",
      ["worker", "--server", "http://localhost:1"],
      /an API key in TINYPROOF_KEY or after --token/,
      /got: {6}none/,
    ],
    [
      "a kind of job there is not",
      ["worker", "--server", "http://localhost:1", "--token", "k", "--kinds", "score,scan"],
      /--kinds of score, generate, verify/,
      /got: {6}score,scan/,
    ],
    ["a missing recipe", ["train", "--out", "f"], /--recipe FILE/, /got: {6}nothing/],
    [
      "a dtype it cannot write",
      ["train", "--recipe", "r", "--out", "f", "--dtype", "int4"],
      /--dtype fp32 or fp16/,
      /got: {6}int4/,
    ],
    [
      "moments in a packed file",
      ["train", "--recipe", "r", "--out", "f", "--dtype", "fp16", "--optimizer-state"],
      /--optimizer-state with --dtype fp32/,
      /got: {6}--dtype fp16/,
    ],
  ];
  for (const [name, words, message, detail] of cases) {
    it(`ends with 2 and says how to mend it: ${name}`, async () => {
      const { code, stderr } = await cliError(...words);
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.match(stderr, detail);
      assert.match(stderr, /^ {2}expected: .+\n {2}got: .+\n {2}mend: {5}See: deno task cli /m);
    });
  }
});
