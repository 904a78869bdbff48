import { expect, test } from "vitest";
import { minuteOf, placeOf, timeOf } from "./preferences";

test("minutes of the day and times are each other's reverse", () => {
  expect([0, 465, 1439].map(timeOf)).toEqual(["00:00", "07:45", "23:59"]);
  expect(["00:00", "07:45", "23:59", "7:05:30"].map(minuteOf)).toEqual([0, 465, 1439, 425]);
  expect(["", "noon", "24:00"].map(minuteOf)).toEqual([null, null, null]);
});

test("a report leads to where it is settled", () => {
  expect(placeOf({ link: "/rooms/r?message=m", type: "mention", room_id: "r" })).toBe("/room/r");
  expect(placeOf({ link: "/rooms/r", type: "report", room_id: "r" })).toBe("/room/r?manage=reports");
  expect(placeOf({ link: "/reports", type: "report", room_id: null })).toBe("/reports");
  expect(placeOf({ link: null, type: "system", room_id: null })).toBe("/");
});
