/** Picture of the idea: one recording drawn as bars for two listeners, out of step on the left, in
 *  step on the right. Drawn from a formula; it moves only by CSS, and not for those who ask for calm. */
const BARS = 72;
const WIDTH = 1200;
const HEIGHT = 340;
const MIDDLE = HEIGHT / 2;
const STEP = WIDTH / BARS;

export function TunedWaves({ label }: { label?: string }) {
  const bars = Array.from({ length: BARS }, (_, index) => index);
  return (
    <svg className="tuned" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": true })} preserveAspectRatio="xMidYMid slice">
      {bars.map((index) => {
        const tune = smooth(Math.min(1, index / (BARS * 0.72)));
        const height = 18 + loudness(index) * 118;
        const apart = (1 - tune) * 64;
        const late = (1 - tune) * 3.4;
        const other = 18 + loudness(index - late) * 118;
        const x = index * STEP + STEP / 2;
        return (
          <g key={index} style={{ animationDelay: `${-index * 130}ms` }} className="tuned-pair">
            <line x1={x} x2={x} y1={MIDDLE - apart - height / 2} y2={MIDDLE - apart + height / 2} className="tuned-one" />
            <line x1={x} x2={x} y1={MIDDLE + apart - other / 2} y2={MIDDLE + apart + other / 2} className="tuned-two" />
          </g>
        );
      })}
    </svg>
  );
}

function loudness(index: number): number {
  const beat = Math.abs(Math.sin(index * 0.52)) ** 1.6;
  const phrase = 0.55 + 0.45 * Math.sin(index * 0.13 + 0.6);
  return Math.max(0, beat * phrase);
}

function smooth(value: number): number {
  return value * value * (3 - 2 * value);
}
