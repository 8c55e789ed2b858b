import { afterAll, afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { Upload } from "tus-js-client";
import { toHex } from "../../lib/bytes.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { newWithdrawalKey, withdrawalDigest } from "../../lib/submissions/withdrawal_key.ts";
import { addAccount, bearer } from "../support/accounts.ts";
import { smallModel } from "../support/small_models.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const TUS = { "tus-resumable": "1.0.0" };
const FIELDS = "name=In+parts&author=me";

describe("uploads in parts, over HTTP", () => {
  let board: TestApp;
  let weight = 0;
  /** Headers of who sends the requests: a guest's are none. */
  let who: Record<string, string> = {};
  const app = {
    get services() {
      return board.services;
    },
    request(path: string, init: RequestInit = {}, address?: string) {
      const headers = new Headers(init.headers);
      for (const [name, value] of Object.entries(who)) headers.set(name, value);
      return board.request(path, { ...init, headers }, address);
    },
  };
  beforeAll(async () => {
    board = await openTestApp();
    app.services.config.submissionsPerDay = 1000;
    app.services.config.openUploads = 1000;
  });
  afterEach(() => void (who = {}));
  afterAll(() => board.close());

  const base64 = (text: string) => btoa(text);
  const announce = async (bytes: Uint8Array, headers: Record<string, string> = {}) =>
    await app.request("/api/v1/uploads", {
      method: "POST",
      headers: {
        ...TUS,
        "upload-length": String(bytes.length),
        "upload-metadata": `sha256 ${base64(await sha256Hex(bytes))},filename ${
          base64("a.tinygpt")
        }`,
        ...headers,
      },
    });
  const begin = async (bytes: Uint8Array) => {
    const response = await announce(bytes);
    assert.equal(response.status, 201, await response.text());
    return response.headers.get("location")!;
  };
  const patch = (url: string, offset: number, body: Uint8Array, headers = {}) =>
    app.request(url, {
      method: "PATCH",
      body: body.slice(),
      headers: {
        ...TUS,
        "content-type": "application/offset+octet-stream",
        "upload-offset": String(offset),
        ...headers,
      },
    });
  const offsetAt = async (url: string) =>
    (await app.request(url, { method: "HEAD", headers: TUS })).headers.get("upload-offset");
  const submit = (url: string, more = "") =>
    app.request(`/api/v1/submissions?upload=${url.split("/").at(-1)}&${FIELDS}${more}`, {
      method: "POST",
    });

  it("takes a file part by part, says where to go on, and makes a submission of it", async () => {
    const model = smallModel(++weight);
    const url = await begin(model);
    const first = await patch(url, 0, model.subarray(0, 700));
    assert.equal(first.status, 204);
    assert.equal(first.headers.get("upload-offset"), "700");
    assert.ok(Date.parse(first.headers.get("upload-expires")!) > Date.now());
    assert.equal(await offsetAt(url), "700");
    const early = await submit(url);
    assert.equal(early.status, 422);
    assert.match((await early.json()).error.fix, /Send the rest/);
    await patch(url, 700, model.subarray(700));
    const state = await (await app.request(url)).json();
    assert.equal(state.offset, model.length);
    assert.equal(state.submission, null);

    const response = await submit(url);
    assert.equal(response.status, 201);
    const { id, withdraw } = await response.json();
    assert.match(withdraw, new RegExp(`^/submissions/${id}/withdraw\\?key=[0-9a-f]{32}$`));
    const again = await (await submit(url)).json();
    assert.deepEqual([again.id, again.withdraw], [id, undefined]);
    assert.equal((await (await app.request(url)).json()).submission, id);
    const entry = await app.services.db.selectFrom("entry").selectAll().where("id", "=", id)
      .executeTakeFirstOrThrow();
    assert.deepEqual(await app.services.blobs.read(entry.file_digest), model);
  });

  it("answers in the words of tus, errors too", async () => {
    const options = await app.request("/api/v1/uploads", { method: "OPTIONS" });
    assert.equal(options.status, 204);
    assert.equal(options.headers.get("tus-version"), "1.0.0");
    assert.match(options.headers.get("tus-extension")!, /creation.*checksum/);
    assert.ok(Number(options.headers.get("tus-max-size")) > 0);

    const model = smallModel(++weight);
    const url = await begin(model);
    const statusOf = async (response: Promise<Response>) => {
      const { status, headers, body } = await response;
      await body?.cancel();
      assert.equal(headers.get("tus-resumable"), "1.0.0");
      return status;
    };
    const wrongVersion = await app.request(url, {
      method: "PATCH",
      headers: { "tus-resumable": "0.2.0" },
    });
    assert.equal(wrongVersion.status, 412);
    assert.equal(wrongVersion.headers.get("tus-version"), "1.0.0");
    assert.match((await wrongVersion.json()).error.expected, /1\.0\.0/);
    assert.equal(await statusOf(patch(url, 5, model)), 409);
    assert.equal(await statusOf(patch(url, 0, model, { "content-type": "text/plain" })), 415);
    assert.equal(await statusOf(patch(url, 0, model, { "upload-offset": "-1" })), 400);
    assert.equal(await statusOf(patch(`${url}x`, 0, model)), 404);
    assert.equal(await statusOf(patch(url, 0, new Uint8Array(model.length + 1))), 413);
    assert.equal(await statusOf(announce(model, { "upload-length": "x" })), 400);
    assert.equal(await statusOf(announce(model, { "upload-length": "9".repeat(12) })), 413);
    assert.equal(await statusOf(announce(model, { "upload-metadata": "sha256 §" })), 400);
    assert.equal(await statusOf(announce(model, { "upload-metadata": "" })), 422);
    assert.equal(await offsetAt(url), "0");
    assert.equal(await statusOf(app.request(url, { method: "DELETE", headers: TUS })), 204);
    assert.equal(await statusOf(app.request(url, { method: "HEAD", headers: TUS })), 404);
  });

  it("keeps a part only when its checksum is right", async () => {
    const model = smallModel(++weight);
    const url = await begin(model);
    const sum = (algorithm: string, bytes: Uint8Array) => ({
      "upload-checksum": `${algorithm} ${createHash(algorithm).update(bytes).digest("base64")}`,
    });
    const part = model.subarray(0, 500);
    assert.equal((await patch(url, 0, part, sum("sha256", model))).status, 460);
    assert.equal((await patch(url, 0, part, { "upload-checksum": "md5 AAAA" })).status, 400);
    assert.equal(await offsetAt(url), "0");
    assert.equal((await patch(url, 0, part, sum("sha256", part))).status, 204);
    assert.equal(
      (await patch(url, 500, model.subarray(500), sum("sha1", model.subarray(500)))).status,
      204,
    );
    assert.equal(await offsetAt(url), String(model.length));
  });

  it("lets senders who can only POST say the method in a header", async () => {
    const model = smallModel(++weight);
    const url = await begin(model);
    const post = (method: string) =>
      app.request(url, {
        method: "POST",
        body: model.slice(),
        headers: {
          ...TUS,
          "content-type": "application/offset+octet-stream",
          "upload-offset": "0",
          "x-http-method-override": method,
        },
      });
    assert.equal((await post("PUT")).status, 405);
    assert.equal((await post("PATCH")).status, 204);
    assert.equal(await offsetAt(url), String(model.length));
    assert.equal((await post("DELETE")).status, 204);
    assert.equal((await app.request(url)).status, 404);
  });

  it("keeps an account's upload to the account, and a key without the scope out", async () => {
    const ada = await addAccount(app.services, { name: "Ada", role: "admin" });
    const [key, other] = [
      await bearer(app.services, ada),
      await bearer(app.services, ada, ["worker"]),
    ];
    who = key;
    const model = smallModel(++weight);
    const url = await begin(model);
    who = {};
    assert.equal((await patch(url, 0, model)).status, 404);
    assert.equal((await app.request(url)).status, 404);
    who = other;
    assert.equal((await announce(model)).status, 403);
    who = key;
    await patch(url, 0, model);
    const { id, withdraw } = await (await submit(url)).json();
    assert.equal(withdraw, undefined);
    const status = await (await app.request(`/api/v1/submissions/${id}`)).json();
    assert.equal(status.author, "Ada");
  });

  it("says what is left of the day's submissions, and when there is more", async () => {
    const { config } = app.services;
    const post = (n: number) =>
      app.request(`/api/v1/submissions?${FIELDS}`, {
        method: "POST",
        body: smallModel(1000 + n),
      }, "198.51.100.7");
    config.submissionsPerDay = 2;
    try {
      const first = await post(1);
      assert.equal(first.headers.get("ratelimit-limit"), "2");
      assert.equal(first.headers.get("ratelimit-remaining"), "1");
      assert.equal(first.headers.get("ratelimit-policy"), "2;w=86400");
      await post(2);
      const refused = await post(3);
      assert.equal(refused.status, 429);
      assert.equal(refused.headers.get("ratelimit-remaining"), "0");
      const wait = Number(refused.headers.get("retry-after"));
      assert.ok(wait > 86_000 && wait <= 86_400, `${wait}`);
      assert.match((await refused.json()).error.fix, /free at/);
      const begun = await app.request("/api/v1/uploads", {
        method: "POST",
        headers: {
          ...TUS,
          "upload-length": "10",
          "upload-metadata": `sha256 ${base64("a".repeat(64))},filename ${base64("a")}`,
        },
      }, "198.51.100.7");
      assert.equal(begun.status, 429);
      assert.equal(begun.headers.get("ratelimit-remaining"), "0");
      const page = await (await app.request("/submit", {}, "198.51.100.7")).text();
      assert.match(page, /2 of 2/);
    } finally {
      config.submissionsPerDay = 1000;
    }
  });

  it("withdraws by the key whose digest came with the submission", async () => {
    const model = smallModel(++weight);
    const url = await begin(model);
    await patch(url, 0, model);
    const key = newWithdrawalKey();
    const { id } = await (await submit(url, `&withdrawal=${withdrawalDigest(key)}`)).json();
    const remove = (headers: Record<string, string>) =>
      app.request(`/api/v1/submissions/${id}`, { method: "DELETE", headers });
    assert.equal((await remove({})).status, 403);
    assert.equal((await remove({ "withdrawal-key": newWithdrawalKey() })).status, 403);
    const removed = await remove({ "withdrawal-key": key });
    assert.equal(removed.status, 200);
    const { status, withdrawnAt } = await removed.json();
    assert.equal(status, "withdrawn");
    assert.ok(withdrawnAt);
    assert.equal((await submit(url, "&withdrawal=x")).status, 422);
  });

  describe("with the client of tus, over a real connection", () => {
    let server: Deno.HttpServer<Deno.NetAddr>;
    let origin: string;
    beforeAll(() => {
      server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        (request) => {
          const { pathname, search } = new URL(request.url);
          return app.request(pathname + search, {
            method: request.method,
            headers: request.headers,
            body: request.body,
          });
        },
      );
      origin = `http://127.0.0.1:${server.addr.port}`;
    });
    afterAll(() => server.shutdown());

    const upload = (bytes: Uint8Array, options: Partial<Upload["options"]>) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const client = new Upload(Buffer.from(bytes), {
        endpoint: `${origin}/api/v1/uploads`,
        chunkSize: 300,
        retryDelays: [0, 0, 0],
        metadata: {
          filename: "a.tinygpt",
          sha256: toHex(createHash("sha256").update(bytes).digest()),
        },
        onSuccess: () => resolve(client.url!),
        onError: reject,
        ...options,
      });
      client.start();
      return { client, done: promise };
    };

    it("sends a whole file", async () => {
      const model = smallModel(++weight);
      const { done } = upload(model, {});
      const url = await done;
      assert.equal((await submit(new URL(url).pathname)).status, 201);
    });

    it("goes on after a pause, from the offset the server tells", async () => {
      const model = smallModel(++weight);
      const paused = Promise.withResolvers<string>();
      const first = upload(model, {
        onChunkComplete: (_size, accepted) => {
          if (accepted === 600) {
            void first.client.abort().then(() => paused.resolve(first.client.url!));
          }
        },
      });
      const uploadUrl = await paused.promise;
      assert.equal(await offsetAt(new URL(uploadUrl).pathname), "600");
      const accepted: number[] = [];
      const second = upload(model, {
        uploadUrl,
        onChunkComplete: (_size, reached) => void accepted.push(reached),
      });
      assert.equal(await second.done, uploadUrl);
      assert.equal(accepted[0], 900);
      assert.equal((await submit(new URL(uploadUrl).pathname)).status, 201);
    });

    it("keeps what came before a connection broke in the middle of a part", async () => {
      const model = smallModel(++weight);
      const url = await begin(model);
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
      const head = [
        `PATCH ${url} HTTP/1.1`,
        "host: board.test",
        "tus-resumable: 1.0.0",
        "content-type: application/offset+octet-stream",
        "upload-offset: 0",
        `content-length: ${model.length}`,
        "",
        "",
      ].join("\r\n");
      await connection.write(new TextEncoder().encode(head));
      for (let at = 0; at < 700;) at += await connection.write(model.subarray(at, 700));
      while ((await (await app.request(url)).json()).offset < 700);
      connection.close();
      assert.equal(await offsetAt(url), "700");
      const { done } = upload(model, { uploadUrl: origin + url });
      await done;
      assert.equal((await submit(url)).status, 201);
    });
  });
});
