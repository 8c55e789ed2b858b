// Where the page of an author stands.

export function authorPath(author: string): string {
  return `/authors/${encodeURIComponent(author)}`;
}
