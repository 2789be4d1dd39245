// What a program in TypeScript may and may not write; the compiler judges.
import { RequestError, render, respond, schema } from "tailscale-expose";
import type { Answer, File, Finding, Place, RenderedObject, Rendering, Severity } from "tailscale-expose";

const files: File[] = [{ name: "stub.yaml", text: "" }];
const { objects, findings, ok }: Rendering = render(files);
const alsoAnyIterable: Rendering = render(new Set(files));

function patch(object: RenderedObject): string {
  switch (object.origin) {
    case "generated":
      return `${object.object.kind} of ${object.stub}`;
    case "annotated":
      return object.patch;
    case "passed":
      // @ts-expect-error: a document that cannot be read is no object
      return object.object.kind;
  }
}

function where(finding: Finding): string {
  const place: Place | undefined = finding.place;
  const worst: Severity = "error";
  // @ts-expect-error: not every finding has a place
  finding.place.line;
  // @ts-expect-error: there is no such severity
  finding.severity === "fatal";
  return finding.severity === worst ? `${place?.file}:${place?.line}:${place?.column}` : finding.message;
}

try {
  const { text, ok }: Answer = respond("kind: ResourceList");
  text.length + Number(ok);
  // @ts-expect-error: a request is a text
  respond(files);
} catch (error) {
  if (error instanceof RequestError) {
    const code: "not-a-resource-list" | "unsupported" = error.code;
    const help: string | undefined = error.help;
    console.log(code, help);
  }
}

// @ts-expect-error: what it becomes is not known
schema().title.length;
console.log(objects.map(patch), findings.map(where), ok, alsoAnyIterable);
