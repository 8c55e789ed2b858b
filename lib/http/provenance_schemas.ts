// What is sent and answered about tickets and confirmations, field by field: views and routes are typed by these.

import { z } from "zod";
import { CONFIRMED_VERDICTS } from "../verification/confirmation.ts";
import { openingsSchema } from "../verification/confirmation_schema.ts";
import { envelopeSchema } from "../verification/envelope_schema.ts";
import { ticketSchema } from "../verification/ticket.ts";

const sha256 = () => z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits");

/** One of the two: the board need not see a recipe to draw a seed for it. */
export const ticketRequestSchema = z.object({
  recipe: z.looseObject({}).optional()
    .describe("The recipe; a seed in it is ignored, and the engine at hand is filled in."),
  commitment: sha256().optional()
    .describe("In its place: SHA-256 of the canonical recipe without its seed."),
}).refine(({ recipe, commitment }) => (recipe === undefined) !== (commitment === undefined), {
  path: ["recipe"],
  message: "a recipe, or a commitment in its place",
});

const countFields = {
  number: z.int().min(1).describe("Which of the account's tickets for this recipe it is."),
  ofRecipe: z.int().min(1).describe("Tickets the account took for this recipe in all."),
  ofAccount: z.int().min(1).describe("Tickets the account took for any recipe."),
};

export const listedTicketSchema = ticketSchema.extend({
  entryId: z.string().nullable().describe("Id of the model trained with it, or null."),
  url: z.string().describe("Path on this server of its page."),
}).meta({ id: "ListedTicket", description: "A ticket, and what became of it." });

export const ticketsSchema = z.object({
  tickets: z.array(listedTicketSchema).describe("The newest first."),
  next: z.string().nullable().describe("Path of the next part; null at the end."),
});

export const countedTicketSchema = listedTicketSchema.extend(countFields)
  .meta({ id: "CountedTicket", description: "A ticket, and how many its account took." });

export const takenTicketSchema = ticketSchema.extend({
  ...countFields,
  recipe: z.unknown().describe("The recipe with its seed; null when a commitment was sent."),
  url: z.string().describe("Path on this server of its page."),
}).meta({ id: "TakenTicket", description: "A seed that was just drawn." });

export const seedOriginSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ticket"), ticket: ticketSchema, ...countFields }),
  z.object({ kind: z.literal("foreign"), ticket: ticketSchema }),
  z.object({ kind: z.literal("free") }),
]).meta({
  id: "SeedOrigin",
  description: "Drawn by a ticket of its account, by one of another account, or chosen freely.",
});

export const challengeSchema = z.object({
  nonce: sha256().describe("32 bytes to answer for every checkpoint."),
  expiresAt: z.iso.datetime(),
}).meta({ id: "Challenge", description: "Drawn before a replay begins; answered once." });

export const sentConfirmationSchema = z.object({
  envelope: envelopeSchema.describe("A Confirmation, signed."),
  publicKey: z.string().max(100).describe("Base64 of the 32 bytes of the key that signed it."),
  openings: openingsSchema.describe(
    "What each checkpoint is the hash of, as far as they agree; compared and thrown away.",
  ),
});

export const signedConfirmationSchema = z.object({
  id: z.string(),
  keyid: sha256().describe("SHA-256 of the public key."),
  publicKey: z.string().describe("Base64 of its 32 bytes."),
  verdict: z.enum(CONFIRMED_VERDICTS),
  firstDivergentStep: z.int().nullable(),
  engineFamily: z.string().describe("As the visitor's browser declares it."),
  isa: z.string().describe("As the visitor's browser declares it."),
  runtime: z.string().describe("As the visitor's browser declares it."),
  engineDigest: sha256().describe("Of the engine it ran on: the recipe's, or one that conforms."),
  envelope: envelopeSchema,
  createdAt: z.iso.datetime(),
}).meta({ id: "SignedConfirmation", description: "What a visitor's replay found." });

export const confirmationsSchema = z.object({
  confirmations: z.array(signedConfirmationSchema).describe("The oldest first."),
});

export const takenConfirmationSchema = signedConfirmationSchema.extend({
  replayAsked: z.boolean().describe("It contradicts the board, which looks again."),
});

export const wantedSchema = z.object({
  entries: z.array(z.object({
    entryId: z.string(),
    name: z.string(),
    provenance: z.string(),
    file: z.string().describe("Path on this server of the file."),
    modelDigest: sha256(),
    trainingFlops: z.number(),
    claimedScores: z.array(z.object({
      benchmark: z.string(),
      version: z.int(),
      score: z.number(),
    })),
  })).describe("Those nobody has confirmed on such a runtime first, 20 at most."),
});
