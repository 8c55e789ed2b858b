// The fields of a JSON Schema as rows of a table. Knows OpenAPI's way of naming schemas.

/** What is read of a schema as zod writes it. */
export interface JsonSchema {
  $ref?: string;
  /** Several where null may stand for the value. */
  type?: string | string[];
  format?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  prefixItems?: JsonSchema[];
  required?: string[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
}

export interface FieldRow {
  /** Dotted; "[]" stands for each element of a list. */
  name: string;
  kind: string;
  /** Name of the schema where its own fields stand, or null. */
  schema: string | null;
  description: string;
}

/** Every field below `schema`, those of named schemas left to their own table. */
export function fieldRows(schema: JsonSchema, at = ""): FieldRow[] {
  const { inner, path } = element(schema, at);
  const rows = new Map<string, FieldRow>();
  for (const variant of inner.oneOf ?? inner.anyOf ?? [inner]) {
    for (const [name, field] of Object.entries(variant.properties ?? {})) {
      const row = fieldRow(name, field, path, variant.required?.includes(name) ?? false);
      for (const each of [row, ...fieldRows(field, row.name)]) {
        if (!rows.has(each.name)) rows.set(each.name, each);
      }
    }
  }
  return [...rows.values()];
}

function fieldRow(name: string, field: JsonSchema, at: string, required: boolean): FieldRow {
  return {
    name: at === "" ? name : `${at}.${name}`,
    kind: kindOf(field) + (required ? "" : ", may be absent"),
    schema: nameOf(element(field, "").inner),
    description: field.description ?? "",
  };
}

/** "Board" of "#/components/schemas/Board". */
export function nameOf({ $ref }: JsonSchema): string | null {
  return $ref?.split("/").at(-1) ?? null;
}

/** What a value is, in words: "number or null", "list of BoardRow". */
export function kindOf(schema: JsonSchema): string {
  const { $ref, anyOf, oneOf, type, format, items, prefixItems } = schema;
  if ($ref) return nameOf(schema)!;
  const variants = anyOf ?? oneOf;
  if (variants) return [...new Set(variants.map(kindOf))].join(" or ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(", ");
  if (type === "array" && prefixItems) return `[${prefixItems.map(kindOf).join(", ")}]`;
  if (type === "array" && items) return `list of ${kindOf(items)}`;
  const plain = type === undefined ? "any JSON" : [type].flat().join(" or ");
  return format === "date-time" ? plain.replace("string", "date and time") : plain;
}

/** Goes into lists and past null: what is left has the fields. */
function element(schema: JsonSchema, path: string): { inner: JsonSchema; path: string } {
  const present = schema.anyOf?.filter(({ type }) => type !== "null");
  if (present?.length === 1) return element(present[0], path);
  if (schema.type === "array" && schema.items) return element(schema.items, `${path}[]`);
  return { inner: schema, path };
}
