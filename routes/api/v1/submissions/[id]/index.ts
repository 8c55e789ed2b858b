import { define } from "../../../../../app_state.ts";
import { mustBeAllowed } from "../../../../../lib/accounts/caller.ts";
import { json, taggedJson } from "../../../../../lib/http/json.ts";
import { withdrawalKeyOf } from "../../../../../lib/http/submitting.ts";
import {
  requireAnyEntry,
  requireStatus,
  statusOf,
} from "../../../../../lib/submissions/require.ts";
import { withdrawEntry } from "../../../../../lib/submissions/withdraw.ts";

export const handler = define.handlers({
  /** Not kept: a job's progress is no change of the data. */
  async GET(ctx) {
    return taggedJson(ctx.req, await requireStatus(ctx.state.services.db, ctx.params.id));
  },

  /** Its author takes it back. */
  async DELETE(ctx) {
    const { services, caller } = ctx.state;
    const account = caller === null ? null : mustBeAllowed(caller, "submit");
    const key = withdrawalKeyOf(ctx.req, ctx.url);
    await withdrawEntry(services, ctx.params.id, { account, key });
    return json(await statusOf(services.db, await requireAnyEntry(services.db, ctx.params.id)));
  },
});
