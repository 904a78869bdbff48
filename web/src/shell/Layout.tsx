import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, Outlet, useLocation } from "react-router";
import { useSession } from "../account/session";
import { BellButton } from "../notifications/BellButton";
import { Dock } from "../playback/Dock";
import { MediaKeys } from "../playback/MediaKeys";
import { Avatar } from "../presence/Avatar";
import { choiceOf, isOver, useMine } from "../presence/mine";
import { DropZone } from "../upload/DropZone";
import { UploadButton } from "../upload/UploadButton";
import { UploadTray } from "../upload/UploadTray";
import { Mark } from "./Brand";
import { IconButton } from "./Button";
import { ConnectionBanner } from "./ConnectionBanner";
import { Icon, type IconName } from "./Icon";
import { Settings } from "./Settings";
import { Toasts } from "./Toasts";

const PLACES = [
  { to: "/", icon: "home", name: "nav.home" },
  { to: "/library", icon: "library", name: "nav.library" },
  { to: "/rooms", icon: "rooms", name: "nav.rooms" },
] as const satisfies readonly { to: string; icon: IconName; name: string }[];

/**
 * Frame of every page: bar on top (tabs at the bottom of a phone), page, dock, uploads, toasts.
 * Test ids: `nav-home`, `nav-library`, `nav-rooms`, `settings-button`.
 */
export function Layout() {
  const { t } = useTranslation();
  const { phase, user, guestRoomId } = useSession();
  const [settings, setSettings] = useState(false);
  const { pathname } = useLocation();
  const isRoom = pathname.startsWith("/room/");
  const isMember = phase === "in" && !guestRoomId;

  // A new page begins at its top, for the eyes and for the keyboard.
  const lastPath = useRef(pathname);
  useEffect(() => {
    if (lastPath.current === pathname) return;
    lastPath.current = pathname;
    window.scrollTo(0, 0);
    document.getElementById("content")?.focus({ preventScroll: true });
  }, [pathname]);

  return (
    <div className="frame" data-room={isRoom ? "" : undefined}>
      <a className="skip button primary" href="#content">
        {t("skipToContent")}
      </a>
      <header className="top-bar">
        <Link to={guestRoomId ? `/room/${guestRoomId}` : "/"} className="brand" aria-label={`Veza, ${t("nav.home")}`}>
          <Mark />
          <span>Veza</span>
        </Link>
        {isMember && <Places label={t("nav.main")} className="places" />}
        <div className="top-actions">
          {isMember && <BellButton />}
          {isMember && <UploadButton />}
          {phase === "in" && user ? (
            <button className="me" aria-label={t("nav.settings")} title={t("nav.settings")} data-testid="settings-button" onClick={() => setSettings(true)}>
              <Avatar userId={user.id} name={user.display_name || user.username} size={34} />
              {isMember && <OwnStatus />}
            </button>
          ) : (
            <>
              <IconButton icon="settings" label={t("nav.settings")} data-testid="settings-button" onClick={() => setSettings(true)} />
              {pathname === "/" && (
                <Link className="button" to="/login">
                  {t("nav.signIn")}
                </Link>
              )}
            </>
          )}
        </div>
      </header>
      <ConnectionBanner />
      <main id="content" className="page" tabIndex={-1}>
        <Outlet />
      </main>
      <Dock />
      <MediaKeys />
      {isMember && !isRoom && <Places label={t("nav.main")} className="tab-bar" />}
      {isMember && <DropZone />}
      {isMember && <UploadTray />}
      {settings && <Settings onClose={() => setSettings(false)} />}
      <Toasts />
    </div>
  );
}

/** One's own status at the corner of one's face. */
function OwnStatus() {
  const { t } = useTranslation();
  const chosen = useMine((store) => store.chosen);
  if (!chosen) return null;
  const choice = isOver(chosen, Date.now()) && !chosen.invisible ? "online" : choiceOf(chosen);
  return <i className="status-dot" data-status={choice} role="img" aria-label={t("status.now", { status: t(`status.choices.${choice}.name`) })} data-testid="own-status" />;
}

function Places({ label, className }: { label: string; className: string }) {
  const { t } = useTranslation();
  return (
    <nav className={className} aria-label={label}>
      {PLACES.map((place) => (
        <NavLink key={place.to} to={place.to} end={place.to === "/"} data-testid={place.name.replace(".", "-")}>
          <Icon name={place.icon} />
          <span>{t(place.name)}</span>
        </NavLink>
      ))}
    </nav>
  );
}
