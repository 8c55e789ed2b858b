// What a browser's processes hold in memory, shared pages counted once. Linux.

/** Bytes of the process `pid` and of all that it started. */
export async function memoryOf(pid: number): Promise<number> {
  const parents = new Map<number, number>();
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const status = await Deno.readTextFile(`/proc/${name}/status`).catch(() => "");
    parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]));
  }
  const isOf = (one: number | undefined): boolean =>
    one === pid || (one !== undefined && one > 1 && isOf(parents.get(one)));
  let bytes = 0;
  for (const one of [...parents.keys()].filter(isOf)) {
    const rollup = await Deno.readTextFile(`/proc/${one}/smaps_rollup`).catch(() => "");
    bytes += 1024 * Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  }
  return bytes;
}
