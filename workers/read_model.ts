// Reads a model file from disk into memory once. Knows where its header ends, no more.

const HEADER_LENGTH_AT = 8;
const HEADER_AT = 12;
const STEP_BYTES = 4;

/**
 * The bytes of a file, placed so that a model's tensors begin at a multiple of 4 bytes in memory,
 * where `readTinygpt` need not copy them. (`Deno.readFile` holds a file twice while it reads.)
 */
export async function readModelBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  const { size, isDirectory } = await file.stat();
  if (isDirectory) throw new Deno.errors.IsADirectory();
  const start = new Uint8Array(Math.min(size, HEADER_AT));
  await readWhole(file, start);
  const headerBytes = size < HEADER_AT
    ? 0
    : new DataView(start.buffer).getUint32(HEADER_LENGTH_AT, true);
  const padding = (4 - (HEADER_AT + headerBytes + STEP_BYTES) % 4) % 4;
  const bytes = new Uint8Array(new ArrayBuffer(padding + size), padding);
  bytes.set(start);
  await readWhole(file, bytes.subarray(start.length));
  return bytes;
}

async function readWhole(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  const piece = 2 ** 20;
  for (let at = 0; at < bytes.length;) {
    const count = await file.read(bytes.subarray(at, at + piece));
    if (count === null) {
      throw new Deno.errors.UnexpectedEof("A file was cut short while it was read");
    }
    at += count;
  }
}
