// Signs what a replay in this tab found and sends it. A script of its own: few visitors sign.

import { utf8 } from "../lib/bytes.ts";
import { canonicalJson } from "../lib/verification/canonical.ts";
import { buildConfirmation } from "../lib/verification/confirmation.ts";
import { IN_TOTO_PAYLOAD, signEnvelope } from "../lib/verification/dsse.ts";
import { callModels, type EndedReplay } from "./ended_replay.ts";
import { visitorKey } from "./visitor_key.ts";

export interface Published {
  keyid: string;
  verdict: string;
  replayAsked: boolean;
}

/** @throws {Error} with the server's reason when it does not take it. */
export async function publishConfirmation(ended: EndedReplay): Promise<Published> {
  const { entryId, modelDigest, nonce, result, openings } = ended;
  const statement = nonce === null ? null : await buildConfirmation({
    ...{ entry: entryId, modelDigest, nonce, result, openings },
    finishedAt: new Date().toISOString(),
  });
  if (statement === null) throw new Error("This replay says nothing that could be signed");
  const key = await visitorKey();
  const envelope = await signEnvelope(IN_TOTO_PAYLOAD, utf8(canonicalJson(statement)), [key]);
  return await callModels(`${entryId}/confirmations`, {
    envelope,
    publicKey: key.publicKey,
    openings,
  });
}
