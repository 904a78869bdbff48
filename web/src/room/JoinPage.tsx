import { HubError, uuidv7 } from "@veza/client";
import { useEffect, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useNavigate, useParams } from "react-router";
import { AccountCard } from "../account/AccountCard";
import { useHub } from "../account/hub";
import { signIn, useSession } from "../account/session";
import { Button } from "../shell/Button";
import { ErrorPage } from "../shell/ErrorPage";
import { Field } from "../shell/Field";
import { Icon } from "../shell/Icon";
import { fieldProblem, problemOf } from "../shell/problem";

/** True when the link itself is at fault: used up, expired, unknown, or not an invitation at all. */
function isDeadLink(error: unknown): boolean {
  if (!(error instanceof HubError)) return false;
  return error.code === "GONE" || error.code === "NOT_FOUND" || error.fields.some(({ field }) => field.endsWith("token"));
}

/**
 * Where an invitation link leads: in with a name, or as who one is.
 * Test ids: `join-page`, `guest-form`, `guest-name`, `guest-submit`, `join-as-me`, `join-sign-in`.
 */
export default function JoinPage() {
  const { t } = useTranslation();
  const { token = "" } = useParams();
  const { phase, user, guestRoomId } = useSession();
  const hub = useHub((state) => state.hub);
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const isMember = phase === "in" && !guestRoomId;

  // Fetched while one writes one's name, so that the room opens at once.
  useEffect(() => void import("./RoomPage"), []);

  async function enter(work: () => Promise<string>) {
    setBusy(true);
    setError(null);
    try {
      await navigate(`/room/${await work()}`);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  async function accept(): Promise<string> {
    if (!hub) throw new HubError({ code: "DISCONNECTED", message: "", status: 0 });
    return (await hub.connection.request("invite:accept", { token, op_id: uuidv7() })).id;
  }

  if (isDeadLink(error)) {
    return <ErrorPage icon="link" title={t("room.joinPage.bad.title")} body={t("room.joinPage.bad.body")} />;
  }
  const wrongName = fieldProblem(error, "display_name");
  return (
    <div data-testid="join-page">
      <AccountCard title={t("room.joinPage.title")} lead={isMember ? undefined : t("room.joinPage.lead")}>
        {isMember && user ? (
          <Button look="primary" size="large" className="wide" busy={busy} onClick={() => void enter(accept)} data-testid="join-as-me">
            {t("room.joinPage.enterAs", { name: user.display_name || user.username })}
          </Button>
        ) : (
          <>
            <form
              className="account-form"
              data-testid="guest-form"
              onSubmit={(event: FormEvent) => {
                event.preventDefault();
                void enter(async () => (await signIn.guest(token, name.trim())).roomId);
              }}
            >
              <Field
                label={t("room.joinPage.name")}
                placeholder={t("room.joinPage.namePlaceholder")}
                wrong={wrongName}
                required
                maxLength={80}
                autoComplete="nickname"
                value={name}
                onChange={(event) => setName(event.target.value)}
                data-testid="guest-name"
              />
              <Button type="submit" look="primary" size="large" className="wide" busy={busy} disabled={!name.trim()} data-testid="guest-submit">
                {t("room.joinPage.enter")}
              </Button>
            </form>
            <p className="account-other">
              <Link to={`/login?next=${encodeURIComponent(pathname)}`} data-testid="join-sign-in">
                {t("room.joinPage.orSignIn")}
              </Link>
            </p>
          </>
        )}
        {Boolean(error) && !wrongName && (
          <p className="notice bad" role="alert" data-testid="form-error">
            <Icon name="warning" />
            {problemOf(error).text}
          </p>
        )}
      </AccountCard>
    </div>
  );
}
