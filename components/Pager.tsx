/** Links to the pages before and after. `path` may carry a query. */
export function Pager(
  { page, pages, path }: { page: number; pages: number; path: string },
) {
  if (pages <= 1) return null;
  const href = (number: number) => `${path}${path.includes("?") ? "&" : "?"}page=${number}`;
  return (
    <nav class="pager" aria-label="Pages">
      {page > 1 && <a href={href(page - 1)} rel="prev">Previous</a>}
      <span class="muted">Page {page} of {pages}</span>
      {page < pages && <a href={href(page + 1)} rel="next">Next</a>}
    </nav>
  );
}
