import type { LiveRecord } from "@veza/client";
import type { TFunction } from "i18next";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMyId, useRoom, useRoomView } from "../room/useRoom";
import { Button } from "../shell/Button";
import { Icon } from "../shell/Icon";
import { complain } from "../shell/toasts";
import { endLive, resume, useBroadcast, wasSending } from "./broadcast";
import { liveProblem } from "./problem";
import { useLiveSound } from "./useLiveSound";
import "./live.css";

const MODERATES = new Set(["owner", "admin", "moderator"]);

/** Who is on air, in the room's head; nothing while nobody is. Test ids: see OnAir. */
export function LiveBar() {
  const live = useRoomView((view) => view.live?.on_air ?? null);
  return live && <OnAir key={live.id} live={live} />;
}

/**
 * Test ids: `live-bar` (with `data-status`, `data-sound`, `data-behind-ms`, `data-way`, `data-sending`), `live-title`,
 * `live-viewers`, `live-listen`, `live-quick`, `live-stop`, `live-end`, `live-resume`.
 */
function OnAir({ live }: { live: LiveRecord }) {
  const { t } = useTranslation();
  const { roomId } = useRoom();
  const me = useMyId();
  const isOwn = live.user_id === me;
  const role = useRoomView((view) => view.members[me]?.role ?? view.room?.my?.role);
  const viewers = useRoomView((view) => (view.viewers?.live_id === live.id ? view.viewers.current : null));
  const phase = useBroadcast((broadcast) => (broadcast.liveId === live.id ? broadcast.phase : "idle"));
  const hearing = useLiveSound(live, isOwn);
  const [ending, setEnding] = useState(false);
  useComeBack(live, isOwn, phase === "idle");

  const end = () => {
    setEnding(true);
    endLive(roomId, live.id)
      .catch((problem: unknown) => complain(t("live.end"), problem))
      .finally(() => setEnding(false));
  };
  const comeBack = () => resume(roomId, live.id, wasSending(live.id) ?? "microphone").catch((problem: unknown) => liveProblem(problem));
  const isHeard = hearing.state === "playing" || hearing.state === "loading";

  return (
    <section
      className="live-bar"
      aria-label={t("live.region")}
      data-testid="live-bar"
      data-status={live.status}
      data-sound={hearing.state}
      data-behind-ms={hearing.behindMs === null ? undefined : Math.round(hearing.behindMs)}
      data-way={hearing.quick ? "webrtc" : "hls"}
      data-sending={phase}
    >
      <span className="live-mark" data-status={live.status}>
        {t("live.onAir")}
      </span>
      <div className="live-names">
        <strong className="clip" data-testid="live-title">
          {live.title}
        </strong>
        <span className="clip faint" role="status">
          {status(t, live, isOwn)}
          {viewers !== null && (
            <span className="numbers" data-testid="live-viewers" data-count={viewers}>
              {" · "}
              {t("live.viewers", { count: viewers })}
            </span>
          )}
        </span>
      </div>
      {hearing.state === "failed" && (
        <span className="pill bad" role="alert">
          <Icon name="warning" />
          {t("playback.failed")}
        </span>
      )}
      {isOwn && phase === "idle" && (
        <Button look="sound" onClick={() => void comeBack()} data-testid="live-resume">
          {t("live.resume")}
        </Button>
      )}
      {!isOwn && !isHeard && (
        <Button look="sound" icon="volume" onClick={hearing.listen} data-testid="live-listen">
          {t("live.listen")}
        </Button>
      )}
      {!isOwn && isHeard && (
        <Button
          look={hearing.quick ? "plain" : "quiet"}
          icon="wave"
          aria-pressed={hearing.quick}
          title={t("live.quickHint")}
          onClick={() => hearing.setQuick(!hearing.quick)}
          data-testid="live-quick"
        >
          {t("live.quick")}
        </Button>
      )}
      {!isOwn && isHeard && (
        <Button look="quiet" icon="muted" onClick={hearing.stop} data-testid="live-stop">
          {t("live.stop")}
        </Button>
      )}
      {(isOwn || MODERATES.has(role ?? "")) && (
        <Button look="danger" busy={ending} onClick={end} data-testid="live-end">
          {t("live.end")}
        </Button>
      )}
    </section>
  );
}

/** After a reload the microphone goes on by itself; a tab has to be chosen again by a press. */
function useComeBack(live: LiveRecord, isOwn: boolean, isIdle: boolean): void {
  const tried = useRef(false);
  useEffect(() => {
    if (!isOwn || !isIdle || tried.current || wasSending(live.id) !== "microphone") return;
    tried.current = true;
    resume(live.room_id, live.id, "microphone").catch((problem: unknown) => liveProblem(problem));
  }, [live, isOwn, isIdle]);
}

function status(t: TFunction, live: LiveRecord, isOwn: boolean): string {
  if (live.status === "interrupted") return isOwn ? t("live.lostOwn") : t("live.lost", { name: live.streamer_name });
  return isOwn ? t("live.own") : t("live.by", { name: live.streamer_name });
}
