/** Beside everything that takes a passkey: where passkeys work at all. */
export function PasskeysNeed({ url, rpId, origin }: { url: URL; rpId: string; origin: string }) {
  const host = url.hostname;
  const elsewhere = host !== rpId && !host.endsWith(`.${rpId}`);
  return (
    <>
      <noscript>
        <p class="note warn">Passkeys need JavaScript, which this browser does not run here.</p>
      </noscript>
      {elsewhere && (
        <p class="note warn">
          Passkeys of this board belong to {rpId}: open{" "}
          <a href={`${origin}${url.pathname}${url.search}`}>{origin}</a> instead.
        </p>
      )}
    </>
  );
}
