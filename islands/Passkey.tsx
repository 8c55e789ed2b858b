import { useEffect, useState } from "preact/hooks";
import { type Outcome, register, signIn } from "../components/passkey_ceremony.ts";
import { ProblemNote } from "../components/Problem.tsx";
import { FormLine } from "../components/FormLine.tsx";

interface Props {
  /** Sign in; make an account; add one to the account of this name. */
  act: "sign-in" | "sign-up" | "add";
  name: string;
  nameLength: number;
  /** Where to go once signed in. */
  next: string;
}

const WORDS = {
  "sign-in": "Sign in with a passkey",
  "sign-up": "Create a passkey and the account",
  "add": "Add a passkey",
};

/** The button that talks with the authenticator; without JavaScript it stays disabled. */
export default function Passkey(props: Props) {
  const { act, name, nameLength } = props;
  const { ready, busy, problem, run } = useCeremony(props);
  return (
    <form onSubmit={run}>
      {problem && <ProblemNote problem={problem} />}
      {act === "sign-up" && (
        <FormLine
          required
          id="name"
          label="Name"
          hint={`Shown as the author of your models. Up to ${nameLength} characters.`}
          maxLength={nameLength}
          value={name}
          invalid={problem !== null}
          autocomplete="name"
        />
      )}
      <p class="actions">
        <button
          class={act === "add" ? "button quiet" : "button"}
          type="submit"
          disabled={!ready || busy}
        >
          {busy ? "Waiting for the passkey …" : WORDS[act]}
        </button>
      </p>
    </form>
  );
}

function useCeremony({ act, name, next }: Props) {
  const [ready, setReady] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Outcome>(null);
  useEffect(() => {
    setReady(true);
    if ("PublicKeyCredential" in globalThis) return;
    setProblem({
      message: "This browser has no passkeys here",
      fix: "They take https, or the address http://localhost, and a browser of 2022 or later.",
    });
  }, []);

  async function run(event: Event) {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement).get("name");
    setProblem(null);
    setBusy(true);
    const outcome = act === "sign-in"
      ? await signIn()
      : await register(act === "add" ? name : String(given), { account: act === "sign-up" });
    if (outcome === null) return act === "add" ? location.reload() : location.assign(next);
    setBusy(false);
    setProblem(outcome);
  }

  return { ready, busy, problem, run };
}
