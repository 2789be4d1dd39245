/**
 * Expose anything on a tailnet from git: short stubs in, complete Kubernetes manifests out.
 *
 * Every function is synchronous and pure: the same input gives the same output, and nothing is
 * fetched, read or written. The WebAssembly module is loaded while this package is imported.
 *
 * @packageDocumentation
 */

/** A file of a build: a stub, a profile, or a manifest beside them, in YAML or JSON. */
export interface File {
  /** The name that findings and results say, such as `"apps/home/stub.yaml"`. */
  name: string;
  /** The whole text; it may hold several documents. */
  text: string;
}

/**
 * Renders stubs together with the manifests that stand beside them.
 *
 * Files that cannot be read and stubs that are wrong are findings; the rest is rendered all the same.
 *
 * @example
 * const { objects, findings, ok } = render([{ name: "stub.yaml", text }]);
 * for (const { severity, message, place } of findings) {
 *   console.log(`${place?.file}:${place?.line}: ${severity}: ${message}`);
 * }
 */
export function render(files: Iterable<File>): Rendering;

/** What a build becomes. */
export interface Rendering {
  /** The build's own objects as they came, then the generated ones. */
  objects: RenderedObject[];
  /** What the author should know, in the order of the files. */
  findings: Finding[];
  /** Whether no finding is an error. The command would exit with 1 where this is false. */
  ok: boolean;
}

/** One object of the output. */
export type RenderedObject = GeneratedObject | AnnotatedObject | PassedObject;

/** An object that an entry of a stub made. */
export interface GeneratedObject {
  origin: "generated";
  /** Which object. */
  object: ResourceRef;
  /** Its YAML, without a document marker. */
  text: string;
  /** The name of the stub's file. */
  stub: string;
}

/** A Service that stood in the build and got annotations. */
export interface AnnotatedObject {
  origin: "annotated";
  /** Which object. */
  object: ResourceRef;
  /** Its text with the annotations; every other byte is as it was. */
  text: string;
  /** The name of the stub's file. */
  stub: string;
  /** A strategic merge patch that sets the annotations. */
  patch: string;
}

/** An object that stood in the build and is as it was. */
export interface PassedObject {
  origin: "passed";
  /** Which object; null for a document that cannot be read as one. */
  object: ResourceRef | null;
  /** Its text, byte for byte. */
  text: string;
}

/**
 * Answers a request on the KRM Functions wire, as kustomize and kpt send it: a `ResourceList` (or a
 * `List`, or a stream of manifests), in YAML or JSON. The answer has the request's form and version,
 * and every byte that there was no reason to change.
 *
 * @throws {RequestError} if the text is no such request, or its config is not for this function.
 *
 * @example
 * const { text, ok } = respond(await readFile("resource-list.yaml", "utf8"));
 */
export function respond(request: string): Answer;

/** The answer to a request; it is complete even where findings are errors. */
export interface Answer {
  /** The answer. In a `ResourceList` the findings are its `results`, too. */
  text: string;
  /** What the author should know; their places count in the request. */
  findings: Finding[];
  /** Whether no finding is an error. The command would exit with 1 where this is false. */
  ok: boolean;
}

/** Why a request cannot be answered. The command would exit with 2. */
export class RequestError extends Error {
  name: "RequestError";
  /** What kind of refusal it is. */
  readonly code: "not-a-resource-list" | "unsupported";
  /** What to do, where the message does not imply it. */
  readonly help?: string;
}

/** What a manifest's author should know. */
export interface Finding {
  /** The rule's id, a kebab-case name of the fault, such as `"unknown-field"`. */
  rule: string;
  /** How bad it is. */
  severity: Severity;
  /** What is wrong, in one sentence without a full stop. */
  message: string;
  /** What follows from it, beyond the place: such as that nothing is expanded. */
  note?: string;
  /** What to do, where the message does not imply it. */
  help?: string;
  /** The object it is about. */
  object?: ResourceRef;
  /** The stub that it was found for, where the object is a profile that governs it. */
  affects?: ResourceRef;
  /** Where the object comes from, as the orchestrator of a request says; absent without one. */
  file?: ItemFile;
  /** The path of the field, such as `"spec.ingress.home.hostname"`. */
  path?: string;
  /** The value that is there, as it was read; escape it before you print it. */
  value?: string;
  /** Where it is written. */
  place?: Place;
  /** Other places that matter, each with what it is. */
  related: { place: Place; label: string }[];
}

/**
 * How bad a finding is.
 *
 * - `"error"`: the operator or the cluster refuses it, or traffic cannot work;
 * - `"warning"`: something written is ignored, or another reading is likely;
 * - `"info"`: it works, and there is something to know.
 */
export type Severity = "error" | "warning" | "info";

/** Which object. */
export interface ResourceRef {
  /** `"group/version"`, or `"v1"`. */
  apiVersion: string;
  kind: string;
  /** Absent for cluster-scoped objects, and where only the cluster will know it. */
  namespace?: string;
  name: string;
}

/** Where an item of a request comes from. */
export interface ItemFile {
  /** The file's path. */
  path: string;
  /** The item's number in it, from 0. */
  index?: number;
}

/** A place in a file. */
export interface Place {
  /** The name of the file; `"<stdin>"` for a request. */
  file: string;
  /** The line, from 1. */
  line: number;
  /** The column in characters, from 1. */
  column: number;
  /** Where it starts: `text.slice(start, end)` is what it is about. */
  start: number;
  /** Where it ends. */
  end: number;
}

/** Returns the JSON Schema (draft 2020-12) of stubs and profiles, for editors. */
export function schema(): Record<string, unknown>;
