/** Whether others see what one listens to; kept on this device, on until it is turned off. */
import { create } from "zustand";

const STORED_AS = "veza.share_activity";

export const useSharing = create<{ on: boolean }>(() => ({ on: read() }));

export function setSharing(on: boolean): void {
  useSharing.setState({ on });
  try {
    if (on) localStorage.removeItem(STORED_AS);
    else localStorage.setItem(STORED_AS, "off");
  } catch {
    // Storage can be forbidden; the choice then lasts for this visit.
  }
}

function read(): boolean {
  try {
    return localStorage.getItem(STORED_AS) !== "off";
  } catch {
    return true;
  }
}
