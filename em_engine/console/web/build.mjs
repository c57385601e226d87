// Builds the page: `node build.mjs [--out FOLDER]`; `--tests` bundles the unit tests for node's own runner.
//
// Every file but index.html carries a hash of its content in its name, so that it can be cached for ever.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const common = { bundle: true, format: "esm", target: "es2022", logLevel: "warning", absWorkingDir: here };

async function buildPage(out) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, "assets"), { recursive: true });
  const used = new Set();
  const [feed] = await bundle(out, ["src/feed/worker.ts"], {}, used);
  const [people] = await bundle(out, ["src/map/people.worker.ts"], {}, used);
  const files = Object.fromEntries(basemapFiles().map((path) => [stem(path), hashed(out, path)]));
  const basemap = { BASEMAP: JSON.stringify(files) };
  const [ground] = await bundle(out, ["src/map/ground.worker.ts"], basemap, used);
  const define = {
    ...basemap,
    FEED_WORKER: JSON.stringify(feed),
    PEOPLE_WORKER: JSON.stringify(people),
    GROUND_WORKER: JSON.stringify(ground),
  };
  writePage(out, "index.html", await bundle(out, ["src/main.tsx", "src/style/page.css"], define, used));
  // The authors' page is a bundle of its own, so that the operators' does not grow by what they never open;
  // within it, map and text editor are fetched when they are first needed.
  const rules = ["src/rules/rules.tsx", "src/rules/rules.css"];
  mkdirSync(join(out, "rules"));
  writePage(out, "rules/index.html", await bundle(out, rules, define, used, { splitting: true }));
  cpSync(join(here, "basemap", "NOTICE"), join(out, "assets", "basemap-NOTICE.txt"));
  writeFileSync(join(out, "assets", "licences.txt"), licences(used));
}

/** The one page there is as HTML, over one bundle. */
function writePage(out, name, [script, style]) {
  const page = readFileSync(join(here, "index.html"), "utf8");
  writeFileSync(join(out, name), page.replace("{{script}}", script).replace("{{style}}", style));
}

/** The licence of every package whose code is in the bundle, as the package itself words it. */
function licences(used) {
  return (
    [...used]
      .sort()
      .map((name) => {
        const folder = join(here, "node_modules", name);
        const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
        const files = readdirSync(folder).filter((file) => /^licen[cs]e/i.test(file));
        const words = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
        return [`${name} ${version} (${license})`, ...words].join("\n\n");
      })
      .join(`\n\n${"-".repeat(100)}\n\n`) + "\n"
  );
}

/** Bundles the entry points and answers their addresses, in their order. */
async function bundle(out, entryPoints, define, used, more = {}) {
  const built = await build({
    ...common,
    entryPoints,
    define,
    minify: true,
    metafile: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    outdir: join(out, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    ...more,
    legalComments: "none",
  });
  for (const input of Object.keys(built.metafile.inputs)) {
    const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input) ?? [];
    if (name) used.add(name);
  }
  const outputs = Object.entries(built.metafile.outputs);
  return entryPoints.map((entry) => {
    const [path] = outputs.find(([, output]) => output.entryPoint === entry);
    return "/" + relative(out, resolve(here, path)).replaceAll("\\", "/");
  });
}

function basemapFiles() {
  return readdirSync(join(here, "basemap"))
    .filter((name) => /\.(geo)?json$/.test(name))
    .map((name) => join(here, "basemap", name));
}

function stem(path) {
  return basename(path).replace(/\.(geo)?json$/, "");
}

/** Copies a file under a name that holds its hash, and answers its address. */
function hashed(out, path) {
  const digest = createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 8).toUpperCase();
  const name = `${stem(path)}-${digest}.json`;
  cpSync(path, join(out, "assets", name));
  return `/assets/${name}`;
}

async function buildTests() {
  const outdir = join(here, "node_modules", ".cache", "em-console-tests");
  rmSync(outdir, { recursive: true, force: true });
  const entryPoints = readdirSync(join(here, "src"), { recursive: true })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join("src", name));
  await build({ ...common, entryPoints, outdir, platform: "node", outExtension: { ".js": ".mjs" } });
}

const asked = process.argv.indexOf("--out");
if (process.argv.includes("--tests")) {
  await buildTests();
} else {
  const out = asked > 0 ? resolve(process.argv[asked + 1]) : resolve(here, "..", "static");
  if (!existsSync(join(here, "node_modules"))) throw new Error("run `npm ci` first");
  await buildPage(out);
}
