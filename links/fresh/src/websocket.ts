// Upgrades requests to WebSockets.

import { HttpError } from "./error.ts";

/** What to do when something happens on a connection; each is optional. */
export interface WebSocketHandlers {
  open?(socket: WebSocket): void;
  message?(socket: WebSocket, event: MessageEvent): void;
  close?(socket: WebSocket, code: number, reason: string): void;
  error?(socket: WebSocket, event: Event | ErrorEvent): void;
}

export interface WebSocketUpgradeOptions {
  /** Seconds without a ping after which the connection is closed; 120 when not said. */
  idleTimeout?: number;
  /** The sub-protocol to agree on. */
  protocol?: string;
}

/** Options hold no functions, so one function tells handlers from options. */
export function isHandlers(
  value: WebSocketHandlers | WebSocketUpgradeOptions,
): value is WebSocketHandlers {
  const found = value as Record<string, unknown>;
  return ["open", "message", "close", "error"].some((name) => typeof found[name] === "function");
}

/** @throws HttpError 400 when the request does not ask for a WebSocket. */
export function upgrade(
  req: Request,
  options: WebSocketUpgradeOptions | undefined,
): Deno.WebSocketUpgrade {
  if (req.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    throw new HttpError(400, "Expected a WebSocket upgrade request");
  }
  return Deno.upgradeWebSocket(req, options);
}

/** Calls `handlers` for what happens on `socket`. */
export function listen(socket: WebSocket, handlers: WebSocketHandlers): void {
  socket.addEventListener("open", () => handlers.open?.(socket));
  socket.addEventListener("message", (event) => handlers.message?.(socket, event));
  socket.addEventListener("close", ({ code, reason }) => handlers.close?.(socket, code, reason));
  socket.addEventListener("error", (event) => handlers.error?.(socket, event));
}
