import type { PlayerCommands } from "../wire/chunks.js";

/** As much of a `HubConnection` as a player needs. */
export interface PlayerLink {
  request<E extends keyof PlayerCommands>(
    event: E,
    payload: PlayerCommands[E]["payload"],
    options?: { timeoutMs?: number; retry?: boolean },
  ): Promise<PlayerCommands[E]["data"]>;
  on(event: string, listener: (payload: unknown) => void): () => void;
  onOnline(listener: () => void): () => void;
}
