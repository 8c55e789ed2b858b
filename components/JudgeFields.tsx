import { PROTOCOL_NAMES, PROTOCOLS, USUAL_ADDRESS } from "../lib/lab/judge/endpoint.ts";
import { NumberField } from "./NumberField.tsx";

export interface TemplateChoice {
  id: string;
  name: string;
  version: number;
}

/** The fields of a judge; those without a value have the usual one. */
export function JudgeFields({ templates }: { templates: TemplateChoice[] }) {
  return (
    <>
      <div class="controls judge-fields">
        <EndpointFields />
        <KeyField />
      </div>
      <div class="field">
        <label for="templateId">Template</label>
        <select id="templateId" name="templateId">
          {templates.map(({ id, name, version }) => (
            <option key={id} value={id}>{name}, version {version}</option>
          ))}
        </select>
      </div>
      <AskingFields />
    </>
  );
}

/** Which model is asked, and where. */
function EndpointFields() {
  return (
    <>
      <div class="field">
        <label for="protocol">Protocol</label>
        <select id="protocol" name="protocol">
          {PROTOCOLS.map((protocol) => (
            <option key={protocol} value={protocol}>{PROTOCOL_NAMES[protocol]}</option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="model">Model</label>
        <input id="model" name="model" required maxLength={200} autocomplete="off" />
      </div>
      <div class="field wide">
        <label for="baseUrl">Address</label>
        <input
          id="baseUrl"
          name="baseUrl"
          type="url"
          maxLength={300}
          placeholder={USUAL_ADDRESS.openai}
          aria-describedby="baseUrl-hint"
        />
        <p class="hint" id="baseUrl-hint">
          Empty for the protocol's own maker. https, or a server on this machine.
        </p>
      </div>
    </>
  );
}

function KeyField() {
  return (
    <div class="field wide">
      <label for="key">Key</label>
      {/* Without a name: no form ever sends it. */}
      <input
        id="key"
        type="password"
        autocomplete="off"
        aria-describedby="key-hint"
      />
      <p class="hint" id="key-hint">
        Stays in this browser and goes to that address alone; this board never sees it. Without the
        box below it is forgotten with the tab.
      </p>
      <label class="check">
        <input type="checkbox" name="stays" value="1" /> keep it in this browser
      </label>
    </div>
  );
}

/** How it is asked, and what that may cost. */
function AskingFields() {
  return (
    <>
      <div class="controls">
        <NumberField
          name="temperature"
          label="Temperature"
          min="0"
          max="2"
          step="0.1"
          initial={0}
        />
        <NumberField name="maxTokens" label="Most tokens" min="16" max="32768" initial={2000} />
        <NumberField name="concurrency" label="At a time" min="1" max="32" initial={4} />
        <NumberField name="priceIn" label="Price in" min="0" step="any" />
        <NumberField name="priceOut" label="Price out" min="0" step="any" />
        <NumberField name="mostCost" label="Most cost" min="0" step="any" />
      </div>
      <p class="hint muted small">
        Prices are those of a million tokens, of the question and of the answer. An empty
        temperature leaves it to the model.
      </p>
    </>
  );
}
