/** Art for records without a cover: three discs that meet, placed and coloured by the track's id. */

export interface Disc {
  x: number;
  y: number;
  r: number;
  hue: number;
  light: number;
}

/** Deterministic: the same id gives the same picture everywhere. Coordinates within 0…100. */
export function discsOf(id: string): { ground: number; discs: Disc[] } {
  const next = sequence(id);
  const ground = Math.floor(next() * 360);
  const turn = next() * Math.PI * 2;
  const discs = [0, 1, 2].map((index) => {
    const angle = turn + index * (1.4 + next() * 1.4);
    const reach = 10 + next() * 26;
    return {
      x: round(50 + Math.cos(angle) * reach),
      y: round(50 + Math.sin(angle) * reach),
      r: round(16 + next() * 26),
      hue: Math.floor((ground + 40 + index * 55 + next() * 40) % 360),
      light: round(0.58 + next() * 0.24, 2),
    };
  });
  return { ground, discs };
}

function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

/** Numbers in 0…1 from a text (xorshift on an FNV-1a hash). */
function sequence(text: string): () => number {
  let state = 2166136261;
  for (let i = 0; i < text.length; i += 1) state = Math.imul(state ^ text.charCodeAt(i), 16777619);
  state ||= 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}
