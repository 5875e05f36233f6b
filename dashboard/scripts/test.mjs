// Runs the tests of models and of the generator in node's own runner: each `*.test.ts` is bundled first.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(root, ".test-"));
try {
  const tests = find(join(root, "src"));
  if (tests.length === 0) throw new Error("no tests were found");
  execFileSync(
    "esbuild",
    [...tests, "--bundle", "--platform=node", "--format=esm", "--out-extension:.js=.mjs", "--jsx=automatic",
      "--log-level=warning", "--outbase=src", `--outdir=${work}`],
    { cwd: root, stdio: ["ignore", "inherit", "inherit"] },
  );
  const bundled = tests.map((path) => join(work, relative("src", path).replace(/\.tsx?$/, ".mjs")));
  const environment = { ...process.env, AXONIZE_DASHBOARD: root };
  const run = spawnSync(process.execPath, ["--test", ...bundled], { cwd: root, env: environment, encoding: "utf8" });
  const counts = /# pass (\d+)[\s\S]*# fail (\d+)/.exec(run.stdout);
  if (run.status !== 0 || counts === null) {
    const failures = run.stdout.split(/^(?=# Subtest)/m).filter((part) => /^not ok/m.test(part));
    process.stderr.write(failures.join("") + run.stderr);
    throw new Error("tests failed");
  }
  console.log(`dashboard: ${counts[1]} tests passed`);
} catch (error) {
  console.error(`dashboard: error: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

function find(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return find(path);
    return /\.test\.tsx?$/.test(entry.name) ? [relative(root, path)] : [];
  });
}
