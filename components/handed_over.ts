// A run of this browser's playground, put into the form as if its file had been chosen there.

import { publicProblem } from "../lib/errors.ts";

/**
 * The model of the run that the address names, or null when it names none. It stands in the form's
 * field of files then, and the run's name in that of the name.
 *
 * @throws a `PublicProblem` when this browser has no such run.
 */
export async function takeRun(form: HTMLFormElement): Promise<File | null> {
  const address = new URLSearchParams(location.search);
  const run = address.get("run");
  if (run === null) return null;
  const { runFile } = await import("../lib/playground/runs.ts");
  const file = await runFile(run).catch((error) => {
    throw publicProblem(error) ?? { message: String(error) };
  });
  const transfer = new DataTransfer();
  transfer.items.add(file);
  inputOf(form, "file").files = transfer.files;
  const name = inputOf(form, "name");
  name.value ||= address.get("name") ?? "";
  return file;
}

function inputOf(form: HTMLFormElement, name: string): HTMLInputElement {
  return form.elements.namedItem(name) as HTMLInputElement;
}
