// Work on many things, some at a time.

/** The first failure ends it; what has begun is waited for by nobody. */
export async function sideBySide<T>(
  items: Iterable<T>,
  atATime: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = Iterator.from(items);
  // All share one iterator: each takes the next item when it is done with one.
  await Promise.all(Array.from({ length: atATime }, async () => {
    for (const item of waiting) await work(item);
  }));
}
