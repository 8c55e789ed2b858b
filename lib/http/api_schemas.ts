// Answers of the API that are of no model: errors, the caller, decisions, the ledger.

import { z } from "zod";
import { ROLES, SCOPES } from "../accounts/caller.ts";
import { GUEST_POLICIES } from "../accounts/sender.ts";
import { ACTS } from "../moderation/acts.ts";
import { instant, nextPart, pathOn, sha256 } from "./api_fields.ts";

export const errorSchema = z.object({
  error: z.object({
    status: z.int().describe("The HTTP status once more."),
    message: z.string(),
    expected: z.string().optional(),
    got: z.string().optional(),
    fix: z.string().optional().describe("What to do about it."),
    path: z.string().optional().describe("The parameter or field that is wrong."),
    offset: z.int().optional().describe("The byte of the file that is wrong."),
    requestId: z.string().optional().describe("What the server's log knows the request by."),
  }),
}).meta({ id: "Error", description: "Why there is no answer, and what to do." });

export const callerSchema = z.object({
  account: z.object({
    id: z.string(),
    name: z.string().describe("Shown as the author of its models."),
    role: z.enum(ROLES),
  }).nullable().describe("Null for a guest."),
  scopes: z.array(z.enum(SCOPES)).nullable().describe("Of the API key; null without one."),
  guests: z.enum(GUEST_POLICIES)
    .describe("Where submissions of guests go: on the board, to the holding area (hold), nowhere."),
}).meta({ id: "Caller", description: "Who the server takes you for." });

export const decisionSchema = z.object({
  id: z.string(),
  act: z.enum(ACTS),
  entryId: z.string().nullable().describe("Id of the model it is about, or null."),
  entryName: z.string().nullable().describe("Its name; null when it is hidden."),
  accountId: z.string().nullable().describe("Id of the account it is about, or null."),
  setId: z.string().nullable().describe("Id of the set of the lab it is about, or null."),
  setName: z.string().nullable().describe("Its name; null when it is hidden."),
  raterId: z.string().nullable().describe("Whose scores on that set it is about, or null."),
  promptSetId: z.string().nullable().describe("Id of the set of prompts it is about, or null."),
  promptsName: z.string().nullable().describe("Its name; null when it is hidden."),
  author: z.string().nullable().describe("Name of that account, or what guests called themselves."),
  reason: z.string(),
  moderator: z.string().describe("Name of the moderator at that time."),
  ledgerSeq: z.int().describe("The seq of its event in the ledger."),
  createdAt: instant(),
  url: pathOn("the decision"),
}).meta({ id: "Decision", description: "What a moderator decided, and why." });

export const decisionsSchema = z.object({
  decisions: z.array(decisionSchema).describe("Newest first, 100 at most."),
});

export const ledgerEventSchema = z.object({
  seq: z.int().min(1),
  at: instant(),
  kind: z.string(),
  payload: z.string().describe("Canonical JSON, the very text that was hashed."),
  prevHash: sha256().describe("Hash of the event before; zeros for the first."),
  hash: sha256().describe(
    'SHA-256 of "ledger/v1", prevHash and the canonical JSON of seq, at, kind and payload.',
  ),
}).meta({ id: "LedgerEvent", description: "One event, hashed together with the one before." });

export const ledgerSchema = z.object({
  events: z.array(ledgerEventSchema).describe("The newest first."),
  next: nextPart(),
});
