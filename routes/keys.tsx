import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../app_state.ts";
import { formatInstant } from "../components/format.ts";
import { TableBox } from "../components/TableBox.tsx";
import { fromBase64, fromUtf8 } from "../lib/bytes.ts";
import { keyHistory } from "../lib/verification/signer.ts";
import type { PublishedKey } from "../lib/verification/signing_key.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    return page({ keys: await keyHistory(ctx.state.services.db) });
  },
});

export default define.page<typeof handler>(function KeysPage({ data: { keys } }) {
  return (
    <>
      <Head>
        <title>Keys · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/audit">Audit</a>
      </p>
      <h1>Keys that sign reports</h1>
      <p class="lead">
        Each report of a replay is signed, so that it can be passed on and checked without asking
        this server.
      </p>
      <section>
        <h2>History</h2>
        {keys.length > 0
          ? <Keys keys={keys} />
          : <p class="note">No report has been signed yet: the first one makes the first key.</p>}
      </section>
      <CheckAReport />
    </>
  );
});

function CheckAReport() {
  return (
    <section class="prose">
      <h2>Check a report</h2>
      <p>
        Download <a href="/api/v1/keys" download="tinyproof-keys.json">the history of the keys</a>
        {" "}
        once and keep it. Then no network is needed:
      </p>
      <pre tabIndex={0}>
          deno task cli report verify report.dsse.json --keys tinyproof-keys.json
      </pre>
      <p>
        A report is a DSSE envelope around an in-toto statement, signed with Ed25519, so other tools
        read it too. The name of a key is the SHA-256 of its 32 bytes.
      </p>
      <h2>What a history shows</h2>
      <p>
        A new key is announced in a document that is signed by itself and by the key before, and
        that one is destroyed. Every key also stands in{" "}
        <a href="/ledger">the ledger</a>, so none can be slipped in afterwards. A server makes a key
        at its first report; a board of several servers has one for each.
      </p>
    </section>
  );
}

function Keys({ keys }: { keys: readonly PublishedKey[] }) {
  return (
    <TableBox label="Keys that sign reports">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Public key</th>
            <th scope="col">In use</th>
            <th scope="col">Handed over by</th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.keyid} id={key.keyid}>
              <th scope="row">
                <code class="digest">{key.keyid}</code>
              </th>
              <td data-label="Public key">
                <code class="digest">{key.publicKey}</code>
              </td>
              <td class="small" data-label="In use">
                from {formatInstant(new Date(key.from))}
                {key.until && ` until ${formatInstant(new Date(key.until))}`}
              </td>
              <td data-label="Handed over by">
                <Previous keyid={previousOf(key)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function Previous({ keyid }: { keyid: string | null }) {
  return keyid === null ? <>the first of its server</> : (
    <a href={`#${keyid}`}>
      <code>{keyid.slice(0, 12)}…</code>
    </a>
  );
}

function previousOf({ announcement }: PublishedKey): string | null {
  return JSON.parse(fromUtf8(fromBase64(announcement.payload))).previous;
}
