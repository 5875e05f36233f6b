// Writes src/generated/api.ts, the types and parsers of the API, from src/generated/openapi.json: the schemas of the
// OpenAPI document that the dashboard reads.
//
//   node scripts/generate-api.mjs                   writes api.ts
//   node scripts/generate-api.mjs --check           only says whether api.ts is what openapi.json asks for
//   node scripts/generate-api.mjs --document FILE   takes the schemas from the server's whole document first
//
// Tests/EndToEnd/test_dashboard_serving.py compares openapi.json with the document of a server.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), "src/generated");
const target = join(folder, "api.ts");
const snapshot = join(folder, "openapi.json");
const document = process.argv.includes("--document") ? process.argv[process.argv.indexOf("--document") + 1] : snapshot;
const schemas = JSON.parse(readFileSync(document, "utf8")).components.schemas;

// What the dashboard reads; what these refer to comes along.
const READ = [
  "AttributeKeyList", "AttributeValueList", "ComparisonResponse", "EnergyResponse", "FacetResponse", "FleetEventList",
  "GpuList", "GpuMetricsResponse", "GpuResponse", "GpuSpanList", "GpuTraceResponse", "HeatMapResponse",
  "LatencySeries", "LogList", "MetricHistoryList", "MetricList", "MetricValueList", "NodeList", "NodeResponse",
  "Overview", "PriceListResponse", "Problem", "SavedViewList", "SavedViewResponse", "ScoreNameList", "ScoreTimeline",
  "ServiceGraphResponse",
  "ServiceList", "SessionAnswer", "SessionList", "SessionResponse", "SpanList", "SpanPercentileResponse",
  "SpanResponse", "StoredTableList", "ThroughputSeries", "TopologyList", "TraceAnswer", "TraceIDList", "TraceList",
  "TraceSkeletonAnswer", "UserAnswer", "UserList",
];

const names = [];
for (const name of READ) collect(name);
const text = [
  "// Made of openapi.json by scripts/generate-api.mjs; do not edit.",
  'import * as p from "../shared/api/parsers";',
  "",
  ...names.flatMap((name) => [
    ...declaration(name),
    `export const parse${name} = /* @__PURE__ */ p.lazy<${name}>(() => ${parser(schemas[name])});`,
    "",
  ]),
].join("\n");

if (document !== snapshot) {
  const read = Object.fromEntries(names.map((name) => [name, schemas[name]]));
  writeFileSync(snapshot, `${JSON.stringify({ components: { schemas: read } }, null, 1)}\n`);
}
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error("dashboard: error: src/generated/api.ts is not what openapi.json says; run node scripts/generate-api.mjs");
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}

function collect(name) {
  if (names.includes(name)) return;
  if (schemas[name] === undefined) throw new Error(`the document has no schema ${name}`);
  references(schemas[name]).forEach(collect);
  names.push(name);
}

function references(schema) {
  if (Array.isArray(schema)) return schema.flatMap(references);
  if (schema === null || typeof schema !== "object") return [];
  const own = typeof schema.$ref === "string" ? [referenceName(schema)] : [];
  return own.concat(Object.values(schema).flatMap(references));
}

function referenceName(schema) { return schema.$ref.split("/").pop(); }

function declaration(name) {
  const schema = schemas[name];
  if (schema.type === "object" && schema.properties !== undefined) {
    return [`export interface ${name} ${objectType(schema)}`];
  }
  return [`export type ${name} = ${type(schema)};`];
}

function objectType(schema) {
  const required = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties).map(
    ([key, value]) => `readonly ${JSON.stringify(key)}${required.has(key) ? "" : "?"}: ${type(value)}`);
  return `{ ${members.join("; ")} }`;
}

function type(schema) {
  if (schema.$ref !== undefined) return referenceName(schema);
  if (schema.enum !== undefined) return schema.enum.map((word) => JSON.stringify(word)).join(" | ");
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return [...new Set(union.map(type))].join(" | ");
  if (Array.isArray(schema.type)) {
    return [...new Set(schema.type.map((word) => type({ ...schema, type: word })))].join(" | ");
  }
  switch (schema.type) {
    case "string": return "string";
    case "integer": case "number": return "number";
    case "boolean": return "boolean";
    case "null": return "null";
    case "array": return `readonly (${type(schema.items)})[]`;
    case "object":
      if (schema.properties !== undefined) return objectType(schema);
      return `Readonly<Record<string, ${type(schema.additionalProperties ?? {})}>>`;
    default: return "unknown";
  }
}

function parser(schema) {
  if (schema.$ref !== undefined) return `parse${referenceName(schema)}`;
  if (schema.enum !== undefined) return "p.choice";
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return `p.union(${[...new Set(union.map(parser))].join(", ")})`;
  if (Array.isArray(schema.type)) {
    return `p.union(${schema.type.map((word) => parser({ ...schema, type: word })).join(", ")})`;
  }
  switch (schema.type) {
    case "string": return "p.string";
    case "integer": case "number": return "p.number";
    case "boolean": return "p.boolean";
    case "null": return "p.nothing";
    case "array": return `p.list(${parser(schema.items)})`;
    case "object": return objectParser(schema);
    default: return "p.anything";
  }
}

function objectParser(schema) {
  if (schema.properties === undefined) return `p.record(${parser(schema.additionalProperties ?? {})})`;
  const required = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties).map(
    ([key, value]) => `${JSON.stringify(key)}: ${required.has(key) ? parser(value) : `p.optional(${parser(value)})`}`);
  return `p.object({ ${members.join(", ")} })`;
}
