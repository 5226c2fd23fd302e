/** What OpenAPI 3.1 demands of a description, and what we demand beyond it. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { operationsOf } from './described-operations.ts';
import type { DescribedOperation, Description } from './described-operations.ts';

const METHODS = new Set(['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE']);
const MEDIA_TYPE = /^[a-z]+\/[a-z0-9.+-]+$/;

/** Each rule that `description` breaks, with its place; none: it is valid. */
export function brokenRules(description: Description): string[] {
  return [
    ...head(description),
    ...paths(description),
    ...operationsOf(description).flatMap((described) =>
      operation(described, description).map((rule) => `${described.method} ${described.path}: ${rule}`),
    ),
    ...references(description),
    ...schemas(description),
  ];
}

function when(broken: boolean, rule: string): string[] {
  return broken ? [rule] : [];
}

function duplicates(values: readonly string[]): string[] {
  return values.filter((value, place) => values.indexOf(value) !== place);
}

function head({ openapi, info, servers, tags = [], components }: Description): string[] {
  return [
    ...when(!/^3\.1\.\d+$/.test(openapi), `version ${openapi}`),
    ...when(info.title === '' || info.version === '', 'title or version are missing'),
    ...servers.flatMap(({ url }) => when(!URL.canParse(url) || url.endsWith('/'), `server ${url}`)),
    ...duplicates(tags.map(({ name }) => name)).map((name) => `tag ${name} twice`),
    ...tags.flatMap(({ name, description }) => when(description === '', `tag ${name} says nothing`)),
    ...Object.keys(components.schemas).flatMap((name) => when(!/^[\w.-]+$/.test(name), `component ${name}`)),
  ];
}

function paths(description: Description): string[] {
  const templates = Object.keys(description.paths);
  const shapes = templates.map((path) => path.replace(/\{\w+\}/g, '{}'));
  const ids = operationsOf(description).map(({ operation: { operationId } }) => operationId ?? '');
  return [
    ...templates.flatMap((path) => when(!path.startsWith('/') || /[?#:*]/.test(path), `path ${path}`)),
    ...duplicates(shapes).map((shape) => `path ${shape} twice`),
    ...duplicates(ids).map((id) => `operationId ${id} twice`),
  ];
}

function operation({ method, path, operation: told }: DescribedOperation, whole: Description): string[] {
  const { operationId = '', summary = '', tags = [], parameters = [], requestBody, responses } = told;
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const placed = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const known = new Set((whole.tags ?? []).map(({ name }) => name));
  const schemes = Object.keys(whole.components.securitySchemes ?? {});
  const demanded = (told.security ?? []).flatMap((requirement) => Object.keys(requirement));
  return [
    ...when(!METHODS.has(method), 'method'),
    ...when(!/^[a-z][A-Za-z0-9]+$/.test(operationId), `operationId ${operationId}`),
    ...when(summary === '', 'no summary'),
    ...when(tags.length !== 1 || !tags.every((tag) => known.has(tag)), `tags ${tags.join()}`),
    ...when(placed.join() !== inPath.map(({ name }) => name).join(), 'parameters of the path'),
    ...inPath.flatMap(({ name, required }) =>
      when(required !== true, `parameter ${name} has to be required`),
    ),
    ...duplicates(parameters.map((parameter) => `${parameter.in} ${parameter.name}`)),
    ...parameters.flatMap(({ name, schema, required }) =>
      when(required === true && typeof schema === 'object' && 'default' in schema, `${name} has a default`),
    ),
    ...when(
      requestBody !== undefined && (method === 'GET' || method === 'HEAD'),
      'a body that means nothing',
    ),
    ...when(requestBody !== undefined && Object.keys(requestBody.content).length === 0, 'a body of no type'),
    ...demanded.flatMap((name) => when(!schemes.includes(name), `security ${name}`)),
    ...when(Object.keys(responses).length === 0, 'no responses'),
    ...Object.entries(responses).flatMap(([status, { description, content = {} }]) => [
      ...when(!/^(?:[1-5]\d\d|default)$/.test(status), `status ${status}`),
      ...when(description === '' || description === 'Default Response', `status ${status} says nothing`),
      ...Object.keys(content).flatMap((type) => when(!MEDIA_TYPE.test(type), `media type ${type}`)),
    ]),
  ];
}

function references(description: Description): string[] {
  const text = JSON.stringify(description);
  return [...text.matchAll(/"\$ref":"([^"]+)"/g)].flatMap(([, reference = '']) => {
    let place: unknown = description;
    for (const part of reference.split('/').slice(1))
      place = (place as Record<string, unknown> | undefined)?.[part];
    return when(!reference.startsWith('#/') || place === undefined, `reference ${reference}`);
  });
}

/** Schemas are JSON Schema 2020-12, with nothing in them that it doesn't know. */
function schemas(description: Description): string[] {
  const ajv = new Ajv2020({ strictSchema: true, strictTypes: false, strictRequired: false });
  // Lets a component that is no schema be told of with its place.
  for (const [name, schema] of Object.entries(description.components.schemas)) {
    ajv.addSchema(alone(schema), name, undefined, false);
  }
  const found: [place: string, schema: unknown][] = Object.entries(description.components.schemas);
  for (const { method, path, operation: told } of operationsOf(description)) {
    const place = `${method} ${path}`;
    for (const { name, schema } of told.parameters ?? []) found.push([`${place} ${name}`, schema]);
    const contents = [
      told.requestBody?.content,
      ...Object.values(told.responses).map(({ content }) => content),
    ];
    for (const content of contents) {
      for (const { schema } of Object.values(content ?? {})) found.push([place, schema]);
    }
  }
  return found.flatMap(([place, schema]) => {
    try {
      ajv.compile(alone(schema));
      return [];
    } catch (error) {
      return [`${place}: ${String(error)}`];
    }
  });
}

/** With references by the name of the component. */
function alone(schema: unknown): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/components/schemas/', '"$ref":"')) as object;
}
