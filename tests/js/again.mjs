// After calls that the engine ended in the middle the package answers as before.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(`${process.argv[2]}/`);
const path = createRequire(folder).resolve("tailscale-expose");
const { render, respond, schema } = await import(pathToFileURL(path));

const stub = `apiVersion: tailscale-expose.dev/v1alpha1
kind: TailscaleExpose
metadata: {name: home, namespace: apps}
spec: {ingress: {home: {service: "home:80", hostnam: h}, wiki: {service: "wiki:80"}}}
`;
const files = [{ name: "stub.yaml", text: stub }];
// Read by calls in calls: one that is ended in the middle leaves much behind.
const deep = `${stub}---\nkind: List\nitems: ${"[".repeat(200)}${"]".repeat(200)}\n`;
const calls = [() => render(files), () => respond(deep), () => render([{ name: "deep.yaml", text: deep }]), () => schema()];
const wanted = calls.map((call) => JSON.stringify(call()));

let ended = 0;
// Goes down to the end of the stack, and calls from near there: each time from a little higher.
const below = (call, levels) => {
  try {
    return below(call, levels);
  } catch (error) {
    if (!(error instanceof RangeError) || levels.left > 0) {
      levels.left -= 1;
      throw error;
    }
    try {
      return call();
    } catch (error) {
      ended += 1;
      return undefined;
    }
  }
};
for (let round = 0; round < 400; round += 1) {
  for (const [number, call] of calls.entries()) {
    below(call, { left: round * 2 });
    const got = JSON.stringify(call());
    if (got !== wanted[number]) throw new Error(`after ${ended} ended calls: ${got}`);
  }
}
if (ended < 20) throw new Error(`only ${ended} calls were ended`);
console.log(`${ended} calls were ended`);
