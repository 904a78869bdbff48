import type { Invite } from "@veza/client";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../shell/Button";
import { copyText } from "../shell/clipboard";
import { Dialog } from "../shell/Dialog";
import { dateAndTime } from "../shell/format";
import { Icon } from "../shell/Icon";
import { problemOf } from "../shell/problem";
import { useToasts } from "../shell/toasts";
import { currentLocale } from "../i18n";
import { inviteFor, shareableUrl } from "./invitation";
import { QrCode } from "./QrCode";
import { useRoom } from "./useRoom";

/** Link and QR code that let others in. Test ids: `invite-dialog`, `invite-link`, `invite-copy`, `invite-qr`. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { roomId, state } = useRoom();
  const [invite, setInvite] = useState<Invite | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [copied, setCopied] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const url = invite ? shareableUrl(invite) : "";

  useEffect(() => {
    let gone = false;
    inviteFor(roomId, state).then(
      (made) => !gone && setInvite(made),
      (failure: unknown) => !gone && setError(failure),
    );
    return () => {
      gone = true;
    };
  }, [roomId, state]);

  async function copy() {
    if (await copyText(url, input.current)) {
      setCopied(true);
      useToasts.getState().show({ look: "good", title: t("room.copied") });
    } else {
      useToasts.getState().show({ look: "bad", title: t("room.copyFailed") });
    }
  }

  return (
    <Dialog title={t("room.inviteTitle")} onClose={onClose} testId="invite-dialog">
      <p className="soft">{t("room.inviteLead")}</p>
      {Boolean(error) && (
        <p className="notice bad" role="alert">
          <Icon name="warning" />
          {problemOf(error).text}
        </p>
      )}
      <div className="invite-qr" data-testid="invite-qr">
        {url ? <QrCode text={url} label={t("room.qr")} /> : !error && <span className="spinner large" />}
      </div>
      <div className="invite-row">
        <input
          ref={input}
          className="input"
          readOnly
          value={url}
          aria-label={t("room.inviteLink")}
          onFocus={(event) => event.currentTarget.select()}
          data-testid="invite-link"
        />
        <Button look="primary" icon={copied ? "check" : "link"} disabled={!url} onClick={() => void copy()} data-testid="invite-copy">
          {t(copied ? "room.copied" : "room.copy")}
        </Button>
      </div>
      <p className="faint small-text">
        {invite?.expires_at
          ? t("room.expires", { date: dateAndTime(invite.expires_at, currentLocale()) })
          : "\u00a0"}
      </p>
    </Dialog>
  );
}
