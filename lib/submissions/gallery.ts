// Submits the models of data/gallery at the first start, through the same door as everybody's.

import { z } from "zod";
import { IntegrityError } from "../errors.ts";
import { sha256Hex } from "../hash.ts";
import type { Services } from "../services.ts";
import { parseDocument } from "../verification/schema.ts";
import { receiveSubmission } from "./intake.ts";
import { entryByFile } from "./store.ts";

const gallerySchema = z.array(z.strictObject({
  file: z.string().regex(/^[a-z0-9-]+\.tinygpt$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  name: z.string(),
  author: z.string(),
  blurb: z.string(),
}));

/**
 * Submits what is not there yet; scores are computed by job processes, never shipped.
 *
 * @param directory holds gallery.json and the files it lists.
 * @returns how many models were new.
 * @throws {IntegrityError} when a file is not the one gallery.json names.
 */
export async function loadGallery(services: Services, directory: URL): Promise<number> {
  const list = JSON.parse(await Deno.readTextFile(new URL("gallery.json", directory)));
  let added = 0;
  for (const { file, sha256, ...fields } of parseDocument(gallerySchema, list, "gallery")) {
    if (await entryByFile(services.db, sha256)) continue;
    const bytes = await Deno.readFile(new URL(file, directory));
    const got = await sha256Hex(bytes);
    if (got !== sha256) {
      throw new IntegrityError(`The gallery's ${file} is not the file it should be`, {
        expected: `SHA-256 ${sha256}`,
        got: `SHA-256 ${got}`,
        fix: `Restore data/gallery/${file}.`,
      });
    }
    const body = new Blob([bytes]).stream();
    await receiveSubmission(services, body, { ...fields, fileName: file }, {
      gallery: true,
      featured: true,
    });
    added++;
  }
  return added;
}
