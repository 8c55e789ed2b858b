// Load on a server over keep-alive connections, with as little work of its own as can be: it shares
// the processors with the server it measures. HTTP/1.1, answers with a length or in chunks.

import { concatBytes, fromUtf8, utf8 } from "../lib/bytes.ts";

export interface Answer {
  status: number;
  /** Header names in small letters. */
  headers: Map<string, string>;
  body: Uint8Array;
}

const HEAD_END = utf8("\r\n\r\n");

/** One connection; a request at a time. */
export class Connection {
  readonly #connection: Deno.TcpConn;
  readonly #host: string;
  #buffer = new Uint8Array(1 << 18);
  #filled = 0;

  private constructor(connection: Deno.TcpConn, host: string) {
    this.#connection = connection;
    this.#host = host;
  }

  static async open(url: string): Promise<Connection> {
    const { hostname, port, host } = new URL(url);
    const connection = await Deno.connect({ hostname, port: Number(port) });
    connection.setNoDelay();
    return new Connection(connection, host);
  }

  close(): void {
    this.#connection.close();
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const lines = Object.entries({ "accept-encoding": "gzip", ...headers })
      .map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const request = utf8(`GET ${path} HTTP/1.1\r\nhost: ${this.#host}\r\n${lines}\r\n`);
    for (let sent = 0; sent < request.length;) {
      sent += await this.#connection.write(request.subarray(sent));
    }
    const head = await this.#take((filled) => {
      const end = indexOf(filled, HEAD_END);
      return end < 0 ? -1 : end + HEAD_END.length;
    });
    const [first, ...rest] = fromUtf8(head).trimEnd().split("\r\n");
    const status = Number(first.split(" ")[1]);
    const parsed = new Map(rest.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    const length = status === 304 ? 0 : Number(parsed.get("content-length") ?? NaN);
    const body = Number.isNaN(length) ? await this.#chunks() : await this.#bytes(length);
    return { status, headers: parsed, body };
  }

  async #chunks(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for (;;) {
      const line = await this.#take((filled) => filled.indexOf(0x0a) + 1 || -1);
      const length = parseInt(fromUtf8(line), 16);
      if (Number.isNaN(length)) throw new Error("The answer has neither a length nor chunks");
      // Each chunk ends with a line end of its own.
      const chunk = await this.#bytes(length + 2);
      if (length === 0) return concatBytes(chunks);
      chunks.push(chunk.subarray(0, length));
    }
  }

  #bytes(length: number): Promise<Uint8Array> {
    return this.#take((filled) => filled.length >= length ? length : -1);
  }

  /** The first bytes that have come, as many as `enough` says once it is not -1. */
  async #take(enough: (filled: Uint8Array) => number): Promise<Uint8Array> {
    for (;;) {
      const count = enough(this.#buffer.subarray(0, this.#filled));
      if (count >= 0) {
        const taken = this.#buffer.slice(0, count);
        this.#buffer.copyWithin(0, count, this.#filled);
        this.#filled -= count;
        return taken;
      }
      if (this.#filled === this.#buffer.length) {
        this.#buffer = concatBytes([this.#buffer, new Uint8Array(this.#buffer.length)]);
      }
      const read = await this.#connection.read(this.#buffer.subarray(this.#filled));
      if (read === null) throw new Error("The server has closed the connection");
      this.#filled += read;
    }
  }
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.indexOf(wanted[0]); at >= 0; at = bytes.indexOf(wanted[0], at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}

/**
 * Open loop: the requests are due one after the other at a fixed rate, whether or not those before
 * are answered, so that waiting counts (no coordinated omission).
 *
 * @returns milliseconds from the moment each request was due to the end of its answer.
 */
export async function openLoop(
  url: string,
  paths: readonly string[],
  { perSecond, connections }: { perSecond: number; connections: number },
): Promise<number[]> {
  const idle = await Promise.all(Array.from({ length: connections }, () => Connection.open(url)));
  const all = [...idle];
  const waiting: ((connection: Connection) => void)[] = [];
  const give = (connection: Connection) => {
    const next = waiting.shift();
    if (next) next(connection);
    else idle.push(connection);
  };
  const take = () => {
    const connection = idle.pop();
    return connection ?? new Promise<Connection>((resolve) => waiting.push(resolve));
  };
  const startMs = performance.now();
  const latenciesMs = await Promise.all(paths.map(async (path, i) => {
    const dueMs = startMs + 1000 * i / perSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    const connection = await take();
    const { status } = await connection.get(path);
    give(connection);
    if (status !== 200) throw new Error(`${path} was answered with ${status}`);
    return performance.now() - dueMs;
  }));
  for (const connection of all) connection.close();
  return latenciesMs;
}

/** Requests a second of one path over connections that ask again as soon as they are answered. */
export async function closedLoop(
  url: string,
  path: string,
  { seconds, connections, headers }: {
    seconds: number;
    connections: number;
    headers: Record<string, string>;
  },
): Promise<number> {
  const endMs = performance.now() + 1000 * seconds;
  let count = 0;
  await Promise.all(Array.from({ length: connections }, async () => {
    const connection = await Connection.open(url);
    while (performance.now() < endMs) {
      await connection.get(path, headers);
      count++;
    }
    connection.close();
  }));
  return count / seconds;
}

/** The same by wrk, which needs less of the processors; null where it is not installed. */
export async function wrk(
  url: string,
  { seconds, connections, headers }: {
    seconds: number;
    connections: number;
    headers: Record<string, string>;
  },
): Promise<number | null> {
  const lines = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  try {
    const { stdout } = await new Deno.Command("wrk", {
      args: ["-t", "1", "-c", `${connections}`, "-d", `${seconds}s`, ...lines, url],
    }).output();
    const text = fromUtf8(stdout);
    if (/Non-2xx or 3xx|Socket errors/.test(text)) throw new Error(`wrk says: ${text}`);
    return Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
