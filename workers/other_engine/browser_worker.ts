// The replay in a browser's worker: files, progress and result go over the page's own server.

import { describeTab } from "../tab_verifier.ts";
import { replayElsewhere } from "./replay_elsewhere.ts";

const send = (path: string, body: BodyInit) => fetch(path, { method: "POST", body });
const post = (path: string, value: unknown) => send(path, JSON.stringify(value));

try {
  const result = await replayElsewhere({
    async read(path) {
      const response = await fetch(`files/${path}`);
      if (!response.ok) throw new Error(`${path} answered ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    },
    async save(bytes) {
      const { ok, status } = await send("checkpoint", bytes);
      if (!ok) throw new Error(`The checkpoint was answered by ${status}`);
    },
    say: (message) => void post("message", message).catch(() => {}),
    spawn: () => new Worker("thread.js", { type: "module" }),
    describe: describeTab,
  });
  await post("result", result);
} catch (error) {
  await post("error", String(Object(error).message ?? error));
}
