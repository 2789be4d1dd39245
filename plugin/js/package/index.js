// The entry for browsers and bundlers: the module is fetched from beside this file.
import init from "./core.js";

await init({ module_or_path: new URL("./core_bg.wasm", import.meta.url) });

export * from "./api.js";
