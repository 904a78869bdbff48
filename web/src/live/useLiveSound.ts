import type { LiveRecord } from "@veza/client";
import { useEffect, useRef, useState } from "react";
import { useHub } from "../account/hub";
import { soundWhereChosen } from "../playback/speaker";
import { useRoom, useRoomView } from "../room/useRoom";
import { useView } from "../shell/useView";
import { attachLive, type LiveSound } from "./liveSound";
import { attachQuick } from "./whep";

export interface Hearing {
  /** `blocked`: the browser wants a press first. */
  state: "off" | "loading" | "playing" | "blocked" | "failed";
  behindMs: number | null;
  /** By WebRTC, at once; else by HLS, some two seconds later, from any network. */
  quick: boolean;
  setQuick: (quick: boolean) => void;
  listen: () => void;
  stop: () => void;
}

/** Hears a broadcast while `wanted`, at the room's own volume, and counts as one of its audience. */
export function useLiveSound(live: LiveRecord, isOwn: boolean): Hearing {
  const { player } = useRoom();
  const connection = useHub((state) => state.hub?.connection);
  const phase = useRoomView((view) => view.phase);
  const volume = useView(player.view, (view) => view.volume);
  const muted = useView(player.view, (view) => view.muted);
  const audio = useRef<HTMLAudioElement | null>(null);
  const sound = useRef<LiveSound | null>(null);
  const [wanted, setWanted] = useState(!isOwn);
  const [state, setState] = useState<Hearing["state"]>(isOwn ? "off" : "loading");
  const [behindMs, setBehindMs] = useState<number | null>(null);
  const [quick, setQuick] = useState(false);
  const url = live.hls_url;

  useEffect(() => {
    if (!wanted) return;
    const element = (audio.current = new Audio());
    soundWhereChosen(element);
    element.onplaying = () => setState("playing");
    setState("loading");
    const play = () =>
      void element.play().catch((problem: unknown) => {
        if (problem instanceof DOMException && problem.name === "NotAllowedError") setState("blocked");
      });
    if (quick) {
      // Not every network lets WebRTC through, and the hub takes so many and no more.
      sound.current = attachQuick(element, live.id, play, () => setQuick(false));
    } else {
      sound.current = attachLive(element, url, () => setState("failed"));
      play();
    }
    const timer = setInterval(() => setBehindMs(sound.current?.behindMs() ?? null), 500);
    return () => {
      clearInterval(timer);
      sound.current?.release();
      sound.current = null;
      audio.current = null;
      setBehindMs(null);
      setState("off");
    };
  }, [wanted, url, quick, live.id]);

  useEffect(() => {
    if (!audio.current) return;
    audio.current.volume = volume;
    audio.current.muted = muted;
  }, [volume, muted, state]);

  useEffect(() => {
    if (!connection || !wanted || phase !== "live") return;
    connection.request("live:watch", { live_id: live.id }).catch(() => undefined);
    return () => void connection.request("live:unwatch", { live_id: live.id }, { retry: false }).catch(() => undefined);
  }, [connection, wanted, phase, live.id]);

  return {
    state,
    behindMs,
    quick,
    setQuick,
    listen: () => {
      setWanted(true);
      void audio.current?.play().catch(() => setState("blocked"));
    },
    stop: () => setWanted(false),
  };
}
