// What both entries export; index.d.ts documents it.
import * as core from "./core.js";

// Whether a call was ended by the engine, as where the stack or the memory is used up: that leaves its module
// in the middle of something, so the next call gets a fresh one. There may be no stack left to make it at once.
let isEnded = false;

function call(ask) {
  if (isEnded) core.__wbg_reset_state();
  isEnded = true;
  const answer = ask();
  isEnded = false;
  return JSON.parse(answer);
}

export class RequestError extends Error {
  constructor({ code, message, help }) {
    super(message);
    this.name = "RequestError";
    this.code = code;
    this.help = help;
  }
}

export function render(files) {
  const list = Array.from(files, (file) => {
    if (typeof file?.name !== "string" || typeof file?.text !== "string") {
      throw new TypeError("each file must have a name and a text");
    }
    return file;
  });
  return call(() => core.render(list.map(({ name }) => name), list.map(({ text }) => text)));
}

export function respond(request) {
  if (typeof request !== "string") {
    throw new TypeError("the request must be a text");
  }
  const { failure, ...answer } = call(() => core.respond(request));
  if (failure) throw new RequestError(failure);
  return answer;
}

export function schema() {
  return call(() => core.schema());
}
