// Envelopes as they come from files and requests. Apart from signing, which pages load without it.

import { z } from "zod";
import type { Envelope } from "./dsse.ts";

export const envelopeSchema = z.object({
  payloadType: z.string().describe("What the payload is."),
  payload: z.base64().describe("The signed bytes."),
  signatures: z.array(z.object({
    keyid: z.string().describe("SHA-256 of the public key's 32 bytes."),
    sig: z.base64().describe("Ed25519 over the payload and its type, as DSSE joins them."),
  })).min(1),
}).meta({
  id: "Envelope",
  description: "A DSSE envelope: a document and who signed it.",
}) satisfies z.ZodType<Envelope>;
