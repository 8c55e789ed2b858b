import type { GuestPolicy } from "../lib/accounts/sender.ts";

const SIGN_IN = "/account/sign-in?next=/submit";

/** What becomes of a submission by somebody who is not signed in. */
export function GuestNote({ guests }: { guests: GuestPolicy }) {
  if (guests === "on") return null;
  return (
    <p class="note">
      {guests === "hold"
        ? (
          <>
            You are not signed in: your model is scored, and waits in the holding area until a
            moderator looks at it. <a href={SIGN_IN}>Sign in</a> to have it on the board at once.
          </>
        )
        : (
          <>
            This board takes submissions from accounts only: <a href={SIGN_IN}>sign in</a> first.
          </>
        )}
    </p>
  );
}
