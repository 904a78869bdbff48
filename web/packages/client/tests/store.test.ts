import { expect, it } from "vitest";

import { Store } from "../src/store.js";

it("tells its listeners of changes, and of nothing else", () => {
  const store = new Store(1);
  const heard: number[] = [];
  const stop = store.subscribe(() => heard.push(store.getSnapshot()));
  store.set(2);
  store.set(2);
  stop();
  store.set(3);
  expect(heard).toEqual([2]);
});

it("lets a listener leave while it is called", () => {
  const store = new Store(1);
  const heard: string[] = [];
  const stop = store.subscribe(() => {
    heard.push("first");
    stop();
  });
  store.subscribe(() => heard.push("second"));
  store.set(2);
  store.set(3);
  expect(heard).toEqual(["first", "second", "second"]);
});
