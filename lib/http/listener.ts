// What both servers are, the local one and the one for strangers. Knows neither.

export type Handler = (
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
) => Response | Promise<Response>;

export interface Listener {
  port: number;
  /** No new requests; resolves when those that are open have been answered. */
  shutdown(): Promise<void>;
}
