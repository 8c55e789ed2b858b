// What is sent and answered about tickets and confirmations, field by field: views and routes are typed by these.

import { z } from "zod";
import { CONFIRMED_VERDICTS } from "../verification/confirmed_scope.ts";
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

export const spotCheckSchema = z.object({
  state: z.enum(["waiting", "running", "done", "failed"])
    .describe("Waiting for states from the author, replaying segments, ended, or given up."),
  nonce: sha256().describe("Drawn after the file was submitted; the segments follow from it."),
  segments: z.int().min(1).describe("Of the whole run: one from each checkpoint to the next."),
  drawn: z.array(z.int().min(0)).describe("Indexes of the segments that are replayed, from 0."),
  deadline: z.iso.datetime().nullable().describe("Until when states may come; null without one."),
  states: z.array(z.object({
    leaf: z.int().min(0).describe("Index of the checkpoint."),
    step: z.int().min(0),
    delivered: z.boolean(),
  })).describe("What the author is asked for, in the order of the run."),
  stateBytes: z.int().min(0).describe("Most bytes of the file of one state."),
  reason: z.string().nullable().describe("Why it was given up, or null."),
}).meta({
  id: "SpotCheck",
  description: "A look at segments of a run that is too long to be replayed whole.",
});

export const deliveredSchema = z.object({
  leaf: z.int().min(0).describe("Of which the state is, as its header says."),
  step: z.int().min(0),
  missing: z.int().min(0).describe("States that are still waited for."),
}).meta({ id: "DeliveredState", description: "A state that was taken." });

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

const segmentFields = {
  from: z.int().min(0).describe("Index of the checkpoint in which it starts."),
  to: z.int().min(1).describe("Index of the checkpoint in which it ends."),
};

export const segmentSchema = z.object({
  ...segmentFields,
  fromStep: z.int().min(0),
  toStep: z.int().min(1),
  flops: z.number().describe("Training FLOPs of these steps."),
  state: z.object({
    sha256: sha256().describe("Of the file."),
    byteLength: z.int().min(1),
    file: z.string().describe(
      "Path on this server of the state: a .tinygpt file with moments, whose hash has to be the " +
        "leaf that the model's file claims.",
    ),
  }).nullable().describe("In which it starts; null for the seed."),
}).meta({ id: "Segment", description: "A part of a run that can be replayed alone." });

export const segmentsSchema = z.object({
  segments: z.array(segmentSchema).describe(
    "Together the whole run; none where no states are kept, or the run is not exact.",
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
  segment: z.object(segmentFields).nullable()
    .describe("The part that was replayed, and that alone; null for the whole run."),
  envelope: envelopeSchema,
  createdAt: z.iso.datetime(),
}).meta({ id: "SignedConfirmation", description: "What a visitor's replay found." });

export const confirmationsSchema = z.object({
  confirmations: z.array(signedConfirmationSchema)
    .describe("Of the whole run; the oldest first. These are counted in `exact ×k`."),
  segments: z.array(signedConfirmationSchema)
    .describe("Of parts of it; the oldest first. Not counted there."),
  covered: z.array(z.object({
    engineFamily: z.string(),
    isa: z.string(),
    share: z.number().min(0).max(1)
      .describe("Of the steps, in segments that were confirmed on this runtime."),
    keys: z.int().min(1),
  })).describe("What of the run segments cover, by declared runtime."),
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
    trainingFlops: z.number().describe("Of the segment, where there is one."),
    segment: segmentSchema.nullable().describe("To be replayed alone; null for the whole run."),
    claimedScores: z.array(z.object({
      benchmark: z.string(),
      version: z.int(),
      score: z.number(),
    })),
  })).describe(
    "20 at most: segments first, the smallest before the others; then whole runs, those nobody " +
      "has confirmed on such a runtime first.",
  ),
});
