// Every route of the file system: its address, and the methods it answers.

import { sourceFiles } from "../support/source_files.ts";

export interface RouteFile {
  file: string;
  /** With `[id]` and the like where parameters stand. */
  pattern: string;
  methods: string[];
}

const ALL = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** Without middlewares, the frame and the error page. */
export async function routeFiles(): Promise<RouteFile[]> {
  const files = sourceFiles("routes/").filter((file) => !/\/_\w+\.tsx?$/.test(file));
  return await Promise.all(files.map(async (file) => {
    const { handler } = await import(`../../${file}`);
    const pattern = file.replace(/^routes/, "").replace(/\.tsx?$/, "")
      .replace(/\/index$/, "") || "/";
    const methods = handler === undefined
      ? ["GET"]
      : typeof handler === "function"
      ? ALL
      : Object.keys(handler);
    return { file, pattern, methods };
  }));
}

/** The address of a pattern, each parameter filled in by `values`, or else by "x". */
export function addressOf(pattern: string, values: Record<string, string> = {}): string {
  return pattern.replace(/\[(?:\.\.\.)?(\w+)\]/g, (_, name) => values[name] ?? "x");
}
