import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { currentLocale } from "../i18n";
import { usePeaks } from "../playback/peaks";
import { Times } from "../playback/Times";
import { pauseTrack, playTrack, seekTrack, setTrackVolume, trackPosition, useTrackPlayer } from "../playback/trackPlayer";
import { Volume } from "../playback/VolumeControl";
import { Waveform } from "../playback/Waveform";
import { AddToActiveRoom } from "../room/AddToActiveRoom";
import { IconButton } from "../shell/Button";
import { ErrorPage } from "../shell/ErrorPage";
import { clockTime } from "../shell/format";
import { Icon } from "../shell/Icon";
import { PageLoading } from "../shell/PageLoading";
import { problemOf } from "../shell/problem";
import { useTitle } from "../shell/useTitle";
import { Cover } from "./Cover";
import { StatusNote } from "./StatusNote";
import { coverUrl, type Track } from "./track";
import { useTrackNews } from "./trackNews";
import { getTrack } from "./tracks";
import "./catalog.css";
import "./track.css";

/** Test ids: `track-page`, `track-title`, `track-play-button`, `track-waveform`, `position`, `duration`. */
export default function TrackPage() {
  const { id = "" } = useParams();
  const [track, setTrack] = useState<Track | null>(null);
  const [error, setError] = useState<unknown>(null);
  const arrivals = useTrackNews((store) => store.arrivals);

  useEffect(() => {
    let gone = false;
    getTrack(id).then(
      (found) => !gone && setTrack(found),
      (failure: unknown) => !gone && setError(failure),
    );
    return () => {
      gone = true;
    };
  }, [id, arrivals]);

  if (error) return <Missing error={error} />;
  if (!track || track.id !== id) return <PageLoading />;
  return <TrackView track={track} />;
}

function Missing({ error }: { error: unknown }) {
  const { t } = useTranslation();
  return (
    <ErrorPage icon="note" title={t("problem.title")} body={problemOf(error).text}>
      <Link className="button primary" to="/library">
        {t("catalog.backToLibrary")}
      </Link>
    </ErrorPage>
  );
}

function TrackView({ track }: { track: Track }) {
  const { t } = useTranslation();
  useTitle(track.title);
  const player = useTrackPlayer();
  const news = useTrackNews((store) => store.byTrack[track.id]);
  const isCurrent = player.track?.id === track.id;
  const isPlaying = isCurrent && (player.phase === "playing" || player.phase === "loading");
  const peaks = usePeaks(track.status === "ready" ? track.id : null);
  const position = () => (isCurrent ? trackPosition() : 0);
  const status = news && news.outcome !== "working" ? news.outcome : track.status;
  const playable = status === "ready" || (status === "processing" && (news?.playable ?? track.playable));

  function seek(positionMs: number) {
    if (!isCurrent) playTrack(track);
    seekTrack(positionMs);
  }

  return (
    <article className="track-page" data-testid="track-page" data-status={status}>
      <Link to="/library" className="button quiet small track-back">
        <Icon name="back" />
        {t("catalog.title")}
      </Link>
      <div className="track-hero">
        <Cover trackId={track.id} url={track.hasCover ? coverUrl(track.id) : null} size="fill" />
        <div className="track-hero-names">
          <h1 data-testid="track-title">{track.title}</h1>
          <p>{track.artist ?? t("catalog.unknownArtist")}</p>
          <StatusNote status={status} percent={news?.percent ?? track.percent} failure={news?.failure ?? track.failure} />
          {status === "processing" && !playable && <p className="faint">{t("catalog.notReady")}</p>}
          {isCurrent && player.phase === "failed" && (
            <p className="notice bad" role="alert">
              <Icon name="warning" />
              {t("playback.failed")}
            </p>
          )}
        </div>
      </div>
      <div className="track-player">
        <IconButton
          icon={isPlaying ? "pause" : "play"}
          className="play-button"
          solid
          disabled={!playable}
          label={t(isPlaying ? "catalog.pause" : "catalog.play", { title: track.title })}
          onClick={() => (isPlaying ? pauseTrack() : playTrack(track))}
          data-testid="track-play-button"
        />
        <div className="track-wave">
          <Waveform
            peaks={peaks}
            durationMs={track.durationMs ?? 0}
            position={position}
            moving={isCurrent && player.phase === "playing"}
            title={track.title}
            onSeek={playable ? seek : undefined}
            testId="track-waveform"
          />
          <Times position={position} durationMs={track.durationMs ?? 0} moving={isCurrent && player.phase === "playing"} />
        </div>
      </div>
      <div className="track-foot">
        <Volume volume={player.volume} muted={player.muted} onVolume={(volume) => setTrackVolume(volume, player.muted)} onMuted={(muted) => setTrackVolume(player.volume, muted)} />
        <AddToActiveRoom trackId={track.id} title={track.title} />
      </div>
      <Details track={track} />
    </article>
  );
}

function Details({ track }: { track: Track }) {
  const { t } = useTranslation();
  const language = currentLocale();
  const facts: [string, string | null][] = [
    [t("catalog.details.length"), track.durationMs === null ? null : clockTime(track.durationMs)],
    [t("catalog.details.format"), track.format?.toUpperCase() ?? null],
    [t("catalog.details.sampleRate"), track.sampleRateHz ? `${new Intl.NumberFormat(language).format(track.sampleRateHz / 1000)} kHz` : null],
    [t("catalog.details.loudness"), track.loudnessLufs === null ? null : `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(track.loudnessLufs)} LUFS`],
    [t("catalog.details.by"), track.uploaderName || null],
    [t("catalog.details.added"), new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(new Date(track.createdAt))],
  ];
  return (
    <dl className="track-facts">
      {facts.map(
        ([name, value]) =>
          value !== null && (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="numbers">{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
