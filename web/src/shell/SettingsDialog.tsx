import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { logout, useSession } from "../account/session";
import { chooseLanguage, currentLanguage, LANGUAGES, type Language } from "../i18n";
import { LatencyTrim } from "../playback/LatencyTrim";
import { Avatar } from "../presence/Avatar";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { chooseTheme, currentTheme, THEMES, type Theme } from "./theme";
import { useToasts } from "./toasts";

/** Test ids: `settings`, `language-select`, `theme-{system|light|dark}`, `latency-trim`, `sign-out`. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { phase, user, guestRoomId } = useSession();
  const [theme, setTheme] = useState<Theme>(currentTheme);
  const navigate = useNavigate();
  const name = user?.display_name || user?.username || "";

  async function signOut() {
    onClose();
    await logout();
    await navigate("/");
    useToasts.getState().show({ look: "plain", title: t("account.signedOut") });
  }

  return (
    <Dialog title={t("settings.title")} onClose={onClose} testId="settings">
      <div className="field">
        <label htmlFor="language">{t("settings.language")}</label>
        <select id="language" className="input" data-testid="language-select" value={currentLanguage()} onChange={(event) => void chooseLanguage(event.target.value as Language)}>
          {Object.entries(LANGUAGES).map(([code, own]) => (
            <option key={code} value={code} lang={code}>
              {own}
            </option>
          ))}
        </select>
      </div>
      <div className="field">
        <span className="label" id="theme-label">
          {t("settings.theme")}
        </span>
        <div className="switch-row spread" role="group" aria-labelledby="theme-label">
          {THEMES.map((choice) => (
            <button
              key={choice}
              type="button"
              aria-pressed={theme === choice}
              data-testid={`theme-${choice}`}
              onClick={() => {
                chooseTheme(choice);
                setTheme(choice);
              }}
            >
              {t(`settings.themes.${choice}`)}
            </button>
          ))}
        </div>
      </div>
      <LatencyTrim />
      {phase === "in" && user && (
        <div className="settings-me">
          <Avatar userId={user.id} name={name} size={40} />
          <p>{t(guestRoomId ? "settings.guestOf" : "settings.signedInAs", { name })}</p>
          <Button icon="signOut" data-testid="sign-out" onClick={() => void signOut()}>
            {t("account.signOut")}
          </Button>
        </div>
      )}
    </Dialog>
  );
}
