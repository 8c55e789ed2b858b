// What better-auth is told: our names of its tables, passkeys, GitHub, API keys, no mail.
// Server only. tests/accounts/auth_tables_test.ts holds the migration against it.

import { apiKey } from "@better-auth/api-key";
import { passkey } from "@better-auth/passkey";
import { betterAuth, type BetterAuthOptions } from "better-auth";
import { APIError } from "better-auth/api";
import { log } from "../operating/log.ts";
import { randomId } from "../storage/ids.ts";
import type { Db } from "../storage/database.ts";
import { nameKey } from "./names.ts";
import { placeholderEmail, registration } from "./registration.ts";
import { freeName } from "./store.ts";

/** Where better-auth's own addresses are; routes/account/auth lets only some of them through. */
export const AUTH_PATH = "/account/auth";

/** Before every key, so that people and scanners of secrets know it for one. */
export const KEY_PREFIX = "tp_";

/** Before the name of every cookie, after __Secure- when served over https. */
export const COOKIE_PREFIX = "tinyproof";

const DAY_SECONDS = 24 * 60 * 60;
const SESSION_SECONDS = 30 * DAY_SECONDS;

export interface AuthSettings {
  /** Without one http://localhost and whatever port it is. */
  origin?: string;
  port: number;
  secret: string;
  /** Sign-in with GitHub, where both are set. */
  githubClientId?: string;
  githubClientSecret?: string;
}

export type Auth = ReturnType<typeof createAuth>;

/** The library that keeps sessions, passkeys and keys, over our database. */
export function createAuth(db: Db, settings: AuthSettings) {
  return betterAuth(authOptions(db, settings));
}

export function authOptions(db: Db, settings: AuthSettings) {
  return {
    appName: "Tinyproof",
    baseURL: settings.origin ?? {
      allowedHosts: ["localhost", "localhost:*"],
      protocol: "http" as const,
      fallback: `http://localhost:${settings.port}`,
    },
    basePath: AUTH_PATH,
    secret: settings.secret,
    database: { db, type: "postgres" as const, transaction: true },
    user: {
      modelName: "auth_user",
      fields: columns("emailVerified", "createdAt", "updatedAt"),
      additionalFields: {
        nameKey: { type: "string" as const, fieldName: "name_key", unique: true, input: false },
        role: { type: "string" as const, defaultValue: "author", input: false },
      },
    },
    session: {
      modelName: "auth_session",
      fields: columns("expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId"),
      expiresIn: SESSION_SECONDS,
      updateAge: DAY_SECONDS,
    },
    verification: {
      modelName: "auth_verification",
      fields: columns("expiresAt", "createdAt", "updatedAt"),
    },
    account: identities(),
    plugins: [passkeys(db, settings), keys()],
    socialProviders: settings.githubClientId ? { github: github(db, settings) } : {},
    databaseHooks: {
      user: {
        create: {
          before: (user: { name: string }) =>
            Promise.resolve({ data: { ...user, nameKey: nameKey(user.name) } }),
        },
      },
      account: {
        create: {
          // GitHub says who somebody is, and that is all that is wanted of it.
          before: <T>(identity: T) => Promise.resolve({ data: { ...identity, ...NO_TOKENS } }),
        },
      },
    },
    advanced: {
      cookiePrefix: COOKIE_PREFIX,
      database: { generateId: () => randomId(16), validateSchema: false },
      // No address of anybody is stored.
      ipAddress: { disableIpTracking: true },
    },
    // Ours are by address, in front of it: lib/http/rate_limit.ts.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { level: "error" as const, log: logFault },
    onAPIError: { errorURL: "/account/sign-in" },
  } satisfies BetterAuthOptions;
}

/** A refusal is answered to who caused it; it is no fault of ours. */
function logFault(_level: string, message: string, ...causes: unknown[]): void {
  if (causes.some((cause) => cause instanceof APIError)) return;
  log.error("Accounts: {message}", { message, causes });
}

const NO_TOKENS = {
  accessToken: null,
  refreshToken: null,
  idToken: null,
  accessTokenExpiresAt: null,
  refreshTokenExpiresAt: null,
};

function identities() {
  return {
    modelName: "auth_identity",
    fields: columns(
      ...["accountId", "providerId", "userId", "createdAt", "updatedAt"],
      ...Object.keys(NO_TOKENS),
    ),
    updateAccountOnSignIn: false,
    // By mail it would be, and nobody has one here.
    accountLinking: { enabled: false },
  };
}

function passkeys(db: Db, { origin }: AuthSettings) {
  return passkey({
    rpID: rpId(origin),
    rpName: "Tinyproof",
    // Without one it is the Origin of the request, which routes/_middleware.ts has compared.
    origin,
    authenticatorSelection: { residentKey: "required", userVerification: "preferred" },
    advanced: { webAuthnChallengeCookie: "passkey" },
    registration: registration(db),
    schema: {
      passkey: {
        modelName: "auth_passkey",
        fields: {
          ...columns("publicKey", "userId", "deviceType", "backedUp", "createdAt"),
          credentialID: "credential_id",
        },
      },
    },
  });
}

/** The domain passkeys are made for (Web Authentication, section 5.4.2). */
export function rpId(origin: string | undefined): string {
  return origin === undefined ? "localhost" : new URL(origin).hostname;
}

function keys() {
  return apiKey({
    defaultPrefix: KEY_PREFIX,
    requireName: true,
    maximumNameLength: 60,
    rateLimit: { enabled: false },
    keyExpiration: { defaultExpiresIn: null, minExpiresIn: 1, maxExpiresIn: 366 },
    startingCharactersConfig: { shouldStore: true, charactersLength: 8 },
    schema: {
      apikey: {
        modelName: "auth_api_key",
        fields: columns(
          ...["configId", "referenceId", "refillInterval", "refillAmount", "lastRefillAt"],
          ...["rateLimitEnabled", "rateLimitTimeWindow", "rateLimitMax", "requestCount"],
          ...["lastRequest", "expiresAt", "createdAt", "updatedAt"],
        ),
      },
    },
  });
}

function github(db: Db, { githubClientId = "", githubClientSecret = "" }: AuthSettings) {
  return {
    clientId: githubClientId,
    clientSecret: githubClientSecret,
    // The public profile is enough.
    disableDefaultScope: true,
    async mapProfileToUser({ id, login }: { id: string | number; login: string }) {
      const name = await freeName(db, login);
      return {
        name,
        email: placeholderEmail(`github-${id}`),
        emailVerified: false,
        image: undefined,
      };
    },
  };
}

/** Field names as columns of ours: "expiresAt" → "expires_at". */
function columns<Field extends string>(...fields: Field[]): Record<Field, string> {
  const snake = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(fields.map((field) => [field, snake(field)])) as Record<Field, string>;
}
