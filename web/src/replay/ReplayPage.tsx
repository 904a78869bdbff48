import { HubError, type Member, type Replay, type Room } from "@veza/client";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useHub, type Hub } from "../account/hub";
import { RoomFailed } from "../room/RoomFailed";
import { PageLoading } from "../shell/PageLoading";
import { useTitle } from "../shell/useTitle";
import { lineOf, type Line } from "./line";
import { ReplayView } from "./ReplayView";
import "./replay.css";

const MOST_PAGES = 100;

interface Past {
  room: Room & { members: Member[] };
  line: Line;
}

/** A past session, played back with what was said to it. Test ids: `replay`, and those of its view. */
export default function ReplayPage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const hub = useHub((state) => state.hub);
  const [past, setPast] = useState<Past | null>(null);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    if (!hub) return;
    let gone = false;
    setPast(null);
    read(hub, id).then(
      (found) => !gone && setPast(found),
      (failure: unknown) => !gone && setError(failure),
    );
    return () => {
      gone = true;
    };
  }, [hub, id]);

  useTitle(past ? t("replay.titleOf", { room: past.room.name }) : undefined);
  if (error) return <RoomFailed error={error} />;
  if (!past) return <PageLoading />;
  return <ReplayView key={id} room={past.room} line={past.line} />;
}

async function read({ connection, clock }: Hub, roomId: string): Promise<Past> {
  const room = await connection.request("room:get", { room_id: roomId });
  const pages: Replay[] = [];
  let after: number | null = 0;
  while (after !== null && pages.length < MOST_PAGES) {
    const page: Replay = await connection.request("session:replay", { room_id: roomId, after });
    pages.push(page);
    after = page.next_after;
  }
  if (!room) throw new HubError({ code: "NOT_FOUND", message: "", status: 404 });
  return { room, line: lineOf(pages, clock.now()) };
}
