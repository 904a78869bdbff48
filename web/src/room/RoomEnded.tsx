import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { ErrorPage } from "../shell/ErrorPage";
import { useRoom } from "./useRoom";

const KNOWN = ["deleted", "banned", "removed", "invite_revoked"] as const;

/** One is not in the room any more, and why. Test id: `room-ended` with `data-reason`. */
export function RoomEnded({ reason }: { reason: string }) {
  const { t } = useTranslation();
  const why = KNOWN.find((each) => each === reason) ?? "over";
  const { player } = useRoom();
  useEffect(() => player.stop(), [player]);
  return (
    <div data-testid="room-ended" data-reason={reason}>
      <ErrorPage icon="lock" title={t(`room.ended.${why}.title`)} body={t(`room.ended.${why}.body`)} />
    </div>
  );
}
