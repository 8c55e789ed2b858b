interface Props {
  /** Address of each page that there is. */
  first: string | null;
  previous: string | null;
  next: string | null;
  last: string | null;
  /** Where this page stands, in words. */
  position: string;
}

/** Links to the pages around this one; none where one page is all. */
export function PageLinks({ first, previous, next, last, position }: Props) {
  if (!previous && !next) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {first && <a href={first}>First</a>}
      {previous && <a href={previous} rel="prev">Previous</a>}
      <span class="muted">{position}</span>
      {next && <a href={next} rel="next">Next</a>}
      {last && <a href={last}>Last</a>}
    </nav>
  );
}
