import type { CSSProperties } from "react";
import type { PresenceStatus } from "@veza/client";
import { hueOf, initialsOf } from "./person";

/** Initials in the person's own colour. Decorative: the name always stands beside it or in `title`. */
export function Avatar({ userId, name, size = 36, status }: { userId: string; name: string; size?: number; status?: PresenceStatus | undefined }) {
  const style = { "--hue": hueOf(userId), "--avatar": `${size}px` } as CSSProperties;
  return (
    <span className="avatar" style={style} aria-hidden="true" data-status={status}>
      {initialsOf(name)}
    </span>
  );
}
