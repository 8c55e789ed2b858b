// The fields of a form for recipes, made from the schema that recipes are parsed by. What spans
// fields, and unions, are not here: the check of the whole recipe and the JSON editor hold those.

import * as z from "zod";
import { recipeSchema } from "../verification/recipe.ts";
import { FIELD_WORDS, GROUP_WORDS } from "./words.ts";

export interface RecipeField {
  /** Dotted. */
  path: string;
  name: string;
  /** What it does. */
  words: string;
  optional: boolean;
  input:
    | { kind: "number"; whole: boolean; min: number | null; max: number | null }
    | { kind: "choice"; options: string[] }
    | { kind: "switch" }
    | { kind: "text"; pattern: string | null };
}

/** Fields that stand together; an optional group is in the recipe as a whole or not at all. */
export interface FieldGroup {
  /** Dotted; "" for the recipe itself. */
  path: string;
  title: string;
  words: string;
  optional: boolean;
  fields: RecipeField[];
}

interface Schema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  pattern?: string;
}

/** Not for a form: the first two follow from where it is trained. */
const LEFT_OUT = new Set(["spec", "engine"]);

/** Every group of the schema, the recipe's own fields first. */
export function recipeFieldGroups(): FieldGroup[] {
  return groupsOf(z.toJSONSchema(recipeSchema, { io: "input" }) as Schema, "", false);
}

function groupsOf(schema: Schema, path: string, optional: boolean): FieldGroup[] {
  const at = (name: string) => path === "" ? name : `${path}.${name}`;
  const entries = Object.entries(schema.properties ?? {}).filter(([name]) => !LEFT_OUT.has(name));
  const isOptional = (name: string) => !schema.required?.includes(name);
  const fields = entries.flatMap(([name, field]) => {
    const input = inputOf(field);
    return input
      ? [{ path: at(name), name, words: FIELD_WORDS[at(name)], optional: isOptional(name), input }]
      : [];
  });
  const inner = entries.filter(([, field]) => field.type === "object").flatMap(([name, field]) =>
    groupsOf(field, at(name), isOptional(name))
  );
  const [title, words] = GROUP_WORDS[path];
  return [{ path, title, words, optional, fields }, ...inner];
}

function inputOf(schema: Schema): RecipeField["input"] | null {
  if (schema.enum) return { kind: "choice", options: schema.enum.map(String) };
  switch (schema.type) {
    case "integer":
    case "number": {
      const min = schema.minimum ?? schema.exclusiveMinimum ?? null;
      const max = schema.maximum ?? schema.exclusiveMaximum ?? null;
      return { kind: "number", whole: schema.type === "integer", min, max };
    }
    case "boolean":
      return { kind: "switch" };
    case "string":
      return { kind: "text", pattern: schema.pattern ?? null };
    default:
      return null;
  }
}
