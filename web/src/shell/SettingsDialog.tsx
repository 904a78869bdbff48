import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { logout, useSession } from "../account/session";
import { chooseLanguage, currentLanguage, LANGUAGES, type Language } from "../i18n";
import { StreamKeySettings } from "../live/StreamKeySettings";
import { NotificationSettings } from "../notifications/NotificationSettings";
import { SoundSettings } from "../playback/SoundSettings";
import { Avatar } from "../presence/Avatar";
import { BlockedSettings } from "../presence/BlockedSettings";
import { StatusSettings } from "../presence/StatusSettings";
import { ReportsSection } from "../room/settings/ReportsSection";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Sections, type Section } from "./Sections";
import { Select } from "./Select";
import { chooseTheme, currentTheme, THEMES, type Theme } from "./theme";
import { useToasts } from "./toasts";
import "../room/settings/settings.css";
import "../notifications/notifications.css";

const KEYS = ["general", "status", "notify", "privacy", "live", "reports"] as const;
export type SettingsSection = (typeof KEYS)[number];

const ICONS = { general: "settings", status: "people", notify: "bell", privacy: "shield", live: "mic", reports: "warning" } as const;

/** One's own settings. Test ids: `settings`, those of Sections and of each part. */
export function SettingsDialog({ start = "general", onClose }: { start?: SettingsSection; onClose: () => void }) {
  const { t } = useTranslation();
  const { phase, user, guestRoomId } = useSession();
  const [chosen, setChosen] = useState<SettingsSection>(start);
  const isMember = phase === "in" && !guestRoomId;
  const keepsHub = user?.role === "admin" || user?.role === "moderator";

  if (!isMember) {
    return (
      <Dialog title={t("settings.title")} onClose={onClose} testId="settings">
        <GeneralSettings onClose={onClose} />
      </Dialog>
    );
  }
  const sections: Section<SettingsSection>[] = KEYS.filter((key) => key !== "reports" || keepsHub).map((key) => ({ key, label: t(`mySettings.sections.${key}`), icon: ICONS[key] }));
  return (
    <Dialog title={t("settings.title")} onClose={onClose} testId="settings" wide>
      <Sections label={t("settings.title")} sections={sections} chosen={chosen} onChoose={setChosen}>
        {chosen === "general" && <GeneralSettings onClose={onClose} />}
        {chosen === "status" && <StatusSettings />}
        {chosen === "notify" && <NotificationSettings />}
        {chosen === "privacy" && <BlockedSettings />}
        {chosen === "live" && <StreamKeySettings />}
        {chosen === "reports" && <ReportsSection roomId={null} />}
      </Sections>
    </Dialog>
  );
}

/** Test ids: `language-select`, `theme-{system|light|dark}`, `latency-trim`, `sign-out`. */
function GeneralSettings({ onClose }: { onClose: () => void }) {
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
    <>
      <Select
        label={t("settings.language")}
        options={Object.entries(LANGUAGES).map(([value, label]) => ({ value: value as Language, label }))}
        value={currentLanguage()}
        onPick={(language) => void chooseLanguage(language)}
        data-testid="language-select"
      />
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
      <SoundSettings />
      {phase === "in" && user && (
        <div className="settings-me">
          <Avatar userId={user.id} name={name} size={40} />
          <p>{t(guestRoomId ? "settings.guestOf" : "settings.signedInAs", { name })}</p>
          <Button icon="signOut" data-testid="sign-out" onClick={() => void signOut()}>
            {t("account.signOut")}
          </Button>
        </div>
      )}
    </>
  );
}
