// One address before several servers: each connection goes to one that takes it.

export interface Balancer {
  port: number;
  close(): Promise<void>;
}

/**
 * @param ports of the servers on this machine, dead or alive.
 * @param at its own port; 0 for a free one.
 */
export function startBalancer(ports: readonly number[], at = 0): Balancer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: at });
  const open = new Set<Deno.Conn>();
  let turn = 0;

  async function serve(client: Deno.Conn): Promise<void> {
    open.add(client);
    const server = await connect();
    if (server !== null) {
      open.add(server);
      const ways = [[client, server], [server, client]];
      await Promise.race(ways.map(([from, to]) => from.readable.pipeTo(to.writable)))
        .catch(() => {});
      discard(open, server);
    }
    discard(open, client);
  }

  async function connect(): Promise<Deno.Conn | null> {
    turn++;
    for (let i = 0; i < ports.length; i++) {
      const port = ports[(turn + i) % ports.length];
      const server = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => null);
      if (server !== null) return server;
    }
    return null;
  }

  const serving = (async () => {
    for await (const client of listener) serve(client);
  })();
  return {
    port: listener.addr.port,
    async close() {
      listener.close();
      for (const connection of [...open]) discard(open, connection);
      await serving;
    },
  };
}

/** Closing what is closed already is an error. */
function discard(open: Set<Deno.Conn>, connection: Deno.Conn): void {
  open.delete(connection);
  try {
    connection.close();
  } catch {
    // It ended by itself.
  }
}
