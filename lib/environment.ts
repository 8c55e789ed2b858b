// Reads declared variables from an environment. Knows none of them: they are declared in config.ts.

import { z } from "zod";
import { ValidationError } from "./errors.ts";

export interface Variable {
  /** As in the environment. */
  name: string;
  /** From the text of the environment to the value the server uses. */
  schema: z.ZodType<unknown, string>;
  /** Completes "Expected …". */
  expected: string;
  /** As it would be written in the environment; absent means that there is no value. */
  default?: string;
  /** What stands for a default that differs from machine to machine. */
  defaultMeaning?: string;
  /** One line for the README and `cli config`. */
  meaning: string;
  /** Never printed, not even when it is wrong. */
  secret?: boolean;
  /** Variables without which this one has no use. */
  needs?: readonly string[];
}

export type Declared = Record<string, Variable>;

/** The value of each declared variable; undefined where it is neither set nor has a default. */
export type ValuesOf<Variables extends Declared> = {
  [Key in keyof Variables]: Variables[Key] extends { default: string }
    ? z.output<Variables[Key]["schema"]>
    : z.output<Variables[Key]["schema"]> | undefined;
};

/** Name to text; an empty text counts as absent. */
export type Environment = Record<string, string | undefined>;

interface Fault {
  name: string;
  expected: string;
  got: string;
}

export const onOff = z.enum(["on", "off"]).transform((word) => word === "on");

export function wholeNumber(min: number, max: number) {
  return z.string().regex(/^\d{1,15}$/).transform(Number).pipe(z.number().min(min).max(max));
}

/** A finite number above 0; 2e15 is one. */
export const positive = z.string().regex(/^\d+(\.\d+)?(e\d{1,3})?$/i).transform(Number)
  .pipe(z.number().positive());

/** Bytes, written as a whole number of MiB. */
export function mebibytes(min: number, max: number) {
  return wholeNumber(min, max).transform((mebi) => mebi * 1024 ** 2);
}

/** @throws {ValidationError} naming every variable that is wrong, not only the first. */
export function readEnvironment<Variables extends Declared>(
  variables: Variables,
  env: Environment,
): ValuesOf<Variables> {
  const faults: Fault[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, variable] of Object.entries(variables)) {
    const text = env[variable.name] || variable.default;
    const parsed = text === undefined ? undefined : variable.schema.safeParse(text);
    if (parsed?.success === false) faults.push(wrongValue(variable, text!));
    if (env[variable.name]) faults.push(...missingNeeds(variable, env));
    values[key] = parsed?.data;
  }
  if (faults.length > 0) throw problemOf(faults);
  return values as ValuesOf<Variables>;
}

function wrongValue({ name, expected, secret }: Variable, text: string): Fault {
  return { name, expected, got: secret ? "something else" : JSON.stringify(text.slice(0, 80)) };
}

function missingNeeds({ name, needs = [] }: Variable, env: Environment): Fault[] {
  return needs.filter((needed) => !env[needed]).map((needed) => ({
    name: needed,
    expected: `a value beside ${name}`,
    got: "nothing",
  }));
}

function problemOf(faults: Fault[]): ValidationError {
  const lines = faults.map(({ name, expected, got }) =>
    `Expected ${expected} in ${name}, got ${got}`
  );
  const message = lines.length === 1
    ? lines[0]
    : `${lines.length} settings are wrong:\n${lines.map((line) => `  ${line}`).join("\n")}`;
  const names = [...new Set(faults.map(({ name }) => name))].join(", ");
  return new ValidationError(message, {
    path: names,
    expected: [...new Set(faults.map(({ expected }) => expected))].join("; "),
    got: faults.map(({ got }) => got).join("; "),
    fix: `Set ${names} as said, or leave out what has a default. See: deno task cli config`,
  });
}

export interface VariableState {
  name: string;
  meaning: string;
  /** For people: "none", or what it is on this machine. */
  default: string;
  /** Null when it has none; a secret is "hidden". */
  value: string | null;
  set: boolean;
}

/** What each variable is set to in `env`, right or wrong, for people: secrets stay hidden. */
export function variableStates(variables: Declared, env: Environment): VariableState[] {
  return Object.values(variables).map((variable) => {
    const set = Boolean(env[variable.name]);
    const value = (set ? env[variable.name] : variable.default) ?? null;
    return {
      name: variable.name,
      meaning: variable.meaning,
      default: variable.defaultMeaning ?? variable.default ?? "none",
      value: variable.secret && value !== null ? "hidden" : value,
      set,
    };
  });
}

/** What no line of a log may hold: the secrets in `env`, and the passwords inside of addresses. */
export function secretTexts(variables: Declared, env: Environment): string[] {
  return Object.values(variables).filter(({ secret }) => secret)
    .flatMap(({ name }) => [env[name] ?? "", ...passwordIn(env[name] ?? "")])
    // Shorter ones are part of ordinary words.
    .filter((text) => text.length >= 4);
}

function passwordIn(text: string): string[] {
  // Not URL.parse: an address of a PostgreSQL by socket has no host, and is none for browsers.
  const password = /^[a-z][a-z0-9+]*:\/\/[^:/@]*:([^@]*)@/i.exec(text)?.[1];
  if (!password) return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

/** Names in `env` that begin like ours and are none of ours: most likely a slip of the pen. */
export function unknownNames(variables: Declared, env: Environment, prefix: string): string[] {
  const known = new Set(Object.values(variables).map(({ name }) => name));
  return Object.keys(env).filter((name) => name.startsWith(prefix) && !known.has(name)).sort();
}

/** The rows of the README's table, one variable each. */
export function tableRows(variables: Declared): string[] {
  return Object.values(variables).map((variable) => {
    const literal = variable.default === undefined ? "none" : `\`${variable.default}\``;
    return `| \`${variable.name}\` | ${variable.meaning} | ${variable.defaultMeaning ?? literal} |`;
  });
}
