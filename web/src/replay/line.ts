/** A past session as one line of sound: what was heard, one stretch behind the other, pauses left out. */
import type { Message, Moment, Replay, ReplayPlay, ReplayReaction } from "@veza/client";

/** A play and its place on the line. */
export interface Stretch {
  play: ReplayPlay;
  startMs: number;
  lengthMs: number;
}

/** Something that was said, and where on the line it appears. */
export interface Said {
  key: string;
  atMs: number;
  message?: Message;
  reaction?: ReplayReaction;
}

export interface Line {
  stretches: readonly Stretch[];
  lengthMs: number;
  said: readonly Said[];
}

/** Puts the pages of a replay together; `nowMs` ends what still plays. */
export function lineOf(pages: readonly Replay[], nowMs: number): Line {
  const stretches: Stretch[] = [];
  let lengthMs = 0;
  for (const play of pages.flatMap(({ plays }) => plays)) {
    const stretch = { play, startMs: lengthMs, lengthMs: soundOf(play, nowMs) };
    if (stretch.lengthMs <= 0) continue;
    stretches.push(stretch);
    lengthMs += stretch.lengthMs;
  }
  const said: Said[] = [];
  for (const { messages, reactions } of pages) {
    for (const message of messages) said.push({ key: message.id, message, atMs: placeOf(stretches, lengthMs, Date.parse(message.created_at), message.moment) });
    for (const reaction of reactions) said.push({ key: `reaction-${reaction.seq}`, reaction, atMs: placeOf(stretches, lengthMs, reaction.at_ms, reaction.moment) });
  }
  said.sort((a, b) => a.atMs - b.atMs || seqOf(a) - seqOf(b));
  return { stretches, lengthMs, said };
}

/** The stretch that sounds at a place of the line; the last one at its end. */
export function stretchAt(stretches: readonly Stretch[], atMs: number): number {
  let low = 0;
  let high = stretches.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((stretches[middle]?.startMs ?? 0) <= atMs) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where in its track a stretch is at a place of the line. */
export function positionIn(stretch: Stretch, atMs: number): number {
  return stretch.play.position_ms + Math.max(0, atMs - stretch.startMs) * stretch.play.rate;
}

/** Where on the line something belongs that came at a time: at its own moment, if that was heard. */
function placeOf(stretches: readonly Stretch[], lengthMs: number, cameMs: number, moment: Moment | null): number {
  const heard = moment ? stretches.filter((each) => holds(each, moment)) : [];
  if (moment && heard.length > 0) {
    const near = heard.reduce((best, each) => (distance(each, cameMs) < distance(best, cameMs) ? each : best));
    return near.startMs + (moment.position_ms - near.play.position_ms) / near.play.rate;
  }
  const after = stretches.find(({ play, lengthMs: length }) => play.at_ms + length > cameMs);
  return after ? after.startMs + Math.max(0, cameMs - after.play.at_ms) : lengthMs;
}

function holds({ play, lengthMs }: Stretch, moment: Moment): boolean {
  const into = (moment.position_ms - play.position_ms) / play.rate;
  return play.item_id === moment.item_id && into >= 0 && into <= lengthMs;
}

function distance({ play, lengthMs }: Stretch, cameMs: number): number {
  return Math.max(play.at_ms - cameMs, cameMs - play.at_ms - lengthMs, 0);
}

function soundOf(play: ReplayPlay, nowMs: number): number {
  const left = play.duration_ms === null ? Infinity : (play.duration_ms - play.position_ms) / play.rate;
  return Math.min((play.until_ms ?? nowMs) - play.at_ms, left);
}

function seqOf({ message, reaction }: Said): number {
  return message?.seq ?? reaction?.seq ?? 0;
}
