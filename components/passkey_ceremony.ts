// The two steps of a passkey: what the server asks, what the authenticator answers.

import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from "@simplewebauthn/browser";
import type { PublicProblem } from "../lib/errors.ts";

const ENDPOINTS = "/account/auth/passkey";

/** Null when it is done. */
export type Outcome = PublicProblem | null;

export function signIn(): Promise<Outcome> {
  return inWords(async () => {
    const { startAuthentication } = await import("@simplewebauthn/browser");
    const optionsJSON = await call<PublicKeyCredentialRequestOptionsJSON>(
      "generate-authenticate-options",
    );
    const response: AuthenticationResponseJSON = await startAuthentication({ optionsJSON });
    await call("verify-authentication", { response });
  });
}

/** A new account of this name, or with a session another passkey for it. */
export function register(name: string, { account }: { account: boolean }): Promise<Outcome> {
  return inWords(async () => {
    const { startRegistration } = await import("@simplewebauthn/browser");
    const query = new URLSearchParams({ name, ...(account && { context: name }) });
    const optionsJSON = await call<PublicKeyCredentialCreationOptionsJSON>(
      `generate-register-options?${query}`,
    );
    // What the authenticator lists it under.
    optionsJSON.user.displayName = optionsJSON.user.name;
    const response: RegistrationResponseJSON = await startRegistration({ optionsJSON });
    await call("verify-registration", { response, createSession: account });
  });
}

class Refusal extends Error {
  readonly problem: PublicProblem;
  constructor(problem: PublicProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** @throws {Refusal} with the words of the server. */
async function call<Answer>(path: string, body?: unknown): Promise<Answer> {
  const init = body === undefined ? {} : {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const response = await fetch(`${ENDPOINTS}/${path}`, init);
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  // Of the library, or of ours.
  const { message, fix } = answer.error ?? answer;
  throw new Refusal({ message: message || `The server answered ${response.status}`, fix });
}

async function inWords(ceremony: () => Promise<void>): Promise<Outcome> {
  try {
    await ceremony();
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.problem;
    const { name, message } = error as Error;
    return { message: WORDS[name] ?? message, fix: "Nothing was changed. You can try again." };
  }
}

/** By the name of the browser's error (Web Authentication, sections 5.1.3 and 5.1.4). */
const WORDS: Record<string, string> = {
  NotAllowedError: "The browser did not get a passkey: it was cancelled, or took too long",
  InvalidStateError: "This authenticator holds a passkey of your account already",
  SecurityError: "Passkeys of this board do not work at the address of this page",
  TypeError: "The server could not be reached",
};
