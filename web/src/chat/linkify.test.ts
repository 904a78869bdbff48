import { expect, test } from "vitest";
import { linkify } from "./linkify";

const links = (text: string) => linkify(text).flatMap((part) => (part.kind === "link" ? [part.href] : []));

test("text comes back whole, whatever is in it", () => {
  const text = "see https://a.example/x(y)?q=1, or (http://b.example). <b>no</b> 🎧";
  expect(linkify(text).map((part) => part.text).join("")).toBe(text);
});

test("marks that end a sentence stay out of the address, brackets that belong stay in", () => {
  expect(links("go to https://a.example/x.")).toEqual(["https://a.example/x"]);
  expect(links("(https://a.example/x)")).toEqual(["https://a.example/x"]);
  expect(links("https://a.example/wiki/X_(song)!")).toEqual(["https://a.example/wiki/X_(song)"]);
});

test.each(["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//a.example", "https://", "https://user:secret@a.example/", "vbscript:x"])("%s is no link", (text) => {
  expect(links(text)).toEqual([]);
});

test("an address cannot break out of its attribute", () => {
  expect(links('https://a.example/"onmouseover="x')).toEqual(["https://a.example/"]);
  expect(links("https://a.example/<script>")).toEqual(["https://a.example/"]);
});
