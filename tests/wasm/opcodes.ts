// Lists the instructions of a WebAssembly binary. Knows their lengths, not what they mean.

const CODE_SECTION = 10;

/** "10", "fd 0a"… in hexadecimal: the prefix and the number after it. */
export type Opcode = string;

class Reader {
  position = 0;
  readonly #bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.position >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.position++];
  }

  skip(count: number): void {
    this.position += count;
  }

  /** LEB128, unsigned; long enough for a signed one to be skipped with it. */
  leb(): number {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  lebs(count: number): void {
    for (let i = 0; i < count; i++) this.leb();
  }

  memoryArgument(): void {
    if (this.leb() & 0x40) this.leb(); // the memory's index, when there are several
    this.leb();
  }
}

/** How often each instruction stands in the code. @throws {Error} on one of unknown length. */
export function countOpcodes(binary: Uint8Array): Map<Opcode, number> {
  const counts = new Map<Opcode, number>();
  const reader = new Reader(binary);
  reader.skip(8); // magic and version
  while (!reader.done) {
    const section = reader.byte(), length = reader.leb(), end = reader.position + length;
    if (section === CODE_SECTION) countCode(reader, counts);
    reader.position = end;
  }
  return counts;
}

function countCode(reader: Reader, counts: Map<Opcode, number>): void {
  for (let functions = reader.leb(); functions > 0; functions--) {
    const length = reader.leb(), end = reader.position + length;
    for (let locals = reader.leb(); locals > 0; locals--) reader.lebs(2);
    while (reader.position < end) {
      const opcode = readInstruction(reader);
      counts.set(opcode, (counts.get(opcode) ?? 0) + 1);
    }
    if (reader.position !== end) {
      throw new Error(`A function ends at ${reader.position}, not ${end}`);
    }
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(2, "0");
}

function readInstruction(reader: Reader): Opcode {
  const first = reader.byte();
  if (first === 0xfc || first === 0xfd || first === 0xfe) {
    const second = reader.leb();
    if (first === 0xfc) skipBulk(reader, second);
    else if (first === 0xfd) skipVector(reader, second);
    else if (second === 3) reader.skip(1); // fence
    else reader.memoryArgument();
    return `${hex(first)} ${hex(second)}`;
  }
  skipPlain(reader, first);
  return hex(first);
}

function skipPlain(reader: Reader, opcode: number): void {
  if (opcode <= 0x01 || opcode === 0x05 || opcode === 0x0b || opcode === 0x0f) return;
  if (opcode === 0x1a || opcode === 0x1b || (opcode >= 0x45 && opcode <= 0xc4)) return;
  if (opcode >= 0x02 && opcode <= 0x04) reader.leb(); // block type
  else if (opcode === 0x0c || opcode === 0x0d || opcode === 0x10) reader.leb();
  else if (opcode === 0x0e) reader.lebs(reader.leb() + 1);
  else if (opcode === 0x11) reader.lebs(2);
  else if (opcode >= 0x20 && opcode <= 0x24) reader.leb();
  else if (opcode >= 0x28 && opcode <= 0x3e) reader.memoryArgument();
  else if (opcode >= 0x3f && opcode <= 0x42) reader.leb(); // memory index; i32.const, i64.const
  else if (opcode === 0x43) reader.skip(4);
  else if (opcode === 0x44) reader.skip(8);
  else throw new Error(`Unknown instruction ${hex(opcode)} at ${reader.position - 1}`);
}

/** Saturating conversions and bulk memory. */
function skipBulk(reader: Reader, opcode: number): void {
  if (opcode <= 7) return;
  const operands = { 8: 2, 9: 1, 10: 2, 11: 1 }[opcode];
  if (operands === undefined) throw new Error(`Unknown instruction fc ${hex(opcode)}`);
  reader.lebs(operands);
}

function skipVector(reader: Reader, opcode: number): void {
  if (opcode <= 0x0b || opcode === 0x5c || opcode === 0x5d) reader.memoryArgument();
  else if (opcode === 0x0c || opcode === 0x0d) reader.skip(16);
  else if (opcode >= 0x15 && opcode <= 0x22) reader.skip(1); // lane
  else if (opcode >= 0x54 && opcode <= 0x5b) {
    reader.memoryArgument();
    reader.skip(1);
  }
}
