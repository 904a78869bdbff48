import { expect, test } from "vitest";
import { pickLanguage } from ".";
import { en } from "./en";
import { es } from "./es";
import { fr } from "./fr";

function leaves(words: object, path = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(words)) {
    const here = path ? `${path}.${key}` : key;
    if (typeof value === "string") found.set(here, value);
    else for (const [inner, text] of leaves(value as object, here)) found.set(inner, text);
  }
  return found;
}

const placeholders = (text: string) => [...text.matchAll(/\{\{\w+\}\}/gu)].map(String).sort();

test.each([
  ["fr", fr],
  ["es", es],
])("%s says everything English says, with the same blanks", (_language, words) => {
  const english = leaves(en);
  const other = leaves(words);
  expect([...other.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [key, text] of english) expect([key, placeholders(other.get(key) ?? "")]).toEqual([key, placeholders(text)]);
});

test("the first language that the page speaks is taken, English else", () => {
  expect(pickLanguage(["de-CH", "fr-CH", "en"])).toBe("fr");
  expect(pickLanguage(["ES"])).toBe("es");
  expect(pickLanguage(["sl", "hu"])).toBe("en");
  expect(pickLanguage([])).toBe("en");
});
