import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { pauseTrack, playTrack, useTrackPlayer } from "../playback/trackPlayer";
import { clockTime } from "../shell/format";
import { Icon } from "../shell/Icon";
import { Cover } from "./Cover";
import { thumbnailUrl, type Track } from "./track";
import { StatusNote } from "./StatusNote";
import { useTrackNews } from "./trackNews";
import { AddToActiveRoom } from "../room/AddToActiveRoom";

/**
 * One line of the catalog. Test ids: `track-row` (with `data-track-id`, `data-status`), `track-play`,
 * `track-link`.
 */
export const TrackRow = memo(function TrackRow({ track }: { track: Track }) {
  const { t } = useTranslation();
  const isCurrent = useTrackPlayer((player) => player.track?.id === track.id);
  const isPlaying = useTrackPlayer((player) => player.track?.id === track.id && player.phase === "playing");
  const news = useTrackNews((store) => store.byTrack[track.id]);
  const status = news && news.outcome !== "working" ? news.outcome : track.status;
  const playable = status === "ready" || (status === "processing" && (news?.playable ?? track.playable));
  return (
    <li className="track-row" data-testid="track-row" data-track-id={track.id} data-status={status} data-current={isCurrent || undefined}>
      <button
        className="cover-button"
        disabled={!playable}
        aria-label={t(isPlaying ? "catalog.pause" : "catalog.play", { title: track.title })}
        onClick={() => (isPlaying ? pauseTrack() : playTrack(track))}
        data-testid="track-play"
      >
        <Cover trackId={track.id} url={track.hasCover ? thumbnailUrl(track.id) : null} size={52} />
        <span className="cover-action">
          <Icon name={isPlaying ? "pause" : "play"} />
        </span>
      </button>
      <div className="track-names">
        <Link to={`/track/${track.id}`} className="track-title clip" data-testid="track-link">
          {track.title}
        </Link>
        <span className="track-artist clip">{track.artist ?? t("catalog.unknownArtist")}</span>
      </div>
      <StatusNote status={status} percent={news?.percent ?? track.percent} failure={news?.failure ?? track.failure} />
      <span className="track-by clip">{track.uploaderName}</span>
      <span className="track-length numbers">{track.durationMs === null ? "" : clockTime(track.durationMs)}</span>
      {status === "ready" && <AddToActiveRoom trackId={track.id} title={track.title} />}
    </li>
  );
});
