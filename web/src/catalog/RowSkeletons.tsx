/** Holds the place of a list while it loads. */
export function RowSkeletons({ count = 8 }: { count?: number }) {
  return (
    <div className="track-list" aria-hidden="true">
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="track-row waiting">
          <span className="skeleton square" />
          <span className="skeleton line" style={{ width: `${30 + ((index * 37) % 40)}%` }} />
        </div>
      ))}
    </div>
  );
}
