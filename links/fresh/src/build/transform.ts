// Changes static files at the build, as `builder.onTransformStaticFile()` was told to.

import { dirname, matchesGlob, relative, resolve } from "node:path";

export type TransformMode = "development" | "production";
type Bytes = Uint8Array<ArrayBuffer>;

export interface OnTransformOptions {
  /** Named in errors. */
  pluginName: string;
  /** Of the path of a file. */
  filter: RegExp;
  /** Expressions, globs and parts of paths that the filter would take, and shall not. */
  exclude?: (string | RegExp)[];
}

export interface OnTransformArgs {
  /** Absolute. */
  path: string;
  target: string | string[];
  content: Bytes;
  /** The content as UTF-8. */
  readonly text: string;
  mode: TransformMode;
  /** The project. */
  root: string;
}

export interface OnTransformResult {
  content: string | Uint8Array;
  /** Where the file goes instead. */
  path?: string;
  /** Taken and not written. */
  map?: string | Uint8Array;
}

type Outcome = void | OnTransformResult | (OnTransformResult & { path: string })[];
export type TransformFn = (args: OnTransformArgs) => Outcome | Promise<Outcome>;

interface Made {
  path: string;
  content: Bytes;
  changed: boolean;
}

export type TransformContext = Pick<OnTransformArgs, "mode" | "root" | "target">;

export class FileTransformer {
  readonly #steps: { options: OnTransformOptions; change: TransformFn }[] = [];

  add(options: OnTransformOptions, change: TransformFn): void {
    this.#steps.push({ options, change });
  }

  /** What becomes of the file at `path`, by path; empty when nothing changes it. */
  async run(path: string, context: TransformContext): Promise<Map<string, Bytes>> {
    const done = new Map<string, Bytes>();
    if (!this.#steps.some(({ options }) => takes(options, path))) return done;
    const waiting: Made[] = [{ path, content: await Deno.readFile(path), changed: false }];
    const seen = new Set<string>();
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (seen.has(file.path)) continue;
      seen.add(file.path);
      for (const step of this.#steps) {
        if (takes(step.options, file.path)) waiting.push(...await applied(step, file, context));
      }
      if (file.changed) done.set(file.path, file.content);
    }
    return done;
  }
}

function takes({ filter, exclude = [] }: OnTransformOptions, path: string): boolean {
  // A filter with a flag that keeps its place starts from the beginning.
  const matches = (expression: RegExp) => new RegExp(expression).test(path);
  return matches(filter) &&
    !exclude.some((one) =>
      typeof one === "string" ? path.includes(one) || matchesGlob(path, one) : matches(one)
    );
}

/** Changes `file` by one step and returns the files that came of it beside. */
async function applied(
  { options, change }: { options: OnTransformOptions; change: TransformFn },
  file: Made,
  context: TransformContext,
): Promise<Made[]> {
  const { path, content } = file;
  const text = () => new TextDecoder().decode(content);
  const result = await change({
    ...{ ...context, path, content },
    get text() {
      return text();
    },
  });
  if (!result) return [];
  const beside: Made[] = [];
  for (const made of Array.isArray(result) ? result : [{ path, ...result }]) {
    if (made.path === undefined) {
      throw new TypeError(
        `Expected a path for each of several files, got none [${options.pluginName}]`,
      );
    }
    const one = { path: made.path, content: bytesOf(made.content), changed: true };
    if (made.path === path || !Array.isArray(result)) Object.assign(file, one);
    else beside.push(one);
  }
  return beside;
}

function bytesOf(content: string | Uint8Array): Bytes {
  return typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content);
}

/**
 * Runs every static file through `transformer` and writes what changed below `outDir`.
 * @param files absolute paths by where they are served, without the slash at the start
 * @throws when a step puts a file outside of the folder its source is in.
 */
export async function writeTransformed(
  transformer: FileTransformer,
  files: ReadonlyMap<string, string>,
  outDir: string,
  context: TransformContext,
): Promise<void> {
  await Deno.remove(outDir, { recursive: true }).catch(() => {});
  for (const [name, path] of files) {
    const folder = path.slice(0, -name.length - 1);
    for (const [made, content] of await transformer.run(path, context)) {
      const below = relative(folder, resolve(folder, made));
      if (below.startsWith("..")) {
        throw new Error(`Expected a path inside ${folder} for a processed file, got ${made}`);
      }
      await Deno.mkdir(dirname(`${outDir}/${below}`), { recursive: true });
      await Deno.writeFile(`${outDir}/${below}`, content);
    }
  }
}
