// The operations about where seeds come from, and about what visitors replay.

import { z } from "zod";
import { json, type Operations } from "./api_operation.ts";
import { challengeQuery, ticketsQuery, wantedQuery } from "./api_queries.ts";
import * as answers from "./provenance_schemas.ts";

const ticket = z.string().meta({ description: "Id of the ticket.", examples: ["m4xq7tzw2kbd"] });

const model = z.string().meta({ description: "Id of the model.", examples: ["b7kx2mfq9tzw"] });

export const PROVENANCE_OPERATIONS: Operations = {
  "/api/v1/tickets": {
    get: {
      tag: "Audit",
      summary: "Every ticket that was taken, 100 at a time",
      query: ticketsQuery,
      answer: json(answers.ticketsSchema),
    },
    post: {
      tag: "Submissions",
      needs: "submit",
      summary: "Take a ticket: have the board draw the seed of a recipe",
      description: "The recipe is fixed by its hash before the seed is drawn. A seed belongs to " +
        "the account; models show how many were taken for their recipe.",
      json: answers.ticketRequestSchema,
      status: 201,
      answer: json(answers.takenTicketSchema),
    },
  },
  "/api/v1/tickets/{id}": {
    get: {
      tag: "Audit",
      summary: "One ticket, and how many its account took",
      path: { id: ticket },
      answer: json(answers.countedTicketSchema),
    },
  },
  "/api/v1/models/{id}/confirmations": {
    get: {
      tag: "Models",
      summary: "What visitors found who replayed a model",
      path: { id: model },
      answer: json(answers.confirmationsSchema),
    },
    post: {
      tag: "Models",
      summary: "Publish a signed confirmation of a replay of your own",
      description: "It answers a nonce drawn before, and shows by its openings that the run was " +
        "replayed. It changes no verdict; one that contradicts the board has it look again. " +
        "200 when this key had confirmed the model before.",
      path: { id: model },
      json: answers.sentConfirmationSchema,
      status: 201,
      answer: json(answers.takenConfirmationSchema),
    },
  },
  "/api/v1/models/{id}/confirmations/challenge": {
    post: {
      tag: "Models",
      summary: "Draw the nonce that a replay is to answer",
      description:
        "Of the whole run, or of one of its segments: it can be answered for that alone.",
      path: { id: model },
      query: challengeQuery,
      status: 201,
      answer: json(answers.challengeSchema),
    },
  },
  "/api/v1/models/{id}/segments": {
    get: {
      tag: "Models",
      summary: "Parts of a run that anybody may replay alone",
      description:
        "Each starts from a state that the board has kept, whose file never changes, or " +
        "from the seed. Check the state's hash against the leaf in the model's file first: then " +
        "nobody can hand you another one.",
      path: { id: model },
      answer: json(answers.segmentsSchema),
    },
  },
  "/api/v1/confirmations/wanted": {
    get: {
      tag: "Models",
      summary: "Models, and segments of their runs, that a volunteer may replay",
      query: wantedQuery,
      answer: json(answers.wantedSchema),
    },
  },
};
