import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { useHeld } from "./useHeld";

test("what was put stays until the value follows", async () => {
  const { result, rerender } = renderHook(({ value }) => useHeld(value), { initialProps: { value: "a" } });
  await act(() => result.current.hold("b", () => Promise.resolve()));
  expect(result.current.shown).toBe("b");
  rerender({ value: "b" });
  rerender({ value: "c" });
  expect(result.current.shown).toBe("c");
});

test("what was refused goes back", async () => {
  const { result } = renderHook(() => useHeld(1));
  await act(() => expect(result.current.hold(2, () => Promise.reject(new Error("no")))).rejects.toThrow("no"));
  expect(result.current.shown).toBe(1);
});
