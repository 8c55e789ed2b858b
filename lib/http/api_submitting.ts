// The operations by which models are submitted, followed and withdrawn.

import { z } from "zod";
import { submissionFieldsSchema } from "../submissions/intake.ts";
import { json, type Operations } from "./api_operation.ts";
import * as queries from "./api_queries.ts";
import * as submissionAnswers from "./submission_schemas.ts";
import { deliveredSchema } from "./provenance_schemas.ts";

const model = z.string().meta({ description: "Id of the model.", examples: ["b7kx2mfq9tzw"] });
const upload = z.string().meta({
  description: "Id of the upload; keep it to yourself.",
  examples: ["k7tqz4mwx9c2rhpd8vnb3sfg5jk7tqz4"],
});

export const SUBMITTING_OPERATIONS: Operations = {
  "/api/v1/submissions": {
    post: {
      tag: "Submissions",
      summary: "Submit a model: the .tinygpt file as the body, or an upload that is whole",
      description: "The same file again gives the same model. With an API key the author is its " +
        "account; without one, author is required. RateLimit headers tell what is " +
        "left of the submissions of 24 hours. A guest may withdraw the model at the path " +
        "withdraw of the answer, or with the key whose digest came in the query. The header " +
        "Withdrawal-Key shows a guest's right to the model that revisionOf names.",
      query: submissionFieldsSchema.partial({ author: true, blurb: true, fileName: true })
        .extend(queries.submissionQuery),
      body: "application/octet-stream",
      status: 201,
      answer: json(submissionAnswers.submittedSchema),
    },
  },
  "/api/v1/submissions/{id}": {
    get: {
      tag: "Submissions",
      summary: "How far a submission is",
      path: { id: model },
      answer: json(submissionAnswers.statusSchema),
    },
    delete: {
      tag: "Submissions",
      summary: "Withdraw a model of your own",
      description: "With its account's session or API key, or a guest's key in the header " +
        "Withdrawal-Key. Names, digests and the ledger stay; the file goes.",
      path: { id: model },
      answer: json(submissionAnswers.statusSchema),
    },
  },
  "/api/v1/submissions/{id}/events": {
    get: {
      tag: "Submissions",
      summary: "The same as a stream: once now, then after every change",
      description: "Server-sent events; each data line is the JSON of the address above. " +
        "The stream ends when nothing more will change.",
      path: { id: model },
      answer: { "text/event-stream": submissionAnswers.statusSchema },
    },
  },
  "/api/v1/submissions/{id}/states": {
    post: {
      tag: "Submissions",
      summary: "Deliver a state of a run that is to be spot-checked",
      description: "For its author alone, as above, while the status has a spotCheck that is " +
        "waiting. The body is a checkpoint file as `train --keep-states` leaves it; which of the " +
        "wanted states it is stands in it. It is taken when the leaf of the submitted file is its " +
        "hash; what is refused changes nothing. With the last one the replay begins. It may come " +
        "in parts before, as an upload whose Upload-Metadata has stateOf, the id of the model.",
      path: { id: model },
      query: queries.stateQuery,
      body: "application/octet-stream",
      status: 201,
      answer: json(deliveredSchema),
    },
  },
  "/api/v1/uploads": {
    options: {
      tag: "Submissions",
      summary: "What this board can do of the protocol tus",
      answer: {},
      status: 204,
    },
    post: {
      tag: "Submissions",
      summary: "Announce a file that will come in parts",
      description: "Uploads follow tus 1.0 (tus.io) with the extensions creation, expiration, " +
        "termination and checksum: any of its clients can send. Upload-Metadata has the keys " +
        "sha256 (of the whole file, in hexadecimal) and filename. The answer's Location is the " +
        "upload. Once whole, it is submitted by POST /api/v1/submissions?upload=ID. With the key " +
        "stateOf, the id of a model whose author is asked for states, it becomes a state by POST " +
        "/api/v1/submissions/{id}/states?upload=ID; a guest's key comes in Withdrawal-Key.",
      answer: {},
      status: 201,
    },
  },
  "/api/v1/uploads/{id}": {
    get: {
      tag: "Submissions",
      summary: "How much of an upload has arrived, and what it became",
      path: { id: upload },
      answer: json(submissionAnswers.uploadSchema),
    },
    head: {
      tag: "Submissions",
      summary: "Where to go on: the header Upload-Offset",
      path: { id: upload },
      answer: {},
    },
    patch: {
      tag: "Submissions",
      summary: "Send the next part, from the Upload-Offset on",
      path: { id: upload },
      body: "application/offset+octet-stream",
      answer: {},
      status: 204,
    },
    post: {
      tag: "Submissions",
      summary: "The same as PATCH or DELETE, whichever X-HTTP-Method-Override names",
      path: { id: upload },
      body: "application/offset+octet-stream",
      answer: {},
      status: 204,
    },
    delete: {
      tag: "Submissions",
      summary: "Throw an upload away",
      path: { id: upload },
      answer: {},
      status: 204,
    },
  },
};
