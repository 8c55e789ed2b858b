import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { utf8 } from "../../lib/bytes.ts";
import { canonicalJson } from "../../lib/verification/canonical.ts";
import { IN_TOTO_PAYLOAD, signEnvelope } from "../../lib/verification/dsse.ts";
import {
  announce,
  checkReport,
  historyFaults,
  type PublishedKey,
} from "../../lib/verification/signing_key.ts";
import { exampleStatement } from "../routes/example_run.ts";
import { makeKey, published } from "./signing.ts";

const [SPRING, SUMMER, AUTUMN] = ["03", "06", "09"].map((month) =>
  `2026-${month}-01T00:00:00.000Z`
);

/** Two keys of one server, the second handed over to by the first. */
async function history() {
  const [old, present] = [await makeKey(), await makeKey()];
  const keys: PublishedKey[] = [
    await published(present, { from: SUMMER, previous: old }),
    await published(old, { from: SPRING, until: SUMMER }),
  ];
  return { old, present, keys };
}

async function signed(key: Awaited<ReturnType<typeof makeKey>>, finishedAt = AUTUMN) {
  const statement = await exampleStatement("exact");
  statement.predicate.finishedAt = finishedAt;
  return await signEnvelope(IN_TOTO_PAYLOAD, utf8(canonicalJson(statement)), [key]);
}

describe("the history of the keys", () => {
  it("has no faults as a board publishes it", async () => {
    assert.deepEqual(await historyFaults((await history()).keys), []);
    assert.deepEqual(await historyFaults([]), []);
  });

  it("shows a key that was slipped in without the one before", async () => {
    const { keys, old } = await history();
    const foreign = await makeKey();
    const announcement = await announce(foreign, new Date(AUTUMN), null);
    const claimed = await published(foreign, { from: AUTUMN, previous: old });
    const forged = {
      ...claimed.announcement,
      signatures: claimed.announcement.signatures.slice(1),
    };
    assert.match(
      (await historyFaults([{ ...claimed, announcement: forged }, ...keys]))[0],
      /not announced/,
    );
    assert.deepEqual(await historyFaults([{ ...claimed, announcement }, ...keys]), []);
  });

  it("shows a changed key, name or time", async () => {
    const { keys: [present, old] } = await history();
    const other = await makeKey();
    const faulty: PublishedKey[] = [
      { ...present, publicKey: other.publicKey },
      { ...present, publicKey: other.publicKey, keyid: other.keyid },
      { ...present, from: SPRING },
      { ...present, announcement: { ...present.announcement, payload: "e30=" } },
    ];
    for (const key of faulty) assert.equal((await historyFaults([key, old])).length, 1);
  });
});

describe("a signed report", () => {
  it("is valid under the key that signed it while that was in use", async () => {
    const { keys, old, present } = await history();
    const check = await checkReport(await signed(present), keys);
    assert.ok(check.valid);
    assert.equal(check.keyid, present.keyid);
    assert.equal(Object(check.statement.predicate).verdict, "exact");
    assert.equal((await checkReport(await signed(old, SPRING), keys)).valid, true);
  });

  it("is not valid under a key that was retired before the replay ended", async () => {
    const { keys, old } = await history();
    const check = await checkReport(await signed(old), keys);
    assert.match(check.valid ? "" : check.reason, /out of use/);
  });

  it("is not valid under a foreign key, changed, or about something else", async () => {
    const { keys, present } = await history();
    const reason = async (envelope: Parameters<typeof checkReport>[0]) => {
      const check = await checkReport(envelope, keys);
      return check.valid ? "valid" : check.reason;
    };
    assert.match(await reason(await signed(await makeKey())), /none of the published keys/);
    const envelope = await signed(present);
    const other = await signed(present, SUMMER);
    assert.match(await reason({ ...envelope, payload: other.payload }), /was changed/);
    assert.match(await reason({ ...envelope, payloadType: "text/plain" }), /Expected a payload/);
    for (const text of ["{}", "no JSON", "null"]) {
      const odd = await signEnvelope(IN_TOTO_PAYLOAD, utf8(text), [present]);
      assert.match(await reason(odd), /not a statement/);
    }
  });
});
