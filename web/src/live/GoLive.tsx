import type { Room } from "@veza/client";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { useRoomView } from "../room/useRoom";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { Field } from "../shell/Field";
import { Icon } from "../shell/Icon";
import { Settings } from "../shell/Settings";
import { goLive, useBroadcast } from "./broadcast";
import { canCapture, canShareTab, type LiveSource } from "./capture";
import { liveProblemText } from "./problem";

/** The way on air, where nobody is yet. Test id: `go-live`. */
export function GoLiveButton({ room }: { room: Room }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [other, setOther] = useState(false);
  const isTaken = useRoomView((view) => Boolean(view.live?.on_air));
  const isIdle = useBroadcast((broadcast) => broadcast.phase === "idle");
  if (!canCapture()) return null;
  return (
    <>
      {!isTaken && (isIdle || open) && (
        <Button icon="mic" className="go-live" onClick={() => setOpen(true)} data-testid="go-live">
          {t("live.goLive")}
        </Button>
      )}
      {open && <GoLiveDialog room={room} onClose={() => setOpen(false)} onOther={() => (setOpen(false), setOther(true))} />}
      {other && <Settings start="live" onClose={() => setOther(false)} />}
    </>
  );
}

/** Test ids: `go-live-dialog`, `live-title-input`, `live-source-microphone`, `live-source-tab`, `live-other`, `go-live-submit`. */
function GoLiveDialog({ room, onClose, onOther }: { room: Room; onClose: () => void; onOther: () => void }) {
  const { t } = useTranslation();
  const takesRtmp = useHub((state) => state.hub?.connection.hello?.features.includes("rtmp") ?? false);
  const [title, setTitle] = useState(room.name);
  const [source, setSource] = useState<LiveSource>("microphone");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function start(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await goLive(room.id, title.trim() || room.name, source);
      onClose();
    } catch (failure) {
      setProblem(liveProblemText(failure));
      setBusy(false);
    }
  }

  return (
    <Dialog title={t("live.goLive")} onClose={onClose} testId="go-live-dialog">
      <form className="stack" onSubmit={(event) => void start(event)}>
        <Field label={t("live.title")} maxLength={200} required value={title} onChange={(event) => setTitle(event.target.value)} data-first data-testid="live-title-input" />
        <fieldset className="live-sources">
          <legend>{t("live.source")}</legend>
          {(["microphone", "tab"] as const).map((kind) => (
            <label key={kind} className="live-source">
              <input type="radio" name="live-source" checked={source === kind} disabled={kind === "tab" && !canShareTab()} onChange={() => setSource(kind)} data-testid={`live-source-${kind}`} />
              <Icon name={kind === "microphone" ? "mic" : "wave"} />
              <span>
                {t(`live.${kind}`)}
                <span className="faint small-text">{t(`live.${kind}Hint`)}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <p className="faint small-text">{t("live.recorded")}</p>
        {takesRtmp && (
          <Button look="quiet" size="small" icon="settings" className="live-other" onClick={onOther} data-testid="live-other">
            {t("streamKey.other")}
          </Button>
        )}
        {problem && (
          <p className="pill bad" role="alert">
            <Icon name="warning" />
            {problem}
          </p>
        )}
        <Button type="submit" look="sound" size="large" icon="mic" busy={busy} data-testid="go-live-submit">
          {t("live.goLive")}
        </Button>
      </form>
    </Dialog>
  );
}
