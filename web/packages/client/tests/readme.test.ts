/** What the README shows compiles against what is published: a stranger can copy it. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const home = join(dirname(fileURLToPath(import.meta.url)), "..");
const README = readFileSync(join(home, "README.md"), "utf8");

/** What the examples take as given. */
const GIVEN = `
declare const roomId: string, trackId: string, button: { onclick: () => Promise<void> };
`;
const GIVEN_OF_ENGINES = `
import { EngineSwitch, type HubConnection, MediaEngine, type RoomState, type ServerClock, SyncedPlayer,
  WebAudioEngine, whyNoGraph, whyNotByDefault } from "@veza/client";
declare const clock: ServerClock, room: RoomState, connection: HubConnection, workletUrl: string;
`;

function examples(): string[] {
  const blocks = [...README.matchAll(/^```ts\n(.*?)^```$/gmsu)].map((found) => found[1] ?? "");
  return blocks.map((block) => {
    if (block.includes("new HubConnection")) return `${GIVEN}${block}`;
    // The one import that only a bundler understands names the address that is given here.
    return `${GIVEN_OF_ENGINES}${block.replace(/^import workletUrl.*$/mu, "")}`;
  });
}

/** What the compiler says of these texts, as if they were files of this folder. */
function complaints(texts: string[]): string[] {
  const files = new Map(texts.map((text, at) => [join(home, "tests", `example${at}.ts`), text]));
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    customConditions: ["veza-source"],
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, language, ...rest) => {
    const text = files.get(name);
    return text === undefined ? getSourceFile(name, language, ...rest) : ts.createSourceFile(name, text, language);
  };
  return ts
    .getPreEmitDiagnostics(ts.createProgram([...files.keys()], options, host))
    .map((one) => `${one.file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(one.messageText, "\n")}`);
}

test("the README's examples compile", { timeout: 120_000 }, () => {
  const found = examples();
  expect(found.length).toBeGreaterThanOrEqual(3);
  expect(complaints(found)).toEqual([]);
});
