import type { Room } from "@veza/client";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useHub } from "../account/hub";
import { currentLocale } from "../i18n";
import { Button } from "../shell/Button";
import { dateAndTime } from "../shell/format";
import { Icon } from "../shell/Icon";
import { countdown } from "./schedule";
import { ScheduleDialog } from "./ScheduleDialog";
import { useMyId, useRoomView } from "./useRoom";
import "./session.css";

/** What there is to say of a session's times. Test ids: `session-bar` (with `data-stage`), `session-countdown`. */
export function SessionBar({ room }: { room: Room }) {
  const { t } = useTranslation();
  const times = useRoomView((view) => view.session);
  const hostId = useRoomView((view) => view.hostId);
  const mine = useMyId();
  const [open, setOpen] = useState(false);
  const maySet = hostId === mine || room.my?.role === "owner" || room.my?.role === "admin";
  const startMs = times?.stage === "scheduled" ? times.starts_at_ms : null;
  const endMs = times && times.stage !== "ended" ? times.ends_at_ms : null;
  const leftMs = useLeft(startMs ?? endMs);
  if (!times || (startMs === null && endMs === null && times.stage !== "ended")) return null;

  return (
    <aside className="session-bar" data-testid="session-bar" data-stage={times.stage}>
      <Icon name="info" />
      {times.stage === "ended" ? (
        <p>
          <strong>{t(times.reason === "expired" ? "session.expired" : "session.ended")}</strong> <span className="faint">{t("session.endedHint")}</span>
        </p>
      ) : (
        <p>
          <strong>{startMs === null ? t("session.endsIn") : t("session.startsIn")}</strong>{" "}
          <span className="session-countdown numbers" role="timer" data-testid="session-countdown">
            {countdown(leftMs, t("session.day"))}
          </span>{" "}
          <span className="faint">{dateAndTime(new Date(startMs ?? endMs ?? 0).toISOString(), currentLocale())}</span>
        </p>
      )}
      {times.stage === "ended" && (
        <Link className="button small" to={`/room/${room.id}/replay`}>
          {t("replay.open")}
        </Link>
      )}
      {maySet && (
        <Button size="small" onClick={() => setOpen(true)} data-testid="schedule-open">
          {t(times.stage === "ended" ? "session.again" : "session.change")}
        </Button>
      )}
      {open && <ScheduleDialog roomId={room.id} times={times} onClose={() => setOpen(false)} />}
    </aside>
  );
}

/** Ms until a time of the hub's clock, counted down each second. */
function useLeft(atMs: number | null): number {
  const clock = useHub((state) => state.hub?.clock);
  const now = () => clock?.now() ?? Date.now();
  const [nowMs, setNow] = useState(now);
  useEffect(() => {
    if (atMs === null) return;
    const tick = () => setNow(clock?.now() ?? Date.now());
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [atMs, clock]);
  return atMs === null ? 0 : atMs - nowMs;
}
