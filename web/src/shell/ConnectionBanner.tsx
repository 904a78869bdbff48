import type { ConnectionPhase, ConnectionStatus, Observable } from "@veza/client";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { Icon, type IconName } from "./Icon";
import { useView } from "./useView";

const BACK_SHOWN_MS = 3_000;
/** A short blip is healed before anybody needs to read about it. */
const PATIENCE_MS = 900;

type Shown = { look: "fair" | "bad" | "good"; icon: IconName; text: "reconnecting" | "offline" | "draining" | "back" | "refused" };

/** State of the connection when it is not simply well. Test id: `connection-banner` with `data-phase`. */
export function ConnectionBanner() {
  const hub = useHub((state) => state.hub);
  return (
    <div className="connection" role="status" aria-live="polite">
      {hub && <Banner status={hub.connection.status} />}
    </div>
  );
}

function Banner({ status }: { status: Observable<ConnectionStatus> }) {
  const { t } = useTranslation();
  const phase = useView(status, (view) => view.phase);
  const reason = useView(status, (view) => view.reason);
  const shown = useShown(phase, reason);
  if (!shown) return null;
  return (
    <div className={`connection-banner ${shown.look}`} data-testid="connection-banner" data-phase={shown.text}>
      <Icon name={shown.icon} />
      <span>{t(`connection.${shown.text}`)}</span>
    </div>
  );
}

function useShown(phase: ConnectionPhase, reason: string | null): Shown | null {
  const [shown, setShown] = useState<Shown | null>(null);
  const wasAway = useRef(false);
  useEffect(() => {
    if (phase === "online") {
      if (!wasAway.current) return;
      wasAway.current = false;
      setShown({ look: "good", icon: "check", text: "back" });
      const timer = setTimeout(() => setShown(null), BACK_SHOWN_MS);
      return () => clearTimeout(timer);
    }
    const away = describe(phase, reason);
    if (!away) return;
    const timer = setTimeout(
      () => {
        wasAway.current = true;
        setShown(away);
      },
      wasAway.current ? 0 : PATIENCE_MS,
    );
    return () => clearTimeout(timer);
  }, [phase, reason]);
  return shown;
}

function describe(phase: ConnectionPhase, reason: string | null): Shown | null {
  if (phase === "refused") return { look: "bad", icon: "warning", text: "refused" };
  if (phase === "offline") return { look: "bad", icon: "offline", text: "offline" };
  if (phase === "reconnecting") return { look: "fair", icon: "retry", text: reason === "draining" ? "draining" : "reconnecting" };
  return null;
}
