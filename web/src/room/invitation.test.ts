import { expect, test } from "vitest";
import { shareableUrl } from "./invitation";

const invite = (url: string) => ({ url, token: "T" });
const page = (origin: string) => ({ origin, hostname: new URL(origin).hostname });

test("the hub's own address is what is shared", () => {
  expect(shareableUrl(invite("https://music.example/join/T"), page("http://10.0.0.5:8080"))).toBe("https://music.example/join/T");
  expect(shareableUrl(invite("http://127.0.0.1:8080/join/T"), page("http://localhost:8080"))).toBe("http://127.0.0.1:8080/join/T");
});

test("a link to this very machine is no use to a guest on the network", () => {
  expect(shareableUrl(invite("http://127.0.0.1:8080/join/T"), page("http://192.168.1.20:8080"))).toBe("http://192.168.1.20:8080/join/T");
  expect(shareableUrl(invite("not an address"), page("http://192.168.1.20:8080"))).toBe("http://192.168.1.20:8080/join/T");
});
