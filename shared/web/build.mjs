// Makes shared/web/dist from the npm packages and static/: style sheet purged to what the Rust
// sources use, scripts, fonts, a sprite of the icons below. Files that did not change are not
// written, so that cargo has nothing to rebuild.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { PurgeCSS } from "purgecss";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const dist = join(here, "dist");
const packages = join(here, "node_modules");

const ICONS = [
  "alert-triangle", "arrow-back-up", "arrow-left", "building", "chart-bar", "check", "cloud-off",
  "database-export", "device-desktop", "device-floppy", "download", "edit", "file-spreadsheet",
  "git-merge", "history", "home", "key", "list-details", "logout", "plus", "printer", "refresh",
  "search", "settings", "trash", "upload", "user", "user-plus", "users", "x",
];
const FONT_WEIGHTS = [400, 600];
const FONT_SUBSETS = ["vietnamese", "latin"];

/** All Rust sources of the workspace: what may name a class. */
function rustSources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".") || /^(target.*|node_modules|dist|artefacts)$/.test(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return rustSources(path);
    return entry.name.endsWith(".rs") ? [path] : [];
  });
}

/** The font faces of the package, for our subsets, with file names of our own. */
function fonts(files) {
  return FONT_WEIGHTS.map((weight) => {
    const css = readFileSync(join(packages, "@fontsource/be-vietnam-pro", `${weight}.css`), "utf8");
    const faces = css.match(/@font-face\s*\{[^}]*\}/g) ?? [];
    return FONT_SUBSETS.map((subset) => {
      const file = `be-vietnam-pro-${subset}-${weight}-normal.woff2`;
      const face = faces.find((text) => text.includes(file));
      if (!face) throw new Error(`the font package has no ${file}`);
      const name = `be-vietnam-pro-${subset}-${weight}.woff2`;
      files.set(name, readFileSync(join(packages, "@fontsource/be-vietnam-pro/files", file)));
      return face.replace(/src:[^;]*;/, `src: url(${name}) format("woff2");`).replace(/\s+/g, " ");
    }).join("\n");
  }).join("\n");
}

/** The style sheet of paper: the font with the metrics of Times, the widths of columns, its rules. */
function paperSheet(files) {
  const faces = ["400", "400-italic", "700"].flatMap((style) => FONT_SUBSETS.map((subset) => {
    const file = `tinos-${subset}-${style.includes("italic") ? style : `${style}-normal`}.woff2`;
    const all = readFileSync(join(packages, "@fontsource/tinos", `${style}.css`), "utf8").match(/@font-face\s*\{[^}]*\}/g) ?? [];
    const face = all.find((text) => text.includes(file));
    if (!face) throw new Error(`the font package has no ${file}`);
    files.set(file, readFileSync(join(packages, "@fontsource/tinos/files", file)));
    return face.replace(/src:[^;]*;/, `src: url(${file}) format("woff2");`).replace(/font-display:[^;]*;/, "font-display: block;").replace(/\s+/g, " ");
  }));
  const widths = Array.from({ length: 80 }, (_, n) => `.w${n + 1}{width:${n + 1}%}`).join("");
  return `${faces.join("\n")}\n${widths}\n${plain("print.css")}`;
}

/** One of our own style sheets without its comments. */
function plain(name) {
  return readFileSync(join(here, "static", name), "utf8").replace(/\/\*[\s\S]*?\*\//g, "").replace(/\s*\n\s*/g, "\n");
}

/** The style sheet: fonts, the used part of Tabler, our own rules. */
async function styleSheet(files) {
  const extractor = (content) => content.match(/[A-Za-z0-9_-]+/g) ?? [];
  const content = rustSources(root).map((path) => ({ raw: readFileSync(path, "utf8"), extension: "rs" }));
  content.push({ raw: readFileSync(join(here, "static/app.js"), "utf8"), extension: "js" });
  const [purged] = await new PurgeCSS().purge({
    content,
    css: [{ raw: readFileSync(join(packages, "@tabler/core/dist/css/tabler.min.css"), "utf8") }],
    defaultExtractor: extractor,
    variables: true,
    keyframes: true,
    fontFace: true,
    // Dark mode, right-to-left and what needs Tabler's script are not used here.
    blocklist: [/theme/, /dark/, /rtl/, /modal/, /carousel/, /offcanvas/, /dropdown/, /toast/, /popover/, /tooltip/, /accordion/, /placeholder/, /navbar/, /datagrid/],
  });
  const tabler = purged.css.replace(/\/\*[\s\S]*?\*\//g, "").replace("@charset \"UTF-8\";", "");
  const own = plain("app.css");
  return `@charset "UTF-8";\n${fonts(files)}\n${tabler}\n${own}`;
}

function sprite() {
  const symbols = ICONS.map((name) => {
    const svg = readFileSync(join(packages, "@tabler/icons/icons/outline", `${name}.svg`), "utf8");
    const shapes = svg.slice(svg.indexOf(">") + 1, svg.lastIndexOf("</svg>"))
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "").replace(/\s+/g, " ").trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

/** The licences of what is embedded, as they ask for. */
function licences() {
  return ["htmx.org", "@tabler/core", "@tabler/icons", "@fontsource/be-vietnam-pro", "@fontsource/tinos"].map((name) => {
    const folder = join(packages, name);
    const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? readFileSync(join(folder, file), "utf8") : "";
    return `${about.name} ${about.version} (${about.license})\n\n${text.trim()}\n`;
  }).join("\n----\n\n");
}

/** Writes what changed, removes what is no longer made. */
function write(files) {
  mkdirSync(dist, { recursive: true });
  for (const name of readdirSync(dist)) {
    if (!files.has(name)) rmSync(join(dist, name), { recursive: true });
  }
  for (const [name, content] of files) {
    const path = join(dist, name);
    const bytes = Buffer.from(content);
    if (existsSync(path) && statSync(path).size === bytes.length && readFileSync(path).equals(bytes)) continue;
    writeFileSync(path, bytes);
  }
}

const files = new Map();
files.set("app.css", await styleSheet(files));
files.set("print.css", paperSheet(files));
files.set("app.js", readFileSync(join(here, "static/app.js")));
files.set("htmx.js", readFileSync(join(packages, "htmx.org/dist/htmx.min.js")));
files.set("icons.svg", sprite());
files.set("mark.svg", readFileSync(join(here, "static/mark.svg")));
files.set("licences.txt", licences());
for (const [name, content] of [...files]) {
  if (!name.endsWith(".woff2")) files.set(`${name}.gz`, gzipSync(content, { level: 9 }));
}
write(files);
const zipped = [...files].filter(([name]) => name.endsWith(".gz"));
const size = zipped.reduce((sum, [, bytes]) => sum + bytes.length, 0);
console.log(`dist: ${files.size} files, ${(size / 1000).toFixed(1)} KB compressed without fonts`);
