// Everything the pages of corpora show. Knows nothing of HTTP or markup.

import type { Kysely } from "kysely";
import { NotFoundError } from "../errors.ts";
import type { CorpusRow } from "../storage/corpus_schema.ts";
import type { Database } from "../storage/schema.ts";
import type { ScanReport } from "./contamination/report.ts";
import { LICENCES } from "./fields.ts";
import { CORPORA, type Corpus, findCorpus, isUploadId } from "./registry.ts";
import { countModels, getCorpus, getScan, listCorpora, modelsMadeWith, scansOf } from "./store.ts";

/** Most uploaded corpora, and most models of one, that a page lists. */
const LIST_LIMIT = 200;

export interface CorpusView {
  id: string;
  sha256: string;
  name: string;
  registered: boolean;
  /** Who sent it; null for registered ones. */
  author: string | null;
  licence: string;
  source: string;
  byteLength: number;
  trainRange: readonly [number, number];
  /** Where its bytes are. */
  file: string;
  scan: ScanReport | null;
  /** Why there is no newer scan, or null. */
  scanFailure: string | null;
  createdAt: Date | null;
  models: number;
}

/** Registered corpora in their order, then uploaded ones, the newest first. */
export async function corpusList(db: Kysely<Database>): Promise<CorpusView[]> {
  const uploaded = await listCorpora(db, LIST_LIMIT);
  const digests = [...CORPORA, ...uploaded].map(({ sha256 }) => sha256);
  const [scans, models] = await Promise.all([scansOf(db, digests), countModels(db)]);
  const facts = (sha256: string) => ({
    scan: scans.get(sha256) ?? null,
    models: models.get(sha256) ?? 0,
  });
  return [
    ...CORPORA.map((corpus) => ({ ...registeredView(corpus), ...facts(corpus.sha256) })),
    ...uploaded.map((row) => ({ ...uploadedView(row), ...facts(row.sha256) })),
  ];
}

/** @throws {NotFoundError} when no corpus has this id. */
export async function loadCorpusPage(db: Kysely<Database>, id: string) {
  const registered = findCorpus(id);
  const row = registered === undefined && isUploadId(id) ? await getCorpus(db, id) : null;
  const view = registered ? registeredView(registered) : row && uploadedView(row);
  if (view === null) {
    throw new NotFoundError("There is no corpus with this id", {
      got: id.slice(0, 80),
      fix: "Check the address, or find the corpus in the list.",
    });
  }
  const [scan, models] = await Promise.all([
    getScan(db, view.sha256),
    modelsMadeWith(db, view.sha256, LIST_LIMIT),
  ]);
  const corpus: CorpusView = { ...view, scan, models: models.length };
  return { corpus, models, preview: row?.preview ?? null };
}

type Described = Omit<CorpusView, "scan" | "models">;

function registeredView(corpus: Corpus): Described {
  const { id, sha256, name, licence, source, byteLength, trainRange } = corpus;
  return {
    ...{ id, sha256, name, licence, source, byteLength, trainRange },
    registered: true,
    author: null,
    file: `/corpora/${id}/text`,
    scanFailure: null,
    createdAt: null,
  };
}

function uploadedView(row: CorpusRow): Described {
  const { sha256, name, author, source } = row;
  const licence = row.licence === "other"
    ? row.licence_note
    : LICENCES[row.licence as keyof typeof LICENCES] ?? row.licence;
  return {
    ...{ id: sha256, sha256, name, author, source },
    licence: row.licence === "other" || row.licence_note === ""
      ? licence
      : `${licence}. ${row.licence_note}`,
    registered: false,
    byteLength: row.byte_length,
    trainRange: [0, row.byte_length],
    file: `/corpora/${sha256}/text`,
    scanFailure: row.scan_failure,
    createdAt: row.created_at,
  };
}
