/** Tells the hub when nobody has touched this device for a while, and when somebody is back. */
import { useHub } from "../account/hub";

const IDLE_AFTER_MS = 5 * 60_000;
const LOOK_EVERY_MS = 15_000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

let lastSignMs = 0;
let isIdle = false;

/** Called once at start. */
export function watchIdle(): void {
  const sign = () => {
    lastSignMs = Date.now();
    if (isIdle) tell(false);
  };
  sign();
  for (const event of SIGNS) window.addEventListener(event, sign, { passive: true, capture: true });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sign());
  setInterval(() => {
    if (!isIdle && Date.now() - lastSignMs >= IDLE_AFTER_MS) tell(true);
  }, LOOK_EVERY_MS);
  // A connection that was opened anew knows nothing of it.
  useHub.subscribe(({ hub }) => hub?.connection.onOnline(() => isIdle && tell(true)));
}

function tell(idle: boolean): void {
  isIdle = idle;
  useHub.getState().hub?.connection.request("presence:idle", { idle }, { retry: false }).catch(() => {
    isIdle = !idle; // told again with the next look or sign
  });
}
