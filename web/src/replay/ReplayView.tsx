import type { Member, Room } from "@veza/client";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Cover } from "../catalog/Cover";
import { coverUrl } from "../catalog/track";
import { currentLocale } from "../i18n";
import { Avatar } from "../presence/Avatar";
import { IconButton } from "../shell/Button";
import { clockTime, dateAndTime } from "../shell/format";
import { Icon } from "../shell/Icon";
import { useView } from "../shell/useView";
import type { Line, Said, Stretch } from "./line";
import { ReplayPlayer } from "./replayPlayer";

interface ReplayProps {
  room: Room & { members: Member[] };
  line: Line;
}

/**
 * Test ids: `replay`, `replay-play` (with `data-playing`), `replay-seek`, `replay-title`, `replay-position`,
 * `replay-stretch`, `replay-message`, `replay-reaction`.
 */
export function ReplayView({ room, line }: ReplayProps) {
  const { t } = useTranslation();
  const [player, setPlayer] = useState<ReplayPlayer | null>(null);

  useEffect(() => {
    const made = new ReplayPlayer(line);
    setPlayer(made);
    return () => made.close();
  }, [line]);

  return (
    <article className="replay" data-testid="replay">
      <Link to={`/room/${room.id}`} className="button quiet small">
        <Icon name="back" />
        {t("replay.toRoom")}
      </Link>
      <header>
        <h1>{t("replay.titleOf", { room: room.name })}</h1>
        {line.stretches[0] && <p className="faint">{dateAndTime(new Date(line.stretches[0].play.at_ms).toISOString(), currentLocale())}</p>}
      </header>
      {line.stretches.length === 0 && <p className="notice">{t("replay.nothing")}</p>}
      {player && line.stretches.length > 0 && <Deck player={player} line={line} />}
      {player && <Talk player={player} line={line} room={room} />}
    </article>
  );
}

function Deck({ player, line }: { player: ReplayPlayer; line: Line }) {
  const { t } = useTranslation();
  const { isPlaying, positionMs, index, isSilent } = useView(player.view, (view) => view);
  const current = line.stretches[index];
  if (!current) return null;
  const { play } = current;
  return (
    <section className="replay-deck">
      <div className="replay-now">
        <Cover trackId={play.track_id} url={play.has_cover ? coverUrl(play.track_id) : null} size={88} />
        <div>
          <p className="replay-title" data-testid="replay-title">
            {play.title || t("replay.unknown")}
          </p>
          <p className="faint">{isSilent ? t("replay.silent") : (play.artist ?? t("catalog.unknownArtist"))}</p>
        </div>
        <IconButton
          icon={isPlaying ? "pause" : "play"}
          className="play-button"
          solid
          label={t(isPlaying ? "replay.pause" : "replay.play")}
          onClick={() => (isPlaying ? player.pause() : player.play())}
          data-testid="replay-play"
          data-playing={isPlaying}
        />
      </div>
      <div className="replay-line">
        <span className="numbers" data-testid="replay-position">
          {clockTime(positionMs)}
        </span>
        <div className="replay-rail">
          <Dots line={line} />
          <input
            type="range"
            min={0}
            max={Math.ceil(line.lengthMs)}
            step={1000}
            value={Math.round(positionMs)}
            aria-label={t("replay.seek")}
            aria-valuetext={clockTime(positionMs)}
            onChange={(event) => player.seek(Number(event.target.value))}
            data-testid="replay-seek"
          />
        </div>
        <span className="numbers">{clockTime(line.lengthMs)}</span>
      </div>
      <ol className="replay-plays">
        {line.stretches.map((stretch, number) => (
          <Row key={stretch.play.seq} stretch={stretch} isCurrent={number === index} onPick={() => player.seek(stretch.startMs)} />
        ))}
      </ol>
    </section>
  );
}

/** Where something was said. */
function Dots({ line }: { line: Line }) {
  const places = useMemo(() => [...new Set(line.said.map(({ atMs }) => Math.round((100 * atMs) / Math.max(1, line.lengthMs))))], [line]);
  return (
    <div className="replay-dots" aria-hidden="true">
      {places.map((percent) => (
        <i key={percent} style={{ insetInlineStart: `${percent}%` }} />
      ))}
    </div>
  );
}

function Row({ stretch, isCurrent, onPick }: { stretch: Stretch; isCurrent: boolean; onPick: () => void }) {
  const { t } = useTranslation();
  return (
    <li aria-current={isCurrent || undefined}>
      <button type="button" onClick={onPick} data-testid="replay-stretch">
        <span className="numbers faint">{clockTime(stretch.startMs)}</span>
        <span className="clip">{stretch.play.title || t("replay.unknown")}</span>
        {stretch.play.position_ms > 0 && <span className="faint numbers">{t("replay.from", { position: clockTime(stretch.play.position_ms) })}</span>}
      </button>
    </li>
  );
}

/** What had been said up to where the replay is; the newest at the bottom. */
function Talk({ player, line, room }: { player: ReplayPlayer; line: Line; room: ReplayProps["room"] }) {
  const { t } = useTranslation();
  const count = useView(player.view, ({ positionMs }) => (line.lengthMs === 0 ? line.said.length : countUntil(line.said, positionMs)));
  const end = useRef<HTMLDivElement>(null);
  const names = useMemo(() => Object.fromEntries(room.members.map((member) => [member.user_id, member.display_name || member.username])), [room]);
  useEffect(() => {
    void end.current?.scrollIntoView({ block: "nearest" }); // newer browsers answer with a promise
  }, [count]);
  return (
    <section className="replay-talk" aria-label={t("chat.title")}>
      {count === 0 && <p className="faint">{t("replay.quiet")}</p>}
      {line.said.slice(0, count).map((said) => (
        <Word key={said.key} said={said} name={(id) => names[id] ?? t("account.guest")} />
      ))}
      <div ref={end} />
    </section>
  );
}

function Word({ said: { message, reaction, atMs }, name }: { said: Said; name: (userId: string) => string }) {
  if (message) {
    const { user_id, display_name, username } = message.sender;
    return (
      <div className="replay-word" data-testid="replay-message" data-at-ms={Math.round(atMs)}>
        <Avatar userId={user_id} name={display_name || username} size={28} />
        <div>
          <p className="faint">
            <strong>{display_name || username}</strong> <span className="numbers">{clockTime(atMs)}</span>
          </p>
          <p>{message.content}</p>
        </div>
      </div>
    );
  }
  if (!reaction) return null;
  return (
    <p className="replay-word faint" data-testid="replay-reaction">
      <span className="replay-emoji">{reaction.emoji}</span> {name(reaction.user_id)} <span className="numbers">{clockTime(atMs)}</span>
    </p>
  );
}

function countUntil(said: readonly Said[], atMs: number): number {
  const next = said.findIndex((each) => each.atMs > atMs);
  return next < 0 ? said.length : next;
}
