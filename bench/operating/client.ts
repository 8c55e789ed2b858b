// Asks a server over kept connections, with as little of the processor as it can: it shares the
// machine with the server.

const encoder = new TextEncoder(), decoder = new TextDecoder();

/** One connection; one request at a time. HTTP/1.1, answers with a length or in chunks. */
export class Connection {
  readonly #connection: Deno.Conn;
  readonly #buffer = new Uint8Array(1 << 18);
  #start = 0;
  #end = 0;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  static async open(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url);
    return new Connection(await Deno.connect({ hostname, port: Number(port) }));
  }

  /** The status; the body is read and forgotten. */
  async get(path: string, address: string): Promise<number> {
    // Each from an address of its own: one alone may not ask as often.
    const head = `GET ${path} HTTP/1.1\r\nHost: board.test\r\nAccept-Encoding: gzip\r\n` +
      `X-Forwarded-For: ${address}\r\n\r\n`;
    await this.#write(encoder.encode(head));
    const lines = (await this.#line("\r\n\r\n")).split("\r\n");
    const length = lines.find((line) => /^content-length:/i.test(line));
    if (length) await this.#skip(Number(length.slice(15)));
    else if (lines.some((line) => /^transfer-encoding: chunked/i.test(line))) await this.#chunks();
    return Number(lines[0].slice(9, 12));
  }

  close(): void {
    this.#connection.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  async #chunks(): Promise<void> {
    for (;;) {
      const size = parseInt(await this.#line("\r\n"), 16);
      await this.#skip(size + 2);
      if (size === 0) return;
    }
  }

  /** Up to `ending`, which is read too. Heads are small; a body is never looked through. */
  async #line(ending: string): Promise<string> {
    for (;;) {
      const text = decoder.decode(this.#buffer.subarray(this.#start, this.#end));
      const at = text.indexOf(ending);
      if (at !== -1) {
        this.#start += encoder.encode(text.slice(0, at)).length + ending.length;
        return text.slice(0, at);
      }
      await this.#more();
    }
  }

  async #skip(length: number): Promise<void> {
    for (let left = length; left > 0;) {
      if (this.#start === this.#end) await this.#more();
      const here = Math.min(left, this.#end - this.#start);
      this.#start += here;
      left -= here;
    }
  }

  async #more(): Promise<void> {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    const length = await this.#connection.read(this.#buffer.subarray(this.#end));
    if (length === null) throw new Error("The server closed the connection");
    this.#end += length;
  }
}

export interface Load {
  url: string;
  /** The next address to ask for. */
  path: (count: number) => string;
  connections: number;
  /** Stops after so many requests, or after so long. */
  requests: number;
  durationMs: number;
}

export interface LoadResult {
  latenciesMs: number[];
  wallMs: number;
}

/** @throws when an answer is not 200. */
export async function load(
  { url, path, connections, requests, durationMs }: Load,
): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  let count = 0;
  const startMs = performance.now();
  async function work(): Promise<void> {
    const connection = await Connection.open(url);
    while (count < requests && performance.now() - startMs < durationMs) {
      const nth = count++;
      const sentMs = performance.now();
      const address = path(nth);
      const status = await connection.get(address, `bench-${nth % 5000}`);
      latenciesMs.push(performance.now() - sentMs);
      if (status !== 200) throw new Error(`${address} answered ${status}`);
    }
    connection.close();
  }
  await Promise.all(Array.from({ length: connections }, work));
  return { latenciesMs, wallMs: performance.now() - startMs };
}
