/** Short notes at the edge of the page, read out by screen readers. */
import { create } from "zustand";
import { problemText } from "./problem";

export interface Toast {
  id: number;
  look: "plain" | "good" | "bad";
  title: string;
  body?: string | undefined;
}

interface Toasts {
  toasts: Toast[];
  show(toast: Omit<Toast, "id">): void;
  dismiss(id: number): void;
}

const MOST = 4;
const SHOWN_FOR_MS = { plain: 5_000, good: 4_000, bad: 9_000 };

let lastId = 0;

export const useToasts = create<Toasts>((set, get) => ({
  toasts: [],
  show(toast) {
    const twin = get().toasts.find((shown) => shown.title === toast.title && shown.body === toast.body);
    if (twin) return;
    lastId += 1;
    const id = lastId;
    set({ toasts: [...get().toasts, { ...toast, id }].slice(-MOST) });
    setTimeout(() => get().dismiss(id), SHOWN_FOR_MS[toast.look]);
  },
  dismiss(id) {
    set({ toasts: get().toasts.filter((toast) => toast.id !== id) });
  },
}));

/** Says what went wrong with `title` as the thing that was tried. */
export function complain(title: string, error: unknown): void {
  useToasts.getState().show({ look: "bad", title, body: problemText(error) });
}
