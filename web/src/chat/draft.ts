/** What the message field is about to do: answer somebody, change an own message, or neither. */
import type { ChatEntry } from "@veza/client";
import { create } from "zustand";

interface Draft {
  replyTo: ChatEntry | null;
  editing: ChatEntry | null;
  reply(message: ChatEntry): void;
  edit(message: ChatEntry): void;
  clear(): void;
}

export const useDraft = create<Draft>((set) => ({
  replyTo: null,
  editing: null,
  reply: (message) => set({ replyTo: message, editing: null }),
  edit: (message) => set({ editing: message, replyTo: null }),
  clear: () => set({ replyTo: null, editing: null }),
}));
