// Table types of accounts. better-auth writes most of them; lib/accounts/auth_options.ts names them.

import type { Generated, Selectable } from "kysely";
import type { Role } from "../accounts/caller.ts";
import type { Timestamp } from "./columns.ts";

interface Stamped {
  id: string;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** An account. */
export interface AuthUserTable extends Stamped {
  /** Shown as the author of its entries. */
  name: string;
  /** `nameKey(name)`: no two accounts share one. */
  name_key: string;
  role: Generated<Role>;
  /** No address: better-auth wants a unique text here. Never shown, never written to. */
  email: string;
  email_verified: boolean;
  image: string | null;
}

export interface AuthSessionTable extends Stamped {
  expires_at: Timestamp;
  token: string;
  ip_address: string | null;
  user_agent: string | null;
  user_id: string;
}

/** Challenges of passkeys and states of OAuth, minutes old at most. */
export interface AuthVerificationTable extends Stamped {
  identifier: string;
  value: string;
  expires_at: Timestamp;
}

/** Who an account is elsewhere: at GitHub. No token of it is kept. */
export interface AuthIdentityTable extends Stamped {
  account_id: string;
  provider_id: string;
  user_id: string;
  access_token: string | null;
  refresh_token: string | null;
  id_token: string | null;
  access_token_expires_at: Timestamp | null;
  refresh_token_expires_at: Timestamp | null;
  scope: string | null;
  password: string | null;
}

export interface AuthPasskeyTable {
  id: string;
  name: string | null;
  public_key: string;
  user_id: string;
  credential_id: string;
  counter: number;
  device_type: string;
  backed_up: boolean;
  transports: string | null;
  created_at: Timestamp | null;
  /** Which kind of authenticator made it. */
  aaguid: string | null;
}

export interface AuthApiKeyTable extends Stamped {
  config_id: string;
  name: string | null;
  /** How the key begins, to tell keys apart. */
  start: string | null;
  /** Account. */
  reference_id: string;
  prefix: string | null;
  /** SHA-256 of the key. */
  key: string;
  refill_interval: number | null;
  refill_amount: number | null;
  last_refill_at: Timestamp | null;
  enabled: boolean | null;
  rate_limit_enabled: boolean | null;
  rate_limit_time_window: number | null;
  rate_limit_max: number | null;
  request_count: number | null;
  remaining: number | null;
  last_request: Timestamp | null;
  expires_at: Timestamp | null;
  /** JSON: { "tinyproof": ["submit", …] } */
  permissions: string | null;
  metadata: string | null;
}

/** The link that makes an account the first admin. */
export interface AdminClaimTable {
  id: 1;
  /** SHA-256 of its token. */
  token_hash: string;
  created_at: Timestamp;
}

export interface AccountTables {
  auth_user: AuthUserTable;
  auth_session: AuthSessionTable;
  auth_verification: AuthVerificationTable;
  auth_identity: AuthIdentityTable;
  auth_passkey: AuthPasskeyTable;
  auth_api_key: AuthApiKeyTable;
  admin_claim: AdminClaimTable;
}

export type AuthUser = Selectable<AuthUserTable>;
export type Passkey = Selectable<AuthPasskeyTable>;
export type ApiKey = Selectable<AuthApiKeyTable>;
