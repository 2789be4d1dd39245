// Runs a command of WASI preview 1 in node, once for each question of a folder: N.question in; N.stdout,
// N.stderr and N.code out.
import { closeSync, openSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WASI } from "node:wasi";

const [, , path, folder] = process.argv;
const module = await WebAssembly.compile(readFileSync(path));

for (const question of readdirSync(folder).filter((name) => name.endsWith(".question"))) {
  const file = (end) => join(folder, question.replace("question", end));
  const [stdin, stdout, stderr] = [openSync(file("question"), "r"), openSync(file("stdout"), "w"), openSync(file("stderr"), "w")];
  const wasi = new WASI({ version: "preview1", stdin, stdout, stderr, returnOnExit: true });
  const code = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
  [stdin, stdout, stderr].forEach((fd) => closeSync(fd));
  writeFileSync(file("code"), String(code));
}
