const CELLS = 64;
const PITCH = 7;

/** The leading bits of a claimed and of a recomputed digest, one row above the other. */
export function BitRows({ claimed, recomputed }: { claimed: string; recomputed: string }) {
  const rows = [{ label: "The file says", hex: claimed }, {
    label: "We computed",
    hex: recomputed,
  }];
  return (
    <div class="bit-rows">
      {rows.map(({ label, hex }) => (
        <div key={label}>
          <span>{label}</span>
          <svg
            viewBox={`0 0 ${CELLS * PITCH - 2} 14`}
            role="img"
            aria-label={`${hex.slice(0, 16)}…`}
          >
            <path class="zero" d={cells(hex, 0)} />
            <path class="one" d={cells(hex, 1)} />
          </svg>
        </div>
      ))}
    </div>
  );
}

function cells(hex: string, wanted: number): string {
  let path = "";
  for (let i = 0; i < CELLS; i++) {
    const bit = (parseInt(hex[i >> 2], 16) >> (3 - (i & 3))) & 1;
    if (bit === wanted) path += `M${i * PITCH} 0h5v14h-5z`;
  }
  return path;
}
