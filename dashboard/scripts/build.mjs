// Bundles the dashboard into dist: hashed names, each file also in gzip and brotli, and the page that names them.
//
// The new bundle takes the place of the old one when it is whole, so that a server never reads half of one.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
// What a first visit fetches, compressed; issue 13 allows 250 kB.
const FIRST_PAGE_BYTES_MAX = 250_000;

const work = mkdtempSync(join(root, ".dist-"));
try {
  const assets = join(work, "assets");
  mkdirSync(assets);
  const meta = join(work, "meta.json");
  // Scripts of their own: what sets the theme before the page is drawn, and the worker, whose path the page knows.
  execFileSync(
    "esbuild",
    ["src/theme.ts", "src/traceWorker.ts", "--bundle", "--format=iife", "--target=es2021", "--minify",
      "--entry-names=[name]-[hash]", `--outdir=${assets}`, "--log-level=warning"],
    { cwd: root, stdio: ["ignore", "inherit", "inherit"] },
  );
  const named = (pattern) => {
    const found = readdirSync(assets).find((name) => pattern.test(name));
    if (found === undefined) throw new Error(`the bundle has no file like ${pattern}`);
    return found;
  };
  execFileSync(
    "esbuild",
    [
      "src/main.tsx",
      "--bundle",
      "--splitting",
      "--format=esm",
      "--target=es2021",
      "--jsx=automatic",
      "--minify",
      "--entry-names=[name]-[hash]",
      "--chunk-names=[name]-[hash]",
      '--define:process.env.NODE_ENV="production"',
      `--define:TRACE_WORKER_PATH="/assets/${named(/^traceWorker-.*\.js$/)}"`,
      "--legal-comments=eof",
      "--log-level=warning",
      `--outdir=${assets}`,
      `--metafile=${meta}`,
    ],
    { cwd: root, stdio: ["ignore", "inherit", "inherit"] },
  );
  const icon = readFileSync(join(root, "src/icon.svg"));
  const iconName = `icon-${createHash("sha256").update(icon).digest("hex").slice(0, 8).toUpperCase()}.svg`;
  writeFileSync(join(assets, iconName), icon);

  const outputs = JSON.parse(readFileSync(meta, "utf8")).outputs;
  rmSync(meta);
  const main = named(/^main-.*\.js$/);
  const page = readFileSync(join(root, "index.html"), "utf8")
    .replace("%icon%", `/assets/${iconName}`)
    .replace("%theme.js%", `/assets/${named(/^theme-.*\.js$/)}`)
    .replace("%main.css%", `/assets/${named(/^main-.*\.css$/)}`)
    .replace("%main.js%", `/assets/${main}`);
  writeFileSync(join(work, "index.html"), page);

  const sizes = compress(work, [
    "index.html",
    ...readdirSync(assets).map((name) => `assets/${name}`),
  ]);
  const first = firstPage(outputs, main);
  const bytes = first.reduce((sum, name) => sum + (sizes.get(`assets/${name}`) ?? 0), 0);
  console.log(`dashboard: ${sizes.size} files, first page ${Math.round(bytes / 1000)} kB of JavaScript in gzip`);
  if (bytes > FIRST_PAGE_BYTES_MAX) throw new Error(`the first page is larger than ${FIRST_PAGE_BYTES_MAX} bytes`);

  rmSync(dist, { recursive: true, force: true });
  renameSync(work, dist);
} catch (error) {
  rmSync(work, { recursive: true, force: true });
  console.error(`dashboard: error: ${error.message}`);
  process.exit(1);
}

/** Writes each file in both codings; the sizes in gzip, by name. */
function compress(folder, names) {
  const sizes = new Map();
  for (const name of names) {
    const bytes = readFileSync(join(folder, name));
    const zipped = gzipSync(bytes, { level: 9 });
    sizes.set(name, zipped.length);
    if (zipped.length >= bytes.length) continue;
    writeFileSync(join(folder, `${name}.gz`), zipped);
    const parameters = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes, { params: parameters }));
  }
  return sizes;
}

/** The scripts that the entry and the overview import, directly or not. */
function firstPage(outputs, main) {
  const byName = new Map(Object.entries(outputs).map(([path, output]) => [path.split("/").pop(), output]));
  const overview = [...byName].find(([, output]) => (output.entryPoint ?? "").includes("features/overview"));
  const found = new Set();
  const visit = (name) => {
    if (found.has(name)) return;
    found.add(name);
    for (const entry of byName.get(name)?.imports ?? []) {
      if (entry.kind === "import-statement") visit(entry.path.split("/").pop());
    }
  };
  visit(main);
  if (overview !== undefined) visit(overview[0]);
  return [...found];
}
