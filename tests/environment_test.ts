import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import {
  mebibytes,
  onOff,
  readEnvironment,
  tableRows,
  unknownNames,
  type Variable,
  variableStates,
  wholeNumber,
} from "../lib/environment.ts";
import { ValidationError } from "../lib/errors.ts";

const VARIABLES = {
  loud: { name: "LOUD", schema: onOff, expected: "on or off", default: "off", meaning: "noise" },
  size: { name: "SIZE_MIB", schema: mebibytes(1, 8), expected: "1 to 8 MiB", meaning: "size" },
  id: { name: "ID", schema: z.string(), expected: "a name", meaning: "who", needs: ["KEY"] },
  key: {
    name: "KEY",
    schema: z.string().min(8),
    expected: "8 letters or more",
    meaning: "what opens it",
    secret: true,
  },
  cores: {
    name: "CORES",
    schema: wholeNumber(1, 9),
    expected: "1 to 9",
    default: "2",
    defaultMeaning: "all of them",
    meaning: "how many",
  },
} satisfies Record<string, Variable>;

function faultsOf(env: Record<string, string>): ValidationError {
  try {
    readEnvironment(VARIABLES, env);
  } catch (error) {
    assert.ok(error instanceof ValidationError);
    return error;
  }
  throw new Error("Expected the environment to be refused");
}

describe("declared variables", () => {
  it("have their defaults, and no value where there is none", () => {
    const values = readEnvironment(VARIABLES, { LOUD: "", OTHER: "1" });
    assert.deepEqual(values, {
      ...{ loud: false, size: undefined, id: undefined },
      ...{ key: undefined, cores: 2 },
    });
  });

  it("are what the environment says", () => {
    const env = { LOUD: "on", SIZE_MIB: "2", ID: "me", KEY: "12345678", CORES: "3" };
    assert.deepEqual(readEnvironment(VARIABLES, env), {
      ...{ loud: true, size: 2 * 1024 ** 2, id: "me" },
      ...{ key: "12345678", cores: 3 },
    });
  });

  it("are all named when several are wrong", () => {
    const { message, problem } = faultsOf({ LOUD: "yes", SIZE_MIB: "9", CORES: "1.5" });
    for (const name of ["LOUD", "SIZE_MIB", "CORES"]) assert.match(message, new RegExp(name));
    assert.match(message, /^3 settings are wrong:$/m);
    assert.match(problem.fix!, /LOUD, SIZE_MIB, CORES/);
  });

  it("may need each other", () => {
    assert.match(
      faultsOf({ ID: "me" }).message,
      /^Expected a value beside ID in KEY, got nothing$/,
    );
  });

  it("never show a secret, right or wrong", () => {
    assert.doesNotMatch(JSON.stringify(faultsOf({ KEY: "hunter2" })), /hunter2/);
    const [, , , key] = variableStates(VARIABLES, { KEY: "hunter2" });
    assert.deepEqual([key.value, key.set, key.default], ["hidden", true, "none"]);
    const [, , , absent] = variableStates(VARIABLES, {});
    assert.deepEqual([absent.value, absent.set], [null, false]);
  });

  it("are rows of a table", () => {
    assert.deepEqual(tableRows(VARIABLES).slice(3), [
      "| `KEY` | what opens it | none |",
      "| `CORES` | how many | all of them |",
    ]);
  });

  it("are told from names that are nearly theirs", () => {
    const env = { LOUD: "on", LOUDER: "on", QUIET: "on" };
    assert.deepEqual(unknownNames(VARIABLES, env, "LOUD"), ["LOUDER"]);
  });
});
