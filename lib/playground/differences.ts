// In which fields several recipes differ. Knows no run and no page.

/** A field by its path, and its value in each recipe as text; "–" where it has none. */
export interface Difference {
  path: string;
  values: string[];
}

const NONE = "–";

/** Fields that are not the same in all, in the order of the recipes' own fields. */
export function differences(recipes: readonly unknown[]): Difference[] {
  const flat = recipes.map((recipe) => new Map(fieldsOf(recipe, "")));
  const paths = new Set(flat.flatMap((fields) => [...fields.keys()]));
  return [...paths].map((path) => ({
    path,
    values: flat.map((fields) => fields.get(path) ?? NONE),
  })).filter(({ values }) => values.some((value) => value !== values[0]));
}

function fieldsOf(value: unknown, path: string): [path: string, value: string][] {
  if (!(value instanceof Object)) return [[path, String(value)]];
  return Object.entries(value).filter(([, part]) => part !== undefined)
    .flatMap(([name, part]) => fieldsOf(part, path === "" ? name : `${path}.${name}`));
}
