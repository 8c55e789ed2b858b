// What a submission may hold, for the form and for the server that checks it.

/** Most characters of each text, and the size of the file as the form states it. */
export const FIELD_LIMITS = { name: 80, author: 80, blurb: 500, fileMegabytes: 100 } as const;
