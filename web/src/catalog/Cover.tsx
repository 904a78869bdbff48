import { memo, useState } from "react";
import { discsOf } from "./CoverArt";
import "./cover.css";

interface CoverProps {
  trackId: string;
  /** Address of the picture, null when the record has none. */
  url: string | null;
  /** Side in CSS pixels; the box is reserved before the picture comes. */
  size?: number | "fill";
}

/** The record's cover, or drawn art while there is none. Decorative: the title stands beside it. */
export const Cover = memo(function Cover({ trackId, url, size = 48 }: CoverProps) {
  const [failedUrl, setFailedUrl] = useState<string | null>(null);
  const style = size === "fill" ? undefined : { width: size, height: size };
  return (
    <span className="cover" style={style} data-small={size !== "fill" && size < 80 ? "" : undefined}>
      {url && url !== failedUrl ? (
        <img
          src={url}
          alt=""
          loading="lazy"
          decoding="async"
          draggable={false}
          onError={() => setFailedUrl(url)}
        />
      ) : (
        <DrawnCover id={trackId} />
      )}
    </span>
  );
});

function DrawnCover({ id }: { id: string }) {
  const { ground, discs } = discsOf(id);
  return (
    <svg viewBox="0 0 100 100" aria-hidden="true" focusable="false">
      <rect width="100" height="100" fill={`oklch(0.33 0.06 ${ground})`} />
      {discs.map((disc, index) => (
        <circle key={index} cx={disc.x} cy={disc.y} r={disc.r} fill={`oklch(${disc.light} 0.13 ${disc.hue})`} className="cover-disc" />
      ))}
    </svg>
  );
}
