// Settings of answering: addresses, who may do what, logs, stopping.

import { z } from "zod";
import { GUEST_POLICIES } from "../accounts/sender.ts";
import { onOff, type Variable, wholeNumber } from "../environment.ts";
import { parseProxies } from "../http/client_address.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../operating/log.ts";

export const SERVING = {
  port: {
    name: "PORT",
    schema: wholeNumber(0, 65535),
    expected: "a port from 0 to 65535",
    default: "8000",
    meaning: "port to listen on",
  },
  host: {
    name: "HOST",
    schema: z.string().min(1),
    expected: "an address to listen on",
    default: "127.0.0.1",
    meaning: "address to listen on; leave it behind a reverse proxy on this machine",
  },
  proxies: {
    name: "TINYPROOF_PROXIES",
    schema: z.string().transform((text, context) => {
      try {
        return parseProxies(text);
      } catch {
        context.addIssue("not a list of networks");
        return z.NEVER;
      }
    }),
    expected: "addresses and networks, as in 10.0.0.0/8,fd00::/8",
    meaning:
      "other machines' proxies whose `X-Forwarded-For` is believed; those of this machine are",
  },
  origin: {
    name: "TINYPROOF_ORIGIN",
    schema: z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text),
    expected: "an origin, as in https://board.example, without a path",
    defaultMeaning: "`http://localhost` and the port",
    meaning: "where browsers reach the server; passkeys belong to its host",
  },
  guests: {
    name: "TINYPROOF_GUESTS",
    schema: z.enum(GUEST_POLICIES),
    expected: GUEST_POLICIES.join(", "),
    defaultMeaning: "`on` where only this machine reaches the server, else `hold`",
    meaning: "what guests submit goes `on` the board, on `hold` for a moderator, or nowhere: `off`",
  },
  secret: {
    name: "TINYPROOF_SECRET",
    schema: z.string().min(32),
    expected: "32 characters or more",
    defaultMeaning: "made at the first start, kept in `TINYPROOF_DATA`",
    meaning: "signs sessions; the same for all servers of one database",
    secret: true,
  },
  githubClientId: {
    name: "GITHUB_CLIENT_ID",
    schema: z.string().min(1),
    expected: "the client id of an OAuth app",
    meaning: "sign-in with GitHub besides passkeys",
    needs: ["GITHUB_CLIENT_SECRET"],
  },
  githubClientSecret: {
    name: "GITHUB_CLIENT_SECRET",
    schema: z.string().min(1),
    expected: "the client secret of that app",
    meaning: "the secret of that OAuth app",
    secret: true,
    needs: ["GITHUB_CLIENT_ID"],
  },
  keyDays: {
    name: "TINYPROOF_KEY_DAYS",
    schema: wholeNumber(1, 3650),
    expected: "a number of days from 1 to 3650",
    default: "90",
    meaning: "how long a key signs reports before another takes its place",
  },
  logLevel: {
    name: "TINYPROOF_LOG_LEVEL",
    schema: z.enum(LOG_LEVELS),
    expected: `one of ${LOG_LEVELS.join(", ")}`,
    default: "info",
    meaning: "least level of what is logged",
  },
  logFormat: {
    name: "TINYPROOF_LOG",
    schema: z.enum(LOG_FORMATS),
    expected: `one of ${LOG_FORMATS.join(", ")}`,
    default: "auto",
    meaning: "`json` lines or `pretty` ones; `auto` is pretty on a terminal",
  },
  accessLog: {
    name: "TINYPROOF_ACCESS_LOG",
    schema: onOff,
    expected: "on or off",
    default: "on",
    meaning: "a line in the log for each request",
  },
  metricsToken: {
    name: "TINYPROOF_METRICS_TOKEN",
    schema: z.string().min(16).max(500),
    expected: "a secret of 16 characters or more",
    meaning: "bearer token that may read `/metrics`; without it only this machine may",
    secret: true,
  },
  tracing: {
    name: "OTEL_DENO",
    schema: z.enum(["true", "false"]).transform((word) => word === "true"),
    expected: "true or false",
    default: "false",
    meaning:
      "OpenTelemetry: spans for requests, statements and jobs; where they go say Deno's own " +
      "`OTEL_…` variables",
  },
  maxEventStreams: {
    name: "TINYPROOF_STREAMS",
    schema: wholeNumber(1, 100_000),
    expected: "a number of streams from 1 to 100000",
    default: "2000",
    meaning: "event streams (live status) open at a time",
  },
  drainSeconds: {
    name: "TINYPROOF_DRAIN_SECONDS",
    schema: wholeNumber(0, 300),
    expected: "a number of seconds from 0 to 300",
    default: "0",
    meaning: "how long a stopping server answers after `/readyz` says 503, for load balancers",
  },
  shutdownSeconds: {
    name: "TINYPROOF_SHUTDOWN_SECONDS",
    schema: wholeNumber(0, 3600),
    expected: "a number of seconds from 0 to 3600",
    default: "10",
    meaning: "how long open requests may take to end after that",
  },
} satisfies Record<string, Variable>;
