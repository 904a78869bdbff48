import { HubError } from "@veza/client";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { rest } from "../account/session";
import { currentLocale } from "../i18n";
import { Button, IconButton } from "../shell/Button";
import { copyText } from "../shell/clipboard";
import { Dialog } from "../shell/Dialog";
import { dateAndTime } from "../shell/format";
import { Icon } from "../shell/Icon";
import { ProblemNote } from "../shell/ProblemNote";
import { complain, useToasts } from "../shell/toasts";

interface LiveKey {
  prefix: string;
  created_at: string | null;
  /** In clear, only in the answer that made it. */
  key: string | null;
  rtmp_url: string | null;
}

const KEY_PATH = "/live/streams/me/key";

/**
 * Where a program such as OBS sends its sound, and the key it shows. Test ids: `stream-server`, `stream-key`,
 * `stream-key-show`, `stream-key-copy`, `stream-key-make`, `stream-key-prefix`, `rotate-confirm`.
 */
export function StreamKeySettings() {
  const { t } = useTranslation();
  const hub = useHub((state) => state.hub);
  const takesRtmp = hub?.connection.hello?.features.includes("rtmp") ?? false;
  const [key, setKey] = useState<LiveKey | null>(null);
  const [phase, setPhase] = useState<"loading" | "ready" | "failed">("loading");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);

  const load = useCallback(async () => {
    setPhase("loading");
    try {
      setKey((await rest.call<LiveKey>("GET", KEY_PATH)).data);
      setPhase("ready");
    } catch (failure) {
      const isNone = failure instanceof HubError && failure.status === 404;
      setError(isNone ? null : failure);
      setPhase(isNone ? "ready" : "failed");
    }
  }, []);
  useEffect(() => void (takesRtmp && load()), [takesRtmp, load]);

  async function make() {
    setAsking(false);
    setBusy(true);
    try {
      setKey((await rest.call<LiveKey>("POST", `${KEY_PATH}/regenerate`)).data);
    } catch (failure) {
      complain(t("streamKey.make"), failure);
    } finally {
      setBusy(false);
    }
  }

  if (!takesRtmp) return <p className="soft">{t("streamKey.off")}</p>;
  return (
    <>
      <p className="soft small-text">{t("streamKey.lead")}</p>
      {phase === "loading" && <div className="skeleton row" role="status" aria-label={t("loading")} />}
      {phase === "failed" && (
        <>
          <ProblemNote error={error} />
          <Button icon="retry" onClick={() => void load()}>
            {t("retry")}
          </Button>
        </>
      )}
      {phase === "ready" && key?.rtmp_url && <Copyable label={t("streamKey.server")} value={key.rtmp_url} copyLabel={t("streamKey.copyServer")} testId="stream-server" />}
      {phase === "ready" && key?.key && (
        <>
          <Copyable label={t("streamKey.key")} value={key.key} copyLabel={t("streamKey.copyKey")} isSecret testId="stream-key" />
          <p className="notice fair">
            <Icon name="warning" />
            {t("streamKey.once")} {t("streamKey.secret")}
          </p>
        </>
      )}
      {phase === "ready" && key && !key.key && (
        <div className="field">
          <span className="label">{t("streamKey.key")}</span>
          <p data-testid="stream-key-prefix">{t("streamKey.begins", { prefix: key.prefix })}</p>
          {key.created_at && <span className="hint">{t("streamKey.madeAt", { date: dateAndTime(key.created_at, currentLocale()) })}</span>}
        </div>
      )}
      {phase === "ready" && !key && <p>{t("streamKey.none")}</p>}
      {phase === "ready" && (
        <Button look={key ? "plain" : "primary"} icon={key ? "retry" : "plus"} busy={busy} onClick={() => (key ? setAsking(true) : void make())} data-testid="stream-key-make">
          {t(key ? "streamKey.rotate" : "streamKey.make")}
        </Button>
      )}
      {key && <p className="faint small-text">{t("streamKey.steps")}</p>}
      {asking && (
        <Dialog title={t("streamKey.rotateSure")} onClose={() => setAsking(false)}>
          <p>{t("streamKey.rotateHint")}</p>
          <div className="dialog-actions">
            <Button onClick={() => setAsking(false)}>{t("cancel")}</Button>
            <Button look="primary" onClick={() => void make()} data-testid="rotate-confirm">
              {t("streamKey.rotate")}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

/** A text to be taken elsewhere; a secret one is dots until it is asked for. */
function Copyable({ label, value, copyLabel, isSecret, testId }: { label: string; value: string; copyLabel: string; isSecret?: boolean; testId: string }) {
  const { t } = useTranslation();
  const [isShown, setIsShown] = useState(!isSecret);

  async function copy() {
    const worked = await copyText(value);
    useToasts.getState().show(worked ? { look: "good", title: t("streamKey.copied") } : { look: "bad", title: t("room.copyFailed") });
  }

  return (
    <div className="field">
      <span className="label" id={`${testId}-label`}>
        {label}
      </span>
      <div className="copyable">
        <input className="input numbers" type={isShown ? "text" : "password"} readOnly autoComplete="off" value={value} aria-labelledby={`${testId}-label`} onFocus={(event) => isShown && event.currentTarget.select()} data-testid={testId} />
        {isSecret && <IconButton icon="eye" className={isShown ? "is-on" : undefined} label={t(isShown ? "streamKey.hide" : "streamKey.show")} aria-pressed={isShown} onClick={() => setIsShown(!isShown)} data-testid={`${testId}-show`} />}
        <IconButton icon="copy" label={copyLabel} onClick={() => void copy()} data-testid={`${testId}-copy`} />
      </div>
    </div>
  );
}
