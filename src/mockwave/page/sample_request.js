// A valid request for a route, of what is known of it: an OpenAPI document in JSON says what an operation requires, else the
// last request that the route answered does, else the path alone, with a value for each parameter.

import { call, pathOf } from "./api.js";

const MOST_CHARACTERS = 5_000_000;
const DEEPEST = 8;
const BY_FORMAT = {
  "date-time": "2026-01-31T12:00:00Z", date: "2026-01-31", time: "12:00:00Z", email: "ada@example.com",
  uuid: "2f1f5b6e-6c0f-4c5c-9d56-0a1b2c3d4e5f", uri: "https://example.com/", url: "https://example.com/", ipv4: "192.0.2.1", ipv6: "2001:db8::1",
};
const NOT_SENT = /^(host|content-length|connection|transfer-encoding|accept-encoding|user-agent|sec-.*|origin|referer)$/i;

let read = { key: "", document: null };

/** {method, target, headers, body, from}: `from` says what it was made from. */
export async function makeRequest(server, route) {
  const document = await readDocument(server);
  const operation = document && findOperation(document, route);
  if (operation) return { ...fromOperation(document, operation, route), from: "the specification" };
  const last = await readLast(server, route);
  if (last) return { ...last, from: "the last request that it answered" };
  const body = /^(POST|PUT|PATCH)$/.test(route.method) ? "{}" : "";
  return {
    method: route.method, target: encodeURI(fillPath(route.path, () => "1")), body,
    headers: body ? { "Content-Type": "application/json" } : {}, from: "its path",
  };
}

async function readDocument(server) {
  if (server.specificationSource !== "openapi") return null;
  const key = `${server._id} ${server.modified}`;
  if (read.key !== key) {
    let document = null;
    try {
      const text = await call("GET", pathOf(["mock-servers", server._id, "specification"]), undefined, { quiet: true, accept: "*/*" });
      document = typeof text === "object" ? text : text.length <= MOST_CHARACTERS && /^\s*\{/.test(text) ? JSON.parse(text) : null;
    } catch {
      // A request is made without it.
    }
    read = { key, document };
  }
  return read.document;
}

async function readLast(server, route) {
  const [entry] = await call("GET", pathOf(["mock-servers", server._id, "logs"], { routeId: route._id, limit: 1 }), undefined, { quiet: true });
  if (!entry) return null;
  const headers = Object.entries(entry.requestHeaders ?? {}).filter(([name, value]) => !NOT_SENT.test(name) && value !== "[redacted]");
  return {
    method: entry.requestMethod, target: entry.requestPath + (entry.requestQuery ? `?${entry.requestQuery}` : ""),
    headers: Object.fromEntries(headers), body: entry.requestBody ?? "",
  };
}

const nameless = (path) => path.replace(/\{[^}]*\}/g, "{}").replace(/\/$/, "");

function findOperation(document, route) {
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    const operation = item?.[route.method.toLowerCase()];
    if (operation && nameless(path) === nameless(route.path)) return { path, item, operation };
  }
  return null;
}

function fromOperation(document, { path, item, operation }, route) {
  const follow = (value, depth = 0) => {
    if (typeof value?.$ref !== "string" || depth > DEEPEST) return value;
    let target = document;
    for (const token of value.$ref.replace(/^#\/?/, "").split("/"))
      target = target?.[decodeURIComponent(token).replaceAll("~1", "/").replaceAll("~0", "~")];
    return follow(target, depth + 1);
  };
  const parameters = new Map();
  for (const each of [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((given) => follow(given)))
    if (each) parameters.set(`${each.in} ${each.name}`, each);
  const inPath = new Map();
  const query = [];
  const headers = {};
  let body = "";
  for (const each of parameters.values()) {
    if (each.in === "body") {
      headers["Content-Type"] = "application/json";
      body = JSON.stringify(sample(follow, each.schema), null, 2);
    } else if (each.in === "path") inPath.set(each.name, textOf(valueOf(each)));
    else if (each.required && each.in === "query") query.push([each.name, textOf(valueOf(each))]);
    else if (each.required && each.in === "header" && !NOT_SENT.test(each.name)) headers[each.name] = textOf(valueOf(each));
  }
  const content = follow(operation.requestBody)?.content ?? {};
  const type = Object.keys(content).find((each) => /json/.test(each)) ?? Object.keys(content)[0];
  if (type) {
    headers["Content-Type"] = type.includes("*") ? "application/json" : type;
    const given = content[type].example ?? follow(Object.values(content[type].examples ?? {})[0])?.value ?? sample(follow, content[type].schema);
    body = /form-urlencoded/.test(type) ? new URLSearchParams(Object.entries(given ?? {}).map(([name, value]) => [name, textOf(value)])).toString()
      : typeof given === "string" && !/json/.test(type) ? given : JSON.stringify(given, null, 2);
  }
  const names = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name);
  const target = fillPath(route.path, (name, index) => inPath.get(names[index]) || inPath.get(name) || "1");
  return { method: route.method, target: encodeURI(target) + (query.length ? `?${new URLSearchParams(query)}` : ""), headers, body };

  function valueOf(parameter) {
    return parameter.example ?? follow(Object.values(parameter.examples ?? {})[0])?.value ?? sample(follow, parameter.schema ?? parameter);
  }
}

function fillPath(path, valueOf) {
  let index = 0;
  return path.replace(/\/\*\*$/, "/a").replace(/\{([^}]*)\}/g, (_, name) => valueOf(name.replace(/:.*$/, ""), index++));
}

const textOf = (value) => (Array.isArray(value) ? value.map(textOf).join(",") : typeof value === "object" ? JSON.stringify(value) : String(value));

/** A simple value for a schema: its example, its first choice, its least. */
export function sample(follow, given, depth = 0) {
  const schema = follow(given);
  if (!schema || typeof schema !== "object" || depth > DEEPEST) return depth > DEEPEST ? null : "a1";
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum?.length) return schema.enum[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.allOf) return Object.assign({}, ...[...schema.allOf, { ...schema, allOf: undefined }].map((part) => {
    const made = sample(follow, part, depth + 1);
    return typeof made === "object" ? made : {};
  }));
  const [choice] = schema.oneOf ?? schema.anyOf ?? [];
  if (choice) return sample(follow, choice, depth + 1);
  const type = [schema.type].flat().find((each) => each && each !== "null") ?? (schema.properties ? "object" : schema.items ? "array" : "string");
  if (type === "object") return Object.fromEntries((schema.required ?? []).filter((name) => !follow(schema.properties?.[name])?.readOnly).map((name) => [name, sample(follow, schema.properties?.[name], depth + 1)]));
  if (type === "array") return Array.from({ length: Math.min(schema.minItems ?? 1, 20) }, () => sample(follow, schema.items, depth + 1));
  if (type === "boolean") return true;
  if (type === "integer" || type === "number") {
    const exclusive = typeof schema.exclusiveMinimum === "number" ? schema.exclusiveMinimum + 1 : undefined;
    return exclusive ?? (schema.minimum === undefined ? Math.min(1, schema.maximum ?? 1) : schema.minimum + (schema.exclusiveMinimum === true ? 1 : 0));
  }
  return (BY_FORMAT[schema.format] ?? "a1b2").padEnd(Math.min(schema.minLength ?? 0, 1000), "x").slice(0, schema.maxLength ?? undefined);
}
