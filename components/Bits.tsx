/**
 * A digest as a picture: its first 25 bits as a 5 × 5 grid. Same weights, same picture; different
 * weights look different at a glance.
 */
export function Bits({ digest }: { digest: string }) {
  const bits = parseInt(digest.slice(0, 7), 16);
  if (Number.isNaN(bits)) return null;
  const cells = Array.from({ length: 25 }, (_, i) => i)
    .filter((i) => (bits >>> i) & 1)
    .map((i) => `M${5 * (i % 5)} ${5 * Math.floor(i / 5)}h4v4h-4z`);
  return (
    <svg class="bits" viewBox="-1 -1 26 26" aria-hidden="true" fill="currentColor">
      <rect class="off" x="-1" y="-1" width="26" height="26" rx="3" />
      <path d={cells.join("")} />
    </svg>
  );
}
