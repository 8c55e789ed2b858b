import CopyText from "../islands/CopyText.tsx";

interface Props {
  id: string;
  /** Address by which a guest withdraws from elsewhere; null for an account. */
  link: string | null;
  /** Empty for an account. */
  guestKey: string;
}

/** What the author of an entry may do with it, and how to be known as its author later. */
export function OwnerNote({ id, link, guestKey }: Props) {
  const revise = new URLSearchParams({ revisionOf: id, ...(guestKey !== "" && { key: guestKey }) });
  return (
    <section class="panel" data-owner>
      <h2>It is yours</h2>
      {link !== null && (
        <>
          <p>
            This browser is known as its sender for a month. Keep this address: by it you can
            withdraw the model from anywhere, and it is shown nowhere else.
          </p>
          <p class="copied">
            <code id="withdrawal-link" class="digest" data-withdrawal-link>{link}</code>
            <CopyText from="withdrawal-link" what="the address to withdraw it by" />
          </p>
        </>
      )}
      <p class="actions">
        <a class="button quiet" href={`/submit?${revise}`}>Submit a new version</a>
        <a class="button quiet" href={`/submissions/${id}/withdraw`}>Withdraw it</a>
      </p>
    </section>
  );
}
