// What a submission may hold, for the form; intake.ts checks the same.

/** Most characters of each text. */
export const FIELD_LIMITS = { name: 60, author: 60, blurb: 280, reference: 300 } as const;
