// describe/it on Deno.test. Each `it` becomes one Deno test named by its path, so the final count
// is a count of cases. Hooks of a suite run around its first and last case that really run.

/** Body of a case; a promise it returns is awaited. */
export type TestBody = (context: Deno.TestContext) => unknown;
export type HookBody = () => unknown;
/** Deno's own switches (sanitizers, permissions, only, ignore); inner suites and cases win. */
export type TestOptions = Partial<Omit<Deno.TestDefinition, "name" | "fn">>;

interface Suite {
  name: string;
  parent: Suite | null;
  options: TestOptions;
  before: HookBody[];
  after: HookBody[];
  beforeEach: HookBody[];
  afterEach: HookBody[];
  /** Cases of this suite and the suites inside it that have not finished yet. */
  pending: number;
  /** Set once the beforeAll hooks have been called; rejects when one failed. */
  opened?: Promise<void>;
}

interface Case {
  suite: Suite;
  name: string;
  options: TestOptions;
  body: TestBody;
}

const root = newSuite("", null, {});
let current = root;
/** Cases of the outermost suite being described: registered when it is complete. */
let collected: Case[] = [];
/** Suites whose afterAll hooks are still owed, outermost first. */
const open: Suite[] = [];

function newSuite(
  name: string,
  parent: Suite | null,
  options: TestOptions,
): Suite {
  const hooks = { before: [], after: [], beforeEach: [], afterEach: [] };
  return { name, parent, options, ...hooks, pending: 0 };
}

/** The suite and those around it, outermost first. */
function pathOf(suite: Suite): Suite[] {
  return suite.parent ? [...pathOf(suite.parent), suite] : [suite];
}

async function openSuite(suite: Suite): Promise<void> {
  if (!suite.opened) {
    open.push(suite);
    suite.opened = runHooks(suite.before);
  }
  await suite.opened;
}

async function closeSuite(suite: Suite): Promise<void> {
  const index = open.indexOf(suite);
  if (index === -1) return;
  open.splice(index, 1);
  await runHooks(suite.after);
}

async function runHooks(hooks: readonly HookBody[]): Promise<void> {
  for (const hook of hooks) await hook();
}

/** Runs every step even when one fails, then throws the first failure (all, when several failed). */
async function runAll(steps: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    await step().catch((failure) => failures.push(failure));
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) {
    throw new AggregateError(failures, "The case and its hooks failed");
  }
}

async function runCase(
  testCase: Case,
  context: Deno.TestContext,
): Promise<void> {
  const path = pathOf(testCase.suite);
  const inner = [...path].reverse();
  for (const suite of path) suite.pending--;
  const body = async () => {
    for (const suite of path) await openSuite(suite);
    const afterEach = inner.map((suite) => () => runHooks([...suite.afterEach].reverse()));
    await runAll([async () => {
      for (const suite of path) await runHooks(suite.beforeEach);
      await testCase.body(context);
    }, ...afterEach]);
  };
  // The root suite ends with the module: later top-level cases are not known yet.
  const ended = inner.filter((suite) => suite !== root && suite.pending === 0);
  await runAll([body, ...ended.map((suite) => () => closeSuite(suite))]);
}

function register(testCase: Case): void {
  const path = pathOf(testCase.suite);
  const options = Object.assign(
    {},
    ...path.map((suite) => suite.options),
    testCase.options,
  );
  // What a beforeAll opens outlives its case by intent, so the leak checks cannot hold there.
  const shared = path.some((suite) => suite.before.length > 0 || suite.after.length > 0);
  Deno.test({
    ...(shared ? { sanitizeOps: false, sanitizeResources: false } : {}),
    ...options,
    name: [...path.slice(1).map((suite) => suite.name), testCase.name].join(
      " › ",
    ),
    fn: (context) => runCase(testCase, context),
  });
  if (!options.ignore) { for (const suite of path) suite.pending++; }
}

// A filter, --fail-fast or an `only` can leave out a suite's last case: close what is still open.
Deno.test.afterAll(async () => {
  await runAll([...open].reverse().map((suite) => () => closeSuite(suite)));
});

function addSuite(name: string, options: TestOptions, body: () => void): void {
  const outer = current;
  current = newSuite(name, outer, options);
  try {
    const returned: unknown = body();
    if (returned instanceof Promise) {
      throw new TypeError(
        `Expected a synchronous describe body for "${name}", got an async one`,
      );
    }
  } finally {
    current = outer;
  }
  if (outer === root) flush();
}

function flush(): void {
  const cases = collected;
  collected = [];
  cases.forEach(register);
}

function addCase(name: string, options: TestOptions, body: TestBody): void {
  collected.push({ suite: current, name, options, body });
  if (current === root) flush();
}

type Adder<Body> = {
  (name: string, body: Body): void;
  (name: string, options: TestOptions, body: Body): void;
};

/** A function with the `only`, `skip` and `ignore` variants test writers expect. */
type WithVariants<Body> = Adder<Body> & {
  only: Adder<Body>;
  skip: Adder<Body>;
  ignore: Adder<Body>;
};

function withVariants<Body>(
  add: (name: string, options: TestOptions, body: Body) => void,
): WithVariants<Body> {
  const variant = (fixed: TestOptions): Adder<Body> =>
  (
    name: string,
    second: TestOptions | Body,
    third?: Body,
  ) => {
    const [options, body] = third === undefined
      ? [{}, second as Body]
      : [second as TestOptions, third];
    add(name, { ...options, ...fixed }, body);
  };
  const ignored = variant({ ignore: true });
  return Object.assign(variant({}), {
    only: variant({ only: true }),
    skip: ignored,
    ignore: ignored,
  });
}

/** Groups cases; the body is synchronous and registers cases, hooks and inner suites. */
export const describe: WithVariants<() => void> = withVariants(addSuite);

/** One case: a sentence and the body that proves it. */
export const it: WithVariants<TestBody> = withVariants(addCase);

/** The same as `it`. */
export const test: WithVariants<TestBody> = it;

/** Runs once, before the first case of the suite. A failure fails every case of the suite. */
export function beforeAll(hook: HookBody): void {
  current.before.push(hook);
}

/** Runs once, after the last case of the suite. */
export function afterAll(hook: HookBody): void {
  current.after.push(hook);
}

/** Runs before each case of the suite; outer suites' hooks first. */
export function beforeEach(hook: HookBody): void {
  current.beforeEach.push(hook);
}

/** Runs after each case of the suite, even a failed one; inner suites' hooks first. */
export function afterEach(hook: HookBody): void {
  current.afterEach.push(hook);
}
