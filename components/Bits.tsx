/**
 * A digest as a picture: its first 25 bits as a 5 × 5 grid. Same weights, same picture; different
 * weights look different at a glance.
 */
export function Bits({ digest }: { digest: string }) {
  const bits = parseInt(digest.slice(0, 7), 16);
  if (Number.isNaN(bits)) return null;
  const path = (on: boolean) =>
    Array.from({ length: 25 }, (_, i) => i)
      .filter((i) => ((bits >>> i) & 1) === (on ? 1 : 0))
      .map((i) => `M${(i % 5) * 5 + 0.5} ${Math.floor(i / 5) * 5 + 0.5}h4v4h-4z`)
      .join("");
  return (
    <svg class="bits" viewBox="0 0 25 25" aria-hidden="true" fill="currentColor">
      <path d={path(true)} />
      <path class="off" d={path(false)} />
    </svg>
  );
}
