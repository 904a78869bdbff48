import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useHub } from "../account/hub";
import { ChatPanel } from "../chat/ChatPanel";
import { LiveBar } from "../live/LiveBar";
import { NowPlaying } from "../playback/NowPlaying";
import { PeoplePanel } from "../presence/PeoplePanel";
import { QueuePanel } from "../queue/QueuePanel";
import { PageLoading } from "../shell/PageLoading";
import { useTitle } from "../shell/useTitle";
import { useView } from "../shell/useView";
import { setUploadRoom } from "../upload/uploads";
import { enterRoom, settleRoom, useActiveRoom, type ActiveRoom } from "./activeRoom";
import { JoinBar } from "./JoinBar";
import { RoomEnded } from "./RoomEnded";
import { RoomFailed } from "./RoomFailed";
import { RoomHeader } from "./RoomHeader";
import { SessionBar } from "./SessionBar";
import { RoomTabs, type RoomTab } from "./RoomTabs";
import { RoomContext } from "./useRoom";
import "./room.css";

/** The heart of the product. Test ids: `room` (with `data-phase`), and those of the parts in it. */
export default function RoomPage() {
  const { id = "" } = useParams();
  const hub = useHub((state) => state.hub);
  const active = useActiveRoom((store) => store.active);

  useEffect(() => {
    if (!hub) return;
    enterRoom(id);
    return settleRoom;
  }, [hub, id]);

  if (active?.roomId !== id) return <PageLoading />;
  return (
    <RoomContext.Provider value={active} key={id}>
      <Room active={active} />
    </RoomContext.Provider>
  );
}

function Room({ active }: { active: ActiveRoom }) {
  const { t } = useTranslation();
  const [tab, setTab] = useState<RoomTab>("queue");
  const phase = useView(active.state, (view) => view.phase);
  const room = useView(active.state, (view) => view.room);
  const error = useView(active.state, (view) => view.error);
  const ended = useView(active.state, (view) => view.ended);
  const isMember = Boolean(room?.my);

  useEffect(() => {
    if (!isMember) return;
    setUploadRoom(active.roomId);
    return () => setUploadRoom(null);
  }, [active.roomId, isMember]);

  useTitle(room?.name);

  if (ended && ended !== "left") return <RoomEnded reason={ended} />;
  if (phase === "failed") return <RoomFailed error={error} />;
  if (!room) return <PageLoading />;
  return (
    <div className="room" data-testid="room" data-phase={phase} data-tab={tab}>
      <div className="room-top">
        <RoomHeader room={room} onPeople={() => setTab("people")} />
        <LiveBar />
        <SessionBar room={room} />
      </div>
      {!room.my && <JoinBar room={room} />}
      <NowPlaying />
      <RoomTabs tab={tab} onTab={setTab} />
      <section className="panel" id="panel-queue" data-panel="queue" aria-label={t("queue.title")}>
        <QueuePanel />
      </section>
      <section className="panel" id="panel-people" data-panel="people" aria-label={t("presence.title")}>
        <PeoplePanel />
      </section>
      <section className="panel" id="panel-chat" data-panel="chat" aria-label={t("chat.title")}>
        <ChatPanel shown={tab === "chat"} />
      </section>
    </div>
  );
}
