// Where the threads of one memory meet. `state` is three int32: arrived, generation, failed.

/** Outcomes of `meet`. */
// @ts-ignore: decorator
@inline
const MET: i32 = 0;
// @ts-ignore: decorator
@inline
const FAILED: i32 = 1;
// @ts-ignore: decorator
@inline
const MISSED: i32 = 2;

/**
 * Returns when all `count` threads have come: 0; or 1 when one of them gave up, 2 when one did not
 * come within `patienceMs`; a patience below 0 has no end. Looks `spins` times before it sleeps, so
 * that a thread which is nearly there is not waited for by way of the operating system.
 */
export function meet(state: usize, count: i32, spins: i32, patienceMs: i32): i32 {
  if (count == 1) return MET;
  if (atomic.load<i32>(state, 8)) return FAILED;
  const generation = atomic.load<i32>(state, 4);
  if (atomic.add<i32>(state, 1) == count - 1) {
    atomic.store<i32>(state, 0);
    atomic.add<i32>(state, 1, 4);
    atomic.notify(state + 4, -1);
    return atomic.load<i32>(state, 8) ? FAILED : MET;
  }
  for (let i = 0; i < spins; i++) {
    if (atomic.load<i32>(state, 4) != generation) break;
  }
  while (atomic.load<i32>(state, 4) == generation) {
    if (atomic.wait<i32>(state + 4, generation, <i64>patienceMs * 1000000) == 2) return MISSED;
  }
  return atomic.load<i32>(state, 8) ? FAILED : MET;
}

/** Gives up for all: whoever waits or will wait is told. */
export function giveUp(state: usize): void {
  atomic.store<i32>(state, 1, 8);
  atomic.add<i32>(state, 1, 4);
  atomic.notify(state + 4, -1);
}
