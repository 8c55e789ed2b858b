// Accounts: the tables better-auth expects, by the names and with the extra fields that
// lib/accounts/auth_options.ts tells it; the link for the first admin; who sees an entry.

import { type Kysely, sql } from "kysely";

// deno-lint-ignore no-explicit-any -- a migration outlives the present schema types
type AnyDb = Kysely<any>;

export async function up(db: AnyDb): Promise<void> {
  await createUsers(db);
  await createSessions(db);
  await createIdentities(db);
  await createPasskeys(db);
  await createApiKeys(db);
  await db.schema.createTable("admin_claim")
    // One row at most: the link printed last is the one that counts.
    .addColumn("id", "integer", (c) => c.primaryKey().check(sql`id = 1`))
    .addColumn("token_hash", "text", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull())
    .execute();
  await db.schema.alterTable("entry")
    .addColumn(
      "visibility",
      "text",
      (c) => c.notNull().defaultTo("public").check(sql`visibility in ('public', 'held', 'hidden')`),
    )
    .execute();
}

function created(db: AnyDb, table: string) {
  return db.schema.createTable(table)
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("created_at", "timestamptz", (c) => c.notNull().defaultTo(sql`current_timestamp`))
    .addColumn("updated_at", "timestamptz", (c) => c.notNull().defaultTo(sql`current_timestamp`));
}

async function createUsers(db: AnyDb): Promise<void> {
  await created(db, "auth_user")
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("name_key", "text", (c) => c.notNull().unique())
    .addColumn(
      "role",
      "text",
      (c) => c.notNull().defaultTo("author").check(sql`role in ('author', 'editor', 'admin')`),
    )
    .addColumn("email", "text", (c) => c.notNull().unique())
    .addColumn("email_verified", "boolean", (c) => c.notNull())
    .addColumn("image", "text")
    .execute();
}

async function createSessions(db: AnyDb): Promise<void> {
  await created(db, "auth_session")
    .addColumn("expires_at", "timestamptz", (c) => c.notNull())
    .addColumn("token", "text", (c) => c.notNull().unique())
    .addColumn("ip_address", "text")
    .addColumn("user_agent", "text")
    .addColumn("user_id", "text", (c) => c.notNull().references("auth_user.id").onDelete("cascade"))
    .execute();
  await created(db, "auth_verification")
    .addColumn("identifier", "text", (c) => c.notNull())
    .addColumn("value", "text", (c) => c.notNull())
    .addColumn("expires_at", "timestamptz", (c) => c.notNull())
    .execute();
  await index(db, "auth_session", "user_id");
  await index(db, "auth_verification", "identifier");
}

async function createIdentities(db: AnyDb): Promise<void> {
  await created(db, "auth_identity")
    .addColumn("account_id", "text", (c) => c.notNull())
    .addColumn("provider_id", "text", (c) => c.notNull())
    .addColumn("user_id", "text", (c) => c.notNull().references("auth_user.id").onDelete("cascade"))
    .addColumn("access_token", "text")
    .addColumn("refresh_token", "text")
    .addColumn("id_token", "text")
    .addColumn("access_token_expires_at", "timestamptz")
    .addColumn("refresh_token_expires_at", "timestamptz")
    .addColumn("scope", "text")
    .addColumn("password", "text")
    .execute();
  await index(db, "auth_identity", "user_id");
}

async function createPasskeys(db: AnyDb): Promise<void> {
  await db.schema.createTable("auth_passkey")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text")
    .addColumn("public_key", "text", (c) => c.notNull())
    .addColumn("user_id", "text", (c) => c.notNull().references("auth_user.id").onDelete("cascade"))
    .addColumn("credential_id", "text", (c) => c.notNull())
    .addColumn("counter", "integer", (c) => c.notNull())
    .addColumn("device_type", "text", (c) => c.notNull())
    .addColumn("backed_up", "boolean", (c) => c.notNull())
    .addColumn("transports", "text")
    .addColumn("created_at", "timestamptz")
    .addColumn("aaguid", "text")
    .execute();
  await index(db, "auth_passkey", "user_id");
  await index(db, "auth_passkey", "credential_id");
}

async function createApiKeys(db: AnyDb): Promise<void> {
  await created(db, "auth_api_key")
    .addColumn("config_id", "text", (c) => c.notNull())
    .addColumn("name", "text")
    .addColumn("start", "text")
    // Whose it is. The library asks for no foreign key here; ours ends keys with their account.
    .addColumn(
      "reference_id",
      "text",
      (c) => c.notNull().references("auth_user.id").onDelete("cascade"),
    )
    .addColumn("prefix", "text")
    .addColumn("key", "text", (c) => c.notNull())
    .addColumn("refill_interval", "integer")
    .addColumn("refill_amount", "integer")
    .addColumn("last_refill_at", "timestamptz")
    .addColumn("enabled", "boolean")
    .addColumn("rate_limit_enabled", "boolean")
    .addColumn("rate_limit_time_window", "integer")
    .addColumn("rate_limit_max", "integer")
    .addColumn("request_count", "integer")
    .addColumn("remaining", "integer")
    .addColumn("last_request", "timestamptz")
    .addColumn("expires_at", "timestamptz")
    .addColumn("permissions", "text")
    .addColumn("metadata", "text")
    .execute();
  for (const column of ["config_id", "reference_id", "key"]) {
    await index(db, "auth_api_key", column);
  }
}

async function index(db: AnyDb, table: string, column: string): Promise<void> {
  await db.schema.createIndex(`${table}_${column}`).on(table).column(column).execute();
}
