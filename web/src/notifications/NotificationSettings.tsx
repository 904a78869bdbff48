import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../shell/Button";
import { ProblemNote } from "../shell/ProblemNote";
import { complain } from "../shell/toasts";
import { changePreferences, KINDS, readPreferences, type Kind, type Preference, type Preferences } from "./preferences";
import { PushToggle } from "./PushToggle";
import { QuietForm } from "./QuietForm";
import { RoomLevels } from "./RoomLevels";

/**
 * What rings, where and when. Test ids: `push-switch`, `quiet-on`, `quiet-from`, `quiet-until`, `room-level` (with
 * `data-room-id`), `kind-{kind}-{in_app|push}`.
 */
export function NotificationSettings() {
  const { t } = useTranslation();
  const [preferences, setPreferences] = useState<Preferences | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    let gone = false;
    setError(null);
    readPreferences().then(
      (found) => !gone && setPreferences(found),
      (failure: unknown) => !gone && setError(failure),
    );
    return () => {
      gone = true;
    };
  }, [turn]);

  /** Shown at once; what the hub refuses goes back. */
  async function change(next: Parameters<typeof changePreferences>[0]) {
    const before = preferences;
    setPreferences((old) => old && { types: { ...old.types, ...next.types }, quiet_hours: next.quiet_hours === undefined ? old.quiet_hours : next.quiet_hours });
    try {
      await changePreferences(next);
    } catch (failure) {
      setPreferences(before);
      complain(t("mySettings.sections.notify"), failure);
    }
  }

  return (
    <>
      <section className="part">
        <h3>{t("notifySettings.device")}</h3>
        <PushToggle />
      </section>
      <section className="part">
        <div className="part-head">
          <h3>{t("notifySettings.rooms")}</h3>
          <p>{t("notifySettings.roomsLead")}</p>
        </div>
        <RoomLevels />
      </section>
      <ProblemNote error={error} />
      {Boolean(error) && (
        <Button icon="retry" onClick={() => setTurn(turn + 1)}>
          {t("retry")}
        </Button>
      )}
      {!preferences && !error && <div className="skeleton row" role="status" aria-label={t("loading")} />}
      {preferences && (
        <>
          <section className="part">
            <QuietForm quiet={preferences.quiet_hours} onChange={(quiet_hours) => void change({ quiet_hours })} />
          </section>
          <section className="part">
            <div className="part-head">
              <h3>{t("notifySettings.kinds")}</h3>
              <p>{t("notifySettings.kindsLead")}</p>
            </div>
            <KindsTable types={preferences.types} onChange={(kind, preference) => void change({ types: { [kind]: preference } })} />
          </section>
        </>
      )}
    </>
  );
}

function KindsTable({ types, onChange }: { types: Preferences["types"]; onChange: (kind: Kind, preference: Preference) => void }) {
  const { t } = useTranslation();
  return (
    <table className="kinds">
      <thead>
        <tr>
          <th scope="col">
            <span className="unseen">{t("notifySettings.kinds")}</span>
          </th>
          <th scope="col">{t("notifySettings.inApp")}</th>
          <th scope="col">{t("notifySettings.push")}</th>
        </tr>
      </thead>
      <tbody>
        {KINDS.map((kind) => (
          <tr key={kind}>
            <th scope="row">{t(`notifySettings.names.${kind}`)}</th>
            {(["in_app", "push"] as const).map((way) => (
              <td key={way}>
                <input
                  type="checkbox"
                  aria-label={`${t(`notifySettings.names.${kind}`)}: ${t(way === "push" ? "notifySettings.push" : "notifySettings.inApp")}`}
                  checked={types[kind][way]}
                  onChange={(event) => onChange(kind, { ...types[kind], [way]: event.target.checked })}
                  data-testid={`kind-${kind}-${way}`}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
