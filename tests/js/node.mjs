// Answers questions with the package of a folder: JSON in, JSON out.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { answers } from "./answers.mjs";

// By its name, so that the exports of its manifest decide which file it is.
const entry = createRequire(join(process.argv[2], "_")).resolve("tailscale-expose/package.json");
const { exports } = JSON.parse(readFileSync(entry, "utf8"));
const found = await import(new URL(exports["."].node, pathToFileURL(entry)));
process.stdout.write(JSON.stringify(answers(found, JSON.parse(readFileSync(0, "utf8")))));
