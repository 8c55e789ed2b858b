import { define } from "../../../../app_state.ts";
import { json } from "../../../../lib/http/json.ts";
import { auditJson } from "../../../../lib/http/provenance_views.ts";
import { requireSeedAudit } from "../../../../lib/verification/seed_audit_store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    return json(auditJson(await requireSeedAudit(ctx.state.services.db, ctx.params.id)));
  },
});
