import { fieldRows, type JsonSchema, kindOf, nameOf } from "./api_fields.ts";
import { TableBox } from "./TableBox.tsx";

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: JsonSchema;
}

/** What is shown of an operation of an OpenAPI document. */
export interface ApiOperationView {
  operationId: string;
  summary: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema?: JsonSchema }> };
  /** Scopes of the API key it needs, by the name of the scheme. */
  security?: Record<string, string[]>[];
  responses: Record<string, { content?: Record<string, { schema: JsonSchema }> }>;
}

interface ApiOperationProps {
  method: string;
  path: string;
  operation: ApiOperationView;
  /** Where this server is, and values that are there, by the name of their parameter. */
  origin: string;
  known: Record<string, string>;
}

/** One address of the API: parameters, a call, the answer. */
export function ApiOperation({ method, path, operation, origin, known }: ApiOperationProps) {
  const { operationId, summary, description, parameters = [], security } = operation;
  const name = `${method.toUpperCase()} ${path}`;
  const [scope] = security?.flatMap((scheme) => Object.values(scheme).flat()) ?? [];
  const sent = operation.requestBody?.content["application/json"]?.schema;
  const answers = ["201", "200", "204"].map((status) => operation.responses[status]).find(Boolean);
  return (
    <section id={operationId}>
      <h3>
        <code>{name}</code>
      </h3>
      <p>
        {summary}.{description && ` ${description}`}
        {scope && (
          <>
            {" "}Needs an API key with the scope <code>{scope}</code>.
          </>
        )}
      </p>
      {parameters.length > 0 && <Parameters parameters={parameters} of={name} />}
      <pre tabIndex={0} aria-label={`A call of ${name}`}>
        {curl(method, origin + filled(path, parameters, known), { keyed: Boolean(scope), sent })}
      </pre>
      {sent && (
        <>
          <p>
            Body, <code>application/json</code>:
          </p>
          <Fields schema={sent} of={`${name}, body`} />
        </>
      )}
      {Object.entries(answers?.content ?? {}).map(([type, { schema }]) => (
        <Answer key={type} type={type} schema={schema} of={name} />
      ))}
    </section>
  );
}

function Parameters({ parameters, of }: { parameters: readonly Parameter[]; of: string }) {
  return (
    <TableBox label={`Parameters of ${of}`}>
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Parameter</th>
            <th scope="col">Value</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {parameters.map(({ name, in: place, required, description, schema }) => (
            <tr key={name}>
              <th scope="row">
                <code>{place === "query" ? `?${name}=` : `{${name}}`}</code>
              </th>
              <td class="small">
                {kindOf(schema)}
                {required ? "" : `, ${absence(schema)}`}
              </td>
              <td>{description ?? schema.description}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function absence({ default: value }: JsonSchema): string {
  const text = String(value ?? "");
  return text === "" ? "optional" : `${text} when absent`;
}

/** Its fields, or where they stand. */
function Answer({ type, schema, of }: { type: string; schema: JsonSchema; of: string }) {
  const name = nameOf(schema);
  return (
    <>
      <p>
        Answer, <code>{type}</code>: {name ? <a href={`#${name}`}>{name}</a> : kindOf(schema)}
        {schema.description && `. ${schema.description}`}
      </p>
      {!name && schema.properties && <Fields schema={schema} of={of} />}
    </>
  );
}

/** The fields of a schema, flat. */
export function Fields({ schema, of }: { schema: JsonSchema; of: string }) {
  return (
    <TableBox label={`Fields of ${of}`}>
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Kind</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {fieldRows(schema).map(({ name, kind, schema, description }) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td class="small">
                {schema ? <a href={`#${schema}`}>{kind}</a> : kind}
              </td>
              <td>{description}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** The path with a value for everything that is required. */
function filled(
  path: string,
  parameters: readonly Parameter[],
  known: Record<string, string>,
): string {
  const valueOf = ({ name, schema }: Parameter) =>
    encodeURIComponent(
      known[name] ??
        String(schema.examples?.[0] ?? schema.const ?? schema.enum?.[0] ?? name.toUpperCase()),
    );
  const query = parameters.filter(({ in: place, required }) => place === "query" && required)
    .map((parameter) => `${parameter.name}=${valueOf(parameter)}`).join("&");
  const whole = parameters.filter(({ in: place }) => place === "path")
    .reduce((text, each) => text.replace(`{${each.name}}`, valueOf(each)), path);
  return query === "" ? whole : `${whole}?${query}`;
}

function curl(
  method: string,
  url: string,
  { keyed, sent }: { keyed: boolean; sent?: JsonSchema },
): string {
  const options: Record<string, string> = {
    post: "--data-binary @model.tinygpt ",
    put: "-T corpus.txt ",
    head: "-I ",
    patch: "-X PATCH --data-binary @part ",
    delete: "-X DELETE ",
    options: "-X OPTIONS ",
  };
  const body = sent ? "--json @body.json " : options[method] ?? "";
  return `curl ${keyed ? '-H "Authorization: Bearer KEY" ' : ""}${body}"${url}"`;
}
