// Which browser does a test drive? The system's Chromium or Chrome; else the one in the npm package
// @sparticuz/chromium, unpacked once, with the libraries and fonts that it brings for a machine that has none.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "puppeteer-core";

const SYSTEM = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const FLAGS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-sync",
  "--no-first-run",
  "--no-sandbox", // it also runs as root, in containers
];
// Among the packages, so that it goes when they are renewed.
const UNPACKED = fileURLToPath(new URL("node_modules/.chromium", process.env.PEERS_URL));

// A headless browser; it ends with this process, since it listens on a pipe.
export async function openBrowser() {
  const executablePath = SYSTEM.find(existsSync) ?? (await packaged());
  const headless = executablePath.startsWith(UNPACKED) ? "shell" : true;
  return launch({ executablePath, args: FLAGS, headless, pipe: true });
}

async function packaged() {
  if (`${process.platform}-${process.arch}` !== "linux-x64") throw new Error("Here the tests need Chrome or Chromium.");
  if (!existsSync(UNPACKED)) await unpack();
  const { setupLambdaEnvironment } = await import("@sparticuz/chromium");
  process.env.FONTCONFIG_PATH = UNPACKED; // our list of fonts: its own knows one place alone, under /tmp
  setupLambdaEnvironment(join(UNPACKED, "al2023", "lib"));
  return join(UNPACKED, "chromium");
}

// Into a folder aside that takes its name when it is whole: two runs at once do not read each other's half.
async function unpack() {
  const draft = mkdtempSync(`${UNPACKED}-`);
  const usual = tmpdir();
  process.env.TMPDIR = draft; // where the package unpacks to
  const { default: chromium, inflate } = await import("@sparticuz/chromium");
  const packed = join(dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))), "..", "bin");
  await chromium.executablePath(packed);
  await inflate(join(packed, "al2023.tar.br"));
  process.env.TMPDIR = usual;
  mkdirSync(join(draft, "cache"));
  const fonts = `<dir>${UNPACKED}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${UNPACKED}/cache</cachedir>`;
  writeFileSync(join(draft, "fonts.conf"), `<?xml version="1.0"?><fontconfig>${fonts}</fontconfig>`);
  try {
    renameSync(draft, UNPACKED);
  } catch (error) {
    if (!existsSync(UNPACKED)) throw error;
    rmSync(draft, { recursive: true });
  }
}
