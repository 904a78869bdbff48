import type { Room } from "@veza/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../../shell/Dialog";
import { Sections, type Section } from "../../shell/Sections";
import { ChatSection } from "./ChatSection";
import { GeneralSection } from "./GeneralSection";
import { InvitesSection } from "./InvitesSection";
import { LogSection } from "./LogSection";
import { keepsOrder } from "./members";
import { MusicSection } from "./MusicSection";
import { PeopleSection } from "./PeopleSection";
import { ReportsSection } from "./ReportsSection";
import { ROOM_SECTIONS, type RoomSection } from "./sections";
import "./settings.css";

const ICONS = { general: "info", music: "note", chat: "chat", people: "people", invites: "link", reports: "warning", log: "file" } as const;

/** All that can be set in a room, for who keeps order in it. Test ids: `room-settings`, those of Sections and of each part. */
export function RoomSettings({ room, start, onClose }: { room: Room; start?: RoomSection | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const role = room.my?.role;
  const isAdmin = role === "owner" || role === "admin";
  const sections: Section<RoomSection>[] = ROOM_SECTIONS.filter((key) => (key === "general" || key === "music" ? isAdmin : true) && (key !== "music" || room.facets.includes("playback"))).map((key) => ({
    key,
    label: t(`manage.sections.${key}`),
    icon: ICONS[key],
  }));
  const [wanted, setWanted] = useState<RoomSection | undefined>(start);
  const chosen = sections.find(({ key }) => key === wanted)?.key ?? sections[0]?.key ?? "chat";
  if (!role || !keepsOrder(role)) return null;

  return (
    <Dialog title={t("manage.title")} onClose={onClose} testId="room-settings" wide>
      <Sections label={t("manage.title")} sections={sections} chosen={chosen} onChoose={setWanted}>
        {chosen === "general" && <GeneralSection room={room} />}
        {chosen === "music" && <MusicSection room={room} />}
        {chosen === "chat" && <ChatSection mayChangeRules={isAdmin} />}
        {chosen === "people" && <PeopleSection myRole={role} />}
        {chosen === "invites" && <InvitesSection />}
        {chosen === "reports" && <ReportsSection roomId={room.id} />}
        {chosen === "log" && <LogSection />}
      </Sections>
    </Dialog>
  );
}
