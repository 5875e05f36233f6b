// Rules that the type checker does not know: which folder may import which, and that formats and colours have one home.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, "src");
const LINES_MAX = 300;
// Lists rather than code: style sheets and the texts of a language.
const LIST_LINES_MAX = 600;
const LINE_LENGTH_MAX = 120;
const problems = [];

for (const path of find(source)) {
  const name = relative(source, path);
  const text = readFileSync(path, "utf8");
  const report = (line, message) => problems.push(`src/${name}:${line}: ${message}`);
  const lines = text.split("\n");
  const isGenerated = name.startsWith("generated/");
  const linesMax = /\.css$|^shared\/i18n\/(en|ko)\.ts$/.test(name) ? LIST_LINES_MAX : LINES_MAX;
  if (!isGenerated && lines.length > linesMax) report(linesMax, `the file has more than ${linesMax} lines`);
  lines.forEach((line, index) => {
    const number = index + 1;
    if (!isGenerated && line.length > LINE_LENGTH_MAX) report(number, `longer than ${LINE_LENGTH_MAX} characters`);
    if (/\s$/.test(line)) report(number, "space at the end");
    if (/toLocale\w*String|Intl\./.test(line) && !/^shared\/(format|i18n)\//.test(name)) {
      report(number, "numbers and times are written by shared/format");
    }
    if (/#[0-9a-fA-F]{3,8}\b/.test(line) && !name.endsWith("tokens.css") && !name.endsWith(".svg")) {
      report(number, "colours are tokens of styles/tokens.css");
    }
    if (/dangerouslySetInnerHTML|innerHTML|localStorage\.|eval\(/.test(line) && !name.startsWith("shared/storage")) {
      report(number, "no HTML from text; storage goes through shared/storage");
    }
    if (/\bTODO\b|\bFIXME\b|@ts-ignore|\bas any\b|: any\b/.test(line)) report(number, "nothing is left open or untyped");
    const imported = /(?:from|import)\s*\(?\s*"(\.[^"]*)"/.exec(line);
    if (imported !== null) checkImport(name, normalize(join(dirname(name), imported[1])), number, report);
  });
}

if (problems.length > 0) {
  console.error(problems.join("\n"));
  console.error(`dashboard: error: ${problems.length} rules broken`);
  process.exit(1);
}
console.log("dashboard: rules ok");

/** app sees all; a feature sees shared and itself; shared sees itself and what is generated. */
function checkImport(from, to, line, report) {
  const [room, feature] = from.split("/");
  const [otherRoom, otherFeature] = to.split("/");
  if (room === "features" && otherRoom === "features" && feature !== otherFeature) {
    report(line, `the feature ${feature} imports the feature ${otherFeature}; what both need belongs in shared`);
  }
  if (room === "features" && otherRoom === "app") report(line, "a feature does not import the shell");
  if (room === "shared" && (otherRoom === "features" || otherRoom === "app")) {
    report(line, `shared does not import ${otherRoom}`);
  }
}

function find(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return find(path);
    return /\.(tsx?|css)$/.test(entry.name) ? [path] : [];
  });
}
