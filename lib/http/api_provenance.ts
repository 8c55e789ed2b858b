// The operations about where seeds come from.

import { z } from "zod";
import { json, type Operations } from "./api_operation.ts";
import { ticketsQuery } from "./api_queries.ts";
import * as answers from "./provenance_schemas.ts";

const ticket = z.string().meta({ description: "Id of the ticket.", examples: ["m4xq7tzw2kbd"] });

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
};
