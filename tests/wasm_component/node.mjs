// Answers questions with the component as jco has transpiled it: JSON in, JSON out.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { [process.argv[3]]: plugin } = await import(pathToFileURL(process.argv[2]));

function answer(question) {
  try {
    return plugin.process(question);
  } catch ({ payload, message }) {
    if (payload === undefined) throw new Error(message);
    return { failure: payload.tag, reason: payload.val };
  }
}

const questions = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(questions.map(answer)));
