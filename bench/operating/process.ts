// What a process has used, as Linux tells it.

/** Processor time in milliseconds. */
export async function processorMs(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // utime and stime, in hundredths of a second on every Linux this runs on.
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** Resident memory in MiB. */
export async function residentMib(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1]) / 1024;
}

/** Open files and connections. */
export async function openFiles(pid: number): Promise<number> {
  let count = 0;
  for await (const _ of Deno.readDir(`/proc/${pid}/fd`)) count++;
  return count;
}
