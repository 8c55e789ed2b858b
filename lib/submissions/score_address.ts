// Where one score of a model and its examples are found.

export interface ScoreAddress {
  page: string;
  /** JSON; with `&format=csv` a table of the examples. */
  api: string;
}

export function scoreAddress(entryId: string, benchmark: string, version: number): ScoreAddress {
  const path = `models/${entryId}/scores/${benchmark}?version=${version}`;
  return { page: `/${path}`, api: `/api/v1/${path}` };
}
