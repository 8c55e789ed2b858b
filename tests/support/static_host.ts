// A plain static host: files of a folder below a path, index.html for folders, 404.html for the rest.

const TYPES: Record<string, string> = {
  css: "text/css",
  csv: "text/csv",
  html: "text/html",
  js: "text/javascript",
  json: "application/json",
  svg: "image/svg+xml",
  wasm: "application/wasm",
  xml: "application/xml",
};

export interface StaticHost extends AsyncDisposable {
  /** Where the folder is, with a slash at the end. */
  url: string;
  /** Paths that were asked for and are not there. */
  missed: string[];
}

/** @param below "/some/path/" */
export function serveFolder(folder: string, below: string): StaticHost {
  const missed: string[] = [];

  async function read(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return await Deno.readFile(`${folder}/${path}`).catch(() => null);
  }

  async function answer(request: Request): Promise<Response> {
    const path = decodeURIComponent(new URL(request.url).pathname);
    const inside = path.startsWith(below) ? path.slice(below.length) : null;
    const file = inside === "" || inside?.endsWith("/") ? `${inside}index.html` : inside;
    const bytes = file === null ? null : await read(file);
    if (bytes !== null) {
      const type = TYPES[file!.slice(file!.lastIndexOf(".") + 1)] ?? "application/octet-stream";
      return new Response(bytes, { headers: { "content-type": type } });
    }
    missed.push(path);
    return new Response(await read("404.html"), {
      status: 404,
      headers: { "content-type": "text/html" },
    });
  }

  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}${below}`,
    missed,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
