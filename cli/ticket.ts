// ticket: has a board draw the seed of a recipe, and keeps what it answered.

import { NotFoundError, ValidationError } from "../lib/errors.ts";
import type { Recipe } from "../lib/verification/recipe.ts";
import { parseDocument } from "../lib/verification/schema.ts";
import {
  recipeCommitment,
  type Ticket,
  ticketSchema,
  ticketSeed,
} from "../lib/verification/ticket.ts";
import { type Arguments, type Command, CORPUS_OPTION, JSON_OPTION } from "./command.ts";
import { openData, openEngine, readBytes, writeWhole } from "./host.ts";
import { note, printJson } from "./output.ts";
import { readRecipe } from "./recipe_file.ts";
import { callServer, SERVER_OPTION } from "./server.ts";

export const TICKET: Command = {
  name: "ticket",
  summary: "Has a board draw the seed of a recipe, for the account of the key in TINYPROOF_KEY.\n" +
    "Only the hash of the recipe is sent. `train --ticket FILE` trains with that seed, and takes a\n" +
    "ticket by itself when there is no such file.",
  operands: ["FILE"],
  options: {
    recipe: { type: "string", value: "FILE", help: "the recipe, JSON (docs/recipe.md); required" },
    server: SERVER_OPTION,
    "corpus-file": CORPUS_OPTION,
    json: JSON_OPTION,
  },
  example: "ticket my.ticket.json --recipe recipe.json --server https://board.example",
  run: takeTicket,
};

/** Any seed: it is no part of what is committed to. */
const NO_SEED = 0;

async function takeTicket(args: Arguments): Promise<void> {
  const { uploads } = await openData(args);
  const { digest } = await openEngine(args);
  const recipe = await readRecipe(args.required("recipe"), digest, NO_SEED, uploads);
  const ticket = await ticketFor(args, args.positionals[0], recipe);
  if (args.flag("json")) return printJson(ticket);
  console.log(`${args.positionals[0]}: ticket ${ticket.id}, seed ${ticket.seed}`);
}

/**
 * The ticket kept in the file at `path`; where there is none, a new one is taken and kept there, so
 * that the same command again trains with the same seed.
 *
 * @throws {ValidationError} when it is the ticket of another recipe.
 */
export async function ticketFor(args: Arguments, path: string, recipe: Recipe): Promise<Ticket> {
  const commitment = await recipeCommitment(recipe);
  const ticket = await keptTicket(path) ?? await newTicket(args, path, commitment);
  if (ticket.commitment !== commitment) {
    throw new ValidationError(`${path} is the ticket of another recipe`, {
      expected: `a recipe whose hash without its seed is ${ticket.commitment}`,
      got: commitment,
      fix:
        "Give the recipe it was taken for, or name a file that is not there to take another one.",
    });
  }
  if (ticket.seed !== await ticketSeed(ticket)) {
    throw new ValidationError(`${path} is no ticket: its seed does not follow from its nonce`, {
      expected: `seed ${await ticketSeed(ticket)}`,
      got: `seed ${ticket.seed}`,
      fix: "Take the ticket from the board again: its page is below /tickets/.",
    });
  }
  return ticket;
}

async function keptTicket(path: string): Promise<Ticket | null> {
  let text: string;
  try {
    text = new TextDecoder().decode(await readBytes(path));
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
  try {
    return parseDocument(ticketSchema, JSON.parse(text), "ticket");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ValidationError(`${path} is not JSON`, {
      expected: "a ticket, as this command writes it",
      got: error.message,
      fix: "Name another file.",
    });
  }
}

async function newTicket(args: Arguments, path: string, commitment: string): Promise<Ticket> {
  const answer = await callServer(args, "tickets", {
    method: "POST",
    body: JSON.stringify({ commitment }),
  });
  const ticket = parseDocument(ticketSchema, answer, "ticket");
  const text = `${JSON.stringify(ticket, null, 2)}\n`;
  await writeWhole(path, [new TextEncoder().encode(text)]);
  note(`Ticket ${ticket.id}: number ${answer.number} for this recipe, kept in ${path}`);
  return ticket;
}
