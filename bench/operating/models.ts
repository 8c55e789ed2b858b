// Models to submit, each another one: the same file twice would be one entry.

/** Copies of a gallery's model that differ in their last weight alone. */
export async function variants(name: string, count: number): Promise<Uint8Array<ArrayBuffer>[]> {
  const bytes = await Deno.readFile(new URL(`../../data/gallery/${name}.tinygpt`, import.meta.url));
  return Array.from({ length: count }, (_, i) => {
    const copy = bytes.slice();
    // Its weights are of two bytes; the last becomes another very small number.
    new DataView(copy.buffer).setUint16(copy.length - 2, i + 1, true);
    return copy;
  });
}
