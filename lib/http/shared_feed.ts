// One look at a changing value for all who follow it: a thousand watchers cost as many queries as one.

export interface FeedSource<T> {
  /** Calls `changed` after each change of what `key` names; returns how to stop. */
  subscribe(key: string, changed: () => void): () => void;
  load(key: string): Promise<T>;
  onError(error: unknown, key: string): void;
}

interface Followed<T> {
  followers: Set<(value: T) => void>;
  /** The newest value, once there is one. */
  latest: { value: T } | null;
  unsubscribe: () => void;
}

export class SharedFeed<T> {
  readonly #source: FeedSource<T>;
  readonly #followed = new Map<string, Followed<T>>();

  constructor(source: FeedSource<T>) {
    this.#source = source;
  }

  /** Sends the value as it is, then after every change; returns how to stop. */
  follow(key: string, send: (value: T) => void): () => void {
    const followed = this.#followed.get(key) ?? this.#begin(key);
    // A function of its own, so that the same one may follow twice.
    const follower = (value: T) => send(value);
    followed.followers.add(follower);
    if (followed.latest) follower(followed.latest.value);
    return () => {
      followed.followers.delete(follower);
      if (followed.followers.size > 0 || this.#followed.get(key) !== followed) return;
      followed.unsubscribe();
      this.#followed.delete(key);
    };
  }

  #begin(key: string): Followed<T> {
    const followed: Followed<T> = { followers: new Set(), latest: null, unsubscribe: () => {} };
    this.#followed.set(key, followed);
    const refresh = coalesced(
      async () => {
        const value = await this.#source.load(key);
        followed.latest = { value };
        for (const follower of [...followed.followers]) follower(value);
      },
      (error) => this.#source.onError(error, key),
    );
    followed.unsubscribe = this.#source.subscribe(key, refresh);
    refresh();
    return followed;
  }
}

/** Runs `work` one at a time; calls that come meanwhile lead to one more run. */
function coalesced(work: () => Promise<void>, onError: (error: unknown) => void): () => void {
  let running = false;
  let again = false;
  const run = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      await work().catch(onError);
    } while (again);
    running = false;
  };
  return () => void run();
}
