import { act, renderHook, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { usePages, type Page } from "./usePages";

test("pages follow each other, and the end is known", async () => {
  const asked: (string | null)[] = [];
  const load = (cursor: string | null): Promise<Page<number>> => {
    asked.push(cursor);
    return Promise.resolve(cursor === null ? { items: [3, 2], next: "2" } : { items: [1], next: null });
  };
  const { result } = renderHook(() => usePages(load));
  await waitFor(() => expect(result.current.phase).toBe("ready"));
  expect(result.current.hasMore).toBe(true);
  act(() => result.current.more());
  await waitFor(() => expect(result.current.items).toEqual([3, 2, 1]));
  expect(result.current.hasMore).toBe(false);
  act(() => result.current.more());
  expect(asked).toEqual([null, "2"]);
  act(() => result.current.change((items) => items.filter((item) => item !== 2)));
  expect(result.current.items).toEqual([3, 1]);
});

test("a failure keeps what is shown, and reading again mends it", async () => {
  let fails = true;
  const load = (): Promise<Page<string>> => (fails ? Promise.reject(new Error("away")) : Promise.resolve({ items: ["a"], next: null }));
  const { result } = renderHook(() => usePages(load));
  await waitFor(() => expect(result.current.phase).toBe("failed"));
  fails = false;
  act(() => result.current.reload());
  await waitFor(() => expect(result.current.items).toEqual(["a"]));
});

test("an answer that comes late is not that of the list shown now", async () => {
  const answers: ((page: Page<string>) => void)[] = [];
  const load = () => new Promise<Page<string>>((resolve) => answers.push(resolve));
  const { result } = renderHook(() => usePages(load));
  act(() => result.current.reload());
  await act(async () => {
    answers[1]?.({ items: ["new"], next: null });
    answers[0]?.({ items: ["old"], next: null });
    await Promise.resolve();
  });
  expect(result.current.items).toEqual(["new"]);
});
