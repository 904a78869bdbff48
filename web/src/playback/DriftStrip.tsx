import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { Avatar } from "../presence/Avatar";
import { useMyId, usePersonName, useRoom, useRoomView } from "../room/useRoom";
import { signedMs } from "../shell/format";
import { useView } from "../shell/useView";
import type { ServerClock } from "@veza/client";
import { lanesOf, placeOf, tuneOf } from "./drift";

/**
 * A tuner: each listener is a dot at his measured offset from the shared clock.
 * Test ids: `drift-list`, `drift-reading` (with `data-user-id`, `data-drift-ms`), `my-clock`.
 */
export function DriftStrip() {
  const { t } = useTranslation();
  const { player } = useRoom();
  const me = useMyId();
  const name = usePersonName();
  const sync = useRoomView((view) => view.sync);
  const members = useRoomView((view) => view.members);
  const ownDriftMs = useView(player.view, (view) => view.driftMs);
  const clock = useHub((state) => state.hub?.clock ?? null);
  const readings = readingsOf(sync, me, ownDriftMs).filter((reading) => reading.userId === me || members[reading.userId]);

  const places = readings.map(({ driftMs }) => placeOf(driftMs));
  const lanes = lanesOf(places);

  return (
    <section className="tuner" aria-labelledby="tuner-title">
      <header>
        <h3 id="tuner-title">{t("playback.drift.title")}</h3>
        <span className="faint small-text numbers">{readings.length > 0 ? t("playback.drift.listeners", { count: readings.length }) : t("playback.drift.none")}</span>
      </header>
      <ul className="strip" data-testid="drift-list" title={t("playback.drift.explain")}>
        {readings.map(({ userId, driftMs }, index) => {
          const who = userId === me ? t("playback.drift.you") : name(userId);
          return (
            <li
              key={userId}
              className={`strip-dot ${tuneOf(driftMs)}`}
              style={{ left: `${places[index]}%`, "--lane": lanes[index] } as CSSProperties}
              data-testid="drift-reading"
              data-user-id={userId}
              data-drift-ms={driftMs.toFixed(1)}
              title={t("playback.drift.reading", { name: who, drift: signedMs(driftMs) })}
            >
              <Avatar userId={userId} name={name(userId)} size={20} />
              <span className="unseen">{t("playback.drift.reading", { name: who, drift: signedMs(driftMs) })}</span>
            </li>
          );
        })}
      </ul>
      <div className="strip-scale faint" aria-hidden="true">
        <span>−150 ms {t("playback.drift.early")}</span>
        <span>0</span>
        <span>{t("playback.drift.late")} +150 ms</span>
      </div>
      <p className="small-text faint numbers" data-testid="my-clock">
        {clock ? <ClockLine clock={clock} /> : t("playback.drift.clockMeasuring")}
      </p>
    </section>
  );
}

function ClockLine({ clock }: { clock: ServerClock }) {
  const { t } = useTranslation();
  const reading = useView(clock.reading, (value) => value);
  if (!reading) return <>{t("playback.drift.clockMeasuring")}</>;
  return <>{t("playback.drift.clock", { offset: signedMs(reading.offsetMs), spread: `${reading.spreadMs.toFixed(1)} ms` })}</>;
}

/** What the hub hands round, with one's own reading fresh from the player. */
export function readingsOf(sync: Record<string, { drift_ms: number }>, me: string, ownDriftMs: number | null): { userId: string; driftMs: number }[] {
  const readings = Object.entries(sync)
    .filter(([userId]) => userId !== me)
    .map(([userId, { drift_ms }]) => ({ userId, driftMs: drift_ms }));
  const own = ownDriftMs ?? sync[me]?.drift_ms;
  return own === undefined || own === null ? readings : [...readings, { userId: me, driftMs: own }];
}
