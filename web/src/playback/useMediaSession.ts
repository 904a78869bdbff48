import { useEffect, useRef } from "react";

export interface MediaSessionView {
  title: string;
  artist: string;
  artwork: string | null;
  isPlaying: boolean;
  /** Absent where one may not: the key on the headset then does nothing. */
  onPlay?: (() => void) | undefined;
  onPause?: (() => void) | undefined;
  onNext?: (() => void) | undefined;
  onPrevious?: (() => void) | undefined;
}

/** Tells the system what is heard: lock screen, media keys, headset buttons. */
export function useMediaSession(view: MediaSessionView | null): void {
  const session = "mediaSession" in navigator ? navigator.mediaSession : null;
  const latest = useRef(view);
  latest.current = view;
  const key = view && `${view.title}\n${view.artist}\n${view.artwork ?? ""}`;

  useEffect(() => {
    const now = latest.current;
    if (!session || !now) return;
    session.metadata = new MediaMetadata({ title: now.title, artist: now.artist, artwork: now.artwork ? [{ src: now.artwork }] : [] });
    return () => {
      session.metadata = null;
    };
  }, [session, key]);

  useEffect(() => {
    if (session) session.playbackState = view ? (view.isPlaying ? "playing" : "paused") : "none";
  }, [session, view]);

  const may = [view?.onPlay, view?.onPause, view?.onNext, view?.onPrevious].map(Boolean).join();
  useEffect(() => {
    if (!session) return;
    const actions = { play: "onPlay", pause: "onPause", nexttrack: "onNext", previoustrack: "onPrevious" } as const;
    for (const [action, name] of Object.entries(actions) as [keyof typeof actions, (typeof actions)[keyof typeof actions]][]) {
      session.setActionHandler(action, latest.current?.[name] ? () => latest.current?.[name]?.() : null);
    }
  }, [session, may]);
}
