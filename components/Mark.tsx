/** The mark: two rows of bits that are the same. */
export function Mark() {
  const cells: [number, number, boolean][] = [[6, 5, true], [12.5, 5, false], [19, 7, true]];
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <g fill="var(--on-accent)">
        {[8.5, 17.5].map((y) =>
          cells.map(([x, width, on]) => (
            <rect x={x} y={y} width={width} height={6} rx={1.2} opacity={on ? 1 : 0.35} />
          ))
        )}
      </g>
    </svg>
  );
}
