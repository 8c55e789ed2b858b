// config: the settings of a server, what each is set to here, and everything that is wrong.

import { VARIABLES } from "../lib/config.ts";
import {
  readEnvironment,
  tableRows,
  unknownNames,
  type VariableState,
  variableStates,
} from "../lib/environment.ts";
import { ValidationError } from "../lib/errors.ts";
import { type Arguments, type Command, JSON_OPTION } from "./command.ts";
import { note, printable, printJson } from "./output.ts";

export const CONFIG: Command = {
  name: "config",
  summary: "Lists the settings of a server and checks them. They are variables of the environment.",
  operands: [],
  options: {
    json: JSON_OPTION,
    table: { type: "boolean", help: "print the rows of the README's table" },
  },
  example: "config --json",
  run: (args) => Promise.resolve(config(args)),
};

function config(args: Arguments): void {
  if (args.flag("table")) return console.log(tableRows(VARIABLES).join("\n"));
  const env = Deno.env.toObject();
  const states = variableStates(VARIABLES, env);
  const unknown = unknownNames(VARIABLES, env, "TINYPROOF_");
  const wrong = problem(env);
  if (args.flag("json")) {
    printJson({ variables: states, unknown, problem: wrong?.message ?? null });
  } else {
    const width = Math.max(...states.map(({ name }) => name.length)) + 2;
    for (const state of states) print(state, width);
    for (const name of unknown) note(`${printable(name)} is set, and no setting has that name`);
  }
  if (wrong) throw wrong;
}

function problem(env: Record<string, string>): ValidationError | null {
  try {
    readEnvironment(VARIABLES, env);
    return null;
  } catch (error) {
    if (error instanceof ValidationError) return error;
    throw error;
  }
}

function print(state: VariableState, width: number): void {
  const { name, meaning, value, set, default: otherwise } = state;
  const origin = set ? `set; default: ${otherwise}` : "default";
  console.log(`${name.padEnd(width)}${printable(value ?? "none")} (${origin})`);
  console.log(`${" ".repeat(width)}${meaning}`);
}
