// Answers questions with the package of a folder in a browser without a window: JSON in, JSON out.
//
// A server on the loopback gives the page, the package and the questions, and takes the answers.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";

const [, , folder, browser] = process.argv;
const questions = readFileSync(0);
const here = import.meta.dirname;

const PAGE = `<!doctype html>
<title>tailscale-expose</title>
<script type="module">
  const post = (path, body) => fetch(path, { method: "POST", body });
  try {
    const { answers } = await import("/answers.mjs");
    const found = await import("/package/index.js");
    const questions = await (await fetch("/questions.json")).json();
    await post("/answers", JSON.stringify(answers(found, questions)));
  } catch (error) {
    await post("/failed", String(error?.stack ?? error));
  }
</script>`;

const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

function content(url) {
  if (url === "/") return ["text/html", PAGE];
  if (url === "/questions.json") return ["application/json", questions];
  if (url === "/answers.mjs") return [TYPES[".mjs"], readFileSync(join(here, "answers.mjs"))];
  const name = /^\/package\/([\w.]+)$/.exec(url)?.[1];
  return name === undefined ? undefined : [TYPES[extname(name)], readFileSync(join(folder, name))];
}

const profile = mkdtempSync(join(tmpdir(), "browser-"));
let child;
let ended = false;

function end(code, stream, text) {
  ended = true;
  // With the processes that it has started: they write to the profile to their last moment.
  try {
    if (child?.pid) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
  stream.write(text, () => {
    try {
      rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    } catch {
      // Only the folder for what is temporary has it.
    }
    process.exit(code);
  });
}

const server = createServer((request, response) => {
  if (request.method === "POST") {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      response.end();
      const text = Buffer.concat(chunks);
      if (request.url === "/answers") end(0, process.stdout, text);
      else end(1, process.stderr, text);
    });
    return;
  }
  try {
    const found = content(request.url);
    response.writeHead(found ? 200 : 404, found && { "content-type": found[0] });
    response.end(found?.[1]);
  } catch (error) {
    response.writeHead(500);
    response.end(String(error));
  }
});

server.listen(0, "127.0.0.1", () => {
  const url = `http://127.0.0.1:${server.address().port}/`;
  // Without its sandbox, which does not start for root; the page is ours.
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
  child = spawn(browser, [...flags, `--user-data-dir=${profile}`, url], {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk) => (said = (said + chunk).slice(-4000)));
  child.on("error", (error) => end(1, process.stderr, String(error)));
  child.on("exit", (code) => ended || end(1, process.stderr, `the browser ended with ${code}: ${said}`));
  setTimeout(() => end(1, process.stderr, `the browser did not answer: ${said}`), 180_000);
});
